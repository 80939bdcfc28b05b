"""The files of a study's folder, each read by itself and held to its shape; what they say of each other comes later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from clinical.errors import Problem, SpecError, did_you_mean, listed
from specs.lint_maps import CODELISTS_FILE, METHODS_FILE, RAW_FILE, UNITS_FILE
from specs.model.adam import AdamSource
from specs.model.analyses import Analyses
from specs.model.base import Strict
from specs.model.codelists import CodelistSource
from specs.model.dataset import DatasetSource
from specs.model.explanations import Explanations
from specs.model.raw import RawContract
from specs.model.study import Method, Quantity, StudyDesign
from specs.settings import insert_settings
from specs.validate import validate
from specs.yaml_text import YamlText, read_yaml

STUDY_FILE, ANALYSES_FILE, EXPLANATIONS_FILE = "study.yaml", "analyses.yaml", "explanations.yaml"
#: The files of a study's folder, beside those in `sdtm/` and `adam/`.
FILES = (
    STUDY_FILE, RAW_FILE, CODELISTS_FILE, METHODS_FILE, UNITS_FILE, "simulation.yaml", ANALYSES_FILE, EXPLANATIONS_FILE,
)  # fmt: skip

ModelT = TypeVar("ModelT", bound=BaseModel)
SourceT = TypeVar("SourceT", DatasetSource, AdamSource)


class _Codelists(Strict):
    codelists: dict[str, CodelistSource] = {}


class _Methods(Strict):
    methods: dict[str, Method] = {}


class _Units(Strict):
    quantities: dict[str, Quantity] = {}


@dataclass
class StudyFiles:
    """What each file says. One that cannot be used says nothing: `problems` has why, and `unread` what it is of.

    `places` holds each file's text by its path in the folder, that of a dataset by the dataset's name as well.
    `unread` names datasets and files, each with the file that is to be mended; `silent` are files that cannot be used
    and that no other refers to.
    """

    design: StudyDesign | None = None
    raw: RawContract = field(default_factory=RawContract.none)
    codelists: Mapping[str, CodelistSource] = field(default_factory=dict)
    methods: Mapping[str, Method] = field(default_factory=dict)
    units: Mapping[str, Quantity] = field(default_factory=dict)
    sdtm: Mapping[str, DatasetSource] = field(default_factory=dict)
    adam: Mapping[str, AdamSource] = field(default_factory=dict)
    analyses: Analyses = field(default_factory=Analyses)
    explanations: Explanations = field(default_factory=Explanations)
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, YamlText] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)


def read_study(folder: Path) -> StudyFiles:
    """Return the files of a study's folder."""
    return _Reader(folder).read()


class _Reader:
    """Reads the files of one study; a mistake in one of them keeps none of the others from being read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found = StudyFiles()

    def read(self) -> StudyFiles:
        found = self.found
        self._refuse_unknown_files()
        found.design = self._model(STUDY_FILE, StudyDesign)
        collects = (self.folder / "sdtm").is_dir()
        found.raw = self._model(RAW_FILE, RawContract, None if collects else found.raw) or found.raw
        found.codelists = (self._model(CODELISTS_FILE, _Codelists, _Codelists()) or _Codelists()).codelists
        found.methods = (self._model(METHODS_FILE, _Methods, _Methods()) or _Methods()).methods
        found.units = (self._model(UNITS_FILE, _Units, _Units()) or _Units()).quantities
        found.sdtm = dict(self._datasets("sdtm", DatasetSource))
        settings = self._settings()
        if settings is not None:
            found.adam = dict(self._datasets("adam", AdamSource, settings))
            found.analyses = self._model(ANALYSES_FILE, Analyses, Analyses(), settings) or Analyses()
        found.explanations = self._model(EXPLANATIONS_FILE, Explanations, Explanations()) or Explanations()
        return found

    def _settings(self) -> Mapping[str, Any] | None:
        """Return the settings, also of a design that is wrong elsewhere; None where they are not to be had."""
        if self.found.design is not None:
            return self.found.design.settings
        content = self.found.places[STUDY_FILE].content if STUDY_FILE in self.found.places else None
        settings = content.get("settings", {}) if isinstance(content, Mapping) else None
        return settings if isinstance(settings, Mapping) else None

    def _refuse_unknown_files(self) -> None:
        """A misspelt file would be passed over in silence, and what it says with it."""
        for path in sorted(self.folder.glob("*.y*ml")):
            if path.name not in FILES:
                what = f"is not read.{did_you_mean(path.name, FILES)} Known here: {listed(FILES)}. Rename or remove it."
                self.found.problems.append(Problem(self._shown(path.name), what))

    def _shown(self, name: str) -> str:
        return f"{self.folder.name}/{name}"

    def _model(
        self,
        name: str,
        model: type[ModelT],
        default: ModelT | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> ModelT | None:
        problems = self.found.problems
        path = self.folder / name
        if not path.is_file() and default is not None:
            return default
        found = None
        if path.is_file():
            place = self._text(name, path, settings)
            found = validate(model, place, problems) if place is not None else None
        else:
            problems.append(Problem(self._shown(name), "is missing. Every study has one."))
        if found is None and name in (ANALYSES_FILE, EXPLANATIONS_FILE):
            self.found.silent.append(name)
        elif found is None:
            self.found.unread[name] = name
        return found

    def _text(self, name: str, path: Path, settings: Mapping[str, Any] | None) -> YamlText | None:
        try:
            place = read_yaml(path, self._shown(name))
        except SpecError as error:
            self.found.problems += error.problems
            return None
        if settings is not None:
            place = insert_settings(place, settings, self.found.problems)
        self.found.places[name] = place
        return place

    def _datasets(
        self, kind: str, model: type[SourceT], settings: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[str, SourceT]]:
        """Yield each dataset's source by its name; the file is named after it."""
        for path in sorted((self.folder / kind).glob("*.yaml")):
            file = f"{kind}/{path.name}"
            source = self._model(file, model, settings=settings)
            if source is None:
                self.found.unread[path.stem.upper()] = self.found.unread.pop(file)
                continue
            name, place = source.dataset, self.found.places[file]
            if name.lower() != path.stem:
                what = f"is '{name}', but the file is {path.name}. Give them one name."
                self.found.problems.append(Problem(place.place(("dataset",)), what))
            self.found.places[name] = place
            yield name, source
