"""Contact maps in cooler's files, read a contig at a time."""

import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from cisgram.arrays import Contacts, PerBin, PixelBins, PixelValues
from cisgram.errors import CisgramWarning, FormatError, InputError
from cisgram.genomics.contacts import CisContacts, ContactBins, ContactMap
from cisgram.genomics.weighted_contacts import weights_rise_with_coverage
from cisgram.io.cool.layout import WEIGHT, read_bins, read_offsets, read_weights, says_what_weights_do
from cisgram.io.cool.pixel_rows import read_rows
from cisgram.io.hdf5 import dataset_in, group_in, reading_hdf5

_CHUNK = 4_000_000
_TELLING = 100
_WHAT = "contact map (.cool)"


@dataclass(frozen=True, eq=False)
class CoolFile:
    """A contact map in a .cool file, or one resolution of an .mcool: a contact source that stays on disk.

    Made by :func:`open_cool`. Bins, weights and where each row begins are in memory (24 bytes per bin); pixels are
    read when they are asked for.

    Parameters
    ----------
    path
        The file.
    group
        Where in the file the map is: ``/`` or, e.g., ``/resolutions/10000``.
    bins
        The bins; they count through all contigs.
    weights
        One per bin, to multiply with, NaN where masked; None where the map is not balanced.
    """

    path: Path
    group: str
    bins: ContactBins
    weights: PerBin | None = field(default=None, repr=False)
    _offsets: PixelBins = field(default_factory=lambda: np.zeros(1, np.int64), repr=False)
    _is_square: bool = field(default=False, repr=False)

    @property
    def n_pixels(self) -> int:
        """Pixels in the file, cis and trans."""
        return int(self._offsets[-1])

    def cis(self, chrom: str) -> CisContacts:
        """The contacts within one contig, in memory.

        Raises
        ------
        FormatError
            Where a pair of bins comes twice or lies outside of the map, or counts are negative or no numbers.
        """
        own = self.bins.slice_of(chrom)
        bin1, bin2, counts = self._rows(own)
        kept = bin2 < own.stop
        if not kept.all():
            bin1, bin2, counts = bin1[kept], bin2[kept], counts[kept]
        weights = None if self.weights is None else self.weights[own]
        sizes = self.bins.bin_size, self.bins.size_of(chrom)
        return CisContacts(chrom, *sizes, bin1 - own.start, bin2 - own.start, counts, weights)

    def pixels(self) -> Iterator[tuple[PixelBins, PixelBins, PixelValues]]:
        """Row, column and contacts of all pixels, cis and trans, in order, some millions at a time."""
        first = 0
        while first < self.bins.n_bins:
            last = int(np.searchsorted(self._offsets, self._offsets[first] + _CHUNK, side="right")) - 1
            last = min(max(last, first + 1), self.bins.n_bins)
            bin1, bin2, counts = self._rows(slice(first, last))
            first = last
            if bin1.size:
                yield bin1, bin2, counts

    def block(self, row: slice, column: slice, *, balanced: bool = True) -> Contacts:
        """A dense rectangle (float64), rows and columns in bins counted through all contigs; cis or trans.

        Balanced values are NaN in rows and columns of masked bins.
        """
        rectangle = np.zeros((row.stop - row.start, column.stop - column.start))
        read = self._rows(row)
        for one, other, is_turned in ((row, column, False), (column, row, True)):
            bin1, bin2, counts = read if one == row else self._rows(one)
            kept = (bin2 >= other.start) & (bin2 < other.stop)
            where = bin1[kept] - one.start, bin2[kept] - other.start
            rectangle[where[::-1] if is_turned else where] = counts[kept]
        if not balanced:
            return rectangle
        if self.weights is None:
            raise InputError(f"{self.path}: this needs a balanced map; run 'cisgram hic balance' on it first")
        return rectangle * self.weights[row][:, None] * self.weights[column]

    def in_memory(self) -> ContactMap:
        """The whole map in memory: about 20 bytes per pixel."""
        parts = list(self.pixels())
        if not parts:
            empty = np.zeros(0, np.int64)
            return ContactMap(self.bins, empty, empty, empty, self.weights)
        bin1, bin2, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
        return ContactMap(self.bins, bin1, bin2, counts, self.weights)

    def _rows(self, rows: slice) -> tuple[PixelBins, PixelBins, PixelValues]:
        """Pixels of some rows, of the upper triangle."""
        with reading_hdf5(self.path, _WHAT) as file:
            pixels = group_in(group_in(file, self.group), "pixels")
            return read_rows(pixels, self._offsets, rows, path=self.path, is_square=self._is_square)


def open_cool(path: str | os.PathLike[str], *, resolution: int | None = None, weight: str | None = WEIGHT) -> CoolFile:
    """Open a contact map.

    Parameters
    ----------
    path
        A .cool or .mcool file, or a place inside one as cooler writes it: ``map.mcool::/resolutions/10000``. The
        layouts of an .mcool are both known: ``/resolutions/10000`` and the old ``/0``, ``/1`` and so on.
    resolution
        Width of a bin in bp; needed where the file has several, checked where it has one.
    weight
        Column of the bins with the weights. Weights to divide by (of Juicer: KR, VC, VC_SQRT, or where the column
        says so) are turned round; ``1/weight`` turns a column that does not say it, as HiCExplorer writes.
        ``weight`` need not be there, others must; None for a map as it was counted.

    Returns
    -------
    CoolFile
        A contact source. Maps in square storage are read once to see that they are symmetric; of maps whose weights do
        not say whether they multiply or divide, the smallest contig of 100 bins or more is read to see that they do
        not rise with coverage (:class:`cisgram.errors.CisgramWarning`).

    Raises
    ------
    InputError
        Where the file has several resolutions and none is chosen, lacks the one that is, or lacks the weights.
    FormatError
        Where it is no such file, was cut off, its bins do not tile the contigs at one width, or it is not symmetric.

    Examples
    --------
    ::

        tomap = open_cool("yeast.mcool", resolution=2000)
        contacts = tomap.cis("chrIV").dense()
    """
    name, _, group = os.fspath(path).partition("::")
    group = group or _group_at(name, resolution)
    with reading_hdf5(name, _WHAT) as file:
        if group not in file or not _is_map(file[group]):
            have = ", ".join(_places(file).values()) or "none"
            raise InputError(f"{name} has no contact map at {group}; those it has: {have}")
        place = group_in(file, group)
        bins = read_bins(place, name)
        if resolution is not None and bins.bin_size != resolution:
            raise InputError(f"{name}: bins have {bins.bin_size} bp, not {resolution}; 'cisgram hic zoom' makes wider")
        weights = read_weights(place, name, weight, bins.n_bins)
        offsets = read_offsets(place, name, bins.n_bins)
        is_square = place.attrs.get("storage-mode", "symmetric-upper") == "square"
        if is_square:
            _require_symmetric(place, name)
        is_told = weight is None or weights is None or says_what_weights_do(place, weight)
    found = CoolFile(Path(name), group, bins, weights, offsets, is_square)
    if not is_told:
        _warn_of_divisors(found, weight)
    return found


def cool_resolutions(path: str | os.PathLike[str]) -> Mapping[int, str]:
    """Widths of bins in bp that a .cool or .mcool file has, from narrow to wide, and where in the file each map is.

    Raises
    ------
    FormatError
        Where it is no such file.
    """
    with reading_hdf5(path, _WHAT) as file:
        places = _places(file)
    if not places:
        raise FormatError(path, f"{_WHAT} expected; there are no bins and pixels in this HDF5 file")
    return places


def _group_at(name: str, resolution: int | None) -> str:
    """The place of the resolution that is asked for."""
    places = cool_resolutions(name)
    if resolution is None and len(places) == 1:
        return next(iter(places.values()))
    have = ", ".join(map(str, places))
    if resolution is None:
        raise InputError(f"{name} has maps of several resolutions; choose one of {have} bp (--resolution)")
    if resolution not in places:
        raise InputError(f"{name} has no map of {resolution} bp; it has {have} ('cisgram hic zoom' makes wider bins)")
    return places[resolution]


def _warn_of_divisors(source: CoolFile, weight: str | None) -> None:
    """Say so where weights rise with coverage, as those that some tools write to divide by."""
    large = [chrom for chrom in source.bins.chroms if source.bins.count(chrom) >= _TELLING]
    chrom = min(large, key=source.bins.count, default=None)  # the smallest that tells, because it is read for this
    if chrom is not None and weights_rise_with_coverage(source.cis(chrom)):
        warnings.warn(
            f"{source.path}: weights are larger where there are more contacts, as if they were to divide by "
            f"(HiCExplorer writes such); name them 1/{weight}, or balance anew (cisgram hic balance)",
            CisgramWarning,
            stacklevel=3,
        )


def _places(file: h5py.File) -> dict[int, str]:
    """Width of bins -> place of the map, for every map of a file."""
    if _is_map(file):
        return {_width(file): "/"}
    parent = group_in(file, "resolutions") if "resolutions" in file else file
    names = [f"{parent.name or ''}".rstrip("/") + f"/{name}" for name in parent if _is_map(parent[name])]
    return dict(sorted((_width(group_in(file, name)), name) for name in names))


def _is_map(place: object) -> bool:
    """Whether a group has what a map has."""
    return isinstance(place, h5py.Group) and {"bins", "pixels", "chroms"} <= set(place)


def _width(place: h5py.Group) -> int:
    """Width of the bins of a map in bp, as the file says, else as its first bins have it."""
    said = place.attrs.get("bin-size")
    if isinstance(said, int | np.integer):
        return int(said)
    return int(np.max(dataset_in(place, "bins/end")[:1000] - dataset_in(place, "bins/start")[:1000], initial=0))


def _require_symmetric(place: h5py.Group, name: str) -> None:
    """Refuse a square map whose two triangles differ."""
    n = dataset_in(place, "bins/start").shape[0]
    bin1, bin2, counts = (dataset_in(place, f"pixels/{key}")[:] for key in ("bin1_id", "bin2_id", "count"))
    upper, lower = bin1 < bin2, bin1 > bin2
    turned = np.argsort(bin2[lower].astype(np.int64) * n + bin1[lower], kind="stable")
    for one, other in ((bin1, bin2), (bin2, bin1), (counts, counts)):
        if not np.array_equal(one[upper], other[lower][turned]):
            raise FormatError(name, "the map is stored as a square and is not symmetric; a map of contacts must be")
