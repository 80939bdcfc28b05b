"""The conformance summary of both guides: what was checked against what, what was found, and why it stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clinical.findings import SEVERITIES
from clinical.wording import count
from specs.model.study import Study
from submission.guides.content import Block, Bullets, Column, Section, Table, ToComplete, paragraph, table, text
from submission.guides.context import GuideContext
from submission.guides.explained import OF_THE_CHECK, Issue, issues_of
from submission.guides.introduction import written
from submission.guides.wording import closed, sentence, series
from submission.package import Standard

_MOST_MESSAGES = 2
#: In the name of a file of the package: it belongs to the analysis data.
_OF_ADAM = "/analysis/adam/"
_COLUMNS = (
    Column("Rule", 23, "code"),
    Column("Dataset", 13),
    Column("Count", 8, "number"),
    Column("What was found", 25),
    Column("Explanation", 31),
)


def conformance(context: GuideContext, standard: Standard) -> Section:
    """Return the conformance summary of a standard."""
    issues = [one for one in issues_of(context.study, context.findings) if standard in standards_of(one, context.study)]
    shown = [one for one in issues if one.rule not in OF_THE_CHECK]
    return Section(
        "Data conformance summary",
        "conformance",
        sections=(
            Section("Conformance inputs", "conformance-inputs", tuple(_inputs(context, standard, issues))),
            Section("Issues summary", "issues", tuple(_issues(shown, standard))),
            Section("Additional conformance details", "known-issues", tuple(_known(context.study, shown))),
        ),
    )


def standards_of(issue: Issue, study: Study) -> tuple[Standard, ...]:
    """Return the standards whose guides tell of an issue.

    Rule: that of its dataset; without a dataset those of the files of the package that it names, else that of its rule.
    """
    if not study.sdtm:
        return ("adam",)
    if issue.dataset:
        return ("adam",) if issue.dataset in study.adam else ("sdtm",)
    if issue.rule == "PACKAGE.NOT_CHECKED":  # of a part that is not there, and so has no guide
        return ("sdtm", "adam")
    of_adam = sum(_OF_ADAM in message for message in issue.messages)
    if of_adam:
        return ("adam",) if of_adam == len(issue.messages) else ("sdtm", "adam")
    return ("adam",) if issue.rule.startswith("ADAM.") else ("sdtm",)


def _inputs(context: GuideContext, standard: Standard, issues: Sequence[Issue]) -> list[Block]:
    versions = context.study.design.standards
    guide = f"SDTMIG {versions.sdtmig}" if standard == "sdtm" else f"ADaMIG {versions.adamig}"
    terms = versions.sdtm_terminology if standard == "sdtm" else versions.adam_terminology
    waived = context.study.design.settings.get("waivers")
    accepted = ", unless the study accepts it and says why" if waived else ""
    blocks: list[Block] = [
        paragraph(
            f"Every dataset was checked against its specification, {guide} and the controlled terminology of "
            f"{written(terms)} by the rules of cdiscflow {context.software.cdiscflow}: structure, types and lengths, "
            "terms, dates, keys, and the agreement of records within and between datasets. What is an error stops the "
            f"making of a package{accepted}."
        )
    ]
    by_core = [one for one in issues if one.rule == "CORE.CHECKED"]
    if by_core:
        blocks.append(
            paragraph("In addition, the datasets were checked by an engine from outside. ", *by_core[0].messages)
        )
    elif standard == "adam":
        blocks.append(
            paragraph("CDISC CORE, as it is published, has no rules for ADaM, and was not used for these datasets.")
        )
    else:
        blocks.append(
            paragraph(
                "The findings of the CDISC CORE engine, which checks the datasets from outside, are not among those "
                "summarised here."
            )
        )
    notes = [one for one in issues if one.rule in ("RULE.NOT_RUN", "CORE.NOTHING_CHECKED", "PACKAGE.NOT_CHECKED")]
    if notes:
        said = " ".join(message for one in notes for message in one.messages)
        blocks.append(paragraph(f"Not everything could be checked. {said}"))
    blocks.append(
        paragraph(
            "Values of subjects are not repeated here. The list of findings, record by record, is kept with the data."
        )
    )
    return blocks


def _issues(issues: Sequence[Issue], standard: Standard) -> list[Block]:
    """Return the counts by severity, then a table of what has to be explained and one of what is only noted."""
    if not issues:
        return [paragraph("None of the rules found anything to report in these datasets.")]
    totals = {name: sum(one.number for one in issues if one.severity == name) for name in SEVERITIES}
    said = series([count(number, name) for name, number in totals.items() if number])
    blocks: list[Block] = [
        paragraph(
            f"The rules report {said}. An error would have to be mended, a warning has to be looked at and explained, "
            "and a note is for information."
        )
    ]
    for severity, title in (("error", "Errors"), ("warning", "Warnings"), ("note", "Notes")):
        chosen = [one for one in issues if one.severity == severity]
        if chosen:
            blocks.append(_table(f"{title} in the {'SDTM' if standard == 'sdtm' else 'ADaM'} datasets", chosen))
    open_rules = sorted({one.rule for one in issues if one.to_explain})
    if open_rules:
        number = len(open_rules)
        what = f"the findings of {count(number, 'rule')} ({series(open_rules, 12)})"
        blocks.append(ToComplete(f"Explain {what}, or correct the data: nobody has said yet why they stay."))
    return blocks


def _table(caption: str, issues: Sequence[Issue]) -> Table:
    """Return a table with one row for each rule, dataset and explanation; notes without any have no such column."""
    groups: dict[tuple[str, str, str | None], list[Issue]] = {}
    for one in issues:
        groups.setdefault((one.rule, one.dataset, one.explanation), []).append(one)
    told = any(one.explanation or one.to_explain for one in issues)
    rows = [_row(rule, dataset, group, told) for (rule, dataset, _), group in groups.items()]
    return table(caption, _COLUMNS if told else (*_COLUMNS[:3], replace(_COLUMNS[3], width=56)), rows)


def _row(rule: str, dataset: str, issues: Sequence[Issue], told: bool) -> tuple[str, ...]:
    variables = list(dict.fromkeys(name for one in issues for name in one.variable.split(", ") if name))
    place = dataset + (f"\n{', '.join(variables)}" if variables else "")
    messages = list(dict.fromkeys(message for one in issues for message in one.messages))
    shown = messages[:_MOST_MESSAGES]
    if len(messages) > _MOST_MESSAGES:
        shown.append(f"And {count(len(messages) - _MOST_MESSAGES, 'finding')} of the same kind.")
    number = f"{sum(one.number for one in issues):,}"
    row = (rule, place or ("Export" if issues[0].source == "raw" else "All"), number, "\n".join(shown))
    return (*row, _explanation(issues[0])) if told else row


def _explanation(issue: Issue) -> str:
    if issue.explanation is not None:
        return closed(sentence(issue.explanation))
    return "To be explained." if issue.to_explain else "For information."


def _known(study: Study, issues: Sequence[Issue]) -> list[Block]:
    known = study.explanations.known_issues
    if not known:
        return [
            paragraph(
                "Beyond the issues above, none are known."
                if issues
                else "No issues with the conformance of these data are known."
            )
        ]
    return [
        paragraph("Beyond the findings of the rules, the following is known of the data:"),
        Bullets(tuple(text(one) for one in known)),
    ]
