"""CDISC controlled terminology: codelists and terms of one publication (SDTM, ADaM) in one version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from clinical.errors import Problem, SpecError, listed
from specs.standards.tables import BUNDLED, read_table, unknown_version, versions_at_hand, write_table

CODELISTS = ("id", "code", "name", "extensible")
TERMS = ("codelist", "order", "value", "code", "decode")

#: How the publications are spelt; folders are in lower case.
PUBLICATIONS = ("SDTM", "ADaM", "CDASH", "Define-XML", "Protocol", "SEND")


@dataclass(frozen=True, slots=True)
class Term:
    """A term: submission value, NCI code, and the NCI preferred term as decode."""

    value: str
    code: str
    decode: str


@dataclass(frozen=True)
class Codelist:
    """A codelist; `id` is its submission value (`NY`), `terms` are by value in the publication's order."""

    id: str
    name: str
    code: str
    extensible: bool
    terms: Mapping[str, Term] = field(hash=False)
    source: str


@dataclass(frozen=True)
class Terminology:
    """A package of codelists, by their ids in alphabetical order."""

    name: str
    version: str
    codelists: Mapping[str, Codelist] = field(hash=False)

    @property
    def source(self) -> str:
        """The package as a codelist's source names it: `SDTM CT 2025-03-28`."""
        return source_of(self.name, self.version)


def source_of(name: str, version: str) -> str:
    """Return how a package is cited: `SDTM CT 2025-03-28`."""
    return f"{name} CT {version}"


def spelt(publication: str) -> str:
    """Return a publication as it is officially spelt (`adam` is `ADaM`); an unknown one as given."""
    return next((known for known in PUBLICATIONS if known.casefold() == publication.casefold()), publication)


def load_terminology(publication: str, version: str, folder: Path | None = None) -> Terminology:
    """Return a terminology package.

    Args:
        publication: `SDTM`, `ADaM`, … in any case.
        version: the package's date, `2025-03-28`.
        folder: a folder with packages of the study's own (`sdtm-2025-09-26/`); it is looked in first.

    Raises:
        SpecError: the package is not at hand (the versions that are stand in the message), or its tables are unsound.
    """
    name = spelt(publication)
    folders = [*([folder] if folder else []), BUNDLED / "terminology"]
    package = next((one for one in (_package(place, name, version) for place in folders) if one.is_dir()), None)
    if package is None:
        raise unknown_version(f"{name} terminology", version, versions_at_hand(folders, name.lower()))
    return _read_package(package, name, version)


def write_terminology(terminology: Terminology, folder: Path) -> Path:
    """Write a package to `<folder>/<publication>-<version>/` and return that folder; an older one is replaced."""
    package = _package(folder, terminology.name, terminology.version)
    package.mkdir(parents=True, exist_ok=True)
    codelists = [terminology.codelists[key] for key in sorted(terminology.codelists)]
    write_table(
        package / "codelists.csv",
        CODELISTS,
        [(one.id, one.code, one.name, "Yes" if one.extensible else "No") for one in codelists],
    )
    write_table(
        package / "terms.csv",
        TERMS,
        [
            (one.id, str(order), term.value, term.code, term.decode)
            for one in codelists
            for order, term in enumerate(one.terms.values(), 1)
        ],
    )
    _read_package.cache_clear()
    return package


def paired_decode(testcd: Codelist, test: Codelist) -> dict[str, str]:
    """Return the test name for each test code, paired by equal NCI code; a code without a partner is left out.

    In VSTESTCD and VSTEST, `SYSBP` and "Systolic Blood Pressure" both have C25298.
    """
    names = {term.code: term.value for term in test.terms.values() if term.code}
    return {term.value: names[term.code] for term in testcd.terms.values() if term.code in names}


def _package(folder: Path, name: str, version: str) -> Path:
    return folder / f"{name.lower()}-{version}"


@cache
def _read_package(package: Path, name: str, version: str) -> Terminology:
    heads = read_table(package / "codelists.csv", CODELISTS)
    rows = read_table(package / "terms.csv", TERMS)
    _require_sound(package, heads, rows)
    terms: dict[str, list[tuple[int, Term]]] = {head[0]: [] for head in heads}
    for codelist, order, value, code, decode in rows:
        terms[codelist].append((int(order), Term(value, code, decode)))
    source = source_of(name, version)
    codelists = {
        key: Codelist(
            id=key,
            name=title,
            code=code,
            extensible=extensible == "Yes",
            terms={term.value: term for _, term in sorted(terms[key], key=lambda numbered: numbered[0])},
            source=source,
        )
        for key, code, title, extensible in sorted(heads)
    }
    return Terminology(name, version, codelists)


def _require_sound(package: Path, heads: list[list[str]], rows: list[list[str]]) -> None:
    """Raise one SpecError with everything by which the two tables do not fit themselves or each other."""
    ids = {head[0] for head in heads}
    wrong = {
        "codelists.csv": {
            "codelists twice": _repeated(head[0] for head in heads),
            "codelists whose extensible is neither Yes nor No": [h[0] for h in heads if h[3] not in ("Yes", "No")],
        },
        "terms.csv": {
            "codelists that codelists.csv does not have": sorted({row[0] for row in rows} - ids),
            "codelists with an order that is no number": sorted({row[0] for row in rows if not row[1].isdecimal()}),
            "terms twice in their codelist": _repeated(f"{row[0]} {row[2]}" for row in rows),
        },
    }
    problems = [
        Problem(str(package / file), f"{what}: {listed(names)}. Correct the table, or import the package again.")
        for file, findings in wrong.items()
        for what, names in findings.items()
        if names
    ]
    if problems:
        raise SpecError(problems)


def _repeated(names: Iterable[str]) -> list[str]:
    counts = Counter(names)
    return [name for name, count in counts.items() if count > 1]
