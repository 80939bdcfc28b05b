"""Vital signs, height and weight at every visit, in the units of the country; the weight for which doses are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulation.draws import Draws, Flags, Floats
from simulation.export import Rows
from simulation.occasions import Life, Occasions, countries, grade_at, infusion_minute
from simulation.text import Text, clock, dates, numbers, only, texts
from simulation.treatment_rows import Doses
from specs.model.simulation import SimulationPlan

POUND = 0.45359237
INCH = 2.54


@dataclass(frozen=True)
class Bodies:
    """Height and weight as recorded at each visit (missing: not measured), and which visits measured anything."""

    done: Flags
    height: Floats
    weight: Floats
    #: The last weight in kg before the first infusion, by subject.
    dose_weight: Floats


def draw_bodies(plan: SimulationPlan, life: Life, visits: Occasions, seed: int) -> Bodies:
    """Return height at screening and weight at the visits that the plan names, rounded as they are recorded."""
    rules, body = plan.clinic.vital_signs, plan.clinic.vital_signs.body
    draws, count = Draws(seed, "bodies"), len(life.sex)
    spreads = [body.height[sex] for sex in plan.demography.sex]
    table: Floats = np.array([(one.mean, one.sd, one.minimum, one.maximum) for one in spreads])[life.sex]
    height: Floats = np.clip(table[:, 0] + table[:, 1] * draws.normal(count), table[:, 2], table[:, 3])
    index = draws.within(body.bmi.mean, body.bmi.sd, (body.bmi.minimum, body.bmi.maximum), count)
    weight: Floats = (index * (height / 100) ** 2)[visits.subject] * (1 + body.drift * draws.normal(len(visits)))
    screening = visits.of(plan.events.screening)
    done = screening | ~draws.chance(rules.not_measured, len(visits))
    in_pounds, in_inches = _in(plan, life, visits, "weight", "LB"), _in(plan, life, visits, "height", "in")
    recorded: Floats = np.round(np.where(in_pounds, weight / POUND, weight), 1).astype("float64")
    recorded = np.where(done & visits.of(*rules.weighed), recorded, np.nan)
    dose_weight = np.full(count, np.nan)
    known = np.isfinite(recorded)
    # Of several weights of a subject the last one stays.
    dose_weight[visits.subject[known]] = np.where(in_pounds, recorded * POUND, recorded)[known]
    tall = np.round(np.where(in_inches, height[visits.subject] / INCH, height[visits.subject]), 0)
    return Bodies(done, np.where(screening, tall, np.nan), recorded, dose_weight)


def _in(plan: SimulationPlan, life: Life, visits: Occasions, kind: str, unit: str) -> Flags:
    """Return which visits are at a site that measures in a unit."""
    by_site = [getattr(plan.clinic.vital_signs.units_of(country), kind) == unit for country in countries(plan)]
    return np.array(by_site)[life.subjects.site[visits.subject]]


def vital_sign_rows(
    plan: SimulationPlan, life: Life, visits: Occasions, bodies: Bodies, doses: Sequence[Doses], seed: int
) -> Rows:
    """Return the rows of the form vs."""
    rules, draws = plan.clinic.vital_signs, Draws(seed, "vital signs")
    count, done = len(visits), bodies.done
    ill = grade_at(plan, life, visits, rules.syndrome) > 0
    items: dict[str, Text] = {"VSDAT": dates(visits.day), "VSTIM": clock(_minutes(plan, visits, doses, draws))}
    for name, spread in rules.signs.items():
        value = draws.within(spread.mean, spread.sd, (spread.minimum, spread.maximum), count)
        items[name] = numbers(value + np.where(ill, rules.during.get(name, 0), 0), 0)
    warmth, fever = rules.temperature, rules.fever
    usual = draws.within(warmth.mean, warmth.sd, (warmth.minimum, warmth.maximum), count)
    degrees = np.where(ill, draws.within(fever.mean, fever.sd, (fever.minimum, fever.maximum), count), usual)
    fahrenheit = _in(plan, life, visits, "temperature", "F")
    items["TEMP"] = numbers(np.where(fahrenheit, degrees * 9 / 5 + 32, degrees), 1)
    items["WEIGHT"], items["HEIGHT"] = numbers(bodies.weight, 1), numbers(bodies.height, 0)
    for column, kind in (("TEMP", "temperature"), ("WEIGHT", "weight"), ("HEIGHT", "height")):
        units = [getattr(rules.units_of(country), kind) for country in countries(plan)]
        unit = texts(units, life.subjects.site[visits.subject])
        items[column + "U"] = only(items[column].is_valid().to_numpy(zero_copy_only=False), unit)
    items = {name: column if name == "VSDAT" else only(done, column) for name, column in items.items()}
    items["VSREAS"] = only(~done, texts(list(rules.reasons), draws.pick(rules.reasons.values(), count)))
    return visits.rows("vs", items)


def _minutes(plan: SimulationPlan, visits: Occasions, doses: Sequence[Doses], draws: Draws) -> Floats:
    """Return the minute of the day of each measurement: on the day of an infusion before it."""
    rules = plan.clinic.vital_signs
    infusion = infusion_minute(plan, visits, [dose.minute[0] for dose in doses])
    before = infusion - draws.days(rules.before_infusion, len(visits))
    return np.where(np.isfinite(infusion), before, draws.days(rules.minutes, len(visits)))
