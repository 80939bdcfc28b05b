"""The datasets one by one in the guide to the tabulated data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clinical.wording import agree, count
from specs.model.dataset import DatasetSpec
from specs.model.relationships import Relationship
from specs.model.study import Study
from submission.guides.content import Block, Column, Link, Section, Text, paragraph, paragraphs, table, text
from submission.guides.context import DatasetFacts
from submission.guides.wording import closed, sentence, series, spelled


def parent_of(name: str, facts: Mapping[str, DatasetFacts]) -> str | None:
    """Return the dataset whose qualifiers a SUPP-- dataset holds; None for any other dataset."""
    parent = name.removeprefix("SUPP")
    return parent if parent != name and parent in facts else None


def datasets(study: Study, measured: Sequence[DatasetFacts]) -> Section:
    """Return the table of datasets and a section for each; qualifiers stand with their parent."""
    facts = {one.name: one for one in measured}
    own = [one for one in measured if parent_of(one.name, facts) is None]
    related = _related(study, facts)
    return Section(
        "SDTM datasets",
        "datasets",
        (
            paragraph("Datasets by name; each leads to its description. Subjects are counted where a dataset has any."),
            _overview(own, facts, related),
        ),
        tuple(_one(study, one, facts, related) for one in own),
    )


def _present(spec: DatasetSpec, facts: Mapping[str, DatasetFacts]) -> list[Relationship]:
    """Return the relationships of a dataset that its records have."""
    found = facts[spec.name].relations if spec.name in facts else frozenset()
    return [
        one
        for one in spec.relationships
        if one.id in found or (one.records and any(relid.startswith(one.id) for relid in found))
    ]


def _related(study: Study, facts: Mapping[str, DatasetFacts]) -> dict[str, list[str]]:
    """Return for each dataset the others that RELREC relates it to."""
    related: dict[str, list[str]] = {}
    for spec in study.sdtm.values():
        for relationship in _present(spec, facts):
            names = relationship.names()
            for name in names:
                related.setdefault(name, []).extend(other for other in names if other != name)
    return {name: list(dict.fromkeys(others)) for name, others in related.items()}


def _overview(
    own: Sequence[DatasetFacts], facts: Mapping[str, DatasetFacts], related: Mapping[str, Sequence[str]]
) -> Block:
    rows: list[tuple[str | Link | Text, ...]] = []
    for one in own:
        supplemental = facts.get(f"SUPP{one.name}")
        qualifiers = f"{supplemental.rows:,}" if supplemental and supplemental.rows else "–"
        subjects = "–" if one.subjects is None else f"{one.subjects:,}"
        rows.append(
            (
                Link(one.name, f"ds-{one.name}"),
                one.spec.label,
                one.spec.class_name.capitalize(),
                f"{one.rows:,}",
                subjects,
                qualifiers,
                ", ".join(related.get(one.name, ())) or "–",
            )
        )
    columns = (
        Column("Dataset", 11),
        Column("Label", 28),
        Column("Class", 17),
        Column("Records", 11, "number"),
        Column("Subjects", 11, "number"),
        Column("SUPP-- records", 11, "number"),
        Column("RELREC with", 11),
    )
    return table("SDTM datasets", columns, rows)


def _one(
    study: Study, one: DatasetFacts, facts: Mapping[str, DatasetFacts], related: Mapping[str, Sequence[str]]
) -> Section:
    spec = one.spec
    said: list[str | Link] = [f"{_made_from(study, one)} {_keys(spec)}"]
    others = related.get(spec.name, ())
    for place, name in enumerate(others):
        between = " RELREC relates records to those of " if not place else " and " if place == len(others) - 1 else ", "
        said += [between, Link(name, f"ds-{name}")]
    blocks: list[Block] = [paragraph(*said, *(["."] if others else []))]
    relationships = _present(spec, facts)
    if relationships:
        blocks.append(_relationships(relationships))
    if spec.comment:
        blocks.append(paragraph(closed(spec.comment)))
    blocks += paragraphs(study.explanations.datasets.get(spec.name, ()))
    supplemental = facts.get(f"SUPP{spec.name}")
    if supplemental is not None and supplemental.parts:
        blocks += _qualifiers(study, spec, supplemental)
    return Section(f"{spec.name}: {spec.label}", f"ds-{spec.name}", tuple(blocks))


def _made_from(study: Study, one: DatasetFacts) -> str:
    """Return how many records there are, of how many subjects, and where they come from."""
    spec = one.spec
    said = [size_and_structure(one)]
    forms = [study.raw.forms[name].label for name in dict.fromkeys(record.form for record in spec.records)]
    if forms:
        named = series([f"“{label}”" for label in forms])
        come = "come" if one.rows else "would come"
        said.append(f"The records {come} from the {'form' if len(forms) == 1 else 'forms'} {named}.")
    elif not any(name.islower() for name in spec.inputs) and not spec.inputs:
        said.append("It states the design of the trial, as the protocol plans it.")
    elif spec.builder == "relrec":
        said.append("The relationships are listed below." if one.relations else "No records are related.")
    elif spec.builder == "sv" and study.design.visits.dates:
        form = study.raw.forms[study.design.visits.dates.form].label
        said.append(f"The dates come from the form “{form}”, the planned visits from the design of the trial.")
    else:
        said.append("It is derived from other datasets and from the visits of the subjects.")
    return " ".join(said)


def size_and_structure(one: DatasetFacts) -> str:
    """Return how many records a dataset has, of how many subjects, and what a record is."""
    size = count(one.rows, "record") if one.rows else "no records"
    of = f" of {count(one.subjects, 'subject')}" if one.rows and one.subjects else ""
    holds = "holds" if one.rows else "would hold"
    return f"{one.name} has {size}{of}; it {holds} {sentence_inside(one.spec.structure)}."


def without_records(facts: Sequence[DatasetFacts]) -> str:
    """Return a sentence on the datasets that have no records; empty where all have some."""
    empty = [one.name for one in facts if not one.rows]
    if not empty:
        return ""
    holds = agree(len(empty), "have")
    return f"{series(empty)} {holds} no records; define.xml describes what would be there, and no file is sent."


def sentence_inside(words: str) -> str:
    """Return words without the capital at the beginning, unless the first word is an abbreviation."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _keys(spec: DatasetSpec) -> str:
    return f"A record is identified by {series(spec.keys)}." if spec.keys else "The specification names no keys."


def _relationships(relationships: Sequence[Relationship]) -> Block:
    rows: list[tuple[str, ...]] = []
    for one in relationships:
        if one.datasets:
            left, right = (f"{side.dataset}.{side.variable} ({side.type.lower()})" for side in one.datasets)
            kind = "Datasets"
        else:
            left, right = (f"{side.dataset}.{side.variable}" for side in one.records)
            kind = "Records"
        rows.append((kind, left, right))
    columns = (Column("Kind", 20), Column("From", 40), Column("To", 40))
    return table("Relationships", columns, rows)


def _qualifiers(study: Study, spec: DatasetSpec, supplemental: DatasetFacts) -> list[Block]:
    """Return the table of supplemental qualifiers, with where each comes from."""
    known = {one.name: one for one in spec.supplemental}
    rows: list[tuple[str | Text, ...]] = []
    for part in supplemental.parts:
        variable = known.get(part.name)
        origin = variable.origin.type if variable and variable.origin else "As its variable"
        method = study.methods.get(variable.method or "") if variable else None
        rows.append(
            (
                part.name,
                part.label,
                text(origin + (f": {method.name}" if method else "")),
                f"{part.records:,}",
                f"{part.subjects:,}",
            )
        )
    columns = (
        Column("Qualifier", 14),
        Column("Label", 38),
        Column("Origin", 24),
        Column("Records", 12, "number"),
        Column("Subjects", 12, "number"),
    )
    said = f"{supplemental.name} holds {spelled(len(rows), 'qualifier')} in {count(supplemental.rows, 'record')}."
    return [paragraph(sentence(said)), table(f"Supplemental qualifiers of {spec.name}", columns, rows)]
