"""CDISC CORE as a judge from outside: its engine runs in an environment of its own, its results become findings.

`check` is what the flows call. `environment` finds or makes the engine's interpreter, `engine` runs `run_rules` in it
(the one module here that our own interpreter never imports), and `results` turns what comes back into findings.
"""
