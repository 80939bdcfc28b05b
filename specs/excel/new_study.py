"""A study's folder from a workbook of another origin: what it says as YAML; what it cannot say stays open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clinical.errors import Problem, SpecError, did_you_mean, listed
from clinical.wording import count
from specs.excel.book import Book, Row
from specs.excel.facts import codelist_source, level_source, level_where, variable_source
from specs.excel.resolved import SUPP_VARIABLES, Tables, key_variables
from specs.excel.sheets import DATA_TYPES, DATASETS, DICTIONARIES, METHODS, STUDY, VALUE_LEVEL, VARIABLES
from specs.excel.view import ATTRIBUTES
from specs.model.study import Standards
from specs.resolve import with_general_timing
from specs.standards import Standard, Terminology, load_adamig, load_sdtmig, load_terminology
from specs.yaml_words import document

_CLASSES = {
    "ADSL": "ADSL", "SUBJECTLEVELANALYSISDATASET": "ADSL", "BDS": "BDS", "BASICDATASTRUCTURE": "BDS",
    "OCCDS": "OCCDS", "OCCURRENCEDATASTRUCTURE": "OCCDS", "ADAE": "OCCDS", "TTE": "TTE",
}  # fmt: skip
_PREDECESSOR = re.compile(r"[A-Z][A-Z0-9]{1,7}\.[A-Z_][A-Z0-9_]{0,7}")
#: Attributes that say which standard the whole workbook follows, where they have names of their own.
_VERSION = {"sdtmig": "sdtmig", "sdtm-ig": "sdtmig", "adamig": "adamig", "adam-ig": "adamig"}


@dataclass
class NewStudy:
    """The YAML files of a new study by path, and what the workbook says that they cannot."""

    tables: Tables
    book: Book
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    design: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def new_study(book: Book, tables: Tables) -> NewStudy:
    """Return a new study from a workbook; `problems` holds what is wrong with it by the standards."""
    made = NewStudy(tables, book)
    _design(made)
    try:
        sdtmig, adamig, terminologies = _standards(made)
    except SpecError as error:
        made.problems += [_version_problem(made, problem) for problem in error.problems]
        return made
    _codelists(made, terminologies)
    _methods(made)
    for (name,), row in tables.of(DATASETS).items():
        if name.startswith("SUPP") and sdtmig.dataset(name):
            continue
        if is_analysis(row):
            _adam(made, name, row, adamig)
        else:
            _sdtm(made, name, row, sdtmig)
    _note_rest(made)
    return made


def _version_problem(made: NewStudy, problem: Problem) -> Problem:
    """Return a problem with a version at the cell that names the version."""
    found = [row for row in made.book.of(STUDY) if row.get("Value") and row.get("Value") in problem.where]
    place = found[0].place("Value") if found else STUDY.name
    return Problem(place, f"{problem.where}: {problem.what}")


def is_analysis(row: Row) -> bool:
    """Return whether a row of Datasets is an analysis dataset: by its purpose, else its class, else its name."""
    purpose = row.get("Purpose").casefold()
    if purpose:
        return purpose.startswith("analysis")
    return _structure(row.get("Class")) in _CLASSES or row.get("Dataset").startswith("AD")


def _structure(text: str) -> str:
    return re.sub(r"[^A-Z]", "", text.upper())


def _design(made: NewStudy) -> None:
    """Put what the sheet Study says into study.yaml."""
    said = {row.get("Attribute").casefold().replace(" ", ""): row for row in made.book.of(STUDY)}
    design: dict[str, Any] = {}
    known: set[str] = {"standardname", "standardversion", "language"}
    for attribute, path in ATTRIBUTES.items():
        name = attribute.casefold().replace(" ", "")
        known.add(name)
        row = said.get(name)
        if row is not None and row.get("Value"):
            inside = design if len(path) == 1 else design.setdefault(path[0], {})
            inside[path[-1]] = row.get("Value")
    _standard(made, said.get("standardname"), said.get("standardversion"), design)
    if not design.get("id"):
        made.problems.append(Problem(STUDY.name, "has no attribute 'StudyName' with a value. Add it."))
    design.setdefault("id", "")
    design.setdefault("name", design["id"])
    design.setdefault("title", design["name"])
    others = [row for key, row in said.items() if key not in known]
    if others:
        names = listed([row.get("Attribute") for row in others])
        what = f"attributes that the specification does not have were left out: {names}."
        made.notes.append(Problem(STUDY.name, what))
    for (key,), row in made.tables.of(DICTIONARIES).items():
        entry: dict[str, Any] = {"name": row.get("Dictionary") or row.get("Name"), "version": row.get("Version")}
        coded = [one for one in made.tables.of(VARIABLES).items() if one[1].get("Codelist") == key]
        if coded and key not in made.tables.codelists:
            entry["variables"] = [f"{dataset}.{variable}" for (dataset, variable), _ in coded]
            for _, one in coded:
                one.cells.pop("Codelist")
        design.setdefault("dictionaries", {})[key] = entry
    ordered = ("id", "name", "title", "standards", "dictionaries", "cutoff")
    made.design = {key: design[key] for key in ordered if key in design}
    comment = f"From the workbook {made.book.file}. Design, visits and decisions are to be added."
    made.texts["study.yaml"] = document(made.design, comment)


def _standard(made: NewStudy, name: Row | None, version: Row | None, design: dict[str, Any]) -> None:
    """Put the one standard that an industry's workbook follows into the design."""
    if name is None or version is None:
        return
    standard = _VERSION.get(name.get("Value").casefold().replace(" ", ""))
    if standard is None:
        what = f"'{name.get('Value')}' is not known, expected SDTMIG or ADaMIG. Correct it."
        made.problems.append(Problem(name.place("Value"), what))
    elif version.get("Value"):
        design.setdefault("standards", {})[standard] = version.get("Value")


def _standards(made: NewStudy) -> tuple[Standard, Standard, tuple[Terminology, Terminology]]:
    versions = Standards.model_validate(made.design.get("standards", {}))
    terminologies = (
        load_terminology("sdtm", versions.sdtm_terminology), load_terminology("adam", versions.adam_terminology),
    )  # fmt: skip
    return load_sdtmig(versions.sdtmig), load_adamig(versions.adamig), terminologies


def _codelists(made: NewStudy, terminologies: tuple[Terminology, Terminology]) -> None:
    lists = {
        name: codelist_source(name, terms, None, terminologies, made.problems)
        for name, terms in made.tables.codelists.items()
    }
    if lists:
        made.texts["codelists.yaml"] = document({"codelists": lists})
    made.counts["codelists"] = len(lists)


def _methods(made: NewStudy) -> None:
    methods: dict[str, Any] = {}
    code = []
    for (name,), row in made.tables.of(METHODS).items():
        methods[name] = {"name": row.get("Name"), "text": row.get("Description")}
        if row.get("Type") == "Imputation":
            methods[name]["type"] = "Imputation"
        code += [name] if row.get("Expression Code") else []
    if methods:
        made.texts["methods.yaml"] = document({"methods": methods})
    if code:
        what = f"the expressions of {listed(code)} were left out: a map or a rule says in YAML how a variable is made."
        made.notes.append(Problem(METHODS.name, what))
    made.counts["methods"] = len(methods)


def _rows_of(made: NewStudy, dataset: str) -> list[Row]:
    """Return the rows of a dataset's variables in order; lengths of numbers are left out, since they count digits."""
    rows = made.tables.of(VARIABLES)
    found = [rows[dataset, name] for name in made.tables.order.get(dataset, []) if (dataset, name) in rows]
    return [
        replace(row, cells={**row.cells, "Length": ""}) if row.get("Data Type") in ("integer", "float") else row
        for row in found
    ]


def _sdtm(made: NewStudy, name: str, row: Row, guide: Standard) -> None:
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


def _adam(made: NewStudy, name: str, row: Row, guide: Standard) -> None:
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


def _note_rest(made: NewStudy) -> None:
    """Note what no sheet's row reached: variables that the specification makes by itself, and documents."""
    digits = [row for row in made.tables.of(VARIABLES).values() if row.get("Significant Digits")]
    if digits:
        what = f"were left out of {count(len(digits), 'row')}: the data decide on decimals."
        made.notes.append(Problem(f"{VARIABLES.name} (Significant Digits)", what))
    numbers = [row for row in made.tables.of(VARIABLES).values() if row.get("Data Type") in ("integer", "float")]
    if numbers := [row for row in numbers if row.get("Length") not in ("", "8")]:
        what = f"was left out of {count(len(numbers), 'row')} of numbers: it counts digits there, bytes of a file here."
        made.notes.append(Problem(f"{VARIABLES.name} (Length)", what))
    supp = [key for key in made.tables.of(VARIABLES) if key[0].startswith("SUPP") and key[1] in SUPP_VARIABLES]
    if supp:
        what = f"{count(len(supp), 'row')} of SUPP-- datasets left out: SDTMIG says what their variables are."
        made.notes.append(Problem(VARIABLES.name, what))
