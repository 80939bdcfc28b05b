"""Reading what a study's synthetic export is drawn from: `simulation.yaml` with names and visits of `study.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clinical.errors import Problem, SpecError
from specs.model.simulation import SimulationPlan
from specs.validate import validate
from specs.yaml_text import YamlText, read_yaml


def load_plan(folder: Path) -> SimulationPlan:
    """Return the simulation plan of a study's folder.

    Scheduled assessments are the planned visits of study.yaml that have a window.

    Raises:
        SpecError: there is no simulation.yaml, or it is wrong; all problems are in it.
    """
    path = folder / "simulation.yaml"
    if not path.is_file():
        raise SpecError(
            [Problem(f"{folder.name}/simulation.yaml", "is missing; without it nothing can be simulated. Add it.")]
        )
    source = read_yaml(path, f"{folder.name}/simulation.yaml")
    design = read_yaml(folder / "study.yaml", f"{folder.name}/study.yaml").content
    visits = (design.get("visits") or {}).get("planned") or []
    taken: dict[str, Any] = {
        "study": {"oid": design.get("id"), "name": design.get("name"), "description": design.get("title")},
        "assessments": [
            {"event": _first(visit["events"]), "name": visit["visit"], "day": visit["day"], "window": visit["window"]}
            for visit in visits
            if visit.get("window")
        ],
    }
    names = {_first(visit["events"]): visit["visit"] for visit in visits}
    own = dict(source.content or {})
    merged = YamlText(
        source.file, {**own, **taken, "event_names": {**names, **(own.get("event_names") or {})}}, source.lines
    )
    problems: list[Problem] = []
    plan = validate(SimulationPlan, merged, problems)
    if plan is None or problems:
        raise SpecError(problems)
    return plan


def _first(events: Any) -> Any:
    return events[0] if isinstance(events, list) else events
