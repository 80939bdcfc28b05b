"""The events of an export: in which order they come and what people call them."""

from __future__ import annotations

from specs.model.study import Study


def events_of(study: Study) -> tuple[str, ...]:
    """Return the events that `visits` of study.yaml names: those of planned visits, unscheduled ones, then others."""
    visits = study.design.visits
    planned = [event for visit in visits.planned for event in visit.events]
    unscheduled = visits.unscheduled.events if visits.unscheduled else ()
    return tuple(dict.fromkeys((*planned, *unscheduled, *visits.others)))


def event_title(study: Study, event: str) -> str:
    """Return what people call an event: its planned visit, else the name that raw.yaml gives it, else itself."""
    visits = {event: visit.visit for visit in study.design.visits.planned for event in visit.events}
    return visits.get(event) or study.raw.event_names.get(event) or event
