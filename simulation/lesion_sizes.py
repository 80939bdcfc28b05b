"""The sizes of target lesions at each assessment, true to the response on CT that is recorded there.

In stable disease and partial response a lesion keeps to a share of its size before treatment, within a few per cent, so
that nothing grows by half from its smallest size before progression. In complete response nodes are at most 15 mm long
and everything else is gone. In progression some lesions grow from the smallest size that was read before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.disease import CR, NE, PD, PR, SD
from simulation.draws import NEVER, Draws, Flags, Floats, Ints
from simulation.lesions import FIRST_PART, MERGED, PLACES, SECOND_PART, Targets
from simulation.timepoints import Timepoints
from specs.model.simulation import SimulationPlan

#: States of a lesion at an assessment; -1 where it has no line.
MEASURED, TOO_SMALL, GONE, UNREADABLE = range(4)

#: The side of the square that a lesion too small to measure counts as, in mm; a normal node's greatest length.
SMALL, NORMAL_NODE = 5, 15


@dataclass(frozen=True)
class TargetReadings:
    """Target lesions at each assessment, (assessments, places), and what they come to.

    `arose` marks where the part of a split or a merged lesion is seen first; `sum` is missing (NaN) and `response` -1
    where no CT was read.
    """

    state: Ints
    length: Floats
    width: Floats
    arose: Flags
    sum: Floats
    response: Ints


@dataclass(frozen=True)
class _Sizes:
    length: Floats
    width: Floats
    gone: Flags

    def where(self, condition: Flags, other: _Sizes) -> _Sizes:
        return _Sizes(
            np.where(condition, self.length, other.length),
            np.where(condition, self.width, other.width),
            np.where(condition, self.gone, other.gone),
        )


def read_targets(
    plan: SimulationPlan, targets: Targets, times: Timepoints, grows: Flags, subjects: int, seed: int
) -> TargetReadings:
    """Return the lines of target lesions; `grows` says at which assessments one of them shows progression."""
    draws = Draws(seed, "sizes of target lesions")
    active, arose = _active(targets, times, subjects)
    sizes = _quiet(plan, targets, times, draws)
    chosen = _unreadable(active, times, draws)
    smallest = _smallest(targets, times, sizes, active & ~chosen, subjects)
    growing, grown = _grown(plan, targets, times, grows, active, smallest, draws)
    sizes = grown.where(growing, sizes)
    small = ~sizes.gone & (sizes.length <= SMALL)
    length = np.where(sizes.gone | chosen, 0, np.where(small, SMALL, sizes.length))
    width = np.where(sizes.gone | chosen, 0, np.where(small, SMALL, sizes.width))
    state = np.select([~active, chosen, sizes.gone, small], [-1, UNREADABLE, GONE, TOO_SMALL], MEASURED)
    products = np.where(active, length * width, 0).sum(axis=1)
    response = np.where(times.unclear, NE, np.where(growing.any(axis=1), PD, times.shown))
    return TargetReadings(
        state=state,
        length=length,
        width=width,
        arose=arose,
        sum=np.where(times.with_ct & ~chosen.any(axis=1), products, np.nan),
        response=np.where(times.with_ct, response, -1),
    )


def _active(targets: Targets, times: Timepoints, subjects: int) -> tuple[Flags, Flags]:
    """Return which places have a line at each assessment, and where parts and merged lesions are seen first.

    A lesion splits where it first shrinks and merges with its neighbour where they first do not.
    """
    open_to_change = times.with_ct & ~times.unclear & ~times.after_therapy
    split = times.first(open_to_change & (times.category == PR), times.ct, subjects)[times.subject]
    merger = open_to_change & ((times.category == SD) | (times.category == PD))
    merged = times.first(merger, times.ct, subjects)[times.subject]
    split = np.where(targets.split[times.subject] >= 0, split, NEVER)
    merged = np.where(targets.first_merged[times.subject] >= 0, merged, NEVER)
    place = np.arange(PLACES)
    is_part, is_merged = (place == FIRST_PART) | (place == SECOND_PART), place == MERGED
    has_split, has_merged = (times.ct >= split)[:, None], (times.ct >= merged)[:, None]
    splits = place == targets.split[times.subject, None]
    merges = (place == targets.first_merged[times.subject, None]) | (
        place == targets.second_merged[times.subject, None]
    )
    active = np.where(is_part, has_split, np.where(is_merged, has_merged, ~(splits & has_split | merges & has_merged)))
    active &= targets.exists[times.subject] & times.with_ct[:, None]
    new = is_part & (times.ct == split)[:, None] | is_merged & (times.ct == merged)[:, None]
    return active, active & new


def _quiet(plan: SimulationPlan, targets: Targets, times: Timepoints, draws: Draws) -> _Sizes:
    """Return the sizes where nothing grows."""
    rules, shape = plan.lesions, targets.length.shape
    nodal = targets.sites.nodal
    stable = rules.stable[0] + draws.uniform(shape) * (rules.stable[1] - rules.stable[0])
    lowest = np.where(np.arange(PLACES) == 0, max(rules.partial[0], 0.62), rules.partial[0])
    partial = lowest + draws.uniform(shape) * (rules.partial[1] - lowest)
    gone = draws.chance(rules.gone_in_partial, shape) & (np.arange(PLACES) != 0)
    gone_later = gone | ~nodal | draws.chance(rules.gone_in_complete, shape)
    normal = np.where(draws.chance(rules.too_small, shape), SMALL, draws.days((SMALL + 1, NORMAL_NODE), shape))
    who, shown = times.subject, times.shown[:, None]
    long, across, partial, stable = targets.length[who], targets.width[who], partial[who], stable[who]
    drawn = draws.uniform(long.shape)
    wobble, shrinks = 0.97 + 0.06 * drawn, 1 - 0.06 * drawn
    same = _Sizes(np.round(long * stable * wobble), np.round(across * stable * wobble), np.zeros(long.shape, bool))
    less = _Sizes(
        np.floor(long * partial * shrinks), np.maximum(np.floor(across * partial * shrinks), SMALL), gone[who]
    )
    length = np.minimum(normal[who], less.length)
    none = _Sizes(length, np.minimum(less.width, np.maximum(np.ceil(0.75 * length), SMALL)), gone_later[who])
    return none.where(shown == CR, less.where(shown == PR, same))


def _unreadable(active: Flags, times: Timepoints, draws: Draws) -> Flags:
    """Return the one lesion that could not be read at each assessment that was not evaluable."""
    score = np.where(active, draws.uniform(active.shape), -1)
    chosen = np.arange(PLACES) == score.argmax(axis=1)[:, None]
    return np.asarray(chosen & active & times.unclear[:, None], dtype=bool)


def _smallest(targets: Targets, times: Timepoints, sizes: _Sizes, read: Flags, subjects: int) -> _Sizes:
    """Return each place's size where its product was smallest before progression; without one it is not finite."""
    counted = read & (~times.progressed & ~times.after_therapy)[:, None]
    small = sizes.length <= SMALL
    length, width = np.where(small, SMALL, sizes.length), np.where(small, SMALL, sizes.width)
    # Product and length in one number: of equal products the shorter one is the smallest.
    scale = 1000.0
    key = np.where(sizes.gone, 0, length * width * scale + length)
    originals = targets.exists & (np.arange(PLACES) < FIRST_PART)
    least = np.where(originals, targets.length * targets.width * scale + targets.length, NEVER)
    np.minimum.at(least, times.subject, np.where(counted, key, NEVER))
    known = np.isfinite(least)
    length = np.where(known, np.where(known, least, 0) % scale, NEVER)
    product = np.floor(np.where(known, least, 0) / scale)
    width = np.where(known, product / np.maximum(np.where(known, length, 1), 1), NEVER)
    return _Sizes(length, width, known & (length == 0))


def _grown(
    plan: SimulationPlan,
    targets: Targets,
    times: Timepoints,
    grows: Flags,
    active: Flags,
    smallest: _Sizes,
    draws: Draws,
) -> tuple[Flags, _Sizes]:
    """Return which lesions grow at each assessment and how large they are: by half and 12 mm at the least."""
    shape, who = targets.length.shape, times.subject
    willing = draws.chance(0.5, shape) & (np.arange(PLACES) != 0)
    pace = draws.uniform(shape[0]) * plan.lesions.progression.pace[1] + plan.lesions.progression.pace[0]
    growing = willing[who] & active & np.isfinite(smallest.length[who])
    growing[:, 0] = ~growing.any(axis=1)
    growing &= grows[:, None]
    further = np.minimum(np.floor(pace[who] * times.months), 30)[:, None]
    start = np.where(np.isfinite(smallest.length), smallest.length, 0)
    start_width = np.where(np.isfinite(smallest.width), smallest.width, 0)
    length = np.maximum(np.maximum(np.ceil(1.35 * start), start + 12), 18)
    width = np.minimum(np.maximum(np.maximum(np.ceil(1.2 * start_width), start_width + 3), 10), length)
    grown = _Sizes(length[who] + further, width[who] + np.floor(further / 2), np.zeros(growing.shape, bool))
    return growing, grown
