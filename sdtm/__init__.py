"""SDTM from raw forms: the mapping verbs, the domains that have logic of their own, and the order they come in."""
