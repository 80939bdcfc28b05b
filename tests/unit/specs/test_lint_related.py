"""What the linter says of records of other datasets: the verb `related`, and RELREC."""

from __future__ import annotations

import pytest

from specs.load import load_study

AE, EX = "sdtm/ae.yaml", "sdtm/ex.yaml"
AEREL = "  AEREL: {map: {algorithm: assign, column: AEREL}}"
RELREC = """dataset: RELREC
builder: relrec
keys: [STUDYID, USUBJID, RELID, RDOMAIN, IDVAR, IDVARVAL]
relationships:
  - id: AEEX
    form: ae
    records:
      - {dataset: EX, variable: EXSEQ, key: EXTRT, column: AEREL}
      - {dataset: AE, variable: AESEQ}
  - id: VSEX
    datasets: [{dataset: VS, variable: VSSEQ, type: ONE}, {dataset: EX, variable: EXSEQ, type: MANY}]
variables:
  RDOMAIN: {origin: {type: Assigned}}
  USUBJID: {origin: {type: Assigned}}
  IDVAR: {origin: {type: Assigned}}
  IDVARVAL: {origin: {type: Assigned}}
  RELTYPE: {origin: {type: Assigned}}
  RELID: {origin: {type: Assigned}}
"""


def _related(rest: str) -> str:
    return f"  AEREL: {{origin: {{type: Assigned}}, map: {{algorithm: related, {rest}}}}}"


def test_sound_specification_has_no_problem(study_folder) -> None:
    study_folder.replace(AE, AEREL, _related("dataset: EX, variable: EXTRT, key: EXSEQ, column: AEREL"))
    study_folder.write("sdtm/relrec.yaml", RELREC)
    study = load_study(study_folder.folder)
    assert study.sdtm["RELREC"].inputs == ("ae", "EX", "AE", "VS")
    assert "EX" in study.sdtm["AE"].inputs


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("dataset: EY, variable: EXTRT, key: EXSEQ, column: AEREL", "there is no dataset 'EY'."),
        ("dataset: EX, variable: EXTRTT, key: EXSEQ, column: AEREL", "EX has no variable 'EXTRTT'. Did you mean"),
        ("dataset: EX, variable: EXTRT, key: EXSEK, column: AEREL", "EX has no variable 'EXSEK'. Did you mean 'EXSEQ'"),
        ("dataset: EX, variable: EXTRT, key: EXSEQ, column: AERELL", "no column 'AERELL'. Did you mean 'AEREL'?"),
        ("dataset: EX, variable: EXTRT", "EX has no records of form ae, so none is made from the same row."),
        ("dataset: AE, variable: AETERM", "AE is the dataset itself. Name another one;"),
        (
            "dataset: SV, variable: VISIT, key: VISITNUM, column: AEREL",
            "SV has a builder, and its records come from no",
        ),
    ],
)
def test_what_related_names(rest, expected, study_folder) -> None:
    study_folder.replace(AE, AEREL, _related(rest))
    problems = study_folder.problems()
    line = study_folder.line_of(AE, "  AEREL:")
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"tiny01/{AE}:{line}: variables.AEREL: "), problems
    assert expected in problems[0]


def test_datasets_that_need_each_other(study_folder) -> None:
    study_folder.replace(AE, AEREL, _related("dataset: EX, variable: EXTRT, key: EXSEQ, column: AEREL"))
    study_folder.replace(
        EX,
        "  EXTRT: {map: {algorithm: hardcode, value: DRUG A}}",
        "  EXTRT:\n    origin: {type: Assigned}\n"
        "    map: {algorithm: related, dataset: AE, variable: AETERM, key: AESEQ, column: EXDOSE}",
    )
    problems = study_folder.problems()
    assert len(problems) == 1, problems
    assert "datasets that need each other finished: " in problems[0]
    assert "AE -> EX" in problems[0] or "EX -> AE" in problems[0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{dataset: VS, variable: VSSEQ,", "{dataset: VZ, variable: VSSEQ,", "there is no dataset 'VZ'."),
        ("variable: AESEQ}", "variable: AESEK}", "AE has no variable 'AESEK'. Did you mean"),
        ("key: EXTRT", "key: EXTRTT", "EX has no variable 'EXTRTT'. Did you mean 'EXTRT'?"),
        ("column: AEREL", "column: AERELL", "form 'ae' has no column 'AERELL'. Did you mean 'AEREL'?"),
        ("form: ae", "form: aa", "there is no form 'aa'."),
        (
            "{dataset: AE, variable: AESEQ}",
            "{dataset: EX, variable: EXSEQ}",
            "EX has no records of form ae, so none is made from the same row. Give 'key' and 'column'.",
        ),
        ("- id: VSEX", "- id: AEEX", "several relationships have the id AEEX. Rename one."),
        ("builder: relrec", "builder: sv", "builder 'relrec' and 'relationships' go together."),
    ],
)
def test_what_relationships_name(old, new, expected, study_folder) -> None:
    study_folder.write("sdtm/relrec.yaml", RELREC).replace("sdtm/relrec.yaml", old, new)
    problems = study_folder.problems()
    assert len(problems) == 1, problems
    assert problems[0].startswith("tiny01/sdtm/relrec.yaml:")
    assert expected in problems[0]
