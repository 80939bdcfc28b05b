"""One call of the engine: a process of its own, a request in, results out, and nothing of the data in a message."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from checks.capping import LIMIT
from clinical.errors import OutsideError, listed

SCRIPT = Path(__file__).with_name("run_rules.py")
#: Hours after which the engine is given up.
HOURS = 6.0
#: What the script reads of a cache, beside the terminology packages.
CACHE_FILES = (
    "rules",
    "rules_dictionary",
    "standards_details",
    "standards_models",
    "variable_codelist_maps",
    "variables_metadata",
)
_DEFINE_2_1 = "http://www.cdisc.org/ns/def/v2.1"
#: What the engine's process keeps of our environment: enough to start, and no key, proxy or search path.
_KEPT = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
_SET = {
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONSAFEPATH": "1",
    "PYTHONUTF8": "1",
    "PYTHON_DOTENV_DISABLED": "1",
}


@dataclass(frozen=True)
class Request:
    """What the engine is asked: transport files, the standard and version (`sdtmig`, `3.4`), terminology packages."""

    cache: Path
    files: Sequence[Path]
    standard: str
    version: str
    terminology: Sequence[str]
    define: Path | None = None
    encoding: str = "utf-8"


class _Given(BaseModel):
    """The script speaks to us alone, but the engine's release may differ in what it adds."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Issue(_Given):
    """One thing that a rule found; `value` holds the variables that it looked at."""

    dataset: str = ""
    row: int | None = None
    subject: str | None = Field(None, alias="USUBJID")
    sequence: int | None = Field(None, alias="SEQ")
    value: dict[str, Any] = {}


class DatasetOutcome(_Given):
    """What became of a rule on one dataset: `count` issues, of which the first are listed, or reasons why not."""

    dataset: str
    domain: str
    status: str
    variables: tuple[str, ...]
    message: str
    reasons: tuple[str, ...]
    count: int
    issues: tuple[Issue, ...]


class RuleOutcome(_Given):
    """What became of a rule: the engine's status, or `no define`."""

    id: str
    status: str
    message: str
    published_as: tuple[str, ...]
    executability: str | None
    datasets: tuple[DatasetOutcome, ...]


class Answer(_Given):
    """What became of each rule; `rules` are all that the cache has for the standard."""

    engine: str
    rules: tuple[str, ...]
    results: tuple[RuleOutcome, ...]


def run_engine(request: Request, python: Path, *, hours: float = HOURS) -> Answer:
    """Return what the engine says of transport files.

    Raises:
        OutsideError: the cache lacks something, the engine broke off or took too long.
    """
    asked = {
        "cache": str(request.cache.resolve()),
        "files": [str(path.resolve()) for path in request.files],
        "standard": request.standard,
        "version": request.version.replace(".", "-"),
        "terminology": list(request.terminology),
        "define": str(request.define.resolve()) if request.define else None,
        "encoding": request.encoding,
        "limit": LIMIT,
    }
    answer = _call(python, asked, hours)
    if "lacking" in answer:
        raise OutsideError(
            f"{request.cache}: does not hold {answer['lacking']}, which the study's standards need. Bring a cache that "
            "does, or change `standards` in study.yaml."
        )
    if "failed" in answer:
        raise OutsideError(f"CDISC CORE failed with {answer['failed']}: nothing was checked. Report this as a defect.")
    try:
        return Answer.model_validate(answer)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in one["loc"] if isinstance(part, str)) for one in error.errors()})
        raise OutsideError(
            f"CDISC CORE answered in a shape that is not known ({listed(places)}): nothing was checked. Report this as "
            "a defect."
        ) from None


def _call(python: Path, asked: dict[str, Any], hours: float) -> dict[str, Any]:
    """Run the script; its standard error may hold values of the data, so nobody gets to see it."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | _SET
    with tempfile.TemporaryDirectory(prefix="cdiscflow-core-") as folder:
        try:
            done = subprocess.run(
                [str(python), str(SCRIPT)],
                input=json.dumps(asked),
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                env=environment,
                cwd=folder,
                timeout=hours * 3600,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise OutsideError(
                f"CDISC CORE did not end within {hours:g} hours and was stopped: nothing was checked. Check fewer "
                "datasets."
            ) from None
        except OSError as error:
            raise OutsideError(f"{python}: {error.strerror}. Name another Python with --core-python.") from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise OutsideError(
            f"CDISC CORE broke off (exit code {done.returncode}): nothing was checked. See that memory suffices, then "
            "run again."
        ) from None
    return answer


def require_inputs(request: Request) -> None:
    """Require the files of the cache and a Define-XML file of version 2.1, before anything is installed or run.

    Raises:
        OutsideError: the cache lacks a file, or the Define-XML file is none of version 2.1.
    """
    _require_cache(request.cache, request.terminology)
    if request.define is not None:
        _require_define(request.define)


def _require_cache(cache: Path, terminology: Sequence[str]) -> None:
    if not cache.is_dir():
        raise OutsideError(
            f"{cache}: no such folder. Name the engine's cache with --core: the folder resources/cache of its "
            "repository, or one that it made with a CDISC Library key."
        )
    lacking = [f"{name}.pkl" for name in (*CACHE_FILES, *terminology) if not (cache / f"{name}.pkl").is_file()]
    if lacking:
        packages = sorted(path.stem for path in cache.glob("*ct-*.pkl"))
        raise OutsideError(
            f"{cache}: does not hold {listed(lacking)} (its terminology: {listed(packages) or 'none'}). Bring a cache "
            "that does, or change `standards` in study.yaml."
        )


def _require_define(path: Path) -> None:
    """Require Define-XML 2.1 before the engine meets it: version 1.0 makes the engine crash."""
    try:
        starts = etree.iterparse(path, events=("start",), resolve_entities=False, no_network=True)
        spaces = [set(element.nsmap.values()) for _, element in zip(range(8), (one for _, one in starts))]
    except (OSError, etree.XMLSyntaxError) as error:
        raise OutsideError(f"--define {path}: cannot be read as XML. Name a Define-XML 2.1 file.") from error
    if not any(_DEFINE_2_1 in found for found in spaces):
        raise OutsideError(f"--define {path}: is no Define-XML 2.1 file, which CDISC CORE needs. Name one, or none.")
