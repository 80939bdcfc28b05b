"""What stands beside the datasets in a run folder, for the report to link to."""

from __future__ import annotations

from reports.run_report import DocumentLine
from submission.package import RunPaths


def documents_of(paths: RunPaths) -> tuple[DocumentLine, ...]:
    """Return a line for each document that was written, then the sealed package."""
    candidates = (
        (paths.annotated_crf, "Annotated CRF", "where each variable was collected"),
        (paths.define_page("sdtm"), "Define-XML of SDTM", "define.xml as a page"),
        (paths.define_page("adam"), "Define-XML of ADaM", "define.xml as a page"),
        (paths.reviewers_guide("sdtm"), "Clinical study data reviewer's guide", "PDF, part of the package"),
        (paths.drafts / "csdrg.docx", "Clinical study data reviewer's guide", "DOCX, to be finished by people"),
        (paths.reviewers_guide("adam"), "Analysis data reviewer's guide", "PDF, part of the package"),
        (paths.drafts / "adrg.docx", "Analysis data reviewer's guide", "DOCX, to be finished by people"),
        (paths.archive, "Package", "the folder m5 in a zip"),
        (paths.checksums, "Checksums", "SHA-256 of every file of the package and of the zip"),
    )
    return tuple(DocumentLine(title, paths.relative(path), note) for path, title, note in candidates if path.is_file())
