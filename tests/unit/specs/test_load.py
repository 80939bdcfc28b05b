"""Loading a study: files, shape, standards, and everything that is wrong said at once."""

from __future__ import annotations

import hashlib

import pytest

from clinical.errors import SpecError
from specs.load import load_study
from specs.load import study_folder as find_folder
from specs.yaml_text import read_yaml


@pytest.mark.parametrize("name", ["cart1922", "cdiscpilot01"])
def test_studies_that_come_with_the_product_load(name) -> None:
    study = load_study(name)
    assert study.sdtm["DM"].name == "DM"
    assert study.id == name.upper()


#: Original units by test; the standard has VSRESU for all of them.
LEVELS = """value_level:
  - {variable: VSORRESU, where: {VSTESTCD: SYSBP}, codelist: VSRESU}
  - {variable: VSORRESU, where: {VSTESTCD: TEMP}, codelist: ECOG101STR}
"""


class TestLoaded:
    def test_variables_inherit_from_the_standard_in_its_order(self, study_folder) -> None:
        study = load_study(study_folder.folder)
        spec = study.sdtm["AE"]
        assert spec.label == "Adverse Events"
        assert spec.names[:8] == ("STUDYID", "DOMAIN", "USUBJID", "AESEQ", "AETERM", "AELLT", "AELLTCD", "AEDECOD")
        assert spec.names[-5:] == ("AEREL", "EPOCH", "AESTDTC", "AEENDTC", "AESTDY")
        serious = spec.variable("AESER")
        assert (serious.label, serious.type, serious.core, serious.codelist) == ("Serious Event", "Char", "Exp", "NY")
        assert spec.variable("AESTDY").type == "Num"
        assert spec.inputs == ("ae", "SE", "DM")

    def test_origins_follow_from_the_verbs_and_pages_from_the_forms(self, study_folder) -> None:
        spec = load_study(study_folder.folder).sdtm["AE"]
        origins = {name: spec.variable(name).origin for name in ("AETERM", "AESTDY", "AEACN", "DOMAIN", "AETRTEM")}
        assert {name: one.type for name, one in origins.items()} == {
            "AETERM": "Collected",
            "AESTDY": "Derived",
            "AEACN": "Not Available",
            "DOMAIN": "Assigned",
            "AETRTEM": "Derived",
        }
        assert origins["AETERM"].pages == ("31",)
        assert origins["AETERM"].source == "Investigator"
        assert origins["AESTDY"].pages == ()

    def test_timing_variables_that_any_domain_may_add(self, study_folder) -> None:
        study_folder.replace(
            "sdtm/ae.yaml",
            "  AESER: {map",
            "  AEDTC: {map: {algorithm: iso8601, columns: AESTDAT, formats: DD-MON-YYYY}}\n  AESER: {map",
        )
        spec = load_study(study_folder.folder).sdtm["AE"]
        assert spec.names.index("EPOCH") < spec.names.index("AEDTC") < spec.names.index("AESTDTC")
        assert spec.variable("AEDTC").label == "Date/Time of Collection"

    def test_codelists_are_resolved_with_codes_and_raw_texts(self, study_folder) -> None:
        codelists = load_study(study_folder.folder).codelists
        assert codelists["NY"].submission_value(" YES ") == "Y"
        assert codelists["NY"].terms["Y"].code == "C49488"
        assert set(codelists["NY"].terms) == {"Y", "N"}
        assert codelists["SEX"].submission_value("female") is None
        assert codelists["DSDECOD"].submission_value("completed") == "COMPLETED"
        assert codelists["EPOCH"].extensible

    def test_names_are_paired_with_codes(self, study_folder) -> None:
        decodes = load_study(study_folder.folder).decodes
        assert decodes["VS.VSTEST"]["SYSBP"] == "Systolic Blood Pressure"

    def test_terms_by_value_stand_in_place_of_the_standards(self, study_folder) -> None:
        study_folder.append("sdtm/vs.yaml", LEVELS)
        loaded = load_study(study_folder.folder)
        assert loaded.sdtm["VS"].variable("VSORRESU").codelist is None
        assert loaded.sdtm["VS"].variable("VSSTRESU").codelist == "VSRESU"
        assert "0" in loaded.codelists["ECOG101STR"].terms

    def test_factors_may_be_fractions(self, study_folder) -> None:
        conversion = load_study(study_folder.folder).units["TEMP"].conversions["F"]
        assert conversion.factor == 5 / 9
        assert conversion.offset == -160 / 9

    def test_files_are_known_by_their_hashes(self, study_folder) -> None:
        files = load_study(study_folder.folder).files
        content = (study_folder.folder / "sdtm" / "ae.yaml").read_bytes()
        assert files["sdtm/ae.yaml"] == hashlib.sha256(content).hexdigest()
        assert "study.yaml" in files


class TestFiles:
    def test_unknown_study(self) -> None:
        with pytest.raises(SpecError, match=r"carti1922: is no study: .* Did you mean 'cart1922'\?"):
            find_folder("carti1922")

    def test_missing_contract(self, study_folder) -> None:
        (study_folder.folder / "raw.yaml").unlink()
        assert study_folder.everything_said() == [
            "tiny01/raw.yaml: is missing. Every study has one.",
            "tiny01: what raw.yaml and other files say of each other was not checked. Mend these mistakes first, then "
            "lint again.",
        ]

    def test_a_study_without_its_contract_hears_of_all_other_mistakes(self, study_folder) -> None:
        (study_folder.folder / "raw.yaml").unlink()
        study_folder.replace("sdtm/ex.yaml", "method: MT.DAY", "method: MT.DAYS")
        study_folder.replace("sdtm/ae.yaml", "column: AEREL}}", "column: AEREL, of: 1}}")
        study_folder.replace("study.yaml", "{etcd: TRT, epoch: TREATMENT}", "{etcd: TREAT, epoch: TREATMENT}")
        assert [problem.split(":")[0] for problem in study_folder.problems()] == [
            "tiny01/raw.yaml",
            "tiny01/sdtm/ae.yaml",
            "tiny01/study.yaml",
            "tiny01/sdtm/ex.yaml",
        ]

    def test_a_key_is_likened_to_those_of_its_place_and_never_to_itself(self, study_folder) -> None:
        study_folder.replace("raw.yaml", "subjects: dm\n", "subject: dm\n")
        assert any(
            "key 'subject' is not known here. Did you mean 'subjects'?" in one for one in study_folder.problems()
        )

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("codelists.yaml", "codelists:", "codelist:"),
            ("units.yaml", "quantities:", "quantity:"),
            ("methods.yaml", "methods:", "method:"),
            ("raw.yaml", "subjects: dm\n", "subject: dm\n"),
        ],
    )
    def test_what_follows_from_a_file_that_cannot_be_used_is_not_reported(self, file, old, new, study_folder) -> None:
        study_folder.replace(file, old, new)
        study_folder.replace("study.yaml", "{etcd: TRT, epoch: TREATMENT}", "{etcd: TREAT, epoch: TREATMENT}")
        problems = study_folder.everything_said()
        assert {problem.split(":")[0] for problem in problems[:-2]} == {f"tiny01/{file}"}
        assert problems[-2].startswith("tiny01/study.yaml:")
        assert problems[-1].startswith(f"tiny01: what {file} and other files say of each other was not checked.")

    def test_without_study_yaml_each_other_file_is_read_by_itself(self, study_folder) -> None:
        study_folder.replace("study.yaml", "numbering: after_last", "numbering: by_heart")
        study_folder.replace("sdtm/ae.yaml", "column: AEREL}}", "column: AEREL, of: 1}}")
        problems = study_folder.everything_said()
        assert [problem.split(":")[0] for problem in problems] == ["tiny01/study.yaml", "tiny01/sdtm/ae.yaml", "tiny01"]
        assert "since study.yaml cannot be used" in problems[-1]

    def test_file_named_after_another_dataset(self, study_folder) -> None:
        (study_folder.folder / "sdtm" / "ex.yaml").rename(study_folder.folder / "sdtm" / "ec.yaml")
        assert "tiny01/sdtm/ec.yaml:1: dataset: is 'EX', but the file is ec.yaml. Give them one name." in (
            study_folder.problems()
        )

    def test_broken_yaml(self, said) -> None:
        (problem,) = said("methods.yaml", "methods:\n", "methods: [\n")
        assert problem.startswith("tiny01/methods.yaml:")
        assert "is not valid YAML" in problem

    def test_tab(self, study_folder) -> None:
        (study_folder.folder / "methods.yaml").write_text("methods:\n\tA: {name: a, text: b}\n", encoding="utf-8")
        assert study_folder.problems() == [
            "tiny01/methods.yaml:2: is indented with a tab. YAML takes spaces only; replace it."
        ]

    def test_misspelt_file(self, study_folder) -> None:
        (study_folder.folder / "codelist.yaml").write_text("codelists: {}\n", encoding="utf-8")
        (problem,) = study_folder.problems()
        assert problem.startswith("tiny01/codelist.yaml: is not read. Did you mean 'codelists.yaml'?")

    def test_file_that_is_not_utf8(self, study_folder) -> None:
        (study_folder.folder / "methods.yaml").write_bytes(b"methods: {A: {name: caf\xe9, text: x}}\n")
        assert study_folder.problems() == ["tiny01/methods.yaml: is not UTF-8 (byte 23). Save it as UTF-8."]

    def test_duplicate_key(self, study_folder) -> None:
        study_folder.append("sdtm/ae.yaml", "keys: [USUBJID]\n")
        last = study_folder.line_of("sdtm/ae.yaml", "keys: [USUBJID]")
        assert study_folder.problems() == [
            f"tiny01/sdtm/ae.yaml:{last}: key 'keys' is already given in line 2. Keep one of them."
        ]

    def test_anchors_and_aliases(self, study_folder) -> None:
        study_folder.write("methods.yaml", "methods:\n  A: &a {name: x, text: y}\n  B: *a\n")
        assert study_folder.problems() == [
            "tiny01/methods.yaml:2: anchors and aliases are not allowed. Write the part out.",
            "tiny01/methods.yaml:3: anchors and aliases are not allowed. Write the part out.",
        ]

    def test_words_are_text_and_never_converted(self, study_folder) -> None:
        study_folder.write(
            "methods.yaml", (study_folder.folder / "methods.yaml").read_text() + "  NO: {name: 12:30, text: on}\n"
        )
        method = load_study(study_folder.folder).methods["NO"]
        assert (method.name, method.text) == ("12:30", "on")

    def test_null_is_nothing_and_quoted_text(self, tmp_path) -> None:
        path = tmp_path / "a.yaml"
        path.write_text('a: null\nb: ~\nc:\nd: ""\ne: "null"\n', encoding="utf-8")
        assert read_yaml(path, "a.yaml").content == {"a": None, "b": None, "c": None, "d": "", "e": "null"}


class TestShape:
    """Each thing that the models refuse, with its place."""

    @pytest.mark.parametrize(
        ("file", "old", "new", "expected"),
        [
            (
                "sdtm/ae.yaml",
                "  AEREL: {map: {algorithm: assign, column: AEREL}}",
                "  AEREL: {mapp: {algorithm: assign, column: AEREL}}",
                ": variables.AEREL.mapp: key 'mapp' is not known here. Did you mean 'map'? Remove or rename it.",
            ),
            (
                "sdtm/ae.yaml",
                "  AEREL: {map: {algorithm: assign, column: AEREL}}",
                "  AEREL: {map: {algorithm: asign, column: AEREL}}",
                ": variables.AEREL.map: algorithm 'asign' is not known. Did you mean 'assign'? Known: assign, part,",
            ),
            (
                "sdtm/ae.yaml",
                "  AEREL: {map: {algorithm: assign, column: AEREL}}",
                "  AEREL: {map: {column: AEREL}}",
                ": variables.AEREL.map: key 'algorithm' is missing. Say which verb maps the variable.",
            ),
            (
                "sdtm/ae.yaml",
                "  AEREL: {map: {algorithm: assign, column: AEREL}}",
                "  AEREL: {map: {algorithm: assign}}",
                ": variables.AEREL.map.column: key 'column' is missing. Add it.",
            ),
            (
                "sdtm/ae.yaml",
                "  AEREL: {map: {algorithm: assign, column: AEREL}}",
                "  AEREL: {map: {algorithm: assign, column: AEREL, case: title}}",
                ": variables.AEREL.map.case: 'title' is not allowed; expected 'upper' or 'lower'.",
            ),
            (
                "sdtm/ae.yaml",
                "  AETRTEM:\n",
                "  AETRTEMFLAG:\n",
                "'AETRTEMFLAG' is no SAS V5 name: at most 8 upper-case letters, digits and underscores",
            ),
            (
                "sdtm/ae.yaml",
                "    label: Treatment Emergent\n",
                "    label: Whether the event emerged on treatment or not\n",
                ": supplemental.AETRTEM.label: the label has 45 bytes and a transport file holds 40; shorten it",
            ),
            (
                "sdtm/ae.yaml",
                "    label: Treatment Emergent\n",
                "    label: 治疗期间出现的不良事件标志\n    comment: no\n",
                None,
            ),
            (
                "raw.yaml",
                "subjects: dm\n",
                "subjects: dmm\n",
                "subjects: form 'dmm' is not among the forms",
            ),
            (
                "raw.yaml",
                "  ae:\n",
                "  AE:\n",
                "form 'AE': form names are lower case, dataset names upper case",
            ),
            (
                "units.yaml",
                "factor: 5/9",
                "factor: five",
                ": quantities.TEMP.conversions.F.factor: input should be a valid number",
            ),
            (
                "study.yaml",
                "numbering: after_last",
                "numbering: by_heart",
                ": visits.unscheduled.numbering: 'by_heart' is not allowed; expected 'after_last' or 'from_name'.",
            ),
        ],
    )
    def test_what_the_models_refuse(self, file, old, new, expected, study_folder) -> None:
        study_folder.replace(file, old, new)
        if expected is None:
            load_study(study_folder.folder)
            return
        problems = study_folder.problems()
        assert len(problems) == 1
        assert problems[0].startswith(f"tiny01/{file}:")
        assert expected in problems[0]

    def test_place_is_the_line_of_the_key(self, study_folder) -> None:
        study_folder.replace(
            "sdtm/ae.yaml", "  AEREL: {map: {algorithm: assign, column: AEREL}}", "  AEREL:\n    mapp: x"
        )
        line = study_folder.line_of("sdtm/ae.yaml", "mapp: x")
        assert study_folder.problems()[0].startswith(f"tiny01/sdtm/ae.yaml:{line}: ")


def test_everything_that_is_wrong_is_said_at_once(study_folder) -> None:
    study_folder.replace("sdtm/ae.yaml", "column: AEREL}}", "column: AERELL}}")
    study_folder.replace("sdtm/ex.yaml", "method: MT.DAY", "method: MT.DAYS")
    study_folder.replace("sdtm/vs.yaml", "dataset: VS\n", "dataset: VS\nlable: x\n")
    study_folder.replace("codelists.yaml", "SEX: {standard: SEX,", "SEX: {standard: SEXX,")
    study_folder.replace("study.yaml", "{etcd: TRT, epoch: TREATMENT}", "{etcd: TREAT, epoch: TREATMNT}")
    problems = study_folder.problems()
    assert [problem.split(":")[0] for problem in sorted(problems)] == [
        "tiny01/codelists.yaml",
        "tiny01/sdtm/ae.yaml",
        "tiny01/sdtm/ex.yaml",
        "tiny01/sdtm/vs.yaml",
        "tiny01/study.yaml",
        "tiny01/study.yaml",
    ]
