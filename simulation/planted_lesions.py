"""Errors of lesions and PET: responses that the lesions contradict, sizes, lines and scores that cannot be right."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.planting import Work, kind
from simulation.text import numbers

#: What says that an assessment rests on PET, in the forms rs and og.
_PET_OF_RESPONSE = ("PETDAT", "METBRESP")
_PET_OF_ORGANS = ("OGPETDAT", "OG5PS", "OGUPT", "OGMARROW")


def _visit(work: Work, form: str) -> pd.Series:
    """Return subject, event and repeat of each record of a form in one text."""
    frame = work.forms[form]
    subject, event, repeat = (frame[work.name(form, role)].fillna("") for role in ("subject", "event", "event_repeat"))
    return subject + "|" + event + "|" + repeat


def _follow_up(work: Work, form: str) -> pd.Series:
    known = work.subject(form).notna()
    return known & (work.event(form) != work.plan.events.screening)


def _numbers(work: Work, form: str, column: str) -> pd.Series:
    return pd.to_numeric(work.forms[form][column], errors="coerce")


@kind("new_lesion_not_pd", "rs")
def new_lesion_not_pd(work: Work) -> None:
    """Call an assessment with a new lesion stable disease."""
    frame, overall = work.forms["rs"], work.plan.scans.overall
    rows = work.choose("rs", (frame["NEWLYN"] == work.plan.yes) & (frame["OVRLRESP"] == overall["PD"]))
    work.change("rs", rows, "OVRLRESP", overall["SD"])


@kind("complete_response_with_large_node", "rs")
def complete_response_with_large_node(work: Work) -> None:
    """Take away the PET of a complete response that has a node longer than 15 mm on CT."""
    frame, lines = work.forms["rs"], work.forms["tl"]
    lesion = work.subject("tl") + "|" + lines["TLNO"]
    node = lesion.isin(lesion[lines["TLTYPE"] == work.plan.lesions.wording.kinds[0]])
    large = node & (_numbers(work, "tl", "TLLD") > 15)
    with_node = _visit(work, "rs").isin(_visit(work, "tl")[large])
    complete = (frame["OVRLRESP"] == work.plan.scans.overall["CR"]) & frame["PETDAT"].notna() & frame["NEWLYN"].notna()
    organs = _visit(work, "og")
    rows = work.choose("rs", complete & with_node & _visit(work, "rs").isin(organs))
    for column in _PET_OF_RESPONSE:
        work.change("rs", rows, column, None)
    of_organs = np.flatnonzero(organs.isin(_visit(work, "rs").iloc[rows]))
    for column in _PET_OF_ORGANS:
        work.change("og", of_organs, column, None)


@kind("spd_wrong", "rs")
def spd_wrong(work: Work) -> None:
    """Enter a sum of products that is not that of the lines."""
    total = _numbers(work, "rs", "TRGSPD")
    rows = work.choose("rs", total > 0)
    work.change("rs", rows, "TRGSPD", numbers(total.iloc[rows].to_numpy() + work.draws.days((60, 900), len(rows)), 0))


def _next_lines(work: Work, form: str, chosen: pd.DataFrame) -> pd.Series:
    """Return the line number after the last one of a record's visit."""
    line = work.name(form, "group_repeat")
    visit = _visit(work, form)
    last = pd.to_numeric(work.forms[form][line]).groupby(visit).transform("max")
    return (last.loc[chosen.index].astype("float64") + 1).astype("int64").astype("str")


@kind("lesion_never_identified", "tl")
def lesion_never_identified(work: Work) -> None:
    """Enter a lesion at follow-up that was never identified before."""
    lines = work.forms["tl"]
    rows = work.choose("tl", _follow_up(work, "tl") & lines["TLLD"].notna() & lines["TLCHG"].isna())
    chosen = lines.iloc[rows].drop_duplicates(work.name("tl", "subject"))
    line = work.name("tl", "group_repeat")
    work.add("tl", chosen.assign(TLNO="T09", **{line: _next_lines(work, "tl", chosen)}), "TLNO")


@kind("lesion_unit", "tl")
def lesion_unit(work: Work) -> None:
    """Enter the diameters of a lesion in cm."""
    rows = work.choose("tl", work.forms["tl"]["TLLD"].notna() & work.forms["tl"]["TLPD"].notna())
    for column in ("TLLD", "TLPD"):
        size = _numbers(work, "tl", column).iloc[rows].to_numpy(dtype="float64")
        work.change("tl", rows, column, numbers(size / 10, 1))


@kind("perpendicular_longer", "tl")
def perpendicular_longer(work: Work) -> None:
    """Exchange the diameters of a lesion."""
    long, across = work.forms["tl"]["TLLD"], work.forms["tl"]["TLPD"]
    rows = work.choose("tl", _numbers(work, "tl", "TLLD") > _numbers(work, "tl", "TLPD"))
    work.change("tl", rows, "TLLD", across.iloc[rows])
    work.change("tl", rows, "TLPD", long.iloc[rows])


@kind("target_not_measured", "tl")
def target_not_measured(work: Work) -> None:
    """Leave out a target lesion at one follow-up."""
    lines = work.forms["tl"]
    among_others = _visit(work, "tl").duplicated(keep=False)
    work.remove("tl", work.choose("tl", _follow_up(work, "tl") & among_others & lines["TLCHG"].isna()))


@kind("pet_score_contradicts", "og")
def pet_score_contradicts(work: Work) -> None:
    """Give a complete metabolic response the highest score."""
    complete = _visit(work, "rs")[work.forms["rs"]["METBRESP"] == work.plan.scans.metabolic["CR"]]
    good = work.forms["og"]["OG5PS"].isin(list(work.plan.lesions.uptake.complete))
    rows = work.choose("og", good & _visit(work, "og").isin(complete) & _follow_up(work, "og"))
    work.change("og", rows, "OG5PS", "5")
