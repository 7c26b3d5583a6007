"""Arrays in .npy files: written complete or not at all, opened as maps only where head and length make sense."""

from pathlib import Path
from tokenize import TokenError
from typing import BinaryIO

import numpy as np

from cisgram.errors import FormatError
from cisgram.io.files import atomic_path

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def write_npy(path: Path, values: np.ndarray) -> None:
    """Write an array, complete or not at all; objects are refused.

    Raises
    ------
    OutputError
        Where writing fails.
    ValueError
        Where the array holds objects.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_npy(Path(folder, "a.npy"), np.arange(3))
    ...     map_npy(Path(folder, "a.npy")).tolist()
    [0, 1, 2]
    """
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.save(file, values, allow_pickle=False)


def map_npy(path: Path) -> np.ndarray:
    """Map an .npy file of numbers into memory, read-only; an array without values is simply read.

    The header is checked first: what NumPy makes of a damaged one may be a warning, an error of its parser, or an
    attempt to find memory for more values than any machine has.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    FormatError
        Where it is missing, damaged, truncated, longer than it says, or holds pickled objects.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/a.npy", np.arange(3))
    ...     map_npy(Path(folder) / "a.npy").tolist()
    [0, 1, 2]
    """
    try:
        with path.open("rb") as file:
            shape, is_fortran, dtype = _header(file)
            n_bytes = dtype.itemsize
            for length in shape:
                n_bytes *= length
            n_there = path.stat().st_size - file.tell()
            if dtype.hasobject or n_there != n_bytes:
                raise ValueError("pickled objects" if dtype.hasobject else f"{n_there} bytes of values, not {n_bytes}")
            if not n_bytes:
                return np.zeros(shape, dtype=dtype)
            order = "F" if is_fortran else "C"
            return np.memmap(path, dtype=dtype, shape=shape, order=order, mode="r", offset=file.tell())
    except (OSError, ValueError, EOFError, SyntaxError, TypeError, TokenError, RecursionError, MemoryError) as error:
        raise FormatError(path, f"not a complete .npy array of numbers ({error})") from error


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and type that a file tells."""
    if file.read(4) == b"PK\x03\x04":
        raise ValueError("it is an archive of several arrays")
    file.seek(0)
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"version {version} of the format")
    shape, is_fortran, dtype = _HEADERS[version](file)
    if any(length < 0 for length in shape):
        raise ValueError(f"the shape {shape}")
    return shape, is_fortran, dtype
