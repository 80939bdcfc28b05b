"""One subject's story: what each domain says, which records stand in one line, and where undated ones stand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from clinical.errors import UsageError
from flows.story import grouped, lines_of, story_of
from flows.work import Store

NUMBERS = ("SEQ", "DY", "VISITNUM", "DOSE", "STRESN")


def _table(text: str) -> pd.DataFrame:
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    frame = pd.DataFrame([[cell or None for cell in row] for row in lines[1:]], columns=lines[0], dtype="str")
    return frame.astype({name: "float64" for name in lines[0] if name.endswith(NUMBERS)})


TABLES = {
    "DM": "USUBJID | SUBJID | SEX\nX-1 | 1 | F\nX-2 | 2 | M",
    "SV": "USUBJID | VISITNUM | VISIT | SVOCCUR | SVSTDTC | SVSTDY\nX-1 | 1 | SCREENING | Y | 2024-01-02 | -9\n"
    "X-1 | 2 | MONTH 1 | N |  | ",
    "LB": """
        USUBJID | LBSEQ | LBTEST | LBSTRESC | LBSTRESU | LBNRIND | LBSTAT | LBREASND | VISITNUM | VISIT | LBDTC | LBDY
        X-1 | 1 | Hemoglobin | 121 | g/L | NORMAL |  |  | 1 | SCREENING | 2024-01-02T08:00 | -9
        X-1 | 2 | Platelets | 43 | 10^9/L | LOW |  |  | 1 | SCREENING | 2024-01-02T08:00 | -9
        X-1 | 3 | Potassium |  |  |  | NOT DONE | Clotted | 1 | SCREENING | 2024-01-02T08:00 | -9
        X-1 | 4 | Hemoglobin | 99 | g/L | LOW |  |  |  |  | 2024-02-01 | 22
        X-2 | 1 | Hemoglobin | 140 | g/L | NORMAL |  |  | 1 | SCREENING | 2024-01-02 | -9""",
    "FA": """
        USUBJID | FASEQ | FATEST | FAOBJ | FACAT | FASTRESC | FADTC
        X-1 | 1 | ASTCT Grade | Fever | CRS | 2 | 2024-01-12
        X-1 | 2 | ICE Score | Rash |  | 9 | 2024-01-12""",
    "TR": """
        USUBJID | TRSEQ | TRLNKID | TRTEST | TRSTRESC | TRSTRESU | VISITNUM | VISIT | TRDTC
        X-1 | 1 | T01 | Longest Diameter | 23 | mm | 1 | SCREENING | 2024-01-03""",
    "AE": """
        USUBJID | AESEQ | AETERM | AEDECOD | AESER | AESHOSP | AEOUT | AESTDTC | AEENDTC
        X-1 | 1 | FEVER | Pyrexia | Y | N | FATAL | 2024-01-12 | 2024-01-14""",
    "SUPPAE": """
        USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QLABEL | QVAL
        X-1 | AE | AESEQ | 1 | ASTCTGR | ASTCT Grade | 2
        X-1 | AE | AESEQ | 1 | NOTE | Note | one
        X-1 | AE | AESEQ | 1 | NOTE1 | Note | two
        X-1 | AE | AESEQ | 1 | AEOUT1 | Outcome of Adverse Event | AT HOME""",
    "CO": """
        USUBJID | RDOMAIN | COSEQ | IDVAR | IDVARVAL | COVAL | COVAL1 | CODTC
        X-1 | AE | 1 | AESEQ | 1 | First part | and rest |
        X-1 |  | 2 |  |  | Moved |  | 2024-01-20""",
    "EC": """
        USUBJID | ECSEQ | ECTRT | ECOCCUR | ECREASOC | ECDOSE | ECDOSU | VISITNUM | ECSTDTC
        X-1 | 1 | DRUG A | Y |  | 10 | mg |  | 2024-01-11
        X-1 | 2 | DRUG B | N | Fever |  |  | 1 | """,
    "EX": "USUBJID | EXSEQ | EXTRT | EXDOSE | EXDOSU | EXSTDTC\nX-1 | 1 | DRUG A | 10 | mg | 2024-01-11",
    "DV": "USUBJID | DVSEQ | DVTERM | DVDECOD | DVCAT | DVSTDTC\n"
    "X-1 | 1 | VISIT MISSED | VISIT | IMPORTANT | 2024-02-02",
    "RELREC": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | RELID\nX-1 | AE | AESEQ | 1 | A",
    "TA": "STUDYID | ARMCD\nX | A",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    store = Store(tmp_path_factory.mktemp("run"))
    for name, text in TABLES.items():
        store.save("sdtm", name, _table(text))
    return store


def test_story_in_time_order_with_findings_in_one_line(store) -> None:
    _, story = story_of(store, "1")
    told = [f"{line.start}|{line.domain} {line.seq}|{line.what}|{line.details}" for line in grouped(story)]
    assert told == [
        "|EC 2|DRUG B|not given (Fever)",
        "2024-01-02|SV |SCREENING|",
        "2024-01-02T08:00|LB |SCREENING|Hemoglobin 121 g/L; Platelets 43 10^9/L LOW; Potassium not done (Clotted)",
        "2024-01-03|TR 1|SCREENING|T01 Longest Diameter 23 mm",
        "2024-01-11|EX 1|DRUG A|10 mg",
        "2024-01-12|AE 1|Pyrexia|Serious Event; Outcome of Adverse Event: FATAL AT HOME; ASTCT Grade: 2; Note: one two",
        "|CO 1|Comment on AE 1|First part and rest",
        "2024-01-12|FA 1|Fever|ASTCT Grade 2",
        "2024-01-12|FA 2|Rash|ICE Score 9",
        "2024-01-20|CO 2|Comment|Moved",
        "2024-02-01|LB 4||Hemoglobin 99 g/L LOW",
        "2024-02-02|DV 1|VISIT MISSED|VISIT; IMPORTANT",
        "|SV |MONTH 1|did not occur",
    ]


def test_every_record_is_a_line_of_its_own(store) -> None:
    _, story = story_of(store, "X-1")
    lines = lines_of(story)
    assert [line.seq for line in lines if line.domain == "LB"] == ["1", "2", "3", "4"]
    assert [(line.what, line.details) for line in lines if line.domain == "LB"][1] == ("Platelets", "43 10^9/L LOW")
    assert [line.seq for line in lines if line.domain == "EC"] == ["2", "1"]
    assert not [line for line in lines if line.domain in ("RELREC", "TA", "DM")]
    event = next(line for line in lines if line.domain == "AE")
    assert (event.start, event.end) == ("2024-01-12", "2024-01-14")


def test_demographics_and_a_subject_with_little(store) -> None:
    demographics, story = story_of(store, "2")
    assert demographics["Sex"] == "M"
    assert [line.details for line in grouped(story)] == ["Hemoglobin 140 g/L"]


def test_subject_who_is_not_there(store) -> None:
    with pytest.raises(UsageError, match="no such subject in DM"):
        story_of(store, "3")


def test_subject_without_any_record(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save("sdtm", "DM", _table(TABLES["DM"]))
    _, story = story_of(store, "1")
    assert lines_of(story) == []
    assert grouped(story) == []
