"""Which variables may continue a text that is too long for one of them, and what the continuations are called.

Reference: SDTMIG 3.4, section 4.5.3; COVAL1-COVALn of CO (section 5.1) and TSVAL1-TSVALn of TS (section 7.4.2).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from clinical.errors import listed
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.resolve import GENERAL_CLASSES

#: The longest text of a variable, in bytes of UTF-8.
LIMIT = 200
_LONGEST_NAME = 8
#: Variables that the standard continues in further variables of their own dataset.
_WITHIN_DATASET = {"CO": "COVAL", "TS": "TSVAL"}
#: Roles whose values tell records apart or are dates: half of one would mean something else.
_WHOLE_ROLES = ("Identifier", "Timing")
_TEST_NAME = re.compile(r"[A-Z]*TEST(CD)?")


def continuation_name(name: str, number: int) -> str:
    """Return the name of a text's continuation: AETERM, 1 -> AETERM1; AEACNOTH, 2 -> AEACNOT2.

    Rule: the variable's name and the number, shortened at the end of the name to 8 characters together.
    """
    return name[: _LONGEST_NAME - len(str(number))] + str(number)


def continues_within(spec: DatasetSpec, variable: VariableSpec) -> bool:
    """Return whether a variable is continued in variables of its own dataset, as COVAL and TSVAL are."""
    return _WITHIN_DATASET.get(spec.name) == variable.name


def continued_name(spec: DatasetSpec, name: str) -> str:
    """Return the variable of the dataset that a variable continues, else the name itself: COVAL1 of CO -> COVAL."""
    whole = _WITHIN_DATASET.get(spec.name)
    return whole if whole and re.fullmatch(rf"{whole}\d+", name) else name


def continued_variables(spec: DatasetSpec) -> tuple[VariableSpec, ...]:
    """Return the variables whose values may be continued, then the supplemental qualifiers.

    Rule: free text of the general classes, COVAL, TSVAL, and every supplemental qualifier that is free text. A term of
    a codelist, an identifier, a date and the name of a test stay whole: a part of one would be another.
    """
    general = spec.class_name in GENERAL_CLASSES
    own = (one for one in spec.variables if continues_within(spec, one) or (general and _is_free_text(one)))
    return (*own, *(one for one in spec.supplemental if _is_free_text(one)))


def _is_free_text(variable: VariableSpec) -> bool:
    whole = variable.codelist or variable.role in _WHOLE_ROLES or _TEST_NAME.fullmatch(variable.name)
    return variable.type == "Char" and not whole


def continuation(spec: DatasetSpec, variable: VariableSpec, number: int) -> VariableSpec:
    """Return the specification of a continuation; in SUPP-- it has the label of the variable (section 4.5.3.2)."""
    label = f"{variable.label} {number}" if continues_within(spec, variable) else variable.label
    name = continuation_name(variable.name, number)
    return replace(variable, name=name, label=label, length=None, core="Perm", comment=None, map=None)


def with_continuations(spec: DatasetSpec, columns: Collection[str]) -> DatasetSpec:
    """Return the dataset with those continuations of COVAL or TSVAL that are among `columns`, behind their variable."""
    return replace(spec, variables=tuple(_continued(spec, columns)))


def _continued(spec: DatasetSpec, columns: Collection[str]) -> Iterator[VariableSpec]:
    for variable in spec.variables:
        yield variable
        number = 1
        while continues_within(spec, variable) and continuation_name(variable.name, number) in columns:
            yield continuation(spec, variable, number)
            number += 1


def clash(spec: DatasetSpec, name: str, names: Collection[str]) -> str | None:
    """Return what is wrong where continuations have names that the specification has already, or None.

    Args:
        name: the variable that is too long.
        names: the names of its continuations.
    """
    declared = {*spec.names, *(one.name for one in spec.supplemental)}
    taken = [one for one in names if one in declared]
    if not taken:
        return None
    return (
        f"text over {LIMIT} bytes of {name} continues in {listed(list(names))}, but the dataset has {listed(taken)} "
        f"already. Rename {listed(taken)}, or shorten the text."
    )
