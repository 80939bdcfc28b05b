"""IBM floating point: published values, the limits, and decoding with exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from submission import ibm


def shown(*values):
    return [f"{number:016X}" for number in ibm.to_ibm(np.array(values, dtype="float64"))]


def exactly(number):
    """Return what a number of z/Architecture's hexadecimal floating point stands for."""
    sign, power, digits = number >> 63, (number >> 56) & 0x7F, number & (1 << 56) - 1
    return (-1) ** sign * Fraction(digits, 2**56) * Fraction(16) ** (power - 64)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (1.0, "4110000000000000"),  # 1, 2 and 3 with their negatives: SAS TS-140
        (-1.0, "C110000000000000"),
        (2.0, "4120000000000000"),
        (-2.0, "C120000000000000"),
        (3.0, "4130000000000000"),
        (-118.625, "C276A00000000000"),  # the example of Wikipedia's "IBM hexadecimal floating-point"
        (0.1, "401999999999999A"),  # 0x3FB999999999999A moved, nothing cut
        (98.6, "4262999999999998"),  # the first temperature in econ.xpt, as SAS 9.3 wrote it
        (0.0, "0000000000000000"),
        (-0.0, "0000000000000000"),
        (np.nan, "2E00000000000000"),
        (16.0**-65, "0010000000000000"),  # 5.397605346934028e-79, the smallest with a first digit
        (-(16.0**-65), "8010000000000000"),
        (np.nextafter(16.0**63, 0), "7FFFFFFFFFFFFFF8"),  # 53 bits set: the largest double below 7.237e75
        (2.0**53 + 2, "4E20000000000002"),
    ],
)
def test_published_values_and_limits(value, stored):
    assert shown(value) == [stored]


def test_no_double_within_the_range_is_rounded():
    random = np.random.default_rng(1)
    bits = random.integers(0, 2**52, 20_000, dtype=np.uint64) | (
        random.integers(1023 - 260, 1023 + 252, 20_000).astype(np.uint64) << np.uint64(52)
    )
    values = np.concatenate([bits.view("float64"), -bits.view("float64"), np.ldexp(1.0, np.arange(-260, 252))])
    for value, number in zip(values.tolist(), ibm.to_ibm(values).tolist()):
        assert exactly(number) == Fraction(value)
        assert number >> 52 & 0xF  # normalised: the first digit is not zero


def test_numbers_that_change_when_shortened_are_counted():
    """SAS 9.4 documentation, length of numeric variables: 8,192, 2,097,152 and 536,870,912 in 3, 4 and 5 bytes."""
    values = np.array([8192.0, 8193.0, 2097152.0, 2097153.0, 536870912.0, 536870913.0, 0.1, np.nan, 0.0, -0.5])
    assert [ibm.count_inexact(values, length) for length in (3, 4, 5, 7, 8)] == [4, 3, 2, 1, 0]
