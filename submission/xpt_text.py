"""Text as a transport file holds it: bytes of one encoding, without blanks at the end, padded to one length.

Columns are Arrow arrays all along. In another encoding than UTF-8 they still are Arrow strings, but of that encoding's
bytes; only their bytes are then looked at.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from specs.model.submission import Encoding

#: The longest text that a version 5 transport file holds, in bytes.
MOST_BYTES = 200
#: The longest label, in bytes.
MOST_LABEL_BYTES = 40
_BLANK = 32
_FIRST_BEYOND_ASCII = 128


class Refused(Exception):
    """A column cannot be written as it is; the text says what is wrong and what to do, in counts."""


def as_arrow(values: pd.Series) -> pa.Array:
    """Return a column as Arrow text without blanks at the end; missing values are empty.

    Raises:
        Refused: the column holds something else than text.
    """
    if not isinstance(values.dtype, pd.StringDtype):
        if not values.notna().any():
            return pa.array([""] * len(values), type=pa.large_string())
        kind = pd.api.types.infer_dtype(values, skipna=True)
        if kind not in ("string", "categorical"):
            raise Refused(f"the data hold {kind} values and the specification says Char. Correct one of them.")
        try:
            values = values.astype("str")
        except UnicodeEncodeError as error:
            raise Refused("values hold half a character (a lone surrogate), which is no text. Correct them.") from error
    texts = pa.array(values, type=pa.large_string(), from_pandas=True)
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    texts = _without_nulls(texts)
    offsets, data = buffers(texts)
    # An empty text looks at the text before it, and the first one at the last: at worst nothing is there to cut.
    ends = offsets[1:] - (offsets[0] + 1)
    return pc.ascii_rtrim(texts, characters=" ") if len(data) and (data[ends] == _BLANK).any() else texts


def _without_nulls(texts: pa.Array) -> pa.Array:
    """Return missing texts as empty ones; where they take up no bytes, which is usual, nothing is copied."""
    if not texts.null_count:
        return texts
    if np.diff(buffers(texts)[0])[pc.is_null(texts).to_numpy(zero_copy_only=False)].any():
        return pc.fill_null(texts, "")
    _, offsets, data = texts.buffers()
    return pa.LargeStringArray.from_buffers(len(texts), offsets, data, None, 0, texts.offset)


def buffers(texts: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return where each text begins, and where the last one ends, and the bytes from the first of these on."""
    _, offsets, data = texts.buffers()
    if offsets is None or not len(texts):
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    bounds = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    whole = np.frombuffer(data if data is not None else b"", dtype=np.uint8)
    return bounds, whole[bounds[0] : bounds[-1]]


def is_ascii(texts: pa.Array) -> bool:
    """Return whether no text holds a character that ASCII does not have."""
    data = buffers(texts)[1]
    return not len(data) or bool(data.max() < _FIRST_BEYOND_ASCII)


def beyond_ascii(texts: pa.Array) -> pa.Array:
    """Return which texts hold a character that ASCII does not have."""
    return pc.invert(pc.string_is_ascii(texts))


def count_nul(texts: pa.Array) -> int:
    """Return how many texts hold a NUL character, which ends a text on reading."""
    data = buffers(texts)[1]
    return 0 if not len(data) or data.min() else count(pc.match_substring(texts, "\0"))


def encode(texts: pa.Array, encoding: Encoding) -> pa.Array:
    """Return texts without NUL as the bytes of an encoding; ASCII is a part of each, so it is left alone."""
    if encoding != "gb18030" or is_ascii(texts):
        return texts
    offsets, data = buffers(texts)
    ended = np.insert(data, offsets[1:] - offsets[0], 0)
    coded = np.frombuffer(ended.tobytes().decode().encode(encoding), dtype=np.uint8)
    ends = np.flatnonzero(coded == 0) - np.arange(len(texts))
    return _strings(np.append(0, ends), coded[coded != 0])


def _strings(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8]) -> pa.Array:
    return pa.LargeStringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(np.ascontiguousarray(offsets, dtype=np.int64)), pa.py_buffer(data)
    )


def longest_of(texts: pa.Array) -> int:
    """Return the bytes of the longest text, 0 where there is none."""
    return int(np.diff(buffers(texts)[0]).max(initial=0))


def count_longer(texts: pa.Array, length: int) -> int:
    """Return how many texts have more bytes than `length`."""
    return int(np.count_nonzero(np.diff(buffers(texts)[0]) > length))


def pad(texts: pa.Array, length: int) -> npt.NDArray[np.uint8]:
    """Return texts of at most `length` bytes as rows of that many bytes, padded with blanks."""
    data = buffers(texts)[1]
    if len(data) < len(texts) * length:
        data = buffers(pc.ascii_rpad(texts, length))[1]
    return data.reshape(len(texts), length)


def count(flags: pa.Array) -> int:
    """Return how many flags are set."""
    return int(pc.sum(flags).as_py() or 0)
