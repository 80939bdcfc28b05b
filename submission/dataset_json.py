"""Dataset-JSON 1.1: every dataset as a JSON file, and as NDJSON with a row on each line.

Rows become text whole columns at a time, some megabytes at once, so a dataset needs no more memory than its frame.

Reference: CDISC Dataset-JSON Specification 1.1 (2024-12-05), and its representation as NDJSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clinical.errors import ConformanceError, OutsideError, listed
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from submission.dataset_json_values import Column, as_json, describe_column
from submission.manifest import describe_software
from submission.package import Standard
from submission.whole_file import whole_file
from submission.written import WrittenDataset

VERSION = "1.1.0"
#: How many bytes of values are turned into text at once.
_AT_ONCE = 16_000_000


def write_dataset_json(dataset: WrittenDataset, path: Path, *, study: Study, created: datetime) -> tuple[Path, Path]:
    """Write a dataset as `path` (JSON) and beside it as NDJSON, and return both paths.

    **Rule**: identifiers are Define-XML's: IG.AE, IT.AE.AETERM, the study's, MDV.<study>.<SDTM or ADAM>. Text stays as
    it is. A number is `integer` where all of its column are whole and exact, else `double` in its shortest form that
    reads back as the same number. A date under a date format is ISO 8601 text whose target is `integer`, as SAS has it.
    **Missing**: null. A dataset without rows has `records` 0 and no rows.
    **Reference**: Dataset-JSON 1.1, tables of attributes and of supported data types.

    Raises:
        ConformanceError: JSON could not hold the data as they are; in names and counts.
        OutsideError: the files could not be written.
    """
    frame = dataset.load()
    columns = _columns(frame, dataset)
    head = json.dumps(_metadata(dataset, columns, study, created, len(frame)), ensure_ascii=False)
    lines = path.with_suffix(".ndjson")
    try:
        with ExitStack() as stack:
            places = [stack.enter_context(whole_file(place)) for place in (path, lines)]
            whole, by_line = (stack.enter_context(place.open("wb")) for place in places)
            by_line.write(head.encode() + b"\n")
            whole.write(head[:-1].encode() + b', "rows": [\n')
            separator = b""
            for rows in _rows(frame, columns, dataset):
                by_line.write(rows)
                whole.write(separator)
                whole.write(memoryview(rows.replace(b"]\n[", b"],\n["))[:-1])
                separator = b",\n"
            whole.write(b"\n]}\n")
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written ({error.strerror}). Check the disk's space.") from error
    return path, lines


def metadata_version(study: Study, standard: Standard) -> str:
    """Return the identifier of a standard's metadata, the one that define.xml has: MDV.CART1922.SDTM."""
    return f"MDV.{study.id}.{standard.upper()}"


def _metadata(
    dataset: WrittenDataset, columns: Sequence[Column], study: Study, created: datetime, rows: int
) -> dict[str, Any]:
    """Return the attributes in the specification's order; what is not known is left out."""
    moment = created.astimezone(UTC) if created.tzinfo else created
    sponsor = (one.value for one in study.design.trial_summary if one.parameter == "SPONSOR" and one.value)
    described: dict[str, Any] = {
        "datasetJSONCreationDateTime": f"{moment:%Y-%m-%dT%H:%M:%S}Z",
        "datasetJSONVersion": VERSION,
        "fileOID": f"{study.id}.{dataset.standard.upper()}.{dataset.name}.{moment:%Y%m%dT%H%M%S}",
        "originator": next(sponsor, None),
        "sourceSystem": {"name": "cdiscflow", "version": describe_software(()).cdiscflow},
        "studyOID": study.id,
        "metaDataVersionOID": metadata_version(study, dataset.standard),
        "itemGroupOID": f"IG.{dataset.name}",
        "records": rows,
        "name": dataset.name,
        "label": dataset.spec.label,
        "columns": [column.attributes for column in columns],
    }
    return {name: value for name, value in described.items() if value is not None}


def _columns(frame: pd.DataFrame, dataset: WrittenDataset) -> list[Column]:
    spec = dataset.spec
    _require_columns(frame, spec)
    keys = {name: place for place, name in enumerate(spec.keys, start=1)}
    return [
        describe_column(
            frame[variable.name],
            variable,
            dataset=spec.name,
            length=dataset.lengths.get(variable.name),
            key=keys.get(variable.name),
        )
        for variable in spec.variables
    ]


def _require_columns(frame: pd.DataFrame, spec: DatasetSpec) -> None:
    if missing := [name for name in spec.names if name not in frame]:
        raise ConformanceError(
            f"{spec.name}: specified but not in the data: {listed(missing)}. Build them or take them out of the spec."
        )


def _rows(frame: pd.DataFrame, columns: Sequence[Column], dataset: WrittenDataset) -> Iterator[bytes]:
    """Return the rows in pieces, each row as `[…]` with a line feed."""
    width = sum(dataset.lengths.get(column.name) or 16 for column in columns) + 4 * len(columns)
    step = max(1, _AT_ONCE // width)
    for start in range(0, len(frame), step):
        piece = frame.iloc[start : start + step]
        cells = [as_json(piece[column.name], column, dataset.name) for column in columns]
        joined = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="null")
        yield _bytes_of(pc.binary_join_element_wise("[", joined, "]\n", ""))


def _bytes_of(texts: pa.StringArray) -> bytes:
    """Return the texts of an array behind one another, as they stand in its memory."""
    _, offsets, characters = texts.buffers()
    ends = np.frombuffer(offsets, dtype="int32", count=len(texts) + 1, offset=4 * texts.offset)
    stored: bytes = characters.slice(int(ends[0]), int(ends[-1] - ends[0])).to_pybytes()
    return stored
