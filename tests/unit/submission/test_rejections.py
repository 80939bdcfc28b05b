"""What an agency rejects on sight: a package with one planted fault, and the one finding that tells it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from clinical.errors import UsageError
from submission import rejections
from submission.rejection_profiles import PROFILES
from tests.unit.submission.packages import (
    ADAM,
    PDF,
    SDTM,
    define,
    put,
    sound,
    study,
    subjects,
    transport,
    trial_summary,
)

AGENCIES = ["fda", "nmpa", "pmda", "ema"]


def found(root: Path, agency="fda", submission=()):
    """Return severity, rule and the place of each finding."""
    findings = rejections.check_package(root / "m5", study(**dict(submission)), agency)
    places = findings["message"].str.split(": ").str[0]
    return list(zip(findings["severity"], findings["rule"], places, strict=True))


def messages(root, agency="fda", submission=()):
    return " ".join(rejections.check_package(root / "m5", study(**dict(submission)), agency)["message"])


@pytest.fixture
def root(tmp_path):
    sound(tmp_path)
    return tmp_path


def described(root, *names, folder=SDTM):
    put(root, f"{folder}/define.xml", define(*(["dm.xpt", "ts.xpt"] if folder == SDTM else ["adsl.xpt"]), *names))


@pytest.mark.parametrize("agency", AGENCIES)
def test_a_sound_package_has_no_finding(root, agency):
    assert found(root, agency) == []


def test_every_rule_is_planted_in_this_file():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [rule.id for rule in rejections.RULES if f'"{rule.id}"' not in text] == []


# Names, places, types, sizes


@pytest.mark.parametrize(
    "name", ["CSDRG.pdf", "csdrg_v1.pdf", "csdrg v1.pdf", "csdrg.v1.pdf", "csdrg.PDF", "übersicht.pdf"]
)
def test_names_of_files(root, name):
    put(root, f"{SDTM}/{name}", PDF)
    assert found(root) == [("error", "PACKAGE.NAME", f"{SDTM}/{name}")]


def test_names_of_folders(root):
    put(root, "m5/53-clin-stud-rep/Study_S1/report.pdf", PDF)
    assert found(root) == [("error", "PACKAGE.NAME", "m5/53-clin-stud-rep/Study_S1")]


def test_names_have_at_most_64_characters(root):
    put(root, f"{SDTM}/{'a' * 60}.pdf", PDF)
    assert found(root) == []
    put(root, f"{SDTM}/{'a' * 61}.pdf", PDF)
    assert found(root) == [("error", "PACKAGE.NAME_LENGTH", f"{SDTM}/{'a' * 61}.pdf")]


def test_paths_have_at_most_180_characters(root):
    folder = "m5/53-clin-stud-rep/" + "/".join(["a" * 50] * 2)
    name = "a" * (180 - len("0001/") - len(folder) - len("/.pdf"))
    put(root, f"{folder}/{name}.pdf", PDF)
    assert found(root) == []
    put(root, f"{folder}/{name}b.pdf", PDF)
    assert found(root) == [("error", "PACKAGE.PATH_LENGTH", f"{folder}/{name}b.pdf")]


@pytest.mark.parametrize("name", ["AE.xpt", "ae.XPT", "adverseev.xpt", "1ae.xpt", "ae-1.xpt", "ae.draft.xpt"])
def test_names_of_datasets(root, name):
    put(root, f"{SDTM}/{name}", subjects(Path(name).stem.upper()[:8]))
    described(root, name)
    assert ("error", "PACKAGE.DATASET_NAME", f"{SDTM}/{name}") in found(root)


@pytest.mark.parametrize(("agency", "taken"), [("fda", True), ("nmpa", False), ("pmda", False), ("ema", False)])
def test_underscores_in_names_of_datasets_are_taken_by_the_fda_only(root, agency, taken):
    put(root, f"{SDTM}/ae_1.xpt", subjects("AE_1"))
    described(root, "ae_1.xpt")
    assert found(root, agency) == ([] if taken else [("error", "PACKAGE.DATASET_NAME", f"{SDTM}/ae_1.xpt")])


def test_the_study_has_its_folder(tmp_path):
    put(tmp_path, "m5/datasets/s2/tabulations/sdtm/dm.xpt", subjects("DM"))
    assert found(tmp_path)[:2] == [
        ("error", "PACKAGE.STUDY_FOLDER", "m5/datasets/s1"),
        ("warning", "PACKAGE.STUDY_FOLDER", "m5/datasets/s2"),
    ]


def test_another_study_whose_name_begins_alike_is_not_checked(root):
    put(root, "m5/datasets/s10/tabulations/sdtm/anything.pdf", PDF)
    assert found(root) == [("warning", "PACKAGE.STUDY_FOLDER", "m5/datasets/s10")]


@pytest.mark.parametrize(
    "name", ["m5/note.txt", "m5/datasets/note.txt", "m5/datasets/s1/note.txt", f"{SDTM}/old/a.txt"]
)
def test_files_stand_where_they_are_expected(root, name):
    put(root, name, b"a")
    assert found(root) == [("error", "PACKAGE.PLACE", name)]


@pytest.mark.parametrize(
    "name", [f"{SDTM}/split/dm1.xpt", "m5/datasets/s1/misc/a.txt", "m5/datasets/s1/profiles/a.pdf"]
)
def test_other_folders_of_a_study_are_known(root, name):
    put(root, name, subjects("DM1") if name.endswith("xpt") else PDF)
    assert found(root) == []


@pytest.mark.parametrize("name", ["notes.docx", "dm.sas7bdat", "dm.json", "ae.csv.zip", "readme"])
def test_types_of_files(root, name):
    put(root, f"{SDTM}/{name}", b"a")
    assert ("error", "PACKAGE.FILE_TYPE", f"{SDTM}/{name}") in found(root)


def test_programs_are_not_among_the_five_formats_of_the_nmpa(root):
    name = "m5/datasets/s1/analysis/adam/programs/adsl.sas"
    put(root, name, b"a")
    assert found(root, "fda") == []
    assert found(root, "nmpa") == [("error", "PACKAGE.FILE_TYPE", name)]


@pytest.mark.parametrize("agency", AGENCIES)
def test_a_page_of_html_is_a_warning(root, agency):
    put(root, f"{SDTM}/define.html", b"<html/>")
    assert found(root, agency) == [("warning", "PACKAGE.FILE_TYPE", f"{SDTM}/define.html")]


def test_links_are_not_files(root):
    (root / SDTM / "csdrg.pdf").symlink_to(root / SDTM / "acrf.pdf")
    (root / SDTM / "adrg.pdf").symlink_to("nowhere.pdf")
    assert found(root) == [
        ("error", "PACKAGE.FILE_TYPE", f"{SDTM}/adrg.pdf"),
        ("error", "PACKAGE.FILE_TYPE", f"{SDTM}/csdrg.pdf"),
    ]


@pytest.mark.parametrize("name", ["csdrg.pdf", "define.xml", "dm.xpt"])
def test_pipes_are_not_files(root, name):
    (root / SDTM / name).unlink(missing_ok=True)
    os.mkfifo(root / SDTM / name)
    assert ("error", "PACKAGE.FILE_TYPE", f"{SDTM}/{name}") in found(root)
    assert "is no file" in messages(root)


@pytest.mark.parametrize(
    ("name", "told"),
    [("a\nb: c.pdf", "a\\nb: c.pdf"), ("a\udcff.pdf", "a\\udcff.pdf"), ("a\x1b[2J.pdf", "a\\x1b[2J.pdf")],
)
def test_names_that_no_terminal_shows_are_told_as_escapes(root, name, told):
    (root / SDTM / name).write_bytes(PDF)
    findings = rejections.check_package(root / "m5", study(), "fda")
    assert findings["rule"].tolist() == ["PACKAGE.NAME"]
    assert findings["message"].item().startswith(f"{SDTM}/{told}: the name may have")


def test_nothing_is_empty(root):
    put(root, "m5/datasets/s1/misc/a.txt", b"")
    (root / "m5/datasets/s1/profiles").mkdir()
    assert found(root) == [
        ("error", "PACKAGE.EMPTY", "m5/datasets/s1/misc/a.txt"),
        ("error", "PACKAGE.EMPTY", "m5/datasets/s1/profiles"),
    ]


@pytest.mark.parametrize(
    ("agency", "most"), [("fda", 5_000_000_000), ("nmpa", 4_000_000_000), ("pmda", 10_000_000_000), ("ema", None)]
)
def test_sizes(root, agency, most, monkeypatch):
    assert PROFILES[agency].agency.most_bytes == most
    size = (root / SDTM / "dm.xpt").stat().st_size
    for limit, expected in ((size, []), (size - 1, [("error", "PACKAGE.SIZE", f"{SDTM}/dm.xpt")])):
        profile = PROFILES[agency]
        small = replace(profile, agency=replace(profile.agency, most_bytes=most and limit))
        monkeypatch.setitem(PROFILES, agency, small)
        told = [one for one in found(root, agency) if one[2] == f"{SDTM}/dm.xpt"]
        assert told == (expected if most else [])


@pytest.mark.parametrize(
    ("agency", "expected"),
    [("fda", []), ("pmda", [("warning", "PACKAGE.SIZE", f"{SDTM}/dm.xpt")])],
)
def test_a_large_file_beside_its_parts(root, agency, expected, monkeypatch):
    """The parts need no definition of their own."""
    size = (root / SDTM / "dm.xpt").stat().st_size
    put(root, f"{SDTM}/split/dm1.xpt", subjects("DM1"))
    profile = PROFILES[agency]
    monkeypatch.setitem(PROFILES, agency, replace(profile, agency=replace(profile.agency, most_bytes=size - 1)))
    told = [one for one in found(root, agency) if one[2] == f"{SDTM}/dm.xpt" or one[1] == "PACKAGE.NOT_IN_DEFINE"]
    assert told == expected


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("qs1", ["qs11", "qs12"]),
        ("adlbchem", ["adlbche1", "adlbch12"]),
        ("lb", ["lb1", "lb10"]),
        ("a1234567", ["a1234561"]),
    ],
)
def test_parts_are_those_of_their_dataset(root, whole, parts):
    described(root, f"{whole}.xpt")
    put(root, f"{SDTM}/{whole}.xpt", subjects(whole.upper()))
    for part in parts:
        put(root, f"{SDTM}/split/{part}.xpt", subjects(part.upper()))
    assert found(root) == []


def test_a_part_without_its_dataset_is_not_described(root):
    put(root, f"{SDTM}/split/vs1.xpt", subjects("VS1"))
    assert ("error", "PACKAGE.NOT_IN_DEFINE", f"{SDTM}/split/vs1.xpt") in found(root)


@pytest.mark.parametrize(("described", "severity"), [(True, "error"), (False, "warning")])
def test_a_study_in_the_making_may_lack_what_it_does_not_describe(root, described, severity):
    (root / ADAM / "adsl.xpt").unlink()
    made = study()
    made.adam = {"ADSL": None} if described else {}
    told = rejections.check_package(root / "m5", made, in_the_making=True)
    assert told.loc[told["rule"] == "PACKAGE.ADSL", "severity"].tolist() == [severity]
    to_be_sent = rejections.check_package(root / "m5", made)
    assert to_be_sent.loc[to_be_sent["rule"] == "PACKAGE.ADSL", "severity"].tolist() == ["error"]


# Transport files


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no transport file", "not a SAS transport file"),
        (subjects("DM")[:-40], "ends in the middle"),
        (subjects("DM").replace(b"LIBRARY HEADER", b"LIBV8   HEADER", 1), "version 8"),
        (subjects("DM").replace(b"00000140", b"00000136", 1), "described in 136 bytes"),
        (transport("DM", [], ("A", 0)), "variables have no length (A)"),
    ],
)
def test_transport_files_are_whole_and_of_version_5(root, content, said):
    put(root, f"{SDTM}/dm.xpt", content)
    assert found(root) == [
        ("error", "PACKAGE.TRANSPORT", f"{SDTM}/dm.xpt"),
        ("warning", "PACKAGE.NOT_CHECKED", f"{SDTM}/dm.xpt"),
    ]
    assert said in messages(root)


def test_the_dataset_has_the_name_of_its_file(root):
    put(root, f"{SDTM}/dm.xpt", subjects("DM", member="DEMO"))
    assert found(root) == [("error", "PACKAGE.MEMBER", f"{SDTM}/dm.xpt")]
    assert "called DEMO" in messages(root)


def test_names_of_variables(root):
    put(root, f"{SDTM}/dm.xpt", transport("DM", [b"S1  a"], ("STUDYID", 4), ("A-B", 1)))
    assert found(root) == [("error", "PACKAGE.VARIABLE_NAME", f"{SDTM}/dm.xpt")]


def test_labels(root):
    put(root, f"{SDTM}/dm.xpt", transport("DM", [b"S1  a"], ("STUDYID", 4), ("A", 1, b""), label=""))
    assert found(root) == [("warning", "PACKAGE.LABEL", f"{SDTM}/dm.xpt")] * 2


def test_text_has_at_most_200_bytes(root):
    put(root, f"{SDTM}/dm.xpt", transport("DM", [b"S1  " + b"a" * 401], ("STUDYID", 4), ("A", 200), ("B", 201)))
    assert found(root) == [("error", "PACKAGE.LENGTH", f"{SDTM}/dm.xpt")]
    assert "B has a length of 201 bytes" in messages(root)


#: An odd number of bytes, so that it is no GB18030 by chance.
UTF8 = "恶".encode()
GB18030 = "恶心".encode("gb18030")


@pytest.mark.parametrize("agency", ["fda", "pmda", "ema"])
@pytest.mark.parametrize("text", [UTF8, "naïve".encode(), b"\x80"])
def test_text_is_ascii(root, agency, text):
    put(root, f"{SDTM}/dm.xpt", subjects("DM", text))
    assert found(root, agency) == [("error", "PACKAGE.ENCODING", f"{SDTM}/dm.xpt")]
    assert "TXT has characters that are not ascii in 2 rows" in messages(root, agency)


@pytest.mark.parametrize(
    ("text", "submission", "taken"),
    [
        (UTF8, {}, True),
        (GB18030, {}, True),
        (b"\xff\xff", {}, False),
        (UTF8[:-1], {"agency": "nmpa", "encoding": "utf-8"}, False),
        (UTF8, {"agency": "nmpa", "encoding": "utf-8"}, True),
        (GB18030, {"agency": "nmpa", "encoding": "utf-8"}, False),
        (GB18030, {"agency": "nmpa", "encoding": "gb18030"}, True),
    ],
)
def test_text_for_the_nmpa_is_in_one_of_its_encodings(root, text, submission, taken):
    put(root, f"{SDTM}/dm.xpt", subjects("DM", text))
    assert found(root, "nmpa", submission) == ([] if taken else [("error", "PACKAGE.ENCODING", f"{SDTM}/dm.xpt")])


def test_a_file_is_in_one_encoding(root):
    rows = [b"S1  " + UTF8.ljust(8) + GB18030.ljust(8)] * 3
    put(root, f"{SDTM}/dm.xpt", transport("DM", rows, ("STUDYID", 4), ("A", 8), ("B", 8)))
    assert found(root, "nmpa") == [("error", "PACKAGE.ENCODING", f"{SDTM}/dm.xpt")]
    assert "B has characters that are not utf-8 or gb18030 or ascii in 3 rows" in messages(root, "nmpa")


def test_a_character_cut_at_the_end_is_found(root):
    put(root, f"{SDTM}/dm.xpt", transport("DM", [b"S1  ab" + GB18030[:3], b"S1  abcde"], ("STUDYID", 4), ("A", 5)))
    assert "A has characters that are not gb18030 in 1 row." in messages(
        root, "nmpa", {"agency": "nmpa", "encoding": "gb18030"}
    )


def test_labels_are_ascii(root):
    put(root, f"{SDTM}/dm.xpt", transport("DM", [b"S1  a"], ("STUDYID", 4), ("A", 1, "Größe".encode())))
    assert found(root) == [("error", "PACKAGE.ENCODING", f"{SDTM}/dm.xpt")]
    assert found(root, "nmpa") == []


# The study


def test_the_study_is_the_same_everywhere(root):
    put(root, f"{SDTM}/dm.xpt", subjects("DM", study=b"S2"))
    put(root, f"{ADAM}/adsl.xpt", transport("ADSL", [b"a"], ("TXT", 1)))
    put(root, f"{SDTM}/define.xml", define("dm.xpt", "ts.xpt", study="S3"))
    assert found(root) == [
        ("error", "PACKAGE.STUDYID", f"{SDTM}/dm.xpt"),
        ("error", "PACKAGE.STUDYID", f"{ADAM}/adsl.xpt"),
        ("error", "PACKAGE.STUDYID", f"{SDTM}/define.xml"),
    ]
    assert "2 rows have another STUDYID than S1" in messages(root)


@pytest.mark.parametrize(
    ("folder", "name", "rule"),
    [(SDTM, "ts", "PACKAGE.TS"), (SDTM, "dm", "PACKAGE.DM"), (ADAM, "adsl", "PACKAGE.ADSL")],
)
def test_datasets_that_must_be_there(root, folder, name, rule):
    (root / folder / f"{name}.xpt").unlink()
    put(root, f"{folder}/define.xml", define())
    put(root, f"{folder}/other.xpt", subjects("OTHER"))
    assert ("error", rule, f"{folder}/{name}.xpt") in found(root)
    severity = "warning" if rule == "PACKAGE.TS" else "error"
    assert (severity, rule, f"{folder}/{name}.xpt") in found(root, "pmda")


@pytest.mark.parametrize(
    ("value", "flavor", "severity"),
    [
        (b"2024-03-01T08:30", b"", None),
        (b"", b"NA", "warning"),
        (b"", b"", "error"),
        (b"2024-03", b"", "error"),
        (b"2024-02-30", b"", "error"),
        (b"01MAR2024", b"", "error"),
        (b"20240301", b"", "error"),
    ],
)
def test_the_study_start_date(root, value, flavor, severity):
    put(root, f"{SDTM}/ts.xpt", trial_summary(value, flavor))
    assert found(root) == ([] if severity is None else [(severity, "PACKAGE.START_DATE", f"{SDTM}/ts.xpt")])


def test_a_study_without_a_start_date(root):
    put(root, f"{SDTM}/ts.xpt", trial_summary(parameter=b"SENDTC"))
    assert found(root) == [("error", "PACKAGE.START_DATE", f"{SDTM}/ts.xpt")]
    assert found(root, "nmpa") == [("warning", "PACKAGE.START_DATE", f"{SDTM}/ts.xpt")]


@pytest.mark.parametrize("standard", ["tabulations", "analysis"])
def test_what_is_not_there_was_not_checked(root, standard):
    folder = SDTM if standard == "tabulations" else ADAM
    for path in (root / folder).iterdir():
        path.unlink()
    told = found(root)
    assert ("warning", "PACKAGE.NOT_CHECKED", folder) in told
    assert not [one for one in told if one[1] in ("PACKAGE.TS", "PACKAGE.DM", "PACKAGE.ADSL", "PACKAGE.DEFINE")]


# Documents


@pytest.mark.parametrize("folder", [SDTM, ADAM])
def test_define_must_be_there(root, folder):
    (root / folder / "define.xml").unlink()
    assert found(root) == [("error", "PACKAGE.DEFINE", f"{folder}/define.xml")]


def test_define_must_be_xml(root):
    put(root, f"{SDTM}/define.xml", b"<ODM>")
    assert found(root) == [
        ("error", "PACKAGE.DEFINE_READ", f"{SDTM}/define.xml"),
        ("warning", "PACKAGE.NOT_CHECKED", f"{SDTM}/define.xml"),
    ]


def test_what_is_still_to_be_written_may_be_named(root):
    described(root, "csdrg.pdf", "other.pdf")
    awaited = [root / SDTM / "csdrg.pdf"]
    assert len(found(root)) == 2
    told = rejections.check_package(root / "m5", study(), awaited=awaited)
    assert told["message"].tolist() == [
        f"{SDTM}/define.xml: names other.pdf, which is not in the package. Add the file, or take the link out."
    ]


def test_of_documents_that_were_added_only_what_is_new_is_told(root):
    put(root, f"{SDTM}/acrf.pdf", b"<html>")
    put(root, f"{SDTM}/ts.xpt", trial_summary(b"", b"NI"))
    before = rejections.check_package(root / "m5", study())
    assert before["rule"].tolist() == ["PACKAGE.START_DATE", "PACKAGE.PDF"]
    put(root, f"{SDTM}/csdrg.pdf", PDF)
    assert rejections.check_added(root / "m5", study(), before).empty
    put(root, f"{SDTM}/csdrg.pdf", b"<html>")
    added = rejections.check_added(root / "m5", study(), before)
    assert added["message"].tolist() == [
        f"{SDTM}/csdrg.pdf: is no PDF file (it does not begin with %PDF-). Write it again."
    ]


@pytest.mark.parametrize(
    "link",
    [
        "csdrg.pdf",
        "ACRF.pdf",
        "..\\sdtm\\acrf.pdf",
        "/etc/hosts",
        "file:///etc/hosts",
        "file://[",
        "../../../../../../outside.txt",
        "../sdtm",
    ],
)
def test_links_of_define_lead_to_files_of_the_package(root, link):
    put(root, "outside.txt", b"a")
    described(root, link)
    assert found(root) == [("error", "PACKAGE.DEFINE_LINK", f"{SDTM}/define.xml")]
    assert f"names {link}" in messages(root)


def test_every_dataset_is_in_define(root):
    put(root, f"{SDTM}/ae.xpt", subjects("AE"))
    assert found(root) == [("error", "PACKAGE.NOT_IN_DEFINE", f"{SDTM}/ae.xpt")]


@pytest.mark.parametrize("stylesheet", ["", '<?xml-stylesheet type="text/xsl" href="other.xsl"?>'])
def test_define_has_its_stylesheet(root, stylesheet):
    put(root, f"{SDTM}/define.xml", define("dm.xpt", "ts.xpt", stylesheet=stylesheet))
    assert found(root) == [("error", "PACKAGE.STYLESHEET", f"{SDTM}/define.xml")]


@pytest.mark.parametrize("start", [b"%PDF-1.3", b"%PDF-2.0", b"<html>  "])
def test_versions_of_pdf(root, start):
    put(root, f"{SDTM}/acrf.pdf", start + PDF[8:])
    assert found(root) == [("error", "PACKAGE.PDF", f"{SDTM}/acrf.pdf")]


def test_chinese_in_a_font_that_is_not_embedded(root):
    put(root, f"{SDTM}/acrf.pdf", PDF + b"<</BaseFont /STSong-Light>>")
    assert found(root) == [("warning", "PACKAGE.PDF_FONT", f"{SDTM}/acrf.pdf")]


def test_pdf_that_is_encrypted_by_another_program(root):
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    writer.add_blank_page(72, 72)
    writer.pdf_header = "%PDF-1.6"
    writer.write(root / SDTM / "acrf.pdf")
    assert found(root) == []
    writer.encrypt("", "owner", algorithm="RC4-128")
    writer.write(root / SDTM / "acrf.pdf")
    assert found(root) == [("error", "PACKAGE.PDF_ENCRYPTED", f"{SDTM}/acrf.pdf")]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        rejections.check_package(tmp_path / "m5", study())


def test_the_agency_of_the_study_is_asked_where_none_is_named(root):
    put(root, f"{SDTM}/dm.xpt", subjects("DM", UTF8))
    assert rejections.check_package(root / "m5", study(agency="nmpa"))["rule"].tolist() == []
    assert rejections.check_package(root / "m5", study())["rule"].tolist() == ["PACKAGE.ENCODING"]


def test_rows_of_many_pieces_are_counted_once(root, monkeypatch):
    monkeypatch.setattr("submission.package_folder._BYTES_AT_ONCE", 24)
    rows = [b"S1  " + text.ljust(8) for text in (b"a", UTF8, b"b", b"c", UTF8)]
    put(root, f"{SDTM}/dm.xpt", transport("DM", rows, ("STUDYID", 4), ("TXT", 8)))
    assert "TXT has characters that are not ascii in 2 rows" in messages(root)


def test_findings_name_no_value(root):
    put(root, f"{SDTM}/dm.xpt", subjects("DM", b"secr\xe9t", study=b"X9"))
    assert "secr" not in messages(root)
    assert os.fspath(root) not in messages(root)
