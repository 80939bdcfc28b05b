"""What every drawing is: well-formed, the same every time, self-contained, and honest about its source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import etree

from clinical.errors import OutsideError
from reports.figures import Drawing, write_figures
from tests.unit.reports.figures.conftest import COLOUR, dates, draw

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def adam(adsl: pd.DataFrame, best: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Datasets for a figure of each kind; a term and a label try to be markup and mathematics."""
    subjects = ["S1", "S2", "S3"]
    return {
        "ADSL": adsl.assign(SUBJID=["<b>$x^2$</b>", "2", "3", "4", "5"]),
        "ADRS": best.assign(AVISIT="MONTH 1", AVISITN=6.0),
        "ADTTE": pd.DataFrame({"USUBJID": subjects, "PARAMCD": "OS", "AVAL": [10.0, 20, 30], "CNSR": [0.0, 0, 1]}),
        "ADTR": pd.DataFrame({"USUBJID": subjects, "ADY": [30.0, 30, 30], "PCHG": [-50.0, 20, -99]}),
        "ADAE": pd.DataFrame({"USUBJID": subjects, "AEDECOD": "Fever <i>& $rash$</i>", "GRADE": [1.0, 2, 3]}),
    }


CHANGE = {"dataset": "ADTR", "axis": "Change (%)", "colour": COLOUR}
KINDS: dict[str, dict[str, Any]] = {
    "kaplan_meier": {"dataset": "ADTTE", "curves": [{"label": "OS", "where": {"PARAMCD": "OS"}}]},
    "swimmer": {
        "dataset": "ADSL",
        "start": "TRTSDT",
        "end": "LSTALVDT",
        "colour": COLOUR,
        "marks": [{"label": "R", "shape": "star", "dataset": "ADRS", "where": {"AVALC": "CR"}, "date": "ADT"}],
    },
    "waterfall": CHANGE,
    "spider": CHANGE,
    "grades": {"dataset": "ADAE", "term": "AEDECOD", "grade": "GRADE", "grades": ["1", "2", "3"]},
    "response_bar": {"dataset": "ADRS", "where": {"PARAMCD": "BOR"}, "categories": ["CR", "PR", "SD", "PD"]},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_svg_stands_alone_and_is_the_same_every_time(kind: str, adam: dict[str, pd.DataFrame]) -> None:
    drawing = draw(adam, kind=kind, **KINDS[kind])
    root = etree.fromstring(drawing.svg.encode())
    assert root.tag == SVG + "svg"
    assert [root[0].tag, root[1].tag] == [SVG + "title", SVG + "desc"]
    assert root[0].text == "Title"
    assert root[1].text
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(one.startswith("fig-") for one in ids)
    referred = re.findall(r'(?:href="|url\()#([^")]+)', drawing.svg)
    assert set(referred) <= set(ids)
    assert not re.search(r"(href|src)=\"(?!#)|@import|<style|<script|<image", drawing.svg)
    assert draw(adam, kind=kind, **KINDS[kind]).svg == drawing.svg


def test_texts_of_the_data_are_text(adam: dict[str, pd.DataFrame]) -> None:
    texts = [one.text for one in etree.fromstring(draw(adam, kind="grades", **KINDS["grades"]).svg.encode()).iter()]
    assert "Fever <i>& $rash$</i>" in texts
    texts = [one.text for one in etree.fromstring(draw(adam, kind="swimmer", **KINDS["swimmer"]).svg.encode()).iter()]
    assert "<b>$x^2$</b>" in texts


def test_settings_of_the_machine_change_nothing(adam: dict[str, pd.DataFrame]) -> None:
    import matplotlib as mpl

    expected = draw(adam, kind="waterfall", **KINDS["waterfall"]).svg
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        assert draw(adam, kind="waterfall", **KINDS["waterfall"]).svg == expected


def test_source_and_traces(adam: dict[str, pd.DataFrame]) -> None:
    drawing = draw(adam, kind="kaplan_meier", **KINDS["kaplan_meier"])
    assert drawing.source == "ADTTE where PARAMCD is OS; subjects: SAFFL is Y"
    assert drawing.traces == (("ADTTE", "OS"),)
    drawing = draw(adam, kind="swimmer", **KINDS["swimmer"])
    assert drawing.source == "ADSL; ADRS where PARAMCD is BOR, or AVALC is CR; subjects: SAFFL is Y"
    assert drawing.traces == (("ADSL", ""), ("ADRS", "BOR"), ("ADRS", ""))


def test_rows_that_differ_in_one_value_are_named_together(adam: dict[str, pd.DataFrame]) -> None:
    curves = [{"label": name, "where": {"PARAMCD": name, "AGEGR": "1"}} for name in ("OS", "PFS", "EFS")]
    times = adam["ADTTE"].assign(AGEGR="1")
    drawing = draw({**adam, "ADTTE": times}, kind="kaplan_meier", dataset="ADTTE", curves=curves, population={})
    assert drawing.source == "ADTTE where PARAMCD is OS, PFS or EFS and AGEGR is 1"


def test_a_dataset_that_was_not_built_is_named(adam: dict[str, pd.DataFrame]) -> None:
    del adam["ADTR"]
    drawing = draw(adam, kind="waterfall", **KINDS["waterfall"])
    assert (drawing.svg, drawing.data.empty) == ("", True)
    assert drawing.notes == ("Not drawn: this run did not build ADTR.",)


def test_files(adam: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    drawing = draw(adam, kind="kaplan_meier", **KINDS["kaplan_meier"])
    nothing = Drawing("NOTHING", "S", "T", "C", "", pd.DataFrame(), ("Not drawn.",), "ADSL", ())
    write_figures(tmp_path, [drawing, nothing])
    folder = tmp_path / "report" / "figures"
    assert sorted(path.name for path in folder.iterdir()) == ["fig.csv", "fig.svg"]
    assert (folder / "fig.svg").read_text() == drawing.svg
    assert (folder / "fig.csv").read_bytes().splitlines()[:2] == [
        b"CURVE,DAYS,MONTHS,AT_RISK,EVENTS,CENSORED,SURVIVAL,LOWER,UPPER",
        b"OS,0.0,0.0,3,0,0,1.0,1.0,1.0",
    ]


def test_a_disk_that_refuses(adam: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file where a folder should be")
    with pytest.raises(OutsideError, match="cannot be written"):
        write_figures(tmp_path, [draw(adam, kind="waterfall", **KINDS["waterfall"])])


def test_a_subject_dated_once_is_enough(adam: dict[str, pd.DataFrame]) -> None:
    alone = adam["ADSL"].iloc[:1].assign(LSTALVDT=dates("2024-01-01"))
    drawing = draw({**adam, "ADSL": alone}, kind="swimmer", **KINDS["swimmer"])
    assert drawing.data["DAY"].tolist()[0] == 1
    assert drawing.svg


def test_characters_that_xml_does_not_allow_are_left_out(adam: dict[str, pd.DataFrame]) -> None:
    adam["ADAE"]["AEDECOD"] = "Fe\x01ver"
    adam["ADSL"]["SUBJID"] = "A\x0bB"
    drawing = draw(adam, kind="grades", **KINDS["grades"])
    root = etree.fromstring(drawing.svg.encode())
    assert "Fever" in [(element.text or "").strip() for element in root.iter(SVG + "text")]
    assert root[1].text == "Subjects by worst grade. Most frequent: Fever 75%."
    swimmer = etree.fromstring(draw(adam, kind="swimmer", **KINDS["swimmer"]).svg.encode())
    assert "AB" in [(element.text or "").strip() for element in swimmer.iter(SVG + "text")]
