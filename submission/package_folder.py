"""An m5 folder as the checks of a package read it: names, headers and single columns of transport files, define.xml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clinical.errors import RawDataError
from clinical.findings import Severity
from specs.model.submission import Encoding
from submission.package import Standard, folder_name
from submission.rejection_profiles import Profile
from submission.xpt_layout import Layout, expected_size, read_layout

_BYTES_AT_ONCE = 32_000_000
_NAMESTR = 140
_MOST_DATASET_NAME = 8
Bytes = npt.NDArray[np.uint8]
STANDARDS: tuple[Standard, ...] = ("sdtm", "adam")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a package. `severity` is None where the rule's own holds."""

    where: str
    what: str
    dataset: str = ""
    variable: str = ""
    severity: Severity | None = None


@dataclass(frozen=True)
class TransportFile:
    """A transport file of the study: its name from `m5/` on, its standard and its path."""

    name: str
    standard: Standard
    path: Path

    @property
    def dataset(self) -> str:
        """The dataset's name, as the file's name says it."""
        return self.path.stem.upper()

    @cached_property
    def layout(self) -> Layout:
        """What the headers say, with every byte of a label as a character of its own; RawDataError where unreadable."""
        return read_layout(self.path, encoding="latin-1")

    @cached_property
    def problem(self) -> str | None:
        """Why it is no whole version 5 transport file; None where it is one."""
        try:
            self.layout  # noqa: B018
        except RawDataError as error:
            return str(error).removeprefix(f"{self.path.name}: ")
        return None

    def labels(self) -> list[bytes]:
        """Return the labels of the dataset and of its variables as they are stored."""
        count = len(self.layout.variables)
        with self.path.open("rb") as file:
            head = file.read(640 + _NAMESTR * count)
        places = (640 + _NAMESTR * number + 16 for number in range(count))
        return [head[512:552], *(head[at : at + 40] for at in places)]

    def records(self) -> Iterator[Bytes]:
        """Return the records in pieces, a row of bytes each."""
        layout = self.layout
        width = layout.record_length
        start = expected_size((variable.length for variable in layout.variables), 0)
        if not layout.rows:
            return
        stored = np.memmap(self.path, dtype="uint8", mode="r", offset=start, shape=(layout.rows, width))
        step = max(1, _BYTES_AT_ONCE // width)
        for at in range(0, layout.rows, step):
            yield stored[at : at + step]

    def place(self, variable: str) -> slice | None:
        """Return where a variable stands in a record, or None where the file has none of that name."""
        lengths = [one.length for one in self.layout.variables]
        for one, end in zip(self.layout.variables, accumulate(lengths), strict=True):
            if one.name == variable:
                return slice(end - one.length, end)
        return None

    def texts(self, variable: str) -> list[str]:
        """Return the values of a text variable of a small file; all empty where there is no such variable."""
        place = self.place(variable)
        if place is None:
            return [""] * self.layout.rows
        cells = (piece[:, place].tobytes() for piece in self.records())
        width = place.stop - place.start
        stored = b"".join(cells)
        return [stored[at : at + width].decode("latin-1").strip() for at in range(0, len(stored), width)]


@dataclass(frozen=True)
class PackageFolder:
    """The m5 folder of a study under an agency's profile. Names begin with `m5/` and have forward slashes.

    `awaited` names files that are still to be written, so that a link to one is no fault.
    """

    m5: Path
    study_id: str
    profile: Profile
    encodings: tuple[Encoding, ...]
    awaited: frozenset[str] = frozenset()

    @cached_property
    def entries(self) -> dict[str, Path]:
        """Everything in the folder, files and folders, sorted."""
        found = ((f"m5/{path.relative_to(self.m5).as_posix()}", path) for path in self.m5.rglob("*"))
        return dict(sorted(found))

    @cached_property
    def files(self) -> dict[str, Path]:
        """Everything but folders: files, links, pipes."""
        return {name: path for name, path in self.entries.items() if path.is_symlink() or not path.is_dir()}

    @property
    def root(self) -> str:
        """The study's folder, as a name."""
        return f"m5/datasets/{folder_name(self.study_id)}"

    def folder(self, standard: Standard) -> str:
        """Return the folder of a standard's datasets, as a name."""
        return f"{self.root}/{'tabulations/sdtm' if standard == 'sdtm' else 'analysis/adam/datasets'}"

    @cached_property
    def transport(self) -> tuple[TransportFile, ...]:
        """The transport files of the study."""
        return tuple(
            TransportFile(name, standard, path)
            for standard in STANDARDS
            for name, path in self.files.items()
            if name.startswith(f"{self.folder(standard)}/") and path.suffix.lower() == ".xpt" and path.is_file()
        )

    @cached_property
    def readable(self) -> tuple[TransportFile, ...]:
        """The transport files that can be read."""
        return tuple(one for one in self.transport if one.problem is None)

    def has(self, standard: Standard) -> bool:
        """Whether anything of a standard is in the package."""
        return any(name.startswith(f"{self.folder(standard)}/") for name in self.files)

    def dataset(self, standard: Standard, name: str) -> TransportFile | None:
        """Return a dataset's transport file by its exact name, as `ts`."""
        wanted = f"{self.folder(standard)}/{name}.xpt"
        return next((one for one in self.transport if one.name == wanted), None)

    def whole_of(self, part: TransportFile) -> TransportFile | None:
        """Return the transport file that one in the folder `split` is a part of, as lb.xpt of split/lb2.xpt.

        Where a number at the end may be a part's or the dataset's own, as in qs11.xpt, the shortest is the part's.
        """
        folder, _, name = part.name.rpartition("/split/")
        numbered = name.removesuffix(".xpt")
        wholes = [one for one in self.transport if folder and one.name.rpartition("/")[0] == folder]
        for digits in range(1, len(numbered) - len(numbered.rstrip("0123456789")) + 1):
            room = _MOST_DATASET_NAME - digits  # the number takes the place of letters
            for one in wholes:
                if one.dataset.lower()[:room] == numbered[:-digits]:
                    return one
        return None

    @cached_property
    def defines(self) -> dict[str, Any]:
        """The define.xml files of the study as trees; None where one is not well-formed XML, or no file."""
        names = (f"{self.folder(standard)}/define.xml" for standard in STANDARDS)
        return {name: _tree(self.files[name]) for name in names if name in self.files}


def _tree(path: Path) -> Any:
    from lxml import etree

    if not path.is_file():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.parse(path, parser)
    except (etree.XMLSyntaxError, OSError):
        return None
