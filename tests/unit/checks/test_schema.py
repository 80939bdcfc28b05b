"""Datasets against their specifications; every finding's place is typed by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from checks import capping
from checks.schema import check_dataset, compile_schema
from specs.model.dataset import ValueLevelSource


def _places(found):
    place = found["rule"] + " " + found["variable"] + " " + found["usubjid"] + " " + found["value"]
    return sorted(" ".join(text.split()) for text in place)


@pytest.fixture
def check(study):
    def run(frame, spec, **known):
        return check_dataset(frame, spec, study(specs={spec.name: spec}, **known))

    return run


@pytest.fixture
def ae(dataset, variable):
    """A specification of AE with one variable for each kind of rule."""
    return dataset(
        "AE",
        [
            variable("USUBJID", core="Req"),
            variable("AESEQ", type="Num", core="Req"),
            variable("AETERM", core="Req", length=6),
            variable("AESER", core="Exp", codelist="NY"),
            variable("AEOUT", core="Perm", codelist="OUT"),
            variable("AESTDTC", core="Exp", format="ISO 8601 datetime or interval"),
            variable("AEDUR", core="Perm", format="ISO 8601 duration"),
        ],
        ("USUBJID", "AETERM", "AESTDTC"),
    )


@pytest.fixture
def lists(codelist):
    """NY cannot be extended, OUT can."""
    return {"NY": codelist("NY", ["Y", "N"]), "OUT": codelist("OUT", ["FATAL"], extensible=True)}


def test_a_dataset_that_follows_its_specification_has_no_findings(check, table, ae, lists):
    frame = table(
        """USUBJID | AESEQ | AETERM | AESER | AEOUT | AESTDTC   | AEDUR | _FORM | _ROW
           S1      | 1     | Fever  | N     |       | 2023---15 |       | ae    | 2
           S1      | 2     | Fever  | Y     | FATAL | 2023-01   | P2D   | ae    | 1
           S2      | 1     | Rash   |       |       |           |       | ae    | 3"""
    )
    assert check(frame, ae, codelists=lists).empty


def test_values_are_held_to_presence_length_terms_and_form(check, table, ae, lists):
    frame = table(
        """USUBJID | AESEQ | AETERM  | AESER | AEOUT | AESTDTC    | AEDUR
           S1      | 1     |         | Y     | FATAL | 2023-01-01 |
           S1      | 2     | Fever   | U     | DEAD  | 2023-02-30 | 2 days
           S2      | 1     | Fièvre  |       |       |            |
           S2      | 2     | Nauseas |       |       |            |"""
    )
    assert _places(check(frame, ae, codelists=lists)) == [
        "SCHEMA.CODELIST AEOUT S1 DEAD",
        "SCHEMA.CODELIST AESER S1 U",
        "SCHEMA.DURATION AEDUR S1 2 days",
        "SCHEMA.ISO8601 AESTDTC S1 2023-02-30",
        "SCHEMA.LENGTH AETERM S2 Fièvre",  # 6 characters, 7 bytes
        "SCHEMA.LENGTH AETERM S2 Nauseas",
        "SCHEMA.REQUIRED AETERM S1",
    ]


def test_findings_name_the_raw_record_and_hold_no_value_in_the_message(check, table, ae, lists):
    frame = table(
        """USUBJID | AESEQ | AETERM | AESER     | AEOUT | AESTDTC | AEDUR | _FORM | _ROW | _PAGE
           S1      | 1     | Fever  | Perhaps   |       | 2023    |       | ae    | 17   | 31"""
    )
    found = check(frame, ae, codelists=lists)
    assert len(found) == 1
    only = found.iloc[0]
    assert only["key"] == "AETERM=Fever; AESTDTC=2023"
    assert (only["form"], only["row"], only["page"]) == ("ae", "17", "31")
    assert (only["severity"], only["source"], only["dataset"]) == ("error", "schema", "AE")
    assert only["message"] == (
        "CT-unmapped: the value is not in codelist NY. "
        "The codelist cannot be extended: map the value, or query the site."
    )


def test_an_extensible_codelist_may_be_extended(check, table, dataset, variable, codelist):
    spec = dataset("AE", [variable("USUBJID"), variable("AEOUT", codelist="OUT")])
    frame = table("USUBJID | AEOUT\nS1 | BETTER")
    found = check(frame, spec, codelists={"OUT": codelist("OUT", ["FATAL"], extensible=True)})
    assert "Add it to codelists.yaml, or query the site." in found["message"].iloc[0]


def test_several_codelists_of_a_variable_are_one(check, table, dataset, variable, codelist):
    spec = dataset("DS", [variable("USUBJID"), variable("DSDECOD", codelist="NCOMPLT;PROTMLST")])
    lists = {"NCOMPLT": codelist("NCOMPLT", ["DEATH"]), "PROTMLST": codelist("PROTMLST", ["RANDOMIZED"])}
    frame = table("USUBJID | DSDECOD\nS1 | DEATH\nS2 | RANDOMIZED\nS3 | OTHER")
    assert _places(check(frame, spec, codelists=lists)) == ["SCHEMA.CODELIST DSDECOD S3 OTHER"]


def test_numeric_results_need_not_be_terms(check, table, dataset, variable, codelist):
    lists = {"RESULT": codelist("RESULT", ["POSITIVE"])}
    names = [variable("USUBJID"), variable("LBSTRESC", codelist="RESULT")]
    frame = table("USUBJID | LBSTRESC\nS1 | POSITIVE\nS1 | 12.5\nS1 | <5\nS1 | >=1e3\nS1 | <\nS1 | 5 or 6\nS1 |")
    found = check(frame, dataset("LB", [*names, variable("LBSTRESN", type="Num")]), codelists=lists)
    assert _places(found) == ["SCHEMA.CODELIST LBSTRESC S1 5 or 6", "SCHEMA.CODELIST LBSTRESC S1 <"]
    found = check(table("USUBJID | LBSTRESC\nS1 | 12.5"), dataset("LB", names), codelists=lists)
    assert _places(found) == ["SCHEMA.CODELIST LBSTRESC S1 12.5"]


def test_an_unknown_codelist_is_a_note_and_no_pass(check, table, dataset, variable):
    spec = dataset("AE", [variable("USUBJID"), variable("AEOUT", codelist="OUT")])
    found = check(table("USUBJID | AEOUT\nS1 | X"), spec)
    assert found[["rule", "severity", "variable"]].to_numpy().tolist() == [["SCHEMA.NOT_RUN", "note", "AEOUT"]]


def test_a_blank_is_missing(check, table, dataset, variable):
    spec = dataset("AE", [variable("USUBJID", core="Req"), variable("AETERM", core="Req")])
    frame = table("USUBJID | AETERM\nS1 | Fever").assign(AETERM=pd.Series([""], dtype="str"))
    assert _places(check(frame, spec)) == ["SCHEMA.REQUIRED AETERM S1"]


def test_required_and_expected_variables_must_be_there_and_permissible_ones_need_not(check, table, dataset, variable):
    cores = {"USUBJID": "Req", "AETERM": "Req", "AESER": "Exp", "AEOUT": "Perm", "AEXX": "Cond"}
    spec = dataset("AE", [variable(name, core=core) for name, core in cores.items()])
    assert _places(check(table("USUBJID\nS1"), spec)) == ["SCHEMA.PRESENT AESER", "SCHEMA.PRESENT AETERM"]


def test_types_are_those_of_the_specification(check, dataset, variable):
    spec = dataset(
        "ADXX",
        [
            variable("USUBJID"),
            variable("AVAL", type="Num"),
            variable("AVALC"),
            variable("ADT", type="Num", format="DATE9."),
            variable("ASTDT", type="Num", format="DATE9."),
            variable("CNSR", type="Num"),
        ],
    )
    frame = pd.DataFrame(
        {
            "USUBJID": pd.Series(["S1"], dtype="str"),
            "AVAL": pd.Series(["1"], dtype="str"),
            "AVALC": [1.0],
            "ADT": [23000.0],
            "ASTDT": pd.to_datetime(["2023-01-01"]).astype("datetime64[s]"),
            "CNSR": pd.Series([None], dtype="str"),
        }
    )
    assert _places(check(frame, spec)) == ["SCHEMA.TYPE ADT", "SCHEMA.TYPE AVAL", "SCHEMA.TYPE AVALC"]


def test_numbers_must_fit_a_transport_file(check, dataset, variable):
    spec = dataset("VS", [variable("USUBJID"), variable("VSSTRESN", type="Num")])
    frame = pd.DataFrame({"USUBJID": list("ABCD"), "VSSTRESN": [1.5, float("inf"), 1e76, None]})
    assert [text.split()[2] for text in _places(check(frame, spec))] == ["B", "C"]


def test_no_text_is_longer_than_200_bytes_whatever_is_declared(check, dataset, variable):
    spec = dataset("AE", [variable("USUBJID"), variable("AETERM", length=400), variable("AELLT")])
    frame = pd.DataFrame({"USUBJID": ["A", "B"], "AETERM": ["x" * 201, "x" * 200], "AELLT": ["热" * 67, "热" * 66]})
    found = check(frame, spec)
    assert found[["rule", "variable", "usubjid"]].to_numpy().tolist() == [
        ["SCHEMA.LENGTH", "AETERM", "A"],
        ["SCHEMA.LENGTH", "AELLT", "A"],
    ]


def test_numeric_codelists_are_compared_as_numbers(check, table, dataset, variable, codelist):
    spec = dataset("ADSL", [variable("USUBJID"), variable("SAFFN", type="Num", codelist="YN")])
    frame = table("USUBJID | SAFFN\nS1 | 1\nS2 | 2\nS3 |")
    assert _places(check(frame, spec, codelists={"YN": codelist("YN", ["0", "1"])})) == ["SCHEMA.CODELIST SAFFN S2 2"]


def test_keys_are_unique(check, table, dataset, variable):
    spec = dataset("ADTTE", [variable("USUBJID"), variable("PARAMCD")], ("USUBJID", "PARAMCD"))
    found = check(table("USUBJID | PARAMCD\nS1 | DOR\nS1 | OS\nS1 | OS"), spec)
    assert found[["rule", "severity", "usubjid", "key"]].to_numpy().tolist() == [
        ["SCHEMA.KEYS", "error", "S1", "PARAMCD=OS"],
        ["SCHEMA.KEYS", "error", "S1", "PARAMCD=OS"],
    ]


def test_equal_keys_are_a_warning_where_a_sequence_number_tells_records_apart(check, table, dataset, variable):
    spec = dataset(
        "AE", [variable("USUBJID"), variable("AESEQ", type="Num"), variable("AETERM")], ("USUBJID", "AETERM")
    )
    found = check(table("USUBJID | AESEQ | AETERM\nS1 | 1 | Fever\nS1 | 2 | Fever"), spec)
    assert found[["rule", "severity"]].to_numpy().tolist() == [["SCHEMA.KEYS", "warning"]] * 2


@pytest.mark.parametrize(
    ("rows", "misplaced"),
    [
        ("S1 | 1 | 2\nS1 | 2 | 1\nS1 | 10 | 1\nS2 | 1 | 1", 0),
        ("S1 | | 1\nS1 | 1 | 1", 0),
        ("S1 | 2 | 1\nS1 | 1 | 1\nS2 | 1 | 1", 1),
        ("S2 | 1 | 1\nS1 | 9 | 1\nS1 | 1 | 1", 2),
        ("S1 | 1 | 2\nS1 | 1 | 1", 1),
        ("S1 | 1 | 1\nS1 | | 1", 1),
    ],
)
def test_rows_ascend_by_keys_then_sequence_with_missing_first(check, table, dataset, variable, rows, misplaced):
    variables = [variable("USUBJID"), variable("VISITNUM", type="Num"), variable("VSSEQ", type="Num")]
    spec = dataset("VS", variables, ("USUBJID", "VISITNUM"))
    found = check(table("USUBJID | VISITNUM | VSSEQ\n" + rows), spec)
    order = found[found["rule"] == "SCHEMA.ORDER"]
    words = {0: "", 1: "1 record comes", 2: "2 records come"}[misplaced]
    expected = [f"{words} before one that should come first. Sort by USUBJID, VISITNUM, VSSEQ."]
    assert order["message"].tolist() == (expected if misplaced else [])


def test_sequence_numbers_are_positive_whole_and_unique_in_the_subject(check, table, dataset, variable):
    spec = dataset("AE", [variable("USUBJID"), variable("AESEQ", type="Num")])
    frame = table("USUBJID | AESEQ\nS1 | 1\nS1 | 1\nS2 | 0\nS3 | 1.5\nS4 |\nS5 | 1")
    assert _places(check(frame, spec)) == [
        "SCHEMA.SEQ AESEQ S1 1",
        "SCHEMA.SEQ AESEQ S1 1",
        "SCHEMA.SEQ AESEQ S2 0",
        "SCHEMA.SEQ AESEQ S3 1.5",
        "SCHEMA.SEQ AESEQ S4",
    ]


def test_columns_are_the_specifications_in_its_order(check, table, dataset, variable):
    spec = dataset("AE", [variable("USUBJID"), variable("AETERM"), variable("AEOUT")])
    frame = table("AETERM | USUBJID | AEEXTRA | aeterm2longname | _ROW\nFever | S1 | x | y | 1")
    assert _places(check(frame, spec)) == [
        "SCHEMA.COLUMN_ORDER",
        "SCHEMA.EXTRA AEEXTRA",
        "SCHEMA.EXTRA aeterm2longname",
        "SCHEMA.NAME aeterm2longname",
    ]


def test_labels_have_40_bytes_and_numeric_dates_a_date_format(check, table, dataset, variable):
    spec = dataset(
        "ADXX",
        [
            variable("USUBJID", label="x" * 41),
            variable("ADT", type="Num", format="BEST12."),
            variable("TRTSDT", type="Num", format="DATE9."),
            variable("TRTSDTM", type="Num"),
        ],
    )
    frame = table("USUBJID | ADT | TRTSDT\nS1 | | ")
    assert _places(check(frame, spec)) == ["SCHEMA.FORMAT ADT", "SCHEMA.FORMAT TRTSDTM", "SCHEMA.LABEL USUBJID"]


def test_parameters_and_their_values_are_one_to_one(check, table, dataset, variable):
    names = ["USUBJID", "PARAMCD", "PARAM", "AVALC"]
    spec = dataset("ADRS", [*map(variable, names), variable("AVAL", type="Num")])
    frame = table(
        """USUBJID | PARAMCD | PARAM         | AVALC | AVAL
           S1      | ORR     | Response      | Y     | 1
           S2      | ORR     | Response      | N     | 1
           S3      | OS      | Survival      | 1     | 1
           S4      | PFS     | Survival      |       | 5
           S5      | BOR     | Best response | CR    | 4
           S6      | BOR     | Best response | PR    | 3"""
    )
    assert _places(check(frame, spec)) == [
        "SCHEMA.AVAL_AVALC AVALC S1 Y",
        "SCHEMA.AVAL_AVALC AVALC S2 N",
        "SCHEMA.PARAM PARAMCD S3 OS",
        "SCHEMA.PARAM PARAMCD S4 PFS",
    ]


def test_value_level_metadata_hold_where_their_condition_does(check, table, dataset, variable, codelist):
    levels = (
        ValueLevelSource(variable="VSORRES", where={"VSTESTCD": ("TEMP",)}, type="float"),
        ValueLevelSource(variable="VSORRES", where={"VSTESTCD": ("POS",)}, codelist="POSITION"),
        ValueLevelSource(variable="VSORRES", where={"VSTESTCD": ("NOTE",)}, length=3),
    )
    spec = dataset("VS", [variable("USUBJID"), variable("VSTESTCD"), variable("VSORRES")], value_level=levels)
    frame = table(
        """USUBJID | VSTESTCD | VSORRES
           S1      | TEMP     | warm
           S2      | TEMP     | 37.5
           S3      | POS      | SITTING
           S4      | POS      | FLYING
           S5      | TEMP     |
           S6      | NOTE     | long"""
    )
    found = check(frame, spec, codelists={"POSITION": codelist("POSITION", ["SITTING"])})
    assert _places(found) == [
        "SCHEMA.VALUE_LEVEL VSORRES S1 warm",
        "SCHEMA.VALUE_LEVEL VSORRES S4 FLYING",
        "SCHEMA.VALUE_LEVEL VSORRES S6 long",
    ]
    assert found["key"].tolist() == ["VSTESTCD=TEMP", "VSTESTCD=POS", "VSTESTCD=NOTE"]


@pytest.mark.parametrize("count", [3, 4, 9])
def test_a_broken_column_is_listed_up_to_a_limit_with_the_full_count(
    check, dataset, variable, codelist, monkeypatch, count
):
    for module in (capping, __import__("checks.schema", fromlist=["LIMIT"])):
        monkeypatch.setattr(module, "LIMIT", 3)
    spec = dataset("AE", [variable("USUBJID"), variable("AESER", codelist="NY")])
    frame = pd.DataFrame({"USUBJID": [f"S{number}" for number in range(count)], "AESER": ["x"] * count})
    found = check(frame, spec, codelists={"NY": codelist("NY", ["Y"])})
    assert found["usubjid"].tolist() == ["S0", "S1", "S2"] + ([""] if count > 3 else [])
    assert found["message"].iloc[-1].startswith(f"{count} rows in all; the first 3 are listed.") == (count > 3)


def test_the_compiled_schema_has_a_column_for_each_variable_and_rule_ids_as_errors(ae, lists):
    schema = compile_schema(ae, lists)
    assert list(schema.columns) == list(ae.names)
    assert [check.error for check in schema.columns["AESER"].checks] == [
        "SCHEMA.TYPE",
        "SCHEMA.CODELIST",
        "SCHEMA.LENGTH",
    ]
    assert {name for name, column in schema.columns.items() if not column.required} == {"AEOUT", "AEDUR"}


def test_the_frame_is_left_as_it_was(check, table, ae, lists):
    frame = table("USUBJID | AESEQ | AETERM | AESER | AESTDTC\nS1 | 1 | Fever | Z |").set_index(pd.Index([5]))
    before = frame.copy(deep=True)
    check(frame, ae, codelists=lists)
    pd.testing.assert_frame_equal(frame, before)


def test_an_empty_dataset_has_no_findings_of_its_rows(check, table, ae, lists):
    frame = table("USUBJID | AESEQ | AETERM | AESER | AESTDTC\nS1 | 1 | Fever | Z |").iloc[:0]
    assert check(frame, ae, codelists=lists).empty
