"""The reviewer's guides: csdrg for SDTM and adrg for ADaM, each as PDF for the package and as DOCX to be finished.

A guide is made of the specification, the datasets as they were written, the findings and the explanations that the
study gives; no value of a subject is in it.
"""

from __future__ import annotations

from pathlib import Path

from submission.guides.adrg import adrg
from submission.guides.content import Guide
from submission.guides.context import GuideContext
from submission.guides.csdrg import csdrg
from submission.guides.explained import report_unexplained
from submission.pdf import setting_chinese_in

#: Paper by agency, in points: letter where the FDA reads, A4 elsewhere.
_LETTER = (612.0, 792.0)
_A4 = (595.2756, 841.8898)

__all__ = ["GuideContext", "report_unexplained", "write_adrg", "write_csdrg"]


def write_csdrg(context: GuideContext, pdf: Path, docx: Path) -> None:
    """Write the clinical study data reviewer's guide, as PDF and as DOCX."""
    _write(csdrg(context), context, pdf, docx)


def write_adrg(context: GuideContext, pdf: Path, docx: Path) -> None:
    """Write the analysis data reviewer's guide, as PDF and as DOCX."""
    _write(adrg(context), context, pdf, docx)


def _write(guide: Guide, context: GuideContext, pdf: Path, docx: Path) -> None:
    from submission.guides.as_docx import write_docx
    from submission.guides.as_pdf import write_pdf

    design = context.study.design
    page = _LETTER if design.submission.agency == "fda" else _A4
    sponsor = next((one.value for one in design.trial_summary if one.parameter == "SPONSOR" and one.value), None)
    author = sponsor or f"Sponsor of study {design.id}"
    with setting_chinese_in(context.study.chinese_font):
        write_pdf(guide, pdf, page=page, author=author)
    write_docx(guide, docx, page=page, author=author)
