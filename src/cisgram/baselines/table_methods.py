"""k-mers and gkm-SVMs of many tracks: what they share - counts, kernel - is computed once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from cisgram.arrays import Labels, PerTrack, TableScores
from cisgram.baselines.gkmsvm.kernel import kernel_between, kernel_matrix
from cisgram.baselines.gkmsvm.machines import Machines, solve_machines
from cisgram.baselines.gkmsvm.train import GkmConfig
from cisgram.baselines.kmers import KmerConfig, KmerModel, classified, kmer_classifier, kmer_features
from cisgram.baselines.penalties import choose_penalty
from cisgram.baselines.ridge import fit_ridge
from cisgram.genomics.sequence_set import SequenceSet

_KERNEL_GB = 1.0  # of the kernel between test and training sequences that is held at once
_TRACKS_AT_ONCE = 16


class TrackScores(NamedTuple):
    """Test sequences scored by one method."""

    scores: TableScores
    penalty: PerTrack
    trainer: str


def kmers_of_tracks(
    train: SequenceSet,
    labels: Labels,
    test: SequenceSet,
    *,
    config: KmerConfig,
    penalties: Sequence[float | int],
    progress: Callable[[int], None],
) -> TrackScores:
    """Train a classifier on k-mer counts for each track; every track needs both classes.

    The penalty is the one with which tracks are told apart best (:func:`cisgram.baselines.penalties.choose_penalty`).
    """
    features, test_features = kmer_features(train, config), kmer_features(test, config)

    def scores_with(penalty: float, some_labels: np.ndarray) -> np.ndarray:
        return _classified(features, some_labels, features, replace(config, penalty=penalty))

    tried = penalties if config.classifier != "forest" else (config.penalty,)
    penalty = choose_penalty(labels, tried, scores_with, seed=config.seed).penalty
    scores = _classified(features, labels, test_features, replace(config, penalty=penalty), progress)
    return TrackScores(scores, np.full(labels.shape[1], penalty), config.classifier)


def ridge_of_tracks(train: SequenceSet, labels: Labels, test: SequenceSet, *, config: KmerConfig) -> TrackScores:
    """Predict measurements from k-mer counts by ridge regression.

    The penalty of each track is that of :data:`cisgram.baselines.ridge.PENALTIES` with the least leave-one-out error.
    Tracks whose measurements are known in the same rows are solved together.
    """
    features, test_features = kmer_features(train, config), kmer_features(test, config)
    known = ~np.isnan(labels)
    patterns, pattern_of = np.unique(known, axis=1, return_inverse=True)
    scores, penalty = np.empty((len(test), labels.shape[1])), np.empty(labels.shape[1])
    for number, is_known in enumerate(patterns.T):
        tracks, rows = np.flatnonzero(pattern_of.reshape(-1) == number), np.flatnonzero(is_known)
        machine = fit_ridge(csr_matrix(features[rows]), labels[np.ix_(rows, tracks)])
        scores[:, tracks], penalty[tracks] = machine.predict(test_features), machine.penalty
    return TrackScores(scores, penalty, "ridge")


def gkmsvm_of_tracks(
    train: SequenceSet,
    labels: Labels,
    test: SequenceSet,
    *,
    config: GkmConfig,
    penalties: Sequence[float | int],
    is_balanced: bool,
    progress: Callable[[int], None],
) -> TrackScores:
    """Train a gkm-SVM for each track, exactly, on one kernel matrix in single precision.

    Every track needs both classes. Memory: 4 bytes times the square of the number of training sequences, and 1 GB for
    the test.
    """
    matrix = kernel_matrix(train, config.kernel, is_single=True)

    def scores_with(penalty: float, some_labels: np.ndarray) -> np.ndarray:
        found = _machines(matrix, some_labels, replace(config, penalty=penalty), is_balanced=is_balanced)
        return matrix @ found.coefficients.astype(np.float32)

    penalty = choose_penalty(labels, penalties, scores_with).penalty
    settings = replace(config, penalty=penalty)
    found = _machines(matrix, labels, settings, is_balanced=is_balanced, progress=progress)
    del matrix
    trainer = "exact" if found.is_solved.all() else "exact, not all converged"
    return TrackScores(_scored(train, found, test, settings), np.full(labels.shape[1], penalty), trainer)


def _classified(
    features: csr_matrix,
    labels: np.ndarray,
    others: csr_matrix,
    config: KmerConfig,
    progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Train on every track, and score other sequences."""
    scores = []
    for track, one in enumerate(labels.T):
        rows = np.flatnonzero(~np.isnan(one))
        known = features if len(rows) == len(one) else features[rows]
        machine = kmer_classifier(config).fit(known, one[rows] == 1)
        scores.append(classified(KmerModel(config, machine), others))
        if progress is not None:
            progress(track + 1)
    return np.stack(scores, axis=1)


def _machines(
    matrix: np.ndarray,
    labels: np.ndarray,
    config: GkmConfig,
    *,
    is_balanced: bool,
    progress: Callable[[int], None] | None = None,
) -> Machines:
    """Train some tracks at a time, to be able to say how far we are."""
    n_positive, n_negative = ((labels == value).sum(axis=0) for value in (1, 0))
    n = n_positive + n_negative
    even = np.ones(len(n))
    positive = config.penalty * (n / (2 * n_positive) if is_balanced else even * config.positive_weight)
    negative = config.penalty * (n / (2 * n_negative) if is_balanced else even)
    parts = []
    for start in range(0, len(n), _TRACKS_AT_ONCE):
        part = slice(start, start + _TRACKS_AT_ONCE)
        parts.append(
            solve_machines(
                matrix,
                np.ascontiguousarray(labels[:, part]),
                positive_penalty=positive[part],
                negative_penalty=negative[part],
                tolerance=config.tolerance,
            )
        )
        if progress is not None:
            progress(min(start + _TRACKS_AT_ONCE, len(n)))
    coefficients, *rest = zip(*parts, strict=True)
    return Machines(np.concatenate(coefficients, axis=1), *(np.concatenate(one) for one in rest))


def _scored(train: SequenceSet, machines: Machines, test: SequenceSet, config: GkmConfig) -> np.ndarray:
    """Scores of test sequences, some at a time."""
    rows = np.flatnonzero(machines.coefficients.any(axis=1))
    support, coefficients = train.take(rows), machines.coefficients[rows]
    at_once = max(1, int(_KERNEL_GB * 1e9 / (8 * max(len(rows), 1))))
    parts = [
        kernel_between(test.take(np.arange(start, min(start + at_once, len(test)))), support, config.kernel)
        @ coefficients
        for start in range(0, len(test), at_once)
    ]
    return np.concatenate([np.zeros((0, coefficients.shape[1])), *parts]) + machines.offsets
