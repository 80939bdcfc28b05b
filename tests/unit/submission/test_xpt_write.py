"""Transport files as written: their bytes typed by hand, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clinical.errors import ConformanceError, OutsideError
from specs.model.dataset import DatasetSpec, VariableSpec
from submission import xpt

CREATED = datetime(2026, 1, 31, 2, 5, 9, tzinfo=UTC)
CHAR, NUM, MOMENT = ("A", "Char"), ("N", "Num"), ("N", "Num", "L", "DATETIME20.")
MICROSECOND = np.timedelta64(1, "us")
#: Midnight and a billionth of a second, and midnight.
NANOSECONDS = pd.Series(np.array(["2026-01-31T00:00:00.000000001", "2026-01-31"], dtype="datetime64[ns]"))


def variable(name, kind="Char", label="A label", format_=None, length=None):
    return VariableSpec(
        name=name, label=label, type=kind, length=length, core=None, role=None, codelist=None, format=format_,
        origin=None, method=None, comment=None,
    )  # fmt: skip


def dataset(*variables, name="AE", label="Adverse Events"):
    made = tuple(one if isinstance(one, VariableSpec) else variable(*one) for one in variables)
    return DatasetSpec(
        name=name, label=label, class_name="EVENTS", structure="", keys=(), standard="SDTMIG", variables=made
    )


def text(*values):
    return pd.Series(values, dtype="str")


def dates(*values):
    return pd.Series(pd.to_datetime(list(values), format="ISO8601")).astype("datetime64[s]")


def test_every_byte_of_a_small_file(tmp_path):
    spec = dataset(
        variable("TERM", "Char", "Reported Term"),
        variable("VAL", "Num", "A Number"),
        variable("ADT", "Num", "A Date", "DATE9."),
    )
    frame = pd.DataFrame(
        {
            "ADT": dates("2020-01-01", "1960-01-01", "1959-12-31", None),
            "_FILE": ["export.xml"] * 4,
            "VAL": [1.5, -0.5, 0.1, np.nan],
            "TERM": text("Fever", "é", None, "x"),
        }
    )
    informats = {"VAL": "8.3"}
    xpt.write(frame, spec, tmp_path / "ae.xpt", created=CREATED, encoding="utf-8", informats=informats)

    def namestr(kind, length, number, name, label, form, width, position, informat=b"\0\0\0\0"):
        return (
            kind + b"\0\0" + length + number + name.ljust(8) + label.ljust(40) + form.ljust(8) + width + b"\0" * 6
            + b" " * 8 + informat + position + bytes(52)
        )  # fmt: skip

    variables = [
        namestr(b"\0\2", b"\0\5", b"\0\1", b"TERM", b"Reported Term", b"", b"\0\0", b"\0\0\0\0"),
        namestr(b"\0\1", b"\0\x08", b"\0\2", b"VAL", b"A Number", b"", b"\0\0", b"\0\0\0\5", b"\0\x08\0\3"),
        namestr(b"\0\1", b"\0\x08", b"\0\3", b"ADT", b"A Date", b"DATE", b"\0\x09", b"\0\0\0\x0d"),
    ]
    observations = (
        b"Fever" + bytes.fromhex("4118000000000000") + bytes.fromhex("44559B0000000000")  # 21,915 days
        + b"\xc3\xa9   " + bytes.fromhex("C080000000000000") + bytes.fromhex("0000000000000000")
        + b"     " + bytes.fromhex("401999999999999A") + bytes.fromhex("C110000000000000")
        + b"x    " + b".\0\0\0\0\0\0\0" + b".\0\0\0\0\0\0\0"
    )  # fmt: skip
    written = (tmp_path / "ae.xpt").read_bytes()

    assert written[:80] == (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000000000000000000000000000000  ")
    assert written[80:104] == b"SAS     SAS     SASLIB  "
    assert written[144:160] == b"31JAN26:02:05:09"
    assert written[160:240] == b"31JAN26:02:05:09".ljust(80)
    assert written[240:320] == (b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!000000000000000001600000000140  ")
    assert written[320:400] == (b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!000000000000000000000000000000  ")
    assert written[400:424] == b"SAS     AE      SASDATA "
    assert written[464:480] == b"31JAN26:02:05:09"
    assert written[480:560] == b"31JAN26:02:05:09".ljust(32) + b"Adverse Events".ljust(48)
    assert written[560:640] == (b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000000300000000000000000000  ")
    records = [written[640 + 140 * n : 640 + 140 * (n + 1)] for n in range(3)]
    assert records == variables
    assert written[1060:1120] == b" " * 60
    assert written[1120:1200] == (b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!000000000000000000000000000000  ")
    assert written[1200:] == observations.ljust(160)


def test_two_writes_are_the_same_bytes_and_the_clock_is_not_among_them(tmp_path):
    frame, spec = pd.DataFrame({"A": text("x"), "N": [1.0]}), dataset(CHAR, NUM)
    xpt.write(frame, spec, tmp_path / "one.xpt", created=CREATED)
    xpt.write(frame, spec, tmp_path / "two.xpt", created=CREATED)
    written = (tmp_path / "one.xpt").read_bytes()
    assert written == (tmp_path / "two.xpt").read_bytes()
    assert written.count(b"31JAN26:02:05:09") == 4


def test_header_times_are_utc(tmp_path):
    created = datetime(2026, 12, 31, 22, 0, tzinfo=timezone(timedelta(hours=-5)))
    xpt.write(pd.DataFrame({"N": [1.0]}), dataset(NUM), tmp_path / "ae.xpt", created=created)
    assert (tmp_path / "ae.xpt").read_bytes()[144:160] == b"01JAN27:03:00:00"


def test_the_file_is_private_and_nothing_stands_beside_it(tmp_path):
    xpt.write(pd.DataFrame({"N": [1.0]}), dataset(NUM), tmp_path / "ae.xpt", created=CREATED)
    assert [path.name for path in tmp_path.iterdir()] == ["ae.xpt"]
    if os.name == "posix":
        assert (tmp_path / "ae.xpt").stat().st_mode & 0o777 == 0o600


def test_the_frame_is_not_changed(tmp_path):
    frame = pd.DataFrame({"A": text("x ", None), "N": [1, 2], "_ROW": [1, 2]})
    before = frame.copy()
    xpt.write(frame, dataset(CHAR, NUM), tmp_path / "ae.xpt", created=CREATED)
    pd.testing.assert_frame_equal(frame, before)


def test_dates_datetimes_and_times_are_counted_as_sas_does(tmp_path):
    spec = dataset(
        variable("ADT", "Num", format_="DATE9."),
        variable("ADTM", "Num", format_="DATETIME20."),
        variable("ATM", "Num", format_="TIME8."),
    )
    frame = pd.DataFrame(
        {
            "ADT": dates("2020-02-29", None),
            "ADTM": dates("1960-01-02T00:00:01", None),
            "ATM": pd.Series(pd.to_timedelta(["01:00:30", None])),
        }
    )
    xpt.write(frame, spec, tmp_path / "ae.xpt", created=CREATED)
    # 21,974 = 0x55D6 days; 86,401 = 0x15181 and 3,630 = 0xE2E seconds
    row = (tmp_path / "ae.xpt").read_bytes()[1200:1224]
    assert row.hex() == "4455d60000000000" + "4515181000000000" + "43e2e00000000000"


def test_no_rows_make_a_file_without_observations(tmp_path):
    frame = pd.DataFrame({"A": text(), "N": pd.Series(dtype="float64")})
    xpt.write(frame, dataset(CHAR, NUM), tmp_path / "ae.xpt", created=CREATED)
    assert (tmp_path / "ae.xpt").stat().st_size == 640 + 320 + 80
    xpt.compare(frame, dataset(CHAR, NUM), tmp_path / "ae.xpt")
    assert len(xpt.read(tmp_path / "ae.xpt").frame) == 0


def test_columns_without_a_value_may_have_any_type(tmp_path):
    frame = pd.DataFrame({"A": [np.nan, np.nan], "D": pd.Series([None, None], dtype="object"), "N": [1.0, 2.0]})
    spec = dataset(CHAR, variable("D", "Num", format_="DATE9."), NUM)
    xpt.write(frame, spec, tmp_path / "ae.xpt", created=CREATED)
    xpt.compare(frame, spec, tmp_path / "ae.xpt")
    assert xpt.read(tmp_path / "ae.xpt").frame["A"].isna().all()


def test_numbers_of_any_kind_are_written(tmp_path):
    frame = pd.DataFrame(
        {
            "I": pd.Series([1, None], dtype="Int64"),
            "B": [True, False],
            "F": pd.Series([0.5, np.nan], dtype="float32"),
            "O": pd.Series([2, None], dtype="object"),
        }
    )
    spec = dataset(*((name, "Num") for name in "IBFO"))
    xpt.write(frame, spec, tmp_path / "ae.xpt", created=CREATED)
    xpt.compare(frame, spec, tmp_path / "ae.xpt")
    assert xpt.read(tmp_path / "ae.xpt").frame.iloc[0].tolist() == [1.0, 1.0, 0.5, 2.0]


def test_categories_of_text_are_text(tmp_path):
    frame = pd.DataFrame({"A": pd.Series(["x", None, "y"], dtype="category"), "N": [1.0, 2.0, 3.0]})
    xpt.write(frame, dataset(CHAR, NUM), tmp_path / "ae.xpt", created=CREATED)
    xpt.compare(frame, dataset(CHAR, NUM), tmp_path / "ae.xpt")


@pytest.mark.parametrize(
    ("values", "spec", "message"),
    [
        (text("x" * 201, "y" * 205), CHAR, "AE.A: 2 values are longer than 200 bytes (the longest has 205)"),
        (text("é", "x", "受"), CHAR, "AE.A: 2 values hold characters that ASCII does not have"),
        (
            text("xx", "x"),
            ("A", "Char", "L", None, 1),
            "AE.A: 1 value is longer than the variable's 1 byte (the lon",
        ),
        (text("x"), ("A", "Char", "L", None, 201), "AE.A: the length is 201, which a text cannot have"),
        ([1.0], ("N", "Num", "L", None, 2), "AE.N: the length is 2, which a number cannot have"),
        ([8192.0, 8193.0, 0.1], ("N", "Num", "L", None, 3), "AE.N: 2 values lose digits in 3 bytes"),
        (text("a\0b"), CHAR, "AE.A: 1 value holds a NUL character"),
        (pd.Series(["\ud800"], dtype="object"), CHAR, "AE.A: values hold half a character"),
        ([1.0], CHAR, "AE.A: the data hold floating values and the specification says Char"),
        (pd.Series(["x", 1], dtype="object"), CHAR, "AE.A: the data hold mixed-integer values"),
        (text("1"), NUM, "AE.N: the data hold string values and the specification says Num"),
        ([np.inf, -np.inf, 1.0], NUM, "AE.N: 2 values are infinite"),
        ([16.0**63, -1e76, 1e308], NUM, "AE.N: 3 values are 7.24e75 or beyond"),
        ([-5e-79, 5e-324], NUM, "AE.N: 2 values are nearer to zero than 5.4e-79"),
        ([2**53 + 1], NUM, "AE.N: whole numbers beyond 2**53 lose digits"),
        (dates("2020-01-01"), NUM, "AE.N: the data hold dates and the format is missing. Specify DATE9."),
        (dates("2020-01-01T10:00:00"), ("N", "Num", "L", "DATE9."), "AE.N: 1 value has a time of day"),
        (pd.Series(pd.to_timedelta(["01:00:00"])), NUM, "AE.N: the data hold times and the format is missing"),
        ([21915.0], ("N", "Num", "L", "DATE9."), "AE.N: the data hold float64 values under the format DATE9."),
        (dates("2020-01-01").dt.tz_localize("UTC"), ("N", "Num", "L", "DATE9."), "AE.N: the data hold datetimes with"),
        (pd.Series([2**53 + 1, 0.5], dtype="object"), NUM, "AE.N: whole numbers beyond 2**53 lose digits"),
        (dates("1581-12-31", "1582-01-01"), ("N", "Num", "L", "DATE9."), "AE.N: 1 number is no date between the"),
        (dates("1581-12-31T23:59:59"), MOMENT, "AE.N: 1 number is no date between the years 1582 and 19900"),
        (NANOSECONDS, MOMENT, "AE.N: 1 value has finer fractions of a second than a number of SAS holds"),
        (dates("9999-12-31T23:59:59").astype("datetime64[us]") + MICROSECOND, MOMENT, "AE.N: 1 value has finer"),
        (NANOSECONDS, ("N", "Num", "L", "DATE9."), "AE.N: 1 value has a time of day under a date format"),
    ],
)
def test_what_a_transport_file_would_spoil_is_refused(tmp_path, values, spec, message):
    with pytest.raises(ConformanceError) as caught:
        xpt.write(pd.DataFrame({spec[0]: values}), dataset(spec), tmp_path / "ae.xpt", created=CREATED)
    assert str(caught.value).startswith(message)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("encoding", "longest", "label"),
    [("ascii", "y" * 200, "L" * 40), ("utf-8", "受" * 66 + "xx", "é" * 20), ("gb18030", "受" * 100, "受" * 20)],
)
def test_values_at_every_limit_pass(tmp_path, encoding, longest, label):
    frame = pd.DataFrame(
        {
            "A": text("x" * 200, longest, "x" * 200 + "   "),
            "N": [np.nextafter(16.0**63, 0), -(16.0**-65), float(2**53)],
        }
    )
    spec = dataset(variable("A", "Char", "L" * 40), variable("N", "Num", label), name="A2345678", label="D" * 40)
    xpt.write(frame, spec, tmp_path / "a2345678.xpt", created=CREATED, encoding=encoding)
    xpt.compare(frame, spec, tmp_path / "a2345678.xpt", encoding=encoding)


@pytest.mark.parametrize(("encoding", "size"), [("utf-8", 201), ("gb18030", 201)])
def test_limits_are_counted_in_bytes_of_the_encoding(tmp_path, encoding, size):
    longer = {"utf-8": "受" * 67, "gb18030": "受" * 100 + "x"}[encoding]
    with pytest.raises(ConformanceError, match=rf"1 value is longer than 200 bytes \(the longest has {size}\)"):
        xpt.write(pd.DataFrame({"A": text(longer)}), dataset(CHAR), tmp_path / "a", created=CREATED, encoding=encoding)
    spec = dataset(variable("A", "Char", "受" * 21), label="受" * 14)
    with pytest.raises(ConformanceError, match=r"AE.A: the label has (63|42) bytes, at most 40 fit"):
        xpt.write(pd.DataFrame({"A": text("x")}), spec, tmp_path / "a", created=CREATED, encoding=encoding)


def test_text_in_gb18030_is_that_of_the_standard(tmp_path):
    """GB 18030: 受 is CADC, 试 CAD4, é A8A6; 🧬, U+1F9EC, is the 63,980th beyond 90308130, where U+10000 is."""
    frame = pd.DataFrame({"A": text("受试", None, "é", "ASCII", "🧬 ")})
    xpt.write(frame, dataset(CHAR), tmp_path / "ae.xpt", created=CREATED, encoding="gb18030")
    data = (tmp_path / "ae.xpt").read_bytes()[640 + 160 + 80 :]
    words = [b"\xca\xdc\xca\xd4", b"", b"\xa8\xa6", b"ASCII", b"\x95\x30\xe3\x30"]
    assert data == b"".join(word.ljust(5) for word in words).ljust(80)
    xpt.compare(frame, dataset(CHAR), tmp_path / "ae.xpt", encoding="gb18030")


def test_lengths_are_those_given_then_those_specified_then_those_of_the_data(tmp_path):
    spec = dataset(variable("A", length=7), variable("B", length=7), ("C", "Char"), variable("N", "Num"))
    frame = pd.DataFrame({"A": text("x"), "B": text("x"), "C": text("abc"), "N": [1.0]})
    given = {"A": 12, "N": 3}
    xpt.write(frame, spec, tmp_path / "ae.xpt", created=CREATED, lengths=given)
    assert xpt.read(tmp_path / "ae.xpt").lengths == {"A": 12, "B": 7, "C": 3, "N": 3}
    xpt.compare(frame, spec, tmp_path / "ae.xpt", lengths=given)
    with pytest.raises(ConformanceError, match="A's length"):
        xpt.compare(frame, spec, tmp_path / "ae.xpt", lengths={"A": 13})


def test_shortened_numbers_keep_their_value(tmp_path):
    spec = dataset(("N", "Num", "L", None, 3), ("M", "Num", "L", None, 7))
    frame = pd.DataFrame({"N": [8192.0, -0.5, np.nan, 0.0], "M": [1 / 4, 2.0**44 + 1, -0.0, np.nan]})
    xpt.write(frame, spec, tmp_path / "ae.xpt", created=CREATED)
    xpt.compare(frame, spec, tmp_path / "ae.xpt")
    rows = ["44200040400000000000", "c080004c100000000001", "2e000000000000000000", "0000002e000000000000"]
    assert (tmp_path / "ae.xpt").read_bytes()[-80:] == bytes.fromhex("".join(rows)).ljust(80)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (dataset(CHAR, label="Größe"), "AE: the label holds characters that ASCII does not have"),
        (dataset(variable("A", "Char", "L", "DATE9.1.2")), "AE.A: DATE9.1.2 is no SAS format"),
        (dataset(variable("A", "Char", "L", "DATE9.")), "AE.A: DATE9. is a format of numbers and the variable is Char"),
        (dataset(("A", "Num", "L", "$20.")), "AE.A: $20. is a format of text and the variable is Num"),
        (dataset(("A", "Char", "L" * 41)), "AE.A: the label has 41 bytes, at most 40 fit"),
        (dataset(CHAR, name="ADVERSEEV"), "ADVERSEEV: the dataset's name is ADVERSEEV and must be at most 8"),
        (dataset(("TOOLONGNM", "Char")), "AE: a variable's name is TOOLONGNM and must be at most 8"),
        (dataset(("a", "Char")), "AE: a variable's name is a and must be at most 8 upper-case"),
        (dataset(CHAR, CHAR), "AE: variables are specified twice (A)"),
        (dataset(), "AE: the specification has no variable"),
        (dataset(CHAR, ("B", "Char"), ("C", "Char")), "AE: specified but not in the data: B, C. Build them"),
        (dataset(("B", "Char")), "AE: specified but not in the data: B. Build them or take them out of the spec.\n"),
        (dataset(("B", "Char")), "AE: in the data but not specified: A. Specify them or drop them."),
    ],
)  # fmt: skip
def test_specifications_that_do_not_fit_are_refused(tmp_path, spec, message):
    with pytest.raises(ConformanceError) as caught:
        xpt.write(pd.DataFrame({"A": text("x")}), spec, tmp_path / "ae.xpt", created=CREATED)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("informats", "message"),
    [
        ({"A": "no format"}, "AE.A: no format is no SAS informat"),
        ({"A": "8.2"}, "AE.A: 8.2 is an informat of numbers and the variable is Char"),
        ({"B": "$4."}, "AE: informats are given for variables that are not specified (B)"),
    ],
)
def test_informats_that_do_not_fit_are_refused(tmp_path, informats, message):
    spec, frame = dataset(CHAR), pd.DataFrame({"A": text("x")})
    with pytest.raises(ConformanceError) as caught:
        xpt.write(frame, spec, tmp_path / "ae.xpt", created=CREATED, informats=informats)
    assert str(caught.value).startswith(message)
    with pytest.raises(ConformanceError) as caught:
        xpt.write_batches([frame], spec, tmp_path / "ae.xpt", created=CREATED, lengths={"A": 1}, informats=informats)
    assert str(caught.value).startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_a_column_that_occurs_twice_is_refused(tmp_path):
    frame = pd.DataFrame([["x", "y"]], columns=["A", "A"])
    with pytest.raises(ConformanceError, match=r"AE: columns occur twice in the data \(A\)"):
        xpt.write(frame, dataset(CHAR), tmp_path / "ae.xpt", created=CREATED)


def test_all_reasons_come_at_once_and_hold_no_value(tmp_path):
    secret = "CART1922-0101"
    frame = pd.DataFrame({"A": text(secret * 20), "N": [np.inf]})
    with pytest.raises(ConformanceError) as caught:
        xpt.write(frame, dataset(CHAR, NUM), tmp_path / "ae.xpt", created=CREATED)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["AE.A", "AE.N"]
    assert secret not in str(caught.value)


def test_a_blank_last_row_is_refused_where_readers_would_lose_it(tmp_path):
    spec = dataset(CHAR, ("B", "Char"))
    with pytest.raises(ConformanceError, match="AE: the last row is blank in every variable, and a row has 2 bytes"):
        xpt.write(pd.DataFrame({"A": text("x", None), "B": text("y", "  ")}), spec, tmp_path / "a", created=CREATED)
    blank_between = pd.DataFrame({"A": text("x", None, "z"), "B": text(None, None, None)})
    xpt.write(blank_between, spec, tmp_path / "ae.xpt", created=CREATED)
    xpt.compare(blank_between, spec, tmp_path / "ae.xpt")
    number_at_the_end = pd.DataFrame({"A": text("x", None), "N": [1.0, np.nan]})
    xpt.write(number_at_the_end, dataset(CHAR, NUM), tmp_path / "ae.xpt", created=CREATED)
    xpt.compare(number_at_the_end, dataset(CHAR, NUM), tmp_path / "ae.xpt")


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_blank_last_row_of_a_record_or_more_is_kept(tmp_path, rows):
    spec = dataset(variable("A", length=80), variable("B", length=1))
    frame = pd.DataFrame({"A": text("x", None, " ")[:rows], "B": text(None, None, None)[:rows]})
    xpt.write(frame, spec, tmp_path / "ae.xpt", created=CREATED)
    xpt.compare(frame, spec, tmp_path / "ae.xpt")
    assert len(xpt.read(tmp_path / "ae.xpt").frame) == rows


def test_a_folder_that_is_not_there_is_the_outside_worlds(tmp_path):
    with pytest.raises(OutsideError, match=r"cannot be written \(No such file or directory\)"):
        xpt.write(pd.DataFrame({"N": [1.0]}), dataset(NUM), tmp_path / "no" / "ae.xpt", created=CREATED)


@pytest.mark.skipif(os.name != "posix", reason="limits of file size are POSIX")
@pytest.mark.parametrize("limit", [500, 5_000, 40_880])  # the last ends a record of data and of the file
def test_a_full_disk_leaves_nothing_and_the_former_file_alone(tmp_path, limit):
    former = tmp_path / "ae.xpt"
    former.write_bytes(b"former")
    script = f"""
import resource
from datetime import datetime
from pathlib import Path
import pandas as pd
from clinical.errors import OutsideError
from specs.model.dataset import DatasetSpec, VariableSpec
from submission import xpt
one = VariableSpec("A", "A", "Char", None, None, None, None, None, None, None, None)
spec = DatasetSpec("AE", "AE", "EVENTS", "", (), "", (one,))
frame = pd.DataFrame({{"A": pd.Series(["x" * 100] * 1000, dtype="str")}})
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    xpt.write(frame, spec, Path({str(former)!r}), created=datetime(2026, 1, 1))
except OutsideError as error:
    raise SystemExit(0 if "cannot be written" in str(error) else 1)
raise SystemExit(2)
"""
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, check=False, capture_output=True, timeout=60)
    assert done.returncode == 0
    assert former.read_bytes() == b"former"
    assert [path.name for path in tmp_path.iterdir()] == ["ae.xpt"]
