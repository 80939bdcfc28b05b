"""A study's folder from a workbook of another origin: what it says as YAML; what it cannot say stays open."""

from __future__ import annotations

from typing import Any

from clinical.errors import Problem, SpecError, listed
from clinical.wording import count
from specs.excel.book import Book
from specs.excel.facts import codelist_source
from specs.excel.new_datasets import adam_file, is_analysis, sdtm_file
from specs.excel.new_design import NewStudy, study_file
from specs.excel.resolved import SUPP_VARIABLES, Tables
from specs.excel.sheets import DATASETS, METHODS, STUDY, VARIABLES
from specs.model.study import Standards
from specs.standards import Standard, Terminology, load_adamig, load_sdtmig, load_terminology
from specs.yaml_words import document


def new_study(book: Book, tables: Tables) -> NewStudy:
    """Return a new study from a workbook; `problems` holds what is wrong with it by the standards."""
    made = NewStudy(tables, book)
    study_file(made)
    try:
        sdtmig, adamig, terminologies = _standards(made)
    except SpecError as error:
        made.problems += [_version_problem(made, problem) for problem in error.problems]
        what = "datasets, variables and codelists were not compared with the standard. Correct its version first."
        made.problems.append(Problem(STUDY.name, what))
        return made
    _codelists(made, terminologies)
    _methods(made)
    for (name,), row in tables.of(DATASETS).items():
        if name.startswith("SUPP") and sdtmig.dataset(name):
            continue
        if is_analysis(row):
            adam_file(made, name, row, adamig)
        else:
            sdtm_file(made, name, row, sdtmig)
    _note_rest(made)
    return made


def _version_problem(made: NewStudy, problem: Problem) -> Problem:
    """Return a problem with a version at the cell that names the version."""
    found = [row for row in made.book.of(STUDY) if row.get("Value") and row.get("Value") in problem.where]
    place = found[0].place("Value") if found else STUDY.name
    return Problem(place, f"{problem.where}: {problem.what}")


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
