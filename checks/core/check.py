"""Checking a folder of transport files by the CDISC CORE engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from checks.core.engine import Request, require_inputs, run_engine
from checks.core.environment import engine_python
from checks.core.results import findings_of
from clinical.findings import combine, report
from specs.model.study import Study


@dataclass(frozen=True)
class CoreOptions:
    """What the user says of the engine: its cache, a Define-XML 2.1 file, the interpreter."""

    cache: Path
    define: Path | None = None
    python: Path | None = None


def check_with_core(
    study: Study,
    files: Mapping[str, Path],
    options: CoreOptions,
    *,
    standard: Literal["sdtm", "adam"] = "sdtm",
    empty: Collection[str] = (),
    say: Callable[[str], None] = lambda text: None,
) -> pd.DataFrame:
    """Return what the engine finds in transport files of one standard, as findings of the source `core`.

    Args:
        files: the transport files by dataset name.
        empty: the datasets without rows; they break the engine, so that they are left out and reported.
        say: called with one line before the engine's environment is made.

    Raises:
        OutsideError: no interpreter, no cache, or the engine broke off.
    """
    versions = study.design.standards
    if standard == "sdtm":
        name, version, packages = "sdtmig", versions.sdtmig, [f"sdtmct-{versions.sdtm_terminology}"]
    else:
        name, version, packages = "adamig", versions.adamig, [f"adamct-{versions.adam_terminology}"]
    left_out = [_left_out(one) for one in files if one in empty]
    if len(left_out) == len(files):
        return combine(left_out)
    request = Request(
        cache=options.cache,
        files=[path for one, path in files.items() if one not in empty],
        standard=name,
        version=version,
        terminology=packages,
        define=options.define,
    )
    require_inputs(request)
    answer = run_engine(request, engine_python(options.python, say=say))
    published = {"sdtmig": "SDTMIG", "adamig": "ADaMIG"}[name]
    return combine([*left_out, findings_of(answer, f"{published} {version}")])


def _left_out(dataset: str) -> pd.DataFrame:
    message = "The transport file has no rows, which the CDISC CORE engine cannot read. Publish no empty dataset."
    return report("CORE.EMPTY_DATASET", "warning", message, source="core", dataset=dataset)
