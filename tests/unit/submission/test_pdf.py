"""What all PDF files share, by hand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Thread

import matplotlib
import pytest

from clinical.errors import OutsideError
from submission import pdf


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
