"""The results of the sample, counted again by another route: other readers, plain sets, exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from specs.load import load_study
from specs.results_dataset import statistics_of
from tests.e2e.conftest import ODM

pytestmark = pytest.mark.slow
MONTH = 30.4375
#: Parameter, and what counts.
SHARES = [
    ("ORR", "Overall Response (CR or PR) by Month 3", "ORR3M", ("Y",)),
    ("ORR", "Response (CR or PR) at Month 3", "RSPM3", ("Y",)),
    ("ORR", "Complete Response at Month 3", "CRM3", ("Y",)),
    ("RESPONSE24", "Complete or partial response, best overall", "BOR24", ("CR", "PR")),
    ("RESPONSE24", "Any Progressive Disease within 24 Months", "PD24", ("Y",)),
    ("BOR", "Best overall response / Complete response (CR)", "BOR24", ("CR",)),
    ("BOR", "Best overall response / Not evaluable (NE)", "BOR24", ("NE",)),
]


@pytest.fixture(scope="module")
def results(published: Path) -> pd.DataFrame:
    return pd.read_csv(published / "report" / "results.csv")


def _rows(published: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a dataset from its transport file, read by another reader than ours."""
    frame, _ = pyreadstat.read_xport(published / f"m5/datasets/cart1922/analysis/adam/datasets/{name}.xpt")
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _value(results: pd.DataFrame, analysis: str, group: str, statistic: str) -> float:
    rows = results[results["ANALYSIS"].eq(analysis) & results["GROUP"].eq(group) & results["STATISTIC"].eq(statistic)]
    assert len(rows) == 1, f"{analysis} {group} {statistic}: {len(rows)}"
    return float(rows["VALUE"].iloc[0])


def _tail(k: int, n: int, p: float) -> float:
    """Return the probability of k or more of n."""
    return sum(math.comb(n, one) * p**one * (1 - p) ** (n - one) for one in range(k, n + 1))


@pytest.mark.parametrize(("analysis", "group", "parameter", "values"), SHARES)
def test_shares_and_their_exact_limits(published, results, analysis, group, parameter, values) -> None:
    adrs, adsl = _rows(published, "adrs"), _rows(published, "adsl")
    treated = {row["USUBJID"] for row in adsl if row["FASFL"] == "Y"}
    found = {row["USUBJID"] for row in adrs if row["PARAMCD"] == parameter and row["AVALC"] in values} & treated
    k, n = len(found), len(treated)
    assert 0 < k < n
    assert _value(results, analysis, group, "COUNT") == k
    assert _value(results, analysis, group, "N") == n
    lower, upper = (_value(results, analysis, group, one) / 100 for one in ("LOWER", "UPPER"))
    assert _tail(k, n, lower) == pytest.approx(0.025)
    assert 1 - _tail(k + 1, n, upper) == pytest.approx(0.025)


def test_the_primary_efficacy_result_as_counted_by_hand(results) -> None:
    """21 of 32 infused subjects have a row ORR3M with Y in the sample; 16 respond at month 3, 10 completely."""
    rows = results[results["ANALYSIS"].eq("ORR") & results["STATISTIC"].eq("COUNT")]
    assert rows["VALUE"].tolist() == [21, 16, 10]
    assert set(results.loc[results["ANALYSIS"].eq("ORR") & results["STATISTIC"].eq("N"), "VALUE"]) == {32}


def _steps(times: list[tuple[float, bool]]) -> list[tuple[float, Fraction]]:
    """Return the Kaplan-Meier steps of (time, event), as exact fractions."""
    survival, steps = Fraction(1), []
    for time in sorted({one for one, happened in times if happened}):
        at_risk = sum(one >= time for one, _ in times)
        died = sum(one == time and happened for one, happened in times)
        survival *= Fraction(at_risk - died, at_risk)
        steps.append((time, survival))
    return steps


@pytest.mark.parametrize(
    ("analysis", "group", "parameter"),
    [
        ("SURVIVAL", "Progression-free survival", "PFS"),
        ("SURVIVAL", "Event-free survival", "EFS"),
        ("SURVIVAL", "Overall survival", "OS"),
        ("DURATION", "Complete response", "DOR"),
        ("DURATION", "Complete or partial response", "DORRSP"),
    ],
)
def test_survival_by_exact_fractions(published, results, analysis, group, parameter) -> None:
    adtte = _rows(published, "adtte")
    times = [(row["AVAL"], row["CNSR"] == 0) for row in adtte if row["PARAMCD"] == parameter and row["FASFL"] == "Y"]
    steps = _steps(times)
    assert _value(results, analysis, f"{group} / Events", "EVENTS") == sum(happened for _, happened in times)
    for month in (3, 6, 12):
        passed = [survival for time, survival in steps if time <= month * MONTH]
        expected = float(100 * (passed[-1] if passed else 1))
        assert _value(results, analysis, f"{group} / Month {month}", "SURVIVAL") == pytest.approx(expected)
        at_risk = sum(time >= month * MONTH for time, _ in times)
        assert _value(results, analysis, f"{group} / Month {month}", "AT_RISK") == at_risk
    below = [time for time, survival in steps if survival < Fraction(1, 2)]
    median = _value(results, analysis, group, "MEDIAN")
    assert (math.isnan(median) and not below) or median == pytest.approx(below[0] / MONTH)


def test_related_events_by_term_and_worst_grade(published, results) -> None:
    """Counted over plain rows of the transport file: subject, term, worst grade."""
    worst: dict[str, dict[str, float]] = {}
    for row in _rows(published, "adae"):
        if row["ANL01FL"] == "Y" and row["SAFFL"] == "Y":
            term = f"{row['AEBODSYS']} / {row['AEDECOD']}"
            before = worst.setdefault(term, {}).get(row["USUBJID"], 0)
            worst[term][row["USUBJID"]] = max(before, row["ATOXGRN"])
    assert len(worst) > 10
    for term, subjects in worst.items():
        assert _value(results, "AE_RELATED", f"{term} / Any grade", "COUNT") == len(subjects)
        for grade in range(1, 6):
            expected = sum(one == grade for one in subjects.values())
            assert _value(results, "AE_RELATED", f"{term} / Grade {grade}", "COUNT") == expected
        severe = sum(one >= 3 for one in subjects.values())
        assert _value(results, "AE_RELATED", f"{term} / Grade ≥3", "COUNT") == severe


def test_crs_after_each_product(published, results) -> None:
    """Counted over plain rows: the subjects, their worst ASTCT grade, the first day of onset."""
    crs = [row for row in _rows(published, "adae") if row["CQ01NAM"] and row["TRTEMFL"] == "Y"]
    for group, period in (("CRS after 1st product", 1), ("CRS after 2nd product", 2)):
        rows = [row for row in crs if row["APERIOD"] == period]
        subjects = {row["USUBJID"] for row in rows}
        days = [min(row[f"ASTDY{period}"] for row in rows if row["USUBJID"] == one) for one in subjects]
        severe = {row["USUBJID"] for row in rows if row["ASTCTGRN"] >= 3}
        assert _value(results, "CRS_ICANS", group, "COUNT") == len(subjects)
        assert _value(results, "CRS_ICANS", f"{group} / Grade ≥3", "COUNT") == len(severe)
        assert _value(results, "CRS_ICANS", group, "ONSET_MIN") == min(days)
        assert _value(results, "CRS_ICANS", group, "ONSET_MAX") == max(days)


def test_every_table_has_its_file_and_its_numbers(published, results) -> None:
    files = {path.stem.upper() for path in (published / "report" / "tables").glob("*.csv")}
    assert files == set(results["ANALYSIS"])
    assert {"POPULATIONS", "DISPOSITION", "DEMOGRAPHICS", "ORR", "BOR", "SURVIVAL", "AE_RELATED", "CRS_ICANS"} <= files


def test_without_an_analysis_dataset_its_tables_are_left_out(cli, tmp_path) -> None:
    out = tmp_path / "run"
    answer = cli("run", "cart1922", "--raw", ODM, "--out", out, "--only", "ADRS", "--no-prefect")
    assert answer.code == 0, answer.err
    files = {path.stem for path in (out / "report" / "tables").glob("*.csv")}
    assert {"orr", "demographics"} <= files
    assert not {"survival", "ae_related"} & files


def test_every_number_is_of_a_statistic_that_the_linter_knows(results: pd.DataFrame) -> None:
    tables = load_study("cart1922").analyses.tables
    found = {name: set(rows["STATISTIC"]) for name, rows in results.groupby("ANALYSIS")}
    assert {name: one - set(statistics_of(tables[str(name)])) for name, one in found.items() if name in tables} == {
        name: set() for name in tables
    }
