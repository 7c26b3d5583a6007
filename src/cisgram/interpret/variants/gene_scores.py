"""What a variant does to genes near it: predictions at the starts of transcription, summed."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import AllelePositions
from cisgram.interpret.variants.formulas import PSEUDOCOUNT
from cisgram.interpret.variants.outputs import OutputGeometry
from cisgram.interpret.variants.windows import Place

GENE_SCORE_COLUMNS = ("gene", "gene_name", "gene_strand", "distance")
"""What rows of genes say of these; ``distance``: from the start of transcription to the variant, in bp, below 0 where
the variant lies upstream."""


class GeneSums(NamedTuple):
    """Predictions at the start of one gene."""

    row: int
    """Of the gene table."""
    reference: np.ndarray
    """Sum over the bins, ``track``."""
    alternative: np.ndarray


def genes_near(
    place: Place,
    both: tuple[AllelePositions, AllelePositions],
    genes: pd.DataFrame,
    geometry: OutputGeometry,
    *,
    flank_bp: int,
) -> list[GeneSums]:
    """Sum both alleles' predictions over the bins of each gene's start that a window predicts.

    Bins count that hold a base within ``flank_bp`` of the start. Genes whose start lies outside of the predictions,
    and those of which some bin is not known, are left out.

    Parameters
    ----------
    place
        The window.
    both
        Of REF and ALT, ``1 track position``.
    genes
        Gene table of :func:`cisgram.genomics.genes.gene_table`; on the genome's contigs.
    geometry
        Of the predictions.
    flank_bp
        0: the bin of the start alone.
    """
    first, end = place.start + geometry.first_bp, place.start + geometry.first_bp + geometry.output_length
    starts = genes["tss"].to_numpy(np.int64)
    inside = np.flatnonzero((genes["chrom"].to_numpy() == place.chrom) & (starts >= first) & (starts < end))
    values = [one[0].reshape(one.shape[1], geometry.n_strands, geometry.n_bins) for one in both]
    found = []
    for row in inside.tolist():
        low = max(starts[row] - flank_bp - first, 0) // geometry.bin_size
        high = min((starts[row] + flank_bp - first) // geometry.bin_size + 1, geometry.n_bins)
        sums = [one[..., low:high].sum(axis=(1, 2), dtype=np.float64) for one in values]
        if np.isfinite(sums).all():
            found.append(GeneSums(row, *sums))
    return found


def gene_score(name: str, sums: GeneSums) -> np.ndarray:
    """One of :data:`cisgram.interpret.variants.scores.GENE_SCORES`, per track."""
    if name == "gene_diff_sum":
        return sums.alternative - sums.reference
    return np.log2((sums.alternative + PSEUDOCOUNT) / (sums.reference + PSEUDOCOUNT))
