"""The engine's results as findings: issues by dataset and variable, rules that did not run, and what was checked.

The engine knows no severity. An issue is a warning: it goes into the reviewer's guide, explained or corrected, but
only our own rules stop a release, since some of the engine's contradict each other and some over-report. A rule whose
verdict is unknown is an error, or a warning where it merely lacks the Define-XML file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from checks.capping import report_rows
from checks.core.engine import Answer, DatasetOutcome, Issue, RuleOutcome
from clinical.findings import Severity, combine, report

NOT_RUN = "CORE.NOT_RUN"
SKIPPED = "CORE.SKIPPED"
NOTHING_CHECKED = "CORE.NOTHING_CHECKED"
CHECKED = "CORE.CHECKED"

#: What the engine writes in place of the value of a variable that is not there.
_ABSENT = "Not in dataset"
#: What the engine calls the study as a whole; it says the same of it once for each dataset.
_STUDY = "STUDY"
#: What is listed of a list among a rule's values.
_SHOWN = 40
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]{0,7}")
#: Under these names rules on metadata give the variable that they are about; their row is its place, no record.
_ABOUT = ("variable_name", "define_variable_name")
#: Reasons why a rule passed over a dataset, in the engine's words and in ours.
_REASONS = {
    "Outside scope": "No dataset that the rule is about",
    "Column not found in data": "A variable that it reads is absent",
    "Domain not found": "A dataset that it reads is absent",
    "Empty dataset": "No record that it is about",
}


def findings_of(answer: Answer, standard: str) -> pd.DataFrame:
    """Return the findings that the engine's answer amounts to.

    Args:
        standard: the standard's name for messages, as `SDTMIG 3.4`.
    """
    if not answer.rules:
        message = (
            f"CDISC CORE checked nothing: the cache has no rule for {standard}. The absence of issues says nothing; "
            "see the findings of the other sources."
        )
        return report(NOTHING_CHECKED, "warning", message, source="core")
    issues = combine(_issues(rule, outcome) for rule in answer.results for outcome in rule.datasets)
    again = issues["dataset"].eq("") & issues.duplicated()
    return combine([issues[~again], *_not_run(answer), _skipped(answer), _checked(answer, standard)])


def _issues(rule: RuleOutcome, outcome: DatasetOutcome) -> pd.DataFrame:
    """Return a warning for each issue of a rule on a dataset, by the variable that it is about."""
    if outcome.status != "issue reported":
        return combine([])
    about = pd.Series([_variable(issue, outcome.variables) for issue in outcome.issues], dtype="str")
    names = list(about.unique())
    rows = _rows(outcome)
    return combine(
        report_rows(
            rule.id,
            "warning",
            _message(rule, outcome),
            source="core",
            dataset=_dataset(outcome),
            variable=name,
            rows=rows[about.eq(name)],
            keys=[str(column) for column in rows if column not in ("USUBJID", "VALUE")],
            value="VALUE",
            total=outcome.count if len(names) == 1 else None,
        )
        for name in names
    )


def _dataset(outcome: DatasetOutcome) -> str:
    """Return the dataset's name, none where the study as a whole is meant.

    The engine leaves the name out where its own join hides the origin.
    """
    name = outcome.dataset or outcome.domain or next((issue.dataset for issue in outcome.issues), "")
    return "" if name == _STUDY else name


def _message(rule: RuleOutcome, outcome: DatasetOutcome) -> str:
    said = (outcome.message or rule.message).strip().rstrip(".")
    published = f" ({', '.join(rule.published_as)})" if rule.published_as else ""
    doubt = " The rule is known to report too much." if "overreporting" in (rule.executability or "") else ""
    return f"{said}{published}.{doubt} Correct it, or explain it in the reviewer's guide."


def _rows(outcome: DatasetOutcome) -> pd.DataFrame:
    """Return a row for each issue: subject, value, and what tells the record apart: --SEQ, else its number."""
    issues = outcome.issues
    columns: dict[str, Any] = {"VALUE": [_value(issue) for issue in issues]}
    if any(issue.subject for issue in issues):
        columns["USUBJID"] = [issue.subject for issue in issues]
    records = [None if _about(issue) else issue.row for issue in issues]
    if any(issue.sequence is not None for issue in issues):
        columns[f"{outcome.domain}SEQ"] = pd.array([issue.sequence for issue in issues], dtype="Float64")
    alone = "USUBJID" in columns and (f"{outcome.domain}SEQ" in columns or outcome.domain == "DM")
    if not alone and any(record is not None for record in records):
        columns["RECORD"] = pd.array(records, dtype="Float64")
    return pd.DataFrame(columns)


def _about(issue: Issue) -> str:
    return next((str(issue.value[name]) for name in _ABOUT if issue.value.get(name)), "")


def _variable(issue: Issue, variables: Sequence[str]) -> str:
    """Return the dataset's own variables that an issue is about; names of other datasets' have a dot."""
    if name := _about(issue):
        return name
    own = [name for name in variables if _VARIABLE.fullmatch(name)]
    return ", ".join([name for name in own if name != "USUBJID"] or own)


def _value(issue: Issue) -> str:
    """Return a single value as it is, several as `NAME=value; NAME=value`, without the variables that are absent."""
    given = {name: value for name, value in issue.value.items() if name not in ("USUBJID", *_ABOUT)}
    shown = {name: value for name, value in given.items() if value != _ABSENT} or given
    if len(shown) == 1:
        return _text(next(iter(shown.values())))
    return "; ".join(f"{name}={_text(shown[name])}" for name in sorted(shown, key=_rank))


def _rank(name: str) -> tuple[bool, str]:
    """Put the variables of the dataset before what the rule computed."""
    return _VARIABLE.fullmatch(name) is None, name


def _text(value: Any) -> str:
    if isinstance(value, list):
        shown = ", ".join(map(_text, value[:_SHOWN]))
        return f"{shown} and {len(value) - _SHOWN} more" if len(value) > _SHOWN else shown
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _not_run(answer: Answer) -> Iterator[pd.DataFrame]:
    """Yield a finding for each rule whose verdict is unknown on some dataset."""
    taken_up = {rule.id: rule for rule in answer.results}
    for name in answer.rules:
        rule = taken_up.get(name)
        if rule is None:
            yield _unknown(name, "error", "the cache lists it and does not hold it", "Bring a whole cache.")
        elif rule.status == "no define":
            yield _unknown(
                name, "warning", "it reads the Define-XML file, and none was given", "Name it with --define."
            )
        else:
            failed = [one for one in rule.datasets if one.status == "execution error" or _hidden(one)]
            if failed or rule.status == "execution error":
                reasons = sorted({reason for one in failed for reason in one.reasons}) or ["no reason given"]
                datasets = list(dict.fromkeys(one.dataset for one in failed if one.dataset))
                where = f" on {', '.join(datasets)}" if datasets else ""
                what = f"the engine failed{where} ({'; '.join(reasons)})"
                yield _unknown(name, "error", what, "Check by hand what the rule asks.")


def _hidden(outcome: DatasetOutcome) -> bool:
    """Return whether the engine calls an outcome a success and names an error all the same."""
    return outcome.status in ("success", "issue reported") and bool(outcome.reasons)


def _unknown(rule: str, severity: Severity, why: str, then: str) -> pd.DataFrame:
    message = f"Rule {rule} did not run: {why}. Its verdict is unknown. {then}"
    return report(NOT_RUN, severity, message, source="core").assign(key=rule)


def _skipped(answer: Answer) -> pd.DataFrame:
    """Return one note with the rules that passed over every dataset, by reason."""
    skipped = [rule for rule in answer.results if rule.status == "skipped"]
    if not skipped:
        return combine([])
    by_reason: dict[str, list[str]] = {}
    for rule in skipped:
        reasons = sorted({reason for one in rule.datasets for reason in one.reasons} - {"Outside scope"})
        reason = reasons[0] if reasons else "Outside scope"
        by_reason.setdefault(_REASONS.get(reason, reason), []).append(rule.id)
    parts = [f"{reason} ({len(ids)}): {', '.join(sorted(ids))}" for reason, ids in sorted(by_reason.items())]
    message = f"{len(skipped)} of {len(answer.rules)} rules had nothing to check. {'. '.join(parts)}."
    return report(SKIPPED, "note", message, source="core")


def _checked(answer: Answer, standard: str) -> pd.DataFrame:
    """Return a note of what was checked, in counts."""
    status = pd.Series([rule.status for rule in answer.results], dtype="str").value_counts()
    counts = {name: int(status.get(name, 0)) for name in ("success", "issue reported", "skipped")}
    rest = len(answer.rules) - sum(counts.values())
    message = (
        f"CDISC CORE {answer.engine} took up {len(answer.rules)} rules of {standard}: {counts['success']} passed, "
        f"{counts['issue reported']} found issues, {counts['skipped']} had nothing to check, {rest} did not run."
    )
    return report(CHECKED, "note", message, source="core")
