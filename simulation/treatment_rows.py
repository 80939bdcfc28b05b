"""The rows of leukapheresis, lymphodepletion and infusions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from simulation.draws import Draws, Floats, Ints
from simulation.export import Rows
from simulation.participation import Participation
from simulation.subjects import Subjects
from simulation.text import Text, clock, constant, dates, filled, numbers, texts
from simulation.treatment import Infusions, Preparation
from simulation.visit_rows import not_made
from specs.model.simulation import SimulationPlan
from specs.model.simulation_treatment import Product


@dataclass(frozen=True)
class Doses:
    """The doses of a product by part and subject: cells per kg, to two decimals, and the minute of the day."""

    parts: Floats
    minute: Floats


def draw_doses(plan: SimulationPlan, infusions: Infusions, seed: int) -> list[Doses]:
    """Return the doses of every product, in two parts where they are split."""
    found = []
    for at, product in enumerate(plan.products):
        draws = Draws(seed, f"doses of {product.event}")
        split, spread = infusions.split[:, at], product.dose
        count = len(split)
        dose = np.clip(spread.mean + spread.sd * draws.normal(count), spread.minimum, spread.maximum)
        low, high = product.split.first_part
        part = np.where(split, low + (high - low) * draws.uniform(count), 1)
        first = np.round(dose * part, 2)
        minute = draws.days(product.minutes, (2, count))
        found.append(Doses(np.stack([first, np.round(np.round(dose, 2) - first, 2)]), minute))
    return found


def treatment_rows(
    plan: SimulationPlan,
    subjects: Subjects,
    preparation: Preparation,
    infusions: Infusions,
    participation: Participation,
    doses: Sequence[Doses],
    weight: Floats,
    seed: int,
) -> list[Rows]:
    """Return the rows of the forms lk, ld and inf; `weight` in kg is that for which the doses were made."""
    until = participation.seen_until
    rows = list(_collections(plan, subjects, preparation, until))
    rows += _conditioning(plan, preparation, until, seed)
    for at, product in enumerate(plan.products):
        rows += _infusions(plan, product, at, subjects, preparation, infusions, until, doses[at], weight)
    return rows


def _collections(plan: SimulationPlan, subjects: Subjects, preparation: Preparation, until: Floats) -> Iterator[Rows]:
    for number, day in enumerate((preparation.collection, preparation.second_collection), 1):
        here = np.flatnonzero(day <= until)
        identifier = filled(
            plan.manufacturing.collection_id,
            subject=subjects.keys.take(pa.array(here)),
            number=constant(str(number), len(here)),
        )
        yield Rows(
            "lk",
            here,
            plan.events.collection,
            {"LKDAT": dates(day[here]), "LKREFID": identifier},
            order=(day[here],),
        )


def _conditioning(plan: SimulationPlan, preparation: Preparation, until: Floats, seed: int) -> Iterator[Rows]:
    rules, count = plan.conditioning, len(until)
    draws = Draws(seed, "conditioning doses")
    for place, (drug, weights) in enumerate(rules.doses.items()):
        nominal = np.array([float(dose) for dose in weights])[draws.pick(weights.values(), count)]
        deviation = np.where(draws.chance(rules.as_planned, count), 0, rules.deviation * draws.normal(count))
        dose = nominal * (1 + np.clip(deviation, -rules.largest_deviation, rules.largest_deviation))
        for at, schedule in enumerate(rules.schedules):
            lead = min(min(days) for days in schedule.days.values())
            for offset in schedule.days.get(drug, ()):
                day = preparation.conditioning + offset - lead
                here = np.flatnonzero((preparation.schedule == at) & (day <= until))
                items = {
                    "LDTRT": constant(drug, len(here)),
                    "LDDAT": dates(day[here]),
                    "LDDOSE": numbers(dose[here], 1),
                    "LDDOSU": constant(rules.unit, len(here)),
                }
                order = (day[here], np.full(len(here), float(place)))
                yield Rows("ld", here, plan.events.conditioning, items, order=order)


def _infusions(
    plan: SimulationPlan,
    product: Product,
    at: int,
    subjects: Subjects,
    preparation: Preparation,
    infusions: Infusions,
    until: Floats,
    doses: Doses,
    weight: Floats,
) -> Iterator[Rows]:
    """Yield the first parts, the second parts, the second parts not given, and the products not given."""
    day = infusions.given[:, at]
    both = infusions.split[:, at] & ~infusions.second_withheld[:, at]
    given = np.flatnonzero(day <= until)
    yield _given(product, subjects, given, doses, weight, 1, dates(day[given]), plan.yes)
    second = np.flatnonzero(both & (day + 1 <= until))
    yield _given(product, subjects, second, doses, weight, 2, dates(day[second] + 1), plan.yes)
    refused = np.flatnonzero(infusions.second_withheld[:, at] & (day + 1 <= until))
    yield _not_given(plan, product, refused, constant(product.split.reason, len(refused)))
    withheld = np.flatnonzero((infusions.withheld[:, at] >= 0) & (infusions.planned[:, at] <= until))
    yield _not_given(plan, product, withheld, _why(plan, product, infusions.withheld[withheld, at]))
    without = np.flatnonzero(not_made(preparation, until, at))
    yield _not_given(plan, product, without, constant(plan.reasons["manufacturing"].dose, len(without)))


def _why(plan: SimulationPlan, product: Product, codes: Ints) -> Text:
    rules = product.withheld
    if rules is None:
        return constant(None, len(codes))
    # In the order of SYNDROME, REFUSAL, DETERIORATION, PROGRESSION.
    reasons = [rules.syndrome_reason, rules.refusal_reason, rules.deterioration_reason]
    return texts([*reasons, plan.reasons["progression"].dose], codes)


def _given(
    product: Product,
    subjects: Subjects,
    here: Ints,
    doses: Doses,
    weight: Floats,
    number: int,
    day: Text,
    yes: str,
) -> Rows:
    keys, dose = subjects.keys.take(pa.array(here)), doses.parts[number - 1, here]
    items = {
        "INFPROD": constant(product.product, len(here)),
        "INFYN": constant(yes, len(here)),
        "INFDAT": day,
        "INFTIM": clock(doses.minute[number - 1, here]),
        "INFDOSE": numbers(dose, 2),
        "INFDOSU": constant(product.unit, len(here)),
        "INFTOTAL": numbers(dose * weight[here], 1),
        "INFLOT": filled(product.lot, subject=keys, number=constant(str(number), len(here))),
        "INFCOI": filled(product.identity, subject=keys),
    }
    return Rows("inf", here, product.event, items, order=(np.full(len(here), float(number)),))


def _not_given(plan: SimulationPlan, product: Product, here: Ints, why: Text) -> Rows:
    items = {
        "INFPROD": constant(product.product, len(here)),
        "INFYN": constant(plan.no, len(here)),
        "INFREAS": why,
    }
    return Rows("inf", here, product.event, items, order=(np.full(len(here), 2.0),))
