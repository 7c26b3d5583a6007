"""Floors of tracks in bins: they find what they can see, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from cisgram.baselines.binned import BinSequenceConfig, bin_features, fit_bin_sequences
from cisgram.baselines.binned_starts import (
    StartExample,
    distance_edges,
    fit_start_distance,
    start_bins,
)
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.genes import gene_table
from cisgram.genomics.sequence import encode, reverse_complement

BIN, N_BINS, MARGIN = 20, 30, 60
PLAIN = BinSequenceConfig(word_bp=0)
WORDS = BinSequenceConfig(word_bp=4, context_bp=10, n_bins=100_000)


def windows(n, seed=0):
    return np.random.default_rng(seed).integers(0, 4, (n, N_BINS * BIN + 2 * MARGIN), dtype=np.uint8)


def bins_of(codes):
    return codes[:, MARGIN:-MARGIN].reshape(len(codes), N_BINS, BIN)


def correlation(model, codes, targets):
    predicted = np.stack([model.predict(one) for one in codes])
    return np.corrcoef(predicted.ravel(), targets.ravel())[0, 1]


def test_gc_content_is_that_of_the_bin_and_of_its_surroundings():
    codes = windows(1)[0]
    codes[5:25] = 4
    found = bin_features(codes, np.arange(N_BINS), bin_size=BIN, n_bins=N_BINS, config=PLAIN).toarray()
    is_gc, known = np.isin(codes, (1, 2)), codes < 4
    for at in (0, 7, 29):
        for column, more in enumerate((0, 2 * BIN, 12 * BIN)):
            part = slice(max(0, MARGIN + at * BIN - more), MARGIN + (at + 1) * BIN + more)
            assert found[at, column] == pytest.approx(is_gc[part].sum() / known[part].sum())
            assert found[at, column + 3] == pytest.approx(found[at, column] ** 2)


def test_words_are_counted_in_the_bin_and_its_context_and_nowhere_else():
    codes = np.zeros(N_BINS * BIN, dtype=np.uint8)
    codes[5 * BIN : 5 * BIN + 4] = encode("CGTC")
    config = BinSequenceConfig(word_bp=4, context_bp=10)
    found = bin_features(codes, np.arange(N_BINS), bin_size=BIN, n_bins=N_BINS, config=config)[:, 6:].toarray()
    has_other_words = (np.count_nonzero(found, axis=1) > 1).tolist()
    assert np.flatnonzero(has_other_words).tolist() == [4, 5]


def test_a_model_of_gc_content_finds_gc_content():
    train, test = windows(20), windows(5, seed=1)
    targets = [3 * np.isin(bins_of(one), (1, 2)).mean(axis=2)[:, None] for one in (train, test)]
    model = fit_bin_sequences(train, targets[0], bin_size=BIN, config=PLAIN)
    assert correlation(model, test, targets[1]) > 0.98


def test_a_model_of_words_finds_a_word_that_gc_content_cannot_see():
    train, test = windows(60), windows(10, seed=1)

    def targets(codes):
        text = np.lib.stride_tricks.sliding_window_view(bins_of(codes), 4, axis=2)
        return 5.0 * (text == encode("CATG")).all(axis=3).any(axis=2)[:, None]

    words, gc = (fit_bin_sequences(train, targets(train), bin_size=BIN, config=one) for one in (WORDS, PLAIN))
    assert correlation(words, test, targets(test)) > 0.5
    assert correlation(gc, test, targets(test)) < 0.25


def test_the_same_model_comes_from_the_same_seed_and_missing_values_are_not_zeros():
    codes = windows(12)
    targets = np.random.default_rng(0).gamma(2, 3, (12, 2, N_BINS))
    config = BinSequenceConfig(word_bp=3, n_bins=200, seed=5)
    one, other = (fit_bin_sequences(codes, targets, bin_size=BIN, config=config).predict(codes[0]) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    half = targets.copy()
    half[:, :, ::2] = np.nan
    assert fit_bin_sequences(codes, half, bin_size=BIN, config=config).predict(codes[0]).mean() == pytest.approx(
        6, rel=0.15
    )
    with pytest.raises(EmptySetError, match="without a value"):
        fit_bin_sequences(codes, targets * np.nan, bin_size=BIN, config=config)


def test_settings_and_sequences_that_cannot_be_are_refused():
    with pytest.raises(ConfigError, match="word_bp"):
        BinSequenceConfig(word_bp=7)
    with pytest.raises(InputError, match="do not fit"):
        bin_features(np.zeros(10, np.uint8), np.arange(2), bin_size=10, n_bins=2, config=PLAIN)


GENES = gene_table(["I"] * 3, [1000, 3000, 5000], [1500, 3500, 5500], strand=["+", "-", "+"], gene=list("abc"))


def test_bins_are_counted_from_the_nearest_start_along_its_gene():
    bins = start_bins(GENES, "I", 0, bin_size=100, n_bins=60)
    middle = distance_edges(100).size
    starts = np.array([1000, 3499, 5000])
    at = 100 * np.arange(60) + 50
    nearest = np.abs(at[:, None] - starts).argmin(axis=1)
    np.testing.assert_array_equal(bins.is_minus, nearest == 1)
    assert bins.group[[10, 34, 50]].tolist() == [middle, middle, middle]
    assert bins.group[12] > middle > bins.group[8]
    assert bins.group[32] > middle > bins.group[37]  # downstream of a gene on the minus strand lies to the left


def test_a_contig_without_genes_is_as_far_as_can_be():
    bins = start_bins(GENES, "II", 0, bin_size=100, n_bins=4)
    assert bins.group.tolist() == [2 * distance_edges(100).size] * 4


def test_means_by_distance_are_those_of_training_and_turn_with_the_gene():
    pairs = [1, 0, 2]
    bins = start_bins(GENES, "I", 0, bin_size=100, n_bins=60)
    middle = distance_edges(100).size
    values = np.zeros((3, 60))
    values[0, (bins.group == middle) & ~bins.is_minus] = 8
    values[1, (bins.group == middle) & bins.is_minus] = 8
    values[2] = bins.group
    profile = fit_start_distance([StartExample(bins, values)], strand_pairs=pairs, bin_size=100)
    np.testing.assert_allclose(profile.predict(bins), values)
    turned = start_bins(GENES.assign(strand=GENES["strand"].map({"+": "-", "-": "+"})), "I", 0, bin_size=100, n_bins=60)
    assert profile.predict(turned)[1, turned.group == middle].max() == 8


def test_what_was_not_measured_counts_nothing_in_means_by_distance():
    bins = start_bins(GENES, "I", 0, bin_size=100, n_bins=60)
    values = np.full((1, 60), 4.0)
    values[0, ::3] = np.nan
    profile = fit_start_distance([StartExample(bins, values)], strand_pairs=[0], bin_size=100)
    assert np.unique(profile.predict(bins)).tolist() == [4.0]


def test_a_window_turned_round_is_predicted_turned_round():
    train = windows(30)
    targets = np.random.default_rng(2).gamma(2, 3, (30, 1, N_BINS))
    model = fit_bin_sequences(train, targets, bin_size=BIN, config=WORDS)
    np.testing.assert_allclose(model.predict(reverse_complement(train[0])), model.predict(train[0])[:, ::-1], rtol=1e-6)


def test_genes_of_one_contig_only_are_looked_at():
    far = pd.concat([GENES, GENES.assign(chrom="II", tss=0)], ignore_index=True)
    one, other = (start_bins(table, "I", 0, bin_size=100, n_bins=60) for table in (GENES, far))
    np.testing.assert_array_equal(one.group, other.group)
