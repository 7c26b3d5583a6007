"""Tasks in several processes: results in their order, errors and warnings as they are, nothing that outlives a kill."""

import logging
import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeAlias

import numba
import torch
from threadpoolctl import threadpool_limits

from cisgram.errors import ConfigError, LostProcessError

logger = logging.getLogger(__name__)

Work: TypeAlias = Callable[[Any], Any]
"""Does one task; what it is given and what it returns can be sent to another process."""

_HELD: dict[str, Any] = {}
"""What a process that was started by :func:`in_processes` works with; empty in the one that starts others."""


class _Done(NamedTuple):
    """What a process says of a task."""

    result: Any
    warnings: list[Warning]
    peak_bytes: int


def in_processes(open_work: Callable[[], Work], tasks: Sequence[Any], *, processes: int, what: str) -> Iterator[Any]:
    """Do tasks, in this process or in several at once, and hand on what they return in the order of the tasks.

    Every process opens for itself what it works with (a model, a genome), once. The threads that torch may use here are
    shared out, at least one for each process. A process is started anew, not copied from this one: a script that calls
    this with several processes must do so below ``if __name__ == "__main__"``. When this process ends, in whatever
    way, the others end too.

    Parameters
    ----------
    open_work
        Opens what is needed and returns the function that does one task; for several processes, a function at the top
        level of a module or a :func:`functools.partial` of one.
    tasks
        What is given to that function.
    processes
        How many work at the same time; 1: this one.
    what
        What is done, for the log.

    Yields
    ------
    object
        The result of each task.

    Raises
    ------
    ConfigError
        Where ``processes`` is less than 1.
    LostProcessError
        Where a process is ended from outside, most often for want of memory.
    Exception
        What the first task that fails raised. The tasks after it are given up.

    Warns
    -----
    Warning
        What tasks warned of, in their order.
    """
    if processes < 1:
        raise ConfigError(f"processes must be at least 1; got {processes}")
    if processes > 1 and len(tasks) > 1:
        yield from _in_others(open_work, tasks, min(processes, len(tasks)), what)
    elif tasks:
        yield from map(open_work(), tasks)


def _in_others(open_work: Callable[[], Work], tasks: Sequence[Any], processes: int, what: str) -> Iterator[Any]:
    """The same in other processes."""
    threads = max(1, torch.get_num_threads() // processes)
    spawn = get_context("spawn")
    # Nothing is ever sent through this pipe: when its one writing end closes, with this process or before, its readers
    # see that and end.
    ears, alive = spawn.Pipe(duplex=False)
    level = logging.getLogger("cisgram").getEffectiveLevel()
    executor = ProcessPoolExecutor(
        processes, mp_context=spawn, initializer=_begin, initargs=(pickle.dumps(open_work), threads, level, ears)
    )
    most = 0
    try:
        for future in [executor.submit(_do, task) for task in tasks]:
            done: _Done = future.result()
            for one in done.warnings:
                warnings.warn(one, stacklevel=2)
            most = max(most, done.peak_bytes)
            yield done.result
    except BaseException as error:
        alive.close()  # the others end at once, whatever they are at
        if isinstance(error, BrokenProcessPool):
            raise LostProcessError(
                f"{what}: one of {processes} processes was ended from outside, most often for want of memory; make the "
                "same call again, which keeps the parts that are done, with fewer --processes"
            ) from error
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        alive.close()
        ears.close()
    logger.info("%s: %d processes of %d threads, none above %.0f MB", what, processes, threads, most / 1e6)


def _begin(packed: bytes, threads: int, level: int, ears: Connection) -> None:
    """Make a new process ready; what it works with is opened with its first task, so that an error is one of that."""
    threading.Thread(target=_end_with, args=(ears,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the first one decides
    torch.set_num_threads(threads)
    numba.set_num_threads(min(threads, numba.get_num_threads()))
    _HELD["limits"] = threadpool_limits(limits=threads)
    # Progress is told by the process that started this one.
    logging.basicConfig(level=max(level, logging.WARNING), format="%(message)s")
    _HELD["packed"] = packed


def _end_with(ears: Connection) -> None:
    """End this process when the one that started it ends or says so."""
    with suppress(EOFError, OSError):
        ears.recv_bytes()
    os._exit(1)


def _do(task: Any) -> _Done:
    """Do a task in a process that was made for it."""
    with warnings.catch_warnings(record=True) as seen:
        if "work" not in _HELD:
            _HELD["work"] = pickle.loads(_HELD["packed"])()
        result = _HELD["work"](task)
    return _Done(result, [_sendable(one) for one in seen], _peak_bytes())


def _sendable(seen: warnings.WarningMessage) -> Warning:
    """A warning that another process can have."""
    return seen.message if isinstance(seen.message, Warning) else seen.category(seen.message)


def _peak_bytes() -> int:
    """The most memory that this process has had so far; 0 where the system does not say."""
    try:
        import resource  # not there on Windows
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
