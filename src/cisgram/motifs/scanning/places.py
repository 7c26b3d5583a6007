"""Where a scan looks: stretches of contigs or of a set of sequences, all in one array of codes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import Rows, SequenceCodes
from cisgram.errors import ContigError, EmptySetError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import beyond_contig, merge
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet


@dataclass(frozen=True, eq=False)
class ScanPlaces:
    """Stretches that windows lie in.

    Parameters
    ----------
    codes
        All bases, end to end; may be a memory map.
    names
        Of the contigs (or sequences).
    offsets
        Where each contig begins in ``codes``.
    begins, ends
        Bounds of every stretch in ``codes``.
    contigs
        Which contig each stretch is of.
    """

    codes: SequenceCodes
    names: Sequence[str]
    offsets: Rows
    begins: Rows
    ends: Rows
    contigs: Rows

    @property
    def longest(self) -> int:
        """Length of the longest stretch in bp."""
        return int((self.ends - self.begins).max(initial=0))

    def n_windows(self, width: int) -> int:
        """Number of windows on one strand, with or without N."""
        return int(np.maximum(self.ends - self.begins - width + 1, 0).sum())

    def n_known_windows(self, width: int) -> int:
        """Number of windows on one strand without an N."""
        n = 0
        for begin, end in zip(self.begins, self.ends, strict=True):
            if end - begin >= width:
                breaks = np.concatenate([[-1], np.flatnonzero(self.codes[begin:end] == N), [end - begin]])
                n += int(np.maximum(np.diff(breaks) - width, 0).sum())
        return n

    def tasks(self, size: int) -> np.ndarray:
        """Pieces of at most so many places: first place, place after the last, end of the stretch, its number."""
        lengths = self.ends - self.begins
        n_pieces = -(-lengths // size)
        stretch = np.repeat(np.arange(len(lengths)), n_pieces)
        piece = np.arange(stretch.size) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
        first = self.begins[stretch] + piece * size
        end = self.ends[stretch]
        return np.stack([first, np.minimum(first + size, end), end, stretch], axis=1).astype(np.int64)


def places_of_sequences(sequences: SequenceSet) -> ScanPlaces:
    """Every sequence is a stretch."""
    if not len(sequences):
        raise EmptySetError("sequences", dropped={}, hint="give at least one to scan")
    starts = np.asarray(sequences.starts, dtype=np.int64)
    return ScanPlaces(
        sequences.joined, list(sequences.names), starts[:-1], starts[:-1], starts[1:] - 1, np.arange(len(sequences))
    )


def places_of_genome(genome: Genome, regions: pd.DataFrame | None, *, are_joined: bool) -> ScanPlaces:
    """Every contig is a stretch, or every region; these are joined where they overlap or touch, if asked for."""
    names = list(genome.sizes)
    sizes = np.array(list(genome.sizes.values()), dtype=np.int64)
    offsets = np.cumsum(sizes) - sizes
    if regions is None:
        return ScanPlaces(genome.joined, names, offsets, offsets, offsets + sizes, np.arange(len(names)))
    if regions.empty:
        raise EmptySetError("regions", dropped={}, hint="give at least one, or none for the whole genome")
    unknown = [name for name in regions["chrom"].drop_duplicates() if name not in genome.sizes]
    if unknown:
        raise ContigError(
            f"regions name {len(unknown)} contigs that the genome lacks, such as {unknown[0]!r}; it has "
            f"{', '.join(names[:5])}, {len(names)} in all; genomics.contigs.match_contigs says which are the same"
        )
    beyond = beyond_contig(regions, genome.sizes)
    if beyond.any():
        chrom, start, end = regions.loc[beyond, ["chrom", "start", "end"]].iloc[0]
        raise InputError(
            f"{int(beyond.sum())} of {len(regions)} regions reach past an end of their contig, the first is {chrom} "
            f"start {start}, end {end}, where the contig has {genome.sizes[chrom]} bp; is this the same assembly?"
        )
    if are_joined:
        regions = merge(regions)
    order = {name: number for number, name in enumerate(names)}
    contigs = regions["chrom"].map(order).to_numpy(dtype=np.int64)
    begins = offsets[contigs] + regions["start"].to_numpy(dtype=np.int64)
    ends = offsets[contigs] + regions["end"].to_numpy(dtype=np.int64)
    by_place = np.lexsort((ends, begins))
    return ScanPlaces(genome.joined, names, offsets, begins[by_place], ends[by_place], contigs[by_place])
