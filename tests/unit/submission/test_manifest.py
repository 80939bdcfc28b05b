"""manifest.json: its keys, order and hashes; what has changed since."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest

from clinical.errors import UsageError
from specs.model.dataset import DatasetSpec, VariableSpec
from submission import xpt
from submission.manifest import (
    InputFile,
    Manifest,
    OutputFile,
    Software,
    describe_outputs,
    describe_software,
    read_manifest,
    sha256_of,
    verify,
    write_manifest,
)

# sha256sum of "abc", as in FIPS 180-2
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def manifest(outputs=None, **changes):
    given = {
        "study": "CART1922",
        "run_id": "20260131T0200-1a2b",
        "started": datetime(2026, 1, 31, 2, 0, tzinfo=UTC),
        "finished": datetime(2026, 1, 31, 4, 0, 30, tzinfo=timezone(timedelta(hours=2))),
        "user": "data.manager",
        "cutoff": "2026-01-15",
        "software": Software("0.1.0", "3.12.1", {"pandas": "3.1.1", "numpy": "2.4.6"}),
        "specs": {"study.yaml": "bbbb", "sdtm/ae.yaml": "aaaa"},
        "inputs": {"export.xml": InputFile("cccc", 120, 7)},
        "outputs": outputs or {},
        "findings": {"note": 3, "error": 0, "warning": 12},
        "status": "published",
    }
    return Manifest(**{**given, **changes})


def test_the_file_letter_by_letter(tmp_path):
    written = write_manifest(manifest({"report/index.html": OutputFile("dddd", 9, None, None)}), tmp_path)
    assert written == tmp_path / "manifest.json"
    assert written.read_text(encoding="utf-8") == (
        """{
  "study": "CART1922",
  "run_id": "20260131T0200-1a2b",
  "started": "2026-01-31T02:00:00Z",
  "finished": "2026-01-31T02:00:30Z",
  "user": "data.manager",
  "cutoff": "2026-01-15",
  "software": {
    "cdiscflow": "0.1.0",
    "python": "3.12.1",
    "packages": {
      "numpy": "2.4.6",
      "pandas": "3.1.1"
    }
  },
  "specs": {
    "sdtm/ae.yaml": "aaaa",
    "study.yaml": "bbbb"
  },
  "inputs": {
    "export.xml": {
      "sha256": "cccc",
      "bytes": 120,
      "rows": 7
    }
  },
  "outputs": {
    "report/index.html": {
      "sha256": "dddd",
      "bytes": 9,
      "rows": null,
      "columns": null
    }
  },
  "findings": {
    "error": 0,
    "warning": 12,
    "note": 3
  },
  "status": "published"
}
"""
    )


def test_what_was_written_is_read_back(tmp_path):
    write_manifest(manifest({"a.csv": OutputFile("dddd", 9, 2, 3)}), tmp_path)
    found = read_manifest(tmp_path)
    assert found == manifest({"a.csv": OutputFile("dddd", 9, 2, 3)})
    assert found.finished == datetime(2026, 1, 31, 2, 0, 30, tzinfo=UTC)


def test_hashes_are_sha256(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of(tmp_path / "abc") == ABC


def test_outputs_know_their_rows_and_columns(tmp_path):
    one = VariableSpec("N", "Number", "Num", None, None, None, None, None, None, None, None)
    spec = DatasetSpec("DM", "Demographics", "", "", (), "", (one,))
    (tmp_path / "m5").mkdir()
    xpt.write(pd.DataFrame({"N": [1.0, 2.0]}), spec, tmp_path / "m5" / "dm.xpt", created=datetime(2026, 1, 1))
    pd.DataFrame({"A": ["x"], "B": ["y"], "_ROW": [1]}).to_parquet(tmp_path / "a.parquet")
    (tmp_path / "findings.csv").write_bytes(b"rule\n")
    (tmp_path / "notes.txt").write_bytes(b"abc")
    (tmp_path / "manifest.json").write_text("{}")
    outputs = describe_outputs(tmp_path, {"findings.csv": (0, 13)})
    assert list(outputs) == ["a.parquet", "findings.csv", "m5/dm.xpt", "notes.txt"]
    assert [(one.rows, one.columns) for one in outputs.values()] == [(1, 3), (0, 13), (2, 1), (None, None)]
    assert outputs["notes.txt"] == OutputFile(ABC, 3, None, None)
    assert outputs["m5/dm.xpt"].bytes == 640 + 160 + 80 + 80


def test_labels_may_be_in_another_encoding_than_utf_8(tmp_path):
    label = "性别"
    sex = VariableSpec("SEX", label, "Char", None, None, None, None, None, None, None, None)
    spec = DatasetSpec("DM", label, "", "", (), "", (sex,))
    frame = pd.DataFrame({"SEX": pd.Series(["F", "M"], dtype="str")})
    xpt.write(frame, spec, tmp_path / "dm.xpt", created=datetime(2026, 1, 31), encoding="gb18030")
    written = describe_outputs(tmp_path)["dm.xpt"]
    assert (written.rows, written.columns) == (2, 1)


def test_software_names_every_library_that_writes_what_is_handed_over():
    assert {"odmlib", "defineutils", "reportlab", "python-docx", "pyreadstat"} <= set(describe_software().packages)


def test_software_names_what_computed():
    software = describe_software(["pandas", "no-such-package"])
    assert dict(software.packages) == {"pandas": pd.__version__}
    assert software.python.startswith("3.")


def test_verification_finds_every_kind_of_change(tmp_path):
    for name in ("same", "edited", "grown", "removed"):
        (tmp_path / name).write_bytes(b"abc")
    write_manifest(manifest(describe_outputs(tmp_path)), tmp_path)
    assert verify(tmp_path).intact
    (tmp_path / "edited").write_bytes(b"abd")
    (tmp_path / "grown").write_bytes(b"abcd")
    (tmp_path / "removed").unlink()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "added").write_bytes(b"")
    found = verify(tmp_path)
    assert (found.changed, found.missing, found.unexpected) == (("edited", "grown"), ("removed",), ("sub/added",))
    assert not found.intact


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"name": "my web extension", "version": "1"}', "\xff"])
def test_folders_without_a_manifest_are_no_run(tmp_path, content):
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(UsageError, match="Name a folder that `run` has written"):
        verify(tmp_path)


def test_one_key_too_few_is_no_manifest(tmp_path):
    path = write_manifest(manifest(), tmp_path)
    found = json.loads(path.read_text())
    del found["user"]
    path.write_text(json.dumps(found))
    with pytest.raises(UsageError, match="not the manifest of a run"):
        read_manifest(tmp_path)
