"""Numbers as a transport file holds them: IBM System/360 hexadecimal floating point, the highest byte first.

A number is a sign bit, a power of sixteen in excess of 64 in seven bits, and a fraction of 14 hexadecimal digits whose
first is not zero. The fraction has 53 to 56 significant bits and a double has 53, so every double within the range is
held exactly and none is rounded. Reference: SAS TS-140, "Record Layout of a SAS Version 5 or 6 Data Set in SAS
Transport (XPORT) Format".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: The bytes of a number that is not shortened.
LENGTH = 8
#: The smallest number above zero with a first digit that is not zero.
SMALLEST = 16.0**-65
#: The first number that is too large; the largest double below it is held.
BEYOND = 16.0**63
#: The missing value of SAS: a full stop and zeros.
_MISSING = np.uint64(ord(".") << 56)

_SIGN = np.uint64(1 << 63)
_FRACTION = np.uint64((1 << 52) - 1)
_LEADING = np.uint64(1 << 52)
_EXPONENT = np.uint64(0x7FF)


def to_ibm(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    """Return doubles as IBM numbers, to be written with the highest byte first; NaN is missing, zero has no sign.

    Numbers must be zero or lie between `SMALLEST` and `BEYOND`.

    >>> [f"{number:016X}" for number in to_ibm(np.array([1.0, -118.625, np.nan]))]
    ['4110000000000000', 'C276A00000000000', '2E00000000000000']
    """
    bits = np.ascontiguousarray(values, dtype="float64").view(np.uint64)
    # In units of 2**-1: a double is 0.1… × 2**(exponent - 1022), and 1022 + 2 is a multiple of four.
    exponent = (bits >> np.uint64(52)) & _EXPONENT
    exponent += np.uint64(1)
    shift = exponent & np.uint64(3)
    digits = bits & _FRACTION
    digits |= _LEADING
    digits <<= shift
    exponent >>= np.uint64(2)
    exponent -= np.uint64(191)
    exponent <<= np.uint64(56)
    digits |= exponent
    digits |= bits & _SIGN
    digits[values == 0] = 0
    digits[np.isnan(values)] = _MISSING
    return digits


def count_inexact(values: npt.NDArray[np.float64], length: int) -> int:
    """Return how many doubles change when only their first `length` bytes are kept, missing ones aside.

    This is how SAS shortens numbers in a dataset, to which a variable of a transport file comes back: up to 8,192 whole
    numbers are exact in 3 bytes. An IBM number keeps at least as many digits in as many bytes.
    """
    cut = np.uint64((1 << 8 * (LENGTH - length)) - 1)
    bits = np.ascontiguousarray(values, dtype="float64").view(np.uint64)
    return int(np.count_nonzero((bits & cut)[~np.isnan(values)]))
