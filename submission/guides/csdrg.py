"""The clinical study data reviewer's guide: what a reviewer of the tabulated data has to know."""

from __future__ import annotations

from clinical.wording import agree, count
from specs.model.study import StudyDesign
from submission.guides.conformance import conformance
from submission.guides.content import Block, Column, Guide, Section, paragraph, table
from submission.guides.context import DatasetFacts, GuideContext, measure
from submission.guides.introduction import introduction, protocol_name
from submission.guides.protocol import design_section
from submission.guides.sdtm_datasets import datasets
from submission.guides.subject_data import annotated_crf, origins, overview
from submission.guides.terms import terminology
from submission.guides.wording import day, sentence, series, spelled

TITLE = "Clinical Study Data Reviewer's Guide"


def csdrg(context: GuideContext) -> Guide:
    """Return the guide to the SDTM datasets of a study.

    Reference: the sections are those of the PHUSE cSDRG template.
    """
    study = context.study
    facts = [measure(one, study) for one in context.of_standard("sdtm")]
    specs = [one.spec for one in facts if one.name in study.sdtm]
    subject_data = Section(
        "Subject data description",
        "subject-data",
        sections=(
            overview(context, facts),
            annotated_crf(context),
            datasets(study, facts),
            origins(study, specs),
            terminology(study, specs),
        ),
    )
    protocol = Section(
        "Protocol description",
        "protocol",
        sections=(
            protocol_name(context),
            design_section(context),
            Section("Trial design datasets", "trial-design", tuple(_trial_design(study.design, facts))),
        ),
    )
    return Guide(
        title=TITLE,
        short="Clinical study data reviewer's guide",
        study=study.id,
        study_title=study.design.title,
        created=context.created,
        cover=cover(context),
        sections=(
            introduction(context, "sdtm"),
            protocol,
            subject_data,
            conformance(context, "sdtm"),
            Section("Appendices", "appendices", sections=(_criteria(study.design, facts),)),
        ),
    )


def cover(context: GuideContext) -> tuple[tuple[str, str], ...]:
    """Return what the first page of a guide states."""
    rows = [("Study", context.study.id), ("Data exported", day(context.created))]
    if context.cutoff:
        rows.append(("Data cut-off of the analysis", day(context.cutoff)))
    return (*rows, ("Made with", f"cdiscflow {context.software.cdiscflow}"))


def _trial_design(design: StudyDesign, facts: list[DatasetFacts]) -> list[Block]:
    named = [one for one in facts if one.spec.class_name == "TRIAL DESIGN" and one.rows]
    if not named:
        return [paragraph("No trial design datasets are part of the package.")]
    sizes = [f"{one.name} ({count(one.rows, 'record')})" for one in named]
    said = f"The design is stated in {spelled(len(named), 'dataset')}: {series(sizes)}."
    blocks: list[Block] = [paragraph(said)]
    missing = [one.parameter for one in design.trial_summary if one.value is None and one.null_flavor]
    if missing and any(one.name == "TS" for one in named):
        number = len(missing)
        blocks.append(
            paragraph(
                sentence(
                    f"{spelled(number, 'parameter')} of the trial summary {agree(number, 'are')} not known from the "
                )
                + f"sources of this study: {series(missing)}. The reason stands in TSVALNF, and no value was made up."
            )
        )
    return blocks


def _criteria(design: StudyDesign, facts: list[DatasetFacts]) -> Section:
    title, anchor = "Inclusion and exclusion criteria", "criteria"
    if not design.criteria:
        said = "The specification states no criteria. The protocol has them."
        return Section(title, anchor, (paragraph(said),))
    number = len(design.criteria)
    rows: list[tuple[str, ...]] = [(one.code, one.category.capitalize(), one.text) for one in design.criteria]
    columns = (Column("Code", 15), Column("Category", 20), Column("Criterion", 65))
    holder = "TI holds" if any(one.name == "TI" and one.rows for one in facts) else "The specification states"
    said = f"{holder} {spelled(number, 'criterion', 'criteria')}."
    return Section(title, anchor, (paragraph(said), table("Eligibility criteria", columns, rows)))
