"""Non-target and new lesions, spleen, liver and the uptake on PET at each assessment, and what CT amounts to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.disease import CR, NE, PD, PR, SD
from simulation.draws import Draws, Flags, Floats, Ints
from simulation.lesion_sizes import TargetReadings, read_targets
from simulation.lesions import Lesions
from simulation.timepoints import Timepoints
from specs.model.simulation import SimulationPlan
from specs.model.simulation_lesions import MOST_NEW

#: States of a non-target lesion at an assessment; -1 where it has no line.
PRESENT, ABSENT, INCREASED, UNREADABLE = range(4)

#: Uptake on PET compared with that before treatment.
DECREASED, UNCHANGED, INCREASED_UPTAKE = range(3)


@dataclass(frozen=True)
class NewLesions:
    """New lesions at each assessment: state (-1: no line), diameters (NaN: none), whether it is the first line."""

    state: Ints
    length: Floats
    width: Floats
    first: Flags


@dataclass(frozen=True)
class Organs:
    """Spleen (cm, NaN: none given), liver, Deauville score, uptake and marrow; -1 for what was not read."""

    spleen: Floats
    spleen_unread: Flags
    liver_enlarged: Ints
    score: Ints
    uptake: Ints
    marrow: Ints
    pet_unread: Flags


@dataclass(frozen=True)
class Findings:
    """Everything that was read at each assessment; responses are -1 where there is none."""

    times: Timepoints
    targets: TargetReadings
    non_targets: Ints
    non_target_response: Ints
    new: NewLesions
    organs: Organs

    @property
    def with_new_lesion(self) -> Ints:
        """1 where progression shows in new lesions, 0 where not, -1 where nothing was read."""
        seen = (self.new.state >= 0).any(axis=1) & self.times.progressed
        return np.where(self.times.reported, seen, -1).astype("int64")


def read_assessments(plan: SimulationPlan, lesions: Lesions, times: Timepoints, seed: int) -> Findings:
    """Return what the readers found, true to the responses that are recorded."""
    draws = Draws(seed, "progression of lesions")
    rules, subjects = plan.lesions.progression, len(lesions.ct)
    ways = {
        name: draws.chance(chance, subjects)[times.subject]
        for name, chance in (("growth", rules.growth), ("new", rules.new_lesion), ("other", rules.non_target))
    }
    new = _new_lesions(plan, lesions, times, ways["new"], Draws(seed, "new lesions"))
    non_targets = _non_targets(plan, lesions, times, ways["other"], Draws(seed, "non-target lesions"))
    with_new = np.asarray((new.state >= 0).any(axis=1), dtype=bool)
    shows = (non_targets == INCREASED).any(axis=1) | (with_new & times.progressed)
    grows = times.progressed & times.with_ct & (ways["growth"] | ~shows)
    return Findings(
        times=times,
        targets=read_targets(plan, lesions.targets, times, grows, subjects, seed),
        non_targets=non_targets,
        non_target_response=_non_target_response(lesions, times, non_targets),
        new=new,
        organs=_organs(plan, lesions, times, with_new, Draws(seed, "spleen and uptake")),
    )


def _new_lesions(plan: SimulationPlan, lesions: Lesions, times: Timepoints, mode: Flags, draws: Draws) -> NewLesions:
    """Return new lesions from the first progression on; with a complete response to new therapy they are absent."""
    rules, subjects = plan.lesions.progression, len(lesions.ct)
    # What only PET sees is no new lesion of CT.
    shows = times.progressed & mode & (times.after_therapy | ~times.unseen)
    first = times.first(shows, times.day, subjects)[times.subject]
    since = (times.day >= first) & times.reported
    second = draws.chance(rules.second_new_lesion, subjects)[times.subject]
    there = since[:, None] & (np.arange(MOST_NEW) < 1 + second[:, None])
    size = draws.days((0, 22), (subjects, MOST_NEW))[times.subject]
    ratio = 0.65 + 0.35 * draws.uniform((subjects, MOST_NEW))[times.subject]
    pace = draws.uniform(subjects)[times.subject, None] * rules.pace[1] + rules.pace[0]
    nodal = lesions.new.nodal[times.subject]
    length = np.where(nodal, 17, 12) + size + np.minimum(np.floor(pace * times.months[:, None]), 30)
    absent = (times.category == CR)[:, None]
    measured = there & ~absent & times.with_ct[:, None]
    return NewLesions(
        state=np.where(there, np.where(absent, ABSENT, PRESENT), -1),
        length=np.where(measured, length, np.nan),
        width=np.where(measured, np.ceil(ratio * length), np.nan),
        first=there & (times.day == first)[:, None],
    )


def _non_targets(plan: SimulationPlan, lesions: Lesions, times: Timepoints, mode: Flags, draws: Draws) -> Ints:
    """Return the state of non-target lesions; some are gone in partial response, all in complete response."""
    shape = lesions.has_non_target.shape
    exists = lesions.has_non_target[times.subject] & times.with_ct[:, None]
    gone = draws.chance(plan.lesions.gone_in_partial, shape)[times.subject]
    shown = times.shown[:, None]
    absent = (shown == CR) | ((shown == PR) & gone)
    there = exists & ~absent
    leading = np.arange(shape[1]) == there.argmax(axis=1)[:, None]
    grows = there & (leading | draws.chance(0.4, shape)[times.subject]) & (times.progressed & mode)[:, None]
    unread = (times.unclear & draws.chance(plan.lesions.unreadable.non_target_too, len(mode)))[:, None]
    unread = unread & (np.arange(shape[1]) == 0)
    return np.select([~exists, unread, grows, absent], [-1, UNREADABLE, INCREASED, ABSENT], PRESENT)


def _non_target_response(lesions: Lesions, times: Timepoints, state: Ints) -> Ints:
    """Return the response of the non-target lesions: -1 without CT, and for subjects who never had one."""
    kinds = [(state == one).any(axis=1) for one in (INCREASED, UNREADABLE, PRESENT)]
    response = np.select(kinds, [PD, NE, SD], CR)
    return np.where(times.with_ct & lesions.has_non_target[times.subject].any(axis=1), response, -1)


def _organs(plan: SimulationPlan, lesions: Lesions, times: Timepoints, with_new: Flags, draws: Draws) -> Organs:
    spleen, unread = _spleen(plan, lesions, times, draws)
    liver = lesions.liver_enlarged & ~draws.chance(0.5, len(lesions.ct))
    enlarged = np.select(
        [times.shown == CR, times.shown == PR],
        [np.zeros(len(unread), dtype=bool), liver[times.subject]],
        lesions.liver_enlarged[times.subject],
    )
    score, uptake, marrow = _uptake(plan, lesions, times, with_new, draws)
    evaluable = times.with_pet & ~times.unclear
    return Organs(
        spleen=spleen,
        spleen_unread=unread,
        liver_enlarged=np.where(times.with_ct, enlarged, -1).astype("int64"),
        score=np.where(evaluable, score, -1),
        uptake=np.where(evaluable, uptake, -1),
        marrow=np.where(evaluable, marrow, -1),
        pet_unread=times.with_pet & times.unclear,
    )


def _spleen(plan: SimulationPlan, lesions: Lesions, times: Timepoints, draws: Draws) -> tuple[Floats, Flags]:
    """Return the length of the spleen in cm: an enlarged one shrinks by more than half of what is beyond 13 cm."""
    rules, subjects, who = plan.lesions, len(lesions.ct), times.subject
    normal = rules.spleen.normal[0] + draws.uniform(subjects) * (rules.spleen.normal[1] - rules.spleen.normal[0])
    less = np.where(draws.chance(0.3, subjects), normal, 13 + np.floor(4 * (lesions.spleen - 13)) / 10)
    same = lesions.spleen - np.floor(4 * draws.uniform(subjects)) / 10
    wobble = np.floor(5 * draws.uniform(len(who))) / 10
    enlarged = np.select([times.shown == CR, times.shown == PR], [normal[who] + wobble, less[who]], same[who])
    length = np.where(lesions.spleen_enlarged[who], enlarged, lesions.spleen[who] + wobble)
    swells = times.progressed & draws.chance(rules.progression.spleen, subjects)[who]
    length = np.where(swells, np.maximum(length + 2.2, 13.4 + wobble), length)
    unread = times.with_ct & times.unclear & draws.chance(rules.unreadable.spleen_too, len(who))
    return np.where(times.with_ct & ~unread, np.round(length, 1), np.nan), unread


def _uptake(
    plan: SimulationPlan, lesions: Lesions, times: Timepoints, with_new: Flags, draws: Draws
) -> tuple[Ints, Ints, Ints]:
    """Return Deauville score, uptake compared with baseline and that of the marrow."""
    rules, who, count = plan.lesions.uptake, times.subject, len(times.subject)
    before = np.array([int(score) for score in rules.baseline], dtype="int64")[lesions.score][who]
    complete = np.array([int(score) for score in rules.complete], dtype="int64")[
        draws.pick(rules.complete.values(), count)
    ]
    less = np.where(draws.chance(0.5, count), 4, before)
    worse = np.where(with_new | draws.chance(0.7, count), 5, before)
    response = times.metabolic
    score = np.select([response == CR, response == PR, response == PD], [complete, less, worse], before)
    uptake = np.select([response == SD, response == PD], [UNCHANGED, INCREASED_UPTAKE], DECREASED)
    # The marrow is normal once the metabolic response is complete; progression can be in it again.
    normal, focal = (list(rules.marrow).index(name) for name in ("Normal", "Focal"))
    shown = np.where(response == PD, times.before_on_pet, response)
    marrow = np.where(shown == CR, normal, lesions.marrow[who])
    relapses = (response == PD) & draws.chance(plan.lesions.progression.marrow, len(lesions.ct))[who]
    return score, uptake, np.where(relapses & (marrow == normal), focal, marrow)
