"""Counting reads along contigs: stranded 5' ends, cut sites, or coverage, one contig at a time."""

import os
import warnings
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numba import njit

from cisgram.arrays import StrandCounts
from cisgram.errors import CisgramWarning, ContigError, EmptySetError, FormatError, InputError
from cisgram.io.packing import read_chunks
from cisgram.io.reads import bam, fragments
from cisgram.io.reads.records import REASONS, ReadFilter, ReadReport, RecordBatch

ReadKind: TypeAlias = Literal["five_prime", "cut_sites", "coverage"]

_CONTIG_UNKNOWN, _BEYOND_END = REASONS.index("contig unknown"), REASONS.index("beyond the contig end")
_NO_COUNTS = np.zeros((0, 0), dtype=np.uint32)


class ReadCounts(NamedTuple):
    """Counts along one contig."""

    chrom: str
    """Its name, as in ``sizes``."""
    counts: StrandCounts
    """uint32; ``2 length`` (plus, minus) of 5' ends and cut sites, ``1 length`` of coverage."""


class ReadCountsIterator(Iterator[ReadCounts]):
    """The contigs of a file of reads one after the other, and the tally of its records so far.

    Made by :func:`iterate_read_counts`.
    """

    def __init__(self, contigs: Iterator[ReadCounts], tally: np.ndarray) -> None:
        self._contigs, self._tally = contigs, tally

    def __next__(self) -> ReadCounts:
        """The next contig that has counts."""
        return next(self._contigs)

    @property
    def report(self) -> ReadReport:
        """Records counted and left out so far; complete when the last contig has come."""
        *dropped, n_kept = self._tally.tolist()
        return ReadReport(n_kept, {reason: n for reason, n in zip(REASONS, dropped, strict=True) if n})


def iterate_read_counts(
    path: str | os.PathLike[str],
    *,
    kind: ReadKind,
    sizes: Mapping[str, int] | None = None,
    contigs: Mapping[str, str] | None = None,
    read_shift: tuple[int, int] | None = None,
    filters: ReadFilter | None = None,
) -> ReadCountsIterator:
    r"""Count reads along contigs, one contig at a time in the order of the file.

    The file is read once, without an index; the records of a contig must stand together, as in any file that is
    sorted by position. Memory: 8 bytes per base of the longest contig, whatever the number of reads.

    Parameters
    ----------
    path
        BAM; fragments (3 to 5 columns, plain or gzip: each line has two ends and counts once, whatever column 5
        says); or reads as BED with the strand in column 6. Which it is, is told by the content.
    kind
        What is counted. ``"five_prime"``: the first base of every read at its own strand; for a plus-strand read,
        and for the left end of a fragment, that is its leftmost base, for a minus-strand read and the right end
        its rightmost base. Clipped bases do not count. ``"cut_sites"``: the same, moved by ``read_shift``.
        ``"coverage"``: how many reads or fragments span each base, gaps included, both strands together.
    sizes
        Contigs to count on and their lengths in bp; ``None`` takes them from the header of a BAM file. Records on
        other contigs are left out and tallied.
    contigs
        Names in the file to names in ``sizes``, e.g. ``match_contigs(sizes, contigs_of_reads(path)).to_genome``;
        names that are the same in both may be left out.
    read_shift
        What is added to the position of plus-strand and of minus-strand ends, in bp. It must be given for cut
        sites: (4, -4) centres raw Tn5 reads, (0, 1) those that were shifted by +4 / -5 (of the half-open end)
        before, (0, 0) those that are centred already; :func:`cisgram.genomics.read_shift.estimate_read_shift`
        finds it from the sequence.
    filters
        Which alignments of a BAM file to use; ``None`` means :class:`ReadFilter` as it stands.

    Returns
    -------
    ReadCountsIterator
        Contigs with at least one count; its ``report`` says how many records were left out, and why.

    Raises
    ------
    ContigError
        No contig of the file is in ``sizes``, or a length in the header of a BAM file differs.
    EmptySetError
        No record is left.
    FormatError
        While iterating, too: the file is truncated, damaged, not sorted, or a line is wrong.
    InputError
        The file is missing, or the options contradict each other.

    Warns
    -----
    CisgramWarning
        At the end, where records reached beyond the end of their contig and were left out (another assembly?).

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "fragments.tsv"
    >>> _ = path.write_text("I\t2\t5\nI\t2\t7\n")
    >>> reads = iterate_read_counts(path, kind="five_prime", sizes={"I": 8})
    >>> for chrom, counts in reads:
    ...     print(chrom, counts.tolist())
    I [[0, 0, 2, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 1, 0]]
    >>> print(reads.report)
    2 of 2 records counted (100.0 %)
    """
    _check_options(kind, read_shift)
    if is_bam(path):
        in_header = bam.bam_sizes(path)
        sizes = in_header if sizes is None else sizes
        check_lengths(path, in_header, sizes, contigs or {})
        batches = bam.scan_bam(path, filters or ReadFilter())
    elif sizes is None:
        raise InputError(f"{path} does not say how long contigs are; give sizes, e.g. those of the genome")
    else:
        batches = fragments.scan_fragments(path)
    tally = np.zeros(len(REASONS) + 1, dtype=np.int64)
    counting = _Counting(kind, read_shift or (0, 0), dict(sizes), dict(contigs or {}))
    return ReadCountsIterator(_count_contigs(path, batches, counting, tally), tally)


def contigs_of_reads(path: str | os.PathLike[str]) -> dict[str, int] | list[str]:
    """Contigs of a file of reads, for :func:`cisgram.genomics.contigs.match_contigs`.

    Returns
    -------
    dict or list
        Names and lengths in bp from the header of a BAM file; for text, the names that occur (it is read once).

    Raises
    ------
    InputError, FormatError
        As in :func:`iterate_read_counts`.
    """
    if is_bam(path):
        return bam.bam_sizes(path)
    return list(dict.fromkeys(batch.chrom for batch in fragments.scan_fragments(path)))


class _Counting(NamedTuple):
    """What to count, and where."""

    kind: ReadKind
    read_shift: tuple[int, int]
    sizes: dict[str, int]
    names: dict[str, str]


def is_bam(path: str | os.PathLike[str]) -> bool:
    """Whether a file is BAM; other formats of alignments are refused with the way to convert them."""
    first = next(read_chunks(path, "reads", chunk_bytes=1 << 16), b"")
    if first.startswith((b"@HD\t", b"@SQ\t", b"@PG\t")):
        raise FormatError(path, "this is SAM text; turn it into BAM: samtools sort -o reads.bam")
    return first.startswith(bam.MAGIC)


def _check_options(kind: ReadKind, read_shift: tuple[int, int] | None) -> None:
    if kind not in ("five_prime", "cut_sites", "coverage"):
        raise InputError(f"kind must be 'five_prime', 'cut_sites' or 'coverage'; got {kind!r}")
    if kind == "cut_sites" and read_shift is None:
        raise InputError(
            "cut sites need a read_shift: (4, -4) for raw Tn5 reads, (0, 1) for reads shifted by +4/-5 before, (0, 0) "
            "for centred ones; estimate_read_shift finds it"
        )
    if kind != "cut_sites" and read_shift is not None:
        raise InputError(f"read_shift moves cut sites only; kind is {kind!r}")


def check_lengths(
    path: str | os.PathLike[str], in_header: Mapping[str, int], sizes: Mapping[str, int], names: Mapping[str, str]
) -> None:
    """Make sure that contigs of one name have one length, and that there is at least one; else ContigError."""
    shared = {name: names.get(name, name) for name in in_header if names.get(name, name) in sizes}
    if not shared:
        raise no_contig(path, list(in_header), sizes)
    for name, ours in shared.items():
        if in_header[name] != sizes[ours]:
            raise ContigError(
                f"{path}: contig {name} has {in_header[name]} bp in the header but {ours} has {sizes[ours]} bp here; "
                "the reads were aligned to another assembly"
            )


def no_contig(path: str | os.PathLike[str], theirs: list[str], sizes: Mapping[str, int]) -> ContigError:
    """The error for a file of which no contig is wanted."""
    return ContigError(
        f"{path}: none of its contigs ({', '.join(theirs[:4])}, ...) is among those to count on "
        f"({', '.join(list(sizes)[:4])}, ...); genomics.contigs.match_contigs tells which are the same"
    )


def _count_contigs(
    path: str | os.PathLike[str], batches: Iterator[RecordBatch], counting: _Counting, tally: np.ndarray
) -> Iterator[ReadCounts]:
    """Gather the batches of each contig; ``tally`` follows."""
    in_file, counts, n_before, met = None, _NO_COUNTS, 0, {}
    for batch in batches:
        if batch.chrom != in_file:
            if tally[-1] > n_before:
                yield _finished(in_file or "", counts, counting)
            counts = _NO_COUNTS  # let the last contig go before the next one needs its memory
            in_file, n_before = batch.chrom, int(tally[-1])
            met[in_file] = None
            counts = _empty_counts(in_file, counting)
        tally[:-1] += batch.dropped
        n_kept = _add(batch, counts, counting)
        tally[-1] += n_kept
        tally[_BEYOND_END if counts.size else _CONTIG_UNKNOWN] += len(batch.starts) - n_kept
    if tally[-1] > n_before:
        yield _finished(in_file or "", counts, counting)
    _check_outcome(path, tally, list(met), counting.sizes)


def _add(batch: RecordBatch, counts: np.ndarray, counting: _Counting) -> int:
    """Count a batch; returns how many records lie inside the contig."""
    if counts.size == 0:
        return 0
    if counting.kind == "coverage":
        return _add_coverage(batch.starts, batch.ends, counts[0])
    return _add_ends(batch.starts, batch.ends, batch.strands, *counting.read_shift, counts)


def _empty_counts(in_file: str, counting: _Counting) -> np.ndarray:
    """Zeros for one contig; without size where it is none to count on."""
    size = counting.sizes.get(counting.names.get(in_file, in_file))
    if size is None:
        return _NO_COUNTS
    if counting.kind == "coverage":
        return np.zeros((1, size + 1), dtype=np.int32)  # differences between neighbours
    return np.zeros((2, size), dtype=np.uint32)


def _finished(in_file: str, counts: np.ndarray, counting: _Counting) -> ReadCounts:
    """Counts of a contig of which all batches have come."""
    if counting.kind == "coverage":
        counts = np.cumsum(counts[:, :-1], axis=1, dtype=np.int32, out=counts[:, :-1]).view(np.uint32)
    return ReadCounts(counting.names.get(in_file, in_file), counts)


def _check_outcome(path: str | os.PathLike[str], tally: np.ndarray, met: list[str], sizes: Mapping[str, int]) -> None:
    """Refuse an empty result and warn about records that cannot belong to these contigs."""
    n_records = int(tally.sum())
    dropped = {reason: int(n) for reason, n in zip(REASONS, tally[:-1], strict=True) if n}
    if n_records and tally[_CONTIG_UNKNOWN] == n_records:
        raise no_contig(path, met, sizes)
    if tally[-1] == 0:
        raise EmptySetError("reads", dropped=dropped, hint=f"see the filters for {path}")
    warn_beyond(path, int(tally[_BEYOND_END]), n_records)


def warn_beyond(path: str | os.PathLike[str], n_beyond: int, n_records: int) -> None:
    """Warn about records that reach beyond the end of their contig, where there are some."""
    if n_beyond:
        text = f"{path}: {n_beyond} of {n_records} records reach beyond the end of their contig and were left out"
        warnings.warn(f"{text}; were they aligned to another assembly?", CisgramWarning, stacklevel=4)


@njit(cache=True)
def _add_ends(starts, ends, strands, shift_plus, shift_minus, counts):
    """Count the 5' ends of records; returns how many records lie inside the contig, the others are left out."""
    n_kept, size = 0, counts.shape[1]
    for i in range(starts.size):
        left, right = starts[i] + shift_plus, ends[i] - 1 + shift_minus
        has_left, has_right = strands[i] != 1, strands[i] != 0
        if (
            starts[i] < 0
            or ends[i] > size
            or (has_left and not 0 <= left < size)
            or (has_right and not 0 <= right < size)
        ):
            continue
        if has_left:
            counts[0, left] += 1
        if has_right:
            counts[1, right] += 1
        n_kept += 1
    return n_kept


@njit(cache=True)
def _add_coverage(starts, ends, differences):
    """Count the bases that records span, as differences; returns how many records lie inside the contig."""
    n_kept, size = 0, differences.size - 1
    for i in range(starts.size):
        if starts[i] >= 0 and ends[i] <= size:
            differences[starts[i]] += 1
            differences[ends[i]] -= 1
            n_kept += 1
    return n_kept
