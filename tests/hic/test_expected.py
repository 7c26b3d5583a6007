import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ContigError, InputError
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.hic.distance_smoothing import decay_slope
from cisgram.hic.expected import (
    EXPECTED_COLUMNS,
    TRANS_COLUMNS,
    contig_expected,
    expected_cis,
    expected_trans,
    expected_values,
)
from cisgram.hic.territories import territories


def same(table, stored_map, name):
    found = table[table.columns[2:]].to_numpy(float)
    np.testing.assert_allclose(found, stored_map.values[name], rtol=1e-8, atol=1e-14)


def test_expected_is_that_of_cooltools_columns_and_all(stored_map):
    table = expected_cis(stored_map.balanced)
    assert tuple(table.columns) == EXPECTED_COLUMNS == tuple(stored_map.values["columns_cis"])
    same(table, stored_map, "cis")


def test_expected_of_counts_is_that_of_cooltools(stored_map):
    table = expected_cis(stored_map.source, balanced=False)
    assert list(table.columns) == stored_map.values["columns_raw"].tolist()
    same(table, stored_map, "raw")


def test_expected_of_regions_is_that_of_cooltools(stored_map):
    rows = [("chr1", 0, 240_000, "p"), ("chr1", 240_000, 600_000, "q"), ("chr3", 100_000, 600_000, "r")]
    regions = pd.DataFrame(rows, columns=["chrom", "start", "end", "name"])
    same(expected_cis(stored_map.balanced, regions=regions), stored_map, "arms")


def test_expected_between_contigs_is_that_of_cooltools(stored_map):
    table = expected_trans(stored_map.balanced)
    assert tuple(table.columns) == TRANS_COLUMNS == tuple(stored_map.values["columns_trans"])
    same(table, stored_map, "trans")


def test_means_are_those_of_the_diagonals_of_the_dense_map(stored_map):
    table = expected_cis(stored_map.balanced)
    square = stored_map.balanced.cis("chr2").dense()
    means = [np.nanmean(np.diag(square, distance)) for distance in range(2, 58)]
    found = expected_values(table, "chr2")
    np.testing.assert_allclose(found[2:58], means, rtol=1e-12)
    assert np.isnan(found[:2]).all()


def test_the_expected_of_a_contig_is_that_of_the_table(stored_map):
    own = contig_expected(stored_map.balanced.cis("chr2"))
    table = expected_values(expected_cis(stored_map.balanced), "chr2")
    known = table > 0
    assert known.sum() > 50
    np.testing.assert_allclose(own[known], table[known], rtol=1e-14)
    assert np.isnan(own[:2]).all()


def test_distances_without_contacts_have_an_expected_all_the_same():
    row, column = np.triu_indices(60)
    counts = np.where((column - row < 30) & (column - row != 10), 1000.0 / (1 + column - row), 0.0)
    kept = counts > 0
    sparse = ContactMap(ContactBins({"I": 600}, 10), row[kept], column[kept], counts[kept], np.ones(60))
    own = contig_expected(sparse.cis("I"))
    assert (own[2:] > 0).all()
    assert own[10] == pytest.approx(1000 / 11, rel=0.3)  # smoothed over a distance without contacts
    assert (np.diff(own[31:]) <= 0).all()
    empty = ContactMap(ContactBins({"I": 600}, 10), row[:0], column[:0], counts[:0], np.ones(60))
    assert np.isnan(contig_expected(empty.cis("I"))).all()


def test_the_slope_of_a_power_law_is_its_power():
    row, column = np.triu_indices(400)
    law = ContactMap(ContactBins({"I": 4000}, 10), row, column, 1e6 * (1.0 + column - row) ** -1.5)
    slope = decay_slope(expected_cis(law, balanced=False))
    middle = slope[(slope["dist_bp"] > 300) & (slope["dist_bp"] < 1000)]["slope"]
    assert middle.between(-1.55, -1.35).all()


def test_a_map_without_weights_and_regions_outside_are_refused(stored_map):
    with pytest.raises(InputError, match="needs a balanced map"):
        expected_cis(stored_map.source)
    with pytest.raises(InputError, match="needs a balanced map"):
        expected_trans(stored_map.source)
    outside = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [700_000], "name": ["x"]})
    with pytest.raises(ContigError, match="does not lie in its contig"):
        expected_cis(stored_map.balanced, regions=outside)
    with pytest.raises(ContigError, match="no region 'chr9'"):
        expected_values(expected_cis(stored_map.balanced), "chr9")


def test_contigs_that_mix_as_their_contacts_say_have_a_ratio_of_one():
    share = np.array([1.0, 2.0, 3.0, 5.0])
    row, column = np.triu_indices(4)
    mixed = ContactMap(ContactBins(dict.fromkeys("ABCD", 10), 10), row, column, 10 * share[row] * share[column])
    found = territories(mixed)
    np.testing.assert_allclose(found.pairs["log2_ratio"], 0, atol=1e-9)
    np.testing.assert_allclose(found.pairs["expected"].sum(), found.pairs["observed"].sum())


def test_shares_within_contigs_average_to_that_of_all(stored_map):
    found = territories(stored_map.source)
    ends = 2 * found.contigs["cis"] + found.contigs["trans"]
    np.testing.assert_allclose(np.average(found.contigs["cis_share"], weights=ends), found.cis_share)
    np.testing.assert_allclose(found.bins["cis"].sum(), 2 * found.contigs["cis"].sum())
