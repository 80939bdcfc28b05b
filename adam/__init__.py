"""Analysis datasets from SDTM: ADSL first, then what is declared in the specs. SDTM data come in, never SDTM code."""
