"""The verb `related`: values of the record of another dataset that belongs to a row."""

from __future__ import annotations

import pytest

SAME_ROW = {"algorithm": "related", "dataset": "AE", "variable": "AEDECOD"}
BY_KEY = {**SAME_ROW, "key": "AESPID", "column": "AENO"}


@pytest.fixture
def events(form):
    frame = form(
        "ae",
        """
        _SUBJECT | _ROW | AESPID | AESEQ | AEDECOD
        S1       | 4    | 1      | 2     | Pyrexia
        S1       | 6    | 2      | 1     | Chills
        S2       | 5    | 1      | 1     | Rash
        S2       | 7    | 3      | 2     | .
        S3       | 8    | 1      | 1     | Cough
        S3       | 9    | 1      | 2     | Cough
        """,
    )
    return frame.assign(AESEQ=frame["AESEQ"].astype("float64"))


def test_record_of_the_same_row(bench, form, events) -> None:
    rows = form("ae", "_SUBJECT | _ROW\nS2 | 5\nS1 | 6\nS2 | 7")
    assert bench.run(SAME_ROW, rows, datasets={"AE": events}) == ["Rash", "Chills", None]
    assert bench.findings.empty


def test_number_of_the_record(bench, form, events) -> None:
    rows = form("ae", "_SUBJECT | _ROW\nS2 | 5\nS1 | 4")
    assert bench.run({**SAME_ROW, "variable": "AESEQ"}, rows, datasets={"AE": events}) == [1.0, 2.0]


def test_row_of_another_form_is_another_row(bench, form, events) -> None:
    rows = form("cm", "_SUBJECT | _ROW\nS2 | 5")
    assert bench.run(SAME_ROW, rows, datasets={"AE": events}) == [None]
    assert list(bench.findings["rule"]) == ["MAP.RELATED"]


def test_several_records_of_one_row_count_where_they_agree(bench, form) -> None:
    events = form("ae", "_SUBJECT | _ROW | AEDECOD\nS1 | 4 | A\nS1 | 4 | A\nS1 | 5 | A\nS1 | 5 | B")
    rows = form("ae", "_SUBJECT | _ROW\nS1 | 4\nS1 | 5")
    assert bench.run(SAME_ROW, rows, datasets={"AE": events}) == ["A", None]
    assert list(bench.findings["row"]) == ["5"]
    assert "there are several" in bench.findings["message"].iloc[0]


def test_record_by_its_key_within_the_subject(bench, form, events) -> None:
    rows = form("fx", "_SUBJECT | AENO\nS1 | 2\nS2 | _1\nS1 | .\nS2 | 3".replace("_1", " 1 "))
    assert bench.run(BY_KEY, rows, datasets={"AE": events}) == ["Chills", "Rash", None, None]
    assert bench.findings.empty


def test_keys_without_a_record_and_with_several(bench, form, events) -> None:
    rows = form("fx", "_SUBJECT | AENO\nS1 | 3\nS3 | 1\nS9 | 1\nS2 | 1")
    assert bench.run(BY_KEY, rows, datasets={"AE": events}) == [None, None, None, "Rash"]
    found = bench.findings
    assert list(found["rule"] + " " + found["severity"]) == ["MAP.RELATED error"] * 3
    assert list(zip(found["row"], found["value"], strict=True)) == [("1", "3"), ("3", "1"), ("2", "1")]
    assert found["message"].str.contains("there is none").tolist() == [True, True, False]
    assert not found["message"].str.contains("S1|S9").any()


def test_row_of_a_form_is_reported_once(bench, form, events) -> None:
    rows = form("fx", "_SUBJECT | _ROW | AENO\nS1 | 1 | 3\nS1 | 1 | 3\nS1 | 2 | 3")
    remembered: dict[str, object] = {}
    for variable in ("AEDECOD", "AESEQ"):
        bench.run({**BY_KEY, "variable": variable}, rows, datasets={"AE": events}, remembered=remembered)
    assert list(bench.findings["row"]) == ["1", "2"]


def test_rows_that_its_condition_leaves_out_ask_for_nothing(bench, form, events) -> None:
    rows = form("fx", "_SUBJECT | AENO | KIND\nS1 | 9 | A\nS1 | 2 | B")
    assert bench.run({**BY_KEY, "where": {"KIND": "B"}}, rows, datasets={"AE": events}) == [None, "Chills"]
    assert bench.findings.empty


def test_no_records_at_all(bench, form, events) -> None:
    rows = form("fx", "_SUBJECT | AENO\nS1 | 1")
    assert bench.run(BY_KEY, rows.iloc[:0], datasets={"AE": events}) == []
    assert bench.run(BY_KEY, rows, datasets={"AE": events.iloc[:0]}) == [None]
    assert len(bench.findings) == 1


def test_key_without_a_column_is_refused(bench, form, events) -> None:
    with pytest.raises(ValueError, match="key and column together"):
        bench.run({**SAME_ROW, "key": "AESPID"}, form("fx", "AENO\n1"), datasets={"AE": events})
