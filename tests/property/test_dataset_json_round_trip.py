"""Whatever a frame holds, Dataset-JSON gives it back to a reader that is not ours."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from types import SimpleNamespace

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from odmlib.dataset_json_1_1.model import DatasetJSON

from specs.model.dataset import DatasetSpec, VariableSpec
from submission.dataset_json import write_dataset_json
from submission.dataset_json_compare import compare_dataset_json
from submission.written import WrittenDataset

STUDY = SimpleNamespace(id="S", design=SimpleNamespace(trial_summary=()))
CREATED = datetime(2026, 1, 31, tzinfo=UTC)

texts = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
numbers = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([-0.0, 2.0**53, 1e22]))
whole = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))


def read_back(frame, folder):
    kinds = {"T": "Char", "N": "Num", "W": "Num"}
    variables = tuple(
        VariableSpec(name, name, kinds[name], None, None, None, None, None, None, None, None) for name in frame
    )
    spec = DatasetSpec("XX", "Any", "EVENTS", "", (), "sdtm", variables)
    dataset = WrittenDataset(spec, "sdtm", None, len(frame), {}, lambda: frame)
    path, lines = write_dataset_json(dataset, folder / "xx.json", study=STUDY, created=CREATED)
    compare_dataset_json(dataset, path)
    found = DatasetJSON.read_json(path)
    assert DatasetJSON.read_ndjson(lines).rows == found.rows
    return found.rows


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.tuples(texts, numbers, whole), min_size=1, max_size=8))
def test_every_value_comes_back(rows, tmp_path_factory):
    frame = pd.DataFrame(
        {
            "T": pd.Series([row[0] for row in rows], dtype="str"),
            "N": pd.Series([row[1] for row in rows], dtype="float64"),
            "W": pd.array([row[2] for row in rows], dtype="Int64"),
        }
    )
    found = read_back(frame, tmp_path_factory.mktemp("dsj"))
    assert [row[0] for row in found] == [row[0] for row in rows]
    assert [row[2] for row in found] == [row[2] for row in rows]
    for (_, expected, _), (_, number, _) in zip(rows, found, strict=True):
        assert number == expected
        assert number is None or math.copysign(1, number) == math.copysign(1, expected)
