"""Comparison of peaks against a base-by-base twin, its laws, and what is undefined."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ContigError, EmptySetError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.peaks.blocks import genome_blocks, is_in_peaks
from cisgram.peaks.compare import COMPARISON_COLUMNS, MEASURES, compare_peaks, share_overlapping, summit_distances

SIZES = {"I": 200_000, "II": 50_000}


def random_peaks(seed, n=120):
    rng = np.random.default_rng(seed)
    chrom = rng.choice(["I", "II"], n)
    start = np.array([rng.integers(0, SIZES[name] - 1_000) for name in chrom])
    end = start + rng.integers(50, 900, n)
    return interval_table(chrom, start, end, summit=(start + end) // 2)


def values(peaks, truth, **options):
    table = compare_peaks(peaks, truth, genome_blocks(SIZES, **options))
    assert tuple(table.columns) == COMPARISON_COLUMNS
    return table.set_index("measure")


def test_measures_agree_with_counting_bases_and_pairs_one_by_one():
    peaks, truth = random_peaks(1), random_peaks(2)
    found = values(peaks, truth)["value"]
    assert list(found.index) == list(MEASURES)
    ours, theirs = (
        np.concatenate([is_in_peaks(table, name, 0, size) for name, size in SIZES.items()]) for table in (peaks, truth)
    )
    assert found["base_precision"] == (ours & theirs).sum() / ours.sum()
    assert found["base_recall"] == (ours & theirs).sum() / theirs.sum()
    assert found["base_jaccard"] == (ours & theirs).sum() / (ours | theirs).sum()

    def overlapping(a, b):
        return [
            any(x.chrom == y.chrom and x.start < y.end and y.start < x.end for y in b.itertuples())
            for x in a.itertuples()
        ]

    assert found["peak_precision"] == np.mean(overlapping(peaks, truth))
    assert found["peak_recall"] == np.mean(overlapping(truth, peaks))
    p, r = found["peak_precision"], found["peak_recall"]
    assert found["peak_f1"] == pytest.approx(2 * p * r / (p + r))
    distances = sorted(
        min(abs(x.summit - y.summit) for y in truth.itertuples() if y.chrom == x.chrom)
        for x, hit in zip(peaks.itertuples(), overlapping(peaks, truth), strict=True)
        if hit
    )
    assert found["summit_distance_bp"] == distances[(len(distances) - 1) // 2]


def test_peaks_compared_with_themselves_are_perfect():
    peaks = random_peaks(3)
    table = values(peaks, peaks)
    assert table["value"].tolist() == [1.0] * 7 + [0.0]
    assert table["low"].tolist() == table["high"].tolist() == table["value"].tolist()


def test_changing_places_turns_precision_into_recall():
    one, other = values(random_peaks(1), random_peaks(2)), values(random_peaks(2), random_peaks(1))
    for kind in ("peak", "base"):
        assert one.loc[f"{kind}_precision", "value"] == other.loc[f"{kind}_recall", "value"]
        assert one.loc[f"{kind}_f1", "value"] == pytest.approx(other.loc[f"{kind}_f1", "value"])
    assert one.loc["base_jaccard", "value"] == other.loc["base_jaccard", "value"]


def test_intervals_lie_around_values_and_follow_the_seed():
    table = values(random_peaks(1), random_peaks(2), seed=4)
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    pd.testing.assert_frame_equal(table, values(random_peaks(1), random_peaks(2), seed=4))
    assert values(random_peaks(1), random_peaks(2), n_resamples=0)["low"].isna().all()


def test_regions_leave_out_what_lies_elsewhere():
    peaks, truth = random_peaks(1), random_peaks(2)
    inside = interval_table(["I"], [20_000], [120_000])
    found = values(peaks, truth, regions=inside)
    middle = (truth["start"] + truth["end"]) // 2
    chosen = truth["chrom"].eq("I") & middle.between(20_000, 119_999)
    assert found.loc["peak_recall", "n"] == chosen.sum()
    assert found.loc["base_recall", "n"] == is_in_peaks(truth, "I", 20_000, 120_000).sum()


def test_no_peaks_at_all_recall_nothing():
    found = values(random_peaks(1).iloc[:0], random_peaks(2))["value"]
    assert np.isnan(found["peak_precision"])
    assert found[["peak_recall", "peak_f1", "base_recall", "base_f1", "base_jaccard"]].tolist() == [0.0] * 5
    assert np.isnan(found["summit_distance_bp"])


def test_peaks_without_summits_have_no_distance():
    peaks = random_peaks(1)
    assert np.isnan(summit_distances(peaks.drop(columns="summit"), peaks)).all()
    assert np.isnan(summit_distances(peaks.assign(summit=-1), peaks)).all()
    assert np.isnan(values(peaks.drop(columns="summit"), peaks).loc["summit_distance_bp", "value"])


def test_a_truth_that_is_elsewhere_is_refused():
    peaks = random_peaks(1)
    with pytest.raises(EmptySetError, match="no peaks of the truth left"):
        compare_peaks(peaks, peaks.iloc[:0], genome_blocks(SIZES))
    with pytest.raises(ContigError, match="peaks of the truth lie on chr9"):
        compare_peaks(peaks, peaks.assign(chrom="chr9"), genome_blocks(SIZES))
    with pytest.raises(EmptySetError, match="on other contigs"):
        genome_blocks(SIZES, regions=interval_table(["III"], [0], [5]))
    with pytest.raises(InputError, match="n_resamples"):
        genome_blocks(SIZES, n_resamples=-1)


def test_the_share_of_places_with_a_peak_is_the_recall_of_these_places():
    peaks, places = random_peaks(1), random_peaks(2)
    recall = values(peaks, places, n_resamples=50).loc["peak_recall"]
    found = share_overlapping(places, peaks, genome_blocks(SIZES, n_resamples=50))
    assert found == (recall["value"], recall["low"], recall["high"], recall["n"])
    twice = share_overlapping(pd.concat([places, places], ignore_index=True), peaks, genome_blocks(SIZES))
    assert (twice.value, twice.n) == (found.value, 2 * found.n)


def test_a_share_of_no_places_is_none_and_places_on_other_contigs_do_not_count():
    peaks, places = random_peaks(1), random_peaks(2)
    none = share_overlapping(places.iloc[:0], peaks, genome_blocks(SIZES))
    assert none.n == 0
    assert np.isnan([none.value, none.low, none.high]).all()
    own = share_overlapping(places, peaks, genome_blocks({"II": SIZES["II"]}))
    assert own.n == (places["chrom"] == "II").sum()
