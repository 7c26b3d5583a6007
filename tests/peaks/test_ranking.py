"""Base-level average precision against scikit-learn, in pieces, with ties, and its intervals."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from cisgram.errors import ContigError, EmptySetError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.peaks import ranking
from cisgram.peaks.blocks import genome_blocks, is_in_peaks
from cisgram.peaks.ranking import BaseRanking, rank_bases

SIZES = {"I": 300_000, "II": 100_000}


def peaks_and_scores(seed=0, *, decimals=1):
    rng = np.random.default_rng(seed)
    starts = {name: np.arange(2_000, size - 2_000, 9_000) for name, size in SIZES.items()}
    truth = pd.concat([interval_table([c] * len(s), s, s + rng.integers(100, 900, len(s))) for c, s in starts.items()])
    truth = truth.reset_index(drop=True)
    scores = {
        name: (rng.normal(0, 1, size) + 1.2 * is_in_peaks(truth, name, 0, size)).round(decimals).astype(np.float32)
        for name, size in SIZES.items()
    }
    return truth, scores


def joined(truth, scores):
    mask = np.concatenate([is_in_peaks(truth, name, 0, size) for name, size in SIZES.items()])
    return mask, np.concatenate([scores[name] for name in SIZES])


@pytest.mark.parametrize("decimals", [0, 1, 6])
@pytest.mark.parametrize("chunk_bp", [7_777, 1 << 20])
def test_average_precision_is_that_of_scikit_learn_with_ties_however_it_is_streamed(decimals, chunk_bp):
    truth, scores = peaks_and_scores(decimals=decimals)
    found = rank_bases(lambda c, a, b: scores[c][a:b], truth, genome_blocks(SIZES), chunk_bp=chunk_bp)
    mask, all_scores = joined(truth, scores)
    assert found.average_precision == pytest.approx(average_precision_score(mask, all_scores), abs=1e-12)
    assert (found.n_bases, found.n_positive) == (400_000, int(mask.sum()))
    assert found.prevalence == mask.mean()
    assert found.is_exact
    assert found.low < found.average_precision < found.high


def test_scores_below_zero_and_both_zeros_keep_their_order():
    values = np.array([-5, -1e-30, -0.0, 0.0, 1e-30, 3, -np.inf, np.inf], dtype=np.float32)
    keys = ranking._ordered(values)
    assert keys[2] == keys[3]
    assert (np.diff(keys[np.argsort(values, kind="stable")].astype(np.int64)) >= 0).all()
    assert len(np.unique(keys)) == 7


def test_only_regions_are_looked_at():
    truth, scores = peaks_and_scores()
    regions = interval_table(["I", "I", "II"], [0, 100_000, 0], [50_000, 150_001, 30_000])
    found = rank_bases(lambda c, a, b: scores[c][a:b], truth, genome_blocks(SIZES, regions=regions))
    mask, all_scores = joined(truth, scores)
    judged = np.concatenate([is_in_peaks(regions, name, 0, size) for name, size in SIZES.items()])
    assert found.n_bases == judged.sum() == 130_001
    assert found.average_precision == pytest.approx(average_precision_score(mask[judged], all_scores[judged]))


def test_many_distinct_scores_are_rounded_a_little_and_the_result_says_so(monkeypatch):
    monkeypatch.setattr(ranking, "_MOST_DISTINCT", 20_000)
    truth, scores = peaks_and_scores(decimals=7)
    found = rank_bases(lambda c, a, b: scores[c][a:b], truth, genome_blocks(SIZES), chunk_bp=10_000)
    assert not found.is_exact
    assert found.average_precision == pytest.approx(average_precision_score(*joined(truth, scores)), rel=1e-3)


def test_the_interval_covers_the_value_of_other_draws_of_the_same_kind():
    intervals, values = [], []
    for seed in range(20):
        truth, scores = peaks_and_scores(seed)
        found = rank_bases(lambda c, a, b, s=scores: s[c][a:b], truth, genome_blocks(SIZES, seed=seed))
        intervals.append((found.low, found.high))
        values.append(found.average_precision)
    covered = [low <= np.mean(values) <= high for low, high in intervals]
    assert sum(covered) >= 14
    assert np.mean([high - low for low, high in intervals]) < 12 * np.std(values)


def test_the_same_seed_gives_the_same_interval_and_no_resamples_none():
    truth, scores = peaks_and_scores()
    a, b = (rank_bases(lambda c, x, y: scores[c][x:y], truth, genome_blocks(SIZES, seed=3)) for _ in range(2))
    assert a == b
    none = rank_bases(lambda c, x, y: scores[c][x:y], truth, genome_blocks(SIZES, n_resamples=0))
    assert np.isnan(none.low)
    assert none.average_precision == a.average_precision


def test_scores_without_peaks_or_with_nan_are_refused():
    blocks = genome_blocks(SIZES)
    nowhere = BaseRanking(blocks)
    nowhere.add("I", 0, np.ones(10, np.float32), np.zeros(10, bool))
    with pytest.raises(EmptySetError, match="bases in peaks"):
        nowhere.result()
    with pytest.raises(InputError, match="without NaN"):
        nowhere.add("I", 0, np.full(10, np.nan, np.float32), np.zeros(10, bool))
    with pytest.raises(ContigError, match="lie on chrI"):
        rank_bases(lambda *where: np.zeros(where[2] - where[1], np.float32), interval_table(["chrI"], [0], [5]), blocks)
