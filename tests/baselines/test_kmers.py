"""Counts of k-mers against plain counting, and the classifiers on them."""

import warnings
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.baselines.judge import judge_scores
from cisgram.baselines.kmers import (
    TELLING_COLUMNS,
    KmerConfig,
    cross_validate_kmers,
    fit_kmers,
    kmer_features,
    kmer_names,
    kmer_scores,
    telling_kmers,
)
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError
from cisgram.genomics.sequence import decode, encode, reverse_complement
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.io.labelled_sequences import read_labelled_sequences


def plain_counts(text, config):
    """Every k-mer of a text, under the name of its column."""
    found = Counter()
    for bases, gap, more in config.shapes:
        length = bases + gap + more
        for i in range(len(text) - length + 1):
            word = text[i : i + length]
            if "N" in word:
                continue
            names = [word] if config.is_stranded else [word, decode(reverse_complement(encode(word)))]
            found[min(name[:bases] + "N" * gap + name[bases + gap :] for name in names)] += 1
    return found


@given(
    st.lists(st.text("ACGTN", max_size=25), min_size=1, max_size=3),
    st.sampled_from([(1, 0), (2, 0), (3, 0), (4, 0), (4, 2), (2, 1)]),
    st.booleans(),
)
@settings(max_examples=30)
def test_features_are_plain_counts_scaled_to_length_one(texts, shape, is_stranded):
    config = KmerConfig(word_bp=shape[0], max_gap=shape[1], is_stranded=is_stranded)
    features = kmer_features(SequenceSet.from_codes([encode(text) for text in texts]), config).toarray()
    names = kmer_names(config)
    assert features.shape == (len(texts), len(names))
    for text, row in zip(texts, features, strict=True):
        counts = plain_counts(text, config)
        expected = np.array([counts[name] for name in names], dtype=float)
        assert set(counts) <= set(names)
        np.testing.assert_allclose(row, expected / max(np.linalg.norm(expected), 1e-9), atol=1e-12)


def test_six_mers_make_2080_features_on_both_strands():
    assert len(kmer_names()) == 2080
    assert len(kmer_names(KmerConfig(is_stranded=True))) == 4096
    assert len(kmer_names(KmerConfig(max_gap=3))) == 4 * 2080


@pytest.mark.parametrize("classifier", ["logistic", "svm", "forest"])
def test_every_classifier_finds_a_planted_word(classifier):
    rng = np.random.default_rng(3)
    config = KmerConfig(word_bp=4, classifier=classifier, n_trees=50)

    def classes():
        codes = rng.integers(0, 4, (160, 40)).astype(np.uint8)
        codes[:80, 15:23] = encode("TGACTCAT")
        return SequenceSet.from_codes(list(codes[:80])), SequenceSet.from_codes(list(codes[80:]))

    model, (positive, negative) = fit_kmers(*classes(), config=config), classes()
    scores = np.concatenate([kmer_scores(model, one) for one in (positive, negative)])
    assert judge_scores(np.repeat([True, False], 80), scores).auroc.low > 0.9
    turned = SequenceSet.from_codes([reverse_complement(codes) for codes in positive])
    np.testing.assert_allclose(kmer_scores(model, turned), scores[:80], atol=1e-12)


def drawn_classes(rng, n):
    """As many sequences with a word and without."""
    codes = rng.integers(0, 4, (2 * n, 40)).astype(np.uint8)
    codes[:n, 15:23] = encode("TGACTCAT")
    return SequenceSet.from_codes(list(codes[:n])), SequenceSet.from_codes(list(codes[n:]))


def test_cross_validation_scores_what_was_held_out():
    positive, negative = drawn_classes(np.random.default_rng(3), 40)
    config = KmerConfig(word_bp=4)
    found = cross_validate_kmers(positive, negative, config=config, n_folds=4)
    assert np.unique(found.fold, return_counts=True)[1].tolist() == [20] * 4
    train = [
        one.take(np.flatnonzero(found.fold[part] != 2))
        for one, part in ((positive, slice(40)), (negative, slice(40, 80)))
    ]
    held_out = positive.take(np.flatnonzero(found.fold[:40] == 2))
    expected = kmer_scores(fit_kmers(*train, config=config), held_out)
    np.testing.assert_allclose(found.scores[:40][found.fold[:40] == 2], expected, atol=1e-6)
    assert judge_scores(found.is_positive, found.scores).auroc.low > 0.9


def test_weights_of_kmers_add_up_to_the_score():
    positive, negative = drawn_classes(np.random.default_rng(3), 40)
    config = KmerConfig(word_bp=4)
    model = fit_kmers(positive, negative, config=config)
    table = telling_kmers(model)
    assert tuple(table.columns) == TELLING_COLUMNS
    weights = table.set_index("kmer")["weight"][kmer_names(config)].to_numpy()
    expected = kmer_features(positive, config) @ weights + model.classifier.intercept_[0]
    np.testing.assert_allclose(kmer_scores(model, positive), expected, atol=1e-10)


def test_balanced_classes_weigh_as_if_rare_ones_were_repeated():
    positive, negative = drawn_classes(np.random.default_rng(3), 40)
    few = positive.take(np.arange(10))
    balanced = fit_kmers(few, negative, config=KmerConfig(word_bp=4, is_balanced=True))
    again = SequenceSet.from_codes([*few] * 4)  # 80 in all weigh as the 50 of the balanced ones
    repeated = fit_kmers(again, negative, config=KmerConfig(word_bp=4, penalty=50 / 80))
    np.testing.assert_allclose(kmer_scores(balanced, positive), kmer_scores(repeated, positive), atol=1e-3)


def test_sets_without_kmers_are_refused():
    some = SequenceSet.from_codes([encode("ACGTACGT")])
    with pytest.raises(EmptySetError, match=r"no negative sequences left \(1 negative shorter than 6 bp\)"):
        fit_kmers(some, SequenceSet.from_codes([encode("ACG")]))


@pytest.mark.parametrize(
    "settings",
    [{"word_bp": 0}, {"word_bp": 11}, {"max_gap": -1}, {"word_bp": 5, "max_gap": 1}, {"max_gap": 11}, {"penalty": 0.0}],
    ids=str,
)
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(ConfigError):
        KmerConfig(**settings)


@pytest.mark.parametrize(
    ("name", "expected"), [("tf_0", 0.893), ("tf_1", 0.924), ("tf_2", 0.906), ("mouse_0", 0.865)], ids=lambda v: str(v)
)
def test_logistic_regression_on_six_mers_reaches_what_is_known(data_folder, name, expected):
    train, test = (
        read_labelled_sequences(data_folder / f"seqlabels/gue/{name}.{part}.csv.gz") for part in ("train", "test")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)  # these sets share a few sequences between the classes
        model = fit_kmers(train.bound, train.unbound)
    scores = np.concatenate([kmer_scores(model, one) for one in (test.bound, test.unbound)])
    found = judge_scores(np.arange(len(scores)) < len(test.bound), scores, n_resamples=10).auroc.value
    assert found > expected - 0.005
