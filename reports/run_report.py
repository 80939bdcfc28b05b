"""The run report: one page that says what came out, what is wrong and whom to ask.

The page stands alone (no script, nothing fetched), prints on A4, and holds nothing but what follows from the data:
two runs of one export write the same bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from clinical.errors import OutsideError
from clinical.findings import SEVERITIES, Severity
from reports.figures import Drawing
from reports.headline import Headline
from reports.result_views import sections_of, view_figure, view_table
from reports.results import ResultTable
from reports.summaries import DatasetLine, FindingGroup, ParameterLine
from reports.trace_places import page_name

#: More groups of one severity than this are left to findings.csv.
_MOST_GROUPS = 60
_MOST_DATASETS = 10


@dataclass(frozen=True)
class InputLine:
    """A file of the export, by its name inside the export; `records` is None where it has none."""

    name: str
    records: int | None
    sha256: str


@dataclass(frozen=True)
class DocumentLine:
    """A document of the package, or the package itself: what it is, and its path inside the run folder."""

    title: str
    path: str
    note: str = ""


@dataclass(frozen=True)
class RunSummary:
    """What the report says; plain values, made by whoever ran the study.

    `snapshot` is the export's own time; `cutoff` an ISO date. `funnel` counts subjects from the first step of the
    trial to the last, as `("Enrolled", 40)`; each step is shown as a share of the first. `left_out` names the figures
    and tables that could not be made, each with the reason in a sentence.
    """

    study_id: str
    title: str
    status: Literal["published", "draft", "stopped"]
    snapshot: datetime | None
    cutoff: str | None
    standards: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[InputLine, ...] = ()
    datasets: tuple[DatasetLine, ...] = ()
    documents: tuple[DocumentLine, ...] = ()
    funnel: tuple[tuple[str, int], ...] = ()
    findings: tuple[FindingGroup, ...] = ()
    parameters: tuple[ParameterLine, ...] = ()
    headline: tuple[Headline, ...] = ()
    figures: tuple[Drawing, ...] = ()
    tables: tuple[ResultTable, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SeverityView:
    """The findings of one severity: the groups shown, and how many groups are not."""

    severity: Severity
    count: int
    groups: tuple[FindingGroup, ...]
    left_out: int


@dataclass(frozen=True)
class DatasetFindings:
    """A dataset's findings: how many of each severity, errors first, and in all."""

    dataset: str
    counts: tuple[tuple[Severity, int], ...]
    total: int


def write_report(folder: Path, summary: RunSummary) -> Path:
    """Write `report/index.html` into a run folder and return its path.

    Raises:
        OutsideError: the disk refused.
    """
    path = folder / "report" / "index.html"
    page = render_report(summary, {one.name for one in (path.parent / "trace").glob("*.html")})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written ({error.strerror}). Check the disk's space.") from error
    return path


def render_report(summary: RunSummary, trace_pages: Collection[str] = ()) -> str:
    """Return the report as one HTML page; `trace_pages` are the names of those in `report/trace` to link to."""
    by_severity = tuple(_view(severity, summary.findings) for severity in SEVERITIES)
    page = _environment().get_template("run_report.html")
    return page.render(
        run=summary,
        subjects=max((line.subjects or 0 for line in summary.datasets), default=0),
        by_severity=by_severity,
        counts={view.severity: view.count for view in by_severity},
        by_dataset=_count_by_dataset(summary.findings),
        standards=(("sdtm", "SDTM"), ("adam", "ADaM")),
        figures=tuple(view_figure(one, trace_pages) for one in summary.figures),
        table_sections=sections_of(view_table(one, trace_pages) for one in summary.tables),
        trace_pages=trace_pages,
        trace_page=page_name,
        parameter_sets=tuple(dict.fromkeys(line.dataset for line in summary.parameters)),
    )


def _view(severity: Severity, findings: Iterable[FindingGroup]) -> SeverityView:
    groups = tuple(group for group in findings if group.severity == severity)
    shown = groups[:_MOST_GROUPS]
    return SeverityView(severity, sum(group.count for group in groups), shown, len(groups) - len(shown))


def _count_by_dataset(findings: Iterable[FindingGroup]) -> tuple[DatasetFindings, ...]:
    """Return the datasets with most errors, then warnings, then notes."""
    counts: dict[str, list[int]] = {}
    for group in findings:
        counts.setdefault(group.dataset or "Export", [0, 0, 0])[SEVERITIES.index(group.severity)] += group.count
    ordered = sorted(counts.items(), key=lambda item: ([-count for count in item[1]], item[0]))
    return tuple(
        DatasetFindings(name, tuple(zip(SEVERITIES, numbers, strict=True)), sum(numbers))
        for name, numbers in ordered[:_MOST_DATASETS]
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "percent": _percent, "width": _width, "link": _link, "moment": _moment}
    return environment


def _number(count: int) -> str:
    return f"{count:,}"


def _percent(count: int, whole: int) -> str:
    """Return a share rounded half up; only nothing is 0 % and only all is 100 %."""
    if not whole:
        return ""
    share = (200 * count + whole) // (2 * whole)
    if count and not share:
        return "<1 %"
    return ">99 %" if share == 100 and count < whole else f"{share} %"


def _width(count: int, whole: int) -> str:
    """Return the length of a bar in percent."""
    return f"{100 * count / whole:.2f}%" if whole else "0%"


def _link(path: str) -> str:
    """Return a path in the run folder as seen from the report's folder."""
    return "../" + quote(path)


def _moment(time: datetime) -> str:
    utc = time.astimezone(UTC) if time.tzinfo else time
    return f"{utc:%Y-%m-%d %H:%M}" + (" UTC" if time.tzinfo else "")
