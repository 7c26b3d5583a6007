"""Promoters to ask about: genes of an annotation, or loci, each with the window around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Codes
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genes import find_genes
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import Interval
from cisgram.genomics.sequence import N
from cisgram.interpret.saliency.geometry import BinGeometry
from cisgram.io.fasta import read_genome
from cisgram.io.genes import read_genes

PROMOTER_COLUMNS = ("name", "chrom", "tss", "strand", "asked_start", "asked_end", "start", "end")
"""One row per promoter: its name and TSS, the stretch whose signal is asked about, and the window that is read."""


@dataclass(frozen=True)
class PromoterSource:
    """Where promoters come from.

    Raises
    ------
    ConfigError
        Where neither genes nor loci are given, or genes lack their annotation.
    """

    genome: Path
    """FASTA."""
    annotation: Path | None = None
    """Genes as GTF, GFF3, BED or genePred."""
    genes: tuple[str, ...] = ()
    """Identifiers or symbols; of a gene of several transcripts, the TSS that most of them share is taken."""
    loci: tuple[str, ...] = ()
    """``chr1:1-1,000``, 1-based with both ends included: the signal of the whole locus is asked about."""
    flank_bins: int = 1
    """Bins on either side of that of a gene's TSS whose signal counts too."""

    def __post_init__(self) -> None:
        if not self.genes and not self.loci:
            raise ConfigError("say which promoters: --gene NAME (with --genes FILE) or --at chr1:1-1,000")
        if self.genes and self.annotation is None:
            raise ConfigError("genes need their annotation: --genes FILE (GTF, GFF3, BED or genePred)")
        if self.flank_bins < 0:
            raise ConfigError(f"flank_bins must not be negative; got {self.flank_bins}")


class Promoters(NamedTuple):
    """Promoters with their windows."""

    genome: Genome
    table: pd.DataFrame
    """:data:`PROMOTER_COLUMNS`; windows may reach beyond a contig, where the sequence is N."""
    codes: Codes
    """``promoter length``."""
    annotation: pd.DataFrame | None
    """Gene table by the genome's names of contigs, for pictures."""


def open_promoters(source: PromoterSource, geometry: BinGeometry) -> Promoters:
    """Find promoters and cut their windows, the promoter in the middle, bins on whole multiples of their width.

    Raises
    ------
    InputError
        Where files cannot be read, a gene or contig is unknown, or a locus is longer than what a model predicts.
    EmptySetError
        Where none is found.
    """
    genome = read_genome(source.genome)
    annotation = None if source.annotation is None else read_annotation(source.annotation, genome)
    parts = [_of_loci(source.loci, genome)]
    if source.genes and annotation is not None:
        found = annotation.iloc[find_genes(annotation, source.genes).rows]
        parts.append(promoters_of(found, bin_size=geometry.bin_size, flank_bins=source.flank_bins))
    table = pd.concat([one for one in parts if len(one)], ignore_index=True)
    return windows_around(table, genome, geometry, annotation=annotation)


def read_annotation(path: Path, genome: Genome) -> pd.DataFrame:
    """Gene table by the genome's names of contigs; genes of contigs that it has not are left out."""
    table = read_genes(path)
    to_genome = match_contigs(genome.sizes, table["chrom"], what=f"the genes in {path}").to_genome
    table = table[table["chrom"].isin(list(to_genome))]
    return table.assign(chrom=[to_genome[name] for name in table["chrom"]]).reset_index(drop=True)


def promoters_of(genes: pd.DataFrame, *, bin_size: int, flank_bins: int = 1) -> pd.DataFrame:
    """One promoter per gene, in the order of their first rows.

    Parameters
    ----------
    genes
        Gene table; of several rows of one gene, the TSS that comes most often is taken (of equal ones the leftmost).
    bin_size
        In bp.
    flank_bins
        Bins on either side of that of the TSS whose signal counts too.

    Returns
    -------
    pandas.DataFrame
        :data:`PROMOTER_COLUMNS` without the window.
    """
    rows = []
    for _, own in genes.groupby(["chrom", "gene"], sort=False):
        starts, times = np.unique(own["tss"].to_numpy(np.int64), return_counts=True)
        tss = int(starts[int(times.argmax())])
        first = own.iloc[0]
        asked = (tss // bin_size - flank_bins) * bin_size, (tss // bin_size + flank_bins + 1) * bin_size
        rows.append((first["name"], first["chrom"], tss, first["strand"], *asked))
    return pd.DataFrame(rows, columns=list(PROMOTER_COLUMNS[:6]))


def windows_around(
    table: pd.DataFrame, genome: Genome, geometry: BinGeometry, *, annotation: pd.DataFrame | None = None
) -> Promoters:
    """Cut the windows around promoters.

    Parameters
    ----------
    table
        :data:`PROMOTER_COLUMNS` without the window.
    genome, geometry
        Where windows are cut from, and how long they are.
    annotation
        Gene table, kept for pictures.
    """
    size, output_bp = geometry.bin_size, geometry.n_bins * geometry.bin_size
    asked = (table["asked_end"] - table["asked_start"]).to_numpy()
    if (too_long := asked > output_bp).any():
        first = table.iloc[int(np.argmax(too_long))]
        raise ConfigError(
            f"{first['name']} is longer than the {output_bp:,} bp that the model predicts of a window; give a shorter "
            "one"
        )
    middle = (table["asked_start"] + table["asked_end"]).to_numpy() / 2
    start = (np.round((middle - geometry.input_length / 2) / size) * size).astype(np.int64)
    windows = table.assign(start=start, end=start + geometry.input_length)
    codes = genome.windows(windows)
    if (is_empty := (codes == N).all(axis=1)).any():
        name = str(windows["name"].iloc[int(np.argmax(is_empty))])
        raise EmptySetError("bases", dropped={"all N": int(is_empty.sum())}, hint=f"{name} has no known base around it")
    return Promoters(genome, windows[list(PROMOTER_COLUMNS)], codes, annotation)


def _of_loci(loci: Sequence[str], genome: Genome) -> pd.DataFrame:
    """Loci as promoters without a strand."""
    intervals = [Interval.parse(locus) for locus in loci]
    chroms = [one.chrom for one in intervals]
    to_genome = match_contigs(genome.sizes, chroms, what="the loci").to_genome if loci else {}
    rows = [
        (locus, to_genome[one.chrom], (one.start + one.end) // 2, ".", one.start, one.end)
        for locus, one in zip(loci, intervals, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(PROMOTER_COLUMNS[:6]))
