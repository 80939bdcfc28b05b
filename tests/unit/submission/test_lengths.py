"""Lengths across the study, by hand."""

from __future__ import annotations

import pandas as pd

from specs.model.dataset import DatasetSpec, VariableSpec
from submission.lengths import allot, check_lengths, longest


def spec_of(name, **variables):
    made = tuple(
        VariableSpec(title, title, kind, length, None, None, None, None, None, None, None)
        for title, (kind, length) in variables.items()
    )
    return DatasetSpec(name, name, "", "", (), "", made)


CHAR, NUM = ("Char", None), ("Num", None)
SPECS = {
    "DM": spec_of("DM", USUBJID=CHAR, ARM=CHAR, AGE=NUM),
    "AE": spec_of("AE", USUBJID=CHAR, AETERM=("Char", 20), AESEQ=("Num", 3)),
    "ADSL": spec_of("ADSL", USUBJID=CHAR, ARM=CHAR, AGE=NUM),
    "SUPPAE": spec_of("SUPPAE", USUBJID=CHAR, QVAL=CHAR),
    "SUPPDM": spec_of("SUPPDM", USUBJID=CHAR, QVAL=CHAR),
}
MEASURED = {
    "DM": {"USUBJID": 8, "ARM": 0},
    "AE": {"USUBJID": 8, "AETERM": 25},
    "ADSL": {"USUBJID": 11, "ARM": 0},
    "SUPPAE": {"USUBJID": 30, "QVAL": 5},
    "SUPPDM": {"USUBJID": 7, "QVAL": 0},
}


def test_the_longest_value_counts_in_bytes_without_blanks_at_the_end():
    frame = pd.DataFrame(
        {
            "USUBJID": pd.Series(["S-01", "S-002  ", None], dtype="str"),
            "ARM": pd.Series(["受试", "é", "abc"], dtype="str"),
            "AGE": [1.0, 2.0, 3.0],
        }
    )
    assert longest(frame, SPECS["DM"], "utf-8") == {"USUBJID": 5, "ARM": 6}
    assert longest(frame, SPECS["DM"], "gb18030") == {"USUBJID": 5, "ARM": 4}
    assert longest(frame[:0], SPECS["DM"], "ascii") == {"USUBJID": 0, "ARM": 0}


def test_what_no_transport_file_holds_is_left_to_the_writer():
    frame = pd.DataFrame({"USUBJID": [1.5, 2.5], "ARM": pd.Series(["受\0试", None], dtype="str"), "AGE": [1.0, 2.0]})
    assert longest(frame, SPECS["DM"], "gb18030") == {"USUBJID": 0, "ARM": 7}


def test_a_variable_is_as_long_as_its_longest_value_in_the_study_but_for_supplemental_qualifiers():
    assert allot(MEASURED, SPECS) == {
        "DM": {"USUBJID": 11, "ARM": 1, "AGE": 8},
        "AE": {"USUBJID": 11, "AETERM": 25, "AESEQ": 3},
        "ADSL": {"USUBJID": 11, "ARM": 1, "AGE": 8},
        "SUPPAE": {"USUBJID": 30, "QVAL": 5},
        "SUPPDM": {"USUBJID": 7, "QVAL": 1},
    }


def test_a_specified_length_stands_where_it_is_enough():
    assert allot({"AE": {"USUBJID": 8, "AETERM": 4}}, SPECS)["AE"]["AETERM"] == 20
    assert check_lengths({"AE": {"USUBJID": 8, "AETERM": 20}}, SPECS).empty


def test_a_specified_length_that_is_exceeded_is_a_finding():
    found = check_lengths(MEASURED, SPECS)
    assert found[["rule", "severity", "dataset", "variable"]].to_numpy().tolist() == [
        ["XPT.LENGTH", "error", "AE", "AETERM"]
    ]
    assert "has 25 bytes, and its specification allots 20" in found["message"][0]
