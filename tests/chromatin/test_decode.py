"""Decoding: equal to enumeration of all paths, and of use where a model excludes the data."""

from itertools import product

import numpy as np
import pytest

from cisgram.chromatin.decode import decode_states, segment_states
from cisgram.chromatin.forward_backward import pattern_emissions
from cisgram.errors import CisgramWarning, InputError
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.genomics.state_model import StateModel


def random_model(seed, n_states=3, n_marks=2):
    draws = np.random.default_rng(seed)
    transitions, initial = draws.random((n_states, n_states)) + np.eye(n_states), draws.random(n_states)
    marks = tuple("abcdef"[:n_marks])
    return StateModel(
        marks,
        initial / initial.sum(),
        transitions / transitions.sum(axis=1, keepdims=True),
        draws.random((n_states, n_marks)),
    )


def paths(model, patterns):
    """Every path of states with its probability together with the marks."""
    products = pattern_emissions(model.emissions, patterns.patterns)[patterns.contigs[0].indices()]
    for path in product(range(model.n_states), repeat=len(products)):
        weight = model.initial[path[0]] * products[0, path[0]]
        for place in range(1, len(path)):
            weight *= model.transitions[path[place - 1], path[place]] * products[place, path[place]]
        yield path, weight


CALLS = np.array([[1, 0], [1, 0], [0, 0], [0, 0], [0, 0], [1, 2], [1, 1]], np.uint8)
PATTERNS = MarkPatterns.from_calls(["a", "b"], {("cell", "chr1"): CALLS})


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_posteriors_equal_the_sum_over_all_paths(seed):
    model = random_model(seed)
    expected, total = np.zeros((len(CALLS), 3)), 0.0
    for path, weight in paths(model, PATTERNS):
        total += weight
        expected[np.arange(len(CALLS)), path] += weight
    (contig,) = decode_states(model, PATTERNS, with_posteriors=True)
    np.testing.assert_allclose(contig.posteriors, expected / total, rtol=1e-5)
    assert contig.log_likelihood == pytest.approx(np.log(total))
    assert np.array_equal(contig.states, expected.argmax(axis=1))
    np.testing.assert_allclose(contig.confidence, (expected / total).max(axis=1), rtol=1e-5)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_viterbi_finds_the_most_probable_of_all_paths(seed):
    model = random_model(seed)
    best, _ = max(paths(model, PATTERNS), key=lambda entry: entry[1])
    (contig,) = decode_states(model, PATTERNS, method="viterbi")
    assert tuple(contig.states) == best


def test_confidence_of_a_path_is_the_posterior_of_its_states():
    model = random_model(8)
    (path,) = decode_states(model, PATTERNS, method="viterbi", with_posteriors=True)
    assert np.array_equal(path.confidence, path.posteriors[np.arange(len(CALLS)), path.states])


def test_contigs_come_in_their_order_and_become_one_segmentation_per_cell_type():
    draws = np.random.default_rng(1)
    keys = [("K562", "chr2"), ("GM12878", "chr1"), ("K562", "chr1"), ("GM12878", "chr2"), ("K562", "chrX")]
    patterns = MarkPatterns.from_calls(["a", "b"], {key: draws.integers(0, 2, (30, 2), np.uint8) for key in keys})
    model = random_model(2)
    decoded = list(decode_states(model, patterns))
    assert [(contig.cell, contig.chrom) for contig in decoded] == keys
    found = segment_states(model, patterns)
    assert list(found) == ["K562", "GM12878"]
    assert found["K562"].chroms == ("chr2", "chr1", "chrX")
    assert np.array_equal(found["K562"].states("chr1"), decoded[2].states)


def test_marks_are_brought_into_the_models_order_by_name():
    model = random_model(3)
    swapped = MarkPatterns.from_calls(["b", "a"], {("cell", "chr1"): CALLS[:, ::-1].copy()})
    (one,), (other,) = decode_states(model, PATTERNS), decode_states(model, swapped)
    assert np.array_equal(one.confidence, other.confidence)


def test_marks_that_only_one_side_has_are_named():
    other = MarkPatterns.from_calls(["a", "zzz"], {("cell", "chr1"): CALLS % 2})
    with pytest.warns(CisgramWarning, match=r"b count as not measured.*zzz are left out"):
        list(decode_states(random_model(4), other))
    with pytest.raises(InputError, match="none of the model's marks"):
        list(decode_states(random_model(4), MarkPatterns.from_calls(["c"], {("cell", "chr1"): CALLS[:, :1]})))


@pytest.mark.parametrize("method", ["posterior", "viterbi"])
def test_a_contig_that_the_model_excludes_still_gets_its_most_plausible_states(method):
    model = StateModel(("a", "b"), np.array([1.0, 0.0]), np.eye(2), np.array([[0.0, 0.0], [1.0, 0.5]]))
    calls = {("cell", "chr1"): np.zeros((3, 2), np.uint8), ("cell", "chr2"): np.array([[0, 0], [1, 0]], np.uint8)}
    with pytest.warns(CisgramWarning, match="excludes the marks of 1 of 2 contigs"):
        fine, excluded = decode_states(model, MarkPatterns.from_calls(["a", "b"], calls), method=method)
    assert fine.states.tolist() == [0, 0, 0]
    assert excluded.states[0] == 0
    assert np.isfinite(excluded.log_likelihood)
