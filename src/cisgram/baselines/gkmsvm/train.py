"""Train a gkm-SVM on the exact kernel matrix, and judge it by cross-validation with the same matrix."""

import math
from dataclasses import dataclass, field

import numpy as np
from sklearn.svm import SVC

from cisgram.arrays import KernelMatrix, Mask
from cisgram.baselines.classes import Classes, CrossValidation, assign_folds, join_classes
from cisgram.baselines.gkmsvm.kernel import kernel_matrix
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.gkm_model import GkmKernel, GkmModel
from cisgram.genomics.sequence_set import SequenceSet

_CACHE_MB = 500


@dataclass(frozen=True)
class GkmConfig:
    """How a gkm-SVM is trained; the defaults are those of LS-GKM.

    Examples
    --------
    >>> GkmConfig(GkmKernel(gamma=2.0), penalty=10.0).penalty
    10.0
    """

    kernel: GkmKernel = field(default_factory=GkmKernel)
    """How sequences are compared."""
    penalty: float | int = 1.0
    """C: what a training sequence on the wrong side costs; with an RBF kernel, 10 and ``gamma=2`` work well."""
    positive_weight: float | int = 1.0
    """How many times as much a positive one costs; the ratio of negative to positive ones balances the classes."""
    tolerance: float = 1e-3
    """By how much the conditions of the optimum may be violated."""
    max_memory_gb: float | int = 8.0
    """Largest kernel matrix to make, in 10^9 bytes."""

    def __post_init__(self) -> None:
        for name in ("penalty", "positive_weight", "tolerance", "max_memory_gb"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise ConfigError(f"{name} must be above 0; got {value}")


def fit_gkmsvm(positive: SequenceSet, negative: SequenceSet, *, config: GkmConfig | None = None) -> GkmModel:
    """Train a support vector machine on the exact gkm kernel.

    Time and memory grow with the square of the number of sequences (10,000 sequences: 0.8 GB);
    :func:`cisgram.baselines.gkmsvm.large.fit_gkmsvm_large` takes more.

    Parameters
    ----------
    positive, negative
        The two classes; negatives should have the GC content and repeats of the positives. Sequences without a word
        of known bases are left out.
    config
        Kernel and optimiser.

    Raises
    ------
    EmptySetError
        A class is empty, or has no sequence with a word.
    InputError
        The kernel matrix would need more memory than ``config`` allows.

    Warns
    -----
    CisgramWarning
        Sequences were left out, or stand in both classes.

    Examples
    --------
    >>> from cisgram.baselines.gkmsvm.score import gkm_scores
    >>> rng = np.random.default_rng(1)
    >>> plain = rng.integers(0, 4, (40, 60), dtype=np.uint8)
    >>> plain[:20, 20:30] = [3, 2, 0, 1, 3, 1, 0, 2, 1, 0]
    >>> bound, unbound = (SequenceSet.from_codes(list(part)) for part in (plain[:20], plain[20:]))
    >>> config = GkmConfig(GkmKernel(word_bp=8, informative_bp=5))
    >>> model = fit_gkmsvm(bound, unbound, config=config)
    >>> bool(gkm_scores(model, bound).min() > 0 > gkm_scores(model, unbound).max())
    True
    """
    config = config or GkmConfig()
    classes = _checked(positive, negative, config)
    matrix = kernel_matrix(classes.sequences, config.kernel)
    machine = _solve(matrix, classes.is_positive, config)
    rows = machine.support_.astype(np.int64)
    return GkmModel(
        config.kernel, classes.sequences.take(rows), machine.dual_coef_[0].copy(), -float(machine.intercept_[0])
    )


def cross_validate(
    positive: SequenceSet,
    negative: SequenceSet,
    *,
    config: GkmConfig | None = None,
    n_folds: int = 5,
    seed: int = 1,
) -> CrossValidation:
    """Score every sequence by a model trained on the other folds; the kernel matrix is computed once.

    Copies of a sequence, on either strand, stay in one fold. Parameters and errors otherwise as for
    :func:`fit_gkmsvm`.
    """
    config = config or GkmConfig()
    classes = _checked(positive, negative, config)
    fold = assign_folds(classes, n_folds=n_folds, seed=seed)
    matrix = kernel_matrix(classes.sequences, config.kernel)
    scores = np.empty(len(fold))
    for number in range(n_folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        machine = _solve(matrix[np.ix_(train, train)], classes.is_positive[train], config)
        scores[test] = matrix[np.ix_(test, train[machine.support_])] @ machine.dual_coef_[0] + machine.intercept_[0]
    return CrossValidation(
        [str(name) for name in classes.sequences.names], classes.is_positive, fold, scores, classes.dropped
    )


def _checked(positive: SequenceSet, negative: SequenceSet, config: GkmConfig) -> Classes:
    """Both classes together, if their kernel matrix is not too large."""
    gigabytes = 8 * (len(positive) + len(negative)) ** 2 / 1e9
    if gigabytes > config.max_memory_gb:
        raise InputError(
            f"the kernel matrix of {len(positive) + len(negative):,} sequences needs {gigabytes:.1f} GB and "
            f"max_memory_gb is {config.max_memory_gb:g}: use fit_gkmsvm_large, or raise max_memory_gb"
        )
    return join_classes(positive, negative, word_bp=config.kernel.word_bp, unknown=config.kernel.unknown)


def _solve(matrix: KernelMatrix, is_positive: Mask, config: GkmConfig) -> SVC:
    """The support vector machine of a kernel matrix."""
    machine = SVC(
        kernel="precomputed",
        C=config.penalty,
        class_weight={True: config.positive_weight},
        tol=config.tolerance,
        shrinking=False,
        cache_size=_CACHE_MB,
    )
    return machine.fit(matrix, is_positive)
