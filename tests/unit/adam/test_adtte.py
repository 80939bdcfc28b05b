"""ADTTE on hand-worked cases: one subject's facts by study day in, CNSR, AVAL and texts out.

Windows of the study (study days): 22-36, 77-105, 169-197, 260-288, 351-379, 534-562, 717-745.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

PD = "PROGRESSIVE DISEASE"
DEATH = "DEATH"
ONGOING = (1, "ONGOING WITHOUT EVENT AT DATA CUTOFF", "LAST ADEQUATE ASSESSMENT")
NEW_THERAPY = (2, "NEW ANTI-CANCER THERAPY", "LAST ADEQUATE ASSESSMENT ON OR BEFORE NEW ANTI-CANCER THERAPY")
TRANSPLANT = (3, "STEM CELL TRANSPLANT", "LAST ADEQUATE ASSESSMENT ON OR BEFORE STEM CELL TRANSPLANT")
GAP = (4, "EVENT AFTER TWO OR MORE MISSED OR INADEQUATE ASSESSMENTS", "LAST ADEQUATE ASSESSMENT BEFORE GAP")
LEFT = (5, "DISCONTINUED STUDY WITHOUT EVENT", "LAST ADEQUATE ASSESSMENT")
NOTHING = (6, "NO ADEQUATE POST-BASELINE ASSESSMENT", "START DATE")
ALIVE = (1, "ALIVE AT DATA CUTOFF", "LAST KNOWN ALIVE")
LEFT_ALIVE = (5, "DISCONTINUED STUDY ALIVE", "LAST KNOWN ALIVE")


def event(days: int, text: str) -> tuple[int, int, str, None]:
    """Return how an event row ends."""
    return (0, days, text, None)


def censored(days: int, reason: tuple[int, str, str]) -> tuple[int, int, str, str]:
    """Return how a censored row ends."""
    return (reason[0], days, reason[1], reason[2])


SD29 = [(29, "SD")]
WITHDREW = "WITHDRAWAL BY SUBJECT"

PFS = [
    # events
    ("progression", {"responses": [(29, "PR"), (91, "PD")]}, event(91, PD)),
    ("progression counts once, at the first", {"responses": [(29, "PD"), (91, "PD")]}, event(29, PD)),
    ("death", {"responses": SD29, "death": 60}, event(60, DEATH)),
    ("death without assessment, one window missed", {"death": 100}, event(100, DEATH)),
    ("death on the day of infusion", {"death": 1}, event(1, DEATH)),
    ("progression before death", {"responses": [(29, "PD")], "death": 40}, event(29, PD)),
    ("progression and death on one day", {"responses": [(29, "PD")], "death": 29}, event(29, PD)),
    ("assessment after death", {"responses": [(29, "SD"), (70, "PD")], "death": 60}, event(60, DEATH)),
    # no event
    ("ongoing", {"responses": [(29, "SD"), (91, "PR")]}, censored(91, ONGOING)),
    ("not evaluable is not adequate", {"responses": [(29, "SD"), (91, "NE")]}, censored(29, ONGOING)),
    ("study completed", {"responses": SD29, "ended": (120, "COMPLETED")}, censored(29, ONGOING)),
    ("study discontinued", {"responses": SD29, "ended": (120, WITHDREW)}, censored(29, LEFT)),
    ("discontinued, then progression", {"responses": [(29, "SD"), (91, "PD")], "ended": (60, WITHDREW)}, event(91, PD)),
    ("discontinued, then death", {"responses": SD29, "ended": (60, WITHDREW), "death": 70}, event(70, DEATH)),
    ("no assessment", {}, censored(1, NOTHING)),
    ("only not evaluable", {"responses": [(29, "NE"), (91, "NE")]}, censored(1, NOTHING)),
    ("no assessment and discontinued", {"ended": (20, WITHDREW)}, censored(1, NOTHING)),
    ("no assessment before new therapy", {"responses": [(91, "SD")], "new_therapy": 20}, censored(1, NOTHING)),
    # progression on or before the infusion is baseline
    ("progression before infusion", {"responses": [(-10, "PD"), (29, "SD")]}, censored(29, ONGOING)),
    ("progression on the day of infusion", {"responses": [(1, "PD"), (29, "SD")]}, censored(29, ONGOING)),
    ("assessed at baseline only", {"responses": [(-10, "SD")]}, censored(1, NOTHING)),
    # new anti-cancer therapy
    (
        "new therapy before progression",
        {"responses": [(29, "SD"), (91, "PD")], "new_therapy": 60},
        censored(29, NEW_THERAPY),
    ),
    (
        "new therapy without event",
        {"responses": [(29, "SD"), (91, "SD")], "new_therapy": 60},
        censored(29, NEW_THERAPY),
    ),
    (
        "new therapy on the day of an assessment",
        {"responses": [(29, "SD"), (91, "SD")], "new_therapy": 91},
        censored(91, NEW_THERAPY),
    ),
    (
        "new therapy on the day of progression",
        {"responses": [(29, "SD"), (91, "PD")], "new_therapy": 91},
        event(91, PD),
    ),
    (
        "new therapy the day before progression",
        {"responses": [(29, "SD"), (91, "PD")], "new_therapy": 90},
        censored(29, NEW_THERAPY),
    ),
    ("new therapy on the day of death", {"responses": SD29, "new_therapy": 60, "death": 60}, event(60, DEATH)),
    ("new therapy before death", {"responses": SD29, "new_therapy": 50, "death": 60}, censored(29, NEW_THERAPY)),
    ("new therapy after progression", {"responses": [(29, "SD"), (91, "PD")], "new_therapy": 95}, event(91, PD)),
    (
        "radiotherapy is new therapy",
        {"responses": [(29, "SD"), (91, "PD")], "radiotherapy": 60},
        censored(29, NEW_THERAPY),
    ),
    (
        "the earlier of drug and radiotherapy",
        {"responses": [(29, "SD"), (55, "SD"), (91, "PD")], "radiotherapy": 50, "new_therapy": 60},
        censored(29, NEW_THERAPY),
    ),
    ("therapy before infusion is not new", {"responses": [(29, "SD"), (91, "PD")], "new_therapy": -5}, event(91, PD)),
    (
        "new therapy before discontinuation",
        {"responses": SD29, "new_therapy": 50, "ended": (60, WITHDREW)},
        censored(29, NEW_THERAPY),
    ),
    # transplant
    (
        "transplant before progression",
        {"responses": [(29, "PR"), (91, "PD")], "transplant": 60},
        censored(29, TRANSPLANT),
    ),
    ("transplant on the day of progression", {"responses": [(29, "PR"), (91, "PD")], "transplant": 91}, event(91, PD)),
    (
        "transplant, then new therapy",
        {"responses": SD29, "transplant": 50, "new_therapy": 60},
        censored(29, TRANSPLANT),
    ),
    (
        "new therapy, then transplant",
        {"responses": SD29, "transplant": 60, "new_therapy": 50},
        censored(29, NEW_THERAPY),
    ),
    ("both on one day", {"responses": SD29, "transplant": 50, "new_therapy": 50}, censored(29, NEW_THERAPY)),
    # missed visits
    ("two windows missed before death", {"responses": SD29, "death": 198}, censored(29, GAP)),
    ("the second window not wholly missed", {"responses": SD29, "death": 197}, event(197, DEATH)),
    ("two windows missed before progression", {"responses": [(29, "SD"), (200, "PD")]}, censored(29, GAP)),
    ("not evaluable does not end a gap", {"responses": [(29, "SD"), (91, "NE"), (200, "PD")]}, censored(29, GAP)),
    ("an assessment inside a window", {"responses": [(77, "SD"), (280, "PD")]}, event(280, PD)),
    ("an assessment the day before a window", {"responses": [(76, "SD"), (198, "PD")]}, censored(76, GAP)),
    ("two windows missed after infusion", {"death": 106}, censored(1, GAP)),
    ("second window not wholly missed after infusion", {"death": 105}, event(105, DEATH)),
    ("assessment on the day of death", {"responses": [(29, "SD"), (198, "SD")], "death": 198}, event(198, DEATH)),
    (
        "new therapy before the event after a gap",
        {"responses": SD29, "new_therapy": 100, "death": 300},
        censored(29, NEW_THERAPY),
    ),
    ("no window is scheduled any more", {"responses": [(731, "CR"), (2000, "PD")]}, event(2000, PD)),
]

PFS_AT_CUTOFF = [
    ("progression after cut-off", {"responses": [(29, "SD"), (91, "PD")]}, 90, censored(29, ONGOING)),
    ("progression on the day of cut-off", {"responses": [(29, "SD"), (91, "PD")]}, 91, event(91, PD)),
    ("death after cut-off", {"responses": SD29, "death": 60}, 59, censored(29, ONGOING)),
    ("new therapy after cut-off", {"responses": SD29, "new_therapy": 60}, 59, censored(29, ONGOING)),
    ("transplant after cut-off", {"responses": SD29, "transplant": 60}, 59, censored(29, ONGOING)),
    ("discontinuation after cut-off", {"responses": SD29, "ended": (60, WITHDREW)}, 59, censored(29, ONGOING)),
    ("cut-off before the first assessment", {"responses": SD29}, 20, censored(1, NOTHING)),
    ("cut-off on the day of infusion", {"responses": SD29}, 1, censored(1, NOTHING)),
]

OTHERS = [
    # transplant ignored
    ("PFSSCT", {"responses": [(29, "PR"), (91, "PD")], "transplant": 60}, event(91, PD)),
    ("PFSSCT", {"responses": [(29, "PR"), (91, "SD")], "transplant": 60}, censored(91, ONGOING)),
    ("PFSSCT", {"responses": [(29, "PR"), (91, "PD")], "transplant": 50, "new_therapy": 60}, censored(29, NEW_THERAPY)),
    # new therapy is an event
    ("EFS", {"responses": SD29, "new_therapy": 60}, event(60, "NEW ANTI-CANCER THERAPY")),
    ("EFS", {"responses": [(29, "SD"), (60, "PD")], "new_therapy": 60}, event(60, PD)),
    ("EFS", {"responses": SD29, "new_therapy": 60, "death": 60}, event(60, DEATH)),
    ("EFS", {"responses": SD29, "transplant": 50, "new_therapy": 60}, censored(29, TRANSPLANT)),
    ("EFS", {"responses": SD29, "transplant": 60, "new_therapy": 60}, event(60, "NEW ANTI-CANCER THERAPY")),
    ("EFS", {"responses": SD29, "new_therapy": 198}, censored(29, GAP)),
    ("EFS", {"responses": SD29, "ended": (60, WITHDREW)}, censored(29, LEFT)),
    ("EFS", {}, censored(1, NOTHING)),
    ("EFS", {"new_therapy": 20}, event(20, "NEW ANTI-CANCER THERAPY")),
    # survival
    ("OS", {"responses": SD29, "death": 400}, event(400, DEATH)),
    ("OS", {"responses": SD29, "new_therapy": 50, "transplant": 40, "death": 400}, event(400, DEATH)),
    ("OS", {"responses": SD29, "contacts": [45, 300]}, censored(300, ALIVE)),
    ("OS", {"responses": SD29, "ended": (60, WITHDREW)}, censored(60, LEFT_ALIVE)),
    ("OS", {"responses": SD29, "ended": (60, "COMPLETED")}, censored(60, ALIVE)),
    ("OS", {"infusions": [(1, "CD19 CAR-T CELLS")]}, censored(1, ALIVE)),
    # duration of complete response
    ("DOR", {"responses": [(29, "PR"), (91, "CR"), (183, "PD")]}, event(93, PD)),
    ("DOR", {"responses": [(29, "CR"), (91, "CR"), (120, "CR")], "death": 150}, event(122, DEATH)),
    ("DOR", {"responses": [(29, "CRi"), (91, "PD")]}, event(63, PD)),
    ("DOR", {"responses": [(91, "CR")]}, censored(1, ONGOING)),
    ("DOR", {"responses": [(91, "CR"), (183, "CR")]}, censored(93, ONGOING)),
    ("DOR", {"responses": [(91, "CR"), (183, "PR")]}, censored(93, ONGOING)),
    ("DOR", {"responses": [(91, "CR"), (183, "CR")], "ended": (190, WITHDREW)}, censored(93, LEFT)),
    ("DOR", {"responses": [(91, "CR"), (183, "CR"), (274, "PD")], "new_therapy": 200}, censored(93, NEW_THERAPY)),
    ("DOR", {"responses": [(91, "CR"), (183, "CR"), (274, "PD")], "transplant": 200}, censored(93, TRANSPLANT)),
    ("DOR", {"responses": [(91, "CR"), (400, "PD")]}, censored(1, GAP)),
    ("DOR", {"responses": [(91, "CR")], "new_therapy": 91}, censored(1, NEW_THERAPY)),
    ("DOR", {"responses": [(91, "CR")], "new_therapy": 90}, None),
    ("DOR", {"responses": [(91, "CR")], "transplant": 90}, None),
    ("DOR", {"responses": [(29, "PD"), (91, "CR")]}, None),
    ("DOR", {"responses": [(29, "PR"), (91, "PR")]}, None),
    ("DOR", {"responses": [(1, "CR"), (29, "PR")]}, None),
    ("DOR", {"responses": [(745, "CR")]}, censored(1, ONGOING)),
    ("DOR", {"responses": [(746, "CR")]}, None),
    ("DOR", {"responses": [(70, "CR")], "death": 60}, None),
    ("DORSCT", {"responses": [(91, "CR"), (183, "CR"), (274, "PD")], "transplant": 200}, event(184, PD)),
    ("DORSCT", {"responses": [(91, "CR"), (183, "CR")], "transplant": 100}, censored(93, ONGOING)),
    (
        "DORSCT",
        {"responses": [(91, "CR"), (183, "CR")], "transplant": 100, "new_therapy": 150},
        censored(1, NEW_THERAPY),
    ),
    ("DORSCT", {"responses": [(29, "PR"), (91, "CR")], "transplant": 60}, None),
    ("DORRSP", {"responses": [(29, "PR"), (91, "CR"), (183, "PD")]}, event(155, PD)),
    ("DORRSP", {"responses": [(29, "SD"), (91, "PR")], "death": 120}, event(30, DEATH)),
    ("DORRSP", {"responses": [(29, "SD"), (91, "SD")]}, None),
    # time to response
    ("TTR", {"responses": [(29, "PR"), (91, "CR")]}, event(29, "COMPLETE OR PARTIAL RESPONSE")),
    ("TTR", {"responses": [(29, "SD"), (91, "CR")]}, event(91, "COMPLETE OR PARTIAL RESPONSE")),
    ("TTR", {"responses": [(29, "SD")]}, None),
    ("TTCR", {"responses": [(29, "PR"), (91, "CR")]}, event(91, "COMPLETE RESPONSE")),
    ("TTCR", {"responses": [(29, "PR")]}, None),
    ("TTCR", {"responses": [(746, "CR")]}, None),
]


@pytest.fixture(scope="module")
def everyone(trials: Any) -> Any:
    """All cases without a cut-off, each one subject of one trial."""
    named = {case[0]: case[1] for case in PFS}
    numbered = {str(number): case[1] for number, case in enumerate(OTHERS)}
    assert len(named) == len(PFS)
    return trials(named | numbered)


@pytest.mark.parametrize(("name", "expected"), [(case[0], case[2]) for case in PFS])
def test_progression_free_survival(everyone: Any, name: str, expected: tuple[Any, ...]) -> None:
    assert everyone.ends("PFS", name) == expected


@pytest.mark.parametrize(
    ("number", "parameter", "expected"), [(str(n), case[0], case[2]) for n, case in enumerate(OTHERS)]
)
def test_other_parameters(everyone: Any, number: str, parameter: str, expected: tuple[Any, ...] | None) -> None:
    assert everyone.ends(parameter, number) == expected


@pytest.mark.parametrize(
    ("facts", "cutoff", "expected"), [case[1:] for case in PFS_AT_CUTOFF], ids=[case[0] for case in PFS_AT_CUTOFF]
)
def test_nothing_after_the_cutoff_counts(
    trial: Any, facts: dict[str, Any], cutoff: int, expected: tuple[Any, ...]
) -> None:
    assert trial(**facts, cutoff=cutoff).ends("PFS") == expected


def test_survival_is_censored_at_the_cutoff_at_the_latest(trial: Any) -> None:
    facts = {"responses": SD29, "contacts": [45, 300], "death": 400}

    assert trial(**facts, cutoff=350).ends("OS") == censored(300, ALIVE)
    assert trial(**facts, cutoff=200).ends("OS") == censored(45, ALIVE)
    assert trial(**facts, cutoff=400).ends("OS") == event(400, DEATH)


def test_a_row_says_where_its_dates_come_from(trial: Any) -> None:
    analysed = trial(responses=[(29, "PR"), (91, "CR")], death=110, contacts=[100])

    progression_free = analysed.time("PFS")
    duration = analysed.time("DOR")
    rows = analysed.adrs.set_index("ASEQ")

    assert (progression_free["STARTDT"], progression_free["ADT"]) == ("2024-01-10", "2024-04-28")
    assert (progression_free["SRCDOM"], progression_free["SRCVAR"], progression_free["SRCSEQ"]) == (
        "ADSL",
        "DTHDT",
        None,
    )
    assert (duration["STARTDT"], duration["ADT"], duration["AVALU"]) == ("2024-04-09", "2024-04-28", "DAYS")
    censored_row = trial(responses=[(29, "PR"), (91, "CR")]).time("PFS")
    assert (censored_row["SRCDOM"], censored_row["SRCVAR"]) == ("ADRS", "ADT")
    assert rows.loc[censored_row["SRCSEQ"], ["PARAMCD", "AVALC"]].tolist() == ["OVR", "CR"]


def test_an_imputed_death_is_flagged(trial: Any) -> None:
    analysed = trial(responses=SD29, death="2024-02", contacts=[31])

    assert analysed.time("OS")["ADTF"] == "D"
    assert analysed.time("PFS")["ADTF"] == "D"
    assert analysed.ends("PFS") == event(32, DEATH)
    assert trial(responses=SD29).time("OS")["ADTF"] is None


def test_subjects_never_infused_have_no_row(trial: Any) -> None:
    analysed = trial(infusions=[], responses=SD29, death=60)

    assert len(analysed.adtte) == 0
    assert len(analysed.adrs) == 0
    assert analysed.findings["rule"].tolist() == ["ADAM.RESPONSE_WITHOUT_START"]


def test_infused_subjects_without_a_complete_date_have_no_row(trial: Any) -> None:
    analysed = trial(infusions=[("2024-01", "CD19 CAR-T CELLS")], responses=SD29)

    assert len(analysed.adtte) == 0
    assert analysed.adsl["SAFFL"].tolist() == ["Y"]
    assert sorted(analysed.findings["rule"]) == ["ADAM.PARTIAL_DATE", "ADAM.RESPONSE_WITHOUT_START"]


def test_columns_are_typed(trial: Any, study: Any) -> None:
    adtte = trial(responses=SD29).adtte

    assert tuple(adtte.columns) == study.adam["ADTTE"].names
    assert {
        name: str(adtte[name].dtype) for name in ("AVAL", "CNSR", "ASEQ", "ADT", "STARTDT", "EVNTDESC", "ADTF")
    } == {
        "AVAL": "float64",
        "CNSR": "float64",
        "ASEQ": "float64",
        "ADT": "datetime64[s]",
        "STARTDT": "datetime64[s]",
        "EVNTDESC": "str",
        "ADTF": "str",
    }
    assert adtte["PARAMCD"].tolist() == sorted(adtte["PARAMCD"])
    assert isinstance(adtte.index, pd.RangeIndex)
