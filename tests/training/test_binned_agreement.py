"""Agreement of tracks in bins: against SciPy bin by bin, and laws of intervals and of the ceiling."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr

from cisgram.errors import InputError
from cisgram.training import binned_agreement
from cisgram.training.binned_agreement import BINNED_METRICS, compare_binned, second_experiment
from cisgram.training.bootstrap import resample_blocks

N_WINDOWS, N_TRACKS, N_BINS = 30, 3, 22


def resamples(n=60):
    starts = np.arange(N_WINDOWS) * 20_000
    windows = pd.DataFrame({"chrom": "I", "start": starts, "end": starts + 10_000})
    return resample_blocks(windows, n_resamples=n)


@pytest.fixture(scope="module")
def tracks():
    rng = np.random.default_rng(3)
    rates = rng.gamma(0.5, 6.0, (N_WINDOWS, N_TRACKS, N_BINS))
    measured = rng.poisson(rates).astype(np.float16)
    measured[rng.random(measured.shape) < 0.1] = np.nan
    return measured, (rates * rng.lognormal(0, 0.4, rates.shape)).astype(np.float16)


def compare(measured, predicted, *, n=60, multiples=(1,)):
    names = [f"t{track}" for track in range(measured.shape[1])]
    options = {"track_names": names, "bin_size": 128, "multiples": multiples, "resamples": resamples(n)}
    return compare_binned(measured, predicted, **options)


def figures(table, track, bin_bp=128):
    own = table[(table["track"] == track) & (table["bin_bp"] == bin_bp)]
    return dict(zip(own["metric"], own["value"], strict=True))


def test_figures_are_those_of_the_measured_bins(tracks):
    measured, predicted = tracks
    table = compare(measured, predicted)
    for track in range(N_TRACKS):
        known = ~np.isnan(measured[:, track])
        x, y = (side[:, track][known].astype(float) for side in (measured, predicted))
        found = figures(table, f"t{track}")
        assert found["pearson"] == pytest.approx(pearsonr(x, y)[0], abs=1e-9)
        assert found["pearson_log1p"] == pytest.approx(pearsonr(np.log1p(x), np.log1p(y))[0], abs=1e-6)
        assert found["spearman"] == pytest.approx(spearmanr(x, y)[0], abs=1e-9)
        assert found["r2"] == pytest.approx(1 - np.mean((x - y) ** 2) / x.var(), abs=1e-9)


def test_wide_bins_are_means_of_the_bins_that_are_known(tracks):
    measured, predicted = (side.astype(float) for side in tracks)
    n = N_BINS // 4
    x, y = np.full((N_WINDOWS, n), np.nan), np.full((N_WINDOWS, n), np.nan)
    for window in range(N_WINDOWS):
        for at in range(n):
            part = slice(4 * at, 4 * at + 4)
            known = ~np.isnan(measured[window, 1, part])
            if known.any():
                x[window, at], y[window, at] = (side[window, 1, part][known].mean() for side in (measured, predicted))
    known = ~np.isnan(x)
    found = figures(compare(*tracks, multiples=(1, 4)), "t1", bin_bp=512)
    assert found["pearson"] == pytest.approx(pearsonr(x[known], y[known])[0], abs=1e-6)
    assert found["spearman"] == pytest.approx(spearmanr(x[known], y[known])[0], abs=1e-3)


def test_bins_wider_than_a_window_are_passed_over(tracks):
    assert sorted(compare(*tracks, multiples=(1, 22, 23))["bin_bp"].unique()) == [128, 22 * 128]


def test_groups_of_tracks_change_nothing(tracks, monkeypatch):
    whole = compare(*tracks, multiples=(1, 2))
    monkeypatch.setattr(binned_agreement, "_NUMBERS_AT_ONCE", 1)
    pd.testing.assert_frame_equal(whole, compare(*tracks, multiples=(1, 2)))


def test_intervals_hold_the_value_and_widen_with_blocks_left_out(tracks):
    table = compare(*tracks, n=400)
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    none = compare(*tracks, n=0)
    assert none["low"].isna().all()
    pd.testing.assert_series_equal(none["value"], table["value"])


def test_a_constant_prediction_has_no_correlation_and_the_mean_explains_nothing(tracks):
    measured, _ = tracks
    mean = np.nanmean(measured.astype(float), axis=(0, 2))
    flat = np.broadcast_to(mean[None, :, None], measured.shape)
    found = figures(compare(measured, flat), "t0")
    assert np.isnan([found["pearson"], found["spearman"]]).all()
    assert found["r2"] == pytest.approx(0, abs=1e-5)


def test_the_ceiling_is_what_pools_of_two_reach():
    rng = np.random.default_rng(8)
    truth = rng.normal(size=400_000)
    single = [truth + rng.normal(size=truth.size) * 1.3 for _ in range(4)]
    pools = [(single[0] + single[1]) / 2, (single[2] + single[3]) / 2]
    between = np.corrcoef(single[0], single[1])[0, 1]
    assert second_experiment("pearson", pearson=between, own=between) == pytest.approx(
        np.corrcoef(*pools)[0, 1], abs=0.005
    )
    r2 = 1 - np.mean((pools[0] - pools[1]) ** 2) / pools[0].var()
    assert second_experiment("r2", pearson=between, own=-1.0) == pytest.approx(r2, abs=0.01)
    assert np.isnan(second_experiment("spearman", pearson=0.5, own=float("nan")))


def test_shapes_that_do_not_fit_are_refused(tracks):
    measured, predicted = tracks
    options = {"bin_size": 128, "multiples": (1,), "resamples": resamples()}
    with pytest.raises(InputError, match="of 2 tracks"):
        compare_binned(measured, predicted, track_names=["a", "b"], **options)


def test_every_metric_has_a_definition():
    assert set(BINNED_METRICS) == set(binned_agreement.DEFINITIONS)
