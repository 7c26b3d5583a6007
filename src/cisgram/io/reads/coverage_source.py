"""One noun for everything that coverage can be read from, whole, thinned to fewer reads, or of some cells only."""

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd

from cisgram.arrays import Values
from cisgram.errors import CisgramWarning, ContigError, EmptySetError, InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.io.bigwig import bigwig_sizes, bigwig_total, check_counts, read_bigwig_windows
from cisgram.io.reads import bam
from cisgram.io.reads.barcodes import BarcodeGroups, none_matches
from cisgram.io.reads.bigwig_cuts import BigwigCuts
from cisgram.io.reads.counting import is_bam
from cisgram.io.reads.cut_index import Cuts, index_cuts
from cisgram.io.reads.hashing import key_of
from cisgram.io.reads.records import ReadFilter, ReadReport
from cisgram.io.reads.thinning import Thinning, add_counts, add_coverage, count_kept, reads_per_barcode

BigwigKind: TypeAlias = Literal["coverage", "cut_sites"]

_BIGWIG = (b"\x26\xfc\x8f\x88", b"\x88\x8f\xfc\x26")
_LACKING_SHARE = 0.01


@runtime_checkable
class CutTable(Protocol):
    """What cut sites are read from."""

    @property
    def barcodes(self) -> tuple[str, ...]:
        """Barcodes by number; empty where there are none."""
        ...

    @property
    def n_cuts_of(self) -> Mapping[str, int]:
        """Cut sites of every contig that has some."""
        ...

    @property
    def report(self) -> ReadReport | None:
        """What was left out, where that is known."""
        ...

    def cuts(self, chrom: str, start: int, end: int) -> Cuts:
        """The cut sites in a stretch of a contig, sorted."""
        ...


@dataclass(frozen=True, eq=False)
class CoverageSource:
    """Coverage along a genome, and how many reads it is made of.

    A *read* is one cut site: a read of a BAM or BED file has one, its 5' end; a fragment has two, its ends. The
    coverage of a cut site is 1 within ``extend_bp`` of it on either side, the site itself included. Several files
    are one source: their reads are added up.

    Made by :func:`open_coverage_source`. Nothing changes a source: ``thinned``, ``only`` and ``cells`` return others
    that share its data.

    Parameters
    ----------
    paths
        The files.
    sizes
        Contigs and their lengths in bp.
    extend_bp
        How far a cut site reaches on either side.
    tables
        Cut sites of each file; empty for bigWigs of coverage.
    to_file
        For bigWigs of coverage: names of contigs to names in each file.
    thinnings
        Which of the reads and cells of each file are used.
    """

    paths: tuple[Path, ...]
    sizes: Mapping[str, int]
    extend_bp: int
    tables: tuple[CutTable, ...]
    to_file: tuple[Mapping[str, str], ...]
    thinnings: tuple[Thinning, ...]

    @property
    def is_countable(self) -> bool:
        """Whether reads are known one by one, so that they can be counted and drawn."""
        return bool(self.tables)

    @property
    def report(self) -> ReadReport | None:
        """How many records were read and left out, all files together; None for bigWigs."""
        reports = [table.report for table in self.tables if table.report is not None]
        if not reports:
            return None
        reasons = dict.fromkeys(reason for report in reports for reason in report.dropped)
        dropped = {reason: sum(report.dropped.get(reason, 0) for report in reports) for reason in reasons}
        return ReadReport(sum(report.n_kept for report in reports), dropped)

    @cached_property
    def n_reads(self) -> int:
        """Cut sites that this source uses; counted when it is asked for the first time.

        Raises
        ------
        InputError
            For a bigWig of coverage.
        """
        self._require_reads("counted")
        return sum(self._n_reads_on(chrom) for chrom in self.sizes)

    @property
    def barcodes(self) -> tuple[str, ...]:
        """Barcodes of the cells that are used; of several files, each once. Empty where a file has none."""
        return tuple(dict.fromkeys(name for _, name in self._cells()))

    @property
    def contigs_with_reads(self) -> tuple[str, ...]:
        """Contigs that a file has reads (or, of coverage, an entry) for, in the order of ``sizes``."""
        if self.is_countable:
            found = {chrom for table in self.tables for chrom in table.n_cuts_of}
        else:
            found = {chrom for names in self.to_file for chrom in names}
        return tuple(chrom for chrom in self.sizes if chrom in found)

    def coverage(self, chrom: str, start: int, end: int) -> Values:
        """Coverage of every base of a stretch, before any scaling.

        Parameters
        ----------
        chrom, start, end
            Where, 0-based and half-open; the stretch may reach beyond the contig.

        Returns
        -------
        Values
            float32, ``end - start``; 0 where nothing covers a base, and beyond the ends of the contig.

        Raises
        ------
        ContigError
            The contig is not in ``sizes``.
        FormatError
            A bigWig has a negative or infinite value here.
        """
        first, last = self._inside(chrom, start, end)
        signal = np.zeros(end - start, dtype=np.float32)
        if last <= first:
            return signal
        inside = signal[first - start : last - start]
        if not self.is_countable:
            for path, names in zip(self.paths, self.to_file, strict=True):
                inside += _bigwig_coverage(path, names, chrom, first, last)
            return signal
        differences = np.zeros(last - first + 1, dtype=np.int32)
        for table, thinning in zip(self.tables, self.thinnings, strict=True):
            cuts = table.cuts(chrom, first - self.extend_bp, last + self.extend_bp)
            add_coverage(cuts, thinning, first, self.extend_bp, differences)
        inside += np.cumsum(differences[:-1])
        return signal

    def cut_counts(self, chrom: str, start: int, end: int) -> Values:
        """Cut sites of every base of a stretch, not extended; otherwise as :meth:`coverage`.

        Raises
        ------
        InputError
            For a bigWig of coverage.
        """
        self._require_reads("counted")
        first, last = self._inside(chrom, start, end)
        counts = np.zeros(end - start, dtype=np.float32)
        for table, thinning in zip(self.tables, self.thinnings, strict=True):
            add_counts(table.cuts(chrom, first, last), thinning, start, counts)
        return counts

    def thinned(self, *, n_reads: int | None = None, fraction: float | None = None, seed: int) -> "CoverageSource":
        """Keep each fragment, read pair or read with the same chance, whatever else is kept (binomial thinning).

        The mean is the coverage times the fraction; the reads that are left are a Poisson sample of the same library.
        With one seed, what a smaller fraction keeps is part of what a larger one keeps. The result depends neither
        on the order of contigs nor on which stretches are asked for.

        Parameters
        ----------
        n_reads
            Expected reads that are left (the number itself varies by about its square root), or
        fraction
            the chance of each, above 0 and at most 1.
        seed
            Of the draw.

        Raises
        ------
        InputError
            Neither or both are given, there are fewer reads than that, or the source is a bigWig of coverage.
        """
        self._require_reads("drawn")
        if (n_reads is None) == (fraction is None):
            raise InputError("give either n_reads or fraction")
        if n_reads is not None:
            if not 1 <= n_reads <= self.n_reads:
                raise InputError(f"n_reads must be 1 to {self.n_reads}, as many as there are; got {n_reads}")
            fraction = n_reads / self.n_reads
        if fraction is None or not 0 < fraction <= 1:
            raise InputError(f"fraction must be above 0 and at most 1; got {fraction}")
        draws = [key_of("reads", seed, number) for number in range(len(self.tables))]
        both = zip(self.thinnings, draws, strict=True)
        return replace(self, thinnings=tuple(one.with_draw(draw, fraction) for one, draw in both))

    def only(self, barcodes: Iterable[str]) -> "CoverageSource":
        """Use the reads of these cells only.

        Raises
        ------
        EmptySetError
            The file has none of these barcodes, or no barcodes at all.

        Warns
        -----
        CisgramWarning
            Where it lacks some of them.
        """
        wanted = dict.fromkeys(barcodes)
        known = self.barcodes
        matching = wanted.keys() & set(known)
        if not matching:
            raise none_matches(wanted, known, what=self._name)
        if len(matching) < len(wanted):
            lacking = [name for name in wanted if name not in matching]
            warnings.warn(
                f"{self._name} has {len(matching)} of {len(wanted)} barcodes; it lacks {', '.join(lacking[:3])}"
                f"{', ...' if len(lacking) > 3 else ''}",
                CisgramWarning,
                stacklevel=2,
            )
        return self._with_cells([cell for cell in self._cells() if cell[1] in matching])

    def cells(self, n: int, *, seed: int, min_reads: int = 0) -> "CoverageSource":
        """Use the reads of ``n`` cells drawn at random; with one seed, fewer cells are part of more.

        Parameters
        ----------
        n
            How many cells.
        seed
            Of the draw.
        min_reads
            Draw from cells with at least so many reads in the whole file; the files of a sequencer list many
            barcodes that are no cells.

        Raises
        ------
        InputError
            There are fewer cells than that.
        """
        cells = self._cells()
        if min_reads > 0:
            counts = [self._reads_per_barcode(number) for number in range(len(self.tables))]
            indices = [{name: i for i, name in enumerate(table.barcodes)} for table in self.tables]
            cells = [cell for cell in cells if counts[cell[0]][indices[cell[0]][cell[1]]] >= min_reads]
        if not 1 <= n <= len(cells):
            why = f" of at least {min_reads} reads" if min_reads else ""
            raise InputError(f"n must be 1 to {len(cells)}, as many cells{why} as {self._name} has; got {n}")
        # A cell's place in the draw is made of its own name, so that it does not matter which others there are.
        order = sorted(cells, key=lambda cell: int(key_of("cells", seed, *cell)))
        return self._with_cells(order[:n])

    def groups(self, table: BarcodeGroups) -> dict[str, "CoverageSource"]:
        """One source per group of cells; groups of which the file has no barcode are left out with a warning.

        Raises
        ------
        EmptySetError
            The file has no barcode of any group.
        """
        known = set(self.barcodes)
        present = {group: names for group, names in table.items() if known & set(names)}
        if not present:
            raise none_matches([name for names in table.values() for name in names], self.barcodes, what=self._name)
        if lacking := [group for group in table if group not in present]:
            warnings.warn(f"{self._name} has no cell of {', '.join(lacking)}", CisgramWarning, stacklevel=2)
        return {group: self.only(names) for group, names in present.items()}

    @property
    def _name(self) -> str:
        """The files, for messages."""
        return str(self.paths[0]) + (f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else "")

    def _inside(self, chrom: str, start: int, end: int) -> tuple[int, int]:
        """The part of a stretch that lies on its contig."""
        if chrom not in self.sizes:
            raise ContigError(
                f"{self._name}: there is no contig {chrom!r}; there are {', '.join(list(self.sizes)[:5])}"
            )
        return max(0, start), min(end, self.sizes[chrom])

    def _require_reads(self, what: str) -> None:
        if not self.is_countable:
            raise InputError(
                f"reads of {self._name} cannot be {what}: a bigWig of coverage does not tell reads apart; give "
                "BAM or fragments, or a bigWig of cut-site counts as such (kind='cut_sites')"
            )

    def _n_reads_on(self, chrom: str) -> int:
        """Reads of a contig that are used."""
        total = 0
        for table, thinning in zip(self.tables, self.thinnings, strict=True):
            n_cuts = table.n_cuts_of.get(chrom, 0)
            if n_cuts and not thinning.is_whole:
                n_cuts = count_kept(table.cuts(chrom, 0, self.sizes[chrom]), thinning)
            total += n_cuts
        return total

    def _cells(self) -> list[tuple[int, str]]:
        """Number of the file and barcode of every cell that is used."""
        return [
            (number, name)
            for number, (table, thinning) in enumerate(zip(self.tables, self.thinnings, strict=True))
            for i, name in enumerate(table.barcodes)
            if not thinning.cells.size or thinning.cells[i]
        ]

    def _with_cells(self, cells: Sequence[tuple[int, str]]) -> "CoverageSource":
        """The same source with these cells alone."""
        thinnings = []
        for number, (table, thinning) in enumerate(zip(self.tables, self.thinnings, strict=True)):
            chosen = {name for of_file, name in cells if of_file == number}
            # One more at the end, so that the mask of a file without barcodes is no empty one, which means all.
            mask = np.array([*(name in chosen for name in table.barcodes), False], dtype=bool)
            thinnings.append(replace(thinning, cells=mask))
        return replace(self, thinnings=tuple(thinnings))

    def _reads_per_barcode(self, number: int) -> np.ndarray:
        """Cut sites of every cell of one file, thinned or not."""
        table = self.tables[number]
        total = np.zeros(len(table.barcodes), dtype=np.int64)
        for chrom in table.n_cuts_of:
            total += reads_per_barcode(table.cuts(chrom, 0, self.sizes[chrom]), total.size)
        return total


def open_coverage_source(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    sizes: Mapping[str, int] | None = None,
    read_shift: tuple[int, int] = (0, 0),
    extend_bp: int = 100,
    contigs: Mapping[str, str] | None = None,
    filters: ReadFilter | None = None,
    kind: BigwigKind = "coverage",
) -> CoverageSource:
    r"""Open files of reads or bigWigs as a source of coverage; files of reads are read once.

    Parameters
    ----------
    paths
        One file, or several of which the reads are added up: BAM, fragments, BED with strands, or bigWigs (which
        cannot be mixed with reads).
    sizes
        Contigs and lengths in bp; None takes them from the header of a BAM file or from a bigWig.
    read_shift
        What is added to the position of plus-strand and of minus-strand ends, in bp: (4, -4) for raw Tn5 reads,
        (0, 0) for those that are centred already, (0, 1) for those shifted by +4 / -5 before.
    extend_bp
        How far a cut site reaches on either side: 100 makes boxes of 201 bp.
    contigs
        Names in the files to names in ``sizes``, where they differ (files of reads only; bigWigs are matched).
    filters
        Which alignments of a BAM file to use.
    kind
        Of a bigWig: ``"coverage"`` is taken as it is; ``"cut_sites"`` are whole counts per base, which are extended
        here and can be thinned.

    Returns
    -------
    CoverageSource
        For reads, with an index in the folder for temporary files (16 bytes per cut site), removed with the source.

    Raises
    ------
    ContigError, FormatError, InputError
        A file is missing, damaged or of another assembly; sizes are needed; or kinds of files are mixed.
    EmptySetError
        There is no read, or a bigWig is 0 everywhere.

    Warns
    -----
    CisgramWarning
        Where a file has nothing on contigs that make up more than a hundredth of the genome.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "fragments.tsv"
    >>> _ = path.write_text("I\t2\t5\tAAC\nI\t4\t8\tAAG\n")
    >>> source = open_coverage_source(path, sizes={"I": 9}, extend_bp=1)
    >>> source.n_reads, source.coverage("I", 0, 9).astype(int).tolist()
    (4, [0, 1, 1, 3, 2, 2, 1, 1, 1])
    >>> source.only(["AAG"]).coverage("I", 0, 9).astype(int).tolist()
    [0, 0, 0, 1, 1, 1, 1, 1, 1]
    """
    files = tuple(Path(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths))
    if not files or extend_bp < 0:
        raise InputError(f"at least one file and extend_bp of 0 or more are needed; got {len(files)} and {extend_bp}")
    are_bigwigs = {is_bigwig(file) for file in files}
    if len(are_bigwigs) > 1:
        raise InputError(f"bigWigs and files of reads cannot be added up: {', '.join(map(str, files))}")
    if are_bigwigs == {True}:
        source = _open_bigwigs(files, sizes, extend_bp, kind)
    else:
        sizes = sizes or _header_sizes(files)
        options = {"sizes": sizes, "read_shift": read_shift, "contigs": contigs, "filters": filters}
        tables = tuple(index_cuts(file, **options) for file in files)
        source = CoverageSource(files, dict(sizes), extend_bp, tables, (), (Thinning(),) * len(files))
    _warn_about_lacking(source)
    return source


def is_bigwig(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as bigWigs do; False where there is none (its reader says what is wrong)."""
    file = Path(path)
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(4) in _BIGWIG


def _header_sizes(files: Sequence[Path]) -> Mapping[str, int]:
    """Contigs of the first BAM file."""
    for file in files:
        if is_bam(file):
            return bam.bam_sizes(file)
    raise InputError(f"{files[0]} does not say how long contigs are; give sizes, e.g. those of the genome")


def _open_bigwigs(
    files: tuple[Path, ...], sizes: Mapping[str, int] | None, extend_bp: int, kind: BigwigKind
) -> CoverageSource:
    """A source on bigWigs, whose contigs are matched by name and length."""
    if kind not in ("coverage", "cut_sites"):
        raise InputError(f"kind must be 'coverage' or 'cut_sites'; got {kind!r}")
    to_file = []
    wanted = dict(sizes or bigwig_sizes(files[0]))
    for file in files:
        if bigwig_total(file) == 0:
            raise EmptySetError(
                f"coverage in {file}", dropped={"bases that are not 0": 0}, hint="is it the right file?"
            )
        in_file = bigwig_sizes(file)
        if in_file.keys() <= wanted.keys() and all(wanted[name] == size for name, size in in_file.items()):
            to_file.append({name: name for name in in_file})  # what is lacking is warned about for all files alike
        else:
            to_file.append(dict(match_contigs(wanted, in_file, what=f"bigWig {file}").to_other))
    tables: tuple[CutTable, ...] = ()
    if kind == "cut_sites":
        tables = tuple(BigwigCuts(file, to_file=names) for file, names in zip(files, to_file, strict=True))
    return CoverageSource(files, wanted, extend_bp, tables, tuple(to_file), (Thinning(),) * len(tables))


def _bigwig_coverage(path: Path, names: Mapping[str, str], chrom: str, start: int, end: int) -> np.ndarray:
    """Coverage of a stretch as a bigWig has it; 0 on a contig that it lacks."""
    if chrom not in names:
        return np.zeros(end - start, dtype=np.float32)
    where = pd.DataFrame({"chrom": [chrom], "start": [start], "end": [end]})
    values = read_bigwig_windows(path, where, contigs=names)
    check_counts(values, path=path, where=where, allow_fractional=True)
    return values[0]


def _warn_about_lacking(source: CoverageSource) -> None:
    """Say where a source has nothing to say about much of the genome."""
    lacking = [chrom for chrom in source.sizes if chrom not in set(source.contigs_with_reads)]
    share = sum(source.sizes[chrom] for chrom in lacking) / max(1, sum(source.sizes.values()))
    if share > _LACKING_SHARE:
        names = ", ".join(lacking[:4]) + (", ..." if len(lacking) > 4 else "")
        text = f"{source.paths[0]} has nothing on {len(lacking)} contigs ({names}: {share:.1%} of the bases)"
        warnings.warn(f"{text}; leave them out where that is no finding", CisgramWarning, stacklevel=3)
