"""The datasets of a new study, from the rows of a workbook of another origin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from clinical.errors import Problem, did_you_mean
from clinical.wording import count
from specs.excel.book import Row
from specs.excel.facts import level_source, level_where, variable_source
from specs.excel.new_design import NewStudy
from specs.excel.resolved import key_variables
from specs.excel.sheets import DATA_TYPES, VALUE_LEVEL, VARIABLES
from specs.resolve import with_general_timing
from specs.standards import Standard
from specs.yaml_words import document

_CLASSES = {
    "ADSL": "ADSL", "SUBJECTLEVELANALYSISDATASET": "ADSL", "BDS": "BDS", "BASICDATASTRUCTURE": "BDS",
    "OCCDS": "OCCDS", "OCCURRENCEDATASTRUCTURE": "OCCDS", "ADAE": "OCCDS", "TTE": "TTE",
}  # fmt: skip
_PREDECESSOR = re.compile(r"[A-Z][A-Z0-9]{1,7}\.[A-Z_][A-Z0-9_]{0,7}")


def is_analysis(row: Row) -> bool:
    """Return whether a row of Datasets is an analysis dataset: by its purpose, else its class, else its name."""
    purpose = row.get("Purpose").casefold()
    if purpose:
        return purpose.startswith("analysis")
    return _structure(row.get("Class")) in _CLASSES or row.get("Dataset").startswith("AD")


def _structure(text: str) -> str:
    return re.sub(r"[^A-Z]", "", text.upper())


def _rows_of(made: NewStudy, dataset: str) -> list[Row]:
    """Return the rows of a dataset's variables in order; lengths of numbers are left out, since they count digits."""
    rows = made.tables.of(VARIABLES)
    found = [rows[dataset, name] for name in made.tables.order.get(dataset, []) if (dataset, name) in rows]
    return [
        replace(row, cells={**row.cells, "Length": ""}) if row.get("Data Type") in ("integer", "float") else row
        for row in found
    ]


def sdtm_file(made: NewStudy, name: str, row: Row, guide: Standard) -> None:
    """Put the YAML of an SDTM dataset into the study, or a problem where SDTMIG does not know what it says."""
    found = guide.dataset(name)
    if found is None:
        near = did_you_mean(name, guide.datasets)
        what = f"{guide.name} {guide.version} has no dataset '{name}'.{near} Correct or remove it."
        made.problems.append(Problem(row.place("Dataset"), what))
        return
    source: dict[str, Any] = {"dataset": name}
    for column, key, usual in (
        ("Description", "label", found.label), ("Class", "class_name", found.class_name),
        ("Structure", "structure", found.structure),
    ):  # fmt: skip
        if row.get(column) and _structure(row.get(column)) != _structure(usual):
            source[key] = row.get(column)
    if keys := key_variables(row):
        source["keys"] = keys
    if row.get("Comment"):
        source["comment"] = row.get("Comment")
    entries = with_general_timing(found, guide)
    source["variables"] = {}
    for one in _rows_of(made, name):
        variable = one.get("Variable")
        entry = entries.get(variable)
        if entry is None:
            what = (
                f"{guide.name} {guide.version} has no variable {variable} in {name}.{did_you_mean(variable, entries)} "
                f"If it is the sponsor's own, put it into SUPP{name}."
            )
            made.problems.append(Problem(one.place("Variable"), what))
        elif (kind := DATA_TYPES.get(one.get("Data Type"), entry.type)) != entry.type:
            what = f"'{one.get('Data Type')}' is {kind}, but {variable} is {entry.type} in {guide.name}. Correct it."
            made.problems.append(Problem(one.place("Data Type"), what))
        elif variable != "DOMAIN":
            source["variables"][variable] = variable_source(one, entry, made.problems, sdtm=True)
            made.counts["variables"] = made.counts.get("variables", 0) + 1
    if qualifiers := dict(_qualifiers(made, f"SUPP{name}")):
        source["supplemental"] = qualifiers
    if levels := list(_levels(made, name)):
        source["value_level"] = levels
    made.counts["datasets"] = made.counts.get("datasets", 0) + 1
    comment = "Where its records come from and how each variable is mapped is to be added."
    made.texts[f"sdtm/{name.lower()}.yaml"] = document(source, comment)


def _qualifiers(made: NewStudy, dataset: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, row in made.tables.of(VALUE_LEVEL).items():
        if key[0] != dataset:
            continue
        name = made.tables.qualifier(key)
        if name is None:
            what = "is not QNAM EQ and one name, for QVAL: the row is no supplemental qualifier and was left out."
            made.notes.append(Problem(row.place("Where Clause"), what))
            continue
        if not row.get("Label"):
            what = f"is empty, expected the label of the qualifier {name}. Fill it in."
            made.problems.append(Problem(row.place("Label"), what))
        source = variable_source(row, None, made.problems, sdtm=True)
        yield name, {key: value for key, value in source.items() if key not in ("core", "role")}


def _levels(made: NewStudy, dataset: str) -> Iterator[dict[str, Any]]:
    for key, row in made.tables.of(VALUE_LEVEL).items():
        if key[0] != dataset:
            continue
        where = level_where(made.tables.where.get(key, ()))
        if where is None:
            what = "is more than EQ and IN, which is all that value-level metadata here knows; the row was left out."
            made.notes.append(Problem(row.place("Where Clause"), what))
        else:
            yield level_source(row, key[1], where)


def adam_file(made: NewStudy, name: str, row: Row, guide: Standard) -> None:
    """Put the YAML of an ADaM dataset into the study, or a problem where ADaMIG does not know what it says."""
    rows = _rows_of(made, name)
    follows = _CLASSES.get(_structure(row.get("Class")), "")
    if follows == "BDS" and any(one.get("Variable") == "CNSR" for one in rows):
        follows = "TTE"
    if not follows:
        what = (
            f"'{row.get('Class')}' is no class of an analysis dataset, expected SUBJECT LEVEL ANALYSIS DATASET, "
            "BASIC DATA STRUCTURE or OCCURRENCE DATA STRUCTURE. Correct it."
        )
        made.problems.append(Problem(row.place("Class"), what))
        return
    source: dict[str, Any] = {"dataset": name, "follows": follows, "label": row.get("Description")}
    if row.get("Structure"):
        source["structure"] = row.get("Structure")
    if keys := key_variables(row):
        source["keys"] = keys
    if row.get("Comment"):
        source["comment"] = row.get("Comment")
    source["required"] = {"DM" if follows == "ADSL" else "ADSL": ["USUBJID"]}
    source["variables"] = dict(_adam_variables(made, follows, rows, guide))
    levels = [key for key in made.tables.of(VALUE_LEVEL) if key[0] == name]
    if levels:
        what = f"{count(len(levels), 'row')} of {name} left out: in ADaM they follow from the rules of its parameters."
        made.notes.append(Problem(VALUE_LEVEL.name, what))
    made.counts["datasets"] = made.counts.get("datasets", 0) + 1
    comment = "The rules and maps that make it are to be added; copies are taken from the workbook's predecessors."
    made.texts[f"adam/{name.lower()}.yaml"] = document(source, comment)


def _adam_variables(
    made: NewStudy, follows: str, rows: list[Row], guide: Standard
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for row in rows:
        variable = row.get("Variable")
        entry = guide.find_variable(follows, variable)
        kind = DATA_TYPES.get(row.get("Data Type"))
        if entry is not None and kind and kind != entry.type and not _is_date(row):
            what = f"'{row.get('Data Type')}' is {kind}, but {variable} is {entry.type} in {guide.name}. Correct it."
            made.problems.append(Problem(row.place("Data Type"), what))
        source = variable_source(row, entry, made.problems, sdtm=False)
        if _is_date(row):
            source["type"] = "Num"
            if entry is not None:
                source.pop("type")
        predecessor = row.get("Predecessor")
        if "map" not in source and row.get("Origin") == "Predecessor" and _PREDECESSOR.fullmatch(predecessor):
            source = {**{key: value for key, value in source.items() if key != "origin"}, "map": predecessor}
        made.counts["variables"] = made.counts.get("variables", 0) + 1
        yield variable, source


def _is_date(row: Row) -> bool:
    """Return whether a row is a numeric date of ADaM, which workbooks call `date` and give a SAS format."""
    return row.get("Data Type") in ("date", "time", "datetime") and row.get("Variable").endswith(("DT", "TM", "DTM"))
