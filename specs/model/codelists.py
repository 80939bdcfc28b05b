"""A study's codelists: what it takes from controlled terminology, adds to it, and how the export writes each term."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator

from specs.model.base import Strict, Texts


class StudyTerm(Strict):
    """A term of a sponsor's own codelist, or an extension of an extensible standard one."""

    decode: str | None = None
    code: str | None = None


def _terms(value: Any) -> Any:
    if isinstance(value, list):
        return {str(term): {} for term in value}
    if isinstance(value, Mapping):
        return {key: {"decode": term} if isinstance(term, str) else term for key, term in value.items()}
    return value


class CodelistSource(Strict):
    """One entry of `codelists.yaml`.

    `standard` names the controlled terminology list, or several whose terms are taken together; without it the list is
    the sponsor's own and has `terms`. `only` limits a standard list to some of its terms.
    `extend` adds terms to an extensible standard list. `raw` gives, for each submission value, the export's texts.
    """

    standard: Texts = ()
    only: Texts = ()
    name: str | None = None
    ordered: bool = False
    terms: Annotated[dict[str, StudyTerm], BeforeValidator(_terms)] = {}
    extend: Annotated[dict[str, StudyTerm], BeforeValidator(_terms)] = {}
    raw: dict[str, Texts] = {}
    ignore_case: bool = False


@dataclass(frozen=True)
class ResolvedTerm:
    """A submission value with its C-code (None for a sponsor's term), decode, and whether it extends the standard."""

    value: str
    code: str | None = None
    decode: str | None = None
    extended: bool = False


def fold_text(text: str, ignore_case: bool) -> str:
    """Return the export's text as it is looked up: no outer blanks, full-width and raised forms folded (NFKC)."""
    folded = unicodedata.normalize("NFKC", text).strip()
    return folded.casefold() if ignore_case else folded


@dataclass(frozen=True)
class ResolvedCodelist:
    """A codelist as the study uses it; `raw` maps the export's text, by `fold_text`, to a submission value.

    `chosen` says whether the study decided on its terms, by `only` or as a list of its own; a standard list taken
    whole has many that the study never meets. `ordered` says that the order of the terms means something.
    """

    id: str
    name: str
    code: str | None
    extensible: bool
    source: str
    terms: Mapping[str, ResolvedTerm]
    raw: Mapping[str, str] = field(default_factory=dict)
    ignore_case: bool = False
    chosen: bool = False
    ordered: bool = False

    def submission_value(self, text: str) -> str | None:
        """Return the submission value that the export's text stands for, or None."""
        return self.raw.get(fold_text(text, self.ignore_case)) or (text.strip() if text.strip() in self.terms else None)
