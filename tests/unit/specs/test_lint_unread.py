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
        "cart1922: what adam/adsl.yaml and other files say of each other was not checked, nor whether there is each "
        "method that they name. Mend these mistakes first, then lint again.",
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


def test_tables_that_cannot_be_read_are_said_to_be_unchecked(cart) -> None:
    cart.replace("analyses.yaml", "kind: waterfall", "kind: waterfal")
    cart.replace("analyses.yaml", "- {parameter: PD24B}", "- {parameter: PD25B}")
    problems = cart.everything_said()
    assert len(problems) == 2
    assert problems[1] == (
        "cart1922: what analyses.yaml and other files say of each other was not checked. "
        "Mend these mistakes first, then lint again."
    )


def test_labels_that_a_dataset_would_give_are_not_missed(cart) -> None:
    cart.replace("sdtm/ae.yaml", "dataset: AE\n", "dataset: AE\nlable: x\n")
    assert [problem.split(":")[0] for problem in cart.problems()] == ["cart1922/sdtm/ae.yaml"]


def test_a_version_that_is_not_at_hand_is_told_with_its_place_and_the_mistakes_of_other_files(cart) -> None:
    cart.replace("study.yaml", 'sdtmig: "3.4"', 'sdtmig: "3.5"')
    cart.replace("adam/adsl.yaml", "follows: ADSL\n", "follows: ADSL\nlable: x\n")
    line = cart.line_of("study.yaml", "standards:")
    problems = cart.everything_said()
    assert "cart1922/adam/adsl.yaml:4: lable: key 'lable' is not known here. Did you mean 'label'?" in problems[0]
    assert problems[1:] == [
        f"cart1922/study.yaml:{line}: standards: SDTMIG 3.5: this version is not at hand. Versions at hand: 3.4.",
        "cart1922: what the files say of each other was not checked, since a standard cannot be read. Mend that first.",
    ]
