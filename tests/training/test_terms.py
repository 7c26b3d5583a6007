"""Means of losses over examples."""

from typing import NamedTuple

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cisgram.errors import DivergenceError, InputError
from cisgram.training.terms import LossSums, require_finite, total_of


class Terms(NamedTuple):
    profile: Tensor
    counts: Tensor

    @property
    def total(self) -> Tensor:
        return self.profile + self.counts.sum()


class WithTotal(NamedTuple):
    total: Tensor
    penalty: Tensor


@given(sizes=st.lists(st.integers(1, 7), min_size=1, max_size=10), seed=st.integers(0, 9))
def test_the_mean_does_not_depend_on_the_batches(sizes, seed):
    values = torch.rand(sum(sizes), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    sums = LossSums()
    for batch in values.split(sizes):
        sums.add(batch.mean(), len(batch))
    assert sums.means()["loss"] == pytest.approx(values.mean().item(), rel=1e-12)


def test_terms_are_recorded_under_their_names():
    sums = LossSums()
    sums.add(Terms(torch.tensor(1.0), torch.tensor([0.5, 0.25])), 2)
    sums.add(Terms(torch.tensor(3.0), torch.tensor([0.5, 0.75])), 2)
    assert sums.means() == {"loss": 3.0, "profile": 2.0, "counts_1": 0.5, "counts_2": 0.5}


def test_a_total_that_is_a_field_is_not_recorded_twice():
    sums = LossSums()
    sums.add(WithTotal(torch.tensor(1.0), torch.tensor(0.5)), 2)
    assert sums.means() == {"loss": 1.0, "penalty": 0.5}


def test_sums_are_exact_enough_for_many_steps():
    sums = LossSums()
    for _ in range(20_000):
        sums.add(torch.tensor(0.1), 1)
    assert sums.means()["loss"] == pytest.approx(float(torch.tensor(0.1)), rel=1e-12)


def test_nothing_added_has_no_means():
    assert LossSums().means() == {}


@pytest.mark.parametrize("loss", [torch.ones(3), 1.0, None, (torch.tensor(1.0),)])
def test_a_loss_that_is_no_scalar_is_refused(loss):
    with pytest.raises(InputError, match="scalar"):
        total_of(loss)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_an_error_that_says_where_and_what_to_do(bad):
    with pytest.raises(DivergenceError, match=r"in epoch 2, step 7 of 9 \(loss 1, counts .*learning_rate"):
        require_finite({"loss": 1.0, "counts": bad}, where="in epoch 2, step 7 of 9")
    require_finite({"loss": 1.0}, where="")
