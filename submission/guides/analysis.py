"""What holds for all analysis datasets: core variables, populations, windows, imputed dates, censoring, decisions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clinical.wording import count
from specs.model.adam import AdamRules
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.explanations import decision_text
from specs.model.responses import Window
from specs.model.study import Study
from specs.settings import setting_value
from submission.guides.content import Block, Column, Section, ToComplete, paragraph, paragraphs, table, text
from submission.guides.context import DatasetFacts, GuideContext
from submission.guides.wording import day, sentence, series, spelled

SUBJECTS = "ADSL"
#: Variables of ADSL that say which treatment was planned or received, when, and how much of it (ADaMIG 1.3, 3.2).
_TREATMENT = re.compile(
    r"ARM|ARMCD|ACTARM|ACTARMCD|TRT(SEQ|\d\d)[PA]N?|TRT[SE]DTM?|TR\d\d[SE]DTM?|DOSE\d\d[PAU]|AP\d\d[SE]DTM?"
)
_IMPUTED = "DATEFL"


def considerations(context: GuideContext, facts: Sequence[DatasetFacts]) -> Section:
    """Return the section on what holds for all analysis datasets."""
    study = context.study
    specs = [one.spec for one in facts]
    return Section(
        "Analysis considerations related to multiple analysis datasets",
        "considerations",
        sections=(
            Section("Comparison of SDTM and ADaM content", "comparison", tuple(_comparison(context))),
            Section("Core variables", "core", tuple(_core(specs))),
            Section("Treatment variables", "treatment", tuple(_treatment(study))),
            Section("Populations", "populations", tuple(_populations(study, facts))),
            Section("Analysis windows", "windows", tuple(_windows(specs))),
            Section("Imputation of dates", "imputation", tuple(_imputation(study, specs))),
            Section("Data cut-off", "cutoff", tuple(_cutoff(context))),
            Section("Censoring", "censoring", tuple(_censoring(specs))),
            Section("Decisions", "decisions", tuple(_decisions(study))),
        ),
    )


def _comparison(context: GuideContext) -> list[Block]:
    """Return how the analysis datasets relate to SDTM, and how a value is traced."""
    made = SUBJECTS in context.study.adam
    said = (
        "Every analysis dataset is made from SDTM, directly or by way of another one, and a record keeps what leads "
        "back to its source: the sequence number of an SDTM record, or SRCDOM, SRCVAR and SRCSEQ. Values of SDTM are "
        "copied, never altered; what is derived stands in variables of its own. "
    )
    said += (
        "ADSL has a record for every subject of DM, treated or not."
        if made
        else "ADSL was given with SDTM and is used as it is; only the other datasets are made."
    )
    return [paragraph(said), *paragraphs(context.study.explanations.analysis)]


def _core(specs: Sequence[DatasetSpec]) -> list[Block]:
    others = [spec for spec in specs if spec.name != SUBJECTS]
    if not others:
        return [paragraph("There is no dataset beside ADSL, and so no variable that several datasets share.")]
    shared = [one for one in others[0].variables if all(one.name in spec.names for spec in others)]
    copied = [one for one in shared if one.origin is not None and _predecessor(one).startswith(f"{SUBJECTS}.")]
    if not copied:
        return [paragraph("No variable of ADSL is copied to every other dataset.")]
    rows: list[tuple[str, ...]] = [(one.name, one.label) for one in copied]
    number = len(others)
    every = (
        "The only dataset beside ADSL has"
        if number == 1
        else f"Each of the {spelled(number, 'dataset')} beside ADSL has"
    )
    said = f"{every} {spelled(len(copied), 'variable')} of ADSL, so that it can be analysed without a join."
    return [paragraph(said), table("Core variables", (Column("Variable", 25), Column("Label", 75)), rows)]


def _predecessor(variable: VariableSpec) -> str:
    return (variable.origin.predecessor or "") if variable.origin else ""


def derivation(study: Study, variable: VariableSpec) -> str:
    """Return in words how a variable comes about."""
    if variable.method and variable.method in study.methods:
        return study.methods[variable.method].text
    if _predecessor(variable):
        return f"Copied from {_predecessor(variable)}."
    return variable.comment or "Assigned by the sponsor."


def _treatment(study: Study) -> list[Block]:
    spec = study.adam.get(SUBJECTS)
    chosen = [one for one in spec.variables if _TREATMENT.fullmatch(one.name)] if spec else []
    if not chosen:
        return [paragraph("The treatment variables are those of ADSL, which is described where it was made.")]
    rows: list[tuple[str, ...]] = [(one.name, one.label, derivation(study, one)) for one in chosen]
    columns = (Column("Variable", 14), Column("Label", 34), Column("Derivation", 52))
    said = "Planned and actual treatment, their dates and doses stand in ADSL; other datasets copy what they need."
    return [paragraph(said), table("Treatment variables of ADSL", columns, rows)]


def _populations(study: Study, facts: Sequence[DatasetFacts]) -> list[Block]:
    spec = study.adam.get(SUBJECTS)
    flags = [one for one in spec.variables if one.name.endswith("FL") and "Population" in one.label] if spec else []
    said = paragraphs(study.explanations.populations)
    if not flags:
        return [paragraph("The populations are those of ADSL, which is described where it was made."), *said]
    counts = next((one for one in facts if one.name == SUBJECTS), None)
    rows: list[tuple[str, ...]] = []
    for one in flags:
        number = counts.flagged.get(one.name) if counts else None
        title = one.label.removesuffix(" Flag").removesuffix(" Population")
        rows.append((title, one.name, "–" if number is None else f"{number:,}", derivation(study, one)))
    columns = (Column("Population", 24), Column("Flag", 12), Column("Subjects", 11, "number"), Column("Definition", 53))
    total = f" of {count(counts.subjects, 'subject')}" if counts and counts.subjects else ""
    first = f"A flag of ADSL is Y for the subjects of a population, counted below{total}."
    return [paragraph(first), *said, table("Populations", columns, rows)]


def windows_of_dataset(spec: DatasetSpec) -> tuple[Window, ...]:
    """Return the analysis visits of a dataset, none where it has no windows."""
    rules = spec.rules
    if not isinstance(rules, AdamRules):
        return ()
    for part in (rules.responses, rules.tumor_results, rules.records):
        if part is not None and not isinstance(part.windows, str):
            return tuple(part.windows)
    return ()


def _windows(specs: Sequence[DatasetSpec]) -> list[Block]:
    users: dict[tuple[Window, ...], list[str]] = {}
    for spec in specs:
        found = windows_of_dataset(spec)
        if found:
            users.setdefault(found, []).append(spec.name)
    if not users:
        return [paragraph("No dataset has analysis visits with windows.")]
    blocks: list[Block] = [
        paragraph(
            "An analysis visit goes by the study day of the assessment, not by the visit at which it was recorded. An "
            "assessment outside every window has no analysis visit."
        )
    ]
    columns = (
        Column("Analysis visit", 34),
        Column("Number", 14, "number"),
        Column("Target day", 18, "number"),
        Column("First day", 17, "number"),
        Column("Last day", 17, "number"),
    )
    for windows, names in users.items():
        rows: list[tuple[str, ...]] = [
            (one.visit, f"{one.number:.15g}", str(one.target), str(one.first), str(one.last)) for one in windows
        ]
        blocks.append(table(f"Analysis windows of {series(names)}, in study days", columns, rows))
    return blocks


def _imputation(study: Study, specs: Sequence[DatasetSpec]) -> list[Block]:
    """Return the dates that are completed, each with the variable that flags it and the method of the date."""
    rows: list[tuple[str, ...]] = []
    for spec in specs:
        for flag in spec.variables:
            if flag.codelist != _IMPUTED:
                continue
            of = flag.name.removesuffix("F")
            dated = next((one for one in spec.variables if one.name in (of, of.removesuffix("DT") + "DT")), None)
            how = derivation(study, dated) if dated is not None else derivation(study, flag)
            rows.append((spec.name, of if dated is not None else "–", flag.name, how))
    if not rows:
        return [paragraph("No date is imputed.")]
    columns = (Column("Dataset", 12), Column("Date", 12), Column("Flag", 13), Column("Derivation of the date", 63))
    said = (
        "A partial date is completed only within what is known of it. The flag holds D, M or Y where the day, the "
        "month and day, or the whole date was imputed, and is missing where the date was collected in full."
    )
    return [paragraph(said), table("Dates that may be imputed", columns, rows)]


def _cutoff(context: GuideContext) -> list[Block]:
    if context.cutoff is None:
        return [paragraph("No data cut-off was applied.")]
    stated = context.study.design.cutoff == context.cutoff.isoformat()
    said = f"The data cut-off is {day(context.cutoff)}{', as the specification of the study states' if stated else ''}."
    said += " What happened after it counts as unknown in the analysis, and stays in SDTM."
    return [paragraph(said)]


def _censoring(specs: Sequence[DatasetSpec]) -> list[Block]:
    blocks: list[Block] = []
    for spec in specs:
        rules = spec.rules.time_to_event if isinstance(spec.rules, AdamRules) else None
        if rules is None:
            continue
        users = {name: [key for key, one in rules.parameters.items() if name in one.events] for name in rules.events}
        events: list[tuple[str, ...]] = [
            ("0", rules.events[name].text, "–", series(keys, 14)) for name, keys in users.items() if keys
        ]
        users = {name: [key for key, one in rules.parameters.items() if name in one.censors] for name in rules.censors}
        reasons = sorted(rules.censors.items(), key=lambda item: item[1].cnsr)
        censors: list[tuple[str, ...]] = [
            (str(one.cnsr), one.text, one.date_text, series(users[name], 14)) for name, one in reasons if users[name]
        ]
        columns = (
            Column("CNSR", 8, "number"),
            Column("Event or reason", 34),
            Column("Date used", 28),
            Column("Parameters", 30),
        )
        blocks.append(
            paragraph(
                f"In {spec.name}, CNSR is 0 for an event and has a number of its own for each reason to censor. "
                "EVNTDESC names the event or the reason, CNSDTDSC the date that was used."
            )
        )
        blocks.append(table(f"Events and censoring in {spec.name}", columns, [*events, *censors]))
    return blocks or [paragraph("There is no analysis of time to an event, and nothing is censored.")]


def _decisions(study: Study) -> list[Block]:
    """Return the decisions of the study in the sentences that it gives, each with the value that is in force."""
    decisions = study.explanations.decisions
    if not decisions:
        number = sum(name not in ("facts", "waivers") for name in study.design.settings)
        if not number:
            return [paragraph("The specification leaves no decision open that a setting would have to make.")]
        said = f"Say in words which decisions the {spelled(number, 'setting')} of the study express."
        return [paragraph("The decisions of the analysis are settings of the specification."), ToComplete(said)]
    rows: list[tuple[str, ...]] = [
        (str(place), sentence(decision_text(words, setting_value(study.design.settings, name)) or ""))
        for place, (name, words) in enumerate(decisions.items(), start=1)
    ]
    first = (
        "Where protocol and analysis plan leave a choice, or leave it to the programmer, the specification states "
        "what was chosen. These are the decisions in force:"
    )
    return [paragraph(first), table("Decisions", (Column("No.", 7, "number"), Column("Decision", 93)), rows)]


def dependencies(study: Study, facts: Sequence[DatasetFacts]) -> Section:
    """Return what each dataset is made from, and in which order."""
    rows: list[tuple[str, ...]] = []
    for one in facts:
        read = [name for name in one.spec.inputs if name.isupper()]
        analysis = [name for name in read if name in study.adam or name == SUBJECTS]
        tabulated = [name for name in read if name not in analysis]
        rows.append((one.name, ", ".join(tabulated) or "–", ", ".join(analysis) or "–"))
    columns = (Column("Dataset", 14), Column("Reads from SDTM", 58), Column("Reads from ADaM", 28))
    first = "A dataset is made when all that it reads is there; "
    first += (
        "ADSL comes first, since every other dataset takes its subjects from it."
        if SUBJECTS in study.adam
        else "the subjects are those of ADSL, which was given."
    )
    split = [one for one in facts if one.written.parts]
    parts = series([f"{one.name} ({count(len(one.written.parts), 'part')})" for one in split])
    said = f"Split because of their size: {parts}." if split else "No dataset was split."
    return Section(
        "Analysis data creation and processing issues",
        "processing",
        sections=(
            Section("Split datasets", "split", (paragraph(said),)),
            Section("Data dependencies", "dependencies", (paragraph(first), table("Data dependencies", columns, rows))),
            Section(
                "Intermediate datasets",
                "intermediate",
                (paragraph(*text("No intermediate datasets were made; each dataset follows from those named above.")),),
            ),
        ),
    )
