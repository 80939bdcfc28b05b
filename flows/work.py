"""What a run is asked to do, and the folder in which its stages leave their data for each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from clinical.findings import combine
from flows.memory import give_back_memory
from specs.load import load_study
from specs.model.study import Study

give_back_memory()


@dataclass(frozen=True)
class Job:
    """A run in plain texts, so that it can be stored by the orchestrator and handed to another process.

    `raw` is the export, or None where ADaM is made from the transport files in `sdtm`. `standards` says which of SDTM
    and ADaM are made. `only` limits both to some datasets and what they need; empty means all.
    """

    study: str
    work: str
    run_id: str
    raw: str | None = None
    sdtm: str | None = None
    standards: tuple[str, ...] = ("sdtm", "adam")
    only: tuple[str, ...] = ()
    cutoff: str | None = None
    draft: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the job as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Job:
        """Return the job that `to_json` described."""
        return cls(**{**content, "standards": tuple(content["standards"]), "only": tuple(content["only"])})

    def load(self) -> Study:
        """Return the study's specification, read once a run and process."""
        return _study_of_run(self.study, self.run_id)


@dataclass(frozen=True)
class StepResult:
    """What a step found, and how many rows it made; None where it makes none."""

    findings: pd.DataFrame | None = None
    rows: int | None = None


@lru_cache(maxsize=4)
def _study_of_run(study: str, run_id: str) -> Study:
    return load_study(study)


class Store:
    """The Parquet files of a run's stages: `raw/ae`, `collected/AE`, `sdtm/AE`, `adam/ADSL`, `findings/…`."""

    def __init__(self, work: str | Path) -> None:
        self.root = Path(work) / "data"

    def save(self, stage: str, name: str, frame: pd.DataFrame) -> None:
        """Write a frame; its index is not kept."""
        path = self.root / stage / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        table = pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(table.replace_schema_metadata(_pandas_only(table)), path, compression="zstd")

    def load(self, stage: str, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Return a frame as it was saved, or some columns of it."""
        return pd.read_parquet(self.root / stage / f"{name}.parquet", columns=columns)

    def load_where(self, stage: str, name: str, column: str, values: list[str]) -> pd.DataFrame:
        """Return the rows of a frame that have one of the values in a column; all rows where it has no such column."""
        path = self.root / stage / f"{name}.parquet"
        if column not in pq.read_schema(path).names:
            return pd.read_parquet(path)
        return pd.read_parquet(path, filters=[(column, "in", values)]).reset_index(drop=True)

    def has(self, stage: str, name: str) -> bool:
        """Return whether a frame was saved."""
        return (self.root / stage / f"{name}.parquet").is_file()

    def columns(self, stage: str, name: str) -> tuple[str, ...]:
        """Return the columns of a frame, which is not read."""
        return tuple(pq.read_schema(self.root / stage / f"{name}.parquet").names)

    def rows(self, stage: str, name: str) -> int:
        """Return the number of rows of a frame, which is not read."""
        count: int = pq.read_metadata(self.root / stage / f"{name}.parquet").num_rows
        return count

    def names(self, stage: str) -> tuple[str, ...]:
        """Return the names of a stage's frames, sorted."""
        return tuple(sorted(path.stem for path in (self.root / stage).glob("*.parquet")))

    def load_all(self, stage: str) -> dict[str, pd.DataFrame]:
        """Return every frame of a stage by name."""
        return {name: self.load(stage, name) for name in self.names(stage)}

    def frames(self, *stages: str) -> Frames:
        """Return every frame of some stages by name; each is read when it is asked for."""
        return Frames(self, {name: stage for stage in stages for name in self.names(stage)})

    def note(self, name: str, content: Any) -> None:
        """Write a small JSON note that a later step reads; it appears whole, since others may look for it meanwhile."""
        path = self.root / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8", newline="\n")
        partial.replace(path)

    def noted(self, name: str) -> Any:
        """Return a note; None where there is none."""
        path = self.root / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def findings(self) -> pd.DataFrame:
        """Return everything found so far, step by step in order of their names."""
        return combine(self.load_all("findings").values())


class Frames(Mapping[str, pd.DataFrame]):
    """Frames of a store by name; each is read anew whenever it is asked for, so hold what is used twice."""

    def __init__(self, store: Store, stages: Mapping[str, str]) -> None:
        self._store = store
        self._stages = stages

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._store.load(self._stages[name], name)

    def __contains__(self, name: object) -> bool:
        return name in self._stages

    def __iter__(self) -> Iterator[str]:
        return iter(self._stages)

    def __len__(self) -> int:
        return len(self._stages)


def _pandas_only(table: pa.Table) -> dict[bytes, bytes]:
    """Return the schema's pandas metadata without the versions of libraries, which are the manifest's to state."""
    content = json.loads(table.schema.metadata[b"pandas"])
    content.pop("creator", None)
    return {b"pandas": json.dumps(content, sort_keys=True).encode()}
