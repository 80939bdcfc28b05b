"""A variable as define.xml describes it: type, length, decimals, codelist, origin, and how it is derived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from specs.long_text import continued_name
from specs.model.dataset import DatasetSpec, Origin, VariableSpec
from specs.model.study import Study
from submission.define.facts import ValueFacts, is_iso
from submission.define.gathered import Gathered
from submission.define.origins import described, origin_of

if TYPE_CHECKING:
    from odmlib.arm_1_0 import model as odm

#: The length of a number in a transport file, for numbers of which there is none yet.
_NUMBER_LENGTH = 8
#: The variables that SUPP-- has itself.
_OF_QUALIFIERS = (
    "STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """The Define-XML type of a variable, with length and decimals where the type has them."""

    type: str
    length: int | None = None
    decimals: int | None = None


def kind_of(variable: VariableSpec, facts: ValueFacts, allotted: int | None) -> Kind:
    """Return the type of a variable.

    Rule: text has its allotted length; a number is an integer or has as many decimals as its values; ISO 8601 has the
    narrowest type that holds all values, and no length (Define-XML 2.1, ItemDef).
    """
    if variable.type == "Num":
        return Kind(*(facts.number_type or ("integer", _NUMBER_LENGTH, None)))
    if is_iso(variable.name):
        if facts.iso:
            return Kind(facts.iso)
        if not facts.filled:
            return Kind("durationDatetime" if variable.name.endswith(("DUR", "ELTM")) else "partialDatetime")
    return Kind("text", max(1, allotted or variable.length or facts.length))


def item_def(
    oid: str,
    name: str,
    label: str,
    kind: Kind,
    *,
    format_: str | None = None,
    codelist: str | None = None,
    origin: Iterable[odm.Origin] = (),
    comment: str | None = None,
    value_list: str | None = None,
) -> odm.ItemDef:
    """Return the definition of a variable or of its values under a condition."""
    from odmlib.arm_1_0 import model as odm

    about: dict[str, Any] = {"OID": oid, "Name": name, "DataType": kind.type, "SASFieldName": name}
    optional = {
        "Length": kind.length,
        "SignificantDigits": kind.decimals,
        "DisplayFormat": format_,
        "CommentOID": comment,
        "Description": described(label) if label else None,
        "CodeListRef": odm.CodeListRef(CodeListOID=codelist) if codelist else None,
        "Origin": list(origin),
        "ValueListRef": odm.ValueListRef(ValueListOID=value_list) if value_list else None,
    }
    return odm.ItemDef(**about, **{key: value for key, value in optional.items() if value not in (None, [])})


def no_data(variable: VariableSpec) -> str:
    """Return the sentence that explains a variable without a value, which Define-XML asks for."""
    if variable.origin is not None and variable.origin.type == "Not Available":
        return "No data: not collected in this study."
    return "No data: no record has a value."


def method_of(study: Study, origin: Origin | None, method: str | None) -> str | None:
    """Return the method of a derived variable; None for others, of which a method's text is a comment."""
    known = method if method in study.methods else None
    return known if origin is not None and origin.type == "Derived" else None


def method_as_comment(study: Study, origin: Origin | None, method: str | None) -> str | None:
    """Return the text of the method of a variable that is not derived: how it was assigned or taken over."""
    if method is None or method not in study.methods or method_of(study, origin, method):
        return None
    return study.methods[method].text


def origins_of(variable: VariableSpec, gathered: Gathered, spec: DatasetSpec) -> list[odm.Origin]:
    """Return the origin of a variable of a dataset; a continuation has the pages of the text that it continues."""
    origin = variable.origin
    if origin is not None and origin.predecessor:
        origin = origin.model_copy(update={"predecessor": _predecessor(origin.predecessor, spec)})
    return origin_of(origin, gathered, (spec.name, continued_name(spec, variable.name)))


def _predecessor(named: str, spec: DatasetSpec) -> str:
    """Return a predecessor as the datasets have it: with its dataset, a qualifier as QVAL under its QNAM."""
    if named in spec.names:
        return f"{spec.name}.{named}"
    dataset, _, name = named.partition(".")
    if dataset.startswith("SUPP") and name and name not in _OF_QUALIFIERS:
        return f'{dataset}.QVAL where {dataset}.QNAM = "{name}"'
    return named
