"""The rows of the end of treatment with each product, the end of study and death."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.disease import OF_DISEASE, OF_OTHER, Fate
from simulation.draws import Draws, Floats, Ints
from simulation.export import Rows
from simulation.participation import Participation
from simulation.subjects import REASONS, reason
from simulation.text import DAY, Text, constant, dates, flags, only, partly_known, texts
from simulation.treatment import DETERIORATION, PROGRESSION, REFUSAL, SYNDROME, Infusions, Preparation
from specs.model.simulation import SimulationPlan


@dataclass(frozen=True)
class Deaths:
    """How much of each date of death is known, and the term of the event that a death by toxicity has (else -1)."""

    known: Ints
    term: Ints


def draw_deaths(plan: SimulationPlan, participation: Participation, fate: Fate, seed: int) -> Deaths:
    """Return what is known of the deaths: only a death of the disease, away from the site, has a partial date."""
    draws = Draws(seed, "deaths")
    count = len(fate.death)
    unknown = plan.partial_dates.get("dth.DTHDAT")
    known = partly_known(unknown.day, unknown.month, draws, count) if unknown else np.full(count, DAY, dtype="int64")
    away = participation.documented_progression + plan.fates.away_after_progression <= fate.death
    at_site = (fate.cause != OF_DISEASE) | ~away
    terms = plan.adverse_events.fatal.terms
    toxic = participation.died & (fate.cause != OF_DISEASE) & (fate.cause != OF_OTHER)
    return Deaths(np.where(at_site, DAY, known), np.where(toxic, draws.pick(terms.values(), count), -1))


def disposition_rows(
    plan: SimulationPlan,
    preparation: Preparation,
    infusions: Infusions,
    participation: Participation,
    fate: Fate,
    deaths: Deaths,
    cut: float,
    seed: int,
) -> list[Rows]:
    """Return the rows of the forms pd, eos and dth."""
    ended = np.flatnonzero(participation.end <= cut)
    died = np.flatnonzero(participation.died)
    event = plan.events.end_of_study
    known = np.where(participation.died, deaths.known, DAY)
    study = texts([plan.reasons[name].study for name in REASONS], participation.end_reason[ended])
    rows = [
        Rows("eos", ended, event, {"EOSREAS": study, "EOSDAT": dates(participation.end[ended], known[ended])}),
        Rows(
            "dth",
            died,
            event,
            {
                "DTHDAT": dates(participation.end[died], known[died]),
                "DTHCAUS": _causes(plan, fate, deaths, died, seed),
                "DTHAUTO": flags(Draws(seed, "autopsies").chance(plan.clinic.autopsy, len(died)), plan.yes, plan.no),
            },
        ),
    ]
    for at, product in enumerate(plan.products):
        rows.append(_end_of_product(plan, at, product.product, preparation, infusions, participation, known))
    return rows


def _causes(plan: SimulationPlan, fate: Fate, deaths: Deaths, died: Ints, seed: int) -> Text:
    draws = Draws(seed, "causes of death")
    fates = plan.fates
    of_disease, of_other, of_event = fates.disease_causes, fates.other_causes, plan.adverse_events.fatal.terms
    table = [*of_disease, *of_other, *of_event]
    drawn_disease = draws.pick(of_disease.values(), len(died))
    drawn_other = len(of_disease) + draws.pick(of_other.values(), len(died))
    term = len(of_disease) + len(of_other) + deaths.term[died]
    code = np.where(deaths.term[died] >= 0, term, np.where(fate.cause[died] == OF_OTHER, drawn_other, drawn_disease))
    return texts(table, code)


def _end_of_product(
    plan: SimulationPlan,
    at: int,
    product: str,
    preparation: Preparation,
    infusions: Infusions,
    participation: Participation,
    known: Ints,
) -> Rows:
    """Return one row for each subject whose treatment with a product has ended, or will never begin."""
    last = infusions.last_part[:, at]
    stopped = infusions.second_withheld[:, at]
    planned = infusions.planned[:, at]
    withheld = infusions.withheld[:, at]
    given = np.isfinite(infusions.given[:, at])
    collected = preparation.collection <= participation.limit
    failed = ~given & (preparation.failure_known[:, at] <= participation.end)
    conditions = [given & ~stopped, given & stopped, withheld >= 0, failed]
    days = [last, last + 1, planned, preparation.failure_known[:, at]]
    by_withheld = np.zeros(4, dtype="int64")
    by_withheld[SYNDROME] = reason("adverse_event")
    by_withheld[REFUSAL] = reason("withdrawal")
    by_withheld[DETERIORATION] = reason("physician")
    by_withheld[PROGRESSION] = reason("progression")
    size = len(last)
    reasons = [
        np.full(size, reason("completed")),
        np.full(size, reason("adverse_event")),
        by_withheld[withheld],
        np.full(size, reason("manufacturing")),
    ]
    day: Floats = np.select(conditions, days, participation.end)
    why = np.select(conditions, reasons, participation.end_reason)
    here = np.flatnonzero(collected & (day <= participation.limit))
    ends_with_study = ~np.any(conditions, axis=0)
    level = np.where(ends_with_study, known, DAY)
    items = {
        "PDPROD": constant(product, len(here)),
        "PDREAS": texts([plan.reasons[name].treatment for name in REASONS], why[here]),
        "PDDAT": only(why[here] >= 0, dates(day[here], level[here])),
    }
    return Rows("pd", here, plan.events.end_of_treatment, items, order=(np.full(len(here), float(at)),))
