"""Memory maps of genomes: made once per source file, found by its hash, and never trusted without checking theirs.

A folder ``genomes-1`` (the layout's version) holds two files per source file: ``<sha256>.npy``, one code per base, all
contigs end to end, and ``<sha256>.json``, which names the contigs and the hash that codes and contigs have together.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock, Timeout

from cisgram.arrays import SequenceCodes
from cisgram.errors import OutputError
from cisgram.io.files import atomic_path, write_json_atomic
from cisgram.io.npy import map_npy

_LOG = logging.getLogger(__name__)

_HEADER_BYTES = 128
_PATIENCE_SECONDS = 1800


class CachedGenome(NamedTuple):
    """What an entry of the cache holds."""

    sizes: Mapping[str, int]
    """Contig lengths in bp, in the order of the source file."""
    codes: SequenceCodes
    """All contigs end to end, memory-mapped, not writable."""
    n_ambiguous: int
    """How many letters were neither A, C, G, T nor N."""


def folder_for_genomes(cache_folder: Path | None = None) -> Path:
    """Where entries lie: in the folder given, else in ``$CISGRAM_CACHE``, else in ``~/.cache/cisgram``."""
    if cache_folder is None:
        named = os.environ.get("CISGRAM_CACHE")
        cache_folder = Path(named).expanduser() if named else Path.home() / ".cache" / "cisgram"
    return Path(cache_folder) / "genomes-1"


def load(folder: Path, source: str) -> CachedGenome | None:
    """Open the entry for a source file's hash, or nothing where there is none or it is damaged (said in the log)."""
    codes_path, layout_path = _paths(folder, source)
    if not (codes_path.exists() and layout_path.exists()):
        return None
    try:
        layout = json.loads(layout_path.read_text(encoding="utf-8"))
        codes = map_npy(codes_path)
        sizes = {str(name): int(size) for name, size in layout["contigs"]}
        n_ambiguous = int(layout["n_ambiguous"])
        digest = _with_layout(hashlib.sha256(codes.data), sizes, n_ambiguous)
        is_whole = codes.dtype == np.uint8 and codes.shape == (sum(sizes.values()),) and digest == layout["sha256"]
    except (OSError, ValueError, KeyError, TypeError, EOFError, OverflowError, RecursionError) as error:
        _LOG.warning("%s is damaged (%s) and is made anew", codes_path, error)
        return None
    if not is_whole:
        _LOG.warning("%s does not have the hash it should have and is made anew", codes_path)
        return None
    return CachedGenome(sizes, codes, n_ambiguous)


def build(folder: Path, source: str, pieces: Iterable[tuple[str, SequenceCodes, int]]) -> CachedGenome:
    """Write the entry for a source file's hash and open it.

    Parameters
    ----------
    folder
        As :func:`folder_for_genomes` gives it; made where missing.
    source
        SHA-256 of the source file.
    pieces
        Contig name, its next codes, and how many of these were ambiguous letters; written as they come.

    Raises
    ------
    OutputError
        Where writing fails. Whatever fails, no entry is left behind.
    """
    codes_path, layout_path = _paths(folder, source)
    _require_place(folder)
    sizes: dict[str, int] = {}
    n_ambiguous = 0
    hashing = hashlib.sha256()
    with atomic_path(codes_path) as temporary, temporary.open("wb") as file:
        file.write(bytes(_HEADER_BYTES))  # the number of bases is known at the end
        for name, codes, n_letters in pieces:
            file.write(codes.data)
            hashing.update(codes.data)
            sizes[name] = sizes.get(name, 0) + codes.size
            n_ambiguous += n_letters
        file.seek(0)
        file.write(_npy_header(sum(sizes.values())))
    layout = {
        "sha256": _with_layout(hashing, sizes, n_ambiguous),
        "source_sha256": source,
        "n_ambiguous": n_ambiguous,
        "contigs": list(sizes.items()),
    }
    write_json_atomic(layout_path, layout)
    # Should another process have put its own file there by now, it holds the same bytes.
    return CachedGenome(sizes, np.load(codes_path, mmap_mode="r", allow_pickle=False), n_ambiguous)


@contextmanager
def filling(folder: Path) -> Iterator[bool]:
    """Be the only process that fills the cache, and remove what others left that were killed while they filled it.

    Where the file system knows no locks nobody waits and nothing is removed; an entry is whole in any case.

    Yields
    ------
    bool
        Whether another process was waited for: it may have made the entry that is wanted here.
    """
    lock, has_waited = FileLock(folder / "lock"), False
    with suppress(OSError, NotImplementedError):  # what cannot be written at all, build says; Timeout is an OSError
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            has_waited = True
            lock.acquire(timeout=_PATIENCE_SECONDS)
        for path in folder.glob(".partial-*"):
            path.unlink(missing_ok=True)
    try:
        yield has_waited
    finally:
        lock.release()


def _require_place(folder: Path) -> None:
    """Say how to choose another folder where this one cannot be written to: few know that there is one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        is_writable = False
    if not is_writable:
        raise OutputError(
            f"{folder} cannot be written to, where genomes are kept ready for use (one byte per base); name another "
            "folder in the environment variable CISGRAM_CACHE"
        )


def remove(folder: Path, source: str) -> None:
    """Remove the entry for a source file's hash, if there is one."""
    for path in _paths(folder, source):
        path.unlink(missing_ok=True)


def _paths(folder: Path, source: str) -> tuple[Path, Path]:
    """Where the codes and the layout of an entry lie."""
    return folder / f"{source}.npy", folder / f"{source}.json"


def _with_layout(hashing: "hashlib._Hash", sizes: Mapping[str, int], n_ambiguous: int) -> str:
    """The hash of the codes, already in ``hashing``, and the layout together."""
    hashing = hashing.copy()
    hashing.update(json.dumps([list(sizes.items()), n_ambiguous]).encode())
    return hashing.hexdigest()


def _npy_header(n_bases: int) -> bytes:
    """What stands before the bytes of an ``.npy`` file; NumPy leaves room in it, so its length does not vary."""
    header = BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (n_bases,)})
    if header.tell() != _HEADER_BYTES:
        raise AssertionError(f"an .npy header of {header.tell()} bytes")
    return header.getvalue()
