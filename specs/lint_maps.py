"""What a map may get wrong: references, variables it names, sources, and what each verb asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError

from clinical.conditions import Condition, columns_of
from clinical.date_formats import compile_format
from clinical.errors import Problem, did_you_mean
from clinical.wording import count
from specs.model.dataset import DatasetSpec, RecordSource, VariableSpec
from specs.model.maps import (
    Convert,
    Decode,
    Epoch,
    Hardcode,
    Iso8601,
    Map,
    Recode,
    Source,
    Visit,
    own_variables_of,
    references_of,
    sources_of,
    walk,
)
from specs.model.study import Study
from specs.phases import split_phases
from specs.references import parse_reference
from specs.yaml_text import YamlText

#: Columns that every record has, whatever its form.
RECORD_COLUMNS = ("_SUBJECT", "_SITE", "_EVENT", "_EVENT_REPEAT", "_FORM_REPEAT", "_GROUP_REPEAT", "_FORM", "_ROW")
#: Files that others refer to; what is said of one that cannot be used (`Study.unread`) is not judged.
RAW_FILE, CODELISTS_FILE, METHODS_FILE, UNITS_FILE = "raw.yaml", "codelists.yaml", "methods.yaml", "units.yaml"


@dataclass(frozen=True)
class LintedDataset:
    """A dataset with what is needed to name a place in its file."""

    study: Study
    spec: DatasetSpec
    place: YamlText

    def at(self, *path: str | int) -> str:
        """Return the place of a path in the dataset's file, as messages name it."""
        return self.place.place(path)


def lint_map(
    dataset: LintedDataset, variable: VariableSpec, outer: Map, where: str, records: Iterable[RecordSource]
) -> Iterator[Problem]:
    """Yield what is wrong with a variable's map; `records` are the sources whose records it is for."""
    for text in references_of(outer):
        yield from lint_reference(dataset, text, where, records)
    names = {*dataset.spec.names, *(one.name for one in dataset.spec.supplemental)}
    for name in own_variables_of(outer):
        if name not in names:
            yield Problem(where, f"variable '{name}' is not in {dataset.spec.name}.{did_you_mean(name, names)}")
    for source in sources_of(outer):
        yield from lint_collected_source(dataset.study, source, where)
    for one in walk(outer):
        yield from _lint_verb(dataset, variable, one, where)


def lint_reference(dataset: LintedDataset, text: str, where: str, records: Iterable[RecordSource]) -> Iterator[Problem]:
    """Yield what is wrong with a reference to a column or variable."""
    reference = parse_reference(text)
    if reference.kind == "own":
        for record in records:
            known = columns_of_record(dataset.study, record)
            if known is not None and reference.name not in known:
                yield Problem(
                    where, f"form '{record.form}' has no column '{text}'.{did_you_mean(reference.name, known)}"
                )
    elif reference.kind == "form":
        yield from lint_form_column(dataset.study, text, where)
    else:
        yield from _lint_variable_reference(dataset, text, where)


def lint_form_column(study: Study, text: str, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a reference such as `ic.ICDAT`."""
    reference = parse_reference(text)
    form = study.raw.forms.get(reference.owner)
    if RAW_FILE in study.unread:
        return
    if form is None:
        suggestion = did_you_mean(reference.owner, study.raw.forms)
        yield Problem(where, f"'{text}': there is no form '{reference.owner}'.{suggestion}")
    elif reference.name not in form.columns and reference.name not in RECORD_COLUMNS:
        suggestion = did_you_mean(reference.name, form.columns)
        yield Problem(where, f"form '{reference.owner}' has no column '{reference.name}'.{suggestion}")


def _lint_variable_reference(dataset: LintedDataset, text: str, where: str) -> Iterator[Problem]:
    reference = parse_reference(text)
    study = dataset.study
    spec = study.sdtm.get(reference.owner)
    if reference.owner in study.unread:
        return
    if spec is None:
        suggestion = did_you_mean(reference.owner, study.sdtm)
        yield Problem(where, f"'{text}': there is no dataset '{reference.owner}'.{suggestion}")
        return
    known = {*spec.names, *(one.name for one in spec.supplemental)}
    if reference.name not in known:
        yield Problem(where, f"'{text}': no such variable.{did_you_mean(reference.name, known)}")
    elif reference.owner != dataset.spec.name and reference.owner != "DM":
        yield Problem(
            where,
            f"'{text}': only DM has one row a subject to take a value from. Use 'earliest' or 'latest' for dates of "
            "other datasets, 'exists' for their records.",
        )


def columns_of_record(study: Study, record: RecordSource) -> set[str] | None:
    """Return the columns that a record's rows have, or None for an unknown form (reported elsewhere)."""
    form = study.raw.forms.get(record.form)
    if form is None:
        return None
    stacked = [name for row in (record.stack.rows if record.stack else ()) for name in (*row.constants, *row.columns)]
    return {*form.columns, *RECORD_COLUMNS, *stacked}


def lint_source(study: Study, name: str, variable: str, condition: Condition, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a reference to rows of a finished dataset."""
    spec = study.sdtm.get(name)
    if name in study.unread:
        return
    if spec is None:
        yield Problem(where, f"there is no dataset '{name}'.{did_you_mean(name, study.sdtm)}")
        return
    for column in (variable, *columns_of(condition)):
        if column not in spec.names:
            yield Problem(where, f"{name} has no variable '{column}'.{did_you_mean(column, spec.names)}")


def lint_collected_source(study: Study, source: Source, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a reference to rows of a dataset as collected, before study days and the like."""
    problems = list(lint_source(study, source.dataset, source.variable, source.where, where))
    yield from problems
    if problems or source.dataset in study.unread:
        return
    try:
        derived = {variable.name for variable in split_phases(study.sdtm[source.dataset]).derived}
    except CycleError:
        return
    for column in (source.variable, *columns_of(source.where)):
        if column in derived:
            yield Problem(
                where,
                f"{source.dataset}.{column} is derived from other datasets and is not there yet when its records are "
                "searched. Use a variable that its own forms decide.",
            )


def _lint_verb(dataset: LintedDataset, variable: VariableSpec, one: Map, where: str) -> Iterator[Problem]:
    if isinstance(one, Recode):
        yield from _lint_recode(dataset.study, variable, one, where)
    elif isinstance(one, Hardcode):
        yield from _lint_constant(dataset.study, variable, one, where)
    elif isinstance(one, Decode):
        known = CODELISTS_FILE not in dataset.study.unread
        if known and not dataset.study.decodes.get(f"{dataset.spec.name}.{variable.name}"):
            yield Problem(where, f"the codelists of {one.variable} and {variable.name} have no C-codes in common.")
    elif isinstance(one, Iso8601):
        yield from lint_formats(one, where)
    elif isinstance(one, Visit) and not dataset.study.design.visits.planned:
        yield Problem(where, "the study has no visits. Describe them in study.yaml.")
    elif isinstance(one, Convert) and not dataset.study.units and UNITS_FILE not in dataset.study.unread:
        yield Problem(where, "the study has no units.yaml, which says how units are converted.")
    elif isinstance(one, Epoch) and "SE" not in dataset.study.sdtm:
        yield Problem(where, "epochs come from SE, which the study does not have. Add sdtm/se.yaml.")


def _lint_recode(study: Study, variable: VariableSpec, verb: Recode, where: str) -> Iterator[Problem]:
    name = verb.codelist or variable.codelist
    if name is None:
        yield Problem(where, "recode needs a codelist; the variable has none. Add 'codelist'.")
    elif name not in study.codelists and name != variable.codelist and CODELISTS_FILE not in study.unread:
        yield Problem(where, f"codelist '{name}' is not defined.{did_you_mean(name, study.codelists)}")


def _lint_constant(study: Study, variable: VariableSpec, verb: Hardcode, where: str) -> Iterator[Problem]:
    codelist = study.codelists.get(variable.codelist or "")
    if codelist is not None and verb.value not in codelist.terms:
        suggestion = did_you_mean(verb.value, codelist.terms)
        yield Problem(where, f"'{verb.value}' is no term of codelist {variable.codelist}.{suggestion}")


def lint_formats(verb: Iso8601, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the formats of a date."""
    if len(verb.formats) != len(verb.columns):
        yield Problem(
            where, f"{count(len(verb.columns), 'column')}, but {count(len(verb.formats), 'format')}. Give one for each."
        )
    for layout in (layout for layouts in verb.formats for layout in layouts):
        try:
            compile_format(layout)
        except ValueError as error:
            yield Problem(where, f"{error}.")


def lint_condition(study: Study, record: RecordSource, condition: Condition, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a condition on the rows of a form: it may name columns of this form and of others."""
    known = columns_of_record(study, RecordSource(form=record.form)) or set[str]()
    for text in columns_of(condition):
        yield from lint_raw_column(study, record.form, text, known, where)


def lint_raw_column(study: Study, form: str, text: str, known: Iterable[str], where: str) -> Iterator[Problem]:
    """Yield what is wrong with a column that must come from the raw forms, as in `records:` and visit dates."""
    reference = parse_reference(text)
    if reference.kind == "own":
        if text not in known and RAW_FILE not in study.unread:
            yield Problem(where, f"form '{form}' has no column '{text}'.{did_you_mean(text, known)}")
    elif reference.kind == "form":
        yield from lint_form_column(study, text, where)
    else:
        yield Problem(where, f"'{text}' is a variable, and records are chosen by columns of the export. Name a column.")
