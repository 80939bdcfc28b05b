"""Shares of subjects: expected counts are worked by hand from the literal rows."""

from __future__ import annotations

import math

import pandas as pd
import pytest

SAFETY = {"SAFFL": "Y"}


def responses(*rows):
    return pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "PARAM", "AVALC"]).astype("str")


RESPONSES = responses(
    ("S1", "ORR", "Overall Response", "Y"), ("S2", "ORR", "Overall Response", "N"),
    ("S3", "ORR", "Overall Response", "Y"), ("S5", "ORR", "Overall Response", "Y"),
    ("S1", "BOR", "Best Response", "PR"), ("S2", "BOR", "Best Response", "XX"), ("S3", "BOR", "Best Response", "CR"),
)  # fmt: skip


def test_a_share_counts_subjects_of_the_population_and_those_without_a_record_as_no(make, five):
    """Of S1 to S4, S1 and S3 respond; S4 has no record; S5 is not in the population. 2 of 4 is 50 %.

    The exact lower limit p solves 6p²(1-p)² + 4p³(1-p) + p⁴ = 0.025: 0.0676; the upper is its mirror.
    """
    made = make({"ADSL": five, "ADRS": RESPONSES}, method="proportion", dataset="ADRS", population=SAFETY,
                rows=[{"parameter": "ORR"}])  # fmt: skip
    assert made.table.header == ("", "n/N", "%", "95% CI")
    assert made.table.rows == (("Overall Response", "2/4", "50.0", "6.8, 93.2"),)
    assert "ORR: 1 of the population without a record; they count as not having it." in made.table.notes
    assert made.table.source == "ADRS where PARAMCD is ORR; subjects: SAFFL is Y"
    assert made.table.traces == (("ADRS", "ORR"),)


def test_a_share_in_the_results_dataset_has_its_filter_and_method(make, five):
    made = make({"ADSL": five, "ADRS": RESPONSES}, method="proportion", dataset="ADRS", population=SAFETY,
                rows=[{"parameter": "ORR", "label": "ORR"}])  # fmt: skip
    row = made.records[made.records["STATISTIC"].eq("LOWER")].iloc[0]
    assert row.drop(["VALUE"]).to_dict() == {
        "ANALYSIS": "ONE", "SECTION": "Section", "TITLE": "Title", "DATASET": "ADRS",
        "FILTER": "PARAMCD is ORR and AVALC is Y", "POPULATION": "SAFFL is Y", "PARAMCD": "ORR", "GROUP": "ORR",
        "STATISTIC": "LOWER", "TEXT": "6.8", "METHOD": "exact (Clopper-Pearson) 95% limit",
    }  # fmt: skip
    assert made.records["VALUE"].dtype == "float64"
    p = made.value("ORR", "LOWER") / 100
    assert 6 * p**2 * (1 - p) ** 2 + 4 * p**3 * (1 - p) + p**4 == pytest.approx(0.025)


def test_a_share_may_ask_for_other_values_and_other_rows(make, five):
    made = make({"ADSL": five, "ADRS": RESPONSES}, method="proportion", dataset="ADRS", interval="false",
                rows=[{"label": "CR or PR", "parameter": "BOR", "values": ["CR", "PR"]},
                      {"label": "Not PR", "where": {"PARAMCD": "BOR", "AVALC": {"not": "PR"}}}])  # fmt: skip
    assert made.table.rows == (("CR or PR", "2/5", "40.0"), ("Not PR", "2/5", "40.0"))
    assert made.table.source.endswith("subjects: all")


def test_a_share_of_nobody_is_not_estimable(make, five):
    made = make({"ADSL": five, "ADRS": RESPONSES}, method="proportion", dataset="ADRS", population={"SAFFL": "Z"},
                rows=[{"parameter": "ORR"}])  # fmt: skip
    assert made.table.rows == (("ORR", "0/0", "NE", "NE, NE"),)
    assert math.isnan(made.value("ORR", "PERCENT"))


def test_categories_follow_the_declared_order_and_none_is_dropped(make, five):
    """XX is not declared and follows; S4 has no record and is missing."""
    made = make(
        {"ADSL": five, "ADRS": RESPONSES},
        method="categories",
        dataset="ADRS",
        population=SAFETY,
        interval="true",
        blocks=[
            {"label": "Best response", "parameter": "BOR", "categories": ["CR", "PR", "SD"], "missing": "No assessment"}
        ],
    )
    assert made.table.header == ("", "Subjects (N=4)", "95% CI")
    assert [row[:2] for row in made.table.rows] == [
        ("Best response", ""), ("CR", "1 (25.0%)"), ("PR", "1 (25.0%)"), ("SD", "0"), ("XX", "1 (25.0%)"),
        ("No assessment", "1 (25.0%)"),
    ]  # fmt: skip
    assert made.table.indents == (0, 1, 1, 1, 1, 1)


def test_a_condition_of_a_block_leaves_out_those_it_does_not_hold_for(make, five):
    """S1 and S3 discontinued, S3 without a reason; the percentages stay those of the population of four."""
    made = make({"ADSL": five}, method="categories", dataset="ADSL", population=SAFETY,
                blocks=[{"label": "Reason", "variable": "DCSREAS", "where": {"EOSSTT": "DISCONTINUED"}}])  # fmt: skip
    assert made.table.rows == (("Reason", ""), ("DEATH", "1 (25.0%)"), ("Missing", "1 (25.0%)"))
    filters = made.records.loc[made.records["GROUP"].eq("Reason / DEATH"), "FILTER"].unique().tolist()
    assert filters == ["EOSSTT is DISCONTINUED and DCSREAS is DEATH"]


def test_a_subject_counts_once_in_a_category(make, five):
    twice = responses(("S1", "A", "A", "X"), ("S1", "A", "A", "X"), ("S1", "A", "A", "Z"))
    made = make({"ADSL": five, "ADRS": twice}, method="categories", dataset="ADRS",
                blocks=[{"label": "A", "parameter": "A"}])  # fmt: skip
    assert made.table.rows == (("A", ""), ("X", "1 (20.0%)"), ("Z", "1 (20.0%)"), ("Missing", "4 (80.0%)"))


def test_numbers_are_summed_up_and_those_without_one_counted(make, five):
    """30, 40, 50: mean 40, standard deviation 10; a quarter of three values is the first, three quarters the third."""
    made = make({"ADSL": five}, method="categories", dataset="ADSL", population=SAFETY,
                blocks=[{"label": "Age (years)", "variable": "AGE", "summary": "true"}])  # fmt: skip
    assert made.table.rows == (
        ("Age (years)", ""), ("n", "3"), ("Mean (SD)", "40.0 (10.00)"), ("Median", "40.0"), ("Q1, Q3", "30.0, 50.0"),
        ("Min, max", "30, 50"), ("Missing", "1"),
    )  # fmt: skip
    assert made.value("Age (years)", "SD") == 10


def test_a_few_of_very_many_are_not_shown_as_none_or_all(make):
    adsl = pd.DataFrame({"USUBJID": [f"S{one}" for one in range(4000)], "FL": ["Y"] + ["N"] * 3999}).astype("str")
    made = make({"ADSL": adsl}, method="categories", dataset="ADSL", blocks=[{"label": "Flag", "variable": "FL"}])
    assert made.table.rows == (("Flag", ""), ("N", "3999 (>99.9%)"), ("Y", "1 (<0.1%)"))
    assert made.value("Flag / Y", "PERCENT") == 0.025
