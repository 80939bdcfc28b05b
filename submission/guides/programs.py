"""How the package was made: software, specifications with their hashes, and the results by dataset."""

from __future__ import annotations

from collections.abc import Sequence

from clinical.wording import agree
from specs.model.study import Study
from submission.guides.content import Block, Column, Link, Section, paragraph, table
from submission.guides.context import DatasetFacts, GuideContext
from submission.guides.wording import spelled

_KINDS = {
    "study.yaml": "Design, standards and decisions",
    "raw.yaml": "Forms and items of the export",
    "codelists.yaml": "Codelists",
    "methods.yaml": "Methods of SDTM",
    "units.yaml": "Units and conversions",
    "analyses.yaml": "Tables and figures",
    "explanations.yaml": "Texts of this guide",
    "simulation.yaml": "Synthetic exports for tests",
}


def programs(context: GuideContext, facts: Sequence[DatasetFacts]) -> Section:
    """Return the section on the programs and what they made."""
    return Section(
        "Submission of programs",
        "programs",
        sections=(
            Section("How the datasets were made", "made", (_made(context), *_specifications(context.study))),
            Section("Software", "software", tuple(_software(context))),
            Section("Source data", "inputs", tuple(_inputs(context))),
            Section("Results by dataset", "results", tuple(_results(context.study, facts))),
        ),
    )


def _made(context: GuideContext) -> Block:
    source = "the export" if context.study.sdtm else "the tabulated data"
    return paragraph(
        f"The datasets were made by cdiscflow {context.software.cdiscflow}, an open-source program that knows no "
        "study. Everything that is particular to this one is written in the files below, which are data and not "
        "programs; they can be read without knowledge of a programming language. The program, these files and "
        f"{source} give the same datasets again, byte by byte."
    )


def _specifications(study: Study) -> list[Block]:
    rows: list[tuple[str, ...]] = [(name, _about(study, name), digest) for name, digest in study.files.items()]
    columns = (Column("File", 21), Column("What it says", 25), Column("SHA-256", 54, "code"))
    return [table("Files of the specification", columns, rows)]


def _about(study: Study, name: str) -> str:
    folder, _, file = name.rpartition("/")
    dataset = file.removesuffix(".yaml").upper()
    spec = {"sdtm": study.sdtm, "adam": study.adam}.get(folder, {}).get(dataset)
    if spec is not None:
        return f"{dataset}: {spec.label}"
    return _KINDS.get(
        name, "Controlled terminology" if folder.startswith("terminology") else "Part of the specification"
    )


def _software(context: GuideContext) -> list[Block]:
    """Return the version of the program; versions that leave every result as it is are not part of the guide."""
    return [
        paragraph(
            f"The program is cdiscflow {context.software.cdiscflow}, which runs on Python 3.11 to 3.13. Its release "
            "fixes the version of every library that it uses; Python and libraries that were in use are named in the "
            "manifest that is kept with the data. The version of Python makes no difference to the package's files."
        )
    ]


def _inputs(context: GuideContext) -> list[Block]:
    if not context.inputs:
        return [paragraph("The manifest of the package lists the files that were read.")]
    rows: list[tuple[str, ...]] = [(name, f"{one.bytes:,}", one.sha256) for name, one in sorted(context.inputs.items())]
    columns = (Column("File", 31), Column("Bytes", 15, "number"), Column("SHA-256", 54, "code"))
    kind = "The export that was read" if context.study.sdtm else "The tabulated data that were read"
    said = f"{kind} {agree(len(rows), 'are')} {spelled(len(rows), 'file')}."
    return [paragraph(said), table("Files that were read", columns, rows)]


def _results(study: Study, facts: Sequence[DatasetFacts]) -> list[Block]:
    analyses = study.analyses
    if not analyses.tables and not analyses.figures:
        return [paragraph("The specification declares no tables or figures.")]
    made = {one.name for one in facts}
    rows: list[tuple[str | Link, ...]] = []
    for one in analyses.tables.values():
        where = Link(one.dataset, f"ds-{one.dataset}") if one.dataset in made else one.dataset
        rows.append((where, "Table", one.title, one.section))
    for figure in analyses.figures.values():
        first = next(iter(figure.rows()), None)
        dataset = first.dataset if first else ""
        where = Link(dataset, f"ds-{dataset}") if dataset in made else dataset
        rows.append((where, "Figure", figure.title, figure.section))
    rows.sort(key=lambda row: row[0].words if isinstance(row[0], Link) else row[0])
    tables, figures = spelled(len(analyses.tables), "table"), spelled(len(analyses.figures), "figure")
    said = (
        f"The specification declares {tables} and {figures}, computed from the datasets as they were written. The "
        "dataset named is the one whose records are counted; ADSL gives populations and denominators."
    )
    columns = (Column("Dataset", 13), Column("Kind", 11), Column("Title", 48), Column("Section", 28))
    return [paragraph(said), table("Tables and figures by dataset", columns, rows)]
