"""Targets of contact maps: as cooltools' own steps give them, and laws that hold for any map."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cisgram.data.contact_targets import ContactTargetConfig, contact_target, why_unusable
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.contact_pairs import pair_bins, pairs_of, square_of

STORED = Path(__file__).with_name("targets") / "contact_targets.npz"
CONFIG = ContactTargetConfig()


def window(n=64, depth=300.0, masked=(), seed=0):
    """Counts and balanced contacts of a simulated window."""
    rng = np.random.default_rng(seed)
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    wave = np.sin(np.arange(n) / 6)
    counts = np.triu(rng.poisson(depth / (1 + apart) * np.exp(0.4 * np.outer(wave, wave))))
    counts = (counts + np.triu(counts, 1).T).astype(float)
    weights = rng.uniform(0.5, 2, n)
    weights[list(masked)] = np.nan
    return counts * weights[:, None] * weights, counts


@pytest.mark.parametrize("n", [64, 100, 48])
def test_targets_are_those_of_the_steps_of_cooltools(n):
    with np.load(STORED) as stored:
        counts, weights = stored[f"counts_{n}"].astype(float), stored[f"weights_{n}"]
        crop, expected = int(stored[f"crop_{n}"]), stored[f"target_{n}"]
    found = contact_target(counts * weights[:, None] * weights, counts, crop_bins=crop)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


def test_a_target_does_not_change_with_the_depth_of_the_weights():
    balanced, counts = window()
    np.testing.assert_allclose(contact_target(7 * balanced, counts), contact_target(balanced, counts), atol=1e-12)


def test_without_smoothing_a_target_is_the_log_of_the_ratio_to_its_diagonal():
    balanced, counts = window(n=40, depth=5e4)
    config = replace(CONFIG, min_counts=0, clip=50.0)
    found = square_of(contact_target(balanced, counts, config=config), 40, 2)
    # Up to 33 bins every diagonal is a stretch of its own (its ends have a ratio above 1.03).
    near = np.minimum(np.diagonal(balanced, 5), np.median(np.diagonal(balanced, 2)))
    np.testing.assert_allclose(np.diagonal(found, 5), np.log(near / near.mean()), atol=1e-12)


def test_values_are_cut_off_and_their_order_is_that_of_pairs():
    balanced, counts = window(depth=20)
    found = contact_target(balanced, counts, crop_bins=6, config=replace(CONFIG, clip=0.5))
    assert found.size == pair_bins(52, 2).row.size
    assert np.abs(found).max() == 0.5


def test_the_other_strand_of_a_window_has_the_mirrored_target():
    balanced, counts = window(masked=(5, 30))
    found = contact_target(balanced[::-1, ::-1].copy(), counts[::-1, ::-1].copy())
    expected = pairs_of(square_of(contact_target(balanced, counts), 64, 2)[::-1, ::-1].copy(), 2)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_masked_bins_are_filled_or_left_unknown():
    balanced, counts = window(masked=(10, 11))
    assert not np.isnan(contact_target(balanced, counts)).any()
    row, column = pair_bins(64, 2)
    unknown = np.isnan(contact_target(balanced, counts, config=replace(CONFIG, fill_gaps=False)))
    np.testing.assert_array_equal(unknown, np.isin(row, [10, 11]) | np.isin(column, [10, 11]))


def test_blurring_makes_targets_smoother():
    balanced, counts = window(depth=30)
    plain, blurred = (
        np.std(contact_target(balanced, counts, crop_bins=4, config=replace(CONFIG, blur_bins=one)))
        for one in (0.0, 1.0)
    )
    assert blurred < 0.8 * plain


def test_the_arguments_stay_as_they_are():
    balanced, counts = window(masked=(3,))
    before = balanced.copy(), counts.copy()
    contact_target(balanced, counts)
    np.testing.assert_array_equal(balanced, before[0])
    np.testing.assert_array_equal(counts, before[1])


def test_windows_without_contacts_or_without_bins_have_no_target():
    balanced, counts = window(masked=range(40))
    assert why_unusable(balanced, max_masked=0.5) == "too many masked bins"
    assert why_unusable(balanced, max_masked=0.7) == ""
    with pytest.raises(InputError, match="hardly any contacts"):
        contact_target(np.zeros((20, 20)), np.zeros((20, 20)))
    with pytest.raises(InputError, match="too many masked bins"):
        contact_target(np.full((20, 20), np.nan), counts[:20, :20])


@pytest.mark.parametrize("change", [{"clip": 0.0}, {"max_masked": 1.0}, {"min_counts": -1.0}, {"max_levels": 0}])
def test_settings_out_of_range_are_refused(change):
    with pytest.raises(ConfigError, match="targets"):
        ContactTargetConfig(**change)


@pytest.mark.parametrize("n", [64, 100])
def test_targets_are_those_of_cooltools_itself_where_it_is_installed(n):
    numutils = pytest.importorskip("cooltools.lib.numutils")
    balanced, counts = window(n=n, depth=40, masked=(7,), seed=5)
    capped, masked = balanced.copy(), np.isnan(balanced)
    ceiling = np.nanmedian(np.diag(capped, 2))
    for diagonal in (-1, 0, 1):
        numutils.set_diag(capped, ceiling, diagonal)
    capped = np.clip(capped, 0, ceiling)
    capped[masked] = np.nan
    smooth = numutils.adaptive_coarsegrain(capped, counts.copy(), cutoff=2, max_levels=8)
    ratio = numutils.observed_over_expected(smooth, ~np.isnan(smooth))[0]
    logged = numutils.interp_nan(np.clip(np.log(ratio), -2, 2))
    np.testing.assert_allclose(contact_target(balanced, counts), pairs_of(logged, 2), atol=1e-8)
