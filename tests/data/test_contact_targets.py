"""Targets of contact maps: as cooltools' own steps give them, and laws that hold for any map."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisgram.data.contact_targets import ContactTargetConfig, contact_target, why_unusable
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.contact_matrix import adaptive_coarsegrain
from cisgram.genomics.contact_pairs import pair_bins, pairs_of, square_of
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.hic.expected import contig_expected

STORED = Path(__file__).with_name("targets") / "contact_targets.npz"
EXPECTED = Path(__file__).parents[1] / "hic" / "data" / "cooltools_map.npz"
CONFIG = ContactTargetConfig()
OF_MAP = ContactTargetConfig(expected="map")


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


def test_targets_over_the_whole_map_are_those_over_the_expected_of_cooltools():
    with np.load(EXPECTED) as stored:
        row, column, counts = (stored[name].astype(np.int64) for name in ("bin1", "bin2", "counts"))
        weights, smooth = stored["weights_all"], stored["coarse"]
        averages = stored["cis"][:60, list(stored["columns_cis"]).index("balanced.avg") - 2]
    bins = ContactBins(dict.fromkeys(("chr1", "chr2", "chr3"), 600_000), 10_000)
    contacts = ContactMap(bins, row, column, counts, weights).cis("chr1")
    balanced, counted = contacts.dense(5, 45), contacts.dense(5, 45, balanced=False)
    found = contact_target(balanced, counted, expected=contig_expected(contacts), config=OF_MAP)
    ceiling = np.nanmedian(np.diagonal(balanced, 2))
    capped = np.minimum(balanced, ceiling)
    near = np.abs(np.subtract.outer(np.arange(40), np.arange(40))) < 2
    capped[near & ~np.isnan(balanced)] = ceiling
    # Smoothing has its own parity with cooltools: see "coarse" of the same file.
    np.testing.assert_allclose(adaptive_coarsegrain(contacts.dense(), contacts.dense(balanced=False)), smooth)
    smoothed = square_of(pairs_of(adaptive_coarsegrain(capped, counted), 2), 40, 2)
    distance = np.abs(np.subtract.outer(np.arange(40), np.arange(40)))
    with np.errstate(divide="ignore"):
        expected = pairs_of(np.clip(np.log(smoothed / averages[distance]), -2, 2), 2)
    known = np.isfinite(expected)
    assert known.mean() > 0.7
    np.testing.assert_allclose(found[known], expected[known], atol=1e-8)


def test_a_window_within_one_compartment_keeps_it_over_the_whole_map_alone():
    n, apart = 400, np.abs(np.subtract.outer(np.arange(400), np.arange(400)))
    is_dense = np.arange(n) < 200
    level = np.where(is_dense[:, None] & is_dense, 1.6, np.where(is_dense[:, None] | is_dense, 0.7, 1.0))
    contacts = 1e4 * level / (1 + apart)
    row, column = np.triu_indices(n)
    whole = ContactMap(ContactBins({"I": n}, 1), row, column, contacts[row, column], np.ones(n)).cis("I")
    expected = contig_expected(whole)
    options = {"min_counts": 0, "clip": 5.0}
    over_map, over_window = {}, {}
    for name, inner in (("dense", slice(60, 100)), ("loose", slice(300, 340))):
        square = contacts[inner, inner].copy()
        over_map[name] = contact_target(square, square, expected=expected, config=replace(OF_MAP, **options)).mean()
        over_window[name] = contact_target(square, square, config=replace(CONFIG, **options)).mean()
    assert over_map["dense"] - over_map["loose"] == pytest.approx(np.log(1.6), abs=1e-9)
    assert over_window["dense"] == pytest.approx(over_window["loose"], abs=1e-9)


def test_the_expected_of_a_map_is_given_where_it_is_asked_for_and_reaches_far_enough():
    balanced, counts = window()
    fall = 1 / (1.0 + np.arange(64))
    with pytest.raises(ConfigError, match=r"targets\.expected = 'map' goes with"):
        contact_target(balanced, counts, config=OF_MAP)
    with pytest.raises(ConfigError, match="'window' without"):
        contact_target(balanced, counts, expected=fall)
    for wrong in (fall[:40], np.where(np.arange(64) == 9, 0.0, fall)):
        with pytest.raises(InputError, match="above 0 for all distances of the window, 2 to 63 bins"):
            contact_target(balanced, counts, expected=wrong, config=OF_MAP)


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


def test_targets_over_the_whole_map_are_those_of_cooltools_itself_where_it_is_installed(tmp_path):
    cooltools = pytest.importorskip("cooltools")
    cooler = pytest.importorskip("cooler")
    numutils = pytest.importorskip("cooltools.lib.numutils")
    _, counts = window(n=150, depth=80, masked=(7,), seed=5)
    row, column = np.nonzero(np.triu(counts))
    bins = ContactBins({"I": 1500}, 10)
    weights = np.random.default_rng(3).uniform(0.5, 2, 150)
    weights[[7, 90]] = np.nan
    path = str(tmp_path / "map.cool")
    pixels = pd.DataFrame({"bin1_id": row, "bin2_id": column, "count": counts[row, column].astype(int)})
    cooler.create_cooler(path, bins.table().assign(weight=weights), pixels)
    table = cooltools.expected_cis(cooler.Cooler(path), smooth=False, aggregate_smoothed=False)
    own = ContactMap(bins, row, column, counts[row, column], weights).cis("I")
    balanced, counted = own.dense(0, 60), own.dense(0, 60, balanced=False)
    capped, masked, ceiling = balanced.copy(), np.isnan(balanced), np.nanmedian(np.diag(balanced, 2))
    for diagonal in (-1, 0, 1):
        numutils.set_diag(capped, ceiling, diagonal)
    capped = np.clip(capped, 0, ceiling)
    capped[masked] = np.nan
    smooth = numutils.adaptive_coarsegrain(capped, counted.copy(), cutoff=2, max_levels=8)
    averages = table["balanced.avg"].to_numpy()
    averages[:2] = averages[2]
    divided = smooth / averages[np.abs(np.subtract.outer(np.arange(60), np.arange(60)))]
    expected = pairs_of(numutils.interp_nan(np.clip(np.log(divided), -2, 2)), 2)
    found = contact_target(balanced, counted, expected=contig_expected(own), config=OF_MAP)
    np.testing.assert_allclose(found, expected, atol=1e-8)
