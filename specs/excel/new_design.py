"""What a workbook of another origin says of a study as a whole: its study.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clinical.errors import Problem, listed
from specs.excel.book import Book, Row
from specs.excel.resolved import Tables
from specs.excel.sheets import DICTIONARIES, STUDY, VARIABLES
from specs.excel.view import ATTRIBUTES
from specs.yaml_words import document

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


def study_file(made: NewStudy) -> None:
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
