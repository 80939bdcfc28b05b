"""From a record of SDTM, or one variable of it, back to the raw rows and cells that it was mapped from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from clinical import provenance
from reports.trace_data import Record, RunData, is_date, same_day
from reports.trace_nodes import Node, Said
from reports.trace_places import number_of
from specs.model.dataset import DatasetSpec
from specs.model.maps import Map, Source, own_variables_of, references_of, sources_of
from specs.model.study import Study
from specs.phases import maps_of
from specs.references import Reference, parse_reference
from specs.supplemental import supplemental_name

#: Variables of a collected record that say nothing beyond what names it.
_SILENT = frozenset(("STUDYID", "DOMAIN", "USUBJID", "EPOCH", "VISITNUM", "VISITDY", "TAETORD"))
#: Where a raw row stands, and what that is called.
_PLACE = (
    ("file", provenance.FILE),
    ("row", provenance.ROW),
    ("CRF page", provenance.PAGE),
    ("event", provenance.EVENT),
    ("repeat", provenance.EVENT_REPEAT),
)


class Collected:
    """The SDTM side of a run; a node that was made once is used again."""

    def __init__(self, study: Study, data: RunData) -> None:
        self._study = study
        self._data = data
        self._made: dict[tuple[object, ...], Node] = {}
        self._qualifiers: dict[str, dict[tuple[str, str, str], list[Said]]] = {}

    def record(self, record: Record) -> Node:
        """Return a record with its qualifiers and the raw row that it came from."""
        key = (record.dataset, record.at)
        if key not in self._made:
            spec = self._study.sdtm.get(record.dataset)
            names = [one.name for one in spec.variables] if spec else list(record.table.names)
            kept = (name for name in names if name not in _SILENT and not provenance.is_provenance(name))
            says = (*said(record, kept, spec), *self.qualifiers(record))
            title = spec.label if spec else ""
            raw = tuple(self._raw(spec, record))
            self._made[key] = Node(record_name(record), says, sources=raw, kind="collected", title=title)
        return self._made[key]

    def value(self, record: Record, variable: str) -> Node:
        """Return one variable or qualifier of a record with the cells and records that its map reads."""
        key = (record.dataset, record.at, variable)
        if key not in self._made:
            self._made[key] = self._value(record, variable)
        return self._made[key]

    def of_source(self, source: Source, subject: str, day: str = "") -> list[Node]:
        """Return the subject's records of a source; of a date only those of its day."""
        found = (one for one in self._data.of("sdtm", source.dataset, subject) if one[source.variable])
        held = (one for one in found if one.holds(source.where))
        return [
            self.value(one, source.variable) for one in held if not day or same_day(day, one[source.variable])
        ]  # fmt: skip

    def find(self, dataset: str, subject: str, sequence: str) -> list[Record]:
        """Return the record with a sequence number."""
        return self._data.find("sdtm", dataset, USUBJID=subject, **{sequence_of(dataset): sequence})

    def read(self, record: Record, variable: str) -> str:
        """Return the value of a variable or of a qualifier of a record."""
        if record.has(variable):
            return record[variable]
        return next((one.value for one in self.qualifiers(record) if one.name == variable), "")

    def qualifiers(self, record: Record) -> list[Said]:
        """Return the supplemental qualifiers of a record, in the order of SUPP--."""
        index = self._qualifiers_of(record.dataset)
        keys = dict.fromkeys(variable for variable, _, _ in index)
        places = ((name, record.subject, record[name] if name else "") for name in keys)
        return [one for place in places for one in index.get(place, ())]

    def _qualifiers_of(self, dataset: str) -> dict[tuple[str, str, str], list[Said]]:
        """Return the qualifiers of a dataset by IDVAR, subject and the value of IDVAR."""
        if dataset not in self._qualifiers:
            index: dict[tuple[str, str, str], list[Said]] = defaultdict(list)
            table = self._data.table("sdtm", supplemental_name(dataset))
            if table is not None:
                columns = ("IDVAR", "USUBJID", "IDVARVAL", "QNAM", "QVAL", "QLABEL")
                for idvar, subject, value, name, text, label in zip(*map(table.texts, columns), strict=True):
                    index[idvar, subject, value.strip()].append(Said(name, text, label))
            self._qualifiers[dataset] = index
        return self._qualifiers[dataset]

    def _value(self, record: Record, variable: str) -> Node:
        name, value = f"{record_name(record)}.{variable}", self.read(record, variable)
        spec = self._study.sdtm.get(record.dataset)
        if spec is None or variable not in {one.name for one in (*spec.variables, *spec.supplemental)}:
            return Node(name, (Said(variable, value),), kind="value")
        described = spec.variable(variable)
        method = self._study.methods.get(described.method or "")
        return Node(
            name,
            (Said(described.label, value),),
            method.text if method else None,
            tuple(self._read_by(spec, maps_of(spec, described), record, value)),
            kind="value",
        )

    def _read_by(self, spec: DatasetSpec, maps: tuple[Map, ...], record: Record, value: str) -> Iterator[Node]:
        """Yield the raw cells that maps read, then other variables, then records of other datasets."""
        sources = [source for outer in maps for source in sources_of(outer)]
        references = [text for outer in maps for text in references_of(outer)]
        parsed = [parse_reference(text) for text in references]
        variables = list(self._variables(spec, maps, parsed, record))
        elsewhere = sorted({one.owner for one in parsed if one.kind == "form"})
        cells = set(_cells_of(spec, record[provenance.FORM], references))
        if cells or not (sources or elsewhere or variables):
            yield from self._raw(spec, record, references)
        for form in elsewhere:
            wanted = frozenset(one.name for one in parsed if one.owner == form)
            rows = self._data.of("raw", form, record[provenance.SUBJECT]) if record[provenance.SUBJECT] else []
            yield from (self._row(row, wanted) for row in rows)
        yield from variables
        for source in sources:
            yield from self.of_source(source, record.subject, value if is_date(value) else "")

    def _variables(
        self, spec: DatasetSpec, maps: tuple[Map, ...], references: Iterable[Reference], record: Record
    ) -> Iterator[Node]:
        """Yield the values of finished variables that maps name: of the same record, or of a dataset of subjects."""
        owned = [name for outer in maps for name in own_variables_of(outer)]
        owned += [one.name for one in references if one.kind == "variable" and one.owner == spec.name]
        for name in dict.fromkeys(owned):
            if record.has(name):
                yield self.value(record, name)
        for one in references:
            if one.kind == "variable" and one.owner != spec.name:
                yield from (self.value(row, one.name) for row in self._data.of("sdtm", one.owner, record.subject))

    def _raw(self, spec: DatasetSpec | None, record: Record, references: Iterable[str] | None = None) -> Iterator[Node]:
        """Yield the raw row of a record with its cells; with references, only the cells that these can read."""
        form = record[provenance.FORM]
        if not form or spec is None:
            return
        wanted = None if references is None else frozenset(_cells_of(spec, form, references))
        for row in self._data.find("raw", form, **{provenance.ROW: record[provenance.ROW]}):
            yield self._row(row, wanted)

    def _row(self, row: Record, wanted: frozenset[str] | None) -> Node:
        """Return a raw row with its place and its cells, or those of them that are wanted."""
        key = ("raw", row.dataset, row.at, wanted)
        if key not in self._made:
            form = self._study.raw.forms.get(row.dataset)
            labels = {name: column.label for name, column in form.columns.items()} if form else {}
            cells = [name for name in row.table.names if not provenance.is_provenance(name)]
            if wanted is not None:
                cells = [name for name in cells if name in wanted] or cells
            place = [Said(name, row[column]) for name, column in _PLACE if row[column]]
            says = (*place, *(Said(name, row[name], labels.get(name, "")) for name in cells if row[name]))
            name = f"form {row.dataset}, row {row[provenance.ROW]}"
            self._made[key] = Node(name, says, kind="raw", title=form.label if form else "")
        return self._made[key]


def record_name(record: Record) -> str:
    """Return a record's name: its dataset with its parameter or sequence number."""
    number = record["PARAMCD"] or (
        number_of(record) if record.table.stage == "adam" else record[sequence_of(record.dataset)]
    )
    return f"{record.dataset} {number}" if number else record.dataset


def sequence_of(dataset: str) -> str:
    """Return the name of a dataset's sequence number: AE -> AESEQ."""
    return f"{dataset[:2]}SEQ"


def said(record: Record, names: Iterable[str], spec: DatasetSpec | None) -> list[Said]:
    """Return what a record says by these variables, missing ones left out."""
    labels = {one.name: one.label for one in spec.variables} if spec else {}
    return [Said(name, record[name], labels.get(name, "")) for name in names if record[name]]


def _cells_of(spec: DatasetSpec, form: str, references: Iterable[str]) -> Iterator[str]:
    """Yield the columns of a form that references can mean, those that `stack` renames included."""
    stacked: dict[str, list[str]] = {}
    for record in spec.records:
        if record.form == form and record.stack is not None:
            for part in record.stack.rows:
                for name, column in part.columns.items():
                    stacked.setdefault(name, []).append(column)
    for reference in map(parse_reference, references):
        if reference.kind == "own":
            yield from stacked.get(reference.name, [reference.name])
        elif reference.kind == "form" and reference.owner == form:
            yield reference.name
