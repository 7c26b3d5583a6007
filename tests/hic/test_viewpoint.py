"""Rows of a map, chosen places against chosen places, and pairs of peaks, against dense arithmetic."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ContigError, EmptySetError, InputError
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.genomics.interval import Interval
from cisgram.genomics.site_pairs import PAIR_COLUMNS, all_pairs
from cisgram.hic.capture import capture
from cisgram.hic.expected import expected_cis
from cisgram.hic.site_contacts import contacts_between
from cisgram.hic.viewpoint import viewpoint


@pytest.fixture(scope="module")
def two_contigs():
    """Two contigs of 30 and 20 bins; bin 4 is masked."""
    generator = np.random.default_rng(1)
    n = 50
    row, column = np.triu_indices(n)
    rate = np.where((row < 30) == (column < 30), 60 / (1 + column - row), 1.0)
    counts = generator.poisson(rate)
    weights = generator.uniform(0.5, 2.0, n)
    weights[4] = np.nan
    kept = counts > 0
    bins = ContactBins({"I": 300, "II": 195}, 10)
    return ContactMap(bins, row[kept], column[kept], counts[kept], weights)


def test_viewpoint_is_the_row_of_the_map(two_contigs):
    dense = two_contigs.cis("I").dense()
    values = viewpoint(two_contigs, Interval("I", 100, 120))
    wanted = dense[10:12].mean(axis=0)
    wanted[[4, 9, 10, 11, 12]] = np.nan
    np.testing.assert_allclose(values, wanted)


def test_ratio_of_a_viewpoint_divides_by_distance(two_contigs):
    expected = expected_cis(two_contigs)
    by_distance = expected[expected["region1"] == "I"]["balanced.avg"].to_numpy()
    own = two_contigs.cis("I").dense()[20] / by_distance[np.abs(np.arange(30) - 20)]
    values = viewpoint(two_contigs, Interval("I", 200, 210), kind="ratio")
    np.testing.assert_allclose(values[:18], own[:18])
    np.testing.assert_array_equal(
        values, viewpoint(two_contigs, Interval("I", 200, 210), kind="ratio", expected=expected)
    )


def test_viewpoint_on_another_contig(two_contigs):
    values = viewpoint(two_contigs, Interval("I", 0, 25), chrom="II", kind="counts")
    block = two_contigs.block(slice(0, 3), slice(30, 50), balanced=False)
    np.testing.assert_array_equal(values, block.sum(axis=0))
    with pytest.raises(InputError, match="no expected by distance"):
        viewpoint(two_contigs, Interval("I", 0, 25), chrom="II", kind="ratio")


def test_capture_is_sums_over_blocks(two_contigs):
    baits = pd.DataFrame({"chrom": ["I", "II", "I"], "start": [0, 20, 250], "end": [35, 40, 300]})
    others = pd.DataFrame({"chrom": ["II", "I"], "start": [0, 100], "end": [195, 200]})
    spans = [slice(0, 4), slice(32, 34), slice(25, 30)], [slice(30, 50), slice(10, 20)]
    for kind in ("counts", "balanced"):
        found = capture(two_contigs, baits, others, kind=kind)
        for i, rows in enumerate(spans[0]):
            for j, columns in enumerate(spans[1]):
                block = two_contigs.block(rows, columns, balanced=kind == "balanced")
                wanted = block.sum() if kind == "counts" else np.nanmean(block)
                if (i, j) == (1, 0):
                    assert np.isnan(found.values[i, j])
                else:
                    assert found.values[i, j] == pytest.approx(wanted)
    assert len(found.table()) == 6
    itself = capture(two_contigs, baits)
    np.testing.assert_array_equal(itself.values, itself.values.T)


def test_places_outside_of_the_map_are_refused(two_contigs):
    with pytest.raises(ContigError, match="reaches past the end of II"):
        capture(two_contigs, pd.DataFrame({"chrom": ["II"], "start": [190], "end": [196]}))
    with pytest.raises(EmptySetError):
        capture(two_contigs, pd.DataFrame({"chrom": [], "start": [], "end": []}))


def test_contacts_between_peaks_are_counted_and_expected(two_contigs):
    pairs = pd.DataFrame([("I", 100, 120, "I", 200, 230), ("I", 35, 45, "I", 100, 110)], columns=list(PAIR_COLUMNS))
    table = contacts_between(two_contigs, pairs)
    own = two_contigs.cis("I")
    block = own.dense(balanced=False)[10:12, 20:23]
    expected = expected_cis(two_contigs)
    by_distance = expected[expected["region1"] == "I"]["balanced.avg"].to_numpy()
    apart = np.arange(20, 23) - np.arange(10, 12)[:, None]
    rate = by_distance[apart] / np.outer(own.weights[10:12], own.weights[20:23])
    assert table.loc[0, "counts"] == block.sum()
    assert table.loc[0, "expected_counts"] == pytest.approx(rate.sum())
    assert table.loc[1, "n_pixels"] == 1


def test_a_planted_pair_of_peaks_stands_out_of_all(two_contigs):
    n = 30
    row, column = np.triu_indices(n)
    counts = np.random.default_rng(0).poisson(200 / (1 + column - row))
    counts[(row == 8) & (column == 20)] *= 5
    own = ContactMap(ContactBins({"I": 300}, 10), row, column, counts, np.ones(n))
    peaks = pd.DataFrame({"chrom": "I", "start": np.arange(0, 300, 40)}).assign(end=lambda t: t["start"] + 10)
    table = contacts_between(own, all_pairs(peaks, min_distance_bp=40))
    best = table.loc[table["p_value"].idxmin()]
    assert (best["start1"], best["start2"]) == (80, 200)
    assert best["q_value"] < 1e-6
    assert (table["q_value"] < 0.05).sum() <= 2
