"""The response by Lugano 2014 from lesions: facts in, responses out, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from adam.derive.lugano import derive_lugano
from specs.model.lugano import Lugano

NAMES = {-1: "", 0: "NE", 1: "PD", 3: "SD", 4: "PR", 5: "CR"}

LESIONS = """
    T01 target nodal
    T02 target nodal
    T03 target extranodal
    NT01 non_target nodal
    N01 new nodal
    N02 new extranodal
"""


def lesions_of(text: str) -> pd.DataFrame:
    """Return lesions: number, kind, nodal or extranodal, and the parents of those that have some."""
    rows = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame(
        {
            "CODE": 0,
            "LESION": pd.Series([row[0] for row in rows], dtype="str"),
            "KIND": [row[1] for row in rows],
            "NODAL": [row[2] == "nodal" for row in rows],
            "PARENTS": pd.Series([row[3] if len(row) > 3 else None for row in rows], dtype="str"),
        }
    )


def results_of(text: str) -> pd.DataFrame:
    """Return results, one timepoint a line: `T01 30x20; NT01 PRESENT; spleen 15; PET 4 DECREASED; marrow NORMAL`.

    `NE` as a size is a lesion not evaluable, `PET NE` a PET that could not be read.
    """
    rows: list[tuple[int, str | None, str, float, str | None]] = []
    for point, line in enumerate(text.strip().splitlines()):
        for part in filter(None, (one.strip() for one in line.split(";"))):
            what, *said = part.split()
            if what == "spleen":
                rows.append((point, "L01", "ORVERLN", float(said[0]), None))
            elif what == "marrow":
                rows.append((point, "L03", "BMUPTAKE", np.nan, " ".join(said)))
            elif what == "PET":
                rows.append((point, "L04", "FDP5PS", np.nan, None if said[0] == "NE" else said[0]))
                if len(said) > 1:
                    rows.append((point, "L04", "OTRCUPCB", np.nan, said[1]))
            elif said[0][0].isdigit() or said[0] == "NE":
                sizes = [np.nan, np.nan] if said[0] == "NE" else [float(size) for size in said[0].split("x")]
                rows += [(point, what, test, size, None) for test, size in zip(("LDIAM", "LPERP"), sizes, strict=True)]
                if what.startswith("N0"):
                    rows.append((point, what, "TUMSTATE", np.nan, "PRESENT"))
            else:
                rows.append((point, what, "TUMSTATE", np.nan, said[0]))
    frame = pd.DataFrame(rows, columns=["POINT", "LESION", "TEST", "NUMBER", "TEXT"])
    return frame.assign(CODE=0, TEXT=frame["TEXT"].astype("str"), LESION=frame["LESION"].astype("str"))


def derive(results: str, lesions: str = LESIONS, **settings: Any) -> pd.DataFrame:
    """Return the responses with their names in place of ranks."""
    read = derive_lugano(lesions_of(lesions), results_of(results), Lugano.model_validate(settings))
    return read.assign(**{name: read[name].map(NAMES) for name in ("CT", "PET", "RESPONSE")})


NODES = "T01 target nodal\nT02 target nodal"
#: One node alone, 20 x 15 mm at baseline.
NODE = "T01 target nodal"


class TestCt:
    """CT alone: what a complete response on CT is worth is said elsewhere."""

    @pytest.mark.parametrize(
        ("size", "response", "why"),
        [
            ("15x12", "CR", "a node of 15 mm is normal"),
            ("16x8", "PR", "128 of 600 mm2; the node is not normal"),
            ("20x15", "PR", "300 is half of 600"),
            ("21x15", "SD", "315 is more than half of 600"),
            ("30x20", "SD", "unchanged"),
            ("39x23", "SD", "897 is 49.5 % more"),
            ("40x22", "SD", "880 is 46.7 % more"),
            ("40x23", "PD", "920 is 53 % more, 10 mm longer than 30"),
            ("38x24", "SD", "912 is 52 % more, but 8 mm and 4 mm are less than 10"),
            ("33x30", "PD", "990 is 65 % more, the perpendicular 10 mm longer"),
        ],
    )
    def test_a_node_of_30_by_20(self, size: str, response: str, why: str) -> None:
        read = derive(f"T01 30x20\nT01 {size}", NODE)
        assert read["CT"].tolist() == [response], why

    @pytest.mark.parametrize(
        ("size", "response", "why"),
        [
            ("25x16", "SD", "400 is 33 % more than 300"),
            ("25x18", "PD", "450 is 50 % more, 5 mm longer than 20"),
            ("24x19", "SD", "456 is 52 % more, but neither diameter by 5 mm"),
        ],
    )
    def test_up_to_20_mm_five_are_enough(self, size: str, response: str, why: str) -> None:
        assert derive(f"T01 20x15\nT01 {size}", NODE)["CT"].tolist() == [response], why

    @pytest.mark.parametrize(
        ("before", "after", "response", "why"),
        [
            ("15.9x10", "20.9x13", "PD", "5 mm longer: 271.7 is 70.9 % above 159"),
            ("15.9x10", "20.8x13", "SD", "4.9 mm longer"),
            ("10.8x10.1", "16.2x10.1", "PD", "163.62 is 50 % above 109.08"),
            ("10.8x10.1", "16.1x10.1", "SD", "162.61 is 49.1 % above 109.08"),
        ],
    )
    def test_limits_count_in_tenths_of_a_millimetre(self, before: str, after: str, response: str, why: str) -> None:
        assert derive(f"T01 {before}\nT01 {after}", NODE)["CT"].tolist() == [response], why

    @pytest.mark.parametrize(
        ("after", "settings", "response", "why"),
        [
            ("18.5x5.4", {"partial": 66.7}, "PR", "99.9 is 66.7 % less than 300"),
            ("18.5x5.5", {"partial": 66.7}, "SD", "101.75 is 66.1 % less than 300"),
            ("25.8x15.5", {"growth": {"product": 33.3}}, "PD", "399.9 is 33.3 % more than 300"),
            ("25.7x15.5", {"growth": {"product": 33.3}}, "SD", "398.35 is 32.8 % more than 300"),
        ],
    )
    def test_percentages_may_have_decimals(self, after: str, settings: dict[str, Any], response: str, why: str) -> None:
        assert derive(f"T01 20x15\nT01 {after}", NODE, **settings)["CT"].tolist() == [response], why

    def test_growth_counts_from_the_nadir_not_from_baseline(self) -> None:
        read = derive("T01 30x20\nT01 18x10\nT01 24x13", NODE)
        assert read["CT"].tolist() == ["PR", "PD"], "312 is 73 % above 180 and 6 mm longer than 18"
        assert read.loc[1, ["CRITERION", "LESION"]].tolist() == ["TARGET GROWTH", "T01"]

    def test_a_node_that_stays_normal_does_not_progress(self) -> None:
        assert derive("T01 30x20\nT01 8x6\nT01 14x12", NODE)["CT"].tolist() == ["CR", "CR"]

    def test_the_diameters_of_the_nadir_are_those_of_the_smallest_product(self) -> None:
        points = "T01 40x20\nT01 22x16\nT01 30x10\nT01 32x17"
        assert derive(points, NODE)["CT"].tolist() == ["PR", "PR", "SD"], "nadir 30x10: 2 mm and 7 mm, both below 10"
        other = derive(points, NODE, growth={"nadir": "smallest_diameters"})
        assert other["CT"].tolist() == ["PR", "PR", "PD"], "22 mm was the smallest longest diameter: 10 mm more"

    def test_extranodal_lesions_must_be_gone(self) -> None:
        read = derive("T03 25x20\nT03 5x5\nT03 0x0\nT03 9x8\nT03 12x10", "T03 target extranodal")
        assert read["CT"].tolist() == ["PR", "CR", "PR", "PD"], "9 mm is not above 10; 12 mm is, and 12 mm up from 0"

    def test_the_sum_decides_on_partial_response(self) -> None:
        read = derive("T01 30x20; T02 20x20\nT01 16x10; T02 20x17", NODES)
        assert read["CT"].tolist() == ["PR"], "160 + 340 = 500 of 1000"

    def test_a_target_not_evaluable_leaves_only_progression(self) -> None:
        read = derive("T01 30x20; T02 20x15\nT01 10x8; T02 NE\nT01 NE; T02 30x20", NODES)
        assert read["CT"].tolist() == ["NE", "PD"]
        assert read["LESION"].tolist() == ["T02", "T02"]

    def test_a_target_without_a_record_is_not_evaluable(self) -> None:
        assert derive("T01 30x20; T02 20x15\nT01 10x8", NODES)["CT"].tolist() == ["NE"]

    def test_non_target_lesions(self) -> None:
        lesions = "T01 target nodal\nNT01 non_target nodal"
        points = "T01 30x20; NT01 PRESENT\nT01 12x8; NT01 PRESENT\nT01 12x8; NT01 ABSENT\nT01 12x8; NT01 PRESENT"
        read = derive(points, lesions)
        assert read["CT"].tolist() == ["PR", "CR", "PD"]
        assert read["CRITERION"].tolist() == ["SUM OF PRODUCTS", "NO PET", "REGROWTH"]
        increased = derive("T01 30x20; NT01 PRESENT\nT01 12x8; NT01 INCREASED", lesions)
        assert increased[["CT", "LESION"]].to_numpy().tolist() == [["PD", "NT01"]]

    def test_a_non_target_lesion_that_was_not_assessed_keeps_complete_response_away(self) -> None:
        lesions = "T01 target nodal\nNT01 non_target nodal"
        assert derive("T01 30x20; NT01 PRESENT\nT01 12x8", lesions)["CT"].tolist() == ["PR"]
        assert derive("T01 30x20; NT01 PRESENT\nT01 12x8; NT01 NE", lesions)["CT"].tolist() == ["PR"]

    def test_without_known_lesions_ct_says_nothing(self) -> None:
        assert derive("T01 30x20\nT01 12x8", "L01 spleen nodal")["CT"].tolist() == ["NE"]

    def test_a_new_lesion_may_have_diameters_only(self) -> None:
        results = results_of("T01 30x20\nT01 12x8; N01 30x20")
        results = results[~((results["LESION"] == "N01") & (results["TEST"] == "TUMSTATE"))]
        read = derive_lugano(lesions_of("T01 target nodal\nN01 new nodal"), results, Lugano())
        assert read["CT"].tolist() == [1]

    def test_new_lesions(self) -> None:
        lesions = "T01 target nodal\nN01 new nodal\nN02 new extranodal"
        assert derive("T01 30x20\nT01 12x8; N01 16x10", lesions)["CT"].tolist() == ["PD"]
        assert derive("T01 30x20\nT01 12x8; N01 15x10", lesions)["CT"].tolist() == ["CR"], "a node must be above 15 mm"
        assert derive("T01 30x20\nT01 12x8; N02 8x6", lesions)["CT"].tolist() == ["PD"]
        assert derive("T01 30x20\nT01 12x8; N02 8x6", lesions, new_extranodal_above=10)["CT"].tolist() == ["CR"]
        assert derive("T01 30x20\nT01 12x8; N01 PRESENT", lesions)["CT"].tolist() == ["PD"], (
            "without a diameter it counts"
        )

    @pytest.mark.parametrize(
        ("lengths", "response", "why"),
        [
            ("15 13", "CR", "normal"),
            ("15 13.9", "PR", "0.9 is less than half of 2"),
            ("15 14", "SD", "1 of 2 cm is not more than half gone"),
            ("15 16", "SD", "1 cm is not more than half of 2"),
            ("15 16.1", "PD", "1.1 cm is more than half of 2"),
            ("12 13.9", "PR", "1.9 cm is less than 2; enlarged now, so no CR"),
            ("12 14", "PD", "2 cm"),
            ("13.2 13.3", "SD", "0.1 cm is half of 0.2, not more"),
            ("13.6 13.9", "SD", "0.3 cm is half of 0.6, not more"),
            ("13.6 14", "PD", "0.4 cm is more than half of 0.6"),
            ("13.4 13.2", "SD", "0.2 of 0.4 cm is not more than half gone"),
            ("14.4 13.7", "SD", "0.7 of 1.4 cm is not more than half gone"),
            ("14.4 13.6", "PR", "0.8 of 1.4 cm is more than half gone"),
        ],
    )
    def test_spleen(self, lengths: str, response: str, why: str) -> None:
        before, after = lengths.split()
        read = derive(f"T01 30x20; spleen {before}\nT01 12x8; spleen {after}", NODE)
        assert read["CT"].tolist() == [response], why

    def test_split_lesions_count_together(self) -> None:
        lesions = "T01 target nodal\nT01.1 target nodal T01\nT01.2 target nodal T01"
        read = derive("T01 40x30\nT01.1 20x15; T01.2 20x15\nT01.1 30x25; T01.2 20x15", lesions)
        assert read["CT"].tolist() == ["PR", "PD"], "600 of 1200; then 1050, 75 % above 600 and 10 mm longer than 20"

    def test_a_part_of_a_split_lesion_without_a_record_leaves_it_not_evaluable(self) -> None:
        lesions = "T01 target nodal\nT01.1 target nodal T01\nT01.2 target nodal T01"
        read = derive("T01 60x50\nT01.1 30x30; T01.2 40x40\nT01.1 30x30\nT01.1 30x30; T01.2 40x41", lesions)
        assert read["CT"].tolist() == ["SD", "NE", "SD"], "2500 of 3000; 900 of one part; 2540, 1.6 % above 2500"

    def test_a_lesion_without_a_record_before_it_merges_is_missed(self) -> None:
        lesions = "T01 target nodal\nT02 target nodal\nT01/T02 target nodal T01,T02"
        read = derive("T01 30x20; T02 20x20\nT01 22x10\nT01/T02 24x16", lesions)
        assert read["CT"].tolist() == ["NE", "PR"], "T02 is missing; 384 of 1000"

    def test_merged_lesions_count_together(self) -> None:
        lesions = "T01 target nodal\nT02 target nodal\nT01/T02 target nodal T01,T02"
        read = derive("T01 30x20; T02 20x20\nT01 22x10; T02 18x10\nT01/T02 24x16", lesions)
        assert read["CT"].tolist() == ["PR", "PR"], "400 of 1000, 384 of 1000"


class TestPet:
    @pytest.mark.parametrize(
        ("pet", "response"),
        [
            ("PET 1", "CR"),
            ("PET 3 DECREASED", "CR"),
            ("PET X", "CR"),
            ("PET 4 DECREASED", "PR"),
            ("PET 5 UNCHANGED", "SD"),
            ("PET 4 INCREASED", "PD"),
            ("PET 4", "NE"),
            ("PET NE", "NE"),
        ],
    )
    def test_score_and_change(self, pet: str, response: str) -> None:
        assert derive(f"T01 30x20; PET 5\n{pet}", NODE)["PET"].tolist() == [response]

    def test_a_new_focus_in_the_marrow_is_progression(self) -> None:
        read = derive("PET 5; marrow NORMAL\nPET 2; marrow FOCALLY INCREASED", NODE)
        assert read[["PET", "CRITERION"]].to_numpy().tolist() == [["PD", "MARROW"]]

    def test_a_focus_that_was_there_before_is_none(self) -> None:
        read = derive("PET 5; marrow FOCALLY INCREASED\nPET 4 DECREASED; marrow FOCALLY INCREASED", NODE)
        assert read["PET"].tolist() == ["PR"]


class TestCombination:
    @pytest.mark.parametrize(
        ("point", "response", "why"),
        [
            ("T01 16x8; PET 2", "CR", "a residual mass without uptake"),
            ("T01 45x30; PET 2", "CR", "PET decides, also against growth on CT"),
            ("T01 12x8; PET 4 INCREASED", "PD", "PET decides"),
            ("T01 20x15; PET NE", "PR", "PET not evaluable: CT decides"),
            ("T01 12x8; PET NE", "PR", "complete on CT alone is at most partial"),
            ("T01 12x8", "PR", "the same without PET"),
            ("T01 28x20", "SD", "CT decides"),
            ("PET 4 DECREASED", "PR", "PET alone"),
            ("T01 NE; PET 4 UNCHANGED", "SD", "PET decides"),
            ("T01 NE; PET NE", "NE", "nothing can be read"),
        ],
    )
    def test_table(self, point: str, response: str, why: str) -> None:
        assert derive(f"T01 30x20; PET 5\n{point}", NODE)["RESPONSE"].tolist() == [response], why

    def test_a_protocol_may_accept_complete_response_on_ct(self) -> None:
        read = derive("T01 30x20; PET 5\nT01 12x8", NODE, ct_complete_without_pet="CR")
        assert read["RESPONSE"].tolist() == ["CR"]


def test_baseline_is_no_response_and_subjects_do_not_mix() -> None:
    first, second = results_of("T01 30x20\nT01 12x8"), results_of("T01 20x15\nT01 30x20")
    second = second.assign(CODE=1, POINT=second["POINT"] + 2)
    lesions = pd.concat([lesions_of(NODE), lesions_of(NODE).assign(CODE=1)], ignore_index=True)
    read = derive_lugano(lesions, pd.concat([second, first], ignore_index=True), Lugano())
    assert read[["CODE", "POINT", "CT"]].to_numpy().tolist() == [[0, 1, 5], [1, 3, 1]]


def test_scores_must_not_mean_two_things() -> None:
    with pytest.raises(ValueError, match="scores 3 stand under"):
        Lugano.model_validate({"complete_scores": ["1", "2", "3"], "active_scores": ["3", "4", "5"]})
