"""Memory that is given back to the system as soon as it is free, so that a run peaks lower."""

from __future__ import annotations

import ctypes

import pyarrow as pa

#: glibc's name of the size from which a block is one of its own, which goes back when it is free (mallopt(3)).
_M_MMAP_THRESHOLD = -3
_BLOCK = 4 * 2**20


def give_back_memory() -> None:
    """Let columns be blocks of their own, and Arrow take them from the system.

    Arrow's own pool keeps what it has freed. glibc raises the size from which it gives blocks back when large ones
    come and go, as columns do; here the size stays. Where the C library is another one, that part changes nothing.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    set_option(_M_MMAP_THRESHOLD, _BLOCK)
