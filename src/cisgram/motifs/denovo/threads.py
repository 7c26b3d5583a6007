"""Threads only where there is enough to do: for small work, waiting for each other costs more than it saves."""

from collections.abc import Iterator
from contextlib import contextmanager

import numba

_WORTH_IT = 200_000


@contextmanager
def threads_for(n_operations: int) -> Iterator[None]:
    """Let kernels inside the block use all threads that numba may use, or one if there is little to do."""
    before = numba.get_num_threads()
    numba.set_num_threads(before if n_operations >= _WORTH_IT else 1)
    try:
        yield
    finally:
        numba.set_num_threads(before)
