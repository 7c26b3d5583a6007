import numpy as np
import pytest

from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.splits import n_shuffles_for, split_rows, split_with_shuffles


@pytest.mark.parametrize(("n", "n_splits", "n_tested"), [(11, 5, 11), (199, 5, 199), (200, 1, 100), (5000, 1, 500)])
def test_every_row_is_learnt_from_or_tests_and_few_are_tested_by_turns(n, n_splits, n_tested):
    splits = split_rows(n, 3 * n, DiscoveryConfig(), rng=np.random.default_rng(0))
    assert len(splits) == n_splits
    assert sum(len(split.tested) for split in splits) == n_tested
    for split in splits:
        for learnt, tested, size in ((*split[:2], n), (*split[2:], 3 * n)):
            assert sorted([*learnt, *tested]) == list(range(size))
    every = np.concatenate([split.tested for split in splits])
    assert len(np.unique(every)) == n_tested


def test_shuffles_of_sequences_that_test_are_not_learnt_from():
    n, n_shuffles = 30, n_shuffles_for(30, DiscoveryConfig())
    assert n_shuffles == 10
    for split in split_with_shuffles(n, n_shuffles, DiscoveryConfig(), rng=np.random.default_rng(1)):
        assert not set(split.control_learnt // n_shuffles) & set(split.tested)
        assert set(split.control_tested // n_shuffles) == set(split.tested)
        assert len(split.control_tested) == n_shuffles * len(split.tested)
        assert len(split.control_learnt) == len(split.learnt)


def test_nothing_is_held_out_if_so_wanted():
    assert split_rows(500, 500, DiscoveryConfig(held_out=0), rng=np.random.default_rng(0)) == []
