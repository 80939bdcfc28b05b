"""The zip and the list of checksums: their bytes, what others make of them, and what is told of every change."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta, timezone

import pytest

from clinical.errors import OutsideError, UsageError
from submission.manifest import Manifest, Software, describe_outputs, write_manifest
from submission.package import RunPaths
from submission.sealed import read_checksums, seal_package
from submission.verified import verify_package

CREATED = datetime(2026, 1, 31, 2, 0, 30, tzinfo=UTC)
#: SHA-256 of "abc" (FIPS 180-2) and of nothing at all.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
AE = "m5/datasets/s1/tabulations/sdtm/ae.xpt"
DM = "m5/datasets/s1/tabulations/sdtm/dm.xpt"


@pytest.fixture
def run(tmp_path):
    """A run folder with a package of two files, sealed."""
    root = tmp_path / "run"
    (root / "m5/datasets/s1/tabulations/sdtm").mkdir(parents=True)
    (root / DM).write_bytes(b"")
    (root / AE).write_bytes(b"abc")
    (root / "findings.csv").write_bytes(b"rule\n")
    seal_package(RunPaths(root, "S1"), created=CREATED)
    return root


def with_manifest(root):
    when = datetime(2026, 1, 31, tzinfo=UTC)
    software = Software("0", "3", {})
    outputs = describe_outputs(root, {AE: (1, 1), DM: (0, 1)})
    write_manifest(Manifest("S1", "id", when, when, "me", None, software, {}, {}, outputs, {}, "published"), root)
    return root


def found(folder):
    result = verify_package(folder).found
    return {"changed": result.changed, "missing": result.missing, "unexpected": result.unexpected}


def only(**names):
    return {"changed": (), "missing": (), "unexpected": (), **names}


def test_the_list_is_that_of_sha256sum(run):
    *lines, last = (run / "s1-m5.sha256").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{ABC}  {AE}", f"{NOTHING}  {DM}"]
    assert last.endswith("  s1-m5.zip")
    if shutil.which("sha256sum"):
        checked = subprocess.run(["sha256sum", "-c", "s1-m5.sha256"], cwd=run, capture_output=True, text=True)
        assert (checked.returncode, checked.stdout) == (0, f"{AE}: OK\n{DM}: OK\ns1-m5.zip: OK\n")


def test_the_zip_holds_the_files_in_order_with_the_time_of_the_export(run):
    with zipfile.ZipFile(run / "s1-m5.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [AE, DM]
        assert archive.read(AE) == b"abc"
        for entry in archive.infolist():
            assert entry.date_time == (2026, 1, 31, 2, 0, 30)
            assert (entry.compress_type, entry.external_attr >> 16, entry.extra) == (zipfile.ZIP_STORED, 0o100644, b"")


def test_the_zip_is_that_of_another_day_place_and_right(run, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(run / "m5", other / "m5")
    os.utime(other / AE, (0, 0))
    (other / AE).chmod(0o600)
    seal_package(RunPaths(other, "S1"), created=CREATED.astimezone(timezone(timedelta(hours=8))))
    for name in ("s1-m5.zip", "s1-m5.sha256"):
        assert (other / name).read_bytes() == (run / name).read_bytes()


def test_a_time_that_a_zip_cannot_state_is_its_first(tmp_path):
    (tmp_path / "m5").mkdir()
    (tmp_path / "m5/a.txt").write_bytes(b"a")
    seal_package(RunPaths(tmp_path, "S1"), created=datetime(1960, 1, 1))
    with zipfile.ZipFile(tmp_path / "s1-m5.zip") as archive:
        assert archive.getinfo("m5/a.txt").date_time == (1980, 1, 1, 0, 0, 0)


def test_names_that_sha256sum_escapes_come_back(tmp_path):
    (tmp_path / "m5").mkdir()
    (tmp_path / "m5/a\\b\nc.txt").write_bytes(b"abc")
    sealed = seal_package(RunPaths(tmp_path, "S1"), created=CREATED)
    assert sealed.checksums.read_text(encoding="utf-8").splitlines()[0] == f"\\{ABC}  m5/a\\\\b\\nc.txt"
    assert read_checksums(sealed.checksums)["m5/a\\b\nc.txt"] == ABC
    assert verify_package(tmp_path).found.intact


def test_nothing_to_pack_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no files to pack"):
        seal_package(RunPaths(tmp_path, "S1"), created=CREATED)


def test_what_is_untouched_is_intact(run, tmp_path):
    with_manifest(run)
    result = verify_package(run)
    assert (result.what, result.found.intact, result.files) == ("run folder", True, 5)
    sent = tmp_path / "sent"
    shutil.copytree(run / "m5", sent / "m5")
    shutil.copy(run / "s1-m5.sha256", sent)
    for folder in (sent, sent / "m5"):
        result = verify_package(folder)
        assert (result.what, result.found.intact, result.files) == ("package", True, 2)  # the zip was not sent
    assert len(result.seal) == 64
    shutil.copy(run / "s1-m5.zip", sent)
    assert verify_package(sent).files == 3


@pytest.mark.parametrize("manifest", [True, False])
def test_a_changed_byte_is_told(run, manifest):
    if manifest:
        with_manifest(run)
    (run / AE).write_bytes(b"abd")
    assert found(run) == only(changed=(AE,))
    assert found(run / "m5") == only(changed=(AE,))


def test_a_removed_an_added_and_a_renamed_file_are_told(run):
    with_manifest(run)
    (run / DM).unlink()
    assert found(run) == only(missing=(DM,))
    (run / "m5/.DS_Store").write_bytes(b"")
    assert found(run) == only(missing=(DM,), unexpected=("m5/.DS_Store",))
    (run / AE).rename(run / AE.replace("ae", "ax"))
    assert found(run) == only(missing=(AE, DM), unexpected=("m5/.DS_Store", AE.replace("ae", "ax")))


@pytest.mark.parametrize("manifest", [True, False])
def test_a_link_a_pipe_and_an_empty_folder_are_told(run, tmp_path, manifest):
    """A file behind a link has the sealed bytes today and other ones tomorrow; none of these is in the zip."""
    if manifest:
        with_manifest(run)
    shutil.move(run / AE, tmp_path / "ae.xpt")
    (run / AE).symlink_to(tmp_path / "ae.xpt")
    assert found(run) == only(changed=(AE,))
    (run / "m5/elsewhere").symlink_to(tmp_path)
    (run / "m5/nowhere.xpt").symlink_to("nothing")
    (run / "m5/empty/inside").mkdir(parents=True)
    os.mkfifo(run / "m5/pipe.txt")
    added = ("m5/elsewhere", "m5/empty/inside/", "m5/nowhere.xpt", "m5/pipe.txt")
    assert found(run) == only(changed=(AE,), unexpected=added)
    (run / DM).unlink()
    os.mkfifo(run / DM)
    assert found(run) == only(changed=(AE, DM), unexpected=added)


def test_a_zip_that_is_a_link_or_a_folder_is_changed(run, tmp_path):
    shutil.move(run / "s1-m5.zip", tmp_path / "s1-m5.zip")
    (run / "s1-m5.zip").symlink_to(tmp_path / "s1-m5.zip")
    assert found(run) == only(changed=("s1-m5.zip",))
    (run / "s1-m5.zip").unlink()
    (run / "s1-m5.zip").mkdir()
    assert found(run) == only(changed=("s1-m5.zip",))


def test_a_line_for_a_file_elsewhere_hides_nothing(run):
    listed = run / "s1-m5.sha256"
    listed.write_text(listed.read_text(encoding="utf-8").replace(DM, "dm.xpt"), encoding="utf-8")
    assert found(run) == only(missing=("dm.xpt",), unexpected=(DM,))
    (run / DM).unlink()
    assert found(run) == only(missing=("dm.xpt",))


def test_what_is_outside_the_package_counts_in_a_run_folder(run):
    with_manifest(run)
    (run / "findings.csv").write_bytes(b"rules\n")
    assert found(run) == only(changed=("findings.csv",))
    assert found(run / "m5") == only()


def test_a_manifest_made_anew_does_not_hide_a_change(run):
    (run / AE).write_bytes(b"abd")
    with_manifest(run)
    assert found(run) == only(changed=(AE,))


def test_a_list_made_anew_does_not_hide_a_change(run):
    with_manifest(run)
    (run / AE).write_bytes(b"abd")
    seal_package(RunPaths(run, "S1"), created=CREATED)
    assert found(run) == only(changed=(AE, "s1-m5.sha256", "s1-m5.zip"))


def test_a_package_that_is_gone_is_missing(run):
    shutil.rmtree(run / "m5")
    assert found(run) == only(missing=(AE, DM))
    (run / "m5").mkdir()
    assert found(run) == only(missing=(AE, DM))


def test_a_changed_zip_tells_what_in_it_is_changed(run):
    with zipfile.ZipFile(run / "s1-m5.zip", "w") as archive:
        archive.writestr(AE, b"abd")
        archive.writestr("m5/new.txt", b"")
    assert found(run) == only(
        changed=("s1-m5.zip", f"s1-m5.zip: {AE}"),
        missing=(f"s1-m5.zip: {DM}",),
        unexpected=("s1-m5.zip: m5/new.txt",),
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip"])
def test_a_zip_that_is_none_is_changed(run, content):
    (run / "s1-m5.zip").write_bytes(content)
    assert found(run) == only(changed=("s1-m5.zip",))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_whose_content_is_damaged_is_changed(run, method):
    with zipfile.ZipFile(run / "s1-m5.zip", "w", method) as archive:
        archive.writestr(AE, b"abc" * 10_000)
    stored = bytearray((run / "s1-m5.zip").read_bytes())
    begin = 30 + len(AE)
    stored[begin : begin + 20] = b"\xff" * 20
    (run / "s1-m5.zip").write_bytes(stored)
    assert found(run) == only(changed=("s1-m5.zip",))


def test_a_zip_cut_off_is_changed(run):
    whole = (run / "s1-m5.zip").read_bytes()
    (run / "s1-m5.zip").write_bytes(whole[:-30])
    assert found(run) == only(changed=("s1-m5.zip",))


def test_the_zip_is_missed_in_a_run_folder_only(run):
    with_manifest(run)
    (run / "s1-m5.zip").unlink()
    assert found(run) == only(missing=("s1-m5.zip",))
    (run / "manifest.json").unlink()
    assert found(run) == only()


def test_what_is_no_package_is_refused(run, tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        verify_package(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="found none"):
        verify_package(tmp_path / "empty")
    shutil.copy(run / "s1-m5.sha256", run / "s2-m5.sha256")
    with pytest.raises(UsageError, match=r"found s1-m5\.sha256, s2-m5\.sha256"):
        verify_package(run)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello\n",
        f"{ABC}  m5/a.txt",
        f"{ABC[:-1]}  m5/a.txt\n",
        f"{ABC}  m5/a.txt\r\n",
        f"{ABC}  m5/a.txt\n{NOTHING}  m5/a.txt\n",
    ],
)
def test_a_list_that_is_none_is_refused(run, text):
    (run / "s1-m5.sha256").write_text(text, encoding="utf-8", newline="")
    with pytest.raises(UsageError, match="no list of SHA-256"):
        verify_package(run)


def test_a_file_that_cannot_be_read_is_an_outside_error(run, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("submission.verified.sha256_of", refuse)
    with pytest.raises(OutsideError, match="Permission denied"):
        verify_package(run / "m5")
