"""Where everything of a run stands: the folder layout, in one place.

`m5/` is what goes into an eCTD as it is; the rest is for the people who make it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from specs.model.dataset import DatasetSpec

#: How the name of the list of checksums ends.
CHECKSUMS = "-m5.sha256"
#: How the name of the zip ends.
ARCHIVE = "-m5.zip"
Standard = Literal["sdtm", "adam"]
#: The guide for occurrences that belongs to a version of ADaMIG.
_OCCURRENCES = {"1.3": "1.1"}


@dataclass(frozen=True)
class RunPaths:
    """The paths inside one run folder; none of them is made by asking for it.

    >>> RunPaths(Path("out/demo"), "CART1922").transport_file("adam", "ADSL").as_posix()
    'out/demo/m5/datasets/cart1922/analysis/adam/datasets/adsl.xpt'
    """

    root: Path
    study_id: str

    @property
    def m5(self) -> Path:
        """The eCTD module 5 folder."""
        return self.root / "m5"

    @property
    def sdtm(self) -> Path:
        """The folder of the SDTM transport files."""
        return self.m5 / "datasets" / folder_name(self.study_id) / "tabulations" / "sdtm"

    @property
    def adam(self) -> Path:
        """The folder of the ADaM transport files."""
        return self.m5 / "datasets" / folder_name(self.study_id) / "analysis" / "adam" / "datasets"

    @property
    def findings(self) -> Path:
        """The folder of findings.csv and findings.xlsx."""
        return self.root / "findings"

    def transport_folder(self, standard: Standard) -> Path:
        """Return the folder of a standard's transport files."""
        return self.sdtm if standard == "sdtm" else self.adam

    def transport_file(self, standard: Standard, dataset: str) -> Path:
        """Return a dataset's transport file; its name is the dataset's in lower case."""
        return self.transport_folder(standard) / f"{dataset.lower()}.xpt"

    def define(self, standard: Standard) -> Path:
        """Return a standard's define.xml; its stylesheet stands beside it."""
        return self.transport_folder(standard) / "define.xml"

    def define_page(self, standard: Standard) -> Path:
        """Return define.xml as a page; agencies name no HTML among the formats that they take, so it is outside m5."""
        return self.root / "report" / f"define-{standard}.html"

    def reviewers_guide(self, standard: Standard) -> Path:
        """Return a standard's reviewer's guide: csdrg.pdf or adrg.pdf."""
        return self.transport_folder(standard) / ("csdrg.pdf" if standard == "sdtm" else "adrg.pdf")

    @property
    def annotated_crf(self) -> Path:
        """The annotated CRF."""
        return self.sdtm / "acrf.pdf"

    @property
    def drafts(self) -> Path:
        """The folder of the guides as documents that people finish; it is not part of the package."""
        return self.root / "guides"

    @property
    def archive(self) -> Path:
        """The package as it is sent: m5 in a zip."""
        return self.root / f"{folder_name(self.study_id)}{ARCHIVE}"

    @property
    def checksums(self) -> Path:
        """The SHA-256 of every file of the package and of its zip."""
        return self.root / f"{folder_name(self.study_id)}{CHECKSUMS}"

    def dataset_json(self, standard: Standard, dataset: str) -> Path:
        """Return a dataset's Dataset-JSON file."""
        return self.root / "datasetjson" / standard / f"{dataset.lower()}.json"

    def relative(self, path: Path) -> str:
        """Return a path inside the run folder as the manifest names it: relative, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def folder_name(study_id: str) -> str:
    """Return a study identifier as an eCTD folder name: lower case, anything but a-z, 0-9 and - as a hyphen.

    >>> folder_name("CART1922"), folder_name("ABC/12.3")
    ('cart1922', 'abc-12-3')
    """
    return re.sub(r"[^a-z0-9-]+", "-", study_id.lower()).strip("-") or "study"


def is_occurrence(spec: DatasetSpec) -> bool:
    """Return whether an analysis dataset follows the guide for occurrence data."""
    return spec.builder == "OCCDS"


def occurrence_guide(adamig: str, specs: Iterable[DatasetSpec]) -> str | None:
    """Return the version of the guide for occurrence data beside ADaMIG, None where no dataset follows it."""
    return _OCCURRENCES.get(adamig) if any(map(is_occurrence, specs)) else None
