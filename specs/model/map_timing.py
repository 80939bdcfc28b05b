"""The mapping verbs that place a record in time: study days, epochs, visits, order."""

from __future__ import annotations

from typing import Literal

from specs.model.base import Texts
from specs.model.map_verbs import Verb


class StudyDay(Verb):
    """Days from the reference date, no day 0 (SDTMIG 3.4, 4.4.4); missing for a partial date."""

    algorithm: Literal["study_day"]
    date: str
    reference: str = "DM.RFSTDTC"

    def reads(self) -> tuple[str, ...]:
        return (self.reference,)

    def reads_own(self) -> tuple[str, ...]:
        return (self.date,)


class CompareDates(Verb):
    """A value by where the date lies to a reference date: `before`, `on` or `after` it; --STRF, or a flag of onset.

    Missing where the known parts of the two dates do not decide (`2013-05` and `2013-05-05`), and where no value is
    given for the outcome. Times decide between two dates on one day if both have one, else it is `on`.
    """

    algorithm: Literal["compare_dates"]
    date: str
    reference: str = "DM.RFSTDTC"
    before: str | None = None
    on: str | None = None
    after: str | None = None

    def reads(self) -> tuple[str, ...]:
        return (self.reference,)

    def reads_own(self) -> tuple[str, ...]:
        return (self.date,)


class Epoch(Verb):
    """The epoch of the element of SE in which the date falls (SDTMIG 3.4, 4.1.3)."""

    algorithm: Literal["epoch"]
    date: str

    def reads_own(self) -> tuple[str, ...]:
        return (self.date,)


class Sequence(Verb):
    """--SEQ: 1, 2, … within the subject in the order of the dataset's keys, then of the collected record.

    `order` names variables by which records are numbered instead of the keys; the dataset keeps the order of its keys.
    """

    algorithm: Literal["sequence"]
    order: Texts = ()

    def reads_own(self) -> tuple[str, ...]:
        return self.order


class LastBefore(Verb):
    """Y on the last record with a result before the reference date, by test; --LOBXFL (SDTMIG 3.4, 4.5.9)."""

    algorithm: Literal["last_before"]
    date: str
    result: str
    by: tuple[str, ...]
    reference: str = "DM.RFXSTDTC"
    #: Whether a record on the reference date itself counts where times do not decide.
    same_day: bool = True

    def reads(self) -> tuple[str, ...]:
        return (self.reference,)

    def reads_own(self) -> tuple[str, ...]:
        return (self.date, self.result, *self.by)


class Visit(Verb):
    """VISITNUM, VISIT or VISITDY of the record's event, from the study's visits; unscheduled events included."""

    algorithm: Literal["visit"]
    part: Literal["VISITNUM", "VISIT", "VISITDY"]
