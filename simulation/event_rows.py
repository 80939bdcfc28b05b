"""The rows of the form ae: coding, relationship, seriousness, action and outcome of each adverse event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.adverse_events import FATAL, Events, listing_order, preferred_terms
from simulation.draws import Draws, Flags, Floats, Ints
from simulation.export import Rows
from simulation.participation import Participation
from simulation.subjects import reason
from simulation.text import DAY, Text, constant, dates, flags, numbers, only, partly_known, texts
from simulation.treatment import SYNDROME, Infusions, Preparation
from specs.model.simulation import SimulationPlan
from specs.model.simulation_events import OutcomeName

_OUTCOMES: tuple[OutcomeName, ...] = ("recovered", "sequelae", "recovering", "not_recovered", "fatal", "unknown")


@dataclass(frozen=True)
class Trial:
    """What the rows of events are read from."""

    preparation: Preparation
    infusions: Infusions
    participation: Participation


def event_rows(plan: SimulationPlan, events: Events, trial: Trial, seed: int) -> Rows:
    """Return the rows of the form ae."""
    draws = Draws(seed, "event details")
    limit, died = trial.participation.limit[events.subject], trial.participation.died[events.subject]
    fatal = events.source == FATAL
    resolved = fatal | (events.end <= limit - died)
    aesi = _aesi(plan, events)
    items = {
        **_coded(plan, events, draws),
        **_dates(plan, events, resolved, aesi, draws),
        "AEONGO": flags(resolved, plan.no, plan.yes),
        "AETOXGR": numbers(events.grade.astype("float64"), 0),
        "AEAESI": texts([one.aesi for one in plan.adverse_events.syndromes], aesi),
        "ASTCTGR": only(events.astct > 0, numbers(events.astct.astype("float64"), 0)),
        **_seriousness(plan, events, fatal, draws),
        **_relationships(plan, events, trial, draws),
        "AEACN": _action(plan, events, trial),
        "AEOUT": _outcome(plan, events, trial, fatal, resolved, draws),
    }
    items["AECOMM"] = _comments(plan, items["AESER"], seed)
    return Rows("ae", events.subject, plan.events.log, items, order=listing_order(events))


def _aesi(plan: SimulationPlan, events: Events) -> Ints:
    """Return the position of the syndrome that an event is, by its term; -1 for others."""
    terms = preferred_terms(plan)
    syndromes = np.full(len(terms), -1, dtype="int64")
    for at, syndrome in enumerate(plan.adverse_events.syndromes):
        syndromes[terms.index(syndrome.term)] = at
    return syndromes[events.term]


def _coded(plan: SimulationPlan, events: Events, draws: Draws) -> dict[str, Text]:
    """Return the verbatim term and the five levels of the dictionary with their codes."""
    levels: dict[str, list[str]] = {
        name: [] for name in ("PT", "PTCD", "HLT", "HLTCD", "HLGT", "HLGTCD", "SOC", "SOCCD")
    }
    lowest: list[tuple[str, str]] = []
    first, many = [], []
    for soc in plan.dictionary:
        for group in soc.groups:
            for term in group.terms:
                values = (term.pt, term.code, group.hlt, group.hlt_code, group.hlgt, group.hlgt_code, soc.soc, soc.code)
                for name, value in zip(levels, values, strict=True):
                    levels[name].append(value)
                first.append(len(lowest))
                many.append(len(term.llts))
                lowest += term.llts.items()
    chosen = np.array(first)[events.term] + np.floor(draws.uniform(len(events)) * np.array(many)[events.term])
    place = chosen.astype("int64")
    columns = {"AETERM": _verbatim(plan, events, draws)}
    columns["AELLT"] = texts([name for name, _ in lowest], place)
    columns["AELLTCD"] = texts([code for _, code in lowest], place)
    columns["AEDECOD"] = texts(levels["PT"], events.term)
    columns["AEPTCD"] = texts(levels["PTCD"], events.term)
    for level, column in (("HLT", "AEHLT"), ("HLGT", "AEHLGT"), ("SOC", "AESOC")):
        columns[column] = texts(levels[level], events.term)
        columns[column + "CD"] = texts(levels[level + "CD"], events.term)
    return columns


def _verbatim(plan: SimulationPlan, events: Events, draws: Draws) -> Text:
    """Return the words of the site: one of those of the rule; a fatal event has its preferred term."""
    rules = plan.adverse_events
    table: list[str] = []
    first, many = [], []
    for words in (*(rule.verbatim for rule in rules.rules), *(syndrome.verbatim for syndrome in rules.syndromes)):
        first.append(len(table))
        many.append(len(words))
        table += words
    source = np.maximum(events.source, 0)
    drawn = np.floor(draws.uniform(len(events)) * np.array(many)[source]).astype("int64")
    words = texts(table, np.array(first)[source] + drawn)
    return pc.if_else(pa.array(events.source == FATAL), texts(preferred_terms(plan), events.term), words)


def _dates(plan: SimulationPlan, events: Events, resolved: Flags, aesi: Ints, draws: Draws) -> dict[str, Text]:
    """Return start and end; syndromes and fatal events are always known to the day."""
    exact = (aesi >= 0) | (events.source == FATAL)
    columns = {}
    for column, day in (("AESTDAT", events.start), ("AEENDAT", events.end)):
        unknown = plan.partial_dates.get(f"ae.{column}")
        known = np.full(len(events), DAY, dtype="int64")
        if unknown:
            known = np.where(exact, DAY, partly_known(unknown.day, unknown.month, draws, len(events)))
        columns[column] = dates(day, known)
    columns["AEENDAT"] = only(resolved, columns["AEENDAT"])
    return columns


def _seriousness(plan: SimulationPlan, events: Events, fatal: Flags, draws: Draws) -> dict[str, Text]:
    """Return seriousness and its criteria; a serious event has at least one, any other has none."""
    rules = plan.adverse_events
    chances = np.array([rule.serious for rule in rules.rules] + [one.serious for one in rules.syndromes])
    source = np.maximum(events.source, 0)
    grade = np.clip(events.grade, 1, 4) - 1
    serious = fatal | draws.chance(chances[source, grade], len(events))
    drawn = draws.uniform((2, len(events)))
    threatens = serious & ~fatal & (events.grade == 4) & (drawn[0] < rules.threatening)
    hospital = serious & ~fatal & (drawn[1] < rules.hospitalised)
    other = serious & ~fatal & ~threatens & ~hospital
    met = {"death": fatal, "life_threatening": threatens, "hospital": hospital, "other": other}
    columns = {"AESER": flags(serious, plan.yes, plan.no)}
    for name, column in rules.criteria.items():
        columns[column] = only(serious, flags(met[name], plan.yes, plan.no))
    for column in rules.unused_criteria:
        columns[column] = only(serious, constant(plan.no, len(events)))
    return columns


def _comments(plan: SimulationPlan, serious: Text, seed: int) -> Text:
    """Return comments on a share of the serious events."""
    draws, rules = Draws(seed, "event comments"), plan.clinic.comments
    commented = draws.chance(rules.serious, len(serious)) & pc.equal(serious, plan.yes).to_numpy(zero_copy_only=False)
    return only(commented, texts(rules.event_texts, draws.pick(np.ones(len(rules.event_texts)), len(serious))))


def _relationships(plan: SimulationPlan, events: Events, trial: Trial, draws: Draws) -> dict[str, Text]:
    """Return the relationship to lymphodepletion, to each product and overall: only to what was given before."""
    rules = plan.adverse_events
    conditioning = [rule.related.conditioning for rule in rules.rules] + [one.conditioning for one in rules.syndromes]
    by_product = [rule.related.product for rule in rules.rules] + [1.0] * len(rules.syndromes)
    source = np.maximum(events.source, 0)
    fatal = events.source == FATAL
    started = trial.preparation.conditioning[events.subject] <= events.start
    chance = np.where(fatal, rules.fatal.conditioning, np.array(conditioning)[source])
    related = started & draws.chance(chance, len(events))
    chance = np.where(fatal, rules.fatal.related, np.array(by_product)[source])
    columns = {"AERELLD": flags(related, rules.related, rules.not_related)}
    overall = related
    for at, product in enumerate(plan.products):
        given = trial.infusions.given[events.subject, at] <= events.start
        # A syndrome after one infusion belongs to it and less often to the products before it.
        own = np.where((events.product >= 0) & (events.product != at), chance * rules.earlier_product, chance)
        related = given & draws.chance(own, len(events))
        overall = overall | related
        columns[product.relationship] = flags(related, rules.related, rules.not_related)
    columns["AEREL"] = flags(overall, rules.related, rules.not_related)
    return columns


def _action(plan: SimulationPlan, events: Events, trial: Trial) -> Text:
    """Return the action taken: only while a product is still to come can there be one."""
    actions = plan.adverse_events.actions
    infusions = trial.infusions
    first, last = infusions.first[events.subject], infusions.last[events.subject]
    withheld = (infusions.withheld == SYNDROME).any(axis=1)[events.subject]
    stopped = withheld & (events.astct >= 3)
    between = (events.start >= first) & (events.start < last)
    code = np.where(stopped, 1, np.where(between, 0, 2))
    return texts([actions["unchanged"], actions["withdrawn"], actions["not_applicable"]], code)


def _outcome(plan: SimulationPlan, events: Events, trial: Trial, fatal: Flags, resolved: Flags, draws: Draws) -> Text:
    rules = plan.adverse_events
    drawn = draws.uniform(len(events))
    lost = trial.participation.end_reason[events.subject] == reason("lost")
    lost &= trial.participation.end[events.subject] <= trial.participation.limit[events.subject]
    ended: Floats = np.where((events.grade >= 3) & (drawn < rules.sequelae), 1, 0)
    goes_on = np.where(lost & (drawn < rules.unknown), 5, np.where(drawn > 1 - rules.recovering, 2, 3))
    return texts(
        [rules.outcomes[name] for name in _OUTCOMES],
        np.where(fatal, 4, np.where(resolved, ended, goes_on)).astype("int64"),
    )
