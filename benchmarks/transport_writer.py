"""Transport files by this package, pyreadstat, nbase-converter and R's haven: the same frame, in turn, in one run.

    python benchmarks/transport_writer.py [--rounds 5] [--large 5000000] [--stream 100000000 [--narrow]] [--folder /tmp]

Two frames: 200 thousand rows of 30 columns (18 of text with a fifth missing, 12 numbers), and laboratory results with
23 columns (17 of text, 6 numbers). Writers take turns in each round; the least time of a writer over the rounds counts,
which other work on the machine disturbs least. pyreadstat writes only a twentieth of the large frame, in one round, and
its time is multiplied. Time of the processor and by the clock are given; on a machine with other work the first is the
one to compare. haven reads the frame from our file first, which is not timed, and runs where R has it. "disk"
is the time of writing the same bytes from memory with fsync, which our writer does too and the others do not.

With --stream, record batches are written from a generator, and the highest memory of the process is printed; with
--narrow, they have six columns and some 60 bytes a row.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import nbase_converter
import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat

from specs.model.dataset import DatasetSpec, VariableSpec
from submission import xpt

CREATED = datetime(2026, 1, 31)
PYREADSTAT_PART = 20
ROWS_OF_A_BATCH = 200_000
#: The columns of a narrow stream, and the lengths of its text: 56 bytes a row.
NARROW = {"DOMAIN": 2, "USUBJID": 22, "LBSEQ": 8, "LBTESTCD": 6, "LBSTRESN": 8, "LBDTC": 10}
#: Reads the frame, then writes it at every line of input and says how many seconds of the processor and by the clock.
R_SCRIPT = r"""
paths <- commandArgs(TRUE)
frame <- haven::read_xpt(paths[1])
cat("ready\n")
input <- file("stdin", "r")
while (length(readLines(input, 1))) {
  took <- system.time(haven::write_xpt(frame, paths[2], version = 5, name = "LB"))
  cat(took[["user.self"]] + took[["sys.self"]], took[["elapsed"]], "\n")
}
"""


def texts(random: np.random.Generator, rows: int, terms: list[str], missing: float = 0.0) -> pd.Series:
    """Return text drawn from terms, some of it missing."""
    places = random.integers(0, len(terms), rows)
    places[random.random(rows) < missing] = -1
    return pd.Series(pd.array(terms, dtype="str").take(places, allow_fill=True))


def mixed(rows: int) -> pd.DataFrame:
    """Return 18 columns of text of few and many terms, a fifth missing, and 12 of numbers."""
    random = np.random.default_rng(1)
    columns: dict[str, pd.Series | np.ndarray] = {}
    for number in range(18):
        count, longest = ((3, 2), (40, 10), (500, 20), (5_000, 40))[number % 4]
        terms = [f"Term {one:05d}" + "x" * int(random.integers(0, longest)) for one in range(count)]
        columns[f"C{number}"] = texts(random, rows, terms, 0.2)
    for number in range(12):
        columns[f"N{number}"] = np.round(random.normal(size=rows) * 100, 2)
    return pd.DataFrame(columns)


def laboratory(rows: int, first: int = 0) -> pd.DataFrame:
    """Return results as LB has them, 800 of a subject."""
    random = np.random.default_rng(first + 2)
    row = first + np.arange(rows)
    tests = [(f"TEST{one:02d}", f"Name of laboratory test {one}", f"unit{one % 7}/L") for one in range(25)]
    place = row % len(tests)
    code, name, unit = (pd.array([test[part] for test in tests], dtype="str").take(place) for part in range(3))
    result = np.round(random.normal(50, 20, rows), 1)
    shown = texts(random, rows, [f"{value / 10:.1f}" for value in range(1_500)], 0.03)
    days = np.datetime64("2024-01-01") + (row % 700).astype("timedelta64[D]")
    dates, which = np.unique(days, return_inverse=True)
    subjects, whose = np.unique(row // 800, return_inverse=True)
    visits = [f"CYCLE {one} DAY 1" for one in range(1, 20)]
    return pd.DataFrame(
        {
            "STUDYID": texts(random, rows, ["STUDY-2026-001"]),
            "DOMAIN": texts(random, rows, ["LB"]),
            "USUBJID": pd.array([f"STUDY-2026-001-{one:07d}" for one in subjects], dtype="str").take(whose),
            "LBSEQ": (row % 800 + 1).astype("float64"),
            "LBTESTCD": code,
            "LBTEST": name,
            "LBCAT": texts(random, rows, ["CHEMISTRY", "HEMATOLOGY", "COAGULATION"]),
            "LBORRES": shown,
            "LBORRESU": unit,
            "LBORNRLO": texts(random, rows, ["3.5", "0", "10", "135"]),
            "LBORNRHI": texts(random, rows, ["5.1", "40", "120", "145"]),
            "LBSTRESC": shown,
            "LBSTRESN": result,
            "LBSTRESU": unit,
            "LBSTNRLO": np.round(random.normal(5, 1, rows), 1),
            "LBSTNRHI": np.round(random.normal(80, 5, rows), 1),
            "LBNRIND": texts(random, rows, ["NORMAL", "LOW", "HIGH"], 0.05),
            "LBBLFL": texts(random, rows, ["Y"], 0.95),
            "VISITNUM": (row % 19 + 1).astype("float64"),
            "VISIT": pd.array(visits, dtype="str").take(row % 19),
            "EPOCH": texts(random, rows, ["SCREENING", "TREATMENT", "FOLLOW-UP"]),
            "LBDTC": pd.array(dates.astype(str), dtype="str").take(which),
            "LBDY": (row % 700 - 10).astype("float64"),
        }
    )


def spec_of(frame: pd.DataFrame) -> DatasetSpec:
    """Return a specification with labels and nothing else."""

    def variable(name: str) -> VariableSpec:
        kind = "Num" if frame[name].dtype.kind == "f" else "Char"
        return VariableSpec(name, f"Label of {name}", kind, None, None, None, None, None, None, None, None)

    return DatasetSpec("LB", "Laboratory", "FINDINGS", "", (), "", tuple(variable(str(name)) for name in frame))


Took = tuple[float, float]


def seconds(action: Callable[[], object]) -> Took:
    """Return how long an action took, of the processor and by the clock."""
    worked, began = time.process_time(), time.perf_counter()
    action()
    return time.process_time() - worked, time.perf_counter() - began


def write_and_sync(content: bytes, path: Path) -> None:
    """Write bytes as they are, to the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


class Haven:
    """R with the frame in its memory, waiting; the seconds are those that R itself measures."""

    def __init__(self, source: Path, target: Path) -> None:
        self.process = subprocess.Popen(
            ["Rscript", "-e", R_SCRIPT, str(source), str(target)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._line()

    def write(self) -> Took:
        """Let R write once."""
        assert self.process.stdin is not None
        self.process.stdin.write("write\n")
        self.process.stdin.flush()
        worked, passed = self._line().split()
        return float(worked), float(passed)

    def close(self) -> None:
        """Let R end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


def compare(title: str, frame: pd.DataFrame, folder: Path, rounds: int, part: int) -> None:
    """Print the least time of each writer, its rate and how many times ours that is."""
    spec = spec_of(frame)
    ours, other = folder / "lb.xpt", folder / "other.xpt"
    labels = [one.label for one in spec.variables]
    beginning = frame.iloc[: len(frame) // part].reset_index(drop=True)
    metadata = {"dataset_label": spec.label, "columns": {one.name: {"label": one.label} for one in spec.variables}}
    xpt.write(frame, spec, ours, created=CREATED)
    content = ours.read_bytes()
    haven = Haven(ours, folder / "haven.xpt") if shutil.which("Rscript") else None
    times: dict[str, list[Took]] = {}

    def note(name: str, took: Took) -> None:
        times.setdefault(name, []).append(took)

    for number in range(rounds):
        note("this package", seconds(lambda: xpt.write(frame, spec, ours, created=CREATED)))
        note("disk", seconds(lambda: write_and_sync(content, other)))
        note("nbase-converter", seconds(lambda: nbase_write(frame, other, metadata)))
        if haven:
            note("haven", haven.write())
        if part == 1 or not number:
            took = seconds(
                lambda: pyreadstat.write_xport(
                    beginning,
                    other,
                    file_label=spec.label,
                    column_labels=labels,
                    table_name="LB",
                    file_format_version=5,
                )
            )
            share = len(frame) / len(beginning)
            note("pyreadstat", (took[0] * share, took[1] * share))
    if haven:
        haven.close()
    least = {name: [min(each) for each in zip(*taken)] for name, taken in times.items()}
    ours_least = least["this package"]
    print(f"{title}: {len(frame):,} rows, {frame.shape[1]} columns, {len(content) / 1e6:,.0f} MB, {rounds} rounds")
    for name, (worked, passed) in least.items():
        rate, times_ours, clock = len(frame) / worked, worked / ours_least[0], passed / ours_least[1]
        print(
            f"  {name:16} {worked:8.2f} s of CPU {rate:12,.0f} rows/s {times_ours:7.2f} x ours"
            f" | {passed:8.2f} s by the clock {clock:7.2f} x ours"
        )


def nbase_write(frame: pd.DataFrame, path: Path, metadata: dict[str, object]) -> None:
    """Write by nbase-converter."""
    nbase_converter.write_dataset(frame, path, target_format="xpt5", table_name="LB", metadata=metadata, overwrite=True)


def stream(rows: int, folder: Path, *, narrow: bool) -> None:
    """Print the rate of a stream of record batches, without the time of making them, and the highest memory."""
    columns = list(NARROW if narrow else laboratory(1))
    spec = spec_of(laboratory(1_000)[columns])
    lengths = {one.name: NARROW[one.name] if narrow else 30 for one in spec.variables if one.type == "Char"}
    making = [0.0, 0.0]

    def batches() -> Iterator[pa.RecordBatch]:
        for first in range(0, rows, ROWS_OF_A_BATCH):
            began = time.process_time(), time.perf_counter()
            batch = pa.RecordBatch.from_pandas(laboratory(min(ROWS_OF_A_BATCH, rows - first), first)[columns])
            making[0] += time.process_time() - began[0]
            making[1] += time.perf_counter() - began[1]
            yield batch

    worked, took = seconds(
        lambda: xpt.write_batches(batches(), spec, folder / "lb.xpt", created=CREATED, lengths=lengths)
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    size = (folder / "lb.xpt").stat().st_size / 1e9
    print(
        f"stream: {rows:,} rows of {len(columns)} columns, {size:.1f} GB, {rows / (worked - making[0]):,.0f} rows/s of "
        f"CPU, {rows / (took - making[1]):,.0f} rows/s by the clock, highest memory {memory:.2f} GB"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", type=int, default=5_000_000)
    parser.add_argument("--stream", type=int, default=0)
    parser.add_argument("--narrow", action="store_true")
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        if given.stream:
            stream(given.stream, folder, narrow=given.narrow)
            return
        compare("mixed", mixed(200_000), folder, given.rounds, 1)
        if given.large:
            compare("laboratory", laboratory(given.large), folder, min(given.rounds, 3), PYREADSTAT_PART)


if __name__ == "__main__":
    main()
