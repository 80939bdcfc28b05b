"""What all PDF files share, by hand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Thread

import matplotlib
import pytest
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from clinical.errors import OutsideError
from submission import pdf
from submission.acrf.typesetting import text_width
from submission.guides.pdf_page import markup
from tests.unit.submission.fonts import write_font


def test_a_moment_elsewhere_is_stated_in_utc() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert pdf.pdf_date(datetime(2026, 1, 31, 2, 0, tzinfo=shanghai)) == "D:20260130180000+00'00'"


def test_one_document_at_a_time_is_made_in_a_process() -> None:
    begun, ended = Event(), Event()

    def other() -> None:
        begun.set()
        with pdf.drawing():
            ended.set()

    with pdf.drawing():
        thread = Thread(target=other)
        thread.start()
        assert begun.wait(30)
        assert not ended.wait(0.2)
    thread.join(30)
    assert ended.is_set()


def test_a_missing_font_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matplotlib, "get_data_path", lambda: str(tmp_path))
    pdf._register.cache_clear()
    with pytest.raises(OutsideError, match=r"DejaVuSans\.ttf: the font is missing .* Install matplotlib again\."):
        pdf.register_fonts()
    monkeypatch.undo()
    pdf.register_fonts()


def test_chinese_is_set_in_the_font_of_the_study_and_embedded(tmp_path: Path) -> None:
    font = write_font(tmp_path / "squares.ttf", "细胞")
    with pdf.drawing(), pdf.setting_chinese_in(font):
        canvas = Canvas(str(tmp_path / "made.pdf"), invariant=1)
        canvas.setFont(pdf.chinese(), 10)
        canvas.drawString(72, 720, "细胞")
        canvas.save()
    page = PdfReader(tmp_path / "made.pdf").pages[0]
    assert page.extract_text().strip() == "细胞"
    named = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    embedded = [one["/BaseFont"] for one in named if "/FontFile2" in one.get("/FontDescriptor", {})]
    assert [name.partition("+")[2].rpartition("-")[0] for name in embedded] == ["Squares-Regular"]
    assert b"STSong" not in (tmp_path / "made.pdf").read_bytes()


def test_each_document_has_its_own_chinese_font(tmp_path: Path) -> None:
    """Two characters are 20 points wide at 10 points, 10 in a font half as wide, and 20 in that of PDF readers."""
    narrow = write_font(tmp_path / "narrow.ttf", "细胞", width=500)
    assert text_width("细胞", 10) == 20
    with pdf.setting_chinese_in(narrow):
        assert text_width("细胞", 10) == 10
        assert 'font name="Chinese-' in markup("Cells (细胞)")
    assert text_width("细胞", 10) == 20
    assert markup("Cells (细胞)") == 'Cells (<font name="STSong-Light">细胞</font>)'


def test_a_damaged_font_is_one_message(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.ttf"
    damaged.write_bytes(b"\x00\x01\x00\x00 no tables")
    with pdf.setting_chinese_in(damaged), pytest.raises(OutsideError, match=r"damaged\.ttf: the font is damaged, or"):
        pdf.chinese()
