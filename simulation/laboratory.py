"""Laboratory results of local laboratories: each test by its panel, in the units and ranges of the site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.draws import NEVER, Draws, Flags, Floats
from simulation.export import Rows
from simulation.occasions import Life, Occasions, countries, grade_at, infusion_minute
from simulation.text import Text, clock, constant, dates, filled, joined, numbers, only, texts
from simulation.treatment_rows import Doses
from specs.model.simulation import SimulationPlan
from specs.model.simulation_laboratory import LabTest, LabUnit


@dataclass(frozen=True)
class Samples:
    """Samples by visit: day, time, laboratory, and the results of every test in the plan's units."""

    visits: Occasions
    day: Floats
    minute: Floats
    values: dict[str, Floats]
    #: Factor by site of the ranges of each test.
    shift: dict[str, Floats]


def laboratory_rows(
    plan: SimulationPlan, life: Life, visits: Occasions, doses: Sequence[Doses], seed: int
) -> list[Rows]:
    """Return the rows of the form lb, one part a test and system of units."""
    rules = plan.clinic.laboratory
    sampled = visits.at(visits.of(*rules.visits))
    draws = Draws(seed, "samples")
    lead = np.zeros(len(sampled))
    for event, visit in rules.visits.items():
        lead = np.where(sampled.of(event), draws.days(visit.before, len(sampled)), lead)
    day = np.maximum(sampled.day - lead, life.subjects.consent[sampled.subject])
    infusion = infusion_minute(plan, sampled, [dose.minute[0] for dose in doses])
    before = infusion - draws.days(rules.before_infusion, len(sampled))
    minute = np.where(np.isfinite(infusion), before, draws.days(rules.minutes, len(sampled)))
    values = _values(plan, life, sampled, seed)
    own = Draws(seed, "reference ranges")
    shift = {name: 1 + rules.range_shift * (2 * own.uniform(len(plan.sites)) - 1) for name in rules.tests}
    samples = Samples(sampled, day, minute, values, shift)
    return [rows for name in rules.tests for rows in _rows(plan, life, samples, name, seed)]


def _values(plan: SimulationPlan, life: Life, visits: Occasions, seed: int) -> dict[str, Floats]:
    """Return the results by test: the subject's own level, the day's deviation, and what the story makes of it."""
    values: dict[str, Floats] = {}
    for name, test in plan.clinic.laboratory.tests.items():
        draws = Draws(seed, f"laboratory {name}")
        own, daily = draws.normal(len(life.sex))[visits.subject], draws.normal(len(visits))
        level = test.median * np.exp(test.spread * (own + daily) / np.sqrt(2))
        if test.of:
            level = level * np.sum([values[part] for part in test.of], axis=0)
        value = level * _factors(plan, life, visits, name)
        values[name] = np.clip(value, test.lowest, test.highest)
    return values


def _factors(plan: SimulationPlan, life: Life, visits: Occasions, test: str) -> Floats:
    rules, subject = plan.clinic.laboratory, visits.subject
    factor = np.ones(len(visits))
    anchors = {
        "conditioning": life.preparation.conditioning,
        "first_infusion": life.infusions.first,
        "progression": life.course.progression,
    }
    for effect in rules.effects:
        anchor = anchors[effect.since][subject]
        since = np.where(np.isfinite(anchor), visits.day - np.where(np.isfinite(anchor), anchor, 0), -NEVER)
        applies = (since >= effect.days[0]) & (since <= effect.days[1])
        factor = np.where(applies, factor * effect.tests.get(test, 1), factor)
    for reaction in rules.reactions:
        grade = grade_at(plan, life, visits, reaction.syndrome, reaction.after)
        factor = factor * np.array([1.0, *reaction.tests.get(test, (1, 1, 1, 1))])[grade]
    why = [rules.failures.get(reason, {}).get(test, 1.0) for reason in plan.screening.failure_reasons]
    told: Floats = np.array([*why, 1.0])[life.subjects.failure[subject]]
    return factor * told


def _rows(plan: SimulationPlan, life: Life, samples: Samples, name: str, seed: int) -> Iterator[Rows]:
    """Yield the rows of a test, one part a system of units."""
    rules, test = plan.clinic.laboratory, plan.clinic.laboratory.tests[name]
    draws, visits = Draws(seed, f"results {name}"), samples.visits
    site = life.subjects.site[visits.subject]
    measured = visits.of(*(event for event, visit in rules.visits.items() if name in rules.panels[visit.panel]))
    failed = draws.chance(rules.not_done, len(visits))
    why = texts(list(rules.reasons), draws.pick(rules.reasons.values(), len(visits)))
    variant = draws.chance(rules.variant, len(visits))
    common = {
        "LBDAT": dates(samples.day),
        "LBTIM": only(~failed, clock(samples.minute)),
        "LBNAM": filled(rules.name, site=life.subjects.sites.take(pa.array(visits.subject))),
        "LBTEST": texts([test.names.get(country, test.name) for country in countries(plan)], site),
        "LBREAS": only(failed, why),
    }
    systems = np.array([rules.systems.get(country, rules.system) for country in countries(plan)])[site]
    for system in dict.fromkeys([rules.system, *rules.systems.values()]):
        here = measured & (systems == system)
        unit = test.units[system]
        items = {
            **common,
            "LBORRES": only(~failed, _result(test, unit, samples.values[name])),
            "LBORRESU": only(~failed, _unit(plan, unit, variant, draws)),
            **_range(plan, life, samples, name, unit, ~failed),
        }
        taken = {column: values.filter(pa.array(here)) for column, values in items.items()}
        place = np.full(int(here.sum()), float(list(rules.tests).index(name)))
        yield Rows("lb", visits.subject[here], visits.names, taken, visits.event[here], order=(place,))


def _result(test: LabTest, unit: LabUnit, value: Floats) -> Text:
    written = numbers(value * unit.factor, unit.decimals)
    if test.limit is None:
        return written
    below = joined("<", numbers(np.full(len(value), test.limit * unit.factor), 3))
    return pc.if_else(pa.array(value < test.limit), below, written)


def _unit(plan: SimulationPlan, unit: LabUnit, variant: Flags, draws: Draws) -> Text:
    others = plan.clinic.laboratory.variants.get(unit.unit, ())
    if not others:
        return constant(unit.unit, len(variant))
    other = texts(others, draws.pick(np.ones(len(others)), len(variant)))
    return pc.if_else(pa.array(variant), other, constant(unit.unit, len(variant)))


def _range(
    plan: SimulationPlan, life: Life, samples: Samples, name: str, unit: LabUnit, done: Flags
) -> dict[str, Text]:
    """Return the limits of the site's laboratory for the subject's sex, written like its results."""
    test, subject = plan.clinic.laboratory.tests[name], samples.visits.subject
    by_sex = np.array([test.ranges.get(sex, test.range) for sex in plan.demography.sex])
    limits = by_sex[life.sex[subject]] * samples.shift[name][life.subjects.site[subject]][:, None] * unit.factor
    return {
        "LBLO": only(done, numbers(limits[:, 0], unit.decimals)),
        "LBHI": only(done, numbers(limits[:, 1], unit.decimals)),
    }
