"""Finds the annotations that the maps of one dataset give to the forms."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from clinical import provenance
from specs.annotation_words import asked_text, condition_text, listed_values
from specs.model.annotations import Annotation, Kind
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.maps import Decode, Map, Visit, references_of, walk
from specs.model.study import Study
from specs.record_rows import Item, Use, items_of, rows_of, uses_of
from specs.references import parse_reference

#: Results of findings: the test code is named beside them even where a form has one test only.
_RESULTS = ("ORRES", "ORRESU", "STRESC", "STRESN", "STAT", "REASND")


class DatasetAnnotator:
    """Finds the annotations that one dataset gives to the forms."""

    def __init__(self, study: Study, spec: DatasetSpec) -> None:
        self.study, self.spec = study, spec
        self.rows = rows_of(spec)
        administrative = {*study.design.common, "DOMAIN"}
        supplemental = {one.name for one in spec.supplemental}
        self.variables = [one for one in (*spec.variables, *spec.supplemental) if one.name not in administrative]
        self.supplemental = supplemental
        self.uses = {
            (index, one.name): uses_of(study, one, row) for index, row in enumerate(self.rows) for one in self.variables
        }
        self._follow_decodes()
        self.topics = [self._constant(index, f"{spec.name}TESTCD") for index in range(len(self.rows))]
        self.by_form: dict[str, list[int]] = defaultdict(list)
        for index, row in enumerate(self.rows):
            self.by_form[row.record.form].append(index)
        #: By how many rows an item is read: a wide form is a stack of hundreds of rows.
        self.readers = Counter(item for row in self.rows for item in dict.fromkeys(row.read))
        self.topics_of = {form: {self.topics[index] for index in rows} for form, rows in self.by_form.items()}

    def annotations(self) -> Iterator[Annotation]:
        yield from self._visits()
        for variable in self.variables:
            if self._is_standardised(variable):
                continue
            yield from self._values(variable)
            if variable.origin is None or variable.origin.type != "Derived":
                yield from self._constants(variable)
        yield from self._deciding()
        yield from self._visit_dates()
        yield from self._relationships()

    def tests_of(self, form: str) -> tuple[str, ...]:
        """Return the test codes of a form's records, none where the data decide."""
        return self._tests(self._form_rows(form))

    def _tests(self, rows: Iterable[int]) -> tuple[str, ...]:
        found = list(dict.fromkeys(self.topics[index] for index in rows))
        return () if None in found else tuple(test for test in found if test)

    def _follow_decodes(self) -> None:
        """Let the name of a code stand beside the items that the code is taken from, as LBTEST beside LBTESTCD's."""
        for (index, name), uses in list(self.uses.items()):
            outer = self.spec.variable(name).map if not uses else None
            if isinstance(outer, Decode) and name not in self.rows[index].record.map:
                coded = self.uses.get((index, outer.variable), ())
                self.uses[index, name] = tuple(use for use in coded if use.items)

    def _is_standardised(self, variable: VariableSpec) -> bool:
        """Return whether a variable repeats the result in standard form, which nobody wrote on the form."""
        collected = variable.origin is not None and variable.origin.type == "Collected"
        return variable.name.startswith(f"{self.spec.name}STRES") and not collected

    def _made(self, item: Item, variable: str, kind: Kind = "value", value: str = "", when: str = "") -> Annotation:
        return Annotation(item, self.spec.name, variable, kind, variable in self.supplemental, value, when)

    def _constant(self, index: int, variable: str) -> str | None:
        """Return the one value that a variable always has in the records of a row, None where there is none."""
        uses = self.uses.get((index, variable), ())
        plain = [use for use in uses if use.value is not None and not _undecided(use)]
        return plain[0].value if len(uses) == 1 and plain else None

    def _form_rows(self, form: str) -> list[int]:
        return self.by_form.get(form, [])

    def _values(self, variable: VariableSpec) -> Iterator[Annotation]:
        """Yield the items whose value the variable takes, or that it is derived from."""
        derived = variable.origin is not None and variable.origin.type == "Derived"
        readers: dict[Item, dict[int, str]] = defaultdict(dict)
        deciding: list[Item] = []
        for (index, use), item in self._items(variable):
            if item.name == provenance.ROW or item.form not in self.study.raw.forms:
                continue
            if item in use.items and (not derived or item.name.startswith("_")):
                readers[item].setdefault(index, condition_text(use.asked(), self.spec.name))
            elif derived and not item.name.startswith("_"):
                deciding.append(item)
        for item, rows in readers.items():
            own = next(iter(set(rows.values()))) if len(set(rows.values())) == 1 else ""
            when = " and ".join(part for part in (self._topic(variable.name, rows), own) if part)
            yield replace(self._made(item, variable.name, when=when), tests=self._tests(rows))
        for item in dict.fromkeys(deciding):
            yield self._made(item, variable.name, "source")

    def _items(self, variable: VariableSpec) -> Iterator[tuple[tuple[int, Use], Item]]:
        for index in range(len(self.rows)):
            for use in self.uses[index, variable.name]:
                asked = (one.of for one in use.asked() if isinstance(one.of, Item))
                for item in dict.fromkeys((*use.items, *asked)):
                    yield (index, use), item

    def _topic(self, variable: str, rows: Mapping[int, str] | list[int]) -> str:
        """Return for which tests a variable is read by these rows, empty where for all of the form's."""
        topics = [self.topics[index] for index in rows]
        forms = dict.fromkeys(self.rows[index].record.form for index in rows)
        of_form = set().union(*(self.topics_of[form] for form in forms))
        if None in topics or None in of_form:
            return ""
        if len(of_form) == 1 and not variable.removeprefix(self.spec.name).startswith(_RESULTS):
            return ""
        if len(of_form) > 1 and of_form == set(topics):
            return ""
        values = list(dict.fromkeys(topic for topic in topics if topic))
        return f"{self.spec.name}TESTCD {'=' if len(values) == 1 else 'in'} {_of_several(values)}"

    def _constants(self, variable: VariableSpec) -> Iterator[Annotation]:
        """Yield what a variable is without a value being read: by an answer, a row of the stack, or the form."""
        fixed: dict[str, dict[int, str]] = defaultdict(dict)
        answers: dict[tuple[Item, str], list[str]] = defaultdict(list)
        for index, row in enumerate(self.rows):
            for use in self.uses[index, variable.name]:
                if use.value is None:
                    continue
                if anchors := _anchors(use):
                    for item in anchors:
                        when = asked_text(self.study, item, use) or ("otherwise" if not _open_items(use) else "")
                        answers[item, when].append(use.value)
                elif not _undecided(use):
                    fixed[row.record.form][index] = use.value
        for (item, when), values in answers.items():
            yield self._made(item, variable.name, "constant", listed_values(values), when)
        for form, rows in fixed.items():
            yield from self._fixed(variable, form, rows)

    def _fixed(self, variable: VariableSpec, form: str, rows: Mapping[int, str]) -> Iterator[Annotation]:
        everywhere = len(rows) == len(self._form_rows(form))
        values = list(dict.fromkeys(rows.values()))
        if variable.name == f"{self.spec.name}TESTCD" and len(values) > 1:
            return
        if everywhere and len(values) == 1:
            yield self._made(Item(form, ""), variable.name, "constant", values[0])
            return
        beside: dict[Item, list[int]] = defaultdict(list)
        for index in rows:
            beside[self._result_item(index)].append(index)
        for item, found in beside.items():
            when = "left empty" if self._is_asked_to_be_empty(item, rows) else ""
            made = self._made(item, variable.name, "constant", listed_values(rows[index] for index in found), when)
            yield replace(made, tests=self._tests(found))

    def _is_asked_to_be_empty(self, item: Item, rows: Mapping[int, str]) -> bool:
        """Return whether the records of rows are those in which an item has no value."""
        asked = [self.rows[index].open(self.rows[index].record.where) or ((),) for index in rows]
        return all(
            any(one.of == item and one.test.present is False for one in alternative)
            for condition in asked
            for alternative in condition
        )

    def _result_item(self, index: int) -> Item:
        """Return the item of a row's result, else one that is its own, else one that its records hang on, else none."""
        row = self.rows[index]
        results = [item for use in self.uses.get((index, f"{self.spec.name}ORRES"), ()) for item in use.items]
        own = [item for item in row.read if self.readers[item] == 1]
        waited = [item for item in items_of(row.record.where, row) if not item.name.startswith("_")]
        return next(iter((*results, *own, *waited)), Item(row.record.form, ""))

    def _deciding(self) -> Iterator[Annotation]:
        """Yield the items whose answer decides which records there are, with the topic that such records have."""
        topic = next((one.name for one in self.spec.variables if one.role == "Topic"), "")
        for index, row in enumerate(self.rows):
            for item, test in items_of(row.record.where, row).items():
                if item.name.startswith("_"):
                    continue
                value = self._constant(index, topic) if test.any_of else None
                if value is not None:
                    when = asked_text(self.study, item, Use(when=(row.open(row.record.where) or (),)))
                    yield self._made(item, topic, "constant", value, when)
                else:
                    yield self._made(item, "", "source")

    def _visits(self) -> Iterator[Annotation]:
        """Yield the visit beside the event of the forms from which the records come."""
        names = [
            one.name
            for one in self.variables
            if any(
                isinstance(inner, Visit) and inner.part != "VISITDY"
                for inner in (walk(one.map) if one.map is not None else ())
            )
        ]
        others = set(self.study.design.visits.others)
        for form in dict.fromkeys(row.record.form for row in self.rows):
            events = self.study.raw.forms[form].events
            for name in () if events and others.issuperset(events) else names:
                yield self._made(Item(form, provenance.EVENT), name)

    def _visit_dates(self) -> Iterator[Annotation]:
        """Yield what the form of the visits' dates gives SV, which has no maps of its own."""
        dates = self.study.design.visits.dates
        if self.spec.builder != "sv" or dates is None:
            return
        read: list[tuple[str, Map | None]] = [("SVSTDTC", dates.start), ("SVENDTC", dates.end)]
        given = [(name, column) for name, one in read if one is not None for column in references_of(one)]
        given += [("SVREASOC", dates.reason)] if dates.reason else []
        given += [("SVOCCUR", column) for mapping in dates.where for column in mapping]
        given += [(name, provenance.EVENT) for name in ("VISITNUM", "VISIT")]
        for variable, column in dict.fromkeys(given):
            if variable in self.spec.names and parse_reference(column).kind == "own":
                yield self._made(Item(dates.form, column), variable)

    def _relationships(self) -> Iterator[Annotation]:
        """Yield what RELREC says, on the forms or beside the items that it rests on."""
        for relationship in self.spec.relationships:
            if relationship.form is not None:
                first, second = (f"{one.dataset}.{one.variable}" for one in relationship.records)
                text = f"RELREC: {second} to {first}"
                text += "".join(f" by {one.key}" for one in relationship.records if one.key)
                columns = [one.column for one in relationship.records if one.column]
                for column in columns or [""]:
                    yield self._related(Item(relationship.form, column), relationship.id, text)
                continue
            first_set, second_set = relationship.datasets
            text = f"RELREC: {first_set.dataset}.{first_set.variable} = {second_set.dataset}.{second_set.variable}"
            forms = [{record.form for record in self.study.sdtm[one.dataset].records} for one in relationship.datasets]
            for form in (name for name in self.study.raw.forms if name in forms[0] & forms[1]):
                yield self._related(Item(form, ""), relationship.id, text)

    def _related(self, item: Item, name: str, text: str) -> Annotation:
        return Annotation(item, self.spec.name, name, "relationship", value=text)


def _of_several(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"({', '.join(values)})"


def _undecided(use: Use) -> bool:
    """Return whether more than the presence of a value is open."""
    return bool(use.instead) or any(one.test.present is not True for one in use.asked())


def _open_items(use: Use) -> list[Item]:
    """Return the items on whose answer a use depends."""
    asked = (one for one in use.asked() if one.test.present is not False)
    items = (one.of for one in asked if isinstance(one.of, Item) and not one.of.name.startswith("_"))
    return list(dict.fromkeys(items))


def _anchors(use: Use) -> list[Item]:
    """Return the items beside which a constant is said: those that decide on it, else the last that did not."""
    instead = [one.of for one in use.instead if isinstance(one.of, Item) and not one.of.name.startswith("_")]
    return _open_items(use) or instead[-1:]
