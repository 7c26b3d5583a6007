"""Recovered states: the index of scikit-learn, the same for other numbers of the states, low for what is shuffled."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from cisgram.errors import InputError
from cisgram.genomics.segmentation import Segmentation
from cisgram.simulate.recovery.states import STATE_COLUMNS, adjusted_rand, state_recovery

NAMES = ("promoter", "enhancer", "quiescent")


def segmentations(states, n_states, names=()):
    return {
        cell: Segmentation.from_states(
            cell, {"chr1": values[:400], "chr2": values[400:]}, n_states=n_states, names=names
        )
        for cell, values in states.items()
    }


@pytest.fixture
def states():
    rng = np.random.default_rng(1)
    return {cell: np.repeat(rng.choice(3, 200, p=[0.2, 0.3, 0.5]), 5) for cell in ("a", "b")}


def test_the_index_is_that_of_scikit_learn(states):
    rng = np.random.default_rng(2)
    noisy = {
        cell: np.where(rng.random(1_000) < 0.3, rng.integers(0, 5, 1_000), values) for cell, values in states.items()
    }
    found = state_recovery(segmentations(states, 3, NAMES), segmentations(noisy, 5))
    for cell in "ab":
        assert found.by_cell[cell] == pytest.approx(adjusted_rand_score(states[cell], noisy[cell]), abs=1e-12)
    both = [np.concatenate([one["a"], one["b"]]) for one in (states, noisy)]
    assert found.adjusted_rand == pytest.approx(adjusted_rand_score(*both), abs=1e-12)
    assert tuple(found.states.columns) == STATE_COLUMNS
    assert found.overlap.to_numpy().sum() == 2_000


def test_other_numbers_of_the_same_states_are_a_full_recovery(states):
    renumbered = {cell: np.array([2, 0, 1])[values] for cell, values in states.items()}
    found = state_recovery(segmentations(states, 3, NAMES), segmentations(renumbered, 3))
    assert (found.adjusted_rand, found.accuracy) == (1.0, 1.0)
    assert found.states[["state", "found_as", "recall"]].to_numpy().tolist() == [
        ["promoter", "3", 1.0], ["enhancer", "1", 1.0], ["quiescent", "2", 1.0],
    ]  # fmt: skip


def test_shuffled_states_recover_what_chance_does(states):
    rng = np.random.default_rng(3)
    shuffled = {cell: rng.permutation(values) for cell, values in states.items()}
    found = state_recovery(segmentations(states, 3, NAMES), segmentations(shuffled, 3))
    assert abs(found.adjusted_rand) < 0.02
    np.testing.assert_allclose(found.states["recall"], found.states["floor_recall"], atol=0.06)


def test_a_planted_state_without_a_partner_has_no_recall(states):
    fewer = {cell: np.minimum(values, 1) for cell, values in states.items()}
    found = state_recovery(segmentations(states, 3, NAMES), segmentations(fewer, 2)).states.set_index("state")
    assert found.loc["enhancer", ["found_as", "recall"]].tolist() == ["", 0.0]
    assert found.loc["quiescent", "recall"] == 1.0
    assert 0.5 < found.loc["quiescent", "precision"] < 0.7


def test_bins_that_one_side_lacks_are_left_out():
    planted = {"a": Segmentation.from_states("a", {"chr1": np.array([0, 0, 1, 1]), "chr2": np.array([1])}, n_states=2)}
    found = {"a": Segmentation.from_states("a", {"chr1": np.array([0, -1, 1])}, n_states=2), "c": planted["a"]}
    recovery = state_recovery(planted, found)
    assert recovery.overlap.to_numpy().tolist() == [[1, 0], [0, 1]]
    assert adjusted_rand(np.array([[7]])) == 1.0


def test_what_cannot_be_compared_is_refused():
    one = Segmentation.from_states("a", {"chr1": np.array([0, 1])}, n_states=2)
    wide = Segmentation.from_states("a", {"chr1": np.array([0, 1])}, n_states=2, bin_size=500)
    elsewhere = Segmentation.from_states("a", {"chr9": np.array([0, 1])}, n_states=2)
    more = Segmentation.from_states("b", {"chr1": np.array([0, 1])}, n_states=3)
    for planted, found, message in (
        ({"a": one}, {"b": one}, "no cell type is in both"),
        ({"a": one}, {"a": wide}, "bins of 200 and 500 bp"),
        ({"a": one}, {"a": elsewhere}, "no bin has a planted and a found state"),
        ({"a": one, "b": one}, {"a": one, "b": more}, "same number of states"),
    ):
        with pytest.raises(InputError, match=message):
            state_recovery(planted, found)
