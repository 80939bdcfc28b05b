"""Transport files as other programs read them: pyreadstat, polars-readstat, nbase-converter, R's foreign and haven.

These five have three origins: foreign and nbase-converter have code of their own, the others share ReadStat's or follow
it. Readers differ where the last rows look like padding, so each case names those that are known to lose rows.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbase_converter
import numpy as np
import pandas as pd
import polars_readstat
import pyreadstat
import pytest

from specs.model.dataset import DatasetSpec, VariableSpec
from submission import xpt

CREATED = datetime(2026, 1, 31)
RANDOM = np.random.default_rng(20260131)


@dataclass(frozen=True)
class Case:
    """A frame; the lengths it is written with; the readers that cannot be asked, and why."""

    frame: pd.DataFrame
    lengths: dict[str, int]
    not_by: tuple[str, ...] = ()
    encoding: str = "ascii"


def text(*values):
    return pd.Series(values, dtype="str")


def words(rows, most, letters="abcdefghij XYZ 0123456789 ~!\"'\\,\t", blank=0.2):
    """Return texts of up to `most` letters that do not end in a blank, some missing."""
    drawn = RANDOM.choice(list(letters), size=(rows, most))
    lengths = RANDOM.integers(0, most + 1, rows)
    made = pd.Series(["".join(row[:size]).rstrip(" ") for row, size in zip(drawn, lengths)], dtype="str")
    return made.mask((RANDOM.random(rows) < blank) | (made == ""))


def numbers(rows):
    """Return numbers of all sizes that the format holds, some missing, none of them zero."""
    drawn = RANDOM.normal(size=rows) * 10.0 ** RANDOM.integers(-75, 74, rows)
    return pd.Series(np.where(RANDOM.random(rows) < 0.1, np.nan, drawn))


LIMITS = [
    np.nextafter(16.0**63, 0), -np.nextafter(16.0**63, 0), 16.0**-65, -(16.0**-65), np.nextafter(16.0**-65, 1),
    9.05e74, 1e75, 2.0**53 - 1, 2.0**53, 0.1, 1 / 3, -118.625, np.nextafter(1, 0), np.nextafter(1, 2), 1.0, 15.0, 16.0,
    17.0, 255.0, 256.0, np.nan, 2.2250738585072014e-308 * 2.0**900,
]  # fmt: skip
WIDE = {f"N{number}": numbers(3).fillna(1.5) for number in range(1_500)}
WIDE |= {f"C{number}": words(3, 4) for number in range(1_500)}

CASES = {
    "limits": Case(pd.DataFrame({"N": LIMITS}), {}),
    "zeros": Case(pd.DataFrame({"N": [0.0, -0.0, 1.0, 0.0]}), {}, ("nbase-converter",)),  # loses zeros at the end
    "shortened": Case(
        pd.DataFrame({f"N{size}": [1.0, np.nan, -0.5, 8192.0, 3.0] for size in range(3, 9)}),
        {f"N{size}": size for size in range(3, 9)},
    ),
    "one": Case(pd.DataFrame({"A": text("a", None, "b")}), {}),
    "longest": Case(pd.DataFrame({"A": text("x" * 200, " lead", None, "y"), "B": text("z", None, "q", "r")}), {}),
    "allotted": Case(pd.DataFrame({"A": text("x", None, "yy"), "N": [1.0, 2.0, np.nan]}), {"A": 33}),
    "record": Case(pd.DataFrame({"A": text("x" * 80, "y", "z" * 80)}), {}),
    "last": Case(pd.DataFrame({"A": text("x", None), "N": [1.0, np.nan]}), {}),
    "none": Case(pd.DataFrame({"A": text(), "N": pd.Series(dtype="float64")}), {}),
    "wide": Case(pd.DataFrame(WIDE), {}),
    "chinese": Case(pd.DataFrame({"A": text("受试者", None, "é", "🧬", "x")}), {}, ("foreign",), "utf-8"),
}  # fmt: skip
CASES |= {
    f"random{number}": Case(
        pd.DataFrame(
            {
                **{f"C{index}": words(rows, int(most)) for index, most in enumerate(RANDOM.integers(1, 201, 4))},
                **{f"N{index}": numbers(rows) for index in range(4)},
            }
        ),
        {},
    )
    for number, rows in enumerate(RANDOM.integers(1, 60, 12))
}


def spec_of(frame):
    def variable(name):
        kind = "Num" if frame[name].dtype.kind == "f" else "Char"
        return VariableSpec(name, f"Label of {name}", kind, None, None, None, None, None, None, None, None)

    return DatasetSpec("XX", "All kinds", "FINDINGS", "", (), "", tuple(map(variable, frame)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of all cases as files, written once."""
    made = tmp_path_factory.mktemp("xpt")
    for name, case in CASES.items():
        spec = spec_of(case.frame)
        xpt.write(case.frame, spec, made / f"{name}.xpt", created=CREATED, lengths=case.lengths, encoding=case.encoding)
        if name != "wide":
            xpt.compare(case.frame, spec, made / f"{name}.xpt", lengths=case.lengths, encoding=case.encoding)
    return made


def require_equal(read, expected):
    """Require the same cells, bit by bit; a blank text is missing, and zero has no sign."""
    assert list(read.columns) == list(expected.columns)
    assert len(read) == len(expected)
    for name in expected:
        if expected[name].dtype.kind == "f":
            found = read[name].to_numpy(dtype="float64", na_value=np.nan)
            assert np.array_equal(found, expected[name].to_numpy(), equal_nan=True), name
        else:
            found = [None if pd.isna(value) or value == "" else value for value in read[name].tolist()]
            assert found == [None if pd.isna(value) else value for value in expected[name].tolist()], name


def by_pyreadstat(path):
    return pyreadstat.read_xport(path)[0]


def by_polars_readstat(path):
    read = polars_readstat.read_readstat(str(path), preserve_order=True)
    return pd.DataFrame({name: read[name].to_list() for name in read.columns})


def by_nbase_converter(path):
    return nbase_converter.read_dataset(str(path)).data


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("reader", "read"),
    [
        ("pyreadstat", by_pyreadstat),
        ("polars-readstat", by_polars_readstat),
        ("nbase-converter", by_nbase_converter),
    ],
)
def test_packages_of_python_read_what_was_written(folder, reader, read, name):
    if reader not in CASES[name].not_by:
        require_equal(read(folder / f"{name}.xpt"), CASES[name].frame)


#: Each file becomes one of tab-separated cells: numbers in C's hexadecimal notation, text as bytes.
SCRIPT = r"""
arguments <- commandArgs(TRUE)
reader <- if (arguments[1] == "haven") haven::read_xpt else foreign::read.xport
cell <- function(x) if (is.na(x)) "" else paste(charToRaw(enc2utf8(x)), collapse = "")
for (path in arguments[-1]) {
  frame <- as.data.frame(reader(path))
  shown <- lapply(frame, function(column) {
    if (is.numeric(column)) ifelse(is.na(column), "", sprintf("%a", column))
    else vapply(as.character(column), cell, "")
  })
  out <- file(paste0(path, ".", arguments[1]), "w")
  writeLines(paste(names(frame), collapse = "\t"), out)
  if (nrow(frame)) writeLines(do.call(paste, c(unname(shown), sep = "\t")), out)
  close(out)
}
"""


def has_r(package):
    if shutil.which("Rscript") is None:
        return False
    asked = subprocess.run(["Rscript", "-e", f"library({package})"], check=False, capture_output=True, timeout=60)
    return asked.returncode == 0


@pytest.mark.parametrize("reader", ["haven", "foreign"])
def test_r_reads_what_was_written(folder, reader):
    if not has_r(reader):
        pytest.skip(f"R with the package {reader} is not installed (Debian: r-base-core, r-cran-{reader})")
    names = [name for name, case in CASES.items() if reader not in case.not_by]
    paths = [str(folder / f"{name}.xpt") for name in names]
    done = subprocess.run(
        ["Rscript", "-e", SCRIPT, reader, *paths], check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    for name, path in zip(names, paths):
        lines = Path(f"{path}.{reader}").read_text().splitlines()
        cells = pd.DataFrame([line.split("\t") for line in lines[1:]], columns=lines[0].split("\t"), dtype="str")
        expected = CASES[name].frame
        for column in cells:
            is_number = expected[column].dtype.kind == "f"
            cells[column] = [
                (float.fromhex(cell) if cell else np.nan) if is_number else bytes.fromhex(cell).decode()
                for cell in cells[column]
            ]
        require_equal(cells, expected)


def test_a_file_that_sas_wrote_is_written_again_byte_for_byte(tmp_path):
    """Only the name of the system differs, and the justification of $CHAR4., which SAS has as right."""
    source = Path(__file__).parent / "data" / "econ.xpt"
    file = xpt.read(source)
    assert file.frame["TEMP"].tolist() == [98.6, 95.4, 86.7, 93.4, 103.5, 56.7]
    variables = tuple(
        VariableSpec(name, file.labels[name], file.types[name], None, None, None, None, file.formats[name], *[None] * 3)
        for name in file.frame
    )
    spec = DatasetSpec(file.name, file.label, "", "", (), "", variables)
    xpt.write(file.frame, spec, tmp_path / "econ.xpt", created=file.created, lengths=file.lengths)
    xpt.compare(file.frame, spec, tmp_path / "econ.xpt", lengths=file.lengths)

    def comparable(path):
        whole = bytearray(path.read_bytes())
        whole[104:120] = whole[424:440] = bytes(16)  # the release and the operating system
        whole[849] = 0
        return bytes(whole)

    assert comparable(tmp_path / "econ.xpt") == comparable(source)
