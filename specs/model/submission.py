"""`submission:` of study.yaml: to whom the package goes and what that allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import model_validator

from specs.model.base import Strict

AgencyName = Literal["fda", "nmpa", "pmda", "ema"]
Encoding = Literal["ascii", "utf-8", "gb18030"]

_GIGABYTE = 1_000_000_000


@dataclass(frozen=True)
class Agency:
    """What an agency takes. `encodings` are those of transport files, the usual one first; `most_bytes` is the size
    that a transport file may have, None where none is stated."""

    name: AgencyName
    title: str
    encodings: tuple[Encoding, ...]
    most_bytes: int | None


#: FDA: Study Data Technical Conformance Guide, 3.3.2 (5 GB); PMDA: Technical Conformance Guide (10 GB); NMPA:
#: guideline on the submission of clinical trial data (4 GB, Chinese allowed); EMA: none stated for raw data.
AGENCIES: dict[AgencyName, Agency] = {
    "fda": Agency("fda", "FDA", ("ascii",), 5 * _GIGABYTE),
    "nmpa": Agency("nmpa", "NMPA", ("utf-8", "gb18030", "ascii"), 4 * _GIGABYTE),
    "pmda": Agency("pmda", "PMDA", ("ascii",), 10 * _GIGABYTE),
    "ema": Agency("ema", "EMA", ("ascii",), None),
}


class Submission(Strict):
    """`submission:` of study.yaml; without it the package is made for the FDA, in ASCII."""

    agency: AgencyName = "fda"
    #: The encoding of text in transport files; the agency's usual one where it is not given.
    encoding: Encoding | None = None
    #: A TrueType font of Chinese characters for PDF files, by its path in the study's folder.
    font: str | None = None

    @model_validator(mode="after")
    def _is_taken_by_the_agency(self) -> Submission:
        allowed = AGENCIES[self.agency].encodings
        if self.encoding is not None and self.encoding not in allowed:
            raise ValueError(
                f"encoding {self.encoding}: {self.agency} takes {' or '.join(allowed)}; choose one of these"
            )
        return self

    @property
    def profile(self) -> Agency:
        """The agency with its limits."""
        return AGENCIES[self.agency]

    @property
    def text_encoding(self) -> Encoding:
        """The encoding of transport files."""
        return self.encoding or self.profile.encodings[0]

    @property
    def reading_encoding(self) -> Encoding:
        """The encoding that transport files of any origin are read in: UTF-8, which ASCII is part of, or GB18030."""
        return "gb18030" if self.text_encoding == "gb18030" else "utf-8"
