"""The sheets of the workbook and their columns, by the names that the industry gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: `name`: one line, whose outer blanks mean nothing; `number`: a number in Excel is as good as its digits; `text`: kept
Kind = Literal["name", "number", "text"]


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in characters, what its cells hold, and other headings it is known by."""

    name: str
    width: int
    kind: Kind = "text"
    needed: bool = False
    other: tuple[str, ...] = ()

    def clean(self, text: str) -> str:
        """Return the text of a cell without what cannot be seen and is not meant."""
        return text if self.kind == "text" else text.replace("\xa0", " ").replace("\n", " ").strip()


@dataclass(frozen=True)
class SheetForm:
    """A sheet: its columns, and those that tell its rows apart. `needed` sheets are in every workbook."""

    name: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    needed: bool = False
    #: The column whose equal values belong together.
    group: str = ""

    def column(self, name: str) -> Column:
        """Return a column by its heading."""
        return next(column for column in self.columns if column.name == name)


def _columns(*columns: Column | tuple[str, int] | tuple[str, int, Kind]) -> tuple[Column, ...]:
    return tuple(one if isinstance(one, Column) else Column(*one) for one in columns)


def _needed(name: str, width: int, kind: Kind = "name", *other: str) -> Column:
    return Column(name, width, kind, True, other)


_VALUES_COME_FROM = _columns(
    Column("Codelist", 14, "name", False, ("Controlled Terms", "Controlled Terminology")),
    ("Origin", 13, "name"),
    ("Source", 13, "name"),
    ("Pages", 10, "number"),
    ("Method", 18, "name"),
    ("Predecessor", 18, "name"),
)
_SIZE = _columns(
    ("Length", 8, "number"), ("Significant Digits", 11, "number"), ("Format", 10), ("Mandatory", 10, "name")
)

STUDY = SheetForm("Study", _columns(_needed("Attribute", 24), _needed("Value", 80, "text")), ("Attribute",), True)
DATASETS = SheetForm(
    "Datasets",
    _columns(
        _needed("Dataset", 10),
        _needed("Description", 34, "name", "Label"),
        ("Class", 24, "name"),
        ("Structure", 48),
        ("Purpose", 12, "name"),
        Column("Key Variables", 48, "name", False, ("Keys",)),
        ("Repeating", 10, "name"),
        ("Reference Data", 10, "name"),
        ("Comment", 18, "name"),
    ),
    ("Dataset",),
    True,
)
VARIABLES = SheetForm(
    "Variables",
    _columns(
        ("Order", 7, "number"),
        _needed("Dataset", 10),
        _needed("Variable", 12),
        _needed("Label", 38),
        _needed("Data Type", 12, "name", "Type"),
        *_SIZE,
        *_VALUES_COME_FROM,
        ("Role", 20),
        ("Comment", 18, "name"),
        ("Core", 7, "name"),
        ("Mapping", 60),
    ),
    ("Dataset", "Variable"),
    True,
    "Dataset",
)
VALUE_LEVEL = SheetForm(
    "ValueLevel",
    _columns(
        ("Order", 7, "number"),
        _needed("Dataset", 10),
        _needed("Variable", 12),
        _needed("Where Clause", 30, "name"),
        Column("Label", 38, "name", False, ("Description",)),
        _needed("Data Type", 12, "name", "Type"),
        *_SIZE,
        *_VALUES_COME_FROM,
        ("Comment", 18, "name"),
        ("Evaluator", 14),
        ("Mapping", 60),
    ),
    ("Dataset", "Variable", "Where Clause"),
    group="Dataset",
)
WHERE_CLAUSES = SheetForm(
    "WhereClauses",
    _columns(
        _needed("ID", 34),
        _needed("Dataset", 10),
        _needed("Variable", 12),
        _needed("Comparator", 12),
        _needed("Value", 60, "text"),
    ),
    (),
)
CODELISTS = SheetForm(
    "Codelists",
    _columns(
        _needed("ID", 14),
        _needed("Name", 34, "text"),
        Column("NCI Codelist Code", 12, "name", False, ("Codelist Code", "NCI Code")),
        ("Data Type", 10, "name"),
        ("Order", 7, "number"),
        _needed("Term", 44),
        Column("NCI Term Code", 12, "name", False, ("Term Code",)),
        Column("Decoded Value", 50, "name", False, ("Decode",)),
    ),
    ("ID", "Term"),
    group="ID",
)
DICTIONARIES = SheetForm(
    "Dictionaries",
    _columns(
        _needed("ID", 14), ("Name", 34), ("Data Type", 10, "name"), _needed("Dictionary", 34, "text"), ("Version", 12)
    ),
    ("ID",),
)
METHODS = SheetForm(
    "Methods",
    _columns(
        _needed("ID", 20),
        _needed("Name", 34, "text"),
        ("Type", 14, "name"),
        _needed("Description", 100, "text"),
        ("Expression Context", 14),
        ("Expression Code", 30),
        ("Document", 14, "name"),
        ("Pages", 10, "number"),
    ),
    ("ID",),
)
COMMENTS = SheetForm(
    "Comments",
    _columns(_needed("ID", 26), _needed("Description", 100, "text"), ("Document", 14, "name"), ("Pages", 10, "number")),
    ("ID",),
)
DOCUMENTS = SheetForm("Documents", _columns(_needed("ID", 16), ("Title", 50), ("Href", 30)), ("ID",))
DISPLAYS = SheetForm(
    "Analysis Displays", _columns(("ID", 20, "name"), ("Title", 80), ("Document", 14, "name"), ("Pages", 10)), ("ID",)
)
RESULTS = SheetForm(
    "Analysis Results",
    _columns(
        ("Display", 20, "name"),
        ("ID", 22, "name"),
        ("Description", 44),
        ("Reason", 18, "name"),
        ("Purpose", 22, "name"),
        ("Join Comment", 14, "name"),
        ("Documentation", 80),
        ("Documentation Refs", 14, "name"),
        ("Programming Context", 14),
        ("Programming Code", 60),
        ("Programming Document", 14, "name"),
    ),
    ("Display", "ID"),
    group="Display",
)
CRITERIA = SheetForm(
    "Analysis Criteria",
    _columns(
        ("Display", 20, "name"),
        ("Result", 22, "name"),
        ("Dataset", 10, "name"),
        ("Variables", 44),
        ("Where Clause", 34, "name"),
    ),
    ("Display", "Result", "Dataset"),
    group="Display",
)

#: The sheets of Analysis Results Metadata. They show analyses.yaml, and are not taken in.
ANALYSES = (DISPLAYS, RESULTS, CRITERIA)
SHEETS = (
    STUDY, DATASETS, VARIABLES, VALUE_LEVEL, WHERE_CLAUSES, CODELISTS, DICTIONARIES, METHODS, COMMENTS, DOCUMENTS,
    *ANALYSES,
)  # fmt: skip

#: Our own sheets: what the workbook was made from.
ORIGIN_SHEET = "cdiscflow"
FILES_SHEET = "cdiscflow files"

#: Data types of the workbook, and which of ours each of them is.
DATA_TYPES = {
    "text": "Char", "date": "Char", "time": "Char", "datetime": "Char", "partialDate": "Char", "partialTime": "Char",
    "partialDatetime": "Char", "incompleteDatetime": "Char", "durationDatetime": "Char", "intervalDatetime": "Char",
    "integer": "Num", "float": "Num",
}  # fmt: skip
ORIGINS = ("Collected", "Derived", "Assigned", "Protocol", "Predecessor", "Not Available")
#: Origins of Define-XML 2.0 and what 2.1 calls them, with their source.
FORMER_ORIGINS = {"CRF": ("Collected", "Investigator"), "eDT": ("Collected", "Vendor")}
SOURCES = ("Subject", "Investigator", "Vendor", "Sponsor")
COMPARATORS = ("EQ", "NE", "LT", "LE", "GT", "GE", "IN", "NOTIN")
METHOD_TYPES = ("Computation", "Imputation")
CORES = ("Req", "Exp", "Perm", "Cond")

#: Columns that follow from other things: shown in grey, and not to be changed.
GREY: dict[str, tuple[str, ...]] = {
    "Datasets": ("Purpose", "Repeating", "Reference Data"),
    "Variables": ("Significant Digits", "Mandatory"),
    "ValueLevel": ("Significant Digits", "Mandatory"),
    "Codelists": ("Data Type",),
    "Dictionaries": ("Data Type",),
    "Methods": ("Expression Context", "Expression Code", "Document", "Pages"),
    "Comments": ("Document", "Pages"),
    "Documents": ("ID", "Title", "Href"),
    **{form.name: tuple(column.name for column in form.columns) for form in ANALYSES},
}
#: Columns whose words can be picked from a list.
DROP_DOWNS: dict[tuple[str, str], tuple[str, ...]] = {
    ("Variables", "Data Type"): tuple(DATA_TYPES),
    ("Variables", "Origin"): ORIGINS,
    ("Variables", "Source"): SOURCES,
    ("Variables", "Core"): CORES,
    ("ValueLevel", "Data Type"): tuple(DATA_TYPES),
    ("ValueLevel", "Origin"): ORIGINS,
    ("ValueLevel", "Source"): SOURCES,
    ("WhereClauses", "Comparator"): ("EQ", "IN"),
    ("Methods", "Type"): METHOD_TYPES,
}
