"""What an agency rejects on sight, before anybody has read a record: the checks of a package."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from clinical.errors import UsageError, printable
from clinical.findings import Severity, combine, report
from specs.model.study import Study
from specs.model.submission import AgencyName
from submission import rejected_data as data
from submission import rejected_documents as documents
from submission import rejected_names as names
from submission.package_folder import STANDARDS, Fault, PackageFolder
from submission.rejection_profiles import PROFILES

_EXPECTED = {"sdtm": "ts.xpt, dm.xpt and define.xml", "adam": "adsl.xpt and define.xml"}
Check = Callable[[PackageFolder], Iterable[Fault]]


@dataclass(frozen=True)
class Rule:
    """A rule: its id, what finds its faults, and how grave they are where an agency rejects for them."""

    id: str
    check: Check
    severity: Severity = "error"


def not_checked(package: PackageFolder) -> Iterable[Fault]:
    """Return a warning for each part of a package that is not there, and for which rules so had nothing to look at."""
    for standard in STANDARDS:
        if not package.has(standard):
            what = f"has no files, so {_EXPECTED[standard]} were not looked for. The FDA expects ts.xpt of every study."
            yield Fault(package.folder(standard), what)
    for one in package.transport:
        if one.problem is not None:
            yield Fault(one.name, "cannot be read, so what it holds was not checked.", one.dataset)
    for name, tree in package.defines.items():
        if tree is None:
            yield Fault(name, "cannot be read, so its links and its stylesheet were not checked.")


RULES: tuple[Rule, ...] = (
    Rule("PACKAGE.NAME", names.bad_names),
    Rule("PACKAGE.NAME_LENGTH", names.long_names),
    Rule("PACKAGE.PATH_LENGTH", names.long_paths),
    Rule("PACKAGE.DATASET_NAME", names.bad_dataset_names),
    Rule("PACKAGE.STUDY_FOLDER", names.study_folder),
    Rule("PACKAGE.PLACE", names.bad_places),
    Rule("PACKAGE.FILE_TYPE", names.bad_types),
    Rule("PACKAGE.EMPTY", names.empty_files),
    Rule("PACKAGE.SIZE", names.large_files),
    Rule("PACKAGE.TRANSPORT", data.unreadable),
    Rule("PACKAGE.MEMBER", data.wrong_members),
    Rule("PACKAGE.VARIABLE_NAME", data.bad_variable_names),
    Rule("PACKAGE.LABEL", data.no_labels, "warning"),
    Rule("PACKAGE.LENGTH", data.long_text),
    Rule("PACKAGE.ENCODING", data.bad_characters),
    Rule("PACKAGE.STUDYID", data.other_study),
    Rule("PACKAGE.TS", data.no_trial_summary),
    Rule("PACKAGE.START_DATE", data.no_start_date),
    Rule("PACKAGE.DM", data.no_demographics),
    Rule("PACKAGE.ADSL", data.no_subject_level),
    Rule("PACKAGE.DEFINE", documents.no_define),
    Rule("PACKAGE.DEFINE_READ", documents.unreadable_define),
    Rule("PACKAGE.DEFINE_LINK", documents.dangling_links),
    Rule("PACKAGE.NOT_IN_DEFINE", documents.undescribed),
    Rule("PACKAGE.STYLESHEET", documents.no_stylesheet),
    Rule("PACKAGE.PDF", documents.bad_pdf),
    Rule("PACKAGE.PDF_ENCRYPTED", documents.encrypted_pdf),
    Rule("PACKAGE.PDF_FONT", documents.fonts_outside, "warning"),
    Rule("PACKAGE.NOT_CHECKED", not_checked, "warning"),
)


#: Rules on names and documents. They look at no record, so they can be run again when a document was added.
_OF_FILES = tuple(rule for rule in RULES if rule.check.__module__ in (names.__name__, documents.__name__))
#: The datasets that a rule demands.
_DEMANDED = {"PACKAGE.TS": "TS", "PACKAGE.DM": "DM", "PACKAGE.ADSL": "ADSL"}


def check_package(
    m5: Path,
    study: Study,
    agency: AgencyName | None = None,
    *,
    in_the_making: bool = False,
    awaited: Iterable[Path] = (),
) -> pd.DataFrame:
    """Return what an agency would reject of a package: a finding for each fault.

    An error is what the agency rejects for; what others reject for, and what only looks wrong, is a warning.

    Args:
        agency: the study's own (`submission:` of study.yaml) where it is None. Text must be in the study's encoding if
            it is the study's agency, else in one that the agency takes.
        in_the_making: whether a dataset that the study does not describe yet is only a warning: a run publishes what
            there is, and what is sent has to be whole.
        awaited: files below `m5` that are still to be written; what names them is not wrong. `check_added` comes after
            them.

    Raises:
        UsageError: there is no such folder.
        OutsideError: a file cannot be read.
    """
    return _check(RULES, m5, study, agency, in_the_making, awaited)


def check_added(m5: Path, study: Study, known: pd.DataFrame) -> pd.DataFrame:
    """Return what an agency would reject of documents that were added to a package; not what is known of it already.

    Args:
        known: what `check_package` found before.
    """
    found = _check(_OF_FILES, m5, study, None, True, ())
    told = set(zip(known["rule"], known["message"]))
    return found[[one not in told for one in zip(found["rule"], found["message"])]].reset_index(drop=True)


def _check(
    rules: Sequence[Rule], m5: Path, study: Study, agency: AgencyName | None, in_the_making: bool,
    awaited: Iterable[Path],
) -> pd.DataFrame:  # fmt: skip
    if not m5.is_dir():
        raise UsageError(f"{m5}: no such folder. Name the m5 folder of a run, or a run folder.")
    asked = study.design.submission
    profile = PROFILES[agency or asked.agency]
    own = profile.agency.name == asked.agency
    encodings = (asked.text_encoding,) if own else profile.agency.encodings
    expected = frozenset(f"m5/{path.relative_to(m5).as_posix()}" for path in awaited)
    package = PackageFolder(m5, study.id, profile, encodings, expected)
    waited = [rule for rule, name in _DEMANDED.items() if in_the_making and name not in {*study.sdtm, *study.adam}]
    tables = []
    for rule in rules:
        severity: Severity = "warning" if rule.id in (*profile.warned, *waited) else rule.severity
        for fault in rule.check(package):
            tables.append(_finding(rule, fault, fault.severity or severity))
    return combine(tables)


def _finding(rule: Rule, fault: Fault, severity: Severity) -> pd.DataFrame:
    return report(
        rule.id,
        severity,
        f"{printable(fault.where)}: {printable(fault.what)}",
        source="rule",
        dataset=printable(fault.dataset),
        variable=fault.variable,
    )
