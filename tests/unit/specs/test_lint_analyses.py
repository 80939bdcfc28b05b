"""What the linter says of analyses.yaml: datasets, variables, parameters, ids, shapes."""

from __future__ import annotations

import shutil

import pytest

from specs.load import STUDIES, load_study
from tests.unit.specs.conftest import StudyFolder

FILE = "analyses.yaml"
TABLE = """tables:
  ORR:
    section: Efficacy
    title: Response
    method: proportion
    dataset: ADRS
    population: {SAFFL: "Y"}
    rows:
      - {parameter: ORR3M}
      - {label: "Infused twice", where: {PARAMCD: BOR24, AVALC: [CR, PR]}}
"""
SURVIVAL = """tables:
  PFS:
    section: Efficacy
    title: Survival
    method: survival
    dataset: ADTTE
    population: {SAFFL: "Y"}
    parameters: [PFS, OS]
    landmarks: [3, 6]
"""
PROFILE = """
tables:
  CRS:
    section: Safety
    title: CRS
    method: event_profile
    dataset: ADAE
    grade: ASTCTGRN
    duration: ADURN
    ongoing: {AENDT: {present: false}}
    columns:
      - {label: CRS, where: {CQ01NAM: {present: true}}, onset: ASTDY}
"""
AGE = """tables:
  AGE:
    section: Subjects
    title: Age
    method: categories
    dataset: ADSL
    blocks:
      - {label: Age, variable: AGE, summary: true}
"""
EVENTS = """tables:
  AES:
    section: Safety
    title: Events
    method: occurrence
    dataset: ADAE
    levels: [AEBODSYS, AEDECOD]
    grade: ATOXGRN
    at_least: "3"
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("analyses") / "cart1922"
    shutil.copytree(STUDIES / "cart1922", folder, ignore=shutil.ignore_patterns("sample"))
    return StudyFolder(folder)


def problem_of(study, content, old="", new=""):
    assert not old or content.count(old) == 1
    found = study.write(FILE, content.replace(old, new) if old else content).problems()
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("content", [TABLE, SURVIVAL, AGE, EVENTS, "tables: {}\n"])
def test_sound_analyses_load(original, content):
    study = load_study(original.write(FILE, content).folder)
    assert len(study.analyses.tables) == (0 if "{}" in content else 1)


def test_analyses_are_optional(original):
    (original.folder / FILE).unlink(missing_ok=True)
    assert load_study(original.folder).analyses.tables == {}


@pytest.mark.parametrize(
    ("content", "old", "new", "expected"),
    [
        (TABLE, "dataset: ADRS", "dataset: ADRSS", "there is no ADaM dataset 'ADRSS'. Did you mean 'ADRS'?"),
        (TABLE, "dataset: ADRS", "dataset: RS", "there is no ADaM dataset 'RS'."),
        (TABLE, "{SAFFL:", "{SAFL:", "ADSL has no variable 'SAFL'. Did you mean 'SAFFL'?"),
        (TABLE, "{PARAMCD: BOR24, AVALC:", "{PARAMCD: BOR24, AVALCC:", "ADRS has no variable 'AVALCC'. Did you mean"),
        (TABLE, "ORR3M", "ORR3", "ADRS has no parameter 'ORR3'. Did you mean 'ORR3M'?"),
        (TABLE, "BOR24", "BOR42", "ADRS has no parameter 'BOR42'. Did you mean"),
        (TABLE, "method: proportion", "method: proportions", "method 'proportions' is not known. Did you mean"),
        (TABLE, "    method: proportion\n", "", "key 'method' is missing. Add it."),
        (TABLE, "  ORR:", "  Orr:", "'Orr' is no id"),
        (TABLE, "{parameter: ORR3M}", "{}", "give 'label', or 'parameter', whose PARAM is the label then"),
        (TABLE, "{parameter: ORR3M}", "{paramter: ORR3M, label: a}", "key 'paramter' is not known here. Did you mean"),
        (TABLE, "    rows:", "    level: 95\n    rows:", "less than 1"),
        (SURVIVAL, "[PFS, OS]", "[PFS, OSS]", "ADTTE has no parameter 'OSS'. Did you mean 'OS'?"),
        (SURVIVAL, "[3, 6]", "[0, 6]", "greater than 0"),
        (PROFILE, "duration: ADURN", "duration: ADURU", "ADAE.ADURU is text and cannot be summed up"),
        (PROFILE, "onset: ASTDY", "onset: AETERM", "ADAE.AETERM is text and cannot be summed up"),
        (AGE, "variable: AGE,", "variable: TRTSDT,",
         "ADSL.TRTSDT is a date (DATE9.) and cannot be summed up. Name a number, such as days."),
        (PROFILE, "duration: ADURN", "duration: AENDT", "ADAE.AENDT is a date (DATE9.) and cannot be summed up."),
        (PROFILE, "onset: ASTDY", "onset: ASTDT", "ADAE.ASTDT is a date (DATE9.) and cannot be summed up."),
        (EVENTS, "[AEBODSYS, AEDECOD]", "[AEDECOD, AEDECOD]",
         "tables.AES.levels: names 'AEDECOD' twice. Give two different variables, or one."),
        (SURVIVAL, "[PFS, OS]", "[PFS, PFS]", "'PFS' is given twice; keep one of them"),
        (AGE, "variable: AGE,", "variable: SEX,", "ADSL.SEX is text and cannot be summed up. Count its categories"),
        (SURVIVAL, "[PFS, OS]", "[]", "is empty; give at least one"),
        (AGE, "summary: true", "summary: true, categories: [1]", "give one of them"),
        (EVENTS, "levels: [AEBODSYS, AEDECOD]", "levels: [AEBODSYS, AEDECD]", "ADAE has no variable 'AEDECD'. Did you"),
        (EVENTS, 'at_least: "3"', 'at_least: "6"', "'6' is none of the grades 1, 2, 3, 4, 5; take one of them"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(original, content, old, new, expected):
    found = problem_of(original, content, old, new)
    assert expected in found
    assert found.startswith("cart1922/analyses.yaml:")


def test_an_id_given_twice_is_told(original):
    assert "key 'ORR' is already given in line 2" in problem_of(original, TABLE + TABLE.removeprefix("tables:\n"))
