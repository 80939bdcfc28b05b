"""The run folder's paths, typed from the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from submission.package import RunPaths, folder_name

PATHS = RunPaths(Path("out/demo"), "CART1922")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (PATHS.transport_file("sdtm", "SUPPAE"), "out/demo/m5/datasets/cart1922/tabulations/sdtm/suppae.xpt"),
        (PATHS.transport_file("adam", "ADSL"), "out/demo/m5/datasets/cart1922/analysis/adam/datasets/adsl.xpt"),
        (PATHS.dataset_json("sdtm", "DM"), "out/demo/datasetjson/sdtm/dm.json"),
        (PATHS.dataset_json("adam", "ADTTE"), "out/demo/datasetjson/adam/adtte.json"),
        (PATHS.findings, "out/demo/findings"),
    ],
)
def test_paths_are_those_of_the_contract(path, expected):
    assert path.as_posix() == expected


def test_paths_relative_to_the_run_folder():
    assert PATHS.relative(PATHS.transport_file("sdtm", "DM")) == "m5/datasets/cart1922/tabulations/sdtm/dm.xpt"


@pytest.mark.parametrize(
    ("study_id", "expected"),
    [
        ("CDISCPILOT01", "cdiscpilot01"),
        ("ABC-12", "abc-12"),
        ("ABC/12 x", "abc-12-x"),
        ("../../etc", "etc"),
        ("研究", "study"),
    ],
)
def test_a_study_identifier_cannot_leave_its_folder(study_id, expected):
    assert folder_name(study_id) == expected
