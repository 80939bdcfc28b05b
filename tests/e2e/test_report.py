"""The report of the sample as its readers have it: everything on the page is there, and stands alone."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from lxml import etree, html

from tests.e2e.conftest import ODM, Answer

pytestmark = pytest.mark.slow
FIGURES = [
    "response_by_visit", "km_duration", "km_survival", "waterfall", "spider", "swimmer", "ae_grades",
    "special_interest_grades",
]  # fmt: skip


@pytest.fixture(scope="module")
def page(published: Path) -> html.HtmlElement:
    return html.fromstring((published / "report" / "index.html").read_bytes())


def test_every_section_is_there_in_its_order(page: html.HtmlElement) -> None:
    sections = [one.get("id") for one in page.iter("section")]
    assert sections == [
        "results",
        "figures",
        "tables",
        "subjects",
        "findings",
        "datasets",
        "package",
        "parameters",
        "export",
    ]
    assert [one.get("id").removeprefix("figure-") for one in page.iter("figure")] == FIGURES


def test_every_link_leads_somewhere(page: html.HtmlElement, published: Path) -> None:
    links = [value for _, _, value, _ in page.iterlinks() if value != "data:,"]
    ids = set(page.xpath("//@id"))
    assert len(page.xpath("//@id")) == len(ids)
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    files = {unquote(link) for link in links if not link.startswith("#")}
    assert {f"figures/{name}.svg" for name in FIGURES} <= files
    assert "results.csv" in files
    missing = {name for name in files if not (published / "report" / name).resolve().is_file()}
    assert missing == set()


def test_nothing_is_fetched_and_nothing_runs(page: html.HtmlElement, published: Path) -> None:
    assert not page.xpath("//script | //img | //iframe | //object | //link[@href!='data:,']")
    assert not re.search(rb"https?:|@import|url\((?!#)", (published / "report" / "index.html").read_bytes())


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_and_its_data_are_files_too(name: str, published: Path, page: html.HtmlElement) -> None:
    root = etree.fromstring((published / "report" / "figures" / f"{name}.svg").read_bytes())
    assert etree.QName(root).localname == "svg"
    with (published / "report" / "figures" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    shown = page.xpath(f"//figure[@id='figure-{name}']//tbody/tr")
    assert len(shown) == min(len(rows) - 1, 200)
    assert len(page.xpath(f"//figure[@id='figure-{name}']//*[local-name()='svg']")) == 1


def test_the_large_figures_are_those_of_the_results(page: html.HtmlElement, published: Path) -> None:
    results = pd.read_csv(published / "report" / "results.csv", dtype={"TEXT": "str"})
    own = results[(results["ANALYSIS"] == "ORR") & (results["PARAMCD"] == "ORR3M")].set_index("STATISTIC")["TEXT"]
    first = page.xpath("//dl[@class='headline']/div")[0].text_content()
    assert f"{own['PERCENT']}%" in first
    assert f"{own['COUNT']} of {own['N']} infused subjects; exact 95% CI {own['LOWER']} to {own['UPPER']}%" in first


def test_best_changes_are_those_of_the_recorded_sums(published: Path) -> None:
    """The site's own sums (TR, SUMPPD) are held against ADTR, and its lowest changes against the waterfall."""
    tr = pd.read_parquet(published / "data" / "sdtm" / "TR.parquet")
    recorded = tr.loc[tr["TRTESTCD"] == "SUMPPD", ["USUBJID", "VISITNUM", "TRSTRESN"]]
    adtr = pd.read_parquet(published / "data" / "adam" / "ADTR.parquet")
    both = recorded.merge(adtr, on=["USUBJID", "VISITNUM"])
    assert len(both) > 50
    assert (both["TRSTRESN"] - both["AVAL"]).abs().max() <= 1
    eligible = both[both["ANL01FL"] == "Y"]
    lowest = (100 * (eligible["TRSTRESN"] / eligible["BASE"] - 1)).groupby(eligible["USUBJID"]).min()
    drawn = pd.read_csv(published / "report" / "figures" / "waterfall.csv").set_index("SUBJECT")["PCHG"]
    assert drawn.reindex(lowest.index).to_numpy() == pytest.approx(lowest.to_numpy(), abs=0.5)
    assert drawn.is_monotonic_decreasing


def test_a_run_without_analysis_datasets_has_a_page(tmp_path: Path, cli: Callable[..., Answer]) -> None:
    out = tmp_path / "run"
    assert cli("sdtm", "cart1922", "--raw", ODM, "--out", out, "--only", "DM", "--no-prefect").code == 0
    page = html.fromstring((out / "report" / "index.html").read_bytes())
    assert not {"results", "figures", "tables"} & set(page.xpath("//section/@id"))
    assert {"findings", "datasets"} <= set(page.xpath("//section/@id"))
    assert sorted(path.name for path in (out / "report").iterdir()) == ["index.html"]


def test_what_a_part_of_a_run_cannot_show_is_named(tmp_path: Path, cli: Callable[..., Answer]) -> None:
    out = tmp_path / "run"
    assert cli("run", "cart1922", "--raw", ODM, "--out", out, "--only", "ADSL", "--no-prefect").code == 0
    page = html.fromstring((out / "report" / "index.html").read_bytes())
    said = page.xpath("//section[@id='tables']")[0].text_content()
    assert "WATERFALL Not drawn: this run did not build ADTR and ADRS." in re.sub(r"\s+", " ", said)
