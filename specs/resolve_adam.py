"""An ADaM dataset's YAML joined with what ADaMIG says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import TypeVar

from clinical.errors import Problem, listed
from specs.model.adam import AdamRules, AdamSource, AdamVariableSource
from specs.model.adam_maps import Constant, Copy, Cutoff, adam_inputs, adam_references
from specs.model.adam_row_maps import AnalysisRecords
from specs.model.dataset import DatasetSpec, Origin, ValueLevelSource, VariableSpec
from specs.model.responses import RecordExists, ResponseRules, Timepoints, Window, Windows
from specs.model.study import StudyDesign
from specs.model.time_to_event import TimeRules
from specs.model.tumor_results import TumorResults
from specs.standards import Standard, StandardVariable, load_sdtmig
from specs.supplemental import supplemental_name
from specs.yaml_text import YamlText

RulesT = TypeVar("RulesT", ResponseRules, TimeRules, TumorResults, AnalysisRecords)

_SECTIONS = {
    ResponseRules: "responses",
    TimeRules: "time_to_event",
    TumorResults: "tumor_results",
    AnalysisRecords: "records",
}

#: The dataset with one row a subject that an ADaM dataset's subjects come from.
SUBJECTS = {"ADSL": "DM", "BDS": "ADSL", "TTE": "ADSL", "OCCDS": "ADSL"}
_ROW = ("ASEQ", "PARAM", "PARAMCD", "PARAMN", "PARCAT1", "AVAL", "ADT", "SRCDOM", "SRCVAR", "SRCSEQ")
#: Variables that the rules of a dataset make, beside its flags and what it keeps of its records.
MADE_BY_RESPONSES = frozenset(
    (*_ROW, "PARQUAL", "AVALC", "ADTF", "ADY", "AVISIT", "AVISITN", "AWTARGET", "AWTDIFF", "AWLO", "AWHI", "AWU")
)
#: What a response derived from lesions says besides: the criterion and the lesion that decided.
LESION_ROW = ("RSPCRIT", "RSPLNKID")
MADE_BY_SUMS = frozenset(
    (*_ROW, "ADY", "AVISIT", "AVISITN", "AWTARGET", "AWTDIFF", "BASE", "CHG", "PCHG", "NADIR", "CHGNAD", "PCHGNAD")
)
MADE_BY_TIME = frozenset((*_ROW, "AVALU", "STARTDT", "ADTF", "CNSR", "EVNTDESC", "CNSDTDSC"))


def resolve_adam(
    source: AdamSource,
    design: StudyDesign,
    standard: Standard,
    place: YamlText,
    problems: list[Problem],
    sdtm: Mapping[str, DatasetSpec] | None = None,
) -> DatasetSpec | None:
    """Return the resolved dataset, its variables in the order of the YAML, or None where ADaMIG lacks its structure.

    `sdtm` are the study's SDTM datasets: a copy of a variable of theirs has its label, type and codelist.
    """
    found = standard.dataset(source.follows)
    if found is None:
        what = f"{standard.name} {standard.version} has no structure '{source.follows}'."
        problems.append(Problem(place.place(("follows",)), what))
        return None
    entries = {name: standard.find_variable(source.follows, name) for name in source.variables}
    _require_variables(source, found.variables, place, problems)
    for name, row in source.variables.items():
        entry = entries[name]
        if entry is not None and row.type and row.type != entry.type:
            what = f"type {row.type} contradicts the standard's {entry.type}."
            problems.append(Problem(place.place(("variables", name)), what))
    return DatasetSpec(
        name=source.dataset,
        label=source.label,
        class_name=source.class_name or found.class_name,
        structure=source.structure or found.structure,
        keys=source.keys or found.keys,
        standard=f"{standard.name} {standard.version}",
        variables=tuple(
            _variable(name, row, entries[name], _predecessor(source, row, design, sdtm or {}))
            for name, row in source.variables.items()
        ),
        inputs=_inputs(source),
        builder=source.follows,
        value_level=tuple(_value_level(source)),
        comment=source.comment,
        rules=AdamRules(
            required=dict(source.required),
            responses=_with_windows(source.responses, design, place, problems),
            time_to_event=_with_windows(source.time_to_event, design, place, problems),
            tumor_results=_with_windows(source.tumor_results, design, place, problems),
            records=_with_windows(source.records, design, place, problems),
        ),
    )


def variable_order(spec: DatasetSpec) -> tuple[str, ...]:
    """Return the mapped variables of an ADaM dataset in an order in which each one's references are at hand.

    Raises:
        graphlib.CycleError: variables need each other.
    """
    names = {variable.name for variable in spec.variables}
    graph = {
        variable.name: [name for name in adam_references(variable.map) if name in names]
        for variable in spec.variables
        if variable.map is not None
    }
    return tuple(name for name in TopologicalSorter(graph).static_order() if name in graph)


def _require_variables(
    source: AdamSource, standard: tuple[StandardVariable, ...], place: YamlText, problems: list[Problem]
) -> None:
    required = [variable.name for variable in standard if variable.core == "Req" and variable.name.isupper()]
    missing = [name for name in required if name not in source.variables]
    if missing:
        what = f"required by ADaMIG in a {source.follows} dataset, but not given: {listed(missing)}. Add each of them."
        problems.append(Problem(place.place(("variables",)), what))


def _predecessor(
    source: AdamSource, row: AdamVariableSource, design: StudyDesign, sdtm: Mapping[str, DatasetSpec]
) -> VariableSpec | StandardVariable | None:
    """Return the variable of a record that is copied; from the study's dataset, else from SDTMIG."""
    if source.records is None or not isinstance(row.map, Copy):
        return None
    owner, _, name = row.map.variable.partition(".")
    dataset = source.records.dataset
    if owner not in (dataset, supplemental_name(dataset)):
        return None
    known = sdtm.get(dataset)
    if known is not None:
        return next((one for one in (*known.variables, *known.supplemental) if one.name == name), None)
    return load_sdtmig(design.standards.sdtmig).find_variable(owner, name)


def _variable(
    name: str,
    row: AdamVariableSource,
    entry: StandardVariable | None,
    predecessor: VariableSpec | StandardVariable | None,
) -> VariableSpec:
    inherited = entry.codelists[0] if entry and len(entry.codelists) == 1 else None
    if isinstance(predecessor, VariableSpec):
        inherited = inherited or predecessor.codelist
    known = entry or predecessor
    kind = row.type or (known.type if known else "Char")
    return VariableSpec(
        name=name,
        label=row.label or (known.label if known else ""),
        type=kind,
        length=row.length,
        core=row.core or (entry.core if entry else None),
        role=None,
        codelist=row.codelist or inherited,
        format=row.format or ("DATE9." if kind == "Num" and name.endswith("DT") else None),
        origin=row.origin or _implied_origin(row),
        method=row.method,
        comment=row.comment,
        map=row.map,
    )


def _implied_origin(row: AdamVariableSource) -> Origin:
    """Return the origin that the verb implies: a copy has a predecessor, a constant is assigned, the rest derived."""
    if isinstance(row.map, Copy):
        return Origin(type="Predecessor", predecessor=row.map.variable)
    if isinstance(row.map, Constant | Cutoff):
        return Origin(type="Assigned", source="Sponsor")
    return Origin(type="Derived", source="Sponsor")


def _inputs(source: AdamSource) -> tuple[str, ...]:
    """Return the datasets that may be read, the one with the subjects first; the source's `required` must be there."""
    names = [SUBJECTS[source.follows], *source.required]
    names += [one for row in source.variables.values() if row.map for one in adam_inputs(row.map)]
    if source.responses:
        names += [dataset for one in _timepoints(source.responses) for dataset in one.datasets]
        names += [one.of.dataset for one in source.responses.parameters.values() if isinstance(one, RecordExists)]
    if source.time_to_event:
        names.append(source.time_to_event.assessments)
    if source.tumor_results:
        names += tumor_datasets(source.tumor_results)
    if source.records:
        names.append(source.records.dataset)
        owners = {text.partition(".")[0] for text in _references(source)}
        names += owners & {supplemental_name(source.records.dataset)}
    return tuple(dict.fromkeys(names))


def tumor_datasets(rules: TumorResults) -> list[str]:
    """Return the datasets that measurements of lesions, and the progression that ends them, are read from."""
    facts = [one.lesions for one in rules.parameters.values()]
    names = [source.dataset for fact in facts for source in (fact.identified, fact.measured)]
    return [*names, *([rules.progression.dataset] if rules.progression else [])]


def _references(source: AdamSource) -> Iterator[str]:
    for row in source.variables.values():
        if row.map:
            yield from adam_references(row.map)


def _timepoints(rules: ResponseRules) -> list[Timepoints]:
    return [one for one in rules.parameters.values() if isinstance(one, Timepoints)]


def _with_windows(rules: RulesT | None, design: StudyDesign, place: YamlText, problems: list[Problem]) -> RulesT | None:
    """Return the rules with their windows as a list, taken from the planned visits where they say so."""
    if rules is None:
        return None
    windows = _windows(rules.windows, design)
    section = next(name for kind, name in _SECTIONS.items() if isinstance(rules, kind))
    for one, later in pairwise(windows):
        if later.first <= one.last:
            what = f"windows {one.visit} and {later.visit} overlap or are not in order. Correct their days."
            problems.append(Problem(place.place((section, "windows")), what))
    return rules.model_copy(update={"windows": windows})


def _windows(windows: Windows, design: StudyDesign) -> tuple[Window, ...]:
    if windows != "planned":
        return windows
    return tuple(
        Window(visit=one.visit, number=one.visitnum, target=one.day, first=one.window[0], last=one.window[1])
        for one in design.visits.planned
        if one.window is not None and one.day is not None
    )


def _value_level(source: AdamSource) -> Iterator[ValueLevelSource]:
    """Yield, for each parameter with a method, what Define-XML says of its value."""
    if source.responses:
        for name, response in source.responses.parameters.items():
            if response.method:
                yield ValueLevelSource(variable="AVALC", where={"PARAMCD": (name,)}, method=response.method)
    if source.time_to_event:
        for name, time in source.time_to_event.parameters.items():
            if time.method:
                yield ValueLevelSource(variable="AVAL", where={"PARAMCD": (name,)}, type="integer", method=time.method)
    if source.tumor_results:
        for name, total in source.tumor_results.parameters.items():
            if total.method:
                yield ValueLevelSource(variable="AVAL", where={"PARAMCD": (name,)}, type="float", method=total.method)
