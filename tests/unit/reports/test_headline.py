"""Large figures picked from literal records of results."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from reports.headline import Headline, pick_headline
from specs.model.headline import HeadlineItem

RECORDS = pd.DataFrame(
    [
        ("ORR", "RSP", "Response", "PERCENT", "65.6"),
        ("ORR", "RSP", "Response", "COUNT", "21"),
        ("ORR", "CR", "Complete", "PERCENT", "31.3"),
        ("OS", "OS", "Survival", "MEDIAN", "NE"),
        ("OS", "OS", "Survival", "MEDIAN_LOWER", "10.6"),
        ("OS", "OS", "Survival / Events", "EVENTS", "9"),
        ("OS", "OS", "Survival / Events / DEATH", "EVENTS", "8"),
    ],
    columns=["ANALYSIS", "PARAMCD", "GROUP", "STATISTIC", "TEXT"],
)


def pick(**item: Any) -> tuple[Headline, ...]:
    return pick_headline([HeadlineItem.model_validate({"label": "Label", **item})], RECORDS)


def test_numbers_stand_in_their_places() -> None:
    found = pick(table="ORR", where={"PARAMCD": "RSP"}, value="{PERCENT}%", detail="{COUNT} of 32")
    assert found == (Headline("Label", "65.6%", "21 of 32", "ORR"),)


def test_the_condition_and_the_order_decide_which() -> None:
    assert pick(table="ORR", where={"GROUP": "Complete"}, value="{PERCENT}%")[0].value == "31.3%"
    assert pick(table="OS", value="{EVENTS}")[0].value == "9"


def test_what_is_not_estimable_is_said_in_words() -> None:
    item = {"table": "OS", "value": "{MEDIAN} months", "detail": "from {MEDIAN_LOWER}"}
    assert pick(**item) == (Headline("Label", "Not estimable", "from 10.6", "OS"),)
    assert pick(**item, not_estimable="Not reached")[0].value == "Not reached"


@pytest.mark.parametrize("item", [{"table": "XX", "value": "{PERCENT}"}, {"table": "OS", "value": "{PERCENT}"}])
def test_without_the_number_there_is_no_item(item: dict[str, str]) -> None:
    assert pick(**item) == ()


def test_a_value_has_a_number() -> None:
    with pytest.raises(ValueError, match="'value' names no statistic"):
        pick(table="ORR", value="65%")
