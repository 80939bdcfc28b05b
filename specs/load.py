"""Loading a study: its YAML, the standards it follows and the checks that hold them together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from clinical.errors import Problem, SpecError, did_you_mean, listed
from specs.codelists import resolve_codelist, standard_codelist
from specs.lint import lint_sdtm
from specs.lint_adam import lint_adam
from specs.lint_analyses import lint_analyses
from specs.lint_design import lint_design
from specs.lint_explanations import lint_explanations
from specs.lint_forms import lint_forms
from specs.model.adam import AdamSource
from specs.model.analyses import Analyses
from specs.model.base import Strict
from specs.model.codelists import CodelistSource, ResolvedCodelist
from specs.model.dataset import DatasetSource, DatasetSpec
from specs.model.explanations import Explanations
from specs.model.maps import Decode, Recode, walk
from specs.model.raw import RawContract
from specs.model.study import Method, Quantity, Study, StudyDesign
from specs.resolve import resolve_sdtm, stand_in
from specs.resolve_adam import resolve_adam
from specs.settings import insert_settings
from specs.standards import Terminology, load_adamig, load_sdtmig, load_terminology
from specs.validate import validate
from specs.yaml_text import YamlText, read_yaml

#: The studies that come with the product.
STUDIES = Path(__file__).parent / "studies"

#: The files of a study's folder, beside those in `sdtm/` and `adam/`.
FILES = (
    "study.yaml", "raw.yaml", "codelists.yaml", "methods.yaml", "units.yaml", "simulation.yaml", "analyses.yaml",
    "explanations.yaml",
)  # fmt: skip

ModelT = TypeVar("ModelT", bound=BaseModel)
SourceT = TypeVar("SourceT", DatasetSource, AdamSource)


class _Codelists(Strict):
    codelists: dict[str, CodelistSource] = {}


class _Methods(Strict):
    methods: dict[str, Method] = {}


class _Units(Strict):
    quantities: dict[str, Quantity] = {}


def study_folder(name: str | Path) -> Path:
    """Return the folder of a study: a name under `specs/studies/`, or a path to such a folder.

    Raises:
        SpecError: there is no such folder, or no study.yaml in it.
    """
    for folder in (Path(name), STUDIES / str(name)):
        if (folder / "study.yaml").is_file():
            return folder
    known = sorted(path.parent.name for path in STUDIES.glob("*/study.yaml"))
    raise SpecError(
        [
            Problem(
                str(name),
                f"is no study: no study.yaml in a folder of that name.{did_you_mean(str(name), known)} "
                f"Known: {listed(known)}; or give the path of a folder.",
            )
        ]
    )


def load_study(name: str | Path) -> Study:
    """Return a study, resolved against its standards and linted.

    Raises:
        SpecError: anything is wrong with the specification; all problems are in it.
    """
    return _Loader(study_folder(name)).load()


class _Loader:
    """Reads the files of one study and gathers every problem before it gives up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.places: dict[str, YamlText] = {}

    def load(self) -> Study:
        self._refuse_unknown_files()
        design = self._model("study.yaml", StudyDesign)
        collects = (self.folder / "sdtm").is_dir()
        raw = self._model("raw.yaml", RawContract, None if collects else RawContract.none())
        codelists = self._model("codelists.yaml", _Codelists, _Codelists())
        methods = self._model("methods.yaml", _Methods, _Methods())
        units = self._model("units.yaml", _Units, _Units())
        sdtm_sources = dict(self._datasets("sdtm", DatasetSource))
        if design is None or raw is None or codelists is None or methods is None or units is None:
            raise SpecError(self.problems)
        sdtm = self._resolve_sdtm(sdtm_sources, design, raw)
        terminologies = self._terminologies(design)
        resolved = self._codelists(codelists, terminologies)
        self._require_codelists_of_the_standard(sdtm_sources, codelists, design, terminologies)
        adam, adam_methods = self._resolve_adam(design, sdtm)
        analyses = self._model("analyses.yaml", Analyses, Analyses(), settings=design.settings) or Analyses()
        explanations = self._model("explanations.yaml", Explanations, Explanations()) or Explanations()
        for spec in (*sdtm.values(), *adam.values()):
            self._add_standard_codelists(spec, resolved, terminologies)
        study = Study(
            folder=self.folder,
            design=design,
            raw=raw,
            sdtm=sdtm,
            adam=adam,
            codelists=resolved,
            methods={**methods.methods, **adam_methods},
            units=units.quantities,
            decodes=_decodes(sdtm, resolved),
            files=_hashes(self.folder),
            analyses=analyses,
            explanations=explanations,
        )
        self.problems += lint_design(study, self.places["study.yaml"])
        if "raw.yaml" in self.places:
            self.problems += lint_forms(study, self.places["raw.yaml"])
        self.problems += lint_sdtm(study, {name: self.places[name] for name in sdtm_sources})
        self.problems += lint_adam(study, {name: self.places[name] for name in adam})
        if "analyses.yaml" in self.places:
            self.problems += lint_analyses(study, analyses, self.places["analyses.yaml"])
        if "explanations.yaml" in self.places:
            self.problems += lint_explanations(study, explanations, self.places["explanations.yaml"])
        if self.problems:
            raise SpecError(self.problems)
        return study

    def _refuse_unknown_files(self) -> None:
        """A misspelt file would be passed over in silence, and what it says with it."""
        for path in sorted(self.folder.glob("*.y*ml")):
            if path.name not in FILES:
                what = f"is not read.{did_you_mean(path.name, FILES)} Known here: {listed(FILES)}. Rename or remove it."
                self.problems.append(Problem(self._shown(path), what))

    def _shown(self, path: Path) -> str:
        return f"{self.folder.name}/{path.relative_to(self.folder).as_posix()}"

    def _model(
        self,
        name: str,
        model: type[ModelT],
        default: ModelT | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> ModelT | None:
        path = self.folder / name
        if not path.is_file():
            if default is None:
                self.problems.append(Problem(self._shown(path), "is missing. Every study has one."))
            return default
        try:
            self.places[name] = read_yaml(path, self._shown(path))
        except SpecError as error:
            self.problems += error.problems
            return None
        if settings is not None:
            self.places[name] = insert_settings(self.places[name], settings, self.problems)
        return validate(model, self.places[name], self.problems)

    def _datasets(
        self, kind: str, model: type[SourceT], settings: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[str, SourceT]]:
        """Yield each dataset's source by its name; the file is named after it."""
        for path in sorted((self.folder / kind).glob("*.yaml")):
            source = self._model(f"{kind}/{path.name}", model, settings=settings)
            place = self.places.get(f"{kind}/{path.name}")
            if source is None or place is None:
                continue
            name = source.dataset
            if name.lower() != path.stem:
                self.problems.append(
                    Problem(place.place(("dataset",)), f"is '{name}', but the file is {path.name}. Give them one name.")
                )
            self.places[name] = place
            yield name, source

    def _resolve_sdtm(
        self, sources: Mapping[str, DatasetSource], design: StudyDesign, raw: RawContract
    ) -> dict[str, DatasetSpec]:
        standard = load_sdtmig(design.standards.sdtmig)
        resolved = {
            name: resolve_sdtm(source, design, raw, standard, self.places[name], self.problems)
            for name, source in sources.items()
        }
        broken = {path.stem.upper() for path in (self.folder / "sdtm").glob("*.yaml")} - sources.keys()
        stand_ins = {name: stand_in(name, standard) for name in sorted(broken) if standard.dataset(name)}
        return stand_ins | {name: spec for name, spec in resolved.items() if spec is not None}

    def _resolve_adam(
        self, design: StudyDesign, sdtm: Mapping[str, DatasetSpec]
    ) -> tuple[dict[str, DatasetSpec], dict[str, Method]]:
        """Return the ADaM datasets, and the methods that their files state."""
        standard = load_adamig(design.standards.adamig)
        resolved: dict[str, DatasetSpec] = {}
        methods: dict[str, Method] = {}
        for name, source in self._datasets("adam", AdamSource, design.settings):
            methods |= source.methods
            spec = resolve_adam(source, design, standard, self.places[name], self.problems, sdtm)
            if spec is not None:
                resolved[name] = spec
        # ADSL first, as everybody expects it; the others by name.
        ordered = sorted(resolved, key=lambda name: (name != "ADSL", name))
        return {name: resolved[name] for name in ordered}, methods

    def _terminologies(self, design: StudyDesign) -> tuple[Terminology, ...]:
        own = self.folder / "terminology"
        versions = design.standards
        return (
            load_terminology("sdtm", versions.sdtm_terminology, own),
            load_terminology("adam", versions.adam_terminology, own),
        )

    def _codelists(self, source: _Codelists, terminologies: tuple[Terminology, ...]) -> dict[str, ResolvedCodelist]:
        place = self.places.get("codelists.yaml", YamlText(f"{self.folder.name}/codelists.yaml", {}))
        resolved = {
            name: resolve_codelist(name, one, terminologies, place, self.problems)
            for name, one in source.codelists.items()
        }
        return {name: one for name, one in resolved.items() if one is not None}

    def _require_codelists_of_the_standard(
        self,
        sources: Mapping[str, DatasetSource],
        said: _Codelists,
        design: StudyDesign,
        terminologies: tuple[Terminology, ...],
    ) -> None:
        """Refuse one published codelist where the standard has another; a list of the study's own may replace it."""
        standard = load_sdtmig(design.standards.sdtmig)
        for dataset, source in sources.items():
            for name, row in source.variables.items():
                entry = standard.find_variable(dataset, name)
                if not row.codelist or entry is None or not entry.codelists:
                    continue
                own = said.codelists.get(row.codelist)
                if own is None and standard_codelist(row.codelist, terminologies) is None:
                    continue  # not defined at all, which is said elsewhere
                published = (own.standard if own else (row.codelist,)) or entry.codelists
                if not set(published) & set(entry.codelists):
                    expected = " or ".join(entry.codelists)
                    what = f"has codelist {row.codelist}, the standard {expected}. Take that, or a list based on it."
                    self.problems.append(Problem(self.places[dataset].place(("variables", name)), what))

    def _add_standard_codelists(
        self, spec: DatasetSpec, resolved: dict[str, ResolvedCodelist], terminologies: tuple[Terminology, ...]
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


def _decodes(sdtm: Mapping[str, DatasetSpec], codelists: Mapping[str, ResolvedCodelist]) -> dict[str, dict[str, str]]:
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


def _hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that says something of the study (samples excepted)."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in (".yaml", ".csv") and "sample" not in path.relative_to(folder).parts
    }
