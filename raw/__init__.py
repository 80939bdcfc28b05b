"""Reading raw exports of many kinds, everything as text with provenance, held against the export's contract."""

from raw.export import Export, read_export

__all__ = ["Export", "read_export"]
