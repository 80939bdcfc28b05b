"""The codelists of define.xml: those in use, with what the study decided of them and what the data show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from specs.model.codelists import ResolvedCodelist, ResolvedTerm, fold_text
from specs.model.study import Dictionary, Study
from submission.define.oids import codelist_oid

if TYPE_CHECKING:
    from odmlib.arm_1_0 import model as odm

_CODE = "nci:ExtCodeID"


@dataclass
class _Use:
    """A codelist in use: its terms in order, how it is cited, and which values were seen."""

    name: str
    numeric: bool
    source: ResolvedCodelist | None = None
    dictionary: Dictionary | None = None
    terms: dict[str, ResolvedTerm] = field(default_factory=dict)
    decodes: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


class CodelistUses:
    """Gathers which codelists are used, with which values, and makes them once all datasets were described."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._uses: dict[str, _Use] = {}

    def use(
        self, name: str, seen: Iterable[str], *, numeric: bool = False, decodes: Mapping[str, str] | None = None
    ) -> str | None:
        """Return the identifier of a codelist of the study, noting the values that a variable has.

        `decodes` are the names that another variable gives to the terms (--TEST to --TESTCD). None where the study
        has no such list, which is the case for lists that it names but that have no terms.
        """
        source = self._study.codelists.get(name)
        if source is None:
            return None
        use = self._uses.setdefault(codelist_oid(name, numeric=numeric), _Use(source.name, numeric, source))
        use.seen.update(seen)
        use.decodes.update(decodes or {})
        return codelist_oid(name, numeric=numeric)

    def has_all(self, name: str | None, values: Iterable[str]) -> bool:
        """Return whether the study has the codelist and all values are terms of it."""
        source = self._study.codelists.get(name or "")
        return source is not None and all(value in source.terms for value in values)

    def own(self, name: str, title: str, terms: Mapping[str, str | None], *, numeric: bool = False) -> str | None:
        """Return the identifier of a list that the dataset itself makes (its parameters): values with their names."""
        if not terms:
            return None
        oid = codelist_oid(name, numeric=numeric)
        use = self._uses.setdefault(oid, _Use(title, numeric))
        for value, decode in terms.items():
            use.terms.setdefault(value, ResolvedTerm(value, None, decode))
        return oid

    def part(self, name: str, source: ResolvedCodelist, values: Iterable[str]) -> str:
        """Return the identifier of a list that has some terms of a published one."""
        terms = {value: source.terms[value] for value in values}
        oid = codelist_oid(name)
        self._uses.setdefault(oid, _Use(source.name, False, replace(source, terms=terms, chosen=True)))
        return oid

    def dictionary(self, dataset: str, variable: str, *, numeric: bool) -> str | None:
        """Return the identifier of the external dictionary that a variable is coded by, or None."""
        for name, dictionary in self._study.design.dictionaries.items():
            if {variable, f"{dataset}.{variable}"} & set(dictionary.variables):
                oid = codelist_oid(name, numeric=numeric)
                self._uses.setdefault(oid, _Use(dictionary.name, numeric, dictionary=dictionary))
                return oid
        return None

    def sources(self) -> tuple[str, ...]:
        """Return the terminology packages that are cited, sorted."""
        cited = (_source(use) for use in self._uses.values())
        return tuple(sorted({one for one in cited if one}))

    def build(self, standards: Mapping[str, str]) -> list[odm.CodeList]:
        """Return the codelists by identifier; `standards` has the identifier of each terminology package."""
        return [_codelist(oid, self._uses[oid], standards) for oid in sorted(self._uses)]


def _source(use: _Use) -> str | None:
    """Return the package that a list comes from; several lists taken together are the sponsor's."""
    return use.source.source if use.source is not None and use.source.code else None


def _codelist(oid: str, use: _Use, standards: Mapping[str, str]) -> odm.CodeList:
    from odmlib.arm_1_0 import model as odm

    terms = _terms(use)
    about: dict[str, Any] = {"OID": oid, "Name": use.name, "DataType": _type(use, terms)}
    if use.dictionary is not None:
        external = odm.ExternalCodeList(Dictionary=use.dictionary.name, Version=use.dictionary.version)
        return odm.CodeList(**about, ExternalCodeList=external)
    source = _source(use)
    if source:
        about["StandardOID"] = standards[source]
    else:
        about["IsNonStandard"] = "Yes"
    ordered = use.source is not None and use.source.ordered
    if _has_decodes(terms):
        about["CodeListItem"] = [_item(term, at, ordered, bool(source)) for at, term in enumerate(terms, 1)]
    else:
        about["EnumeratedItem"] = [_enumerated(term, at, ordered, bool(source)) for at, term in enumerate(terms, 1)]
    if source and use.source is not None and use.source.code:
        about["Alias"] = [odm.Alias(Context=_CODE, Name=use.source.code)]
    return odm.CodeList(**about)


def _type(use: _Use, terms: Iterable[ResolvedTerm]) -> str:
    if not use.numeric:
        return "text"
    return "float" if any("." in term.value or "e" in term.value for term in terms) else "integer"


def _terms(use: _Use) -> list[ResolvedTerm]:
    """Return the terms to show.

    Rule: all of a list that the study decided on. Of a standard list taken whole, those that the study adds or gives
    the export's texts for, and those in the data.
    """
    if use.source is None:
        return list(use.terms.values())
    terms = list(use.source.terms.values())
    if not use.source.chosen:
        told = {value for text, value in use.source.raw.items() if text != fold_text(value, use.source.ignore_case)}
        shown = [term for term in terms if term.value in use.seen or term.value in told or term.extended]
        terms = shown or terms
    named = (_named(term, use.decodes.get(term.value)) for term in terms)
    return list(named)


def _named(term: ResolvedTerm, name: str | None) -> ResolvedTerm:
    return ResolvedTerm(term.value, term.code, name or term.decode, term.extended)


def _has_decodes(terms: list[ResolvedTerm]) -> bool:
    """Return whether names are shown: every term has one, and one at least says more than its term."""
    return all(term.decode for term in terms) and any(
        (term.decode or "").casefold() != term.value.casefold() for term in terms
    )


def _about(term: ResolvedTerm, place: int, ordered: bool, standard: bool) -> dict[str, Any]:
    from odmlib.arm_1_0 import model as odm

    about: dict[str, Any] = {"CodedValue": term.value, "OrderNumber": place}
    if ordered:
        about["Rank"] = place
    if standard and term.extended:
        about["ExtendedValue"] = "Yes"
    if term.code:
        about["Alias"] = [odm.Alias(Context=_CODE, Name=term.code)]
    return about


def _item(term: ResolvedTerm, place: int, ordered: bool, standard: bool) -> odm.CodeListItem:
    from odmlib.arm_1_0 import model as odm

    decode = odm.Decode(TranslatedText=[odm.TranslatedText(lang="en", _content=term.decode)])
    return odm.CodeListItem(**_about(term, place, ordered, standard), Decode=decode)


def _enumerated(term: ResolvedTerm, place: int, ordered: bool, standard: bool) -> odm.EnumeratedItem:
    from odmlib.arm_1_0 import model as odm

    return odm.EnumeratedItem(**_about(term, place, ordered, standard))
