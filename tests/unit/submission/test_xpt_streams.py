"""Streams and parts: the same bytes as a file written at once, and parts that fit."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clinical.errors import ConformanceError, OutsideError
from specs.model.dataset import DatasetSpec, VariableSpec
from submission import xpt, xpt_write

CREATED = datetime(2026, 1, 31)


def variable(name, kind, length=None, sas_format=None):
    return VariableSpec(name, name, kind, length, None, None, None, sas_format, None, None, None)


def spec_of(*variables, name="LB"):
    return DatasetSpec(name, "Laboratory", "FINDINGS", "", (), "", variables)


SPEC = spec_of(variable("A", "Char"), variable("N", "Num"), variable("D", "Num", None, "DATE9."))
FRAME = pd.DataFrame(
    {
        "A": pd.Series(["a", None, "ccc", "dd ", "e", "f", "g"], dtype="str"),
        "N": [1.0, np.nan, 3.0, 4.5, 5.0, 6.0, 0.0],
        "D": pd.Series(pd.to_datetime(["2020-01-01"] * 6 + [None])),
        "_ROW": range(7),
    }
)


def batches(*sizes):
    ends = np.cumsum([0, *sizes])
    return (FRAME.iloc[start:end] for start, end in pairwise(ends))


def test_a_stream_of_frames_or_record_batches_makes_the_same_file(tmp_path):
    xpt.write(FRAME, SPEC, tmp_path / "whole.xpt", created=CREATED)
    whole = (tmp_path / "whole.xpt").read_bytes()
    frames = batches(2, 0, 4, 1)
    assert xpt.write_batches(frames, SPEC, tmp_path / "lb.xpt", created=CREATED, lengths={"A": 3}) == 7
    assert (tmp_path / "lb.xpt").read_bytes() == whole
    records = (pa.RecordBatch.from_pandas(frame) for frame in batches(3, 4))
    xpt.write_batches(records, SPEC, tmp_path / "lb.xpt", created=CREATED, lengths={"A": 3})
    assert (tmp_path / "lb.xpt").read_bytes() == whole


def test_whole_numbers_and_dates_of_arrow_are_taken_as_they_are(tmp_path):
    spec = spec_of(variable("N", "Num"), variable("D", "Num", None, "DATE9."))
    batch = pa.RecordBatch.from_pydict({"N": pa.array([2**53, None]), "D": pa.array([0, None], pa.date32())})
    xpt.write_batches([batch], spec, tmp_path / "lb.xpt", created=CREATED, lengths={})
    rows = ["4e200000000000004" + "3e4500000000000", "2e00000000000000" * 2]  # 2**53 is 2 * 16**13, 3653 is E45
    assert (tmp_path / "lb.xpt").read_bytes()[-80:] == bytes.fromhex("".join(rows)).ljust(80)
    batch = pa.RecordBatch.from_pydict({"N": pa.array([2**53 + 1, None]), "D": pa.array([0, None], pa.date32())})
    with pytest.raises(ConformanceError, match=r"LB.N: whole numbers beyond 2\*\*53 lose digits"):
        xpt.write_batches([batch], spec, tmp_path / "lb.xpt", created=CREATED, lengths={})


def test_the_chunks_of_a_frame_do_not_show(tmp_path, monkeypatch):
    xpt.write(FRAME, SPEC, tmp_path / "whole.xpt", created=CREATED)
    monkeypatch.setattr(xpt_write, "_CHUNK_BYTES", 40)
    monkeypatch.setattr(xpt_write, "_CHUNK_ROWS", 2)
    xpt.write(FRAME, SPEC, tmp_path / "lb.xpt", created=CREATED)
    assert (tmp_path / "lb.xpt").read_bytes() == (tmp_path / "whole.xpt").read_bytes()


def test_no_batch_makes_a_file_without_observations(tmp_path):
    assert xpt.write_batches(iter(()), SPEC, tmp_path / "lb.xpt", created=CREATED, lengths={"A": 3}) == 0
    assert list(xpt.read(tmp_path / "lb.xpt").frame) == ["A", "N", "D"]


def test_lengths_of_text_must_be_known_before_the_first_row(tmp_path):
    with pytest.raises(ConformanceError, match="LB: no length is known for A"):
        xpt.write_batches(batches(7), SPEC, tmp_path / "lb.xpt", created=CREATED, lengths={})
    specified = spec_of(variable("A", "Char", 3), *SPEC.variables[1:])
    xpt.write_batches(batches(7), specified, tmp_path / "lb.xpt", created=CREATED, lengths={})
    xpt.compare(FRAME, specified, tmp_path / "lb.xpt", lengths={"A": 3})


def test_a_batch_that_does_not_fit_leaves_nothing(tmp_path):
    with pytest.raises(ConformanceError, match=r"LB.A: 1 value is longer than the variable's 2 bytes"):
        xpt.write_batches(batches(2, 5), SPEC, tmp_path / "lb.xpt", created=CREATED, lengths={"A": 2})
    assert list(tmp_path.iterdir()) == []


def test_only_the_last_row_of_all_may_not_be_blank(tmp_path):
    spec = spec_of(variable("A", "Char"))
    blank, filled = (pd.DataFrame({"A": pd.Series(values, dtype="str")}) for values in (["x", None], ["y"]))
    xpt.write_batches([blank, filled], spec, tmp_path / "lb.xpt", created=CREATED, lengths={"A": 1})
    xpt.compare(pd.concat([blank, filled]), spec, tmp_path / "lb.xpt")
    with pytest.raises(ConformanceError, match="the last row is blank"):
        xpt.write_batches([filled, blank, filled[:0]], spec, tmp_path / "lb.xpt", created=CREATED, lengths={"A": 1})


def test_a_file_is_compared_piece_by_piece(tmp_path, monkeypatch):
    """Pieces of two rows: the second ends in a blank row, and the last has one row."""
    monkeypatch.setattr(xpt, "_CELLS_AT_ONCE", 2)
    spec = spec_of(variable("A", "Char"))
    frame = pd.DataFrame({"A": pd.Series(["u", "v", "w", None, "x"], dtype="str")})
    xpt.write(frame, spec, tmp_path / "lb.xpt", created=CREATED)
    xpt.compare(frame, spec, tmp_path / "lb.xpt")
    other = pd.DataFrame({"A": pd.Series(["u", "V", "w", "n", "y"], dtype="str")})
    with pytest.raises(ConformanceError, match="A differs in 3 cells"):
        xpt.compare(other, spec, tmp_path / "lb.xpt")
    with pytest.raises(ConformanceError, match="5 rows, expected 4"):
        xpt.compare(frame[:4], spec, tmp_path / "lb.xpt")


def test_parts_follow_the_rows_and_have_equal_lengths(tmp_path):
    # 7 rows of 3 + 8 + 8 = 19 bytes; 640 + 480 + 80 bytes of headers leave room for 80 bytes, which is 4 rows
    files = xpt.write_split(FRAME, SPEC, tmp_path, most_bytes=1_359, created=CREATED)
    assert [path.relative_to(tmp_path).as_posix() for path in files] == ["split/lb1.xpt", "split/lb2.xpt"]
    assert [path.stat().st_size for path in files] == [1_280, 1_280]
    parts = [xpt.read(path) for path in files]
    assert [(part.name, len(part.frame)) for part in parts] == [("LB1", 4), ("LB2", 3)]
    assert {part.label for part in parts} == {"Laboratory"}
    assert parts[0].lengths == parts[1].lengths == {"A": 3, "N": 8, "D": 8}
    assert [value for part in parts for value in part.frame["N"].fillna(-1)] == [1.0, -1.0, 3.0, 4.5, 5.0, 6.0, 0.0]
    xpt.compare_split(FRAME, SPEC, files)
    with pytest.raises(ConformanceError, match=r"lb2.xpt: .* \(N differs in 1 cell\)"):
        xpt.compare_split(FRAME.assign(N=[1.0, np.nan, 3.0, 4.5, 5.0, 6.0, 7.0]), SPEC, files)
    with pytest.raises(ConformanceError, match="LB: its parts hold 4 rows, expected 7"):
        xpt.compare_split(FRAME, SPEC, files[:1])


def test_what_fits_into_one_file_is_not_split(tmp_path):
    assert xpt.write_split(FRAME, SPEC, tmp_path, most_bytes=1_360, created=CREATED) == ()
    assert xpt.write_split(FRAME[:0], SPEC, tmp_path, most_bytes=1, created=CREATED) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_part_holds_at_least_a_row(tmp_path):
    with pytest.raises(ConformanceError, match="LB: a file of one row is larger than 1279 bytes"):
        xpt.write_split(FRAME, SPEC, tmp_path, most_bytes=1_279, created=CREATED)


def test_parts_never_take_the_place_of_another_dataset_s(tmp_path):
    """ADLBCHEM and ADLBCHEX are both cut to ADLBCHE1."""
    one, other = (spec_of(*SPEC.variables, name=name) for name in ("ADLBCHEM", "ADLBCHEX"))
    files = xpt.write_split(FRAME, one, tmp_path, most_bytes=1_359, created=CREATED)
    with pytest.raises(ConformanceError, match=r"ADLBCHEX: its part ADLBCHE1 has the name of another dataset's part"):
        xpt.write_split(FRAME[::-1], other, tmp_path, most_bytes=1_359, created=CREATED)
    xpt.compare_split(FRAME, one, files)


def test_names_of_parts_stay_within_eight_characters():
    assert [xpt_write.part_spec(spec_of(name="ADTTEXYZ"), number).name for number in (1, 12)] == [
        "ADTTEXY1",
        "ADTTEX12",
    ]


def test_a_source_that_fails_is_no_fault_of_the_disk(tmp_path):
    def failing():
        yield FRAME
        raise OutsideError("the source: cannot be read. Look at it.")

    with pytest.raises(OutsideError, match="the source: cannot be read"):
        xpt.write_batches(failing(), SPEC, tmp_path / "lb.xpt", created=CREATED, lengths={"A": 3})
    assert list(tmp_path.iterdir()) == []
