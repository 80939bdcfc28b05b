"""The verb for values of another dataset's records: related."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.wording import agree, count
from sdtm.algorithms.context import Context, evaluate_verb
from sdtm.related_records import RULE, records_of_key, records_of_row
from specs.model.maps import Related


@evaluate_verb.register
def _related(verb: Related, context: Context) -> pd.Series:
    """Rule: the variable of the one record of another finished dataset that was made from the same row of the form, or
    whose key, within the subject, is the text of the column.

    Missing: a row without that text. A text that no record answers, and one that several do, are missing and reported,
    once for each row of the form.
    """
    finished = context.datasets[verb.dataset]
    rows = context.rows.loc[context.index]
    texts: pd.Series | None = None
    if verb.key is None or verb.column is None:
        answers = records_of_row(rows, finished, [verb.variable])
        what = f"the record of {verb.dataset} that was made from the same row"
    else:
        texts = context.text(verb.column)
        answers = records_of_key(rows, texts, finished, verb.key, [verb.variable])
        what = f"a record of {verb.dataset} by its {verb.key}"
    _report(verb, context, answers.absent, f"to {what}, but there is none", texts)
    _report(verb, context, answers.several, f"to {what}, but there are several", texts)
    return answers.records[verb.variable].set_axis(context.index)


def _report(verb: Related, context: Context, holds: np.ndarray, what: str, texts: pd.Series | None) -> None:
    """Report rows of the form; other records and other variables that ask the same of a row are not counted again."""
    asking = context.rows.loc[context.index, [provenance.FORM, provenance.ROW]][holds]
    place = f"related {verb.dataset} {verb.key} {verb.column} {what}"
    told = context.remembered.setdefault(place, np.zeros(len(context.rows), dtype=bool))
    positions = np.arange(len(context.rows)) if context.selected is None else context.selected
    known = context.rows[told][[provenance.FORM, provenance.ROW]]
    before = pd.MultiIndex.from_frame(asking).isin(pd.MultiIndex.from_frame(known)) if len(known) else False
    fresh = holds.copy()
    fresh[holds] = ~asking.duplicated().to_numpy() & ~np.asarray(before)
    told[positions[fresh]] = True
    found = int(fresh.sum())
    context.report(
        RULE,
        "error",
        f"{count(found, 'row')} of the form {agree(found, 'refer')} {what}. Correct the reference or the record, or "
        "query the site.",
        fresh,
        texts,
    )
