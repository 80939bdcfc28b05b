"""The analysis data reviewer's guide: what a reviewer of the analysis data has to know."""

from __future__ import annotations

from submission.guides.analysis import considerations, dependencies
from submission.guides.analysis_datasets import analysis_datasets
from submission.guides.conformance import conformance
from submission.guides.content import Guide, Section, paragraph
from submission.guides.context import GuideContext, measure
from submission.guides.csdrg import cover
from submission.guides.introduction import introduction, protocol_name
from submission.guides.programs import programs
from submission.guides.protocol import design_section
from submission.guides.wording import day

TITLE = "Analysis Data Reviewer's Guide"


def adrg(context: GuideContext) -> Guide:
    """Return the guide to the ADaM datasets of a study.

    Reference: the sections are those of the PHUSE ADRG template.
    """
    study = context.study
    facts = [measure(one, study) for one in context.of_standard("adam")]
    return Guide(
        title=TITLE,
        short="Analysis data reviewer's guide",
        study=study.id,
        study_title=study.design.title,
        created=context.snapshot,
        cover=cover(context),
        sections=(
            introduction(context, "adam", (_source(context),)),
            Section("Protocol description", "protocol", sections=(protocol_name(context), design_section(context))),
            considerations(context, facts),
            dependencies(study, facts),
            analysis_datasets(study, facts),
            conformance(context, "adam"),
            programs(context, facts),
        ),
    )


def _source(context: GuideContext) -> Section:
    """Return where the data come from that the analysis datasets are made of."""
    when = day(context.snapshot)
    if context.study.sdtm:
        said = (
            f"The source is the SDTM data of this package, made from the export of {when} and described in the "
            "clinical study data reviewer's guide, csdrg.pdf, which stands with them."
        )
    else:
        said = (
            f"The source is SDTM that was given as transport files; the newest of them is of {when}. How they were "
            "made is described where they come from."
        )
    return Section("Source data used for analysis dataset creation", "source", (paragraph(said),))
