"""What every command does with an error: one message and an exit code where the user can mend it."""

from __future__ import annotations

import errno
import os
from typing import Any

import typer
from typer.core import TyperGroup

from clinical.errors import OutsideError, PipelineError
from flows import json_line

#: What a disk or a path can refuse; any other error of the system is a bug.
_DISK = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS, errno.EPERM, errno.EIO, errno.EEXIST,
    errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG,
)  # fmt: skip


class Guarded(TyperGroup):
    """Turns the errors that a user can mend into one message and their exit code; anything else is a bug."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except PipelineError as error:
            _fail(error)
        except OSError as error:
            if error.errno not in _DISK:
                raise
            place = error.filename or "disk"
            what = os.strerror(error.errno)
            _fail(OutsideError(f"{place}: {what}. Free space, or mend the path or its permissions; then run again."))


def _fail(error: PipelineError) -> None:
    typer.echo(f"cdiscflow: {error}", err=True)
    if json_line.is_asked():
        from flows.terminal import say_json

        say_json({"status": "error", "exit_code": error.exit_code, "message": str(error)})
    raise typer.Exit(error.exit_code)
