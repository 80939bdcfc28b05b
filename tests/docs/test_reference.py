"""The reference pages name everything that there is: every key, verb and rule; their examples fit the models."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from checks.gate import Waiver, waivers_of
from checks.registry import RULES
from checks.rules import MODULES
from clinical.errors import Problem
from clinical.findings import COLUMNS, SEVERITIES
from specs.load import STUDIES
from specs.model import base
from specs.model.adam import AdamSource, AdamVariableSource
from specs.model.adam_maps import AdamMap
from specs.model.analyses import Analyses
from specs.model.codelists import CodelistSource
from specs.model.dataset import DatasetSource, VariableSource
from specs.model.facts import Facts, facts_of
from specs.model.maps import Map
from specs.model.raw import RawContract
from specs.model.responses import ResponseParameter, ResponseRules
from specs.model.study import Method, Quantity, StudyDesign
from specs.model.time_to_event import Censor, TimeRules
from specs.model.tumor_results import TumorResults
from specs.settings import insert_settings
from specs.yaml_text import YamlText, read_yaml
from tests.docs.markdown import Block, blocks_of, inline_code

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "docs" / "reference-specs.md"
PAGES = sorted((ROOT / "docs").glob("*.md"))
FINDINGS = ROOT / "docs" / "reference-findings.md"
EXAMPLES = [block for page in PAGES for block in blocks_of(page) if block.model]


def _study(content: Any) -> None:
    StudyDesign.model_validate({"id": "X", "name": "X", "title": "X", **content})


def _settings(content: Any) -> None:
    facts_of(content["settings"])
    waivers_of(content["settings"])


def _raw(content: Any) -> None:
    forms = {"dm": {"label": "Demographics", "columns": {}}}
    RawContract.model_validate({"subjects": "dm", "forms": forms, **content})


def _each(model: type[BaseModel], key: str | None = None) -> Callable[[Any], None]:
    """Return a check of a mapping (or of what stands under `key`) whose every value is of a model."""

    def check(content: Any) -> None:
        for value in (content[key] if key else content).values():
            model.model_validate(value)

    return check


def _conditions(content: Any) -> None:
    for condition in content:
        TypeAdapter(base.Where).validate_python(condition)


#: What a page may call an example by, and what it is held against.
MODELS: dict[str, Callable[[Any], Any]] = {
    "study": _study,
    "settings": _settings,
    "raw": _raw,
    "codelists": _each(CodelistSource, "codelists"),
    "methods": _each(Method, "methods"),
    "units": _each(Quantity, "quantities"),
    "sdtm": DatasetSource.model_validate,
    "variables": _each(VariableSource),
    "conditions": _conditions,
    "adam": AdamSource.model_validate,
    "adam variables": _each(AdamVariableSource),
    "responses": ResponseRules.model_validate,
    "time_to_event": TimeRules.model_validate,
    "tumor_results": TumorResults.model_validate,
    "analyses": Analyses.model_validate,
}


def _content(block: Block, folder: Path) -> Any:
    """Return an example as the loader reads it, the settings of cart1922 in place."""
    path = folder / "example.yaml"
    path.write_text(block.text, encoding="utf-8")
    read = read_yaml(path, block.where)
    settings = read_yaml(STUDIES / "cart1922" / "study.yaml", "study.yaml").content["settings"]
    problems: list[Problem] = []
    found: YamlText = insert_settings(read, settings, problems)
    assert not problems
    return found.content


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.where)
def test_examples_fit_their_models(block: Block, tmp_path: Path) -> None:
    assert block.model in MODELS, block.where
    MODELS[block.model](_content(block, tmp_path))


# Keys and verbs


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _keys_of(*models: Any) -> set[str]:
    """Return the keys of models and of those inside them, as YAML writes them."""
    names: set[str] = set()
    waiting = [found for model in models for found in _models_in(model)]
    seen: set[type[BaseModel]] = set()
    while waiting:
        model = waiting.pop()
        if model in seen:
            continue
        seen.add(model)
        for name, field in model.model_fields.items():
            names.add(field.alias or name)
            for part in (field.annotation, *field.metadata):
                waiting.extend(_models_in(part))
    return names


def _words(*pages: Path) -> set[str]:
    """Return every word in the blocks and the inline code of pages."""
    texts = [text for page in pages for text in (*(block.text for block in blocks_of(page)), *inline_code(page))]
    return {word for text in texts for word in re.findall(r"\w+", text)}


def test_every_key_of_a_study_is_documented() -> None:
    models = (
        StudyDesign, Facts, Waiver, CodelistSource, Method, Quantity, DatasetSource, AdamSource, base.Tested,
        VariableSource, AdamVariableSource, Map, AdamMap, ResponseParameter, Censor, TimeRules, ResponseRules,
        Analyses,
    )  # fmt: skip
    missing = _keys_of(*models) - _words(SPECS)
    assert not missing


def test_every_key_of_the_raw_contract_is_documented() -> None:
    missing = _keys_of(RawContract) - _words(*PAGES)
    assert not missing


def _algorithms(union: Any) -> set[str]:
    return {
        name
        for model in set(_models_in(union))
        for name in get_args(model.model_fields["algorithm"].annotation)
        if "algorithm" in model.model_fields
    }


@pytest.mark.parametrize("union", [Map, AdamMap, ResponseParameter], ids=["sdtm", "adam", "responses"])
def test_every_verb_is_explained_and_has_an_example(union: Any) -> None:
    known = _algorithms(union)
    examples = {name for block in blocks_of(SPECS) for name in re.findall(r"algorithm: (\w+)", block.text)}
    assert known <= examples
    assert known <= set(inline_code(SPECS))


# Findings


def _table_of_rules() -> dict[str, str]:
    """Return the severity that the page gives each rule."""
    rows = re.findall(r"^\| ([A-Z]+\.[A-Z0-9_]+) \| ([a-z ]+) \|", FINDINGS.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a rule is listed twice"
    return dict(rows)


def _rules_in_code() -> set[str]:
    folders = ("raw", "sdtm", "adam", "checks", "submission", "flows")
    families = "ACRF|ADAM|CHECK|CORE|DEFINE|DQ|GUIDE|MAP|PACKAGE|RAW|RULE|SCHEMA|SDTM|SE|STEP|WAIVER|XPT"
    texts = [path.read_text(encoding="utf-8") for name in folders for path in (ROOT / name).rglob("*.py")]
    return {name for text in texts for name in re.findall(rf'"((?:{families})\.[A-Z][A-Z0-9_]+)"', text)}


def test_every_rule_is_listed_and_no_other() -> None:
    assert MODULES
    assert set(_table_of_rules()) == _rules_in_code() | set(RULES)


def test_rules_are_listed_with_their_severity() -> None:
    listed = _table_of_rules()
    assert {name: listed[name] for name in RULES} == {name: rule.severity for name, rule in RULES.items()}
    assert all(set(text.split(" or ")) <= set(SEVERITIES) for text in listed.values())


def test_every_column_of_the_findings_is_explained() -> None:
    assert set(COLUMNS) <= set(inline_code(FINDINGS))
