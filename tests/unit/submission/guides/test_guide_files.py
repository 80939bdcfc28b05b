"""The guides as files: read back by pypdf and python-docx."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from pypdf import PdfReader

from submission.guides import GuideContext, write_adrg, write_csdrg
from submission.guides.as_docx import TO_COMPLETE
from submission.guides.as_pdf import write_pdf
from submission.guides.content import Column, Guide, Link, Section, paragraph, table
from submission.guides.csdrg import csdrg
from tests.unit.submission.guides.conftest import SUBJECTS

NAMES = ("csdrg.pdf", "csdrg.docx")


@pytest.fixture(scope="module")
def folder(context: GuideContext, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("guides")
    write_csdrg(context, *(made / name for name in NAMES))
    return made


def _outline(entries: list[Any]) -> Iterator[Any]:
    for entry in entries:
        if isinstance(entry, list):
            yield from _outline(entry)
        else:
            yield entry


def _fonts(reader: PdfReader) -> dict[str, bool]:
    """Return the fonts in use and whether each is embedded."""
    found = {}
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index,union-attr]
            described = font.get_object()
            found[described["/BaseFont"]] = "/FontDescriptor" in described
    return found


def test_the_pdf_has_bookmarks_pages_and_metadata(folder: Path) -> None:
    reader = PdfReader(folder / "csdrg.pdf")

    titles = [entry.title for entry in _outline(reader.outline)]
    assert reader.page_mode == "/UseOutlines"
    assert titles[:4] == [
        "1 Introduction",
        "1.1 Purpose",
        "1.2 Acronyms",
        "1.3 Study data standards and dictionary inventory",
    ]
    assert "3.3.2 AE: Adverse Events" in titles
    assert reader.metadata is not None
    assert reader.metadata.title == "Clinical Study Data Reviewer's Guide, TINY01"
    assert reader.metadata.author == "Sponsor of study TINY01"
    assert reader.metadata["/CreationDate"] == "D:20260131020000+00'00'"
    total = len(reader.pages)
    for number, page in enumerate(reader.pages[1:], start=2):
        text = page.extract_text()
        assert f"Page {number} of {total}" in text
        assert "Study TINY01" in text
        assert "Clinical study data reviewer's guide" in text


def test_every_font_of_the_pdf_is_embedded(folder: Path) -> None:
    fonts = _fonts(PdfReader(folder / "csdrg.pdf"))

    assert fonts
    assert all(fonts.values()), fonts


def test_contents_lead_to_the_page_of_the_section(folder: Path) -> None:
    reader = PdfReader(folder / "csdrg.pdf")
    contents = reader.pages[1].extract_text() + reader.pages[2].extract_text()
    target = next(entry for entry in _outline(reader.outline) if entry.title == "4 Data conformance summary")
    page = reader.get_destination_page_number(target) + 1

    assert "4 Data conformance summary" in reader.pages[page - 1].extract_text()
    assert re.search(rf"4 Data conformance summary[ .\n]*{page}\b", contents)


def test_a_link_leads_to_its_section(folder: Path) -> None:
    reader = PdfReader(folder / "csdrg.pdf")
    links = [
        annotation.get_object()["/Dest"]
        for page in reader.pages
        for annotation in page.get("/Annots", [])
        if annotation.get_object()["/Subtype"] == "/Link"
    ]
    target = next(entry for entry in _outline(reader.outline) if entry.title == "3.3.2 AE: Adverse Events")
    page = reader.pages[reader.get_destination_page_number(target) or 0]

    assert page.indirect_reference is not None
    ours = [link for link in links if link[0].idnum == page.indirect_reference.idnum and link[3] == target.top]
    assert len(ours) >= 3, "from the contents, the table of datasets and the table of origins"


def test_both_files_say_the_same(folder: Path, context: GuideContext) -> None:
    document = docx.Document(str(folder / "csdrg.docx"))
    headings = [
        one.text for one in document.paragraphs if one.style is not None and one.style.name.startswith("Heading")
    ]

    assert headings == [entry.title for entry in _outline(PdfReader(folder / "csdrg.pdf").outline)]
    grids = [one for section in _sections(csdrg(context)) for one in section.blocks if hasattr(one, "rows")]
    assert len(document.tables) == len(grids) + 1, "and the one on the first page"
    assert [cell.text for cell in document.tables[1].rows[0].cells] == ["Acronym", "Meaning"]


def _sections(guide: Guide) -> Iterator[Section]:
    waiting = list(guide.sections)
    while waiting:
        one = waiting.pop(0)
        yield one
        waiting += one.sections


def test_the_docx_has_what_people_need_to_finish_it(folder: Path) -> None:
    document = docx.Document(str(folder / "csdrg.docx"))
    body = document.element.body

    fields = [one.text for one in body.iter(qn("w:instrText"))]
    assert fields == ['TOC \\o "1-3" \\h \\z \\u']
    foot = [one.text for one in document.sections[0].footer._element.iter(qn("w:instrText"))]
    assert foot == ["PAGE", "NUMPAGES"]
    assert all(one.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for one in document.tables[1:])
    marked = [one.text for one in document.paragraphs if one.style is not None and one.style.name == TO_COMPLETE]
    assert "To be completed. State the versions and amendments of the protocol." in marked
    bookmarks = {one.get(qn("w:name")) for one in body.iter(qn("w:bookmarkStart"))}
    assert {one.get(qn("w:anchor")) for one in body.iter(qn("w:hyperlink"))} <= bookmarks
    assert document.core_properties.created is not None
    assert document.core_properties.created.isoformat()[:19] == "2026-01-31T02:00:00"


def test_two_writes_are_equal(folder: Path, context: GuideContext, tmp_path: Path) -> None:
    write_csdrg(context, *(tmp_path / name for name in NAMES))

    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_no_compressor_has_a_say_in_the_bytes(folder: Path) -> None:
    """What zlib makes of a stream differs between its builds, and so between machines."""
    assert b"FlateDecode" not in (folder / "csdrg.pdf").read_bytes()
    with zipfile.ZipFile(folder / "csdrg.docx") as parts:
        assert {one.compress_type for one in parts.infolist()} == {zipfile.ZIP_STORED}


def test_the_time_zone_of_the_export_is_respected(context: GuideContext, tmp_path: Path) -> None:
    moment = datetime(2026, 2, 1, 4, 0, tzinfo=timezone(timedelta(hours=8)))
    write_csdrg(replace(context, snapshot=moment), tmp_path / "a.pdf", tmp_path / "a.docx")

    reader = PdfReader(tmp_path / "a.pdf")
    assert reader.metadata is not None
    assert reader.metadata["/CreationDate"] == "D:20260131200000+00'00'"
    assert "31 January 2026" in reader.pages[0].extract_text()


def test_no_file_names_a_subject(folder: Path) -> None:
    pdf = "".join(page.extract_text() for page in PdfReader(folder / "csdrg.pdf").pages)
    document = docx.Document(str(folder / "csdrg.docx"))

    for subject in SUBJECTS:
        assert subject not in pdf
        assert subject not in document.element.xml


def test_a_chinese_title_is_set(context: GuideContext, tmp_path: Path) -> None:
    title = "序贯治疗复发性淋巴瘤的研究 (Phase I)"
    study = replace(context.study, design=context.study.design.model_copy(update={"title": title}))

    write_csdrg(replace(context, study=study), tmp_path / "a.pdf", tmp_path / "a.docx")

    assert "序贯治疗复发性淋巴瘤的研究" in PdfReader(tmp_path / "a.pdf").pages[0].extract_text()
    assert title in [one.text for one in docx.Document(str(tmp_path / "a.docx")).paragraphs]


def test_paper_is_that_of_the_agency(context: GuideContext, folder: Path, tmp_path: Path) -> None:
    chinese = context.study.design.submission.model_copy(update={"agency": "nmpa"})
    study = replace(context.study, design=context.study.design.model_copy(update={"submission": chinese}))
    write_csdrg(replace(context, study=study), tmp_path / "a.pdf", tmp_path / "a.docx")

    assert PdfReader(folder / "csdrg.pdf").pages[0].mediabox.upper_right == (612, 792)
    assert PdfReader(tmp_path / "a.pdf").pages[0].mediabox.height == pytest.approx(841.89, abs=0.01)


def test_a_row_taller_than_a_page_and_a_link_to_nowhere_are_set(context: GuideContext, tmp_path: Path) -> None:
    long = " ".join(f"word{number}" for number in range(3000))
    grid = table("Long", (Column("A", 50), Column("B", 50)), [("x", long), (Link("there", "nowhere"), "y")])
    guide = replace(csdrg(context), sections=(Section("Only", "only", (paragraph("Said."), grid)),))

    write_pdf(guide, tmp_path / "a.pdf", page=(612.0, 792.0), author="Somebody")

    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "a.pdf").pages)
    assert "word0" in text
    assert "word2999" in text
    assert "there" in text


def test_the_guide_to_analysis_data_is_written(analysed: GuideContext, tmp_path: Path) -> None:
    write_adrg(analysed, tmp_path / "adrg.pdf", tmp_path / "adrg.docx")

    reader = PdfReader(tmp_path / "adrg.pdf")
    assert "5.2.2 ADTTE: Time-to-Event Analysis Dataset" in [entry.title for entry in _outline(reader.outline)]
    assert all(_fonts(reader).values())
    assert (
        docx.Document(str(tmp_path / "adrg.docx")).core_properties.title == "Analysis Data Reviewer's Guide, CART1922"
    )
