"""Where learning starts: models from the marks themselves, at random, or from another model."""

from typing import NamedTuple

import numpy as np

from cisgram.chromatin.java_random import JavaRandom
from cisgram.errors import InputError
from cisgram.genomics.mark_patterns import PRESENT, ContigRuns, MarkPatterns
from cisgram.genomics.state_model import StateModel


def information_start(patterns: MarkPatterns, n_states: int, *, smoothing: float = 0.02) -> StateModel:
    """A model from the combinations of marks that occur, the most informative ones apart.

    Every two neighbouring bins are one element: the marks present in both. All elements begin in one group. Again and
    again the group and the mark are chosen whose split adds most to the entropy of the groups; elements with the mark
    become a new group. Groups are states; the labels of elements along the contigs give how states follow each other.

    Parameters
    ----------
    patterns
        Marks along contigs. A mark that was not measured counts as absent.
    n_states
        How many states to make.
    smoothing
        Weight, 0 to 1, of equal probabilities, with which those counted are mixed.

    Raises
    ------
    InputError
        There are not enough different combinations of marks for so many states.

    References
    ----------
    Ernst and Kellis (2012), ChromHMM: automating chromatin-state discovery and characterization, Nature Methods 9: 215,
    supplementary note.
    """
    present = patterns.patterns == PRESENT
    pairs = [_pairs(runs, len(present)) for runs in patterns.contigs if runs.n_bins > 1]
    if not pairs:
        raise InputError("every contig has a single bin; contigs of two bins or more are needed to start from marks")
    keys = np.unique(np.concatenate([pair.key for pair in pairs]))
    tally = np.zeros(len(keys), np.int64)
    for pair in pairs:
        np.add.at(tally, np.searchsorted(keys, pair.key), pair.count)
    left, right = divmod(keys, len(present))
    elements = present[left] & present[right]
    group, parent = _groups(elements, tally, n_states)
    emissions = _group_emissions(elements, tally, group, parent)
    initial, transitions = np.zeros(n_states), np.zeros((n_states, n_states))
    for pair in pairs:
        labels = group[np.searchsorted(keys, pair.key)]
        initial[labels[0]] += 1
        np.add.at(transitions, (labels, labels), pair.count - 1)
        np.add.at(transitions, (labels[:-1], labels[1:]), 1)
    totals = transitions.sum(axis=1, keepdims=True)
    frequencies = np.divide(transitions, totals, out=np.full_like(transitions, 1 / n_states), where=totals > 0)
    return StateModel(
        marks=patterns.marks,
        initial=smoothing / n_states + (1 - smoothing) * initial / len(pairs),
        transitions=smoothing / n_states + (1 - smoothing) * frequencies,
        emissions=smoothing / 2 + (1 - smoothing) * emissions,
        order_by="U",
    )


def random_start(marks: tuple[str, ...], n_states: int, generator: JavaRandom) -> StateModel:
    """A model of uniform random numbers, drawn in the order in which ChromHMM draws them.

    Parameters
    ----------
    marks
        Names of the marks.
    n_states
        How many states to make.
    generator
        Source of random numbers; it moves on.
    """
    initial = generator.doubles(n_states)
    transitions = generator.doubles(n_states * n_states).reshape(n_states, n_states)
    odds = generator.doubles(n_states * len(marks) * 2).reshape(n_states, len(marks), 2)
    return StateModel(
        marks=marks,
        initial=initial / initial.sum(),
        transitions=transitions / transitions.sum(axis=1, keepdims=True),
        emissions=odds[:, :, 1] / odds.sum(axis=2),
        order_by="U",
    )


def smoothed(model: StateModel, *, emissions: float = 0.02, transitions: float = 0.5) -> StateModel:
    """Another model as a start: its probabilities mixed with equal ones, so that none is 0.

    Parameters
    ----------
    model
        The model.
    emissions
        Weight of 1/2 in the probability of each mark, 0 to 1.
    transitions
        Weight of equal probabilities among transitions, 0 to 1. Those of the first bin stay.
    """
    return StateModel(
        marks=model.marks,
        initial=model.initial,
        transitions=transitions / model.n_states + (1 - transitions) * model.transitions,
        emissions=emissions / 2 + (1 - emissions) * model.emissions,
        names=model.names,
        order_by=model.order_by,
    )


class _Pairs(NamedTuple):
    """Patterns of neighbouring bins along one contig, equal pairs together."""

    key: np.ndarray
    """Both patterns as one number."""
    count: np.ndarray
    """How many such pairs lie side by side."""


def _pairs(runs: ContigRuns, n_patterns: int) -> _Pairs:
    """Within each run its own pattern twice, and across each border those of both sides."""
    own = runs.pattern.astype(np.int64)
    key = np.empty(2 * len(own) - 1, np.int64)
    key[::2], key[1::2] = own * n_patterns + own, own[:-1] * n_patterns + own[1:]
    count = np.ones(len(key), np.int64)
    count[::2] = runs.length - 1
    return _Pairs(key[count > 0], count[count > 0])


def _groups(elements: np.ndarray, tally: np.ndarray, n_states: int) -> tuple[np.ndarray, np.ndarray]:
    """The group of each element, and the group that each group was split off."""
    total = int(tally.sum())
    group, parent = np.zeros(len(elements), np.int64), np.zeros(n_states, np.int64)
    with_mark = np.where(elements, tally[:, None], 0)
    for new in range(1, n_states):
        sizes = np.bincount(group, weights=tally, minlength=new)[:, None]
        split_off = np.zeros((new, elements.shape[1]))
        np.add.at(split_off, group, with_mark)
        gain = _entropy((sizes - split_off) / total) + _entropy(split_off / total) - _entropy(sizes / total)
        best = int(np.argmax(gain))  # the first of equal ones
        source, mark = divmod(best, elements.shape[1])
        if not gain[source, mark] > 0:
            raise InputError(
                f"the marks have combinations for {new} states only, and {n_states} were asked for; ask for fewer, "
                "start at random, or check how marks were called"
            )
        group[(group == source) & elements[:, mark]] = new
        parent[new] = source
    return group, parent


def _entropy(probability: np.ndarray) -> np.ndarray:
    """``-p ln p``, 0 where p is 0."""
    return -probability * np.log(probability, out=np.zeros_like(probability), where=probability > 0)


def _group_emissions(elements: np.ndarray, tally: np.ndarray, group: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """Share of elements with each mark, in each group and those split off it; the first group has no marks."""
    n_groups = len(parent)
    sizes, with_mark = np.zeros(n_groups), np.zeros((n_groups, elements.shape[1]))
    np.add.at(sizes, group, tally)
    np.add.at(with_mark, group, np.where(elements, tally[:, None], 0))
    for new in range(n_groups - 1, 0, -1):  # groups come after those that they were split off
        if parent[new]:
            sizes[parent[new]] += sizes[new]
            with_mark[parent[new]] += with_mark[new]
    shares = with_mark / sizes[:, None].clip(min=1)
    shares[0] = 0
    return shares
