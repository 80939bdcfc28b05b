"""The order in which an export holds records: subject, event, repeat of the event, then as the form has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulation.draws import Ints
from simulation.export import SimulatedExport, identity_names
from specs.model.raw import RawContract


@dataclass(frozen=True)
class PlacedForm:
    """A form's rows by subject, with the positions that say where each of them stands.

    Attributes:
        subject: positions in `subjects_of`, ascending.
        event: positions among the export's events, -1 for none.
        repeat: the number of the event's repeat, 0 for none.
    """

    name: str
    frame: pd.DataFrame
    subject: Ints
    event: Ints
    repeat: Ints

    def within(self, chunk: range) -> PlacedForm | None:
        """Return the rows of a range of subjects, None where there are none."""
        low, high = np.searchsorted(self.subject, [chunk.start, chunk.stop])
        if low == high:
            return None
        part = slice(low, high)
        return PlacedForm(self.name, self.frame.iloc[part], self.subject[part], self.event[part], self.repeat[part])

    def in_order(self) -> PlacedForm:
        """Return the rows by subject, event and repeat."""
        order = np.lexsort((self.repeat, self.event, self.subject))
        return PlacedForm(self.name, self.frame.iloc[order], self.subject[order], self.event[order], self.repeat[order])


def subjects_of(export: SimulatedExport, contract: RawContract) -> pd.DataFrame:
    """Return every subject key and site of the export once, in order; records without a subject come last."""
    found = [_subject_and_site(frame, form, contract).drop_duplicates() for form, frame in export.forms.items()]
    pairs = pd.concat(found, ignore_index=True).drop_duplicates()
    return pairs.sort_values(["subject", "site"], kind="stable", na_position="last").reset_index(drop=True)


def place_forms(export: SimulatedExport, contract: RawContract, subjects: pd.DataFrame) -> list[PlacedForm]:
    """Return every form by subject; rows of one subject keep their order."""
    return [_placed(frame, form, contract, subjects, list(export.events)) for form, frame in export.forms.items()]


def _placed(
    frame: pd.DataFrame, form: str, contract: RawContract, subjects: pd.DataFrame, events: Sequence[str]
) -> PlacedForm:
    own = _subject_and_site(frame, form, contract)
    names = identity_names(contract, form)
    sites = pd.Index(subjects["site"].unique())
    keys = pd.Index(subjects["subject"].unique())
    wide = len(sites)
    place = _indices(keys, subjects["subject"]) * wide + _indices(sites, subjects["site"])
    wanted = _indices(keys, own["subject"]) * wide + _indices(sites, own["site"])
    position = pd.Index(place).get_indexer(wanted).astype("int64")
    event = _indices(pd.Index(events), frame[names["event"]])
    repeat = _repeats(frame, names.get("event_repeat"))
    order = np.argsort(position, kind="stable")
    return PlacedForm(form, frame.iloc[order], position[order], event[order], repeat[order])


def _subject_and_site(frame: pd.DataFrame, form: str, contract: RawContract) -> pd.DataFrame:
    names = identity_names(contract, form)
    nothing = pd.Series(index=frame.index, dtype="str")
    return pd.DataFrame({role: frame[names[role]] if role in names else nothing for role in ("subject", "site")})


def _indices(known: pd.Index, values: pd.Series) -> Ints:
    return known.get_indexer(pd.Index(values)).astype("int64")


def _repeats(frame: pd.DataFrame, column: str | None) -> Ints:
    if column is None:
        return np.zeros(len(frame), dtype="int64")
    return pd.to_numeric(frame[column]).fillna(0).to_numpy(dtype="int64")
