"""The overview of subject data in the guide to the tabulated data: who, until when, what is there, how it was made."""

from __future__ import annotations

from collections.abc import Sequence

from clinical.wording import count
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from submission.guides.content import (
    Block,
    Bullets,
    Column,
    Link,
    Section,
    ToComplete,
    paragraph,
    paragraphs,
    table,
    text,
)
from submission.guides.context import DatasetFacts, GuideContext
from submission.guides.sdtm_datasets import without_records
from submission.guides.wording import day, sentence, series, spelled

#: Origins of Define-XML, as columns of the table and as the sentence calls them.
_ORIGINS = (("Collected", "Collected"), ("Derived", "Derived"), ("Assigned", "Assigned"), ("Protocol", "Protocol"))


def overview(context: GuideContext, facts: Sequence[DatasetFacts]) -> Section:
    """Return the overview: subjects, dates, what is not submitted, split datasets, the way of the data."""
    return Section(
        "Overview",
        "overview",
        (*_subjects(context, facts), *_left_out(context, facts)),
        (Section("Traceability", "traceability", tuple(_way(context))),),
    )


def _subjects(context: GuideContext, facts: Sequence[DatasetFacts]) -> list[Block]:
    number = next((one.subjects for one in facts if one.name == "DM"), None)
    sent = [one for one in facts if one.rows]
    said = [
        f"The package holds {count(len(sent), 'SDTM dataset')} with {count(sum(one.rows for one in sent), 'record')}."
    ]
    if number is not None:
        said.append(f"DM has {count(number, 'subject')}.")
    said.append(f"The data are those of the export of {day(context.created)}.")
    said.append(
        "The tabulated data are complete as exported: no data cut-off was applied to them."
        if context.cutoff
        else "No data cut-off was applied."
    )
    if context.cutoff and context.study.adam:
        said.append(f"The cut-off of the analysis, {day(context.cutoff)}, is applied in ADaM only.")
    blocks: list[Block] = [paragraph(" ".join(said))]
    steps = {label: subjects for one in facts for label, subjects in one.steps.items()}
    rows: list[tuple[str, ...]] = [
        (step.label, f"{steps[step.label]:,}") for step in context.study.design.subject_flow if step.label in steps
    ]
    if rows:
        columns = (Column("Step", 70), Column("Subjects", 30, "number"))
        blocks += [
            paragraph("The subjects' way through the trial, as the data show it:"),
            table("Subjects by step", columns, rows),
        ]
    return blocks


def _left_out(context: GuideContext, facts: Sequence[DatasetFacts]) -> list[Block]:
    """Return what is collected and not submitted, described and not sent, and split."""
    said = context.study.explanations.not_submitted
    blocks: list[Block] = []
    unread = _columns_not_read(context.study)
    if said:
        blocks += [paragraph("Collected and not submitted:"), Bullets(tuple(text(one) for one in said))]
    else:
        blocks.append(ToComplete("State which collected data are not submitted, and why; or that there are none."))
    if unread:
        blocks.append(paragraph(unread))
    empty = without_records(facts)
    if empty:
        blocks.append(paragraph(empty))
    split = [one for one in facts if one.written.parts]
    if split:
        parts = [f"{one.name} ({count(len(one.written.parts), 'part')})" for one in split]
        blocks.append(paragraph(f"Split in the order of their records, because of their size: {series(parts)}."))
    else:
        blocks.append(paragraph("No dataset was split."))
    return blocks


def _columns_not_read(study: Study) -> str:
    """Return a sentence about the forms of the export that no dataset is made from; empty where there are none."""
    read = {name for spec in study.sdtm.values() for name in spec.inputs}
    if study.design.visits.dates:
        read.add(study.design.visits.dates.form)
    unread = [form.label for name, form in study.raw.forms.items() if name not in read]
    if not unread:
        return ""
    return f"No dataset is made from {series([f'the form “{label}”' for label in unread])}."


def _way(context: GuideContext) -> list[Block]:
    """Return the way of the data from the CRF to the datasets, with the files that were read."""
    forms = len(context.study.raw.forms)
    rows: list[tuple[str, ...]] = [
        ("Collection", "Electronic data capture", sentence(f"{spelled(forms, 'form')} of the CRF")),
        (
            "Export",
            f"Files of {day(context.created)}, read as text",
            f"{count(len(context.inputs), 'file')}, listed below",
        ),
        (
            "Mapping",
            "One specification for each dataset; every record keeps the file, form and row that it came from",
            "SDTM",
        ),
        ("Checks", "Rules on each dataset and between datasets; an error stops the package", "List of findings"),
        ("Transport", "Written, read back and compared value by value", "Transport files, define.xml"),
    ]
    if context.study.adam:
        rows.append(("Analysis", "Made from SDTM, described in the analysis data reviewer's guide", "ADaM"))
    columns = (Column("Step", 16), Column("How", 54), Column("Result", 30))
    blocks: list[Block] = [
        paragraph(
            "The datasets were made from the export without manual steps. The same export and the same specification "
            "give the same files, byte by byte."
        ),
        table("The way of the data", columns, rows),
    ]
    if context.inputs:
        files: list[tuple[str, ...]] = [
            (name, f"{one.bytes:,}", "" if one.rows is None else f"{one.rows:,}", one.sha256)
            for name, one in sorted(context.inputs.items())
        ]
        shape = (
            Column("File", 22),
            Column("Bytes", 13, "number"),
            Column("Records", 11, "number"),
            Column("SHA-256", 54, "code"),
        )
        blocks.append(table("Files of the export", shape, files))
    return blocks


def annotated_crf(context: GuideContext) -> Section:
    """Return the note on the annotated CRF."""
    said = context.study.explanations.annotated_crf
    if context.annotated_crf:
        first = paragraph(
            "The annotated CRF, acrf.pdf, stands beside the datasets. Each field carries the variable that its value "
            "becomes; a field that is not submitted says so. Origins in define.xml lead to its pages."
        )
        return Section("Annotated CRF", "acrf", (first, *paragraphs(said)))
    missing = ToComplete("Add the annotated CRF as acrf.pdf, or state why there is none.")
    return Section("Annotated CRF", "acrf", paragraphs(said) if said else (missing,))


def origins(study: Study, specs: Sequence[DatasetSpec]) -> Section:
    """Return which variables were collected, derived or assigned, and how dates and derived values are made."""
    rows: list[tuple[str | Link, ...]] = []
    for spec in specs:
        numbers = [
            sum(one.origin is not None and one.origin.type == kind for one in (*spec.variables, *spec.supplemental))
            for kind, _ in _ORIGINS
        ]
        if sum(numbers):
            rows.append((Link(spec.name, f"ds-{spec.name}"), *(f"{number:,}" for number in numbers)))
    columns = (Column("Dataset", 20), *(Column(label, 20, "number") for _, label in _ORIGINS))
    methods = _methods(study, specs)
    blocks: list[Block] = [
        paragraph(
            "A collected value stands as it was recorded, with the terms of controlled terminology in place of the "
            "texts of the form. Derived values follow the methods below. Assigned values are constants, codes and "
            "categories that the specification gives; those of the protocol come from the design of the trial. A date "
            "of which only a part is known keeps that part in the form of ISO 8601, and no date is imputed in SDTM."
        ),
        table("Variables and qualifiers by origin", columns, rows),
    ]
    if methods:
        blocks += [
            paragraph("The methods of derived variables:"),
            table("Methods", (Column("Method", 24), Column("Variables", 24), Column("Derivation", 52)), methods),
        ]
    return Section("Collected, derived and assigned data", "origins", tuple(blocks))


def _methods(study: Study, specs: Sequence[DatasetSpec]) -> list[tuple[str, ...]]:
    used: dict[str, list[str]] = {}
    for spec in specs:
        for variable in (*spec.variables, *spec.supplemental):
            if variable.method:
                used.setdefault(variable.method, []).append(variable.name)
    rows: list[tuple[str, ...]] = []
    for name, variables in used.items():
        if name in study.methods:
            method = study.methods[name]
            rows.append((method.name, series(list(dict.fromkeys(variables)), 10), method.text))
    return rows
