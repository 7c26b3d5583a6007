"""Which bigWig files make up a track, and their counts: pooled over replicates, checked, in the genome's names."""

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import ContigCounts, StoredReplicates, TrackTotals, Values
from cisgram.errors import CisgramWarning, ConfigError, InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.interval import resize
from cisgram.io.bigwig import bigwig_sizes, check_counts, read_bigwig_contig, read_bigwig_windows
from cisgram.io.files import require_file

_ROWS_PER_BLOCK = 8192


@dataclass(frozen=True)
class StrandFiles:
    """One replicate: bigWigs of counts per base."""

    plus: str | os.PathLike[str]
    """Plus strand, or both strands of an unstranded signal."""
    minus: str | os.PathLike[str] | None = None
    """Minus strand, as positive counts; None for an unstranded signal."""

    @property
    def paths(self) -> tuple[str | os.PathLike[str], ...]:
        """The files, in the order of the strands."""
        return (self.plus,) if self.minus is None else (self.plus, self.minus)


@dataclass(frozen=True)
class TrackFiles:
    """One signal that is predicted, or one control."""

    name: str
    """Name in tables, figures and files."""
    replicates: tuple[StrandFiles, ...]
    """One or more; counts of a track are their sum."""
    allow_fractional: bool = False
    """Accept counts that are not whole numbers."""

    def __post_init__(self) -> None:
        if not self.replicates:
            raise ConfigError(f"track {self.name!r} needs at least one replicate")
        if len({len(one.paths) for one in self.replicates}) > 1:
            raise ConfigError(f"track {self.name!r}: give every replicate both strands, or none of them a minus strand")

    @property
    def n_strands(self) -> int:
        """2 where the strands are told apart, else 1."""
        return len(self.replicates[0].paths)


@dataclass(frozen=True)
class TrackReader:
    """A track whose files are known to exist and to fit the genome; made by :func:`open_tracks`."""

    track: TrackFiles
    contigs: tuple[tuple[Mapping[str, str], ...], ...]
    """Per replicate and strand: names in the genome to names in the file, for the contigs that the file has."""

    def windows(self, table: pd.DataFrame) -> StoredReplicates:
        """Counts of equal-length windows, float32; 0 beyond the contigs and on contigs that a file lacks."""
        length = int((table["end"] - table["start"]).iloc[0])
        counts = np.empty((len(table), len(self.contigs), self.track.n_strands, length), dtype=np.float32)
        for replicate, strand, path, contigs in self.files():
            values = read_bigwig_windows(path, table, contigs=contigs, allow_missing=True)
            check_counts(values, path=path, where=table, allow_fractional=self.track.allow_fractional)
            counts[:, replicate, strand] = values
        return counts

    def contig(self, chrom: str, size: int) -> ContigCounts:
        """Counts along one contig of the genome (``strand position``), replicates pooled."""
        counts = np.zeros((self.track.n_strands, size), dtype=np.float32)
        for _, strand, path, contigs in self.files():
            if chrom in contigs:
                values: Values = read_bigwig_contig(path, contigs[chrom])
                check_counts(values, path=path, where=chrom, allow_fractional=self.track.allow_fractional)
                counts[strand] += values
        return counts

    def files(self) -> Iterator[tuple[int, int, str | os.PathLike[str], Mapping[str, str]]]:
        """Replicate, strand, path and contig names of every file."""
        for replicate, files in enumerate(self.track.replicates):
            for strand, path in enumerate(files.paths):
                yield replicate, strand, path, self.contigs[replicate][strand]


def open_tracks(tracks: Sequence[TrackFiles], sizes: Mapping[str, int]) -> list[TrackReader]:
    """Check that all files of all tracks are there and fit the genome.

    Parameters
    ----------
    tracks
        Tracks or controls.
    sizes
        Contigs of the genome and their lengths in bp.

    Raises
    ------
    InputError
        Naming every file that is missing, before any is read.
    ContigError
        If the contigs of a file do not fit the genome.
    """
    missing = []
    for track in tracks:
        for number, path in ((n, path) for n, files in enumerate(track.replicates, 1) for path in files.paths):
            try:
                require_file(path, f"replicate {number} of track {track.name!r}")
            except InputError as error:
                missing.append(str(error))
    if missing:
        raise InputError("; ".join(missing))
    return [
        TrackReader(track, tuple(tuple(_names(path, sizes) for path in files.paths) for files in track.replicates))
        for track in tracks
    ]


def warn_of_missing_contigs(readers: Sequence[TrackReader], windows: pd.DataFrame) -> None:
    """Warn where windows lie on contigs that a file lacks: their counts are taken to be 0."""
    on_contig = windows["chrom"].value_counts()
    for reader in readers:
        for _, _, path, contigs in reader.files():
            lacking = on_contig[~on_contig.index.isin(list(contigs))]
            if not lacking.empty:
                warnings.warn(
                    f"{os.fspath(path)} has no contig {', '.join(lacking.index[:6])}: the {int(lacking.sum())} windows "
                    "there get counts of 0; leave these contigs out if they were not measured",
                    CisgramWarning,
                    stacklevel=3,
                )


class PooledCounts(Mapping[str, ContigCounts]):
    """Counts along contigs, replicates and tracks pooled, read from the files when a contig is asked for.

    Parameters
    ----------
    tracks
        Tracks to add up; all stranded or all unstranded.
    sizes
        Contigs of the genome and their lengths in bp.
    """

    def __init__(self, tracks: Sequence[TrackFiles], sizes: Mapping[str, int]) -> None:
        self._sizes = sizes
        self._readers = open_tracks(tracks, sizes)

    def __getitem__(self, chrom: str) -> ContigCounts:
        counts = [reader.contig(chrom, self._sizes[chrom]) for reader in self._readers]
        return np.sum([one.sum(axis=0) for one in counts], axis=0)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)


def count_totals(
    windows: pd.DataFrame, tracks: Sequence[TrackFiles], *, sizes: Mapping[str, int], output_length: int
) -> TrackTotals:
    """Total counts in the middle ``output_length`` bp of every kept window, per track; NaN for dropped windows.

    Replicates and strands are added up. Windows are read in blocks, so memory does not grow with their number.
    """
    totals = np.full((len(windows), len(tracks)), np.nan)
    kept = np.flatnonzero(windows["dropped"].eq("").to_numpy())
    middle = resize(windows, output_length, center=(windows["start"] + windows["end"]) // 2)
    readers = open_tracks(tracks, sizes)
    for first in range(0, kept.size, _ROWS_PER_BLOCK):
        rows = kept[first : first + _ROWS_PER_BLOCK]
        for column, reader in enumerate(readers):
            totals[rows, column] = reader.windows(middle.iloc[rows]).sum(axis=(1, 2, 3), dtype=np.float64)
    return totals


def _names(path: str | os.PathLike[str], sizes: Mapping[str, int]) -> Mapping[str, str]:
    """Names in the genome to names in a bigWig."""
    return match_contigs(sizes, bigwig_sizes(path), what=f"bigWig {os.fspath(path)}").to_other
