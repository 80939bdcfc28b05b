"""What the linter catches, each with its place and what to do about it."""

from __future__ import annotations

import pytest

from specs.lint import without_map
from specs.load import load_study

AE = "sdtm/ae.yaml"
AEREL = "  AEREL: {map: {algorithm: assign, column: AEREL}}"


def _assert_said(study_folder, file: str, expected: str) -> None:
    problems = study_folder.problems()
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"tiny01/{file}"), problems[0]
    assert expected in problems[0]


class TestVariables:
    @pytest.mark.parametrize(
        ("file", "old", "new", "expected"),
        [
            (
                AE,
                "date: AESTDTC}, method: MT.DAY}",
                "date: AESTDTC}}",
                ": variables.AESTDY: is Derived and has no method. Name one of methods.yaml.",
            ),
            (
                AE,
                "date: AESTDTC}, method: MT.DAY}",
                "date: AESTDTC}, method: MT.DYA}",
                ": variables.AESTDY: method 'MT.DYA' is not in methods.yaml. Did you mean 'MT.DAY'?",
            ),
            (
                AE,
                "  AESER: {map: {algorithm: recode, column: AESER}}",
                "  AESER: {codelist: NYY, map: {algorithm: recode, column: AESER}}",
                ": variables.AESER: codelist 'NYY' is not defined. Did you mean 'NY'?",
            ),
            (
                AE,
                "    label: Treatment Emergent\n",
                "",
                ": supplemental.AETRTEM: has no label. Add one of at most 40 bytes.",
            ),
            (
                AE,
                AEREL,
                "  AEREL: {length: 201, map: {algorithm: assign, column: AEREL}}",
                ": variables.AEREL: length 201 does not fit a Char variable of a transport file.",
            ),
            (
                AE,
                "  AESEQ: {",
                "  AESEQ: {length: 2, ",
                ": variables.AESEQ: length 2 does not fit a Num variable of a transport file.",
            ),
            (AE, AEREL, "  AEREL: {}", ": variables.AEREL: has no map. Say where its values come from."),
            (
                AE,
                "  AEREL: {map",
                "  AERELL: {map",
                "SDTMIG 3.4 has no variable AERELL in AE. Did you mean 'AEREL'? If it is the sponsor's own, put it",
            ),
            (
                AE,
                AEREL,
                "  AEREL: {type: Num, map: {algorithm: assign, column: AEREL}}",
                ": variables.AEREL: type Num contradicts the standard's Char.",
            ),
            (
                AE,
                "keys: [STUDYID, USUBJID, AEDECOD, AESTDTC]",
                "keys: [STUDYID, USUBJID, AECAT]",
                ": keys: keys that are no variables of AE: AECAT. Set 'keys'.",
            ),
        ],
    )
    def test_facts_of_a_variable(self, file, old, new, expected, study_folder) -> None:
        study_folder.replace(file, old, new)
        problems = study_folder.problems()
        assert any(one.startswith(f"tiny01/{file}:") and expected in one for one in problems), problems

    def test_expected_variables_that_are_not_given(self, study_folder) -> None:
        study_folder.replace(AE, "  AEACN: {map: {algorithm: not_collected}}\n", "")
        study_folder.replace(AE, AEREL + "\n", "")
        _assert_said(study_folder, AE, "Required or Expected in AE, but not given: AEACN, AEREL. Map each of them")

    def test_dataset_that_the_standard_lacks(self, study_folder) -> None:
        study_folder.write("sdtm/ax.yaml", "dataset: AX\nrecords: [{form: ae}]\nvariables: {}\n")
        _assert_said(study_folder, "sdtm/ax.yaml:1: dataset", "SDTMIG 3.4 has no 'AX'.")


class TestReferences:
    @pytest.mark.parametrize(
        ("map", "expected"),
        [
            ("{algorithm: assign, column: AERELL}", "form 'ae' has no column 'AERELL'. Did you mean 'AEREL'?"),
            ("{algorithm: assign, column: dmm.AGE}", "'dmm.AGE': there is no form 'dmm'. Did you mean 'dm'?"),
            ("{algorithm: assign, column: dm.AGEE}", "form 'dm' has no column 'AGEE'. Did you mean 'AGE'?"),
            ("{algorithm: assign, column: AE.AETRM}", "'AE.AETRM': no such variable. Did you mean 'AETERM'?"),
            ("{algorithm: assign, column: DN.AGE}", "'DN.AGE': there is no dataset 'DN'."),
            (
                "{algorithm: assign, column: EX.EXDOSE}",
                "'EX.EXDOSE': only DM has one row a subject to take a value from.",
            ),
            (
                "{algorithm: hardcode, value: x, where: {AESTD: y}}",
                "form 'ae' has no column 'AESTD'. Did you mean 'AESTDAT'?",
            ),
            ("{algorithm: template, text: '{AETERM}{NO}'}", "form 'ae' has no column 'NO'."),
            ("{algorithm: text, variable: AESTDYY}", "variable 'AESTDYY' is not in AE. Did you mean 'AESTDY'?"),
            ("{algorithm: recode, column: AEREL}", "recode needs a codelist; the variable has none. Add 'codelist'."),
            (
                "{algorithm: recode, column: AEREL, codelist: NYY}",
                "codelist 'NYY' is not defined. Did you mean 'NY'?",
            ),
            (
                "{algorithm: iso8601, columns: [AESTDAT, AETERM], formats: DD-MON-YYYY}",
                "2 columns, but 1 format. Give one for each.",
            ),
            ("{algorithm: iso8601, columns: AESTDAT, formats: today}", "date layout 'today' has no part"),
            ("{algorithm: iso8601, columns: AESTDAT, formats: MM-MON}", "date layout 'MM-MON' names the month twice"),
            (
                "{algorithm: when, cases: [{where: {XX: y}, map: {algorithm: hardcode, value: z}}]}",
                "form 'ae' has no column 'XX'.",
            ),
            (
                "{algorithm: first, of: [{algorithm: assign, column: AEREL}, {algorithm: assign, column: XX}]}",
                "form 'ae' has no column 'XX'.",
            ),
        ],
    )
    def test_wrong_map(self, map, expected, study_folder) -> None:
        study_folder.replace(AE, AEREL, f"  AEREL: {{map: {map}, method: MT.FLAG}}")
        line = study_folder.line_of(AE, "  AEREL:")
        _assert_said(study_folder, f"{AE}:{line}: variables.AEREL: ", expected)

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("{dataset: XX, variable: XXDTC}", "there is no dataset 'XX'."),
            ("{dataset: VS, variable: VSDTCC}", "VS has no variable 'VSDTCC'. Did you mean 'VSDTC'?"),
            (
                "{dataset: VS, variable: VSDTC, where: {VISITT: x}}",
                "VS has no variable 'VISITT'. Did you mean 'VISIT'?",
            ),
            ("{dataset: VS, variable: VSDY}", "VS.VSDY is derived from other datasets and is not there yet"),
            ("{dataset: AE, variable: AESTDTC, where: {EPOCH: x}}", "AE.EPOCH is derived from other datasets"),
        ],
    )
    def test_wrong_source(self, source, expected, study_folder) -> None:
        study_folder.replace("sdtm/dm.yaml", "{dataset: VS, variable: VSDTC, where: {VISIT: WEEK 4}}", source)
        _assert_said(study_folder, "sdtm/dm.yaml", expected)

    def test_constant_that_is_no_term(self, study_folder) -> None:
        study_folder.replace(
            AE,
            "  AESER: {map: {algorithm: recode, column: AESER}}",
            "  AESER: {map: {algorithm: hardcode, value: 'YES'}}",
        )
        _assert_said(study_folder, AE, "'YES' is no term of codelist NY.")

    def test_variables_that_need_each_other(self, study_folder) -> None:
        study_folder.replace(
            AE,
            "  AETERM: {map: {algorithm: assign, column: AETERM}}",
            "  AETERM: {map: {algorithm: assign, column: AE.AEREL}}",
        )
        study_folder.replace(AE, AEREL, "  AEREL: {map: {algorithm: assign, column: AE.AETERM}}")
        (problem,) = study_folder.problems()
        assert "variables that need each other: " in problem
        assert "AETERM" in problem
        assert "AEREL" in problem

    def test_variable_that_needs_itself(self, study_folder) -> None:
        study_folder.replace(AE, AEREL, "  AEREL: {map: {algorithm: assign, column: AE.AEREL}}")
        _assert_said(study_folder, AE, "variables that need each other: AEREL -> AEREL.")

    def test_codelist_that_is_not_the_standards(self, study_folder) -> None:
        study_folder.replace(AE, "  AESER: {map", "  AESER: {codelist: OUT, map")
        _assert_said(study_folder, AE, "has codelist OUT, the standard NY. Take that, or a list based on it.")

    def test_codes_and_names_without_codes_in_common(self, study_folder) -> None:
        study_folder.append("codelists.yaml", "  OWN: {terms: [Pressure]}\n")
        study_folder.replace("sdtm/vs.yaml", "  VSTEST: {map", "  VSTEST: {codelist: OWN, map")
        _assert_said(study_folder, "sdtm/vs.yaml", "the codelists of VSTESTCD and VSTEST have no C-codes in common.")

    @pytest.mark.parametrize(
        ("spoilt", "more"),
        [
            (["AETERM"], ""),
            (["AETERM", "AEREL"], " Nor has AEREL."),
            (["AETERM", "AEREL", "AESER"], " Nor have AEREL, AESER."),
        ],
    )
    def test_variables_without_a_map_are_told_together(self, spoilt, more) -> None:
        (problem,) = without_map({name: f"ae.yaml:{at}" for at, name in enumerate(spoilt)}, "has no map.")
        assert problem.what == f"has no map.{more}"

    def test_a_plausible_range_is_in_order(self, study_folder) -> None:
        study_folder.append("units.yaml", "  NEWTEST: {standard: kg, plausible: [250, 25]}\n")
        (problem,) = study_folder.problems()
        assert problem.endswith("plausible: the lower limit is above the upper one; write [lower, upper].")

    def test_conversion_without_units(self, study_folder) -> None:
        (study_folder.folder / "units.yaml").unlink()
        problems = study_folder.problems()
        assert len(problems) == 2
        assert all("the study has no units.yaml, which says how units are converted." in one for one in problems)

    def test_epoch_without_elements(self, study_folder) -> None:
        (study_folder.folder / "sdtm" / "se.yaml").unlink()
        problems = study_folder.problems()
        assert any("epochs come from SE, which the study does not have. Add sdtm/se.yaml." in one for one in problems)

    def test_numbering_by_a_variable_that_is_not_there(self, study_folder) -> None:
        study_folder.replace(AE, "order: AESTDTC", "order: AESTDT")
        _assert_said(study_folder, AE, "variable 'AESTDT' is not in AE. Did you mean 'AESTDTC'?")


class TestRecords:
    @pytest.mark.parametrize(
        ("file", "old", "new", "expected"),
        [
            (AE, "  - form: ae\n", "  - form: aee\n", "records: there is no form 'aee'. Did you mean 'ae'?"),
            (
                AE,
                "    where: {AETERM: {present: true}}",
                "    where: {AETRM: {present: true}}",
                "form 'ae' has no column 'AETRM'. Did you mean 'AETERM'?",
            ),
            (
                AE,
                "    where: {AETERM: {present: true}}",
                "    where: {dm.AGEE: {present: true}}",
                "form 'dm' has no column 'AGEE'. Did you mean 'AGE'?",
            ),
            (
                AE,
                "    where: {AETERM: {present: true}}",
                "    where: {DM.AGE: {present: true}}",
                "'DM.AGE' is a variable, and records are chosen by columns of the export. Name a column.",
            ),
            (
                "sdtm/vs.yaml",
                "columns: {RESULT: SYSBP}",
                "columns: {RESULT: SYSBPP}",
                "form 'vs' has no column 'SYSBPP'. Did you mean 'SYSBP'?",
            ),
            ("sdtm/vs.yaml", "keep: RESULT", "keep: RESLT", "keep: no column 'RESLT'. Did you mean 'RESULT'?"),
            (
                "sdtm/ds.yaml",
                "      EPOCH: {algorithm: hardcode, value: SCREENING}",
                "      EPOC: {algorithm: hardcode, value: SCREENING}",
                "records.map.EPOC: maps a variable that DS does not have. Did you mean 'EPOCH'?",
            ),
            (
                "sdtm/ds.yaml",
                "      DSTERM: {algorithm: assign, column: EOSREAS, case: upper}",
                "      DSTERM: {algorithm: assign, column: ICDAT, case: upper}",
                "records.map.DSTERM: form 'eos' has no column 'ICDAT'.",
            ),
        ],
    )
    def test_where_records_come_from(self, file, old, new, expected, study_folder) -> None:
        study_folder.replace(file, old, new)
        _assert_said(study_folder, file, expected)

    def test_dataset_without_records(self, study_folder) -> None:
        study_folder.replace("sdtm/ta.yaml", "builder: ta\n", "")
        problems = study_folder.problems()
        assert any(
            "has neither 'records' nor a 'builder'. Say which form its rows come from." in one for one in problems
        )

    def test_dataset_that_another_one_needs(self, study_folder) -> None:
        (study_folder.folder / "sdtm" / "vs.yaml").unlink()
        problems = study_folder.problems()
        assert any("supplemental.WEEK4: there is no dataset 'VS'." in one for one in problems)


class TestDesign:
    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            (
                "{etcd: TRT, epoch: TREATMENT}",
                "{etcd: TRTT, epoch: TREATMENT}",
                "element 'TRTT' is not described. Did you mean 'TRT'?",
            ),
            (
                "{etcd: TRT, epoch: TREATMENT}",
                "{etcd: TRT, epoch: TREATMNT}",
                "'TREATMNT' is no term of EPOCH. Did you mean 'TREATMENT'?",
            ),
            ("  - armcd: A\n", "  - armcd: ABCDEFGHIJKLMNOPQRSTU\n", "has more than 20 characters. Shorten it."),
            (
                "element: Screening",
                "element: Screening that goes on for a very long time",
                "ELEMENT has 43 characters; at most 40.",
            ),
            (
                "{dataset: EX, variable: EXSTDTC}",
                "{dataset: EX, variable: EXSTDT}",
                "EX has no variable 'EXSTDT'. Did you mean 'EXSTDTC'?",
            ),
            (
                "{dataset: EX, variable: EXSTDTC}",
                "{dataset: EX, variable: EXSTDY}",
                "EX.EXSTDY is derived from other datasets",
            ),
            (
                "where: {DSCAT: DISPOSITION EVENT}",
                "where: {DSCATT: x}",
                "DS has no variable 'DSCATT'. Did you mean 'DSCAT'?",
            ),
            ("{visitnum: 3,", "{visitnum: 2,", "VISITNUM given to several visits: 2.0. Keep each once."),
            ("visit: WEEK 4", "visit: BASELINE", "VISIT given to several visits: BASELINE. Keep each once."),
            ("events: W4", "events: [W4, SCR]", "event given to several visits: SCR. Keep each once."),
            ("others: LOG", "others: [LOG, UNS]", "event given to several visits: UNS. Keep each once."),
            (
                "{visitnum: 3,",
                "{visitnum: 2.1,",
                "but planned visits have such numbers too: 2.1. Give them whole numbers",
            ),
            ("events: UNS, ", "", "no event is unscheduled. Name 'events', or give a 'pattern' of their names."),
            (
                "numbering: after_last, events: UNS",
                "numbering: from_name, events: UNS",
                "pattern must be a regular expression with one group",
            ),
            ("events: UNS, ", "pattern: 'UNS(', ", "pattern must be a regular expression with one group"),
            ("    form: vd\n", "    form: vdd\n", "visits.dates: there is no form 'vdd'. Did you mean 'vd'?"),
            ("    form: vd\n", "    form: vd\n    reason: VDDATE\n", "form 'vd' has no column 'VDDATE'."),
            ("columns: VDDAT", "columns: VDDATE", "form 'vd' has no column 'VDDATE'. Did you mean 'VDDAT'?"),
            (
                "columns: VDDAT, formats: DD-MON-YYYY",
                "columns: VDDAT, formats: today",
                "date layout 'today' has no part",
            ),
        ],
    )
    def test_arms_elements_and_visits(self, old, new, expected, study_folder) -> None:
        study_folder.replace("study.yaml", old, new)
        problems = study_folder.problems()
        assert any(one.startswith("tiny01/study.yaml:") and expected in one for one in problems), problems

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ("{parameter: TITEL, value: x}", "'TITEL' is no term of TSPARMCD. Did you mean 'TITLE'?"),
            ("{parameter: TITLE}", "TITLE needs either a value or a null_flavor, and not both."),
            (
                "{parameter: TITLE, value: x, null_flavor: NI}",
                "TITLE needs either a value or a null_flavor, and not both.",
            ),
            (
                "{parameter: TTYPE, value: SAFTY, codelist: TTYPE}",
                "'SAFTY' is no term of TTYPE. Did you mean 'SAFETY'?",
            ),
            (
                "{parameter: TTYPE, value: SAFETY, codelist: TTYP}",
                "codelist 'TTYP' is in no terminology. Did you mean 'TTYPE'?",
            ),
        ],
    )
    def test_trial_summary(self, row, expected, study_folder) -> None:
        study_folder.append("study.yaml", f"\ntrial_summary:\n  - {row}\n")
        line = study_folder.line_of("study.yaml", row)
        _assert_said(study_folder, f"study.yaml:{line}: trial_summary: ", expected)


class TestCodelists:
    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ("X: {standard: NYY}", "codelists.X.standard: codelist 'NYY' is in no terminology. Did you mean 'NY'?"),
            (
                "X: {standard: NY, terms: [A]}",
                "a standard codelist takes its terms from the standard. Use 'extend' or 'only'.",
            ),
            ("X: {standard: NY, only: [Y, NO]}", "codelists.X.only: not among the terms: NO."),
            (
                "X: {standard: NY, extend: [MAYBE]}",
                "codelists.X.extend: codelist X is not extensible. Use one of its terms.",
            ),
            (
                "X: {standard: UNIT, extend: [mg]}",
                "codelists.X.extend.mg: 'mg' is already a term. Remove the extension.",
            ),
            ("X: {standard: NY, raw: {YES: Ja}}", "codelists.X.raw.YES: 'YES' is no term of codelist X."),
            ("X: {standard: NY, raw: {Y: ja, N: ja}}", "raw text 'ja' stands for 'Y' already. Keep it once."),
            (
                "X: {standard: NY, ignore_case: true, raw: {Y: ja, N: JA}}",
                "raw text 'JA' stands for 'Y' already. Keep it once.",
            ),
            ("X: {standard: NY, raw: {Y: ｊａ, N: ja}}", "raw text 'ja' stands for 'Y' already. Keep it once."),
        ],
    )
    def test_codelist(self, entry, expected, study_folder) -> None:
        study_folder.append("codelists.yaml", f"  {entry}\n")
        _assert_said(study_folder, f"codelists.yaml:{study_folder.line_of('codelists.yaml', entry)}: ", expected)


def test_dataset_whose_file_is_broken_is_not_reported_as_missing(study_folder) -> None:
    study_folder.replace("sdtm/dm.yaml", "dataset: DM\n", "dataset: DM\nnonsense: x\n")
    _assert_said(study_folder, "sdtm/dm.yaml:2: nonsense: ", "key 'nonsense' is not known here.")


def test_constant_whose_continuation_has_no_free_name(study_folder) -> None:
    study_folder.replace(AE, "  AETRTEM:\n", "  AEREL1:\n")
    study_folder.replace(AE, AEREL, f"  AEREL: {{map: {{algorithm: hardcode, value: {'a' * 201}}}}}")
    expected = (
        ": variables.AEREL: text over 200 bytes of AEREL continues in AEREL1, but the dataset has AEREL1 already. "
        "Rename AEREL1, or shorten the text."
    )
    assert any(one.startswith(f"tiny01/{AE}:") and expected in one for one in study_folder.problems())


class TestValueLevel:
    @pytest.mark.parametrize(
        ("level", "expected"),
        [
            (
                "{variable: VSORRESX, where: {VSTESTCD: TEMP}}",
                ": value_level: variable 'VSORRESX' is not in VS. Did you mean 'VSORRES'?",
            ),
            (
                "{variable: VSORRES, where: {VSTEST_CD: TEMP}}",
                ": value_level: variable 'VSTEST_CD' is not in VS. Did you mean 'VSTESTCD'?",
            ),
            (
                "{variable: VSORRES, where: {VSTESTCD: TEMP}, codelist: VSRESUU}",
                ": value_level: codelist 'VSRESUU' is not defined. Did you mean 'VSRESU'?",
            ),
        ],
    )
    def test_what_would_leave_values_unchecked(self, level, expected, study_folder) -> None:
        study_folder.append("sdtm/vs.yaml", f"value_level:\n  - {level}\n")
        _assert_said(study_folder, "sdtm/vs.yaml", expected)


def test_a_dictionary_names_variables_that_exist_and_each_variable_has_one(study_folder) -> None:
    study_folder.append(
        "study.yaml",
        "dictionaries:\n"
        '  AEDICT: {name: MedDRA, version: "28.0", variables: [AETRM, AETERM]}\n'
        '  OTHER: {name: WHODD, version: "2025", variables: [AETERM]}\n',
    )
    unknown, twice = study_folder.problems()
    assert "no dataset has a variable 'AETRM'. Did you mean 'AETERM'?" in unknown
    assert "'AETERM' is coded by AEDICT already. Name it once." in twice


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "'font.ttf' is no file in the study's folder. Put the font there, and name it from there."),
        (b"OTTO", "'font.ttf' is no TrueType font (.ttf or .ttc with TrueType outlines), which PDF files embed."),
    ],
)
def test_a_font_is_a_truetype_file_of_the_study(study_folder, content: bytes | None, expected: str) -> None:
    study_folder.append("study.yaml", "submission: {agency: nmpa, font: font.ttf}\n")
    if content is not None:
        (study_folder.folder / "font.ttf").write_bytes(content)
    (found,) = study_folder.problems()
    assert expected in found


def test_a_font_is_among_the_files_of_the_study(study_folder) -> None:
    study_folder.append("study.yaml", "submission: {agency: nmpa, font: fonts/font.ttf}\n")
    (study_folder.folder / "fonts").mkdir()
    (study_folder.folder / "fonts" / "font.ttf").write_bytes(b"\x00\x01\x00\x00")
    study = load_study(study_folder.folder)
    assert study.chinese_font == study_folder.folder / "fonts" / "font.ttf"
    assert "fonts/font.ttf" in study.files
