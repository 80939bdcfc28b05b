"""All kinds of planted errors, registered in a fixed order."""

from simulation import planted_dates, planted_lesions, planted_records, planted_values
from simulation.planting import KINDS, plant

__all__ = ["KINDS", "plant", "planted_dates", "planted_lesions", "planted_records", "planted_values"]
