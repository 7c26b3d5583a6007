"""Predicted against measured signal where genes begin, on contigs held out."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import BinnedTargets, GeneTracks
from cisgram.data.binned_store import BinnedStore
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.io.genes import read_genes
from cisgram.nn.metrics import pearson
from cisgram.run.folder import BinnedRun
from cisgram.training.bootstrap import Resamples, interval_of, resample_blocks, resampled_pearson
from cisgram.training.gene_agreement import (
    Assay,
    GeneStarts,
    assays_of,
    compare_genes,
    differences_between_assays,
    gene_signal,
    gene_starts,
)

GENE_TABLE = ("assay", "method", "n_genes", "pearson", "low", "high", "spearman")
DIFFERENCE_TABLE = ("method", "n_genes", "n_assays", "pearson", "low", "high")
VALUE_TABLE = ("gene", "name", "chrom", "tss", "strand", "assay", "measured", "predicted")
"""Columns of evaluation/genes.tsv, differences.tsv and gene_values.tsv.gz."""

_FEWEST_GENES, _FEWEST_ASSAYS = 10, 3


class GenesOfRun(NamedTuple):
    """Genes that begin in test windows, and the assays that they are measured by."""

    starts: GeneStarts
    assays: tuple[Assay, ...]
    resamples: Resamples
    measured: GeneTracks

    @property
    def are_enough(self) -> bool:
        """Whether there are so many that a correlation means something."""
        return len(self.starts.genes) >= _FEWEST_GENES


def genes_on_genome(run: BinnedRun, genome: Genome) -> pd.DataFrame | None:
    """The annotation of the settings, if there is one, contigs called as in the genome."""
    given = run.config.evaluation.genes
    if not given:
        return None
    table = read_genes(run.input(given))
    matched = match_contigs(genome.sizes, list(dict.fromkeys(table["chrom"])), what=given)
    table = table.assign(chrom=[matched.to_genome.get(name, name) for name in table["chrom"]])
    return table[table["chrom"].isin(list(genome.sizes))].reset_index(drop=True)


def genes_of_run(run: BinnedRun, store: BinnedStore, genes: pd.DataFrame) -> GenesOfRun:
    """Find genes of the test windows and what was measured where they begin."""
    layout, rows = store.layout, store.rows("test")
    geometry = {"bin_size": layout.bin_size, "n_bins": layout.n_bins}
    starts = gene_starts(genes, store.outputs(rows), **geometry, flank_bp=run.config.evaluation.tss_flank_bp)
    assays = tuple(assays_of(layout.track_names, layout.strand_pairs))
    resamples = resample_blocks(starts.genes, n_resamples=run.config.evaluation.n_bootstrap, seed=run.config.seed)
    kept = GeneStarts(starts.genes, rows[starts.window], starts.bins, starts.n_outside)
    return GenesOfRun(starts, assays, resamples, gene_signal(store.targets, kept, assays))


def gene_figures(own: GenesOfRun, predicted: GeneTracks, method: str) -> pd.DataFrame:
    """Agreement across genes of every assay."""
    names = [one.name for one in own.assays]
    table = compare_genes(own.measured, predicted, assay_names=names, resamples=own.resamples)
    return table.assign(method=method)[list(GENE_TABLE)]


def difference_figures(own: GenesOfRun, by_method: Mapping[str, GeneTracks]) -> pd.DataFrame:
    """Agreement of how genes differ between assays, strength of genes and assays taken out; without rows for few."""
    rows = []
    usable = ~np.isnan(own.measured).any(axis=1)
    for method, predicted in by_method.items():
        if len(own.assays) < _FEWEST_ASSAYS or usable.sum() < _FEWEST_GENES:
            break
        x, y = (differences_between_assays(side[usable]) for side in (own.measured, predicted))
        n_assays = x.shape[1]
        block_of = np.repeat(own.resamples.block_of[usable], n_assays)
        flat = Resamples(block_of, own.resamples.draws, own.resamples.block_bp)
        low, high = interval_of(resampled_pearson(flat, x.ravel(), y.ravel())) or (np.nan, np.nan)
        rows.append((method, int(usable.sum()), n_assays, pearson(x.ravel(), y.ravel()), low, high))
    return pd.DataFrame(rows, columns=list(DIFFERENCE_TABLE))


def gene_values(own: GenesOfRun, predicted: GeneTracks, shown: list[str]) -> pd.DataFrame:
    """Measured and predicted signal of every gene in some assays."""
    genes = own.starts.genes
    tss = np.where(genes["strand"] == "+", genes["start"], genes["end"] - 1)
    columns = genes[["gene", "name", "chrom", "strand"]].assign(tss=tss)
    parts = [
        columns.assign(assay=one.name, measured=own.measured[:, at], predicted=predicted[:, at])
        for at, one in enumerate(own.assays)
        if one.name in shown
    ]
    return pd.concat(parts, ignore_index=True)[list(VALUE_TABLE)]


def predicted_at_genes(own: GenesOfRun, predicted: BinnedTargets) -> GeneTracks:
    """Values of test windows where genes begin."""
    return gene_signal(predicted, own.starts, own.assays)
