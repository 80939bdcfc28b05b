"""Whatever `write` accepts comes back unchanged, and two writes are the same bytes."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from specs.model.dataset import DatasetSpec, VariableSpec
from submission import xpt

#: Text without NUL and surrogates, with much that is awkward: blanks, controls, three- and four-byte characters.
TEXT = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50),
    st.text(st.sampled_from(" \t\n\xa0aé受🧬"), max_size=50),
)
NUMBER = st.one_of(
    st.none(),
    st.floats(-9.04e74, 9.04e74).filter(lambda x: x == 0 or abs(x) >= 16.0**-65),
    st.integers(-(2**53), 2**53).map(float),
    st.sampled_from([16.0**-65, -(16.0**-65), 9.04e74, 0.1, -0.0, 1 / 3, np.nextafter(1, 0), 2.0**53]),
)
DATE = st.one_of(st.none(), st.dates(datetime(1582, 10, 15).date(), datetime(9999, 12, 31).date()))
MOMENT = st.one_of(st.none(), st.datetimes(datetime(1600, 1, 1), datetime(9000, 1, 1)))
CREATED = datetime(2026, 1, 31)


def variable(name: str, label: str, kind: Literal["Char", "Num"], sas_format: str | None) -> VariableSpec:
    """Return a variable of which only what reaches the file is set."""
    return VariableSpec(name, label, kind, None, None, None, None, sas_format, None, None, None)


@st.composite
def datasets(draw: st.DrawFn) -> tuple[pd.DataFrame, DatasetSpec]:
    """Draw a frame of up to 8 rows and its specification; column order differs between the two."""
    kinds = draw(st.lists(st.sampled_from(["text", "number", "date", "datetime"]), min_size=1, max_size=5))
    rows = draw(st.integers(0, 8))
    columns, variables = {}, []
    for index, kind in enumerate(kinds):
        name = f"V{index}"
        values = draw(
            st.lists(
                {"text": TEXT, "number": NUMBER, "date": DATE, "datetime": MOMENT}[kind], min_size=rows, max_size=rows
            )
        )
        if kind == "text":
            columns[name] = pd.Series(values, dtype="str")
        elif kind == "number":
            columns[name] = pd.Series(values, dtype="float64")
        else:
            columns[name] = pd.Series(np.array(values, dtype="datetime64[s]"))
        label = draw(st.text(st.characters(categories=["L", "N"]), max_size=10))
        formats = {"date": "DATE9.", "datetime": "DATETIME20."}
        variables.append(variable(name, label, "Char" if kind == "text" else "Num", formats.get(kind)))
    if all(kind == "text" for kind in kinds):  # a blank last row of text is refused; see the unit tests
        columns["V9"] = pd.Series([1.0] * rows, dtype="float64")
        variables.append(variable("V9", "Number", "Num", None))
    frame = pd.DataFrame({name: columns[name] for name in draw(st.permutations(list(columns)))})
    return frame, DatasetSpec("XX", "Drawn", "FINDINGS", "", (), "", tuple(variables))


@given(datasets())
@settings(max_examples=120, deadline=None)
def test_round_trip(drawn: tuple[pd.DataFrame, DatasetSpec]) -> None:
    frame, spec = drawn
    before = frame.copy(deep=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "xx.xpt"
        xpt.write(frame, spec, path, created=CREATED)
        first = path.read_bytes()
        xpt.write(frame, spec, path, created=CREATED)
        assert path.read_bytes() == first
        xpt.compare(frame, spec, path)
        file = xpt.read(path)
    pd.testing.assert_frame_equal(frame, before)
    assert len(first) % 80 == 0
    assert list(file.frame) == list(spec.names)
    for one in spec.variables:
        expected, found = before[one.name].tolist(), file.frame[one.name].tolist()
        if one.type == "Char":
            expected = [None if pd.isna(value) else value.rstrip(" ") or None for value in expected]
            found = [None if pd.isna(value) else value for value in found]
        else:
            expected = [None if pd.isna(value) else value for value in expected]
            found = [None if pd.isna(value) else value for value in found]
        assert found == expected
