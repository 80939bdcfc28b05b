"""What the trial design of study.yaml may get wrong: arms, elements, visits, summary parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from clinical.errors import Problem, did_you_mean, listed
from specs.lint import lint_source
from specs.model.study import Study
from specs.standards import load_terminology
from specs.yaml_text import YamlText


def lint_design(study: Study, place: YamlText) -> list[Problem]:
    """Return everything wrong with a study's design."""
    return [
        *_lint_arms(study, place),
        *_lint_elements(study, place),
        *_lint_visits(study, place),
        *_lint_summary(study, place),
    ]


def _lint_arms(study: Study, place: YamlText) -> Iterator[Problem]:
    known = [element.etcd for element in study.design.elements]
    terminology = load_terminology("sdtm", study.design.standards.sdtm_terminology, study.folder / "terminology")
    epochs = terminology.codelists["EPOCH"].terms
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
        for source in element.start.of if element.start else ():
            yield from lint_source(study, source.dataset, source.variable, source.where, where)
    end = study.design.participation_end
    for source in end.of if end else ():
        yield from lint_source(study, source.dataset, source.variable, source.where, place.place(("participation_end",)))


def _lint_visits(study: Study, place: YamlText) -> Iterator[Problem]:
    visits = study.design.visits
    where = place.place(("visits",))
    for what, values in (
        ("VISITNUM", [visit.visitnum for visit in visits.planned if visit.planned]),
        ("VISIT", [visit.visit for visit in visits.planned if visit.planned]),
        ("event", [event for visit in visits.planned for event in visit.events]),
    ):
        twice = [str(value) for value, count in Counter(values).items() if count > 1]
        if twice:
            yield Problem(where, f"{what} given to several visits: {listed(twice)}.")
    unscheduled = visits.unscheduled
    if unscheduled and unscheduled.numbering == "from_name":
        try:
            groups = re.compile(unscheduled.pattern or "").groups
        except re.error:
            groups = 0
        if groups != 1:
            yield Problem(where, "unscheduled.pattern must be a regular expression with one group, the visit number.")
    if visits.dates and visits.dates.form not in study.raw.forms:
        yield Problem(where, f"there is no form '{visits.dates.form}'.{did_you_mean(visits.dates.form, study.raw.forms)}")


def _lint_summary(study: Study, place: YamlText) -> Iterator[Problem]:
    terminology = load_terminology("sdtm", study.design.standards.sdtm_terminology, study.folder / "terminology")
    known = terminology.codelists["TSPARMCD"].terms
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
