"""Results as a whole: what is left out, what is written, and conditions in words."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from reports.results import build_results, write_results
from reports.results.tables import COLUMNS
from specs.model.analyses import Analyses

SEX = {
    "section": "S",
    "title": "T",
    "method": "categories",
    "dataset": "ADSL",
    "blocks": [{"label": "Sex", "variable": "SEX"}],
}
ADSL = pd.DataFrame({"USUBJID": ["S1", "S2"], "SEX": ["F", "M, or so"]})


def study_with(**tables):
    return SimpleNamespace(analyses=Analyses.model_validate({"tables": tables}))


@pytest.mark.parametrize(
    ("adam", "reason"),
    [({}, "ADSL was not made in this run."), ({"ADSL": ADSL.drop(columns="SEX")}, "ADSL has no SEX.")],
)
def test_a_table_without_its_data_is_left_out_and_said_so(adam, reason):
    results = build_results(study_with(SEXES=SEX), adam)
    assert (results.tables, results.left_out) == ((), (("SEXES", reason),))
    assert (len(results.records), tuple(results.records.columns)) == (0, COLUMNS)


def test_a_study_without_analyses_writes_nothing(tmp_path):
    write_results(tmp_path, build_results(study_with(), {"ADSL": ADSL}))
    assert list(tmp_path.iterdir()) == []


def test_files(tmp_path):
    write_results(tmp_path, build_results(study_with(SEXES=SEX), {"ADSL": ADSL}))
    table = (tmp_path / "report" / "tables" / "sexes.csv").read_bytes().decode()
    assert table == ',Subjects (N=2)\nSex,\n  F,1 (50.0%)\n"  M, or so",1 (50.0%)\n'
    lines = (tmp_path / "report" / "results.csv").read_bytes().decode().split("\n")
    assert lines[0] == "ANALYSIS,SECTION,TITLE,DATASET,FILTER,POPULATION,PARAMCD,GROUP,STATISTIC,VALUE,TEXT,METHOD"
    assert lines[1] == "SEXES,S,T,ADSL,SEX is F,all,,Sex / F,COUNT,1.0,1,subjects"


def test_datasets_are_not_changed():
    before = ADSL.copy(deep=True)
    build_results(study_with(SEXES=SEX), {"ADSL": ADSL})
    pd.testing.assert_frame_equal(ADSL, before)
