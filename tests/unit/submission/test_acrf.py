"""The annotated CRF: its plan, the places on its pages, what is found missing, and the PDF as a reader sees it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pypdf
import pytest

from specs.load import load_study
from specs.model.annotations import Annotation, FormAnnotations, FormDataset
from specs.model.dataset import Origin
from specs.model.form_metadata import FormMetadata
from specs.model.raw import Column, Form
from specs.model.study import Study
from specs.model.submission import Submission
from specs.record_rows import Item
from submission.acrf import CrfPlan, check_acrf, plan_crf, write_acrf
from submission.acrf.elements import Note, Page, Shape, Text
from submission.acrf.fields import field_of, printed_label
from submission.acrf.form_pages import BOTTOM, MARGIN, FormSheet, form_pages
from submission.acrf.typesetting import text_width

TINY = Path(__file__).parents[2] / "studies" / "tiny01"
CREATED = datetime(2025, 9, 30, 18, 0, tzinfo=UTC)
STUDIES = ["cart1922", "cdiscpilot01", TINY]


def planned(study: Study, metadata: FormMetadata | None = None) -> CrfPlan:
    plan = plan_crf(study, metadata)
    assert plan is not None
    return plan


@pytest.fixture(scope="module")
def cart() -> Study:
    return load_study("cart1922")


@pytest.fixture(scope="module")
def plan(cart: Study) -> CrfPlan:
    return planned(cart)


@pytest.fixture(scope="module")
def pdf(plan: CrfPlan, tmp_path_factory: pytest.TempPathFactory) -> pypdf.PdfReader:
    path = tmp_path_factory.mktemp("acrf") / "acrf.pdf"
    return pypdf.PdfReader(write_acrf(plan, path, created=CREATED))


def text_of(pdf: pypdf.PdfReader, page: int) -> str:
    """Return the text of a page by its number from 1."""
    return " ".join(pdf.pages[page - 1].extract_text().split())


# The plan


def test_a_study_without_an_export_has_no_annotated_crf() -> None:
    assert plan_crf(load_study("oncorecist")) is None


def test_forms_follow_their_crf_pages(plan: CrfPlan) -> None:
    names = [form.name for form in plan.forms]
    assert names[:4] == ["ic", "dm", "el", "vd"]
    assert names[-3:] == ["dth", "dv", "gc"]
    assert len(names) == 27
    assert [form.page + form.pages for form in plan.forms[:-1]] == [form.page for form in plan.forms[1:]]


def test_pages_of_variables_are_those_of_their_forms(plan: CrfPlan) -> None:
    first = {form.name: form.page for form in plan.forms}
    assert plan.pages["AE", "AETERM"] == (first["ae"],)
    assert plan.pages["AE", "AEOUT"] == (first["ae"] + 1,), "the form takes two pages, its last items the second"
    assert plan.pages["SUPPAE", "AERELLD"] == (first["ae"] + 1,)
    assert plan.pages["EX", "EXTRT"] == (first["ld"], first["inf"])
    assert plan.pages["DM", "DTHDTC"] == (first["dth"],)
    assert plan.pages["TR", "TRORRES"] == tuple(sorted(first[name] for name in ("tl", "nt", "nl", "og", "rs")))
    assert ("TR", "TRTESTCD") not in plan.pages, "assigned"
    assert ("AE", "AESTDY") not in plan.pages, "derived"


def test_pages_of_values_are_those_of_their_test(plan: CrfPlan) -> None:
    first = {form.name: form.page for form in plan.forms}
    assert plan.value_pages["TR", "TRORRES", "LDIAM"] == (first["tl"], first["nl"])
    assert plan.value_pages["TR", "TRDTC", "FDP5PS"] == (first["og"],)
    assert plan.value_pages["RS", "RSSTRESC", "ECOG101"] == (first["ps"],)
    assert plan.value_pages["RS", "RSSTRESC", "OVRLRESP"] == (first["rs"],)
    assert plan.value_pages["VS", "VSREASND", "VSALL"] == (first["vs"],)
    assert ("VS", "VSREASND", "TEMP") not in plan.value_pages
    assert not [key for key in plan.value_pages if key[0] == "LB"], "the data decide on the test"


def test_visits_name_the_forms_expected_there(plan: CrfPlan) -> None:
    visits = {visit.title: [form.name for form in visit.forms] for visit in plan.visits}
    assert list(visits)[:3] == ["SCREENING", "LEUKAPHERESIS", "LYMPHODEPLETION"]
    assert list(visits)[-4:] == ["Unscheduled visit", "Running logs", "End of treatment", "End of study"]
    assert visits["LEUKAPHERESIS"] == ["vd", "lk", "vs"]
    assert visits["MONTH 9"] == ["vd", "ps", "rs", "vs", "tl", "nt", "nl", "og"]
    assert visits["MONTH 24"] == ["vd", "ps", "rs", "vs", "lb", "tl", "nt", "nl", "og"]
    assert visits["Running logs"] == ["ae", "cm", "pr", "fx", "ss", "dv", "gc"]


def test_events_and_choices_may_come_from_the_export() -> None:
    study = load_study(TINY)
    assert planned(study).visits == ()
    metadata = FormMetadata({"vs": ("W4", "X1")}, {"X1": "Extra"}, {("ae", "AESER"): ("Oui", "Non")})
    found = planned(study, metadata)
    assert [(visit.title, [form.name for form in visit.forms]) for visit in found.visits] == [
        ("WEEK 4", ["vs"]),
        ("Extra", ["vs"]),
    ]
    texts = [line for page in found.layout for one in page.of(Text) for line in one.lines]  # type: ignore[attr-defined]
    assert {"Oui", "Non"} <= set(texts)


def test_events_of_one_visit_are_one_bookmark() -> None:
    study = load_study(TINY)
    week = study.design.visits.planned[2].model_copy(update={"events": ("W4", "W4_AGAIN")})
    visits = study.design.visits.model_copy(update={"planned": (*study.design.visits.planned[:2], week)})
    study = replace(study, design=study.design.model_copy(update={"visits": visits}))
    found = planned(study, FormMetadata({"vs": ("W4",), "vd": ("W4_AGAIN", "W4")}))
    assert [(visit.title, [form.name for form in visit.forms]) for visit in found.visits] == [("WEEK 4", ["vd", "vs"])]


def test_the_paper_is_the_agency_s(cart: Study, plan: CrfPlan) -> None:
    assert (plan.width, plan.height) == (612, 792)
    chinese = replace(cart, design=cart.design.model_copy(update={"submission": Submission(agency="nmpa")}))
    assert (planned(chinese).width, planned(chinese).height) == (595.28, 841.89)


# What is missing


def test_nothing_is_missing_in_cart1922(cart: Study, plan: CrfPlan) -> None:
    assert check_acrf(cart, plan).empty


def test_a_collected_variable_without_an_item_is_found(cart: Study) -> None:
    spec = cart.sdtm["AE"]
    variables = tuple(
        replace(one, origin=Origin(type="Collected")) if one.name == "AESTDY" else one for one in spec.variables
    )
    study = replace(cart, sdtm={**cart.sdtm, "AE": replace(spec, variables=variables)})
    found = check_acrf(study, planned(study))
    assert found[["rule", "severity", "dataset", "variable"]].to_numpy().tolist() == [
        ["ACRF.NO_PAGE", "warning", "AE", "AESTDY"]
    ]


def test_what_a_vendor_collected_needs_no_page(cart: Study) -> None:
    spec = cart.sdtm["AE"]
    vendor = Origin(type="Collected", source="Vendor")
    variables = tuple(replace(one, origin=vendor) if one.name == "AESTDY" else one for one in spec.variables)
    study = replace(cart, sdtm={**cart.sdtm, "AE": replace(spec, variables=variables)})
    assert check_acrf(study, planned(study)).empty


def test_an_item_in_no_dataset_is_told_and_drawn(cart: Study) -> None:
    ae = cart.raw.forms["ae"]
    form = ae.model_copy(update={"columns": {"AEINIT": Column(label="Initials"), **ae.columns}})
    study = replace(cart, raw=cart.raw.model_copy(update={"forms": {**cart.raw.forms, "ae": form}}))
    plan = planned(study)
    found = check_acrf(study, plan)
    assert found[["rule", "severity", "form", "page"]].to_numpy().tolist() == [
        ["ACRF.NOT_SUBMITTED", "note", "ae", "31"]
    ]
    assert "AEINIT" in found["message"].iloc[0]
    page = plan.layout[plan.places["form-ae"] - 1]
    assert ("[NOT SUBMITTED]",) in [one.lines for one in page.of(Note)]  # type: ignore[attr-defined]


# Places on the pages


@pytest.mark.parametrize("name", STUDIES, ids=["cart1922", "cdiscpilot01", "tiny01"])
def test_no_annotation_covers_anything(name: str | Path) -> None:
    for page in planned(load_study(name)).layout:
        if page.name.startswith(("form-", "legend")):
            notes = page.of(Note)
            shapes = [one for one in page.of(Shape) if one.height < 100 and one.height > 1]
            for note in notes:
                assert not [one for one in (*page.of(Text), *shapes) if note.overlaps(one)], page.name
            assert not [pair for pair in combinations(notes, 2) if pair[0].overlaps(pair[1])], page.name


@pytest.mark.parametrize("name", STUDIES, ids=["cart1922", "cdiscpilot01", "tiny01"])
def test_texts_do_not_cover_each_other(name: str | Path) -> None:
    for page in planned(load_study(name)).layout:
        texts = page.of(Text)
        assert not [pair for pair in combinations(texts, 2) if pair[0].overlaps(pair[1])], page.name


@pytest.mark.parametrize("name", STUDIES, ids=["cart1922", "cdiscpilot01", "tiny01"])
def test_everything_stays_within_the_margins(name: str | Path) -> None:
    plan = planned(load_study(name))
    for page in plan.layout:
        for one in page.elements:
            assert one.x >= MARGIN - 0.01, page.name
            assert one.right <= plan.width - MARGIN + 0.01, page.name
            assert one.bottom <= plan.height - BOTTOM + 0.01, page.name


def test_long_texts_and_many_visits_stay_within_the_margins() -> None:
    study = load_study(TINY)
    long = "A very long name of something that nobody would ever write on a form or give to a visit " * 3
    column = Column(label=long, choices=tuple(f"Choice {number}" for number in range(15)), page="9a")
    countries = Column(label="Country", choices=tuple(f"Country {number}" for number in range(200)))
    forms = {
        f"f{number}": study.raw.forms["ae"].model_copy(
            update={
                "label": long,
                "columns": {"AETERM": column, "LAND": countries, **{f"I{one}": column for one in range(9)}},
                "events": tuple(f"E{event}" for event in range(40)),
            }
        )
        for number in range(60)
    }
    raw = study.raw.model_copy(
        update={"forms": {**study.raw.forms, **forms}, "event_names": {f"E{event}": long for event in range(40)}}
    )
    plan = planned(replace(study, raw=raw))
    assert len({page.name for page in plan.layout}) == len(plan.layout)
    for page in plan.layout:
        assert all(one.right <= plan.width - MARGIN + 0.01 for one in page.elements), page.name
        assert all(one.bottom <= plan.height - BOTTOM + 0.01 for one in page.elements), page.name
        assert not [pair for pair in combinations(page.of(Text, Note), 2) if pair[0].overlaps(pair[1])], page.name


def test_annotations_are_large_enough_to_read(plan: CrfPlan) -> None:
    assert min(one.size for page in plan.layout for one in page.of(Note)) >= 8  # type: ignore[attr-defined]


def test_datasets_of_a_page_have_colours_of_their_own(plan: CrfPlan) -> None:
    page = plan.layout[plan.places["form-inf"] - 1]
    fills = {one.lines[0]: one.fill for one in page.of(Note)}  # type: ignore[attr-defined]
    assert fills["EC (Exposure as Collected)"] == fills["ECTRT"] == "#BFFFFF"
    assert fills["EX (Exposure)"] == fills["EXTRT"] == "#FFFF96"


def _sheet(columns: dict[str, Column], page: str = "9", items: dict[str, int] | None = None) -> FormSheet:
    """Return a form of AE with as many constants beside an item as `items` says."""
    notes = {
        name: tuple(
            Annotation(Item("f", name), "AE", f"AEV{number}", "constant", value="TEXT", when='"Yes"')
            for number in range(count)
        )
        for name, count in (items or {}).items()
    }
    annotations = FormAnnotations("f", (FormDataset("AE", "Adverse Events"),), (), notes)
    return FormSheet("f", Form(label="A form", page=page, columns=columns), (), annotations)


def _require_room(pages: list[Page]) -> None:
    """Require that everything is within the margins of a letter page, and no text in or over another."""
    for page in pages:
        for one in page.elements:
            assert one.x >= MARGIN, page.name
            assert one.right <= 612 - MARGIN, page.name
            assert one.bottom <= 792 - BOTTOM, page.name
        texts = page.of(Text, Note)
        assert not [pair for pair in combinations(texts, 2) if pair[0].overlaps(pair[1])], page.name
        for one in page.of(Text):
            assert max(text_width(line, one.size, one.bold) for line in one.lines) <= one.width + 0.01  # type: ignore[attr-defined]


def test_an_item_with_more_annotations_than_a_page_goes_on_on_the_next() -> None:
    columns = {"A": Column(label="First"), "B": Column(label="Second"), "C": Column(label="Third")}
    pages, places = form_pages(_sheet(columns, items={"A": 1, "B": 120, "C": 1}), 612, 792)
    _require_room(pages)
    said = [line for page in pages for note in page.of(Note) for line in note.lines]  # type: ignore[attr-defined]
    assert {f'AEV{number} = TEXT when "Yes"' for number in range(120)} <= set(said)
    assert [name for name in places if not name.startswith("_")] == ["A", "B", "C"]
    assert places["A"] <= places["B"] < places["C"]


def test_a_label_longer_than_a_page_goes_on_on_the_next() -> None:
    pages, _ = form_pages(_sheet({"A": Column(label="Did the patient " * 600)}), 612, 792)
    _require_room(pages)
    said = [line for page in pages for one in page.of(Text) for line in one.lines]  # type: ignore[attr-defined]
    assert " ".join(said).count("Did the patient") == 600


def test_a_long_page_of_the_crf_stays_in_its_place() -> None:
    booklet = "31, 32, 33, 34, 35 and 36 of the booklet"
    pages, _ = form_pages(_sheet({"A": Column(label="First", page=booklet)}, page=f"{booklet}, 2nd edition"), 612, 792)
    _require_room(pages)
    study = load_study(TINY)
    forms = {name: form.model_copy(update={"page": booklet}) for name, form in study.raw.forms.items()}
    plan = planned(replace(study, raw=study.raw.model_copy(update={"forms": forms})))
    contents = plan.layout[plan.places["contents"] - 1].of(Text)
    assert not [pair for pair in combinations(contents, 2) if pair[0].overlaps(pair[1])]


# Fields


@pytest.mark.parametrize(
    "column",
    [
        Column(
            label="Dose", type="float", unit="10^9 viable CAR-positive cells per kilogram of body weight at infusion"
        ),
        Column(label="Weight", type="float", unit="kilogram, in underwear"),
        Column(label="Start (YYYY-MM-DD hh:mm:ss)"),
        Column(label="Start (DD / MON / YYYY at hh : mm : ss)"),
        Column(label="Start", type="datetime"),
    ],
)
def test_a_field_stays_within_its_width(column: Column) -> None:
    elements, high = field_of(column, 0, 0, 142)
    for one in elements:
        assert one.width > 0
        assert (one.x >= 0, one.right <= 142, one.bottom <= high) == (True, True, True)
    assert not [pair for pair in combinations(elements, 2) if pair[0].overlaps(pair[1])]


@pytest.mark.parametrize(
    ("column", "label", "texts"),
    [
        (Column(label="Start date (DD-MON-YYYY)"), "Start date", ["DD", "-", "MON", "-", "YYYY"]),
        (Column(label="Start date (MM/DD/YYYY or YYYY)"), "Start date", ["MM", "/", "DD", "/", "YYYY"]),
        (Column(label="Time of sampling (24-hour hh:mm)", type="time"), "Time of sampling", ["hh", ":", "mm"]),
        (Column(label="Date", type="date"), "Date", ["YYYY", "-", "MM", "-", "DD"]),
        (Column(label="Number of the lesion (NT01)"), "Number of the lesion (NT01)", []),
        (Column(label="Score (0 to 10)", type="integer"), "Score (0 to 10)", []),
        (Column(label="Age", unit="years"), "Age", ["years"]),
        (Column(label="Serious", choices=("Yes", "No")), "Serious", ["Yes", "No"]),
        (Column(label="Serious", type="boolean"), "Serious", ["Yes", "No"]),
        (Column(label="Serious", codes={"1": "Yes", "0": "No"}), "Serious", ["Yes", "No"]),
    ],
)
def test_fields_follow_type_label_and_choices(column: Column, label: str, texts: list[str]) -> None:
    assert printed_label(column) == label
    elements, _ = field_of(column, 100, 100, 142)
    printed = sorted(line for one in elements if isinstance(one, Text) for line in one.lines)
    assert printed == sorted(texts)
    assert all(one.right <= 242 for one in elements)


# The file


def test_the_file_says_what_it_is(pdf: pypdf.PdfReader) -> None:
    assert pdf.metadata is not None
    assert pdf.metadata.title == "CART1922: Annotated Case Report Form"
    assert pdf.metadata.creation_date == CREATED
    assert pdf.pdf_header == "%PDF-1.7"
    assert pdf.trailer["/Root"]["/PageMode"] == "/UseOutlines"


def test_annotations_can_be_searched_on_their_page(pdf: pypdf.PdfReader, plan: CrfPlan) -> None:
    first = {form.name: form.page for form in plan.forms}
    assert "AETERM" in text_of(pdf, first["ae"])
    assert "AERELLD in SUPPAE" in text_of(pdf, first["ae"] + 1)
    assert "TRORRES when TRTESTCD = LDIAM" in text_of(pdf, first["tl"])
    assert "EXCAT = CAR-T INFUSION" in text_of(pdf, first["inf"])
    assert "CRF page 8" in text_of(pdf, first["inf"])
    assert f"Page {first['inf']} of {len(pdf.pages)}" in text_of(pdf, first["inf"])


def test_every_page_of_the_plan_shows_its_variables(pdf: pypdf.PdfReader, plan: CrfPlan) -> None:
    texts = {number: set(re.findall(r"\w+", text_of(pdf, number))) for number in range(1, len(pdf.pages) + 1)}
    missing = [(key, page) for key, pages in plan.pages.items() for page in pages if key[1] not in texts[page]]
    assert not missing


def bookmarks(pdf: pypdf.PdfReader) -> list[tuple[int, str, int]]:
    """Return level, title and page of every bookmark."""

    def walk(entries: list, level: int) -> list[tuple[int, str, int]]:
        found: list[tuple[int, str, int]] = []
        for entry in entries:
            if isinstance(entry, list):
                found += walk(entry, level + 1)
            else:
                found.append((level, str(entry.title), (pdf.get_destination_page_number(entry) or 0) + 1))
        return found

    return walk(pdf.outline, 0)


def test_bookmarks_lead_to_forms_by_visit_and_by_page(pdf: pypdf.PdfReader, plan: CrfPlan) -> None:
    found = bookmarks(pdf)
    first = {form.name: form.page for form in plan.forms}
    assert [title for level, title, _ in found if level == 0] == [
        "Title page",
        "Contents",
        "How to read the annotations",
        "Forms by visit",
        "All forms by page",
    ]
    start = found.index((1, "LEUKAPHERESIS", first["vd"]))
    assert found[start + 1 : start + 4] == [
        (2, "Visit date", first["vd"]),
        (2, "Leukapheresis", first["lk"]),
        (2, "Vital signs", first["vs"]),
    ]
    assert (1, "31: Adverse events", first["ae"]) in found


def test_contents_link_to_their_forms(pdf: pypdf.PdfReader, plan: CrfPlan) -> None:
    page = pdf.pages[plan.places["contents"] - 1]
    targets = [link.get_object()["/Dest"].get_object()[0] for link in page["/Annots"]]
    numbers = [pdf.get_page_number(target.get_object()) + 1 for target in targets]
    assert numbers == [form.page for form in plan.forms]


def test_fonts_are_embedded(pdf: pypdf.PdfReader) -> None:
    fonts = {name: font.get_object() for page in pdf.pages for name, font in page["/Resources"]["/Font"].items()}
    described = [font for font in fonts.values() if "/FontDescriptor" in font]
    used = {str(font["/BaseFont"]).split("+")[-1] for font in fonts.values()}
    assert used == {"DejaVuSans", "DejaVuSans-Bold"}
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in described)


def test_two_writes_are_equal(plan: CrfPlan, tmp_path: Path) -> None:
    first = write_acrf(plan, tmp_path / "a.pdf", created=CREATED).read_bytes()
    assert write_acrf(plan, tmp_path / "b.pdf", created=CREATED).read_bytes() == first


def test_chinese_labels_are_readable_text(tmp_path: Path) -> None:
    study = load_study(TINY)
    columns = {**study.raw.forms["dm"].columns, "SEX": Column(label="性别", choices=("男", "女"))}
    form = study.raw.forms["dm"].model_copy(update={"label": "人口学资料 Demographics", "columns": columns})
    study = replace(study, raw=study.raw.model_copy(update={"forms": {**study.raw.forms, "dm": form}}))
    plan = planned(study)
    pdf = pypdf.PdfReader(write_acrf(plan, tmp_path / "acrf.pdf", created=CREATED))
    text = text_of(pdf, plan.places["form-dm"])
    assert "人口学资料" in text
    assert "性别" in text
    assert "女" in text


def test_a_study_without_events_has_no_bookmarks_by_visit_and_says_so(tmp_path: Path) -> None:
    plan = planned(load_study(TINY))
    pdf = pypdf.PdfReader(write_acrf(plan, tmp_path / "acrf.pdf", created=CREATED))
    assert "Forms by visit" not in [title for _, title, _ in bookmarks(pdf)]
    assert "there are no bookmarks by visit" in text_of(pdf, 1)
