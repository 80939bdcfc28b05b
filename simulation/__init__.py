"""A seeded simulation of a cell-therapy trial: synthetic raw exports for tests, demonstrations and training.

`simulate` draws the data, `simulation.write` puts them into a file. It is no source of evidence: every number in it is
a study's `simulation.yaml`.
"""

from simulation.export import SimulatedExport
from simulation.plan import load_plan
from simulation.simulator import simulate

__all__ = ["SimulatedExport", "load_plan", "simulate"]
