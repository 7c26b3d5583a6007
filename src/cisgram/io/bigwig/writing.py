"""Writing bigWig files: contig by contig, or from windows; a file appears only when it is complete."""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pybigtools

from cisgram.arrays import ContigValues, PieceValues, Values
from cisgram.errors import ContigError, InputError, OutputError
from cisgram.io.bigwig.reading import check_inside, common_length
from cisgram.io.bigwig.structure import check_complete
from cisgram.io.files import atomic_path

_BLOCK_BP = 1 << 17
_Record: TypeAlias = tuple[str, int, int, float]


def write_bigwig(
    path: str | os.PathLike[str], sizes: Mapping[str, int], contigs: Iterable[tuple[str, ContigValues]]
) -> None:
    """Write the signal of whole contigs, one after the other.

    Runs of equal values become one record and zeros are left out. A contig without any other value gets one
    record of 0 on its first base: without a record, the format's writers forget the contig and its length.
    The file appears only when it is complete. Memory: one contig, however many there are.

    Parameters
    ----------
    path
        Where to write; an existing file is replaced.
    sizes
        Every contig and its length in bp.
    contigs
        Names and signal (``length``; stored as float32), each contig at most once; those of ``sizes`` that do not
        come are 0.

    Raises
    ------
    ContigError
        A contig is not in ``sizes``.
    InputError
        A signal has not the length of its contig, contains NaN or infinity, or comes twice.
    OutputError
        The file could not be written.

    Examples
    --------
    >>> import tempfile
    >>> from cisgram.io.bigwig import read_bigwig_contig
    >>> path = Path(tempfile.mkdtemp()) / "signal.bw"
    >>> write_bigwig(path, {"I": 5, "II": 3}, [("I", np.array([0, 2, 2, 0, 1.5]))])
    >>> read_bigwig_contig(path, "I").tolist(), read_bigwig_contig(path, "II").tolist()
    ([0.0, 2.0, 2.0, 0.0, 1.5], [0.0, 0.0, 0.0])
    """
    _write_records(path, sizes, _records_of_contigs(sizes, contigs))


def write_bigwig_pieces(
    path: str | os.PathLike[str], sizes: Mapping[str, int], pieces: Iterable[tuple[str, int, PieceValues]]
) -> None:
    """Write a signal that comes in pieces; bases between them are 0.

    Memory: one piece, however long the contigs are.

    Parameters
    ----------
    path, sizes
        As in :func:`write_bigwig`.
    pieces
        Contig, 0-based start and values: contigs one after the other, each from left to right.

    Raises
    ------
    ContigError, OutputError
        As in :func:`write_bigwig`.
    InputError
        A piece overlaps the one before, comes too late, reaches beyond its contig, or has NaN or infinity.

    Examples
    --------
    >>> import tempfile
    >>> from cisgram.io.bigwig import read_bigwig_contig
    >>> path = Path(tempfile.mkdtemp()) / "signal.bw"
    >>> write_bigwig_pieces(path, {"I": 5}, [("I", 0, np.array([1.0])), ("I", 3, np.array([2.0, 2.0]))])
    >>> read_bigwig_contig(path, "I").tolist()
    [1.0, 0.0, 0.0, 2.0, 2.0]
    """
    _write_records(path, sizes, _records_of_pieces(sizes, pieces))


def write_bigwig_windows(
    path: str | os.PathLike[str], sizes: Mapping[str, int], table: pd.DataFrame, values: Values
) -> None:
    """Write the signal of windows; where windows overlap, their mean.

    Parameters
    ----------
    path, sizes
        As in :func:`write_bigwig`.
    table
        Interval table; all intervals have the same length. Parts beyond an end of the contig are left out.
    values
        ``n length``; position 0 is the leftmost base, whatever the strand.

    Raises
    ------
    ContigError, InputError, OutputError
        As in :func:`write_bigwig`.
    """
    if len(table) != len(values):
        raise InputError(f"table and values must have the same number of windows; got {len(table)} and {len(values)}")
    if len(table) and common_length(table) != values.shape[-1]:
        raise InputError(
            f"windows of {common_length(table)} bp need as many values each; got {values.shape[-1]} values per window"
        )
    _write_records(path, sizes, _records_of_windows(sizes, table, values))


def _records_of_contigs(sizes: Mapping[str, int], contigs: Iterable[tuple[str, ContigValues]]) -> Iterator[_Record]:
    """Records of contigs as they come, each checked."""
    seen = set()
    for chrom, signal in contigs:
        _check_known(chrom, sizes)
        if chrom in seen:
            raise InputError(f"contig {chrom} comes twice; give each contig once")
        seen.add(chrom)
        if signal.shape != (sizes[chrom],):
            raise InputError(f"{chrom} has {sizes[chrom]} bp; got a signal of shape {signal.shape}")
        yield from _records_of_signal(chrom, 0, signal)


def _records_of_pieces(sizes: Mapping[str, int], pieces: Iterable[tuple[str, int, PieceValues]]) -> Iterator[_Record]:
    """Records of pieces as they come, each checked; those of equal values that touch, also across pieces, are one."""
    reached: dict[str, int] = {}
    current, waiting = "", None
    for chrom, start, values in pieces:
        _check_known(chrom, sizes)
        end = start + len(values)
        if (chrom in reached and chrom != current) or start < reached.get(chrom, 0) or end > sizes[chrom]:
            raise InputError(
                f"pieces must come contig by contig, from left to right, and lie inside contigs; got {chrom} start "
                f"{start}, end {end} after {current or 'nothing'} up to {reached.get(current, 0)}"
            )
        reached[chrom], current = end, chrom
        for record in _records_of_signal(chrom, start, values):
            if waiting is not None and (waiting[0], waiting[2], waiting[3]) == (chrom, record[1], record[3]):
                waiting = (chrom, waiting[1], record[2], record[3])
                continue
            if waiting is not None:
                yield waiting
            waiting = record
    if waiting is not None:
        yield waiting


def _records_of_windows(sizes: Mapping[str, int], table: pd.DataFrame, values: Values) -> Iterator[_Record]:
    """Records of windows: stretches of windows that overlap or touch, averaged, from left to right."""
    starts, length = table["start"].to_numpy(), values.shape[-1]
    for chrom, rows in table.reset_index(drop=True).groupby("chrom", sort=False).indices.items():
        _check_known(str(chrom), sizes)
        check_inside(str(chrom), starts[rows], length=length, size=sizes[str(chrom)])
        rows = rows[np.argsort(starts[rows], kind="stable")]
        is_apart = np.diff(starts[rows]) > length
        for stretch in np.split(rows, np.flatnonzero(is_apart) + 1):
            left = int(starts[stretch[0]])
            total = np.zeros(int(starts[stretch[-1]]) + length - left)
            n_windows = np.zeros(len(total), dtype=np.uint32)
            for row in stretch:
                at = int(starts[row]) - left
                total[at : at + length] += values[row]
                n_windows[at : at + length] += 1
            inside = slice(max(0, -left), sizes[str(chrom)] - left)
            yield from _records_of_signal(str(chrom), max(0, left), total[inside] / n_windows[inside])


def _check_known(chrom: str, sizes: Mapping[str, int]) -> None:
    if chrom not in sizes:
        names = ", ".join(list(sizes)[:5]) + (", ..." if len(sizes) > 5 else "")
        raise ContigError(f"contig {chrom!r} is not among the {len(sizes)} contigs to write: {names}")


def _records_of_signal(chrom: str, offset: int, signal: ContigValues) -> Iterator[_Record]:
    """Runs of equal values other than 0; ``offset`` is where the signal starts on the contig."""
    run_start = 0
    for start in range(0, len(signal), _BLOCK_BP):
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused
            block = signal[start : start + _BLOCK_BP + 1].astype(np.float32)
        if not np.isfinite(block).all():
            first = start + int(np.argmin(np.isfinite(block)))
            raise InputError(f"a bigWig holds finite numbers only; got {signal[first]} at {chrom}:{offset + first + 1}")
        run_ends = start + 1 + np.flatnonzero(block[1:] != block[:-1])
        if start + _BLOCK_BP >= len(signal):
            run_ends = np.append(run_ends, len(signal))
        if run_ends.size == 0:
            continue
        run_starts = np.append(run_start, run_ends[:-1])
        run_start = int(run_ends[-1])
        run_values = signal[run_starts].astype(np.float32)
        kept = run_values != 0
        lefts, rights = (run_starts[kept] + offset).tolist(), (run_ends[kept] + offset).tolist()
        yield from zip(repeat(chrom), lefts, rights, run_values[kept].tolist(), strict=False)


def _write_records(path: str | os.PathLike[str], sizes: Mapping[str, int], records: Iterator[_Record]) -> None:
    """Write records, and one of 0 for every contig that has none, to a file that appears when it is complete."""
    if not sizes or min(sizes.values()) < 1:
        raise InputError(
            f"sizes must name at least one contig, each of 1 bp or more; got {dict(list(sizes.items())[:5])}"
        )
    source = _Source(records, dict(sizes))
    with atomic_path(path) as temporary:
        file = temporary.with_name(f"{temporary.name}.bw")  # the writer wants this suffix
        try:
            _run_writer(path, file, source=source, sizes=dict(sizes))
            file.replace(temporary)
        finally:
            file.unlink(missing_ok=True)


def _run_writer(path: str | os.PathLike[str], file: Path, *, source: "_Source", sizes: dict[str, int]) -> None:
    """Let pybigtools write; it reports trouble on stderr only, so what it wrote is looked at."""
    try:
        pybigtools.open(str(file), "w").write(sizes, source)
        if source.error is None:
            check_complete(file)
            with pybigtools.open(str(file)) as written:
                n_covered = written.info()["summary"]["basesCovered"]
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a panic of the writer is no Exception
        raise OutputError(f"{path} could not be written ({error}); is the disk full, may you write there?") from error
    if source.error is not None:
        raise source.error
    if n_covered != source.n_covered:
        raise OutputError(f"{path}: {n_covered} of {source.n_covered} bases were written; is the disk full?")


class _Source:
    """Hands records to the writer, which swallows errors: they are kept here."""

    def __init__(self, records: Iterator[_Record], sizes: dict[str, int]) -> None:
        self.error: BaseException | None = None
        self.n_covered = 0
        self._records, self._sizes = records, sizes

    def __iter__(self) -> Iterator[_Record]:
        without = dict(self._sizes)
        try:
            for record in self._records:
                without.pop(record[0], None)
                self.n_covered += record[2] - record[1]
                yield record
            for chrom in without:
                self.n_covered += 1
                yield chrom, 0, 1, 0.0
        except BaseException as error:
            self.error = error
