"""Each planted fault in define.xml is told, by its rule, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from submission.define import check_define
from submission.xpt import write
from tests.unit.submission.define import small


@pytest.fixture
def sdtm(tmp_path):
    return small.write_sdtm(tmp_path)


def told(path, datasets):
    found = check_define(path, datasets)
    return list(found[["rule", "dataset", "variable"]].drop_duplicates().itertuples(index=False, name=None))


def test_a_define_xml_as_it_is_written_is_sound(sdtm, tmp_path):
    assert told(*sdtm) == []
    folder = tmp_path / "adam"
    folder.mkdir()
    assert told(*small.write_adam(folder)) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (' Repeating="No"', "", ("DEFINE.SCHEMA", "", "")),
        ('<CodeListRef CodeListOID="CL.NY" />', '<CodeListRef CodeListOID="CL.YN" />', ("DEFINE.REFERENCE", "", "")),
        ('<def:CommentDef OID="COM.LB.LBNAM">', '<def:CommentDef OID="COM.LB.LBDTC">', ("DEFINE.REFERENCE", "", "")),
        ('xlink:href="ae.xpt"', 'xlink:href="aes.xpt"', ("DEFINE.FILE", "", "")),
        ('Name="AE" Repeating', 'Name="AX" Repeating', ("DEFINE.DATASET", "AE", "")),
        ('def:HasNoData="Yes">', ">", ("DEFINE.DATASET", "TV", "")),
        (">Reported Term<", ">Term<", ("DEFINE.LABEL", "AE", "AETERM")),
        (">Adverse Events<", ">Events<", ("DEFINE.LABEL", "AE", "")),
        ('Name="AETERM" DataType="text"', 'Name="AEMODIFY" DataType="text"', ("DEFINE.VARIABLES", "AE", "")),
        ('Name="AETERM" DataType="text"', 'Name="AETERM" DataType="integer"', ("DEFINE.TYPE", "AE", "AETERM")),
        ('SASFieldName="AETERM" Length="8"', 'SASFieldName="AETERM" Length="9"', ("DEFINE.LENGTH", "AE", "AETERM")),
        ('CodedValue="N"', 'CodedValue="NO"', ("DEFINE.CODELIST", "AE", "AESER")),
        ('CodedValue="RELATED"', 'CodedValue="REL"', ("DEFINE.CODELIST", "SUPPAE", "QVAL")),
        ("<CheckValue>AEHOURS</CheckValue>", "<CheckValue>AX</CheckValue>", ("DEFINE.VALUE_LEVEL", "SUPPAE", "QVAL")),
    ],
)  # fmt: skip
def test_a_planted_fault_is_told(sdtm, old, new, expected):
    path, datasets = sdtm
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    assert expected in told(path, datasets)


def test_what_nothing_refers_to_is_a_warning(sdtm):
    path, datasets = sdtm
    content = path.read_text(encoding="utf-8")
    path.write_text(content.replace('<CodeListRef CodeListOID="CL.REL" />', "", 1), encoding="utf-8")
    found = check_define(path, datasets)
    assert list(zip(found["rule"], found["severity"])) == [("DEFINE.UNUSED", "warning")]
    assert "CL.REL" in found["message"][0]


def test_a_value_outside_its_codelist_is_told_by_number_and_listed_in_the_value_only(sdtm, tmp_path):
    path, datasets = sdtm
    changed = small.AE_DATA.assign(AESER=small.text("N", "U"))
    write(changed, small.AE, tmp_path / "ae.xpt", created=small.CREATED)
    found = check_define(path, [replace(datasets[0], load=lambda: changed), *datasets[1:]])
    assert list(found["rule"]) == ["DEFINE.CODELIST"]
    assert found["value"][0] == "U"
    assert found["message"][0].startswith("AESER: 1 distinct value is not in codelist No Yes Response")


def test_a_finding_on_the_file_as_a_whole_names_it(sdtm):
    path, datasets = sdtm
    path.write_text(path.read_text(encoding="utf-8").replace('xlink:href="ae.xpt"', 'xlink:href="aes.xpt"'), "utf-8")
    found = check_define(path, datasets, name="m5/datasets/tiny01/tabulations/sdtm/define.xml")
    assert found["message"].tolist() == [
        "m5/datasets/tiny01/tabulations/sdtm/define.xml: The file aes.xpt is cited, but it is not there. Write it, or "
        "do not cite it."
    ]
    assert check_define(path, datasets, awaited=[path.parent / "aes.xpt"]).empty


def test_what_is_no_xml_is_a_finding_and_no_crash(tmp_path):
    assert told(tmp_path / "define.xml", []) == [("DEFINE.SCHEMA", "", "")]
    (tmp_path / "define.xml").write_text("<ODM>", encoding="utf-8")
    assert told(tmp_path / "define.xml", []) == [("DEFINE.SCHEMA", "", "")]
