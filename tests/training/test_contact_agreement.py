"""Agreement of contact maps: against SciPy pair by pair, and laws of its ceiling."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr

from cisgram.errors import InputError
from cisgram.genomics.contact_pairs import pair_bins
from cisgram.training.bootstrap import resample_blocks
from cisgram.training.contact_agreement import compare_contacts, expected_between_wholes

N_BINS, N_WINDOWS = 14, 12
PAIRS = pair_bins(N_BINS, 2)


def resamples(n=50):
    starts = np.arange(N_WINDOWS) * 20_000
    windows = pd.DataFrame({"chrom": "I", "start": starts, "end": starts + 10_000})
    return resample_blocks(windows, n_resamples=n)


@pytest.fixture(scope="module")
def maps():
    rng = np.random.default_rng(4)
    truth = rng.normal(size=(N_WINDOWS, PAIRS.row.size)) + 1 / PAIRS.distance
    predicted = 0.6 * truth + 0.5 * rng.normal(size=truth.shape)
    masked = rng.random((N_WINDOWS, N_BINS)) < 0.1
    return truth, predicted, masked


def test_figures_are_those_of_the_measured_pairs(maps):
    truth, predicted, masked = maps
    found = compare_contacts(truth, predicted, masked=masked, diagonal_offset=2, resamples=resamples())
    known = ~(masked[:, PAIRS.row] | masked[:, PAIRS.column])
    x, y = truth[known], predicted[known]
    figures = {name: one.value for name, one in found.figures.items()}
    assert figures["pearson"] == pytest.approx(pearsonr(x, y)[0], abs=1e-12)
    assert figures["spearman"] == pytest.approx(spearmanr(x, y)[0], abs=1e-3)
    assert figures["mse"] == pytest.approx(np.mean((x - y) ** 2), abs=1e-12)
    of_window = [pearsonr(truth[one][known[one]], predicted[one][known[one]])[0] for one in range(N_WINDOWS)]
    assert figures["window_pearson"] == pytest.approx(np.mean(of_window), abs=1e-12)
    np.testing.assert_allclose(found.by_window["pearson"], of_window, atol=1e-12)
    rows = []
    for apart in range(2, N_BINS):
        here = known & (PAIRS.distance == apart)
        rows.append((here.sum(), pearsonr(truth[here], predicted[here])[0] if here.sum() > 2 else np.nan))
    n, r = np.array(rows).T
    np.testing.assert_allclose(found.by_distance["pearson"], r, atol=1e-12)
    assert figures["scc"] == pytest.approx(np.nansum(n * r) / n[~np.isnan(r)].sum(), abs=1e-12)


def test_a_perfect_prediction_is_perfect_and_a_constant_one_is_not_defined(maps):
    truth, _, masked = maps
    perfect = compare_contacts(truth, truth, masked=masked, diagonal_offset=2, resamples=resamples())
    values = {name: one.value for name, one in perfect.figures.items()}
    assert values == pytest.approx({"pearson": 1, "spearman": 1, "scc": 1, "window_pearson": 1, "mse": 0}, abs=1e-9)
    flat = compare_contacts(truth, np.zeros_like(truth), masked=masked, diagonal_offset=2, resamples=resamples())
    assert np.isnan(flat.figures["pearson"].value)
    assert flat.figures["mse"].value > 0


def test_the_distance_alone_has_no_stratum_adjusted_correlation(maps):
    truth, _, masked = maps
    by_distance = np.broadcast_to(1 / PAIRS.distance, truth.shape)
    found = compare_contacts(truth, by_distance, masked=masked, diagonal_offset=2, resamples=resamples())
    assert found.figures["pearson"].value > 0
    assert np.isnan(found.figures["scc"].value)


def test_masked_bins_and_unknown_pairs_are_not_compared(maps):
    truth, predicted, masked = maps
    spoilt = truth.copy()
    spoilt[masked[:, PAIRS.row]] = 1e3
    options = {"masked": masked, "diagonal_offset": 2, "resamples": resamples()}
    clean, dirty = compare_contacts(truth, predicted, **options), compare_contacts(spoilt, predicted, **options)
    assert clean.figures["pearson"].value == dirty.figures["pearson"].value
    spoilt[masked[:, PAIRS.row]] = np.nan
    assert compare_contacts(spoilt, predicted, **options).figures["mse"].value == clean.figures["mse"].value


def test_intervals_hold_the_value_and_are_the_same_for_the_same_draws(maps):
    truth, predicted, masked = maps
    found = [
        compare_contacts(truth, predicted, masked=masked, diagonal_offset=2, resamples=resamples(400)) for _ in range(2)
    ]
    for name, one in found[0].figures.items():
        low, high = one.interval
        assert low <= one.value <= high, name
        np.testing.assert_array_equal(one.resampled, found[1].figures[name].resampled)


def test_the_ceiling_of_halves_is_what_wholes_reach():
    rng = np.random.default_rng(8)
    truth = rng.normal(size=200_000)
    halves = [truth + rng.normal(size=truth.size) * 2**0.5 for _ in range(4)]  # noise variance 2 of a half
    wholes = [(halves[0] + halves[1]) / 2, (halves[2] + halves[3]) / 2]
    between = np.corrcoef(halves[0], halves[1])[0, 1]
    assert expected_between_wholes("pearson", between) == pytest.approx(np.corrcoef(*wholes)[0, 1], abs=0.01)
    error = np.mean((halves[0] - halves[1]) ** 2)
    assert expected_between_wholes("mse", error) == pytest.approx(np.mean((wholes[0] - wholes[1]) ** 2), rel=0.02)


def test_shapes_that_do_not_fit_are_refused(maps):
    truth, predicted, masked = maps
    with pytest.raises(InputError, match="12 windows of"):
        compare_contacts(truth[:, :-1], predicted[:, :-1], masked=masked, diagonal_offset=2, resamples=resamples())
