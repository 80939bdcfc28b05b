"""How many bytes each variable is allotted: as many as its longest value in the study has.

FDA asks for the longest value of a variable across all datasets, and for the longest in the dataset alone where it is
one of supplemental qualifiers (Study Data Technical Conformance Guide, on the length of columns).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from clinical.findings import combine, report
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.submission import Encoding
from submission import ibm, xpt_text

LENGTH = "XPT.LENGTH"

#: The bytes of the longest value by variable, text only.
Longest = Mapping[str, int]


def longest(frame: pd.DataFrame, spec: DatasetSpec, encoding: Encoding) -> dict[str, int]:
    """Return the bytes of each text variable's longest value in an encoding, 0 where it has none.

    Blanks at the end do not count. Characters that ASCII lacks count as in UTF-8. A column that a transport file cannot
    hold (no text, or a NUL character in it) counts as it is or as 0: the writer refuses it.
    """
    return {
        variable.name: _longest(frame[variable.name], encoding)
        for variable in spec.variables
        if variable.type == "Char"
    }


def _longest(values: pd.Series, encoding: Encoding) -> int:
    try:
        texts = xpt_text.as_arrow(values)
    except xpt_text.Refused:
        return 0
    return xpt_text.longest_of(texts if xpt_text.count_nul(texts) else xpt_text.encode(texts, encoding))


def allot(measured: Mapping[str, Longest], specs: Mapping[str, DatasetSpec]) -> dict[str, dict[str, int]]:
    """Return the length of every variable of the measured datasets, numbers included, by dataset.

    A length of the specification stands, unless a value of the dataset is longer (`check_lengths` reports that). Any
    other text gets the longest value that a variable of its name has in the study, at least 1; in a dataset of
    supplemental qualifiers the longest value there. Numbers get 8.

    Args:
        measured: what `longest` returned, by dataset, SDTM and ADaM together.
        specs: the specifications of these datasets, by name.
    """
    across: dict[str, int] = {}
    for dataset, lengths in measured.items():
        if not _is_supplemental(dataset):
            for name, length in lengths.items():
                across[name] = max(across.get(name, 1), length)
    return {
        dataset: {
            variable.name: _length(variable, lengths, lengths if _is_supplemental(dataset) else across)
            for variable in specs[dataset].variables
        }
        for dataset, lengths in measured.items()
    }


def check_lengths(measured: Mapping[str, Longest], specs: Mapping[str, DatasetSpec]) -> pd.DataFrame:
    """Return a finding for every length of the specification that a value exceeds."""
    return combine(
        report(
            LENGTH,
            "error",
            f"The longest value of {variable.name} has {lengths[variable.name]} bytes, and its specification allots "
            f"{variable.length}. Raise `length`, or shorten the value.",
            source="rule",
            dataset=dataset,
            variable=variable.name,
        )
        for dataset, lengths in measured.items()
        for variable in specs[dataset].variables
        if variable.type == "Char" and variable.length is not None and lengths[variable.name] > variable.length
    )


def _is_supplemental(dataset: str) -> bool:
    return dataset.startswith("SUPP")


def _length(variable: VariableSpec, own: Longest, common: Longest) -> int:
    if variable.type == "Num":
        return variable.length or ibm.LENGTH
    if variable.length is not None:
        return max(variable.length, own[variable.name])
    return max(common[variable.name], 1)
