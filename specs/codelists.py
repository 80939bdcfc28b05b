"""Resolving a study's codelists against controlled terminology."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from clinical.errors import Problem, did_you_mean, listed
from specs.model.codelists import CodelistSource, ResolvedCodelist, ResolvedTerm, fold_text
from specs.model.dataset import DatasetSpec
from specs.model.maps import Decode, Recode, walk
from specs.standards import Terminology
from specs.yaml_text import YamlText


def resolve_codelist(
    name: str, source: CodelistSource, terminologies: Sequence[Terminology], place: YamlText, problems: list[Problem]
) -> ResolvedCodelist | None:
    """Return a codelist of `codelists.yaml` as the study uses it, or None with its problems added."""
    path = ("codelists", name)
    resolved = _standard_part(name, source, terminologies, place, problems) if source.standard else _own(name, source)
    if resolved is None:
        return None
    terms = dict(resolved.terms)
    if source.extend and not resolved.extensible:
        problems.append(
            Problem(place.place((*path, "extend")), f"codelist {name} is not extensible. Use one of its terms.")
        )
    for value, term in source.extend.items():
        if value in terms:
            problems.append(
                Problem(place.place((*path, "extend", value)), f"'{value}' is already a term. Remove the extension.")
            )
        terms[value] = ResolvedTerm(value, term.code, term.decode, extended=True)
    raw = _raw_texts(name, source, terms, place, problems)
    return replace(resolved, terms=terms, raw=raw, ignore_case=source.ignore_case, ordered=source.ordered)


def standard_codelist(name: str, terminologies: Sequence[Terminology]) -> ResolvedCodelist | None:
    """Return a controlled terminology list as it is published, or None."""
    for terminology in terminologies:
        found = terminology.codelists.get(name)
        if found:
            terms = {value: ResolvedTerm(value, term.code, term.decode) for value, term in found.terms.items()}
            return ResolvedCodelist(name, found.name, found.code, found.extensible, found.source, terms)
    return None


def _standard_part(
    name: str, source: CodelistSource, terminologies: Sequence[Terminology], place: YamlText, problems: list[Problem]
) -> ResolvedCodelist | None:
    where = place.place(("codelists", name, "standard"))
    parts = []
    for standard in source.standard:
        part = standard_codelist(standard, terminologies)
        if part is None:
            known = [key for terminology in terminologies for key in terminology.codelists]
            problems.append(
                Problem(where, f"codelist '{standard}' is in no terminology.{did_you_mean(standard, known)}")
            )
            return None
        parts.append(part)
    terms: Mapping[str, ResolvedTerm] = {value: term for part in parts for value, term in part.terms.items()}
    if source.terms:
        problems.append(
            Problem(where, "a standard codelist takes its terms from the standard. Use 'extend' or 'only'.")
        )
    unknown = [value for value in source.only if value not in terms]
    if unknown:
        what = (
            f"not among the terms: {listed(unknown)}.{did_you_mean(unknown[0], terms)} Correct or remove what is not."
        )
        problems.append(Problem(place.place(("codelists", name, "only")), what))
    if source.only:
        terms = {value: terms[value] for value in source.only if value in terms}
    single = parts[0] if len(parts) == 1 else None
    return ResolvedCodelist(
        name,
        source.name or (single.name if single else name),
        single.code if single else None,
        all(part.extensible for part in parts),
        parts[0].source,
        terms,
        chosen=bool(source.only),
    )


def _own(name: str, source: CodelistSource) -> ResolvedCodelist:
    terms = {value: ResolvedTerm(value, term.code, term.decode) for value, term in source.terms.items()}
    return ResolvedCodelist(name, source.name or name, None, True, "Sponsor", terms, chosen=True)


def _raw_texts(
    name: str,
    source: CodelistSource,
    terms: Mapping[str, ResolvedTerm],
    place: YamlText,
    problems: list[Problem],
) -> dict[str, str]:
    """Return the submission value of every raw text; a term's own submission value always stands for itself."""
    raw: dict[str, str] = {}
    for value, texts in source.raw.items():
        where = place.place(("codelists", name, "raw", value))
        if value not in terms:
            problems.append(Problem(where, f"'{value}' is no term of codelist {name}.{did_you_mean(value, terms)}"))
        for text in texts:
            key = fold_text(text, source.ignore_case)
            if raw.setdefault(key, value) != value:
                problems.append(Problem(where, f"raw text '{text}' stands for '{raw[key]}' already. Keep it once."))
    for value in terms:
        raw.setdefault(fold_text(value, source.ignore_case), value)
    return raw


def add_standard_codelists(
    spec: DatasetSpec, resolved: dict[str, ResolvedCodelist], terminologies: tuple[Terminology, ...]
) -> None:
    """Take every codelist that the dataset names and the study does not describe straight from the standard."""
    maps = [variable.map for variable in (*spec.variables, *spec.supplemental) if variable.map is not None]
    maps += [one for record in spec.records for one in record.map.values()]
    named = [variable.codelist for variable in (*spec.variables, *spec.supplemental)]
    named += [one.codelist for outer in maps for one in walk(outer) if isinstance(one, Recode)]
    named += [level.codelist for level in spec.value_level]
    for name in named:
        if name and name not in resolved:
            found = standard_codelist(name, terminologies)
            if found:
                resolved[name] = found


def decodes_of(sdtm: Mapping[str, DatasetSpec], codelists: Mapping[str, ResolvedCodelist]) -> dict[str, dict[str, str]]:
    """Return, for each variable with a `decode` map, code value -> name, matched by C-code, else by own decode."""
    decodes: dict[str, dict[str, str]] = {}
    for spec in sdtm.values():
        for variable in spec.variables:
            if not isinstance(variable.map, Decode):
                continue
            codes = codelists.get(spec.variable(variable.map.variable).codelist or "")
            names = codelists.get(variable.codelist or "")
            if codes is None or names is None:
                continue
            by_code = {term.code: term.value for term in names.terms.values() if term.code}
            pairs = {
                value: by_code.get(term.code or "") or (term.decode if term.extended or not term.code else None)
                for value, term in codes.terms.items()
            }
            decodes[f"{spec.name}.{variable.name}"] = {value: name for value, name in pairs.items() if name}
    return decodes
