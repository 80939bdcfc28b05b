"""What agencies reject of transport files: format, names, lengths, characters, and the datasets that must be there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import numpy as np

from submission.package import Standard
from submission.package_folder import Bytes, Fault, PackageFolder, TransportFile

_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
_MOST_BYTES = 200
_BLANK = 0x20
_LAST_ASCII = 0x7F
_BAD_LABELS = "labels hold characters that are not {}"


def unreadable(package: PackageFolder) -> Iterator[Fault]:
    """Return transport files that are not whole, of version 5 and of one dataset; what hangs on them is not checked.

    **Reference**: FDA Study Data Technical Conformance Guide, 3.3; NMPA guideline, 3.4; SAS TS-140.
    """
    for one in package.transport:
        if one.problem is not None:
            yield Fault(one.name, one.problem, one.dataset)


def wrong_members(package: PackageFolder) -> Iterator[Fault]:
    """Return transport files whose dataset has another name than the file.

    **Reference**: FDA Study Data Technical Conformance Guide, 3.3 (one dataset a file, of the file's name).
    """
    for one in package.readable:
        if one.layout.name != one.dataset:
            yield Fault(one.name, f"the dataset in it is called {one.layout.name}. Write it again.", one.dataset)


def bad_variable_names(package: PackageFolder) -> Iterator[Fault]:
    """Return variables whose names hold anything but letters, digits and underscores.

    **Reference**: FDA Study Data Technical Conformance Guide, 3.3; the format has room for 8 characters.
    """
    for one in package.readable:
        for variable in one.layout.variables:
            if not _NAME.fullmatch(variable.name):
                yield Fault(
                    one.name,
                    f"the variable {variable.name!a} has a name with other characters than A-Z, 0-9 and _. Rename it.",
                    one.dataset,
                )


def no_labels(package: PackageFolder) -> Iterator[Fault]:
    """Return datasets and variables without a label.

    **Reference**: FDA Study Data Technical Conformance Guide, 3.3; NMPA guideline, 3.7. The format has room for 40
    bytes of a label, so none can be longer.
    """
    for one in package.readable:
        if not one.layout.label:
            yield Fault(one.name, "the dataset has no label. Give it one in the specification.", one.dataset)
        for variable in one.layout.variables:
            if not variable.label:
                yield Fault(one.name, f"{variable.name} has no label. Give it one.", one.dataset, variable.name)


def long_text(package: PackageFolder) -> Iterator[Fault]:
    """Return text variables that are longer than 200 bytes.

    **Reference**: FDA Study Data Technical Conformance Guide, 3.3; NMPA guideline, 3.6; SDTMIG 3.4, 4.5.3.
    """
    for one in package.readable:
        for variable in one.layout.variables:
            if variable.type == "Char" and variable.length > _MOST_BYTES:
                yield Fault(
                    one.name,
                    f"{variable.name} has a length of {variable.length} bytes, at most {_MOST_BYTES} are taken.",
                    one.dataset,
                    variable.name,
                )


def bad_characters(package: PackageFolder) -> Iterator[Fault]:
    """Return labels and text variables that are not in an encoding that the agency takes.

    **Rule**: ASCII for FDA, PMDA and EMA; UTF-8 or GB18030 for NMPA. A file is in one encoding.
    **Reference**: FDA Study Data Technical Conformance Guide, 3.3; NMPA guideline, 4.3.
    """
    named = " or ".join(package.encodings)
    for one in package.readable:
        found = min((_undecodable(one, code) for code in package.encodings), key=lambda wrong: sum(wrong.values()))
        for name, count in found.items():
            what = (
                f"{name} has characters that are not {named} in {_rows(count)}" if name else _BAD_LABELS.format(named)
            )
            yield Fault(one.name, f"{what}. Replace them in the data or the specification.", one.dataset, name)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _undecodable(one: TransportFile, encoding: str) -> dict[str, int]:
    """Return how many rows of each text variable are not in an encoding; labels are counted under no name."""
    found = {"": sum(not _decodes(label, encoding) for label in one.labels())}
    places = {
        variable.name: place
        for variable in one.layout.variables
        if variable.type == "Char" and (place := one.place(variable.name)) is not None
    }
    for piece in one.records():
        beyond = np.asarray(np.any(piece > _LAST_ASCII, axis=0))
        for name, place in places.items():
            if beyond[place].any():
                cells = piece[:, place]
                rows = cells[(cells > _LAST_ASCII).any(axis=1)]
                found[name] = found.get(name, 0) + _count_undecodable(rows, encoding)
    return {name: count for name, count in found.items() if count}


def _count_undecodable(cells: Bytes, encoding: str) -> int:
    """Return how many cells cannot be decoded; a blank after each keeps a cut character from taking in the next."""
    stored = np.pad(cells, ((0, 0), (0, 1)), constant_values=_BLANK)
    if _decodes(stored.tobytes(), encoding):
        return 0
    distinct, counts = np.unique(stored, axis=0, return_counts=True)
    wrong = [not _decodes(cell.tobytes(), encoding) for cell in distinct]
    return int(counts[wrong].sum())


def _decodes(stored: bytes, encoding: str) -> bool:
    try:
        stored.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def other_study(package: PackageFolder) -> Iterator[Fault]:
    """Return datasets with records of another study, or without STUDYID, and define.xml files of another study.

    **Reference**: FDA Technical Rejection Criteria, 1734 (the study's identifier is the same in ts.xpt and in the study
    tagging file); SDTMIG 3.4 and ADaMIG 1.3 (STUDYID is required).
    """
    for one in package.readable:
        place = one.place("STUDYID")
        if place is None:
            yield Fault(one.name, "has no STUDYID. Add it.", one.dataset, "STUDYID")
            continue
        width = place.stop - place.start
        expected = np.frombuffer(package.study_id.encode().ljust(width), dtype="uint8")
        fits = len(expected) == width
        others = sum(
            int((piece[:, place] != expected).any(axis=1).sum()) if fits else len(piece) for piece in one.records()
        )
        if others:
            verb = "has" if others == 1 else "have"
            what = f"{_rows(others)} {verb} another STUDYID than {package.study_id}."
            yield Fault(one.name, what, one.dataset, "STUDYID")
    for name, tree in package.defines.items():
        stated = tree.findtext(".//{*}GlobalVariables/{*}StudyName") if tree is not None else package.study_id
        if stated != package.study_id:
            yield Fault(name, f"StudyName is not {package.study_id}, the STUDYID of the data. Write it again.")


def no_trial_summary(package: PackageFolder) -> Iterator[Fault]:
    """Return a fault where tabulations have no ts.xpt.

    **Reference**: FDA Technical Rejection Criteria for Study Data, 1734.
    """
    return _absent(package, "sdtm", "ts")


def no_demographics(package: PackageFolder) -> Iterator[Fault]:
    """Return a fault where tabulations have no dm.xpt.

    **Reference**: FDA Technical Rejection Criteria for Study Data, 1736.
    """
    return _absent(package, "sdtm", "dm")


def no_subject_level(package: PackageFolder) -> Iterator[Fault]:
    """Return a fault where analysis datasets have no adsl.xpt.

    **Reference**: FDA Technical Rejection Criteria for Study Data, 1736; NMPA guideline, 2.2.
    """
    return _absent(package, "adam", "adsl")


def _absent(package: PackageFolder, standard: Standard, name: str) -> Iterator[Fault]:
    if package.has(standard) and package.dataset(standard, name) is None:
        yield Fault(f"{package.folder(standard)}/{name}.xpt", "is not there. Make the dataset.", name.upper())


def no_start_date(package: PackageFolder) -> Iterator[Fault]:
    """Return a fault where ts.xpt states no study start date, and a warning where it says only why there is none.

    **Rule**: a row with TSPARMCD SSTDTC, whose TSVAL is a complete ISO 8601 date. A null flavor in TSVALNF is taken by
    the rule of a simplified ts.xpt, but the FDA cannot tell from it which standards apply.
    **Reference**: FDA Technical Rejection Criteria for Study Data, 1734.
    """
    one = package.dataset("sdtm", "ts")
    if one is None or one.problem is not None:
        return
    rows = zip(one.texts("TSPARMCD"), one.texts("TSVAL"), one.texts("TSVALNF"), strict=True)
    stated = [(value, flavor) for parameter, value, flavor in rows if parameter == "SSTDTC"]
    if not stated:
        yield Fault(one.name, "has no study start date (TSPARMCD SSTDTC). Add it.", "TS", "TSVAL")
    for value, flavor in stated:
        if not value and flavor:
            what = f"the study start date (SSTDTC) is not stated, only a null flavor ({flavor}). State the date."
            yield Fault(one.name, what, "TS", "TSVALNF", "warning")
        elif not _is_date(value):
            what = "the study start date (TSVAL of SSTDTC) is no complete ISO 8601 date. Correct it."
            yield Fault(one.name, what, "TS", "TSVAL")


def _is_date(text: str) -> bool:
    day, separator, time = text.partition("T")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) or (separator and not time):
        return False
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
