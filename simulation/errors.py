"""All kinds of planted errors, registered in a fixed order."""

from simulation import planted_clinic, planted_dates, planted_records, planted_values
from simulation.planting import KINDS, plant

__all__ = ["KINDS", "plant", "planted_clinic", "planted_dates", "planted_records", "planted_values"]
