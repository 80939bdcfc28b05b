"""`cdiscflow trace`: every number back to the raw cells, for the published sample."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from specs.load import STUDIES
from tests.e2e.conftest import Answer

pytestmark = pytest.mark.slow
Cli = Callable[..., Answer]


def nodes(chain: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a node and all under it, what was left out excepted."""
    yield chain
    for one in chain.get("sources", []):
        yield from nodes(one)


def raw_rows(chain: dict[str, Any], form: str) -> list[dict[str, str]]:
    """Return the cells of the raw rows of a form in a chain."""
    return [one["says"] for one in nodes(chain) if one["name"].startswith(f"form {form},")]


def as_typed(day: pd.Timestamp) -> str:
    """Return a date as the forms have it."""
    return day.strftime("%d-%b-%Y").upper()


@pytest.fixture(scope="module")
def times(published: Path) -> pd.DataFrame:
    return pd.read_parquet(published / "data" / "adam" / "ADTTE.parquet")


def first_of(times: pd.DataFrame, parameter: str, **values: object) -> pd.Series:
    rows = times[times["PARAMCD"] == parameter]
    for name, value in values.items():
        rows = rows[rows[name] == value]
    return rows.iloc[0]


def trace(cli: Cli, run: Path, row: pd.Series) -> dict[str, Any]:
    answer = cli("trace", run, "ADTTE", f"USUBJID={row['USUBJID']}", f"PARAMCD={row['PARAMCD']}", "--json")
    assert answer.code == 0, answer.err
    (chain,) = answer.last["records"]
    return dict(chain)


def test_a_duration_of_response_ends_at_the_response_form(published: Path, times: pd.DataFrame, cli: Cli) -> None:
    row = first_of(times, "DOR", EVNTDESC="PROGRESSIVE DISEASE")
    chain = trace(cli, published, row)
    start, end = chain["sources"]
    (first,), (last,) = raw_rows(start, "rs"), raw_rows(end, "rs")
    assert first["OVRLRESP"] == "CR"
    assert as_typed(row["STARTDT"]) in (first.get("CTDAT"), first.get("PETDAT"))
    assert last["OVRLRESP"] == "PD"
    assert as_typed(row["ADT"]) in (last.get("CTDAT"), last.get("PETDAT"))
    assert last["CRF page"] == "12"
    assert "to PD or death" in chain["rule"]


def test_survival_starts_at_the_infusion_and_ends_at_the_death(published: Path, times: pd.DataFrame, cli: Cli) -> None:
    row = first_of(times, "OS", EVNTDESC="DEATH")
    start, end = trace(cli, published, row)["sources"]
    assert as_typed(row["STARTDT"]) in [cells["INFDAT"] for cells in raw_rows(start, "inf")]
    deaths = raw_rows(end, "dth")
    assert {cells["DTHDAT"] for cells in deaths} == {as_typed(row["ADT"])}


def test_what_was_left_out_says_why(published: Path, times: pd.DataFrame, cli: Cli) -> None:
    row = first_of(times, "PFS", EVNTDESC="PROGRESSIVE DISEASE")
    left_out = trace(cli, published, row)["left_out"]
    assert left_out
    for one in left_out:
        assert one["says"]["left out"] in (
            "not after the start of the time",
            "earlier than the date that decided",
            "later than the date that decided",
            "does not count for this parameter",
            "after new anti-cancer therapy",
            "after stem cell transplant",
        )


def test_a_variable_shows_only_the_cells_it_reads(published: Path, cli: Cli) -> None:
    events = pd.read_parquet(published / "data" / "sdtm" / "AE.parquet")
    event = events[events["AEENDTC"].notna()].iloc[0]
    keys = (f"USUBJID={event['USUBJID']}", f"AESEQ={event['AESEQ']:g}")
    answer = cli("trace", published, "AE", *keys, "--var", "AEENDTC", "--json")
    (chain,) = answer.last["records"]
    (cells,) = raw_rows(chain, "ae")
    assert set(cells) == {"file", "row", "CRF page", "event", "AEENDAT"}
    assert cells["CRF page"] == "31"


def test_a_variable_that_reads_two_forms_shows_both(published: Path, cli: Cli) -> None:
    events = pd.read_parquet(published / "data" / "sdtm" / "AE.parquet")
    event = events[events["AEENTPT"] == "END OF STUDY"].iloc[0]
    keys = (f"USUBJID={event['USUBJID']}", f"AESEQ={event['AESEQ']:g}")
    (chain,) = cli("trace", published, "AE", *keys, "--var", "AEENTPT", "--json").last["records"]
    assert [cells["AEONGO"] for cells in raw_rows(chain, "ae")] == ["Yes"]
    assert len(raw_rows(chain, "eos")) == 1


def test_a_reference_date_leads_to_the_infusion(published: Path, cli: Cli) -> None:
    subjects = pd.read_parquet(published / "data" / "sdtm" / "DM.parquet")
    subject = subjects[subjects["RFSTDTC"].notna()].iloc[0]
    answer = cli("trace", published, "DM", f"SUBJID={subject['SUBJID']}", "--var", "RFSTDTC", "--json")
    (chain,) = answer.last["records"]
    day = as_typed(pd.Timestamp(subject["RFSTDTC"][:10]))
    assert day in [cells["INFDAT"] for cells in raw_rows(chain, "inf")]


def test_text_is_a_tree(published: Path, times: pd.DataFrame, cli: Cli) -> None:
    row = first_of(times, "PFS")
    answer = cli("trace", published, "adtte", f"USUBJID={row['USUBJID']}", "PARAMCD=PFS")
    assert answer.code == 0
    assert answer.out.startswith("ADTTE PFS")
    assert "Rule: From TRTSDT" in answer.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ADTTX", "PARAMCD=OS"), "no such dataset. Did you mean 'ADTTE'?"),
        (("ADTTE", "PARAMCD"), "an argument has no '='. Write NAME=value"),
        (("ADTTE", "PARAM=OS"), "no record for these keys"),
        (("ADTTE", "PARCD=OS"), "no variable 'PARCD'"),
        (("ADTTE", "STUDYID=CART1922"), "records for these keys. Give keys that name one"),
        (("SUPPAE", "IDVARVAL=1"), "holds qualifiers of the records of AE. Trace the record of AE."),
        (("AE", "AESEQ=1", "--var", "_ROW"), "AE has no such variable."),
        (("ADTTE", "PARAMCD=OS", "--var", "AVALX"), "no such variable. Did you mean 'AVAL'?"),
    ],
)
def test_mistakes_get_one_message(published: Path, cli: Cli, arguments: tuple[str, ...], message: str) -> None:
    answer = cli("trace", published, *arguments)
    assert answer.code == 2
    assert message in answer.err
    assert "Traceback" not in answer.err


def test_another_specification_is_refused(published: Path, tmp_path: Path, cli: Cli) -> None:
    study = tmp_path / "cart1922"
    shutil.copytree(STUDIES / "cart1922", study)
    methods = study / "methods.yaml"
    methods.write_text(methods.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    answer = cli("trace", published, "ADTTE", "PARAMCD=OS", "--study", study)
    assert answer.code == 2
    assert "has changed since the run (methods.yaml)" in answer.err
