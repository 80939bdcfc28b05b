"""`explanations.yaml`: what a study says to the reviewers of its data, in sentences; the reviewer's guides print it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from specs.model.base import SasName, SomeTexts, Strict, Texts


def _sentence(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; write a sentence, or leave the key out")
    return text.strip()


Sentence = Annotated[str, AfterValidator(_sentence)]

_PLACE = re.compile(r"\{([^{}]*)\}")
#: The sentence for every value that has none of its own.
OTHERWISE = "otherwise"


class FindingExplanation(Strict):
    """Why findings of a rule stay; `dataset` and `variable` narrow it down, and the narrowest one is printed."""

    rule: str
    explanation: Sentence
    dataset: SasName | None = None
    variable: SasName | None = None


class Explanations(Strict):
    """`explanations.yaml`; every part may be left out, and each text may be a list of paragraphs."""

    #: What a reviewer should know before anything else.
    introduction: Texts = ()
    #: Abbreviation -> what it stands for, beside those that every guide explains.
    acronyms: dict[str, Sentence] = {}
    #: Versions and amendments of the protocol.
    protocol: Texts = ()
    #: What was collected and is not in the datasets, and why.
    not_submitted: Texts = ()
    annotated_crf: Texts = ()
    #: What is known to be wrong or unusual and is no finding.
    known_issues: Texts = ()
    populations: Texts = ()
    #: What else the analysis of the data has to take into account.
    analysis: Texts = ()
    #: Dataset -> what is particular to it.
    datasets: dict[SasName, SomeTexts] = {}
    #: Setting (dotted below a mapping) -> the decision in a sentence, or a sentence for each value that it may have.
    #: `{value}` stands for the setting's value; where that is a mapping, `{part}` stands for a part of it.
    decisions: dict[str, Sentence | dict[str, Sentence]] = {}
    findings: tuple[FindingExplanation, ...] = ()


def sentence_for(said: str | Mapping[str, str], value: object) -> str | None:
    """Return the sentence that is for a setting's value, places not filled; None where there is none."""
    if isinstance(said, str):
        return said
    own = None if isinstance(value, Mapping) else said.get(_shown(value))
    return own or said.get(OTHERWISE)


def places_in(sentence: str, value: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the places of a sentence that stand for nothing, and those that a setting's value may fill."""
    known = tuple(map(str, value)) if isinstance(value, Mapping) else ("value",)
    return tuple(name for name in _PLACE.findall(sentence) if name not in known), known


def decision_text(said: str | Mapping[str, str], value: object) -> str | None:
    """Return a decision's sentence with the setting's value in its place; None where no sentence is for this value.

    >>> decision_text("Stable disease counts from study day {value} on.", "22")
    'Stable disease counts from study day 22 on.'
    >>> decision_text({"none": "It counts from the start.", "otherwise": "It counts from day {value} on."}, "none")
    'It counts from the start.'
    """
    sentence = sentence_for(said, value)
    if sentence is None or places_in(sentence, value)[0]:
        return None
    parts = value if isinstance(value, Mapping) else {"value": value}
    return _PLACE.sub(lambda found: _shown(parts[found[1]]), sentence)


def _shown(value: object) -> str:
    parts = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
