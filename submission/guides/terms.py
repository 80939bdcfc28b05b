"""Coded data, extended and sponsor-defined codelists, and units in the guide to the tabulated data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from clinical.wording import agree
from specs.model.codelists import ResolvedCodelist, ResolvedTerm
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.maps import Recode, walk
from specs.model.study import Dictionary, Quantity, Study
from submission.guides.content import Block, Column, Section, paragraph, table
from submission.guides.wording import sentence, series, spelled

_MOST_TERMS = 40
_MOST_VARIABLES = 12


def variables_by_codelist(specs: Sequence[DatasetSpec], study: Study) -> dict[str, list[str]]:
    """Return the variables and qualifiers that have each codelist, as `AE.AEREL`; not those that a dictionary codes."""
    dictionaries = study.design.dictionaries.items()
    used: dict[str, list[str]] = {}
    for spec in specs:
        for variable in (*spec.variables, *spec.supplemental):
            coded = any(_is_coded(variable, spec, name, one) for name, one in dictionaries)
            if variable.codelist and not coded:
                used.setdefault(variable.codelist, []).append(f"{spec.name}.{variable.name}")
        for level in spec.value_level:
            if level.codelist:
                used.setdefault(level.codelist, []).append(f"{spec.name}.{level.variable}")
    return {name: list(dict.fromkeys(variables)) for name, variables in used.items()}


def terminology(study: Study, specs: Sequence[DatasetSpec]) -> Section:
    """Return what the study adds to controlled terminology, its own codelists, and its coded data."""
    used = variables_by_codelist(specs, study)
    lists = {name: study.codelists[name] for name in used if name in study.codelists}
    return Section(
        "Controlled terminology",
        "terminology",
        sections=(
            Section("Extended codelists", "extended", tuple(_extended(lists, used))),
            Section("Sponsor-defined codelists", "sponsor-terms", tuple(_own(lists, used))),
            Section("Coded data", "coded", tuple(_coded(study, specs))),
            Section("Standard units", "units", tuple(_units(study))),
        ),
    )


def _term(term: ResolvedTerm) -> str:
    return f"{term.value} ({term.decode})" if term.decode and term.decode != term.value else term.value


def _added(codelist: ResolvedCodelist) -> list[str]:
    return [_term(term) for term in codelist.terms.values() if term.extended]


def _extended(lists: dict[str, ResolvedCodelist], used: dict[str, list[str]]) -> list[Block]:
    rows: list[tuple[str, ...]] = []
    for name, codelist in sorted(lists.items()):
        added = _added(codelist)
        if added and codelist.code:
            rows.append((f"{codelist.name}\n{name}", series(used[name], _MOST_VARIABLES), "\n".join(added)))
    if not rows:
        return [paragraph("No term was added to any codelist of CDISC controlled terminology.")]
    lists_said = f"{spelled(len(rows), 'codelist')} of CDISC controlled terminology"
    said = f"Terms were added to {lists_said}, which {agree(len(rows), 'are')} extensible."
    columns = (Column("Codelist", 30), Column("Used by", 28), Column("Added terms", 42))
    return [paragraph(said), table("Terms added to controlled terminology", columns, rows)]


def _own(lists: dict[str, ResolvedCodelist], used: dict[str, list[str]]) -> list[Block]:
    rows: list[tuple[str, ...]] = []
    for name, codelist in sorted(lists.items()):
        if not codelist.code:
            rows.append((codelist.name, series(used[name], _MOST_VARIABLES), _own_terms(codelist)))
    if not rows:
        return [paragraph("Every codelist in use is one of CDISC controlled terminology.")]
    said = sentence(f"{spelled(len(rows), 'codelist')} of the sponsor's own {agree(len(rows), 'are')} in use.")
    columns = (Column("Codelist", 18), Column("Used by", 34), Column("Terms", 48))
    return [paragraph(said), table("Codelists of the sponsor", columns, rows)]


def _own_terms(codelist: ResolvedCodelist) -> str:
    """Return the terms of a list that is no published one; of several published ones taken whole only what is added."""
    if codelist.source == "Sponsor" or codelist.chosen:
        return series([_term(term) for term in codelist.terms.values()], _MOST_TERMS)
    added = _added(codelist)
    more = f"; added: {series(added, _MOST_TERMS)}" if added else ""
    return f"Terms of several published codelists, those that the data have{more}"


def coded_by(name: str, dictionary: Dictionary, specs: Sequence[DatasetSpec]) -> str:
    """Return the variables whose values come from a dictionary, by dataset; an empty text where there are none.

    A variable is coded by the dictionary that names it, or whose id it has as its codelist.
    """
    found = []
    for spec in specs:
        coded = [one.name for one in (*spec.variables, *spec.supplemental) if _is_coded(one, spec, name, dictionary)]
        if coded:
            found.append(f"{', '.join(coded)} in {spec.name}")
    return "; ".join(found)


def _is_coded(variable: VariableSpec, spec: DatasetSpec, name: str, dictionary: Dictionary) -> bool:
    named = {variable.name, f"{spec.name}.{variable.name}"} & set(dictionary.variables)
    return variable.codelist == name or bool(named)


def _recoded(specs: Sequence[DatasetSpec], dictionaries: Mapping[str, Dictionary]) -> list[str]:
    """Return the variables of dictionaries that were set from the texts of a form, by dataset."""
    found = []
    for spec in specs:
        for one in (*spec.variables, *spec.supplemental):
            maps = [one.map, *(record.map.get(one.name) for record in spec.records)]
            recoded = any(isinstance(inner, Recode) for outer in maps if outer is not None for inner in walk(outer))
            if recoded and any(_is_coded(one, spec, name, dictionary) for name, dictionary in dictionaries.items()):
                found.append(f"{one.name} in {spec.name}")
    return found


def _coded(study: Study, specs: Sequence[DatasetSpec]) -> list[Block]:
    dictionaries = study.design.dictionaries
    if not dictionaries:
        return [
            paragraph(
                "The specification names no external dictionary. Coded terms, where there are any, stand as they were "
                "delivered with the export."
            )
        ]
    rows: list[tuple[str, ...]] = []
    for name, one in dictionaries.items():
        coded = coded_by(name, one, specs)
        if coded:
            rows.append((one.name, one.version, coded))
    if not rows:
        return [paragraph("No variable of these datasets is coded by an external dictionary.")]
    recoded = _recoded(specs, dictionaries)
    said = "Terms were coded in the data management system; the datasets hold the codes as they were delivered"
    if recoded:
        was = "was" if len(recoded) == 1 else "were"
        said += f". While the datasets were made, {series(recoded)} {was} set from the texts of the form."
    else:
        said += ", and nothing was coded while the datasets were made."
    columns = (Column("Dictionary", 32), Column("Version", 12), Column("Variables", 56))
    return [paragraph(said), table("External dictionaries", columns, rows)]


def _units(study: Study) -> list[Block]:
    converted = {name: one for name, one in study.units.items() if one.conversions}
    if not converted:
        return [paragraph("No result was converted from one unit to another.")]
    said = (
        f"Results of {spelled(len(study.units), 'test')} have a standard unit each, and those of "
        f"{spelled(len(converted), 'test')} are converted to it where they were reported in another one. The result as "
        "collected stays beside the converted one. Two units for which controlled terminology has one term need no "
        "conversion."
    )
    columns = (Column("Test", 15), Column("Standard unit", 20), Column("Converted from", 45), Column("Decimals", 20))
    rows: list[tuple[str, ...]] = [
        (name, one.standard, _conversions(one), _decimals(one)) for name, one in converted.items()
    ]
    return [paragraph(said), table("Conversions to standard units", columns, rows)]


def _conversions(quantity: Quantity) -> str:
    said = []
    for unit, one in quantity.conversions.items():
        offset = "" if not one.offset else f" {'+' if one.offset > 0 else '−'} {_number(abs(one.offset))}"
        said.append(f"{unit} (× {_number(one.factor)}{offset})")
    return "; ".join(said)


def _number(value: float) -> str:
    """Return a factor as it was stated: a fraction where it is one of small numbers and no short decimal.

    >>> _number(0.45359237), _number(5 / 9), _number(10.0)
    ('0.45359237', '5/9', '10')
    """
    near = Fraction(value).limit_denominator(1000)
    return str(near) if len(repr(value)) > 14 and float(near) == value else f"{value:.12g}"


def _decimals(quantity: Quantity) -> str:
    return "As many as result" if quantity.decimals is None else f"Rounded to {quantity.decimals}"
