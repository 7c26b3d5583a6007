"""Two segmentations: the table of shared bases is exact, and the index is that of scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from cisgram.chromatin.agreement import CONFUSION_COLUMNS, compare_segmentations
from cisgram.errors import EmptySetError
from cisgram.genomics.segmentation import Segmentation

RNG = np.random.default_rng(7)


def cell(name, contigs, n_states=4, bin_size=200):
    return Segmentation.from_states(name, contigs, n_states=n_states, bin_size=bin_size)


def test_index_and_table_are_those_of_the_bins():
    first = {"I": RNG.integers(0, 4, 300), "II": RNG.integers(0, 4, 100)}
    second = {name: np.where(RNG.random(len(states)) < 0.7, states, 3) for name, states in first.items()}
    agreement = compare_segmentations(cell("a", first), cell("b", second))
    ours, theirs = (np.concatenate([one["I"], one["II"]]) for one in (first, second))
    assert agreement.adjusted_rand == pytest.approx(adjusted_rand_score(ours, theirs))
    expected = [[200 * int(((ours == i) & (theirs == j)).sum()) for j in range(4)] for i in range(4)]
    assert agreement.confusion_bp.tolist() == expected
    assert agreement.share_same == pytest.approx((ours == theirs).mean())


def test_other_names_of_states_do_not_matter_to_the_index():
    states = RNG.integers(0, 4, 200)
    order = np.array([2, 0, 3, 1])
    agreement = compare_segmentations(cell("a", {"I": states}), cell("b", {"I": order[states]}))
    assert agreement.adjusted_rand == 1
    assert agreement.partner.tolist() == order.tolist()


def test_bases_with_a_state_in_one_alone_are_left_out_and_counted():
    first, second = cell("a", {"I": np.array([0, 1, 1])}), cell("b", {"I": np.array([0, -1, 1, 2])})
    agreement = compare_segmentations(first, second)
    assert agreement.n_only == (200, 200)
    assert agreement.confusion_bp.sum() == 400
    with pytest.raises(EmptySetError, match="is it the same genome"):
        compare_segmentations(first, cell("b", {"X": np.array([0])}))


def test_bins_and_numbers_of_states_may_differ():
    first, second = cell("a", {"I": np.array([0, 1])}), cell("b", {"I": np.array([0, 0, 1, 2])}, bin_size=100)
    agreement = compare_segmentations(first, cell("b", {"I": np.array([0, 0, 1, 2])}, n_states=5, bin_size=100))
    assert agreement.confusion_bp[:2, :3].tolist() == [[200, 0, 0], [0, 100, 100]]
    assert agreement.share_same == 0.75
    assert tuple(agreement.table().columns) == CONFUSION_COLUMNS
    assert compare_segmentations(first, second).bin_size == 100
