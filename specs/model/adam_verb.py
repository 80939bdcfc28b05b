"""What all ADaM verbs share: what they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clinical.conditions import Condition, columns_of
from specs.model.base import Strict
from specs.model.maps import Source

if TYPE_CHECKING:
    from specs.model.adam_maps import AdamMap


class Verb(Strict):
    """A verb of an ADaM `map:`."""

    def reads(self) -> tuple[str, ...]:
        """Return the references that the verb reads, its conditions on the dataset itself included."""
        return tuple(dict.fromkeys(name for where in self.own_conditions() for name in columns_of(where)))

    def own_conditions(self) -> tuple[Condition, ...]:
        """Return the conditions on the dataset being built."""
        return ()

    def numbers(self) -> tuple[str, ...]:
        """Return the references that must be numbers, those to its sources with their dataset."""
        return ()

    def dates(self) -> tuple[str, ...]:
        """Return the references that must be dates."""
        return ()

    def passed_on(self) -> tuple[str, ...]:
        """Return the references of which one, as it stands, is the verb's value."""
        return ()

    def inner(self) -> tuple[AdamMap, ...]:
        """Return the verbs inside this one."""
        return ()

    def sources(self) -> tuple[Source, ...]:
        """Return the dated records of other datasets that the verb reads."""
        return ()

    def columns(self) -> tuple[str, ...]:
        """Return the variables of its sources that the verb reads beside their dates and conditions."""
        return ()

    def more(self) -> tuple[str, ...]:
        """Return the datasets that the verb reads beside its sources."""
        return ()
