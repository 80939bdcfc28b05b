"""The first sections of both guides: purpose, acronyms, standards and dictionaries, and the protocol's name."""

from __future__ import annotations

from datetime import date

from specs.model.study import SummaryParameter
from submission.guides.content import Block, Column, Section, ToComplete, paragraph, paragraphs, table
from submission.guides.context import GuideContext
from submission.guides.terms import coded_by
from submission.guides.wording import day, series
from submission.package import Standard, occurrence_guide

_SHARED = {
    "CDISC": "Clinical Data Interchange Standards Consortium",
    "CRF": "Case report form",
    "SDTM": "Study Data Tabulation Model",
    "SDTMIG": "SDTM implementation guide",
    "XPT": "SAS transport file, version 5",
}
_OF_STANDARD: dict[Standard, dict[str, str]] = {
    "sdtm": {
        "cSDRG": "Clinical study data reviewer's guide",
        "EDC": "Electronic data capture",
        "RELREC": "Related records, an SDTM dataset",
        "SUPP--": "Supplemental qualifiers of an SDTM dataset",
    },
    "adam": {
        "ADaM": "Analysis Data Model",
        "ADaMIG": "ADaM implementation guide",
        "ADRG": "Analysis data reviewer's guide",
        "BDS": "Basic data structure",
        "OCCDS": "Occurrence data structure",
    },
}


def introduction(context: GuideContext, standard: Standard, more: tuple[Section, ...] = ()) -> Section:
    """Return the introduction of a guide; `more` are sections that only one of the guides has."""
    explanations = context.study.explanations
    acronyms = {**_SHARED, **_OF_STANDARD[standard], **explanations.acronyms}
    rows: list[tuple[str, ...]] = [(name, acronyms[name]) for name in sorted(acronyms, key=str.casefold)]
    listed = table("Acronyms", (Column("Acronym", 20), Column("Meaning", 80)), rows)
    return Section(
        "Introduction",
        "introduction",
        sections=(
            Section("Purpose", "purpose", tuple(_purpose(context, standard))),
            Section("Acronyms", "acronyms", (listed,)),
            Section("Study data standards and dictionary inventory", "standards", _inventory(context, standard)),
            *more,
        ),
    )


def _purpose(context: GuideContext, standard: Standard) -> list[Block]:
    study = context.study.id
    if standard == "sdtm":
        said = (
            f"This guide gives reviewers of study {study} what they need to find their way in the tabulated data, "
            "beside the annotated CRF and define.xml: how the SDTM datasets were made, where they depart from what "
            "was collected, and what the checks of their conformance found."
        )
    else:
        said = (
            f"This guide gives reviewers of study {study} what they need to find their way in the analysis data, "
            "beside define.xml: how the ADaM datasets were made from SDTM, which decisions the analyses rest on, and "
            "what the checks of their conformance found."
        )
    return [paragraph(said), *paragraphs(context.study.explanations.introduction)]


def _inventory(context: GuideContext, standard: Standard) -> tuple[Block, ...]:
    design = context.study.design
    versions = design.standards
    rows: list[tuple[str, ...]] = [("SDTM", _version(design.trial_summary, "SDTMVER"), "Model of the tabulated data")]
    rows = [row for row in rows if row[1] and standard == "sdtm"]
    rows.append(("SDTMIG", versions.sdtmig, "Tabulated data" if standard == "sdtm" else "Source of the analysis data"))
    if standard == "adam":
        rows.append(("ADaMIG", versions.adamig, "Analysis data"))
        occurrences = occurrence_guide(versions.adamig, [one.spec for one in context.of_standard("adam")])
        rows += [("ADaM OCCDS", occurrences, "Analysis data of occurrences")] if occurrences else []
    rows.append(("CDISC controlled terminology, SDTM", written(versions.sdtm_terminology), "Terms of SDTM variables"))
    if standard == "adam":
        terms = written(versions.adam_terminology)
        rows.append(("CDISC controlled terminology, ADaM", terms, "Terms of ADaM variables"))
    rows.append(("Define-XML", "2.1", "Definition of datasets, variables, terms and methods"))
    specs = (context.study.sdtm if standard == "sdtm" else context.study.adam).values()
    for name, one in design.dictionaries.items():
        coded = coded_by(name, one, tuple(specs))
        used = [f"Coding of {coded}" if coded else "", one.used_for or ""]
        rows.append((one.name, one.version, "; ".join(filter(None, used)) or "External dictionary of the study"))
    columns = (Column("Standard or dictionary", 40), Column("Version", 20), Column("Used for", 40))
    agency = design.submission
    encoding = {"ascii": "ASCII", "utf-8": "UTF-8", "gb18030": "GB18030"}[agency.text_encoding]
    note = paragraph(
        f"The datasets are SAS transport files of version 5, made for the {agency.profile.title} with all text in "
        f"{encoding}."
    )
    return (table("Standards and dictionaries", columns, rows), note)


def _version(summary: tuple[SummaryParameter, ...], parameter: str) -> str:
    return next((one.value for one in summary if one.parameter == parameter and one.value), "")


def written(version: str) -> str:
    """Return a terminology's version as a date in words, where it is one."""
    try:
        return day(date.fromisoformat(version))
    except ValueError:
        return version


def protocol_name(context: GuideContext) -> Section:
    """Return the section that names the protocol."""
    design = context.study.design
    values = {one.parameter: one.value for one in design.trial_summary if one.value}
    rows: list[tuple[str, ...]] = [("Protocol number", design.id), ("Title", design.title)]
    known = (("Registered as", "REGID"), ("Sponsor", "SPONSOR"), ("Phase", "TPHASE"), ("Indication", "INDIC"))
    rows += [(label, values[name]) for label, name in known if name in values]
    columns = (Column("Item", 25), Column("Protocol", 75))
    blocks: list[Block] = [table("The protocol", columns, rows)]
    said = context.study.explanations.protocol
    blocks += paragraphs(said) if said else (ToComplete("State the versions and amendments of the protocol."),)
    missing = [label.lower() for label, name in known[1:3] if name not in values]
    if missing:
        blocks.append(ToComplete(f"State the {series(missing)} of the study."))
    return Section("Protocol number and title", "protocol-name", tuple(blocks))
