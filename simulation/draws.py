"""Random numbers that are the same on every machine: one independent stream for each part of the simulation.

Only the uniform doubles of PCG64 are used, whose stream numpy keeps stable; every other distribution is made from them
here. A part that draws more than before changes no other part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Shape = int | tuple[int, ...]

#: The day of what never happens; every comparison with a calendar day says so.
NEVER = np.inf


class Draws:
    """A stream of random draws for one named part."""

    def __init__(self, seed: int, part: str) -> None:
        sequence = np.random.SeedSequence(seed, spawn_key=(crc32(part.encode()),))
        self._generator = np.random.Generator(np.random.PCG64(sequence))

    def uniform(self, shape: Shape) -> Floats:
        """Return numbers from 0 up to, but not including, 1."""
        return self._generator.random(shape)

    def chance(self, probability: float | Floats, shape: Shape) -> Flags:
        """Return True with a probability."""
        return np.less(self.uniform(shape), probability)

    def days(self, bounds: tuple[int, int], shape: Shape) -> Floats:
        """Return whole days from a range, all equally often, both ends included."""
        low, high = bounds
        return np.floor(low + self.uniform(shape) * (high - low + 1))

    def pick(self, weights: Iterable[float], shape: Shape) -> Ints:
        """Return positions 0, 1, … in `weights`, each as often as its weight says."""
        edges = np.cumsum(np.asarray(list(weights), dtype="float64"))
        drawn = np.searchsorted(edges, self.uniform(shape) * edges[-1], side="right")
        return np.asarray(np.minimum(drawn, len(edges) - 1), dtype="int64")

    def normal(self, shape: Shape) -> Floats:
        """Return standard normal numbers (Box and Muller)."""
        radius = np.sqrt(-2 * np.log1p(-self.uniform(shape)))
        return np.asarray(radius * np.cos(2 * np.pi * self.uniform(shape)), dtype="float64")

    def within(self, mean: float | Floats, sd: float, bounds: tuple[float, float], shape: Shape) -> Floats:
        """Return normal numbers, those beyond the bounds moved onto them."""
        return np.clip(mean + sd * self.normal(shape), *bounds)

    def lognormal_days(self, median: float, spread: float, minimum: int, shape: Shape) -> Floats:
        """Return whole days, log-normal about a median, at least `minimum`."""
        return np.maximum(np.round(median * np.exp(spread * self.normal(shape))), minimum)

    def weibull_days(self, median: float, shape_parameter: float, shape: Shape) -> Floats:
        """Return whole days until an event, Weibull with a median."""
        scaled = -np.log1p(-self.uniform(shape)) / np.log(2.0)
        return np.asarray(np.ceil(median * scaled ** (1 / shape_parameter)), dtype="float64")

    def event_day(self, probability: float | Floats, start: Floats, bounds: tuple[int, int]) -> Floats:
        """Return `start` plus days from a range where the event happens, NEVER elsewhere."""
        happens = self.chance(probability, start.shape)
        return np.where(happens, start + self.days(bounds, start.shape), NEVER)


def ranks_within(groups: NDArray[np.generic]) -> Ints:
    """Return 1, 2, 3, … within each run of equal values of a sorted array."""
    positions = np.arange(len(groups), dtype="int64")
    if not len(groups):
        return positions
    first = np.concatenate(([True], groups[1:] != groups[:-1]))
    return positions - np.maximum.accumulate(np.where(first, positions, 0)) + 1


def earliest(candidates: Sequence[Floats]) -> tuple[Floats, Ints]:
    """Return the earliest of several days and which candidate it was; the first of equal ones."""
    stacked = np.stack(list(candidates))
    return stacked.min(axis=0), stacked.argmin(axis=0).astype("int64")
