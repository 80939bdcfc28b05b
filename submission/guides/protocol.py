"""The design of the trial in both guides: arms, elements and visits, as the specification of the study states them."""

from __future__ import annotations

from clinical.wording import agree
from specs.model.study import Arm, PlannedVisit, StudyDesign
from submission.guides.content import Block, Column, Section, Table, paragraph, table
from submission.guides.context import GuideContext
from submission.guides.wording import closed, sentence, series, spelled

_OBJECTIVES = (("OBJPRIM", "primary objective"), ("OBJSEC", "secondary objective"))
_OUTCOMES = (("OUTMSPRI", "Primary"), ("OUTMSSEC", "Secondary"), ("OUTMSEXP", "Exploratory"))


def design_section(context: GuideContext) -> Section:
    """Return what the protocol plans: objective, arms, elements, visits, outcomes."""
    design = context.study.design
    if not design.arms:
        said = paragraph(
            "Arms, elements and visits are not part of this study's specification; the tabulated data that the study "
            "was given describe them."
        )
        return Section("Protocol design", "design", (said, *_outcomes(design)))
    blocks: list[Block] = [paragraph(_summary(design)), _arms(design)]
    blocks += [paragraph("The elements begin and end as follows."), _elements(design)]
    planned = [visit for visit in design.visits.planned if visit.planned]
    if planned:
        blocks += [paragraph(_visits_said(planned)), _visits(planned)]
    if design.visits.unscheduled:
        how = {
            "after_last": "take the number of the last planned visit before them, plus 0.1, 0.2 and so on",
            "from_name": "take the number that their name in the export holds",
        }[design.visits.unscheduled.numbering]
        blocks.append(paragraph(f"Visits that were not planned {how}."))
    return Section("Protocol design", "design", (*blocks, *_outcomes(design)))


def _summary(design: StudyDesign) -> str:
    values = {one.parameter: one.value for one in design.trial_summary if one.value}
    arms, elements = spelled(len(design.arms), "arm"), spelled(len(design.elements), "element")
    said = [f"The trial has {arms} and {elements}."]
    if "INTMODEL" in values:
        random = {"Y": "randomised", "N": "not randomised"}.get(values.get("RANDOM") or "", "")
        blind = (values.get("TBLIND") or "").lower()
        more = series([part for part in (random, blind) if part])
        said.append(f"Its design is {values['INTMODEL'].lower()}{f', {more}' if more != 'none' else ''}.")
    for parameter, label in _OBJECTIVES:
        texts = [one.value for one in design.trial_summary if one.parameter == parameter and one.value]
        said += [f"Its {label} is: {closed(value)}" for value in texts]
    return " ".join(said)


def _arms(design: StudyDesign) -> Table:
    columns = (Column("Arm", 24), Column("Code", 10), Column("Elements, by epoch", 66))
    rows: list[tuple[str, ...]] = [(arm.arm, arm.armcd, _path(arm, design)) for arm in design.arms]
    return table("Arms", columns, rows)


def _path(arm: Arm, design: StudyDesign) -> str:
    names = {one.etcd: one.element for one in design.elements}
    epochs: dict[str, list[str]] = {}
    for one in arm.elements:
        epochs.setdefault(one.epoch, []).append(names.get(one.etcd, one.etcd))
    return "\n".join(f"{epoch.capitalize()}: {', then '.join(elements)}" for epoch, elements in epochs.items())


def _elements(design: StudyDesign) -> Table:
    columns = (Column("Element", 22), Column("Code", 10), Column("Starts with", 32), Column("Ends with", 36))
    rows: list[tuple[str, ...]] = []
    for one in design.elements:
        end = one.end_rule or (
            f"A planned duration of {_duration(one.duration)}" if one.duration else "The next element"
        )
        rows.append((one.element, one.etcd, one.start_rule, end))
    return table("Elements", columns, rows)


def _duration(text: str) -> str:
    """Return an ISO 8601 duration of one unit in words.

    >>> _duration("P26W"), _duration("P1Y2M")
    ('26 weeks', 'P1Y2M')
    """
    units = {"Y": "year", "M": "month", "W": "week", "D": "day"}
    number, unit = text[1:-1], units.get(text[-1:])
    if not text.startswith("P") or unit is None or not number.isdigit():
        return text
    return f"{number} {unit}{'' if number == '1' else 's'}"


def _visits_said(planned: list[PlannedVisit]) -> str:
    with_window = sum(visit.window is not None for visit in planned)
    said = sentence(f"{spelled(len(planned), 'visit')} {agree(len(planned), 'are')} planned")
    days = "; days are study days, of which there is no day 0"
    some = spelled(with_window, "of them", "of them")
    return f"{said}, {some} with a window{days}." if with_window else f"{said}{days}."


def _visits(planned: list[PlannedVisit]) -> Table:
    number = Column("Number", 10, "number")
    windowed = any(visit.window for visit in planned)
    columns = [number, Column("Visit", 30), Column("Day", 10, "number")]
    columns += [Column("Window", 18)] if windowed else []
    columns.append(Column("Starts with", 32 if windowed else 50))
    rows: list[tuple[str, ...]] = []
    for visit in planned:
        day = "" if visit.day is None else str(visit.day)
        window = [f"{visit.window[0]} to {visit.window[1]}" if visit.window else ""] if windowed else []
        rows.append((f"{visit.visitnum:.15g}", visit.visit, day, *window, visit.start_rule or ""))
    return table("Planned visits", tuple(columns), rows)


def _outcomes(design: StudyDesign) -> list[Block]:
    rows: list[tuple[str, ...]] = [
        (label, one.value)
        for parameter, label in _OUTCOMES
        for one in design.trial_summary
        if one.parameter == parameter and one.value
    ]
    if not rows:
        return []
    return [
        paragraph("The outcomes that the protocol measures:"),
        table("Outcome measures", (Column("Kind", 18), Column("Outcome", 82)), rows),
    ]
