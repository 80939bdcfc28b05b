"""A study of a few datasets, small enough to type what define.xml must say of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from specs.model.analyses import Analyses
from specs.model.codelists import ResolvedCodelist, ResolvedTerm
from specs.model.dataset import DatasetSpec, Origin, ValueLevelSource, VariableSpec
from specs.model.maps import Decode, StudyDay
from specs.model.raw import RawContract
from specs.model.study import Method, Study, StudyDesign
from submission import xpt
from submission.define import write_define
from submission.package import Standard
from submission.written import WrittenDataset
from submission.xpt_layout import read_layout

CREATED = datetime(2026, 1, 31, 2, 5, 9, tzinfo=UTC)
COLLECTED = Origin(type="Collected", source="Investigator")
ASSIGNED = Origin(type="Assigned", source="Sponsor")
DERIVED = Origin(type="Derived", source="Sponsor")


def text(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype="str")


def variable(name: str, label: str, kind: str = "Char", **more: Any) -> VariableSpec:
    about: dict[str, Any] = dict.fromkeys(("length", "core", "role", "codelist", "format", "method", "comment"), None)
    return VariableSpec(**{**about, "name": name, "label": label, "type": kind, "origin": COLLECTED, **more})


def subject(**more: Any) -> VariableSpec:
    return variable("USUBJID", "Unique Subject Identifier", core="Req", role="Identifier", origin=ASSIGNED, **more)


LB = DatasetSpec(
    name="LB",
    label="Laboratory Test Results",
    class_name="FINDINGS",
    structure="One record per test per subject",
    keys=("USUBJID", "LBTESTCD", "LBDTC"),
    standard="SDTMIG 3.4",
    comment="Local laboratories only.",
    variables=(
        subject(),
        variable("LBTESTCD", "Lab Test Short Name", codelist="LBTESTCD", core="Req", role="Topic", origin=ASSIGNED),
        variable(
            "LBTEST",
            "Lab Test Name",
            core="Req",
            role="Synonym Qualifier",
            origin=ASSIGNED,
            map=Decode(algorithm="decode", variable="LBTESTCD"),
        ),
        variable("LBORRES", "Result in Original Units", core="Exp", role="Result Qualifier"),
        variable("LBSTRESN", "Numeric Result", "Num", role="Result Qualifier", origin=DERIVED, method="MT.NUMBER"),
        variable("LBNAM", "Laboratory Name", role="Record Qualifier", origin=Origin(type="Not Available")),
        variable("LBDTC", "Date/Time of Collection", core="Exp", role="Timing", comment="By the sample's label."),
        variable(
            "LBDY",
            "Study Day of Collection",
            "Num",
            role="Timing",
            origin=DERIVED,
            method="MT.DAY",
            map=StudyDay(algorithm="study_day", date="LBDTC"),
        ),
    ),
)
LB_DATA = pd.DataFrame(
    {
        "USUBJID": text("S-01", "S-01", "S-02", "S-02"),
        "LBTESTCD": text("HGB", "PH", "HGB", "COLOR"),
        "LBTEST": text("Hemoglobin", "pH", "Hemoglobin", "Color"),
        "LBORRES": text("101.5", "7", "98", "YELLOW"),
        "LBSTRESN": [101.5, 7, 98, None],
        "LBNAM": text(None, None, None, None),
        "LBDTC": text("2025-03-01", "2025-03", "2025-03-02T08:30", "2025-03-02"),
        "LBDY": [1.0, None, -12.0, 2.0],
    }
)

AE = DatasetSpec(
    name="AE",
    label="Adverse Events",
    class_name="EVENTS",
    structure="One record per event per subject",
    keys=("USUBJID", "AETERM"),
    standard="SDTMIG 3.4",
    variables=(
        subject(),
        variable("AETERM", "Reported Term", core="Req", role="Topic"),
        variable("AEDECOD", "Dictionary-Derived Term", role="Synonym Qualifier", origin=ASSIGNED),
        variable("AESER", "Serious Event", codelist="NY", role="Record Qualifier"),
        variable("AEACN", "Action Taken", codelist="ACN", role="Record Qualifier"),
    ),
    supplemental=(
        variable("AERELLD", "Relationship to Lymphodepletion", codelist="REL"),
        variable("AEHOURS", "Hours until Onset", "Num"),
    ),
)
AE_DATA = pd.DataFrame(
    {
        "USUBJID": text("S-01", "S-02"),
        "AETERM": text("HEADACHE", "NAUSEA"),
        "AEDECOD": text("Headache", "Nausea"),
        "AESER": text("N", "N"),
        "AEACN": text("DOSE REDUCED", "SPLIT DOSE"),
    }
)

SUPPAE = DatasetSpec(
    name="SUPPAE",
    label="Supplemental Qualifiers for AE",
    class_name="RELATIONSHIP",
    structure="One record per qualifier",
    keys=("USUBJID", "QNAM"),
    standard="SDTMIG 3.4",
    variables=(
        subject(),
        variable("QNAM", "Qualifier Variable Name", core="Req", role="Topic", origin=ASSIGNED),
        variable("QVAL", "Data Value", core="Req", role="Result Qualifier", origin=ASSIGNED),
    ),
)
SUPPAE_DATA = pd.DataFrame(
    {
        "USUBJID": text("S-01", "S-02"),
        "QNAM": text("AERELLD", "AEHOURS"),
        "QVAL": text("RELATED", "12.25"),
    }
)

TV = DatasetSpec(
    name="TV",
    label="Trial Visits",
    class_name="TRIAL DESIGN",
    structure="One record per planned visit",
    keys=("VISITNUM",),
    standard="SDTMIG 3.4",
    variables=(variable("VISITNUM", "Visit Number", "Num", core="Req", role="Topic", origin=ASSIGNED),),
)

ADLB = DatasetSpec(
    name="ADLB",
    label="Laboratory Analysis Dataset",
    class_name="BASIC DATA STRUCTURE",
    structure="One record per subject per parameter",
    keys=("USUBJID", "PARAMCD"),
    standard="ADaMIG 1.3",
    variables=(
        subject(),
        variable("PARAMCD", "Parameter Code", core="Req", origin=ASSIGNED),
        variable("PARAM", "Parameter", core="Req", origin=ASSIGNED),
        variable("AVAL", "Analysis Value", "Num", origin=Origin(type="Predecessor", predecessor="LB.LBSTRESN")),
        variable("ADT", "Analysis Date", "Num", format="DATE9.", origin=DERIVED, method="MT.DAY"),
        variable("CRIT1FL", "Criterion 1 Flag", codelist="NY", origin=ASSIGNED, method="MT.NUMBER"),
    ),
    value_level=(ValueLevelSource(variable="AVAL", where={"PARAMCD": "HGB"}, origin=DERIVED, method="MT.NUMBER"),),
)
ADLB_DATA = pd.DataFrame(
    {
        "USUBJID": text("S-01", "S-02", "S-01"),
        "PARAMCD": text("HGB", "HGB", "PH"),
        "PARAM": text("Hemoglobin (g/L)", "Hemoglobin (g/L)", "pH"),
        "AVAL": [101.5, 98, 7],
        "ADT": pd.Series(pd.to_datetime(["2025-03-01", "2025-03-02", None])).astype("datetime64[s]"),
        "CRIT1FL": text("Y", None, None),
    }
)
ADSL = DatasetSpec(
    name="ADSL",
    label="Subject-Level Analysis Dataset",
    class_name="SUBJECT LEVEL ANALYSIS DATASET",
    structure="One record per subject",
    keys=("USUBJID",),
    standard="ADaMIG 1.3",
    variables=(
        subject(),
        variable("SAFFL", "Safety Population Flag", core="Req", codelist="NY", origin=ASSIGNED),
        variable("TRT01P", "Planned Treatment for Period 01", core="Req", origin=ASSIGNED),
        variable("TRTSEQP", "Planned Sequence", origin=Origin(type="Predecessor", predecessor="TRT01P")),
        variable("RESCUE", "Rescue Therapy", origin=Origin(type="Predecessor", predecessor="SUPPDM.RESCUE")),
    ),
)
ADSL_DATA = pd.DataFrame(
    {
        "USUBJID": text("S-01", "S-02"),
        "SAFFL": text("Y", "N"),
        "TRT01P": text("CELLS", None),
        "TRTSEQP": text("CELLS", None),
        "RESCUE": text("NONE", None),
    }
)

ANALYSES = {
    "populations": [{"label": "Safety set", "where": {"SAFFL": "Y"}}],
    "tables": {
        "LOW": {
            "section": "Safety",
            "title": "Low Hemoglobin",
            "method": "proportion",
            "purpose": "PRIMARY OUTCOME MEASURE",
            "dataset": "ADLB",
            "population": {"SAFFL": "Y"},
            "rows": [{"label": "Below 100", "where": {"PARAMCD": "HGB", "AVAL": {"below": "100"}}}],
        }
    },
}


def _codelist(name: str, title: str, code: str | None, terms: Mapping[str, ResolvedTerm], **more: Any):
    source = "SDTM CT 2025-03-28" if code else "Sponsor"
    return ResolvedCodelist(name, title, code, True, source, terms, **more)


def _terms(*rows: tuple[Any, ...]) -> dict[str, ResolvedTerm]:
    return {row[0]: ResolvedTerm(*row) for row in rows}


CODELISTS = {
    "NY": _codelist(
        "NY", "No Yes Response", "C66742", _terms(("N", "C49487", "No"), ("Y", "C49488", "Yes")), chosen=True
    ),
    "ACN": _codelist(
        "ACN",
        "Action Taken",
        "C66767",
        _terms(
            ("DOSE NOT CHANGED", "C49504", "Dose Not Changed"),
            ("DOSE REDUCED", "C49505", "Dose Reduced"),
            ("DRUG WITHDRAWN", "C49502", "Drug Withdrawn"),
            ("SPLIT DOSE", None, None, True),
        ),
        raw={"reduced": "DOSE REDUCED", "Stopped": "DRUG WITHDRAWN", "DOSE NOT CHANGED": "DOSE NOT CHANGED"},
    ),
    "LBTESTCD": _codelist(
        "LBTESTCD",
        "Laboratory Test Code",
        "C65047",
        _terms(("COLOR", "C64546", "x"), ("HGB", "C64848", "x"), ("PH", "C45997", "x"), ("WBC", "C51948", "x")),
    ),
    "REL": _codelist("REL", "Relationship", None, _terms(("RELATED",), ("NOT RELATED",)), chosen=True, ordered=True),
}


def study(tmp_path: Path) -> Study:
    """Return the study; its folder has nothing in it."""
    design = StudyDesign.model_validate(
        {
            "id": "TINY01",
            "name": "Tiny",
            "title": "A small study",
            "dictionaries": {"AEDICT": {"name": "MedDRA", "version": "28.0", "variables": ["AEDECOD"]}},
        }
    )
    return Study(
        folder=tmp_path,
        design=design,
        raw=RawContract.none(),
        sdtm={"LB": LB, "AE": AE, "TV": TV},
        adam={"ADSL": ADSL, "ADLB": ADLB},
        codelists=CODELISTS,
        methods={
            "MT.NUMBER": Method(name="Number", text="The result as a number."),
            "MT.DAY": Method(name="Study day", text="The date minus RFSTDTC, plus 1."),
        },
        units={},
        decodes={"LB.LBTEST": {"HGB": "Hemoglobin", "PH": "pH", "COLOR": "Color", "WBC": "Leukocytes"}},
        analyses=Analyses.model_validate(ANALYSES),
    )


def written(spec: DatasetSpec, frame: pd.DataFrame | None, standard: Standard, folder: Path) -> WrittenDataset:
    """Return a dataset with its transport file, or without one where it has no rows."""
    if frame is None:
        return WrittenDataset(spec, standard, None, 0, {}, pd.DataFrame)
    path = folder / f"{spec.name.lower()}.xpt"
    xpt.write(frame, spec, path, created=CREATED)
    lengths = {one.name: one.length for one in read_layout(path).variables}
    return WrittenDataset(spec, standard, path, len(frame), lengths, lambda: frame)


def sdtm(folder: Path) -> list[WrittenDataset]:
    tables = ((AE, AE_DATA), (LB, LB_DATA), (SUPPAE, SUPPAE_DATA), (TV, None))
    return [written(spec, frame, "sdtm", folder) for spec, frame in tables]


def adam(folder: Path) -> list[WrittenDataset]:
    return [written(spec, frame, "adam", folder) for spec, frame in ((ADSL, ADSL_DATA), (ADLB, ADLB_DATA))]


def write_sdtm(folder: Path, **more: Any) -> tuple[Path, list[WrittenDataset]]:
    """Write the SDTM datasets and their define.xml."""
    datasets = sdtm(folder)
    return write_define(
        study(folder), datasets, folder / "define.xml", standard="sdtm", created=CREATED, **more
    ), datasets


def write_adam(folder: Path) -> tuple[Path, list[WrittenDataset]]:
    """Write the ADaM datasets and their define.xml."""
    datasets = adam(folder)
    return write_define(study(folder), datasets, folder / "define.xml", standard="adam", created=CREATED), datasets
