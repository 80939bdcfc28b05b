"""A study of which only the export is described: it is read and checked, and there is nothing to pack yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.e2e.conftest import Answer

RAW = """\
export:
  csv: {encoding: utf-8, delimiter: ","}
identity: {subject: PATNUM}
subjects: dm
forms:
  dm:
    label: Demographics
    file: dm.csv
    columns:
      AGE: {label: Age, type: integer}
"""
STUDY = """\
id: MAKING
name: MAKING
title: A study in the making
standards: {sdtmig: "3.4", adamig: "1.3", sdtm_terminology: "2025-03-28", adam_terminology: "2026-03-27"}
"""


def test_a_study_without_datasets_is_published_without_a_package(tmp_path: Path, cli: Callable[..., Answer]) -> None:
    study, export = tmp_path / "making", tmp_path / "export"
    study.mkdir()
    export.mkdir()
    (study / "raw.yaml").write_text(RAW, encoding="utf-8")
    (study / "study.yaml").write_text(STUDY, encoding="utf-8")
    (export / "dm.csv").write_text("PATNUM,AGE\n01,61\n", encoding="utf-8")
    answer = cli("run", study, "--raw", export, "--out", tmp_path / "run", "--no-prefect")
    assert answer.code == 0, answer
    assert (tmp_path / "run" / "report" / "index.html").is_file()
    assert not [*(tmp_path / "run").glob("*-m5.*")]
