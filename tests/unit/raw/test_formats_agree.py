"""Every kind of export of the same simulated data gives the forms, the findings and the time that ODM-XML gives."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from clinical import provenance
from raw import Export, read_export
from raw.export import READERS
from simulation import SimulatedExport, load_plan, simulate
from simulation.write import WRITERS, write
from specs.model.raw import RawContract
from specs.yaml_text import read_yaml

STUDY = Path(__file__).parents[3] / "specs" / "studies" / "cart1922"
KINDS = sorted(set(WRITERS) - {"odm"})
FILES = {"odm": ".xml", "odm2": ".xml", "openclinica": ".xml", "xlsx": ".xlsx"}

#: What the kinds say beside: columns and records that only they have.
OWN = ("RAW.UNKNOWN_COLUMN", "RAW.INACTIVE")


@pytest.fixture(scope="module")
def contract() -> RawContract:
    return RawContract.model_validate(read_yaml(STUDY / "raw.yaml", "raw.yaml").content)


@pytest.fixture(scope="module")
def export(contract: RawContract) -> SimulatedExport:
    return simulate(load_plan(STUDY), contract, subjects=4, seed=7)


@pytest.fixture(scope="module")
def written(export: SimulatedExport, contract: RawContract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export in every kind, each in a folder of its own."""
    folder = tmp_path_factory.mktemp("kinds")
    for kind in WRITERS:
        write(export, contract, place(folder, kind), kind)
    return folder


@pytest.fixture(scope="module")
def with_errors(contract: RawContract) -> SimulatedExport:
    return simulate(load_plan(STUDY), contract, subjects=12, seed=7, error_rate=0.06)


@pytest.fixture(scope="module")
def odm(with_errors: SimulatedExport, contract: RawContract, tmp_path_factory: pytest.TempPathFactory) -> Export:
    path = tmp_path_factory.mktemp("odm") / "export.xml"
    write(with_errors, contract, path, "odm")
    return read_export(path, contract)


def place(folder: Path, kind: str) -> Path:
    return folder / f"{kind}{FILES.get(kind, '')}"


def require_equal(found: Export, expected: Export) -> None:
    assert list(found.forms) == list(expected.forms)
    for form, frame in expected.forms.items():
        columns = [column for column in frame if column != provenance.FILE]
        pd.testing.assert_frame_equal(found.forms[form][columns], frame[columns], obj=f"form {form}")
    assert found.snapshot == expected.snapshot


def of_records(export: Export) -> list[tuple[str, ...]]:
    """Return what was found wrong with records, but for their numbers: those set aside stand elsewhere in a CSV."""
    found = export.findings[~export.findings["rule"].isin(OWN)]
    return sorted(found[["rule", "severity", "usubjid", "form", "message"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_gives_what_odm_gives(
    with_errors: SimulatedExport, odm: Export, contract: RawContract, tmp_path: Path, kind: str
) -> None:
    path = place(tmp_path, kind)
    write(with_errors, contract, path, kind)
    found = read_export(path, contract)
    require_equal(found, odm)
    assert of_records(found) == of_records(odm)
    assert len(of_records(odm)) > 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_told_by_its_structure_as_by_its_name(written: Path, contract: RawContract, kind: str) -> None:
    path = place(written, kind)
    told = read_export(path, contract, only=["dm"])
    named = read_export(path, contract, only=["dm"], format_name=kind)
    assert told.metadata == named.metadata
    pd.testing.assert_frame_equal(told.forms["dm"], named.forms["dm"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_written_the_same_twice(
    export: SimulatedExport, written: Path, contract: RawContract, tmp_path: Path, kind: str
) -> None:
    first, second = place(written, kind), place(tmp_path, kind)
    write(export, contract, second, kind)
    files = [one.relative_to(first) for one in first.rglob("*")] if first.is_dir() else [Path()]
    assert files
    for file in files:
        assert (first / file).read_bytes() == (second / file).read_bytes()


def test_every_reader_has_a_writer() -> None:
    assert {reader.name for reader in READERS} == set(WRITERS)


def test_dates_of_rave_put_together_of_their_parts_give_the_same(written: Path, contract: RawContract) -> None:
    by_parts = contract.model_dump(exclude_unset=True)
    by_parts["export"]["formats"]["rave"] = {"dates": "parts"}
    odm = read_export(place(written, "odm"), contract)
    for kind in ("rave", "rave-sas"):
        require_equal(read_export(place(written, kind), RawContract.model_validate(by_parts)), odm)


def test_an_empty_export_of_each_kind_is_read(contract: RawContract, tmp_path: Path) -> None:
    nobody = simulate(load_plan(STUDY), contract, subjects=0, seed=7)
    for kind in WRITERS:
        path = place(tmp_path, kind)
        write(nobody, contract, path, kind)
        export = read_export(path, contract)
        assert {form: len(frame) for form, frame in export.forms.items()} == dict.fromkeys(contract.forms, 0), kind
