"""Who enters the trial: sites, staggered consent, demographics, and the decision on eligibility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.draws import NEVER, Draws, Flags, Floats, Ints, ranks_within
from simulation.export import Rows
from simulation.text import Text, constant, dates, day_number, filled, flags, numbers, only, padded, texts
from specs.model.simulation import SimulationPlan
from specs.model.simulation_basics import ReasonName

#: The reasons to leave, by position.
REASONS: tuple[ReasonName, ...] = (
    "completed",
    "death",
    "withdrawal",
    "lost",
    "progression",
    "adverse_event",
    "physician",
    "screen_failure",
    "manufacturing",
)


def reason(name: ReasonName) -> int:
    """Return the position of a reason."""
    return REASONS.index(name)


@dataclass(frozen=True)
class Subjects:
    """One element a subject, in the order of site and enrolment."""

    site: Ints
    keys: Text
    sites: Text
    consent: Floats
    visit: Floats
    decision: Floats
    eligible: Flags
    failure: Ints
    #: The day on which the subject leaves before leukapheresis, and why.
    left: Floats
    left_reason: Ints

    def __len__(self) -> int:
        return len(self.site)


def enrol(plan: SimulationPlan, count: int, seed: int) -> Subjects:
    """Return the subjects who gave consent."""
    draws = Draws(seed, "enrolment")
    site = draws.pick([one.weight for one in plan.sites], count)
    opens = np.array([one.opens for one in plan.sites], dtype="float64")[site]
    # Enrolment picks up speed after a site has opened.
    waited = np.floor(np.maximum(plan.calendar.accrual - opens, 1) * draws.uniform(count) ** plan.calendar.ramp)
    consent = day_number(plan.calendar.first_consent) + opens + waited
    order = np.lexsort((consent, site))
    site, consent = site[order], consent[order]
    number = ranks_within(site)
    digits = max(plan.subject_digits, len(str(int(number.max(initial=1)))))
    sites = texts([one.site for one in plan.sites], site)
    screening = plan.screening
    decision = consent + draws.days(screening.decision, count)
    withdraws = draws.chance(screening.withdrawal, count)
    fails = draws.chance(screening.failure, count) & ~withdraws
    leaves = np.where(withdraws, consent + draws.days((2, screening.decision[1]), count), NEVER)
    return Subjects(
        site=site,
        keys=filled(plan.subject_key, site=sites, number=padded(number, digits)),
        sites=sites,
        consent=consent,
        visit=np.minimum(consent + draws.days(screening.visit, count), np.where(withdraws, leaves, decision)),
        decision=np.where(withdraws, NEVER, decision),
        eligible=~(fails | withdraws),
        failure=np.where(fails, draws.pick(screening.failure_reasons.values(), count), -1),
        left=np.where(fails, decision, leaves),
        left_reason=np.where(fails, reason("screen_failure"), reason("withdrawal")),
    )


def screening_rows(plan: SimulationPlan, subjects: Subjects, cut: float, seed: int) -> list[Rows]:
    """Return the rows of the forms dm, ic and el."""
    everybody = np.arange(len(subjects), dtype="int64")
    event = plan.events.screening
    decided = np.isfinite(subjects.decision) & (subjects.decision <= cut)
    eligible = subjects.eligible[decided]
    failure = texts(list(plan.screening.failure_reasons), subjects.failure[decided])
    return [
        Rows("dm", everybody, event, _demographics(plan, subjects, seed)),
        Rows("ic", everybody, event, {"ICDAT": dates(subjects.consent)}),
        Rows(
            "el",
            everybody[decided],
            event,
            {
                "ELDAT": dates(subjects.decision[decided]),
                "ELYN": flags(eligible, plan.yes, plan.no),
                "ELREAS": only(~eligible, failure),
            },
        ),
    ]


def sexes(plan: SimulationPlan, screening: Sequence[Rows]) -> Ints:
    """Return the sex of each subject, by position in the plan, as the form dm has it."""
    recorded = next(rows.items["SEX"] for rows in screening if "SEX" in rows.items)
    codes = pc.index_in(recorded, pa.array(list(plan.demography.sex), type=pa.large_string()))
    return np.asarray(codes.to_numpy(zero_copy_only=False), dtype="int64")


def _demographics(plan: SimulationPlan, subjects: Subjects, seed: int) -> dict[str, Text]:
    draws = Draws(seed, "demographics")
    demography, count = plan.demography, len(subjects)
    spread = demography.age
    age = np.clip(np.floor(spread.mean + spread.sd * draws.normal(count)), spread.minimum, spread.maximum)
    country = texts([one.country for one in plan.sites], subjects.site)
    race: Text = constant(None, count)
    ethnicity: Text = constant(None, count)
    # A handful of countries, not subjects.
    for name in dict.fromkeys(one.country for one in plan.sites):
        here = np.isin(subjects.site, [at for at, one in enumerate(plan.sites) if one.country == name])
        races, ethnicities = demography.race[name], demography.ethnicity[name]
        race = _where(here, texts(list(races), draws.pick(races.values(), count)), race)
        ethnicity = _where(here, texts(list(ethnicities), draws.pick(ethnicities.values(), count)), ethnicity)
    return {
        "AGE": numbers(age, 0),
        "SEX": texts(list(demography.sex), draws.pick(demography.sex.values(), count)),
        "RACE": race,
        "ETHNIC": ethnicity,
        "COUNTRY": country,
    }


def _where(condition: Flags, left: Text, right: Text) -> Text:
    return pc.if_else(pa.array(condition), left, right)
