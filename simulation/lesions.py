"""Lesions before treatment: where and how large they are, which split or merge later, and when they were scanned.

Arrays are (subjects, lesions) with room for the most lesions of the plan. Target lesions have further places: two for
the parts of one that splits, one for what two of them merge into.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.draws import NEVER, Draws, Flags, Floats, Ints
from simulation.subjects import Subjects
from specs.model.simulation import SimulationPlan
from specs.model.simulation_lesions import MOST_NEW, MOST_NON_TARGETS, MOST_TARGETS

#: The places of a split lesion's parts and of a merged lesion, after those of the target lesions.
FIRST_PART, SECOND_PART, MERGED = range(MOST_TARGETS, MOST_TARGETS + 3)
PLACES = MOST_TARGETS + 3


@dataclass(frozen=True)
class Sites:
    """Regions (positions in the plan) and sides (0 left, 1 right, -1 none) of lesions; (subjects, lesions)."""

    region: Ints
    nodal: Flags
    side: Ints

    def of(self, first: int, last: int) -> Sites:
        """Return some of the lesions."""
        part = slice(first, last)
        return Sites(self.region[:, part], self.nodal[:, part], self.side[:, part])


@dataclass(frozen=True)
class Targets:
    """Target lesions with the places for parts and mergers; sizes are those before treatment.

    `split` is the lesion that splits, `first_merged` and `second_merged` those that merge; -1 where none does.
    """

    exists: Flags
    length: Floats
    width: Floats
    sites: Sites
    split: Ints
    first_merged: Ints
    second_merged: Ints


@dataclass(frozen=True)
class Lesions:
    """What is found before treatment; scan days are NEVER where nobody was scanned."""

    ct: Floats
    pet: Floats
    in_one: Flags
    targets: Targets
    has_non_target: Flags
    non_targets: Sites
    new: Sites
    spleen: Floats
    spleen_enlarged: Flags
    liver_enlarged: Flags
    #: Positions in the plan's uptake before treatment.
    score: Ints
    marrow: Ints


def draw_lesions(plan: SimulationPlan, subjects: Subjects, cut: float, seed: int) -> Lesions:
    """Return the lesions of every subject before treatment."""
    draws = Draws(seed, "lesions before treatment")
    rules, count = plan.lesions, len(subjects)
    ct, pet, in_one = _scans(plan, subjects, cut, Draws(seed, "scans before treatment"))
    sites = _sites(plan, count, draws)
    targets = _targets(plan, sites.of(0, MOST_TARGETS), draws)
    others = _counts(rules.non_targets, draws, count)
    enlarged = draws.chance(rules.spleen.enlarged, count)
    spleen = np.where(
        enlarged, _between(rules.spleen.length, draws, count), _between(rules.spleen.normal, draws, count)
    )
    after = MOST_TARGETS + MOST_NON_TARGETS
    return Lesions(
        ct=ct,
        pet=pet,
        in_one=in_one,
        targets=targets,
        has_non_target=np.arange(MOST_NON_TARGETS) < others[:, None],
        non_targets=sites.of(MOST_TARGETS, after),
        new=sites.of(after, after + MOST_NEW),
        spleen=np.asarray(np.round(spleen, 1), dtype="float64"),
        spleen_enlarged=enlarged,
        liver_enlarged=draws.chance(rules.liver_enlarged, count),
        score=draws.pick(rules.uptake.baseline.values(), count),
        marrow=draws.pick(rules.uptake.marrow.values(), count),
    )


def _scans(plan: SimulationPlan, subjects: Subjects, cut: float, draws: Draws) -> tuple[Floats, Floats, Flags]:
    """Return the days of CT and PET, between the screening visit and the decision, and whether they were one scan."""
    rules, count = plan.lesions, len(subjects)
    ct = np.minimum(subjects.visit + draws.days(rules.scanned, count), subjects.decision)
    other = np.minimum(subjects.visit + draws.days(rules.scanned, count), subjects.decision)
    pet = np.where(draws.chance(rules.pet_same_day, count), ct, other)
    done = subjects.eligible | (draws.chance(rules.failures_scanned, count) & np.isfinite(subjects.decision))
    done &= np.maximum(ct, pet) <= cut
    in_one = (ct == pet) & draws.chance(rules.pet_and_ct_in_one, count)
    return np.where(done, ct, NEVER), np.where(done, pet, NEVER), in_one


def _sites(plan: SimulationPlan, count: int, draws: Draws) -> Sites:
    """Return different regions for all lesions of a subject, in order: target, non-target, new; a node comes first."""
    regions = plan.lesions.regions
    weight, nodal, sided = (
        np.array([region.weight for region in regions]),
        np.array([region.nodal for region in regions]),
        np.array([region.sided for region in regions]),
    )
    order = np.argsort(-np.log1p(-draws.uniform((count, len(regions)))) / weight, axis=1, kind="stable")
    first = nodal[order].argmax(axis=1)
    place = np.arange(len(regions))
    place = np.where(place == 0, first[:, None], np.where(place <= first[:, None], place - 1, place))
    order = np.take_along_axis(order, place, axis=1)
    side = np.where(sided[order], draws.pick((1, 1), order.shape), -1)
    return Sites(order.astype("int64"), nodal[order], side)


def _counts(weights: dict[str, float], draws: Draws, count: int) -> Ints:
    numbers = np.array([int(number) for number in weights], dtype="int64")
    return numbers[draws.pick(weights.values(), count)]


def _between(bounds: tuple[float, float], draws: Draws, shape: int | tuple[int, ...]) -> Floats:
    return bounds[0] + draws.uniform(shape) * (bounds[1] - bounds[0])


def _targets(plan: SimulationPlan, sites: Sites, draws: Draws) -> Targets:
    """Return target lesions; the first one is a node, the largest, and neither splits nor merges."""
    rules, shape = plan.lesions, sites.region.shape
    exists = np.arange(MOST_TARGETS) < _counts(rules.targets, draws, shape[0])[:, None]
    # Small lesions are more frequent than large ones.
    drawn = draws.uniform(shape) ** 2
    low, high = (
        np.where(sites.nodal, rules.nodes[0], rules.extranodal[0]),
        np.where(sites.nodal, rules.nodes[1], rules.extranodal[1]),
    )
    length = np.floor(low + drawn * (high - low + 1))
    length[:, 0] = np.floor(rules.largest[0] + drawn[:, 0] * (rules.largest[1] - rules.largest[0] + 1))
    length[:, 1:] = np.minimum(length[:, 1:], np.maximum(length[:, :1] - 1, low[:, 1:]))
    width = np.round(length * _between(rules.width, draws, shape))
    splits = exists & (length >= 25) & draws.chance(rules.split, shape)
    split = _first(splits)
    first, second = _neighbours(plan, sites, exists & (np.arange(MOST_TARGETS) != split[:, None]), draws)
    return _with_places(Targets(exists, length, width, sites, split, first, second))


def _first(candidates: Flags) -> Ints:
    """Return the first lesion after the largest for which something holds; -1 where it holds for none."""
    later = candidates.copy()
    later[:, 0] = False
    return np.where(later.any(axis=1), later.argmax(axis=1), -1).astype("int64")


def _neighbours(plan: SimulationPlan, sites: Sites, candidates: Flags, draws: Draws) -> tuple[Ints, Ints]:
    """Return two lesions in neighbouring regions, on the same side, that merge; -1 where none do."""
    names = [region.location for region in plan.lesions.regions]
    first, second = np.full((2, len(candidates)), -1, dtype="int64")
    merges = draws.chance(plan.lesions.merged, len(candidates))
    # A handful of pairs of regions, not subjects.
    for one, other in plan.lesions.neighbours:
        a = _first(candidates & (sites.region == names.index(one)))
        b = _first(candidates & (sites.region == names.index(other)))
        rows = np.arange(len(a))
        sides = sites.side[rows, a], sites.side[rows, b]
        fits = (a >= 0) & (b >= 0) & ((sides[0] == sides[1]) | (np.minimum(*sides) < 0)) & merges & (first < 0)
        first, second = np.where(fits, np.minimum(a, b), first), np.where(fits, np.maximum(a, b), second)
    return first, second


def _with_places(targets: Targets) -> Targets:
    """Return the lesions with the parts of a split one and what two merge into; no part adds to the products."""
    rows = np.arange(len(targets.split))
    of_split, of_first, of_second = (
        np.maximum(place, 0) for place in (targets.split, targets.first_merged, targets.second_merged)
    )
    length, width = targets.length, targets.width
    long, across = length[rows, of_split], np.floor(0.9 * width[rows, of_split])
    parts = [np.floor(0.55 * long), np.floor(0.4 * long)]
    wide = np.maximum(width[rows, of_first], width[rows, of_second])
    product = (length * width)[rows, of_first] + (length * width)[rows, of_second]
    lengths = [*(np.maximum(part, across) for part in parts), np.floor(product / wide)]
    widths = [*(np.minimum(part, across) for part in parts), wide]
    parent = np.stack([of_split, of_split, of_first], axis=1)
    sites = targets.sites
    return Targets(
        exists=np.concatenate(
            [targets.exists, np.stack([targets.split >= 0] * 2 + [targets.first_merged >= 0], axis=1)], axis=1
        ),
        length=np.concatenate([length, np.stack(lengths, axis=1)], axis=1),
        width=np.concatenate([width, np.stack(widths, axis=1)], axis=1),
        sites=Sites(
            *(
                np.concatenate([values, np.take_along_axis(values, parent, axis=1)], axis=1)
                for values in (sites.region, sites.nodal, sites.side)
            )
        ),
        split=targets.split,
        first_merged=targets.first_merged,
        second_merged=targets.second_merged,
    )
