"""Learning states: planted states are found, restarts keep the best, and bad input is refused."""

import numpy as np
import pytest

from cisgram.chromatin.baum_welch import EMConfig
from cisgram.chromatin.decode import decode_states
from cisgram.chromatin.learn import TRACE_COLUMNS, LearnConfig, learn_states
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.mark_patterns import MarkPatterns

MARKS = ["H3K4me3", "H3K4me1", "H3K27me3"]
EMISSIONS = np.array([[0.9, 0.3, 0.0], [0.05, 0.8, 0.02], [0.02, 0.0, 0.7], [0.01, 0.01, 0.01]])


@pytest.fixture(scope="module")
def planted():
    """Marks of two cell types and the states they come from."""
    draws = np.random.default_rng(3)
    calls, truth = {}, {}
    for cell in ("K562", "GM12878"):
        states = np.repeat(draws.choice(4, 600, p=[0.1, 0.2, 0.2, 0.5]), draws.integers(2, 15, 600))
        calls[cell, "chr1"] = (draws.random((len(states), 3)) < EMISSIONS[states]).astype(np.uint8)
        truth[cell] = states
    n_bins = min(map(len, truth.values()))
    calls = {key: value[:n_bins] for key, value in calls.items()}
    return MarkPatterns.from_calls(MARKS, calls), {cell: states[:n_bins] for cell, states in truth.items()}


def test_planted_states_are_found_from_the_marks_alone(planted):
    patterns, truth = planted
    learned = learn_states(patterns, 4)
    assert learned.has_converged
    of_planted = np.abs(learned.model.emissions[:, None] - EMISSIONS[None]).sum(axis=2).argmin(axis=1)
    assert sorted(of_planted) == [0, 1, 2, 3]
    for contig in decode_states(learned.model, patterns):
        assert (of_planted[contig.states] == truth[contig.cell]).mean() > 0.9


def test_the_trace_tells_every_pass_of_every_start(planted):
    patterns, _ = planted
    seen = []
    config = LearnConfig(n_starts=3, em=EMConfig(max_iterations=4))
    learned = learn_states(patterns, 3, config, on_progress=seen.append)
    assert tuple(learned.trace.columns) == TRACE_COLUMNS
    assert learned.trace["start"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert learned.trace["log_likelihood"].tolist() == [done.log_likelihood for done in seen]
    assert learned.trace["change"].isna().sum() == 3
    assert not learned.has_converged


def test_the_most_likely_of_several_starts_is_kept(planted):
    patterns, _ = planted
    learned = learn_states(patterns, 5, LearnConfig(start="random", n_starts=4, em=EMConfig(max_iterations=15)))
    last = learned.trace.groupby("start")["log_likelihood"].last()
    assert learned.log_likelihood == last.max()
    assert learned.best_start == last.idxmax()


@pytest.mark.parametrize("method", ["batch", "incremental"])
def test_the_same_seed_gives_the_same_model_bit_for_bit(planted, method):
    config = LearnConfig(start="random", seed=7, em=EMConfig(method=method, max_iterations=5))
    one, other = (learn_states(planted[0], 4, config).model for _ in range(2))
    assert np.array_equal(one.transitions, other.transitions)
    assert np.array_equal(one.emissions, other.emissions)


def test_learning_goes_on_from_a_given_model(planted):
    patterns, _ = planted
    first = learn_states(patterns, 4)
    again = learn_states(patterns, 4, start=first.model)
    assert again.log_likelihood == pytest.approx(first.log_likelihood, abs=0.5)
    with pytest.raises(InputError, match="4 states, and 3 were asked for"):
        learn_states(patterns, 3, start=first.model)
    with pytest.raises(InputError, match="the same in the same order"):
        learn_states(patterns.with_marks(MARKS[::-1]), 4, start=first.model)


def test_more_states_than_patterns_are_refused():
    calls = np.array([[0, 0], [1, 0], [1, 0], [0, 1]], np.uint8)
    patterns = MarkPatterns.from_calls(["a", "b"], {("cell", "chr1"): calls})
    with pytest.raises(InputError, match="4 states were asked for, and the marks have only 3 different patterns"):
        learn_states(patterns, 4, LearnConfig(start="random"))


def test_data_without_any_mark_are_refused():
    patterns = MarkPatterns.from_calls(["a"], {("cell", "chr1"): np.zeros((9, 1), np.uint8)})
    with pytest.raises(EmptySetError, match="no marks left"):
        learn_states(patterns, 1)


@pytest.mark.parametrize("wrong", [{"n_starts": 0}, {"smoothing": 1.5}, {"model_transition_smoothing": -0.1}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        LearnConfig(**wrong)
