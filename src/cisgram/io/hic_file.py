"""Contact maps in Juicer's .hic files, read a contig at a time through hictkpy."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cisgram.arrays import Contacts, PerBin, PixelBins, PixelValues
from cisgram.errors import FormatError, InputError, MissingExtraError
from cisgram.genomics.contacts import CisContacts, ContactBins
from cisgram.io.files import require_file
from cisgram.io.hic_head import require_sound_head


@dataclass(frozen=True, eq=False)
class HicFile:
    """One resolution of a .hic file: a contact source that stays on disk; made by :func:`open_hic`.

    Parameters
    ----------
    path
        The file.
    bins
        The bins.
    weights
        One per bin, to multiply with, NaN where masked; None for a map as it was counted.
    """

    path: Path
    bins: ContactBins
    weights: PerBin | None = field(default=None, repr=False)
    _file: Any = field(default=None, repr=False)

    def cis(self, chrom: str) -> CisContacts:
        """The contacts within one contig."""
        self.bins.size_of(chrom)
        own = self.bins.slice_of(chrom)
        with self._reading():
            bin1, bin2, counts = _columns(self._file.fetch(chrom), 0, 0)
        weights = None if self.weights is None else self.weights[own]
        order = np.lexsort((bin2, bin1))
        sizes = self.bins.bin_size, self.bins.size_of(chrom)
        return CisContacts(chrom, *sizes, bin1[order], bin2[order], counts[order], weights)

    def pixels(self) -> Iterator[tuple[PixelBins, PixelBins, PixelValues]]:
        """Row, column and contacts of all pixels, the rows of a contig at a time."""
        chroms = self.bins.chroms
        for number, chrom in enumerate(chroms):
            starts = {other: self.bins.slice_of(other).start for other in chroms[number:]}
            with self._reading():
                parts = [_columns(self._file.fetch(chrom, other), starts[chrom], at) for other, at in starts.items()]
            bin1, bin2, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
            order = np.lexsort((bin2, bin1))
            if order.size:
                yield bin1[order], bin2[order], counts[order]

    def block(self, row: slice, column: slice, *, balanced: bool = True) -> Contacts:
        """A dense rectangle (float64), rows and columns in bins counted through all contigs."""
        rectangle = np.zeros((row.stop - row.start, column.stop - column.start))
        for above in self._stretches(row):
            for beside in self._stretches(column):
                places = slice(above.start - row.start, above.stop - row.start)
                others = slice(beside.start - column.start, beside.stop - column.start)
                rectangle[places, others] = self._dense(above, beside)
        if not balanced:
            return rectangle
        if self.weights is None:
            raise InputError(f"{self.path}: this needs a balanced map; name a normalisation (--weight KR)")
        return rectangle * self.weights[row][:, None] * self.weights[column]

    def _dense(self, row: slice, column: slice) -> Contacts:
        """Contacts of two stretches, each within one contig, whichever comes first."""
        if self._locus(row)[0] == self._locus(column)[0]:
            start = min(row.start, column.start)
            both = slice(start, max(row.stop, column.stop))
            square = self._fetch(both, both)
            return square[row.start - start : row.stop - start, column.start - start : column.stop - start]
        return self._fetch(row, column) if row.start < column.start else self._fetch(column, row).T

    def _fetch(self, row: slice, column: slice) -> Contacts:
        """Contacts of two stretches on or above the diagonal."""
        one, other = self._locus(row)[1], self._locus(column)[1]
        with self._reading():
            return self._file.fetch(one, other, normalization="NONE", count_type="float").to_numpy()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Whatever the library says while it reads is about this file."""
        try:
            yield
        except (RuntimeError, OverflowError, MemoryError, UnicodeDecodeError) as error:
            raise FormatError(self.path, f"the .hic file is damaged ({error}); copy or make it again") from error

    def _locus(self, bins: slice) -> tuple[str, str]:
        """Contig of a stretch, and the stretch as hictkpy writes it (0-based, half-open)."""
        chrom = next(name for name in self.bins.chroms if bins.start < self.bins.slice_of(name).stop)
        offset = self.bins.slice_of(chrom).start
        end = min((bins.stop - offset) * self.bins.bin_size, self.bins.size_of(chrom))
        return chrom, f"{chrom}:{(bins.start - offset) * self.bins.bin_size}-{end}"

    def _stretches(self, bins: slice) -> Iterator[slice]:
        """A stretch of bins contig by contig."""
        for chrom in self.bins.chroms:
            own = self.bins.slice_of(chrom)
            start, stop = max(bins.start, own.start), min(bins.stop, own.stop)
            if start < stop:
                yield slice(start, stop)


def open_hic(path: str | os.PathLike[str], *, resolution: int | None = None, normalization: str = "none") -> HicFile:
    """Open one resolution of a .hic file.

    Parameters
    ----------
    path
        The file.
    resolution
        Width of a bin in bp; needed where the file has several.
    normalization
        Its vectors to balance with (``KR``, ``SCALE``, ``VC``, ``ICE``), turned into weights to multiply with;
        ``none`` for counts; ``weight`` for the first there is of these, or none.

    Raises
    ------
    InputError
        Where the resolution or the normalisation is missing; the message names those there are.
    FormatError
        Where it is no .hic file.
    MissingExtraError
        Where hictkpy is not installed.
    """
    try:
        import hictkpy  # compiled, and needed for this format alone
    except ImportError as error:
        raise MissingExtraError("hictkpy", "hic") from error
    file = require_file(path, "contact map (.hic)")
    require_sound_head(file)
    try:
        widths = sorted(int(width) for width in hictkpy.MultiResFile(file).resolutions())
        if resolution is None and len(widths) > 1:
            have = ", ".join(map(str, widths))
            raise InputError(f"{path} has maps of several resolutions; choose one of {have} bp (--resolution)")
        width = resolution or widths[0]
        if width not in widths:
            raise InputError(f"{path} has no map of {width} bp; it has {', '.join(map(str, widths))}")
        opened = hictkpy.File(str(file), width)
        sizes = {str(name): int(size) for name, size in opened.chromosomes(include_ALL=False).items()}
        bins = ContactBins(sizes, width)
        weights = _weights(opened, normalization, path)
    except (RuntimeError, MemoryError, UnicodeDecodeError) as error:
        raise FormatError(file, f"a .hic file is expected, but it cannot be read as such: {error}") from error
    return HicFile(file, bins, weights, opened)


_PREFERRED = ("KR", "SCALE", "ICE", "VC_SQRT", "VC")


def _weights(opened: Any, normalization: str, path: str | os.PathLike[str]) -> PerBin | None:
    """Weights to multiply with."""
    there = [str(name) for name in opened.avail_normalizations()]
    if normalization == "weight":
        normalization = next((name for name in _PREFERRED if name in there), "none")
    if normalization == "none":
        return None
    if normalization not in there:
        raise InputError(f"{path} has no normalisation {normalization}; it has {', '.join(there) or 'none'}")
    weights = np.asarray(opened.weights(normalization, divisive=False), dtype=np.float64)
    return np.where(np.isfinite(weights) & (weights > 0), weights, np.nan)


def _columns(selector: Any, row: int, column: int) -> tuple[PixelBins, PixelBins, PixelValues]:
    """Row, column and contacts of a query that begins at a row and a column."""
    found = selector.to_coo()
    return found.row.astype(np.int64) + row, found.col.astype(np.int64) + column, found.data
