"""Where the agencies differ in what they reject, as a table.

Sources, by agency:

- FDA: Study Data Technical Conformance Guide; Technical Rejection Criteria for Study Data (1734, 1736); Specifications
  for eCTD Validation Criteria; Specifications for File Format Types Using eCTD Specifications 4.0 (2019).
- NMPA: guideline on the submission of clinical trial data (CDE notice 2020 No. 16; numbers of sections are those of its
  draft in English, May 2020); technical requirements for electronic dossiers, which name PDF, XML, XPT, TXT and XSL as
  the only formats.
- PMDA: Technical Conformance Guide on Electronic Study Data Submissions.
- EMA: EU Accepted File Formats for eCTD (November 2023); EU eCTD validation criteria.
- all: ICH eCTD Specification 3.2.2, appendices 2 and 7 (characters and lengths of names, PDF).
"""

from __future__ import annotations

from dataclasses import dataclass

from specs.model.submission import AGENCIES, Agency, AgencyName

_TRANSPORT = frozenset({".pdf", ".txt", ".xml", ".xpt", ".xsl"})
_PROGRAMS = frozenset({".sas", ".r"})
#: Only the FDA rejects for want of TS and of the study's start date.
_FDA_ONLY = frozenset({"PACKAGE.TS", "PACKAGE.START_DATE"})


@dataclass(frozen=True)
class Profile:
    """What an agency rejects beside what all of them do.

    `dataset_name` is what the name of a transport file, without `.xpt`, must look like; `file_types` are the endings of
    files that it takes; `most_path` the length of a path from the sequence's folder on; `warned` are the rules that it
    does not reject for, so that they are warnings.
    """

    agency: Agency
    dataset_name: str
    file_types: frozenset[str]
    most_path: int = 180
    warned: frozenset[str] = frozenset()


PROFILES: dict[AgencyName, Profile] = {
    "fda": Profile(AGENCIES["fda"], "[a-z][a-z0-9_]{0,7}", _TRANSPORT | _PROGRAMS),
    "nmpa": Profile(AGENCIES["nmpa"], "[a-z][a-z0-9]{0,7}", _TRANSPORT, warned=_FDA_ONLY),
    "pmda": Profile(AGENCIES["pmda"], "[a-z][a-z0-9]{0,7}", _TRANSPORT | _PROGRAMS, warned=_FDA_ONLY),
    "ema": Profile(
        AGENCIES["ema"],
        "[a-z][a-z0-9]{0,7}",
        _TRANSPORT | _PROGRAMS | {".csv", ".xls", ".xlsx", ".xsd"},
        warned=_FDA_ONLY,
    ),
}
