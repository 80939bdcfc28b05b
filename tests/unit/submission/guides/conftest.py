"""What the tests of the guides share: a context of a few literal records, and the text of a guide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from clinical.findings import combine, no_findings, report
from specs.load import load_study
from specs.model.dataset import DatasetSpec
from specs.model.explanations import Explanations
from specs.model.study import Study
from specs.supplemental import supplemental_spec
from submission.guides.content import Bullets, Guide, Paragraph, Section, Table, ToComplete, numbered, plain
from submission.guides.context import GuideContext
from submission.manifest import InputFile, Software
from submission.package import Standard
from submission.written import WrittenDataset

TINY = Path(__file__).parents[3] / "studies" / "tiny01"
SOFTWARE = Software(cdiscflow="9.8.7", python="3.12.1", packages={"numpy": "2.0.0"})
SUBJECTS = ("T-01-001", "T-01-002", "T-02-001")


def written(spec: DatasetSpec, standard: Standard, parts: int = 0, **columns: list[Any]) -> WrittenDataset:
    """Return a dataset of literal columns as if it had been written, in `parts` too."""
    frame = pd.DataFrame(columns)
    file = Path(f"{spec.name.lower()}.xpt") if len(frame) else None
    split = tuple(Path(f"split/{spec.name.lower()}{number}.xpt") for number in range(1, parts + 1))
    return WrittenDataset(spec, standard, file, len(frame), {}, lambda: frame, split)


@pytest.fixture(scope="session")
def tiny() -> Study:
    """The study for tests, with explanations."""
    said = Explanations.model_validate(
        {
            "not_submitted": "Query texts stay in the data management system.",
            "datasets": {"VS": "Temperatures were taken in the ear."},
            "findings": [
                {"rule": "DQ.VISIT_WINDOW", "explanation": "the dates are as collected"},
                {"rule": "DQ.VISIT_WINDOW", "dataset": "VS", "explanation": "The nurse was ill."},
            ],
        }
    )
    return replace(load_study(TINY), explanations=said)


@pytest.fixture(scope="session")
def findings() -> pd.DataFrame:
    """Two warnings that are explained, one that is not, and a note."""
    rows = pd.DataFrame({"USUBJID": SUBJECTS[:2]})
    window = "The visit took place outside its planned window. Check its date."
    return combine(
        [
            report("DQ.VISIT_WINDOW", "warning", window, source="rule", dataset="SV", variable="SVSTDTC", rows=rows),
            report("SCHEMA.KEYS", "warning", "Two records have one key. Correct it.", source="schema", dataset="AE"),
            report(
                "DQ.UNSCHEDULED_VISIT", "note", "The visit was not planned. No action.", source="rule", dataset="SV"
            ),
        ]
    )


@pytest.fixture(scope="session")
def context(tiny: Study, findings: pd.DataFrame) -> GuideContext:
    """Three subjects with two adverse events, a split VS and an empty EX."""
    sdtm = tiny.sdtm
    one, two, three = SUBJECTS
    qualifier = {"USUBJID": [one], "QNAM": ["AETRTEM"], "QLABEL": ["Treatment Emergent"], "QVAL": ["Y"]}
    return GuideContext(
        study=tiny,
        datasets=(
            written(sdtm["DM"], "sdtm", USUBJID=list(SUBJECTS)),
            written(sdtm["AE"], "sdtm", USUBJID=[one, one], AETERM=["HEADACHE", "NAUSEA"]),
            written(supplemental_spec(tiny, "AE"), "sdtm", **qualifier),
            written(sdtm["EX"], "sdtm", USUBJID=[]),
            written(sdtm["VS"], "sdtm", parts=2, USUBJID=[one, two, three, three]),
            written(sdtm["TA"], "sdtm", ARMCD=["A", "A"]),
        ),
        findings=findings,
        snapshot=datetime(2026, 1, 31, 2, 0, tzinfo=UTC),
        cutoff=date(2025, 12, 31),
        inputs={"export.xml": InputFile("ab" * 32, 4567, 12)},
        software=SOFTWARE,
    )


@pytest.fixture(scope="session")
def analysed(context: GuideContext) -> GuideContext:
    """Two subjects of cart1922 in ADSL and ADTTE; one is treated and died, one is censored."""
    study = load_study("cart1922")
    flags = {"SAFFL": ["Y", "N"], "PPROTFL": ["N", "N"], "ENRLFL": ["Y", "Y"]}
    times = {"PARAMCD": ["PFS", "OS"], "PARAM": ["Progression-Free Survival (Days)", "Overall Survival (Days)"]}
    return replace(
        context,
        study=study,
        datasets=(
            written(study.adam["ADSL"], "adam", USUBJID=["X-1", "X-2"], **flags),
            written(study.adam["ADTTE"], "adam", USUBJID=["X-1", "X-1"], **times),
        ),
        findings=no_findings(),
    )


def section(guide: Guide, title: str) -> Section:
    """Return the section with a title."""
    return next(one for _, one in numbered(guide.sections) if one.title == title)


def said(one: Section) -> str:
    """Return everything that a section says, without the sections inside it, one paragraph or table row a line."""
    return "\n".join(_lines(one))


def rows_of(one: Section) -> list[list[str]]:
    """Return the rows of a section's tables."""
    return [[plain(cell) for cell in row] for block in one.blocks if isinstance(block, Table) for row in block.rows]


def everything(guide: Guide) -> str:
    """Return everything that a guide says."""
    return "\n".join(f"{number} {one.title}\n{said(one)}" for number, one in numbered(guide.sections))


def _lines(one: Section) -> Iterator[str]:
    for block in one.blocks:
        if isinstance(block, Paragraph):
            yield plain(block.text)
        elif isinstance(block, Bullets):
            yield from map(plain, block.items)
        elif isinstance(block, ToComplete):
            yield f"To be completed. {block.text}"
        else:
            yield block.caption
            yield from (" | ".join(plain(cell) for cell in row) for row in block.rows)
