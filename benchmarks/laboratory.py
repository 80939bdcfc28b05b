"""CPU time and memory of ADLB, grades included, on a large synthetic study.

    python benchmarks/laboratory.py [--subjects 10000] [--samples 8]

Prints rows, seconds of CPU (this process) and the highest memory. Start-up and making the input are not counted.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import pandas as pd

from adam.build import build_adam
from specs.load import load_study

#: Test, unit, lower and upper limit of the normal range.
TESTS = (
    ("HGB", "g/L", 130, 170),
    ("WBC", "10^9/L", 4, 10),
    ("NEUT", "10^9/L", 1.8, 7),
    ("LYM", "10^9/L", 1, 3.5),
    ("PLAT", "10^9/L", 150, 400),
    ("ALT", "U/L", 5, 40),
    ("AST", "U/L", 5, 40),
    ("BILI", "umol/L", 3, 20),
    ("CREAT", "umol/L", 50, 100),
    ("K", "mmol/L", 3.5, 5),
)
FIRST = np.datetime64("2024-01-01", "D")


def texts(values: list[str], places: np.ndarray) -> pd.Series:
    """Return text by place in a short list."""
    return pd.Series(pd.array(values, dtype="str").take(places))


def make_data(subjects: int, samples: int, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ADSL and LB: samples every ten days from ten days before the infusion, values around the range."""
    random = np.random.default_rng(seed)
    ids = [f"CART1922-{number:06d}" for number in range(subjects)]
    infused = FIRST + random.integers(0, 300, subjects).astype("timedelta64[D]")
    start = pd.Series(infused.astype("datetime64[s]"))
    adsl = pd.DataFrame({"STUDYID": "CART1922", "USUBJID": texts(ids, np.arange(subjects)), "TRTSDT": start})
    size = subjects * samples * len(TESTS)
    row = np.arange(size)
    subject, sample, test = row // (samples * len(TESTS)), row // len(TESTS) % samples, row % len(TESTS)
    low, high = (np.array([one[place] for one in TESTS], dtype="float64")[test] for place in (2, 3))
    days = infused[subject] + ((sample - 1) * 10).astype("timedelta64[D]")
    dates, places = np.unique(days, return_inverse=True)
    lb = pd.DataFrame(
        {
            "USUBJID": texts(ids, subject),
            "LBSEQ": (row % (samples * len(TESTS)) + 1).astype("float64"),
            "LBTESTCD": texts([one[0] for one in TESTS], test),
            "LBSTRESN": np.round(low + (high - low) * random.normal(0.3, 0.6, size).clip(-0.5), 2),
            "LBSTRESU": texts([one[1] for one in TESTS], test),
            "LBSTNRLO": low,
            "LBSTNRHI": high,
            "LBSPEC": texts(["BLOOD"], row * 0),
            "LBDTC": texts(dates.astype(str).tolist(), places),
        }
    )
    return adsl, lb.assign(LBSTRESC=lb["LBSTRESN"].astype("str"))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=8)
    given = parser.parse_args()
    study = load_study("cart1922")
    adsl, lb = make_data(given.subjects, given.samples)
    before = time.process_time()
    adlb, _ = build_adam(study.adam["ADLB"], study, sdtm={"LB": lb}, adam={"ADSL": adsl})
    spent = time.process_time() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"ADLB {len(adlb):>10,} rows {spent:6.2f} s of CPU {memory:5.2f} GB")


if __name__ == "__main__":
    main()
