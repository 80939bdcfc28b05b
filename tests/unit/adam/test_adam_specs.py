"""What the ADaM YAML may get wrong: every complaint names its place and what to do."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clinical.errors import Problem, SpecError
from specs.lint_adam import lint_adam
from specs.load import STUDIES, load_study
from specs.model.adam import AdamSource
from specs.resolve_adam import resolve_adam, variable_order
from specs.settings import insert_settings
from specs.standards import load_adamig
from specs.validate import validate
from specs.yaml_text import YamlText, read_yaml

ADSL = """\
dataset: ADSL
follows: ADSL
label: Subject-Level Analysis Dataset
required: {DM: [USUBJID]}
variables:
  STUDYID: {map: DM.STUDYID}
  USUBJID: {map: DM.USUBJID}
  SUBJID: {map: DM.SUBJID}
  SITEID: {map: DM.SITEID}
  AGE: {map: DM.AGE}
  AGEU: {map: DM.AGEU}
  SEX: {map: DM.SEX}
  RACE: {map: DM.RACE}
  ARM: {map: DM.ARM}
"""

RESPONSES = """\
dataset: ADRS
follows: BDS
label: Response Analysis Dataset
required: {ADSL: [USUBJID], RS: [USUBJID]}
variables:
  STUDYID: {map: ADSL.STUDYID}
  USUBJID: {map: ADSL.USUBJID}
  PARAM: {}
  PARAMCD: {}
  AVALC: {}
  ADT: {}
responses:
  population: {SAFFL: "Y"}
  start: TRTSDT
  windows: planned
  flags: {ANL01FL: one_per_date}
  parameters:
    OVR:
      algorithm: timepoint
      param: Overall Response
      number: 1
      response: {setting: facts.response}
      scale: {CR: 1}
"""

TIMES = """\
dataset: ADTTE
follows: TTE
label: Time-to-Event Analysis Dataset
required: {ADSL: [USUBJID], ADRS: [USUBJID]}
variables:
  STUDYID: {map: ADSL.STUDYID}
  USUBJID: {map: ADSL.USUBJID}
  PARAM: {}
  PARAMCD: {}
  CNSR: {}
time_to_event:
  population: {SAFFL: "Y"}
  assessments: ADRS
  windows: planned
  events:
    death: {text: DEATH, date: DTHDT}
  censors:
    alive: {reason: otherwise, cnsr: 1, text: ALIVE, date_text: LAST KNOWN ALIVE}
  parameters:
    OS:
      param: Overall Survival (Days)
      number: 1
      start: {date: TRTSDT}
      events: death
      last: {date: LSTALVDT}
      censors: alive
"""

RESULTS = """\
dataset: ADLB
follows: BDS
label: Laboratory Analysis Dataset
required: {ADSL: [USUBJID], LB: [USUBJID]}
records: {dataset: LB, windows: planned}
variables:
  STUDYID: {map: ADSL.STUDYID}
  USUBJID: {map: ADSL.USUBJID}
  PARAM: {map: LB.LBTEST}
  PARAMCD: {map: LB.LBTESTCD}
  AVAL: {map: LB.LBSTRESN}
  AVALC: {map: LB.LBSTRESC}
  ADT: {map: {algorithm: analysis_date, of: LB.LBDTC, to: none}}
  ADY: {map: {algorithm: study_day, date: ADT, reference: ADSL.TRTSDT}}
  BASE: {map: {algorithm: group_value, of: AVAL, by: [USUBJID, PARAMCD], where: {ADY: {below: 1}}}}
  CHG: {map: {algorithm: change, of: AVAL, base: BASE}}
  AVISIT: {map: {algorithm: analysis_visit, day: ADY, part: visit}}
  TOTAL: {label: Total, type: Num, map: {algorithm: group_sum, of: AVAL, by: [USUBJID, PARAMCD]}}
  ONTRTFL: {map: {algorithm: compare_dates, date: ADT, order: after, reference: ADSL.TRTSDT}}
  AOCCFL:
    label: First Occurrence
    map: {algorithm: first_record, by: USUBJID, highest: AVAL, order: ADT}
  NEXTDT: {label: Next, type: Num, map: {algorithm: shift_date, date: ADT, days: 1}}
  LENGTH:
    label: Length
    type: Num
    map: {algorithm: duration, start: ADSL.TRTSDT, end: {algorithm: first, of: [ADT, {algorithm: cutoff}]}}
"""

SUMS = """\
dataset: ADTR
follows: BDS
label: Tumor Results Analysis Dataset
required: {ADSL: [USUBJID], TU: [USUBJID], TR: [USUBJID]}
variables:
  STUDYID: {map: ADSL.STUDYID}
  USUBJID: {map: ADSL.USUBJID}
  PARAM: {}
  PARAMCD: {}
  AVAL: {}
  ADT: {}
tumor_results:
  population: {SAFFL: "Y"}
  start: TRTSDT
  windows: planned
  parameters:
    SPD:
      algorithm: sum_of_products
      param: Sum of Products
      number: 1
      lesions: {setting: facts.lesions}
"""


@pytest.fixture
def complaints(study: Any, tmp_path: Path) -> Any:
    """Return a function of YAML text: everything that is wrong with it, as text."""

    def check(text: str) -> list[str]:
        file = tmp_path / "adam.yaml"
        file.write_text(text, encoding="utf-8")
        problems: list[Problem] = []
        place = insert_settings(read_yaml(file, "adam.yaml"), study.design.settings, problems)
        source = validate(AdamSource, place, problems)
        if source is not None:
            spec = resolve_adam(source, study.design, load_adamig("1.3"), place, problems)
            assert spec is not None
            changed = replace(study, adam={**study.adam, spec.name: spec})
            others = {name: YamlText(name, {}) for name in study.adam}
            found = lint_adam(changed, {**others, spec.name: place})
            problems += [problem for problem in found if problem.where.startswith("adam.yaml")]
        return [str(problem) for problem in problems if "has no method" not in problem.what]

    return check


@pytest.mark.parametrize("text", [ADSL, RESPONSES, TIMES, RESULTS, SUMS])
def test_sound_specifications_have_no_complaint(complaints: Any, text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        (
            ADSL,
            "DM.SITEID",
            "DM.SITE",
            "adam.yaml:9: variables.SITEID: DM has no variable 'SITE'. Did you mean 'SITEID'?",
        ),
        (
            ADSL,
            "map: DM.SITEID",
            "map: SITE",
            "adam.yaml:9: variables.SITEID: ADSL has no variable 'SITE'. Did you mean 'SITEID'?",
        ),
        (
            ADSL,
            "map: DM.SITEID",
            "map: EX.EXTRT",
            "adam.yaml:9: variables.SITEID: 'EX.EXTRT': a value can be taken here from DM only",
        ),
        (
            ADSL,
            "  ARM: {map: DM.ARM}\n",
            "",
            "required by ADaMIG in a ADSL dataset, but not given: ARM. Add each of them.",
        ),
        (ADSL, "AGE: {map: DM.AGE}", "AGE: {type: Char, map: DM.AGE}", "type Char contradicts the standard's Num."),
        (
            ADSL,
            "SUBJID: {map: DM.SUBJID}",
            "SUBJID: {}",
            "variables.SUBJID: has no map, and the rules of the dataset do not make it.",
        ),
        (
            ADSL,
            "map: DM.ARM",
            "map: {algorithm: copi, variable: DM.ARM}",
            "algorithm 'copi' is not known. Did you mean 'copy'?",
        ),
        (ADSL, "map: DM.ARM", "map: {algorithm: flag, where: {ARM: x}}", "variables that need each other: ARM -> ARM."),
        (
            ADSL,
            "map: DM.ARM",
            "map: {setting: no.such}",
            "setting 'no.such' is not in study.yaml. Add it to 'settings'.",
        ),
        (
            ADSL,
            "map: DM.ARM",
            "map: {setting: clock_strat}",
            "setting 'clock_strat' is not in study.yaml. Did you mean 'clock_start'?",
        ),
        (ADSL, "required: {DM", "required: {DN", "adam.yaml:4: required.DN: needs DN, which the study does not have."),
        (
            ADSL,
            "map: DM.ARM",
            "map: {algorithm: date, of: {dataset: EX, variable: EXSTDT}}",
            "variables.ARM: EX has no variable 'EXSTDT'. Did you mean 'EXSTDTC'?",
        ),
        (
            ADSL,
            "map: DM.ARM",
            "map: {algorithm: record_value, of: {dataset: MH, variable: MHSTDTC}, value: MHTERMM}",
            "variables.ARM: MH has no variable 'MHTERMM'. Did you mean 'MHTERM'?",
        ),
        (
            ADSL,
            "map: DM.ARM",
            "map: {algorithm: record_value, of: {dataset: MH, variable: MHSTDTC}, value: SUPPMH.MHSTAGES}",
            "variables.ARM: SUPPMH has no variable 'MHSTAGES'. Did you mean 'MHSTAGE'?",
        ),
        (
            ADSL,
            "map: DM.ARM",
            "map: {algorithm: record_value, of: {dataset: MH, variable: MHSTDTC}, value: SUPPDM.MHSTAGE}",
            "variables.ARM: 'SUPPDM.MHSTAGE' is no qualifier of MH. Write SUPPMH.MHSTAGE.",
        ),
        (
            ADSL,
            "map: DM.ARM",
            "map: {algorithm: exists, of: {dataset: RS, variable: RSDTC}, after: TRTSTD}",
            "variables.ARM: ADSL has no variable 'TRTSTD'.",
        ),
        (
            ADSL,
            "map: DM.ARM",
            "map: {algorithm: count, of: {dataset: TU, variable: TUDTC}, distinct: TULOCC}",
            "variables.ARM: TU has no variable 'TULOCC'. Did you mean 'TULOC'?",
        ),
        (
            ADSL,
            "map: DM.ARM",
            "map: {algorithm: treatment, of: {dataset: EX, variable: EXSTDTC}, name: EXTRT, part: total}",
            "treatment: part 'total' needs 'value'; name the variable",
        ),
        (ADSL, "map: DM.ARM", "map: {algorithm: score, points: [{AGEE: {above: 60}}]}", "ADSL has no variable 'AGEE'."),
        (
            ADSL,
            "map: DM.ARM",
            "map: {algorithm: shift_date, date: TRTSDT, days: 1, not_before: AGEE}",
            "ADSL has no variable 'AGEE'.",
        ),
        (
            ADSL,
            "map: DM.ARM",
            "map: {algorithm: lesion_burden, lesions: {identified: {dataset: TU, variable: TUDTCC}, "
            "measured: {dataset: TR, variable: TRDTC}}, part: targets}",
            "variables.ARM: TU has no variable 'TUDTCC'. Did you mean 'TUDTC'?",
        ),
        (
            RESPONSES,
            "start: TRTSDT",
            "start: TRTSDTT",
            "responses: ADSL has no variable 'TRTSDTT'. Did you mean 'TRTSDT'?",
        ),
        (RESPONSES, "one_per_date}", "one_a_date}", "flags.ANL01FL"),
        (
            RESPONSES,
            "    OVR:\n",
            "    RSPM3: {algorithm: at_visit, param: P, number: 2, of: OVR, responses: CR, visit: MONTH 4}\n    OVR:\n",
            "responses.parameters.RSPM3: visit 'MONTH 4' has no window. Did you mean 'MONTH",
        ),
        (
            RESPONSES,
            "    OVR:\n",
            "    BOR: {algorithm: best, param: P, number: 2, of: OVVR}\n    OVR:\n",
            "parameter BOR: 'of' names 'OVVR', which is no response at timepoints of this dataset",
        ),
        (
            RESPONSES,
            "    OVR:\n",
            "    BOR: {algorithm: best, param: P, number: 1, of: OVR}\n    OVR:\n",
            "number 1 is that of",
        ),
        (
            RESPONSES,
            "windows: planned",
            "windows:\n  - {visit: A, number: 1, target: 5, first: 1, last: 9}\n"
            "  - {visit: B, number: 2, target: 9, first: 9, last: 12}",
            "responses.windows: windows A and B overlap or are not in order.",
        ),
        (
            RESPONSES,
            "windows: planned",
            "windows: [{visit: A, number: 1, target: 15, first: 1, last: 9}]",
            "window A: the days are not ordered as first <= target <= last",
        ),
        (
            RESPONSES,
            "    OVR:\n",
            "    ORR: {algorithm: any, param: P, number: 2, of: OVR, responses: [CR, PRR]}\n    OVR:\n",
            "responses.parameters.ORR: 'PRR' is no response of the assessments. Did you mean 'PR'?",
        ),
        (
            RESPONSES,
            "    OVR:\n",
            "    CB: {algorithm: any, param: P, number: 2, of: OVR, responses: CR, alternatives: [{responses: SDD}]}\n"
            "    OVR:\n",
            "responses.parameters.CB: 'SDD' is no response of the assessments. Did you mean 'SD'?",
        ),
        (
            RESPONSES,
            "    OVR:\n",
            "    MDIS: {algorithm: exists, param: P, number: 2, of: {dataset: TU, variable: TUDTT}, result: TUSTRESK}\n"
            "    OVR:\n",
            "responses.parameters.MDIS: TU has no variable 'TUDTT'. Did you mean 'TUDTC'?",
        ),
        (
            RESPONSES,
            "    OVR:\n",
            "    MDIS: {algorithm: exists, param: P, number: 2, of: {dataset: TU, variable: TUDTC}, result: TUSTRESK}\n"
            "    OVR:\n",
            "responses.parameters.MDIS: TU has no variable 'TUSTRESK'. Did you mean 'TUSTRESC'?",
        ),
        (
            RESPONSES,
            "    OVR:\n",
            "    DEATH: {algorithm: date, param: P, number: 2, date: DTHDTT}\n    OVR:\n",
            "responses.parameters.DEATH: ADSL has no variable 'DTHDTT'. Did you mean 'DTHDT'?",
        ),
        (
            RESPONSES,
            "    OVR:\n",
            "    LAST: {algorithm: last, param: P, number: 2, of: OVVR}\n    OVR:\n",
            "parameter LAST: 'of' names 'OVVR', which is no response at timepoints of this dataset",
        ),
        (RESPONSES, "follows: BDS", "follows: ADSL", "follows ADSL, whose variables have a map; remove 'responses'"),
        (TIMES, "date: DTHDT}", "date: DETHDT}", "events.death: ADSL has no variable 'DETHDT'. Did you mean 'DTHDT'?"),
        (TIMES, "date: DTHDT}", "date: DTHDT, assessment: {AVALC: PD}}", "give either 'date'"),
        (TIMES, "events: death", "events: deaths", "parameter OS names events or censors that are not defined: deaths"),
        (TIMES, "      censors: alive\n", "", "parameter OS: no censor has the reason 'otherwise'"),
        (TIMES, "cnsr: 1", "cnsr: 0", "greater than or equal to 1"),
        (
            TIMES,
            "      last: {date: LSTALVDT}\n",
            "",
            "parameter OS has no 'last'; say which date a censored subject has",
        ),
        (
            TIMES,
            "reason: otherwise,",
            "reason: last_date, date: LSTALVDT,",
            "parameter OS has 'last' beside censors that are a 'last_date'; remove 'last'",
        ),
        (
            TIMES,
            "censors: alive",
            "censors: [alive, seen]",
            "parameter OS names events or censors that are not defined: seen",
        ),
        (
            TIMES.replace("censors: alive", "censors: [seen, alive]"),
            "  parameters:\n",
            "    seen: {reason: last_date, date: LSTALVDT, cnsr: 2, text: SEEN, date_text: SEEN}\n  parameters:\n",
            "parameter OS mixes the reason 'last_date' with others; name one kind only",
        ),
        (
            TIMES.replace("      last: {date: LSTALVDT}\n", ""),
            "reason: otherwise,",
            "reason: last_date, date: LSTALVD,",
            "parameters.OS: ADSL has no variable 'LSTALVD'. Did you mean 'LSTALVDT'?",
        ),
        (
            TIMES,
            "    OS:\n",
            "    OS2: {like: PFS, number: 2}\n    OS:\n",
            "parameter OS2 is like 'PFS', which is no other parameter",
        ),
        (
            TIMES,
            "    OS:\n",
            "    OS2: {like: OS2, number: 2}\n    OS:\n",
            "parameter OS2 is like 'OS2', which is no other parameter",
        ),
        (
            TIMES.replace(
                "  parameters:\n",
                "    left: {reason: subject, cnsr: 2, text: LEFT, date_text: LAST KNOWN ALIVE, where: {DTHFL: N}}\n"
                "  parameters:\n",
            ),
            "      censors: alive\n",
            "      censors: [alive, left]\n",
            "parameters.OS.censors: 'alive' (reason otherwise) always holds, so 'left' after it never can.",
        ),
        (
            TIMES,
            "      censors: alive\n",
            "      censors: alive\n    OSX: {like: OS, number: 2}\n",
            "parameters.OSX: has the param of OS ('Overall Survival (Days)'), from which it differs.",
        ),
        (
            TIMES.replace("      number: 1\n", "      number: 1\n      method: MT.OS\n"),
            "      censors: alive\n",
            "      censors: alive\n    OSX: {like: OS, param: Overall Survival Again, number: 2}\n",
            "parameters.OSX: has the method of OS ('MT.OS'), from which it differs.",
        ),
    ],
)
def test_complaints(complaints: Any, text: str, old: str, new: str, expected: str) -> None:
    assert old in text
    found = complaints(text.replace(old, new, 1))

    assert any(expected in complaint for complaint in found), found


_NUMBER = "is a text, where a number is needed. Name a variable of type Num that is no date."
_DATE = "where a date is needed. Name a date (type Num, format DATE9.)."


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        (RESULTS, "sum, of: AVAL", "sum, of: AVALC", f"variables.TOTAL: group_sum: 'AVALC' {_NUMBER}"),
        (RESULTS, "sum, of: AVAL", "sum, of: ADT", "'ADT' is a date, where a number is needed."),
        (RESULTS, "change, of: AVAL", "change, of: LB.LBSTRESC", f"variables.CHG: change: 'LB.LBSTRESC' {_NUMBER}"),
        (RESULTS, "base: BASE", "base: AVALC", f"variables.CHG: change: 'AVALC' {_NUMBER}"),
        (RESULTS, "highest: AVAL", "highest: AVALC", f"variables.AOCCFL: first_record: 'AVALC' {_NUMBER}"),
        (RESULTS, "day: ADY", "day: LB.VISIT", f"variables.AVISIT: analysis_visit: 'LB.VISIT' {_NUMBER}"),
        (RESULTS, "start: ADSL.TRTSDT", "start: ADSL.AGE", f"LENGTH: duration: 'ADSL.AGE' is a number, {_DATE}"),
        (RESULTS, "of: [ADT,", "of: [LB.LBDTC,", f"variables.LENGTH: duration: 'LB.LBDTC' is a text, {_DATE}"),
        (RESULTS, "compare_dates, date: ADT", "compare_dates, date: ADY", f"compare_dates: 'ADY' is a number, {_DATE}"),
        (RESULTS, "after, reference: ADSL.TRTSDT", "after, reference: AVALC", f"'AVALC' is a text, {_DATE}"),
        (RESULTS, "study_day, date: ADT", "study_day, date: LB.LBDTC", f"study_day: 'LB.LBDTC' is a text, {_DATE}"),
        (RESULTS, "reference: ADSL.TRTSDT", "reference: ADSL.SEX", f"study_day: 'ADSL.SEX' is a text, {_DATE}"),
        (RESULTS, "shift_date, date: ADT", "shift_date, date: AVAL", f"shift_date: 'AVAL' is a number, {_DATE}"),
        (RESULTS, "to: none", "to: first, anchor: LB.LBDTC", f"ADT: analysis_date: 'LB.LBDTC' is a text, {_DATE}"),
        (SUMS, "start: TRTSDT", "start: AGE", f"tumor_results: 'ADSL.AGE' is a number, {_DATE}"),
        (RESPONSES, "start: TRTSDT", "start: SEX", f"responses: 'ADSL.SEX' is a text, {_DATE}"),
        (
            ADSL,
            "  SITEID: {map: DM.SITEID}\n",
            "  SITEID: {map: {algorithm: treatment, of: {setting: facts.infusion}, name: EXTRT, part: total,"
            " value: EXTRT}}\n",
            f"variables.SITEID: treatment: 'EX.EXTRT' {_NUMBER}",
        ),
        (
            RESULTS,
            "first_record, by: USUBJID",
            "first_record, by: []",
            "variables.AOCCFL.map.by: 'by' is empty. Name at least 1.",
        ),
        (RESULTS, "order: ADT}", "order: []}", "variables.AOCCFL.map.order: 'order' is empty. Name at least 1."),
    ],
)
def test_complaints_of_types(complaints: Any, text: str, old: str, new: str, expected: str) -> None:
    assert old in text
    found = complaints(text.replace(old, new, 1))

    assert [complaint for complaint in found if expected in complaint] == found, found
    assert found


def test_the_study_itself_has_no_complaint(study: Any) -> None:
    folder = study.folder / "adam"
    places = {path.stem.upper(): read_yaml(path, path.name) for path in folder.glob("*.yaml")}
    methods = {}
    for place in places.values():
        methods |= place.content["methods"]

    assert [str(problem) for problem in lint_adam(replace(study, methods={**study.methods, **methods}), places)] == []


def test_dates_of_a_given_adsl_are_required(tmp_path: Path) -> None:
    """A study without SDTM of its own takes ADSL as it is given, so that nothing else says which dates it has."""
    folder = Path(shutil.copytree(STUDIES / "oncorecist", tmp_path / "mine"))
    assert load_study(folder).adam["ADTTE"].inputs == ("ADSL", "ADRS")
    for name in ("adrs", "adtte"):
        file = folder / "adam" / f"{name}.yaml"
        text = file.read_text(encoding="utf-8").replace(", RANDDT, DTHDT]", "]").replace(", RANDDT, LSTALVDT]", "]")
        file.write_text(text, encoding="utf-8")

    with pytest.raises(SpecError) as caught:
        load_study(folder)

    told = str(caught.value)
    for date in ("RANDDT", "DTHDT", "LSTALVDT"):
        assert f"rests on ADSL.{date}, and ADSL is given. Name {date} under 'required'." in told


def test_windows_come_from_the_planned_visits(study: Any) -> None:
    windows = study.adam["ADRS"].rules.responses.windows

    assert [(window.visit, window.target, window.first, window.last) for window in windows] == [
        ("MONTH 1", 29, 22, 36),
        ("MONTH 3", 91, 77, 105),
        ("MONTH 6", 183, 169, 197),
        ("MONTH 9", 274, 260, 288),
        ("MONTH 12", 365, 351, 379),
        ("MONTH 18", 548, 534, 562),
        ("MONTH 24", 731, 717, 745),
    ]


def test_what_the_standard_says_is_inherited(study: Any) -> None:
    variable = study.adam["ADSL"].variable

    assert (variable("TR01SDT").label, variable("TR01SDT").type) == ("Date of First Exposure in Period 01", "Num")
    assert variable("TR01SDT").format == "DATE9."
    assert variable("AGE").origin.predecessor == "DM.AGE"
    assert study.adam["ADTTE"].class_name == "BASIC DATA STRUCTURE"
    assert study.adam["ADTTE"].inputs == ("ADSL", "ADRS")
    assert study.adam["ADRS"].inputs == ("ADSL", "RS", "TU", "TR")


def test_variables_are_made_after_what_they_need(study: Any) -> None:
    order = variable_order(study.adam["ADSL"])

    assert order.index("LSTALVDT") < order.index("DTHDT") < order.index("DTHDTF")
    assert order.index("TRTSDT") < order.index("NACTDT")
    assert set(order) == set(study.adam["ADSL"].names)


def test_parameters_have_value_level_methods(study: Any) -> None:
    levels = {level.where["PARAMCD"]: level.method for level in study.adam["ADTTE"].value_level}

    assert levels[("PFS",)] == "MT.PFS"
    assert set(levels) == {(name,) for name in study.adam["ADTTE"].rules.time_to_event.parameters}


def test_settings_are_inserted_everywhere() -> None:
    problems: list[Problem] = []
    source = YamlText(
        "a.yaml", {"a": {"setting": "x"}, "b": [{"setting": "y.z"}, "text"], "c": {"setting": "x", "d": "e"}}
    )

    found = insert_settings(source, {"x": "1", "y": {"z": ["2", "3"]}}, problems)

    assert found.content == {"a": "1", "b": [["2", "3"], "text"], "c": {"setting": "x", "d": "e"}}
    assert source.content["a"] == {"setting": "x"}
    assert problems == []
