"""The run report as a page: what it says, that it stands alone, and that it is the same every time."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from clinical.errors import OutsideError
from reports.figures import Drawing
from reports.headline import Headline
from reports.results import ResultTable
from reports.run_report import InputLine, RunSummary, render_report, write_report
from reports.summaries import DatasetLine, FindingGroup, ParameterLine

SUMMARY = RunSummary(
    study_id="CART1922",
    title="A Trial of Cells",
    status="published",
    snapshot=datetime(2026, 6, 30, 22, 15, tzinfo=UTC),
    cutoff="2026-06-15",
    standards={"SDTMIG": "3.4"},
    inputs=(InputLine("export.xml", 2315, "ab" * 32),),
    datasets=(
        DatasetLine("sdtm", "DM", "Demographics", 40, 28, 40, "m5/sdtm/dm.xpt", "cd" * 32),
        DatasetLine("sdtm", "TA", "Trial Arms", 1, 10, None, "m5/sdtm/ta.xpt", "ef" * 32),
        DatasetLine("adam", "ADTTE", "Time to Event", 1200, 19, 30, "m5/adam/adtte.xpt", "01" * 32),
    ),
    funnel=(("Enrolled", 40), ("Infused", 21)),
    findings=(
        FindingGroup("warning", "DQ1", "AE", "AEREL", "The relationship is missing.", 6, 4, ("ae p. 31",)),
        FindingGroup("note", "DQ2", "SV", "", "Outside its window.", 1, 1, tuple(f"visit p. {n}" for n in "12345")),
    ),
    parameters=(
        ParameterLine("ADTTE", "OS", "Overall Survival", 30, 30, (("Event", 10), ("Censored", 20)), (("DEATH", 10),)),
        ParameterLine("ADVS", "WEIGHT", "Weight (kg)", 300, 30),
    ),
)


class Page(HTMLParser):
    """What a reader sees (text) and what the page points at; unclosed elements are an error."""

    VOID = ("meta", "link")

    def __init__(self, page):
        super().__init__()
        self.open, self.words, self.links, self.tags = [], [], [], []
        self.feed(page)
        assert self.open == []
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def text_of(**changes):
    return Page(render_report(replace(SUMMARY, **changes))).text


@pytest.mark.parametrize(
    "expected",
    [
        "CART1922 Published A Trial of Cells",
        "Export of 2026-06-30 22:15 UTC",
        "Data cut-off 2026-06-15",
        "SDTMIG 3.4",
        "Subjects 40 Datasets 3 Records 1,241 Errors 0 Warnings 6 Notes 1",
        "Enrolled 40 100 % Infused 21 53 %",
        "6 warnings go into the reviewer's guide",
        "AE AEREL The relationship is missing. DQ1 6 4 ae p. 31",
        "SV Outside its window. DQ2 1 1 visit p. 1, visit p. 2, visit p. 3 and 2 more",
        "SDTM 2 datasets, 41 records",
        "DM Demographics 40 28 40 cdcdcdcdcdcd",
        "TA Trial Arms 1 10 efefefefefef",
        "ADaM 1 dataset, 1,200 records",
        "OS Overall Survival 30 30 Event 10 33 % Censored 20 67 % death 10",
        "WEIGHT Weight (kg) 30 300 Values",
        "export.xml 2,315 abababababab",
    ],
)
def test_the_page_says(expected):
    assert expected in text_of()


def test_the_page_stands_alone_and_links_into_the_run_folder():
    page = Page(render_report(SUMMARY))
    assert "script" not in page.tags
    assert set(page.links) == {
        "data:,", "#findings", "#subjects", "#datasets", "#parameters", "#export", "../findings/findings.xlsx",
        "../findings/findings.csv", "../m5/sdtm/dm.xpt", "../m5/sdtm/ta.xpt", "../m5/adam/adtte.xpt",
        "../manifest.json",
    }  # fmt: skip
    assert not re.search(r"https?:|@import|url\(", render_report(SUMMARY))


def test_two_writes_are_the_same_bytes(tmp_path):
    first = write_report(tmp_path / "one", SUMMARY)
    second = write_report(tmp_path / "two", SUMMARY)
    assert first == tmp_path / "one" / "report" / "index.html"
    assert first.read_bytes() == second.read_bytes()
    assert b"\r" not in first.read_bytes()


def test_what_comes_from_the_data_is_text_never_markup():
    planted = "<script>alert('x')</script>"
    page = render_report(
        RunSummary(
            study_id=planted,
            title=planted,
            status="published",
            snapshot=None,
            cutoff=planted,
            standards={planted: planted},
            inputs=(InputLine(planted, None, planted),),
            datasets=(DatasetLine("sdtm", planted, planted, 1, 1, 1, 'm5/"><u>.xpt', planted),),
            funnel=((planted, 1),),
            findings=(FindingGroup("error", planted, planted, planted, planted, 1, 1, (planted,)),),
            parameters=(ParameterLine("X", planted, planted, 1, 1, ((planted, 1),), ((planted, 1),)),),
        )
    )
    assert "script" not in Page(page).tags
    assert "../m5/%22%3E%3Cu%3E.xpt" in page


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("draft", "This is a draft. It was written in spite of 1 error ."),
        ("stopped", "Nothing was published. 1 error must be resolved or explained first."),
    ],
)
def test_a_run_with_errors_says_so_first(status, expected):
    error = FindingGroup("error", "E1", "DM", "", "No arm.", 1, 1, ())
    text = text_of(status=status, findings=(error, *SUMMARY.findings))
    assert expected.replace(" .", ".") in text.replace(" .", ".")
    assert text.index(expected[:20]) < text.index("Subjects along the trial")


def test_a_run_without_findings_says_so():
    assert "Every check ran and found nothing." in text_of(findings=())


def test_a_run_of_which_little_is_known_has_a_page():
    page = Page(render_report(RunSummary("X", "T", "stopped", None, None)))
    assert "Export of not stated" in page.text
    assert "Data cut-off latest date in the data" in page.text


def test_many_rules_are_left_to_the_listing():
    findings = tuple(FindingGroup("note", f"R{n:02}", "AE", "", "Text.", 2, 1, ()) for n in range(63))
    text = text_of(findings=findings)
    assert "126 notes" in text
    assert "3 more rules have findings of this kind" in text
    assert "R59" in text
    assert "R60" not in text


def test_datasets_with_errors_come_first_in_the_overview():
    findings = (
        FindingGroup("error", "E", "DM", "", "Text.", 1, 1, ()),
        FindingGroup("note", "N", "AE", "", "Text.", 500, 1, ()),
        FindingGroup("warning", "W", "DM", "", "Text.", 2, 1, ()),
        FindingGroup("warning", "W", "", "", "Text.", 3, 1, ()),
    )
    assert "Findings by dataset DM 3 Export 3 AE 500 Errors" in text_of(findings=findings)


@pytest.mark.parametrize(("count", "share"), [(0, "0 %"), (1, "<1 %"), (875, "88 %"), (999, ">99 %"), (1000, "100 %")])
def test_only_nothing_is_no_percent_and_only_all_is_a_hundred(count, share):
    assert f"Infused {count:,} {share}" in text_of(funnel=(("Enrolled", 1000), ("Infused", count)))


def test_a_disk_that_refuses_is_the_outside_worlds(tmp_path):
    (tmp_path / "report").write_text("a file where a folder should be")
    with pytest.raises(OutsideError, match="cannot be written"):
        write_report(tmp_path, SUMMARY)


FIGURE = Drawing(
    id="KM",
    section="Efficacy",
    title="Survival",
    caption="Who lives.",
    svg='<svg xmlns="http://www.w3.org/2000/svg" role="img"><title>Survival</title></svg>',
    data=pd.DataFrame({"CURVE": ["OS", "OS"], "MONTHS": [0.0, 12.345678], "AT_RISK": [1200, 3]}),
    notes=("A note.",),
    source="ADTTE where PARAMCD is OS",
    traces=(("ADTTE", "OS"), ("ADSL", "")),
)
TABLE = ResultTable(
    id="ORR",
    section="Efficacy",
    title="Response",
    header=("", "n/N"),
    rows=(("Any", "3/5"), ("Complete", "1/5")),
    indents=(0, 1),
    notes=("Of all subjects.",),
    source="ADRS",
    traces=(("ADRS", "ORR3M"),),
)
RESULTS = replace(
    SUMMARY,
    headline=(Headline("Response by month 3", "65.6%", "21 of 32", "ORR"),),
    figures=(FIGURE,),
    tables=(TABLE, replace(TABLE, id="SAFETY", section="Safety", title="Events")),
    left_out=(("LAB", "ADLB was not made in this run."),),
)


@pytest.mark.parametrize(
    "expected",
    [
        "What the trial says Response by month 3 65.6% 21 of 32 Table",
        "Efficacy Survival Who lives.",
        "A note. ADTTE where PARAMCD is OS SVG CSV Data 2 rows",
        "CURVE MONTHS AT_RISK OS 0 1,200 OS 12.35 3",
        "Efficacy Response",
        "n/N Any 3/5 Complete 1/5 Of all subjects. ADRS CSV",
        "Safety Events",
        "LAB ADLB was not made in this run.",
        "keep the page as confidential as the datasets",
    ],
)
def test_the_page_says_the_results(expected):
    assert expected in Page(render_report(RESULTS)).text


def test_results_come_first():
    text = Page(render_report(RESULTS)).text
    places = [
        text.index(one) for one in ("What the trial says", "Who lives.", "Every number with", "Findings by dataset")
    ]
    assert places == sorted(places)


def test_links_of_results_and_of_the_trace_pages_that_exist():
    page = Page(render_report(RESULTS, {"adtte-os.html", "adrs-orr3m.html", "index.html"}))
    assert page.links.count("trace/adtte-os.html") == 2  # at the figure and at the parameter
    assert {one for one in page.links if not one.startswith((".", "data"))} == {
        "#results", "#figures", "#tables", "#findings", "#subjects", "#datasets", "#parameters", "#export",
        "#table-orr", "figures/km.svg", "figures/km.csv", "tables/orr.csv", "tables/safety.csv", "results.csv",
        "trace/adtte-os.html", "trace/adrs-orr3m.html", "trace/index.html",
    }  # fmt: skip
    assert not [one for one in Page(render_report(RESULTS)).links if one.startswith("trace/")]


def test_headings_are_in_order_and_tables_have_captions_and_scopes():
    page = render_report(RESULTS)
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= one + 1 for one, later in pairwise(levels))
    assert not re.search(r"<th(?! scope)[ >]", page)
    results = page[page.index('id="figures"') : page.index('id="subjects"')]
    assert results.count("<table") == results.count("<caption") == 3


def test_the_data_of_a_figure_are_cut_and_said_so():
    long = replace(FIGURE, data=pd.DataFrame({"DAY": range(1234)}))
    text = Page(render_report(replace(RESULTS, figures=(long,)))).text
    assert "Data 1,234 rows" in text
    assert "1,034 more rows are in km.csv" in text


def test_ids_are_given_once():
    found = re.findall(r' id="([^"]+)"', render_report(RESULTS))
    assert len(found) == len(set(found))
