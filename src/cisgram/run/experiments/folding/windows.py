"""Windows around loci, on the bins of the genome, and the sites that lie in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Codes
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import Interval, interval_table, tile
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.interpret.folding.prediction import MapGeometry
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_intervals
from cisgram.motifs.scanning.scan import ScanConfig, scan_sequences

_MOST_N = 0.1


@dataclass(frozen=True)
class PlaceSource:
    """Where windows lie.

    Raises
    ------
    ConfigError
        Where there are neither loci nor windows by chance.
    """

    genome: Path
    """FASTA."""
    loci: tuple[str, ...] = ()
    """``chr1:1-1,000``, 1-based with both ends included; windows lie around the middle, on whole bins."""
    n_random: int = 0
    """Windows by chance, that do not overlap."""
    contigs: tuple[str, ...] = ()
    """Only of these contigs, such as those held out of training; all, if none is given."""
    seed: int = 0

    def __post_init__(self) -> None:
        if bool(self.loci) == bool(self.n_random):
            raise ConfigError("say where: either loci (--at chr1:1-1,000) or a number of windows (--random N)")


@dataclass(frozen=True, eq=False)
class SiteSource:
    """Which sites are looked at: those of a BED file, or hits of motifs."""

    bed: Path | None = None
    """BED with strands; the fifth column is the strength of a site, if any."""
    motifs: Sequence[Motif] = field(default=(), repr=False)
    """Scanned for in the windows, where there is no BED file."""
    p_value: float = 1e-5
    """Largest p-value of a hit."""
    min_score: float | None = None
    """Least fifth column of a site of the BED file."""

    def __post_init__(self) -> None:
        if (self.bed is None) == (not self.motifs):
            raise ConfigError("say which sites: a BED file (--sites) or motifs to scan for (--motif-file, --motif)")


class FoldingWindows(NamedTuple):
    """Windows as long as the model reads."""

    genome: Genome
    table: pd.DataFrame
    """``chrom start end name``; may reach beyond a contig, where the sequence is N."""
    codes: Codes

    def first_bp(self, row: int, geometry: MapGeometry) -> int:
        """Where the map of a window begins in the genome."""
        return int(self.table["start"].iloc[row]) + geometry.first_bp


def open_windows(source: PlaceSource, geometry: MapGeometry) -> FoldingWindows:
    """Cut windows around loci, or by chance.

    Raises
    ------
    InputError, EmptySetError
        Where the genome lacks a contig, or no window has known bases.
    """
    genome = read_genome(source.genome)
    table = _at_loci(genome, source.loci, geometry) if source.loci else _by_chance(genome, source, geometry)
    codes = genome.windows(table)
    unknown = (codes == N).mean(axis=1)
    if source.n_random:
        rows = np.flatnonzero(unknown <= _MOST_N)
        rng = np.random.default_rng(source.seed)
        rows = np.sort(rng.permutation(rows)[: source.n_random])
        table, codes, unknown = table.iloc[rows].reset_index(drop=True), codes[rows], unknown[rows]
    if not len(codes) or (unknown == 1).any():
        raise EmptySetError(
            "bases", dropped={"windows of N": int((unknown == 1).sum())}, hint="a locus lies outside of its contig"
        )
    return FoldingWindows(genome, table, codes)


def sites_of(windows: FoldingWindows, source: SiteSource) -> pd.DataFrame:
    """The sites that lie wholly in windows: ``row start end strand name``, and ``chrom genome_start`` of each.

    Raises
    ------
    EmptySetError
        Where there are none.
    """
    table = _of_bed(windows, source) if source.bed is not None else _of_motifs(windows, source)
    if table.empty:
        what = f"sites of {source.bed}" if source.bed is not None else f"hits with p <= {source.p_value:g}"
        raise EmptySetError(
            f"{what} in {len(windows.codes)} windows", dropped={}, hint="other windows, or a larger --p-value"
        )
    starts = windows.table["start"].to_numpy()[table["row"].to_numpy()]
    chroms = windows.table["chrom"].to_numpy()[table["row"].to_numpy()]
    return table.assign(chrom=chroms, genome_start=starts + table["start"].to_numpy()).sort_values(
        ["row", "start", "name"], kind="stable", ignore_index=True
    )


def _at_loci(genome: Genome, loci: Sequence[str], geometry: MapGeometry) -> pd.DataFrame:
    """Windows around the middle of loci, beginning at a bin of the genome."""
    intervals = [Interval.parse(locus) for locus in loci]
    chroms = [one.chrom for one in intervals]
    to_genome = match_contigs(genome.sizes, chroms, what="the loci").to_genome
    width, length = geometry.bin_size, geometry.input_length
    starts = np.array([round(((one.start + one.end) / 2 - length / 2) / width) * width for one in intervals])
    return pd.DataFrame(
        {
            "chrom": [to_genome.get(chrom, chrom) for chrom in chroms],
            "start": starts,
            "end": starts + length,
            "name": list(loci),
        }
    )


def _by_chance(genome: Genome, source: PlaceSource, geometry: MapGeometry) -> pd.DataFrame:
    """All windows side by side, of which some are taken later."""
    to_genome = match_contigs(genome.sizes, source.contigs, what="--contigs").to_genome if source.contigs else {}
    chosen = {to_genome.get(name, name) for name in source.contigs} or set(genome.sizes)
    sizes = {name: size for name, size in genome.sizes.items() if name in chosen}
    table = tile(sizes, length_bp=geometry.input_length)
    if table.empty:
        raise EmptySetError(f"windows of {geometry.input_length} bp", dropped={"contigs that are shorter": len(sizes)})
    return table.assign(
        name=[str(Interval(*place)) for place in zip(table["chrom"], table["start"], table["end"], strict=True)]
    )


def bed_sites(path: Path, genome: Genome, *, min_score: float | None = None) -> pd.DataFrame:
    """Sites of a BED file by the genome's names of contigs.

    Parameters
    ----------
    path
        BED, with strands where they are known.
    genome
        Whose names of contigs are used where they mean the same.
    min_score
        Least fifth column; all sites if None.

    Raises
    ------
    EmptySetError
        Where none is left.
    """
    own = read_intervals(path)
    if min_score is not None and "score" in own:
        n_weak = int((own["score"] < min_score).sum())
        own = own[own["score"] >= min_score]
        if own.empty:
            raise EmptySetError(f"sites of {path}", dropped={f"of a score below {min_score:g}": n_weak})
    to_genome = match_contigs(genome.sizes, own["chrom"], what=f"the sites in {path}").to_genome
    return own.assign(chrom=[to_genome.get(name, name) for name in own["chrom"]])


def _of_bed(windows: FoldingWindows, source: SiteSource) -> pd.DataFrame:
    """Sites of a BED file that lie wholly in a window."""
    assert source.bed is not None
    own = bed_sites(source.bed, windows.genome, min_score=source.min_score)
    parts = [interval_table([], [], []).assign(row=[], strand=[], name=[])]
    places = zip(*(windows.table[name] for name in ("chrom", "start", "end")), strict=True)
    for row, (chrom, start, end) in enumerate(places):
        inside = own[(own["chrom"] == chrom) & (own["start"] >= start) & (own["end"] <= end)]
        parts.append(inside.assign(row=row, start=inside["start"] - start, end=inside["end"] - start))
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    table = table.assign(strand=table.get("strand", "."), name=table.get("name", "."))
    return table[["row", "start", "end", "strand", "name"]]


def _of_motifs(windows: FoldingWindows, source: SiteSource) -> pd.DataFrame:
    """Hits of motifs in the windows themselves."""
    sequences = SequenceSet.from_codes({str(row): codes for row, codes in enumerate(windows.codes)})
    hits = scan_sequences(list(source.motifs), sequences, config=ScanConfig(p_value=source.p_value)).hits
    table = hits[["start", "end", "strand", "name"]].assign(row=hits["chrom"].astype(np.int64))
    return table[["row", "start", "end", "strand", "name"]]
