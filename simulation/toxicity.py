"""CRS and ICANS after an infusion: onset, length, ASTCT grade and CTCAE grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulation.draws import NEVER, Draws, Floats, Ints
from specs.model.simulation import SimulationPlan
from specs.model.simulation_events import Syndrome


@dataclass(frozen=True)
class Episode:
    """One syndrome after one infusion; NEVER and grade 0 where there was none."""

    start: Floats
    end: Floats
    astct: Ints
    ctcae: Ints


@dataclass(frozen=True)
class Toxicity:
    """The syndromes after one product, in the order of the plan."""

    episodes: tuple[Episode, ...]


def draw_toxicity(plan: SimulationPlan, product: int, infusion: Floats, stop: Floats, draws: Draws) -> Toxicity:
    """Return the syndromes that follow the infusion of a product and start before the subject dies or leaves."""
    episodes: dict[str, Episode] = {}
    for syndrome in plan.adverse_events.syndromes:
        before = episodes.get(syndrome.after or "")
        episodes[syndrome.aesi] = _episode(syndrome, product, infusion, stop, before, draws)
    return Toxicity(tuple(episodes.values()))


def _episode(
    syndrome: Syndrome, product: int, infusion: Floats, stop: Floats, before: Episode | None, draws: Draws
) -> Episode:
    count = len(infusion)
    if before is None:
        probability = np.full(count, syndrome.chance[product])
        anchor = infusion
    else:
        probability = np.array(syndrome.chance_by_grade)[before.astct]
        anchor = np.where(np.isfinite(before.start), before.start, infusion)
    happens = draws.chance(probability, count)
    start = anchor + draws.pick(syndrome.onset, count)
    happens &= start < stop
    start = np.where(happens, start, NEVER)
    length = syndrome.length
    end = start + draws.lognormal_days(length.median, length.spread, length.minimum, count)
    astct = draws.pick(syndrome.grades, count) + 1
    shift = np.where(draws.uniform(count) < 0.5, -1, 1)
    other = draws.chance(syndrome.other_scale, count)
    ctcae = np.clip(astct + np.where(other, shift, 0), 1, 4)
    return Episode(start, end, np.where(happens, astct, 0), np.where(happens, ctcae, 0))


def worst_before(toxicities: Sequence[Toxicity], day: Floats) -> Ints:
    """Return the highest ASTCT grade of the syndromes that started before a day; 0 without any."""
    worst = np.zeros(len(day), dtype="int64")
    for toxicity in toxicities:
        for episode in toxicity.episodes:
            worst = np.maximum(worst, np.where(episode.start < day, episode.astct, 0))
    return worst
