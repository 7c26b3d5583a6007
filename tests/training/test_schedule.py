"""Learning rates and the end of training, against torch's schedulers and plain counting."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cisgram.training.config import FitConfig
from cisgram.training.schedule import (
    COSINE_END,
    best_epoch,
    has_lost_patience,
    is_finished,
    learning_rate_at,
    n_reductions,
)

losses = st.lists(st.integers(0, 8).map(float), max_size=30)


def optimizer(rate):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def test_constant_stays():
    config = FitConfig(learning_rate=0.3)
    assert {learning_rate_at(config, step=step, steps_per_epoch=4, losses=[1.0]) for step in range(50)} == {0.3}


def test_cosine_is_torch_s():
    config = FitConfig(learning_rate=0.3, schedule="cosine", epochs=5)
    reference = optimizer(0.3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(reference, T_max=50, eta_min=0.3 * COSINE_END)
    for step in range(50):
        rate = learning_rate_at(config, step=step, steps_per_epoch=10, losses=[])
        assert rate == pytest.approx(reference.param_groups[0]["lr"], rel=1e-12)
        reference.step()
        scheduler.step()


def test_warmup_rises_evenly_and_hands_over_without_a_jump():
    for schedule in ("constant", "cosine", "plateau"):
        config = FitConfig(learning_rate=1.0, schedule=schedule, warmup_steps=10, epochs=10, patience=0)
        rates = [learning_rate_at(config, step=step, steps_per_epoch=10, losses=[]) for step in range(100)]
        assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
        assert rates[10] == 1.0
        assert all(before >= after > 0 for before, after in pairwise(rates[9:]))


@given(losses=losses, patience=st.integers(1, 4), margin=st.sampled_from([0.0, 1.5]))
def test_plateau_is_torch_s(losses, patience, margin):
    config = FitConfig(
        learning_rate=1.0, schedule="plateau", plateau_patience=patience, patience=0, min_improvement=margin
    )
    reference = optimizer(1.0)
    # Theirs waits one epoch more than its patience; the smallest change is told apart from equality by neither.
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        reference, factor=0.5, patience=patience - 1, threshold=margin, threshold_mode="abs", eps=0.0
    )
    for loss in losses:
        scheduler.step(loss)
    assert learning_rate_at(config, step=99, steps_per_epoch=1, losses=losses) == reference.param_groups[0]["lr"]
    assert n_reductions(config, losses) == -torch.log2(torch.tensor(reference.param_groups[0]["lr"]))


@given(losses=losses)
def test_the_best_epoch_is_the_first_of_the_lowest_losses(losses):
    expected = losses.index(min(losses)) if losses else None
    assert best_epoch(losses) == expected


def test_an_improvement_below_the_margin_is_none():
    config = FitConfig(min_improvement=0.5, patience=2)
    assert has_lost_patience(config, [3.0, 2.6, 2.51])
    assert not has_lost_patience(config, [3.0, 2.6, 2.49])


@given(losses=losses, patience=st.integers(1, 5), epochs=st.integers(1, 40))
def test_training_ends_when_epochs_or_patience_do(losses, patience, epochs):
    config = FitConfig(epochs=epochs, patience=patience)
    since_best = len(losses) - 1 - losses.index(min(losses)) if losses else 0
    assert is_finished(config, losses) == (len(losses) >= epochs or since_best >= patience)
    assert not has_lost_patience(FitConfig(patience=0), losses)
