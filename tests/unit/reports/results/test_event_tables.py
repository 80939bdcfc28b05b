"""Events by term and grade, the profile of events, shifts of grades; expected counts are worked by hand."""

from __future__ import annotations

import pandas as pd

SAFETY = {"SAFFL": "Y"}
AES = pd.DataFrame(
    [
        ("S1", "BLOOD", "ANAEMIA", 1.0), ("S1", "BLOOD", "ANAEMIA", 3.0), ("S1", "BLOOD", "NEUTROPENIA", 4.0),
        ("S2", "BLOOD", "ANAEMIA", 2.0), ("S2", "GENERAL", "FEVER", None), ("S3", "GENERAL", "FEVER", 1.0),
        ("S4", "GENERAL", "FEVER", None), ("S4", "GENERAL", "FEVER", 2.0), ("S5", "GENERAL", "FEVER", 5.0),
    ],
    columns=["USUBJID", "AEBODSYS", "AEDECOD", "ATOXGRN"],
)  # fmt: skip


def occurrence(make, five, frame=AES, **more):
    return make(
        {"ADSL": five, "ADAE": frame},
        method="occurrence",
        dataset="ADAE",
        population=SAFETY,
        levels=["AEBODSYS", "AEDECOD"],
        grade="ATOXGRN",
        at_least=["3"],
        any_label="Any event",
        **more,
    )


def test_a_subject_counts_once_a_row_at_the_worst_grade(make, five):
    """S5 is not in the population. FEVER: S2 without any grade, S3 at 1, S4 at 2 (one record has no grade)."""
    made = occurrence(make, five)
    heads = (
        "Term",
        "Any grade",
        "Grade 1",
        "Grade 2",
        "Grade 3",
        "Grade 4",
        "Grade 5",
        "Grade ≥3",
        "Missing",
        "Records",
    )
    assert made.table.header == heads
    quarter, half = "1 (25.0%)", "2 (50.0%)"
    assert made.table.rows == (
        ("Any event", "4 (100.0%)", quarter, half, "0", quarter, "0", quarter, "0", "8"),
        ("GENERAL", "3 (75.0%)", quarter, quarter, "0", "0", "0", "0", quarter, "4"),
        ("FEVER", "3 (75.0%)", quarter, quarter, "0", "0", "0", "0", quarter, "4"),
        ("BLOOD", half, "0", quarter, "0", quarter, "0", quarter, "0", "4"),
        ("ANAEMIA", half, "0", quarter, quarter, "0", "0", quarter, "0", "3"),
        ("NEUTROPENIA", quarter, "0", "0", "0", quarter, "0", quarter, "0", "1"),
    )
    assert made.table.indents == (0, 1, 2, 1, 2, 2)
    assert made.value("GENERAL / FEVER / Missing", "COUNT") == 1
    assert made.value("BLOOD", "RECORDS") == 4


def test_rows_as_frequent_as_each_other_go_by_name(make, five):
    frame = pd.DataFrame(
        [("S1", "Z", "B", 1.0), ("S1", "Z", "A", 1.0), ("S2", "Y", "C", 1.0)],
        columns=["USUBJID", "AEBODSYS", "AEDECOD", "ATOXGRN"],
    )
    assert [row[0] for row in occurrence(make, five, frame).table.rows] == ["Any event", "Y", "C", "Z", "A", "B"]


def test_the_filter_of_a_cell_says_what_was_counted(make, five):
    made = occurrence(make, five, where={"AEBODSYS": "BLOOD"})
    found = made.records[made.records["GROUP"].eq("BLOOD / ANAEMIA / Grade ≥3") & made.records["STATISTIC"].eq("COUNT")]
    assert found["FILTER"].tolist() == [
        "AEBODSYS is BLOOD and AEBODSYS is BLOOD and AEDECOD is ANAEMIA and worst ATOXGRN ≥ 3"
    ]
    assert made.table.source == "ADAE where AEBODSYS is BLOOD; subjects: SAFFL is Y"


def test_without_a_missing_grade_there_is_no_column_for_it(make, five):
    made = occurrence(make, five, AES.dropna())
    assert "Missing" not in made.table.header


def test_grades_that_are_none_count_as_missing_and_are_told(make, five):
    frame = AES.assign(ATOXGRN=["1", "7", "4", "2", None, "1", None, "2", "5"])
    made = occurrence(make, five, frame)
    assert "1 record has a ATOXGRN that is none of the grades; counted as missing." in made.table.notes


def test_terms_that_are_not_coded_have_a_row(make, five):
    frame = AES.assign(AEDECOD=[None, *AES["AEDECOD"][1:]])
    assert made_labels(occurrence(make, five, frame)) >= {"(Not coded)", "ANAEMIA"}


def made_labels(made):
    return {row[0] for row in made.table.rows}


def test_no_records_make_one_row_of_zeros(make, five):
    made = occurrence(make, five, AES.iloc[:0])
    assert made.table.rows == (("Any event", *["0"] * 8),)


def test_one_level_and_no_grade(make, five):
    made = make({"ADSL": five, "ADAE": AES}, method="occurrence", dataset="ADAE", levels=["AEDECOD"])
    assert made.table.header == ("Term", "Subjects", "Records")
    assert made.table.rows == (
        ("Any", "5 (100.0%)", "9"), ("FEVER", "4 (80.0%)", "5"), ("ANAEMIA", "2 (40.0%)", "3"),
        ("NEUTROPENIA", "1 (20.0%)", "1"),
    )  # fmt: skip


CRS = pd.DataFrame(
    [
        ("S1", "CRS", 1.0, 2.0, 3.0, 6.0, "2024-01-08"), ("S1", "CRS", 3.0, None, 20.0, None, None),
        ("S2", "CRS", 2.0, 1.0, 5.0, 2.0, "2024-01-06"), ("S3", "CRS", 1.0, None, 4.0, None, "2024-02"),
        ("S4", "OTHER", 4.0, None, 1.0, 9.0, "2024-01-09"), ("S5", "CRS", 5.0, None, 1.0, 1.0, "2024-01-01"),
    ],
    columns=["USUBJID", "CQ01NAM", "ASTCTGRN", "ASTDY2", "ASTDY1", "ADURN", "AENDTC"],
)  # fmt: skip


def profile(make, five, **more):
    columns = [
        {"label": "CRS", "where": {"CQ01NAM": "CRS"}, "onset": "ASTDY1"},
        {"label": "CRS after the second", "where": {"CQ01NAM": "CRS", "ASTDY2": {"present": "true"}}, "onset": "ASTDY2",
         "population": {"TR02SDT": {"present": "true"}}},
    ]  # fmt: skip
    return make(
        {"ADSL": five, "ADAE": CRS},
        method="event_profile",
        dataset="ADAE",
        population=SAFETY,
        columns=columns,
        grade="ASTCTGRN",
        duration="ADURN",
        ongoing={"AENDTC": {"present": "false"}},
        at_least=["3"],
        **more,
    )


def test_event_profile(make, five):
    """In the population S1 (worst grade 3), S2 (2) and S3 (1) have CRS; two subjects got the second product.

    First onsets are days 3, 5, 4; durations that are known 6 and 2; of the two without, one has no end at all and is
    ongoing, the other an end that is not known to the day.
    """
    made = profile(make, five)
    assert made.table.header == ("", "CRS (N=4)", "CRS after the second (N=2)")
    assert made.line("Subjects with an event") == ("3 (75.0%)", "2 (100.0%)")
    assert made.line("Worst grade 1") == ("1 (25.0%)", "1 (50.0%)")
    assert made.line("Worst grade 2") == ("1 (25.0%)", "1 (50.0%)")
    assert made.line("Worst grade 3") == ("1 (25.0%)", "0")
    assert made.line("Grade ≥3") == ("1 (25.0%)", "0")
    assert made.line("Events") == ("4", "2")
    assert [row[1:] for row in made.table.rows if row[0] == "n"] == [("3", "2"), ("2", "2")]
    medians = [row[1:] for row in made.table.rows if row[0] == "Median (Q1, Q3)"]
    assert medians == [("4.0 (3.0, 5.0)", "1.5 (1.0, 2.0)"), ("4.0 (2.0, 6.0)", "4.0 (2.0, 6.0)")]
    assert [row[1:] for row in made.table.rows if row[0] == "Min, max"] == [("3, 5", "1, 2"), ("2, 6", "2, 6")]
    assert made.line("Events ongoing") == ("1", "0")
    assert made.line("Events without a known end") == ("1", "0")
    assert made.value("CRS", "ONSET_MEDIAN") == 4


def test_event_profile_of_nobody(make, five):
    made = profile(make, five, where={"CQ01NAM": "NONE"})
    assert made.line("Subjects with an event") == ("0", "0")
    assert [row[1] for row in made.table.rows if row[0] == "Min, max"] == ["NE, NE", "NE, NE"]


def test_shift_from_baseline_to_the_worst_grade(make, five):
    """S1 goes from 0 to 3 (of 1 and 3), S2 from 1 to missing, S3 from missing to 2; S5 is not in the population."""
    adlb = pd.DataFrame(
        [("S1", "0", "1"), ("S1", "0", "3"), ("S2", "1", None), ("S3", None, "2"), ("S5", "0", "4")],
        columns=["USUBJID", "BTOXGR", "ATOXGR"],
    ).assign(PARAMCD="HGB", PARAM="Haemoglobin (g/L)")
    made = make({"ADSL": five, "ADLB": adlb}, method="shift", dataset="ADLB", population=SAFETY)
    assert made.table.header == (
        "Parameter / grade at baseline", "Grade 0", "Grade 1", "Grade 2", "Grade 3", "Grade 4", "Grade 5", "Missing",
        "Subjects",
    )  # fmt: skip
    third = "1 (33.3%)"
    assert made.table.rows == (
        ("Haemoglobin (g/L)", *[""] * 7, "3"),
        ("Grade 0", "0", "0", "0", third, "0", "0", "0", "1"),
        ("Grade 1", "0", "0", "0", "0", "0", "0", third, "1"),
        ("Missing", "0", "0", third, "0", "0", "0", "0", "1"),
    )
    assert made.table.traces == (("ADLB", "HGB"),)
