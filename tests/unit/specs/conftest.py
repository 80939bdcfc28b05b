"""What the tests of loading and linting share: the study for tests as a folder that a test may spoil."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clinical.errors import SpecError
from specs.load import load_study

#: What ends the list where a file cannot be used.
NOT_CHECKED = re.compile(r"^[^/:]+: what .* say of each other was not checked")
TINY = Path(__file__).parents[2] / "studies" / "tiny01"


class StudyFolder:
    """A copy of the study for tests; files are changed by replacing text that is there once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def replace(self, file: str, old: str, new: str) -> StudyFolder:
        """Replace a text of a file; the text must be there, and only once."""
        path = self.folder / file
        content = path.read_text(encoding="utf-8")
        assert content.count(old) == 1, f"{old!r} stands {content.count(old)} times in {file}"
        path.write_text(content.replace(old, new), encoding="utf-8")
        return self

    def append(self, file: str, text: str) -> StudyFolder:
        """Add text at the end of a file."""
        path = self.folder / file
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
        return self

    def write(self, file: str, text: str) -> StudyFolder:
        """Write a file."""
        (self.folder / file).write_text(text, encoding="utf-8")
        return self

    def line_of(self, file: str, text: str) -> int:
        """Return the number of the first line that holds a text."""
        lines = (self.folder / file).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def problems(self) -> list[str]:
        """Return what the loader says is wrong, one text a problem, without the line on what was not checked."""
        return [text for text in self.everything_said() if not NOT_CHECKED.search(text)]

    def everything_said(self) -> list[str]:
        """Return all that the loader says, one text a line."""
        with pytest.raises(SpecError) as raised:
            load_study(self.folder)
        return [str(problem) for problem in raised.value.problems]


@pytest.fixture
def study_folder(tmp_path: Path) -> StudyFolder:
    """The study for tests in a folder of its own."""
    folder = tmp_path / "tiny01"
    shutil.copytree(TINY, folder)
    return StudyFolder(folder)


@pytest.fixture
def said(study_folder: StudyFolder) -> Callable[[str, str, str], list[str]]:
    """Spoil one text of one file and return what is said about it."""

    def spoil(file: str, old: str, new: str) -> list[str]:
        return study_folder.replace(file, old, new).problems()

    return spoil
