"""Threads of our kernels: only where there is enough to do, and without a trace in other libraries."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numba
from threadpoolctl import threadpool_limits

_WORTH_IT = 200_000


@contextmanager
def threads_for(n_operations: int) -> Iterator[None]:
    """Let parallel kernels inside the block use all threads that numba may use, or one if there is little to do.

    For small work, waiting for each other costs more than a second thread saves. The number of threads of the caller
    comes back after the block.

    Parameters
    ----------
    n_operations
        About how many steps of an inner loop lie ahead.
    """
    _start()
    before = numba.get_num_threads()
    numba.set_num_threads(before if n_operations >= _WORTH_IT else 1)
    try:
        yield
    finally:
        numba.set_num_threads(before)


@cache
def _start() -> None:
    """Start numba's threads; in doing so it sets those of OpenMP, which torch may share: they are put back."""
    with threadpool_limits(limits=None):
        numba.set_num_threads(numba.get_num_threads())
