"""Reads as counts in wide bins along contigs: one place per read or fragment, one contig at a time."""

import os
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numba import njit

from cisgram.arrays import ContigValues
from cisgram.errors import EmptySetError, InputError
from cisgram.io.reads import bam, fragments
from cisgram.io.reads.counting import check_lengths, is_bam, no_contig, warn_beyond
from cisgram.io.reads.records import BOTH, MINUS, REASONS, ReadFilter, ReadReport, RecordBatch

ReadPlace: TypeAlias = Literal["shifted", "middle", "pair_middle"]

_OUTSIDE = "outside whole bins"
_PLACES: dict[ReadPlace, int] = {"shifted": 0, "middle": 1, "pair_middle": 2}
_CONTIG_UNKNOWN, _BEYOND_END = REASONS.index("contig unknown"), REASONS.index("beyond the contig end")


class BinCounts(NamedTuple):
    """Counts along one contig."""

    chrom: str
    """Its name, as in ``sizes``."""
    counts: ContigValues
    """int32: reads or fragments per bin; only whole bins, what is left of the contig at its end is none."""


class BinCountsIterator(Iterator[BinCounts]):
    """The contigs of a file of reads one after the other, and the tally of its records so far.

    Made by :func:`iterate_bin_counts`.
    """

    def __init__(self, contigs: Iterator[BinCounts], tally: np.ndarray) -> None:
        self._contigs, self._tally = contigs, tally

    def __next__(self) -> BinCounts:
        """The next contig that has reads."""
        return next(self._contigs)

    @property
    def report(self) -> ReadReport:
        """Records counted and left out so far; complete when the last contig has come."""
        *dropped, n_kept = self._tally.tolist()
        reasons = (*REASONS, _OUTSIDE)
        return ReadReport(n_kept, {reason: n for reason, n in zip(reasons, dropped, strict=True) if n})


def iterate_bin_counts(
    path: str | os.PathLike[str],
    *,
    sizes: Mapping[str, int],
    bin_size: int = 200,
    place: ReadPlace = "shifted",
    shift_bp: int = 100,
    contigs: Mapping[str, str] | None = None,
    filters: ReadFilter | None = None,
) -> BinCountsIterator:
    r"""Count reads in bins, one contig at a time in the order of the file.

    The file is read once, without an index; the records of a contig must stand together. Memory: 4 bytes per bin of
    one contig, whatever the number of reads.

    Parameters
    ----------
    path
        BAM, fragments (3 to 5 columns) or reads as BED with the strand in column 6; told by the content.
    sizes
        Contigs to count on and their lengths in bp. Records on other contigs are left out and tallied.
    bin_size
        Width of a bin in bp.
    place
        Which base stands for a read. ``"shifted"``: its 5' end, moved by ``shift_bp`` into the fragment, so about the
        fragment's middle. ``"middle"``: the middle of the read, ``(start + end - 1) // 2``. ``"pair_middle"``: for
        the first read of a proper pair in a BAM file, the middle of the fragment; all other reads of pairs are left
        out, single reads are taken as ``"shifted"``. A fragment in a text file always counts once, at its middle,
        ``start + (end - start) // 2``.
    shift_bp
        How far from the 5' end, in bp.
    contigs
        Names in the file to names in ``sizes``; names that are the same in both may be left out.
    filters
        Which alignments of a BAM file to use; ``None`` means :class:`~cisgram.io.reads.records.ReadFilter` as it
        stands. With ``"pair_middle"`` its ``proper_pairs_only`` and ``mates`` are set for it.

    Returns
    -------
    BinCountsIterator
        Contigs with at least one read. A read whose place lies in the rest of a contig after the last whole bin, or
        was shifted over an end, is tallied as "outside whole bins"; less than one bin before the contig counts in
        the first bin, as in ChromHMM.

    Raises
    ------
    ContigError, EmptySetError, FormatError, InputError
        As in :func:`cisgram.io.reads.counting.iterate_read_counts`.

    Warns
    -----
    CisgramWarning
        At the end, where records reached beyond the end of their contig and were left out.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "reads.bed"
    >>> _ = path.write_text("I\t50\t90\t.\t0\t+\nI\t450\t500\t.\t0\t-\n")
    >>> [contig.counts.tolist() for contig in iterate_bin_counts(path, sizes={"I": 600})]
    [[1, 1, 0]]
    """
    if place not in _PLACES:
        raise InputError(f"place must be one of {', '.join(_PLACES)}; got {place!r}")
    if bin_size < 1 or shift_bp < 0:
        raise InputError(f"bin_size must be at least 1 bp and shift_bp 0 or more; got {bin_size} and {shift_bp}")
    names = dict(contigs or {})
    if is_bam(path):
        check_lengths(path, bam.bam_sizes(path), sizes, names)
        batches = bam.scan_bam(
            path, _filters_for(place, filters or ReadFilter()), with_template_lengths=place == "pair_middle"
        )
    else:
        batches = fragments.scan_fragments(path)
    tally = np.zeros(len(REASONS) + 2, dtype=np.int64)
    options = np.array([bin_size, _PLACES[place], shift_bp], dtype=np.int64)
    return BinCountsIterator(_contigs(path, batches, dict(sizes), names, options, tally), tally)


def _filters_for(place: ReadPlace, filters: ReadFilter) -> ReadFilter:
    """Filters that leave one read of every proper pair, where that stands for the pair."""
    if place != "pair_middle":
        return filters
    return ReadFilter(filters.min_mapping_quality, filters.keep_duplicates, proper_pairs_only=True, mates="first")


def _contigs(
    path: str | os.PathLike[str],
    batches: Iterator[RecordBatch],
    sizes: dict[str, int],
    names: dict[str, str],
    options: np.ndarray,
    tally: np.ndarray,
) -> Iterator[BinCounts]:
    """Gather the batches of each contig; ``tally`` follows."""
    in_file, counts, met = None, np.zeros(0, np.int32), dict[str, None]()
    for batch in batches:
        if batch.chrom != in_file:
            if counts.any():
                yield BinCounts(names.get(in_file or "", in_file or ""), counts)
            in_file = batch.chrom
            met[in_file] = None
            counts = np.zeros(sizes.get(names.get(in_file, in_file), 0) // int(options[0]), dtype=np.int32)
        tally[: len(REASONS)] += batch.dropped
        size = sizes.get(names.get(batch.chrom, batch.chrom))
        if size is None:
            tally[_CONTIG_UNKNOWN] += len(batch.starts)
            continue
        n_kept, n_beyond = _add_reads(
            batch.starts, batch.ends, batch.strands, batch.template_lengths, size, options, counts
        )
        tally[_BEYOND_END] += n_beyond
        tally[-2] += len(batch.starts) - n_kept - n_beyond
        tally[-1] += n_kept
    if counts.any():
        yield BinCounts(names.get(in_file or "", in_file or ""), counts)
    _check_outcome(path, tally, list(met), sizes)


def _check_outcome(path: str | os.PathLike[str], tally: np.ndarray, met: list[str], sizes: Mapping[str, int]) -> None:
    """Refuse an empty result and warn about records that cannot belong to these contigs."""
    n_records = int(tally.sum())
    if n_records and tally[_CONTIG_UNKNOWN] == n_records:
        raise no_contig(path, met, sizes)
    if tally[-1] == 0:
        dropped = {reason: int(n) for reason, n in zip((*REASONS, _OUTSIDE), tally[:-1], strict=True) if n}
        raise EmptySetError("reads", dropped=dropped, hint=f"see the filters for {path}")
    warn_beyond(path, int(tally[_BEYOND_END]), n_records)


@njit(cache=True)
def _add_reads(starts, ends, strands, template_lengths, size, options, counts):
    """Count records in bins; returns how many were counted, and how many reach beyond their contig."""
    bin_size, place, shift_bp = options
    n_kept, n_beyond = 0, 0
    for i in range(starts.size):
        if starts[i] < 0 or ends[i] > size:
            n_beyond += 1
            continue
        template = template_lengths[i] if template_lengths.size else 0
        if strands[i] == BOTH:
            at = starts[i] + (ends[i] - starts[i]) // 2
        elif place == 1:
            at = (starts[i] + ends[i] - 1) // 2
        elif template != 0:
            half = abs(template) // 2
            at = ends[i] - 1 - half if strands[i] == MINUS else starts[i] + half
        else:
            at = ends[i] - 1 - shift_bp if strands[i] == MINUS else starts[i] + shift_bp
        # Java's division goes towards 0: less than a bin before the contig is the first bin.
        index = at // bin_size if at >= 0 else -(-at // bin_size)
        if 0 <= index < counts.size:
            counts[index] += 1
            n_kept += 1
    return n_kept, n_beyond
