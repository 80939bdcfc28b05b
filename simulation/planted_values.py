"""Errors of values: unmapped texts, seriousness, fatality, grades, relationships, doses and responses."""

from __future__ import annotations

import pandas as pd

from simulation.planting import Work, complete_days, kind, with_columns
from simulation.text import numbers


def _unmapped(work: Work, form: str, column: str, text: str) -> None:
    rows = work.choose(form, work.forms[form][column].notna() & work.subject(form).notna())
    work.change(form, rows, column, text)


@kind("unmapped_outcome", "ae")
def unmapped_outcome(work: Work) -> None:
    """Enter an outcome that no codelist knows."""
    events = work.forms["ae"]
    rows = work.choose("ae", events["AEENDAT"].notna() & (events["AEOUT"].str.casefold() != "fatal"))
    work.change("ae", rows, "AEOUT", "Resolved (see source)")


@kind("unmapped_sex", "dm")
def unmapped_sex(work: Work) -> None:
    """Enter a sex that no codelist knows."""
    _unmapped(work, "dm", "SEX", "Mal")


@kind("unmapped_reason", "eos")
def unmapped_reason(work: Work) -> None:
    """Enter a reason for the end of study that no codelist knows."""
    dead = work.subject("eos").isin(work.subject("dth"))
    work.change("eos", work.choose("eos", ~dead), "EOSREAS", "Moved abroad")


@kind("unmapped_response", "rs")
def unmapped_response(work: Work) -> None:
    """Enter a response that Lugano does not have."""
    _unmapped(work, "rs", "OVRLRESP", "VGPR")


@kind("unusual_response", "rs")
def unusual_response(work: Work) -> None:
    """Enter CRi, a category of leukaemia, for a complete response."""
    work.change("rs", work.choose("rs", work.forms["rs"]["OVRLRESP"] == "CR"), "OVRLRESP", "CRi")


@kind("serious_without_criterion", "ae")
def serious_without_criterion(work: Work) -> None:
    """Deny every criterion of a serious event."""
    events, rules = work.forms["ae"], work.plan.adverse_events
    hospital, threat = rules.criteria["hospital"], rules.criteria["life_threatening"]
    one = (events[hospital] == work.plan.yes) & (events[threat] != work.plan.yes)
    rows = work.choose("ae", one & (events["AEOUT"].str.casefold() != "fatal"))
    work.change("ae", rows, hospital, work.plan.no)


@kind("criterion_without_serious", "ae")
def criterion_without_serious(work: Work) -> None:
    """Tick hospitalisation for an event that is not serious."""
    events = work.forms["ae"]
    rows = work.choose("ae", events["AESER"].str.casefold() == work.plan.no.casefold())
    work.change("ae", rows, work.plan.adverse_events.criteria["hospital"], work.plan.yes)


def _alive(work: Work) -> pd.Series:
    return ~work.subject("ae").isin(work.subject("dth")) & work.subject("ae").notna()


@kind("fatal_without_death", "ae")
def fatal_without_death(work: Work) -> None:
    """Call an event fatal whose subject lives."""
    rows = work.choose("ae", _alive(work) & work.forms["ae"]["AEENDAT"].notna())
    work.change("ae", rows, "AEOUT", work.plan.adverse_events.outcomes["fatal"])


@kind("grade5_not_fatal", "ae")
def grade5_not_fatal(work: Work) -> None:
    """Give an event that was survived grade 5."""
    rows = work.choose("ae", _alive(work) & work.forms["ae"]["AETOXGR"].isin(["3", "4"]))
    work.change("ae", rows, "AETOXGR", "5")


@kind("relationship_missing", "ae")
def relationship_missing(work: Work) -> None:
    """Leave the relationship to treatment open."""
    work.change("ae", work.choose("ae", work.forms["ae"]["AEREL"].notna()), "AEREL", None)


@kind("grade_missing", "ae")
def grade_missing(work: Work) -> None:
    """Leave the grade open."""
    work.change("ae", work.choose("ae", work.forms["ae"]["AETOXGR"].isin(["1", "2"])), "AETOXGR", None)


@kind("resolved_without_end", "ae")
def resolved_without_end(work: Work) -> None:
    """Leave out the end of an event that is over."""
    events = work.forms["ae"]
    rows = work.choose("ae", events["AEENDAT"].notna() & (events["AEOUT"].str.casefold() != "fatal"))
    work.change("ae", rows, "AEENDAT", None)


@kind("dose_unit_missing", "inf")
def dose_unit_missing(work: Work) -> None:
    """Leave a dose without its unit."""
    work.change("inf", work.choose("inf", work.forms["inf"]["INFDOSU"].notna()), "INFDOSU", None)


@kind("dose_tenfold", "inf")
def dose_tenfold(work: Work) -> None:
    """Put the decimal point of a dose one place too far."""
    _multiplied(work, 10)


@kind("dose_in_cells", "inf")
def dose_in_cells(work: Work) -> None:
    """Enter the absolute number of cells for 10^6 of them."""
    _multiplied(work, 1_000_000)


def _multiplied(work: Work, factor: int) -> None:
    dose = pd.to_numeric(work.forms["inf"]["INFDOSE"], errors="coerce")
    rows = work.choose("inf", dose.notna())
    work.change("inf", rows, "INFDOSE", numbers(dose.iloc[rows].to_numpy(dtype="float64") * factor, 2))


@kind("dose_not_a_number", "ld")
def dose_not_a_number(work: Work) -> None:
    """Enter a dose with a comma for the decimal point."""
    rows = work.choose("ld", work.forms["ld"]["LDDOSE"].notna())
    work.change("ld", rows, "LDDOSE", work.forms["ld"]["LDDOSE"].iloc[rows].str.replace(r"\..*", "", regex=True) + ",5")


@kind("dose_unit_wrong", "ld")
def dose_unit_wrong(work: Work) -> None:
    """Give a dose per m2 in plain mg."""
    work.change("ld", work.choose("ld", work.forms["ld"]["LDDOSU"].notna()), "LDDOSU", "mg")


@kind("product_order", "inf")
def product_order(work: Work) -> None:
    """Call the first product by the name of the last one."""
    products = work.plan.products
    first = (work.event("inf") == products[0].event) & work.forms["inf"]["INFDAT"].notna()
    work.change("inf", work.choose("inf", first), "INFPROD", products[-1].product)


def _twice_complete(work: Work) -> tuple[pd.Series, pd.Series]:
    """Return which complete responses have a later one, and which an earlier one, of the same subject."""
    frame = work.forms["rs"]
    scans = [complete_days(frame["CTDAT"]), complete_days(frame["PETDAT"])]
    scan = pd.concat(scans, axis="columns").min(axis="columns")
    complete = scan.where((frame["OVRLRESP"] == "CR") & (work.event("rs") != work.plan.events.unscheduled))
    by_subject = complete.groupby(work.subject("rs"))
    last, first = by_subject.transform("max"), by_subject.transform("min")
    return complete.notna() & (complete < last), complete.notna() & (complete > first)


@kind("progression_then_response", "rs")
def progression_then_response(work: Work) -> None:
    """Enter a progression before a complete response that nothing explains."""
    followed, _ = _twice_complete(work)
    work.change("rs", work.choose("rs", followed), "OVRLRESP", work.plan.scans.overall["PD"])


@kind("complete_then_partial", "rs")
def complete_then_partial(work: Work) -> None:
    """Enter a partial response after a complete one."""
    _, preceded = _twice_complete(work)
    work.change("rs", work.choose("rs", preceded), "OVRLRESP", work.plan.scans.overall["PR"])


@kind("discordant_same_day", "rs")
def discordant_same_day(work: Work) -> None:
    """Add a second report of the same scans with another response, as an unscheduled assessment."""
    frame = work.forms["rs"]
    known = frame["OVRLRESP"].isin(["CR", "PR", "SD"]) & work.subject("rs").notna()
    rows = work.choose("rs", known & (work.event("rs") != work.plan.events.unscheduled))
    subject, event, repeat = (work.name("rs", role) for role in ("subject", "event", "event_repeat"))
    second = frame.iloc[rows].drop_duplicates(subject)
    visits = work.forms["vd"]
    unscheduled = visits[work.event("vd") == work.plan.events.unscheduled]
    last = pd.to_numeric(unscheduled[work.name("vd", "event_repeat")]).groupby(unscheduled[subject]).max()
    number = (second[subject].map(last).astype("float64").fillna(0) + 1).astype("int64").astype("str")
    other = second["OVRLRESP"].map({"CR": "PR", "PR": "PD", "SD": "PD"})
    # Lesions are read once: the second report gives no more than the responses.
    unread = {name: pd.Series(index=second.index, dtype="str") for name in ("TRGRESP", "NTRGRESP", "NEWLYN", "TRGSPD")}
    second = with_columns(second, {event: work.plan.events.unscheduled, repeat: number, **unread})
    second = second.assign(OVRLRESP=other)
    work.add("rs", second, "OVRLRESP")
    visit = pd.DataFrame(index=second.index, columns=visits.columns, dtype="str")
    for role in ("subject", "site", "event", "event_repeat"):
        visit[work.name("vd", role)] = second[work.name("rs", role)]
    visit = visit.assign(VDYN=work.plan.yes, VDDAT=second["CTDAT"].fillna(second["PETDAT"]))
    work.add("vd", visit, "VDDAT", listed=False)
