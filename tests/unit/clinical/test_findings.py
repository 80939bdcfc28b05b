"""The table of findings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.findings import COLUMNS, as_text, combine, count_by_severity, no_findings, report


def _rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "USUBJID": ["S-1", "S-2"],
            "AESEQ": [1.0, 12.0],
            "AETERM": pd.Series(["HEADACHE", None], dtype="str"),
            "AEDOSE": [0.5, np.nan],
            provenance.FORM: ["ae", "ae"],
            provenance.ROW: [4, 9],
            provenance.PAGE: ["31", None],
        }
    ).set_axis([10, 20])


def test_a_finding_for_each_row_with_its_place() -> None:
    found = report(
        "X.RULE",
        "error",
        "Something is wrong.",
        source="rule",
        dataset="AE",
        variable="AETERM",
        rows=_rows(),
        keys=["USUBJID", "AESEQ", "AETERM"],
        value="AETERM",
    )
    assert tuple(found.columns) == COLUMNS
    assert found["usubjid"].tolist() == ["S-1", "S-2"]
    assert found["key"].tolist() == ["AESEQ=1; AETERM=HEADACHE", "AESEQ=12; AETERM="]
    assert found["value"].tolist() == ["HEADACHE", ""]
    assert found["form"].tolist() == ["ae", "ae"]
    assert found["row"].tolist() == ["4", "9"]
    assert found["page"].tolist() == ["31", ""]
    assert found["status"].tolist() == ["new", "new"]
    assert found.index.tolist() == [0, 1]


def test_value_may_be_a_series_of_the_rows() -> None:
    rows = _rows()
    found = report("X", "note", "m", source="rule", rows=rows, value=rows["AEDOSE"])
    assert found["value"].tolist() == ["0.5", ""]


def test_one_finding_without_rows() -> None:
    found = report("X", "warning", "m", source="raw", value="GRIPPE")
    assert found[["rule", "severity", "value", "usubjid"]].to_numpy().tolist() == [["X", "warning", "GRIPPE", ""]]


def test_no_rows_make_no_findings() -> None:
    assert report("X", "error", "m", source="rule", rows=_rows().iloc[:0], keys=["AESEQ"]).empty


def test_subject_comes_from_the_export_where_there_is_no_usubjid() -> None:
    rows = pd.DataFrame({provenance.SUBJECT: ["1015"]})
    assert report("X", "error", "m", source="raw", rows=rows)["usubjid"].tolist() == ["1015"]


def test_tables_are_combined_and_counted() -> None:
    tables = [
        report("A", "error", "m", source="rule"),
        no_findings(),
        report("B", "note", "m", source="rule", rows=_rows()),
    ]
    together = combine(tables)
    assert together["rule"].tolist() == ["A", "B", "B"]
    assert count_by_severity(together) == {"error": 1, "warning": 0, "note": 2}
    assert combine([]).empty
    assert tuple(combine([]).columns) == COLUMNS


def test_values_as_text() -> None:
    assert as_text(pd.Series([1.0, np.nan, 3.0])).tolist() == ["1", "", "3"]
    assert as_text(pd.Series([1.5, np.nan])).tolist() == ["1.5", ""]
    assert as_text(pd.Series(pd.to_datetime(["2024-01-05", None]))).tolist() == ["2024-01-05", ""]
    assert as_text(pd.Series(["a", None], dtype="str")).tolist() == ["a", ""]
