"""What the trial design of study.yaml may get wrong: arms, elements, visits, summary parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from clinical.conditions import columns_of
from clinical.errors import Problem, did_you_mean, listed
from specs.lint_maps import (
    RAW_FILE,
    columns_of_record,
    lint_collected_source,
    lint_formats,
    lint_raw_column,
    lint_source,
)
from specs.model.dataset import DatasetSpec, RecordSource
from specs.model.maps import Iso8601, references_of, walk
from specs.model.study import Study, VisitDates, Visits
from specs.standards import Term, load_terminology
from specs.yaml_text import YamlText

#: How a TrueType font, or a collection of them, begins.
_TRUETYPE = (b"\x00\x01\x00\x00", b"true", b"ttcf")


def lint_design(study: Study, place: YamlText) -> list[Problem]:
    """Return everything wrong with a study's design."""
    return [
        *_lint_arms(study, place),
        *_lint_elements(study, place),
        *_lint_visits(study, place),
        *_lint_summary(study, place),
        *_lint_subject_flow(study, place),
        *_lint_dictionaries(study, place),
        *_lint_font(study, place),
    ]


def _terms(study: Study, codelist: str) -> Mapping[str, Term] | None:
    """Return the terms of a codelist that the design rests on; None where the study's terminology lacks it."""
    terminology = load_terminology("sdtm", study.design.standards.sdtm_terminology, study.folder / "terminology")
    found = terminology.codelists.get(codelist)
    return found.terms if found else None


def _no_codelist(study: Study, codelist: str, place: YamlText) -> Problem:
    version = study.design.standards.sdtm_terminology
    return Problem(
        place.place(("standards",)), f"the SDTM terminology {version} has no codelist {codelist}. Import it whole."
    )


def _lint_font(study: Study, place: YamlText) -> Iterator[Problem]:
    font = study.design.submission.font
    if font is None:
        return
    where = place.place(("submission", "font"))
    path = (study.folder / font).resolve()
    if not path.is_relative_to(study.folder.resolve()) or not path.is_file():
        yield Problem(where, f"'{font}' is no file in the study's folder. Put the font there, and name it from there.")
        return
    with path.open("rb") as file:
        begins = file.read(4)
    if begins not in _TRUETYPE or path.suffix not in (".ttf", ".ttc"):
        what = f"'{font}' is no TrueType font (.ttf or .ttc with TrueType outlines), which PDF files embed. Name one."
        yield Problem(where, what)


def _lint_arms(study: Study, place: YamlText) -> Iterator[Problem]:
    known = [element.etcd for element in study.design.elements]
    epochs = _terms(study, "EPOCH")
    if epochs is None:
        yield _no_codelist(study, "EPOCH", place)
        return
    for index, arm in enumerate(study.design.arms):
        if len(arm.armcd) > 20:
            yield Problem(place.place(("arms", index, "armcd")), "has more than 20 characters. Shorten it.")
        for position, step in enumerate(arm.elements):
            where = place.place(("arms", index, "elements", position))
            if step.etcd not in known:
                yield Problem(where, f"element '{step.etcd}' is not described.{did_you_mean(step.etcd, known)}")
            if step.epoch not in epochs:
                yield Problem(where, f"'{step.epoch}' is no term of EPOCH.{did_you_mean(step.epoch, epochs)}")


def _lint_elements(study: Study, place: YamlText) -> Iterator[Problem]:
    for index, element in enumerate(study.design.elements):
        where = place.place(("elements", index))
        if len(element.etcd) > 8:
            yield Problem(where, f"ETCD '{element.etcd}' has more than 8 characters.")
        if len(element.element) > 40:
            yield Problem(where, f"ELEMENT has {len(element.element)} characters; at most 40.")
        for source in element.start.sources if element.start else ():
            yield from lint_collected_source(study, source, where)
    end = study.design.participation_end
    for source in end.of if end else ():
        yield from lint_collected_source(study, source, place.place(("participation_end",)))


def _lint_visits(study: Study, place: YamlText) -> Iterator[Problem]:
    visits = study.design.visits
    where = place.place(("visits",))
    listed_events = [event for visit in visits.planned for event in visit.events]
    listed_events += [*visits.others, *(visits.unscheduled.events if visits.unscheduled else ())]
    for what, values in (
        ("VISITNUM", [visit.visitnum for visit in visits.planned if visit.planned]),
        ("VISIT", [visit.visit for visit in visits.planned if visit.planned]),
        ("event", listed_events),
    ):
        twice = [str(value) for value, count in Counter(values).items() if count > 1]
        if twice:
            yield Problem(where, f"{what} given to several visits: {listed(twice)}. Keep each once.")
    yield from _lint_unscheduled(visits, place)
    if visits.dates:
        yield from _lint_visit_dates(study, visits.dates, place.place(("visits", "dates")))


def _lint_unscheduled(visits: Visits, place: YamlText) -> Iterator[Problem]:
    unscheduled = visits.unscheduled
    where = place.place(("visits", "unscheduled"))
    if unscheduled is None:
        return
    try:
        groups = re.compile(unscheduled.pattern or "").groups
    except re.error:
        groups = -1
    if groups < 0 or (unscheduled.numbering == "from_name" and groups != 1):
        yield Problem(where, "pattern must be a regular expression with one group, the visit number. Mend it.")
    if unscheduled.numbering == "after_last":
        between = [f"{visit.visitnum:g}" for visit in visits.planned if visit.planned and visit.visitnum % 1]
        if between:
            yield Problem(
                where,
                f"visits are numbered in tenths after the last planned one, but planned visits have such numbers too: "
                f"{listed(between)}. Give them whole numbers, or use 'from_name'.",
            )
        if not unscheduled.events and not unscheduled.pattern:
            yield Problem(where, "no event is unscheduled. Name 'events', or give a 'pattern' of their names.")


def _lint_visit_dates(study: Study, dates: VisitDates, where: str) -> Iterator[Problem]:
    if dates.form not in study.raw.forms and RAW_FILE not in study.unread:
        yield Problem(where, f"there is no form '{dates.form}'.{did_you_mean(dates.form, study.raw.forms)}")
        return
    known = columns_of_record(study, RecordSource(form=dates.form)) or set[str]()
    maps = [dates.start, *([dates.end] if dates.end else [])]
    asked = [text for outer in maps for text in references_of(outer)]
    reason = [dates.reason] if dates.reason else []
    for text in dict.fromkeys((*columns_of(dates.where), *asked, *reason)):
        yield from lint_raw_column(study, dates.form, text, known, where)
    for outer in maps:
        for one in walk(outer):
            if isinstance(one, Iso8601):
                yield from lint_formats(one, where)


def _lint_summary(study: Study, place: YamlText) -> Iterator[Problem]:
    terminology = load_terminology("sdtm", study.design.standards.sdtm_terminology, study.folder / "terminology")
    known = _terms(study, "TSPARMCD")
    if known is None:
        yield _no_codelist(study, "TSPARMCD", place)
        return
    for index, row in enumerate(study.design.trial_summary):
        where = place.place(("trial_summary", index))
        if row.parameter not in known:
            yield Problem(where, f"'{row.parameter}' is no term of TSPARMCD.{did_you_mean(row.parameter, known)}")
        if (row.value is None) == (row.null_flavor is None):
            yield Problem(where, f"{row.parameter} needs either a value or a null_flavor, and not both.")
        if row.codelist and row.codelist not in terminology.codelists:
            suggestion = did_you_mean(row.codelist, terminology.codelists)
            yield Problem(where, f"codelist '{row.codelist}' is in no terminology.{suggestion}")
        elif row.codelist and row.value not in terminology.codelists[row.codelist].terms:
            terms = terminology.codelists[row.codelist].terms
            yield Problem(where, f"'{row.value}' is no term of {row.codelist}.{did_you_mean(row.value or '', terms)}")


def _lint_subject_flow(study: Study, place: YamlText) -> Iterator[Problem]:
    for index, step in enumerate(study.design.subject_flow):
        yield from lint_source(study, step.dataset, "USUBJID", step.where, place.place(("subject_flow", index)))


def _lint_dictionaries(study: Study, place: YamlText) -> Iterator[Problem]:
    """A variable that is misspelt would be described without its dictionary."""
    known = {
        name for spec in _all_datasets(study) for name in (*spec.names, *(f"{spec.name}.{one}" for one in spec.names))
    }
    all_known = all(name.endswith(".yaml") for name in study.unread)  # no dataset is among them
    owners: dict[str, str] = {}
    for key, dictionary in study.design.dictionaries.items():
        where = place.place(("dictionaries", key, "variables"))
        for name in dictionary.variables:
            if name not in known and all_known:
                yield Problem(where, f"no dataset has a variable '{name}'.{did_you_mean(name, known)}")
            if owners.setdefault(name, key) != key:
                yield Problem(where, f"'{name}' is coded by {owners[name]} already. Name it once.")


def _all_datasets(study: Study) -> Iterator[DatasetSpec]:
    yield from (*study.sdtm.values(), *study.adam.values())
