"""What an export says of the forms beside the contract: at which events they are expected, and what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FormMetadata:
    """The description of the forms in an export's own metadata; empty where the export has none.

    `events` holds the events of each form of the contract and `titles` their names for people; `choices` holds the
    texts that a site can choose from, by form and column. All of it only completes what raw.yaml says.
    """

    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
