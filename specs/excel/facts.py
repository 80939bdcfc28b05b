"""What rows of the workbook mean in YAML: a variable, a codelist, a value-level condition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from clinical.errors import Problem, did_you_mean, listed
from specs.codelists import standard_codelist
from specs.excel.book import Row
from specs.excel.resolved import Conditions, TermRows
from specs.excel.sheets import CODELISTS, DATA_TYPES, FORMER_ORIGINS
from specs.model.codelists import ResolvedTerm
from specs.standards import StandardVariable, Terminology
from specs.yaml_edit import content_of

#: Data types of value-level metadata, by those of the workbook.
LEVEL_TYPES = {"text": "text", "integer": "integer", "float": "float", "date": "date", "datetime": "datetime"}


def variable_source(row: Row, entry: StandardVariable | None, problems: list[Problem], *, sdtm: bool) -> dict[str, Any]:
    """Return the YAML of a variable that a row describes, without what the standard says already."""
    source: dict[str, Any] = {}
    if row.get("Label") and (entry is None or row.get("Label") != entry.label):
        source["label"] = row.get("Label")
    kind = DATA_TYPES.get(row.get("Data Type"), "Char")
    if (entry is None and kind == "Num") or (entry is not None and kind != entry.type and row.get("Data Type")):
        source["type"] = kind
    if row.get("Length"):
        source["length"] = row.get("Length")
    if row.get("Format"):
        source["format"] = row.get("Format")
    inherited = entry.codelists[0] if entry and len(entry.codelists) == 1 else None
    if row.get("Codelist") and row.get("Codelist") != inherited:
        source["codelist"] = row.get("Codelist")
    if row.get("Core") and (entry is None or row.get("Core") != entry.core):
        source["core"] = row.get("Core")
    if sdtm and row.get("Role") and (entry is None or row.get("Role") != entry.role):
        source["role"] = row.get("Role")
    mapping = parse_mapping(row, problems)
    if mapping is not None:
        source["map"] = mapping
    origin = origin_source(row, {})
    implied = not sdtm and mapping is None and origin == {"type": "Derived"}
    if origin and not implied:
        source["origin"] = origin
    for column, key in (("Method", "method"), ("Comment", "comment"), ("Evaluator", "evaluator")):
        if row.get(column):
            source[key] = row.get(column)
    return source


def origin_source(row: Row, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the origin that a row gives, with what is `known` of it already; empty where it gives none."""
    kind, implied = FORMER_ORIGINS.get(row.get("Origin"), (row.get("Origin"), ""))
    if not kind:
        return {}
    origin: dict[str, Any] = {"type": kind}
    source = row.get("Source") or implied
    usual = "Investigator" if kind == "Collected" else "Sponsor"
    if source and (source != usual or "source" in known):
        origin["source"] = source
    if pages := split_pages(row.get("Pages")):
        origin["pages"] = pages
    if row.get("Predecessor"):
        origin["predecessor"] = row.get("Predecessor")
    return origin


def split_pages(text: str) -> list[str]:
    """Return pages as a list: `31, 32` or `31 32`."""
    return [page for page in re.split(r"[,;\s]+", text) if page]


def parse_mapping(row: Row, problems: list[Problem]) -> Any:
    """Return the YAML that a row's mapping holds, or None where it holds none."""
    text = row.get("Mapping")
    if not text.strip():
        return None
    try:
        return content_of(text)
    except yaml.YAMLError as error:
        found = getattr(error, "problem", None) or "cannot be read"
        problems.append(Problem(row.place("Mapping"), f"is not valid YAML: {found}. Mend the syntax there."))
        return None


def level_where(conditions: Conditions) -> dict[str, Any] | None:
    """Return conditions as `where:` of value-level metadata, or None where it has no words for them."""
    if not conditions or any(comparator not in ("EQ", "IN") for _, comparator, _ in conditions):
        return None
    if len({variable for variable, _, _ in conditions}) != len(conditions):
        return None
    return {variable: values[0] if len(values) == 1 else list(values) for variable, _, values in conditions}


def level_source(row: Row, dataset_variable: str, where: Mapping[str, Any]) -> dict[str, Any]:
    """Return the YAML of a value-level row of SDTM."""
    source: dict[str, Any] = {"variable": dataset_variable, "where": dict(where)}
    if row.get("Label"):
        source["label"] = row.get("Label")
    kind = LEVEL_TYPES.get(row.get("Data Type"), "text")
    if kind != "text":
        source["type"] = kind
    for column, key in (("Length", "length"), ("Codelist", "codelist")):
        if row.get(column):
            source[key] = row.get(column)
    if origin := origin_source(row, {}):
        source["origin"] = origin
    if row.get("Method"):
        source["method"] = row.get("Method")
    return source


def codelist_source(
    name: str,
    terms: TermRows,
    old: Mapping[str, Any] | None,
    terminologies: Sequence[Terminology],
    problems: list[Problem],
) -> dict[str, Any]:
    """Return the YAML of a codelist: a standard list with the terms used and added, or one of the sponsor's own.

    Args:
        old: what codelists.yaml says of it so far; what no sheet shows (`raw`, `ordered`, …) is kept.
    """
    source = dict(old or {})
    standards = _standards(name, terms, source, old is not None, terminologies, problems)
    if standards:
        return _of_standard(name, terms, source, standards, terminologies, problems)
    if not source.get("name") or terms.facts[0] != source["name"]:
        source = {"name": terms.facts[0], **{key: value for key, value in source.items() if key != "name"}}
    source["terms"] = _own_terms(terms.rows)
    return _without_lost_raw(source, {row.get("Term") for row in terms.rows})


def _standards(
    name: str,
    terms: TermRows,
    source: Mapping[str, Any],
    known: bool,
    terminologies: Sequence[Terminology],
    problems: list[Problem],
) -> list[str]:
    if known:
        said = source.get("standard") or []
        return [said] if isinstance(said, str) else list(said)
    code = terms.rows[0].get("NCI Codelist Code")
    if not code:
        return []
    found = [one.id for terminology in terminologies for one in terminology.codelists.values() if one.code == code]
    if not found:
        versions = " or ".join(terminology.source for terminology in terminologies)
        what = f"'{code}' is no codelist of {versions}. Correct it, or leave it empty for a list of the sponsor's own."
        problems.append(Problem(terms.rows[0].place("NCI Codelist Code"), what))
    return found[:1]


def _of_standard(
    name: str,
    terms: TermRows,
    source: dict[str, Any],
    standards: Sequence[str],
    terminologies: Sequence[Terminology],
    problems: list[Problem],
) -> dict[str, Any]:
    parts = [part for one in standards if (part := standard_codelist(one, terminologies))]
    published: dict[str, ResolvedTerm] = {value: term for part in parts for value, term in part.terms.items()}
    extensible = all(part.extensible for part in parts)
    source.setdefault("standard", standards[0] if len(standards) == 1 else list(standards))
    usual = parts[0].name if len(parts) == 1 else name
    if terms.facts[0] not in (source.get("name", usual), ""):
        source["name"] = terms.facts[0]
    used = [row for row in terms.rows if row.get("Term") in published]
    added = [row for row in terms.rows if row.get("Term") not in published]
    for row in used:
        _compare_with_standard(row, published[row.get("Term")], problems)
    if added and not extensible:
        for row in added:
            found = row.get("Term")
            what = (
                f"'{found}' is no term of {' and '.join(standards)}, which is not extensible."
                f"{did_you_mean(found, published)} Use one of its terms: {listed(tuple(published))}."
            )
            problems.append(Problem(row.place("Term"), what))
    only = [row.get("Term") for row in used]
    if sorted(only) == sorted(published):
        source.pop("only", None)
    else:
        source["only"] = only
    if added:
        source["extend"] = _own_terms(added)
    else:
        source.pop("extend", None)
    return _without_lost_raw(source, {row.get("Term") for row in terms.rows})


def _compare_with_standard(row: Row, term: ResolvedTerm, problems: list[Problem]) -> None:
    """Add a problem where a row gives a published term another code, or another case of its name."""
    code = row.get("NCI Term Code")
    if code and term.code and code != term.code:
        what = f"'{code}' is not the code of {term.value}, expected {term.code}. Correct it, or leave it empty."
        problems.append(Problem(row.place("NCI Term Code"), what))


def _own_terms(rows: Sequence[Row]) -> Any:
    """Return terms as YAML: a list where none has a decode or a code, else a mapping."""
    if not any(row.get("Decoded Value") or row.get("NCI Term Code") for row in rows):
        return [row.get("Term") for row in rows]
    terms: dict[str, Any] = {}
    for row in rows:
        decode, code = row.get("Decoded Value"), row.get("NCI Term Code")
        if code:
            terms[row.get("Term")] = {"decode": decode, "code": code} if decode else {"code": code}
        else:
            terms[row.get("Term")] = decode or {}
    return terms


def lost_texts(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a note for each removed term that the export has texts for: no sheet shows these, and they go with it."""
    before, after = ((one or {}).get("raw", {}) for one in (old, new))
    for term, texts in before.items():
        if term not in after:
            shown = listed([f"'{text}'" for text in ([texts] if isinstance(texts, str) else texts)])
            what = f"'{term}' was removed, so {shown} of the export stands for no term. If it is to stand for another,"
            yield Problem(f"{CODELISTS.name} ({name})", f"{what} write that under raw of {name} in codelists.yaml.")


def _without_lost_raw(source: dict[str, Any], terms: set[str]) -> dict[str, Any]:
    """Return the source without the export's texts for terms that are gone."""
    raw = source.get("raw")
    if isinstance(raw, Mapping) and not raw.keys() <= terms:
        kept = {value: texts for value, texts in raw.items() if value in terms}
        source = {**source, "raw": kept} if kept else {key: value for key, value in source.items() if key != "raw"}
    return source
