"""The outermost layer: the study flow, the plain runner, schedules and the command line."""

import os

#: Settings of the orchestrator, in force before anything imports it: nothing phones home, a temporary server may take
#: its time to start, and what it says of itself stays out of the user's way. What the user has set is left alone.
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_CLI_WRAP_LINES": "false",
}
for _name, _value in QUIET.items():
    os.environ.setdefault(_name, _value)
