"""findings.csv and findings.xlsx, read back by other programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest
from openpyxl import load_workbook

from checks import listing
from checks.listing import compare_with_previous, read_findings, sort_findings, write_findings
from checks.sheet_names import unique_sheet_name
from clinical.errors import RawDataError
from clinical.findings import COLUMNS, combine, no_findings, report

CREATED = datetime(2024, 5, 1, 6, 30, tzinfo=UTC)


def _finding(rule="DQ.X", severity="error", dataset="AE", variable="AETERM", **columns):
    return report(rule, severity, f"Message of {rule}.", source="rule", dataset=dataset, variable=variable).assign(
        **columns
    )


@pytest.fixture
def findings():
    return combine(
        [
            _finding("DQ.N", "note", usubjid="S1"),
            _finding("DQ.B", usubjid="S2", row="10", form="ae", page="31", value="=1+1", key="AETERM=@SUM(A1)"),
            _finding("DQ.B", usubjid="S2", row="9", form="ae", value="http://example.org"),
            _finding("DQ.W", "warning", dataset="CM", usubjid="S3", value="0012"),
            _finding("DQ.A", dataset="", variable="", form="ic"),
        ]
    )


def test_the_list_is_sorted_by_severity_rule_and_place(findings):
    expected = [("DQ.A", ""), ("DQ.B", "9"), ("DQ.B", "10"), ("DQ.W", ""), ("DQ.N", "")]
    assert list(zip(*(sort_findings(findings)[name] for name in ("rule", "row")))) == expected
    shuffled = findings.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(sort_findings(shuffled), sort_findings(findings))


def test_the_csv_has_the_columns_of_the_contract_and_reads_back(findings, tmp_path):
    path, _ = write_findings(findings, tmp_path, created=CREATED)
    header = "rule,severity,dataset,variable,usubjid,key,value,form,row,page,message,source,status"
    assert path.read_text(encoding="utf-8").splitlines()[0] == header
    assert path.name == "findings.csv"
    pd.testing.assert_frame_equal(read_findings(path), sort_findings(findings))


def test_a_file_that_is_no_list_of_findings_is_refused(tmp_path):
    (tmp_path / "findings.csv").write_text("rule,severity\n")
    with pytest.raises(RawDataError, match=r"findings\.csv: is no list of findings"):
        read_findings(tmp_path / "findings.csv")


def test_there_is_a_sheet_for_each_dataset_or_form(findings, tmp_path):
    _, path = write_findings(findings, tmp_path, created=CREATED)
    assert load_workbook(path).sheetnames == ["Summary", "AE", "CM", "ic"]


def test_there_is_a_sheet_for_each_site_where_sites_are_known(findings, tmp_path):
    sites = pd.Series(["02", "01", "01"], index=["S1", "S2", "S2"])
    _, path = write_findings(findings, tmp_path, created=CREATED, site_of=sites)
    book = load_workbook(path)
    assert book.sheetnames == ["Summary", "No site", "Site 01", "Site 02"]
    assert [book[name].max_row - 1 for name in book.sheetnames[1:]] == [2, 2, 1]


def test_sheets_have_frozen_headers_filters_widths_and_colours(findings, tmp_path):
    _, path = write_findings(findings, tmp_path, created=CREATED)
    book = load_workbook(path)
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, sheet.max_column).column_letter}{sheet.max_row}"
        assert sheet.page_setup.orientation == "landscape"
        assert all(sheet.column_dimensions[cell.column_letter].width >= 7 for cell in sheet[1])
    sheet = book["AE"]
    heads = {cell.value: cell.column for cell in sheet[1]}
    assert list(heads) == [
        "Severity",
        "Status",
        "Subject",
        "Dataset",
        "Variable",
        "Record",
        "Value",
        "What is wrong, what to do",
        "EDC form",
        "Row",
        "EDC page",
        "Rule",
        "Source",
    ]
    message = sheet.cell(2, heads["What is wrong, what to do"])
    assert message.alignment.wrap_text
    assert sheet.column_dimensions[message.column_letter].width >= 60
    colours = {sheet.cell(row, 1).value: sheet.cell(row, 1).fill.start_color.rgb for row in (2, 4)}
    assert colours == {"error": "FFF8CBAD", "note": "FFDDEBF7"}


def test_the_summary_says_how_many_and_what_to_do(findings, tmp_path):
    _, path = write_findings(findings, tmp_path, created=CREATED)
    rows = list(load_workbook(path)["Summary"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[1], row[4], row[8]) for row in rows] == [
        ("error", "DQ.A", 1, 0),
        ("error", "DQ.B", 2, 1),
        ("warning", "DQ.W", 1, 1),
        ("note", "DQ.N", 1, 1),
    ]
    assert rows[1][9] == "Message of DQ.B."
    assert rows[1][10] == "Query the site; the release waits for it, or for a waiver."


def test_no_text_becomes_a_formula_a_link_or_a_number(findings, tmp_path):
    _, path = write_findings(findings, tmp_path, created=CREATED)
    cells = [cell for sheet in load_workbook(path) for row in sheet.iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {"=1+1", "AETERM=@SUM(A1)", "http://example.org", "0012"} <= texts


def test_two_runs_write_the_same_bytes(findings, tmp_path):
    contents = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        paths = write_findings(findings.sample(frac=1), tmp_path / name, created=CREATED)
        contents.append([path.read_bytes() for path in paths])
    assert contents[0] == contents[1]


def test_the_workbook_bears_the_time_of_the_export_in_utc(findings, tmp_path):
    shanghai = CREATED.astimezone(timezone(timedelta(hours=8)))
    _, path = write_findings(findings, tmp_path, created=shanghai)
    assert load_workbook(path).properties.created == datetime(2024, 5, 1, 6, 30)


def test_a_large_list_is_written_row_by_row_and_continues_on_further_sheets(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "LARGE", 3)
    monkeypatch.setattr(listing, "SHEET_ROWS", 2)
    findings = combine([_finding(usubjid=f"S{number}") for number in range(5)])
    _, path = write_findings(findings, tmp_path, created=CREATED)
    book = load_workbook(path)
    assert book.sheetnames == ["Summary", "AE", "AE (2)", "AE (3)"]
    assert [sheet.max_row - 1 for sheet in book][1:] == [2, 2, 1]
    assert book["AE (3)"]["C2"].value == "S4"


def test_no_findings_make_a_list_with_a_header_only(tmp_path):
    table, path = write_findings(no_findings(), tmp_path, created=CREATED)
    assert table.read_text(encoding="utf-8").count("\n") == 1
    assert load_workbook(path).sheetnames == ["Summary"]


def test_a_text_longer_than_a_cell_is_cut_in_the_workbook_only(tmp_path):
    findings = _finding(value="x" * 40_000)
    table, path = write_findings(findings, tmp_path, created=CREATED)
    assert len(load_workbook(path)["AE"]["G2"].value) == 32_767
    assert len(read_findings(table)["value"].iloc[0]) == 40_000


def test_status_is_against_the_previous_run():
    previous = combine(
        [
            _finding("DQ.A", usubjid="S1", row="5", value="old"),
            _finding("DQ.A", usubjid="S2"),
            _finding("DQ.A", usubjid="S3", status="gone"),
        ]
    )
    now = combine([_finding("DQ.A", usubjid="S1", row="6", value="other"), _finding("DQ.A", usubjid="S3")])
    compared = compare_with_previous(now, previous)
    assert compared[["usubjid", "row", "status"]].to_numpy().tolist() == [
        ["S1", "6", "open"],
        ["S2", "", "gone"],
        ["S3", "", "new"],
    ]
    assert tuple(compared.columns) == COLUMNS


def test_of_several_alike_as_many_stay_open_as_there_were():
    same = [_finding("DQ.A", usubjid="S1")]
    assert compare_with_previous(combine(same * 3), combine(same))["status"].tolist() == ["new", "new", "open"]
    assert compare_with_previous(combine(same), combine(same * 2))["status"].tolist() == ["gone", "open"]


def test_comparing_with_nothing_and_nothing_with_something():
    one = _finding("DQ.A", usubjid="S1")
    assert compare_with_previous(one, no_findings())["status"].tolist() == ["new"]
    assert compare_with_previous(no_findings(), one)["status"].tolist() == ["gone"]
    assert compare_with_previous(no_findings(), no_findings()).empty


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Site 01", "Site 01"),
        ("Site 1/2: [a]*?\\", "Site 1 2   a"),
        ("'quoted'", "quoted"),
        ("", "Sheet"),
        ("History", "History list"),
        ("x" * 40, "x" * 31),
        ("研究中心", "研究中心"),
    ],
)
def test_sheet_names_are_what_excel_takes(name, expected):
    assert unique_sheet_name(name, set()) == expected


def test_sheet_names_are_unique_whatever_their_case():
    taken = {"summary"}
    assert unique_sheet_name("Summary", taken) == "Summary (2)"
    assert unique_sheet_name("x" * 40, taken) == "x" * 31
    assert unique_sheet_name("X" * 40, taken) == "X" * 27 + " (2)"
