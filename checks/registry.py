"""The register of rules: what each one needs, what it says, and the function that finds the rows which break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from checks.datasets import Datasets
from clinical.findings import Severity


@dataclass(frozen=True)
class Found:
    """Rows that break a rule; `value` is a column's name, a Series aligned with `rows`, or None."""

    dataset: str
    rows: pd.DataFrame
    variable: str = ""
    value: str | pd.Series | None = None


#: A rule's function: the datasets, and the name of the one to look at (the first that it needs, or each in turn).
Check = Callable[[Datasets, str], Iterable[Found]]
Scope = Literal["sdtm", "supplemental", "adam", "all"]


@dataclass(frozen=True)
class Rule:
    """A rule with its needs.

    `each` names variables (`--STDTC` stands for AESTDTC in AE): the rule looks at every dataset of `scope` that has
    them. Without `each` it looks at the datasets in `needs`. `facts` are fields of `Facts` that the study must state;
    `given` are days that the run must be told: cutoff, snapshot.
    """

    id: str
    severity: Severity
    message: str
    check: Check
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    each: tuple[str, ...] | None = None
    scope: Scope = "sdtm"
    facts: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


RULES: dict[str, Rule] = {}


def rule(
    id: str,
    severity: Severity,
    message: str,
    *,
    needs: Mapping[str, str] | None = None,
    each: str | None = None,
    scope: Scope = "sdtm",
    facts: str = "",
    given: str = "",
) -> Callable[[Check], Check]:
    """Register a function as a rule; names in `needs`, `each`, `facts` and `given` are separated by blanks.

    Example:
        >>> @rule("DQ.AE_AFTER_DEATH", "error", "…", needs={"AE": "USUBJID AESTDTC", "DM": "USUBJID DTHDTC"})
        ... def ae_after_death(data, name): ...
    """

    def register(check: Check) -> Check:
        if id in RULES:
            raise ValueError(f"rule {id} is registered twice")
        wanted = {name: tuple(variables.split()) for name, variables in (needs or {}).items()}
        variables = None if each is None else tuple(each.split())
        stated = tuple(facts.split()), tuple(given.split())
        RULES[id] = Rule(id, severity, message, check, wanted, variables, scope, *stated)
        return check

    return register
