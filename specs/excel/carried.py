"""The YAML files that a workbook carries along, so that nothing that its sheets cannot say is lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from clinical.errors import Problem, SpecError
from specs.excel.cell_text import escaped, unescaped
from specs.excel.sheets import FILES_SHEET, ORIGIN_SHEET
from specs.excel.view import STANDARDS, StandardName

#: What the sheet says of the workbook itself.
VERSION_KEY, STUDY_KEY, STANDARDS_KEY = "Workbook", "Study", "Standards shown"
VERSION = "1"
_HASH = "SHA-256 of "
#: A line of more characters takes several rows.
_PIECE = 30_000


@dataclass(frozen=True)
class Carried:
    """What a workbook of ours was made from: the study's files by path, and the standards that its sheets show."""

    study: str
    standards: tuple[StandardName, ...]
    texts: Mapping[str, str]


def carried_files(folder: Path) -> dict[str, str]:
    """Return the text of every file of a study's folder that says something of the study; samples do not.

    Line ends stay what they are.

    Raises:
        SpecError: a file is not UTF-8.
    """
    texts: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and path.suffix in (".yaml", ".csv") and "sample" not in name.parts:
            try:
                texts[name.as_posix()] = path.read_bytes().decode("utf-8")
            except UnicodeDecodeError as error:
                what = f"is not UTF-8 (byte {error.start}). Save it as UTF-8, or take it out of the folder."
                raise SpecError([Problem(f"{folder.name}/{name.as_posix()}", what)]) from None
    return texts


def origin_rows(study: str, standards: Sequence[str], texts: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the rows of the sheet that says what the workbook is."""
    yield {"Key": VERSION_KEY, "Value": VERSION}
    yield {"Key": STUDY_KEY, "Value": study}
    yield {"Key": STANDARDS_KEY, "Value": ", ".join(standards)}
    for path, text in texts.items():
        yield {"Key": _HASH + path, "Value": _digest(text)}


def file_rows(texts: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield a row for each line of each file (a very long one is 12, 12.1, …), escaped where a cell needs it."""
    for path, text in texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            written = escaped(line)
            for part, start in enumerate(range(0, max(len(written), 1), _PIECE)):
                shown = f"{number}.{part}" if part else str(number)
                yield {"File": path, "Line": shown, "Text": written[start : start + _PIECE]}


def read_carried(
    origin: Sequence[Mapping[str, str]], files: Sequence[Mapping[str, str]], problems: list[Problem]
) -> Carried | None:
    """Return what the two sheets say, or None where they do not say it whole, with the reasons in `problems`."""
    said = {row.get("Key", ""): row.get("Value", "") for row in origin}
    if said.get(VERSION_KEY) != VERSION:
        what = f"is of version '{said.get(VERSION_KEY, '')}', this program reads {VERSION}. Export the study again."
        problems.append(Problem(ORIGIN_SHEET, what))
        return None
    texts = _joined(files)
    if not texts:
        what = "is not there, or is empty. Edits are compared with it: put it back, or export the study again."
        problems.append(Problem(FILES_SHEET, what))
        return None
    for key, digest in said.items():
        path = key.removeprefix(_HASH)
        if key.startswith(_HASH) and _digest(texts.get(path, "")) != digest:
            what = (
                f"the lines of {path} are not those that were exported. Edits are compared with them; "
                "put them back, make the change in the other sheets, or in the YAML itself."
            )
            problems.append(Problem(FILES_SHEET, what))
    unsafe = [path for path in texts if _HASH + path not in said or not _is_safe(path)]
    problems += [Problem(FILES_SHEET, f"'{path}' was not exported. Remove its lines.") for path in unsafe]
    standards = tuple(name for name in STANDARDS if name in said.get(STANDARDS_KEY, "").split(", "))
    return Carried(said.get(STUDY_KEY, ""), standards, texts) if not problems else None


def _joined(files: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the text of each file from its lines, whatever order they stand in."""
    lines: dict[str, dict[int, dict[int, str]]] = {}
    for row in files:
        number, _, part = row.get("Line", "").partition(".")
        if number.isdecimal() and (part.isdecimal() or not part):
            lines.setdefault(row.get("File", ""), {}).setdefault(int(number), {})[int(part or 0)] = row.get("Text", "")
    return {
        path: "\n".join(
            unescaped("".join(parts[one] for one in sorted(parts))) for _, parts in sorted(numbered.items())
        )
        for path, numbered in lines.items()
    }


def _is_safe(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return not path.startswith("/") and ".." not in parts and path.endswith((".yaml", ".csv")) and "\\" not in path


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
