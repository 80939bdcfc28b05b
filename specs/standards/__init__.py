"""What the standards say of datasets, variables and terms: the part that study specifications inherit.

`library` holds SDTMIG and ADaMIG, `terminology` the controlled terminology, `nci_evs` the importer of a newer
terminology package. The tables stand as CSV beside the code; they hold facts only (names, labels, types, codes).
"""

from specs.standards.entry import StandardVariable
from specs.standards.library import Standard, StandardDataset, load_adamig, load_sdtmig
from specs.standards.terminology import Codelist, Term, Terminology, load_terminology, paired_decode, write_terminology

__all__ = [
    "Codelist",
    "Standard",
    "StandardDataset",
    "StandardVariable",
    "Term",
    "Terminology",
    "load_adamig",
    "load_sdtmig",
    "load_terminology",
    "paired_decode",
    "write_terminology",
]
