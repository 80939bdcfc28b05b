"""A trial in miniature: facts by study day go in, analysis datasets come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from adam.build import build_adam
from clinical.errors import Problem
from specs.load import load_study
from specs.model.adam import AdamSource
from specs.model.study import Study
from specs.resolve_adam import resolve_adam
from specs.settings import insert_settings
from specs.standards import load_adamig
from specs.validate import validate
from specs.yaml_text import read_yaml

#: The first infusion of every subject here: study day 1.
INFUSION = date(2024, 1, 10)
SUBJECT = "CART1922-001"


def iso(day: int) -> str:
    """Return a study day as an ISO 8601 date; day 1 is the infusion, day -1 the day before, there is no day 0."""
    return (INFUSION + timedelta(days=day - 1 if day > 0 else day)).isoformat()


def when(day: int | str | None) -> str | None:
    """Return a study day as an ISO 8601 date, and text as it is."""
    return iso(day) if isinstance(day, int) else day


def table(columns: str, rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return a literal table; columns are text unless named --SEQ, AGE or VISITNUM."""
    names = columns.split()
    frame = pd.DataFrame([list(row) for row in rows], columns=names)
    numbers = [name for name in names if name.endswith("SEQ") or name in ("AGE", "VISITNUM")]
    return frame.astype({name: "float64" if name in numbers else "str" for name in names})


@dataclass(frozen=True)
class Trial:
    """The analysis datasets of a trial, and what was found on the way."""

    adsl: pd.DataFrame
    adrs: pd.DataFrame
    adtte: pd.DataFrame
    findings: pd.DataFrame

    def response(self, parameter: str, subject: str = SUBJECT) -> str:
        """Return AVALC of a parameter with one row a subject."""
        rows = self.adrs[(self.adrs["PARAMCD"] == parameter) & (self.adrs["USUBJID"] == subject)]
        assert len(rows) == 1, parameter
        return str(rows["AVALC"].iloc[0])

    def timepoints(self, *columns: str, subject: str = SUBJECT) -> list[tuple[Any, ...]]:
        """Return ADY, AVALC and further columns of the timepoint responses; missing is None."""
        wanted = (self.adrs["PARAMCD"] == "OVR") & (self.adrs["USUBJID"] == subject)
        rows = self.adrs.loc[wanted, ["ADY", "AVALC", *columns]]
        return [tuple(None if pd.isna(value) else value for value in row) for row in rows.to_numpy(dtype=object)]

    def time(self, parameter: str, subject: str = SUBJECT) -> dict[str, Any] | None:
        """Return the row of a time-to-event parameter with missing as None and dates as ISO text; None without one."""
        rows = self.adtte[(self.adtte["PARAMCD"] == parameter) & (self.adtte["USUBJID"] == subject)]
        assert len(rows) <= 1, parameter
        if rows.empty:
            return None
        row = rows.iloc[0].to_dict()
        return {
            name: None if pd.isna(value) else value.date().isoformat() if isinstance(value, pd.Timestamp) else value
            for name, value in row.items()
        }

    def ends(self, parameter: str, subject: str = SUBJECT) -> tuple[int, int, str, str | None] | None:
        """Return CNSR, AVAL, EVNTDESC and CNSDTDSC of a parameter; None without a row."""
        row = self.time(parameter, subject)
        return None if row is None else (int(row["CNSR"]), int(row["AVAL"]), row["EVNTDESC"], row["CNSDTDSC"])


def sdtm_of(
    *,
    responses: Sequence[tuple[Any, ...]] = (),
    infusions: Sequence[tuple[int | str, str]] = ((1, "CD19 CAR-T CELLS"), (15, "CD22 CAR-T CELLS")),
    death: int | str | None = None,
    died: bool | None = None,
    new_therapy: int | str | None = None,
    radiotherapy: int | str | None = None,
    transplant: int | str | None = None,
    ended: tuple[int | str, str] | None = None,
    contacts: Sequence[int | str] = (),
    subject: str = SUBJECT,
) -> dict[str, pd.DataFrame]:
    """Return the SDTM of one subject. Days are study days or ISO 8601 text.

    A response is (day, result) or (day, result, VISITNUM); without a visit its date is its timepoint.
    """
    dead = (death is not None) if died is None else died
    dm = [["CART1922", subject, "001", "01", 60, "YEARS", "F", "ASIAN", "CAR1922", when(death), "Y" if dead else None]]
    ex = [
        [subject, number, name, "CAR-T INFUSION", when(day), when(day)]
        for number, (day, name) in enumerate(infusions, 1)
    ]
    rs = [
        [
            subject,
            number,
            "OVRLRESP",
            "LUGANO CLASSIFICATION",
            "INVESTIGATOR",
            row[1],
            when(row[0]),
            *(row[2:] or [None]),
        ]
        for number, row in enumerate(responses, 1)
    ]
    cm = [[subject, "NEW ANTI-CANCER THERAPY", when(new_therapy)]] if new_therapy else []
    pr = [[subject, "STEM CELL TRANSPLANT", "ALLOGENEIC", when(transplant)]] if transplant else []
    pr += [[subject, "NEW ANTI-CANCER THERAPY", "RADIOTHERAPY", when(radiotherapy)]] if radiotherapy else []
    ds = [[subject, "DISPOSITION EVENT", "STUDY PARTICIPATION", ended[1], when(ended[0])]] if ended else []
    return {
        "DM": table("STUDYID USUBJID SUBJID SITEID AGE AGEU SEX RACE ARMCD DTHDTC DTHFL", dm),
        "EX": table("USUBJID EXSEQ EXTRT EXCAT EXSTDTC EXENDTC", ex),
        "RS": table("USUBJID RSSEQ RSTESTCD RSCAT RSEVAL RSSTRESC RSDTC VISITNUM", rs),
        "CM": table("USUBJID CMCAT CMSTDTC", cm),
        "PR": table("USUBJID PRCAT PRTRT PRSTDTC", pr),
        "DS": table("USUBJID DSCAT DSSCAT DSDECOD DSSTDTC", ds),
        "SV": table("USUBJID SVSTDTC", [[subject, when(day)] for day in contacts]),
    }


def build(study: Study, sdtm: Mapping[str, pd.DataFrame], cutoff: int | None = None) -> Trial:
    """Return the three analysis datasets; `cutoff` is a study day."""
    adam: dict[str, pd.DataFrame] = {}
    findings = []
    for name in ("ADSL", "ADRS", "ADTTE"):
        adam[name], found = build_adam(
            study.adam[name],
            study,
            sdtm=sdtm,
            adam=dict(adam),
            cutoff=date.fromisoformat(iso(cutoff)) if cutoff else None,
        )
        findings.append(found)
    return Trial(adam["ADSL"], adam["ADRS"], adam["ADTTE"], pd.concat(findings, ignore_index=True))


def with_settings(
    study: Study, settings: Mapping[str, Any] | None = None, parameters: Mapping[str, Any] | None = None
) -> Study:
    """Return the study with other settings and further parameters in ADTTE; its ADaM specifications are read anew."""
    if not settings and not parameters:
        return study
    design = study.design.model_copy(update={"settings": {**study.design.settings, **(settings or {})}})
    problems: list[Problem] = []
    adam = {}
    for path in sorted((study.folder / "adam").glob("*.yaml")):
        place = read_yaml(path, path.name)
        if path.stem == "adtte":
            place.content["time_to_event"]["parameters"] |= parameters or {}
        place = insert_settings(place, design.settings, problems)
        source = validate(AdamSource, place, problems)
        assert source is not None, problems
        spec = resolve_adam(source, design, load_adamig("1.3"), place, problems)
        assert spec is not None
        adam[spec.name] = spec
    assert problems == []
    return replace(study, design=design, adam=adam)


@pytest.fixture(scope="session")
def study() -> Study:
    """The study cart1922 as it comes."""
    return load_study("cart1922")


@pytest.fixture(scope="session")
def trials(study: Study) -> Callable[..., Trial]:
    """Return a function of several subjects' facts (see `sdtm_of`), by subject; one trial holds them all.

    It takes a `cutoff` (a study day), and `settings` and `parameters` as `with_settings` does.
    """

    def analyse(cases: Mapping[str, Mapping[str, Any]], *, cutoff: int | None = None, **changes: Any) -> Trial:
        parts = [sdtm_of(**facts, subject=subject) for subject, facts in cases.items()]
        sdtm = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
        return build(with_settings(study, **changes), sdtm, cutoff)

    return analyse


@pytest.fixture(scope="session")
def trial(trials: Callable[..., Trial]) -> Callable[..., Trial]:
    """Return a function of one subject's facts; otherwise as `trials`."""

    def analyse(
        *,
        cutoff: int | None = None,
        settings: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        **facts: Any,
    ) -> Trial:
        return trials({SUBJECT: facts}, cutoff=cutoff, settings=settings, parameters=parameters)

    return analyse
