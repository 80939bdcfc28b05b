"""ODM-XML that cannot be read: damaged, dangerous, of another kind, or not holding what the contract asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clinical.errors import RawDataError
from raw import read_export
from specs.model.raw import RawContract

Contract = Callable[..., RawContract]
Write = Callable[..., Path]

HEAD = '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" CreationDateTime="2026-03-01">\n'
DATA = '<ClinicalData StudyOID="CART"></ClinicalData></ODM>'


def refusal(path: Path, contract: RawContract) -> str:
    with pytest.raises(RawDataError) as caught:
        read_export(path, contract)
    assert caught.value.exit_code == 11
    return str(caught.value)


def test_an_external_entity_is_refused_and_the_file_it_names_not_read(
    contract: Contract, write_odm: Write, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("0101-007")
    doctype = f'<!DOCTYPE ODM [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]>\n'
    data = (
        '<ClinicalData StudyOID="C"><SubjectData SubjectKey="1"><StudyEventData StudyEventOID="S"><FormData '
        'FormOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM"><ItemDataString ItemOID="I.DM.SEX">&x;</ItemDataString>'
        "</ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData></ODM>"
    )
    message = refusal(write_odm(data, head=doctype + HEAD, metadata=""), contract())
    assert "document type declaration" in message
    assert "0101-007" not in message


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE ODM SYSTEM "http://example.org/odm.dtd">',
        '<!DOCTYPE ODM PUBLIC "-//X//Y" "odm.dtd">',
        "<!DOCTYPE ODM>",
        "<!DOCTYPE ODM [<!ELEMENT ODM ANY>]>",
        '<!DOCTYPE ODM [<!ENTITY % p SYSTEM "odm.ent"> %p;]>',
    ],
)
def test_any_document_type_declaration_is_refused(contract: Contract, write_odm: Write, doctype: str) -> None:
    assert "<!DOCTYPE>" in refusal(write_odm(DATA, head=doctype + HEAD, metadata=""), contract())


def test_an_entity_bomb_is_refused(contract: Contract, write_odm: Write) -> None:
    entities = '<!ENTITY e0 "lol">' + "".join(
        f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12)
    )
    head = f"<!DOCTYPE ODM [{entities}]>{HEAD}"
    assert "<!DOCTYPE>" in refusal(write_odm("&e11;" + DATA, head=head, metadata=""), contract())


def test_an_entity_bomb_in_the_root_itself_is_refused(contract: Contract, write_odm: Write) -> None:
    entities = '<!ENTITY e0 "lol">' + "".join(
        f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12)
    )
    head = f"<!DOCTYPE ODM [{entities}]>" + HEAD.replace("<ODM ", '<ODM Description="&e11;" ')
    assert "export.xml: line 1" in refusal(write_odm(DATA, head=head, metadata=""), contract())


def test_an_entity_that_nobody_declared_is_refused(contract: Contract, write_odm: Write) -> None:
    assert "line 2: this is not well-formed XML" in refusal(
        write_odm('<ClinicalData StudyOID="&x;"/></ODM>', head=HEAD, metadata=""), contract()
    )


def test_an_empty_file_says_so(contract: Contract, write_odm: Write) -> None:
    assert "line 1: the file is empty" in refusal(write_odm("", head="", metadata=""), contract())


def test_what_is_no_xml_says_so(contract: Contract, write_odm: Write) -> None:
    assert "export.xml: line 1: this is not well-formed XML" in refusal(
        write_odm("SUBJID,AGE\n0101-001,57\n", head="", metadata=""), contract()
    )


def test_xml_that_is_no_odm_says_what_it_is(contract: Contract, write_odm: Write) -> None:
    message = refusal(write_odm("<html/>", head="<!-- page -->\n", metadata=""), contract())
    assert "export.xml: line 2: this is no ODM file (found the root element <html>, expected <ODM>)" in message


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (HEAD.replace("v1.3", "v1.2"), "namespace http://www.cdisc.org/ns/odm/v1.2"),
        (HEAD.replace('xmlns="http://www.cdisc.org/ns/odm/v1.3"', ""), "namespace none"),
        (HEAD.replace("FileType", 'ODMVersion="2.0" FileType'), "ODMVersion 2.0"),
    ],
)
def test_another_version_is_refused(contract: Contract, write_odm: Write, head: str, found: str) -> None:
    message = refusal(write_odm(DATA, head=head, metadata=""), contract())
    assert "line 1: this version of ODM cannot be read" in message
    assert found in message
    assert "Export the data as CDISC ODM-XML 1.3.2." in message


def test_an_unknown_file_type_is_refused(contract: Contract, write_odm: Write) -> None:
    head = HEAD.replace("Snapshot", "Archive")
    assert "line 1: FileType of ODM is not known" in refusal(write_odm(DATA, head=head, metadata=""), contract())


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (HEAD.replace('CreationDateTime="2026-03-01"', ""), "ODM has no CreationDateTime"),
        (HEAD.replace("2026-03-01", "yesterday"), "CreationDateTime: the snapshot time is no ISO 8601"),
    ],
)
def test_a_file_must_say_when_it_was_made(contract: Contract, write_odm: Write, head: str, says: str) -> None:
    assert says in refusal(write_odm(DATA, head=head, metadata=""), contract())


def test_a_file_without_clinical_data_is_refused(contract: Contract, write_odm: Write) -> None:
    assert "the file has no ClinicalData" in refusal(write_odm("</ODM>"), contract())


def test_another_study_is_refused_with_its_line(contract: Contract, write_odm: Write) -> None:
    message = refusal(write_odm(DATA, head=HEAD, metadata=""), contract(export={"odm_study": "CART2"}))
    assert "no ClinicalData of study 'CART2' (found StudyOID CART at line 2)" in message


def test_several_studies_need_a_choice(contract: Contract, write_odm: Write) -> None:
    data = '<ClinicalData StudyOID="A"/>\n<ClinicalData StudyOID="B"/></ODM>'
    message = refusal(write_odm(data, head=HEAD, metadata=""), contract())
    assert "several studies (found StudyOID A at line 2, B at line 3)" in message
    assert "`export.odm_study`" in message


def test_an_unknown_transaction_type_is_refused_with_its_line(contract: Contract, write_odm: Write) -> None:
    data = '<ClinicalData StudyOID="A">\n\n<SubjectData SubjectKey="0101-001" TransactionType="Delete"/>'
    message = refusal(write_odm(data + "</ClinicalData></ODM>", head=HEAD, metadata=""), contract())
    assert "export.xml: line 4: TransactionType of SubjectData is not known" in message
    assert "0101-001" not in message


def test_columns_that_the_metadata_lack_are_named_together(contract: Contract, write_odm: Write) -> None:
    columns = {"AETERM": "Term", "AESTDAT1": "Start date", "AEREL": {"label": "Related", "source": "I.AE.AEREL"}}
    message = refusal(write_odm(), contract(forms={"ae": {"columns": columns}, "dm": {"columns": {"HAIR": "Hair"}}}))
    assert "item group 'IG.AE' has no items AESTDAT1, I.AE.AEREL; form 'ae' needs them." in message
    assert "Did you mean 'AESTDAT'?" in message
    assert "Items present: I.AE.AESER, I.AE.AESTDAT, I.AE.AETERM." in message
    assert "item group 'IG.DM' has no item HAIR" in message


def test_a_form_that_the_metadata_lack_is_missing_unless_optional(contract: Contract, write_odm: Write) -> None:
    place = {"odm": {"form": "F.VS", "group": "IG.VS"}, "columns": {"PULSE": "Pulse"}}
    message = refusal(write_odm(), contract(forms={"vs": place}))
    assert "item group 'IG.VS' is missing; form 'vs' needs it." in message
    assert "Present: IG.AE, IG.DM." in message
    export = read_export(write_odm(), contract(forms={"vs": place | {"optional": True}}))
    assert next(iter(export.forms["vs"].columns)) == "PULSE"
    assert export.forms["vs"].empty


def test_a_form_without_a_place_in_odm_is_refused(contract: Contract, write_odm: Write) -> None:
    message = refusal(write_odm(), contract(forms={"vs": {"columns": {"PULSE": "Pulse"}}}))
    assert "form 'vs' has no `odm:` place in raw.yaml" in message


def test_two_forms_with_one_place_are_refused(contract: Contract, write_odm: Write) -> None:
    twin = {"odm": {"form": "F.AE", "group": "IG.AE"}, "columns": {"AETERM": "Term"}}
    assert "forms 'ae' and 'sae' have the same `odm:` place" in refusal(write_odm(), contract(forms={"sae": twin}))


def test_two_items_that_fit_one_column_are_refused(contract: Contract, write_odm: Write) -> None:
    data = (
        '<ClinicalData StudyOID="C"><SubjectData SubjectKey="1"><StudyEventData StudyEventOID="S"><FormData '
        'FormOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM"><ItemData ItemOID="V1.SEX" Value="M"/>'
        '<ItemData ItemOID="V2.SEX" Value="F"/></ItemGroupData></FormData></StudyEventData></SubjectData>'
        "</ClinicalData></ODM>"
    )
    message = refusal(write_odm(data, head=HEAD, metadata=""), contract())
    assert "form 'dm': items V1.SEX, V2.SEX all fit column 'SEX'. Name the right one as `source`" in message


def test_messages_hold_no_values(contract: Contract, write_odm: Write) -> None:
    data = '<ClinicalData StudyOID="C"><SubjectData SubjectKey="SECRET" x="SECRET<"/></ClinicalData></ODM>'
    message = refusal(write_odm(data, head=HEAD, metadata=""), contract())
    assert "line 2: this is not well-formed XML" in message
    assert "SECRET" not in message
