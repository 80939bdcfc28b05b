"""The rows of leukapheresis, lymphodepletion and infusions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from simulation.draws import Draws, Floats, Ints
from simulation.export import Rows
from simulation.participation import Participation
from simulation.subjects import Subjects
from simulation.text import Text, constant, dates, filled, numbers, texts
from simulation.treatment import Infusions, Preparation
from simulation.visit_rows import not_made
from specs.model.simulation import SimulationPlan
from specs.model.simulation_treatment import Product


def treatment_rows(
    plan: SimulationPlan,
    subjects: Subjects,
    preparation: Preparation,
    infusions: Infusions,
    participation: Participation,
    seed: int,
) -> list[Rows]:
    """Return the rows of the forms lk, ld and inf."""
    until = participation.seen_until
    rows = list(_collections(plan, subjects, preparation, until))
    rows += _conditioning(plan, preparation, until, seed)
    for at, product in enumerate(plan.products):
        rows += _infusions(plan, product, at, subjects, preparation, infusions, until, seed)
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
    seed: int,
) -> Iterator[Rows]:
    """Yield the first parts, the second parts, the second parts not given, and the products not given."""
    draws = Draws(seed, f"doses of {product.event}")
    count, day, split = len(until), infusions.given[:, at], infusions.split[:, at]
    spread = product.dose
    dose = np.clip(spread.mean + spread.sd * draws.normal(count), spread.minimum, spread.maximum)
    low, high = product.split.first_part
    part = np.where(split, low + (high - low) * draws.uniform(count), 1)
    first_part = np.round(dose * part, 2)
    minute = draws.days(product.minutes, (2, count))
    both = split & ~infusions.second_withheld[:, at]
    given = np.flatnonzero(day <= until)
    yield _given(plan, product, subjects, given, day, minute[0], first_part, 1)
    second = np.flatnonzero(both & (day + 1 <= until))
    yield _given(plan, product, subjects, second, day + 1, minute[1], np.round(dose, 2) - first_part, 2)
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
    plan: SimulationPlan,
    product: Product,
    subjects: Subjects,
    here: Ints,
    day: Floats,
    minute: Floats,
    dose: Floats,
    number: int,
) -> Rows:
    lot = filled(product.lot, subject=subjects.keys.take(pa.array(here)), number=constant(str(number), len(here)))
    clock = [f"{hour:02d}:{rest:02d}" for hour in range(24) for rest in range(60)]
    items = {
        "INFPROD": constant(product.product, len(here)),
        "INFYN": constant(plan.yes, len(here)),
        "INFDAT": dates(day[here]),
        "INFTIM": texts(clock, minute[here].astype("int64")),
        "INFDOSE": numbers(dose[here], 2),
        "INFDOSU": constant(product.unit, len(here)),
        "INFLOT": lot,
    }
    return Rows("inf", here, product.event, items, order=(np.full(len(here), float(number)),))


def _not_given(plan: SimulationPlan, product: Product, here: Ints, why: Text) -> Rows:
    items = {
        "INFPROD": constant(product.product, len(here)),
        "INFYN": constant(plan.no, len(here)),
        "INFREAS": why,
    }
    return Rows("inf", here, product.event, items, order=(np.full(len(here), 2.0),))
