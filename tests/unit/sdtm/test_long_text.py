"""Text over 200 bytes: divided between words, continued under the standard's names, never lost."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from clinical.errors import MappingError
from sdtm.build import derive
from sdtm.inputs import Inputs
from sdtm.long_text import continue_long_text, divide, split_text
from specs.long_text import continuation_name, with_continuations
from specs.model.dataset import Origin
from specs.model.maps import Sequence


class TestSplitText:
    def test_a_text_that_fits_is_one_piece(self) -> None:
        assert split_text("a" * 200) == ("a" * 200,)
        assert split_text("发" * 66 + "ab") == ("发" * 66 + "ab",)

    def test_it_is_divided_at_the_last_blank_that_fits(self) -> None:
        assert split_text(" ".join(["abc"] * 60)) == (" ".join(["abc"] * 50), " ".join(["abc"] * 10))

    def test_a_blank_right_behind_200_bytes_is_a_break(self) -> None:
        assert split_text("a" * 200 + " b") == ("a" * 200, "b")
        assert split_text("x " + "a" * 199 + " b") == ("x", "a" * 199, "b")

    def test_a_second_blank_stays_at_the_beginning_of_the_next_piece(self) -> None:
        assert split_text("a" * 190 + "   " + "b" * 20) == ("a" * 190, "  " + "b" * 20)

    def test_a_line_break_is_kept(self) -> None:
        assert split_text("a" * 190 + "\n" + "b" * 20) == ("a" * 190, "\n" + "b" * 20)

    def test_chinese_is_divided_between_characters_not_bytes(self) -> None:
        assert split_text("患者" * 50) == ("患者" * 33, "患者" * 17)  # 99 of 3 bytes would be 297; 66 are 198
        assert split_text("a" + "患" * 67) == ("a" + "患" * 66, "患")

    def test_a_latin_word_in_chinese_is_not_divided(self) -> None:
        assert split_text("热" * 65 + "Tocilizumab" + "后") == ("热" * 65, "Tocilizumab后")
        assert split_text("热 " + "痛" * 70) == ("热 " + "痛" * 65, "痛" * 5)

    def test_korean_is_divided_at_its_blanks(self) -> None:
        assert split_text("환자 " + "발열" * 33) == ("환자", "발열" * 33)

    def test_a_word_that_is_too_long_is_divided_between_characters(self) -> None:
        assert split_text("a" * 450) == ("a" * 200, "a" * 200, "a" * 50)
        assert split_text("a" + "é" * 120) == ("a" + "é" * 99, "é" * 21)

    def test_an_accent_stays_with_its_letter(self) -> None:
        assert split_text("a" * 199 + "e\u0301b") == ("a" * 199, "e\u0301b")

    def test_200_blanks_in_a_row_cannot_be_divided_without_loss(self) -> None:
        assert split_text("a" + " " * 300 + "b") == ("a" + " " * 300 + "b",)


def test_names_of_continuations() -> None:
    assert continuation_name("AETERM", 1) == "AETERM1"
    assert continuation_name("AETERM", 10) == "AETERM10"
    assert continuation_name("AEACNOTH", 2) == "AEACNOT2"
    assert continuation_name("AEACNOTH", 10) == "AEACNO10"
    assert continuation_name("CMTRTXX", 1) == "CMTRTXX1"


def test_only_values_over_the_limit_are_touched() -> None:
    values = pd.Series(["short ", None, "a" * 200 + " b", "c" * 200], index=[4, 2, 7, 1], dtype="str")
    (first, second), count = divide(values)
    assert count == 1
    assert first.index.tolist() == second.index.tolist() == [4, 2, 7, 1]
    assert first.dropna().tolist() == ["short ", "a" * 200, "c" * 200]
    assert second.dropna().to_dict() == {7: "b"}
    assert {str(first.dtype), str(second.dtype)} == {"str"}
    assert values.loc[7] == "a" * 200 + " b"


LONG = "a" * 200 + " bb " + "c" * 198


def _events(helpers, *supplemental, **values: str):
    """Return AE with two records of S-1; values are those of the second one, `x` those of the first."""
    names = ["STUDYID", "USUBJID", *(name for name in values if name not in supplemental)]
    variables = [helpers.variable(name) for name in names]
    variables = [replace(one, label=f"Label of {one.name}", origin=Origin(type="Collected")) for one in variables]
    extra = tuple(
        replace(helpers.variable(name), label=f"Label of {name}", evaluator="SPONSOR") for name in supplemental
    )
    spec = helpers.dataset("AE", *variables, keys=("USUBJID", *names[2:3]), supplemental=extra)
    columns = {"STUDYID": ["S", "S"], "USUBJID": ["S-1", "S-1"], **{name: ["x", text] for name, text in values.items()}}
    return spec, pd.DataFrame(columns, dtype="str")


def _derived(bench, helpers, spec, frame):
    counter = helpers.variable("AESEQ", kind="Num", map=Sequence(algorithm="sequence"))
    spec = replace(spec, variables=(*spec.variables, counter))
    return derive(spec, bench.study, frame, Inputs())


def test_the_rest_is_supplemental(bench, helpers) -> None:
    built = _derived(bench, helpers, *_events(helpers, AETERM=LONG, AEACNOTH=LONG))
    assert list(built.frame) == ["STUDYID", "USUBJID", "AETERM", "AEACNOTH", "AESEQ"]
    assert built.frame["AETERM"].tolist() == ["a" * 200, "x"]
    names = ["RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG"]
    assert built.supplemental[names].to_numpy().tolist() == [
        ["AE", "S-1", "AESEQ", "1", "AEACNOT1", "Label of AEACNOTH", "bb", "CRF"],
        ["AE", "S-1", "AESEQ", "1", "AEACNOT2", "Label of AEACNOTH", "c" * 198, "CRF"],
        ["AE", "S-1", "AESEQ", "1", "AETERM1", "Label of AETERM", "bb", "CRF"],
        ["AE", "S-1", "AESEQ", "1", "AETERM2", "Label of AETERM", "c" * 198, "CRF"],
    ]
    assert built.findings[["rule", "severity", "dataset", "variable", "value", "message"]].to_numpy().tolist() == [
        [
            "MAP.LONG_TEXT",
            "note",
            "AE",
            variable,
            "",
            f"1 value has more than 200 bytes and continues in {names} of SUPPAE. Nothing is lost; join the parts to "
            "read them.",
        ]
        for variable, names in (("AETERM", "AETERM1, AETERM2"), ("AEACNOTH", "AEACNOT1, AEACNOT2"))
    ]


def test_a_supplemental_qualifier_continues_likewise(bench, helpers) -> None:
    built = _derived(bench, helpers, *_events(helpers, "AENARR", AENARR="发热" * 40))
    assert built.supplemental[["IDVARVAL", "QNAM", "QLABEL", "QVAL", "QEVAL"]].to_numpy().tolist() == [
        ["1", "AENARR", "Label of AENARR", "x", "SPONSOR"],
        ["2", "AENARR", "Label of AENARR", "发热" * 33, "SPONSOR"],
        ["2", "AENARR1", "Label of AENARR", "发热" * 7, "SPONSOR"],
    ]


def test_records_are_in_the_order_of_what_stays(bench, helpers) -> None:
    """The whole texts are in the other order: a blank sorts before a letter, but only one text is cut before it."""
    spec, frame = _events(helpers, AETERM="a" * 100 + " " + "b" * 98 + "z")
    frame["AETERM"] = ["a" * 100 + " " + "b" * 98 + "c", "a" * 100 + " " + "b" * 98 + "dd"]
    built = _derived(bench, helpers, spec, frame)
    assert [len(text) for text in built.frame["AETERM"]] == [100, 200]
    assert built.frame["AESEQ"].tolist() == [1, 2]
    assert built.supplemental["IDVARVAL"].tolist() == ["1"]


@pytest.mark.parametrize(
    "change", [{"codelist": "AEREL"}, {"role": "Identifier"}, {"role": "Timing"}, {"name": "AETEST"}]
)
def test_what_must_stay_whole(change, helpers) -> None:
    spec, frame = _events(helpers, AETERM=LONG)
    spec = replace(spec, variables=(*spec.variables[:2], replace(spec.variables[2], **change)))
    frame = frame.rename(columns={"AETERM": spec.names[2]})
    found = continue_long_text(spec, frame.to_dict("series"))
    assert found.spec == spec
    assert found.columns[spec.names[2]].tolist() == ["x", LONG]
    assert len(found.findings) == 0


def test_other_classes_have_no_supplemental_text(helpers) -> None:
    spec, frame = _events(helpers, "NOTE", RACE=LONG, NOTE=LONG)
    found = continue_long_text(replace(spec, name="DM", class_name="SPECIAL PURPOSE"), frame.to_dict("series"))
    assert [one.name for one in found.spec.supplemental] == ["NOTE", "NOTE1", "NOTE2"]
    assert found.columns["RACE"].tolist() == ["x", LONG]


@pytest.mark.parametrize(("dataset", "variable"), [("CO", "COVAL"), ("TS", "TSVAL")])
def test_comments_and_trial_summary_continue_in_their_dataset(dataset, variable, bench, helpers) -> None:
    names = (variable, f"{dataset}Z")
    spec = helpers.dataset(dataset, *(replace(helpers.variable(name), label="Value") for name in names))
    spec = replace(spec, class_name="SPECIAL PURPOSE")
    frame = pd.DataFrame({variable: ["x", LONG], f"{dataset}Z": ["1", "2"]}, dtype="str")
    built = derive(spec, bench.study, frame, Inputs())
    assert list(built.frame) == [variable, f"{variable}1", f"{variable}2", f"{dataset}Z"]
    assert [helpers.values(row) for _, row in built.frame.iterrows()] == [
        ["x", None, None, "1"],
        ["a" * 200, "bb", "c" * 198, "2"],
    ]
    assert built.supplemental is None
    assert built.findings["message"].tolist() == [
        f"1 value has more than 200 bytes and continues in {variable}1, {variable}2. Nothing is lost; join the "
        "parts to read them."
    ]
    described = with_continuations(spec, built.frame.columns)
    assert [(one.name, one.label) for one in described.variables] == [
        (variable, "Value"),
        (f"{variable}1", "Value 1"),
        (f"{variable}2", "Value 2"),
        (f"{dataset}Z", "Value"),
    ]
    assert with_continuations(spec, frame.columns) == spec


class TestNamesThatAreTaken:
    def test_by_a_declared_qualifier(self, helpers) -> None:
        spec, frame = _events(helpers, "AETERM2", AETERM=LONG, AETERM2="y")
        expected = (
            "^AE.AETERM: text over 200 bytes of AETERM continues in AETERM1, AETERM2, but the dataset has AETERM2 "
            "already. Rename AETERM2, or shorten the text.$"
        )
        with pytest.raises(MappingError, match=expected):
            continue_long_text(spec, frame.to_dict("series"))

    def test_by_the_continuation_of_another_variable(self, helpers) -> None:
        spec, frame = _events(helpers, AEACNOTH=LONG, AEACNOTX=LONG)
        with pytest.raises(MappingError, match="the dataset has AEACNOT1, AEACNOT2 already"):
            continue_long_text(spec, frame.to_dict("series"))

    def test_a_similar_name_does_no_harm_without_long_text(self, helpers) -> None:
        spec, frame = _events(helpers, "AETERM1", AETERM="short", AETERM1="y")
        assert continue_long_text(spec, frame.to_dict("series")).spec == spec
