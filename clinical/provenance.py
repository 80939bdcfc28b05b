"""The columns that say where a row came from; they travel with every frame and never reach a transport file."""

from __future__ import annotations

FILE = "_FILE"
FORM = "_FORM"
ROW = "_ROW"
PAGE = "_PAGE"
SUBJECT = "_SUBJECT"
SITE = "_SITE"
EVENT = "_EVENT"
EVENT_REPEAT = "_EVENT_REPEAT"
FORM_REPEAT = "_FORM_REPEAT"
GROUP_REPEAT = "_GROUP_REPEAT"

#: All of them, in the order in which frames carry them.
COLUMNS = (FILE, FORM, ROW, PAGE, SUBJECT, SITE, EVENT, EVENT_REPEAT, FORM_REPEAT, GROUP_REPEAT)


def is_provenance(column: str) -> bool:
    """Return whether a column is the pipeline's own (CDISC variable names never start with an underscore)."""
    return column.startswith("_")
