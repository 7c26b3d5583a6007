"""Insulation is that of cooltools, of a brute-force sum, and of planted blocks."""

import numpy as np
import pytest

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.hic.diamonds import diamond_sums, valid_diamond_pixels
from cisgram.hic.insulation import BOUNDARY_COLUMNS, InsulationConfig, boundaries, insulation


def plain_diamonds(square, window, ignore):
    """Sum and number of valid pixels of each bin's diamond, pixel by pixel."""
    n = len(square)
    sums, numbers = np.zeros(n), np.zeros(n)
    for c in range(n):
        for a in range(max(0, c - window + 1), c + 1):
            for b in range(c, min(n, c + window)):
                if b - a >= ignore and np.isfinite(square[a, b]):
                    sums[c] += square[a, b]
                    numbers[c] += 1
    return sums, numbers


def test_insulation_is_that_of_cooltools(reference, reference_map):
    table = insulation(reference_map, InsulationConfig((50_000, 100_000)))
    for name in [name for name in reference if name.startswith("ins_")]:
        ours, theirs = table[name[4:]].to_numpy(), reference[name]
        if theirs.dtype == bool:
            assert (ours == theirs).all(), name
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10, equal_nan=True)


@pytest.mark.parametrize("window", [2, 3, 7, 40])
@pytest.mark.parametrize("ignore", [0, 1, 2, 3])
def test_diamonds_are_plain_sums(window, ignore, reference_map):
    contacts = reference_map.cis("two")
    sums, numbers = plain_diamonds(contacts.dense(), window, ignore)
    np.testing.assert_allclose(diamond_sums(contacts, [window], ignore_diagonals=ignore)[0], sums, rtol=1e-12)
    is_good = np.isfinite(contacts.require_weights())
    assert (valid_diamond_pixels(is_good, window, ignore_diagonals=ignore) == numbers).all()


def test_one_bright_pixel_leaves_no_trace_beyond_its_diamonds():
    bins = ContactBins({"I": 3000}, 10)
    row, column = np.arange(0, 290), np.arange(3, 293)
    counts = np.ones(290)
    counts[100] = 1e15
    dark = ContactMap(bins, row, column, np.ones(290), np.full(300, 0.1)).cis("I")
    bright = ContactMap(bins, row, column, counts, np.full(300, 0.1)).cis("I")
    far = np.abs(np.arange(300) - 101) > 20
    one, other = (diamond_sums(contacts, [5])[0] for contacts in (dark, bright))
    np.testing.assert_allclose(other[far], one[far], rtol=1e-9)


def test_edges_of_blocks_are_the_strongest_boundaries(block_map):
    sizes = [30, 45, 25, 50]
    table = insulation(block_map(sizes), InsulationConfig((10_000,)))
    called = boundaries(table, 10_000).nlargest(3, "strength")
    edges = np.cumsum(sizes)[:-1]
    assert tuple(called.columns) == BOUNDARY_COLUMNS
    assert np.abs(np.sort((called["start"] + 500).to_numpy() / 1000) - edges).max() <= 0.5


def test_no_contacts_across_give_no_score_and_no_boundary_beside_masked_bins(block_map):
    source = block_map([20, 20], outside=0.0)
    weights = np.ones(40)
    weights[5] = np.nan
    table = insulation(source.with_weights(weights), InsulationConfig((3_000,), min_distance_to_bad=2))
    assert table["log2_insulation_score_3000"].isna()[[4, 5, 6]].all()
    assert not table["is_boundary_3000"][3:8].any()


def test_a_fixed_threshold_calls_all_that_reach_it(reference_map):
    table = insulation(reference_map, InsulationConfig((50_000,), threshold=0.3))
    strength = table["boundary_strength_50000"]
    assert (table["is_boundary_50000"] == (strength >= 0.3)).all()


def test_scores_do_not_depend_on_other_windows_or_contigs(reference_map):
    together = insulation(reference_map, InsulationConfig((50_000, 200_000)))
    alone = insulation(reference_map, InsulationConfig((50_000,)), chroms=["two"])
    own = together[together["chrom"] == "two"].reset_index(drop=True)
    name = "log2_insulation_score_50000"
    np.testing.assert_array_equal(own[name], alone[name])


def test_wrong_windows_and_maps_are_refused(reference_map):
    with pytest.raises(ConfigError, match="multiples of the bin size 10000; got 25000"):
        insulation(reference_map, InsulationConfig((25_000,)))
    with pytest.raises(ConfigError, match="holds no contact"):
        insulation(reference_map, InsulationConfig((10_000,)))
    with pytest.raises(ConfigError, match="different lengths"):
        InsulationConfig(())
    with pytest.raises(ConfigError, match="li, otsu or a number"):
        InsulationConfig((5,), threshold="lee")
    with pytest.raises(InputError, match="balanced map"):
        insulation(reference_map.with_weights(None), InsulationConfig((50_000,)))
    with pytest.raises(ConfigError, match="no window of 7 bp"):
        boundaries(insulation(reference_map, InsulationConfig((50_000,))), 7)
