"""What stands around the pixels of a cooler file: contigs, bins, weights, where rows begin."""

import os

import h5py
import numpy as np

from cisgram.arrays import PerBin, PixelBins
from cisgram.errors import FormatError, InputError
from cisgram.genomics.contacts import ContactBins
from cisgram.io.hdf5 import dataset_in, group_in

WEIGHT = "weight"
"""Column of the weights that cooler and cisgram write."""

_DIVISIVE = ("KR", "VC", "VC_SQRT")
_TURNED = "1/"
_PLACE = {"chrom", "start", "end"}


def read_bins(place: h5py.Group, path: str | os.PathLike[str]) -> ContactBins:
    """The bins of a map, which must tile its contigs at one width.

    Parameters
    ----------
    place
        Where in the file the map is.
    path
        The file, for messages.

    Raises
    ------
    FormatError
        Where bins differ in width, leave gaps, overlap or reach past the end of their contig.
    """
    names = [
        name.decode(errors="replace") if isinstance(name, bytes) else str(name)
        for name in np.atleast_1d(dataset_in(place, "chroms/name")[()]).ravel()
    ]
    lengths = [int(length) for length in _integers(place, "chroms/length", path)]
    if len(lengths) != len(names):
        raise FormatError(path, f"{len(names)} contigs need as many lengths; got {len(lengths)}")
    if not names or len(set(names)) < len(names) or min(lengths) < 1:
        raise FormatError(path, f"contigs need names of their own and lengths of 1 bp or more; got {names[:5]}")
    chrom, start, end = (_integers(place, f"bins/{name}", path) for name in ("chrom", "start", "end"))
    if not chrom.size or not chrom.size == start.size == end.size:
        raise FormatError(path, f"bins need chrom, start and end each; got {chrom.size}, {start.size} and {end.size}")
    width = int((end - start).max())
    if width < 1:
        raise FormatError(path, "bins must have 1 bp or more")
    bins = ContactBins(dict(zip(names, lengths, strict=True)), width)
    if bins.n_bins != chrom.size:  # known before any table of bins is made, which a wrong length would make a huge one
        raise FormatError(
            path,
            f"contigs of {sum(lengths)} bp are tiled by {bins.n_bins} bins of {width} bp; the file has {chrom.size}. "
            "Bins of unlike widths, such as fragments, are not read: bin the contacts at one width",
        )
    _require_tiles(bins, chrom, start, end, path)
    return bins


def read_weights(place: h5py.Group, path: str | os.PathLike[str], name: str | None, n_bins: int) -> PerBin | None:
    """Weights to multiply with, one per bin, NaN where masked; None where there are none.

    Raises
    ------
    InputError
        Where the file lacks the column, unless it is ``weight``.
    FormatError
        Where it does not hold one number per bin.
    """
    if name is None:
        return None
    table = group_in(place, "bins")
    is_turned, name = name.startswith(_TURNED), name.removeprefix(_TURNED)
    if name not in table or name in _PLACE:
        if name == WEIGHT:
            return None
        have = sorted(set(table) - _PLACE)
        raise InputError(f"{path}: the bins have no column {name!r}; they have {', '.join(have) or 'no others'}")
    column = dataset_in(table, name)
    if column.shape != (n_bins,):
        raise FormatError(path, f"{name} must hold one number per bin ({n_bins}); got {column.shape}")
    if column.dtype.kind not in "fiu":
        raise FormatError(path, f"{name} must hold numbers; it has {column.dtype}")
    weights = column[:].astype(np.float64)
    with np.errstate(divide="ignore"):
        is_divisive = is_turned or bool(column.attrs.get("divisive_weights", name in _DIVISIVE))
        weights = 1 / weights if is_divisive else weights
    return np.where(np.isfinite(weights) & (weights > 0), weights, np.nan)


def says_what_weights_do(place: h5py.Group, name: str) -> bool:
    """Whether a column of weights itself says, or its name, that they multiply or divide."""
    bare = name.removeprefix(_TURNED)
    return bare != name or bare in _DIVISIVE or "divisive_weights" in dataset_in(place, f"bins/{bare}").attrs


def read_offsets(place: h5py.Group, path: str | os.PathLike[str], n_bins: int) -> PixelBins:
    """Where the pixels of each row begin, and where the last ones end (``n_bins + 1`` numbers).

    Raises
    ------
    FormatError
        Where they do not fit bins and pixels.
    """
    offsets = _integers(place, "indexes/bin1_offset", path)
    n_pixels = dataset_in(place, "pixels/bin1_id").shape[0]
    columns = {dataset_in(place, f"pixels/{name}").shape[0] for name in ("bin2_id", "count")}
    for name in ("bin1_id", "bin2_id", "count"):
        column = dataset_in(place, f"pixels/{name}")
        if column.ndim != 1 or column.dtype.kind not in ("iuf" if name == "count" else "iu"):
            raise FormatError(path, f"pixels/{name} must be a column of numbers; got {column.dtype} {column.shape}")
    if columns != {n_pixels}:
        raise FormatError(path, f"columns of the pixels have unlike lengths: {sorted({*columns, n_pixels})}")
    if offsets.shape != (n_bins + 1,) or offsets[0] != 0 or offsets[-1] != n_pixels or (np.diff(offsets) < 0).any():
        raise FormatError(path, "indexes/bin1_offset does not fit bins and pixels; the file is damaged, write it again")
    return offsets


def _integers(place: h5py.Group, name: str, path: str | os.PathLike[str]) -> np.ndarray:
    """A column of whole numbers, as int64."""
    column = dataset_in(place, name)
    is_enum = h5py.check_enum_dtype(column.dtype) is not None  # names of contigs, numbered
    if column.ndim != 1 or not (is_enum or column.dtype.kind in "iu"):
        raise FormatError(path, f"{name} must be a column of whole numbers; got {column.dtype} {column.shape}")
    return column[:].astype(np.int64)


def _require_tiles(
    bins: ContactBins, chrom: np.ndarray, start: np.ndarray, end: np.ndarray, path: str | os.PathLike[str]
) -> None:
    """Refuse bins that are not those of one width from the start of each contig to its end."""
    for number, name in enumerate(bins.chroms):
        own = chrom == number
        expected = bins.table(name)
        if own.sum() == len(expected) and np.array_equal(start[own], expected["start"]):
            if np.array_equal(end[own], expected["end"]):
                continue
            beyond = int((end[own] > bins.size_of(name)).sum())
            if beyond:
                raise FormatError(path, f"{name} has {bins.size_of(name)} bp, and {beyond} of its bins end behind it")
        raise FormatError(
            path,
            f"bins must tile each contig at one width ({bins.bin_size} bp, only the last may be shorter); those of "
            f"{name} do not. Bins of unlike widths, such as fragments, are not read: bin the contacts at one width",
        )
    if len(chrom) != bins.n_bins or (np.diff(chrom) < 0).any():
        raise FormatError(path, "bins must stand in the order of the contigs")
