"""`cdiscflow show`: the story of one subject of a published run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.e2e.conftest import Answer

pytestmark = pytest.mark.slow
Cli = Callable[..., Answer]


def test_records_of_all_domains_stand_in_time_order(published: Path, cli: Cli) -> None:
    subjects = pd.read_parquet(published / "data" / "sdtm" / "DM.parquet")
    subject = subjects[subjects["RFSTDTC"].notna()].iloc[0]
    answer = cli("show", published, "--subject", subject["SUBJID"], "--json")
    assert answer.code == 0, answer.err
    assert answer.last["subject"]["Unique Subject Identifier"] == subject["USUBJID"]
    records = answer.last["records"]
    dates = [one["start"] for one in records if one["start"]]
    assert dates == sorted(dates)
    assert {"AE", "CM", "DS", "EX", "LB", "MH", "RS", "TR", "VS"} <= {one["domain"] for one in records}
    for domain in ("AE", "EX"):
        frame = pd.read_parquet(published / "data" / "sdtm" / f"{domain}.parquet")
        collected = frame.loc[frame["USUBJID"] == subject["USUBJID"], f"{domain}SEQ"]
        assert len(collected)
        assert {float(one["seq"]) for one in records if one["domain"] == domain} <= set(collected)


def test_the_table_begins_with_the_subject(published: Path, cli: Cli) -> None:
    answer = cli("show", published, "--subject", "01-0004")
    assert answer.code == 0, answer.err
    first, header, *_ = answer.out.splitlines()
    assert "Unique Subject Identifier: CART1922-01-0004" in first
    assert header.split() == ["Date", "Day", "Record", "What", "Details"]


def test_an_unknown_subject_is_refused_without_its_name(published: Path, cli: Cli) -> None:
    answer = cli("show", published, "--subject", "99-0001")
    assert answer.code == 2
    assert "no such subject in DM" in answer.err
    assert "99-0001" not in answer.err
