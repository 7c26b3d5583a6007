"""Reading bigWig files: contigs, whole contigs, many windows; and whether what was read can be counts.

A file is opened for the length of one call, so that no handle is shared between processes.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pybigtools

from cisgram.arrays import Values
from cisgram.errors import ContigError, FormatError, InputError
from cisgram.io.bigwig.structure import check_complete
from cisgram.io.files import require_file

_BLOCK_BP = 1 << 17  # a read of 128 kb is the fastest per base, on dense and on sparse files
_GAP_BP = 2000  # reading 2 kb more costs less than starting another read


def bigwig_sizes(path: str | os.PathLike[str]) -> dict[str, int]:
    """Contigs of a bigWig and their lengths in bp, in the order of the file.

    Many writers list only the contigs that have data. Compare the answer with a genome by
    :func:`cisgram.genomics.contigs.match_contigs`, which notices other names and another assembly.

    Raises
    ------
    FormatError
        The file is empty, truncated, or no bigWig.
    InputError
        There is no such file.
    """
    with _opened(path) as bigwig:
        return dict(bigwig.chroms())


def bigwig_total(path: str | os.PathLike[str]) -> float:
    """Sum of all values of a bigWig, as its head says; nothing else of the file is read.

    Raises
    ------
    FormatError
        The file is empty, truncated, or no bigWig.
    InputError
        There is no such file.
    """
    with _opened(path) as bigwig:
        return float(bigwig.info()["summary"]["sum"])


def read_bigwig_contig(path: str | os.PathLike[str], chrom: str) -> Values:
    """Signal of every base of one contig.

    Returns
    -------
    Values
        float32, ``length``; 0 where the file covers nothing.

    Raises
    ------
    ContigError
        The file has no such contig.
    """
    with _opened(path) as bigwig:
        length = _contig_length(bigwig, chrom, path=path)
        signal = np.empty(length, dtype=np.float32)
        for start in range(0, length, _BLOCK_BP):
            end = min(start + _BLOCK_BP, length)
            signal[start:end] = bigwig.values(chrom, start, end, uncovered=0.0, fillna=0.0)
    return signal


def read_bigwig_windows(
    path: str | os.PathLike[str],
    table: pd.DataFrame,
    *,
    contigs: Mapping[str, str] | None = None,
    allow_missing: bool = False,
    uncovered: float = 0.0,
) -> Values:
    """Signal of every base of many windows of one length.

    Neighbouring windows are read together, so that it costs little whether a few windows are asked for or a
    tiling of the genome. Memory beyond the answer: some tens of MB.

    Parameters
    ----------
    path
        The bigWig.
    table
        Interval table; all intervals have the same length. The strand is not looked at: position 0 is always the
        leftmost base. Windows may reach beyond an end of the contig.
    contigs
        Names in ``table`` to names in the file, e.g. ``match_contigs(...).to_other``; names that are the same in
        both may be left out.
    allow_missing
        Let windows on contigs that the file lacks be 0: right for files that list only contigs with data.
    uncovered
        In place of 0 where nothing is covered, beyond contigs too: NaN tells such bases from zeros that were measured.

    Returns
    -------
    Values
        float32, ``n length`` in the order of ``table``; 0 where the file covers nothing and beyond the contig.
        An empty table gives ``0 0``.

    Raises
    ------
    ContigError
        The file lacks a contig, or a window lies wholly outside its contig (another assembly?).
    InputError
        The windows differ in length.
    """
    if table.empty:
        return np.zeros((0, 0), dtype=np.float32)
    length = common_length(table)
    signal = np.full((len(table), length), uncovered, dtype=np.float32)
    starts = table["start"].to_numpy()
    with _opened(path) as bigwig:
        sizes = bigwig.chroms()
        for chrom, indices in table.reset_index(drop=True).groupby("chrom", sort=False).indices.items():
            rows = np.asarray(indices)
            in_file = (contigs or {}).get(str(chrom), str(chrom))
            if in_file not in sizes and allow_missing:
                continue
            check_inside(str(chrom), starts[rows], length=length, size=_contig_length(bigwig, in_file, path=path))
            for block in _blocks(starts[rows]):
                at = rows[block]
                left, right = int(starts[at[0]]), int(starts[at[-1]]) + length
                stretch = _stretch(bigwig, in_file, left, right, uncovered=uncovered)
                for row, offset in zip(at.tolist(), (starts[at] - left).tolist(), strict=True):
                    signal[row] = stretch[offset : offset + length]
    return signal


def check_counts(
    values: Values,
    *,
    path: str | os.PathLike[str],
    where: pd.DataFrame | str | None = None,
    allow_fractional: bool = False,
) -> None:
    """Refuse signal that cannot be counts of reads: NaN, infinite, negative, or not whole.

    Parameters
    ----------
    values
        ``length``, or ``n length`` of windows.
    path
        The file that they were read from, for the message.
    where
        What ``values`` lie on, for the message: an interval table with one row per window, or the name of the
        contig of which ``values`` is the whole.
    allow_fractional
        Accept numbers that are not whole, e.g. reads that were shared out among several loci.

    Raises
    ------
    FormatError
        Naming the first locus and how many values there are like it.
    """
    wrong = ~(values >= 0) | np.isinf(values)
    hint = "counts are 0 or more; a minus strand that was written as negative values must be negated first"
    if not wrong.any() and not allow_fractional:
        wrong = values != np.floor(values)
        hint = "counts are whole numbers; give raw counts instead of normalised ones, or allow fractions if you mean it"
    if wrong.any():
        first = tuple(int(axis[0]) for axis in np.nonzero(wrong))
        raise FormatError(
            path,
            f"{int(wrong.sum())} values are no counts, the first is {values[first]} at {_locus(first, where)}: {hint}",
        )


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[pybigtools.BBIReader]:
    """Open a bigWig whose head was checked; whatever goes wrong inside is one FormatError."""
    file = require_file(path, "bigWig")
    check_complete(file)
    try:
        with pybigtools.open(str(file)) as bigwig:
            yield bigwig
    except BaseException as error:  # a panic of the library is no Exception
        if type(error).__name__ not in ("BBIReadError", "PanicException", "OSError", "UnicodeDecodeError"):
            raise
        raise FormatError(file, f"the bigWig is damaged or truncated ({error}); copy or make it again") from error


def _stretch(bigwig: pybigtools.BBIReader, chrom: str, left: int, right: int, *, uncovered: float) -> np.ndarray:
    """Signal of a stretch that may reach over the ends of its contig; a long one is read in blocks, which is faster."""
    if right - left <= 2 * _BLOCK_BP:
        return bigwig.values(chrom, left, right, uncovered=uncovered, fillna=uncovered, oob=uncovered)
    signal = np.full(right - left, uncovered, dtype=np.float32)
    last = min(right, bigwig.chroms()[chrom])
    for start in range(max(left, 0), last, _BLOCK_BP):
        end = min(start + _BLOCK_BP, last)
        signal[start - left : end - left] = bigwig.values(chrom, start, end, uncovered=uncovered, fillna=uncovered)
    return signal


def _contig_length(bigwig: pybigtools.BBIReader, chrom: str, *, path: str | os.PathLike[str]) -> int:
    sizes = bigwig.chroms()
    if chrom not in sizes:
        names = ", ".join(list(sizes)[:5]) + (", ..." if len(sizes) > 5 else "")
        raise ContigError(f"{path} has no contig {chrom!r}; it has {len(sizes)}: {names}")
    return sizes[chrom]


def common_length(table: pd.DataFrame) -> int:
    """The length in bp that all intervals of a table have; InputError where they differ."""
    lengths = np.unique(table["end"].to_numpy() - table["start"].to_numpy())
    if len(lengths) != 1 or lengths[0] < 1:
        raise InputError(f"all windows must have the same length; got {lengths[0]} to {lengths[-1]} bp")
    return int(lengths[0])


def check_inside(chrom: str, starts: np.ndarray, *, length: int, size: int) -> None:
    """Every window must share a base with its contig; a window that does not comes from somewhere else."""
    outside = (starts >= size) | (starts + length <= 0)
    if outside.any():
        start = int(starts[outside][0])
        raise ContigError(
            f"{int(outside.sum())} windows lie outside their contig, the first is {chrom} start {start}, "
            f"end {start + length}, but the contig has {size} bp in the bigWig; are both of the same assembly?"
        )


def _blocks(starts: np.ndarray) -> Iterator[np.ndarray]:
    """Which windows to read together: indices in order of start, near each other and not too far in all."""
    order = np.argsort(starts, kind="stable")
    ordered = starts[order]
    is_far = np.diff(ordered, prepend=ordered[0]) > _GAP_BP
    cluster_start = ordered[np.maximum.accumulate(np.where(is_far, np.arange(len(ordered)), 0))]
    is_new = is_far | (np.diff((ordered - cluster_start) // _BLOCK_BP, prepend=0) != 0)
    yield from np.split(order, np.flatnonzero(is_new))


def _locus(index: tuple[int, ...], where: pd.DataFrame | str | None) -> str:
    """The place of one value; 1-based, as people write it."""
    if isinstance(where, pd.DataFrame):
        return f"{where['chrom'].iloc[index[0]]}:{int(where['start'].iloc[index[0]]) + index[-1] + 1}"
    if where is not None:
        return f"{where}:{index[-1] + 1}"
    return f"index {', '.join(map(str, index))}"
