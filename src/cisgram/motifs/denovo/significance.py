"""Whether a motif tells sequences from control sequences that its search never saw."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import binom, hypergeom

from cisgram.arrays import ControlScores, PerSequence
from cisgram.motifs.denovo.words import log_ratios
from cisgram.nn.metrics import auroc


class Enrichment(NamedTuple):
    """Sequences with a site among the held-out ones, beside control sequences."""

    n_with: int
    """Held-out sequences with a site at or above the threshold."""
    n: int
    """Held-out sequences."""
    n_control_with: int
    n_control: int
    p_value: float
    """Chance of as many or more if both had sites equally often; NaN if nothing was held out."""
    q_value: float
    """The p-value times the number of motifs that may be tried (Bonferroni), at most 1."""
    test: str
    """``fisher``, or ``binomial`` where sequences and controls differ in length; ``none`` if nothing was held out."""
    auroc: float
    """Chance that the best score of a held-out sequence is above that of a control sequence; ties count half, folds
    by their size."""


class Threshold(NamedTuple):
    """The score that tells sequences from control sequences best."""

    score: float
    log_ratio: float
    """Twice the log-likelihood ratio of the two rates of sequences at or above it."""


def best_threshold(scores: PerSequence, control: ControlScores) -> Threshold:
    """Find the score whose two rates, of sequences and of control sequences at or above it, differ most clearly.

    Examples
    --------
    >>> best_threshold(np.array([9.0, 8.0, 7.0, 1.0]), np.array([2.0, 1.0, 0.0, 3.0])).score
    7.0
    """
    merged = np.concatenate([scores, control])
    is_sequence = np.arange(len(merged)) < len(scores)
    order = np.argsort(-merged, kind="stable")
    n_with, n_control_with = np.cumsum(is_sequence[order]), np.cumsum(~is_sequence[order])
    is_last_of_ties = np.append(merged[order][1:] != merged[order][:-1], [True]) & np.isfinite(merged[order])
    ratios = log_ratios(n_with, len(scores), n_control_with, len(control))
    ratios = np.where(is_last_of_ties, ratios, -1.0)
    best = int(np.argmax(ratios))
    return Threshold(float(merged[order][best]), max(float(ratios[best]), 0.0))


class Trial(NamedTuple):
    """A motif on sequences that had no part in finding it, nor its threshold."""

    scores: PerSequence
    """Best score of every sequence."""
    control: ControlScores
    """Best score of every control sequence."""
    threshold: float
    """From which score on a sequence has a site."""


def compare_rates(trials: Sequence[Trial], *, n_tests: int, length_ratio: float = 1.0) -> Enrichment:
    """Test whether more sequences than control sequences have a site.

    Parameters
    ----------
    trials
        One, or one for each fold, of which the counts are added up; none, if nothing was held out.
    n_tests
        Number of motifs that may be tried.
    length_ratio
        Mean length of the sequences relative to that of the controls. Within 2 percent of 1, Fisher's exact test
        is made; else a binomial one, in which a control's chance of a site is carried over to sequences of the
        other length.

    Examples
    --------
    >>> found = compare_rates([Trial(np.full(10, 5.0), np.zeros(10), 3.0)], n_tests=5)
    >>> found.n_with, found.test, round(found.p_value * 184756)
    (10, 'fisher', 1)
    """
    if not trials:
        nothing = float("nan")
        return Enrichment(0, 0, 0, 0, nothing, nothing, "none", nothing)
    n, n_control = sum(len(one.scores) for one in trials), sum(len(one.control) for one in trials)
    n_with = sum(int((one.scores >= one.threshold).sum()) for one in trials)
    n_control_with = sum(int((one.control >= one.threshold).sum()) for one in trials)
    if abs(length_ratio - 1) <= 0.02:
        test = "fisher"
        p_value = float(hypergeom.sf(n_with - 1, n + n_control, n_with + n_control_with, n))
    else:
        test = "binomial"
        of_control = (n_control_with + 1) / (n_control + 2)
        p_value = float(binom.sf(n_with - 1, n, 1 - (1 - of_control) ** length_ratio))
    area = sum(len(one.scores) * _auroc(one) for one in trials) / n
    return Enrichment(n_with, n, n_control_with, n_control, p_value, min(1.0, p_value * n_tests), test, area)


def _auroc(trial: Trial) -> float:
    """Chance that a sequence scores above a control sequence."""
    is_sequence = np.arange(len(trial.scores) + len(trial.control)) < len(trial.scores)
    return auroc(is_sequence, np.concatenate([trial.scores, trial.control]))
