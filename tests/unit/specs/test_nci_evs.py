"""The importer of NCI EVS terminology files: ODM-XML and tab-delimited text, and what it refuses."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from clinical.errors import SpecError
from specs.standards import Codelist, Term, Terminology, load_terminology, write_terminology
from specs.standards.nci_evs import import_terminology

SOURCE = "SDTM CT 2031-09-26"
EXPECTED = Terminology(
    "SDTM",
    "2031-09-26",
    {
        "ACN": Codelist(
            id="ACN",
            name="Action Taken with Study Treatment",
            code="C66767",
            extensible=False,
            terms={
                "DOSE INCREASED": Term("DOSE INCREASED", "C49503", "Dose Increased"),
                "DOSE NOT CHANGED": Term("DOSE NOT CHANGED", "C49504", "Dose Not Changed"),
            },
            source=SOURCE,
        ),
        "UNIT": Codelist(
            id="UNIT",
            name="Unit",
            code="C71620",
            extensible=True,
            terms={"%": Term("%", "C25613", "Percentage"), "<in>": Term("<in>", "C48500", "Inch & more")},
            source=SOURCE,
        ),
    },
)

ODM = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="controlledterminology1-0-0.xsl"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:nciodm="http://ncicb.nci.nih.gov/xml/odm/EVS/CDISC"
     FileType="Snapshot" FileOID="CDISC_CT.SDTM.2031-09-26" CreationDateTime="2031-09-20T10:00:00"
     ODMVersion="1.3.2" SourceSystem="NCI Thesaurus" SourceSystemVersion="2031-09-26">
  <Study OID="CDISC_CT.SDTM.2031-09-26">
    <GlobalVariables>
      <StudyName>CDISC SDTM Controlled Terminology</StudyName>
    </GlobalVariables>
    <MetaDataVersion OID="CDISC_CT_MetaDataVersion.SDTM.2031-09-26" Name="CDISC SDTM Controlled Terminology">
      <CodeList OID="CL.C71620.UNIT" Name="Unit" DataType="text"
                nciodm:ExtCodeID="C71620" nciodm:CodeListExtensible="Yes">
        <Description><TranslatedText xml:lang="en">Made up.</TranslatedText></Description>
        <EnumeratedItem CodedValue="%" nciodm:ExtCodeID="C25613">
          <nciodm:CDISCSynonym>Percent</nciodm:CDISCSynonym>
          <nciodm:CDISCDefinition>Made up.</nciodm:CDISCDefinition>
          <nciodm:PreferredTerm>Percentage</nciodm:PreferredTerm>
        </EnumeratedItem>
        <EnumeratedItem CodedValue="&lt;in&gt;" nciodm:ExtCodeID="C48500">
          <nciodm:PreferredTerm>Inch &amp; more</nciodm:PreferredTerm>
        </EnumeratedItem>
        <nciodm:CDISCSubmissionValue>UNIT</nciodm:CDISCSubmissionValue>
        <nciodm:PreferredTerm>CDISC SDTM Unit of Measure Terminology</nciodm:PreferredTerm>
      </CodeList>
      <CodeList OID="CL.C66767.ACN" Name="Action Taken with Study Treatment" DataType="text"
                nciodm:ExtCodeID="C66767" nciodm:CodeListExtensible="No">
        <EnumeratedItem CodedValue="DOSE INCREASED" nciodm:ExtCodeID="C49503">
          <nciodm:PreferredTerm>Dose Increased</nciodm:PreferredTerm>
        </EnumeratedItem>
        <EnumeratedItem CodedValue="DOSE NOT CHANGED" nciodm:ExtCodeID="C49504">
          <nciodm:PreferredTerm>Dose Not Changed</nciodm:PreferredTerm>
        </EnumeratedItem>
        <nciodm:CDISCSubmissionValue>ACN</nciodm:CDISCSubmissionValue>
      </CodeList>
    </MetaDataVersion>
  </Study>
</ODM>
"""

HEADER = (
    "Code\tCodelist Code\tCodelist Extensible (Yes/No)\tCodelist Name\tCDISC Submission Value\t"
    "CDISC Synonym(s)\tCDISC Definition\tNCI Preferred Term"
)
ROWS = (
    "C71620\t\tYes\tUnit\tUNIT\tUnit\tMade up.\tCDISC SDTM Unit of Measure Terminology",
    "C25613\tC71620\t\tUnit\t%\tPercent; Percentage\tMade up.\tPercentage",
    'C48500\tC71620\t\tUnit\t<in>\t"\tMade "up.\tInch & more',
    "C66767\t\tNo\tAction Taken with Study Treatment\tACN\t\tMade up.\tCDISC SDTM Action Taken Terminology",
    "C49503\tC66767\t\tAction Taken with Study Treatment\tDOSE INCREASED\t\tMade up.\tDose Increased",
    "C49504\tC66767\t\tAction Taken with Study Treatment\tDOSE NOT CHANGED\t\tMade up.\tDose Not Changed",
)
TEXT = "\n".join((HEADER, *ROWS)) + "\n"


def file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path, **given: str) -> str:
    with pytest.raises(SpecError) as caught:
        import_terminology(path, **given)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_odm_is_read(tmp_path: Path) -> None:
    found = import_terminology(file(tmp_path, "package.xml", ODM))
    assert found == EXPECTED
    assert list(found.codelists) == ["ACN", "UNIT"]
    assert list(found.codelists["ACN"].terms) == ["DOSE INCREASED", "DOSE NOT CHANGED"]


def test_text_is_read_and_dated_by_its_name(tmp_path: Path) -> None:
    assert import_terminology(file(tmp_path, "SDTM Terminology 2031-09-26.txt", TEXT)) == EXPECTED


@pytest.mark.parametrize("change", ["windows line ends", "byte order mark", "no last line end", "blank last lines"])
def test_text_of_other_systems_is_read(tmp_path: Path, change: str) -> None:
    content = {
        "windows line ends": TEXT.replace("\n", "\r\n"),
        "byte order mark": "\ufeff" + TEXT,
        "no last line end": TEXT.rstrip("\n"),
        "blank last lines": TEXT + "\n\n",
    }[change]
    assert import_terminology(file(tmp_path, "SDTM Terminology 2031-09-26.txt", content)) == EXPECTED


def test_columns_may_stand_in_another_order_and_state_the_package(tmp_path: Path) -> None:
    lines = ["\t".join(reversed(line.split("\t"))) + "\tSDTM CT 2031-09-26" for line in ROWS]
    header = "\t".join(reversed(HEADER.split("\t"))) + "\tStandard and Date"
    assert import_terminology(file(tmp_path, "download.txt", "\n".join((header, *lines)))) == EXPECTED


def test_version_and_publication_may_be_given(tmp_path: Path) -> None:
    assert import_terminology(file(tmp_path, "download.txt", TEXT), "sdtm", "2031-09-26") == EXPECTED
    assert import_terminology(file(tmp_path, "SDTM Terminology.txt", TEXT), version="2031-09-26") == EXPECTED
    assert import_terminology(file(tmp_path, "package.xml", ODM), "SDTM", "2031-09-26") == EXPECTED


@pytest.mark.parametrize(
    ("name", "publication", "version"),
    [
        ("SDTM Terminology 2031-09-26.odm.xml", "SDTM", "2031-09-26"),
        ("ADaM Terminology 2031-03-27.odm.xml", "ADaM", "2031-03-27"),
        ("Define-XML_CT_2031-03-27.xml", "Define-XML", "2031-03-27"),
    ],
)
def test_odm_that_states_nothing_goes_by_its_name(tmp_path: Path, name: str, publication: str, version: str) -> None:
    content = ODM.replace('FileOID="CDISC_CT.SDTM.2031-09-26"', 'FileOID="X"')
    content = content.replace('SourceSystemVersion="2031-09-26"', 'SourceSystemVersion="31.09e"')
    content = content.replace("<StudyName>CDISC SDTM Controlled Terminology</StudyName>", "<StudyName>X</StudyName>")
    found = import_terminology(file(tmp_path, name, content))
    assert (found.name, found.version) == (publication, version)
    assert found.codelists["ACN"].source == f"{publication} CT {version}"


def test_an_imported_package_becomes_a_studys_own(tmp_path: Path) -> None:
    write_terminology(import_terminology(file(tmp_path, "package.xml", ODM)), tmp_path / "terminology")
    assert load_terminology("SDTM", "2031-09-26", tmp_path / "terminology") == EXPECTED


def test_a_term_without_preferred_term_is_decoded_by_its_value(tmp_path: Path) -> None:
    content = TEXT.replace("Made up.\tDose Increased", "Made up.\t")
    found = import_terminology(file(tmp_path, "SDTM Terminology 2031-09-26.txt", content))
    assert found.codelists["ACN"].terms["DOSE INCREASED"].decode == "DOSE INCREASED"


def test_publication_and_version_must_be_known(tmp_path: Path) -> None:
    path = file(tmp_path, "download.txt", TEXT)
    assert refusal(path) == (
        f"{path}: neither the file nor its name states the publication. Give it, as SDTM or ADaM.\n"
        f"{path}: neither the file nor its name states the version. Give the package's date, as 2025-09-26."
    )
    assert "the version is no date (found '2031-13-01'" in refusal(path, publication="SDTM", version="2031-13-01")


def test_what_is_given_must_not_contradict_the_file(tmp_path: Path) -> None:
    path = file(tmp_path, "package.xml", ODM)
    assert "the version is another (file states 2031-09-26, given 2030-01-01)" in refusal(path, version="2030-01-01")
    assert "the publication is another (file states SDTM, given ADaM)" in refusal(path, publication="ADaM")


def test_wrong_columns_are_named(tmp_path: Path) -> None:
    path = file(tmp_path, "SDTM Terminology 2031-09-26.txt", TEXT.replace("CDISC Submission Value", "Submission Value"))
    assert refusal(path) == (
        f"{path}, line 1: columns are missing: CDISC Submission Value (found: Code, Codelist Code, "
        "Codelist Extensible (Yes/No), Codelist Name, Submission Value, CDISC Synonym(s), CDISC Definition, "
        "NCI Preferred Term). Did you mean 'Submission Value'? "
        "Give the tab-delimited text file as NCI EVS publishes it."
    )


def test_truncated_text_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, "SDTM Terminology 2031-09-26.txt", TEXT[: TEXT.index("Made up.\tDose Not Changed")])
    assert f"{path}, line 7: the row is cut short or broken (found 7 cells, expected 8). Download" in refusal(path)
    path = file(tmp_path, "SDTM Terminology 2031-09-26.txt", "\n".join((HEADER, *ROWS[:4])))
    assert "codelist ACN: it has no terms; the file may be cut short" in refusal(path)


def test_truncated_xml_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, "package.xml", ODM[: ODM.index("</MetaDataVersion>")])
    message = refusal(path)
    assert "the XML is cut short or damaged (" in message
    assert "Download the file again from NCI EVS." in message


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_text_in_another_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    path = file(tmp_path, "SDTM Terminology 2031-09-26.txt", TEXT.replace("Made up.", "Café.").encode(encoding))
    line = 2 if encoding == "latin-1" else 1
    assert f"{path}, line {line}: the text is not UTF-8" in refusal(path)


def test_xml_in_another_encoding_than_it_says_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, "package.xml", ODM.replace("Percentage", "Café").encode("latin-1"))
    assert "the XML is cut short or damaged" in refusal(path)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE ODM [<!ENTITY x "harmless">]>',
        '<!DOCTYPE ODM [<!ENTITY x SYSTEM "SECRET">]>',
        '<!DOCTYPE ODM SYSTEM "SECRET">',
    ],
)
def test_document_types_and_entities_are_refused(tmp_path: Path, declaration: str) -> None:
    secret = file(tmp_path, "secret.dtd", "secret words")
    body = ODM.replace("<ODM ", declaration.replace("SECRET", secret.as_uri()) + "<ODM ", 1)
    if "ENTITY" in declaration:
        body = body.replace("Percentage", "&x;")
    message = refusal(file(tmp_path, "package.xml", body))
    assert "declares a document type, which could define entities; it is not read" in message
    assert "secret words" not in message


def test_an_entity_bomb_is_refused_at_once(tmp_path: Path) -> None:
    entities = '<!ENTITY e0 "0123456789">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    body = ODM.replace("<ODM ", f'<!DOCTYPE ODM [{entities}]><ODM Description="&e11;" ', 1)
    path = file(tmp_path, "package.xml", body)
    tracemalloc.start()
    refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize(
    "content",
    ["<html><body>Not found</body></html>", ODM.replace("odm/v1.3", "odm/v2.0")],
    ids=["web page", "ODM 2.0"],
)
def test_another_document_is_refused(tmp_path: Path, content: str) -> None:
    assert "this is no ODM 1.3 document (found <" in refusal(file(tmp_path, "package.xml", content))


def test_missing_and_empty_files_are_refused(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "nowhere.txt")
    assert "the file is empty" in refusal(file(tmp_path, "empty.txt", "\n \n" * 50))
    path = file(tmp_path, "SDTM Terminology 2031-09-26.txt", HEADER)
    assert "there is no codelist in it" in refusal(path)


def test_everything_wrong_is_reported_at_once(tmp_path: Path) -> None:
    content = TEXT.replace("C71620\t\tYes", "C71620\t\tMaybe").replace("C49503\tC66767", "C49503\tC99999")
    content = content.replace("C49504\tC66767", "\tC66767") + ROWS[3] + "\n"
    path = file(tmp_path, "SDTM Terminology 2031-09-26.txt", content)
    assert refusal(path).splitlines() == [
        f"{path}, line 2: the codelist's extensible is neither Yes nor No (found 'Maybe'). "
        "Download the file again from NCI EVS.",
        f"{path}, line 6: the term belongs to codelist C99999, which does not stand before it. "
        "Download the file again from NCI EVS.",
        f"{path}, line 7: the term has no code. Download the file again from NCI EVS.",
        f"{path}, line 8: codelist 'ACN' (C66767) is there twice. Download the file again from NCI EVS.",
    ]


def test_many_problems_are_counted_after_the_first_twenty(tmp_path: Path) -> None:
    path = file(tmp_path, "SDTM Terminology 2031-09-26.txt", TEXT + "broken\n" * 50)
    lines = refusal(path).splitlines()
    assert len(lines) == 21
    assert lines[-1] == f"{path}: 30 more of this kind. Download the file again from NCI EVS."


def test_problems_of_an_odm_file_are_placed(tmp_path: Path) -> None:
    content = ODM.replace(' nciodm:ExtCodeID="C49503"', "").replace('CodeListExtensible="Yes"', 'CodeListExtensible=""')
    message = refusal(file(tmp_path, "package.xml", content))
    assert "line 12, codelist UNIT: the codelist's extensible is neither Yes nor No (found '')" in message
    assert "line 27, codelist ACN: the term has no code." in message


def test_a_value_with_two_codes_is_refused(tmp_path: Path) -> None:
    content = TEXT + ROWS[4].replace("C49503", "C11111") + "\n"
    message = refusal(file(tmp_path, "SDTM Terminology 2031-09-26.txt", content))
    assert "line 8: 'DOSE INCREASED' is twice in codelist C66767, with different codes" in message
