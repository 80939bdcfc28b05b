"""A study as rows of the workbook's sheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import yaml

from specs.excel.analyses import analysis_rows
from specs.excel.conditions import clause_id, written_value
from specs.excel.sheets import (
    CODELISTS,
    COMMENTS,
    DATASETS,
    DICTIONARIES,
    DOCUMENTS,
    METHODS,
    STUDY,
    VALUE_LEVEL,
    VARIABLES,
    WHERE_CLAUSES,
)
from specs.model.codelists import ResolvedCodelist
from specs.model.dataset import DatasetSpec, Origin, ValueLevelSource, VariableSpec
from specs.model.study import Study
from specs.supplemental import supplemental_name, supplemental_spec

StandardName = Literal["sdtm", "adam"]
STANDARDS: tuple[StandardName, ...] = ("sdtm", "adam")

#: A row of a sheet: text by column.
Cells = dict[str, str]

#: What study.yaml says, by the attribute of the sheet Study.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "StudyName": ("id",),
    "StudyDescription": ("title",),
    "ProtocolName": ("name",),
    "SDTMIG": ("standards", "sdtmig"),
    "ADaMIG": ("standards", "adamig"),
    "SDTM Terminology": ("standards", "sdtm_terminology"),
    "ADaM Terminology": ("standards", "adam_terminology"),
    "Data Cut-off": ("cutoff",),
}
#: How other programs want the one standard of a workbook to be named.
_STANDARD_NAMES: dict[StandardName, tuple[str, str]] = {"sdtm": ("SDTM-IG", "sdtmig"), "adam": ("ADaM-IG", "adamig")}
_DOCUMENTS: dict[StandardName, tuple[tuple[str, str, str], ...]] = {
    "sdtm": (("acrf", "Annotated CRF", "acrf.pdf"), ("csdrg", "Clinical Study Data Reviewer's Guide", "csdrg.pdf")),
    "adam": (("adrg", "Analysis Data Reviewer's Guide", "adrg.pdf"),),
}


@dataclass
class View:
    """The rows of each sheet, and the texts of the YAML maps that they show."""

    study: Study
    standards: tuple[StandardName, ...]
    mappings: Mapping[tuple[str, str], str]
    rows: dict[str, list[Cells]] = field(default_factory=dict)

    def add(self, sheet: str, cells: Mapping[str, str | None]) -> None:
        """Add a row to a sheet; what is None is an empty cell."""
        self.rows.setdefault(sheet, []).append({name: text for name, text in cells.items() if text})


def view_of(study: Study, texts: Mapping[str, str], standards: tuple[StandardName, ...] = STANDARDS) -> View:
    """Return the rows of every sheet for a study; `texts` are its YAML files, from which the maps are shown."""
    view = View(study, standards, _mappings(texts))
    _study_rows(view)
    shown = _shown(study, standards)
    for spec in shown:
        _dataset_rows(view, spec)
    _codelist_rows(view, shown)
    for name, one in study.design.dictionaries.items():
        cells = {"ID": name, "Name": one.name, "Data Type": "text", "Dictionary": one.name, "Version": one.version}
        view.add(DICTIONARIES.name, cells)
    for name, method in study.methods.items():
        cells = {"ID": name, "Name": method.name, "Type": method.type, "Description": method.text}
        view.add(METHODS.name, cells)
    for sheet, row in analysis_rows(study) if "adam" in standards else ():
        view.add(sheet, row)
    for standard in standards:
        for name, title, file in _DOCUMENTS[standard]:
            view.add(DOCUMENTS.name, {"ID": name, "Title": title, "Href": file})
    return view


def _shown(study: Study, standards: Iterable[StandardName]) -> list[DatasetSpec]:
    """Return the datasets of the standards, each dataset with qualifiers followed by its SUPP--."""
    shown: list[DatasetSpec] = []
    if "sdtm" in standards:
        for spec in study.sdtm.values():
            shown += [spec, supplemental_spec(study, spec.name)] if spec.supplemental else [spec]
    return [*shown, *(study.adam.values() if "adam" in standards else ())]


def _study_rows(view: View) -> None:
    content = view.study.design.model_dump()
    for attribute, path in ATTRIBUTES.items():
        value = content
        for part in path:
            value = value[part]
        view.add(STUDY.name, {"Attribute": attribute, "Value": str(value) if value else None})
    if len(view.standards) == 1:
        name, version = _STANDARD_NAMES[view.standards[0]]
        view.add(STUDY.name, {"Attribute": "StandardName", "Value": name})
        view.add(STUDY.name, {"Attribute": "StandardVersion", "Value": content["standards"][version]})


def _dataset_rows(view: View, spec: DatasetSpec) -> None:
    analysis = spec.name in view.study.adam
    one_per_subject = spec.keys in (("STUDYID", "USUBJID"), ("USUBJID",))
    reference = spec.class_name == "TRIAL DESIGN"
    cells = {
        "Dataset": spec.name,
        "Description": spec.label,
        "Class": spec.class_name,
        "Structure": spec.structure,
        "Purpose": "Analysis" if analysis else "Tabulation",
        "Key Variables": ", ".join(spec.keys),
        "Repeating": "No" if one_per_subject else "Yes",
        "Reference Data": "Yes" if reference else "No",
        "Comment": _comment(view, spec.comment, spec.name),
    }
    view.add(DATASETS.name, cells)
    for order, variable in enumerate(spec.variables, 1):
        _variable_row(view, spec, variable, order)
    if spec.name.startswith("SUPP"):
        _qualifier_rows(view, view.study.sdtm[spec.name.removeprefix("SUPP")])
    for order, level in enumerate(spec.value_level, 1):
        _value_level_row(view, spec, level, order)


def _comment(view: View, text: str | None, *owner: str) -> str | None:
    """Return the ID of an owner's comment, which is put on the sheet of comments; None where there is none."""
    if not text:
        return None
    name = ".".join(("COM", *owner))
    view.add(COMMENTS.name, {"ID": name, "Description": text})
    return name


def _variable_row(view: View, spec: DatasetSpec, variable: VariableSpec, order: int) -> None:
    cells = {
        "Order": str(order),
        "Dataset": spec.name,
        "Variable": variable.name,
        **_facts(variable),
        "Role": variable.role,
        "Comment": _comment(view, variable.comment, spec.name, variable.name),
        "Core": variable.core,
        "Mapping": view.mappings.get((spec.name, variable.name)),
    }
    view.add(VARIABLES.name, cells)


def _facts(variable: VariableSpec) -> dict[str, str | None]:
    return {
        "Label": variable.label,
        "Data Type": data_type(variable),
        "Length": str(variable.length) if variable.length is not None else None,
        "Format": variable.format,
        "Mandatory": "Yes" if variable.core == "Req" else "No",
        "Codelist": variable.codelist,
        **_origin(variable.origin),
        "Method": variable.method,
    }


def _origin(origin: Origin | None) -> dict[str, str | None]:
    if origin is None:
        return {}
    return {
        "Origin": origin.type,
        "Source": origin.source,
        "Pages": ", ".join(origin.pages),
        "Predecessor": origin.predecessor,
    }


def data_type(variable: VariableSpec) -> str:
    """Return the data type that Define-XML has for a variable, as far as the specification tells.

    Rule: dates of SDTM are `datetime`, durations `durationDatetime`; numbers are `integer` where they count (sequence
    numbers, study days, SAS dates), else `float`.
    """
    name = variable.name
    if variable.type == "Char":
        if name.endswith("DTC"):
            return "datetime"
        return "durationDatetime" if name.endswith("DUR") and variable.role == "Timing" else "text"
    counts = name.endswith(("SEQ", "DY")) or (variable.format or "").startswith(("DATE", "TIME", "DATETIME"))
    return "integer" if counts else "float"


def _qualifier_rows(view: View, parent: DatasetSpec) -> None:
    dataset = supplemental_name(parent.name)
    for order, variable in enumerate(parent.supplemental, 1):
        clause = clause_id(dataset, "QVAL", {"QNAM": (variable.name,)}, _clauses(view))
        _clause_rows(view, clause, dataset, {"QNAM": (variable.name,)})
        cells = {
            "Order": str(order),
            "Dataset": dataset,
            "Variable": "QVAL",
            "Where Clause": clause,
            **_facts(variable),
            "Comment": _comment(view, variable.comment, dataset, variable.name),
            "Evaluator": variable.evaluator,
            "Mapping": view.mappings.get((dataset, variable.name)),
        }
        view.add(VALUE_LEVEL.name, cells)


def _value_level_row(view: View, spec: DatasetSpec, level: ValueLevelSource, order: int) -> None:
    clause = clause_id(spec.name, level.variable, level.where, _clauses(view))
    _clause_rows(view, clause, spec.name, level.where)
    cells = {
        "Order": str(order),
        "Dataset": spec.name,
        "Variable": level.variable,
        "Where Clause": clause,
        "Label": level.label,
        "Data Type": level.type,
        "Length": str(level.length) if level.length is not None else None,
        "Codelist": level.codelist,
        **_origin(level.origin),
        "Method": level.method,
    }
    view.add(VALUE_LEVEL.name, cells)


def _clauses(view: View) -> set[str]:
    return {row["ID"] for row in view.rows.get(WHERE_CLAUSES.name, [])}


def _clause_rows(view: View, clause: str, dataset: str, where: Mapping[str, tuple[str, ...]]) -> None:
    for variable, values in where.items():
        comparator, value = written_value(values)
        cells = {"ID": clause, "Dataset": dataset, "Variable": variable, "Comparator": comparator, "Value": value}
        view.add(WHERE_CLAUSES.name, cells)


def _codelist_rows(view: View, shown: Sequence[DatasetSpec]) -> None:
    variables = (one for spec in shown for one in (*spec.variables, *spec.supplemental))
    used = {one.codelist for one in variables} | {one.codelist for spec in shown for one in spec.value_level}
    for name, codelist in view.study.codelists.items():
        if name in used or len(view.standards) == len(STANDARDS):
            for cells in codelist_rows(name, codelist):
                view.add(CODELISTS.name, cells)


def codelist_rows(name: str, codelist: ResolvedCodelist) -> Iterator[Mapping[str, str | None]]:
    """Yield the rows of a codelist, one for each term."""
    for order, term in enumerate(codelist.terms.values(), 1):
        yield {
            "ID": name,
            "Name": codelist.name,
            "NCI Codelist Code": codelist.code,
            "Data Type": "text",
            "Order": str(order),
            "Term": term.value,
            "NCI Term Code": term.code,
            "Decoded Value": term.decode,
        }


def _mappings(texts: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Return the text of each variable's map as its file has it, by dataset (SUPP-- for a qualifier) and variable."""
    found: dict[tuple[str, str], str] = {}
    for path, text in texts.items():
        if path.startswith(("sdtm/", "adam/")) and path.endswith(".yaml"):
            root = yaml.compose(text, Loader=yaml.CSafeLoader)
            entries = _entries(root)
            dataset = entries["dataset"].value if "dataset" in entries else ""
            for section, owner in (("variables", dataset), ("supplemental", supplemental_name(dataset))):
                for name, node in _entries(entries.get(section)).items():
                    outer = _entries(node).get("map")
                    if outer is not None:
                        found[(owner, name)] = _dedented(text, outer)
    return found


def _entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _dedented(text: str, node: yaml.Node) -> str:
    """Return a node's text with the indentation of its first line taken from the others."""
    lines = text[node.start_mark.index : node.end_mark.index].rstrip().split("\n")
    margin = " " * node.start_mark.column
    return "\n".join([lines[0], *(line.removeprefix(margin) for line in lines[1:])])
