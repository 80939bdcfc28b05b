"""Verbs on the records of a subject and on numbers: literal tables in, one value a subject out."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import TypeAdapter

from adam.derive.context import Context, evaluate
from adam.derive.subjects import VERBS
from adam.inputs import Inputs, as_numbers, as_timestamp
from clinical.errors import MappingError
from specs.model.adam_maps import AdamMap
from tests.unit.adam.conftest import table

SUBJECTS = ["A", "B", "C"]
#: A was infused on 10 January, B on 15 February, C never.
START = pd.Series(pd.to_datetime(["2024-01-10", "2024-02-15", None])).astype("datetime64[s]")


def context_of(cutoff: str = "2024-12-31", built: Any = None, **datasets: pd.DataFrame) -> Context:
    """Return what a verb sees; `TRTSDT` is built already."""
    assert VERBS
    inputs = Inputs(datasets, as_timestamp(pd.Timestamp(cutoff)))
    context = Context("ADSL", "DM", pd.DataFrame({"USUBJID": pd.Series(SUBJECTS, dtype="str")}), inputs)
    context.built |= {"TRTSDT": START, **(built or {})}
    return context


def values(text: dict[str, Any], cutoff: str = "2024-12-31", built: Any = None, **datasets: pd.DataFrame) -> list[Any]:
    """Return what a verb makes for A, B and C, missing as None and dates as ISO text."""
    context = context_of(cutoff, built, **datasets)
    made = evaluate(TypeAdapter(AdamMap).validate_python(text), context)
    assert made.index.tolist() == [0, 1, 2]
    plain = made.dt.strftime("%Y-%m-%d") if pd.api.types.is_datetime64_any_dtype(made) else made
    return [None if pd.isna(one) else one for one in plain]


def numbers(*given: float | None) -> pd.Series:
    return pd.Series(given, dtype="float64")


VS = table(
    "USUBJID VSTESTCD VSDTC VSSTRESC",
    [
        ("A", "WEIGHT", "2024-01-02", "81"),
        ("A", "WEIGHT", "2024-01-10T08:00", "79"),
        ("A", "WEIGHT", "2024-01-10T07:00", "78"),
        ("A", "WEIGHT", "2024-01-11", "70"),
        ("A", "HEIGHT", "2024-01-10T09:00", "180"),
        ("B", "WEIGHT", "2024-02-14", "60"),
        ("B", "WEIGHT", "2024-02", "61"),
        ("B", "WEIGHT", "2024-02-15", None),
        ("C", "WEIGHT", "2024-03-01", "50"),
    ],
)
WEIGHT = {"dataset": "VS", "variable": "VSDTC", "where": {"VSTESTCD": "WEIGHT"}}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        # the last with a value on or before the date, by time within a day; 2024-02 may be later
        ({"until": "TRTSDT"}, ["79", "60", None]),
        ({"until": "TRTSDT", "pick": "earliest"}, ["81", "60", None]),
        ({"after": "TRTSDT"}, ["70", None, None]),
        ({"until": {"algorithm": "first", "of": ["TRTSDT", {"algorithm": "cutoff"}]}}, ["79", "60", "50"]),
        # without a period every record counts, by the first day that it can mean
        ({}, ["70", "60", "50"]),
        ({"pick": "earliest"}, ["81", "61", "50"]),
    ],
)
def test_value_of_a_record(more: dict[str, Any], expected: list[str | None]) -> None:
    assert values({"algorithm": "record_value", "of": WEIGHT, "value": "VSSTRESC", **more}, VS=VS) == expected


def test_a_record_after_the_cutoff_is_not_known() -> None:
    last = {"algorithm": "record_value", "of": WEIGHT, "value": "VSSTRESC"}

    assert values(last, "2024-01-10", VS=VS) == ["79", None, None]
    assert values(last) == [None, None, None]  # no VS at all


def test_value_of_a_supplemental_qualifier() -> None:
    mh = table(
        "USUBJID MHSEQ MHTERM MHSTDTC",
        [
            ("A", 1, "LYMPHOMA", "2021-09"),
            ("A", 2, "GASTRITIS", "2019"),
            ("B", 1, "LYMPHOMA", "2020"),
            ("C", 7, "LYMPHOMA", "2020"),
        ],
    )
    suppmh = table(
        "USUBJID IDVAR IDVARVAL QNAM QVAL",
        [
            ("A", "MHSEQ", "1", "MHSTAGE", "IV"),
            ("A", "MHSEQ", "1", "MHRELREF", "RELAPSED"),
            ("A", "MHSEQ", "2", "MHSTAGE", "I"),  # of another condition
            ("B", "MHSEQ", "2", "MHSTAGE", "II"),  # of no record
            ("C", "MHSEQ", "7", "MHSTAGE", "III"),
        ],
    )
    lymphoma = {"dataset": "MH", "variable": "MHSTDTC", "where": {"MHTERM": "LYMPHOMA"}}
    stage = {"algorithm": "record_value", "of": lymphoma, "value": "SUPPMH.MHSTAGE"}

    assert values(stage, MH=mh, SUPPMH=suppmh) == ["IV", None, "III"]
    assert values(stage, MH=mh) == [None, None, None]


TU = table(
    "USUBJID TUDTC TULOC",
    [
        ("A", "2024-01-02", "LUNG"),
        ("A", "2024-01-02", "LUNG"),
        ("A", "2024-01-02", None),
        ("A", "2024-01-10", "STOMACH"),
        ("A", "2024-03-01", "BONE"),
        ("B", "2024", "LIVER"),
    ],
)
LESIONS = {"dataset": "TU", "variable": "TUDTC"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [5, 1, 0]),
        ({"distinct": "TULOC"}, [3, 1, 0]),
        ({"until": "TRTSDT"}, [4, 0, None]),  # C has no such date; B's lesion may have come later
        ({"until": "TRTSDT", "distinct": "TULOC"}, [2, 0, None]),
    ],
)
def test_count(more: dict[str, Any], expected: list[float | None]) -> None:
    assert values({"algorithm": "count", "of": LESIONS, **more}, TU=TU) == expected


def test_count_in_several_datasets() -> None:
    cm = table("USUBJID CMSTDTC", [("A", "2023"), ("C", "2022")])
    sources = [LESIONS, {"dataset": "CM", "variable": "CMSTDTC"}]

    assert values({"algorithm": "count", "of": sources}, TU=TU, CM=cm) == [6, 1, 1]


def test_exists_in_a_period() -> None:
    rs = table(
        "USUBJID RSDTC RSSTRESC",
        [("A", "2024-01-10", "PR"), ("B", "2024-02-16", "SD"), ("B", "2024-03-01", "NE"), ("C", "2024-03-01", "CR")],
    )
    evaluable = {"dataset": "RS", "variable": "RSDTC", "where": {"RSSTRESC": ["CR", "PR", "SD", "PD"]}}
    exists = {"algorithm": "exists", "of": evaluable, "after": "TRTSDT"}

    # on the day of infusion is not after it; without an infusion nothing is after it
    assert values(exists, RS=rs) == ["N", "Y", "N"]
    assert values(exists, "2024-02-15", RS=rs) == ["N", "N", "N"]
    assert values({**exists, "until": "TRTSDT"}, RS=rs) == ["N", "N", "N"]


EX = table(
    "USUBJID EXTRT EXSTDTC EXDOSU",
    [
        ("A", "CD19", "2024-01-10", "10^6/kg"),
        ("A", "CD19", "2024-01-11", "10^6/kg"),
        ("A", "CD22", "2024-01-24", "10^6/kg"),
        ("B", "CD22", "2024-02-15", "10^6/kg"),
        ("B", "CD22", "2024-02-16", "10^6"),
        ("C", "CD19", "2024-03-01", None),
    ],
).assign(EXDOSE=[1.0, 1.5, 2.0, 1.0, 90.0, 1.0])


@pytest.mark.parametrize(
    ("nth", "part", "expected"),
    [
        # B's administrations have two units, C's has none
        (1, "total", [2.5, None, None]),
        (1, "unit", ["10^6/kg", None, None]),
        (2, "total", [2.0, None, None]),
        (3, "total", [None, None, None]),
    ],
)
def test_total_dose(nth: int, part: str, expected: list[Any]) -> None:
    dose = {
        "algorithm": "treatment",
        "of": {"dataset": "EX", "variable": "EXSTDTC"},
        "name": "EXTRT",
        "value": "EXDOSE",
        "unit": "EXDOSU",
    }

    assert values({**dose, "nth": nth, "part": part}, EX=EX) == expected


def test_an_administration_is_reported_in_its_own_dataset_with_its_number() -> None:
    given = table("USUBJID EXTRT EXSTDTC EXDOSU", [("A", "CD19", "2024-01-10", "mg")])
    more = table("USUBJID EXTRT ECSTDTC EXDOSU", [("A", "CD19", "2024-01-11", "kg")])
    dose = {"algorithm": "treatment", "name": "EXTRT", "value": "EXDOSE", "unit": "EXDOSU", "part": "total"}
    sources = [{"dataset": "EX", "variable": "EXSTDTC"}, {"dataset": "EC", "variable": "ECSTDTC"}]
    context = context_of(EX=given.assign(EXDOSE=1.0, EXSEQ=7.0), EC=more.assign(EXDOSE=2.0, ECSEQ=3.0))

    evaluate(TypeAdapter(AdamMap).validate_python({**dose, "of": sources}), context)
    found = pd.concat(context.findings)
    assert found[["dataset", "key", "value"]].to_numpy().tolist() == [["EC", "ECSEQ=3", "2"], ["EX", "EXSEQ=7", "1"]]


def test_text_that_is_no_number_is_told_without_the_value() -> None:
    given = EX.assign(EXDOSE=pd.Series(["2.41 X", "1", "2", "1", "90", None], dtype="str"))
    dose = {"algorithm": "treatment", "of": {"dataset": "EX", "variable": "EXSTDTC"}, "name": "EXTRT", "nth": 1}

    with pytest.raises(MappingError) as told:
        values({**dose, "part": "total", "value": "EXDOSE", "unit": "EXDOSU"}, EX=given.assign(EXDOSU="kg"))
    assert str(told.value) == "EX.EXDOSE: 1 value is text and cannot be read as a number. Supply numbers."


def test_text_that_is_a_number_is_that_number() -> None:
    assert as_numbers(pd.Series(["2.41", " 3", None], dtype="str"), "EX", "EXDOSE").tolist() == pytest.approx(
        [2.41, 3, float("nan")], nan_ok=True
    )
    with pytest.raises(
        MappingError, match=r"^EX\.EXDOSE: 2 values are text and cannot be read as a number\. Supply numbers\.$"
    ):
        as_numbers(pd.Series(["2.41 X", "one", "1"], dtype="str"), "EX", "EXDOSE")


def test_a_total_that_is_not_known_is_reported() -> None:
    dose = {"algorithm": "treatment", "of": {"dataset": "EX", "variable": "EXSTDTC"}, "name": "EXTRT", "part": "total"}
    total = TypeAdapter(AdamMap).validate_python({**dose, "value": "EXDOSE"})
    some, none = (
        context_of(EX=EX.assign(EXDOSE=[1.0, None, 2.0, 1.0, 90.0, 1.0])),
        context_of(EX=EX.drop(columns="EXDOSE")),
    )

    assert evaluate(total, some).tolist() == pytest.approx([float("nan"), 91, 1], nan_ok=True)
    (found,) = some.findings
    assert found[["rule", "usubjid", "variable"]].to_numpy().tolist() == [["ADAM.DOSE_NOT_SUMMED", "A", "EXDOSE"]] * 2
    # a study that gives no doses has no total, and nothing to correct
    assert evaluate(total, none).isna().all()
    assert none.findings == []


class TestLesionBurden:
    IDENTIFIED = table(
        "USUBJID TULNKID TUSTRESC TULOC TUEVAL VISITNUM TUDTC",
        [
            ("A", "T01", "TARGET NODAL", "NECK", "INVESTIGATOR", 1, "2024-01-02"),
            ("A", "T02", "TARGET EXTRA NODAL", "LUNG", "INVESTIGATOR", 1, "2024-01-02"),
            ("A", "NT01", "NON-TARGET NODAL", "GROIN", "INVESTIGATOR", 1, "2024-01-02"),
            ("A", "T09", "TARGET NODAL", "AXILLA", "INDEPENDENT ASSESSOR", 1, "2024-01-02"),
            ("B", "T01", "TARGET NODAL", "NECK", "INVESTIGATOR", 1, "2024-02-01"),
            ("B", "T02", "TARGET NODAL", "GROIN", "INVESTIGATOR", 1, "2024-02-01"),
        ],
    )
    MEASURED = table(
        "USUBJID TRLNKID TRTESTCD TREVAL TRDTC TRSTRESU",
        [
            ("A", "T01", "LDIAM", "INVESTIGATOR", "2023-12-01", "mm"),  # superseded
            ("A", "T01", "LDIAM", "INVESTIGATOR", "2024-01-02", "mm"),
            ("A", "T01", "LPERP", "INVESTIGATOR", "2024-01-02", "mm"),
            ("A", "T02", "LDIAM", "INVESTIGATOR", "2024-01-02", "cm"),
            ("A", "T02", "LPERP", "INVESTIGATOR", "2024-01-02", "cm"),
            ("A", "T01", "LDIAM", "INVESTIGATOR", "2024-02-08", "mm"),  # after the infusion
            ("A", "NT01", "LDIAM", "INVESTIGATOR", "2024-01-02", "mm"),
            ("A", "T09", "LDIAM", "INDEPENDENT ASSESSOR", "2024-01-02", "mm"),
            ("B", "T01", "LDIAM", "INVESTIGATOR", "2024-02-01", "mm"),
            ("B", "T01", "LPERP", "INVESTIGATOR", "2024-02-01", "mm"),
            ("B", "T02", "LDIAM", "INVESTIGATOR", "2024-02-01", None),  # 30 of what?
            ("B", "T02", "LPERP", "INVESTIGATOR", "2024-02-01", "mm"),
        ],
    ).assign(TRSTRESN=[90.0, 30.0, 20.0, 4.0, 1.0, 10.0, 55.0, 99.0, 25.0, 20.0, 30.0, 10.0], TRSTRESC="x")

    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            ("sum_of_products", [30 * 20 + 40 * 10, None, None]),
            ("sum_of_diameters", [30 + 40, None, None]),
            ("longest", [55, 25, None]),
            ("targets", [2, 2, 0]),
        ],
    )
    def test_last_measurements_before_the_infusion(self, part: str, expected: list[float | None]) -> None:
        facts = {
            "identified": {"dataset": "TU", "variable": "TUDTC"},
            "measured": {"dataset": "TR", "variable": "TRDTC"},
        }
        burden = {"algorithm": "lesion_burden", "lesions": facts, "evaluator": "INVESTIGATOR", "part": part}

        assert values({**burden, "until": "TRTSDT"}, TU=self.IDENTIFIED, TR=self.MEASURED) == expected


def test_ratio() -> None:
    bmi = {"algorithm": "ratio", "numerator": "W", "denominator": "H", "power": 2, "factor": 10000}
    built = {"W": numbers(70, 80, 60), "H": numbers(175, None, 0)}

    # 70 / 1.75**2 = 22.857...
    assert values({**bmi, "decimals": 1}, built=built) == [22.9, None, None]
    assert values(bmi, built=built)[0] == pytest.approx(22.857142857)


def test_a_ratio_is_rounded_by_its_decimals() -> None:
    """91.8 / 1.2**2 is 63.75 and 124.2 / 1.2**2 is 86.25, both halfway: rounded to the even digit."""
    bmi = {"algorithm": "ratio", "numerator": "W", "denominator": "H", "power": 2, "factor": 10000}
    built = {"W": numbers(91.8, 124.2, None), "H": numbers(120, 120, 120)}
    assert values({**bmi, "decimals": 1}, built=built) == [63.8, 86.2, None]
    assert values(bmi, built=built) == [63.75, 86.25, None]


def test_score() -> None:
    score = {
        "algorithm": "score",
        "points": [{"AGE": {"above": "60"}}, [{"SITES": {"at_least": "2"}}, {"SITES": "1", "MARROW": "Y"}]],
    }
    marrow = pd.Series(["Y", None, "N"], dtype="str")
    built = {"AGE": numbers(60, 61, 80), "SITES": numbers(1, 2, 1), "MARROW": marrow}

    # 60 is not above 60; B has two sites, but whether one condition holds is not known without its marrow
    assert values(score, built=built) == [1, None, 1]


def test_shift_date() -> None:
    built = {"NEXT": pd.Series(pd.to_datetime(["2024-01-24", "2024-02-15", "2024-03-01"])).astype("datetime64[s]")}
    before = {"algorithm": "shift_date", "date": "NEXT", "days": "-1"}

    assert values(before, built=built) == ["2024-01-23", "2024-02-14", "2024-02-29"]
    assert values({**before, "not_before": "TRTSDT"}, built=built) == ["2024-01-23", "2024-02-15", "2024-02-29"]
    assert values({**before, "date": "TRTSDT"}) == ["2024-01-09", "2024-02-14", None]


def test_duration_with_and_without_the_first_day() -> None:
    built = {"END": pd.Series(pd.to_datetime(["2024-01-10", "2024-03-01", "2024-03-01"])).astype("datetime64[s]")}
    duration = {"algorithm": "duration", "start": "TRTSDT", "end": "END"}

    assert values(duration, built=built) == [1, 16, None]
    assert values({**duration, "inclusive": "false"}, built=built) == [0, 15, None]


def test_numbers_in_a_text_stand_in_their_shortest_form() -> None:
    built = {"BASE": numbers(45.0, 1234567.0, None), "AVAL": numbers(78.0, 0.1, 3.0)}

    shift = {"algorithm": "compose", "text": "{BASE} to {AVAL}"}
    assert values(shift, built=built) == ["45 to 78", "1234567 to 0.1", None]
    assert values({"algorithm": "compose", "text": "on {TRTSDT}"}) == ["on 2024-01-10", "on 2024-02-15", None]
