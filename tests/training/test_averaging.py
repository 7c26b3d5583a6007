"""The running average of weights."""

import pytest
import torch
from torch import nn

from cisgram.training.averaging import WeightAverage


def set_weight(model, value):
    with torch.no_grad():
        model.weight.fill_(value)


def test_the_average_is_the_sum_that_its_definition_gives():
    model = nn.Linear(1, 1, bias=False)
    set_weight(model, 0.0)
    average, decay, expected = WeightAverage(model, 0.6), 0.6, 0.0
    for step, value in enumerate([1.0, 5.0, -2.0, 4.0, 4.0, 0.5, 3.0, 8.0]):
        set_weight(model, value)
        average.update(step)
        kept = min(decay, (1 + step) / (10 + step))
        expected = kept * expected + (1 - kept) * value
    assert average.state()["weight"].item() == pytest.approx(expected, rel=1e-6)


def test_the_weights_come_back_bit_by_bit():
    model = nn.Linear(3, 2)
    average = WeightAverage(model, 0.9)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    set_weight(model, 7.0)

    def look_and_fail():
        assert torch.equal(model.weight, before["weight"])
        raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"), average.applied():
        look_and_fail()
    assert (model.weight == 7.0).all()


def test_an_average_that_is_restored_goes_on_as_the_one_that_was_saved():
    model = nn.Linear(3, 2)
    average, other = WeightAverage(model, 0.9), WeightAverage(model, 0.9)
    set_weight(model, 2.0)
    average.update(5)
    other.restore({name: tensor.clone() for name, tensor in average.state().items()})
    set_weight(model, -1.0)
    average.update(6)
    other.update(6)
    assert all(torch.equal(average.state()[name], other.state()[name]) for name in ("weight", "bias"))
