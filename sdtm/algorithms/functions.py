"""Named functions for rules too odd for a verb: a spec names them, a test holds each of them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from clinical.errors import MappingError, did_you_mean
from sdtm.algorithms.context import Context, evaluate_verb
from specs.model.maps import Function

#: Name in the spec -> function of the referenced columns.
FUNCTIONS: dict[str, Callable[..., pd.Series]] = {}


@evaluate_verb.register
def _function(verb: Function, context: Context) -> pd.Series:
    """Rule: what the named function makes of the columns."""
    if verb.name not in FUNCTIONS:
        raise MappingError(
            f"{context.spec.name}: function '{verb.name}' is not defined.{did_you_mean(verb.name, FUNCTIONS)} "
            "Add it to sdtm/algorithms/functions.py."
        )
    return FUNCTIONS[verb.name](*(context.column(name) for name in verb.columns))
