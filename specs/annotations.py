"""Which SDTM variables the items of the forms become: the content of an annotated CRF, from the maps alone.

An item is annotated with the variables that take its value, under the test code for which they do, and with the
constants that an answer gives (`AEENRTPT = ONGOING when "Yes"`). A form as a whole is annotated with its datasets and
the constants that all its records have (`EXCAT = CAR-T INFUSION`). Variables that are derived are named only beside
items that have no other; an item that nothing reads is not submitted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from clinical import provenance
from specs.annotation_words import listed_values
from specs.annotator import DatasetAnnotator
from specs.model.annotations import Annotation, FormAnnotations, FormDataset
from specs.model.study import Study
from specs.record_rows import Item


def annotate(study: Study) -> dict[str, FormAnnotations]:
    """Return the annotations of every form of `raw.yaml`, by the form's name."""
    found: dict[Item, list[Annotation]] = defaultdict(list)
    annotators = {name: DatasetAnnotator(study, spec) for name, spec in study.sdtm.items()}
    for annotator in annotators.values():
        for one in annotator.annotations():
            if one not in found[one.item]:
                found[one.item].append(one)
    return {form: _form(study, form, found, annotators) for form in study.raw.forms}


def _form(
    study: Study, form: str, found: Mapping[Item, list[Annotation]], annotators: Mapping[str, DatasetAnnotator]
) -> FormAnnotations:
    whole = tuple(found.get(Item(form, ""), ()))
    items = {item.name: _settled(group) for item, group in found.items() if item.form == form and item.name}
    order = [name for name in study.raw.forms[form].columns if name in items]
    items = {name: items[name] for name in (*(n for n in items if n.startswith("_")), *order) if items[name]}
    named = [one for one in (*whole, *(one for group in items.values() for one in group)) if one.kind != "relationship"]
    strong = dict.fromkeys(one.dataset for one in named if one.kind != "source")
    first = [name for name, spec in study.sdtm.items() if any(record.form == form for record in spec.records)]
    datasets = [name for name in dict.fromkeys((*first, *strong)) if name in strong]
    described = (
        FormDataset(name, study.sdtm[name].label, _events(study, form, name), annotators[name].tests_of(form))
        for name in datasets
    )
    return FormAnnotations(form, tuple(described), whole, items)


def _settled(group: list[Annotation]) -> tuple[Annotation, ...]:
    """Return an item's annotations; what it only decides on is said where nothing else is."""
    strong = sorted((one for one in group if one.kind != "source"), key=lambda one: one.kind != "value")
    return tuple(strong or group)


def _events(study: Study, form: str, dataset: str) -> str:
    """Return at which visits a form gives records to a dataset, empty where at all of them."""
    events: list[str] = []
    for record in (one for one in study.sdtm[dataset].records if one.form == form):
        asked = [test.any_of for mapping in record.where for name, test in mapping.items() if name == provenance.EVENT]
        if not asked or None in asked:
            return ""
        events += [event for values in asked for event in values or ()]
    names = {event: visit.visit for visit in study.design.visits.planned for event in visit.events}
    return f"VISIT = {listed_values([names.get(event, event) for event in events])}" if events else ""
