"""Basenji: the sizes of the published forms, a plain twin of every trunk, and what it says about itself."""

import dataclasses
from warnings import catch_warnings, simplefilter

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cisgram.errors import ConfigError, InputError
from cisgram.models.basenji import BasenjiConfig, BasenjiOutput, build, loss_terms
from cisgram.nn.blocks import one_hot
from cisgram.nn.dilated import PositionNorm
from cisgram.nn.recompute import recomputing

LENGTH = 96
FORM = BasenjiConfig(
    input_length=LENGTH,
    filters=(6, 8),
    widths=(5, 4),
    pools=(4, 2),
    trunk_filters=4,
    n_trunk_blocks=3,
    residual_gain=1.0,
    crop=1,
    head_filters=10,
)


def sequences(n=2, length=LENGTH):
    return one_hot(torch.from_numpy(np.random.default_rng(0).integers(0, 4, (n, length), dtype=np.uint8)))


def n_numbers(model, *, norms):
    """Weights, with the running statistics of norms or without."""
    if not norms:
        return sum(parameter.numel() for parameter in model.parameters())
    return sum(value.numel() for name, value in model.state_dict().items() if "num_batches" not in name)


def shaken(model):
    """The model in float64 with random norms, so that none of them hides anything."""
    generator = torch.Generator().manual_seed(1)
    model.double().eval()
    for norm in (part for part in model.modules() if isinstance(part, PositionNorm)):
        for values in (norm.weight.data, norm.bias.data, norm.running_mean):
            values.copy_(torch.randn(values.shape, generator=generator, dtype=values.dtype))
        norm.running_var.copy_(torch.rand(norm.running_var.shape, generator=generator, dtype=torch.float64) + 0.1)
    return model


def test_the_published_model_has_30_123_584_numbers():
    model = build(BasenjiConfig.published(), n_tracks=5313)
    assert n_numbers(model, norms=True) == 30_123_584
    assert (model.n_bins, model.bin_size, model.crop, model.output_length) == (896, 128, 64, 114_688)
    assert model.config.dilations == (1, 2, 3, 4, 6, 9, 14, 21, 32, 48, 72)


def test_the_tutorial_model_has_111_011_numbers_of_which_109_235_learn():
    model = build(BasenjiConfig.parity(), n_tracks=3)
    assert (n_numbers(model, norms=True), n_numbers(model, norms=False)) == (111_011, 109_235)


def test_the_dense_model_hands_1365_features_to_its_head():
    model = build(BasenjiConfig.dense(), n_tracks=4229)
    assert model.config.dilations == (2, 4, 8, 16, 32, 64)
    assert model.trunk.bins.convolution.in_channels == 717 + 6 * 108
    assert model.head.in_features == 1365
    assert (model.n_bins, model.bin_size) == (1024, 128)


def plain_block(block, hidden, *, activation, dilation=1):
    """Activation, convolution with zeros around as Keras puts them, norm and pool."""
    weight = block.convolution.weight
    reach = dilation * (weight.shape[-1] - 1)
    padded = functional.pad(activation(hidden), (reach // 2, reach - reach // 2))
    convolved = functional.conv1d(padded, weight, dilation=dilation)
    norm = block.norm
    normed = functional.batch_norm(convolved, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=1e-3)
    return functional.max_pool1d(normed, block.pool.width)


@pytest.mark.parametrize("trunk", ["residual", "dense", "recurrent"])
@pytest.mark.parametrize("name", ["gelu", "gelu_tanh", "relu"])
def test_it_computes_what_its_figure_says(trunk, name):
    activation = {
        "relu": torch.relu,
        "gelu": lambda x: x * torch.sigmoid(1.702 * x),
        "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    }[name]
    model = shaken(build(dataclasses.replace(FORM, trunk=trunk, activation=name), n_tracks=3))
    x = sequences().double()
    hidden = plain_block(model.trunk.stem, x, activation=lambda x: x)
    hidden = plain_block(model.trunk.tower[0], hidden, activation=activation)
    torch.testing.assert_close(model.represent(x), hidden)
    for block, dilation in zip(model.trunk.dilated, (1, 2, 3), strict=True):
        if trunk == "recurrent":
            read = block.units(hidden.transpose(1, 2))[0].transpose(1, 2)
            hidden = hidden + plain_block(block.back, read, activation=activation)
            continue
        added = plain_block(block.dilated, hidden, activation=activation, dilation=dilation)
        if trunk == "dense":
            hidden = torch.cat([hidden, added], 1)
        else:
            hidden = hidden + plain_block(block.back, added, activation=activation)
    hidden = activation(plain_block(model.trunk.bins, hidden[..., 1:-1], activation=activation))
    logits = model.head.weight @ hidden + model.head.bias[:, None]
    torch.testing.assert_close(model(x).logits, logits)
    torch.testing.assert_close(model(x).rates, (1 + logits.exp()).log())


def test_dense_connections_after_an_activation_are_those_before_one():
    """Kelley et al. (2018) apply the ReLU behind norms and concatenate its results."""
    model = shaken(build(dataclasses.replace(FORM, trunk="dense", activation="relu"), n_tracks=1))
    hidden = model.represent(sequences().double())
    seen = hidden.relu()
    for block, dilation in zip(model.trunk.dilated, (1, 2, 3), strict=True):
        added = plain_block(block.dilated, seen, activation=lambda x: x, dilation=dilation).relu()
        seen = torch.cat([seen, added], 1)
    torch.testing.assert_close(model.trunk.dilated(hidden).relu(), seen)


def test_a_prediction_is_made_from_what_represents_the_sequence():
    model = build(FORM, n_tracks=2).eval()
    hidden = model.represent(sequences())
    assert hidden.shape == (2, 8, LENGTH // 8)
    assert torch.equal(model.predict_from(hidden).logits, model(sequences()).logits)


def test_rates_are_positive_and_logits_stay_in_float32_in_mixed_precision():
    model = build(FORM, n_tracks=2).eval()
    with torch.autocast("cpu", torch.bfloat16):
        output = model(sequences())
    assert output.logits.dtype == torch.float32
    assert (output.rates > 0).all()
    torch.testing.assert_close(output.logits, model(sequences()).logits, rtol=0.1, atol=0.1)


@pytest.mark.parametrize("trunk", ["residual", "dense", "recurrent"])
def test_recomputing_changes_neither_gradients_nor_statistics(trunk):
    def learnt(recomputes):
        model = build(dataclasses.replace(FORM, trunk=trunk, dropout=0.2), n_tracks=2).train()
        torch.manual_seed(3)
        targets = torch.ones(4, 2, model.n_bins)
        if recomputes:
            with recomputing(model):
                loss_terms(model(sequences(4)), targets).total.backward()
        else:
            loss_terms(model(sequences(4)), targets).total.backward()
        return {name: p.grad for name, p in model.named_parameters()} | dict(model.named_buffers())

    plain, other = learnt(recomputes=False), learnt(recomputes=True)
    assert plain["trunk.stem.norm.num_batches_tracked"] == 1
    assert not [name for name, value in plain.items() if not torch.equal(value, other[name])]


def test_even_filters_read_one_position_more_to_the_right():
    convolution = build(FORM, n_tracks=1).trunk.tower[0].convolution
    x = torch.randn(2, 6, 20)
    same = nn.Conv1d(6, 8, 4, padding="same", bias=False)
    same.weight = convolution.weight
    with catch_warnings():  # torch says once in a process that even widths are padded on one side
        simplefilter("ignore")
        torch.testing.assert_close(convolution(x), same(x))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pools": (4,)}, "one number for every convolution; got 2, 2 and 1"),
        ({"input_length": 100}, r"product of pools; got 100 and 8 \(nearest: 96\)"),
        ({"crop": 6}, "nothing is left to predict: 12 bins less a crop of 6"),
        ({"crop": -1}, "crop must be at least 0; got -1"),
        ({"filters": (6, 0)}, r"filters must be at least 1; got \[6, 0\]"),
        ({"trunk_dropout": 1.0}, "trunk_dropout must be at least 0 and below 1"),
        ({"dilation_rate": 0.5}, "dilation_rate must be a number of at least 1"),
        ({"norm_momentum": 0.0}, "norm_momentum must be above 0"),
        ({"residual_gain": float("nan")}, "residual_gain must be a number"),
        ({"trunk": "recurrent", "trunk_filters": 3}, "trunk_filters must be even"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        dataclasses.replace(FORM, **changes)


@pytest.mark.parametrize(("name", "value"), [("trunk", "transformer"), ("activation", "tanh")])
def test_unknown_choices_are_refused_by_name(name, value):
    config = dataclasses.replace(FORM)
    object.__setattr__(config, name, value)  # the tests' own check of types would come before ours
    with pytest.raises(ConfigError, match=f"{name} must be one of .*; got '{value}'"):
        config.__post_init__()


def test_what_cannot_be_predicted_is_refused():
    with pytest.raises(ConfigError, match="at least 1 track"):
        build(FORM, n_tracks=0)
    with pytest.raises(ConfigError, match="nothing but the sequence; got 2"):
        build(FORM, n_tracks=1, n_controls=2)
    with pytest.raises(InputError, match="reads 96 bp; got sequences of 88 bp"):
        build(FORM, n_tracks=1)(sequences(length=88))


def test_the_output_of_rates_is_the_softplus_of_logits():
    assert BasenjiOutput(torch.zeros(1, 1, 1)).rates.item() == pytest.approx(np.log(2))
