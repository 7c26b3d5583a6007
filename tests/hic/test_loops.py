"""Loops are those of cooltools; local expectations those of a plain convolution; planted dots come back."""

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import convolve
from scipy.stats import poisson

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.hic.loop_rates import least_counts, rate_edges, rate_table
from cisgram.hic.loops import LOOP_COLUMNS, LoopConfig, call_loops, distance_means
from cisgram.hic.neighbourhoods import KERNELS, ScoringRule, kernel_masks, score_contig


def dotted_map(n=150, at=((30, 70), (60, 120)), seed=0):
    row, column = np.triu_indices(n)
    rate = 120.0 / (1 + column - row)
    for i, j in at:
        rate = rate * (1 + 8 * np.exp(-((row - i) ** 2 + (column - j) ** 2) / 2))
    counts = np.random.default_rng(seed).poisson(rate)
    seen = counts > 0
    return ContactMap(ContactBins({"I": n * 10_000}, 10_000), row[seen], column[seen], counts[seen], np.ones(n))


def test_loops_are_those_of_cooltools(reference, reference_map, reference_expected):
    found = call_loops(reference_map, reference_expected, LoopConfig(is_filtered=False))
    theirs = pd.DataFrame({name[5:]: reference[name] for name in reference if name.startswith("dots_")})
    theirs["chrom1"] = np.where(theirs.pop("chrom"), "two", "one")
    theirs = theirs.sort_values(["chrom1", "start1", "start2"]).reset_index(drop=True)
    assert len(found) == len(theirs) == 4
    assert (found["chrom1"] == theirs["chrom1"]).all()
    for name in theirs.columns.drop("chrom1"):
        np.testing.assert_allclose(found[name], theirs[name], rtol=1e-8, err_msg=name)
    kept = call_loops(reference_map, reference_expected)
    assert sorted(kept["start1"]) == sorted(reference["kept_start1"].tolist())
    assert sorted(kept["start2"]) == sorted(reference["kept_start2"].tolist())


@pytest.mark.parametrize("sizes", [(5, 2), (3, 1)])
def test_local_expectations_are_plain_convolutions(sizes, reference_map, reference_expected):
    contacts = reference_map.cis("one")
    means = distance_means(reference_expected, reference_map.bins, ["one"])["one"]
    edges = rate_edges(40)
    rule = ScoringRule(*sizes, 60, edges, np.zeros(41))
    scored = score_contig(contacts, means, rule)
    n, weights = contacts.n_bins, contacts.require_weights()
    distance = np.subtract.outer(np.arange(n), np.arange(n)).T
    expected = np.where(distance >= 0, means[np.abs(distance)], np.nan)
    observed = np.where(distance >= 0, contacts.dense(), np.nan)
    is_hidden = np.isnan(observed) | np.isnan(expected)
    is_scored = (distance > 0) & (distance < 60)
    rates = []
    for mask in kernel_masks(*sizes).values():
        sums = [convolve(np.where(is_hidden, 0, m), mask[::-1, ::-1], mode="constant") for m in (observed, expected)]
        is_scored &= convolve(is_hidden.astype(int), mask[::-1, ::-1], mode="constant", cval=1) == 0
        with np.errstate(all="ignore"):
            rates.append(expected * sums[0] / sums[1] / np.outer(weights, weights))
    is_scored &= ~is_hidden
    assert (scored.histogram.sum(axis=(1, 2)) == is_scored.sum()).all()
    is_candidate = is_scored & (contacts.dense(balanced=False) > 0)
    assert is_candidate[scored.bin1, scored.bin2].all()
    assert scored.bin1.size == is_candidate.sum()
    for kernel, rate in enumerate(rates):
        np.testing.assert_allclose(scored.expected[:, kernel], rate[scored.bin1, scored.bin2], rtol=1e-9, atol=1e-12)
        classes = np.bincount(np.searchsorted(edges, rate[is_scored]), minlength=41)
        assert (scored.histogram[kernel].sum(axis=1) == classes).all()


def test_kernels_tile_the_square_around_its_middle():
    masks = kernel_masks(4, 1)
    assert tuple(masks) == KERNELS
    together = sum(masks[name] for name in ("donut", "vertical", "horizontal"))
    assert (together[3:6, 3:6] == 0).all()
    assert (together > 0).sum() == 81 - 9
    assert masks["lowleft"].sum() == 16 - 1
    assert (masks["vertical"] == masks["horizontal"].T).all()


def test_planted_dots_come_back_and_nothing_else(decay_of):
    source = dotted_map()
    found = call_loops(source, decay_of(source))
    assert tuple(found.columns) == LOOP_COLUMNS
    places = (found[["start1", "start2"]].to_numpy() // 10_000).tolist()
    assert len(places) == 2
    for planted, place in zip([(30, 70), (60, 120)], places, strict=True):
        assert np.abs(np.subtract(planted, place)).max() <= 1


def test_masked_bins_hide_what_is_near_them_and_break_nothing(decay_of):
    source = dotted_map()
    weights = np.ones(150)
    weights[72] = np.nan
    masked = source.with_weights(weights)
    found = call_loops(masked, decay_of(source))
    assert (found[["start1", "start2"]].to_numpy() // 10_000).tolist() == [[60, 120]]


def test_a_map_without_loops_gives_an_empty_table(block_map, decay_of):
    source = block_map([60], bin_size=10_000)
    found = call_loops(source, decay_of(source))
    assert found.empty
    assert tuple(found.columns) == LOOP_COLUMNS


def test_high_rates_get_further_classes(decay_of):
    source = dotted_map()
    few = call_loops(source, decay_of(source), LoopConfig(n_classes=2))
    many = call_loops(source, decay_of(source), LoopConfig(n_classes=50))
    pd.testing.assert_frame_equal(few, many)


def test_false_pixels_are_held_at_the_rate_in_poisson_noise():
    random = np.random.default_rng(3)
    edges = rate_edges(10)
    counts = random.poisson(edges[5], size=200_000)
    levels, histogram = np.unique(counts).astype(float), np.zeros((4, 11, len(np.unique(counts))), dtype=np.int64)
    histogram[:, 5] = np.bincount(np.searchsorted(levels, counts))
    table = rate_table([(levels, histogram)], edges, 0.1)
    called = table.is_called(counts, np.full((counts.size, 4), edges[5]))
    assert called.sum() <= 3
    assert (np.diff(table.q[0, 5]) <= 0).all()


def test_no_candidate_is_lost():
    edges = rate_edges(8)
    least = least_counts(edges, 0.1)
    for edge, count in zip(edges, least, strict=False):
        assert poisson.sf(count - 1, np.round(edge, 3)) > 0.1 >= poisson.sf(count, np.round(edge, 3))


def test_bin_sizes_choose_neighbourhoods(caplog):
    assert [LoopConfig().sizes(size) for size in (25_000, 10_000, 5_000)] == [(3, 1), (5, 2), (7, 4)]
    with caplog.at_level("INFO"):
        assert LoopConfig().sizes(2_000) == (7, 4)
    assert "finer" in caplog.text
    assert LoopConfig(outer=4, inner=1).sizes(100_000) == (4, 1)
    with pytest.raises(ConfigError, match="too coarse"):
        LoopConfig().sizes(40_000)


def test_what_cannot_be_used_is_refused(reference_map, reference_expected):
    source = reference_map
    with pytest.raises(ConfigError, match="both outer and inner"):
        LoopConfig(outer=3)
    with pytest.raises(ConfigError, match="less than outer"):
        LoopConfig(outer=3, inner=3)
    with pytest.raises(InputError, match="nothing is expected of contig two"):
        call_loops(source, reference_expected.query("region1 == 'one'"))
    with pytest.raises(InputError, match="no column 'dist'"):
        call_loops(source, reference_expected.drop(columns="dist"))
    halves = ContactMap(source.bins, source.bin1, source.bin2, source.counts + 0.5, source.weights)
    with pytest.raises(InputError, match="counted"):
        call_loops(halves, reference_expected)
    with pytest.raises(InputError, match="balanced map"):
        call_loops(source.with_weights(None), reference_expected)
