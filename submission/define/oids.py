"""How things are called in define.xml: stable identifiers that a reader understands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence


def _part(text: str) -> str:
    return re.sub(r"\s+", "_", text.strip())


def group_oid(dataset: str) -> str:
    """Return the identifier of a dataset.

    >>> group_oid("AE"), item_oid("AE", "AETERM"), item_oid("LB", "LBORRES", "HGB")
    ('IG.AE', 'IT.AE.AETERM', 'IT.LB.LBORRES.HGB')
    """
    return f"IG.{dataset}"


def item_oid(dataset: str, variable: str, *values: str) -> str:
    """Return the identifier of a variable, or of what it is where other variables have `values`."""
    return ".".join(["IT", dataset, variable, *map(_part, values)])


def value_list_oid(dataset: str, variable: str) -> str:
    """Return the identifier of what a variable is by value."""
    return f"VL.{dataset}.{variable}"


def where_oid(dataset: str, tests: Mapping[str, Sequence[str]]) -> str:
    """Return the identifier of the condition that each variable has one of its values.

    >>> where_oid("LB", {"LBTESTCD": ["HGB", "WBC"]})
    'WC.LB.LBTESTCD.HGB.WBC'
    """
    return ".".join(["WC", dataset, *(_part(one) for name, values in tests.items() for one in (name, *values))])


def codelist_oid(name: str, *, numeric: bool = False) -> str:
    """Return the identifier of a codelist; as numbers it is another list than as text."""
    return f"CL.{_part(name)}" + (".N" if numeric else "")


def comment_oid(*parts: str) -> str:
    """Return the identifier of a comment."""
    return ".".join(["COM", *map(_part, parts)])


def leaf_id(file: str) -> str:
    """Return the identifier of a file, which XML wants to be a name.

    >>> leaf_id("ae.xpt"), leaf_id("../../2.pdf")
    ('LF.ae.xpt', 'LF.2.pdf')
    """
    return "LF." + re.sub(r"[^A-Za-z0-9._-]", "_", file.rpartition("/")[2])
