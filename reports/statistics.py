"""The statistics behind tables and figures: survival curves, exact intervals, quantiles.

What is not estimable is missing (NaN); how it is shown is for who shows it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd

#: Two probabilities that differ by less are one: products of fractions do not hit 0.5 exactly.
_SAME = 1e-10


@dataclass(frozen=True)
class Quantile:
    """The time by which a share of the subjects had the event, with its confidence limits; NaN where not reached."""

    p: float
    time: float
    lower: float
    upper: float


@dataclass(frozen=True)
class KaplanMeier:
    """A survival curve.

    `steps` has one row a distinct time, the first at 0, with TIME, AT_RISK (just before it), EVENTS, CENSORED,
    SURVIVAL (from that time on), LOWER, UPPER and STDERR (Greenwood).
    """

    steps: pd.DataFrame
    level: float = 0.95
    #: The statsmodels curve; None without an event.
    _curve: Any = field(default=None, repr=False, compare=False)

    @property
    def subjects(self) -> int:
        """The number of subjects with a time."""
        return int(self.steps["AT_RISK"].iloc[0])

    @property
    def events(self) -> int:
        """The number of events."""
        return int(self.steps["EVENTS"].sum())

    def at(self, times: Sequence[float]) -> pd.DataFrame:
        """Return TIME, AT_RISK, SURVIVAL, LOWER, UPPER at each of `times`.

        **Rule**: the value of the step at or before the time; AT_RISK counts the subjects whose time is not below it.
        **Missing**: the survival after the longest time, unless the curve has reached 0 by then.
        """
        asked = np.asarray(times, dtype="float64")
        known = self.steps["TIME"].to_numpy(dtype="float64")
        place = np.searchsorted(known, asked, side="right") - 1
        found = self.steps[["SURVIVAL", "LOWER", "UPPER"]].iloc[place].reset_index(drop=True)
        ended = (asked > known[-1]) & found["SURVIVAL"].ne(0).to_numpy()
        leaving = (self.steps["EVENTS"] + self.steps["CENSORED"]).to_numpy(dtype="float64")
        left_before = np.concatenate([[0.0], np.cumsum(leaving)])[np.searchsorted(known, asked, side="left")]
        at_risk = (self.subjects - left_before).astype("int64")
        found.loc[ended] = np.nan
        return pd.DataFrame({"TIME": asked, "AT_RISK": at_risk}).join(found)

    def quantile(self, p: float = 0.5) -> Quantile:
        """Return the time by which the share `p` had the event; `p=0.5` is the median.

        **Rule**: the first time at which survival is below 1 - p; where it equals 1 - p over an interval, the middle
        of that interval. The limits are the first of the event times whose log-log test does not reject 1 - p, and
        the event time after the last of them; where one step passes 1 - p and all its limits, the event times at which
        the limits of the curve do.
        **Missing**: the time where survival never falls that far; a limit where the curve ends before it.
        **Reference**: Brookmeyer and Crowley 1982; SAS/STAT LIFETEST, Computational Formulas.
        """
        if self._curve is None:
            return Quantile(p, np.nan, np.nan, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            lower, upper = self._curve.quantile_ci(p, alpha=1 - self.level, method="cloglog")
        times, survival = self._curve.surv_times, self._curve.surv_prob
        below = np.flatnonzero(survival < 1 - p - _SAME)
        equal = np.flatnonzero(np.abs(survival - (1 - p)) <= _SAME)
        time = float(times[below[0]]) if below.size else np.nan
        if equal.size and below.size:
            time = (float(times[equal[0]]) + time) / 2
        if below.size and not np.isfinite(lower):
            lower, upper = self._first_limits_below(1 - p)
        return Quantile(p, time, float(lower), float(upper) if np.isfinite(upper) else np.nan)

    def _first_limits_below(self, share: float) -> tuple[float, float]:
        """Return the first event times at which the lower limit, and the upper one, is below a share; NaN without."""
        events = self.steps[self.steps["EVENTS"] > 0]
        below = (events["LOWER"] <= share, events["UPPER"] < share)
        lower, upper = (float(events.loc[holds, "TIME"].min()) for holds in below)
        return lower, upper


def kaplan_meier(days: pd.Series, happened: pd.Series, level: float = 0.95) -> KaplanMeier:
    """Return the Kaplan-Meier curve of times and whether the event happened then (else censored then).

    **Rule**: a subject censored on the day of an event was at risk for it. Limits are those of log(-log S) with
    Greenwood's variance, never outside 0 to 1; where S is 1 they are 1.
    **Missing**: subjects without a time, or of whom it is not said whether it happened, are left out; the limits where
    S is 0.
    **Reference**: Kaplan and Meier 1958; Kalbfleisch and Prentice 1980 (log-log limits, the default of SAS LIFETEST).
    """
    times = pd.to_numeric(days).to_numpy(dtype="float64", na_value=np.nan)
    known = ~np.isnan(times) & happened.notna().to_numpy(dtype=bool)
    events = happened.fillna(False).to_numpy(dtype=bool)[known]
    times = times[known]
    distinct = np.union1d(times, [0.0])
    place = np.searchsorted(distinct, times)
    died = np.bincount(place[events], minlength=len(distinct))
    censored = np.bincount(place[~events], minlength=len(distinct))
    at_risk = len(times) - np.concatenate([[0], np.cumsum(died + censored)[:-1]])
    curve = _fitted(times, events)
    survival, error = np.ones(len(distinct)), np.zeros(len(distinct))
    if curve is not None:
        step = np.searchsorted(curve.surv_times, distinct, side="right")
        survival = np.concatenate([[1.0], curve.surv_prob])[step]
        error = np.concatenate([[0.0], curve.surv_prob_se])[step]
    lower, upper = _log_log_limits(survival, error, level)
    steps = pd.DataFrame(
        {
            "TIME": distinct,
            "AT_RISK": at_risk,
            "EVENTS": died,
            "CENSORED": censored,
            "SURVIVAL": survival,
            "LOWER": lower,
            "UPPER": upper,
            "STDERR": error,
        }
    )
    return KaplanMeier(steps, level, curve)


def _fitted(times: np.ndarray, events: np.ndarray) -> Any:
    """Return statsmodels' curve, or None where there is no event to make one of."""
    if not events.any():
        return None
    from statsmodels.duration.survfunc import SurvfuncRight

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return SurvfuncRight(times, events.astype("int64"))


def _log_log_limits(survival: np.ndarray, error: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import norm

    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.exp(norm.ppf((1 + level) / 2) * error / (survival * np.abs(np.log(survival))))
        lower, upper = survival**spread, survival ** (1 / spread)
    certain = survival == 1
    return np.where(certain, 1.0, lower), np.where(certain, 1.0, upper)


def median_follow_up(days: pd.Series, happened: pd.Series, level: float = 0.95) -> Quantile:
    """Return the median follow-up by the reverse Kaplan-Meier method.

    **Rule**: the median of the curve in which an end of observation is the event, and the event censors.
    **Reference**: Schemper and Smith 1996.
    """
    known = happened.notna()
    return kaplan_meier(days[known], ~happened[known].astype(bool), level).quantile(0.5)


def exact_interval(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact confidence interval of a share, k of n.

    **Rule**: the quantiles of the beta distribution that solve the binomial tails at half of 1 - level each; the lower
    limit is 0 for none, the upper 1 for all.
    **Missing**: both limits where n is 0.
    **Reference**: Clopper and Pearson 1934.
    """
    if not n:
        return np.nan, np.nan
    from scipy.stats import beta

    tail = (1 - level) / 2
    lower = 0.0 if k == 0 else float(beta.ppf(tail, k, n - k + 1))
    upper = 1.0 if k == n else float(beta.ppf(1 - tail, k + 1, n - k))
    return lower, upper


@dataclass(frozen=True)
class Distribution:
    """Numbers summed up; NaN where there are too few."""

    n: int
    mean: float
    sd: float
    median: float
    q1: float
    q3: float
    smallest: float
    largest: float


def describe(values: pd.Series) -> Distribution:
    """Return the summary of numbers, missing ones left out.

    **Rule**: the standard deviation has n - 1 below it. A quantile whose place falls between two values is their
    middle, else it is the next value (the empirical distribution with averaging; definition 5 of SAS).
    **Missing**: everything without a value; the standard deviation of a single one.
    **Reference**: Hyndman and Fan 1996, type 2.
    """
    numbers = pd.to_numeric(values).to_numpy(dtype="float64", na_value=np.nan)
    numbers = numbers[~np.isnan(numbers)]
    if not numbers.size:
        return Distribution(0, *[np.nan] * 7)
    q1, median, q3 = np.quantile(numbers, [0.25, 0.5, 0.75], method="averaged_inverted_cdf")
    sd = float(numbers.std(ddof=1)) if numbers.size > 1 else np.nan
    return Distribution(
        numbers.size,
        float(numbers.mean()),
        sd,
        float(median),
        float(q1),
        float(q3),
        float(numbers.min()),
        float(numbers.max()),
    )


def percent(k: int, n: int) -> float:
    """Return k of n in percent; NaN where n is 0."""
    return 100 * k / n if n else np.nan


def rounded(value: float, decimals: int) -> str:
    """Return a number as text with so many decimals, a half rounded away from zero, zero without a sign; `NE` for NaN.

    ```text
    rounded(6.25, 1) -> 6.3      rounded(0.5, 0) -> 1      rounded(nan, 1) -> NE
    ```
    """
    if np.isnan(value):
        return "NE"
    found = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return str(found if found else abs(found))
