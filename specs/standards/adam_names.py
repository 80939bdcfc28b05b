"""How an ADaM variable name finds its entry: placeholders, numeric versions, user-defined dates.

ADaMIG writes `xx` and `zz` for two digits (01-99), `y` and `w` for a number without leading zero (1-99), and `*` for
a stem of the sponsor's choice. A name is tried, after an exact match, in this order:

1. the structure's entries with placeholders: `CRIT1FL` is CRITyFL;
2. in BDS and TTE, the entries of ADSL, all of which may be carried along: `TRT01P`, `SAFFL`;
3. the numeric version of a text variable, label with `(N)`: `RACEN` of RACE, `SAFFN` of SAFFL;
4. a date or time of the sponsor's choice by its suffix, the longest that fits: `INF1DT` is *DT. Its label is empty.

Reference: ADaMIG 1.3, section 3.1 (variable conventions) and 3.3.3 (suffixes for user-defined timing variables).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from specs.standards.entry import StandardVariable

NAME_LENGTH = 8
LABEL_LENGTH = 40

_NUMBERS = {"xx": r"(?P<xx>0[1-9]|[1-9][0-9])", "zz": r"(?P<zz>0[1-9]|[1-9][0-9])"}
_NUMBERS |= {"y": r"(?P<y>[1-9][0-9]?)", "w": r"(?P<w>[1-9][0-9]?)"}
_PLACEHOLDER = re.compile("xx|zz|y|w")
_IN_LABEL = re.compile(r"\b(xx|zz|y|w)\b")

#: Words that a label gives up, in this order, until it fits.
_ABBREVIATIONS = (
    ("Imputation", "Imput."),
    ("Treatment", "Trt"),
    ("Percent", "Pct"),
    ("Change", "Chg"),
    ("Category", "Cat"),
    ("Subperiod", "Subper"),
    ("Description", "Desc"),
    ("Population", "Pop"),
    ("Planned", "Plan"),
    ("Actual", "Act"),
    ("Sequence", "Seq"),
    ("Randomization", "Rand"),
    ("Reason", "Rsn"),
    ("Value", "Val"),
    ("Verification", "Verif"),
    ("Evaluation", "Eval"),
    ("Criterion", "Crit"),
    (" from ", " fr "),
)


@cache
def _pattern(entry: str) -> re.Pattern[str]:
    return re.compile(_PLACEHOLDER.sub(lambda found: _NUMBERS[found.group()], entry))


def resolve(variables: Sequence[StandardVariable], name: str) -> StandardVariable | None:
    """Return the entry of that name, else the one whose placeholders it fills, named and labelled; None if neither.

    `TR01SDT` gives TRxxSDT as `TR01SDT`, "Date of First Exposure in Period 01". Names over 8 characters fit nothing.
    """
    if len(name) > NAME_LENGTH:
        return None
    for variable in variables:
        if variable.name == name:
            return variable
    for variable in variables:
        if variable.name.startswith("*") or not _PLACEHOLDER.search(variable.name):
            continue
        found = _pattern(variable.name).fullmatch(name)
        if found:
            return replace(variable, name=name, label=shortened(_filled(variable.label, found)))
    return None


def _filled(label: str, numbers: re.Match[str]) -> str:
    return _IN_LABEL.sub(lambda word: numbers.group(word.group()), label)


def as_permitted(variable: StandardVariable | None) -> StandardVariable | None:
    """Return a variable carried along from ADSL: nothing requires it where it is carried to."""
    return None if variable is None else replace(variable, core="Perm")


def numeric_version(variables: Sequence[StandardVariable], name: str) -> StandardVariable | None:
    """Return the numeric version of a text variable: `RACEN` of RACE, `SAFFN` of SAFFL with 1 for Y and 0 for N."""
    if len(name) > NAME_LENGTH or not name.endswith("N"):
        return None
    text = resolve(variables, name[:-1] + "L" if name.endswith("FN") else name[:-1])
    if text is None or text.type != "Char" or text.label.endswith("(C)"):
        return None
    flags = {"Y": "1", "N": "0"}
    return replace(
        text,
        name=name,
        label=shortened(f"{text.label} (N)"),
        type="Num",
        core="Perm",
        codelists=(),
        values=tuple(flags.get(value, value) for value in text.values),
    )


def user_defined_timing(variables: Sequence[StandardVariable], name: str) -> StandardVariable | None:
    """Return the entry of the longest suffix that fits (`INF1DTF` is *DTF), under this name and without a label."""
    if len(name) > NAME_LENGTH:
        return None
    suffixes = [variable for variable in variables if variable.name.startswith("*")]
    fitting = [v for v in suffixes if name.endswith(v.name[1:]) and len(name) > len(v.name[1:])]
    if not fitting:
        return None
    return replace(max(fitting, key=lambda variable: len(variable.name)), name=name, label="")


def shortened(label: str) -> str:
    """Return a label of at most 40 characters, by the usual abbreviations and only as many as it takes."""
    for word, short in _ABBREVIATIONS:
        if len(label) <= LABEL_LENGTH:
            break
        label = label.replace(word, short)
    return label
