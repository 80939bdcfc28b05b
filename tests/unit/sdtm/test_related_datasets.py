"""Datasets that refer to records of others, built from forms: comments on events, and RELREC."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sdtm.phases import step_graph
from specs.load import load_study
from specs.model.study import Study

TINY = Path(__file__).parents[2] / "studies" / "tiny01"
CO = """dataset: CO
keys: [STUDYID, USUBJID, RDOMAIN, IDVAR, IDVARVAL]
records:
  - form: ae
    where: {AEREL: {present: true}}
    map:
      RDOMAIN: {algorithm: hardcode, value: AE}
      IDVAR: {algorithm: hardcode, value: AESEQ}
      IDVARVAL: {algorithm: related, dataset: AE, variable: AESEQ}
      COVAL: {algorithm: assign, column: AEREL}
  - form: eos
    map:
      COVAL: {algorithm: assign, column: EOSREAS}
variables:
  RDOMAIN: {map: {algorithm: not_collected}, origin: {type: Assigned}}
  COSEQ: {map: {algorithm: sequence}, method: MT.SEQ}
  IDVAR: {map: {algorithm: not_collected}, origin: {type: Assigned}}
  IDVARVAL: {map: {algorithm: not_collected}, origin: {type: Assigned}}
  COVAL: {}
"""
RELREC = """dataset: RELREC
builder: relrec
keys: [STUDYID, USUBJID, RELID, RDOMAIN, IDVAR, IDVARVAL]
relationships:
  - id: AECO
    form: ae
    records: [{dataset: AE, variable: AESEQ}, {dataset: CO, variable: COSEQ}]
  - id: VSEX
    datasets: [{dataset: VS, variable: VSTESTCD, type: ONE}, {dataset: EX, variable: EXTRT, type: MANY}]
variables:
  RDOMAIN: {origin: {type: Assigned}}
  USUBJID: {origin: {type: Assigned}}
  IDVAR: {origin: {type: Assigned}}
  IDVARVAL: {origin: {type: Assigned}}
  RELTYPE: {origin: {type: Assigned}}
  RELID: {origin: {type: Assigned}}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    folder = tmp_path_factory.mktemp("studies") / "tiny01"
    shutil.copytree(TINY, folder)
    (folder / "sdtm" / "co.yaml").write_text(CO, encoding="utf-8")
    (folder / "sdtm" / "relrec.yaml").write_text(RELREC, encoding="utf-8")
    return load_study(folder)


@pytest.fixture(scope="module")
def run(study, build, form):
    forms = {
        "dm": form("dm", "_SUBJECT | AGE | SEX | COUNTRY | ICDAT\n1 | 63 | Female | DEU | 01-JAN-2024"),
        "vd": form("vd", "_SUBJECT | _EVENT | _EVENT_REPEAT | VDDAT\n1 | BL | 1 | 10-JAN-2024"),
        "ex": form("ex", "_SUBJECT | _EVENT | EXDAT | EXTIM | EXDOSE\n1 | BL | 10-JAN-2024 | 09:30 | 10"),
        "vs": form("vs", "_SUBJECT | _EVENT | VSDAT | SYSBP | TEMP | TEMPU\n1 | BL | 10-JAN-2024 | 120 | . | ."),
        "ae": form(
            "ae",
            """
            _SUBJECT | _EVENT | AETERM   | AESTDAT     | AESER | AEREL
            1        | LOG    | Nausea   | 21-JAN-2024 | No    | Told by telephone
            1        | LOG    | Headache | 20-JAN-2024 | No    | .
            1        | LOG    | .        | .           | .     | Entered by mistake
            """,
        ),
        "eos": form("eos", "_SUBJECT | EOSDAT | EOSREAS\n1 | 01-MAR-2024 | completed"),
    }
    return build(study, forms)


def test_steps_wait_for_the_finished_datasets(study) -> None:
    graph = step_graph(study)
    assert "derive:AE" in graph["derive:CO"]
    assert graph["collect:RELREC"] == {"derive:AE", "derive:CO", "derive:VS", "derive:EX"}


def test_comments_name_the_number_of_their_event(run) -> None:
    assert run.listed("CO", "COSEQ", "RDOMAIN", "IDVAR", "IDVARVAL", "COVAL") == [
        [1.0, None, None, None, "completed"],
        [2.0, "AE", "AESEQ", None, "Entered by mistake"],
        [3.0, "AE", "AESEQ", "2", "Told by telephone"],
    ]


def test_comment_on_an_event_that_is_not_there_is_reported(run) -> None:
    found = run.findings[run.findings["rule"] == "MAP.RELATED"]
    assert found[["dataset", "variable", "form", "row"]].to_numpy().tolist() == [["CO", "IDVARVAL", "ae", "3"]]


def test_relationships_of_datasets_stand_before_those_of_records(run) -> None:
    names = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "RELTYPE", "RELID")
    subject = run.finished["AE"]["USUBJID"].iloc[0]
    assert run.listed("RELREC", *names) == [
        ["TINY01", "EX", None, "EXTRT", None, "MANY", "VSEX"],
        ["TINY01", "VS", None, "VSTESTCD", None, "ONE", "VSEX"],
        ["TINY01", "AE", subject, "AESEQ", "2", None, "AECO2"],
        ["TINY01", "CO", subject, "COSEQ", "3", None, "AECO2"],
    ]
