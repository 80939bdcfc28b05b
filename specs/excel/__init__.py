"""The specification as the industry's workbook: written from a study, and read back into its YAML."""

from __future__ import annotations

from specs.excel.exported import export_study
from specs.excel.imported import Imported, import_workbook

__all__ = ["Imported", "export_study", "import_workbook"]
