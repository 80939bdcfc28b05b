"""Does define.xml say of each dataset what its transport file and its values say?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from clinical.conditions import Test
from clinical.errors import listed
from clinical.findings import report
from clinical.wording import agree, count
from submission.define.facts import distinct_texts
from submission.define.namespaces import DEF, ODM
from submission.written import WrittenDataset
from submission.xpt_layout import Layout, StoredVariable, read_layout

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_NUMBERS = ("integer", "float")


@dataclass(frozen=True)
class _Defined:
    """The definitions of a file by their names."""

    groups: Mapping[str, Element]
    items: Mapping[str, Element]
    codelists: Mapping[str, Element]
    value_lists: Mapping[str, Element]
    clauses: Mapping[str, Element]


def check_datasets(root: Element, datasets: Sequence[WrittenDataset], encoding: str) -> Iterator[pd.DataFrame]:
    """Yield the differences between a define.xml and the datasets that it describes."""
    defined = _Defined(
        {str(one.get("Name")): one for one in root.iter(f"{ODM}ItemGroupDef")},
        _by_oid(root, f"{ODM}ItemDef"),
        _by_oid(root, f"{ODM}CodeList"),
        _by_oid(root, f"{DEF}ValueListDef"),
        _by_oid(root, f"{DEF}WhereClauseDef"),
    )
    names = [one.name for one in datasets]
    for name in [*names, *(one for one in defined.groups if one not in names)]:
        if name not in defined.groups or name not in names:
            what = "is not described" if name not in defined.groups else "is described, but there is no such dataset"
            yield _error("DEFINE.DATASET", f"{name} {what}. Describe the datasets of the package, and no other.", name)
    for dataset in datasets:
        group = defined.groups.get(dataset.name)
        if group is not None:
            yield from _check_dataset(group, dataset, defined, encoding)


def _by_oid(root: Element, tag: str) -> dict[str, Element]:
    return {str(one.get("OID")): one for one in root.iter(tag)}


def _error(rule: str, message: str, dataset: str, variable: str = "", value: str = "") -> pd.DataFrame:
    return report(rule, "error", message, source="rule", dataset=dataset, variable=variable, value=value)


def _check_dataset(group: Element, dataset: WrittenDataset, defined: _Defined, encoding: str) -> Iterator[pd.DataFrame]:
    empty = group.get(f"{DEF}HasNoData") == "Yes"
    if empty == bool(dataset.rows):
        what = "has rows, but is described as empty" if empty else "has no rows, but is not described as empty"
        yield _error("DEFINE.DATASET", f"{dataset.name} {what}. Write define.xml again.", dataset.name)
    items = [defined.items.get(str(one.get("ItemOID"))) for one in group.iter(f"{ODM}ItemRef")]
    known = [one for one in items if one is not None]
    for path in (*([dataset.file] if dataset.file else []), *dataset.parts):
        yield from _check_layout(group, known, read_layout(path, encoding=encoding), dataset.name)
    if dataset.rows:
        yield from _check_values(known, dataset, defined)


def _check_layout(group: Element, items: Sequence[Element], stored: Layout, dataset: str) -> Iterator[pd.DataFrame]:
    if _description(group) != stored.label:
        yield _error("DEFINE.LABEL", f"{dataset} has another label in its transport file. Take the file's.", dataset)
    described, written = [str(one.get("Name")) for one in items], [one.name for one in stored.variables]
    if described != written:
        apart = sorted({*described} ^ {*written})
        what = f"not in both: {listed(apart)}" if apart else "their order differs"
        what = f"{dataset}: the variables are not those of the transport file ({what}). Describe them as written."
        yield _error("DEFINE.VARIABLES", what, dataset)
    by_name = {one.name: one for one in stored.variables}
    for item in items:
        variable = by_name.get(str(item.get("Name")))
        if variable is not None:
            yield from _check_variable(item, variable, dataset)


def _check_variable(item: Element, stored: StoredVariable, dataset: str) -> Iterator[pd.DataFrame]:
    name = stored.name
    if _description(item) != stored.label:
        yield _error("DEFINE.LABEL", f"{name} has another label in the transport file. Take that.", dataset, name)
    kind = str(item.get("DataType"))
    if (kind in _NUMBERS) != (stored.type == "Num"):
        what = f"{name} is {kind}, but {stored.type} in the transport file. Give it the file's type."
        yield _error("DEFINE.TYPE", what, dataset, name)
    length = item.get("Length")
    if kind == "text" and length != str(stored.length):
        what = f"{name} has length {length}, in the transport file {stored.length}. Give the length that was allotted."
        yield _error("DEFINE.LENGTH", what, dataset, name)


def _check_values(items: Sequence[Element], dataset: WrittenDataset, defined: _Defined) -> Iterator[pd.DataFrame]:
    """Yield the variables with values that are not in their codelist, as a whole or where a condition holds."""
    frame = dataset.load()
    everywhere = pd.Series(True, index=frame.index)
    for item in items:
        if str(item.get("Name")) not in frame:
            continue
        yield from _check_codelist(item, frame, everywhere, dataset.name, defined)
        reference = item.find(f"{DEF}ValueListRef")
        values = defined.value_lists.get(str(reference.get("ValueListOID"))) if reference is not None else None
        if values is not None:
            yield from _check_levels(str(item.get("Name")), values, frame, dataset.name, defined)


def _check_levels(
    name: str, values: Element, frame: pd.DataFrame, dataset: str, defined: _Defined
) -> Iterator[pd.DataFrame]:
    """Yield what is wrong with a variable's values by condition; each distinct combination is looked at once."""
    levels = list(_levels(values, defined))
    asked = dict.fromkeys(one for _, clause in levels for one in _asked(clause, defined) if one in frame)
    distinct = frame[list(dict.fromkeys([*asked, name]))].drop_duplicates()
    described = pd.Series(False, index=distinct.index)
    for item, clause in levels:
        rows = _rows(clause, distinct, defined)
        described |= rows
        yield from _check_codelist(item, distinct, rows, dataset, defined)
    missing = int((distinct[name].notna() & ~described).sum())
    if missing:
        values = count(missing, "distinct value", verb="are")
        what = f"{name}: {values} described by none of its conditions. Describe {agree(missing, 'them')}."
        yield report("DEFINE.VALUE_LEVEL", "warning", what, source="rule", dataset=dataset, variable=name)


def _levels(values: Element, defined: _Defined) -> Iterator[tuple[Element, Element]]:
    """Yield what a variable is under each condition, with the condition."""
    for level in values.iter(f"{ODM}ItemRef"):
        item = defined.items.get(str(level.get("ItemOID")))
        reference = level.find(f"{DEF}WhereClauseRef")
        clause = defined.clauses.get(str(reference.get("WhereClauseOID"))) if reference is not None else None
        if item is not None and clause is not None:
            yield item, clause


def _asked(clause: Element, defined: _Defined) -> Iterator[str]:
    """Yield the variables that a condition asks for."""
    for check in clause.iter(f"{ODM}RangeCheck"):
        item = defined.items.get(str(check.get(f"{DEF}ItemOID")))
        yield str(item.get("Name")) if item is not None else ""


def _check_codelist(
    item: Element, frame: pd.DataFrame, rows: pd.Series, dataset: str, defined: _Defined
) -> Iterator[pd.DataFrame]:
    reference = item.find(f"{ODM}CodeListRef")
    codelist = defined.codelists.get(str(reference.get("CodeListOID"))) if reference is not None else None
    if codelist is None or codelist.find(f"{ODM}ExternalCodeList") is not None:
        return
    name = str(item.get("Name"))
    terms = {one.get("CodedValue") for one in codelist}
    unknown = [value for value in distinct_texts(frame.loc[rows, name]) if value not in terms]
    if unknown:
        what = (
            f"{name}: {count(len(unknown), 'distinct value', verb='are')} not in codelist {codelist.get('Name')} "
            f"({item.get('OID')}). Add {agree(len(unknown), 'them')} to the codelist, or correct the data."
        )
        yield _error("DEFINE.CODELIST", what, dataset, name, "; ".join(unknown[:5]))


def _rows(clause: Element, frame: pd.DataFrame, defined: _Defined) -> pd.Series:
    """Return which rows a clause of value-level metadata holds for: variables that have one of several values."""
    holds = pd.Series(True, index=frame.index)
    for check, name in zip(clause.iter(f"{ODM}RangeCheck"), _asked(clause, defined)):
        values = tuple(one.text or "" for one in check.iter(f"{ODM}CheckValue"))
        holds &= Test(any_of=values).holds(frame[name]) if name in frame else False
    return holds


def _description(element: Element) -> str:
    text = element.findtext(f"{ODM}Description/{ODM}TranslatedText")
    return text or ""
