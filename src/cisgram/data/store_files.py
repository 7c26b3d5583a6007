"""Files that every kind of example store has: the folder that appears complete or not at all, and its windows."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from cisgram.arrays import Positions
from cisgram.data.windows import Kind, Split, require_kept
from cisgram.errors import FormatError, InputError, OutputError, RunFolderError
from cisgram.io.files import write_json_atomic
from cisgram.io.tables import read_table, write_table
from cisgram.io.tables.tsv import Kind as TableKind

LAYOUT = "layout.json"
Layout = TypeVar("Layout")
_WINDOWS = "windows.tsv.gz"
_TYPES: dict[str, TableKind] = {
    **dict.fromkeys(("chrom", "kind", "split", "dropped"), "text"),
    **dict.fromkeys(("start", "end", "row"), "integer"),
}


def write_windows(folder: Path, windows: pd.DataFrame) -> int:
    """Write the table of windows, kept ones numbered in ``row`` and others -1; returns how many are kept.

    Raises
    ------
    EmptySetError
        If no window is kept.
    """
    kept = kept_windows(windows)
    write_table(folder / _WINDOWS, windows.assign(row=np.where(kept, np.cumsum(kept) - 1, -1)))
    return int(kept.sum())


def kept_windows(windows: pd.DataFrame) -> np.ndarray:
    """Which windows are kept; at least one must be."""
    require_kept(windows)
    return windows["dropped"].eq("").to_numpy()


def read_windows(folder: Path, n_rows: int) -> pd.DataFrame:
    """Read the table of windows; its kept rows must be numbered 0, 1, 2, ...

    Raises
    ------
    FormatError
        If it is missing, damaged, or does not number the rows of the arrays.
    """
    path = folder / _WINDOWS
    try:
        windows = read_table(path, types=_TYPES)
        needed = ["chrom", "start", "end", "kind", "split", "dropped", "row"]
        if lacking := [name for name in needed if name not in windows]:
            raise FormatError(path, f"has no column {', '.join(lacking)}")
    except InputError as error:
        raise FormatError(path, f"the table of windows cannot be read ({error}); make the store again") from error
    if (
        any(windows[name].dtype != np.int64 for name in ("start", "end", "row"))
        or (windows["start"] >= windows["end"]).any()
    ):
        raise FormatError(path, "windows need whole numbers as start, end and row, start < end; make the store again")
    rows = windows["row"].to_numpy()
    is_kept = rows >= 0
    is_numbered = is_kept.sum() == n_rows and np.array_equal(rows[is_kept], np.arange(is_kept.sum()))
    if not is_numbered or not np.array_equal(is_kept, windows["dropped"].eq("")):
        raise FormatError(path, f"its rows do not number the {n_rows} examples of the arrays; make the store again")
    return windows


class StoredLayout(NamedTuple):
    """What the layout of a store says."""

    layout: Any
    """Its dataclass."""
    n_rows: int
    n_test: int


def layout_of(kind: type[Layout], values: Mapping[str, object]) -> Layout:
    """A dataclass of names and geometry from what a JSON file says of its fields; each must be there, of its type.

    Raises
    ------
    ValueError
        Where a field is missing, unknown or of another type, or the dataclass refuses the values.
    """
    names = {one.name for one in fields(kind)}  # pyright: ignore[reportArgumentType]
    if strange := names ^ values.keys():
        raise ValueError(f"fields {', '.join(sorted(strange))} are missing or unknown")
    try:
        return TypeAdapter(kind).validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc']))} {one['msg']}".strip() for one in error.errors())
        raise ValueError("; ".join(problems)) from error


def write_layout(folder: Path, layout: Any, *, kind: str, version: int, n_rows: int, n_test: int) -> None:
    """Write a dataclass of names and geometry, and the number of windows, of which ``n_test`` are for testing."""
    head = {"kind": kind, "format": version, "n_rows": n_rows, "n_test": n_test, **asdict(layout)}
    write_json_atomic(folder / LAYOUT, head)


def read_layout(folder: Path, layout: type, *, kind: str, version: int, what: str) -> StoredLayout:
    """Read what :func:`write_layout` wrote.

    Parameters
    ----------
    folder
        The store.
    layout
        Frozen dataclass.
    kind, version
        What the file must say.
    what
        Of what it is a store, for messages.

    Raises
    ------
    InputError
        Where the folder is no such store.
    FormatError
        Where its layout is damaged.
    """
    path = folder / LAYOUT
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{folder} is no store of {what}: there is no {LAYOUT} in it") from error
    except (OSError, ValueError, RecursionError) as error:
        raise FormatError(path, f"the layout cannot be read ({error!r}); make the store again") from error
    if not isinstance(head, dict) or (head.pop("kind", None), head.pop("format", None)) != (kind, version):
        raise InputError(f"{folder} is no store of {what} of this version of cisgram; make it again")
    try:
        n_rows, n_test = int(head.pop("n_rows")), int(head.pop("n_test"))
        return StoredLayout(layout_of(layout, head), n_rows, n_test)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FormatError(path, f"the layout cannot be read ({error!r}); make the store again") from error


@contextmanager
def replacing_folder(folder: Path, *, n_bytes: int) -> Iterator[Path]:
    """Lend an empty folder that takes the place of ``folder`` when the block ends without an error.

    Raises
    ------
    RunFolderError
        If the folder is a file, or holds something that is no example store.
    OutputError
        If the disk is too small or cannot be written to.
    """
    if folder.exists() and not folder.is_dir():
        raise RunFolderError(f"{folder} is a file; the examples need a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / LAYOUT).is_file():
        raise RunFolderError(f"{folder} holds something that is no example store; choose another folder or empty it")
    partial = folder.with_name(f".{folder.name}.partial-{os.getpid()}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder.parent).free
        if free < n_bytes:
            raise OutputError(
                f"{folder} needs {n_bytes / 1e9:.1f} GB and the disk has {free / 1e9:.1f} GB left; free some space"
            )
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        yield partial
        if folder.is_dir():
            shutil.rmtree(folder)
        partial.rename(folder)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"the examples could not be written to {folder}: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def rows_of(windows: pd.DataFrame, split: Split | None, kind: Kind | None) -> Positions:
    """Rows of one split and kind (of all where these are None) of a table of kept windows, ascending; possibly none."""
    chosen = np.ones(len(windows), dtype=bool)
    if split is not None:
        chosen &= windows["split"].eq(split).to_numpy()
    if kind is not None:
        chosen &= windows["kind"].eq(kind).to_numpy()
    return np.flatnonzero(chosen)
