"""Sequences as counts of k-mers, and plain classifiers on them."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numba import njit
from scipy.sparse import csr_matrix, hstack
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from cisgram.arrays import PerRow
from cisgram.baselines.classes import CrossValidation, assign_folds, join_classes
from cisgram.baselines.words import list_words
from cisgram.errors import ConfigError
from cisgram.genomics.sequence import ALPHABET
from cisgram.genomics.sequence_set import SequenceSet

TELLING_COLUMNS = ("kmer", "weight")
"""Columns of :func:`telling_kmers`."""

_LONGEST_SPAN = 16  # words are numbers of 32 bits
_LONGEST = 10


@dataclass(frozen=True)
class KmerConfig:
    """Which k-mers are counted, and what learns from the counts.

    Examples
    --------
    >>> KmerConfig(max_gap=2).shapes
    ((6, 0, 0), (3, 1, 3), (3, 2, 3))
    """

    word_bp: int = 6
    """k, 1 to 10 bp."""
    max_gap: int = 0
    """Also count two halves of a k-mer with 1 to so many bp of anything between them; k must be even then."""
    is_stranded: bool = False
    """Whether a k-mer and its reverse complement are two features; 4,096 instead of 2,080 for k = 6."""
    classifier: Literal["logistic", "svm", "forest"] = "logistic"
    """Logistic regression or linear support vector machine, both with L2 penalty, or random forest."""
    penalty: float | int = 1.0
    """C of the first two: weight of the training error against the size of the coefficients."""
    is_balanced: bool = False
    """Whether errors of the two classes weigh the same in total, however many sequences each has."""
    n_trees: int = 500
    """Trees of a forest."""
    seed: int = 0
    """Of the forest and of the order in which the optimiser of the SVM goes through the data."""

    def __post_init__(self) -> None:
        if not 1 <= self.word_bp <= _LONGEST:
            raise ConfigError(f"word_bp must be 1 to {_LONGEST}; got {self.word_bp}")
        if self.max_gap < 0 or self.word_bp + self.max_gap > _LONGEST_SPAN or (self.max_gap and self.word_bp % 2):
            raise ConfigError(
                f"max_gap must be 0 or more, at most {_LONGEST_SPAN} bp with the k-mer, and 0 if word_bp is odd; got "
                f"{self.max_gap} with word_bp {self.word_bp}"
            )
        if self.classifier not in ("logistic", "svm", "forest"):
            raise ConfigError(f"classifier must be logistic, svm or forest; got {self.classifier!r}")
        if not 0 < self.penalty < math.inf or self.n_trees < 1:
            raise ConfigError(f"penalty must be above 0 and n_trees at least 1; got {self.penalty}, {self.n_trees}")

    @property
    def shapes(self) -> tuple[tuple[int, int, int], ...]:
        """Bases, gap and bases of every kind of k-mer."""
        half = self.word_bp // 2
        return ((self.word_bp, 0, 0), *((half, gap, half) for gap in range(1, self.max_gap + 1)))


@dataclass(frozen=True, eq=False)
class KmerModel:
    """A trained classifier and the features that it reads."""

    config: KmerConfig
    classifier: Any
    """Of scikit-learn."""


def kmer_features(sequences: SequenceSet, config: KmerConfig = KmerConfig()) -> csr_matrix:
    """Count the k-mers of every sequence; rows have length 1 (L2 norm), or 0 without a k-mer.

    Columns are named by :func:`kmer_names`. A k-mer with an unknown base, in its gap too, is not counted.
    """
    parts = []
    for bases, gap, more in config.shapes:
        words = list_words(sequences, bases + gap + more, is_stranded=config.is_stranded).words
        forward = _without_gap(words.forward, gap, more)
        column_of = _columns(config)
        n_columns = int(column_of.max()) + 1
        rows, columns, counts = _counted(column_of[forward], words.starts)
        parts.append(csr_matrix((counts, columns, rows), shape=(words.n_sequences, n_columns)))
    joined = parts[0] if len(parts) == 1 else _side_by_side(parts)
    return csr_matrix(normalize(joined, norm="l2", axis=1, copy=False))


def kmer_names(config: KmerConfig = KmerConfig()) -> list[str]:
    """Name the columns: the k-mer, or the first in the alphabet of it and its reverse complement; N in gaps.

    Examples
    --------
    >>> names = kmer_names(KmerConfig(word_bp=2, max_gap=1))
    >>> len(names), names[:4], names[-2:]
    (20, ['AA', 'AC', 'AG', 'AT'], ['GNC', 'TNA'])
    """
    _, first = np.unique(_columns(config), return_index=True)
    letters = [_letters(word, config.word_bp) for word in first.tolist()]
    names = list(letters)
    for bases, gap, _ in config.shapes[1:]:
        names += [one[:bases] + "N" * gap + one[bases:] for one in letters]
    return names


def fit_kmers(positive: SequenceSet, negative: SequenceSet, *, config: KmerConfig = KmerConfig()) -> KmerModel:
    """Train a classifier on k-mer counts.

    Parameters
    ----------
    positive, negative
        The two classes; sequences without a k-mer of known bases are left out.
    config
        Features and classifier.

    Raises
    ------
    EmptySetError
        A class is empty, or has no sequence with a k-mer.

    Warns
    -----
    CisgramWarning
        Sequences were left out, or stand in both classes.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> plain = rng.integers(0, 4, (80, 50), dtype=np.uint8)
    >>> plain[:40, 20:28] = [3, 2, 0, 1, 3, 1, 0, 2]
    >>> bound, unbound = (SequenceSet.from_codes(list(part)) for part in (plain[:40], plain[40:]))
    >>> model = fit_kmers(bound, unbound, config=KmerConfig(word_bp=4))
    >>> bool(kmer_scores(model, bound).mean() > kmer_scores(model, unbound).mean() + 1)
    True
    """
    classes = join_classes(positive, negative, word_bp=config.word_bp)
    features = kmer_features(classes.sequences, config)
    return KmerModel(config, kmer_classifier(config).fit(features, classes.is_positive))


def cross_validate_kmers(
    positive: SequenceSet,
    negative: SequenceSet,
    *,
    config: KmerConfig = KmerConfig(),
    n_folds: int = 5,
    seed: int = 1,
) -> CrossValidation:
    """Score every sequence by a classifier trained on the other folds.

    Copies of a sequence, on either strand, stay in one fold. Parameters and errors otherwise as for :func:`fit_kmers`.
    """
    classes = join_classes(positive, negative, word_bp=config.word_bp)
    fold = assign_folds(classes, n_folds=n_folds, seed=seed)
    features = kmer_features(classes.sequences, config)
    scores = np.empty(len(fold))
    for number in range(n_folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        machine = kmer_classifier(config).fit(features[train], classes.is_positive[train])
        scores[test] = classified(KmerModel(config, machine), csr_matrix(features[test]))
    names = [str(name) for name in classes.sequences.names]
    return CrossValidation(names, classes.is_positive, fold, scores, classes.dropped)


def kmer_scores(model: KmerModel, sequences: SequenceSet) -> PerRow:
    """Score every sequence, higher for the positive class: log odds, distance from the plane, or share of the trees.

    A sequence without a k-mer gets the score of no feature at all.
    """
    return classified(model, kmer_features(sequences, model.config))


def classified(model: KmerModel, features: csr_matrix) -> PerRow:
    """Score sequences whose k-mers were counted before (by :func:`kmer_features`)."""
    if model.config.classifier == "forest":
        return model.classifier.predict_proba(features)[:, 1]
    return model.classifier.decision_function(features)


def telling_kmers(model: KmerModel) -> pd.DataFrame:
    """List the k-mers by how much they tell, the most telling first.

    Returns
    -------
    pandas.DataFrame
        :data:`TELLING_COLUMNS`: the k-mer, and its weight: what it adds to the score, above 0 for the positive class
        (a forest has no signs: its weights are importances).
    """
    machine = model.classifier
    weights = machine.feature_importances_ if model.config.classifier == "forest" else machine.coef_[0]
    order = np.argsort(-np.abs(weights), kind="stable")
    names = np.array(kmer_names(model.config))
    return pd.DataFrame(dict(zip(TELLING_COLUMNS, (names[order], weights[order]), strict=True)))


def kmer_classifier(config: KmerConfig) -> Any:
    """Make the classifier of scikit-learn, untrained."""
    class_weight = "balanced" if config.is_balanced else None
    if config.classifier == "logistic":
        return LogisticRegression(C=config.penalty, max_iter=1000, class_weight=class_weight)
    if config.classifier == "svm":
        return LinearSVC(C=config.penalty, random_state=config.seed, max_iter=5000, class_weight=class_weight)
    return RandomForestClassifier(config.n_trees, random_state=config.seed, n_jobs=-1, class_weight=class_weight)


def _columns(config: KmerConfig) -> np.ndarray:
    """Column of every word of ``word_bp`` bases, without its gap."""
    words = np.arange(4**config.word_bp)
    if config.is_stranded:
        return words
    turned, rest = np.zeros_like(words), words.copy()
    for _ in range(config.word_bp):
        turned, rest = turned * 4 + 3 - rest % 4, rest // 4
    return np.unique(np.minimum(words, turned), return_inverse=True)[1]


def _without_gap(words: np.ndarray, gap: int, more: int) -> np.ndarray:
    """Take the bases of the gap out of words."""
    wide = words.astype(np.int64)
    low = 4**more
    return wide // (low * 4**gap) * low + wide % low


def _letters(word: int, length: int) -> str:
    """A word in letters."""
    return "".join(ALPHABET[(word >> 2 * (length - 1 - i)) & 3] for i in range(length))


def _side_by_side(parts: list[csr_matrix]) -> csr_matrix:
    """Features of several shapes in one matrix."""
    return csr_matrix(hstack(parts, format="csr"))


@njit(cache=True)
def _counted(column_of_word, starts):
    """Rows (begin of each), columns in rising order, and counts of a sparse matrix."""
    rows = np.zeros(starts.size, np.int64)
    columns = np.empty(column_of_word.size, np.int64)
    counts = np.empty(column_of_word.size, np.float64)
    at = 0
    for row in range(starts.size - 1):
        ordered = np.sort(column_of_word[starts[row] : starts[row + 1]])
        for i in range(ordered.size):
            if i and ordered[i] == ordered[i - 1]:
                counts[at - 1] += 1
            else:
                columns[at] = ordered[i]
                counts[at] = 1
                at += 1
        rows[row + 1] = at
    return rows, columns[:at].copy(), counts[:at].copy()
