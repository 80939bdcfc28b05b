"""ADAE of cart1922: adverse events in, analysis records out. Day 1 is 2024-01-10, the second product 2024-01-24."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from shutil import copytree, ignore_patterns
from typing import Any

import pandas as pd
import pytest

from adam.build import build_adam
from clinical.errors import SpecError
from specs.load import load_study
from specs.model.study import Study

from .conftest import table

Analyse = Callable[..., pd.DataFrame]

#: Subjects: infused with both products, with the first only, with none, dead on 2024-03-05. Leukapheresis was on
#: 2023-12-20, lymphodepletion began on 2024-01-05.
BEFORE = ("2023-12-20", "2024-01-05")
ADSL = [
    ["001", "Y", "2024-01-10", "2024-01-10", "2024-01-24", "2024-01-10", "2024-01-24", None, "2024-06-01", *BEFORE],
    ["002", "Y", "2024-01-10", "2024-01-10", None, "2024-01-10", None, None, None, *BEFORE],
    ["003", "N", None, None, None, None, None, None, None, None, None],
    ["004", "Y", "2024-01-10", "2024-01-10", "2024-01-24", "2024-01-10", "2024-01-24", "2024-03-05", None, *BEFORE],
]
DATES = ("TRTSDT", "TR01SDT", "TR02SDT", "CD19SDT", "CD22SDT", "DTHDT", "NACTDT", "LEUKDT", "LDSDT")


@pytest.fixture(scope="module")
def analyse(study: Study) -> Analyse:
    """Return a function of adverse events and their qualifiers that returns ADAE, its findings in `attrs`."""

    def build(
        events: Sequence[dict[str, Any]], qualifiers: Sequence[Sequence[str]] = (), cutoff: str = "2026-01-31"
    ) -> pd.DataFrame:
        adsl = table("USUBJID SAFFL " + " ".join(DATES), ADSL)
        adsl[list(DATES)] = adsl[list(DATES)].apply(pd.to_datetime).astype("datetime64[s]")
        adsl["DCUTDT"] = pd.Timestamp(cutoff).as_unit("s")
        filled = [
            {"USUBJID": "001", "AESEQ": place, "AETERM": "x", "AEDECOD": "Nausea", "AEBODSYS": "Stomach", **one}
            for place, one in enumerate(events, 1)
        ]
        names = "USUBJID AESEQ AETERM AEDECOD AEBODSYS AECAT AEREL AETOXGR AESTDTC AEENDTC"
        sdtm = {"AE": table(names, [[one.get(name) for name in names.split()] for one in filled])}
        if qualifiers:
            sdtm["SUPPAE"] = table("USUBJID IDVAR IDVARVAL QNAM QVAL", qualifiers)
        frame, findings = build_adam(
            study.adam["ADAE"], study, sdtm=sdtm, adam={"ADSL": adsl}, cutoff=date.fromisoformat(cutoff)
        )
        frame.attrs["rules"] = findings["rule"].tolist()
        frame.attrs["keys"] = findings["key"].tolist()
        return frame

    return build


def values(frame: pd.DataFrame, *names: str) -> list[Any]:
    """Return rows of columns with missing as None, whole numbers as int and dates as ISO text; of one column a list."""

    def shown(value: Any) -> Any:
        if pd.isna(value):
            return None
        if isinstance(value, pd.Timestamp):
            return value.date().isoformat()
        return int(value) if isinstance(value, float) else value

    rows = [tuple(shown(value) for value in row) for row in frame[list(names)].to_numpy(dtype=object)]
    return [row[0] for row in rows] if len(names) == 1 else rows


@pytest.mark.parametrize(
    ("start", "end", "subject", "expected"),
    [
        ("2024-01-15", None, "001", ("2024-01-15", None, 6)),
        ("2024-01-09", None, "001", ("2024-01-09", None, -1)),
        ("2024-01", "2024-01-20", "001", ("2024-01-10", "D", 1)),  # it can be the infusion's date
        ("2024-01", "2024-01-08", "001", ("2024-01-01", "D", -9)),  # not after its own end
        ("2024-01", "2024-01", "001", ("2024-01-10", "D", 1)),
        ("2024-02", None, "001", ("2024-02-01", "D", 23)),
        ("2023-12", None, "001", ("2023-12-01", "D", -40)),
        ("2024", None, "001", ("2024-01-10", "M", 1)),
        ("2023", None, "001", ("2023-01-01", "M", -374)),
        (None, None, "001", (None, None, None)),
        ("2024-01", None, "003", ("2024-01-01", "D", None)),  # never infused
    ],
)
def test_start(start, end, subject, expected, analyse: Analyse) -> None:
    found = analyse([{"USUBJID": subject, "AESTDTC": start, "AEENDTC": end}])
    assert values(found, "ASTDT", "ASTDTF", "ASTDY") == [expected]


@pytest.mark.parametrize(
    ("start", "end", "subject", "expected"),
    [
        ("2024-01-15", "2024-01-20", "001", ("2024-01-20", None, 11, 6)),
        ("2024-01-15", "2024-01-15", "001", ("2024-01-15", None, 6, 1)),
        ("2024-01-15", "2024-02", "001", ("2024-02-29", "D", 51, 46)),
        ("2024-02-20", "2024-03", "004", ("2024-03-05", "D", 56, 15)),  # at the latest the date of death
        ("2024-01-15", "2024", "001", ("2024-12-31", "M", 357, 352)),
        ("2024-01-15", None, "001", (None, None, None, None)),
        ("2026-01-05", "2026-01", "001", ("2026-01-31", "D", 753, 27)),  # at the latest the data cut-off
        ("2026-01-05", "2026-02-03", "001", (None, None, None, None)),  # not over at the data cut-off
        (None, "2024-02-01", "001", ("2024-02-01", None, 23, None)),
    ],
)
def test_end_and_duration(start, end, subject, expected, analyse: Analyse) -> None:
    found = analyse([{"USUBJID": subject, "AESTDTC": start, "AEENDTC": end}])
    assert values(found, "AENDT", "AENDTF", "AENDY", "ADURN") == [expected]


@pytest.mark.parametrize(
    ("start", "end", "subject", "emergent"),
    [
        ("2024-01-10", None, "001", "Y"),
        ("2024-01-09", "2024-02-01", "001", None),
        (None, None, "001", "Y"),
        (None, "2024-01-10", "001", "Y"),
        (None, "2024-01-09", "001", None),
        ("2024-01-20", None, "003", None),
        (None, None, "003", None),
        ("2025-12-31", None, "001", "Y"),
    ],
)
def test_treatment_emergent(start, end, subject, emergent, analyse: Analyse) -> None:
    assert values(analyse([{"USUBJID": subject, "AESTDTC": start, "AEENDTC": end}]), "TRTEMFL") == [emergent]


@pytest.mark.parametrize(
    ("start", "subject", "expected"),
    [
        ("2024-01-09", "001", (None, None, None, None)),
        ("2024-01-10", "001", (1, "After first product", 1, None)),
        ("2024-01-23", "001", (1, "After first product", 14, None)),
        ("2024-01-24", "001", (2, "After second product", 15, 1)),
        ("2024-03-01", "002", (1, "After first product", 52, None)),
        (None, "001", (None, None, None, None)),
    ],
)
def test_period_and_days_from_each_infusion(start, subject, expected, analyse: Analyse) -> None:
    found = analyse([{"USUBJID": subject, "AESTDTC": start}])
    assert values(found, "APERIOD", "APERIODC", "ASTDY1", "ASTDY2") == [expected]


@pytest.mark.parametrize(
    ("start", "subject", "phase"),
    [
        ("2023-12-19", "001", "SCREENING"),
        ("2023-12-20", "001", "APHERESIS-BRIDGING"),
        ("2024-01-04", "001", "APHERESIS-BRIDGING"),
        ("2024-01-05", "001", "LYMPHODEPLETION"),
        ("2024-01-09", "001", "LYMPHODEPLETION"),
        ("2024-01-10", "001", "TREATMENT"),
        ("2024-01-10", "003", "SCREENING"),
        (None, "001", None),
    ],
)
def test_phase(start, subject, phase, analyse: Analyse) -> None:
    assert values(analyse([{"USUBJID": subject, "AESTDTC": start}]), "APHASE") == [phase]


def test_sensitivity_to_the_primary_endpoint(analyse: Analyse) -> None:
    """Related to lymphodepletion only: on day 365, on day 366, before the infusion; and related to neither."""
    starts = ["2025-01-08", "2025-01-09", "2024-01-09", "2024-01-20"]
    given = [{"AEREL19": "NOT RELATED", "AEREL22": "NOT RELATED", "AERELLD": "RELATED"}] * 3
    given += [{"AEREL19": "NOT RELATED", "AEREL22": "NOT RELATED", "AERELLD": "NOT RELATED"}]
    qualifiers = [
        ["001", "AESEQ", str(number), name, value] for number, one in enumerate(given, 1) for name, value in one.items()
    ]
    found = analyse([{"AESTDTC": start, "AEREL": "RELATED"} for start in starts], qualifiers)
    assert values(found, "ANL01FL", "ANL02FL") == [(None, "Y"), (None, None), (None, None), (None, None)]


def test_onset_after_new_therapy(analyse: Analyse) -> None:
    starts = ["2024-05-31", "2024-06-01", "2024-06-02", None]
    found = analyse([{"AESTDTC": start} for start in starts])
    assert values(found, "NACTAEFL") == [None, None, "Y", None]


@pytest.mark.parametrize(
    ("start", "subject", "overall", "to_cd19", "to_cd22", "to_lymphodepletion", "expected"),
    [
        ("2024-01-15", "001", "RELATED", "RELATED", "NOT RELATED", None, ("RELATED", "NOT RELATED", "RELATED")),
        ("2024-02-15", "001", "RELATED", "NOT RELATED", "RELATED", None, ("NOT RELATED", "RELATED", "RELATED")),
        # Related to lymphodepletion only
        ("2024-02-15", "001", "RELATED", "NOT RELATED", "NOT RELATED", "RELATED", ("NOT RELATED",) * 3),
        # Related, but to no product in particular: to both
        ("2024-02-15", "001", "RELATED", None, None, None, ("RELATED",) * 3),
        # The same, before the second product was given: to the first
        ("2024-01-15", "001", "RELATED", None, None, None, ("RELATED", None, "RELATED")),
        # Nothing is recorded: counts as related
        ("2024-02-15", "001", None, None, None, None, ("RELATED",) * 3),
        (None, "002", None, None, None, None, ("RELATED", None, "RELATED")),
        # One product is missing
        ("2024-02-15", "001", None, "NOT RELATED", None, None, ("NOT RELATED", "RELATED", "RELATED")),
        ("2024-02-15", "001", "NOT RELATED", None, None, None, ("NOT RELATED",) * 3),
        # Before any product
        ("2024-01-05", "001", None, None, None, None, (None, None, None)),
    ],
)
def test_relationship(
    start, subject, overall, to_cd19, to_cd22, to_lymphodepletion, expected, analyse: Analyse
) -> None:
    given = {"AEREL19": to_cd19, "AEREL22": to_cd22, "AERELLD": to_lymphodepletion}
    qualifiers = [[subject, "AESEQ", "1", name, value] for name, value in given.items() if value]
    found = analyse([{"USUBJID": subject, "AESTDTC": start, "AEREL": overall}], qualifiers)
    assert values(found, "AREL19", "AREL22", "AREL") == [expected]


@pytest.mark.parametrize(
    ("start", "relation", "expected"),
    [
        ("2024-01-10", "RELATED", "Y"),
        ("2024-01-10", "NOT RELATED", None),
        ("2025-01-08", "RELATED", "Y"),  # day 365
        ("2025-01-09", "RELATED", None),  # day 366
        (None, "RELATED", "Y"),
        (None, "NOT RELATED", None),
        ("2024-01-09", "RELATED", None),
        ("2024-03-01", None, "Y"),
    ],
)
def test_primary_endpoint(start, relation, expected, analyse: Analyse) -> None:
    qualifiers = [["001", "AESEQ", "1", name, relation] for name in ("AEREL19", "AEREL22") if relation]
    assert values(analyse([{"AESTDTC": start, "AEREL": relation}], qualifiers), "ANL01FL") == [expected]


def test_grades_stay_as_they_were_recorded(analyse: Analyse) -> None:
    found = analyse(
        [{"AESTDTC": "2024-01-12", "AETOXGR": "3"}, {"AESTDTC": "2024-01-12"}],
        [["001", "AESEQ", "1", "ASTCTGR", "2"]],
    )
    assert values(found, "ATOXGR", "ATOXGRN", "ASTCTGR", "ASTCTGRN") == [("3", 3, "2", 2), (None, None, None, None)]


def test_events_of_special_interest(analyse: Analyse) -> None:
    found = analyse(
        [
            {"AECAT": "CRS", "AEDECOD": "Cytokine release syndrome"},
            {"AECAT": "ICANS"},
            {"AEDECOD": "Neutropenia"},
            {"AEBODSYS": "Infections and infestations", "AEDECOD": "Sepsis"},
            {"AEDECOD": "Cytokine release syndrome"},
        ]
    )
    assert values(found, "CQ01NAM", "CQ02NAM", "CQ03NAM", "CQ04NAM") == [
        ("CYTOKINE RELEASE SYNDROME", None, None, None),
        (None, "ICANS", None, None),
        (None, None, "CYTOPENIA", None),
        (None, None, None, "INFECTION"),
        (None, None, None, None),
    ]


def test_first_and_worst_occurrences(analyse: Analyse) -> None:
    """Sorted by date and AESEQ; before treatment nothing is first, without a date last, without a grade lowest."""
    found = analyse(
        [
            {"AESTDTC": "2024-01-05", "AETOXGR": "4"},
            {"AESTDTC": "2024-01-20", "AETOXGR": "1"},
            {"AESTDTC": "2024-01-12", "AETOXGR": "1"},
            {"AESTDTC": None, "AETOXGR": "3"},
            {"AESTDTC": "2024-02-01", "AETOXGR": "3", "AEDECOD": "Vomiting"},
            {"AESTDTC": "2024-02-01", "AETOXGR": "3", "AEDECOD": "Vomiting"},
            {"AESTDTC": "2024-02-02", "AEBODSYS": "Skin", "AEDECOD": "Rash"},
            {"USUBJID": "002", "AESTDTC": "2024-01-11"},
        ]
    )
    flags = ("AOCCFL", "AOCCSFL", "AOCCPFL", "AOCCIFL", "AOCCSIFL", "AOCCPIFL")
    assert values(found, *flags) == [
        (None,) * 6,
        (None,) * 6,
        ("Y", "Y", "Y", None, None, None),
        (None, None, None, None, None, "Y"),
        (None, None, "Y", "Y", "Y", "Y"),
        (None,) * 6,
        (None, "Y", "Y", None, "Y", "Y"),
        ("Y",) * 6,
    ]


def test_worst_related_and_worst_astct_occurrences(analyse: Analyse) -> None:
    found = analyse(
        [
            {"AESTDTC": "2024-01-12", "AECAT": "CRS", "AEREL": "RELATED", "AETOXGR": "1"},
            {"AESTDTC": "2024-01-26", "AECAT": "CRS", "AEREL": "RELATED", "AETOXGR": "3"},
            {"AESTDTC": "2024-01-27", "AECAT": "CRS", "AEREL": "NOT RELATED", "AETOXGR": "4"},
        ],
        [["001", "AESEQ", str(number), "ASTCTGR", grade] for number, grade in ((1, "2"), (2, "1"), (3, "2"))],
    )
    assert values(found, "AOCC01FL", "AOCC02FL", "AOCC03FL") == [(None, None, "Y"), ("Y", "Y", None), (None,) * 3]


class TestRecords:
    """Which records there are."""

    def test_after_the_cutoff(self, analyse: Analyse) -> None:
        starts = ["2024-06-01", "2024-06-02", "2024-06", "2024-07", None]
        found = analyse([{"AESTDTC": start} for start in starts], cutoff="2024-06-01")
        assert values(found, "AESEQ") == [1, 3, 5]

    def test_subject_without_adsl(self, analyse: Analyse) -> None:
        found = analyse([{"USUBJID": "009"}, {}])
        assert values(found, "USUBJID", "AESEQ") == [("001", 2)]
        assert found.attrs["rules"] == ["ADAM.RECORD_WITHOUT_SUBJECT"]

    def test_no_domain(self, study: Study) -> None:
        frame, findings = build_adam(study.adam["ADAE"], study, sdtm={}, adam={"ADSL": table("USUBJID", [["001"]])})
        assert len(frame) == 0
        assert list(frame.columns) == list(study.adam["ADAE"].names)
        assert findings[["rule", "severity", "dataset"]].to_numpy().tolist() == [["ADAM.NO_RECORDS", "warning", "ADAE"]]

    def test_none_at_all(self, analyse: Analyse) -> None:
        assert len(analyse([])) == 0

    def test_qualifier_of_another_subject_and_twice(self, analyse: Analyse) -> None:
        found = analyse(
            [{"AESTDTC": "2024-01-12"}, {"USUBJID": "002", "AESTDTC": "2024-01-12"}],
            [
                ["002", "AESEQ", "2", "ASTCTGR", "4"],
                ["001", "AESEQ", "1", "ASTCTGR", "1"],
                ["001", "AESEQ", "1", "ASTCTGR", "2"],
            ],
        )
        assert values(found, "ASTCTGR") == ["1", "4"]
        assert found.attrs["rules"] == ["ADAM.QUALIFIER_TWICE"] * 2

    def test_qualifier_without_record(self, analyse: Analyse) -> None:
        found = analyse(
            [{"AESTDTC": "2024-01-12"}, {"AESTDTC": "2024-01-12"}, {"AESTDTC": "2024-01-12"}],
            [
                ["001", "AESEQ", "1", "ASTCTGR", "1"],
                ["001", "AESEQ", "2.0", "ASTCTGR", "2"],
                ["001", "AESEQ", " 3", "ASTCTGR", "3"],
                ["001", "AESEQ", "7", "ASTCTGR", "4"],
                ["002", "AESEQ", "1", "ASTCTGR", "4"],
                ["001", "AESEQ", "8", "NOTREAD", "x"],
            ],
        )
        assert values(found, "ASTCTGR") == ["1", "2", "3"]
        assert found.attrs["rules"] == ["ADAM.QUALIFIER_WITHOUT_RECORD"] * 2
        assert found.attrs["keys"] == ["IDVARVAL=7; QNAM=ASTCTGR", "IDVARVAL=1; QNAM=ASTCTGR"]

    def test_qualifiers_of_records_that_are_not_analysed(self, analyse: Analyse) -> None:
        found = analyse(
            [{"AESTDTC": "2024-01-12"}, {"AESTDTC": "2024-03-01"}, {"USUBJID": "003", "AESTDTC": "2024-01-12"}],
            [["001", "AESEQ", "2", "ASTCTGR", "2"], ["003", "AESEQ", "3", "ASTCTGR", "3"]],
            cutoff="2024-02-01",
        )
        assert "ADAM.QUALIFIER_WITHOUT_RECORD" not in found.attrs["rules"]


class TestComplaints:
    """What the linter says of maps for records."""

    @pytest.mark.parametrize(
        ("dataset", "old", "new", "expected"),
        [
            ("adae", "map: SUPPAE.ASTCTGR", "map: SUPPAE.ASTCTG", "SUPPAE has no variable 'ASTCTG'"),
            ("adae", "AETERM: {map: AE.AETERM}", "AETERM: {map: AE.AETRM}", "AE has no variable 'AETRM'"),
            (
                "adae",
                "AETERM: {map: AE.AETERM}",
                "AETERM: {map: CM.CMTRT}",
                "'CM.CMTRT': a value can be taken here from",
            ),
            ("adae", "records: {dataset: AE}", "records: {dataset: AX}", "the study has no SDTM dataset 'AX'"),
            (
                "adae",
                "AETERM: {map: AE.AETERM}",
                "AETERM: {map: {algorithm: exists, of: {dataset: EX, variable: EXSTDTC}}}",
                "exists: reads the records of a subject",
            ),
            (
                "adsl",
                "COUNTRY: {label: Country, map: DM.COUNTRY}",
                "COUNTRY: {label: Country, map: {algorithm: study_day, date: TRTSDT, reference: TRTEDT}}",
                "study_day: only a dataset with 'records'",
            ),
            ("adae", "follows: OCCDS", "follows: TTE", "give 'time_to_event', and no other"),
        ],
    )
    def test_complaint(self, dataset, old, new, expected, study, tmp_path) -> None:
        folder = tmp_path / "cart1922"
        copytree(study.folder, folder, ignore=ignore_patterns("sample"))
        path = folder / "adam" / f"{dataset}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(SpecError) as error:
            load_study(folder)
        assert expected in str(error.value)
