"""`cdiscflow spec`: look at a specification, check it, hand it out as a workbook, and take in what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clinical.wording import count
from flows import json_line

app = typer.Typer(help="Look at a study's specification, check it, or edit it in Excel.", no_args_is_help=True)

Study = Annotated[
    str, typer.Argument(help="A study under specs/studies/, or the path of such a folder.", metavar="STUDY")
]

Json = Annotated[bool, typer.Option("--json", help="End with one line of JSON.", callback=json_line.ask)]


@app.command(epilog="Example: `cdiscflow spec lint cart1922`")
def lint(study: Study, as_json: Json = False) -> None:
    """Check everything that a specification may get wrong, and report all of it at once."""
    from specs.load import load_study

    loaded = load_study(study)
    datasets = [*loaded.sdtm, *loaded.adam]
    if as_json:
        from flows.terminal import say_json

        say_json({"status": "sound", "exit_code": 0, "study": loaded.id, "datasets": datasets})
    else:
        typer.echo(f"{loaded.id}: sound. {count(len(datasets), 'dataset')}: {', '.join(datasets)}.")


@app.command(epilog="Example: `cdiscflow spec show cart1922 AE`")
def show(
    study: Study,
    dataset: Annotated[
        str | None, typer.Argument(help="A dataset; without one, all are listed.", metavar="DATASET")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of a table.", callback=json_line.ask)
    ] = False,
) -> None:
    """Show a specification as tables: the datasets, or the variables of one of them."""
    from flows.show_spec import show_spec

    show_spec(study, dataset, as_json=as_json)


@app.command(epilog="Example: `cdiscflow spec export cart1922 --out cart1922.xlsx`")
def export(
    study: Study,
    out: Annotated[Path, typer.Option("--out", help="The workbook to write.", metavar="FILE.xlsx")],
    standard: Annotated[
        str | None, typer.Option("--standard", help="Show only the datasets of sdtm or adam.", metavar="sdtm|adam")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the workbook, and edits in it.")] = False,
    as_json: Json = False,
) -> None:
    """Write a specification as the industry's Excel workbook, which `import` takes back without loss."""
    from flows.spec_workbook import export_spec

    export_spec(study, out, standard, replace=replace, as_json=as_json)


@app.command("import", epilog="Example: `cdiscflow spec import cart1922 cart1922.xlsx --replace`")
def import_(
    study: Annotated[
        str,
        typer.Argument(help="A study under specs/studies/, or the path of a folder, there or new.", metavar="STUDY"),
    ],
    file: Annotated[
        Path, typer.Argument(help="A workbook that `export` wrote, or one of another origin.", metavar="FILE.xlsx")
    ],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Take the changes into the study that is there; another origin replaces it."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would change, and write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Take a workbook in: its changes go into the YAML; one of another origin becomes a new study's folder."""
    from flows.spec_workbook import import_spec

    import_spec(study, file, replace=replace, dry_run=dry_run, as_json=as_json)


@app.command(epilog="Example: `cdiscflow spec terminology 'SDTM Terminology 2025-09-26.txt' --study cart1922`")
def terminology(
    file: Annotated[
        Path, typer.Argument(help="The file that NCI EVS publishes: ODM-XML or tab-delimited text.", metavar="FILE")
    ],
    study: Annotated[str, typer.Option("--study", help="The study whose folder takes it in.", metavar="STUDY")],
    publication: Annotated[
        str | None, typer.Option("--publication", help="SDTM or ADaM, where the file does not say.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", help="The package's date, where the file does not say.")
    ] = None,
) -> None:
    """Import a controlled terminology package for a study, which moves to it by naming it in study.yaml."""
    from specs.load import study_folder
    from specs.standards import write_terminology
    from specs.standards.nci_evs import import_terminology

    package = import_terminology(file, publication, version)
    folder = write_terminology(package, study_folder(study) / "terminology")
    terms = sum(len(one.terms) for one in package.codelists.values())
    codelists = count(len(package.codelists), "codelist")
    typer.echo(f"{package.name} {package.version}: {codelists}, {count(terms, 'term')}, in {folder}")
    key = "adam_terminology" if package.name.lower() == "adam" else "sdtm_terminology"
    typer.echo(f'Name it in study.yaml: standards: {{{key}: "{package.version}"}}')
