"""Sums per block give what whole-genome arrays give."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import average_precision_score

from cisgram.errors import EmptySetError, InputError
from cisgram.training.track_agreement import AgreementSums, draw_blocks, evaluation_blocks, odds

LENGTH = 1000


@pytest.fixture
def windows():
    starts = np.arange(0, 40 * LENGTH, LENGTH)
    parts = [pd.DataFrame({"chrom": chrom, "start": starts, "end": starts + LENGTH}) for chrom in ("I", "II")]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def tracks(windows):
    """A deep track with peaks, and a noisy copy of it, window by window."""
    rng = np.random.default_rng(3)
    expected = np.repeat(rng.gamma(0.3, 5, size=(len(windows), LENGTH // 50)), 50, axis=1)
    deep = rng.poisson(10 * expected).astype(np.float32)
    return deep, rng.poisson(expected).astype(np.float32), expected > 3


def gathered(windows, tracks, order=None, fewest_on=()):
    deep, noisy, is_peak = tracks
    sums = AgreementSums(evaluation_blocks(windows, fewest_on=fewest_on))
    for row in range(len(windows)) if order is None else order:
        sums.add(row, deep=deep[row], track=noisy[row], score=noisy[row], is_peak=is_peak[row])
    return sums


def doubles(*arrays):
    """SciPy adds up in the precision that it is given."""
    return [one.ravel().astype(np.float64) for one in arrays]


def test_metrics_are_those_of_scipy_and_sklearn_on_all_bases(windows, tracks):
    deep, noisy, is_peak = tracks
    blocks = evaluation_blocks(windows)
    found = gathered(windows, tracks).agreement(np.zeros((0, blocks.n_blocks)), np.ones(blocks.n_blocks, bool))
    binned = [one.reshape(-1, 100).mean(axis=1) for one in (deep, noisy)]
    assert found["pearson"].value == pytest.approx(pearsonr(*doubles(deep, noisy))[0], abs=1e-10)
    assert found["spearman"].value == pytest.approx(spearmanr(*binned)[0], abs=1e-6)
    # Coverage of small whole numbers has a level of its own for each, so that nothing is lost.
    assert found["auprc"].value == pytest.approx(average_precision_score(is_peak.ravel(), noisy.ravel()), abs=1e-9)


def test_one_contig_is_judged_by_its_own_windows(windows, tracks):
    deep, noisy, _ = tracks
    blocks = evaluation_blocks(windows, fewest_on=["II"])
    chosen = blocks.on(["II"])
    found = gathered(windows, tracks, fewest_on=["II"]).agreement(np.zeros((0, int(chosen.sum()))), chosen)
    own = (windows["chrom"] == "II").to_numpy()
    assert found["pearson"].value == pytest.approx(pearsonr(*doubles(deep[own], noisy[own]))[0], abs=1e-10)
    assert chosen.sum() * 2 == blocks.n_blocks


def test_a_resample_is_what_the_repeated_windows_give(windows, tracks):
    deep, noisy, is_peak = tracks
    blocks = evaluation_blocks(windows)
    draws = draw_blocks(blocks.n_blocks, n_resamples=2, seed=1)
    found = gathered(windows, tracks).agreement(draws, np.ones(blocks.n_blocks, bool))
    times = draws[1][blocks.block_of].astype(int)
    x, y, z = (np.repeat(one, times, axis=0).ravel() for one in (deep, noisy, is_peak))
    assert found["pearson"].resampled[1] == pytest.approx(pearsonr(*doubles(x, y))[0], abs=1e-10)
    assert found["auprc"].resampled[1] == pytest.approx(average_precision_score(z, y), abs=1e-9)


def test_the_order_of_windows_does_not_matter(windows, tracks):
    n = evaluation_blocks(windows).n_blocks
    order = np.random.default_rng(0).permutation(len(windows)).tolist()
    one, other = (gathered(windows, tracks, o).agreement(np.ones((1, n)), np.ones(n, bool)) for o in (None, order))
    assert {name: round(a.value, 12) for name, a in one.items()} == {
        name: round(a.value, 12) for name, a in other.items()
    }


def test_probabilities_near_one_are_told_apart():
    windows = pd.DataFrame({"chrom": ["I"], "start": [0], "end": [6]})
    probability = np.array([0.9999, 0.999, 0.9999, 0.1, 0.999, 0.0], np.float32)
    is_peak = np.array([True, False, True, False, False, False])
    sums = AgreementSums(evaluation_blocks(windows))
    sums.add(0, deep=probability, score=odds(probability), is_peak=is_peak)
    found = sums.agreement(np.zeros((0, 1)), np.ones(1, bool))
    assert found["auprc"].value == 1
    assert set(found) == {"auprc"}


def test_a_flat_track_has_no_correlation_and_no_peaks_no_precision(windows, tracks):
    deep = tracks[0]
    blocks = evaluation_blocks(windows)
    sums = AgreementSums(blocks)
    for row in range(len(windows)):
        flat = np.ones(LENGTH, np.float32)
        sums.add(row, deep=deep[row], track=flat, score=flat, is_peak=np.zeros(LENGTH, bool))
    found = sums.agreement(draw_blocks(blocks.n_blocks, n_resamples=5, seed=0), np.ones(blocks.n_blocks, bool))
    assert all(np.isnan(one.value) and one.interval is None for one in found.values())


def test_no_windows_on_the_contig_that_matters_is_an_error(windows):
    with pytest.raises(EmptySetError, match="no windows on III to evaluate left"):
        evaluation_blocks(windows, fewest_on=["III"])


def test_scores_without_peaks_are_refused(windows):
    sums = AgreementSums(evaluation_blocks(windows))
    values = np.ones(LENGTH, np.float32)
    with pytest.raises(InputError, match="need is_peak"):
        sums.add(0, deep=values, score=values)
