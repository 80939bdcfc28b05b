"""The mapping verbs: one function for each `algorithm` of `specs.model.maps`, reached through `evaluate`."""

from sdtm.algorithms import choice, collected, dates, functions, related, timing, units
from sdtm.algorithms.context import Context, evaluate

__all__ = ["Context", "choice", "collected", "dates", "evaluate", "functions", "related", "timing", "units"]
