"""How many states a model should have: models of several sizes beside each other, and a suggestion with its reason."""

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from cisgram.chromatin.agreement import adjusted_rand
from cisgram.chromatin.comparison import match_models
from cisgram.chromatin.decode import decode_states
from cisgram.chromatin.initial import smoothed
from cisgram.chromatin.learn import LearnConfig, LearnedStates, Progress, learn_states
from cisgram.errors import CisgramWarning, InputError
from cisgram.genomics.mark_patterns import PRESENT, ContigRuns, MarkPatterns
from cisgram.genomics.state_model import StateModel

CHOICE_COLUMNS = ("n_states", "log_likelihood", "bic", "stability", "correlation", "has_converged")
"""Columns of a table of sizes. ``log_likelihood`` is in nats, ``bic`` is smaller for a better model. ``stability``:
adjusted Rand index of the bins with any mark between segmentations by models of two halves of the data.
``correlation``: of the states of the largest model, the median correlation of emissions with the best state of this
model. ``has_converged``: whether learning ended because nothing more was gained."""

STRETCH_BINS = 5_000
"""Halves of the data are made of stretches of so many bins (1 Mb), in turn; of a short contig, of its quarters."""

_SAME = 0.95
_NEAR_BEST = 0.9
_NO_ZEROS = 1e-6  # a model of one half may exclude what occurs in the other


@dataclass(frozen=True, eq=False)
class ModelChoice:
    """Models of several sizes.

    Parameters
    ----------
    table
        One row per size, ``CHOICE_COLUMNS``; ``stability`` is NaN where a half has too few patterns for so many
        states.
    models
        What was learned, by number of states.
    suggested
        A number of states.
    reason
        Why, as one sentence.
    """

    table: pd.DataFrame
    models: Mapping[int, LearnedStates]
    suggested: int
    reason: str


def choose_n_states(
    patterns: MarkPatterns,
    sizes: Collection[int],
    config: LearnConfig | None = None,
    *,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> ModelChoice:
    """Learn models of several sizes from all data and from halves of them, and suggest one.

    Where BIC has its minimum at a size below the largest, that size is suggested. Of real marks it falls with every
    state, since neighbouring bins are not as independent as the model has it; then two other questions decide: does
    a model have the kinds of states that a larger one has, and does it come out again from other data? The suggestion
    is the smallest size that (1) has, for half of the states of the largest model, a state with a correlation of 0.95
    or more, and (2) is at least nine tenths as stable as the most stable size of those that fulfil (1).

    Time is about twice that of learning all models once.

    Parameters
    ----------
    patterns
        Marks along contigs.
    sizes
        Numbers of states; the largest is what the others are compared with, so give more than you want.
    config
        How to learn; models of halves have one start only.
    on_progress
        Called after each pass with what is being learned, such as ``"8 states"`` or ``"8 states, half 1"``.

    Raises
    ------
    InputError
        Fewer than two sizes, or as :func:`cisgram.chromatin.learn.learn_states`.

    Warns
    -----
    CisgramWarning
        The marks, or those of a half, have too few combinations for the larger sizes: these are left out, or have no
        stability.

    References
    ----------
    Schwarz (1978), Estimating the dimension of a model. Hubert and Arabie (1985), Comparing partitions. Ernst and
    Kellis (2017), Nature Protocols 12: 2478, on comparing models of several sizes.

    Examples
    --------
    >>> rows = np.repeat(np.array([[1, 0], [0, 0], [0, 1], [0, 0]], np.uint8), [30, 60, 50, 60], axis=0)
    >>> patterns = MarkPatterns.from_calls(["H3K4me3", "H3K27me3"], {("K562", "chr1"): np.tile(rows, (10, 1))})
    >>> choice = choose_n_states(patterns, [2, 3])
    >>> choice.table[["n_states", "stability"]].to_numpy().tolist()
    [[2.0, 1.0], [3.0, 1.0]]
    """
    config = config or LearnConfig()
    ordered = sorted(set(sizes))
    if len(ordered) < 2:
        raise InputError(f"a choice needs at least two numbers of states; got {ordered}")
    models, rows = {}, []
    parts = halves(patterns)
    for n in ordered:
        try:
            learned = learn_states(patterns, n, config, on_progress=_named(f"{n} states", on_progress))
        except InputError as error:
            if len(models) < 2:
                raise
            warnings.warn(f"models of {n} and more states are left out: {error}", CisgramWarning, stacklevel=2)
            break
        models[n] = learned
        stable = _stability(patterns, parts, n, config, on_progress)
        rows.append((n, learned.log_likelihood, bic(learned, patterns.n_bins), stable, np.nan, learned.has_converged))
    table = pd.DataFrame(rows, columns=list(CHOICE_COLUMNS))
    largest = models[max(models)].model
    table["correlation"] = [_median_correlation(largest, one.model) for one in models.values()]
    return ModelChoice(table, models, *suggested_size(table))


def suggested_size(table: pd.DataFrame) -> tuple[int, str]:
    """The size that a table of sizes speaks for, and why; see :func:`choose_n_states` for the rule.

    Parameters
    ----------
    table
        With the columns ``n_states``, ``bic``, ``stability`` and ``correlation``.
    """
    ordered = table.sort_values("n_states", kind="stable")
    largest = int(ordered["n_states"].iloc[-1])
    lowest = int(ordered["n_states"].to_numpy()[np.argmin(ordered["bic"].to_numpy())])
    if lowest < largest:
        return lowest, f"BIC is lowest at {lowest} states: more do not pay for their probabilities."
    enough = ordered[ordered["correlation"] >= _SAME]
    most = enough["stability"].max()
    stable = enough[enough["stability"] >= _NEAR_BEST * most] if np.isfinite(most) else enough
    taken = stable.iloc[0]
    n = int(taken["n_states"])
    surely = f" (adjusted Rand index {taken['stability']:.2f})" if np.isfinite(taken["stability"]) else ""
    reason = (
        f"{n} is the smallest size that has the states of the largest model ({largest}; median correlation of "
        f"emissions {taken['correlation']:.2f}, {_SAME} is asked for) and comes out of halves of the data about as "
        f"surely as any such size{surely}; BIC, which nearly always wants more, is lowest at the largest."
    )
    return n, reason


def bic(learned: LearnedStates, n_bins: int) -> float:
    """Schwarz's criterion: ``p ln(bins) - 2 ln L`` with p the probabilities that are free.

    Transitions that fell to 0 for good still count.
    """
    n, n_marks = learned.model.n_states, len(learned.model.marks)
    n_free = (n - 1) + n * (n - 1) + n * n_marks
    return float(n_free * np.log(n_bins) - 2 * learned.log_likelihood)


def halves(patterns: MarkPatterns) -> tuple[MarkPatterns, MarkPatterns]:
    """Two halves of the genome, of all cell types alike: stretches of about ``STRETCH_BINS`` bins in turn.

    A contig with fewer than four such stretches is cut into quarters, so that neither half lacks a whole arm.

    Examples
    --------
    >>> patterns = MarkPatterns.from_calls(["a"], {("K562", "chr1"): np.arange(10, dtype=np.uint8)[:, None] % 2})
    >>> [[runs.n_bins for runs in half.contigs] for half in halves(patterns)]
    [[2, 2], [3, 3]]
    """
    parts: tuple[list[ContigRuns], list[ContigRuns]] = ([], [])
    for runs in patterns.contigs:
        n_stretches = max(4, runs.n_bins // STRETCH_BINS) if runs.n_bins >= 4 else 1
        bounds = np.arange(n_stretches + 1) * runs.n_bins // n_stretches
        for number, (start, end) in enumerate(pairwise(bounds.tolist())):
            parts[number % 2].append(_between(runs, start, end))
    if not parts[1]:
        raise InputError("the contigs are too short to be cut into halves: each has fewer than four bins")
    first, second = (replace(patterns, contigs=tuple(part)) for part in parts)
    return first, second


def _between(runs: ContigRuns, start: int, end: int) -> ContigRuns:
    """The runs of some bins of a contig, as a contig of its own."""
    ends = np.cumsum(runs.length)
    first, last = np.searchsorted(ends, [start, end - 1], side="right")
    bounds = np.clip(np.append(start, ends[first : last + 1]), start, end)
    lengths = np.diff(bounds).astype(np.int32)
    return ContigRuns(runs.cell, f"{runs.chrom}:{start}", runs.pattern[first : last + 1], lengths)


def _stability(
    patterns: MarkPatterns,
    parts: tuple[MarkPatterns, MarkPatterns],
    n_states: int,
    config: LearnConfig,
    on_progress: Callable[[str, Progress], None] | None,
) -> float:
    """Adjusted Rand index of all bins with a mark, between models of two halves."""
    models = []
    for number, part in enumerate(parts, start=1):
        progress = _named(f"{n_states} states, half {number}", on_progress)
        try:
            learned = learn_states(part, n_states, replace(config, n_starts=1), on_progress=progress)
        except InputError as error:  # too few patterns in a half: nothing can be said
            warnings.warn(f"stability of {n_states} states is not known: {error}", CisgramWarning, stacklevel=4)
            return float("nan")
        initial = (1 - _NO_ZEROS) * learned.model.initial + _NO_ZEROS / n_states
        models.append(smoothed(replace(learned.model, initial=initial), emissions=_NO_ZEROS, transitions=_NO_ZEROS))
    confusion = np.zeros((n_states, n_states))
    is_marked = (patterns.patterns == PRESENT).any(axis=1)
    for runs, first, second in zip(patterns.contigs, *_decoded(patterns, models), strict=True):
        bins = is_marked[runs.indices()]
        pairs = first[bins].astype(np.int64) * n_states + second[bins]
        confusion += np.bincount(pairs, minlength=confusion.size).reshape(confusion.shape)
    return adjusted_rand(confusion)


def _decoded(patterns: MarkPatterns, models: list[StateModel]) -> list[Iterator[np.ndarray]]:
    """States of every contig by each model, contig by contig."""
    return [(contig.states for contig in decode_states(model, patterns)) for model in models]


def _median_correlation(largest: StateModel, model: StateModel) -> float:
    return float(np.median(match_models(largest, model).correlation.max(axis=1)))


def _named(what: str, on_progress: Callable[[str, Progress], None] | None) -> Callable[[Progress], None] | None:
    """Tell what a pass belongs to."""
    return None if on_progress is None else lambda done: on_progress(what, done)
