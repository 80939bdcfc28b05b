"""Properties that every list of findings has, whatever the data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.listing import compare_with_previous, read_findings, sort_findings, write_findings
from checks.sheet_names import unique_sheet_name
from checks.structure import check_structure
from clinical.findings import COLUMNS
from specs.model.dataset import DatasetSpec, VariableSpec

QUICK = settings(deadline=None, max_examples=30)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
FINDINGS = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(COLUMNS, TEXTS)
        | {
            "severity": st.sampled_from(["error", "warning", "note"]),
            "rule": st.sampled_from(["DQ.A", "DQ.B"]),
            "usubjid": st.sampled_from(["", "S1", "S2"]),
            "row": st.sampled_from(["", "1", "12"]),
            "status": st.just("new"),
        }
    ),
    max_size=8,
).map(lambda rows: pd.DataFrame(rows, columns=list(COLUMNS), dtype="str"))


@QUICK
@given(FINDINGS, st.randoms(use_true_random=False))
def test_the_order_of_the_list_does_not_depend_on_the_order_of_the_findings(findings, random):
    order = list(range(len(findings)))
    random.shuffle(order)
    shown = ["severity", "rule", "dataset", "variable", "usubjid", "row", "key", "value", "form", "message"]
    expected = sort_findings(findings)[shown]
    pd.testing.assert_frame_equal(sort_findings(findings.iloc[order])[shown], expected)


@QUICK
@given(FINDINGS)
def test_the_list_reads_back_as_it_was_written(findings):
    with TemporaryDirectory() as folder:
        path, _ = write_findings(findings, Path(folder), created=datetime(2024, 1, 1, tzinfo=UTC))
        pd.testing.assert_frame_equal(read_findings(path), sort_findings(findings))


@QUICK
@given(FINDINGS, FINDINGS)
def test_every_finding_is_new_open_or_gone(now, before):
    compared = compare_with_previous(now, before)
    counts = compared["status"].value_counts()
    still = int(counts.get("open", 0))
    assert still + int(counts.get("new", 0)) == len(now)
    assert still + int(counts.get("gone", 0)) == len(before)


@QUICK
@given(st.lists(st.text(max_size=45), max_size=12))
def test_sheet_names_are_short_allowed_and_unique(names):
    taken: set[str] = set()
    made = [unique_sheet_name(name, taken) for name in names]
    assert len({name.casefold() for name in made}) == len(made)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in made)


def _spec() -> DatasetSpec:
    rest = (None, None, None, None, None, None, None, None)
    kinds = {"USUBJID": "Char", "VISITNUM": "Num", "VSSEQ": "Num"}
    variables = tuple(VariableSpec(name, name, kind, *rest) for name, kind in kinds.items())
    return DatasetSpec("VS", "VS", "FINDINGS", "", ("USUBJID", "VISITNUM"), "SDTMIG 3.4", variables)


@QUICK
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["S1", "S2", None]), st.sampled_from([1.0, 2.5, 10.0, np.nan]), st.sampled_from([1.0, 2.0])
        ),
        max_size=7,
    )
)
def test_order_is_found_wrong_exactly_if_sorting_changes_it(rows):
    frame = pd.DataFrame(rows, columns=["USUBJID", "VISITNUM", "VSSEQ"]).astype({"USUBJID": "str"})
    ranks = [(row[0] or "", -1.0 if np.isnan(row[1]) else row[1], row[2]) for row in rows]
    found = check_structure(frame, _spec())
    assert found["rule"].eq("SCHEMA.ORDER").any() == (ranks != sorted(ranks))
