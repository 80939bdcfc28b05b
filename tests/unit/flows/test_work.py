"""The store of a run: what its steps leave for each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.work import Store


def test_a_note_can_be_read_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.note("longest/AE", {"AETERM": 12})
    assert store.noted("longest/AE") == {"AETERM": 12}
    assert store.noted("longest/CM") is None


def test_nobody_sees_half_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.note("files/AE", ["m5/ae.xpt"])

    def cut_off(path: Path, text: str, **_: object) -> None:
        path.write_bytes(text[:3].encode())
        raise OSError("cut off")

    monkeypatch.setattr(Path, "write_text", cut_off)
    with pytest.raises(OSError, match="cut off"):
        store.note("files/AE", ["m5/ae.xpt", "m5/split/ae1.xpt"])
    assert store.noted("files/AE") == ["m5/ae.xpt"]
