"""Carrying what was changed in a workbook into the YAML files that it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clinical.errors import Problem
from specs.excel.changes import Change, term_changes
from specs.excel.facts import codelist_source, lost_texts, origin_source, parse_mapping, split_pages, variable_source
from specs.excel.levels import LevelEdits
from specs.excel.resolved import SUPP_VARIABLES, Tables, key_variables
from specs.excel.sheets import DATA_TYPES, DATASETS, DICTIONARIES, METHODS, STUDY, VALUE_LEVEL, VARIABLES
from specs.excel.view import ATTRIBUTES
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from specs.resolve import with_general_timing
from specs.standards import StandardVariable, Terminology, load_adamig, load_sdtmig
from specs.yaml_edit import YamlEdit
from specs.yaml_text import Path_

#: Keys of a variable, by the column that shows them.
_KEYS = {
    "Label": "label", "Length": "length", "Format": "format", "Codelist": "codelist", "Method": "method",
    "Role": "role", "Comment": "comment", "Core": "core", "Evaluator": "evaluator",
}  # fmt: skip
_ORIGIN = ("Origin", "Source", "Pages", "Predecessor")
_DATASET_KEYS = {"Description": "label", "Class": "class_name", "Structure": "structure", "Comment": "comment"}


class Edits:
    """The YAML files of a study with the changes of a workbook; `texts` holds them as they become."""

    def __init__(
        self, study: Study, texts: Mapping[str, str], base: Tables, edited: Tables, terminologies: Sequence[Terminology]
    ) -> None:
        self.study = study
        self.base = base
        self.edited = edited
        self.terminologies = terminologies
        self.problems: list[Problem] = []
        #: What was changed beyond single cells and rows.
        self.told: list[str] = []
        self.notes: list[Problem] = []
        #: The cell or row that decided on a place of the YAML, for problems that the loader finds there.
        self.causes: dict[tuple[str, str], str] = {}
        self._texts = dict(texts)
        self._files: dict[str, YamlEdit] = {}
        self._levels = LevelEdits(self)

    @property
    def texts(self) -> dict[str, str]:
        """The files as they are now."""
        return self._texts | {name: edit.text for name, edit in self._files.items() if edit.text}

    def file(self, name: str) -> YamlEdit:
        """Return a file to change; one that is not there is empty."""
        if name not in self._files:
            self._files[name] = YamlEdit(self._texts.get(name, ""))
        return self._files[name]

    def remove_file(self, name: str) -> None:
        """Leave a file out."""
        self._texts.pop(name, None)
        self._files.pop(name, None)

    def refuse(self, change: Change, what: str) -> None:
        """Report a change that the specification cannot take in."""
        self.problems.append(Problem(change.place, what))

    def spec(self, name: str) -> DatasetSpec | None:
        """Return a dataset of the study."""
        return self.study.sdtm.get(name) or self.study.adam.get(name)

    def file_of(self, dataset: str) -> str:
        """Return the file of a dataset."""
        kind = "adam" if dataset in self.study.adam else "sdtm"
        return f"{kind}/{dataset.lower()}.yaml"

    def apply(self, changes: Sequence[Change]) -> None:
        """Carry the changes in; what cannot be is in `problems`."""
        for change in changes:
            if change.form is STUDY:
                self._study(change)
            elif change.form is DATASETS:
                self._dataset(change)
            elif change.form is VARIABLES:
                self._variable(change)
            elif change.form is DICTIONARIES:
                self._dictionary(change)
            elif change.form is METHODS:
                self._method(change)
            elif change.form is not VALUE_LEVEL:
                self.refuse(change, "this sheet only shows what the package holds. Put it back as it was.")
        self._levels.apply([change for change in changes if change.form is VALUE_LEVEL])
        for name in self._apply_codelists():
            self.told += term_changes(name, self.base.codelists.get(name), self.edited.codelists.get(name))
        self.told += [f"Variables: those of {name} are in another order" for name in self._apply_order()]

    def _apply_codelists(self) -> list[str]:
        changed = [
            name
            for name, terms in self.edited.codelists.items()
            if name not in self.base.codelists or self.base.codelists[name].facts != terms.facts
        ]
        for name in changed:
            terms = self.edited.codelists[name]
            old = self.file("codelists.yaml").get(("codelists", name))
            if old is None and name in self.base.codelists:
                old = {"standard": name}
            before = len(self.problems)
            source = codelist_source(name, terms, old, self.terminologies, self.problems)
            if len(self.problems) > before:
                continue
            self.causes["codelists.yaml", f"codelists.{name}"] = terms.rows[0].place("ID")
            self.notes += lost_texts(name, old, source)
            self.file("codelists.yaml").merge(("codelists", name), source)
        gone = [name for name in self.base.codelists if name not in self.edited.codelists]
        for name in gone:
            if self.file("codelists.yaml").has(("codelists", name)):
                self.file("codelists.yaml").delete(("codelists", name))
        return [*changed, *gone]

    def _apply_order(self) -> list[str]:
        """Put the variables of ADaM datasets in the workbook's order; that of SDTM is the standard's."""
        moved = []
        for name, order in self.edited.order.items():
            known = [one for one in order if one in self.base.order.get(name, ())]
            if name in self.study.adam and self.file(self.file_of(name)).has(("variables",)):
                variables = self.file(self.file_of(name)).get(("variables",))
                wanted = [one for one in order if one in variables]
                if wanted != list(variables) and sorted(wanted) == sorted(variables):
                    self.file(self.file_of(name)).reorder(("variables",), wanted)
                    moved.append(name)
            elif known != [one for one in self.base.order.get(name, ()) if one in order]:
                what = (
                    f"the variables of {name} are in another order than SDTMIG's, which decides. Put their Order back."
                )
                self.problems.append(Problem(VARIABLES.name, what))
        return moved

    def _study(self, change: Change) -> None:
        path = ATTRIBUTES.get(change.key[0])
        if path is None:
            known = " or ".join(("StudyName", "StudyDescription", "SDTMIG", "ADaMIG"))
            self.refuse(change, f"'{change.key[0]}' is nothing to be changed here, expected {known}. Put it back.")
        elif change.kind == "removed" or (change.kind == "changed" and not change.new):
            if path == ("cutoff",):
                self.file("study.yaml").delete(path)
            else:
                self.refuse(change, f"is empty, expected a text: every study has one. Put '{change.old}' back.")
        elif change.row is not None and (value := change.row.get("Value")):
            self.causes["study.yaml", ".".join(path)] = change.row.place("Value")
            self.file("study.yaml").set(path, value)

    def _dictionary(self, change: Change) -> None:
        path: Path_ = ("dictionaries", change.key[0])
        if change.kind == "removed":
            self.file("study.yaml").delete(path)
        elif change.row is not None:
            name = change.row.get("Dictionary")
            if change.column == "Name":
                name = change.row.get("Name")
            known = self.file("study.yaml").get(path) or {}
            self.file("study.yaml").merge(path, {**known, "name": name, "version": change.row.get("Version")})

    def _method(self, change: Change) -> None:
        name = change.key[0]
        files = [file for file in self.texts if file.startswith("adam/") and self.file(file).has(("methods", name))]
        file = self.file(files[0] if files else "methods.yaml")
        path: Path_ = ("methods", name)
        if change.row is None:
            file.delete(path)
        elif change.kind == "added":
            kind = {"type": change.row.get("Type")} if change.row.get("Type") not in ("", "Computation") else {}
            file.set(path, {"name": change.row.get("Name"), "text": change.row.get("Description"), **kind})
        else:
            keys = {"Name": "name", "Description": "text", "Type": "type"}
            if change.column in keys:
                file.set((*path, keys[change.column]), change.new)

    def _dataset(self, change: Change) -> None:
        name = change.key[0]
        spec = self.spec(name)
        if name.startswith("SUPP") and name.removeprefix("SUPP") in self.study.sdtm:
            if change.kind == "changed":
                self.refuse(change, f"what SUPP-- is follows from SDTMIG. Put '{change.old}' back.")
        elif change.kind == "removed":
            self.remove_file(self.file_of(name))
        elif change.kind == "added" or spec is None:
            self.refuse(change, "a new dataset needs records, rules and maps. Begin its YAML file; then export again.")
        else:
            file = self.file(self.file_of(name))
            if change.column == "Key Variables" and change.row is not None:
                file.set(("keys",), key_variables(change.row))
            else:
                self._set_or_delete(file, (_DATASET_KEYS[change.column],), change)

    def _set_or_delete(self, file: YamlEdit, path: Path_, change: Change) -> None:
        if change.new:
            file.set(path, change.new)
        elif file.has(path):
            file.delete(path)
        else:
            self.refuse(change, f"is empty, but the standard says '{change.old}'. Put it back, or write another.")

    def _variable(self, change: Change) -> None:
        dataset, name = change.key
        if dataset.startswith("SUPP") and name in SUPP_VARIABLES:
            if change.kind == "changed":
                self.refuse(change, f"what {name} of SUPP-- is follows from SDTMIG. Put '{change.old}' back.")
            return
        if self.spec(dataset) is None:
            return
        file, path = self.file(self.file_of(dataset)), ("variables", name)
        if change.kind == "removed":
            self.causes[self.file_of(dataset), "variables"] = f"{VARIABLES.name} ({dataset} {name} was removed)"
            if file.has(path):
                file.delete(path)
            elif self.edited.of(DATASETS).get((dataset,)):
                self.refuse(change, "every dataset has this variable. Put the row back.")
            return
        assert change.row is not None
        self.causes[self.file_of(dataset), f"variables.{name}"] = change.row.place("Variable")
        if change.kind == "added":
            sdtm = dataset in self.study.sdtm
            file.set(path, variable_source(change.row, self.entry(dataset, name), self.problems, sdtm=sdtm))
            return
        if not file.has(path):
            file.set(path, self._common(dataset, name))
        self.set_fact(file, path, change)

    def entry(self, dataset: str, name: str) -> StandardVariable | None:
        """Return what the standard says of a variable."""
        if dataset in self.study.sdtm:
            guide = load_sdtmig(self.study.design.standards.sdtmig)
            found = guide.dataset(dataset)
            return with_general_timing(found, guide).get(name) if found else None
        spec = self.study.adam[dataset]
        return load_adamig(self.study.design.standards.adamig).find_variable(spec.builder or "", name)

    def _common(self, dataset: str, name: str) -> dict[str, Any]:
        """Return what study.yaml says of a variable of every dataset, which the dataset's own file then says."""
        known = self.file("study.yaml").get(("common", name))
        domain = {
            "map": {"algorithm": "hardcode", "value": dataset},
            "origin": {"type": "Assigned", "source": "Sponsor"},
        }
        return dict(known) if known else domain

    def set_fact(self, file: YamlEdit, path: Path_, change: Change) -> None:
        """Carry a changed cell of a variable's row to its key."""
        assert change.row is not None
        if change.column in _ORIGIN:
            self._set_origin(file, (*path, "origin"), change)
        elif change.column == "Data Type":
            kind = DATA_TYPES[change.new]
            if kind == DATA_TYPES.get(change.old):
                what = (
                    f"'{change.new}' and '{change.old}' are both {kind}, and the data decide. Put '{change.old}' back."
                )
                self.refuse(change, what)
            else:
                file.set((*path, "type"), kind)
        elif change.column == "Mapping":
            mapping = parse_mapping(change.row, self.problems)
            if mapping is not None:
                file.set((*path, "map"), mapping)
            elif not change.new and file.has((*path, "map")):
                file.delete((*path, "map"))
        elif change.column in _KEYS:
            self._set_or_delete(file, (*path, _KEYS[change.column]), change)

    def _set_origin(self, file: YamlEdit, path: Path_, change: Change) -> None:
        assert change.row is not None
        known = file.get(path) or {}
        origin = origin_source(change.row, known)
        if not origin:
            if file.has(path):
                file.delete(path)
            return
        if change.column != "Pages" and "pages" not in known:
            origin.pop("pages", None)
        if split_pages(change.row.get("Pages")) == known.get("pages"):
            origin["pages"] = known["pages"]
        file.merge(path, origin)


def causes_of(problems: Sequence[Problem], causes: Mapping[tuple[str, str], str], book: str) -> Iterator[Problem]:
    """Yield the loader's problems, each with the cell that it comes from in front where there is one."""
    for problem in problems:
        place, _, path = problem.where.partition(": ")
        file = place.partition("/")[2].rpartition(":")[0]
        known = [
            cell for (name, start), cell in causes.items() if name == file and (path + ".").startswith(start + ".")
        ]
        yield Problem(f"{book}, {known[0]}, that is {problem.where}" if known else problem.where, problem.what)
