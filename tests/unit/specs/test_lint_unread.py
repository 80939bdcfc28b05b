"""What follows from a dataset that cannot be used is not told as a mistake of others; that it was not checked is."""

from __future__ import annotations

import shutil

import pytest

from specs.load import STUDIES
from tests.unit.specs.conftest import StudyFolder


@pytest.fixture
def cart(tmp_path):
    folder = tmp_path / "cart1922"
    shutil.copytree(STUDIES / "cart1922", folder, ignore=shutil.ignore_patterns("sample"))
    return StudyFolder(folder)


def test_one_mistake_in_adsl_is_told_once(cart) -> None:
    cart.replace("adam/adsl.yaml", "follows: ADSL\n", "followz: ADSL\n")
    assert cart.everything_said() == [
        "cart1922/adam/adsl.yaml:2: follows: key 'follows' is missing. Add it.",
        "cart1922/adam/adsl.yaml:3: followz: key 'followz' is not known here. Did you mean 'follows'? "
        "Remove or rename it.",
        "cart1922: what other files say of adam/adsl.yaml was not checked. Mend these mistakes first, then lint again.",
    ]


@pytest.mark.parametrize("dataset", ["adrs", "adtte", "adae", "adlb"])
def test_one_mistake_in_another_dataset_is_told_once(cart, dataset) -> None:
    cart.replace(f"adam/{dataset}.yaml", "variables:\n", "variable:\n")
    problems = cart.everything_said()
    assert {problem.split(":")[0] for problem in problems} == {f"cart1922/adam/{dataset}.yaml", "cart1922"}
    assert "was not checked" in problems[-1]


def test_one_mistake_in_dm_is_told_once(cart) -> None:
    cart.replace("sdtm/dm.yaml", "dataset: DM\n", "dataset: DM\nlable: x\n")
    problems = cart.everything_said()
    assert [problem.split(":")[0] for problem in problems] == ["cart1922/sdtm/dm.yaml", "cart1922"]


def test_mistakes_elsewhere_are_told_beside_it(cart) -> None:
    cart.replace("adam/adsl.yaml", "follows: ADSL\n", "followz: ADSL\n")
    cart.replace("analyses.yaml", "- {parameter: PD24B}", "- {parameter: PD25B}")
    problems = cart.problems()
    assert len(problems) == 3
    assert "ADRS has no parameter 'PD25B'. Did you mean 'PD24B'?" in problems[2]


def test_a_setting_that_is_not_there_is_told_once(cart) -> None:
    cart.replace(
        "adam/adsl.yaml",
        "{algorithm: date, of: {setting: facts.leukapheresis}",
        "{algorithm: date, of: {setting: facts.leuk}",
    )
    problems = cart.problems()
    assert len(problems) == 1
    assert "setting 'facts.leuk' is not in study.yaml." in problems[0]
