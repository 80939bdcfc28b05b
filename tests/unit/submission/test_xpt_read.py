"""Transport files as read: files typed by hand, files of other origins, damaged files, and the comparison."""

from __future__ import annotations

import struct
from datetime import datetime

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from clinical.errors import ConformanceError, OutsideError, RawDataError
from specs.model.dataset import DatasetSpec, VariableSpec
from submission import xpt
from submission.sas_values import temporal_kind


def by_hand(variables, rows, *, name="DM", label="Demographics", stamp=b"05MAR98:10:11:12"):
    """Return a transport file put together from TS-140: (name, kind, length, label, format, width, decimals), bytes."""
    position, described = 0, b""
    for number, (title, kind, length, text, form, width, decimals) in enumerate(variables, start=1):
        described += struct.pack(
            ">hhhh8s40s8shhhxx8shhi52x",
            kind, 0, length, number, title.ljust(8).encode(), text.encode().ljust(40), form.ljust(8).encode(),
            width, decimals, 0, b" " * 8, 0, 0, position,
        )  # fmt: skip
        position += length
    zeros = b"0" * 30
    parts = [
        b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + zeros,
        b"SAS     SAS     SASLIB  9.4     X64_10PRO".ljust(64) + stamp,
        stamp,
        b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!000000000000000001600000000140",
        b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!" + zeros,
        b"SAS     " + name.ljust(8).encode() + b"SASDATA 9.4     X64_10PRO".ljust(48) + stamp,
        stamp + b" " * 16 + label.encode().ljust(40) + b" " * 8,
        b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000%04d" % len(variables) + b"0" * 20,
    ]
    head = b"".join(part.ljust(80) for part in parts)
    described = described.ljust(-(-len(described) // 80) * 80)
    observations = (b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!" + zeros).ljust(80)
    return head + described + observations + rows.ljust(-(-len(rows) // 80) * 80)


SUBJECT = ("USUBJID", 2, 4, "Subject", "$", 4, 0)
AGE = ("AGE", 1, 8, "Age", "", 0, 0)
SAMPLE = by_hand([SUBJECT, AGE], b"S-01" + bytes.fromhex("4228000000000000") + b"S-02" + b"." + bytes(7))


def saved(tmp_path, content, name="dm.xpt"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def variable(name, kind="Char", label="L", format_=None):
    return VariableSpec(name, label, kind, None, None, None, None, format_, None, None, None)


def spec_of(*variables, name="DM", label="Demographics"):
    return DatasetSpec(name, label, "SPECIAL PURPOSE", "", (), "", variables)


def test_a_file_typed_by_hand_is_read_whole(tmp_path):
    file = xpt.read(saved(tmp_path, SAMPLE))
    assert (file.name, file.label, file.created) == ("DM", "Demographics", datetime(1998, 3, 5, 10, 11, 12))
    assert file.frame["USUBJID"].tolist() == ["S-01", "S-02"]
    assert file.frame["USUBJID"].dtype == "str"
    assert file.frame["AGE"].tolist()[0] == 40.0
    assert np.isnan(file.frame["AGE"].tolist()[1])
    assert file.labels == {"USUBJID": "Subject", "AGE": "Age"}
    assert file.types == {"USUBJID": "Char", "AGE": "Num"}
    assert file.formats == {"USUBJID": "$4.", "AGE": ""}
    assert file.lengths == {"USUBJID": 4, "AGE": 8}


def test_lower_case_names_become_upper_case(tmp_path):
    content = by_hand([("usubjid", 2, 4, "", "", 0, 0)], b"S-01", name="dm")
    file = xpt.read(saved(tmp_path, content))
    assert (file.name, list(file.frame)) == ("DM", ["USUBJID"])


def test_blanks_are_missing_and_leading_blanks_stay(tmp_path):
    content = by_hand([SUBJECT, AGE], b"    " + bytes(8) + b"  x " + bytes(8))
    text = xpt.read(saved(tmp_path, content)).frame["USUBJID"]
    assert text.isna().tolist() == [True, False]
    assert text[1] == "  x"


def test_special_missing_values_are_missing(tmp_path):
    content = by_hand([AGE], b"".join(mark + bytes(7) for mark in (b".", b"_", b"A", b"Z")) + bytes(8))
    values = xpt.read(saved(tmp_path, content)).frame["AGE"]
    assert values.isna().tolist() == [True, True, True, True, False]
    assert values[4] == 0.0


def test_shortened_numbers_are_read(tmp_path):
    content = by_hand([("VISITNUM", 1, 3, "", "", 0, 0), SUBJECT], bytes.fromhex("411800") + b"S-01")
    assert xpt.read(saved(tmp_path, content)).frame["VISITNUM"].tolist() == [1.5]


def test_dates_datetimes_and_times_by_their_formats(tmp_path):
    number = bytes.fromhex
    content = by_hand(
        [
            ("ADT", 1, 8, "", "DATE", 9, 0),
            ("BDT", 1, 8, "", "YYMMDD", 10, 0),
            ("ADTM", 1, 8, "", "DATETIME", 20, 0),
            ("CDTM", 1, 8, "", "E8601DT", 19, 0),
            ("ATM", 1, 8, "", "TIME", 5, 0),
            ("N", 1, 8, "", "", 8, 2),
        ],
        number("44559B0000000000") + number("C110000000000000") + number("4515181000000000")
        + number("4518000000000000") + number("43E2E00000000000") + number("4118000000000000")
        + (b"." + bytes(7)) * 6,
    )  # fmt: skip
    file = xpt.read(saved(tmp_path, content))
    assert file.formats["N"] == "8.2"
    first = file.frame.iloc[0]
    assert first["ADT"] == pd.Timestamp("2020-01-01")
    assert first["BDT"] == pd.Timestamp("1959-12-31")
    assert first["ADTM"] == pd.Timestamp("1960-01-02T00:00:01")
    assert first["CDTM"] == pd.Timestamp("1960-01-02T03:18:24")  # 98,304 seconds
    assert (first["ATM"], first["N"]) == (3630.0, 1.5)
    assert file.frame.iloc[1].isna().all()
    assert [str(file.frame[name].dtype) for name in ("ADT", "BDT", "ADTM")] == ["datetime64[s]"] * 3


def test_fractions_of_a_second_are_kept(tmp_path):
    content = by_hand([("ADTM", 1, 8, "", "DATETIME", 22, 1)], bytes.fromhex("4118000000000000"))
    assert xpt.read(saved(tmp_path, content)).frame["ADTM"].tolist() == [pd.Timestamp("1960-01-01T00:00:01.5")]


def test_numbers_that_are_no_dates_are_refused_under_a_date_format(tmp_path):
    content = by_hand([("ADT", 1, 8, "", "DATE", 9, 0)], bytes.fromhex("4C12309CE5400000"))
    with pytest.raises(RawDataError, match=r"dm.xpt: ADT: under format DATE9. 1 number is no date"):
        xpt.read(saved(tmp_path, content))


@pytest.mark.parametrize(
    ("sas_format", "kind"),
    [
        ("DATE9.", "date"), ("date9", "date"), ("YYMMDD10.", "date"), ("MMDDYYS8.", "date"), ("E8601DA.", "date"),
        ("MONYY7.", "date"), ("DATETIME20.", "datetime"), ("E8601DT19.", "datetime"), ("DTDATE9.", "datetime"),
        ("IS8601DT", "datetime"), ("TIME5.", "time"), ("HHMM", "time"), ("E8601TM8.", "time"), ("8.2", None),
        ("BEST12.", None), ("$20.", None), ("", None), (None, None), ("YEAR4.", None),
    ],
)  # fmt: skip
def test_formats_tell_what_a_number_means(sas_format, kind):
    assert temporal_kind(sas_format) == kind


def test_blank_rows_at_the_end_are_padding(tmp_path):
    file = xpt.read(saved(tmp_path, by_hand([SUBJECT], b"S-01" + b"    " * 40)))
    assert file.frame["USUBJID"].tolist() == ["S-01"]


def test_no_rows(tmp_path):
    frame = xpt.read(saved(tmp_path, by_hand([SUBJECT, AGE], b""))).frame
    assert (len(frame), list(frame), frame["USUBJID"].dtype, frame["AGE"].dtype) == (
        0, ["USUBJID", "AGE"], "str", "float64",
    )  # fmt: skip


def test_a_file_that_pyreadstat_wrote(tmp_path):
    frame = pd.DataFrame({"USUBJID": ["S-01", "受试者"], "AGE": [1.25, np.nan]})
    pyreadstat.write_xport(frame, tmp_path / "dm.xpt", table_name="DM", file_format_version=5)
    read = xpt.read(tmp_path / "dm.xpt").frame
    pd.testing.assert_frame_equal(read, frame)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "dm.xpt: not a SAS transport file (found an empty file)"),
        (b"STUDYID,USUBJID\n" * 100, "dm.xpt: not a SAS transport file (found no transport file header)"),
        (b"**COMPRESSED** " * 80, "It looks like a CPORT file"),
        (SAMPLE[:300], "dm.xpt: the file ends in the middle"),
        (SAMPLE[:700], "dm.xpt: the file ends in the middle"),
        (SAMPLE[:960], "dm.xpt: the file ends in the middle"),
        (SAMPLE[:1050], "dm.xpt: the file ends in the middle"),
        (by_hand([SUBJECT, AGE], (b"S-01" + bytes(8)) * 20)[:1200], "dm.xpt: the file ends in the middle"),
        (by_hand([SUBJECT, AGE], (b"S-01" + bytes(8)) * 20)[: 1040 + 60], "dm.xpt: the file ends in the middle"),
        (SAMPLE[:240] + b"x" * 80 + SAMPLE[320:], "dm.xpt: the file's headers are damaged"),
        (SAMPLE[:314] + b"0136" + SAMPLE[318:], "dm.xpt: its variables are described in 136 bytes each"),
        (SAMPLE[:314] + b"0000" + SAMPLE[318:], "dm.xpt: its variables are described in 0 bytes each"),
        (by_hand([("A", 2, 0, "Nothing", "", 0, 0)], b""), "dm.xpt: variables have no length (A)"),
        (by_hand([("A", 2, -1, "Nothing", "", 0, 0)], b""), "dm.xpt: variables have no length (A)"),
        (SAMPLE.replace(b"LIBRARY HEADER", b"LIBV8   HEADER"), "a version 8 transport file"),
        (SAMPLE + SAMPLE[240:], "dm.xpt: holds more than one dataset"),
        (by_hand([SUBJECT, SUBJECT], b"S-01S-01"), "dm.xpt: variables occur twice (USUBJID)"),
    ],
)
def test_files_that_are_not_whole_transport_files(tmp_path, content, message):
    with pytest.raises(RawDataError) as caught:
        xpt.read(saved(tmp_path, content))
    assert message in str(caught.value)


def test_a_version_8_file_of_pyreadstat_is_refused(tmp_path):
    pyreadstat.write_xport(pd.DataFrame({"A": [1.0]}), tmp_path / "dm.xpt", table_name="DM", file_format_version=8)
    with pytest.raises(RawDataError, match="a version 8 transport file, found where version 5 is expected"):
        xpt.read(tmp_path / "dm.xpt")


def test_other_encodings_are_named_by_the_caller_never_guessed(tmp_path):
    western = saved(tmp_path, by_hand([SUBJECT], b"Ren\xe9", label="Sample"))
    with pytest.raises(RawDataError, match=r"dm.xpt: not all text is UTF-8. Name the encoding"):
        xpt.read(western)
    assert xpt.read(western, encoding="windows-1252").frame["USUBJID"].tolist() == ["René"]
    chinese = saved(tmp_path, by_hand([SUBJECT], "是否".encode("gb18030")))
    assert xpt.read(chinese, encoding="gb18030").frame["USUBJID"].tolist() == ["是否"]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(OutsideError, match="cannot be read"):
        xpt.read(tmp_path / "dm.xpt")


def test_a_folder_is_read_by_dataset_name(tmp_path):
    saved(tmp_path, SAMPLE, "dm.xpt")
    saved(tmp_path, by_hand([SUBJECT], b"S-01", name="AE"), "AE.XPT")
    saved(tmp_path, b"<ODM/>", "define.xml")
    assert list(xpt.list_folder(tmp_path)) == ["AE", "DM"]
    datasets = xpt.read_folder(tmp_path)
    assert {name: len(frame) for name, frame in datasets.items()} == {"AE": 1, "DM": 2}
    assert list(xpt.read_folder(tmp_path, only=("DM", "EX"))) == ["DM"]


def test_folders_that_hold_something_else(tmp_path):
    with pytest.raises(RawDataError, match="holds no transport file"):
        xpt.list_folder(tmp_path)
    with pytest.raises(RawDataError, match="no such folder"):
        xpt.list_folder(tmp_path / "sdtm")
    saved(tmp_path, SAMPLE, "demog.xpt")
    with pytest.raises(RawDataError, match=r"demog.xpt: holds the dataset DM. Name the file dm.xpt."):
        xpt.list_folder(tmp_path)


SPEC = spec_of(variable("USUBJID", "Char", "Subject", "$4."), variable("AGE", "Num", "Age"))
FRAME = pd.DataFrame({"USUBJID": ["S-01", "S-02"], "AGE": [40.0, np.nan], "_ROW": [1, 2]})


def test_equal_data_compare_as_equal(tmp_path):
    xpt.compare(FRAME, SPEC, saved(tmp_path, SAMPLE))
    xpt.compare(FRAME.set_index(pd.Index([7, 9])), SPEC, saved(tmp_path, SAMPLE))


@pytest.mark.parametrize(
    ("frame", "spec", "message"),
    [
        (FRAME.assign(AGE=[40.0, 1.0]), SPEC, "(AGE differs in 1 cell)"),
        (FRAME.assign(AGE=[np.nextafter(40, 41), np.nan]), SPEC, "(AGE differs in 1 cell)"),
        (FRAME.assign(USUBJID=["S-02", None]), SPEC, "(USUBJID differs in 2 cells)"),
        (FRAME[::-1], SPEC, "(USUBJID differs in 2 cells, AGE differs in 2 cells)"),
        (FRAME[:1], SPEC, "(2 rows, expected 1)"),
        (FRAME, spec_of(*SPEC.variables[::-1]), "(the variables or their order)"),
        (FRAME, spec_of(*SPEC.variables, label="Other"), "(the dataset's name or label)"),
        (FRAME, spec_of(SPEC.variables[0], variable("AGE", "Num", "Years")), "(AGE's type, label or format)"),
        (FRAME, spec_of(SPEC.variables[0], variable("AGE", "Num", "Age", "3.")), "(AGE's type, label or format)"),
    ],
)
def test_differences_are_named_and_counted(tmp_path, frame, spec, message):
    with pytest.raises(ConformanceError) as caught:
        xpt.compare(frame, spec, saved(tmp_path, SAMPLE))
    assert message in str(caught.value)
    assert "S-0" not in str(caught.value)


def test_dates_are_compared_as_dates(tmp_path):
    path = saved(tmp_path, by_hand([("ADT", 1, 8, "L", "DATE", 9, 0)], bytes.fromhex("44559B0000000000")))
    spec = spec_of(variable("ADT", "Num", "L", "DATE9."))
    xpt.compare(pd.DataFrame({"ADT": pd.to_datetime(["2020-01-01"])}), spec, path)
    with pytest.raises(ConformanceError, match="ADT differs in 1 cell"):
        xpt.compare(pd.DataFrame({"ADT": pd.to_datetime(["2020-01-02"])}), spec, path)
