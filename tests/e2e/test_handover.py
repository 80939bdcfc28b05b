"""What is handed over: the whole package of a run, for FDA in ASCII and for NMPA in Chinese."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pypdf
import pyreadstat
import pytest
from lxml import etree

from flows import handover
from flows.runner import execute
from specs.load import STUDIES
from specs.model.submission import AGENCIES
from submission.rejection_profiles import PROFILES
from tests.e2e.conftest import CSV, Answer, files_of

pytestmark = pytest.mark.slow
Cli = Callable[..., Answer]

SDTM = "m5/datasets/cart1922/tabulations/sdtm"
ADAM = "m5/datasets/cart1922/analysis/adam/datasets"
CHINESE = "细胞因子释放综合征"


def _chinese_export(tmp_path: Path) -> Path:
    """An export in which one adverse event is reported in Chinese."""
    export = Path(shutil.copytree(CSV, tmp_path / "export"))
    path = export / "ae.csv"
    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    frame.loc[0, "AETERM"] = CHINESE
    frame.to_csv(path, index=False)
    return export


def _study_for(tmp_path: Path, submission: str) -> Path:
    study = Path(shutil.copytree(STUDIES / "cart1922", tmp_path / "mine", ignore=shutil.ignore_patterns("sample")))
    path = study / "study.yaml"
    path.write_text(path.read_text(encoding="utf-8") + f"\nsubmission: {submission}\n", encoding="utf-8")
    return study


def test_the_package_is_whole(published: Path) -> None:
    names = {path.relative_to(published).as_posix() for path in published.rglob("*") if path.suffix != ".xpt"}
    assert {
        f"{SDTM}/define.xml", f"{SDTM}/define2-1.xsl", f"{SDTM}/acrf.pdf", f"{SDTM}/csdrg.pdf",
        f"{ADAM}/define.xml", f"{ADAM}/define2-1.xsl", f"{ADAM}/adrg.pdf",
        "guides/csdrg.docx", "guides/adrg.docx", "cart1922-m5.zip", "cart1922-m5.sha256",
        "datasetjson/sdtm/ae.json", "datasetjson/sdtm/ae.ndjson", "datasetjson/adam/adtte.json",
    } <= names  # fmt: skip
    assert not [name for name in names if name.startswith("m5/") and name.endswith((".html", ".docx", ".json"))]


def test_every_dataset_is_sent_in_all_its_forms(published: Path) -> None:
    for standard, folder in (("sdtm", SDTM), ("adam", ADAM)):
        sent = {path.stem for path in (published / folder).glob("*.xpt")}
        assert {path.stem for path in (published / "datasetjson" / standard).glob("*.json")} == sent
        define = etree.parse(published / folder / "define.xml")
        groups = define.iter("{*}ItemGroupDef")
        assert {
            group.get("Name").lower() for group in groups if not group.xpath("@*[local-name()='HasNoData']")
        } == sent


def test_a_variable_has_one_length_in_the_whole_study(published: Path) -> None:
    """FDA asks for the longest value of a variable across datasets, and nothing beyond; SUPP-- have their own."""
    allotted: dict[str, set[int]] = {}
    longest: dict[str, int] = {}
    for path in sorted(published.glob("m5/**/*.xpt")):
        if path.stem.startswith("supp"):
            continue
        frame, meta = pyreadstat.read_xport(path)
        for name in (one for one in frame if meta.readstat_variable_types[one] == "string"):
            allotted.setdefault(name, set()).add(meta.variable_storage_width[name])
            longest[name] = max(longest.get(name, 1), int(frame[name].fillna("").astype(str).str.len().max()))
    assert {name: lengths for name, lengths in allotted.items() if len(lengths) > 1} == {}
    assert {name: max(lengths) for name, lengths in allotted.items()} == longest


def test_the_report_leads_to_every_document(published: Path) -> None:
    page = (published / "report" / "index.html").read_text(encoding="utf-8")
    for path in (f"{SDTM}/acrf.pdf", f"{SDTM}/csdrg.pdf", f"{ADAM}/adrg.pdf", "cart1922-m5.zip"):
        assert f'href="../{path}"' in page


def test_every_finding_stands_in_a_guide(published: Path) -> None:
    findings = pd.read_csv(published / "findings" / "findings.csv", dtype="str", keep_default_na=False)
    guides = [pypdf.PdfReader(published / path) for path in (f"{SDTM}/csdrg.pdf", f"{ADAM}/adrg.pdf")]
    said = "".join(page.extract_text() for guide in guides for page in guide.pages)
    rules = {*findings["rule"]} - {"RULE.NOT_APPLICABLE"}  # of the check itself, not of the data
    assert "PACKAGE.START_DATE" in rules
    assert [rule for rule in sorted(rules) if rule not in said] == []
    assert "GUIDE.NOT_EXPLAINED" not in rules


def test_a_run_can_be_verified_later(published: Path, tmp_path: Path, cli: Cli) -> None:
    assert cli("package", "verify", published).code == 0
    copy = Path(shutil.copytree(published, tmp_path / "copy"))
    path = copy / SDTM / "dm.xpt"
    path.write_bytes(path.read_bytes().replace(b"CART1922", b"CART1923", 1))
    answer = cli("package", "verify", copy)
    assert answer.code == 1
    assert f"{SDTM}/dm.xpt" in answer.out


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_nmpa_receives_chinese_text_as_it_was_reported(tmp_path: Path, cli: Cli, encoding: str) -> None:
    study = _study_for(tmp_path, f"{{agency: nmpa, encoding: {encoding}}}")
    answer = cli("run", study, "--raw", _chinese_export(tmp_path), "--out", tmp_path / "run", "--no-prefect", "--json")
    assert answer.code == 0, answer.err + answer.out
    frame, _ = pyreadstat.read_xport(tmp_path / "run" / SDTM / "ae.xpt", encoding=encoding)
    assert (frame["AETERM"] == CHINESE).sum() == 1
    assert CHINESE.encode(encoding) in (tmp_path / "run" / ADAM / "adae.xpt").read_bytes()
    assert cli("check", study, tmp_path / "run" / SDTM).code == 0
    records = json.loads((tmp_path / "run" / "datasetjson/sdtm/ae.json").read_text(encoding="utf-8"))
    assert CHINESE in json.dumps(records, ensure_ascii=False)


def test_a_dataset_beyond_the_limit_is_sent_in_parts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a limit of 300,000 bytes in place of FDA's 5 GB; VS has 1,717 records."""
    small = replace(AGENCIES["fda"], most_bytes=300_000)
    monkeypatch.setitem(AGENCIES, "fda", small)
    monkeypatch.setitem(PROFILES, "fda", replace(PROFILES["fda"], agency=small))
    outcome = execute("cart1922", raw=CSV, out=tmp_path / "run", standards=("sdtm",))
    assert outcome.status == "published"
    sdtm = tmp_path / "run" / SDTM
    parts = sorted(path.name for path in (sdtm / "split").glob("vs*.xpt"))
    assert len(parts) > 1
    assert all((sdtm / "split" / name).stat().st_size <= 300_000 for name in parts)
    pieces = [pyreadstat.read_xport(sdtm / "split" / name)[0] for name in parts]
    whole, _ = pyreadstat.read_xport(sdtm / "vs.xpt")
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), whole)
    assert f"split/{parts[-1]}" in (sdtm / "define.xml").read_text(encoding="utf-8")


def test_a_draft_has_no_parts_that_could_be_taken_for_files_to_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(AGENCIES, "fda", replace(AGENCIES["fda"], most_bytes=300_000))
    execute("cart1922", raw=CSV, out=tmp_path / "run", standards=("sdtm",), only=("VS",), draft=True)
    sdtm = tmp_path / "run" / SDTM
    assert sorted(path.name for path in sdtm.rglob("*.xpt")) == ["vs.draft.xpt"]
    assert (sdtm / "vs.draft.xpt").stat().st_size > 300_000


def test_fda_is_sent_nothing_that_ascii_cannot_say(tmp_path: Path, cli: Cli) -> None:
    answer = cli(
        "run", "cart1922", "--raw", _chinese_export(tmp_path), "--out", tmp_path / "run", "--no-prefect", "--json"
    )
    assert answer.code == 1
    found = pd.read_csv(tmp_path / "run.stopped/findings/findings.csv", dtype="str", keep_default_na=False)
    errors = found[found["severity"].eq("error")]
    assert set(errors["rule"]) == {"XPT.NOT_REPRESENTABLE"}
    assert set(errors["dataset"] + "." + errors["variable"]) == {"AE.AETERM"}
    assert CHINESE not in "".join(errors["message"])
    assert errors["message"].iloc[0].startswith("1 cell of AETERM holds ")


def test_an_error_in_a_guide_stops_the_run_and_keeps_what_was_published(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guide that is no PDF file is found after it was written, the last of all steps."""
    out = Path(shutil.copytree(published, tmp_path / "run"))

    def spoil(context: object, pdf: Path, docx: Path) -> None:
        pdf.write_text("no PDF file", encoding="utf-8")

    monkeypatch.setattr(handover, "write_csdrg", spoil)
    outcome = execute("cart1922", raw=CSV, out=out)
    assert outcome.exit_code == 1
    found = pd.read_csv(tmp_path / "run.stopped" / "findings" / "findings.csv")
    assert found.loc[found["severity"] == "error", "rule"].tolist() == ["PACKAGE.PDF"]
    assert files_of(out) == files_of(published)
