"""Contact maps written as cooler's files, complete or not at all: .cool, .mcool, and weights added to them."""

import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import cooler
import h5py
import numpy as np
import pandas as pd

from cisgram import __version__
from cisgram.arrays import PerBin, PixelBins, PixelValues
from cisgram.errors import FormatError, InputError
from cisgram.genomics.contacts import ContactBins, ContactSource
from cisgram.io.cool.layout import WEIGHT
from cisgram.io.files import atomic_path
from cisgram.io.hdf5 import PACKED, dataset_in, group_in, open_to_write

Pixels = tuple[PixelBins, PixelBins, PixelValues]
"""Row, column and contacts of some pixels."""


def write_cool(
    path: str | os.PathLike[str],
    bins: ContactBins,
    pixels: Iterable[Pixels],
    *,
    weights: PerBin | None = None,
    attributes: Mapping[str, object] | None = None,
    assembly: str | None = None,
) -> None:
    """Write a contact map as a .cool file.

    Parameters
    ----------
    path
        The file to write.
    bins
        The bins.
    pixels
        Row, column and contacts in chunks, upper triangle, sorted; bins count through all contigs. Contacts are
        stored as int32, in the first chunk's type where that is int64, as float64 where it has floats.
    weights
        One per bin, to multiply with, NaN where masked; None for a map that is not balanced.
    attributes
        What to say about the weights (see :func:`write_weights`).
    assembly
        Name of the genome.

    Raises
    ------
    InputError
        Where pixels are not sorted, lie below the diagonal or outside of the bins, or come twice; where the name of a
        contig is not ASCII.
    OutputError
        Where writing fails.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from cisgram.io.cool.reading import open_cool
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "map.cool"
    ...     pixels = np.array([0, 0]), np.array([0, 2]), np.array([4, 1])
    ...     write_cool(path, ContactBins({"I": 25}, 10), [pixels])
    ...     open_cool(path).cis("I").dense(balanced=False).tolist()
    [[4.0, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    """
    with atomic_path(path) as temporary:
        _create(str(temporary), bins, pixels, mode="w", assembly=assembly)
        if weights is not None:
            _put_weights(temporary, "/", weights, WEIGHT, attributes or {})


def write_mcool(
    path: str | os.PathLike[str],
    maps: Iterable[tuple[ContactSource, Mapping[str, object]]],
    *,
    assembly: str | None = None,
) -> list[int]:
    """Write maps of several resolutions as one .mcool file, one after the other.

    Parameters
    ----------
    path
        The file to write.
    maps
        Contact maps, each with what is said about its weights (empty where it has none).
    assembly
        Name of the genome.

    Returns
    -------
    list of int
        The resolutions in bp, in the order they were written.

    Raises
    ------
    InputError
        As :func:`write_cool` does; and where there is no map, or two have one resolution.
    OutputError
        Where writing fails.
    """
    written: list[int] = []
    with atomic_path(path) as temporary:
        for source, attributes in maps:
            width = source.bins.bin_size
            if width in written:
                raise InputError(f"{path}: two maps have bins of {width} bp; each resolution is written once")
            place = f"/resolutions/{width}"
            _create(f"{temporary}::{place}", source.bins, source.pixels(), mode="a", assembly=assembly)
            if source.weights is not None:
                _put_weights(temporary, place, source.weights, WEIGHT, attributes)
            written.append(width)
        if not written:
            raise InputError(f"{path}: there is no map to write")
        with open_to_write(temporary, "r+") as file:
            file.attrs.update({"format": "HDF5::MCOOL", "format-version": 2, "bin-type": "fixed"})
    return written


def write_weights(
    source: str | os.PathLike[str],
    weights: Mapping[str, tuple[PerBin, Mapping[str, object]]],
    *,
    out: str | os.PathLike[str] | None = None,
    name: str = WEIGHT,
) -> None:
    """Add weights to the maps of a file: to a copy of it, or to itself, which then appears changed or not at all.

    Parameters
    ----------
    source
        A .cool or .mcool file.
    weights
        Place of the map in the file (``/``, ``/resolutions/10000``) -> one weight per bin, to multiply with, NaN where
        masked, and what is said about them, such as cooler's ``converged``, ``var``, ``scale``, ``ignore_diags``.
    out
        The file to write; None to change ``source``.
    name
        Column of the bins; one of that name is replaced.

    Raises
    ------
    FormatError
        Where the file has no such map, or another number of bins.
    OutputError
        Where writing fails.
    """
    with atomic_path(source if out is None else out) as temporary:
        shutil.copyfile(source, temporary)
        for place, (values, attributes) in weights.items():
            _put_weights(temporary, place, values, name, attributes)


def _create(uri: str, bins: ContactBins, pixels: Iterable[Pixels], *, mode: str, assembly: str | None) -> None:
    """Write one map with cooler."""
    if foreign := [name for name in bins.sizes if not name.isascii()]:
        raise InputError(f"a .cool file has names of contigs in plain ASCII; rename {foreign[0]!r}")
    chunks = iter(pixels)
    first = next(chunks, (_NONE, _NONE, _NONE.astype(np.int32)))
    kind = _kind(first[2])
    try:
        with warnings.catch_warnings(), _cooler_opens(open_to_write):
            warnings.simplefilter("ignore")  # of pandas, on how cooler uses it
            cooler.create_cooler(
                uri,
                bins.table(),
                map(_table, chain([first], chunks)),
                dtypes={"count": kind},
                ordered=True,
                mode=mode,
                assembly=assembly,
                metadata={"cisgram": __version__},
                h5opts=dict(PACKED),
            )
        _leave_out_date(uri)
    except cooler.create.BadInputError as error:
        raise InputError(f"pixels cannot be written to {uri.partition('::')[0]}: {error}") from error


@contextmanager
def _cooler_opens(opener: Callable[[str, str], h5py.File]) -> Iterator[None]:
    """Have cooler open what it writes as we do: HDF5 left to itself ends the process when the disk is full."""
    module: Any = sys.modules[cooler.create_cooler.__module__]
    theirs = module.h5py
    ours = ModuleType("h5py")
    ours.__dict__.update(vars(theirs), File=opener)
    module.h5py = ours
    try:
        yield
    finally:
        module.h5py = theirs


def _leave_out_date(uri: str) -> None:
    """Put a fixed date in the place of today's, so that equal maps are equal bytes."""
    path, _, place = uri.partition("::")
    with open_to_write(path, "r+") as file:
        # Changed where it stands: one that is removed or replaced leaves its bytes behind in the file.
        group_in(file, place or "/").attrs.modify("creation-date", _NO_DATE)


def _kind(counts: PixelValues) -> type[np.generic]:
    """How contacts are stored: whole numbers as cooler has them unless they come with more bytes, others as float64."""
    if np.issubdtype(counts.dtype, np.floating):
        return np.float64
    return np.int32 if counts.dtype.itemsize <= 4 else np.int64


def _table(chunk: Pixels) -> pd.DataFrame:
    """Pixels as cooler takes them."""
    return pd.DataFrame(dict(zip(("bin1_id", "bin2_id", "count"), chunk, strict=True)))


def _put_weights(path: Path, place: str, weights: PerBin, name: str, attributes: Mapping[str, object]) -> None:
    """Write a column of weights into a file that is there."""
    with open_to_write(path, "r+") as file:
        table = group_in(group_in(file, place), "bins") if place in file else None
        if table is None:
            raise FormatError(path, f"there is no contact map at {place}")
        n_bins = dataset_in(table, "start").shape[0]
        if weights.shape != (n_bins,):
            raise FormatError(path, f"the map at {place} has {n_bins} bins; got {len(weights)} weights")
        if name in table:
            del table[name]
        column = table.create_dataset(name, data=np.asarray(weights, np.float64), **PACKED)
        column.attrs.update({"divisive_weights": False, **attributes})


_NONE = np.zeros(0, dtype=np.int64)

_NO_DATE = "1970-01-01T00:00:00.000000"
"""As long as the dates that cooler writes."""
