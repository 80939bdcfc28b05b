"""Trace pages: what they count, whom they show, who has no record, and the page itself."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import html

from clinical.errors import OutsideError
from reports.trace import Tracer
from reports.trace_absent import find_absent
from reports.trace_data import RunData
from reports.trace_groups import MOST_RECORDS, MOST_SHOWN, MOST_SUBJECTS, plan_pages
from reports.trace_html import Stamp, write_chains, write_trace_pages
from reports.trace_pages import build_page
from reports.trace_words import in_words
from specs.load import load_study
from specs.model.study import Study
from tests.unit.reports.trace_frames import ADAE, ADRS, ADSL, ADTTE, FRAMES, ONE, THREE, TWO, run_data, table

STUDY = load_study("cart1922")
STAMP = Stamp("CART1922", "A Trial of Cells", draft=False, cutoff="2024-07-31")


def frame_of(name: str) -> pd.DataFrame | None:
    return FRAMES.get(("adam", name))


def write(folder: Path, study: Study = STUDY) -> dict[str, Any]:
    """Return the pages of the miniature run, parsed, by file name."""
    tracer = Tracer(study, run_data())
    pages = []
    for name in ("ADSL", "ADRS", "ADTTE", "ADAE"):
        frame = FRAMES["adam", name]
        for plan in plan_pages(study.adam[name], frame):
            rows = frame[frame["PARAMCD"] == plan.paramcd] if plan.paramcd else frame
            absent = find_absent(study.adam[name], plan.paramcd, rows["USUBJID"], frame_of)
            pages.append(build_page(study, plan, absent, tracer))
    paths = write_trace_pages(folder, pages, STAMP)
    return {path.name: html.document_fromstring(path.read_text(encoding="utf-8")) for path in paths}


def words(element: Any) -> str:
    return re.sub(r"\s+", " ", element.text_content()).strip()


def groups(dataset: str, frame: pd.DataFrame, paramcd: str = "") -> dict[str, list[tuple[str, int, int]]]:
    """Return what a page counts, by the title of the division: value, subjects, records."""
    (plan,) = [one for one in plan_pages(STUDY.adam[dataset], frame) if one.paramcd == paramcd]
    return {cut.title: [(one.label, one.subjects, one.records) for one in cut.groups] for cut in plan.cuts}


# What is counted


def test_responses_are_counted_by_value_in_their_order() -> None:
    assert groups("ADRS", ADRS, "OVR") == {"Values": [("PR", 1, 1), ("SD", 1, 1), ("PD", 1, 1)]}
    assert groups("ADRS", ADRS, "ORR3M") == {"Values": [("Y", 1, 1), ("N", 1, 1)]}


def test_times_are_counted_by_how_they_end_events_first() -> None:
    assert groups("ADTTE", ADTTE, "PFS") == {
        "Events and censoring": [
            ("Event: PROGRESSIVE DISEASE", 1, 1),
            ("Censored (6): NO ADEQUATE POST-BASELINE ASSESSMENT", 1, 1),
        ]
    }


def test_adverse_events_are_counted_by_term_grade_and_flag() -> None:
    found = groups("ADAE", ADAE)
    assert found["Dictionary-Derived Term"] == [("Nausea", 1, 1), ("Pyrexia", 1, 1)]
    assert found["Analysis Toxicity Grade (ATOXGR)"] == [("1", 1, 1), ("2", 1, 1)]
    assert found["Treatment Emergent Analysis Flag (TRTEMFL)"] == [("Y", 1, 1)]


def test_anchors_are_the_values() -> None:
    anchors = {
        (plan.paramcd, group.label): group.anchors
        for frame, name in ((ADRS, "ADRS"), (ADTTE, "ADTTE"), (ADAE, "ADAE"))
        for plan in plan_pages(STUDY.adam[name], frame)
        for cut in plan.cuts
        for group in cut.groups
    }
    assert anchors["ORR3M", "Y"] == ("y",)
    assert anchors["PFS", "Event: PROGRESSIVE DISEASE"] == ("progressive-disease", "event")
    assert anchors["PFS", "Censored (6): NO ADEQUATE POST-BASELINE ASSESSMENT"] == (
        "no-adequate-post-baseline-assessment",
        "censored",
    )
    assert anchors["", "Pyrexia"] == ("pyrexia",)
    assert anchors["", "Y"] == ("trtemfl-y",)


def test_values_without_a_letter_of_ascii_have_anchors_of_their_own() -> None:
    terms = [chr(0x4E00 + number) for number in range(1200)]
    frame = pd.DataFrame({"USUBJID": "S-1", "AEDECOD": terms, "AESEQ": range(1200)})
    (plan,) = plan_pages(STUDY.adam["ADAE"], frame)
    anchors = [group.anchors[0] for group in plan.cuts[0].groups]
    assert anchors[:3] == ["none", "none-2", "none-3"]
    assert len(set(anchors)) == len(anchors)


def test_subjects_whose_names_differ_in_signs_only_have_anchors_of_their_own(tmp_path: Path) -> None:
    names = ["01-001", "01_001", "甲-01", "乙-01"]
    frame = _many(4, 1).assign(USUBJID=names, ASEQ=1.0)
    (plan,) = plan_pages(STUDY.adam["ADRS"], frame)
    data = type(run_data())(lambda stage, name: frame if (stage, name) == ("adam", "ADRS") else None)
    page = build_page(STUDY, plan, (), Tracer(STUDY, data))
    anchors = {one.name: one.anchor for section in page.sections for one in section.subjects}
    assert anchors["01-001"] == "01-001"
    assert len(set(anchors.values())) == 4
    (path,) = [one for one in write_trace_pages(tmp_path, [page], STAMP) if one.name != "index.html"]
    ids = html.document_fromstring(path.read_text(encoding="utf-8")).xpath("//@id")
    assert len(ids) == len(set(ids))


def _many(subjects: int, records: int) -> pd.DataFrame:
    names = [f"S-{number:05d}" for number in range(subjects)]
    rows = [(name, "OVR", "Overall Response", 1.0, "CR" if at % 2 else "PR") for name in names for at in range(records)]
    return pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "PARAM", "PARAMN", "AVALC"])


def test_a_page_does_not_grow_with_the_study() -> None:
    (plan,) = plan_pages(STUDY.adam["ADRS"], _many(3000, 10))
    ((complete, partial),) = [cut.groups for cut in plan.cuts]
    assert (complete.subjects, complete.records, len(complete.listed)) == (3000, 15000, MOST_SUBJECTS)
    assert partial.listed[0] == "S-00000"
    assert partial.listed[-1] == f"S-{MOST_SUBJECTS - 1:05d}"
    assert 0 < len(plan.shown) <= MOST_SHOWN
    assert len(plan.shown) * 10 <= MOST_RECORDS
    assert plan.shown == tuple(f"S-{number:05d}" for number in range(len(plan.shown)))


def test_a_page_does_not_grow_with_the_number_of_values(tmp_path: Path) -> None:
    subjects = [f"S-{number:03d}" for number in range(600) for _ in range(5)]
    terms = [f"Term {number:03d}" for number in range(600) for _ in range(5)]
    frame = pd.DataFrame({"USUBJID": subjects, "AEDECOD": terms, "AESEQ": [*range(1, 6)] * 600})
    (plan,) = plan_pages(STUDY.adam["ADAE"], frame)
    assert plan.shown == tuple(f"S-{number:03d}" for number in range(60))  # 60 subjects of 5 records are 300
    assert (len(plan.cuts[0].groups), plan.cuts[0].left_out) == (200, 400)
    assert plan.cuts[0].groups[-1].label == "Term 199"
    (one_each,) = plan_pages(STUDY.adam["ADAE"], frame[frame["AESEQ"] == 1])
    assert one_each.shown == tuple(f"S-{number:03d}" for number in range(80))
    data = type(run_data())(lambda stage, name: frame if (stage, name) == ("adam", "ADAE") else None)
    page = build_page(STUDY, plan, (), Tracer(STUDY, data))
    (path,) = [one for one in write_trace_pages(tmp_path, [page], STAMP) if one.name != "index.html"]
    assert "400 more values are not listed." in words(html.document_fromstring(path.read_text(encoding="utf-8")))


def test_a_subject_with_too_many_records_does_not_keep_others_out() -> None:
    frame = pd.concat([_many(1, 400), _many(3, 10).assign(USUBJID=["S-1"] * 10 + ["S-2"] * 10 + ["S-3"] * 10)])
    (plan,) = plan_pages(STUDY.adam["ADRS"], frame.reset_index(drop=True))
    assert len(plan.shown) * 10 <= MOST_RECORDS
    assert "S-00000" not in plan.shown


def test_a_small_study_is_shown_whole() -> None:
    (plan,) = plan_pages(STUDY.adam["ADRS"], _many(30, 10))
    assert len(plan.shown) == 30


# Who has no record


def absent(dataset: str, paramcd: str, frame: pd.DataFrame) -> list[tuple[str, tuple[str, ...]]]:
    rows = frame[frame["PARAMCD"] == paramcd] if paramcd else frame
    found = find_absent(STUDY.adam[dataset], paramcd, rows["USUBJID"], frame_of)
    return [(group.reason, group.listed) for group in found]


NOT_TREATED = ("Not in the population, which is the subjects for whom SAFFL is Y", (THREE,))


def test_who_has_no_record_and_why() -> None:
    assert absent("ADTTE", "PFS", ADTTE) == [NOT_TREATED]
    assert absent("ADTTE", "DORRSP", ADTTE) == [
        NOT_TREATED,
        (
            "No start of the time: no record of ADRS where PARAMCD is OVR and ANL05FL is Y and AVALC is CR or PR and "
            "ADY is at most 745",
            (TWO,),
        ),
    ]
    assert absent("ADRS", "OVR", ADRS) == [NOT_TREATED, ("No dated assessment in RS", (TWO,))]
    assert absent("ADAE", "", ADAE) == [("No such record in AE", (TWO, THREE))]


def test_a_parameter_of_events_only_says_who_has_none() -> None:
    assert absent("ADTTE", "TTR", ADTTE)[1] == (
        "No event (complete or partial response) that counts",
        (ONE, TWO),
    )


def test_conditions_in_words() -> None:
    population = STUDY.adam["ADRS"].rules.responses.population
    assert in_words(population) == "SAFFL is Y"
    enrolled = STUDY.adam["ADSL"].variable("ENRLFL").map.where
    assert in_words(enrolled) == (
        "LEUKFL is Y; or SAFFL is Y; or DM.ARMCD is not SCRNFAIL or NOTASSGN and DM.ARMCD is present; or DM.ARMNRS is "
        "ASSIGNED, NOT TREATED"
    )
    assert in_words(()) == ""


# Sums of diameters

_TU = table(
    "USUBJID TUSEQ TULNKID TUTESTCD TUSTRESC TUEVAL TUDTC",
    (ONE, 1, "T01", "TUMIDENT", "TARGET NODAL", "INVESTIGATOR", "2024-01-02"),
    (ONE, 2, "T02", "TUMIDENT", "TARGET EXTRA NODAL", "INVESTIGATOR", "2024-01-02"),
    (ONE, 3, "NT01", "TUMIDENT", "NON-TARGET NODAL", "INVESTIGATOR", "2024-01-02"),
)
_TR = table(
    "USUBJID TRSEQ TRLNKID TRLNKGRP TRTESTCD TRSTRESC TRSTRESN TREVAL TRDTC VISITNUM",
    (ONE, 1, "T01", "A0", "LDIAM", "40", 40, "INVESTIGATOR", "2023-12-01", 1),  # read again before the start
    (ONE, 2, "T01", "A1", "LDIAM", "30", 30, "INVESTIGATOR", "2024-01-02", 2),
    (ONE, 3, "T01", "A0", "LPERP", "20", 20, "INVESTIGATOR", "2023-12-01", 1),  # the last of this test
    (ONE, 4, "T01", "A2", "LDIAM", "15", 15, "INVESTIGATOR", "2024-02-07", 6),
    (ONE, 5, "T01", "A2", "LPERP", "10", 10, "INVESTIGATOR", "2024-02-07", 6),
    (ONE, 6, "T02", "A2", "LDIAM", "12", 12, "INVESTIGATOR", "2024-02-05", 6),
    (ONE, 7, "T02", "A2", "LPERP", "10", 10, "INVESTIGATOR", "2024-02-05", 6),
    (ONE, 8, "NT01", "A2", "LDIAM", "11", 11, "INVESTIGATOR", "2024-02-07", 6),  # no target
    (ONE, 9, "T01", "A2", "LDIAM", "16", 16, "INDEPENDENT ASSESSOR", "2024-02-07", 6),  # another evaluator
    (ONE, 10, "T01", "A2", "TUMSTATE", "PRESENT", None, "INVESTIGATOR", "2024-02-07", 6),  # no diameter
    (ONE, 11, "T01", "A3", "LDIAM", "14", 14, "INVESTIGATOR", "2024-04-09", 7),  # another timepoint
)
_ADTR = table(
    "USUBJID ASEQ PARAMCD PARAM PARAMN AVAL ADT ADY SRCDOM SRCVAR SRCSEQ",
    (ONE, 1, "SUMPPD", "Sum of Products", 1, 600, "2024-01-02", -8, "TR", "TRSTRESN", 2),
    (ONE, 2, "SUMPPD", "Sum of Products", 1, 270, "2024-02-07", 29, "TR", "TRSTRESN", 4),
)
_SUMS = {("adam", "ADSL"): ADSL, ("adam", "ADTR"): _ADTR, ("sdtm", "TU"): _TU, ("sdtm", "TR"): _TR}


def test_a_sum_has_its_population_and_rule_and_rests_on_all_its_diameters() -> None:
    (plan,) = plan_pages(STUDY.adam["ADTR"], _ADTR)
    data = RunData(lambda stage, name: _SUMS.get((stage, name)))
    missing = find_absent(STUDY.adam["ADTR"], "SUMPPD", _ADTR["USUBJID"], lambda name: _SUMS.get(("adam", name)))
    page = build_page(STUDY, plan, missing, Tracer(STUDY, data))
    assert page.population == "SAFFL is Y"
    assert page.rule == STUDY.methods["MT.SUMPPD"].text
    assert [(one.reason, one.listed) for one in missing] == [NOT_TREATED, ("No record", (TWO,))]
    baseline, later = page.sections[0].subjects[0].records
    assert baseline.chain.rule == STUDY.methods["MT.SUMPPD"].text
    ((first,), (second,)) = baseline.chain.sources, later.chain.sources
    assert [one.name for one in first.sources] == ["TR 2", "TR 3"]
    assert [one.name for one in second.sources] == ["TR 4", "TR 5", "TR 6", "TR 7"]


# The page


def test_every_parameter_has_a_page_and_the_index_leads_there(tmp_path: Path) -> None:
    pages = write(tmp_path)
    assert sorted(pages) == [
        "adae.html", "adrs-orr3m.html", "adrs-ovr.html", "adsl.html", "adtte-dorrsp.html", "adtte-pfs.html",
        "index.html",
    ]  # fmt: skip
    assert pages["index.html"].xpath("//td/a/@href") == [
        "adae.html", "adrs-ovr.html", "adrs-orr3m.html", "adsl.html", "adtte-pfs.html", "adtte-dorrsp.html"
    ]  # fmt: skip


def test_a_page_states_rule_population_counts_and_who_is_missing(tmp_path: Path) -> None:
    page = write(tmp_path)["adrs-orr3m.html"]
    assert words(page.xpath("//h1")[0]) == "Response by Month 3"
    (definition,) = page.xpath("//dl[@class='definition']")
    assert [words(one) for one in definition.xpath(".//dt")] == ["Rule", "Population", "Structure"]
    rule, population, _ = (words(one) for one in definition.xpath(".//dd"))
    assert rule == STUDY.methods["MT.ORR3M"].text
    assert population == "Subjects for whom SAFFL is Y"
    rows = [[words(cell) for cell in row.xpath("td")] for row in page.xpath("//table[@class='values']//tbody/tr")]
    assert rows == [["Y", "1", "1"], ["N", "1", "1"]]
    assert words(page.xpath("//*[@id='without']//p[@class='why']")[0]) == f"{NOT_TREATED[0]} 1"


def test_subjects_stand_under_their_value_with_their_chain(tmp_path: Path) -> None:
    page = write(tmp_path)["adrs-orr3m.html"]
    (yes,) = page.xpath("//*[@id='y']")
    (subject,) = yes.xpath(".//details[@id='cart1922-01-0001']")
    assert [words(line) for line in subject.xpath(".//summary")] == [
        f"{ONE} Y 2024-04-09",
        "ADRS OVR Overall Response PR 2024-04-09",
        "RS 2 Disease Response and Clin Classification OVRLRESP PR 2024-04-09",
        "form rs, row 2 Response assessment (Lugano 2014) x.xml CRF page 12 event M3",
    ]
    assert [words(one) for one in subject.xpath(".//li")] == [
        "ADRS OVR SD 2024-02-07 is not CR or PR",
        "ADRS OVR PD 2024-07-01 after study day 105",
    ]
    assert subject.xpath(".//li//a/@href") == ["adrs-ovr.html#cart1922-01-0001-2", "adrs-ovr.html#cart1922-01-0001-4"]


def test_pages_stand_alone_and_are_private(tmp_path: Path) -> None:
    pages = write(tmp_path)
    for name, page in pages.items():
        assert not page.xpath("//script | //img | //link[not(@href='data:,')] | //@src"), name
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), name
        assert (tmp_path / "report" / "trace" / name).stat().st_mode & 0o777 == 0o600


def test_links_between_pages_lead_to_what_is_there(tmp_path: Path) -> None:
    pages = write(tmp_path)
    for name, page in pages.items():
        for link in page.xpath("//@href"):
            target, _, anchor = link.partition("#")
            if link == "data:," or target == "../index.html":
                continue
            assert not anchor or pages[target or name].xpath("//*[@id=$id]", id=anchor), f"{name}: {link}"
            assert (target or name) in pages


def test_a_page_of_a_large_study_gives_the_command_for_the_others(tmp_path: Path) -> None:
    frame = _many(100, 1).assign(ASEQ=1.0, PARAMCD="ORR3M", PARAM="Response")
    (plan,) = plan_pages(STUDY.adam["ADRS"], frame)
    data = type(run_data())(lambda stage, name: frame if (stage, name) == ("adam", "ADRS") else None)
    page = build_page(STUDY, plan, (), Tracer(STUDY, data))
    (path,) = [one for one in write_trace_pages(tmp_path, [page], STAMP) if one.name != "index.html"]
    text = words(html.document_fromstring(path.read_text(encoding="utf-8")))
    shown = len(plan.shown)
    assert shown == 60  # a row a subject, all of them PR
    command = "cdiscflow trace RUN ADRS USUBJID=… PARAMCD=ORR3M --html FILE"
    assert f"Shown: 60 of 100. Any other: {command}" in text


def test_values_are_escaped(tmp_path: Path) -> None:
    frame = _many(1, 1).assign(ASEQ=1.0, AVALC="<b>CR</b>")
    (plan,) = plan_pages(STUDY.adam["ADRS"], frame)
    data = type(run_data())(lambda stage, name: frame if (stage, name) == ("adam", "ADRS") else None)
    page = build_page(STUDY, plan, (), Tracer(STUDY, data))
    (path,) = [one for one in write_trace_pages(tmp_path, [page], STAMP) if one.name != "index.html"]
    assert "<b>CR</b>" not in path.read_text(encoding="utf-8")


def test_one_chain_is_a_page_that_opens_by_level(tmp_path: Path) -> None:
    tracer = Tracer(STUDY, run_data())
    (record,) = tracer.data.find("adam", "ADTTE", USUBJID=ONE, PARAMCD="DORRSP")
    path = tmp_path / "chain.html"
    keys = (f"USUBJID={ONE}", "PARAMCD=DORRSP")
    write_chains(path, [tracer.trace(record)], STUDY, dataset="ADTTE", keys=keys)
    page = html.document_fromstring(path.read_text(encoding="utf-8"))
    depth = {len(one.xpath("ancestor::details")): "open" in one.attrib for one in page.xpath("//details")}
    assert depth == {0: True, 1: True, 2: True, 3: False}
    assert f"cdiscflow trace RUN ADTTE USUBJID={ONE} PARAMCD=DORRSP" in words(page)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
def test_a_chain_over_a_file_that_others_read_is_private(tmp_path: Path) -> None:
    path = tmp_path / "chain.html"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    write_chains(path, [], STUDY, dataset="ADSL", keys=())
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8") != "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_page_that_cannot_be_written_is_told_in_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutsideError, match="cannot be written"):
        write_chains(tmp_path / "file" / "chain.html", [], STUDY, dataset="ADSL", keys=())


def test_subject_level_data_is_counted_by_its_flags() -> None:
    assert groups("ADSL", ADSL)["Safety Population Flag (SAFFL)"] == [("Y", 2, 2), ("N", 1, 1)]
