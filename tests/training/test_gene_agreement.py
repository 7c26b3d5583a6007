"""Signal where genes begin: the right bins, the right strand, and figures of known values."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr

from cisgram.errors import InputError
from cisgram.genomics.genes import gene_table
from cisgram.training.bootstrap import resample_blocks
from cisgram.training.gene_agreement import (
    assays_of,
    compare_genes,
    differences_between_assays,
    gene_signal,
    gene_starts,
)

STRETCHES = pd.DataFrame({"chrom": ["I", "I", "II"], "start": [0, 50, 1000], "end": [100, 150, 1100]})


def genes(**columns):
    table = pd.DataFrame(columns)
    return gene_table(table["chrom"], table["start"], table["end"], strand=table["strand"], gene=table["gene"])


def test_a_gene_counts_once_in_the_window_that_has_it_nearest_to_its_middle():
    table = genes(
        chrom=["I", "I", "II"], start=[60, 90, 1040], end=[80, 99, 1060], strand=list("++-"), gene=list("abc")
    )
    found = gene_starts(table, STRETCHES, bin_size=10, n_bins=10)
    assert found.genes["gene"].tolist() == ["a", "b", "c"]
    assert found.window.tolist() == [0, 1, 2]  # 60 is 10 from the middle of the first, 40 from that of the second
    assert [one.tolist() for one in found.bins] == [[6], [4], [5]]
    assert found.n_outside == 0


def test_starts_of_one_gene_are_added_and_those_too_near_an_end_are_outside():
    table = genes(chrom=["I"] * 3, start=[40, 43, 2], end=[80, 80, 9], strand=list("+++"), gene=["a", "a", "b"])
    found = gene_starts(table, STRETCHES, bin_size=10, n_bins=10, flank_bp=5)
    assert [one.tolist() for one in found.bins] == [[3, 4]]
    assert found.n_outside == 1


def test_pairs_of_strands_are_told_by_their_names():
    names = ["CAGE_minus", "CAGE_plus", "a.rev", "a.fwd", "x1", "x2", "ATAC"]
    found = assays_of(names, [1, 0, 3, 2, 5, 4, 6])
    assert [tuple(one) for one in found] == [("CAGE", 1, 0), ("a", 3, 2), ("x1 / x2", 4, 5), ("ATAC", 6, 6)]


def test_genes_take_the_track_of_their_own_strand():
    table = genes(chrom=["I", "I"], start=[10, 10], end=[20, 36], strand=["+", "-"], gene=["a", "b"])
    starts = gene_starts(table, STRETCHES.iloc[:1], bin_size=10, n_bins=10)
    values = np.zeros((1, 3, 10))
    values[0, 0, 1], values[0, 1, 3], values[0, 2] = 5, 7, np.arange(10)
    assays = assays_of(["c.plus", "c.minus", "d"], [1, 0, 2])
    assert gene_signal(values, starts, assays).tolist() == [[5, 1], [7, 3]]
    assert gene_signal(values, starts, assays, is_sense=False).tolist() == [[0, 1], [0, 3]]


def test_correlations_are_those_of_logarithms_of_known_genes():
    rng = np.random.default_rng(0)
    measured, predicted = rng.gamma(1, 20, (80, 2)), rng.gamma(1, 20, (80, 2))
    predicted[:, 0] += measured[:, 0]
    measured[3, 0] = np.nan
    places = pd.DataFrame({"chrom": "I", "start": np.arange(80) * 9000}).assign(end=lambda t: t["start"] + 1)
    resamples = resample_blocks(places, n_resamples=200)
    found = compare_genes(measured, predicted, assay_names=["a", "b"], resamples=resamples).set_index("assay")
    known = ~np.isnan(measured[:, 0])
    x, y = np.log1p(measured[known, 0]), np.log1p(predicted[known, 0])
    assert found.loc["a", "n_genes"] == 79
    assert found.loc["a", "pearson"] == pytest.approx(pearsonr(x, y)[0])
    assert found.loc["a", "spearman"] == pytest.approx(spearmanr(x, y)[0])
    assert found.loc["a", "low"] < found.loc["a", "pearson"] < found.loc["a", "high"]
    with pytest.raises(InputError, match="1 assays"):
        compare_genes(measured, predicted, assay_names=["a"], resamples=resamples)


def test_differences_know_neither_strength_of_genes_nor_depth_of_assays():
    rng = np.random.default_rng(1)
    gene, assay = rng.normal(5, 1, (200, 1)), np.array([0.0, 1.0, 3.0])
    same = np.expm1(gene + assay)
    assert np.abs(differences_between_assays(same)).max() < 1e-9
    specific = rng.normal(0, 0.3, (200, 3))
    found = differences_between_assays(np.expm1(gene + assay + specific))
    wanted = specific - specific.mean(axis=1, keepdims=True)
    assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.95
    np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-9)
