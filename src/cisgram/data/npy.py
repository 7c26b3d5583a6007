"""Arrays in .npy files: written block of rows by block of rows, opened as checked memory maps.

Blocks are written through the file and not through a memory map: on a full disk, a map kills the process without
a word, a file raises an error.
"""

from pathlib import Path
from types import TracebackType

import numpy as np

from cisgram.errors import FormatError
from cisgram.io.npy import map_npy

_COPY_BYTES = 1 << 26


class RowWriter:
    """An .npy file whose rows are appended.

    Parameters
    ----------
    path
        File to write; an older one is overwritten.
    shape
        Of the whole array, known from the start.
    dtype
        Of the whole array, little-endian on disk.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: str) -> None:
        self.path, self.shape, self.n_written = path, shape, 0
        self._open(path, dtype)

    def __enter__(self) -> "RowWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        assert kind is not None or self.n_written == self.shape[0], "rows are missing"

    def append(self, block: np.ndarray) -> None:
        """Write the next rows."""
        assert block.shape[1:] == self.shape[1:]
        assert self.n_written + len(block) <= self.shape[0]
        self._file.write(np.ascontiguousarray(block, dtype=self.dtype).data)
        self.n_written += len(block)

    def append_counts(self, block: np.ndarray) -> None:
        """Write the next rows of counts; the first that do not fit into uint16 turn the whole file into float32."""
        if self.dtype == np.uint16 and ((block > np.iinfo(np.uint16).max) | (block != np.floor(block))).any():
            self._widen()
        self.append(block)

    def _open(self, path: Path, dtype: str) -> None:
        """Start a file with its header."""
        self.dtype = np.dtype(dtype).newbyteorder("<")
        self._file = path.open("wb")
        header = {"descr": self.dtype.str, "fortran_order": False, "shape": self.shape}
        np.lib.format.write_array_header_1_0(self._file, header)
        self._data_offset = self._file.tell()

    def _widen(self) -> None:
        """Copy what is written so far into a float32 file that takes its place."""
        self._file.close()
        narrow = self.path.with_name(f"narrow-{self.path.name}")
        self.path.rename(narrow)
        with narrow.open("rb") as old:
            old.seek(self._data_offset)
            self._open(self.path, "float32")
            while piece := old.read(_COPY_BYTES):
                self._file.write(np.frombuffer(piece, "<u2").astype(self.dtype).data)
        narrow.unlink()


def open_array(path: Path, *, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Map an .npy file into memory, read-only.

    Parameters
    ----------
    path
        The file.
    shape, dtype
        What it must hold.

    Returns
    -------
    numpy.ndarray
        A plain view of the map (slices of a ``numpy.memmap`` are slow to make).

    Raises
    ------
    FormatError
        If it is missing, damaged, truncated, holds pickled objects, or another shape or type.
    """
    hint = "the store is damaged: make it again"
    try:
        array = map_npy(path)
        wanted = np.dtype(dtype)
    except FormatError as error:
        raise FormatError(path, f"{error.problem}; {hint}") from error
    except (TypeError, ValueError) as error:
        raise FormatError(path, f"layout.json says that it holds {dtype!r}, which is no type; {hint}") from error
    if array.shape != tuple(shape) or array.dtype != wanted:
        came = f"{array.dtype} {array.shape}"
        raise FormatError(path, f"must hold {dtype} {tuple(shape)} as layout.json says; got {came}; {hint}")
    return np.asarray(array)
