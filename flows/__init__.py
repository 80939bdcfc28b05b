"""The outermost layer: the study flow, the plain runner, schedules and the command line."""

import os

from clinical.errors import OutsideError

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


def require_prefect_home() -> None:
    """Raise OutsideError where a temporary server could not keep its database; without effect if a server is named.

    To be called before anything imports Prefect, which would warn and then wait for a server that cannot start.
    """
    if os.environ.get("PREFECT_API_URL"):
        return
    home = os.path.expanduser(os.environ.get("PREFECT_HOME") or "~/.prefect")
    try:
        os.makedirs(home, mode=0o700, exist_ok=True)
        usable = os.access(home, os.W_OK)
    except OSError:
        usable = False
    if not usable:
        raise OutsideError(
            f"{home}: Prefect cannot keep its files here (expected a folder that can be written). "
            "Set PREFECT_HOME to one, or run with --no-prefect."
        )
