"""Why an assessment did not decide: the reasons beside a time to an event and beside a response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.trace_data import Record, RunData, listed_values
from specs.model.responses import (
    AnyResponse,
    BestResponse,
    ResponseAtVisit,
    ResponseFlag,
    ResponseRules,
    Timepoints,
)
from specs.model.study import Study
from specs.model.time_to_event import Gap, Interruption, TimeParameter, TimeRules

#: A record that did not decide, and why.
LeftOut = tuple[Record, str]


@dataclass(frozen=True)
class Reasons:
    """What was left out, by the rules of a study."""

    study: Study
    data: RunData

    def of_time(self, rules: TimeRules, parameter: TimeParameter, row: Record) -> Iterator[LeftOut]:
        """Yield the subject's other assessments in order of time, each with the reason why it decided nothing."""
        events = [rules.events[name].assessment for name in parameter.events]
        lasts = [one.assessment for one in rules.last_dates(parameter)]
        wanted = [one for one in (*events, *lasts) if one]
        named = {code for one in wanted for part in one for code in _codes(part)}
        decided = {row["ADT"], *([row["STARTDT"]] if parameter.start.assessment else [])}
        rows = self.data.of("adam", rules.assessments, row.subject)
        rows = [one for one in rows if one["PARAMCD"] in named and one["ADT"] not in decided]
        for one in sorted(rows, key=lambda record: record["ADT"]):
            used = any(one.holds(condition) for condition in wanted)
            happened = any(one.holds(condition) for condition in events if condition)
            yield one, self._why_not_time(rules, parameter, row, one, used, happened)

    def _why_not_time(
        self, rules: TimeRules, parameter: TimeParameter, row: Record, one: Record, used: bool, happened: bool
    ) -> str:
        if one["ADT"] <= row["STARTDT"]:
            return "not after the start of the time"
        censors = [rules.censors[name] for name in parameter.censors]
        for stop in censors:
            if isinstance(stop, Interruption) and "" < self._date(row.subject, stop.date) < one["ADT"]:
                return f"after {stop.text.lower()}"
        if not used:
            return "does not count for this parameter"
        if one["ADT"] < row["ADT"]:
            return "earlier than the date that decided"
        gap = next((censor for censor in censors if isinstance(censor, Gap) and str(censor.cnsr) == row["CNSR"]), None)
        if gap is not None and happened:
            return gap.text.lower()
        return "later than the date that decided"

    def of_response(self, rules: ResponseRules, row: Record) -> Iterator[LeftOut]:
        """Yield the assessments that a response was chosen from and that did not decide it, in order of time."""
        parameter = rules.parameters[row["PARAMCD"]]
        if not isinstance(parameter, BestResponse | AnyResponse | ResponseAtVisit):
            return
        rows = self.data.find("adam", row.dataset, USUBJID=row.subject, PARAMCD=parameter.of)
        rows = [one for one in rows if one["ASEQ"] != row["SRCSEQ"]]
        for one in sorted(rows, key=lambda record: record["ADT"]):
            why = self._why_not_eligible(rules, one) or _why_not_chosen(rules, parameter, row, one)
            yield one, why

    def _why_not_eligible(self, rules: ResponseRules, one: Record) -> str:
        """Return why an assessment is not eligible at all; nothing where it is."""
        start = self._date(one.subject, rules.start)
        if not start or one["ADT"] <= start:
            return f"not after {self._label(rules.start)}"
        flags = [name for name, kind in rules.flags.items() if kind == "eligible" and one.has(name)]
        if not flags or one[flags[0]] == "Y":
            return ""
        for name in (*([rules.death] if rules.death else []), *rules.stops):
            if "" < self._date(one.subject, name) < one["ADT"]:
                return f"after {self._label(name)}"
        to_progression = [name for name, kind in rules.flags.items() if kind == "to_progression"]
        if to_progression and one[to_progression[0]] != "Y":
            return "after the first progression"
        return f"not eligible ({flags[0]})"

    def of_timepoint(self, rules: ResponseRules, row: Record) -> Iterator[LeftOut]:
        """Yield the other records of the timepoint of an assessment, with what chose among them."""
        parameter = rules.parameters[row["PARAMCD"]]
        if not isinstance(parameter, Timepoints):
            return
        source, timepoint = parameter.response, getattr(parameter, "timepoint", None)
        if timepoint is None or not row[timepoint] or row["SRCDOM"] != source.dataset:
            return
        chosen = f"{source.dataset[:2]}SEQ"
        dates = f"{parameter.progression_date} for a progression, else the {parameter.other_date}"
        for one in self.data.find("sdtm", source.dataset, USUBJID=row.subject, **{timepoint: row[timepoint]}):
            if one.holds(source.where) and one[source.variable] and one[chosen] != row["SRCSEQ"]:
                same = one[source.result] == row["AVALC"]
                why = f"the date is the {dates}" if same else f"the {parameter.same_day} response counts"
                yield one, f"another scan of this timepoint: {why}"

    def _date(self, subject: str, variable: str) -> str:
        found = self.data.of("adam", "ADSL", subject)
        return found[0][variable] if found else ""

    def _label(self, variable: str) -> str:
        """Return what a date of ADSL is called in a sentence."""
        spec = self.study.adam.get("ADSL")
        known = {one.name: one.label for one in spec.variables} if spec else {}
        return f"{known[variable]} ({variable})" if known.get(variable) else variable


def _why_not_chosen(
    rules: ResponseRules, parameter: BestResponse | AnyResponse | ResponseAtVisit, row: Record, one: Record
) -> str:
    """Return why an eligible assessment is not the one that decided."""
    day = float(one["ADY"]) if one["ADY"] else None
    last_day = getattr(parameter, "last_day", None)
    if last_day is not None and day is not None and day > last_day:
        return f"after study day {last_day}"
    if isinstance(parameter, ResponseAtVisit):
        if one["AVISIT"] != parameter.visit:
            return f"not in the window of {parameter.visit}"
        return "not evaluable, or not the nearest to the visit's target day"
    if parameter.confirmation is not None and not _is_confirmed(rules, one):
        return "not a confirmed response"
    if isinstance(parameter, AnyResponse):
        if one["AVALC"] not in parameter.responses:
            return f"is not {listed_values(parameter.responses)}"
        return "later than the one that decided"
    stable = _stable(rules, parameter)
    if parameter.stable_from is not None and one["AVALC"] in stable and day is not None and day < parameter.stable_from:
        return f"{one['AVALC']} before study day {parameter.stable_from}"
    return "not better than the one that decided" if one["AVALC"] != row["AVALC"] else "later than the one that decided"


def _is_confirmed(rules: ResponseRules, one: Record) -> bool:
    flags = [name for name, kind in rules.flags.items() if isinstance(kind, ResponseFlag) and kind.confirmation]
    return not flags or any(one[name] == "Y" for name in flags)


def _stable(rules: ResponseRules, parameter: BestResponse) -> tuple[str, ...]:
    of = rules.parameters[parameter.of]
    return of.response.stable if isinstance(of, Timepoints) else ()


def _codes(part: object) -> Iterable[str]:
    """Return the parameters that a part of a condition names."""
    test = part.get("PARAMCD") if isinstance(part, dict) else None
    return (test.any_of or ()) if test is not None else ()
