"""An SDTM dataset's YAML joined with what SDTMIG says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from clinical.errors import Problem, did_you_mean, listed
from specs.model.dataset import DatasetSource, DatasetSpec, Origin, OriginType, VariableSource, VariableSpec
from specs.model.maps import (
    Assign,
    Decode,
    First,
    Hardcode,
    Iso8601,
    Map,
    NotCollected,
    Number,
    Part,
    Recode,
    Visit,
    When,
    finished_of,
    references_of,
    sources_of,
    walk,
)
from specs.model.maps import Epoch as EpochMap
from specs.model.raw import RawContract
from specs.model.study import StudyDesign
from specs.references import parse_reference
from specs.standards import Standard, StandardDataset, StandardVariable
from specs.yaml_text import YamlText

#: Classes whose domains may add any timing variable of the model, and those that the guide lists in some only.
GENERAL_CLASSES = ("INTERVENTIONS", "EVENTS", "FINDINGS", "FINDINGS ABOUT")
#: The timing variables in the order of the model, with the dataset that serves as pattern where `--` is a prefix.
GENERAL_TIMING = {
    "VISITNUM": "VS",
    "VISIT": "VS",
    "VISITDY": "VS",
    "TAETORD": "VS",
    "EPOCH": "VS",
    "--DTC": "DS",
    "--STDTC": "",
    "--ENDTC": "",
    "--DY": "DS",
    "--STDY": "SV",
    "--ENDY": "SV",
}


def resolve_sdtm(
    source: DatasetSource,
    design: StudyDesign,
    raw: RawContract,
    standard: Standard,
    place: YamlText,
    problems: list[Problem],
) -> DatasetSpec | None:
    """Return the resolved dataset, its variables in the standard's order, or None where the standard lacks it."""
    found = standard.dataset(source.dataset)
    if found is None:
        suggestion = did_you_mean(source.dataset, standard.datasets)
        problems.append(
            Problem(
                place.place(("dataset",)), f"{standard.name} {standard.version} has no '{source.dataset}'.{suggestion}"
            )
        )
        return None
    entries = with_general_timing(found, standard)
    said = {**_common(source, design, entries), **source.variables}
    _check_against_standard(source, said, entries, standard, place, problems)
    variables = tuple(
        _variable(name, said[name], entry, source, raw) for name, entry in entries.items() if name in said
    )
    supplemental = tuple(_variable(name, row, None, source, raw) for name, row in source.supplemental.items())
    return DatasetSpec(
        name=source.dataset,
        label=source.label or found.label,
        class_name=source.class_name or found.class_name,
        structure=source.structure or found.structure,
        keys=source.keys or found.keys,
        standard=f"{standard.name} {standard.version}",
        variables=variables,
        inputs=_inputs(source, (*variables, *supplemental)),
        builder=source.builder,
        records=source.records,
        supplemental=supplemental,
        value_level=source.value_level,
        comment=source.comment,
        relationships=source.relationships,
    )


def stand_in(name: str, standard: Standard) -> DatasetSpec:
    """Return a dataset with all variables of the standard and no maps, for one whose own file cannot be read.

    So what other datasets say of it is not reported as wrong on top.
    """
    found = standard.datasets[name]
    entries = with_general_timing(found, standard)
    variables = tuple(
        VariableSpec(entry.name, entry.label, entry.type, None, entry.core, entry.role, None, None, None, None, None)
        for entry in entries.values()
    )
    return DatasetSpec(name, found.label, found.class_name, found.structure, found.keys, standard.name, variables)


def with_general_timing(dataset: StandardDataset, standard: Standard) -> dict[str, StandardVariable]:
    """Return a dataset's variables with those timing variables that any general-class domain may add (SDTM 2.0, 3.1.5).

    The guide lists visits, epoch, dates and study days for some domains only; elsewhere they are permissible and
    stand before the first timing variable that the model puts after them.
    """
    entries = list(dataset.variables)
    if dataset.class_name not in GENERAL_CLASSES:
        return {entry.name: entry for entry in entries}
    order = [name.replace("--", dataset.name) for name in GENERAL_TIMING]
    for position, (pattern, owner) in enumerate(GENERAL_TIMING.items()):
        name = order[position]
        if not owner or name in {entry.name for entry in entries}:
            continue
        found = standard.datasets[owner].by_name[pattern.replace("--", owner)]
        place = next((at for at, entry in enumerate(entries) if _comes_after(entry, order, position)), len(entries))
        entries.insert(place, replace(found, name=name, core="Perm"))
    return {entry.name: entry for entry in entries}


def _comes_after(entry: StandardVariable, order: list[str], position: int) -> bool:
    return entry.role == "Timing" and (entry.name not in order or order.index(entry.name) > position)


def _common(
    source: DatasetSource, design: StudyDesign, standard: dict[str, StandardVariable]
) -> dict[str, VariableSource]:
    """Return the identifiers that a dataset has without its YAML naming them."""
    domain = VariableSource.model_validate(
        {"map": {"algorithm": "hardcode", "value": source.dataset}, "origin": {"type": "Assigned", "source": "Sponsor"}}
    )
    common = {"DOMAIN": domain, **design.common}
    return {name: row for name, row in common.items() if name in standard}


def _check_against_standard(
    source: DatasetSource,
    said: dict[str, VariableSource],
    standard: dict[str, StandardVariable],
    guide: Standard,
    place: YamlText,
    problems: list[Problem],
) -> None:
    for name, row in source.variables.items():
        where = place.place(("variables", name))
        if name not in standard:
            problems.append(
                Problem(
                    where,
                    f"{guide.name} {guide.version} has no variable {name} in {source.dataset}."
                    f"{did_you_mean(name, standard)} If it is the sponsor's own, put it under 'supplemental'.",
                )
            )
        elif row.type and row.type != standard[name].type:
            problems.append(Problem(where, f"type {row.type} contradicts the standard's {standard[name].type}."))
    missing = [name for name, entry in standard.items() if entry.core in ("Req", "Exp") and name not in said]
    if missing:
        problems.append(
            Problem(
                place.place(("variables",)),
                f"Required or Expected in {source.dataset}, but not given: {listed(missing, 40)}. "
                "Map each of them, with {algorithm: not_collected} where nothing was collected.",
            )
        )


def _variable(
    name: str, row: VariableSource, entry: StandardVariable | None, source: DatasetSource, raw: RawContract
) -> VariableSpec:
    by_value = any(level.variable == name and level.codelist for level in source.value_level)
    inherited = entry.codelists[0] if entry and len(entry.codelists) == 1 and not by_value else None
    return VariableSpec(
        name=name,
        label=row.label or (entry.label if entry else ""),
        type=row.type or (entry.type if entry else "Char"),
        length=row.length,
        core=row.core or (entry.core if entry else None),
        role=row.role or (entry.role if entry else None),
        codelist=row.codelist or inherited,
        format=row.format,
        origin=_origin(name, row, source, raw),
        method=row.method,
        comment=row.comment,
        map=row.map,
        evaluator=row.evaluator,
    )


def _origin(name: str, row: VariableSource, source: DatasetSource, raw: RawContract) -> Origin | None:
    """Return the origin that the row gives, else the one that its verb implies; pages come from the forms read."""
    maps = [one for one in (row.map, *(record.map.get(name) for record in source.records)) if one is not None]
    pages = row.origin.pages if row.origin and row.origin.pages else _pages(maps, source, raw)
    kind = row.origin.type if row.origin else _implied_origin(maps)
    if kind is None:
        return None
    default_source: Literal["Investigator", "Sponsor"] = "Investigator" if kind == "Collected" else "Sponsor"
    return Origin(
        type=kind,
        source=(row.origin.source if row.origin and row.origin.source else default_source),
        pages=pages if kind == "Collected" else (),
        predecessor=row.origin.predecessor if row.origin else None,
    )


def _implied_origin(maps: list[Map]) -> OriginType | None:
    """Return the origin that verbs imply; where some records collect a value and others fix it, it is Collected."""
    kinds = {type(one) for outer in maps for one in walk(outer)} - {First, When}
    if not kinds:
        return None
    if kinds <= {NotCollected}:
        return "Not Available"
    if kinds <= {Hardcode, Decode, NotCollected}:
        return "Assigned"
    if kinds <= {Assign, Part, Recode, Iso8601, Number, Hardcode, NotCollected}:
        return "Collected"
    if kinds <= {Visit}:
        return "Assigned"
    return "Derived"


def _pages(maps: list[Map], source: DatasetSource, raw: RawContract) -> tuple[str, ...]:
    references = [parse_reference(text) for outer in maps for text in references_of(outer)]
    forms = [one.owner for one in references if one.kind == "form"] or [record.form for record in source.records]
    pages = [raw.forms[form].page for form in dict.fromkeys(forms) if form in raw.forms]
    return tuple(dict.fromkeys(page for page in pages if page))


def _inputs(source: DatasetSource, variables: tuple[VariableSpec, ...]) -> tuple[str, ...]:
    """Return the forms and datasets that the maps read, forms first, in order of mention."""
    forms = [record.form for record in source.records]
    datasets: list[str] = []
    maps = [variable.map for variable in variables if variable.map is not None]
    maps += [one for record in source.records for one in record.map.values()]
    for outer in maps:
        for reference in map(parse_reference, references_of(outer)):
            if reference.kind == "form":
                forms.append(reference.owner)
            elif reference.kind == "variable" and reference.owner != source.dataset:
                datasets.append(reference.owner)
        datasets += [one.dataset for one in sources_of(outer)]
        datasets += finished_of(outer)
        datasets += ["SE" for one in walk(outer) if isinstance(one, EpochMap)]
        datasets += ["SV" for one in walk(outer) if isinstance(one, Visit)]
    for relationship in source.relationships:
        forms += [relationship.form] if relationship.form else []
        datasets += relationship.names()
    others = [name for name in datasets if name != source.dataset]
    return tuple(dict.fromkeys([*forms, *others]))
