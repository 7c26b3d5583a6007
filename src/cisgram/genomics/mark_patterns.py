"""Which histone marks are present along genomes: the patterns that occur, and how long each lasts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from cisgram.arrays import BinCalls, PatternTable, PerRun, Rows
from cisgram.errors import EmptySetError, InputError

ABSENT, PRESENT, NOT_MEASURED = 0, 1, 2
"""What a mark can be in a bin."""


class ContigRuns(NamedTuple):
    """One contig of one cell type, as runs of bins that have the same pattern.

    Neighbouring runs have different patterns. Takes 8 bytes per run; real marks have one run for about seven bins.
    """

    cell: str
    chrom: str
    pattern: PerRun
    """Row of the table of patterns, one per run."""
    length: PerRun
    """Bins, one per run."""

    @property
    def n_bins(self) -> int:
        """How many bins the contig has."""
        return int(self.length.sum())

    def indices(self) -> Rows:
        """Row of the table of patterns, one per bin (int32)."""
        return np.repeat(self.pattern, self.length)


@dataclass(frozen=True, eq=False)
class MarkPatterns:
    """Marks in bins of equal width along the contigs of one or more cell types.

    Parameters
    ----------
    marks
        Names of the marks; each once.
    bin_size
        Width of a bin in bp. The last bin of a contig is a whole one: what is left of a contig is no bin.
    patterns
        The patterns that occur, each once: 0 where a mark is absent, 1 where it is present, 2 where it was not
        measured.
    contigs
        Every contig of every cell type; each pair of these once.

    Raises
    ------
    InputError
        A mark or a pair of cell type and contig comes twice, a value is not 0, 1 or 2, or a run names a pattern that
        there is not.

    Examples
    --------
    >>> calls = np.array([[0, 0], [0, 0], [1, 0]], dtype=np.uint8)
    >>> patterns = MarkPatterns.from_calls(["H3K4me3", "H3K27me3"], {("K562", "chr1"): calls})
    >>> patterns
    <MarkPatterns 2 marks, 2 patterns, 1 cell types, 1 contigs, 3 bins of 200 bp>
    >>> patterns.contigs[0].length.tolist()
    [2, 1]
    """

    marks: tuple[str, ...]
    bin_size: int
    patterns: PatternTable
    contigs: tuple[ContigRuns, ...]

    def __post_init__(self) -> None:
        _refuse_repeats(self.marks, "mark")
        _refuse_repeats([f"{runs.cell} {runs.chrom}" for runs in self.contigs], "cell type and contig")
        if self.bin_size < 1:
            raise InputError(f"bin_size must be at least 1 bp; got {self.bin_size}")
        if self.patterns.shape[1] != len(self.marks):
            raise InputError(f"{len(self.marks)} marks need as many columns of patterns; got {self.patterns.shape[1]}")
        if self.patterns.size and self.patterns.max() > NOT_MEASURED:
            raise InputError("a mark must be 0 (absent), 1 (present) or 2 (not measured)")
        for runs in self.contigs:
            if not len(runs.pattern) or len(runs.pattern) != len(runs.length) or runs.length.min() < 1:
                raise InputError(f"{runs.cell} {runs.chrom}: runs need a pattern and at least one bin each")
            if runs.pattern.min() < 0 or runs.pattern.max() >= len(self.patterns):
                raise InputError(f"{runs.cell} {runs.chrom}: a run names a pattern that there is not")

    def __repr__(self) -> str:
        return (
            f"<MarkPatterns {len(self.marks)} marks, {len(self.patterns)} patterns, {len(self.cells)} cell types, "
            f"{len(self.chroms)} contigs, {self.n_bins} bins of {self.bin_size} bp>"
        )

    @classmethod
    def from_calls(
        cls,
        marks: Sequence[str],
        calls: Mapping[tuple[str, str], BinCalls] | Iterable[tuple[tuple[str, str], BinCalls]],
        bin_size: int = 200,
    ) -> "MarkPatterns":
        """Find patterns and runs in what was called for each bin.

        Parameters
        ----------
        marks
            Names of the marks, in the order of the columns.
        calls
            For each pair of cell type and contig, one row per bin: 0, 1 or 2. Of pairs that come one by one, only the
            runs are kept: memory is that of the largest contig and 8 bytes per run.
        bin_size
            Width of a bin in bp.

        Raises
        ------
        InputError
            As for the class, and where a contig has no bins or not one column per mark.
        """
        rows: dict[bytes, int] = {}
        items: Iterable[tuple[tuple[str, str], BinCalls]] = calls.items() if isinstance(calls, Mapping) else calls  # pyright: ignore[reportAssignmentType]
        contigs = tuple(_runs(cell, chrom, values, tuple(marks), rows) for (cell, chrom), values in items)
        table = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), len(marks))
        return cls(tuple(marks), bin_size, table, contigs)

    @property
    def n_bins(self) -> int:
        """Bins of all contigs of all cell types."""
        return sum(runs.n_bins for runs in self.contigs)

    @property
    def cells(self) -> tuple[str, ...]:
        """Cell types, each once, in the order of the contigs."""
        return tuple(dict.fromkeys(runs.cell for runs in self.contigs))

    @property
    def chroms(self) -> tuple[str, ...]:
        """Contigs, each once, in their order."""
        return tuple(dict.fromkeys(runs.chrom for runs in self.contigs))

    def runs(self, cell: str, chrom: str) -> ContigRuns:
        """The runs of one contig of one cell type.

        Raises
        ------
        InputError
            There is no such pair.
        """
        for runs in self.contigs:
            if (runs.cell, runs.chrom) == (cell, chrom):
                return runs
        raise InputError(f"there is no contig {chrom!r} of cell type {cell!r}")

    def calls(self, cell: str, chrom: str) -> BinCalls:
        """Which marks are present, one row per bin: 0, 1 or 2 (not measured)."""
        return self.patterns[self.runs(cell, chrom).indices()]

    def only(self, *, cells: Collection[str] | None = None, chroms: Collection[str] | None = None) -> "MarkPatterns":
        """Keep some cell types and contigs; patterns keep their rows, also those that no longer occur.

        Raises
        ------
        InputError
            One that was asked for is not there.
        EmptySetError
            Nothing is left.
        """
        for asked, there, what in ((cells, self.cells, "cell type"), (chroms, self.chroms, "contig")):
            if unknown := sorted(set(asked or ()) - set(there)):
                raise InputError(f"there is no {what} {unknown[0]!r}; there are {', '.join(there[:8])}")
        kept = tuple(
            runs
            for runs in self.contigs
            if (cells is None or runs.cell in cells) and (chroms is None or runs.chrom in chroms)
        )
        if not kept:
            raise EmptySetError("contigs", dropped={"not asked for": len(self.contigs)})
        return replace(self, contigs=kept)

    def with_marks(self, marks: Sequence[str]) -> "MarkPatterns":
        """The same bins with these marks in this order; marks that are not there count as not measured.

        Patterns that differ in dropped marks only become one, but runs are not joined.

        Examples
        --------
        >>> calls = np.array([[0, 1]], dtype=np.uint8)
        >>> patterns = MarkPatterns.from_calls(["a", "b"], {("K562", "chr1"): calls})
        >>> patterns.with_marks(["b", "c"]).patterns.tolist()
        [[1, 2]]
        """
        if tuple(marks) == self.marks:
            return self
        table = np.full((len(self.patterns), len(marks)), NOT_MEASURED, np.uint8)
        for column, mark in enumerate(marks):
            if mark in self.marks:
                table[:, column] = self.patterns[:, self.marks.index(mark)]
        unique, row_of = np.unique(table, axis=0, return_inverse=True)
        contigs = tuple(runs._replace(pattern=row_of.astype(np.int32)[runs.pattern]) for runs in self.contigs)
        return MarkPatterns(tuple(marks), self.bin_size, unique, contigs)


def _runs(cell: str, chrom: str, calls: BinCalls, marks: tuple[str, ...], rows: dict[bytes, int]) -> ContigRuns:
    """Runs of equal rows; patterns that are new are added to ``rows``."""
    if calls.shape[1] != len(marks) or not len(calls):
        raise InputError(
            f"{cell} {chrom}: at least one bin and one column for each of {len(marks)} marks are needed; "
            f"got {calls.shape[0]} bins and {calls.shape[1]} columns"
        )
    is_new = np.ones(len(calls), dtype=bool)
    np.any(calls[1:] != calls[:-1], axis=1, out=is_new[1:])
    starts = np.flatnonzero(is_new)
    firsts = np.ascontiguousarray(calls[starts])
    as_bytes = firsts.view(np.dtype((np.void, len(marks)))).ravel()
    unique, first_at, inverse = np.unique(as_bytes, return_index=True, return_inverse=True)
    numbers = np.empty(len(unique), np.int32)
    for place in np.argsort(first_at):  # patterns are numbered in the order in which they come
        numbers[place] = rows.setdefault(unique[place].tobytes(), len(rows))
    lengths = np.diff(np.append(starts, len(calls))).astype(np.int32)
    return ContigRuns(cell, chrom, numbers[inverse], lengths)


def _refuse_repeats(names: Sequence[str], what: str) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise InputError(f"every {what} must come once; {name} comes twice")
        seen.add(name)
