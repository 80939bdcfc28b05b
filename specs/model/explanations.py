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


def _decision(text: str) -> str:
    unknown = [name for name in _PLACE.findall(text) if name != "value"]
    if unknown:
        raise ValueError(f"'{{{unknown[0]}}}' stands for nothing; write {{value}} where the setting's value belongs")
    return _sentence(text)


#: A sentence in which `{value}` stands for the value of a setting.
DecisionText = Annotated[str, AfterValidator(_decision)]


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
    decisions: dict[str, DecisionText | dict[str, DecisionText]] = {}
    findings: tuple[FindingExplanation, ...] = ()


def decision_text(said: str | Mapping[str, str], value: object) -> str | None:
    """Return a decision's sentence with the setting's value in its place; None where no sentence is for this value.

    >>> decision_text("Stable disease counts from study day {value} on.", "22")
    'Stable disease counts from study day 22 on.'
    """
    parts = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    shown = " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else "".join(parts)
    sentence = said if isinstance(said, str) else said.get(shown)
    return None if sentence is None else sentence.replace("{value}", shown)
