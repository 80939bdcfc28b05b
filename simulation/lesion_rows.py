"""The rows of target, non-target and new lesions, and of spleen, liver, marrow and uptake on PET."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulation.draws import NEVER, Draws, Flags, Floats, Ints
from simulation.export import Rows
from simulation.lesion_findings import Findings
from simulation.lesion_sizes import MEASURED
from simulation.lesion_sizes import UNREADABLE as UNREADABLE_TARGET
from simulation.lesions import FIRST_PART, MERGED, PLACES, SECOND_PART, Lesions, Sites, Targets
from simulation.text import Text, constant, dates, numbers, only, texts
from simulation.timepoints import Timepoints
from specs.model.simulation import SimulationPlan
from specs.model.simulation_lesions import MOST_TARGETS


@dataclass(frozen=True)
class Places:
    """The event of each assessment, by position among events, and the number of its repeat."""

    events: Sequence[str]
    code: Ints
    repeat: Ints


def baseline_rows(plan: SimulationPlan, lesions: Lesions) -> list[Rows]:
    """Return the rows of the forms tl, nt and og before treatment."""
    wording, event = plan.lesions.wording, plan.events.screening
    scanned = np.isfinite(lesions.ct)
    rows = []
    targets = lesions.targets
    measured = targets.exists & scanned[:, None] & (np.arange(PLACES) < MOST_TARGETS)
    others = lesions.has_non_target & scanned[:, None]
    for form, there, sites, number, state in (
        ("tl", measured, targets.sites, "T{:02d}", wording.target[0]),
        ("nt", others, lesions.non_targets, "NT{:02d}", wording.non_target[0]),
    ):
        who, place = np.nonzero(there)
        prefix = form.upper()
        items = {
            f"{prefix}NO": texts([number.format(at + 1) for at in range(there.shape[1])], place),
            **_identified(plan, prefix, sites, who, place, np.ones(len(who), dtype=bool)),
            f"{prefix}DAT": dates(lesions.ct[who]),
            f"{prefix}METH": texts(wording.methods, lesions.in_one[who].astype("int64")),
            f"{prefix}STATE": constant(state, len(who)),
        }
        if form == "tl":
            items |= {
                "TLLD": numbers(targets.length[who, place], 0),
                "TLPD": numbers(targets.width[who, place], 0),
            }
        rows.append(Rows(form, who, event, items, order=(place,)))
    return [*rows, _organs_before(plan, lesions, np.flatnonzero(scanned))]


def _organs_before(plan: SimulationPlan, lesions: Lesions, who: Ints) -> Rows:
    rules = plan.lesions
    items = {
        "OGCTDAT": dates(lesions.ct[who]),
        "OGSPLEN": numbers(lesions.spleen[who], 1),
        "OGLIVER": texts(rules.wording.liver, lesions.liver_enlarged[who].astype("int64")),
        "OGPETDAT": dates(lesions.pet[who]),
        "OG5PS": texts(list(rules.uptake.baseline), lesions.score[who]),
        "OGMARROW": texts(list(rules.uptake.marrow), lesions.marrow[who]),
    }
    return Rows("og", who, plan.events.screening, items)


def _identified(
    plan: SimulationPlan, prefix: str, sites: Sites, who: Ints, place: Ints, where: Flags
) -> dict[str, Text]:
    """Return location and kind of lesions, and the side of target lesions, where they are identified."""
    regions = [region.location for region in plan.lesions.regions]
    items = {f"{prefix}LOC": only(where, texts(regions, sites.region[who, place]))}
    if prefix == "TL":
        items["TLSIDE"] = only(where, texts(plan.lesions.wording.sides, sites.side[who, place]))
    kind = np.where(sites.nodal[who, place], 0, 1)
    items[f"{prefix}TYPE"] = only(where, texts(plan.lesions.wording.kinds, kind))
    return items


def lesion_rows(plan: SimulationPlan, lesions: Lesions, findings: Findings, places: Places, seed: int) -> list[Rows]:
    """Return the rows of the forms tl, nt, nl and og at the assessments."""
    return [
        _target_rows(plan, lesions.targets, findings, places, Draws(seed, "unread target lesions")),
        _non_target_rows(plan, findings, places, Draws(seed, "unread non-target lesions")),
        _new_rows(plan, lesions, findings, places),
        _organ_rows(plan, findings, places, Draws(seed, "unread organs")),
    ]


def _rows(
    form: str, times: Timepoints, places: Places, row: Ints, items: Mapping[str, Text], order: Sequence[np.ndarray] = ()
) -> Rows:
    """Return rows of some assessments, `row`."""
    return Rows(form, times.subject[row], places.events, items, places.code[row], places.repeat[row], order)


def _scan_items(plan: SimulationPlan, prefix: str, times: Timepoints, row: Ints) -> dict[str, Text]:
    """Return date and method: CT where one was read, else PET, which has a CT of its own."""
    ct = np.isfinite(times.ct[row])
    method = np.where(ct & ~times.in_one[row], 0, 1)
    return {
        f"{prefix}DAT": dates(np.where(ct, times.ct[row], times.pet[row])),
        f"{prefix}METH": texts(plan.lesions.wording.methods, method),
    }


def _reasons(weights: Mapping[str, float], where: Flags, draws: Draws) -> Text:
    return only(where, texts(list(weights), draws.pick(weights.values(), len(where))))


def _known(values: Floats, where: Flags, decimals: int = 0) -> Text:
    return numbers(np.where(where, np.nan_to_num(values), NEVER), decimals)


def _target_rows(plan: SimulationPlan, targets: Targets, findings: Findings, places: Places, draws: Draws) -> Rows:
    times, read, wording = findings.times, findings.targets, plan.lesions.wording
    row, place = np.nonzero(read.state >= 0)
    who, state, arose = times.subject[row], read.state[row, place], read.arose[row, place]
    measured = state == MEASURED
    number, source, order = _numbers(targets, who, place)
    items = {
        "TLNO": number,
        **_identified(plan, "TL", targets.sites, who, place, arose),
        **_scan_items(plan, "TL", times, row),
        "TLSTATE": texts(wording.target, state),
        "TLLD": _known(read.length[row, place], measured),
        "TLPD": _known(read.width[row, place], measured),
        "TLCHG": only(arose, texts(wording.changes, np.where(place == MERGED, 1, 0))),
        "TLREF": only(arose, source),
        "TLREAS": _reasons(plan.lesions.unreadable.lesion, state == UNREADABLE_TARGET, draws),
    }
    return _rows("tl", times, places, row, items, (order,))


def _numbers(targets: Targets, who: Ints, place: Ints) -> tuple[Text, Text, Floats]:
    """Return the number of each lesion, those that it arose from, and its place in the order of lines."""
    single = [f"T{at + 1:02d}" for at in range(MOST_TARGETS)]
    parts = [f"{name}.{part}" for part in (1, 2) for name in single]
    merged = [f"{one}/{other}" for one in single for other in single]
    both = [f"{one}, {other}" for one in single for other in single]
    split = np.maximum(targets.split[who], 0)
    first, second = np.maximum(targets.first_merged[who], 0), np.maximum(targets.second_merged[who], 0)
    is_part = (place == FIRST_PART) | (place == SECOND_PART)
    part = np.where(place == SECOND_PART, 1, 0)
    pair = first * MOST_TARGETS + second
    after = len(single) + len(parts)
    code = np.where(is_part, len(single) + part * MOST_TARGETS + split, np.where(place == MERGED, after + pair, place))
    source = np.where(is_part, split, np.where(place == MERGED, MOST_TARGETS + pair, -1))
    order = np.where(is_part, split + 0.1 * (1 + part), np.where(place == MERGED, first + 0.3, place))
    return texts([*single, *parts, *merged], code), texts([*single, *both], source), order


def _non_target_rows(plan: SimulationPlan, findings: Findings, places: Places, draws: Draws) -> Rows:
    times = findings.times
    row, place = np.nonzero(findings.non_targets >= 0)
    state = findings.non_targets[row, place]
    items = {
        "NTNO": texts([f"NT{at + 1:02d}" for at in range(findings.non_targets.shape[1])], place),
        **_scan_items(plan, "NT", times, row),
        "NTSTATE": texts(plan.lesions.wording.non_target, state),
        "NTREAS": _reasons(plan.lesions.unreadable.lesion, state == len(plan.lesions.wording.non_target) - 1, draws),
    }
    return _rows("nt", times, places, row, items, (place,))


def _new_rows(plan: SimulationPlan, lesions: Lesions, findings: Findings, places: Places) -> Rows:
    times, new = findings.times, findings.new
    row, place = np.nonzero(new.state >= 0)
    length, width = new.length[row, place], new.width[row, place]
    items = {
        "NLNO": texts([f"N{at + 1:02d}" for at in range(new.state.shape[1])], place),
        **_identified(plan, "NL", lesions.new, times.subject[row], place, new.first[row, place]),
        **_scan_items(plan, "NL", times, row),
        "NLSTATE": texts(plan.lesions.wording.new, new.state[row, place]),
        "NLLD": _known(length, ~np.isnan(length)),
        "NLPD": _known(width, ~np.isnan(width)),
    }
    return _rows("nl", times, places, row, items, (place,))


def _organ_rows(plan: SimulationPlan, findings: Findings, places: Places, draws: Draws) -> Rows:
    times, rules = findings.times, plan.lesions
    row = np.flatnonzero(times.reported)
    organs, wording = findings.organs, rules.wording
    spleen = organs.spleen[row]
    items = {
        "OGCTDAT": dates(times.ct[row]),
        "OGSPLEN": _known(spleen, ~np.isnan(spleen), 1),
        "OGSPREAS": _reasons(rules.unreadable.spleen, organs.spleen_unread[row], draws),
        "OGLIVER": texts(wording.liver, organs.liver_enlarged[row]),
        "OGPETDAT": dates(times.pet[row]),
        "OG5PS": texts(["1", "2", "3", "4", "5"], np.where(organs.score[row] > 0, organs.score[row] - 1, -1)),
        "OGUPT": texts(wording.uptake, organs.uptake[row]),
        "OGMARROW": texts(list(rules.uptake.marrow), organs.marrow[row]),
        "OGREAS": _reasons(rules.unreadable.pet, organs.pet_unread[row], draws),
    }
    return _rows("og", times, places, row, items)
