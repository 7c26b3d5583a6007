"""Baum and Welch: the likelihood grows, planted states come back, and small transitions go."""

import itertools

import numpy as np
import pytest

from cisgram.chromatin.baum_welch import EMConfig, baum_welch, maximize
from cisgram.chromatin.forward_backward import expect
from cisgram.chromatin.initial import random_start
from cisgram.chromatin.java_random import JavaRandom
from cisgram.chromatin.steps import plan_steps
from cisgram.errors import ConfigError
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.genomics.state_model import StateModel

PLANTED = StateModel(
    ("promoter", "enhancer", "polycomb"),
    np.array([0.0, 0.0, 0.0, 1.0]),
    np.array([[0.8, 0.2, 0, 0], [0.1, 0.7, 0, 0.2], [0, 0, 0.95, 0.05], [0.01, 0.02, 0.02, 0.95]]),
    np.array([[0.9, 0.4, 0.0], [0.1, 0.8, 0.05], [0.02, 0.0, 0.7], [0.01, 0.01, 0.02]]),
)


def drawn(model, n_bins, seed, n_contigs=2):
    """Marks drawn from a model, and the states they were drawn from."""
    draws = np.random.default_rng(seed)
    calls, truth = {}, {}
    for number in range(n_contigs):
        states = np.empty(n_bins, int)
        states[0] = draws.choice(model.n_states, p=model.initial)
        for place in range(1, n_bins):
            states[place] = draws.choice(model.n_states, p=model.transitions[states[place - 1]])
        chrom = f"chr{number + 1}"
        calls["cell", chrom] = (draws.random((n_bins, len(model.marks))) < model.emissions[states]).astype(np.uint8)
        truth[chrom] = states
    return MarkPatterns.from_calls(model.marks, calls), truth


@pytest.fixture(scope="module")
def patterns():
    return drawn(PLANTED, 3000, seed=1)[0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_batch_learning_never_lowers_the_likelihood(patterns, seed):
    start = random_start(patterns.marks, 5, JavaRandom(seed))
    passes = baum_welch(patterns, start, EMConfig(max_iterations=60, zero_transition=0, tolerance=-1))
    gains = np.diff([done.log_likelihood for done in passes])
    assert (gains > -1e-7).all()
    assert len(passes) == 60


def test_one_pass_moves_towards_the_expected_counts(patterns):
    start = random_start(patterns.marks, 3, JavaRandom(4))
    counts = expect(start, patterns.patterns, plan_steps(patterns.contigs))
    (done,) = baum_welch(patterns, start, EMConfig(max_iterations=1))
    np.testing.assert_allclose(done.model.emissions, counts.present / counts.measured, rtol=1e-12)
    rows = counts.transitions / counts.transitions.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(done.model.transitions, rows, rtol=1e-12)


def test_incremental_learning_reaches_the_optimum_of_batch_learning(patterns):
    start = random_start(patterns.marks, 3, JavaRandom(1))
    ends = [
        baum_welch(patterns, start, EMConfig(method=method, max_iterations=400))[-1].log_likelihood
        for method in ("batch", "incremental")
    ]
    assert ends[1] == pytest.approx(ends[0], abs=1)


def test_a_single_contig_is_learned_alike_by_both_methods(patterns):
    one = patterns.only(chroms=["chr1"])
    start = random_start(patterns.marks, 3, JavaRandom(3))
    batch, incremental = (
        baum_welch(one, start, EMConfig(method=method, max_iterations=5)) for method in ("batch", "incremental")
    )
    assert [done.log_likelihood for done in batch] == [done.log_likelihood for done in incremental]


def test_planted_probabilities_are_found_again():
    patterns, _ = drawn(PLANTED, 20_000, seed=5)
    start = StateModel(
        PLANTED.marks,
        np.full(4, 0.25),
        0.1 + 0.6 * np.eye(4),
        0.1 + 0.6 * PLANTED.emissions,
    )
    learned = baum_welch(patterns, start)[-1].model
    np.testing.assert_allclose(learned.emissions, PLANTED.emissions, atol=0.06)
    np.testing.assert_allclose(learned.transitions, PLANTED.transitions, atol=0.06)


def test_small_transitions_become_zero_for_good_and_rows_still_sum_to_one(patterns):
    start = random_start(patterns.marks, 4, JavaRandom(2))
    passes = baum_welch(patterns, start, EMConfig(max_iterations=30, zero_transition=1e-2))
    zeros = [done.model.transitions == 0 for done in passes]
    assert zeros[-1].any()
    assert not np.diagonal(zeros[-1]).any()
    assert all((later | ~earlier).all() for earlier, later in itertools.pairwise(zeros))
    np.testing.assert_allclose(passes[-1].model.transitions.sum(axis=1), 1)


def test_learning_ends_when_nothing_is_gained(patterns):
    start = random_start(patterns.marks, 2, JavaRandom(1))
    seen = []
    passes = baum_welch(patterns, start, EMConfig(tolerance=1.0), on_pass=seen.append)
    gains = np.diff([done.log_likelihood for done in passes])
    assert gains[-1] < 1.0 <= gains[:-1].min()
    assert [done.iteration for done in seen] == list(range(1, len(passes) + 1))


def test_a_pseudocount_is_added_to_every_count(patterns):
    start = random_start(patterns.marks, 2, JavaRandom(1))
    counts = expect(start, patterns.patterns, plan_steps(patterns.contigs))
    model = maximize(start, counts, EMConfig(pseudocount=1.0))
    np.testing.assert_allclose(model.emissions, (counts.present + 1) / (counts.measured + 2))
    np.testing.assert_allclose(model.initial, (counts.initial + 1) / (counts.initial.sum() + 2))


@pytest.mark.parametrize("wrong", [{"max_iterations": 0}, {"zero_transition": 1.0}, {"pseudocount": -1}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        EMConfig(**wrong)
