"""What an encoding cannot say: found, counted and never changed."""

from __future__ import annotations

import pandas as pd
import pytest

from specs.model.dataset import DatasetSpec, VariableSpec
from submission.representable import check_representable, transliterate


def spec_of(label="A label", dataset_label="Adverse Events"):
    one = VariableSpec("AETERM", label, "Char", None, None, None, None, None, None, None, None)
    number = VariableSpec("AESEQ", "Number", "Num", None, None, None, None, None, None, None, None)
    return DatasetSpec("AE", dataset_label, "EVENTS", "", (), "", (one, number))


def frame_of(*values):
    return pd.DataFrame({"AETERM": pd.Series(values, dtype="str"), "AESEQ": [1.0] * len(values)})


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("≥ 5 × 10⁹/L", ">= 5 x 10^9/L"),
        ("≤2 µg/mL", "<=2 ug/mL"),
        ("38.5 °C", "38.5 degC"),
        ("“yes” – it’s…", '"yes" - it\'s...'),
        ("β‑blocker", "beta-blocker"),
        ("Ménière", "Meniere"),
        ("10⁻¹²", "10^-12"),
        ("ＡＢＣ１２３，（x）", "ABC123,(x)"),
        ("non breaking", "non breaking"),
        ("½", "1/2"),
        ("发热", None),
        ("fever 发热", None),
        ("plain", "plain"),
    ],
)
def test_transliteration(text, plain):
    assert transliterate(text) == plain


def test_ascii_text_and_labels_give_no_finding():
    for encoding in ("ascii", "utf-8", "gb18030"):
        assert check_representable(frame_of("x" * 200, None, "~ "), spec_of("L" * 40, "D" * 40), encoding).empty


def test_characters_are_counted_by_cell_and_suggested_under_value():
    frame = frame_of("≥5 µg", "µ", None, "plain", "é≥")
    before = frame.copy()
    found = check_representable(frame, spec_of(), "ascii")
    pd.testing.assert_frame_equal(frame, before)
    assert found[["rule", "severity", "dataset", "variable", "value"]].to_numpy().tolist() == [
        ["XPT.NOT_REPRESENTABLE", "error", "AE", "AETERM", "µ as u; é as e; ≥ as >="]
    ]
    assert found["message"][0] == (
        "3 cells of AETERM hold characters that ASCII does not have. In the export or in the mapping, write them as "
        "suggested under value."
    )
    assert check_representable(frame, spec_of(), "utf-8").empty


def test_chinese_has_to_be_translated():
    found = check_representable(frame_of("发热", "≥发"), spec_of(), "ascii")
    assert found["value"][0] == "≥ as >=; 发; 热"
    assert (
        "write them as suggested under value and translate the text that has no such suggestion" in found["message"][0]
    )
    assert found["message"][0].startswith("2 cells")
    assert "发" not in found["message"][0]
    for encoding in ("utf-8", "gb18030"):
        assert check_representable(frame_of("发热", "≥发"), spec_of(), encoding).empty


def test_labels_are_named_with_what_to_write():
    found = check_representable(frame_of("x"), spec_of("ALT ≥ 3 × ULN", "不良事件"), "ascii")
    assert found[["rule", "variable", "message"]].to_numpy().tolist() == [
        ["XPT.NOT_REPRESENTABLE", "", "The label of AE holds characters that ASCII does not have. Translate it."],
        [
            "XPT.NOT_REPRESENTABLE", "AETERM",
            "The label of AETERM holds characters that ASCII does not have. Write it as 'ALT >= 3 x ULN'.",
        ],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "values", "message"),
    [
        ("ascii", ["x" * 201, "x" * 250, "x" * 200 + " "], "2 cells of AETERM have more than 200 bytes in ascii (250)"),
        ("utf-8", ["热" * 66, "热" * 67], "1 cell of AETERM has more than 200 bytes in utf-8 (201)"),
        ("gb18030", ["热" * 100, "热" * 101], "1 cell of AETERM has more than 200 bytes in gb18030 (202)"),
    ],
)  # fmt: skip
def test_values_of_more_bytes_than_fit(encoding, values, message):
    found = check_representable(frame_of(*values), spec_of(), encoding)
    assert found["rule"].tolist() == ["XPT.TOO_LONG"]
    assert found["message"][0].replace("the longest ", "").startswith(message)


@pytest.mark.parametrize(("encoding", "label", "size"), [("utf-8", "标" * 14, 42), ("gb18030", "标" * 21, 42)])
def test_labels_of_more_bytes_than_fit(encoding, label, size):
    found = check_representable(frame_of("x"), spec_of(label), encoding)
    assert found[["rule", "variable"]].to_numpy().tolist() == [["XPT.TOO_LONG", "AETERM"]]
    assert f"has {size} bytes in {encoding}, at most 40 fit" in found["message"][0]


def test_what_is_no_text_is_left_to_the_writer():
    assert check_representable(pd.DataFrame({"AETERM": [1.0]}), spec_of(), "ascii").empty
