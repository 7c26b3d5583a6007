"""Layers that compute twice: the same result, what is kept meanwhile, and a model left as it was."""

from contextlib import suppress

import pytest
import torch
from torch import nn

from cisgram.errors import ConfigError
from cisgram.nn.recompute import Stages, is_recomputing, recomputing


class Watched(nn.Module):
    """Notes how often it is computed, and which time it is."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.times = []

    def forward(self, hidden):
        self.times.append(is_recomputing())
        return (hidden * self.weight).exp()


def kept_numbers(model, hidden):
    """Numbers that are kept for the gradient."""
    kept = {}

    def note(tensor):
        kept[tensor.data_ptr()] = tensor.numel()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        model(hidden).sum().backward()
    return sum(kept.values())


def test_every_layer_is_computed_twice_and_knows_it():
    model = Stages(Watched(), Stages(Watched()))
    with recomputing(model):
        model(torch.zeros(1, 1, 3)).sum().backward()
    assert [layer.times for layer in (model[0], model[1][0])] == [[False, True]] * 2
    model(torch.zeros(1, 1, 3)).sum().backward()
    assert model[0].times == [False, True, False]


def test_nothing_is_computed_twice_where_no_gradient_is_asked_for():
    model = Stages(Watched())
    with recomputing(model), torch.no_grad():
        model(torch.zeros(1, 1, 3))
    with recomputing(model.eval()):
        model(torch.zeros(1, 1, 3)).sum().backward()
    assert model[0].times == [False, False]


def test_less_is_kept():
    layers = [nn.Sequential(*(nn.Conv1d(4, 4, 1), nn.GELU(), nn.BatchNorm1d(4), nn.Tanh())) for _ in range(4)]
    model, hidden = Stages(*layers), torch.randn(2, 4, 1000)
    plain = kept_numbers(model, hidden)
    with recomputing(model):
        # What is kept while a layer is computed again belongs to one layer at a time.
        assert kept_numbers(model, hidden) < plain / 2


def test_a_model_is_left_as_it_was_also_after_an_error():
    model = Stages(nn.ReLU())
    with recomputing(model):
        assert model.recomputes
    assert not model.recomputes
    with suppress(KeyError), recomputing(model):
        raise KeyError
    assert not model.recomputes


def test_a_model_without_stages_is_refused():
    with pytest.raises(ConfigError, match="Linear has no layers that can recompute"), recomputing(nn.Linear(1, 1)):
        pass
