"""What the page of a parameter counts and which subjects it shows: whole columns, whatever the study's size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from clinical.findings import as_text
from reports.trace_places import anchor_of
from specs.model.dataset import DatasetSpec

#: The most subjects that a page lists under one value; the first ones by USUBJID are taken.
MOST_SUBJECTS = 60
#: The most subjects and records whose chains a page holds; with more, it shows fewer subjects of each value.
MOST_SHOWN = 80
MOST_RECORDS = 300
_FEWER = (MOST_SUBJECTS, 40, 25, 15, 10, 6, 4, 2, 1)
#: The most values that a page lists of one division, in their order; it says how many more there are.
MOST_LISTED = 200
#: With more values than this, records are grouped by something else.
_MOST_VALUES = 12
#: Results that have an order of their own; others follow by frequency.
_KNOWN = ("Y", "N", "CR", "CRi", "PR", "SD", "PD", "NE")
#: What groups the records of a parameter with numbers, where the dataset has it.
_GRADES = ("AVALCAT1", "ATOXGR", "ATOXGRH", "ATOXGRL", "ANRIND")


@dataclass(frozen=True)
class ValueGroup:
    """The records with one value: how many, of how many subjects, and the first of these by USUBJID."""

    label: str
    anchors: tuple[str, ...]
    subjects: int
    records: int
    listed: tuple[str, ...]


@dataclass(frozen=True)
class Cut:
    """One way to divide the records of a page, as by value or by grade."""

    title: str
    groups: tuple[ValueGroup, ...]
    #: How many values are not listed.
    left_out: int


@dataclass(frozen=True)
class PagePlan:
    """One page: its counts, and `shown`, the subjects whose chains it holds."""

    dataset: str
    paramcd: str
    param: str
    subjects: int
    records: int
    cuts: tuple[Cut, ...]
    shown: tuple[str, ...]
    #: Whether every subject has one record and every record one value, so that subjects stand under their value.
    single: bool

    @property
    def flat(self) -> bool:
        """Whether every subject has one record."""
        return self.subjects == self.records


def plan_pages(spec: DatasetSpec, frame: pd.DataFrame) -> tuple[PagePlan, ...]:
    """Return the pages of an analysis dataset: one a parameter by PARAMN, else one for all its records."""
    if "USUBJID" not in frame or frame.empty:
        return ()
    if "PARAMCD" not in frame:
        return (_plan(spec, frame, "", spec.label),)
    named = frame.groupby("PARAMCD", sort=True)[[name for name in ("PARAM", "PARAMN") if name in frame]].first()
    if "PARAMN" in named:
        named = named.sort_values("PARAMN", kind="stable")
    rows = dict(list(frame.groupby("PARAMCD", sort=False)))
    params = named["PARAM"] if "PARAM" in named else named.index.to_series()
    return tuple(
        _plan(spec, rows[code], str(code), str(param)) for code, param in zip(named.index, params, strict=True)
    )


def _plan(spec: DatasetSpec, rows: pd.DataFrame, paramcd: str, param: str) -> PagePlan:
    taken: dict[str, int] = {}
    cuts = tuple(
        _cut(rows, title, values, anchors, taken) for title, values, anchors in _cuts(spec, rows)
    )  # fmt: skip
    first = next(iter(_cuts(spec, rows)))[1]
    listed = first.where(first.isin([group.label for group in cuts[0].groups]))
    single = len(cuts) == 1 and not rows["USUBJID"].duplicated().any()
    shown = _shown(rows, listed)
    return PagePlan(spec.name, paramcd, param, rows["USUBJID"].nunique(), len(rows), cuts, shown, single)


def _cuts(spec: DatasetSpec, rows: pd.DataFrame) -> Iterator[tuple[str, pd.Series, str]]:
    """Yield the ways to divide the records: a title, the value of each record, and what its anchors start with."""
    labels = {one.name: one.label for one in spec.variables}
    if "CNSR" in rows:
        yield "Events and censoring", _outcomes(rows), ""
        return
    terms = [name for name in spec.names if name in rows and re.fullmatch(r"[A-Z]{2}DECOD", name)]
    flags = [name for name in spec.names if name in rows and re.fullmatch(r"\w+FL|CQ\d\dNAM", name)]
    if "PARAMCD" in rows:
        yield _value_cut(labels, rows)
    elif terms:
        yield labels[terms[0]], _texts(rows, terms[0]), ""
        for name in (*(name for name in ("ATOXGR", "ASTCTGR") if name in rows), *flags):
            yield f"{labels[name]} ({name})", _texts(rows, name), f"{name}-"
    elif flags:
        yield "All subjects", pd.Series("All subjects", index=rows.index), ""
        for name in flags:
            yield f"{labels[name]} ({name})", _texts(rows, name), f"{name}-"
    else:
        yield "All records", pd.Series("All records", index=rows.index), ""


def _value_cut(labels: dict[str, str], rows: pd.DataFrame) -> tuple[str, pd.Series, str]:
    """Return the division by AVALC where it has few values, else by grade, else none."""
    if "AVALC" in rows and 0 < rows["AVALC"].nunique() <= _MOST_VALUES:
        return "Values", _texts(rows, "AVALC"), ""
    for name in _GRADES:
        if name in rows and rows[name].notna().any():
            return f"{labels[name]} ({name})", _texts(rows, name), f"{name}-"
    return "All records", pd.Series("All records", index=rows.index), ""


def _texts(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return the values of a column as text, missing as NA."""
    texts = as_text(rows[name])
    return texts.mask(texts == "")


def _outcomes(rows: pd.DataFrame) -> pd.Series:
    """Return how each time ends: `Event: DEATH`, `Censored (2): NEW ANTI-CANCER THERAPY`."""
    number = as_text(rows["CNSR"])
    kind = ("Censored (" + number + ")").mask(number == "0", "Event")
    outcomes: pd.Series = (kind + ": " + as_text(rows["EVNTDESC"])) if "EVNTDESC" in rows else kind
    return outcomes


def _pairs(rows: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    """Return each value with each of its subjects once, by USUBJID, and the place of the subject under the value."""
    pairs = pd.DataFrame({"value": values, "subject": rows["USUBJID"]}).dropna().drop_duplicates()
    pairs = pairs.sort_values(["value", "subject"], kind="stable")
    return pairs.assign(place=pairs.groupby("value").cumcount())


def _cut(rows: pd.DataFrame, title: str, values: pd.Series, prefix: str, taken: dict[str, int]) -> Cut:
    """Return a division with the first `MOST_LISTED` of its values."""
    pairs = _pairs(rows, values)
    records, subjects = values.value_counts().to_dict(), pairs["value"].value_counts().to_dict()
    ordered = sorted(subjects, key=lambda value: _order(str(value), subjects[value]))
    kept = ordered[:MOST_LISTED]
    pairs = pairs[(pairs["place"] < MOST_SUBJECTS) & pairs["value"].isin(kept)]
    listed = pairs.groupby("value")["subject"].agg(tuple).to_dict()
    groups = (
        ValueGroup(str(value), _anchors(str(value), prefix, taken), subjects[value], records[value], listed[value])
        for value in kept
    )
    return Cut(title, tuple(groups), len(ordered) - len(kept))


def _order(label: str, subjects: int) -> tuple[bool, int, int, str]:
    """Return what values are sorted by: events first, known results in their order, then by frequency and name."""
    known = _KNOWN.index(label) if label in _KNOWN else len(_KNOWN)
    return not label.startswith("Event: "), known, -subjects, label


def _anchors(label: str, prefix: str, taken: dict[str, int]) -> tuple[str, ...]:
    """Return the anchors of a value that no other has: `y`, `trtemfl-y`; of an outcome `death`, and `event` at first.

    An outcome is found by its description, and the first of its kind as `event` or `censored`. `taken` has the anchors
    of the page with the last number that was added to each.
    """
    kind, colon, text = label.partition(": ")
    is_outcome = colon and not prefix and re.fullmatch(r"Event|Censored \(\d+\)", kind)
    wanted = [anchor_of(prefix + (text if is_outcome else label))]
    if is_outcome:
        wanted.append(kind.partition(" ")[0].lower())
    anchors: list[str] = []
    for one in wanted:
        if one in taken and anchors:
            continue
        anchor, number = one, taken.get(one, 1)
        while anchor in taken:
            number += 1
            anchor = f"{one}-{number}"
        taken[one] = number
        taken.setdefault(anchor, 1)
        anchors.append(anchor)
    return tuple(anchors)


def _shown(rows: pd.DataFrame, values: pd.Series) -> tuple[str, ...]:
    """Return the subjects whose chains a page holds: the first of each value, as many as its records allow.

    Where one subject of each value is too much, the first of these by USUBJID.
    """
    pairs = _pairs(rows, values)
    sizes = rows["USUBJID"].value_counts()
    chosen: list[str] = []
    for most in _FEWER:
        chosen = sorted(pairs.loc[pairs["place"] < most, "subject"].unique())
        if len(chosen) <= MOST_SHOWN and int(sizes[chosen].sum()) <= MOST_RECORDS:
            return tuple(chosen)
    few = sizes[chosen]
    few = few[few <= MOST_RECORDS]
    return tuple(few.index[few.cumsum() <= MOST_RECORDS][:MOST_SHOWN])
