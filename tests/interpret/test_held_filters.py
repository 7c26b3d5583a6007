"""Filters held at a value: the short way through a Basset gives what the whole model does."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from cisgram.interpret.filter_influence import filter_influence
from cisgram.interpret.held_filters import convolution_called, hold_filters
from cisgram.models import basset, bpnet
from cisgram.nn.blocks import one_hot
from cisgram.nn.wide import WideBatchNorm1d

MODES = ["none", "average", "equivariant"]
LENGTH = 103


class Whole(nn.Module):
    """A model of another class, so that nothing is known about its layers."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sequences):
        return self.model(sequences)


def model_with(mode, *, first_activation="relu"):
    """Three convolutions with pools that leave something over, and norms that do something."""
    config = basset.BassetConfig(
        LENGTH,
        n_filters=(6, 8, 4),
        widths=(9, 5, 3),
        pools=(3, 4, 2),
        n_hidden=(6,),
        reverse_complement=mode,
        first_activation=first_activation,
    )
    model = basset.build(config, n_tracks=2, seed=1)
    generator = torch.Generator().manual_seed(2)
    for module in model.modules():
        if isinstance(module, WideBatchNorm1d):
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.05, 0.2, generator=generator)
            module.weight.data.uniform_(-1, 2, generator=generator)
    return model.eval()


@pytest.fixture(scope="module")
def codes():
    return np.random.default_rng(0).integers(0, 5, (30, LENGTH), dtype=np.uint8)


@pytest.fixture(scope="module")
def labels():
    return np.random.default_rng(1).integers(0, 2, (30, 2)).astype(np.float32)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_influence_is_that_of_running_the_whole_model(codes, labels, mode, number):
    model, layer = model_with(mode), f"convolutions.{number}.activation"
    ask = partial(filter_influence, loss=basset.loss, is_paired=mode == "equivariant", batch_size=11)
    short = ask(model, codes, labels, layer=layer)
    plain = ask(Whole(model), codes, labels, layer=f"model.{layer}")
    assert plain.overall["influence"].abs().max() > 1e-3
    for one, other in zip(short, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("first_activation", ["relu", "exponential"])
def test_logits_with_held_filters_are_those_of_a_model_whose_activation_is_changed(codes, mode, first_activation):
    model, sequences = model_with(mode, first_activation=first_activation), one_hot(torch.from_numpy(codes))
    values = torch.linspace(0.5, 1.5, 6)

    def hold(_module, _inputs, output):
        output = output.clone()
        output[:, [1, -2]] = values[[1, -2], None]
        return output

    with torch.inference_mode():
        short = hold_filters(model, sequences, convolution=0, values=values)([1, -2]).logits
        unchanged = model(sequences).logits
        handle = model.convolutions[0].activation.register_forward_hook(hold)
        plain = model(sequences).logits
        handle.remove()
    torch.testing.assert_close(short, plain, rtol=1e-5, atol=1e-5)
    assert (short - unchanged).abs().max() > 1e-3


def test_a_model_that_is_no_basset_is_run_as_a_whole(codes):
    config = bpnet.BPNetConfig(input_length=LENGTH, output_length=21, n_filters=4, n_dilated_layers=2, profile_width=9)
    model = bpnet.build(config, n_tracks=1).eval()
    targets = np.random.default_rng(2).normal(size=(30, 1)).astype(np.float32)

    def loss(output, expected):
        return ((output.log_counts[:, 0] - expected) ** 2).mean()

    found = filter_influence(
        model, codes, targets, layer="stem_activation", loss=loss, outputs=lambda output: output.log_counts[:, 0]
    )
    sequences, expected = one_hot(torch.from_numpy(codes)), torch.from_numpy(targets)
    with torch.inference_mode():
        active = model.stem_activation(model.stem(sequences))
        active[:, 2] = active[:, 2].mean()
        model.stem_activation = nn.Identity()
        model.stem.forward = lambda _: active
        after = loss(model(sequences), expected)
        del model.stem.forward
        model.stem_activation = nn.ReLU()
        before = loss(model(sequences), expected)
    assert abs(float(after - before)) > 1e-6
    assert found.overall["influence"][2] == pytest.approx(float(after - before), rel=1e-3, abs=1e-7)


def test_only_activations_of_convolutions_have_the_short_way():
    model = model_with("none")
    assert convolution_called(model, "convolutions.1.activation") == 1
    assert convolution_called(model, "convolutions.3.activation") is None
    assert convolution_called(model, "convolutions.1.norm") is None
