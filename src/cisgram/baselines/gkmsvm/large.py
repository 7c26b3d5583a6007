"""Train a gkm-SVM without a kernel matrix: time linear in the number of sequences, the kernel exact.

A product of the kernel matrix and a vector needs no matrix: the vector's elements are added up per word, summed over
words with few mismatches (:func:`cisgram.baselines.gkmsvm.table.neighbour_sums`), and the sums added up per sequence.
With it, Newton's method with conjugate gradients finds the support vector machine (Chapelle 2007).
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cisgram.arrays import PerMismatch, PerRow
from cisgram.baselines.classes import join_classes
from cisgram.baselines.gkmsvm.kernel import self_norms
from cisgram.baselines.gkmsvm.table import neighbour_sums, sums_over_words, word_sums
from cisgram.baselines.gkmsvm.train import GkmConfig
from cisgram.baselines.gkmsvm.weights import mismatch_weights
from cisgram.baselines.gkmsvm.words import words_of
from cisgram.baselines.words import Words
from cisgram.errors import InputError
from cisgram.genomics.gkm_model import GkmModel
from cisgram.genomics.sequence_set import SequenceSet

_LOG = logging.getLogger(__name__)
_ROUNDING = 0.25  # half width of the stretch on which the hinge is rounded
_MAX_STEPS, _MAX_INNER = 30, 25
_ENOUGH = 0.01  # mean violation of the optimum, as a share of the penalty


class _State(NamedTuple):
    """Coefficients, the kernel matrix times them, and the offset."""

    coefficients: np.ndarray
    sums: np.ndarray
    offset: float


def fit_gkmsvm_large(positive: SequenceSet, negative: SequenceSet, *, config: GkmConfig | None = None) -> GkmModel:
    """Train a support vector machine on the exact gkm kernel of a set too large for a kernel matrix.

    The loss is the hinge, rounded off to a parabola between margins of 0.75 and 1.25, so that scores differ slightly
    from those of :func:`cisgram.baselines.gkmsvm.train.fit_gkmsvm`; the optimum is reached to within 1 % of the
    penalty in the mean coefficient. Memory: 8 bytes times ``4 ** word_bp`` times five, and 20 bytes per base.

    Parameters
    ----------
    positive, negative
        As for :func:`cisgram.baselines.gkmsvm.train.fit_gkmsvm`.
    config
        Kernel (without RBF) and penalty; ``tolerance`` and ``max_memory_gb`` are not used.

    Raises
    ------
    EmptySetError
        A class is empty, or has no sequence with a word.
    InputError
        The kernel has an RBF.

    References
    ----------
    Chapelle (2007), Training a support vector machine in the primal, Neural Computation 19: 1155.

    Examples
    --------
    >>> from cisgram.baselines.gkmsvm.score import gkm_scores
    >>> from cisgram.genomics.gkm_model import GkmKernel
    >>> rng = np.random.default_rng(1)
    >>> plain = rng.integers(0, 4, (40, 60), dtype=np.uint8)
    >>> plain[:20, 20:30] = [3, 2, 0, 1, 3, 1, 0, 2, 1, 0]
    >>> bound, unbound = (SequenceSet.from_codes(list(part)) for part in (plain[:20], plain[20:]))
    >>> model = fit_gkmsvm_large(bound, unbound, config=GkmConfig(GkmKernel(word_bp=8, informative_bp=5)))
    >>> bool(gkm_scores(model, bound).min() > 0 > gkm_scores(model, unbound).max())
    True
    """
    config = config or GkmConfig()
    kernel = config.kernel
    if kernel.gamma is not None:
        raise InputError("fit_gkmsvm_large has no RBF kernel: leave gamma None, or use fit_gkmsvm")
    classes = join_classes(positive, negative, word_bp=kernel.word_bp, unknown=kernel.unknown)
    words, weights = words_of(classes.sequences, kernel), mismatch_weights(kernel)
    labels = np.where(classes.is_positive, 1.0, -1.0)
    penalty = config.penalty * np.where(classes.is_positive, float(config.positive_weight), 1.0)
    found = _newton(_product(words, weights, kernel.word_bp), labels, penalty)
    rows = np.flatnonzero(found.coefficients)
    return GkmModel(kernel, classes.sequences.take(rows), found.coefficients[rows], -found.offset)


def _product(words: Words, weights: PerMismatch, word_bp: int) -> Callable[[PerRow], PerRow]:
    """The function that multiplies the kernel matrix by a vector."""
    norms = self_norms(words, weights)
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)

    def times(vector: PerRow) -> PerRow:
        table = neighbour_sums(word_sums(words, vector * scale, word_bp), weights, word_bp)
        return sums_over_words(words, table) * scale

    return times


def _newton(times: Callable[[PerRow], PerRow], labels: PerRow, penalty: PerRow) -> _State:
    """Minimise half of ``a K a`` plus the penalised losses over coefficients ``a`` and the offset.

    On the rounded part of the hinge the optimal coefficients solve a linear system; those beyond are the penalty,
    those before are 0. The system is solved roughly, and the step towards the solution is as long as serves best.
    """
    state = _State(np.zeros(len(labels)), np.zeros(len(labels)), 0.0)
    for step in range(_MAX_STEPS):
        margins = labels * (state.sums + state.offset)
        wanted = penalty * labels * _slope(margins)
        violation = float((np.abs(state.coefficients - wanted) / penalty).mean())
        _LOG.info("gkm-SVM, step %d: mean violation %.4f of the penalty", step, violation)
        if step and violation <= _ENOUGH:
            break
        is_rounded = np.abs(1 - margins) <= _ROUNDING if step else np.ones(len(labels), bool)
        target = _solve_rounded(times, state, wanted, is_rounded, labels, penalty)
        state = _best_on_line(state, target, labels, penalty)
    return state


def _slope(margins: PerRow) -> PerRow:
    """Minus the derivative of the rounded hinge."""
    return np.clip((1 + _ROUNDING - margins) / (2 * _ROUNDING), 0, 1)


def _solve_rounded(
    times: Callable[[PerRow], PerRow],
    state: _State,
    wanted: PerRow,
    is_rounded: np.ndarray,
    labels: PerRow,
    penalty: PerRow,
) -> _State:
    """Coefficients that would be optimal if each sequence stayed on its part of the hinge, and their sums.

    Conjugate gradients among coefficients that sum to 0, which the offset asks for.
    """
    ridge = 2 * _ROUNDING / penalty
    coefficients = np.where(is_rounded, state.coefficients, wanted)
    n_rounded = max(int(is_rounded.sum()), 1)
    coefficients[is_rounded] -= coefficients.sum() / n_rounded
    sums = times(coefficients)
    right = labels * (1 + _ROUNDING)

    def residual() -> tuple[np.ndarray, float]:
        left = np.where(is_rounded, right - sums - ridge * coefficients, 0.0)
        mean = float(left.sum() / n_rounded)
        return np.where(is_rounded, left - mean, 0.0), mean

    rest, offset = residual()
    direction, size = rest.copy(), float(rest @ rest)
    enough = max(0.01 * size, 1e-12)
    for _ in range(_MAX_INNER):
        if size <= enough:
            break
        product = times(direction)
        length = size / float(direction @ (product + ridge * direction))
        coefficients, sums = coefficients + length * direction, sums + length * product
        rest, offset = residual()
        before, size = size, float(rest @ rest)
        direction = rest + size / before * direction
    return _State(coefficients, sums, offset)


def _best_on_line(state: _State, target: _State, labels: PerRow, penalty: PerRow) -> _State:
    """The point between the two, or as far again beyond, where the objective is least (it is convex)."""
    change = target.coefficients - state.coefficients
    sums, offset = target.sums - state.sums, target.offset - state.offset
    moved = sums + offset

    def rise(share: float) -> float:
        margins = labels * (state.sums + state.offset + share * moved)
        quadratic = float((state.coefficients + share * change) @ sums)
        return quadratic - float((penalty * _slope(margins) * labels) @ moved)

    low, high = 0.0, 2.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if rise(middle) > 0 else (middle, high)
    share = (low + high) / 2
    return _State(state.coefficients + share * change, state.sums + share * sums, state.offset + share * offset)
