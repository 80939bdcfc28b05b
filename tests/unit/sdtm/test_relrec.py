"""RELREC: relationships of datasets and of records, on literal finished datasets."""

from __future__ import annotations

import pandas as pd
import pytest

from sdtm.inputs import Inputs
from sdtm.relrec import build_relrec
from specs.model.relationships import Relationship

COLUMNS = ["RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "RELTYPE", "RELID"]
TUTR = {
    "id": "TUTR",
    "datasets": [
        {"dataset": "TU", "variable": "TULNKID", "type": "ONE"},
        {"dataset": "TR", "variable": "TRLNKID", "type": "MANY"},
    ],
}
AECM = {
    "id": "AECM",
    "form": "cm",
    "records": [
        {"dataset": "AE", "variable": "AESEQ", "key": "AESPID", "column": "CMAENO"},
        {"dataset": "CM", "variable": "CMSEQ"},
    ],
}
AEFA = {
    "id": "AEFA",
    "form": "fx",
    "records": [
        {"dataset": "AE", "variable": "AESEQ", "key": "AESPID", "column": "FXAENO"},
        {"dataset": "FA", "variable": "FAGRPID"},
    ],
}


def _finished(form, name: str, text: str) -> pd.DataFrame:
    frame = form(name, text)
    return frame.astype({column: "float64" for column in frame if str(column).endswith("SEQ")})


@pytest.fixture
def datasets(form) -> dict[str, pd.DataFrame]:
    return {
        "TU": _finished(form, "tl", "USUBJID | TULNKID\nX-S1 | T01"),
        "TR": _finished(form, "tl", "USUBJID | TRLNKID\nX-S1 | T01\nX-S1 | T01"),
        "AE": _finished(
            form, "ae", "USUBJID | _SUBJECT | AESPID | AESEQ\nX-S1 | S1 | 1 | 12\nX-S1 | S1 | 2 | 3\nX-S2 | S2 | 1 | 1"
        ),
        "CM": _finished(
            form,
            "cm",
            "USUBJID | _SUBJECT | _ROW | CMSEQ\n"
            "X-S1 | S1 | 1 | 2\nX-S1 | S1 | 2 | 1\nX-S2 | S2 | 4 | 1\nX-S1 | S1 | 3 | 3",
        ),
        "FA": _finished(
            form, "fx", "USUBJID | _SUBJECT | _ROW | FAGRPID\nX-S1 | S1 | 1 | 2\nX-S1 | S1 | 1 | 2\nX-S1 | S1 | 2 | 2"
        ),
    }


def _build(helpers, bench, relationships, forms, datasets):
    spec = helpers.dataset(
        "RELREC", relationships=tuple(Relationship.model_validate(one) for one in relationships), builder="relrec"
    )
    frame, findings = build_relrec(spec, bench.study, Inputs(forms=forms, datasets=datasets))
    assert list(frame.columns) == COLUMNS
    return [helpers.values(row) for _, row in frame.iterrows()], findings


def test_datasets_are_related_as_a_whole(helpers, bench, datasets) -> None:
    rows, findings = _build(helpers, bench, [TUTR], {}, datasets)
    assert rows == [
        ["TU", None, "TULNKID", None, "ONE", "TUTR"],
        ["TR", None, "TRLNKID", None, "MANY", "TUTR"],
    ]
    assert findings.empty


def test_dataset_without_a_value_is_not_related(helpers, bench, datasets) -> None:
    datasets["TR"] = datasets["TR"].assign(TRLNKID=pd.Series([None, None], dtype="str"))
    rows, findings = _build(helpers, bench, [TUTR], {}, datasets)
    assert rows == []
    assert list(findings["rule"] + " " + findings["severity"]) == ["MAP.RELATIONSHIP_EMPTY note"]
    assert "TR.TRLNKID" in findings["message"].iloc[0]


def test_records_are_related_by_the_rows_of_a_form(helpers, bench, form, datasets) -> None:
    rows_of_cm = form("cm", "_SUBJECT | CMAENO\nS1 | 1\nS1 | 2\nS1 | .\nS2 | 1")
    rows, findings = _build(helpers, bench, [AECM], {"cm": rows_of_cm}, datasets)
    assert sorted(rows, key=str) == [
        ["AE", "X-S1", "AESEQ", "12", None, "AECM12"],
        ["AE", "X-S1", "AESEQ", "3", None, "AECM3"],
        ["AE", "X-S2", "AESEQ", "1", None, "AECM1"],
        ["CM", "X-S1", "CMSEQ", "1", None, "AECM3"],
        ["CM", "X-S1", "CMSEQ", "2", None, "AECM12"],
        ["CM", "X-S2", "CMSEQ", "1", None, "AECM1"],
    ]
    assert findings.empty


def test_each_row_stands_once(helpers, bench, form, datasets) -> None:
    rows_of_fx = form("fx", "_SUBJECT | FXAENO\nS1 | 2\nS1 | 2")
    rows, _ = _build(helpers, bench, [AEFA], {"fx": rows_of_fx}, datasets)
    assert rows == [
        ["AE", "X-S1", "AESEQ", "3", None, "AEFA3"],
        ["FA", "X-S1", "FAGRPID", "2", None, "AEFA3"],
    ]


def test_row_whose_record_is_not_there_is_reported(helpers, bench, form, datasets) -> None:
    rows_of_cm = form("cm", "_SUBJECT | CMAENO\nS1 | 7\nS2 | 2")
    rows, findings = _build(helpers, bench, [AECM], {"cm": rows_of_cm}, datasets)
    assert rows == []
    assert list(findings["rule"] + " " + findings["severity"]) == ["MAP.RELATED error"] * 2
    assert list(findings["value"]) == ["7", "2"]
    assert list(findings["form"] + findings["row"]) == ["cm1", "cm2"]


def test_row_that_made_no_record_relates_nothing(helpers, bench, form, datasets) -> None:
    rows_of_cm = form("cm", "_SUBJECT | _ROW | CMAENO\nS1 | 9 | 1")
    rows, findings = _build(helpers, bench, [AECM], {"cm": rows_of_cm}, datasets)
    assert rows == []
    assert findings.empty


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "A"},
        {"id": "A", "datasets": TUTR["datasets"][:1]},
        {"id": "A", "records": AECM["records"]},
        {"id": "A", "form": "cm", "records": AECM["records"][:1]},
        {**TUTR, "form": "cm"},
        {"id": "A", "form": "cm", "records": [{"dataset": "AE", "variable": "AESEQ", "key": "AESPID"}] * 2},
    ],
)
def test_relationship_that_is_half_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match=r"two 'datasets'|key and column|two 'records'"):
        Relationship.model_validate(wrong)
