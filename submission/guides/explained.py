"""Findings by rule with their explanations, and what is left to explain. No value of a subject is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from clinical.findings import SEVERITIES, Severity, combine, report
from clinical.wording import agree, count
from specs.model.explanations import FindingExplanation
from specs.model.study import Study
from submission.guides.wording import series

NOT_EXPLAINED = "GUIDE.NOT_EXPLAINED"
UNUSED = "GUIDE.EXPLANATION_UNUSED"

#: What rules say of the check itself. It is told as a sentence, and nothing in the data is to be explained.
OF_THE_CHECK = (
    "CORE.CHECKED",
    "CORE.SKIPPED",
    "CORE.NOTHING_CHECKED",
    "PACKAGE.NOT_CHECKED",
    "RULE.NOT_APPLICABLE",
    "RULE.NOT_RUN",
    "WAIVER.UNUSED",
)
_REST = re.compile(r"^([\d,]+) rows in all; the first [\d,]+ are listed\. ")
_WAIVED = re.compile(r" Waived: (.*)$", re.DOTALL)
#: What is wrong stands first in a message; what a site or programmer has to do comes after it.
_FIRST_SENTENCE = re.compile(r"^.*?[.!?](?=\s+[A-Z]|\s*$)", re.DOTALL)


@dataclass(frozen=True)
class Issue:
    """The findings of one rule, severity and place: how many, what the rule says, and why they stay if that is said."""

    rule: str
    severity: Severity
    source: str
    dataset: str
    variable: str
    number: int
    messages: tuple[str, ...]
    explanation: str | None

    @property
    def to_explain(self) -> bool:
        """Whether a reviewer may expect an explanation that is not there: notes need none."""
        return self.severity != "note" and self.explanation is None


def issues_of(study: Study, findings: pd.DataFrame) -> tuple[Issue, ...]:
    """Return the findings by rule and place, the most severe first, without what is gone and what is said of guides."""
    present = findings[findings["status"].ne("gone") & ~findings["rule"].str.startswith("GUIDE.")]
    explanations = (*study.explanations.findings, *_waivers(study))
    keys = ["rule", "severity", "source", "dataset", "variable"]
    found = []
    for key, messages in present.groupby(keys, sort=True)["message"]:
        rule, severity, source, dataset, variable = map(str, key)
        found.append(_issue((rule, _severity(severity), source, dataset, variable), messages, explanations))
    return tuple(sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.rule, one.dataset, one.variable)))


def _issue(
    key: tuple[str, Severity, str, str, str], messages: pd.Series, explanations: Sequence[FindingExplanation]
) -> Issue:
    """Return the findings of one place; a last row that states the number of all is no finding of its own."""
    different = [str(one) for one in messages.unique()]
    totals = [int(found[1].replace(",", "")) for one in different if (found := _REST.match(one))]
    said = dict.fromkeys(_what_is_wrong(one) for one in different)
    rule, severity, source, dataset, variable = key
    explanation = explanation_of(explanations, rule, dataset, variable)
    number = max([len(messages) - len(totals), *totals])
    return Issue(rule, severity, source, dataset, variable, number, tuple(said), explanation)


def _what_is_wrong(message: str) -> str:
    said = _WAIVED.sub("", _REST.sub("", message)).strip()
    first = _FIRST_SENTENCE.match(said)
    return first[0] if first else said


def explanation_of(explanations: Sequence[FindingExplanation], rule: str, dataset: str, variable: str) -> str | None:
    """Return what the narrowest explanation of a finding says, or None."""
    fitting = [one for one in explanations if _fits(one, rule, dataset, variable)]
    narrow = max(fitting, key=lambda one: (one.variable is not None, one.dataset is not None), default=None)
    return narrow.explanation if narrow else None


def _fits(one: FindingExplanation, rule: str, dataset: str, variable: str) -> bool:
    """Return whether an explanation is of a finding; a finding may name several variables."""
    variables = (None, *re.split(r",\s*", variable))
    return one.rule == rule and one.dataset in (None, dataset) and one.variable in variables


def _severity(found: str) -> Severity:
    return next(one for one in SEVERITIES if one == found)


def _waivers(study: Study) -> tuple[FindingExplanation, ...]:
    """Return the errors that the study accepts, whose reasons explain them."""
    return tuple(
        FindingExplanation(
            rule=one["rule"], explanation=one["reason"], dataset=one.get("dataset"), variable=one.get("variable")
        )
        for one in study.design.settings.get("waivers") or ()
    )


def report_unexplained(study: Study, findings: pd.DataFrame) -> pd.DataFrame:
    """Return a note for each rule whose findings lack an explanation, and for each explanation that fits no finding.

    An explanation of a rule of CDISC CORE is judged only where the findings are those of a check by the engine.
    """
    notes = []
    missing: dict[str, list[Issue]] = {}
    for issue in issues_of(study, findings):
        if issue.to_explain and issue.rule not in OF_THE_CHECK:
            missing.setdefault(issue.rule, []).append(issue)
    for rule, issues in missing.items():
        places = series(sorted({issue.dataset for issue in issues if issue.dataset}))
        where = f" in {places}" if places != "none" else ""
        number = sum(issue.number for issue in issues)
        message = (
            f"{count(number, 'finding')} of {rule}{where} {agree(number, 'have')} no explanation for the reviewer. "
            "Add one to explanations.yaml."
        )
        notes.append(report(NOT_EXPLAINED, "note", message, source="rule").assign(key=rule))
    checked_by_core = findings["source"].eq("core").any()
    present = findings[findings["status"].ne("gone")]
    found = present[["rule", "dataset", "variable"]].drop_duplicates().to_numpy().tolist()
    for one in study.explanations.findings:
        of_core = one.rule.startswith("CORE")
        if (of_core and not checked_by_core) or any(_fits(one, *place) for place in found):
            continue
        where = ".".join(part for part in (one.dataset, one.variable) if part)
        message = f"The explanation of {one.rule}{f' in {where}' if where else ''} fits no finding of this run."
        notes.append(report(UNUSED, "note", f"{message} Keep it only if it will.", source="rule").assign(key=one.rule))
    return combine(notes)
