"""The results of a study: tables and numbers computed from its analysis datasets."""

from reports.results.build import build_results
from reports.results.tables import Results, ResultTable
from reports.results.write import write_results

__all__ = ["ResultTable", "Results", "build_results", "write_results"]
