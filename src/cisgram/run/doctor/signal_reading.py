"""Counts of bigWigs and files of reads at the places that the doctor samples."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cisgram.arrays import SampledPositions
from cisgram.doctor.sampled import Places, ReadPiles, SampledSignal, SampledStrand
from cisgram.errors import ContigError
from cisgram.io.bigwig import bigwig_sizes, read_bigwig_windows
from cisgram.io.reads import ReadFilter
from cisgram.io.reads.bam import scan_bam
from cisgram.io.reads.barcodes import BarcodeNumbers
from cisgram.io.reads.fragments import scan_fragments
from cisgram.io.reads.records import BOTH, MINUS, PLUS, RecordBatch
from cisgram.run.doctor.examined import ExaminedSignal
from cisgram.run.doctor.signal_places import matched_names

_STRETCH_BIN_BP = 32
_LEAST_COUNTED = 0.5


class SignalGroup(NamedTuple):
    """The files of one replicate."""

    track: str
    """Name of the track; of a pair of tracks that are each other's strand, both names."""
    replicate: int
    role: str
    files: tuple[ExaminedSignal, ...]


def group_signals(signals: Sequence[ExaminedSignal]) -> list[SignalGroup]:
    """Put files together that are strands of one replicate, or that are added up, without sums of replicates.

    A sum of replicates beside them (``pooled``) says nothing that they do not.
    """
    strand_of = {one.track: one.strand for one in signals if one.strand_pair and one.strand_pair != one.track}
    found: dict[tuple[str, int, str], list[ExaminedSignal]] = {}
    for one in signals:
        if one.role == "pooled":
            continue
        name = one.track
        if one.track in strand_of and {one.strand, strand_of.get(one.strand_pair)} == {"+", "-"}:
            ordered = (one.track, one.strand_pair) if one.strand == "+" else (one.strand_pair, one.track)
            name = " / ".join(ordered)
        found.setdefault((name, one.replicate, one.role), []).append(one)
    return [SignalGroup(*key, tuple(files)) for key, files in found.items()]


def read_group(group: SignalGroup, places: Places, sizes: Mapping[str, int]) -> SampledSignal:
    """Read the files of one replicate at places.

    Files of reads are read once from beginning to end; what lies elsewhere is not kept. Values of bigWigs are taken
    without their sign (minus strands are often written below 0). A bigWig that covers most bases in stretches of
    one value is added up in bins of 32 bp: it does not say where single reads lie.

    Raises
    ------
    ContigError
        Where the contigs of a file are not those of ``sizes``.
    InputError, FormatError
        Where a file is damaged.
    """
    if any(one.form != "bigwig" for one in group.files):
        return _of_reads(group, places, sizes)
    is_stranded = {one.strand for one in group.files} == {"+", "-"}
    strands, resolution = [], 1
    for strand in ("+", "-") if is_stranded else (None,):
        values = np.zeros(places.n_bases, dtype=np.float32)
        for one in group.files:
            if strand in (None, one.strand):
                _add_bigwig(one.path, places, sizes, values)
        strands.append(values)
    if not is_stranded and group.files[0].count == "coverage" and _is_stretches(strands[0]):
        strands, resolution = [_in_stretches(strands[0])], _STRETCH_BIN_BP
    filled = tuple(_filled(values) for values in strands)
    return SampledSignal(group.track, group.replicate, filled, places.n_bases, resolution, group.role)


def _add_bigwig(path: Path, places: Places, sizes: Mapping[str, int], values: np.ndarray) -> None:
    """Add the values of one file."""
    to_here = matched_names(sizes, bigwig_sizes(path), path.name)
    to_file = {here: there for there, here in to_here.items()}
    table = places.table[["chrom", "start", "end"]].assign(offset=places.offsets)
    table = table[table["chrom"].isin(list(to_file))]
    # Stretches of one length are read in one go, so that the file is opened once and not for each.
    for length, rows in table.groupby(table["end"] - table["start"], sort=False):
        stretches = read_bigwig_windows(path, rows[["chrom", "start", "end"]], contigs=to_file)
        for at, stretch in zip(rows["offset"].tolist(), stretches, strict=True):
            values[at : at + int(length)] += np.abs(stretch)


def _is_stretches(values: np.ndarray) -> bool:
    """Whether most bases with signal have the value of the next one."""
    inside = values[:-1] > 0
    return bool(inside.any() and (values[1:][inside] == values[:-1][inside]).mean() > _LEAST_COUNTED)


def _in_stretches(values: np.ndarray) -> np.ndarray:
    """Sums in bins of 32 bp, put on the first base of each."""
    sums = np.add.reduceat(values, np.arange(0, values.size, _STRETCH_BIN_BP), dtype=np.float64)
    spread = np.zeros(values.size)
    spread[::_STRETCH_BIN_BP] = sums
    return spread


def _filled(values: np.ndarray) -> SampledStrand:
    """Only places that have something."""
    at = np.flatnonzero(values > 0)
    return SampledStrand(at, values[at].astype(np.float64))


class _Records(NamedTuple):
    """Records of a batch whose left end lies in the sample."""

    left: SampledPositions
    lengths: np.ndarray
    cells: np.ndarray


def _of_reads(group: SignalGroup, places: Places, sizes: Mapping[str, int]) -> SampledSignal:
    """5' ends on both strands, and how many fragments are copies of each other."""
    ends: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    records: list[_Records] = []
    for number, one in enumerate(group.files):
        names, barcodes = _Names(sizes, one.path), BarcodeNumbers()
        for batch in _batches(one):
            chrom = names.here(batch.chrom)
            if chrom is None:
                continue
            left, right = places.joined(chrom, batch.starts), places.joined(chrom, batch.ends - 1)
            ends[0].append(left[(batch.strands != MINUS) & (left >= 0)])
            ends[1].append(right[(batch.strands != PLUS) & (right >= 0)])
            records.append(_fragments(batch, left, barcodes, number))
        names.require_one()
    strands = tuple(_tallied(found) for found in ends)
    return SampledSignal(group.track, group.replicate, strands, places.n_bases, 1, group.role, _piles(records))


class _Names:
    """Names of contigs in a file of reads, matched one by one as they come, so that the file is read once."""

    def __init__(self, sizes: Mapping[str, int], path: Path) -> None:
        self._sizes, self._path = sizes, path
        self._known: dict[str, str | None] = {}

    def here(self, name: str) -> str | None:
        """What a contig of the file is called here; None where it is none of these."""
        if name not in self._known:
            try:
                self._known[name] = matched_names(self._sizes, [name], self._path.name).get(name)
            except ContigError:
                self._known[name] = None
        return self._known[name]

    def require_one(self) -> None:
        """Refuse a file of which no contig was known."""
        if not any(self._known.values()):
            matched_names(self._sizes, list(self._known), self._path.name)


def _batches(one: ExaminedSignal) -> Iterable[RecordBatch]:
    """Records of a file, filtered as a run does."""
    if one.form == "bam":
        return scan_bam(one.path, ReadFilter(), with_template_lengths=True)
    return scan_fragments(one.path, with_lines=True)


def _fragments(batch: RecordBatch, left: np.ndarray, barcodes: BarcodeNumbers, number: int) -> _Records:
    """Fragments of a batch; none of single reads, whose far end is that of the read and not of the molecule."""
    cells = np.zeros(left.size, dtype=np.int64)
    if batch.template_lengths.size:
        lengths, inside = batch.template_lengths, (left >= 0) & (batch.template_lengths > 0)
    else:
        lengths, inside = batch.ends - batch.starts, (left >= 0) & (batch.strands == BOTH)
        if batch.lines is not None and inside.any():
            cells = barcodes.numbers_of(batch.lines).astype(np.int64) + 1
    # Cells of several files are others, even where barcodes are the same.
    return _Records(left[inside], lengths[inside], cells[inside] * 64 + number)


def _tallied(parts: Sequence[np.ndarray]) -> SampledStrand:
    """Positions with how often they occur."""
    positions, counts = np.unique(np.concatenate([*parts, np.zeros(0, dtype=np.int64)]), return_counts=True)
    return SampledStrand(positions, counts.astype(np.float64))


def _piles(records: Sequence[_Records]) -> ReadPiles | None:
    """How many fragments are the same; None where there are none."""
    left = np.concatenate([*(one.left for one in records), np.zeros(0, dtype=np.int64)])
    if not left.size:
        return None
    lengths = np.concatenate([one.lengths for one in records])
    cells = np.concatenate([one.cells for one in records])
    order = np.lexsort((lengths, left, cells))
    left, lengths, cells = left[order], lengths[order], cells[order]
    same_start = (np.diff(left, prepend=-1) == 0) & (np.diff(cells, prepend=-1) == 0)
    same = same_start & (np.diff(lengths, prepend=-1) == 0)
    copies = np.bincount(np.cumsum(~same) - 1)
    distinct = ~same
    # Pairs of different fragments that begin at one base, times the chance that two fragments have one length.
    per_start = np.bincount((np.cumsum(~same_start) - 1)[distinct]).astype(np.float64)
    pairs = float((per_start * (per_start - 1) / 2).sum())
    shares = np.bincount(lengths[distinct]) / int(distinct.sum())
    expected = pairs * float((shares * shares).sum())
    return ReadPiles(left.size, copies.size, int((copies == 1).sum()), int((copies == 2).sum()), expected)
