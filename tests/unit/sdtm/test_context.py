"""References: columns of the record's form, of other forms, and variables."""

from __future__ import annotations

import pytest

from clinical.errors import MappingError


def test_column_of_another_form_is_joined_by_subject(bench, form) -> None:
    forms = {"ic": form("ic", "_SUBJECT|ICDAT\n2|05-JAN-2024\n1|03-JAN-2024")}
    rows = form("dm", "_SUBJECT|AGE\n1|60\n2|70\n3|80")
    found = bench.run({"algorithm": "assign", "column": "ic.ICDAT"}, rows, forms=forms)
    assert found == ["03-JAN-2024", "05-JAN-2024", None]


def test_form_that_says_the_same_thing_several_times_is_joined(bench, form) -> None:
    forms = {"ds": form("ds", "_SUBJECT|DEATHDT\n1|.\n1|01/14/2013\n1|01/14/2013\n2|.")}
    rows = form("dm", "_SUBJECT|AGE\n1|60\n2|70")
    assert bench.run({"algorithm": "assign", "column": "ds.DEATHDT"}, rows, forms=forms) == ["01/14/2013", None]


def test_form_that_says_different_things_is_an_error_without_values(bench, form) -> None:
    forms = {"ds": form("ds", "_SUBJECT|DEATHDT\n1|secret one\n1|secret two\n2|x")}
    rows = form("dm", "_SUBJECT|AGE\n1|60\n2|70")
    with pytest.raises(MappingError) as raised:
        bench.run({"algorithm": "assign", "column": "ds.DEATHDT"}, rows, forms=forms)
    assert str(raised.value) == (
        "AE.AEX: 'ds.DEATHDT' takes one value a subject, but 1 subject has several. Limit the form to one row a "
        "subject, or use 'earliest' or 'latest'."
    )


def test_variable_of_dm_is_joined_by_unique_subject(bench, table) -> None:
    dm = table("USUBJID|AGE\nS-2|70\nS-1|60", AGE="float64")
    rows = table("USUBJID\nS-1\nS-2\nS-1\nS-3")
    assert bench.run({"algorithm": "assign", "column": "DM.AGE"}, rows, datasets={"DM": dm}) == [60.0, 70.0, 60.0, None]


def test_variable_of_the_dataset_itself(bench, table) -> None:
    rows = table("AETERM\nHEADACHE\n.")
    assert bench.run({"algorithm": "assign", "column": "AE.AETERM"}, rows) == ["HEADACHE", None]


def test_condition_may_name_every_kind_of_reference(bench, form, table) -> None:
    forms = {"el": form("el", "_SUBJECT|ELYN\n1|No\n2|Yes")}
    dm = table("USUBJID|SEX\nS-1|F\nS-2|F")
    rows = form("ae", "_SUBJECT|USUBJID|A\n1|S-1|x\n2|S-2|x\n2|S-2|y")
    where = {"el.ELYN": "Yes", "DM.SEX": "F", "AE.A": "x", "A": ["x", "y"]}
    verb = {"algorithm": "hardcode", "value": "Y", "where": where}
    assert bench.run(verb, rows, forms=forms, datasets={"DM": dm}) == [None, "Y", None]


def test_joins_do_not_change_their_tables(bench, form) -> None:
    forms = {"ic": form("ic", "_SUBJECT|ICDAT\n2|05-JAN-2024")}
    before = forms["ic"].copy()
    bench.run({"algorithm": "assign", "column": "ic.ICDAT"}, form("dm", "_SUBJECT\n1\n2"), forms=forms)
    assert forms["ic"].equals(before)
