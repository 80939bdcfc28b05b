"""Dataset-JSON 1.1: the files letter by letter, valid, and read by a reader that is not ours (odmlib)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import jsonschema
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from odmlib.dataset_json_1_1.model import DatasetJSON

from clinical.errors import ConformanceError
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.study import SummaryParameter
from submission.dataset_json import write_dataset_json
from submission.dataset_json_compare import compare_dataset_json
from submission.written import WrittenDataset
from tests.unit.submission.dataset_json_schema import DATASET, METADATA, ORDER, ROW

CREATED = datetime(2026, 1, 31, 2, 0, tzinfo=UTC)


def study(*summary):
    return SimpleNamespace(id="CART1922", design=SimpleNamespace(trial_summary=summary))


def variable(name, type_="Char", format_=None, label=None):
    return VariableSpec(name, label or name, type_, None, None, None, None, format_, None, None, None)


def dataset(frame, *variables, keys=(), lengths=None, name="AE", standard="sdtm", label="Adverse Events"):
    spec = DatasetSpec(name, label, "EVENTS", "", keys, standard, variables)
    return WrittenDataset(spec, standard, None, len(frame), lengths or {}, lambda: frame)


def written(given, tmp_path, *summary):
    """Return the JSON file's content, after holding both files against the schema and each other."""
    path, lines = write_dataset_json(given, tmp_path / "ae.json", study=study(*summary), created=CREATED)
    content = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(content, DATASET)
    first, *rows = (json.loads(line) for line in lines.read_text(encoding="utf-8").split("\n")[:-1])
    jsonschema.validate(first, METADATA)
    for row in rows:
        jsonschema.validate(row, ROW)
    assert {**first, "rows": rows} == content
    assert list(content) == [name for name in ORDER if name in content]
    compare_dataset_json(given, path)
    return content


def one_column(values, tmp_path, type_="Num", format_=None):
    """Return what the file says of a single column X: its attributes, and its values as they stand in the file."""
    content = written(dataset(pd.DataFrame({"X": values}), variable("X", type_, format_)), tmp_path)
    lines = (tmp_path / "ae.ndjson").read_text(encoding="utf-8").split("\n")[1:-1]
    return content["columns"][0], [line[1:-1] for line in lines]


def test_both_files_letter_by_letter(tmp_path):
    frame = pd.DataFrame(
        {"_ROW": [1, 2], "USUBJID": ["C-1", "C-2"], "AETERM": ['Say "ah"', None], "AESEQ": [1.0, 2.0]}
    ).astype({"USUBJID": "str", "AETERM": "str"})
    given = dataset(
        frame,
        variable("USUBJID", label="Unique Subject Identifier"),
        variable("AETERM", label="Reported Term"),
        variable("AESEQ", "Num", label="Sequence Number"),
        keys=("USUBJID", "AESEQ"),
        lengths={"USUBJID": 3, "AETERM": 8, "AESEQ": 8},
    )
    sponsor = SummaryParameter(parameter="SPONSOR", value="Example Biotech")
    content = written(given, tmp_path, sponsor)
    version = content["sourceSystem"]["version"]
    head = (
        '{"datasetJSONCreationDateTime": "2026-01-31T02:00:00Z", "datasetJSONVersion": "1.1.0", '
        '"fileOID": "CART1922.SDTM.AE.20260131T020000", "originator": "Example Biotech", '
        f'"sourceSystem": {{"name": "cdiscflow", "version": "{version}"}}, "studyOID": "CART1922", '
        '"metaDataVersionOID": "MDV.CART1922.SDTM", "itemGroupOID": "IG.AE", "records": 2, "name": "AE", '
        '"label": "Adverse Events", "columns": ['
        '{"itemOID": "IT.AE.USUBJID", "name": "USUBJID", "label": "Unique Subject Identifier", '
        '"dataType": "string", "length": 3, "keySequence": 1}, '
        '{"itemOID": "IT.AE.AETERM", "name": "AETERM", "label": "Reported Term", "dataType": "string", "length": 8}, '
        '{"itemOID": "IT.AE.AESEQ", "name": "AESEQ", "label": "Sequence Number", "dataType": "integer", '
        '"keySequence": 2}]'
    )
    assert (tmp_path / "ae.ndjson").read_text(encoding="utf-8") == (
        head + '}\n["C-1","Say \\"ah\\"",1]\n["C-2",null,2]\n'
    )
    assert (tmp_path / "ae.json").read_text(encoding="utf-8") == (
        head + ', "rows": [\n["C-1","Say \\"ah\\"",1],\n["C-2",null,2]\n]}\n'
    )


def test_another_reader_finds_the_same(tmp_path):
    frame = pd.DataFrame(
        {
            "TXT": ["Übelkeit, 恶心", None, ""],
            "NUM": [0.1, None, -2.5],
            "ADT": pd.to_datetime(["2026-01-31", None, "1960-01-01"]),
        }
    )
    given = dataset(frame, variable("TXT"), variable("NUM", "Num"), variable("ADT", "Num", "DATE9."), standard="adam")
    written(given, tmp_path)
    expected = [["Übelkeit, 恶心", 0.1, "2026-01-31"], [None, None, None], ["", -2.5, "1960-01-01"]]
    for found in (DatasetJSON.read_json(tmp_path / "ae.json"), DatasetJSON.read_ndjson(tmp_path / "ae.ndjson")):
        assert found.rows == expected
        assert found.records == 3
        assert found.metaDataVersionOID == "MDV.CART1922.ADAM"
        date = found.columns[2]
        assert (date.dataType, date.targetDataType, date.displayFormat) == ("date", "integer", "DATE9.")


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        ([1.0, None, -3.0], "integer", ["1", "null", "-3"]),
        ([1.0, 0.5], "double", ["1", "0.5"]),
        ([0.1, 1e-300, 5e-324], "double", ["0.1", "1e-300", "5e-324"]),
        ([1.7976931348623157e308, 123456.789], "double", ["1.7976931348623157e+308", "123456.789"]),
        ([-0.0, 1.0], "double", ["-0.0", "1"]),
        ([9007199254740992.0], "integer", ["9007199254740992"]),
        ([9007199254740994.0, 1.0], "double", ["9.007199254740994e+15", "1"]),
        (pd.array([9007199254740993, None], dtype="Int64"), "integer", ["9007199254740993", "null"]),
        ([None, None], "integer", ["null", "null"]),
    ],
)
def test_numbers_are_written_without_loss(values, kind, texts, tmp_path):
    described, found = one_column(pd.Series(values, dtype=getattr(values, "dtype", "float64")), tmp_path)
    assert (described["dataType"], found) == (kind, texts)


def test_decimals_are_exchanged_as_text(tmp_path):
    values = pd.Series([Decimal("30.50"), None], dtype=pd.ArrowDtype(pa.decimal128(10, 2)))
    described, found = one_column(values, tmp_path)
    assert (described["dataType"], described["targetDataType"]) == ("decimal", "decimal")
    assert found == ['"30.50"', "null"]


@pytest.mark.parametrize(
    ("values", "format_", "kind", "texts"),
    [
        (pd.to_datetime(["2024-02-29", None]), "DATE9.", "date", ['"2024-02-29"', "null"]),
        (pd.to_datetime(["2024-02-29T07:05:00"]), "DATETIME20.", "datetime", ['"2024-02-29T07:05:00"']),
        (
            pd.to_datetime(["2024-02-29T07:05:10", "2024-02-29T07:05:10.250"], format="ISO8601"),
            "DATETIME22.3",
            "datetime",
            ['"2024-02-29T07:05:10"', '"2024-02-29T07:05:10.25"'],
        ),
        (pd.to_timedelta(["07:05:00", "23:59:59"]), "TIME8.", "time", ['"07:05:00"', '"23:59:59"']),
        ([None], "DATE9.", "date", ["null"]),
    ],
)
def test_dates_are_iso_8601_with_an_integer_as_target(values, format_, kind, texts, tmp_path):
    described, found = one_column(pd.Series(values), tmp_path, format_=format_)
    assert (described["dataType"], described["targetDataType"]) == (kind, "integer")
    assert (described["displayFormat"], found) == (format_, texts)


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("AESTDTC", ["2024-02-29", None, "2024-03-01"], "date"),
        ("AESTDTC", ["2024-02-29T07:05:10", "2024-03-01T00:00:00.5Z"], "datetime"),
        ("AESTDTC", ["2024-02-29", "2024-03"], "string"),
        ("AESTDTC", ["2024-02-29T07:05"], "string"),
        ("AESTDTC", ["2024-02-29", "2024-02-29T07:05:10"], "string"),
        ("AESTDTC", [None, None], "string"),
        ("AETERM", ["2024-02-29"], "string"),
    ],
)
def test_dates_as_text_are_dates_where_all_are_complete(name, values, kind, tmp_path):
    """As in the specification's example of AESTDTC: a date without a target and without a length."""
    frame = pd.DataFrame({name: pd.Series(values, dtype="str")})
    content = written(dataset(frame, variable(name), lengths={name: 19}), tmp_path)
    described = content["columns"][0]
    assert described["dataType"] == kind
    assert described.get("length") == (19 if kind == "string" else None)
    assert "targetDataType" not in described
    assert [row[0] for row in content["rows"]] == values


def test_text_stays_as_it_is(tmp_path):
    values = ["a\tb\r\n", '\\"', "\x00\x1f\x7f", " x ", "</script>", "],\n[", "😀\u2028"]
    described, found = one_column(pd.Series(values, dtype="str"), tmp_path, "Char")
    assert "length" not in described
    assert found == [
        r'"a\tb\r\n"', r'"\\\""', '"\\u0000\\u001f\x7f"', '" x "', '"</script>"', r'"],\n["', '"😀\u2028"',
    ]  # fmt: skip


def test_a_dataset_without_rows_has_none(tmp_path):
    frame = pd.DataFrame({"X": pd.Series(dtype="str"), "N": pd.Series(dtype="float64")})
    content = written(dataset(frame, variable("X"), variable("N", "Num")), tmp_path)
    assert (content["records"], content["rows"]) == (0, [])


def test_rows_of_many_pieces_stay_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr("submission.dataset_json._AT_ONCE", 100)
    frame = pd.DataFrame({"X": [f"row {n}" for n in range(57)], "N": np.arange(57.0)})
    content = written(dataset(frame, variable("X"), variable("N", "Num")), tmp_path)
    assert content["rows"] == [[f"row {n}", n] for n in range(57)]


def test_two_writes_are_equal_and_leave_nothing_else(tmp_path):
    given = dataset(pd.DataFrame({"X": ["a", None]}), variable("X"))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_dataset_json(given, tmp_path / folder / "ae.draft.json", study=study(), created=CREATED)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["ae.draft.json", "ae.draft.ndjson"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("values", "format_", "said"),
    [
        ([float("inf")], None, "1 value is infinite"),
        (pd.to_datetime(["2024-02-29"]), None, "the format is missing"),
        (pd.to_datetime(["2024-02-29T07:05:00"]), "DATE9.", "1 value has a time of day"),
        ([23000.0], "DATE9.", "Convert them to dates"),
        (pd.to_timedelta(["25:00:00"]), "TIME8.", "no time of day"),
    ],
)
def test_what_json_cannot_hold_is_refused(values, format_, said, tmp_path):
    given = dataset(pd.DataFrame({"X": values}), variable("X", "Num", format_))
    with pytest.raises(ConformanceError, match=said):
        write_dataset_json(given, tmp_path / "ae.json", study=study(), created=CREATED)
    assert not list(tmp_path.iterdir())


def test_a_specified_variable_must_be_there(tmp_path):
    given = dataset(pd.DataFrame({"X": ["a"]}), variable("X"), variable("Y"))
    with pytest.raises(ConformanceError, match="not in the data: Y"):
        write_dataset_json(given, tmp_path / "ae.json", study=study(), created=CREATED)


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("ae.ndjson", '"a"', '"b"', "X differs in 1 cell"),
        ("ae.ndjson", "0.5", "0.50000000000000011", "N differs in 1 cell"),
        ("ae.ndjson", "null", "0", "N differs in 1 cell"),
        ("ae.ndjson", '["a",0.5]\n', "", "1 row and 2 records, expected 2"),
        ("ae.ndjson", '"label": "X"', '"label": "Z"', "their labels"),
        ("ae.ndjson", '"a",', '"a"', "cannot be read"),
        ("ae.json", '"a"', '"b"', "another content than ae.ndjson"),
        ("ae.json", "null]\n]}", "null],\n]}", "another content than ae.ndjson"),
    ],
)
def test_reading_back_tells_every_difference(name, before, after, said, tmp_path):
    given = dataset(pd.DataFrame({"X": ["a", "c"], "N": [0.5, None]}), variable("X"), variable("N", "Num"))
    path, _ = write_dataset_json(given, tmp_path / "ae.json", study=study(), created=CREATED)
    compare_dataset_json(given, path)
    changed = tmp_path / name
    text = changed.read_text(encoding="utf-8")
    assert before in text
    changed.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ConformanceError, match=said):
        compare_dataset_json(given, path)


def test_reading_back_finds_a_negative_zero(tmp_path):
    given = dataset(pd.DataFrame({"N": [0.0, 0.5]}), variable("N", "Num"))
    path, _ = write_dataset_json(given, tmp_path / "ae.json", study=study(), created=CREATED)
    other = replace(given, load=lambda: pd.DataFrame({"N": [-0.0, 0.5]}))
    with pytest.raises(ConformanceError, match="N differs in 1 cell"):
        compare_dataset_json(other, path)
