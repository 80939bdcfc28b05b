"""How guides say numbers, dates and lists of names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from clinical.wording import count

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def spelled(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun, in words up to twelve.

    >>> spelled(1, "arm"), spelled(0, "arm"), spelled(13, "arm")
    ('one arm', 'no arms', '13 arms')
    """
    noun = singular if number == 1 else plural or singular + "s"
    return f"{_SMALL[number] if number < len(_SMALL) else f'{number:,}'} {noun}"


def sentence(words: str) -> str:
    """Return words with a capital at the beginning.

    >>> sentence("one arm is planned.")
    'One arm is planned.'
    """
    return words[:1].upper() + words[1:]


def closed(words: str) -> str:
    """Return words with a full stop, if they have none.

    >>> closed("Confirmed by the site"), closed("Why?")
    ('Confirmed by the site.', 'Why?')
    """
    return words if words.endswith((".", "!", "?", "。", ":")) else f"{words}."


def day(moment: date | datetime) -> str:
    """Return a date as it is written in a sentence.

    >>> day(date(2026, 1, 31))
    '31 January 2026'
    """
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def series(names: Sequence[str], most: int | None = None) -> str:
    """Return names as a series; of more than `most` the others are counted.

    >>> series(["AE"]), series(["AE", "CM", "PR"]), series(["AE", "CM", "PR", "DS"], most=2)
    ('AE', 'AE, CM and PR', 'AE, CM and 2 others')
    """
    shown = list(names)
    if most is not None and len(shown) > most:
        left = len(shown) - most
        shown = [*shown[:most], count(left, "other")]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "none"


def some(number: int) -> str:
    """Return how many of a number of things are something.

    >>> some(0), some(1), some(14)
    ('none is', '1 is', '14 are')
    """
    return count(number, "is", "are") if number else "none is"
