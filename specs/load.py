"""Loading a study: its YAML, the standards it follows and the checks that hold them together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from clinical.errors import Problem, SpecError, did_you_mean, listed
from specs.codelists import add_standard_codelists, decodes_of, resolve_codelist, standard_codelist
from specs.lint import has_unread_methods, lint_sdtm
from specs.lint_adam import lint_adam
from specs.lint_analyses import lint_analyses
from specs.lint_design import lint_design
from specs.lint_explanations import lint_explanations
from specs.lint_forms import lint_forms
from specs.lint_maps import CODELISTS_FILE, METHODS_FILE, RAW_FILE
from specs.model.codelists import ResolvedCodelist
from specs.model.dataset import DatasetSpec
from specs.model.study import Method, Study, StudyDesign
from specs.resolve import resolve_sdtm, stand_in
from specs.resolve_adam import resolve_adam
from specs.standards import Terminology, load_adamig, load_sdtmig, load_terminology
from specs.study_files import ANALYSES_FILE, EXPLANATIONS_FILE, STUDY_FILE, StudyFiles, read_study
from specs.yaml_text import YamlText

#: The studies that come with the product.
STUDIES = Path(__file__).parent / "studies"


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
    folder = study_folder(name)
    return _Loader(folder, read_study(folder)).load()


class _Loader:
    """Joins the files of one study and gathers every problem before it gives up."""

    def __init__(self, folder: Path, files: StudyFiles) -> None:
        self.folder = folder
        self.files = files
        self.problems = files.problems
        self.places = files.places

    def load(self) -> Study:
        design = self.files.design
        if design is None:
            what = "what the files say of each other was not checked, since study.yaml cannot be used. Mend that first."
            raise SpecError([*self.problems, Problem(self.folder.name, what)])
        try:
            study = self._study(design)
        except SpecError as error:
            self._without_standard(error)
        self._lint(study)
        self._note_unchecked(study)
        if self.problems:
            raise SpecError(self.problems)
        return study

    def _without_standard(self, error: SpecError) -> NoReturn:
        """Give up where a standard or its terminology cannot be read: nothing is known of any variable."""
        place = self.places[STUDY_FILE].place(("standards",))
        found = [Problem(place, f"{one.where}: {one.what}") for one in error.problems]
        what = "what the files say of each other was not checked, since a standard cannot be read. Mend that first."
        raise SpecError([*self.problems, *found, Problem(self.folder.name, what)]) from None

    def _note_unchecked(self, study: Study) -> None:
        """Say what the linter cannot judge, since a file cannot be used."""
        names = [*dict.fromkeys((*self.files.unread.values(), *self.files.silent))]
        if not names:
            return
        is_open = METHODS_FILE not in names and has_unread_methods(study)
        methods = ", nor whether there is each method that they name" if is_open else ""
        what = f"what {listed(names)} and other files say of each other was not checked{methods}."
        self.problems.append(Problem(self.folder.name, f"{what} Mend these mistakes first, then lint again."))

    def _study(self, design: StudyDesign) -> Study:
        files = self.files
        sdtm = self._resolve_sdtm(design)
        terminologies = self._terminologies(design)
        resolved = self._codelists(terminologies)
        self._require_codelists_of_the_standard(design, terminologies)
        adam, adam_methods = self._resolve_adam(design, sdtm)
        for spec in (*sdtm.values(), *adam.values()):
            add_standard_codelists(spec, resolved, terminologies)
        return Study(
            folder=self.folder,
            design=design,
            raw=files.raw,
            sdtm=sdtm,
            adam=adam,
            codelists=resolved,
            methods={**files.methods, **adam_methods},
            units=files.units,
            decodes=decodes_of(sdtm, resolved),
            files=_hashes(self.folder),
            analyses=files.analyses,
            explanations=files.explanations,
            unread=frozenset(files.unread),
        )

    def _lint(self, study: Study) -> None:
        places = self.places
        self.problems += lint_design(study, places[STUDY_FILE])
        if RAW_FILE in places:
            self.problems += lint_forms(study, places[RAW_FILE])
        self.problems += lint_sdtm(study, {name: places[name] for name in self.files.sdtm})
        self.problems += lint_adam(study, {name: places[name] for name in study.adam})
        if ANALYSES_FILE in places:
            self.problems += lint_analyses(study, study.analyses, places[ANALYSES_FILE])
        if EXPLANATIONS_FILE in places:
            self.problems += lint_explanations(study, study.explanations, places[EXPLANATIONS_FILE])

    def _resolve_sdtm(self, design: StudyDesign) -> dict[str, DatasetSpec]:
        standard = load_sdtmig(design.standards.sdtmig)
        resolved = {
            name: resolve_sdtm(source, design, self.files.raw, standard, self.places[name], self.problems)
            for name, source in self.files.sdtm.items()
        }
        self._note_unresolved("sdtm", resolved)
        broken = {path.stem.upper() for path in (self.folder / "sdtm").glob("*.yaml")} - resolved.keys()
        stand_ins = {name: stand_in(name, standard) for name in sorted(broken) if standard.dataset(name)}
        return stand_ins | {name: spec for name, spec in resolved.items() if spec is not None}

    def _resolve_adam(
        self, design: StudyDesign, sdtm: Mapping[str, DatasetSpec]
    ) -> tuple[dict[str, DatasetSpec], dict[str, Method]]:
        """Return the ADaM datasets, and the methods that their files state."""
        standard = load_adamig(design.standards.adamig)
        resolved = {
            name: resolve_adam(source, design, standard, self.places[name], self.problems, sdtm)
            for name, source in self.files.adam.items()
        }
        self._note_unresolved("adam", resolved)
        methods = {name: one for source in self.files.adam.values() for name, one in source.methods.items()}
        # ADSL first, as everybody expects it; the others by name.
        ordered = sorted(resolved, key=lambda name: (name != "ADSL", name))
        return {name: spec for name in ordered if (spec := resolved[name]) is not None}, methods

    def _note_unresolved(self, kind: str, resolved: Mapping[str, DatasetSpec | None]) -> None:
        """Note the datasets that the standard does not know, of which nothing is known either."""
        self.files.unread.update(
            {name: f"{kind}/{name.lower()}.yaml" for name, spec in resolved.items() if spec is None}
        )

    def _terminologies(self, design: StudyDesign) -> tuple[Terminology, ...]:
        own = self.folder / "terminology"
        versions = design.standards
        return (
            load_terminology("sdtm", versions.sdtm_terminology, own),
            load_terminology("adam", versions.adam_terminology, own),
        )

    def _codelists(self, terminologies: tuple[Terminology, ...]) -> dict[str, ResolvedCodelist]:
        place = self.places.get(CODELISTS_FILE, YamlText(f"{self.folder.name}/{CODELISTS_FILE}", {}))
        resolved = {
            name: resolve_codelist(name, one, terminologies, place, self.problems)
            for name, one in self.files.codelists.items()
        }
        return {name: one for name, one in resolved.items() if one is not None}

    def _require_codelists_of_the_standard(self, design: StudyDesign, terminologies: tuple[Terminology, ...]) -> None:
        """Refuse one published codelist where the standard has another; a list of the study's own may replace it."""
        standard = load_sdtmig(design.standards.sdtmig)
        for dataset, source in self.files.sdtm.items():
            for name, row in source.variables.items():
                entry = standard.find_variable(dataset, name)
                if not row.codelist or entry is None or not entry.codelists:
                    continue
                own = self.files.codelists.get(row.codelist)
                if own is None and standard_codelist(row.codelist, terminologies) is None:
                    continue  # not defined at all, which is said elsewhere
                published = (own.standard if own else (row.codelist,)) or entry.codelists
                if not set(published) & set(entry.codelists):
                    expected = " or ".join(entry.codelists)
                    what = f"has codelist {row.codelist}, the standard {expected}. Take that, or a list based on it."
                    self.problems.append(Problem(self.places[dataset].place(("variables", name)), what))


def _hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that says something of the study (samples excepted)."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix in (".yaml", ".csv", ".ttf", ".ttc")
        and "sample" not in path.relative_to(folder).parts
    }
