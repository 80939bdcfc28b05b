"""Checks of the verbs for records with values: analysis visits need windows, grades need criteria that exist."""

from __future__ import annotations

from collections.abc import Iterator

from clinical.errors import Problem, did_you_mean, listed
from specs.model.adam_bds_maps import AnalysisVisit, Compose, Grading, ToxicityGrade
from specs.model.adam_row_maps import AnalysisRecords
from specs.model.adam_verb import Verb
from specs.standards.ctcae import ctcae_versions, load_ctcae


def lint_bds_verb(verb: Verb, records: AnalysisRecords | None, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a verb beside what it refers to."""
    if isinstance(verb, AnalysisVisit) and records is not None and not records.windows:
        yield Problem(where, "analysis_visit: the dataset has no windows. Give 'windows' under 'records'.")
    if isinstance(verb, Compose) and any(brace in text for text in verb.parts()[::2] for brace in "{}"):
        yield Problem(where, f"compose: '{verb.text}' has a brace around no variable. Write variables as {{BNRIND}}.")
    if isinstance(verb, ToxicityGrade):
        yield from _lint_grading(verb.grading, where)


def _lint_grading(grading: Grading, where: str) -> Iterator[Problem]:
    if grading.version not in ctcae_versions():
        what = f"CTCAE {grading.version} is not at hand (versions: {listed(ctcae_versions())}). Correct 'version'."
        yield Problem(where, f"toxicity_grade: {what}")
        return
    criteria = load_ctcae(grading.version).criteria
    terms, tests = {one.term for one in criteria}, {test for one in criteria for test in one.tests}
    for term in grading.terms:
        if term not in terms:
            what = f"'{term}' is no laboratory term of CTCAE {grading.version}.{did_you_mean(term, terms)}"
            yield Problem(where, f"toxicity_grade: terms: {what} Correct it.")
    for test, other in grading.graded_as.items():
        if other not in tests:
            what = f"'{test}' cannot be graded as '{other}', which has no criterion.{did_you_mean(other, tests)}"
            yield Problem(where, f"toxicity_grade: graded_as: {what} Correct it.")
