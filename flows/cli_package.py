"""`cdiscflow package`: check a package for what agencies reject, and prove later that nothing in it has changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from clinical.wording import count
from flows import json_line

if TYPE_CHECKING:
    import pandas as pd

    from submission.verified import Verified

app = typer.Typer(help="Check a package, or prove that it has not changed.", no_args_is_help=True)

#: The names of `specs.model.submission`, which is not imported here, so that `--help` is instant.
Agency = Literal["fda", "nmpa", "pmda", "ema"]
Json = Annotated[bool, typer.Option("--json", help="End with one line of JSON.", callback=json_line.ask)]


@app.command(epilog="Example: `cdiscflow package check cart1922 out/demo --agency pmda`")
def check(
    study: Annotated[
        str, typer.Argument(help="A study under specs/studies/, or the path of such a folder.", metavar="STUDY")
    ],
    folder: Annotated[Path, typer.Argument(help="A run folder, or an m5 folder of any origin.", metavar="DIR")],
    agency: Annotated[Agency | None, typer.Option("--agency", help="The agency; the study's own without it.")] = None,
    as_json: Json = False,
) -> None:
    """Check a package for what an agency rejects on sight; exits with 1 where there is an error."""
    from specs.load import load_study
    from submission.rejections import check_package

    inner = folder / "m5"
    findings = check_package(inner if inner.is_dir() else folder, load_study(study), agency)
    raise typer.Exit(_tell_findings(findings, as_json=as_json))


@app.command(epilog="Example: `cdiscflow package verify out/demo`")
def verify(
    folder: Annotated[
        Path,
        typer.Argument(
            help="A run folder, a folder with m5 and its list of checksums, or an m5 folder beside its list.",
            metavar="DIR",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Prove that nothing in a package or a run folder has changed; exits with 1 where something has."""
    from submission.verified import verify_package

    raise typer.Exit(_tell_verified(verify_package(folder), folder, as_json=as_json))


def _tell_findings(findings: pd.DataFrame, *, as_json: bool) -> int:
    """Print each finding on a line, then the counts, and return the exit code."""
    from clinical.findings import count_by_severity, counts_text
    from flows.terminal import say_json

    counts = count_by_severity(findings)
    code = 1 if counts["error"] else 0
    if as_json:
        listed = findings[["severity", "rule", "message"]].to_dict("records")
        status = "findings" if code else "passed"
        say_json({"status": status, "exit_code": code, "findings": counts, "messages": listed})
    else:
        lines = findings["severity"] + "  " + findings["rule"] + "  " + findings["message"]
        typer.echo("\n".join([*lines, counts_text(counts) + "."]))
    return code


def _tell_verified(result: Verified, folder: Path, *, as_json: bool) -> int:
    """Print what has changed, one file a line, and return the exit code."""
    from clinical.errors import printable
    from flows.terminal import say_json

    found = result.found
    code = 0 if found.intact else 1
    named = {"changed": found.changed, "missing": found.missing, "added": found.unexpected}
    if as_json:
        told = {what: list(names) for what, names in named.items()}
        status = "intact" if found.intact else "changed"
        say_json({"status": status, "exit_code": code, "files": result.files, "seal": result.seal, **told})
        return code
    lines = [f"{what}  {printable(name)}" for what, names in named.items() for name in names]
    if found.intact:
        lines.append(f"{folder}: intact. {count(result.files, 'file', verb='are')} as sealed.")
    else:
        lines.append(f"{folder}: not what was sealed. Take the {result.what} from where it was archived.")
    if result.seal:
        lines.append(f"SHA-256 of the list of checksums: {result.seal}")
    typer.echo("\n".join(lines))
    return code
