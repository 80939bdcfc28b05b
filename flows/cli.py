"""The command line. Everything heavy is imported by the command that needs it, so that `--help` is instant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from clinical.errors import UsageError
from flows import cli_package, cli_spec, json_line, require_prefect_home
from flows.guarded import Guarded

app = typer.Typer(
    cls=Guarded,
    help="From a raw EDC export to checked SDTM, ADaM and SAS transport files.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.add_typer(cli_spec.app, name="spec")
app.add_typer(cli_package.app, name="package")


def _cutoff(value: str | None) -> str | None:
    from datetime import date

    if value is not None:
        try:
            date.fromisoformat(value)
        except ValueError:
            raise typer.BadParameter(f"'{value}' is no date. Write it as YYYY-MM-DD.") from None
    return value


Study = Annotated[
    str, typer.Argument(help="A study under specs/studies/, or the path of such a folder.", metavar="STUDY")
]
Raw = Annotated[
    str,
    typer.Option(
        "--raw",
        help="The raw export: ODM-XML, a folder or zip of CSV; or a pattern, whose last match by name is taken.",
        metavar="EXPORT",
    ),
]
Out = Annotated[Path, typer.Option("--out", help="The run folder to publish.", metavar="DIR")]
Cutoff = Annotated[
    str | None, typer.Option("--cutoff", help="The data cut-off.", metavar="YYYY-MM-DD", callback=_cutoff)
]
Only = Annotated[
    list[str] | None, typer.Option("--only", help="Write only this dataset (repeat for more).", metavar="NAME")
]
Draft = Annotated[
    bool, typer.Option("--draft", help="Write what can be written in spite of errors, marked as a draft.")
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Steps to run side by side.")]
Dask = Annotated[
    str | None, typer.Option("--dask", help="Run the steps on the Dask cluster of this scheduler.", metavar="ADDRESS")
]
NoPrefect = Annotated[bool, typer.Option("--no-prefect", help="Plain calls instead of a Prefect flow; the same bytes.")]
Previous = Annotated[
    Path | None,
    typer.Option("--previous", help="A former run: findings are marked new, open or gone against it.", metavar="RUN"),
]
Json = Annotated[bool, typer.Option("--json", help="End with one line of JSON.", callback=json_line.ask)]


def _run(parameters: dict[str, Any], *, workers: int, dask: str | None, no_prefect: bool, as_json: bool) -> None:
    """Run a study with or without Prefect, tell how it ended, and exit with its code."""
    from flows.terminal import Bar, tell

    if dask and no_prefect:
        raise UsageError("--dask runs steps as Prefect tasks. Leave out --no-prefect.")
    with Bar() as bar:
        if no_prefect:
            from flows.runner import execute, in_threads, newest

            paths = {
                "out": Path(parameters["out"]),
                "raw": newest(parameters["raw"]) if parameters.get("raw") else None,
                "sdtm": Path(parameters["sdtm"]) if parameters.get("sdtm") else None,
                "previous": Path(parameters["previous"]) if parameters.get("previous") else None,
            }
            outcome = execute(**{**parameters, **paths}, executor=in_threads(workers), progress=bar)
        else:
            require_prefect_home()
            from flows.study_flow import run_flow

            outcome = run_flow(parameters, workers=workers, dask=dask, progress=bar)
    tell(outcome, as_json=as_json)
    raise typer.Exit(outcome.exit_code)


@app.command(epilog="Example: `cdiscflow run cart1922 --raw export.xml --out out/cart1922`")
def run(
    study: Study,
    raw: Raw,
    out: Out,
    cutoff: Cutoff = None,
    only: Only = None,
    draft: Draft = False,
    previous: Previous = None,
    workers: Workers = 2,
    dask: Dask = None,
    no_prefect: NoPrefect = False,
    as_json: Json = False,
) -> None:
    """Run the whole flow: read, map to SDTM, check, derive ADaM, check, write transport files, publish."""
    parameters = {
        "study": study,
        "raw": raw,
        "out": str(out),
        "cutoff": cutoff,
        "only": tuple(only or ()),
        "draft": draft,
        "previous": str(previous) if previous else None,
    }
    _run(parameters, workers=workers, dask=dask, no_prefect=no_prefect, as_json=as_json)


@app.command(epilog="Example: `cdiscflow sdtm cart1922 --raw export.xml --out out/sdtm`")
def sdtm(
    study: Study,
    raw: Raw,
    out: Out,
    only: Only = None,
    draft: Draft = False,
    workers: Workers = 2,
    no_prefect: NoPrefect = False,
    as_json: Json = False,
) -> None:
    """Make SDTM only."""
    parameters = {
        "study": study,
        "raw": raw,
        "out": str(out),
        "standards": ("sdtm",),
        "only": tuple(only or ()),
        "draft": draft,
    }
    _run(parameters, workers=workers, dask=None, no_prefect=no_prefect, as_json=as_json)


@app.command(
    epilog="Example: `cdiscflow adam cart1922 --sdtm out/sdtm/m5/datasets/cart1922/tabulations/sdtm --out out/adam`"
)
def adam(
    study: Study,
    sdtm: Annotated[
        Path, typer.Option("--sdtm", help="A folder of SDTM transport files of any origin.", metavar="DIR")
    ],
    out: Out,
    cutoff: Cutoff = None,
    only: Only = None,
    draft: Draft = False,
    workers: Workers = 2,
    no_prefect: NoPrefect = False,
    as_json: Json = False,
) -> None:
    """Derive ADaM from SDTM transport files, whatever wrote them."""
    parameters = {
        "study": study,
        "sdtm": str(sdtm),
        "out": str(out),
        "standards": ("adam",),
        "cutoff": cutoff,
        "only": tuple(only or ()),
        "draft": draft,
    }
    _run(parameters, workers=workers, dask=None, no_prefect=no_prefect, as_json=as_json)


@app.command(epilog="Example: `cdiscflow check cart1922 out/cart1922/m5/datasets/cart1922/tabulations/sdtm`")
def check(
    study: Study,
    folder: Annotated[Path, typer.Argument(help="A folder of transport files.", metavar="DIR")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write findings.csv and findings.xlsx into this folder.", metavar="DIR")
    ] = None,
    core: Annotated[
        Path | None,
        typer.Option("--core", help="Check by the CDISC CORE engine too, with this cache.", metavar="CACHE"),
    ] = None,
    define: Annotated[
        Path | None,
        typer.Option("--define", help="With --core: the Define-XML 2.1 file; DIR/define.xml if there.", metavar="FILE"),
    ] = None,
    core_python: Annotated[
        Path | None,
        typer.Option("--core-python", help="With --core: a Python 3.12, with or without the engine.", metavar="PATH"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a folder of transport files against the study's specification and rules."""
    from flows.check import check_folder, core_options
    from flows.terminal import STDERR, tell_findings

    options = core_options(folder, core, define, core_python)
    findings, listed = check_folder(
        study, folder, out, options, say=lambda text: STDERR.print(text) if STDERR.is_terminal else None
    )
    raise typer.Exit(tell_findings(findings, listed, as_json=as_json))


@app.command(epilog="Example: `cdiscflow simulate cart1922 --subjects 40 --seed 1 --out export.xml`")
def simulate(
    study: Study,
    subjects: Annotated[int, typer.Option("--subjects", min=0, help="How many subjects give consent.")],
    out: Annotated[Path, typer.Option("--out", help="The export to write.", metavar="EXPORT")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")] = 1,
    export_format: Annotated[str, typer.Option("--format", help="odm, csv, rave, redcap, …; see the docs.")] = "odm",
    error_rate: Annotated[
        float, typer.Option("--error-rate", min=0.0, max=1.0, help="The share of records with planted errors.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Write a synthetic raw export of the study; with errors, also EXPORT.errors.csv, which lists them."""
    from flows.simulate import simulate_export

    told = simulate_export(study, subjects, seed, out, export_format, error_rate)
    if as_json:
        from flows.terminal import say_json

        say_json({"status": "written", "exit_code": 0, **told})
    else:
        from clinical.wording import count

        typer.echo(f"Wrote {count(told['records'], 'record')} of {count(told['subjects'], 'subject')} to {out}")


@app.command(epilog="Example: `cdiscflow show out/demo --subject 01-0001`")
def show(
    run: Annotated[Path, typer.Argument(help="A run folder.", metavar="RUN")],
    subject: Annotated[str, typer.Option("--subject", help="USUBJID or SUBJID of the subject.", metavar="ID")],
    as_json: Json = False,
) -> None:
    """Print one subject's whole story in time order, from all domains."""
    from flows.show import show_subject

    show_subject(run, subject, as_json=as_json)


@app.command(epilog="Example: `cdiscflow trace out/demo ADTTE USUBJID=CART1922-01-0002 PARAMCD=PFS`")
def trace(
    run: Annotated[Path, typer.Argument(help="A run folder.", metavar="RUN")],
    dataset: Annotated[str, typer.Argument(help="A dataset of the run, as ADTTE or AE.", metavar="DATASET")],
    keys: Annotated[list[str], typer.Argument(help="What names the record.", metavar="KEY=VALUE…")],
    variable: Annotated[str | None, typer.Option("--var", help="Trace this variable only.", metavar="VAR")] = None,
    study: Annotated[
        str | None,
        typer.Option("--study", help="The study's folder, where it is not the bundled one.", metavar="STUDY"),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the chain as a page that stands alone.", metavar="FILE")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print from which raw cells a record or a cell came, over which rules and records."""
    from flows.trace import trace_record

    trace_record(run, dataset, keys, variable, study, as_json=as_json, html=html)


@app.command(epilog="Example: `cdiscflow serve cart1922 --raw 'inbox/*.xml' --out out/cart1922 --cron '0 2 * * *'`")
def serve(
    study: Study,
    raw: Annotated[
        str,
        typer.Option("--raw", help="The export, or a pattern whose last match by name is taken.", metavar="LOCATION"),
    ],
    out: Out,
    cron: Annotated[str, typer.Option("--cron", help="When to run, as five cron fields.")],
    timezone: Annotated[str, typer.Option("--timezone", help="The time zone of the schedule.")] = "UTC",
    port: Annotated[
        int, typer.Option("--port", help="Port of the server that is started where none is running.")
    ] = 4200,
) -> None:
    """Serve the study as a scheduled Prefect deployment, until it is stopped."""
    require_prefect_home()
    from flows.serve import serve_study

    serve_study(study, raw, out, cron, timezone, port)


def main() -> None:
    """Run the command line; files are created private to their owner."""
    os.umask(0o077)
    app()
