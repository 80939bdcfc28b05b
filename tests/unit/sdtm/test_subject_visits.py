"""SV, Subject Visits."""

from __future__ import annotations

import pandas as pd

from sdtm.sv import build_sv

VISITS = """
_SUBJECT | VISITNUM | VISIT           | VISITDY | PLANNED | DTC        | ENDTC      | OCCURRED
1        | 1        | SCREENING       | -7      | x       | 2024-01-01 | 2024-01-02 | yes
1        | 1.1      | UNSCHEDULED 1.1 | .       | .       | 2024-01-03 | 2024-01-03 | yes
1        | 2        | MONTH 1         | 29      | x       | .          | .          | no
1        | 3        | MONTH 2         | 57      | x       | .          | .          | .
"""


def _visits(table) -> pd.DataFrame:
    visits = table(VISITS, VISITNUM="float64", VISITDY="float64")
    visits["PLANNED"] = visits["PLANNED"].notna()
    visits["OCCURRED"] = visits["OCCURRED"].map({"yes": True, "no": False}).astype("boolean")
    return visits


def test_visits_that_took_place_or_were_stated_not_to(bench, table, helpers) -> None:
    frame, findings = build_sv(helpers.dataset("SV"), bench.study, {}, _visits(table))
    names = ["VISITNUM", "VISITDY", "SVPRESP", "SVOCCUR", "SVSTDTC", "SVENDTC"]
    assert [helpers.values(frame[name]) for name in names] == [
        [1.0, 1.1, 2.0],
        [-7.0, None, 29.0],
        ["Y", None, "Y"],
        ["Y", None, "N"],
        ["2024-01-01", "2024-01-03", None],
        ["2024-01-02", "2024-01-03", None],
    ]
    assert frame["_SUBJECT"].tolist() == ["1"] * 3
    assert findings.empty


def test_dates_decide_where_no_form_states_the_visits(bench, table, helpers) -> None:
    visits = _visits(table).drop(columns="OCCURRED")
    frame, _ = build_sv(helpers.dataset("SV"), bench.study, {}, visits)
    assert frame["VISIT"].tolist() == ["SCREENING", "UNSCHEDULED 1.1"]
    assert helpers.values(frame["SVOCCUR"]) == ["Y", None]
