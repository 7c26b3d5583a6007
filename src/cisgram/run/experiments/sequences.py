"""Sequences for experiments: read from FASTA, cut out of a genome, made at random, or shuffled; of one length."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Codes, Rows
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import Interval, interval_table, midpoints, resize
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.genomics.sequences_at import counted, sequences_at
from cisgram.interpret.experiments.backgrounds import centred, random_sequences, shuffled_sequences
from cisgram.io.fasta import read_genome
from cisgram.io.sequences import read_sequences
from cisgram.io.tables import read_intervals


@dataclass(frozen=True)
class SequenceSource:
    """Where sequences come from: one of FASTA, intervals, loci, and chance.

    Raises
    ------
    ConfigError
        Where not exactly one is given, or intervals and loci lack their genome.
    """

    fasta: Path | None = None
    """Sequences at least as long as the model reads; their middles are taken."""
    peaks: Path | None = None
    """BED or narrowPeak; windows lie around the summit, or the middle."""
    loci: tuple[str, ...] = ()
    """``chr1:1-1,000``, 1-based with both ends included; windows lie around the middle, on the plus strand."""
    n_random: int = 0
    """Random sequences of independent bases."""
    gc: float = 0.5
    """Share of G and C of those."""
    genome: Path | None = None
    """FASTA that peaks and loci lie on."""
    shuffles: int = 0
    """Take this many dinucleotide shuffles of each sequence in its place; 0 takes it as it is."""
    most: int = 500
    """Sequences to take at most; where there are more, some by chance."""
    seed: int = 0
    """Of all chance."""

    def __post_init__(self) -> None:
        given = [self.fasta is not None, self.peaks is not None, bool(self.loci), self.n_random > 0]
        if sum(given) != 1:
            raise ConfigError(f"give one source of sequences: FASTA, intervals, loci or random ones; got {sum(given)}")
        if (self.peaks is not None or self.loci) and self.genome is None:
            raise ConfigError("intervals and loci need the genome that they lie on: --genome FASTA")
        if self.shuffles < 0 or self.most < 1:
            raise ConfigError(
                f"shuffles must be 0 or more and most at least 1; got shuffles {self.shuffles}, most {self.most}"
            )


class ModelSequences(NamedTuple):
    """Sequences as long as a model reads."""

    codes: Codes
    names: list[str]
    sources: Rows
    """Number of the sequence that each was made from."""
    places: pd.DataFrame | None
    """``chrom start end`` of each window, where they are known."""
    remarks: dict[str, object]
    """What was read, left out and altered, for people."""


def read_model_sequences(source: SequenceSource, *, length_bp: int) -> ModelSequences:
    """Read or make sequences of the length that a model reads.

    Raises
    ------
    InputError
        Where files cannot be read, sequences are too short, or nothing is left.
    """
    if source.n_random:
        codes = random_sequences(source.n_random, length_bp, gc=source.gc, seed=source.seed)
        names = [f"random_{number + 1}" for number in range(len(codes))]
        remarks: dict[str, object] = {"sequences": f"{len(codes):,} random ones, GC {source.gc:g}"}
        return ModelSequences(codes, names, np.arange(len(codes)), None, remarks)
    read = _from_fasta(source.fasta, length_bp) if source.fasta is not None else _from_genome(source, length_bp)
    rows = np.arange(len(read.codes))
    if len(rows) > source.most:
        rows = np.sort(np.random.default_rng(source.seed).permutation(rows)[: source.most])
        read.remarks["taken by chance"] = f"{source.most:,} of {len(read.codes):,} (--max)"
    places = None if read.places is None else read.places.iloc[rows].reset_index(drop=True)
    taken = ModelSequences(read.codes[rows], [read.names[row] for row in rows], rows, places, read.remarks)
    return _shuffled(taken, source) if source.shuffles else taken


def _from_fasta(path: Path, length_bp: int) -> ModelSequences:
    read = read_sequences(path)
    codes = centred(read.sequences, length_bp)
    lengths = read.sequences.lengths
    span = f"{lengths.min()} bp" if lengths.min() == lengths.max() else f"{lengths.min()} to {lengths.max()} bp"
    cut = f", of which the middle {length_bp} bp" if lengths.max() > length_bp else ""
    remarks: dict[str, object] = {"sequences": f"{path}: {len(codes):,} of {span}{cut}", **read.dropped, **read.changed}
    return ModelSequences(codes, list(read.sequences.names), np.arange(len(codes)), None, remarks)


def _from_genome(source: SequenceSource, length_bp: int) -> ModelSequences:
    """Windows around peaks or loci; those that reach past an end of their contig are left out and counted."""
    assert source.genome is not None
    genome = read_genome(source.genome)
    if source.peaks is None:
        return _at_loci(genome, source.loci, length_bp)
    read = sequences_at(genome, read_intervals(source.peaks), width_bp=length_bp)
    is_whole = read.sequences.lengths == length_bp
    dropped = {**read.dropped, "windows cut by an end of their contig": int((~is_whole).sum())}
    if not is_whole.any():
        raise EmptySetError(f"windows of {length_bp} bp", dropped=counted(dropped), hint="is it the right assembly?")
    whole: SequenceSet = read.sequences.take(np.flatnonzero(is_whole))
    remarks: dict[str, object] = {
        "sequences": f"{source.peaks}: {len(whole):,} windows of {length_bp} bp",
        **{f"left out: {reason}": n for reason, n in counted(dropped).items()},
    }
    return ModelSequences(centred(whole, length_bp), list(whole.names), np.arange(len(whole)), whole.places, remarks)


def _at_loci(genome: Genome, loci: tuple[str, ...], length_bp: int) -> ModelSequences:
    """Windows around loci; whatever lies beyond a contig's end is N."""
    intervals = [Interval.parse(locus) for locus in loci]
    table = interval_table(
        [one.chrom for one in intervals], [one.start for one in intervals], [one.end for one in intervals]
    )
    to_genome = match_contigs(genome.sizes, table["chrom"], what="the loci").to_genome
    table["chrom"] = [to_genome.get(name, name) for name in table["chrom"]]
    windows = resize(table, length_bp, center=midpoints(table))
    codes = genome.windows(windows)
    if empty := [locus for locus, row in zip(loci, codes, strict=True) if (row == N).all()]:
        raise EmptySetError(
            "bases", dropped={"all N": len(empty)}, hint=f"{empty[0]} lies outside of its contig, or has no known base"
        )
    remarks: dict[str, object] = {"sequences": f"windows of {length_bp} bp around {', '.join(loci)}"}
    return ModelSequences(codes, list(loci), np.arange(len(codes)), windows, remarks)


def _shuffled(taken: ModelSequences, source: SequenceSource) -> ModelSequences:
    """Dinucleotide shuffles in the place of sequences."""
    n = source.shuffles
    remarks = {**taken.remarks, "shuffled": f"{n} dinucleotide shuffles of each in its place"}
    codes = shuffled_sequences(taken.codes, n_shuffles=n, seed=source.seed)
    names = [f"{name}_shuffle_{number + 1}" for name in taken.names for number in range(n)]
    return ModelSequences(codes, names, np.repeat(taken.sources, n), None, remarks)
