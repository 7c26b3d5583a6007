"""GC of windows against counting, and negatives against what they promise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from cisgram.data.composition import base_composition
from cisgram.data.negatives import gc_matched_negatives
from cisgram.data.windows import COLUMNS
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import beyond_contig, interval_table, overlaps
from cisgram.genomics.sequence import gc_fraction


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 30), st.integers(1, 12))
def test_composition_is_that_of_counting_each_window(seed, length, n):
    rng = np.random.default_rng(seed)
    genome = Genome.from_codes({name: rng.integers(0, 5, 80, dtype=np.uint8) for name in ("I", "II")})
    start = rng.integers(-40, 100, n)
    windows = pd.DataFrame({"chrom": rng.choice(["I", "II"], n), "start": start, "end": start + length})
    codes = genome.windows(windows)
    composition = base_composition(genome, windows)
    np.testing.assert_allclose(composition.gc_fraction, gc_fraction(codes))
    np.testing.assert_allclose(composition.unknown_fraction, (codes == 4).mean(axis=1), atol=1e-12)


def test_composition_needs_one_length_and_may_be_empty():
    genome = Genome.from_codes({"I": np.zeros(50, np.uint8)})
    with pytest.raises(InputError, match="lengths from 5 to 6 bp"):
        base_composition(genome, interval_table("I", [0, 0], [5, 6]))
    assert base_composition(genome, interval_table([], [], [])).gc_fraction.size == 0


def wavy_genome(seed, *, size=60_000, contigs=("I", "II", "III")):
    """Contigs whose GC goes up and down between 0.2 and 0.8."""
    rng = np.random.default_rng(seed)
    made = {}
    for phase, name in enumerate(contigs):
        gc = 0.5 + 0.3 * np.sin(np.arange(size) / 900 + phase)
        strong = rng.random(size) < gc
        made[name] = np.where(strong, rng.integers(1, 3, size), rng.choice([0, 3], size)).astype(np.uint8)
    return Genome.from_codes(made)


def rich_peaks(genome, *, n=60, length=200, seed=1):
    """Peaks where GC is high, so that windows drawn blindly would not match."""
    rng = np.random.default_rng(seed)
    start = rng.integers(200, 59_000, 40 * n)
    chrom = rng.choice(list(genome.sizes), 40 * n)
    table = interval_table(chrom, start, start + length, name="p", strand=".", kind="peak", centre="summit")
    gc = base_composition(genome, table).gc_fraction
    table = table[gc > 0.62].iloc[:n].reset_index(drop=True)
    return table.assign(split=table["chrom"].map({"I": "train", "II": "valid", "III": "test"}), dropped="")[
        list(COLUMNS)
    ]


def test_negatives_match_in_gc_and_lie_apart_on_contigs_of_their_split():
    genome = wavy_genome(0)
    peaks = rich_peaks(genome)
    excluded = interval_table(["I", "II"], [10_000, 0], [30_000, 5_000])
    match = gc_matched_negatives(peaks, genome, ratio=1.5, seed=3, jitter_bp=50, exclude=excluded)
    negatives = match.windows[match.windows["kind"].eq("negative")]
    pd.testing.assert_frame_equal(match.windows.iloc[: len(peaks)], peaks)
    assert not overlaps(negatives, peaks).any()
    assert not overlaps(negatives, excluded).any()
    assert not beyond_contig(
        negatives.assign(start=negatives["start"] - 50, end=negatives["end"] + 50), genome.sizes
    ).any()
    assert not negatives.duplicated(["chrom", "start"]).any()
    for row in match.report.to_dict("records"):
        here, ours = peaks[peaks["split"].eq(row["split"])], negatives[negatives["split"].eq(row["split"])]
        assert set(ours["chrom"]) == set(here["chrom"])
        gc = [base_composition(genome, table).gc_fraction for table in (here, ours)]
        assert row["ks_distance"] == pytest.approx(ks_2samp(*gc).statistic)
        # In a bin there are at most ratio x peaks + 1, and exactly that many over all where no bin is short.
        n_gc = [np.round(values * 200).astype(int) for values in gc]  # windows of 200 bp: a bin holds 4 counts
        histogram = [np.bincount(counts // 4, minlength=51) for counts in n_gc]
        assert (histogram[1] <= 1.5 * histogram[0] + 1).all()
        assert row["found"] == len(ours) == row["wanted"] == round(1.5 * len(here))
        assert row["short_bins"] == 0
        # Within a bin the two may still differ: the distance is at most what the fullest bin holds.
        assert row["ks_distance"] <= histogram[0].max() / len(here) + 1 / len(ours)


def test_windows_drawn_blindly_would_not_match():
    genome = wavy_genome(0)
    peaks = rich_peaks(genome)
    blind = interval_table("I", np.arange(200, 59_000, 300), np.arange(200, 59_000, 300) + 200)
    gc = [base_composition(genome, table).gc_fraction for table in (peaks, blind)]
    assert ks_2samp(*gc).statistic > 0.5


def test_the_same_seed_draws_the_same_negatives():
    genome = wavy_genome(0)
    peaks = rich_peaks(genome)
    first, again, other = (gc_matched_negatives(peaks, genome, ratio=1.0, seed=seed).windows for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_dropped_peaks_are_kept_away_from_but_not_matched():
    genome = wavy_genome(0)
    peaks = rich_peaks(genome)
    peaks.loc[peaks.index % 2 == 0, "dropped"] = "suspiciously many counts"
    match = gc_matched_negatives(peaks, genome, ratio=1.0, seed=1)
    assert match.report["peaks"].sum() == (peaks["dropped"] == "").sum()
    negatives = match.windows[match.windows["kind"].eq("negative")]
    assert not overlaps(negatives, peaks).any()


def test_unknown_bases_are_never_drawn():
    codes = wavy_genome(0).codes("I", 0, 60_000).copy()
    codes[20_000:40_000] = 4
    genome = Genome.from_codes({"I": codes})
    peaks = interval_table(
        "I", [1000], [1200], name="p", strand=".", kind="peak", centre="summit", split="", dropped=""
    )
    match = gc_matched_negatives(peaks, genome, ratio=4.0, seed=1)
    assert (base_composition(genome, match.windows).unknown_fraction == 0).all()


def test_too_few_candidates_are_warned_of_and_none_is_an_error():
    genome = wavy_genome(0)
    peaks = rich_peaks(genome)
    with pytest.warns(CisgramWarning, match=r"only \d+ of \d+ wanted negatives for the (train|valid|test) peaks"):
        match = gc_matched_negatives(peaks, genome, ratio=30.0, seed=1)
    assert (match.report["found"] < match.report["wanted"]).any()
    everywhere = interval_table(list(genome.sizes), [0] * 3, [60_000] * 3)
    with pytest.raises(EmptySetError, match="negatives for the train peaks"):
        gc_matched_negatives(peaks.sort_values("chrom"), genome, ratio=1.0, seed=1, exclude=everywhere)


def test_a_smaller_distance_leaves_more_candidates_on_a_crowded_genome():
    genome = wavy_genome(0, size=19_850, contigs=("I",))
    start = np.arange(100, 19_700, 300)
    peaks = interval_table(
        "I", start, start + 200, name="p", strand=".", kind="peak", centre="summit", split="", dropped=""
    )
    with pytest.raises(EmptySetError, match="set apart_bp"):
        gc_matched_negatives(peaks, genome, ratio=1.0, seed=1)
    with pytest.warns(CisgramWarning, match="only"):
        match = gc_matched_negatives(peaks, genome, ratio=5.0, seed=1, apart_bp=50)
    negatives = match.windows[match.windows["kind"].eq("negative")]
    middles = [table.assign(start=table["start"] + 75, end=table["end"] - 75) for table in (negatives, peaks)]
    assert not overlaps(*middles).any()


def test_without_peaks_or_a_ratio_there_is_nothing_to_match():
    genome = wavy_genome(0)
    peaks = rich_peaks(genome)
    with pytest.raises(ConfigError, match="above 0; got 0"):
        gc_matched_negatives(peaks, genome, ratio=0.0, seed=1)
    with pytest.raises(EmptySetError, match="60 peak windows dropped before"):
        gc_matched_negatives(peaks.assign(dropped="too many N"), genome, ratio=1.0, seed=1)
