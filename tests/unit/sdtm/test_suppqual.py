"""SUPP--, Supplemental Qualifiers."""

from __future__ import annotations

from dataclasses import replace

from sdtm.suppqual import COLUMNS, build_suppqual
from specs.model.dataset import Origin

AE = """
STUDYID | USUBJID | AEREL19 | TOXN | TRTEM | _FORM | _ROW
S       | S-2     | RELATED | 2    | .     | ae    | 3
S       | S-1     | .       | 1.5  | Y     | ae    | 1
S       | S-1     | NOT     | .    | N     | ae    | 2
"""


def _spec(helpers):
    collected = replace(helpers.variable("AEREL19"), label="Relationship to CD19", origin=Origin(type="Collected"))
    number = replace(helpers.variable("TOXN", kind="Num"), label="Grade", origin=Origin(type="Assigned"))
    derived = replace(
        helpers.variable("TRTEM"), label="Emergent", origin=Origin(type="Derived"), evaluator="CLINICAL STUDY SPONSOR"
    )
    empty = helpers.variable("NEVER")
    return helpers.dataset("AE", supplemental=(collected, number, derived, empty))


def _frame(table):
    frame = table(AE, TOXN="float64")
    frame["AESEQ"] = [1.0, 1.0, 10.0]
    frame["NEVER"] = frame["AEREL19"].mask(frame["AEREL19"].notna())
    return frame


def test_a_row_for_each_value(table, helpers) -> None:
    found = build_suppqual(_frame(table), _spec(helpers), "AESEQ")
    names = ["USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL"]
    assert [helpers.values(row) for _, row in found[names].iterrows()] == [
        ["S-1", "AESEQ", "1", "TOXN", "Grade", "1.5", "ASSIGNED", None],
        ["S-1", "AESEQ", "1", "TRTEM", "Emergent", "Y", "DERIVED", "CLINICAL STUDY SPONSOR"],
        ["S-1", "AESEQ", "10", "AEREL19", "Relationship to CD19", "NOT", "CRF", None],
        ["S-1", "AESEQ", "10", "TRTEM", "Emergent", "N", "DERIVED", "CLINICAL STUDY SPONSOR"],
        ["S-2", "AESEQ", "1", "AEREL19", "Relationship to CD19", "RELATED", "CRF", None],
        ["S-2", "AESEQ", "1", "TOXN", "Grade", "2", "ASSIGNED", None],
    ]
    assert found["RDOMAIN"].unique().tolist() == ["AE"]
    assert list(found)[: len(COLUMNS)] == list(COLUMNS)
    assert found["_ROW"].tolist() == ["1", "1", "2", "2", "3", "3"]
    assert {str(found[name].dtype) for name in COLUMNS} == {"str"}


def test_dm_needs_no_identifying_variable(table, helpers) -> None:
    frame = _frame(table).drop(columns="AESEQ")
    found = build_suppqual(frame, _spec(helpers), None)
    assert found[["IDVAR", "IDVARVAL"]].isna().all(axis=None)
    assert found["USUBJID"].tolist() == ["S-1"] * 4 + ["S-2"] * 2


def test_no_value_at_all_makes_no_dataset(table, helpers) -> None:
    spec = helpers.dataset("AE", supplemental=(helpers.variable("NEVER"),))
    assert build_suppqual(_frame(table), spec, "AESEQ") is None
    assert build_suppqual(_frame(table), helpers.dataset("AE"), "AESEQ") is None
