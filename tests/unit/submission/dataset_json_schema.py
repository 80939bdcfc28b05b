"""What Dataset-JSON 1.1 demands, as a JSON schema of our own.

Source: CDISC Dataset-JSON Specification 1.1, tables "Top-level Metadata Attributes", "Column metadata" and "Supported
Column Data Type Combinations" (github.com/cdisc-org/DataExchange-DatasetJson, doc/dataset-json1-1.md).
"""

from __future__ import annotations

_MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(([+-]\d{2}:\d{2})|Z)?$"
_TEXT = {"type": "string"}
_NAME = {"type": "string", "minLength": 1}

COLUMN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["itemOID", "name", "label", "dataType"],
    "properties": {
        "itemOID": _NAME,
        "name": _NAME,
        "label": _TEXT,
        "dataType": {
            "enum": [
                "string", "integer", "decimal", "float", "double", "boolean", "datetime", "date", "time", "URI",
            ]
        },
        "targetDataType": {"enum": ["integer", "decimal"]},
        "length": {"type": "integer", "minimum": 1},
        "displayFormat": _TEXT,
        "keySequence": {"type": "integer", "minimum": 1},
    },
}  # fmt: skip

_ATTRIBUTES = {
    "datasetJSONCreationDateTime": {"type": "string", "pattern": _MOMENT},
    "datasetJSONVersion": {"type": "string", "pattern": r"^1\.1(\.(0|([1-9][0-9]*)))?$"},
    "fileOID": _NAME,
    "dbLastModifiedDateTime": {"type": "string", "pattern": _MOMENT},
    "originator": _TEXT,
    "sourceSystem": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "version"],
        "properties": {"name": _TEXT, "version": _TEXT},
    },
    "studyOID": _NAME,
    "metaDataVersionOID": _NAME,
    "metaDataRef": _TEXT,
    "itemGroupOID": _NAME,
    "records": {"type": "integer", "minimum": 0},
    "name": _NAME,
    "label": _TEXT,
    "columns": {"type": "array", "items": COLUMN},
}

#: The attributes in the order that the specification recommends.
ORDER = [*_ATTRIBUTES, "rows"]

#: The first line of an NDJSON file.
METADATA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns",
    ],
    "properties": _ATTRIBUTES,
}  # fmt: skip

ROW = {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}}

DATASET = {**METADATA, "properties": {**_ATTRIBUTES, "rows": {"type": "array", "items": ROW}}}
