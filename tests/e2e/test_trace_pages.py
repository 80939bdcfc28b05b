"""The trace pages of the published sample: links, privacy, and one subject's chain against the export."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import html

from reports.results import build_results
from reports.trace_places import page_name
from specs.load import load_study
from tests.e2e.conftest import Answer

pytestmark = pytest.mark.slow
Cli = Callable[..., Answer]
SUBJECT = "CART1922-01-0002"


def parse(path: Path) -> Any:
    return html.document_fromstring(path.read_text(encoding="utf-8"))


def words(element: Any) -> str:
    return re.sub(r"\s+", " ", element.text_content()).strip()


@pytest.fixture(scope="module")
def pages(published: Path) -> dict[str, Any]:
    return {path.name: parse(path) for path in sorted((published / "report" / "trace").iterdir())}


def test_every_parameter_has_a_page(published: Path, pages: dict[str, Any]) -> None:
    expected = {"index.html"}
    for path in (published / "data" / "adam").glob("*.parquet"):
        frame = pd.read_parquet(path)
        codes = frame["PARAMCD"].unique() if "PARAMCD" in frame else [""]
        expected |= {f"{path.stem}-{code}.html".lower() if code else f"{path.stem}.html".lower() for code in codes}
    assert set(pages) == expected


def test_every_link_leads_to_a_file_and_an_anchor(published: Path, pages: dict[str, Any]) -> None:
    ids = {name: set(page.xpath("//@id")) for name, page in pages.items()}
    links = {(name, str(link)) for name, page in pages.items() for link in page.xpath("//a/@href")}
    assert len(links) > 500
    for name, link in links:
        target, _, anchor = link.partition("#")
        if target.startswith("../"):
            assert (published / "report" / "trace" / target).is_file(), f"{name}: {link}"
        else:
            assert not anchor or anchor in ids[target or name], f"{name}: {link}"


def test_pages_are_private_and_in_the_manifest(published: Path, pages: dict[str, Any]) -> None:
    manifest = (published / "manifest.json").read_text(encoding="utf-8")
    for name in pages:
        assert (published / "report" / "trace" / name).stat().st_mode & 0o777 == 0o600
        assert f'"report/trace/{name}"' in manifest


def test_counts_are_those_of_the_data(published: Path, pages: dict[str, Any]) -> None:
    responses = pd.read_parquet(published / "data" / "adam" / "ADRS.parquet")
    counted = responses.loc[responses["PARAMCD"] == "ORR3M", "AVALC"].value_counts().to_dict()
    rows = pages["adrs-orr3m.html"].xpath("//table[@class='values']//tbody/tr")
    shown = {words(row[0]): int(words(row[1])) for row in rows}
    assert shown == counted
    for value, count in counted.items():
        section = pages["adrs-orr3m.html"].xpath("//*[@id=$id]", id=value.lower())[0]
        assert len(section.xpath("./details")) == count


def cells(subject: Any, row: str) -> dict[str, str]:
    """Return the cells of a raw row as the page shows them, by item."""
    found = [one for one in subject.xpath(".//details[contains(@class, 'raw')]") if words(one[0]).startswith(row)]
    return {words(cell.xpath("./dt/code")[0]): words(cell.xpath("./dd")[0]) for cell in found[0].xpath("./dl/div")}


def test_one_chain_is_what_the_export_says(pages: dict[str, Any]) -> None:
    """The cells were looked up in the export: subject 01-0002, forms F.RS of events M3 and UNS (1)."""
    (subject,) = pages["adtte-dorrsp.html"].xpath("//*[@id='cart1922-01-0002']")
    assert words(subject[0]) == f"{SUBJECT} 213 DAYS 2024-07-26"
    common = {"NEWLYN": "No"}
    assert cells(subject, "form rs, row 6") == {
        "CTDAT": "27-DEC-2023", "PETDAT": "27-DEC-2023", "ANATRESP": "PR", "METBRESP": "PMR", "TRGRESP": "PR",
        "TRGSPD": "208", "OVRLRESP": "PR", **common,
    }  # fmt: skip
    assert cells(subject, "form rs, row 9") == {
        "CTDAT": "26-JUL-2024", "PETDAT": "31-JUL-2024", "ANATRESP": "PD", "METBRESP": "PMD", "TRGRESP": "PD",
        "TRGSPD": "448", "OVRLRESP": "PD", **common,
    }  # fmt: skip
    lines = [words(line) for line in subject.xpath(".//details[contains(@class, 'raw')]/summary")]
    assert lines == [
        "form rs, row 6 Response assessment (Lugano 2014) cart1922.xml CRF page 12 event M3",
        "form rs, row 9 Response assessment (Lugano 2014) cart1922.xml CRF page 12 event UNS 1",
    ]
    assert [words(one).partition("ADRS OVR ")[2] for one in subject.xpath(".//li")][-3:] == [
        "SD 2023-10-25 not after the start of the time",
        "PR 2024-04-04 earlier than the date that decided",
        "PR 2024-06-28 earlier than the date that decided",
    ]


def test_an_adverse_event_leads_to_its_cells_and_its_qualifiers(published: Path, pages: dict[str, Any]) -> None:
    events = pd.read_parquet(published / "data" / "adam" / "ADAE.parquet")
    event = events[events["AEREL19"].eq("RELATED") & events["AESTDTC"].str.len().eq(10)].iloc[0]
    anchor = f"{event['USUBJID'].lower()}-{event['AESEQ']:g}"
    (record,) = pages["adae.html"].xpath("//*[@id=$id]", id=anchor)
    found = cells(record, "form ae, row")
    assert found["AETERM"].upper() == event["AETERM"]
    assert found["AEREL19"].upper() == "RELATED"
    assert found["AESTDAT"] == pd.Timestamp(event["AESTDTC"]).strftime("%d-%b-%Y").upper()


def test_a_chain_is_written_as_a_page(published: Path, tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "chain.html"
    answer = cli("trace", published, "ADRS", f"USUBJID={SUBJECT}", "PARAMCD=ORR3M", "--html", path)
    assert answer.code == 0, answer.err
    assert answer.out == f"Wrote the chain of 1 record to {path}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    page = parse(path)
    assert not page.xpath("//script | //@src")
    assert [words(one) for one in page.xpath("//li/em")] == ["is not CR or PR", *["after study day 105"] * 3]


def test_a_page_that_cannot_be_written_is_one_message(published: Path, tmp_path: Path, cli: Cli) -> None:
    keys = (f"USUBJID={SUBJECT}", "PARAMCD=ORR3M")
    answer = cli("trace", published, "ADRS", *keys, "--html", tmp_path)
    assert answer.code == 14
    assert "cannot be written" in answer.err
    assert "Traceback" not in answer.err


def test_every_table_of_results_has_its_pages(published: Path, pages: dict[str, Any]) -> None:
    adam = {path.stem: pd.read_parquet(path) for path in (published / "data" / "adam").glob("*.parquet")}
    traces = {trace for table in build_results(load_study("cart1922"), adam).tables for trace in table.traces}
    assert traces
    for dataset, paramcd in traces:
        assert page_name(dataset, paramcd) in pages
