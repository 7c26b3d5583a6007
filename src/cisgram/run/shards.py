"""Work on many items cut into parts at the borders of batches, done in several processes and put together in order.

A result does not depend on how many processes there are: the parts are the same, so every batch is, and they are put
together in their order by one process. While several processes work, the parts that are done lie in a folder, each
complete or not there; a call that was stopped takes them up. The last thing that is done is to take them away.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np

from cisgram.errors import ConfigError
from cisgram.io.files import atomic_path
from cisgram.run.processes import in_processes

PartArrays: TypeAlias = Mapping[str, np.ndarray]
"""Arrays of one part by name; no objects."""
PartWork: TypeAlias = Callable[[range], PartArrays]
"""Gives the arrays of some items, which follow each other."""

_PARTS = 64
"""About how many parts there are: enough for the processes of one machine to end at about the same time."""


@dataclass(frozen=True)
class Sharing:
    """How work is shared out.

    Raises
    ------
    ConfigError
        Where a number is less than 1.
    """

    folder: Path
    """Where parts of other processes lie until all are there; it belongs to this work alone."""
    processes: int = 1
    """How many work at the same time."""
    border: int = 64
    """Items that go through the model together: parts begin at multiples of this."""
    largest: int = 1024
    """Items of a part at most, in whole batches; one batch, if that is more."""

    def __post_init__(self) -> None:
        if min(self.processes, self.border, self.largest) < 1:
            raise ConfigError(
                f"processes, border and largest must be at least 1; got {self.processes}, {self.border}, {self.largest}"
            )


def parts_of(n_items: int, *, border: int, largest: int) -> list[range]:
    """Cut items into parts of whole batches, about 64 of them unless they become too large.

    Parameters
    ----------
    n_items
        How many there are.
    border, largest
        As in :class:`Sharing`.

    Examples
    --------
    >>> parts_of(10, border=4, largest=4)
    [range(0, 4), range(4, 8), range(8, 10)]
    >>> len(parts_of(100_000, border=64, largest=10_000))
    63
    """
    n_batches = -(-n_items // border)
    step = border * max(1, min(-(-n_batches // _PARTS), largest // border))
    return [range(start, min(start + step, n_items)) for start in range(0, n_items, step)]


def iterate_parts(
    open_work: Callable[[], PartWork],
    n_items: int,
    sharing: Sharing,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[PartArrays]:
    """Work on items part by part, in one process or several, and hand on their arrays in order.

    Memory: the arrays of one part in every process. Disk: all arrays, while several processes work.

    Parameters
    ----------
    open_work
        As in :func:`cisgram.run.processes.in_processes`; works on a range of items.
    n_items
        How many there are.
    sharing
        Processes and borders.
    progress
        Called with the number of items done and to do.

    Raises
    ------
    LostProcessError
        Where a process is ended from outside; parts that are done are kept for the next call.
    OutputError
        Where a part cannot be written.
    """
    parts = parts_of(n_items, border=sharing.border, largest=sharing.largest)
    is_shared = sharing.processes > 1 and len(parts) > 1
    found = _shared(open_work, parts, sharing) if is_shared else _alone(open_work, parts)
    for part, arrays in zip(parts, found, strict=True):
        yield arrays
        if progress is not None:
            progress(part.stop, n_items)
    shutil.rmtree(sharing.folder, ignore_errors=True)
    with suppress(OSError):  # where work of others lies beside it
        sharing.folder.parent.rmdir()


def _alone(open_work: Callable[[], PartWork], parts: list[range]) -> Iterator[PartArrays]:
    """In this process."""
    return in_processes(open_work, parts, processes=1, what="")


def _shared(open_work: Callable[[], PartWork], parts: list[range], sharing: Sharing) -> Iterator[PartArrays]:
    """In other processes; what an earlier call left is not done again."""
    sharing.folder.mkdir(parents=True, exist_ok=True)
    for left in sharing.folder.glob(".partial-*"):  # of a process that was killed while it wrote
        left.unlink()
    missing = {part: None for part in parts if _read(_path(sharing.folder, part)) is None}
    opened = partial(_open_writing, open_work, sharing.folder)
    done = in_processes(opened, list(missing), processes=sharing.processes, what=sharing.folder.name)
    for part in parts:
        path = _path(sharing.folder, part)
        if part in missing:
            next(done)
        arrays = _read(path)
        if arrays is None:  # it was there a moment ago
            raise ConfigError(f"{path} was changed or taken away while the work went on; make the same call again")
        yield arrays
    for _ in done:  # nothing is left, but its end closes the processes
        raise AssertionError("more results than parts")


def _open_writing(open_work: Callable[[], PartWork], folder: Path) -> Callable[[range], None]:
    """The same work, whose arrays go into a file."""
    work = open_work()

    def write(part: range) -> None:
        arrays: dict[str, Any] = {**work(part)}
        with atomic_path(_path(folder, part)) as path, path.open("wb") as file:
            np.savez(file, **arrays)

    return write


def _path(folder: Path, part: range) -> Path:
    """Where a part lies; called after what it holds, so that parts of another cut are not taken for it."""
    return folder / f"{part.start:012d}-{part.stop:012d}.npz"


def _read(path: Path) -> PartArrays | None:
    """The arrays of a part, if they are there and whole: the file has a checksum of each."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, NotImplementedError):
        path.unlink()
        return None
