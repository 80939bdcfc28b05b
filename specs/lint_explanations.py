"""What `explanations.yaml` may get wrong beyond its shape: rules, datasets, variables, settings that do not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clinical.errors import Problem, did_you_mean, listed
from specs.model.explanations import OTHERWISE, Explanations, FindingExplanation, places_in, sentence_for
from specs.model.study import Study
from specs.rule_ids import RULE_IDS, is_rule
from specs.settings import setting_names, setting_value
from specs.supplemental import supplemental_name
from specs.yaml_text import YamlText


def lint_explanations(study: Study, explanations: Explanations, place: YamlText) -> list[Problem]:
    """Return everything wrong with the explanations of a study; `place` is their file."""
    problems: list[Problem] = []
    for name in explanations.datasets:
        problems += _lint_dataset(study, name, place.place(("datasets", name)))
    for name, said in explanations.decisions.items():
        problems += _lint_decision(study.design.settings, name, said, place.place(("decisions", name)))
    seen: set[tuple[str, str | None, str | None]] = set()
    for number, one in enumerate(explanations.findings):
        where = place.place(("findings", number))
        problems += _lint_finding(study, one, where)
        key = (one.rule, one.dataset, one.variable)
        if key in seen:
            problems.append(Problem(where, f"{one.rule} is explained twice for the same place. Keep one of them."))
        seen.add(key)
    return problems


def _lint_dataset(study: Study, name: str, where: str) -> Iterator[Problem]:
    known = (*study.sdtm, *map(supplemental_name, (*study.sdtm, *study.unread)), *study.adam, *study.unread)
    if name not in known:
        yield Problem(where, f"there is no dataset '{name}'.{did_you_mean(name, known)} Correct or remove it.")


def _lint_finding(study: Study, one: FindingExplanation, where: str) -> Iterator[Problem]:
    if not is_rule(one.rule):
        hint = did_you_mean(one.rule, RULE_IDS)
        yield Problem(where, f"there is no rule '{one.rule}'.{hint} The reference of findings lists all.")
    if one.dataset is None:
        if one.variable is not None:
            yield Problem(where, f"names variable '{one.variable}' without a dataset. Add 'dataset'.")
        return
    yield from _lint_dataset(study, one.dataset, where)
    spec = study.sdtm.get(one.dataset) or study.adam.get(one.dataset)
    if one.dataset in study.unread:
        return
    if spec is not None and one.variable is not None and one.variable not in spec.names:
        yield Problem(where, f"{one.dataset} has no variable '{one.variable}'.{did_you_mean(one.variable, spec.names)}")


def _lint_decision(
    settings: Mapping[str, Any], name: str, said: str | Mapping[str, str], where: str
) -> Iterator[Problem]:
    known = list(setting_names(settings))
    if name not in known:
        yield Problem(where, f"setting '{name}' is not in study.yaml.{did_you_mean(name, known)} Correct or remove it.")
        return
    value = setting_value(settings, name)
    sentence = sentence_for(said, value)
    if sentence is None:
        found = "several values" if isinstance(value, Mapping) else f"'{value}'"
        yield Problem(where, f"has no sentence for {found}, which setting '{name}' says. Add it, or '{OTHERWISE}'.")
        return
    unknown, fillable = places_in(sentence, value)
    if unknown:
        places = listed([f"{{{one}}}" for one in fillable])
        yield Problem(where, f"'{{{unknown[0]}}}' stands for nothing that setting '{name}' says. Write {places}.")
