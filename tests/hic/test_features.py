"""All features at once: found where they are planted, found again where they are real, and left out with a reason."""

import numpy as np
import pandas as pd
import pytest

from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.genomics.half_map import HalfMap
from cisgram.hic.compartment_width import compartment_map
from cisgram.hic.example_loci import example_loci
from cisgram.hic.feature_strength import feature_strengths
from cisgram.hic.features import FeatureConfig, map_features
from cisgram.hic.found_again import best_window, feature_agreement, found_again, moved_track, track_agreement

SIZE = 10_000
CONFIG = FeatureConfig((5 * SIZE, 10 * SIZE))


def checkered_map(depth, *, n=160, seed=0):
    """Two contigs of two kinds of stretches of 20 bins that prefer their own, Poisson counts."""
    row, column = np.triu_indices(n)
    kind = np.sign(np.sin(np.pi * (np.arange(n) + 0.5) / 20))
    rows, columns, counts = [], [], []
    rng = np.random.default_rng(seed)
    for contig in range(2):
        rate = depth / (1 + column - row) * np.exp(0.5 * kind[row] * kind[column])
        drawn = rng.poisson(rate)
        rows.append(row + contig * n)
        columns.append(column + contig * n)
        counts.append(drawn)
    row, column, counts = (np.concatenate(part) for part in (rows, columns, counts))
    seen = counts > 0
    bins = ContactBins({"I": n * SIZE, "II": n * SIZE}, SIZE)
    return ContactMap(bins, row[seen], column[seen], counts[seen], np.ones(2 * n)), kind


@pytest.fixture(scope="module")
def checkered():
    return checkered_map(400.0)


@pytest.fixture(scope="module")
def halves(checkered):
    source, _ = checkered
    return [(half := HalfMap(source, number), map_features(half, CONFIG)) for number in (0, 1)]


def test_planted_compartments_and_boundaries_come_back_in_both_halves(checkered, halves):
    _, kind = checkered
    table = feature_agreement(*(found for _, found in halves)).set_index("feature")
    assert table.loc["compartments", "value"] > 0.95
    assert table.loc["boundaries 100000", "value"] > 0.9 > 0.4 > table.loc["boundaries 100000", "by_chance"]
    vector = halves[0][1].eigenvectors["E1"].to_numpy()[:160]
    assert abs(np.corrcoef(vector, kind)[0, 1]) > 0.9


def test_in_contacts_that_did_not_show_them_real_features_are_strong_and_noise_is_not(checkered, halves):
    (_, found), (other, _) = halves
    table = feature_strengths(found, other).table.set_index("feature")
    assert table.loc["compartments", "value"] > 1.8
    assert abs(table.loc["compartments", "by_chance"] - 1) < 0.3
    assert table.loc["boundaries", "value"] > table.loc["boundaries", "by_chance"] + 0.3

    row, column = np.triu_indices(200)
    counts = np.random.default_rng(1).poisson(8 / (1 + column - row) ** 0.5)
    flat = ContactMap(ContactBins({"I": 200 * SIZE}, SIZE), row, column, counts, np.ones(200))
    one, two = (HalfMap(flat, half) for half in (0, 1))
    noise = map_features(one, CONFIG)
    own = feature_strengths(noise, one).table.set_index("feature")["value"]
    elsewhere = feature_strengths(noise, two).table.set_index("feature")["value"]
    # The eigenvalue of noise may have either sign: like bins of it meet more often, or less.
    assert abs(np.log(own["compartments"])) > 0.2
    assert elsewhere["compartments"] == pytest.approx(1, abs=0.08)
    assert elsewhere["boundaries"] < own["boundaries"]


def test_what_cannot_be_found_is_left_out_with_the_reason():
    row, column = np.triu_indices(30)
    counts = np.random.default_rng(0).poisson(50 / (1 + column - row))
    wide = ContactMap(ContactBins({"I": 30 * 50_000}, 50_000), row, column, counts, np.ones(30))
    found = map_features(wide, FeatureConfig((250_000,)))
    assert found.loops is None
    assert found.eigenvectors is None
    assert "too coarse" in found.skipped["loops"]
    assert "fewer than 50 known bins" in found.skipped["compartments"]
    assert found.domains is not None


def test_calls_are_found_again_within_the_tolerance_on_both_sides():
    loops = pd.DataFrame(
        [("I", 100, 110, "I", 500, 510), ("I", 100, 110, "I", 900, 910), ("II", 0, 10, "II", 50, 60)],
        columns=["chrom1", "start1", "end1", "chrom2", "start2", "end2"],
    )
    other = loops.iloc[[0]].assign(start1=115, end1=125)
    spans = {"I": (0, 100_000), "II": (0, 100_000)}
    assert found_again(loops, other, tolerance_bp=15, spans=spans).share == pytest.approx(1 / 3)
    assert found_again(loops, other, tolerance_bp=14, spans=spans).share == 0
    assert np.isnan(found_again(loops.iloc[:0], other, tolerance_bp=15, spans=spans).share)


def test_chance_finds_as_many_as_the_density_of_the_others_gives():
    rng = np.random.default_rng(0)
    places = [np.sort(rng.integers(0, 100_000, 400)) for _ in range(2)]
    one, other = (pd.DataFrame({"chrom": "I", "start": at, "end": at + 1}) for at in places)
    found = found_again(one, other, tolerance_bp=50, spans={"I": (0, 100_000)})
    assert found.by_chance == pytest.approx(1 - np.exp(-400 * 101 / 100_000), abs=0.04)
    assert found.share == pytest.approx(found.by_chance, abs=0.08)


def test_a_moved_track_keeps_its_values_and_its_gaps():
    track = np.array([1.0, np.nan, 2.0, 3.0, 4.0])
    moved = moved_track(track, np.random.default_rng(0))
    assert np.isnan(moved[1])
    assert sorted(moved[[0, 2, 3, 4]].tolist()) == [1, 2, 3, 4]
    assert track_agreement({"I": track}, {"I": -track}, absolute=False)[0] == pytest.approx(-1)


def test_the_best_window_is_the_one_whose_boundaries_come_back_beyond_chance():
    rows = [("boundaries 50", "share", 0.9, 0.6, 40), ("boundaries 100", "share", 0.7, 0.1, 40)]
    rows += [("boundaries 200", "share", 1.0, 0.0, 6)]
    table = pd.DataFrame(rows, columns=["feature", "measure", "value", "by_chance", "n"])
    assert best_window(table, (50, 100, 200)) == 100
    assert best_window(None, (50, 100)) is None


def test_bins_are_made_wider_until_halves_agree_on_compartments():
    deep, _ = checkered_map(400.0, n=400)
    shallow, _ = checkered_map(1.5, n=400)
    assert compartment_map(deep, CONFIG) is deep
    assert compartment_map(shallow, CONFIG).bins.bin_size > SIZE


def test_examples_lie_where_most_was_found_and_where_bins_are_known(checkered):
    source, _ = checkered
    found = map_features(source, CONFIG)
    first, second = example_loci(found, n_bins=40)
    assert len(first.locus) == len(second.locus) == 40 * SIZE
    assert first.locus.chrom != second.locus.chrom or abs(first.locus.start - second.locus.start) >= 40 * SIZE
    weights = np.full(320, np.nan)
    weights[100:130] = 1.0
    region = map_features(source.with_weights(weights), CONFIG)
    only = example_loci(region, n_bins=40)
    assert [(one.locus.start, one.locus.end) for one in only] == [(100 * SIZE, 130 * SIZE)]
