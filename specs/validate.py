"""Turning YAML text into models: every complaint of pydantic becomes a problem with file and line."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from clinical.errors import Problem, did_you_mean
from specs.yaml_text import YamlText

ModelT = TypeVar("ModelT", bound=BaseModel)


def validate(model: type[ModelT], source: YamlText, problems: list[Problem]) -> ModelT | None:
    """Return the file's content as a model, or None with what is wrong added to `problems`."""
    try:
        return model.model_validate(source.content)
    except ValidationError as error:
        for complaint in error.errors(include_url=False):
            path = _known_path(source, complaint["loc"])
            if any(path[: len(gap)] == gap for gap in source.gaps):
                continue
            problems.append(Problem(source.place(path), _sentence(model, dict(complaint))))
        return None


def _known_path(source: YamlText, location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return pydantic's location without the parts that only name a branch of a union."""
    path: tuple[str | int, ...] = ()
    for part in location:
        if (*path, part) in source.lines or part == location[-1]:
            path = (*path, part)
    return path


def _sentence(model: type[BaseModel], complaint: dict[str, object]) -> str:
    kind, context = str(complaint["type"]), complaint.get("ctx")
    location = complaint["loc"]
    key = str(location[-1]) if isinstance(location, tuple) and location else ""
    details = context if isinstance(context, dict) else {}
    if kind == "extra_forbidden":
        return f"key '{key}' is not known here.{_known_key(model, complaint['loc'])} Remove or rename it."
    if kind == "missing":
        return f"key '{key}' is missing. Add it."
    if kind == "union_tag_invalid":
        known = [name.strip().strip("'") for name in str(details.get("expected_tags", "")).split(",")]
        found = str(details.get("tag", ""))
        tag = str(details.get("discriminator", "")).strip("'")
        return f"{tag} '{found}' is not known.{did_you_mean(found, known)} Known: {', '.join(known)}."
    if kind == "union_tag_not_found":
        tag = str(details.get("discriminator", "")).strip("'")
        hint = "Say which verb maps the variable." if tag == "algorithm" else "Add it."
        return f"key '{tag}' is missing. {hint}"
    if kind == "literal_error":
        return f"'{complaint['input']}' is not allowed; expected {details.get('expected')}."
    if kind == "too_short" and not complaint.get("input"):
        return f"'{key}' is empty. Name at least {details.get('min_length')}."
    message = str(complaint["msg"]).removeprefix("Value error, ")
    given = complaint.get("input")
    shown = f" (found '{given}')" if isinstance(given, str) and given not in message else ""
    first = message[:1] if message[1:2].isupper() else message[:1].lower()  # ADTTE stays ADTTE
    return first + message[1:] + shown + "."


def _known_key(model: type[BaseModel], location: object) -> str:
    """Return the question after the nearest key: one that is known in this place, else one known further in."""
    *outer, key = location if isinstance(location, tuple) else (location,)
    models = [model]
    for part in outer:  # names that the study gives, and branches of a union, are no fields
        inner = [
            found
            for one in models
            for name, field in one.model_fields.items()
            if part == (field.alias or name)
            for found in _models_in(field.annotation)
        ]
        models = inner or models
    here = [field.alias or name for one in models for name, field in one.model_fields.items()]
    return did_you_mean(str(key), here) or did_you_mean(str(key), sorted(_field_names(model) - {str(key)}))


def _field_names(model: type[BaseModel]) -> set[str]:
    """Return every key that the model and the models inside it know."""
    names: set[str] = set()
    waiting, seen = [model], set()
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for name, field in current.model_fields.items():
            names.add(field.alias or name)
            waiting.extend(_models_in(field.annotation))
    return names


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _models_in(part)]
