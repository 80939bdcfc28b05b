"""Statistics against published worked examples; every expected value is typed from its source or worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from reports.statistics import describe, exact_interval, kaplan_meier, median_follow_up, percent, rounded

# Weeks of remission under 6-mercaptopurine (Freireich et al. 1963), `+` is censored.
SIX_MP = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
# Weeks of remission under placebo, of the same trial: all relapsed.
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
# Weeks to the discontinuation of an intrauterine device (Collett, Modelling Survival Data, table 1.1).
IUD = "10 13+ 18+ 19 23+ 30 36 38+ 54+ 56+ 59 75 93 97 104+ 107 107+ 107+"


def curve_of(text, level=0.95):
    return kaplan_meier(*times_of(text), level)


def times_of(text):
    words = text.split()
    return pd.Series([float(one.rstrip("+")) for one in words]), pd.Series(["+" not in one for one in words])


def at_events(curve):
    return curve.steps[curve.steps["EVENTS"].gt(0)].reset_index(drop=True)


def test_survival_of_6_mp_is_as_printed_in_kleinbaum_and_klein():
    """Kleinbaum and Klein, Survival Analysis, chapter 2 (estimates, numbers at risk) and Stata appendix (limits)."""
    steps = at_events(curve_of(SIX_MP))
    assert steps["TIME"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert steps["AT_RISK"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert steps["EVENTS"].tolist() == [3, 1, 1, 1, 1, 1, 1]
    assert steps["SURVIVAL"].round(4).tolist() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert steps["STDERR"].round(4).tolist() == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert steps["LOWER"].round(4).tolist() == [0.6197, 0.5631, 0.5032, 0.4316, 0.3675, 0.2678, 0.1881]
    assert steps["UPPER"].round(4).tolist() == [0.9516, 0.9228, 0.8894, 0.8491, 0.8049, 0.7468, 0.6801]


def test_medians_of_the_remission_trial():
    """Kleinbaum and Klein, chapter 2: 23 weeks under 6-MP, 8 under placebo."""
    assert curve_of(SIX_MP).quantile(0.5).time == 23
    assert curve_of(PLACEBO).quantile(0.5).time == 8


def test_quartiles_and_limits_of_6_mp_follow_from_the_printed_limits():
    """The limits of the median are where the printed lower limits first, and the upper limits never, fall below 0.5."""
    curve = curve_of(SIX_MP)
    median, first, third = curve.quantile(0.5), curve.quantile(0.25), curve.quantile(0.75)
    assert (median.lower, math.isnan(median.upper)) == (13, True)
    assert (first.time, first.lower) == (13, 6)
    assert math.isnan(third.time)


def test_quantile_limits_are_event_times_that_the_log_log_test_accepts():
    """Worked by hand for 6-MP at S = 0.75: z = (g(S) - g(0.75)) / (se / (S |ln S|)), g(x) = ln(-ln x).

    g(0.75) = -1.24590. At 6: g = -1.86982, se' = 0.0764/(0.8571*0.15415) = 0.5782, z = -1.08: accepted, so the lower
    limit is 6. At 22: g = -0.47762, se' = 0.1282/(0.5378*0.62027) = 0.3843, z = 2.00: rejected; at 16: g = -0.76353,
    se' = 0.1141/(0.6275*0.46601) = 0.3902, z = 1.24: accepted. So the upper limit is 22.
    """
    first = curve_of(SIX_MP).quantile(0.25)
    assert (first.lower, first.upper) == (6, 22)


def test_survival_of_iud_use_is_as_printed_in_collett():
    """Collett, table 2.2: survival; table 2.4: standard errors; example 2.6: median 93 weeks."""
    curve = curve_of(IUD)
    steps = at_events(curve)
    assert steps["TIME"].tolist() == [10, 19, 30, 36, 59, 75, 93, 97, 107]
    assert steps["AT_RISK"].tolist() == [18, 15, 13, 12, 8, 7, 6, 5, 3]
    printed = [0.9444, 0.8815, 0.8137, 0.7459, 0.6526, 0.5594, 0.4662, 0.3729, 0.2486]
    assert steps["SURVIVAL"].round(4).tolist() == printed
    printed = [0.0540, 0.0790, 0.0978, 0.1107, 0.1303, 0.1412, 0.1452, 0.1430, 0.1392]
    assert steps["STDERR"].round(4).tolist() == printed
    assert curve.quantile(0.5).time == 93


def test_median_in_the_middle_of_an_interval_where_survival_is_a_half():
    """Four events at 1, 2, 3, 4: S = 3/4, 1/2, 1/4, 0; it is 1/2 from 2 to 3 (SAS/STAT LIFETEST, formulas)."""
    assert curve_of("1 2 3 4").quantile(0.5).time == 2.5
    assert curve_of("1 2 3 4").quantile(0.25).time == 1.5


def test_a_half_is_a_half_whatever_the_order_of_the_fractions():
    """S = 5/6 * 4/5 * 3/4 = 1/2 exactly from 3 to 4."""
    assert curve_of("1 2 3 4 5+ 6+").quantile(0.5).time == 3.5


def test_censored_on_the_day_of_an_event_was_at_risk():
    """Two of three subjects at risk on day 5 have the event, the third is censored then: S = 1/3."""
    steps = curve_of("5 5 5+").steps
    assert steps[["TIME", "AT_RISK", "EVENTS", "CENSORED"]].to_numpy().tolist() == [[0, 3, 0, 0], [5, 3, 2, 1]]
    assert steps["SURVIVAL"].tolist() == pytest.approx([1, 1 / 3])


def test_survival_between_and_after_the_steps():
    """6-MP: at 8 weeks that of week 7; at 24 that of 23; after 35 weeks nobody was followed."""
    at = curve_of(SIX_MP).at([0, 8, 10, 24, 35, 36])
    assert at["AT_RISK"].tolist() == [21, 16, 15, 5, 1, 0]
    assert at["SURVIVAL"].round(4).tolist()[:5] == [1, 0.8067, 0.7529, 0.4482, 0.4482]
    assert at.loc[5, ["SURVIVAL", "LOWER", "UPPER"]].isna().all()


def test_a_curve_that_ended_at_zero_stays_there():
    at = curve_of("1 2").at([1, 2, 9])
    assert at["SURVIVAL"].tolist() == [0.5, 0, 0]
    assert at["LOWER"].isna().tolist() == [False, True, True]
    assert at["AT_RISK"].tolist() == [2, 1, 0]


def test_without_an_event_survival_is_one_and_no_quantile_is_reached():
    curve = curve_of("3+ 4+")
    assert curve.events == 0
    assert curve.steps[["SURVIVAL", "LOWER", "UPPER"]].to_numpy().tolist() == [[1, 1, 1]] * 3
    assert math.isnan(curve.quantile(0.5).time)
    assert math.isnan(curve.quantile(0.5).lower)


def test_without_subjects_there_is_a_start_and_nothing_else():
    curve = kaplan_meier(pd.Series([], dtype="float64"), pd.Series([], dtype="bool"))
    assert (curve.subjects, curve.events, len(curve.steps)) == (0, 0, 1)
    assert math.isnan(curve.quantile(0.5).time)
    assert curve.at([30])["AT_RISK"].tolist() == [0]
    assert curve.at([30])["SURVIVAL"].isna().tolist() == [True]


def test_all_events_on_one_day():
    curve = curve_of("5 5 5")
    assert curve.steps["SURVIVAL"].tolist() == [1, 0]
    assert curve.steps["LOWER"].isna().tolist() == [False, True]
    assert curve.quantile(0.5).time == 5
    assert math.isnan(curve.quantile(0.5).upper)


def test_limits_of_a_quantile_that_one_step_passes_with_all_its_limits():
    """R 4.2, survfit with conf.type log-log: the 25th percentile is 1, its limits are 1 and 1."""
    first = curve_of("1 1 1 1 1 1 2+ 3+ 4+ 5+").quantile(0.25)
    assert (first.time, first.lower, first.upper) == (1, 1, 1)


def test_limits_where_one_step_passes_them_all():
    """Ten subjects, six events on day 1; limits as R 4.2 gives them (survival, conf.type log-log)."""
    quartile = kaplan_meier(pd.Series([1.0] * 6 + [2, 3, 4, 5]), pd.Series([True] * 6 + [False] * 4)).quantile(0.25)
    assert (quartile.time, quartile.lower, quartile.upper) == (1, 1, 1)


def test_subjects_without_a_time_are_left_out():
    assert kaplan_meier(pd.Series([1.0, np.nan]), pd.Series([True, True])).subjects == 1


def test_subjects_without_an_answer_are_left_out():
    """Without the second subject of 2, unknown 3, 4+ the reverse curve falls to 0 at 4."""
    days, happened = pd.Series([2.0, 3.0, 4.0]), pd.Series([True, pd.NA, False], dtype="boolean")
    curve = kaplan_meier(days, happened)
    assert (curve.subjects, curve.events) == (2, 1)
    assert median_follow_up(days, happened).time == 4


def test_follow_up_is_the_reverse_curve():
    """Ends of observation are the events: 2+, 4+, 6+ with an event at 3. S = 3/4 at 2, 3/8 at 4: the median is 4."""
    assert median_follow_up(*times_of("2+ 3 4+ 6+")).time == 4
    assert math.isnan(median_follow_up(*times_of("2 3")).time)


@pytest.mark.parametrize(
    ("k", "n", "lower", "upper"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_exact_interval_is_as_published_by_newcombe(k, n, lower, upper):
    """Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 5 (Clopper-Pearson)."""
    assert tuple(round(limit, 4) for limit in exact_interval(k, n)) == (lower, upper)


def test_exact_interval_of_none_all_and_nobody():
    """None of n: the upper limit u solves (1 - u)^n = 0.025; all of n is its mirror. n = 2: u = 1 - sqrt(0.025)."""
    assert exact_interval(0, 2) == pytest.approx((0, 1 - math.sqrt(0.025)))
    assert exact_interval(2, 2) == pytest.approx((math.sqrt(0.025), 1))
    assert all(math.isnan(limit) for limit in exact_interval(0, 0))


def test_exact_interval_of_another_level():
    """One of one at 90 %: the lower limit l solves l = 0.05."""
    assert exact_interval(1, 1, level=0.9) == pytest.approx((0.05, 1))


def test_quantiles_are_those_of_the_empirical_distribution_with_averaging():
    """Worked by hand: of 1, 2, 3, 10 a quarter is 1 (so 1.5, the middle of 1 and 2), three quarters 3 (so 6.5)."""
    found = describe(pd.Series([10.0, 1, np.nan, 3, 2]))
    assert (found.n, found.mean, found.q1, found.median, found.q3) == (4, 4, 1.5, 2.5, 6.5)
    assert (found.smallest, found.largest) == (1, 10)
    assert found.sd == pytest.approx(math.sqrt((9 + 4 + 1 + 36) / 3))


def test_summary_of_five_values_takes_values_that_are_there():
    found = describe(pd.Series([1.0, 2, 3, 4, 100]))
    assert (found.q1, found.median, found.q3) == (2, 3, 4)


def test_summary_of_one_and_of_no_value():
    one, none = describe(pd.Series([7.0])), describe(pd.Series([], dtype="float64"))
    assert (one.n, one.median, math.isnan(one.sd)) == (1, 7, True)
    assert (none.n, math.isnan(none.mean)) == (0, True)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(6.25, 1, "6.3"), (0.5, 0, "1"), (1.005, 2, "1.01"), (12.0, 1, "12.0"), (-6.25, 1, "-6.3"), (math.nan, 1, "NE")],
)
def test_a_half_is_rounded_away_from_zero(value, decimals, text):
    assert rounded(value, decimals) == text


def test_percent_of_nobody_is_not_estimable():
    assert percent(1, 16) == 6.25
    assert math.isnan(percent(0, 0))


def test_zero_has_no_sign():
    assert [rounded(-0.04, 1), rounded(-0.4, 0), rounded(-0.05, 1)] == ["0.0", "0", "-0.1"]
