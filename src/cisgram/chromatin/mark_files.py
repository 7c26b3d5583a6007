"""Files of reads, peaks or signal of many cell types and marks, binarised one cell type at a time."""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from cisgram.arrays import BinCalls
from cisgram.chromatin.binarize import BinarizeConfig, MarkCalls, bins_overlapped, call_marks
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.mark_patterns import NOT_MEASURED
from cisgram.io.bigwig import bigwig_sizes, read_bigwig_bin_means
from cisgram.io.chromhmm.file_table import MarkFile
from cisgram.io.reads import ReadFilter, ReadPlace, contigs_of_reads, iterate_bin_counts
from cisgram.io.tables import read_intervals

MarkKind: TypeAlias = Literal["reads", "peaks", "signal"]
"""What a file holds: reads or fragments, intervals where a mark is present, or a bigWig."""

CALL_COLUMNS = (
    "cell",
    "mark",
    "kind",
    "n_files",
    "n_records",
    "n_counted",
    "dropped",
    "n_control",
    "mean",
    "lowest_threshold",
    "highest_threshold",
    "n_bins",
    "n_present",
    "share_present",
)
"""Columns of :attr:`CellCalls.summary`: records of the files and how many were counted (intervals of peaks; 0 for
bigWigs), why others were not, records counted of the control, mean count per bin, thresholds (with a control they
depend on it; missing for peaks), bins, and where the mark is present."""

_PEAKS, _SIGNAL = (".narrowpeak", ".broadpeak"), (".bw", ".bigwig")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadingConfig:
    """How files become one number per bin."""

    place: ReadPlace = "shifted"
    """Which base stands for a read; see :func:`cisgram.io.reads.iterate_bin_counts`."""
    shift_bp: int = 100
    """How far the 5' end of a read is moved into its fragment, in bp."""
    are_peaks: bool = False
    """Whether BED files are peaks, not reads; files called ``.narrowPeak`` or ``.broadPeak`` always are."""
    filters: ReadFilter = field(default_factory=ReadFilter)
    """Which alignments of BAM files to use."""

    def __post_init__(self) -> None:
        if self.shift_bp < 0:
            raise ConfigError(f"shift_bp must be 0 or more; got {self.shift_bp}")

    def kind_of(self, path: Path) -> MarkKind:
        """What a file holds, told by its name."""
        name = path.name.lower().removesuffix(".gz")
        if name.endswith(_SIGNAL):
            return "signal"
        is_bed = name.endswith(".bed")
        return "peaks" if name.endswith(_PEAKS) or (is_bed and self.are_peaks) else "reads"


class CellCalls(NamedTuple):
    """Marks of one cell type."""

    cell: str
    marks: tuple[str, ...]
    """All marks of the table."""
    chroms: tuple[str, ...]
    """Contigs that the cell type has reads on, in the order of the contig lengths."""
    calls: Mapping[str, MarkCalls]
    """By mark; marks that were not measured in this cell type are missing."""
    summary: pd.DataFrame
    """One row per mark that was measured, :data:`CALL_COLUMNS`."""

    def contigs(self) -> Iterator[tuple[tuple[str, str], BinCalls]]:
        """Cell type and contig with one row per bin, one column per mark: 0, 1, or 2 where it was not measured."""
        for chrom in self.chroms:
            n_bins = len(next(iter(self.calls.values())).present[chrom])
            table = np.full((n_bins, len(self.marks)), NOT_MEASURED, dtype=np.uint8)
            for column, mark in enumerate(self.marks):
                if mark in self.calls:
                    table[:, column] = self.calls[mark].present[chrom]
            yield (self.cell, chrom), table


def binarize_files(
    files: Sequence[MarkFile],
    *,
    sizes: Mapping[str, int],
    config: BinarizeConfig | None = None,
    reading: ReadingConfig | None = None,
) -> Iterator[CellCalls]:
    """Read the files of a table and say in which bins the marks are present, one cell type after the other.

    Files of one mark in one cell type are added up. Contigs are found under other names (``1``, ``chr1``). Contigs on
    which a cell type has no read of any mark are left out for it, and so are, with a warning, those on which it has
    reads but no control; both as in ChromHMM. A mark without a control beside others with one is compared with its
    mean (ChromHMM: with an empty control, which differs within five bins of a contig's ends).

    Memory: 2 bytes per bin and mark of one cell type, and 4 per bin of each of its controls: 31 MB per mark of a
    human genome.

    Parameters
    ----------
    files
        What :func:`cisgram.io.chromhmm.file_table.read_mark_files` returns.
    sizes
        Contig lengths in bp; nothing is called on others.
    config
        From which count on a mark is present.
    reading
        How files become counts.

    Yields
    ------
    CellCalls
        In the order of the table.

    Raises
    ------
    InputError
        Files of one mark and cell type are of different kinds, or some have another control; a control without reads.
    ContigError, EmptySetError, FormatError
        A file cannot be read, belongs to another genome, or has no reads on it.

    Warns
    -----
    CisgramWarning
        Where contigs of a file have other names or are missing from the genome, reads reach beyond their contig, or
        a contig has reads but no control.
    """
    config, reading = config or BinarizeConfig(), reading or ReadingConfig()
    _check_table(files, reading)
    if not any(size >= config.bin_size for size in sizes.values()):
        raise EmptySetError("bins", dropped={f"shorter than {config.bin_size} bp": len(sizes)}, hint="give contigs")
    marks = tuple(dict.fromkeys(file.mark for file in files))
    for cell in dict.fromkeys(file.cell for file in files):
        yield _Cell(cell, [file for file in files if file.cell == cell], sizes, config, reading).calls(marks)


def _check_table(files: Sequence[MarkFile], reading: ReadingConfig) -> None:
    """Refuse tables whose files cannot be added up."""
    if not files:
        raise EmptySetError("files", dropped={}, hint="give at least one file of a mark")
    first: dict[tuple[str, str], MarkFile] = {}
    for file in files:
        other, kind = first.setdefault((file.cell, file.mark), file), reading.kind_of(file.path)
        if kind != reading.kind_of(other.path):
            raise InputError(
                f"files of {file.mark} in {file.cell} must be of one kind to be added up; {other.path.name} holds "
                f"{reading.kind_of(other.path)}, {file.path.name} {kind}"
            )
        if (file.control is None) != (other.control is None):
            raise InputError(f"all files of {file.mark} in {file.cell} need a control, or none; one has no control")
        if file.control is not None and (kind != "reads" or reading.kind_of(file.control) != "reads"):
            raise InputError(f"a control goes with reads; {file.path.name} of {file.mark} in {file.cell} holds {kind}")


@dataclass
class _Counted:
    """Numbers per bin of some files together."""

    counts: dict[str, np.ndarray] = field(default_factory=dict)
    n_records: int = 0
    n_counted: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    def drop(self, reasons: Mapping[str, int]) -> None:
        """Add to what was left out."""
        for reason, n in reasons.items():
            self.dropped[reason] = self.dropped.get(reason, 0) + n

    def add(self, chrom: str, values: np.ndarray) -> None:
        """Add numbers of a contig; whole ones are kept in two bytes where they fit."""
        if chrom in self.counts:
            values = values + self.counts[chrom].astype(values.dtype)
        if values.dtype == np.int32 and values.max(initial=0) < 1 << 16:
            values = values.astype(np.uint16)
        self.counts[chrom] = values


@dataclass(frozen=True)
class _Cell:
    """The files of one cell type, and how they are read."""

    name: str
    files: Sequence[MarkFile]
    sizes: Mapping[str, int]
    config: BinarizeConfig
    reading: ReadingConfig

    def calls(self, marks: tuple[str, ...]) -> CellCalls:
        """Read all files, then call every mark on the contigs that the cell type has."""
        own = {mark: [file for file in self.files if file.mark == mark] for mark in marks}
        own = {mark: files for mark, files in own.items() if files}
        counted = {mark: self._counted([file.path for file in files]) for mark, files in own.items()}
        control_of = {mark: tuple(file.control for file in files if file.control) for mark, files in own.items()}
        controls = {paths: self._counted(dict.fromkeys(paths)) for paths in control_of.values() if paths}
        chroms = self._chroms(counted, controls)
        calls, rows = {}, []
        for mark, found in counted.items():
            control = controls.get(control_of[mark])
            kind = self.reading.kind_of(own[mark][0].path)
            calls[mark] = self._call(found, control, chroms, kind, mark)
            rows.append(self._row(mark, kind, own[mark], found, control, calls[mark]))
            _LOG.info("%s %s: %s", self.name, mark, _said(rows[-1]))
        return CellCalls(self.name, marks, chroms, calls, pd.DataFrame(rows, columns=list(CALL_COLUMNS)))

    def _chroms(
        self, counted: Mapping[str, _Counted], controls: Mapping[tuple[Path, ...], _Counted]
    ) -> tuple[str, ...]:
        """Contigs with reads of any mark and, where there are controls, of any control."""
        with_reads = {chrom for one in counted.values() for chrom in one.counts}
        with_control = {chrom for one in controls.values() for chrom in one.counts}
        lacking = [chrom for chrom in self.sizes if chrom in with_reads - with_control] if controls else []
        if lacking:
            text = f"{self.name}: {len(lacking)} contigs with reads but without control are left out"
            warnings.warn(f"{text} ({', '.join(lacking[:4])})", CisgramWarning, stacklevel=5)
        chroms = tuple(chrom for chrom in self.sizes if chrom in with_reads and chrom not in lacking)
        if not chroms:
            dropped = {"contigs without control": len(lacking)}
            raise EmptySetError(f"contigs of {self.name}", dropped=dropped, hint="is the control of the same genome?")
        if n_without := len(self.sizes) - len(chroms) - len(lacking):
            _LOG.info("%s: %d of %d contigs have no reads and are left out", self.name, n_without, len(self.sizes))
        return chroms

    def _call(
        self, found: _Counted, control: _Counted | None, chroms: tuple[str, ...], kind: MarkKind, mark: str
    ) -> MarkCalls:
        """Where a mark is present."""
        counts = self._on(chroms, found)
        if kind == "peaks":
            present = {chrom: values.astype(np.uint8) for chrom, values in counts.items()}
            return MarkCalls(present, float("nan"), {})
        try:
            return call_marks(counts, self.config, control=None if control is None else self._on(chroms, control))
        except EmptySetError as error:
            raise EmptySetError(f"reads of {mark} in {self.name}", dropped=found.dropped, hint=str(error)) from error

    def _on(self, chroms: tuple[str, ...], found: _Counted) -> dict[str, np.ndarray]:
        """Numbers on some contigs; zeros where there are none."""
        empty = {chrom: np.zeros(self.sizes[chrom] // self.config.bin_size, dtype=np.uint16) for chrom in chroms}
        return {chrom: found.counts.get(chrom, zeros) for chrom, zeros in empty.items()}

    def _counted(self, paths: Sequence[Path] | Mapping[Path, object]) -> _Counted:
        """Numbers per bin of some files."""
        found = _Counted()
        read = {"reads": self._add_reads, "peaks": self._add_peaks, "signal": self._add_signal}
        for path in paths:
            read[self.reading.kind_of(path)](path, found)
        return found

    def _add_reads(self, path: Path, found: _Counted) -> None:
        """Add the reads of a file."""
        names = match_contigs(self.sizes, contigs_of_reads(path), what=str(path)).to_genome
        reads = iterate_bin_counts(
            path,
            sizes=self.sizes,
            bin_size=self.config.bin_size,
            place=self.reading.place,
            shift_bp=self.reading.shift_bp,
            contigs=names,
            filters=self.reading.filters,
        )
        for chrom, counts in reads:
            found.add(chrom, counts)
        found.n_records += reads.report.n_records
        found.n_counted += reads.report.n_kept
        found.drop(reads.report.dropped)

    def _add_peaks(self, path: Path, found: _Counted) -> None:
        """Mark the bins that intervals of a file overlap."""
        table, n_kept, bin_size = read_intervals(path), 0, self.config.bin_size
        names = match_contigs(self.sizes, table["chrom"].unique().tolist(), what=str(path)).to_genome
        for in_file, rows in table.groupby("chrom", sort=False):
            chrom = names.get(str(in_file))
            if chrom is None:
                found.drop({"contig unknown": len(rows)})
                continue
            n_bins = self.sizes[chrom] // bin_size
            is_inside = rows["start"].to_numpy() < n_bins * bin_size
            bounds = (rows[name].to_numpy()[is_inside] for name in ("start", "end"))
            overlapped = bins_overlapped(*bounds, bin_size=bin_size, n_bins=n_bins)
            found.counts[chrom] = np.maximum(found.counts.get(chrom, overlapped), overlapped)
            n_kept += int(is_inside.sum())
            if not is_inside.all():
                found.drop({"outside whole bins": int((~is_inside).sum())})
        found.n_records += len(table)
        found.n_counted += n_kept

    def _add_signal(self, path: Path, found: _Counted) -> None:
        """Add the mean signal of every bin of a bigWig."""
        to_other = match_contigs(self.sizes, bigwig_sizes(path), what=str(path)).to_other
        for chrom, in_file in to_other.items():
            size = self.sizes[chrom]
            means = read_bigwig_bin_means(path, in_file, length=size, bin_size=self.config.bin_size)
            if means.any():
                found.add(chrom, means)

    def _row(
        self,
        mark: str,
        kind: MarkKind,
        files: Sequence[MarkFile],
        found: _Counted,
        control: _Counted | None,
        calls: MarkCalls,
    ) -> tuple[object, ...]:
        """What is told about a mark, :data:`CALL_COLUMNS`."""
        thresholds = calls.thresholds.values() or [float("nan")]
        return (
            self.name,
            mark,
            kind,
            len(files),
            found.n_records,
            found.n_counted,
            "; ".join(f"{n} {reason}" for reason, n in found.dropped.items()),
            0 if control is None else control.n_counted,
            calls.mean,
            float(min(thresholds)),
            float(max(thresholds)),
            calls.n_bins,
            calls.n_present,
            calls.n_present / calls.n_bins,
        )


def _said(row: tuple[object, ...]) -> str:
    """One line about a mark for the log."""
    one = dict(zip(CALL_COLUMNS, row, strict=True))
    share = f"present in {one['share_present']:.2%} of {one['n_bins']:,} bins"
    if one["kind"] == "peaks":
        return f"{one['n_counted']:,} peaks, {share}"
    low, high = one["lowest_threshold"], one["highest_threshold"]
    threshold = f"threshold {low:.0f}" + ("" if low == high else f" to {high:.0f}, by the control")
    counted = f"{one['n_counted']:,} of {one['n_records']:,} reads counted, " if one["kind"] == "reads" else ""
    return f"{counted}{threshold}, {share}"
