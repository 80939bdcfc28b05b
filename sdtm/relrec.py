"""RELREC, Related Records: which records, and which datasets as a whole, belong together.

Inputs: the finished datasets that the relationships name, and the forms whose rows relate records.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.findings import as_text, combine, report
from clinical.wording import agree, count
from sdtm.algorithms.context import LISTED
from sdtm.inputs import Inputs
from sdtm.related_records import RULE, Answers, records_of_key, records_of_row
from specs.model.dataset import DatasetSpec
from specs.model.relationships import RelatedRecord, Relationship
from specs.model.study import Study

COLUMNS = ("RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "RELTYPE", "RELID")


def build_relrec(spec: DatasetSpec, study: Study, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return RELREC: a row for each side of each relationship that the data have.

    Rule: a relationship between datasets is one row a side, with its RELTYPE. A row of a form relates two records of
    one subject: RELID is the relationship's and the value that identifies the first of them; each row stands once.
    Missing: USUBJID and IDVARVAL between datasets, RELTYPE between records. Datasets of which one has no value in its
    variable are not related, which is a note; a row whose record is not there relates nothing, and is reported where it
    refers to it by a key.
    Reference: SDTMIG 3.4, section 8.2.
    """
    parts, findings = [], []
    for relationship in spec.relationships:
        build = _relate_datasets if relationship.datasets else _relate_records
        rows, found = build(relationship, inputs)
        parts.append(rows)
        findings.append(found)
    stacked = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    return stacked.astype(dict.fromkeys(COLUMNS, "str")), combine(findings)


def _relate_datasets(relationship: Relationship, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = pd.DataFrame(
        {
            "RDOMAIN": [one.dataset for one in relationship.datasets],
            "USUBJID": None,
            "IDVAR": [one.variable for one in relationship.datasets],
            "IDVARVAL": None,
            "RELTYPE": [one.type for one in relationship.datasets],
            "RELID": relationship.id,
        }
    )
    empty = [one for one in relationship.datasets if not inputs.datasets[one.dataset][one.variable].notna().any()]
    if not empty:
        return rows, combine([])
    names = " and ".join(f"{one.dataset}.{one.variable}" for one in empty)
    message = f"Relationship {relationship.id} is left out, since {names} has no value in any record."
    return rows.iloc[:0], report(
        "MAP.RELATIONSHIP_EMPTY", "note", message, source="raw", dataset="RELREC", variable="RELID"
    )


def _relate_records(relationship: Relationship, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    form = inputs.forms[str(relationship.form)].reset_index(drop=True)
    keyed = [one.column for one in relationship.records if one.column]
    form = form[form[keyed].notna().all(axis="columns").to_numpy(dtype=bool)].reset_index(drop=True)
    sides = [_side(one, form, inputs) for one in relationship.records]
    complete = np.ones(len(form), dtype=bool)
    for _, values, _ in sides:
        complete &= values.ne("").to_numpy(dtype=bool)
    first = sides[0][1]
    parts = [
        pd.DataFrame(
            {
                "RDOMAIN": one.dataset,
                "USUBJID": subjects,
                "IDVAR": one.variable,
                "IDVARVAL": values,
                "RELTYPE": None,
                "RELID": relationship.id + first,
            }
        )[complete]
        for one, (subjects, values, _) in zip(relationship.records, sides, strict=True)
    ]
    return pd.concat(parts, ignore_index=True).drop_duplicates(), combine([found for *_, found in sides])


def _side(one: RelatedRecord, form: pd.DataFrame, inputs: Inputs) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Return the subject and the identifying value of each row's record, empty where there is none, and findings."""
    columns = list(dict.fromkeys(("USUBJID", one.variable)))
    finished = inputs.datasets[one.dataset]
    if one.key is None or one.column is None:
        answers = records_of_row(form, finished, columns)
        found = _report(one, form, answers.several, "made several records, which the relationship takes for one")
    else:
        answers = records_of_key(form, form[one.column], finished, one.key, columns)
        found = combine(_unanswered(one, form, answers))
    records = answers.records
    return records["USUBJID"], as_text(records[one.variable]), found


def _unanswered(one: RelatedRecord, form: pd.DataFrame, answers: Answers) -> list[pd.DataFrame]:
    what = f"to a record of {one.dataset} by its {one.key}, but there"
    return [
        _report(one, form, answers.absent, f"{what} is none"),
        _report(one, form, answers.several, f"{what} are several"),
    ]


def _report(one: RelatedRecord, form: pd.DataFrame, holds: np.ndarray, what: str) -> pd.DataFrame:
    found = int(holds.sum())
    refer = f"{count(found, 'row')} of the form {agree(found, 'refer')}"
    message = f"{refer} {what}. Correct the reference or the record, or query the site."
    if found > LISTED:
        message += f" The first {LISTED} are listed."
    rows = form.loc[
        np.flatnonzero(holds)[:LISTED], [name for name in (*provenance.COLUMNS, one.column) if name and name in form]
    ]
    return report(
        RULE, "error", message, source="raw", dataset="RELREC", variable=one.variable, rows=rows, value=one.column
    )
