"""A workbook as a person edits it: cells are found by the row's keys and the column's heading."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from clinical.errors import SpecError
from specs.excel import Imported, export_study, import_workbook

TINY = Path(__file__).parents[3] / "studies" / "tiny01"


class Workbook:
    """A workbook on the disk and how a person changes it; `folder` is where an import puts the study."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.parent / "imported"
        self.book = openpyxl.load_workbook(path)

    def columns(self, sheet: str) -> dict[str, int]:
        """Return the place of each heading."""
        return {str(cell.value): cell.column for cell in self.book[sheet][1]}

    def row(self, sheet: str, **keys: str) -> int:
        """Return the number of the row whose cells have these values."""
        places = self.columns(sheet)
        found = [
            number
            for number in range(2, self.book[sheet].max_row + 1)
            if all(
                self.book[sheet].cell(number, places[name.replace("_", " ")]).value == value
                for name, value in keys.items()
            )
        ]
        assert len(found) == 1, f"{sheet} {keys}: rows {found}"
        return found[0]

    def set(self, sheet: str, column: str, value: object, **keys: str) -> Workbook:
        """Put a value into the cell of a column in the row with these keys."""
        self.book[sheet].cell(self.row(sheet, **keys), self.columns(sheet)[column]).value = value
        return self

    def add(self, sheet: str, cells: dict[str, object], at: int | None = None) -> Workbook:
        """Add a row at the end, or before the row `at`."""
        if at is not None:
            self.book[sheet].insert_rows(at)
        number = at or self.book[sheet].max_row + 1
        for name, value in cells.items():
            self.book[sheet].cell(number, self.columns(sheet)[name]).value = value
        return self

    def remove(self, sheet: str, **keys: str) -> Workbook:
        """Remove the row with these keys."""
        self.book[sheet].delete_rows(self.row(sheet, **keys))
        return self

    def take_in(self, **options: bool) -> Imported:
        """Save and import."""
        self.book.save(self.path)
        return import_workbook(self.path, self.folder, **options)

    def problems(self) -> list[str]:
        """Save, import, and return what is said to be wrong; nothing may have been written."""
        self.book.save(self.path)
        with pytest.raises(SpecError) as raised:
            import_workbook(self.path, self.folder)
        assert not self.folder.exists()
        return [str(problem) for problem in raised.value.problems]

    def text(self, file: str) -> str:
        """Return a file of the imported study."""
        return (self.folder / file).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def tiny_workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of the study for tests."""
    path = tmp_path_factory.mktemp("tiny") / "spec.xlsx"
    export_study(TINY, path)
    return path


@pytest.fixture
def exported(tmp_path: Path, tiny_workbook: Path) -> Callable[..., Workbook]:
    """Export a study, by default the one for tests."""

    def export(study: str | Path = TINY) -> Workbook:
        path = tmp_path / "spec.xlsx"
        if study == TINY:
            shutil.copyfile(tiny_workbook, path)
        else:
            export_study(study, path)
        return Workbook(path)

    return export


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The study for tests in a folder of its own."""
    folder = tmp_path / "tiny01"
    shutil.copytree(TINY, folder)
    return folder
