"""Which state each bin is in, given a model: the most probable state of each bin, or the most probable path."""

import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import Literal, NamedTuple

import numba
import numpy as np
from numba import njit

from cisgram.arrays import BinConfidence, BinPosteriors, BinStates
from cisgram.chromatin.forward_backward import pattern_emissions
from cisgram.errors import CisgramWarning, InputError
from cisgram.genomics.mark_patterns import ContigRuns, MarkPatterns
from cisgram.genomics.segmentation import Segmentation
from cisgram.genomics.state_model import StateModel

_LEAST = 1e-10  # probability that takes the place of 0 in contigs that a model excludes


class DecodedContig(NamedTuple):
    """The states of one contig of one cell type."""

    cell: str
    chrom: str
    states: BinStates
    """0-based state of every bin (int16)."""
    confidence: BinConfidence
    """Posterior probability of that state, given all marks of the contig."""
    posteriors: BinPosteriors | None
    """Posterior probabilities of all states, where they were asked for."""
    log_likelihood: float
    """Natural log of the probability of the contig's marks."""


def decode_states(
    model: StateModel,
    patterns: MarkPatterns,
    *,
    method: Literal["posterior", "viterbi"] = "posterior",
    with_posteriors: bool = False,
) -> Iterator[DecodedContig]:
    """Give every bin a state, contig by contig.

    Memory is that of as many contigs as numba has threads: about ``n_states`` times 8 bytes per run, and 6 bytes per
    bin (``4 n_states`` more with posteriors, ``n_states`` more for a path).

    Parameters
    ----------
    model
        The model.
    patterns
        Marks, also of cell types that the model was not learned from. They are brought into the order of the model's
        marks by name.
    method
        ``posterior``: in each bin the state that is most probable given all marks of the contig, as ChromHMM has it;
        of equal ones the first. ``viterbi``: the most probable path as a whole.
    with_posteriors
        Whether to keep the probabilities of all states.

    Raises
    ------
    InputError
        The data have none of the model's marks.

    Warns
    -----
    CisgramWarning
        Marks that only one of the model and the data have: they count as not measured, or are left out. Contigs whose
        marks the model excludes: there its probabilities of 0 and 1 count as 1e-10 and 1 - 1e-10.

    Examples
    --------
    >>> model = StateModel(
    ...     ("H3K4me3",), np.array([0.5, 0.5]), np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([[0.05], [0.8]])
    ... )
    >>> calls = np.array([[0], [0], [1], [0], [1], [1]], np.uint8)
    >>> patterns = MarkPatterns.from_calls(["H3K4me3"], {("K562", "chr1"): calls})
    >>> (contig,) = decode_states(model, patterns)
    >>> contig.states.tolist()
    [0, 0, 1, 1, 1, 1]
    """
    if method not in ("posterior", "viterbi"):
        raise InputError(f"method must be 'posterior' or 'viterbi'; got {method!r}")
    patterns = _with_marks_of(model, patterns)
    products = pattern_emissions(model.emissions, patterns.patterns)
    spare = _softened(model)
    spare_products = pattern_emissions(spare.emissions, patterns.patterns)
    n_excluded = 0
    options = {"is_path": method == "viterbi", "with_posteriors": with_posteriors}

    def decode(runs: ContigRuns) -> tuple[DecodedContig, bool]:
        contig = _decode(runs, model, products, **options)
        if np.isfinite(contig.log_likelihood):
            return contig, False
        return _decode(runs, spare, spare_products, **options), True

    n_threads = numba.get_num_threads()
    waiting = iter(patterns.contigs)
    with ThreadPoolExecutor(n_threads) as pool:  # the kernels let go of the interpreter
        while part := list(islice(waiting, n_threads)):
            for contig, is_excluded in pool.map(decode, part):
                n_excluded += is_excluded
                yield contig
    if n_excluded:
        warnings.warn(
            f"the model excludes the marks of {n_excluded} of {len(patterns.contigs)} contigs; there its probabilities "
            f"of 0 and 1 count as {_LEAST:g} and 1 - {_LEAST:g}",
            CisgramWarning,
            stacklevel=2,
        )


def segment_states(
    model: StateModel, patterns: MarkPatterns, *, method: Literal["posterior", "viterbi"] = "posterior"
) -> dict[str, Segmentation]:
    """Cut the genome of every cell type into segments of one state.

    Takes what :func:`decode_states` takes, and warns as it does.

    Returns
    -------
    dict[str, Segmentation]
        One per cell type.
    """
    states: dict[str, list[tuple[str, np.ndarray]]] = {cell: [] for cell in patterns.cells}
    for contig in decode_states(model, patterns, method=method):
        states[contig.cell].append((contig.chrom, contig.states))
    return {
        cell: Segmentation.from_states(
            cell, parts, n_states=model.n_states, bin_size=patterns.bin_size, names=model.names
        )
        for cell, parts in states.items()
    }


def _with_marks_of(model: StateModel, patterns: MarkPatterns) -> MarkPatterns:
    """The marks of the model in its order; says what only one side has."""
    lacking = [mark for mark in model.marks if mark not in patterns.marks]
    unknown = [mark for mark in patterns.marks if mark not in model.marks]
    if len(lacking) == len(model.marks):
        raise InputError(
            f"the data ({', '.join(patterns.marks)}) have none of the model's marks ({', '.join(model.marks)}); "
            "name them alike"
        )
    remarks = [f"{', '.join(lacking)} count as not measured, as the data lack them"] if lacking else []
    remarks += [f"{', '.join(unknown)} are left out, as the model lacks them"] if unknown else []
    if remarks:
        warnings.warn("marks: " + "; ".join(remarks), CisgramWarning, stacklevel=3)
    return patterns.with_marks(model.marks)


def _softened(model: StateModel) -> StateModel:
    """The same model without zeros."""
    transitions, initial = model.transitions.clip(min=_LEAST), model.initial.clip(min=_LEAST)
    return replace(
        model,
        initial=initial / initial.sum(),
        transitions=transitions / transitions.sum(axis=1, keepdims=True),
        emissions=model.emissions.clip(_LEAST, 1 - _LEAST),
    )


def _decode(
    runs: ContigRuns, model: StateModel, products: np.ndarray, *, is_path: bool, with_posteriors: bool
) -> DecodedContig:
    """States of one contig."""
    n_bins = runs.n_bins
    states, confidence = np.empty(n_bins, np.int16), np.empty(n_bins, np.float32)
    posteriors = np.empty((n_bins if with_posteriors else 0, model.n_states), np.float32)
    if is_path:
        with np.errstate(divide="ignore"):
            logs = np.log(model.initial), np.log(model.transitions), np.log(products)
        came_from = np.empty((n_bins, model.n_states), np.uint8 if model.n_states <= 256 else np.uint16)
        if not np.isfinite(_most_probable_path(runs.pattern, runs.length, *logs, came_from, states)):
            return DecodedContig(runs.cell, runs.chrom, states, confidence, None, -np.inf)
    log_likelihood = _posterior(
        runs.pattern, runs.length, model.initial, model.transitions, products, is_path, states, confidence, posteriors
    )
    return DecodedContig(
        runs.cell, runs.chrom, states, confidence, posteriors if with_posteriors else None, log_likelihood
    )


@njit(cache=True, nogil=True)
def _posterior(pattern, length, initial, transitions, products, is_path, states, confidence, posteriors):
    """Posterior probabilities; keeps those before each run, and works out those within a run when it comes back."""
    n_runs, n = len(pattern), len(initial)
    first = np.empty((n_runs, n))
    x, new = np.empty(n), np.empty(n)
    likelihood, longest = 0.0, 0
    for run in range(n_runs):
        emission = products[pattern[run]]
        longest = max(longest, length[run])
        for place in range(length[run]):
            if run == 0 and place == 0:
                for j in range(n):
                    new[j] = initial[j] * emission[j]
                total = new.sum()
            else:
                total = _next(x, transitions, emission, new)
            if not total > 0:
                return -np.inf
            likelihood += np.log(total)
            for j in range(n):
                x[j] = new[j] / total
            if place == 0:
                first[run] = x
    within = np.empty((longest, n))
    y, back = np.ones(n), np.empty(n)
    at = len(states)
    for run in range(n_runs - 1, -1, -1):
        emission = products[pattern[run]]
        within[0] = first[run]
        for place in range(1, length[run]):
            total = _next(within[place - 1], transitions, emission, within[place])
            for j in range(n):
                within[place, j] /= total
        for place in range(length[run] - 1, -1, -1):
            at -= 1
            _note(within[place], y, at, is_path, states, confidence, posteriors)
            total = 0.0
            for i in range(n):
                back[i] = 0.0
                for j in range(n):
                    back[i] += transitions[i, j] * emission[j] * y[j]
                total += back[i]
            for i in range(n):  # where all are too small for numbers: go on as if nothing were known
                y[i] = back[i] / total if total > 0 else 1.0
    return likelihood


@njit(cache=True, nogil=True)
def _next(x, transitions, emission, new):
    """Fill in the probabilities in the next bin before they are divided by their sum; returns the sum."""
    n = len(x)
    for j in range(n):
        new[j] = 0.0
    for i in range(n):
        for j in range(n):
            new[j] += x[i] * transitions[i, j]
    total = 0.0
    for j in range(n):
        new[j] *= emission[j]
        total += new[j]
    return total


@njit(cache=True, nogil=True)
def _note(x, y, at, is_path, states, confidence, posteriors):
    """Write down the posterior probabilities of one bin."""
    n, best, total = len(x), 0, 0.0
    for j in range(n):
        total += x[j] * y[j]
        if x[j] * y[j] > x[best] * y[best]:
            best = j
    if not is_path:
        states[at] = best
    total = max(total, 1e-320)
    confidence[at] = x[states[at]] * y[states[at]] / total
    if len(posteriors):
        for j in range(n):
            posteriors[at, j] = x[j] * y[j] / total


@njit(cache=True, nogil=True)
def _most_probable_path(pattern, length, initial, transitions, products, came_from, states):
    """Viterbi's path, from logs; of equally probable ones that with the lower states from the end. Its log."""
    n, n_bins = len(initial), len(states)
    score, new = initial + products[pattern[0]], np.empty(n)
    at = 0
    for run in range(len(pattern)):
        emission = products[pattern[run]]
        for _ in range(length[run] - (run == 0)):
            at += 1
            for j in range(n):
                best = 0
                for i in range(1, n):
                    if score[i] + transitions[i, j] > score[best] + transitions[best, j]:
                        best = i
                came_from[at, j] = best
                new[j] = score[best] + transitions[best, j] + emission[j]
            score[:] = new
    states[n_bins - 1] = np.argmax(score)
    for place in range(n_bins - 1, 0, -1):
        states[place - 1] = came_from[place, states[place]]
    return score.max()
