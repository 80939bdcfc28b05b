"""The datasets of a study as rules see them: blanks are missing, dates are read once, subjects can be looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from checks import iso8601
from clinical.conditions import matches
from clinical.provenance import is_provenance
from specs.model.dataset import DatasetSpec
from specs.model.facts import Facts, facts_of
from specs.model.maps import Source
from specs.model.study import Study

MadeT = TypeVar("MadeT")
FactT = TypeVar("FactT")

#: Datasets that do not describe subjects' observations.
RELATIONSHIPS = ("RELREC", "RELSUB", "RELSPEC", "SUPPQUAL")


def without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame numbered from 0, texts as `str`, and empty texts as missing."""
    frame = frame.reset_index(drop=True)
    changed: dict[str, pd.Series] = {}
    for name in map(str, frame.columns):
        values = frame[name]
        if values.dtype == object:
            values = changed[name] = values.astype("str")
        if pd.api.types.is_string_dtype(values.dtype) and (blank := values.eq("")).any():
            changed[name] = values.mask(blank)
    return frame.assign(**changed) if changed else frame


#: How much of the data rules hold, in bytes, and how many datasets they hold in any case.
_HELD = 2 * 2**30
_AT_LEAST = 3


class Datasets(Mapping[str, pd.DataFrame]):
    """SDTM and ADaM datasets by name, with what a study says about them.

    A dataset is taken from `frames` when it is asked for. If `frames` reads it from a file at that moment, only those
    asked for last are held, so that large studies need not fit into memory as a whole.
    """

    def __init__(
        self,
        study: Study,
        frames: Mapping[str, pd.DataFrame],
        cutoff: date | None = None,
        snapshot: date | None = None,
    ) -> None:
        self.study = study
        self.facts: Facts = facts_of(study.design.settings)
        stated = cutoff.isoformat() if cutoff else study.design.cutoff
        self.cutoff = pd.Timestamp(stated) if stated else None
        self.snapshot = pd.Timestamp(snapshot.isoformat()[:10]) if snapshot else None
        self._frames = frames
        self._held: dict[str, pd.DataFrame] = {}  # the last asked for comes last
        self._bytes: dict[str, int] = {}
        self._columns: dict[str, frozenset[str]] = {}
        self._bounds: dict[tuple[str, str], pd.DataFrame] = {}
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        known = self._held.pop(name, None)
        if known is not None:
            self._held[name] = known
            return known
        frame = self._held[name] = without_blanks(self._frames[name])
        self._bytes[name] = int(frame.memory_usage(index=False).sum())  # slow, so once for all rules
        self._let_go()
        return frame

    def __contains__(self, name: object) -> bool:
        return name in self._frames

    def _let_go(self) -> None:
        """Forget the datasets that were asked for longest ago, with their dates, where too much is held."""
        while len(self._held) > _AT_LEAST and sum(map(self._bytes.__getitem__, self._held)) > _HELD:
            oldest = next(iter(self._held))
            del self._held[oldest]
            self._bounds = {place: read for place, read in self._bounds.items() if place[0] != oldest}

    def columns(self, name: str) -> frozenset[str]:
        """Return the columns of a dataset; once known, it need not be held for that."""
        if name not in self._columns:
            self._columns[name] = frozenset(map(str, self[name].columns))
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def is_adam(self, name: str) -> bool:
        """Return whether a dataset is an analysis dataset."""
        return name in self.study.adam or (name not in self.study.sdtm and name.startswith("AD"))

    @property
    def adam(self) -> tuple[str, ...]:
        """The analysis datasets that are there."""
        return tuple(name for name in self if self.is_adam(name))

    @property
    def supplemental(self) -> tuple[str, ...]:
        """The SUPP-- datasets that are there."""
        return tuple(name for name in self if name.startswith("SUPP"))

    @property
    def sdtm(self) -> tuple[str, ...]:
        """The SDTM datasets that are there, without SUPP-- and RELREC."""
        return tuple(
            name for name in self if not (self.is_adam(name) or name.startswith("SUPP") or name in RELATIONSHIPS)
        )

    def spec(self, name: str) -> DatasetSpec | None:
        """Return a dataset's specification, or None where the study has none."""
        return self.study.sdtm.get(name) or self.study.adam.get(name)

    def belongs(self, name: str) -> bool:
        """Return whether the study has a dataset of this name, be it here or not."""
        parent = self.study.sdtm.get(name.removeprefix("SUPP")) if name.startswith("SUPP") else None
        return self.spec(name) is not None or bool(parent and parent.supplemental)

    def keys_of(self, name: str) -> tuple[str, ...]:
        """Return the variables that tell a site which record of the subject is meant."""
        spec = self.spec(name)
        keys: Sequence[str] = spec.keys if spec else ()
        if name.startswith("SUPP"):
            keys = ("IDVAR", "IDVARVAL", "QNAM")
        return record_keys(keys or (f"{prefix(name)}SEQ",))

    def of_domain(self, domain: str) -> tuple[str, ...]:
        """Return the datasets of a domain: its own, or those that it is split into (LBCH, LBHE of LB)."""
        return tuple(name for name in self.sdtm if name == domain or (len(name) > 2 and name[:2] == domain))

    def has(self, name: str, *variables: str) -> bool:
        """Return whether a dataset is there with all of these variables."""
        return name in self and self.columns(name).issuperset(variables)

    def bounds(self, name: str, variable: str) -> pd.DataFrame:
        """Return `low`, `high`, `complete` and `date` of a date variable, one row a record; read once."""
        place = (name, variable)
        if place not in self._bounds:
            values = self[name][variable]
            if pd.api.types.is_numeric_dtype(values):  # a SAS date: days since 1960
                values = pd.to_datetime(values, unit="D", origin="1960-01-01")
            self._bounds[place] = iso8601.bounds(values)
        return self._bounds[place]

    def reference(self, subjects: pd.Series, variable: str, name: str = "DM") -> pd.DataFrame:
        """Return `low`, `high`, `complete` and `date` of a date in DM (or ADSL) for each of `subjects`."""
        found = of_subject(subjects, self.bounds(name, variable), self[name]["USUBJID"])
        return found.assign(complete=found["complete"].eq(True))

    def made(self, name: str, make: Callable[[Datasets], MadeT]) -> MadeT:
        """Return what `make` makes of the datasets; it is made once and known by its name."""
        if name not in self._made:
            self._made[name] = make(self)
        made: MadeT = self._made[name]
        return made

    def rows_of(self, source: Source) -> pd.DataFrame:
        """Return the records of a fact; none where its dataset is not there."""
        if source.dataset not in self:
            return pd.DataFrame({"USUBJID": pd.Series(dtype="str"), source.variable: pd.Series(dtype="str")})
        frame = self[source.dataset]
        return frame[matches(frame, source.where)]

    def dates_of(self, sources: Sequence[Source]) -> pd.DataFrame:
        """Return USUBJID, `low`, `high`, `complete` and `date` of every record of a fact, undated ones included."""
        tables = []
        for source in sources:
            rows = self.rows_of(source)
            if len(rows):
                read = self.bounds(source.dataset, source.variable).loc[rows.index]
                tables.append(read.assign(USUBJID=rows["USUBJID"]))
        if tables:
            return pd.concat(tables, ignore_index=True)
        return iso8601.bounds(pd.Series(dtype="str")).assign(USUBJID=pd.Series(dtype="str"))

    def first_of(self, sources: Sequence[Source], subjects: pd.Series) -> pd.DataFrame:
        """Return `low`, `high`, `complete` and `date` of the earliest date of a fact for each of `subjects`."""
        found = self.dates_of(sources).dropna(subset=["low"]).sort_values(["low", "high"], kind="stable")
        first = of_subject(subjects, found[["low", "high", "complete", "date"]], found["USUBJID"])
        return first.assign(complete=first["complete"].eq(True))

    def lacking(self, needs: Mapping[str, tuple[str, ...]]) -> tuple[list[str], bool]:
        """Return what of `needs` is not there, and whether the study itself never meant it to be there."""
        lacking: list[str] = []
        outside = False
        for name, variables in needs.items():
            if name not in self:
                lacking.append(f"dataset {name}")
                outside |= not self.belongs(name)
                continue
            spec = self.spec(name)
            for variable in variables:
                if variable not in self.columns(name):
                    lacking.append(f"variable {name}.{variable}")
                    outside |= spec is not None and variable not in spec.names
        return lacking, outside


def of_subject(subjects: pd.Series, table: pd.DataFrame, owners: pd.Series) -> pd.DataFrame:
    """Return, for each of `subjects`, the first row of `table` that the same subject owns; missing where none is."""
    own = ~owners.duplicated().to_numpy() & owners.notna().to_numpy()
    places = pd.Index(owners[own]).get_indexer(pd.Index(subjects))
    return table[own].reset_index(drop=True).reindex(places).set_axis(subjects.index)


def numbers(values: pd.Series) -> pd.Series:
    """Return values as float64; what is no number is missing (that it is there is a finding of the schema's)."""
    return pd.to_numeric(values, errors="coerce").astype("float64")


def variables_of(frame: pd.DataFrame) -> list[str]:
    """Return a dataset's variables, without the columns that say where a row came from."""
    return [str(column) for column in frame.columns if not is_provenance(str(column))]


def prefix(name: str) -> str:
    """Return the two letters that a dataset's variables begin with."""
    return name[:2]


def record_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """Return a dataset's keys without study and subject, which every finding names anyway."""
    return tuple(key for key in keys if key not in ("STUDYID", "USUBJID"))


def stated(fact: FactT | None) -> FactT:
    """Return a fact that a rule names under `facts`, so that the rule is run only where the study states it."""
    if fact is None:
        raise ValueError("the study does not state the fact")
    return fact


def definitely_after(first: pd.DataFrame, second: pd.DataFrame) -> np.ndarray:
    """Return where dates lie after `second` whatever their unknown parts are; False where one is missing."""
    return (first["low"] > second["high"]).to_numpy(dtype=bool)
