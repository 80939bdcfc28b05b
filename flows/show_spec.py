"""A specification as tables on a terminal, or as JSON."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from clinical.errors import UsageError, did_you_mean
from flows.terminal import say_json
from specs.load import load_study
from specs.model.dataset import DatasetSpec, VariableSpec


def show_spec(study: str, dataset: str | None, *, as_json: bool) -> None:
    """Print the datasets of a study, or the variables of one of them."""
    loaded = load_study(study)
    datasets = {**loaded.sdtm, **loaded.adam}
    if dataset is not None and dataset.upper() not in datasets:
        raise UsageError(f"{loaded.id} has no dataset {dataset}.{did_you_mean(dataset, datasets)}")
    if dataset is None:
        rows = [_dataset_row(spec) for spec in datasets.values()]
    else:
        spec = datasets[dataset.upper()]
        rows = [_variable_row(one) for one in (*spec.variables, *spec.supplemental)]
    if as_json:
        say_json({"study": loaded.id, "rows": rows})
        return
    table = Table(*rows[0], box=None, padding=(0, 2), title=dataset.upper() if dataset else loaded.id)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)


def _dataset_row(spec: DatasetSpec) -> dict[str, Any]:
    return {
        "Dataset": spec.name,
        "Label": spec.label,
        "Class": spec.class_name,
        "Structure": spec.structure,
        "Keys": ", ".join(spec.keys),
        "Inputs": ", ".join(spec.inputs),
        "Variables": len(spec.variables),
    }


def _variable_row(variable: VariableSpec) -> dict[str, Any]:
    return {
        "Variable": variable.name,
        "Label": variable.label,
        "Type": variable.type,
        "Core": variable.core or "",
        "Codelist": variable.codelist or "",
        "Origin": variable.origin.type if variable.origin else "",
        "Pages": ", ".join(variable.origin.pages) if variable.origin else "",
        "Method": variable.method or "",
        "Map": getattr(variable.map, "algorithm", "") or "",
    }
