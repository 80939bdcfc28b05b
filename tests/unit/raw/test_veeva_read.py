"""Veeva EDC study data extracts as CSV: names, keys counted from 1, columns of Veeva's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clinical import provenance
from clinical.errors import RawDataError
from raw import Export, read_export
from specs.model.raw import RawContract

Contract = Callable[..., RawContract]
Rows = Callable[..., list[tuple[Any, ...]]]
Read = Callable[..., Export]

KEYS = "STUDYID,SITENUM,SUBJID,EGROUP,EVENT,ESEQ,FORM,FSEQ,IGSEQ,DLASTMOD,FSTAT"
DM = (
    KEYS
    + """,AGE,SEX
CART,0101,0101-001,Screening,SCR,1,DM,1,1,2026-03-01T06:00:00Z,submitted,057,Male
CART,0102,0102-001,Screening,SCR,1,DM,1,1,2026-03-01T06:00:00Z,in progress,,Female
"""
)
AE = (
    KEYS
    + """,AETERM,AESTDAT,AESER
CART,0101,0101-001,Logs,LOG,1,AE,1,1,2026-03-01T06:00:00Z,submitted,"Fever, <39",03-MAR-2026,No
CART,0101,0101-001,Logs,LOG,1,AE,1,2,2026-03-02T06:00:00Z,submitted,Rash,,
"""
)


@pytest.fixture
def read(contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Return a reader of a folder of extracts; `veeva` says what raw.yaml has of Veeva."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772346600")

    def make(ae: str = AE, dm: str = DM, *, veeva: Any = None, repeating: tuple[str, ...] = ()) -> Export:
        (tmp_path / "DM.csv").write_text(dm)
        (tmp_path / "AE.csv").write_text(ae)
        return read_export(
            tmp_path, contract(export={"formats": {"veeva": veeva or {}}, "repeating_events": repeating})
        )

    return make


def test_extracts_are_read_with_their_keys(read: Read, rows_of: Rows) -> None:
    export = read()
    assert export.metadata["format"] == "Veeva study data extract, CSV"
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [
        ("Fever, <39", "03-MAR-2026", "No"),
        ("Rash", None, None),
    ]
    assert rows_of(export.forms["ae"], *provenance.COLUMNS)[1] == (
        *("AE.csv", "ae", 2, "31", "0101-001", "0101", "LOG", None, None, "2"),
    )
    assert rows_of(export.forms["dm"], *provenance.COLUMNS)[0] == (
        *("DM.csv", "dm", 1, "3", "0101-001", "0101", "SCR", None, None, None),
    )


def test_veevas_own_columns_are_no_data(read: Read) -> None:
    export = read(AE + AE.splitlines()[2].replace("2026-03-02", "2026-03-05") + "\n")
    assert list(export.findings["rule"]) == ["RAW.DUPLICATE_RECORD"]
    assert list(read(AE.replace("FSTAT", "XSTAT")).findings["rule"]) == ["RAW.UNKNOWN_COLUMN"]
    assert read(AE.replace("FSTAT", "XSTAT"), veeva={"ignored": ["XSTAT"]}).findings.empty


def test_a_second_event_and_form_keep_their_numbers(read: Read, rows_of: Rows) -> None:
    second = AE.replace("LOG,1,AE,1,2", "LOG,2,AE,3,2")
    keys = ("_EVENT_REPEAT", "_FORM_REPEAT", "_GROUP_REPEAT")
    assert rows_of(read(second).forms["ae"], *keys) == [(None, None, "1"), ("2", "3", "2")]
    assert rows_of(read(second, repeating=("LOG",)).forms["ae"], *keys) == [("1", None, "1"), ("2", "3", "2")]


def test_names_may_differ(read: Read, rows_of: Rows) -> None:
    veeva = {"identity": {"site": "SITE"}, "columns": {"ae.AESER": "SERIOUS"}, "events": {"LOG": "Common log"}}
    changed = AE.replace("SITENUM", "SITE").replace("AESER", "SERIOUS").replace(",LOG,", ",Common log,")
    export = read(changed, DM.replace("SITENUM", "SITE"), veeva=veeva)
    assert rows_of(export.forms["ae"], "_EVENT", "_SITE", "AESER")[0] == ("LOG", "0101", "No")


def test_a_missing_column_is_named(read: Read) -> None:
    with pytest.raises(RawDataError) as caught:
        read(AE.replace("AETERM", "AE_TERM").replace("IGSEQ", "IG").replace("FSEQ", "F"))
    assert "AE.csv: column 'AETERM' is missing; form 'ae' needs it. Did you mean 'AE_TERM'?" in str(caught.value)
    assert "AE.csv: column 'IGSEQ' is missing; form 'ae' needs it." in str(caught.value)
