"""Writing a simulated export: ODM-XML and CSV are well formed, agree with each other and never depend on the day."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from lxml import etree

from clinical.errors import SpecError, UsageError
from simulation import SimulatedExport, load_plan, simulate
from simulation.write import WRITERS, write, write_csv, write_odm, write_planted
from specs.model.raw import RawContract
from specs.yaml_text import read_yaml

STUDY = Path(__file__).parents[3] / "specs" / "studies" / "cart1922"
SAMPLE = STUDY / "sample"
ODM = "{http://www.cdisc.org/ns/odm/v1.3}"


@pytest.fixture(scope="module")
def contract() -> RawContract:
    return RawContract.model_validate(read_yaml(STUDY / "raw.yaml", "raw.yaml").content)


@pytest.fixture(scope="module")
def export(contract: RawContract) -> SimulatedExport:
    return simulate(STUDY, contract, subjects=60, seed=4)


def tiny(contract: RawContract, terms: list[str | None]) -> SimulatedExport:
    """One subject with one adverse event a term, and nothing else."""
    rows = [["01-0001", "01", "LOG", None, None, str(line), term] for line, term in enumerate(terms, 1)]
    names = ["SUBJID", "SITEID", "EVENT", "EVENTSEQ", "FORMSEQ", "LINE", "AETERM"]
    events = pd.DataFrame(rows, columns=names, dtype="str").reindex(columns=[*names, *contract.forms["ae"].columns])
    events = events.loc[:, ~events.columns.duplicated()].astype("str")
    return SimulatedExport(
        forms={"ae": events},
        planted=pd.DataFrame(),
        snapshot=datetime(2025, 9, 30, 18, tzinfo=UTC),
        study="CART1922",
        study_name="CART1922",
        description="A trial of < 100 & more",
        events={"LOG": "Running logs"},
        sites=("01",),
    )


class TestOdm:
    def test_a_record_is_an_item_group_with_its_filled_items(self, contract: RawContract, tmp_path: Path) -> None:
        write_odm(tiny(contract, ["Fever", None]), contract, tmp_path / "x.xml")
        text = (tmp_path / "x.xml").read_text()
        assert (
            '<SubjectData SubjectKey="01-0001"><SiteRef LocationOID="01"/>\n'
            '<StudyEventData StudyEventOID="LOG">\n'
            '<FormData FormOID="F.AE">\n'
            '<ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="1">'
            '<ItemData ItemOID="I.AE.AETERM" Value="Fever"/></ItemGroupData>\n'
            '<ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="2"></ItemGroupData>\n'
            "</FormData></StudyEventData></SubjectData>\n"
            "</ClinicalData>\n</ODM>\n"
        ) in text

    def test_signs_of_xml_are_escaped(self, contract: RawContract, tmp_path: Path) -> None:
        terms = ['ANC <0.5 & "low"', "a > b", "5' apart\tand\nso on"]
        write_odm(tiny(contract, terms), contract, tmp_path / "x.xml")
        root = etree.parse(tmp_path / "x.xml").getroot()
        assert [item.get("Value") for item in root.iter(f"{ODM}ItemData")] == terms
        assert root.findtext(f"{ODM}Study/{ODM}GlobalVariables/{ODM}StudyDescription") == "A trial of < 100 & more"

    def test_the_file_says_what_it_is(self, contract: RawContract, tmp_path: Path) -> None:
        write_odm(tiny(contract, ["Fever"]), contract, tmp_path / "x.xml")
        root = etree.parse(tmp_path / "x.xml").getroot()
        assert root.get("FileType") == "Snapshot"
        assert root.get("ODMVersion") == "1.3.2"
        assert root.get("CreationDateTime") == "2025-09-30T18:00:00+00:00"
        assert root.find(f"{ODM}ClinicalData").get("StudyOID") == "CART1922"

    def test_every_item_form_and_event_in_the_data_is_defined(
        self, export: SimulatedExport, contract: RawContract, tmp_path: Path
    ) -> None:
        write_odm(export, contract, tmp_path / "x.xml")
        root = etree.parse(tmp_path / "x.xml").getroot()
        for definition, data, reference in (
            ("StudyEventDef", "StudyEventData", "StudyEventOID"),
            ("FormDef", "FormData", "FormOID"),
            ("ItemGroupDef", "ItemGroupData", "ItemGroupOID"),
            ("ItemDef", "ItemData", "ItemOID"),
            ("Location", "SiteRef", "LocationOID"),
        ):
            defined = [element.get("OID") for element in root.iter(f"{ODM}{definition}")]
            used = {element.get(reference) for element in root.iter(f"{ODM}{data}")}
            assert len(defined) == len(set(defined))
            assert used <= set(defined), definition
        item = next(element for element in root.iter(f"{ODM}ItemDef") if element.get("OID") == "I.INF.INFDOSE")
        assert item.get("Name") == "INFDOSE"
        assert item.get("DataType") == "float"
        assert item.findtext(f"{ODM}Question/{ODM}TranslatedText") == "Dose, viable CAR-positive cells"

    def test_the_metadata_have_the_forms_of_the_schedule_also_where_nobody_has_come_yet(
        self, contract: RawContract, tmp_path: Path
    ) -> None:
        export = tiny(contract, ["Fever"])
        export.events.update({"M24": "MONTH 24", "X9": "Another visit"})
        write_odm(export, contract, tmp_path / "x.xml")
        root = etree.parse(tmp_path / "x.xml").getroot()
        forms = {
            event.get("OID"): [form.get("FormOID") for form in event.iter(f"{ODM}FormRef")]
            for event in root.iter(f"{ODM}StudyEventDef")
        }
        assert forms["M24"] == ["F.VD", "F.PS", "F.VS", "F.LB", "F.RS", "F.TL", "F.NT", "F.NL", "F.OG"]
        assert forms["LOG"] == ["F.AE", "F.FX", "F.CM", "F.PR", "F.SS", "F.DV", "F.GC"]
        assert forms["X9"] == []

    def test_a_form_without_a_schedule_is_at_the_events_of_its_records(
        self, contract: RawContract, tmp_path: Path
    ) -> None:
        events = contract.forms["ae"].model_copy(update={"events": ()})
        bare = contract.model_copy(update={"forms": {"ae": events}})
        export = tiny(contract, ["Fever"])
        export.events.update({"SCR": "SCREENING"})
        write_odm(export, bare, tmp_path / "x.xml")
        root = etree.parse(tmp_path / "x.xml").getroot()
        forms = {event.get("OID"): len(list(event)) for event in root.iter(f"{ODM}StudyEventDef")}
        assert forms == {"LOG": 1, "SCR": 0}

    def test_each_subject_stands_in_the_file_once(
        self, export: SimulatedExport, contract: RawContract, tmp_path: Path
    ) -> None:
        write_odm(export, contract, tmp_path / "x.xml")
        root = etree.parse(tmp_path / "x.xml").getroot()
        keys = [element.get("SubjectKey") for element in root.iter(f"{ODM}SubjectData")]
        assert keys == list(export.forms["dm"]["SUBJID"])
        for subject in root.iter(f"{ODM}SubjectData"):
            events = [
                (event.get("StudyEventOID"), event.get("StudyEventRepeatKey"))
                for event in subject.iter(f"{ODM}StudyEventData")
            ]
            assert len(events) == len(set(events))
            assert all(repeat is not None for event, repeat in events if event == "UNS")

    def test_odm_holds_the_rows_of_the_forms_in_their_order(
        self, export: SimulatedExport, contract: RawContract, tmp_path: Path
    ) -> None:
        write_odm(export, contract, tmp_path / "x.xml")
        found: dict[str, list[dict[str, str]]] = {form: [] for form in export.forms}
        for subject in etree.parse(tmp_path / "x.xml").getroot().iter(f"{ODM}SubjectData"):
            for event in subject.iter(f"{ODM}StudyEventData"):
                for group in event.iter(f"{ODM}ItemGroupData"):
                    form = str(group.get("ItemGroupOID")).removeprefix("IG.").lower()
                    row = {
                        "SUBJID": subject.get("SubjectKey"),
                        "SITEID": subject.find(f"{ODM}SiteRef").get("LocationOID"),
                        "EVENT": event.get("StudyEventOID"),
                        "EVENTSEQ": event.get("StudyEventRepeatKey"),
                        "LINE": group.get("ItemGroupRepeatKey"),
                    }
                    row |= {item.get("ItemOID").split(".")[2]: item.get("Value") for item in group}
                    found[form].append(row)
        for form, frame in export.forms.items():
            expected = frame.drop(columns="FORMSEQ")
            rows = pd.DataFrame(found[form], columns=expected.columns, dtype="str")
            pd.testing.assert_frame_equal(rows, expected)

    def test_chunks_of_subjects_join_without_a_seam(
        self, export: SimulatedExport, contract: RawContract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_odm(export, contract, tmp_path / "whole.xml")
        monkeypatch.setattr("simulation.odm._CHUNK", 7)
        write_odm(export, contract, tmp_path / "parts.xml")
        assert (tmp_path / "parts.xml").read_bytes() == (tmp_path / "whole.xml").read_bytes()


class TestCsv:
    def test_cells_are_quoted_where_they_need_it(self, contract: RawContract, tmp_path: Path) -> None:
        write_csv(tiny(contract, ["Fever", 'a, "b"', None, "<x> & y"]), contract, tmp_path / "csv")
        lines = (tmp_path / "csv" / "ae.csv").read_text().splitlines()
        rest = "," * 30
        assert lines[0].startswith("SUBJID,SITEID,EVENT,EVENTSEQ,FORMSEQ,LINE,AETERM,AELLT,")
        assert lines[1:] == [
            "01-0001,01,LOG,,,1,Fever" + rest,
            '01-0001,01,LOG,,,2,"a, ""b"""' + rest,
            "01-0001,01,LOG,,,3," + rest,
            "01-0001,01,LOG,,,4,<x> & y" + rest,
        ]

    def test_csv_holds_the_forms(self, export: SimulatedExport, contract: RawContract, tmp_path: Path) -> None:
        write_csv(export, contract, tmp_path / "csv")
        assert (tmp_path / "csv" / "snapshot.txt").read_text() == "2025-09-30T18:00:00+00:00\n"
        for form, frame in export.forms.items():
            with (tmp_path / "csv" / f"{form}.csv").open(newline="", encoding="utf-8") as file:
                header, *rows = csv.reader(file)
            assert header == list(frame.columns)
            assert rows == frame.fillna("").to_numpy(dtype=object).tolist()

    def test_another_encoding_and_delimiter(self, contract: RawContract, tmp_path: Path) -> None:
        layout = contract.export.csv.model_copy(update={"encoding": "gb18030", "delimiter": ";", "snapshot_file": None})
        changed = contract.model_copy(update={"export": contract.export.model_copy(update={"csv": layout})})
        write_csv(tiny(contract, ["发热; mild", "x, y"]), changed, tmp_path / "csv")
        lines = (tmp_path / "csv" / "ae.csv").read_bytes().decode("gb18030").splitlines()
        assert lines[1] == '01-0001;01;LOG;;;1;"发热; mild"' + ";" * 30
        assert lines[2] == "01-0001;01;LOG;;;2;x, y" + ";" * 30
        assert [path.name for path in (tmp_path / "csv").iterdir()] == ["ae.csv"]


class TestWriting:
    def test_formats_are_found_by_name(self, export: SimulatedExport, contract: RawContract, tmp_path: Path) -> None:
        assert {"odm", "csv"} <= set(WRITERS)
        write(export, contract, tmp_path / "x.xml", "odm")
        assert (tmp_path / "x.xml").read_bytes().startswith(b'<?xml version="1.0" encoding="UTF-8"?>')

    def test_an_unknown_format_is_named(self, export: SimulatedExport, contract: RawContract, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"format 'cvs' is not known. Did you mean 'csv'\?"):
            write(export, contract, tmp_path / "x", "cvs")

    def test_nothing_is_overwritten(self, export: SimulatedExport, contract: RawContract, tmp_path: Path) -> None:
        (tmp_path / "x.xml").write_text("mine")
        with pytest.raises(UsageError, match="already"):
            write(export, contract, tmp_path / "x.xml", "odm")
        assert (tmp_path / "x.xml").read_text() == "mine"

    @pytest.mark.parametrize("count", [0, 1])
    def test_nobody_and_one_subject(self, contract: RawContract, tmp_path: Path, count: int) -> None:
        few = simulate(STUDY, contract, subjects=count, seed=4)
        write_odm(few, contract, tmp_path / "x.xml")
        write_csv(few, contract, tmp_path / "csv")
        subjects = list(etree.parse(tmp_path / "x.xml").getroot().iter(f"{ODM}SubjectData"))
        assert len(subjects) == count
        assert len((tmp_path / "csv" / "dm.csv").read_text().splitlines()) == 1 + count
        assert set(few.forms) == set(contract.forms)
        for form, frame in few.forms.items():
            assert list(frame.columns)[6:] == list(contract.forms[form].columns)

    def test_the_same_seed_gives_the_same_bytes(self, contract: RawContract, tmp_path: Path) -> None:
        for name in ("a", "b"):
            again = simulate(STUDY, contract, subjects=25, seed=9, error_rate=0.05)
            write_odm(again, contract, tmp_path / f"{name}.xml")
            write_planted(again.planted, tmp_path / f"{name}.csv")
        assert (tmp_path / "a.xml").read_bytes() == (tmp_path / "b.xml").read_bytes()
        assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()

    def test_another_seed_gives_other_data(self, contract: RawContract) -> None:
        one, other = (simulate(STUDY, contract, subjects=25, seed=seed) for seed in (9, 10))
        assert not one.forms["dm"].equals(other.forms["dm"])

    def test_every_column_is_known_to_the_contract(self, export: SimulatedExport, contract: RawContract) -> None:
        for form, frame in export.forms.items():
            assert list(frame.columns) == [
                "SUBJID", "SITEID", "EVENT", "EVENTSEQ", "FORMSEQ", "LINE", *contract.forms[form].columns
            ]  # fmt: skip
            assert all(str(dtype) == "str" for dtype in frame.dtypes)


class TestSample:
    """The sample in the repository is what the simulation writes."""

    def test_the_sample_is_reproduced_to_the_byte(self, contract: RawContract, tmp_path: Path) -> None:
        again = simulate(STUDY, contract, subjects=40, seed=SAMPLE_SEED)
        write_odm(again, contract, tmp_path / "cart1922.xml")
        write_csv(again, contract, tmp_path / "csv")
        assert (tmp_path / "cart1922.xml").read_bytes() == (SAMPLE / "odm" / "cart1922.xml").read_bytes()
        for path in (tmp_path / "csv").iterdir():
            assert path.read_bytes() == (SAMPLE / "csv" / path.name).read_bytes(), path.name

    def test_the_sample_is_small(self) -> None:
        assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 3_500_000


class TestPlan:
    def test_visits_and_names_come_from_the_study(self) -> None:
        plan = load_plan(STUDY)
        assert plan.study.oid == "CART1922"
        assert [(one.event, one.day, one.window) for one in plan.assessments[:2]] == [
            ("M1", 29, (22, 36)),
            ("M3", 91, (77, 105)),
        ]

    def test_a_folder_without_a_plan_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(SpecError, match=r"simulation.yaml: is missing"):
            load_plan(tmp_path)

    def test_what_is_wrong_in_the_plan_is_named_with_its_line(self, tmp_path: Path) -> None:
        text = (STUDY / "simulation.yaml").read_text()
        (tmp_path / "simulation.yaml").write_text(text.replace("subject_digits: 4", "subject_digit: 4"))
        (tmp_path / "study.yaml").write_text((STUDY / "study.yaml").read_text())
        with pytest.raises(SpecError) as caught:
            load_plan(tmp_path)
        assert "simulation.yaml:7: subject_digit: key 'subject_digit' is not known here" in str(caught.value)

    def test_a_term_without_a_code_is_named(self, tmp_path: Path) -> None:
        text = (STUDY / "simulation.yaml").read_text()
        (tmp_path / "simulation.yaml").write_text(text.replace("term: Vomiting,", "term: Vomitting,"))
        (tmp_path / "study.yaml").write_text((STUDY / "study.yaml").read_text())
        with pytest.raises(SpecError, match="terms are not in the dictionary: 'Vomitting'"):
            load_plan(tmp_path)

    @pytest.mark.parametrize(
        ("found", "written", "message"),
        [
            ("chance: [0.74, 0.40]", "chance: [0.74]", "CRS: 1 chance for 2 products"),
            ("after: CRS", "after: CSR", "ICANS: 'after' must name a syndrome above it"),
            ("accrual: 730,", "accrual: 7300,", "calendar: subjects are enrolled after the snapshot"),
            ("decision: [5, 21]", "decision: [21, 5]", r"the range \[21, 5\] ends before it starts"),
            ("sex: {Male: 58,", "sex: {Male: -58,", "weights must not be negative"),
        ],
    )
    def test_parts_that_do_not_fit_are_named(self, tmp_path: Path, found: str, written: str, message: str) -> None:
        text = (STUDY / "simulation.yaml").read_text()
        assert found in text
        (tmp_path / "simulation.yaml").write_text(text.replace(found, written))
        (tmp_path / "study.yaml").write_text((STUDY / "study.yaml").read_text())
        with pytest.raises(SpecError, match=message):
            load_plan(tmp_path)

    def test_a_contract_without_a_column_is_named(self, contract: RawContract) -> None:
        form = contract.forms["ae"]
        columns = {name: column for name, column in form.columns.items() if name != "AEACN"}
        forms = {**contract.forms, "ae": form.model_copy(update={"columns": columns})}
        with pytest.raises(SpecError, match=r"raw.yaml: ae: lacks columns the simulation fills: AEACN"):
            simulate(STUDY, contract.model_copy(update={"forms": forms}), subjects=20, seed=1)

    @pytest.mark.parametrize(("subjects", "rate"), [(-1, 0), (1, 1.5)])
    def test_numbers_out_of_range_are_refused(self, contract: RawContract, subjects: int, rate: float) -> None:
        with pytest.raises(UsageError, match="must be at least 0"):
            simulate(STUDY, contract, subjects=subjects, seed=1, error_rate=rate)


#: The seed of the sample in the repository.
SAMPLE_SEED = 2059
