"""Resampled blocks against plain loops over resampled windows, and against what is known in theory."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import average_precision_score

from cisgram.errors import InputError
from cisgram.training.bootstrap import (
    interval_of,
    resample_blocks,
    resampled_average_precision,
    resampled_mean,
    resampled_pearson,
    resampled_spearman,
)


def windows_of(n, *, spacing=1000, contigs=1):
    at = np.arange(n)
    return pd.DataFrame({"chrom": [f"chr{i % contigs}" for i in at], "start": at * spacing, "end": at * spacing + 200})


@pytest.fixture
def resamples():
    return resample_blocks(windows_of(300, contigs=3), n_resamples=40, seed=5)


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def in_resample(resamples, draw):
    """Indices of the windows of one resample, as often as they are drawn."""
    return np.repeat(np.arange(len(resamples.block_of)), resamples.draws[draw].astype(int)[resamples.block_of])


def test_every_resample_draws_as_many_blocks_as_there_are(resamples):
    assert (resamples.draws.sum(axis=1) == resamples.n_blocks).all()
    assert resamples.n_blocks >= 20


def test_blocks_do_not_cross_contigs_and_are_contiguous():
    windows = windows_of(400, contigs=2)
    block_of = resample_blocks(windows, n_resamples=1).block_of
    for _, group in windows.assign(block=block_of).groupby("block"):
        assert group["chrom"].nunique() == 1
        assert group["start"].max() - group["start"].min() < 5_000_000
    order = windows.assign(block=block_of).sort_values(["chrom", "start"])["block"]
    assert (order.diff().fillna(0) != 0).sum() == order.nunique() - 1


def test_large_genomes_have_blocks_of_5_megabases():
    found = resample_blocks(windows_of(3000, spacing=50_000), n_resamples=1)
    assert (found.block_bp, found.n_blocks) == (5_000_000, 30)


def test_the_same_seed_gives_the_same_draws(resamples):
    again = resample_blocks(windows_of(300, contigs=3), n_resamples=40, seed=5)
    assert (again.draws == resamples.draws).all()
    assert (resample_blocks(windows_of(300, contigs=3), n_resamples=40, seed=6).draws != again.draws).any()


def test_means_are_those_of_resampled_windows(resamples, rng):
    values = rng.random(300)
    values[::7] = np.nan
    expected = [np.nanmean(values[in_resample(resamples, draw)]) for draw in range(40)]
    assert resampled_mean(resamples, values) == pytest.approx(np.array(expected))


def test_correlations_are_those_of_resampled_windows(resamples, rng):
    x = rng.integers(0, 20, 300).astype(float)
    y = x + rng.integers(0, 20, 300) + 1000
    chosen = [in_resample(resamples, draw) for draw in range(40)]
    assert resampled_pearson(resamples, x, y) == pytest.approx([pearsonr(x[i], y[i]).statistic for i in chosen])
    assert resampled_spearman(resamples, x, y) == pytest.approx([spearmanr(x[i], y[i]).statistic for i in chosen])


def test_a_constant_has_no_correlation_in_any_resample(resamples, rng):
    assert np.isnan(resampled_pearson(resamples, rng.random(300), np.full(300, 0.3))).all()
    assert interval_of(resampled_spearman(resamples, rng.random(300), np.full(300, 0.3))) is None


def test_average_precision_is_that_of_resampled_items(resamples, rng):
    truth = rng.random((300, 10)) < 0.2
    scores = np.round(rng.random((300, 10)) + truth * 0.3, 3).astype(np.float32)
    block_of = np.repeat(resamples.block_of, 10)
    found = resampled_average_precision(resamples, truth.ravel(), scores.ravel(), block_of=block_of)
    chosen = [in_resample(resamples, draw) for draw in range(40)]
    expected = [average_precision_score(truth[i].ravel(), scores[i].ravel()) for i in chosen]
    assert found == pytest.approx(np.array(expected), abs=1e-3)


def test_with_few_scores_average_precision_is_exact(resamples, rng):
    truth, scores = rng.random(300) < 0.3, rng.integers(0, 9, 300).astype(np.float32)
    found = resampled_average_precision(resamples, truth, scores, block_of=resamples.block_of)
    chosen = [in_resample(resamples, draw) for draw in range(40)]
    assert found == pytest.approx(np.array([average_precision_score(truth[i], scores[i]) for i in chosen]))


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    values = np.random.default_rng(2).normal(size=2000)
    many = resample_blocks(windows_of(2000, spacing=5_000_000), n_resamples=2000, seed=0)
    low, high = interval_of(resampled_mean(many, values))
    assert (high - low) == pytest.approx(2 * 1.96 / np.sqrt(2000), rel=0.1)
    assert low < values.mean() < high


def test_windows_that_resemble_their_neighbours_have_wider_intervals():
    values = np.repeat(np.random.default_rng(2).normal(size=40), 50)
    together = resample_blocks(windows_of(2000, spacing=100_000), n_resamples=500, seed=0)
    alone = resample_blocks(windows_of(2000, spacing=5_000_000), n_resamples=500, seed=0)
    wide, narrow = (np.ptp(interval_of(resampled_mean(one, values))) for one in (together, alone))
    assert wide > 4 * narrow


def test_no_windows_and_no_resamples_give_no_interval():
    assert interval_of(resampled_mean(resample_blocks(windows_of(0), n_resamples=5), np.zeros(0))) is None
    assert interval_of(resampled_mean(resample_blocks(windows_of(9), n_resamples=0), np.zeros(9))) is None


def test_impossible_settings_are_refused():
    with pytest.raises(InputError, match="n_resamples"):
        resample_blocks(windows_of(3), n_resamples=-1)
