"""CPU time and memory of ADSL, ADRS and ADTTE on a large synthetic study.

    python benchmarks/adam_endpoints.py [--subjects 61200] [--assessments 19]

Prints one line a dataset: rows, seconds of CPU (this process), and the highest memory so far. Start-up and making the
input are not counted. The figures of docs/performance.md are from here.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from adam.build import build_adam
from flows.memory import give_back_memory
from specs.load import load_study

DAY_ONE = np.datetime64("2020-01-01", "D")


def texts(values: list[str | None], places: np.ndarray) -> pd.Series:
    """Return text by place in a short list."""
    return pd.Series(pd.array(values, dtype="str").take(places))


def iso(days: np.ndarray) -> pd.Series:
    """Return days since `DAY_ONE` as ISO 8601 text, as an SDTM dataset holds them."""
    distinct, places = np.unique(days, return_inverse=True)
    return texts((DAY_ONE + distinct.astype("timedelta64[D]")).astype(str).tolist(), places)


def make_sdtm(subjects: int, assessments: int, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Return DM, EX, RS, CM, PR and DS of a study that looks like life only as far as the time needs it."""
    random = np.random.default_rng(seed)
    ids = [f"CART1922-{number:06d}" for number in range(subjects)]
    everyone = np.arange(subjects)
    infused = random.integers(0, 1000, subjects)
    died = random.random(subjects) < 0.3
    usubjid = texts(list(ids), everyone)
    death = iso(infused + random.integers(30, 900, subjects)).where(died)
    dm = pd.DataFrame(
        {
            "STUDYID": texts(["CART1922"], everyone * 0),
            "USUBJID": usubjid,
            "SUBJID": usubjid.str.slice(9),
            "SITEID": texts([f"{site:03d}" for site in range(100)], everyone % 100),
            "AGE": random.integers(18, 85, subjects).astype("float64"),
            "AGEU": texts(["YEARS"], everyone * 0),
            "SEX": texts(["F", "M"], everyone % 2),
            "RACE": texts(["ASIAN"], everyone * 0),
            "ARM": texts(["CD19 CAR-T then CD22 CAR-T"], everyone * 0),
            "ARMCD": texts(["CAR1922"], everyone * 0),
            "DTHDTC": death,
            "DTHFL": texts(["Y", None], np.where(died, 0, 1)),
        }
    )
    ex = pd.DataFrame(
        {
            "USUBJID": usubjid,
            "EXTRT": texts(["CD19 CAR-T CELLS"], everyone * 0),
            "EXCAT": texts(["CAR-T INFUSION"], everyone * 0),
            "EXSTDTC": iso(infused),
            "EXENDTC": iso(infused),
        }
    )
    owner = np.repeat(everyone, assessments)
    number = np.tile(np.arange(assessments), subjects)
    rs = pd.DataFrame(
        {
            "USUBJID": texts(list(ids), owner),
            "RSSEQ": (number + 1).astype("float64"),
            "RSTESTCD": texts(["OVRLRESP"], owner * 0),
            "RSCAT": texts(["LUGANO CLASSIFICATION"], owner * 0),
            "RSEVAL": texts(["INVESTIGATOR"], owner * 0),
            "RSSTRESC": texts(
                ["CR", "PR", "SD", "PD", "NE"], random.choice(5, len(owner), p=[0.3, 0.25, 0.3, 0.05, 0.1])
            ),
            "VISITNUM": (number + 5).astype("float64"),
            "VISIT": texts([f"VISIT {one}" for one in range(assessments)], number),
            "RSDTC": iso(infused[owner] - 14 + number * 42 + random.integers(-7, 8, len(owner))),
        }
    )
    treated = np.flatnonzero(random.random(subjects) < 0.25)
    cm = pd.DataFrame(
        {
            "USUBJID": texts(list(ids), treated),
            "CMCAT": texts(["NEW ANTI-CANCER THERAPY"], treated * 0),
            "CMSTDTC": iso(infused[treated] + random.integers(60, 700, len(treated))),
        }
    )
    grafted = np.flatnonzero(random.random(subjects) < 0.05)
    pr = pd.DataFrame(
        {
            "USUBJID": texts(list(ids), grafted),
            "PRCAT": texts(["STEM CELL TRANSPLANT"], grafted * 0),
            "PRTRT": texts(["ALLOGENEIC TRANSPLANT"], grafted * 0),
            "PRSTDTC": iso(infused[grafted] + random.integers(60, 400, len(grafted))),
        }
    )
    left = np.flatnonzero(random.random(subjects) < 0.1)
    ds = pd.DataFrame(
        {
            "USUBJID": texts(list(ids), left),
            "DSCAT": texts(["DISPOSITION EVENT"], left * 0),
            "DSSCAT": texts(["STUDY PARTICIPATION"], left * 0),
            "DSDECOD": texts(["WITHDRAWAL BY SUBJECT"], left * 0),
            "DSSTDTC": iso(infused[left] + random.integers(30, 700, len(left))),
        }
    )
    return {"DM": dm, "EX": ex, "RS": rs, "CM": cm, "PR": pr, "DS": ds}


def measured(name: str, build: Callable[[], tuple[pd.DataFrame, pd.DataFrame]]) -> pd.DataFrame:
    """Return what is built, and print what it took."""
    started = time.process_time()
    frame = build()[0]
    seconds = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:6} {len(frame):>9,} rows  {seconds:6.2f} s CPU  {memory:7,.0f} MB at most")
    return frame


def main() -> None:
    """Make the study and build its analysis datasets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=61_200)
    parser.add_argument("--assessments", type=int, default=19)
    asked = parser.parse_args()
    give_back_memory()  # as a run does
    study = load_study("cart1922")
    sdtm = make_sdtm(asked.subjects, asked.assessments)
    print(f"{asked.subjects:,} subjects, {len(sdtm['RS']):,} rows of RS")
    built: dict[str, pd.DataFrame] = {}
    names = ("ADSL", "ADRS", "ADTTE")
    for place, name in enumerate(names):
        build = partial(build_adam, study.adam[name], study, sdtm=sdtm, adam=dict(built))
        built[name] = measured(name, build)
        del build
        later = {one for other in names[place + 1 :] for one in study.adam[other].inputs}
        sdtm = {one: frame for one, frame in sdtm.items() if one in later}  # as in a run, which loads what is read


if __name__ == "__main__":
    main()
