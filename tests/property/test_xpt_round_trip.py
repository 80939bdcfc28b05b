"""Whatever `write` accepts comes back unchanged, by two readers, and two writes are the same bytes."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import polars
import polars_readstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinical.errors import ConformanceError
from specs.model.dataset import DatasetSpec, VariableSpec
from submission import xpt

#: Text without NUL and surrogates, with much that is awkward: blanks, controls, three- and four-byte characters.
TEXT = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50),
    st.text(st.sampled_from(" \t\n\xa0aé受🧬"), max_size=50),
)
LARGEST = float(np.nextafter(16.0**63, 0))
NUMBER = st.one_of(
    st.none(),
    st.floats(-LARGEST, LARGEST).filter(lambda x: x == 0 or abs(x) >= 16.0**-65),
    st.integers(-(2**53), 2**53).map(float),
    st.sampled_from([16.0**-65, -(16.0**-65), LARGEST, -LARGEST, 0.1, -0.0, 1 / 3, np.nextafter(1, 0), 2.0**53]),
)
#: What no transport file holds: subnormal doubles and others too near to zero, too large ones, infinity.
UNHELD = st.one_of(
    st.floats(5e-324, np.nextafter(16.0**-65, 0)),
    st.floats(16.0**63, allow_infinity=True),
    st.sampled_from([5e-324, 2.2250738585072014e-308, np.nextafter(16.0**-65, 0), 16.0**63, np.inf]),
).flatmap(lambda x: st.sampled_from([x, -x]))
DATE = st.one_of(st.none(), st.dates(datetime(1582, 10, 15).date(), datetime(9999, 12, 31).date()))
MOMENT = st.one_of(st.none(), st.datetimes(datetime(1600, 1, 1), datetime(9000, 1, 1)))
CREATED = datetime(2026, 1, 31)


def variable(name: str, label: str, kind: Literal["Char", "Num"], sas_format: str | None) -> VariableSpec:
    """Return a variable of which only what reaches the file is set."""
    return VariableSpec(name, label, kind, None, None, None, None, sas_format, None, None, None)


def require_equal_cells(read: polars.DataFrame, expected: pd.DataFrame, spec: DatasetSpec) -> None:
    """Require the plain numbers and the text as polars-readstat has them."""
    for one in spec.variables:
        wanted, found = expected[one.name], read[one.name].to_list()
        if one.type == "Char":
            assert [value or None for value in found] == [
                None if pd.isna(value) else value.rstrip(" ") or None for value in wanted.tolist()
            ]
        elif one.format is None:
            assert found == [None if np.isnan(value) else value for value in wanted.tolist()]


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


@given(datasets(), st.sampled_from(["utf-8", "gb18030"]), st.booleans())
@settings(max_examples=120, deadline=None)
def test_round_trip(
    drawn: tuple[pd.DataFrame, DatasetSpec], encoding: Literal["utf-8", "gb18030"], allotted: bool
) -> None:
    frame, spec = drawn
    lengths = {one.name: 200 for one in spec.variables if one.type == "Char"} if allotted else None
    before = frame.copy(deep=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "xx.xpt"
        xpt.write(frame, spec, path, created=CREATED, lengths=lengths, encoding=encoding)
        first = path.read_bytes()
        xpt.write(frame, spec, path, created=CREATED, lengths=lengths, encoding=encoding)
        assert path.read_bytes() == first
        xpt.compare(frame, spec, path, lengths=lengths, encoding=encoding)
        file = xpt.read(path, encoding=encoding)
        if encoding == "utf-8":
            require_equal_cells(polars_readstat.read_readstat(str(path), preserve_order=True), before, spec)
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


@given(st.lists(st.one_of(NUMBER, UNHELD), min_size=1, max_size=5).filter(lambda drawn: any(drawn)), UNHELD)
@settings(max_examples=60, deadline=None)
def test_numbers_that_no_file_holds_are_refused(others: list[float | None], unheld: float) -> None:
    frame = pd.DataFrame({"N": pd.Series([*others, unheld], dtype="float64")})
    spec = DatasetSpec("XX", "Drawn", "FINDINGS", "", (), "", (variable("N", "Number", "Num", None),))
    with tempfile.TemporaryDirectory() as folder:
        with pytest.raises(ConformanceError, match=r"XX.N: \d+ values? (is|are) (infinite|7.24e75|nearer to zero)"):
            xpt.write(frame, spec, Path(folder) / "xx.xpt", created=CREATED)
        assert list(Path(folder).iterdir()) == []
