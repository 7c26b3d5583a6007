"""Peaks in bins: against the plain test of every bin, and areas against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson
from sklearn.metrics import average_precision_score, roc_auc_score

from cisgram.errors import InputError
from cisgram.genomics.q_values import q_values
from cisgram.training.binned_peaks import compare_peaks, peak_bins
from cisgram.training.bootstrap import resample_blocks


def sample(seed=0, shape=(25, 40)):
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(0.3, 4.0, shape)).astype(np.float32)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_peaks_are_those_of_the_plain_test(seed):
    values = sample(seed)
    values[3, :5] = np.nan
    known = values[~np.isnan(values)]
    plain = q_values(poisson.sf(np.round(known.astype(float)) - 1, known.mean(dtype=float))) < 0.01
    assert plain.any()
    np.testing.assert_array_equal(peak_bins(values)[~np.isnan(values)], plain)
    assert not peak_bins(values)[3, :5].any()


@pytest.mark.parametrize("values", [np.zeros((4, 5)), np.ones((4, 5)), np.full((4, 5), np.nan), np.full((4, 5), -1.0)])
def test_a_track_that_is_flat_has_no_peaks(values):
    assert not peak_bins(values).any()


def test_areas_are_those_of_scikit_learn_and_intervals_hold_them():
    values = sample(5)
    rng = np.random.default_rng(1)
    predicted = (values + rng.normal(0, 3, values.shape)).round(1).astype(np.float32)
    windows = pd.DataFrame({"chrom": "I", "start": np.arange(25) * 20_000}).assign(end=lambda t: t["start"] + 5_000)
    options = {"track_names": ["a"], "resamples": resample_blocks(windows, n_resamples=300)}
    table = compare_peaks(values[:, None], predicted[:, None], **options).set_index("metric")
    truth = peak_bins(values).ravel()
    assert table.loc["auroc", "value"] == pytest.approx(roc_auc_score(truth, predicted.ravel()), abs=1e-12)
    assert table.loc["auprc", "value"] == pytest.approx(average_precision_score(truth, predicted.ravel()), abs=1e-12)
    assert table["n_peaks"].tolist() == [truth.sum()] * 2
    assert ((table["low"] < table["value"]) & (table["value"] < table["high"])).all()


def test_the_interval_is_about_that_of_resampling_bin_by_bin():
    values, rng = sample(7, (60, 40)), np.random.default_rng(2)
    predicted = (values + rng.normal(0, 4, values.shape)).astype(np.float32)
    windows = pd.DataFrame({"chrom": "I", "start": np.arange(60) * 1_000_000}).assign(end=lambda t: t["start"] + 5_000)
    resamples = resample_blocks(windows, n_resamples=200, max_block_bp=1_000_000)
    table = compare_peaks(values[:, None], predicted[:, None], track_names=["a"], resamples=resamples)
    truth = peak_bins(values)
    plain = []
    for draw in resamples.draws:
        rows = np.repeat(np.arange(60), draw[resamples.block_of].astype(int))
        plain.append(average_precision_score(truth[rows].ravel(), predicted[rows].ravel()))
    low, high = np.quantile(plain, [0.025, 0.975])
    own = table.set_index("metric").loc["auprc"]
    assert (own["low"], own["high"]) == pytest.approx((low, high), abs=0.01)


def test_tracks_without_peaks_have_no_figures():
    table = compare_peaks(np.ones((3, 1, 4)), np.ones((3, 1, 4)), track_names=["flat"])
    assert table["value"].isna().all()
    assert table["n_peaks"].eq(0).all()


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="of 2 tracks"):
        compare_peaks(np.ones((3, 1, 4)), np.ones((3, 1, 4)), track_names=["a", "b"])
