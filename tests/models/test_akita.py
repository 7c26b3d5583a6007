"""Akita: the published form in numbers and layer by layer, its geometry, its symmetry, its likelihood by hand."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional

from cisgram.errors import ConfigError, InputError
from cisgram.models import MODELS
from cisgram.models.akita import Akita, AkitaConfig, AkitaOutput, build, loss, loss_terms
from cisgram.nn.blocks import one_hot
from cisgram.nn.dilated import PositionNorm
from cisgram.nn.pairs import turned_places

NARROW = AkitaConfig(
    input_length=96,
    bin_size=8,
    crop=2,
    stem_filters=8,
    tower_filters=8,
    dilated_filters=4,
    n_dilated=2,
    bin_filters=6,
    pair_filters=6,
    pair_dilated_filters=4,
    n_pair_blocks=2,
    residual_gain=1.0,
)
"""All parts of the published form, small: 12 bins, of which 8 are predicted."""


def sequences(n, length, seed=0):
    return one_hot(torch.from_numpy(np.random.default_rng(seed).integers(0, 4, (n, length), dtype=np.uint8)))


def stored_numbers(module):
    """Weights, and the means and variances of norms."""
    return sum(values.numel() for values in module.state_dict().values() if values.is_floating_point())


def test_the_published_form_has_the_published_numbers():
    model = build(AkitaConfig.published(), n_tracks=5)
    assert stored_numbers(model) == 751_653
    assert sum(parameter.numel() for parameter in model.parameters()) == 746_149
    assert (stored_numbers(model.trunk), stored_numbers(model.head)) == (652_288, 99_365)
    assert (model.input_length, model.bin_size, model.n_bins, model.n_pairs) == (1_048_576, 2048, 448, 99_681)
    assert model.output_length == 448 * 2048


def plain_block(block, x, *, convolve, is_first=False, **options):
    """Activation, convolution and norm in torch's own functions."""
    x = convolve(x if is_first else x.relu(), block.convolution.weight, **options)
    norm = block.norm
    return functional.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)


def plain_akita(model, x):
    """The published net as its figure has it, in evaluation mode; squares of pairs are written out."""
    one, two = functional.conv1d, functional.conv2d
    trunk, head = model.trunk, model.head
    x = functional.max_pool1d(plain_block(trunk.stem, x, convolve=one, is_first=True, padding=5), 2)
    for block in trunk.tower:
        x = functional.max_pool1d(plain_block(block, x, convolve=one, padding=2), 2)
    for block, dilation in zip(trunk.dilated, (1, 2), strict=True):
        inner = plain_block(block.dilated, x, convolve=one, padding=dilation, dilation=dilation)
        x = x + plain_block(block.back, inner, convolve=one)
    x = plain_block(trunk.bins, x, convolve=one, padding=2).relu()
    n_bins = x.shape[2]
    pairs = (x[:, :, :, None] + x[:, :, None]) / 2
    between = (torch.arange(n_bins)[:, None] - torch.arange(n_bins)).abs().to(x).expand(len(x), 1, -1, -1)
    square = plain_block(head.pairs, torch.cat([pairs, between], 1), convolve=two, padding=1)
    square = (square + square.transpose(2, 3)) / 2
    for block, dilation in zip(head.blocks, (1, 2), strict=True):
        inner = plain_block(block.dilated, square, convolve=two, padding=dilation, dilation=dilation)
        square = square + plain_block(block.back, inner, convolve=two)
        square = (square + square.transpose(2, 3)) / 2
    row, column = np.triu_indices(n_bins - 4, 2)
    return head.linear(square[:, :, 2:-2, 2:-2][:, :, row, column].transpose(1, 2)).transpose(1, 2)


def test_it_computes_what_the_published_net_does():
    model = build(NARROW, n_tracks=3).double()
    for seed, norm in enumerate(part for part in model.modules() if isinstance(part, PositionNorm)):
        generator = torch.Generator().manual_seed(seed)
        for values in (norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var):
            values.copy_(torch.rand(len(values), generator=generator) + 0.5)
    x = sequences(2, 96).double()
    torch.testing.assert_close(model.eval()(x).contacts, plain_akita(model, x))


@pytest.mark.parametrize("operator", ["mean", "concat", "max", "geometric_mean", "dot_product", "left_right"])
@pytest.mark.parametrize("mixed", [False, True])
def test_contacts_are_symmetric_to_the_last_bit_before_the_triangle_is_taken(operator, mixed):
    model = build(dataclasses.replace(NARROW, operator=operator), n_tracks=2)
    with torch.random.fork_rng(devices=[]), torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        square = model.head(model.trunk(sequences(2, 96)))
    assert square.dtype == torch.float32
    assert torch.equal(square, square.transpose(2, 3))


def test_as_squares_predictions_are_symmetric_and_unknown_near_the_diagonal():
    model = build(NARROW, n_tracks=2).eval()
    output = model(sequences(3, 96))
    square = model.square(output)
    assert square.shape == (3, 2, 8, 8)
    assert torch.equal(square.nan_to_num(), square.transpose(2, 3).nan_to_num())
    near = torch.from_numpy(np.abs(np.subtract.outer(np.arange(8), np.arange(8))) < 2)
    assert torch.equal(square.isnan(), near.expand(3, 2, -1, -1))
    row, column = np.triu_indices(8, 2)
    assert torch.equal(square[:, :, row, column], output.contacts)


def test_averaged_over_strands_the_other_strand_gives_the_map_from_the_other_end():
    model = build(dataclasses.replace(NARROW, reverse_complement="average"), n_tracks=2).double().eval()
    x = sequences(2, 96).double()
    here, there = model(x).contacts, model(x.flip(1, 2)).contacts
    torch.testing.assert_close(here, there[..., turned_places(8, 2, torch.device("cpu"))])


def test_the_crop_is_read_but_not_predicted():
    whole, cropped = (build(dataclasses.replace(NARROW, crop=crop), n_tracks=1).eval() for crop in (0, 2))
    cropped.load_state_dict(whole.state_dict())
    x = sequences(1, 96)
    inside = whole.square(whole(x))[..., 2:-2, 2:-2]
    assert torch.equal(inside.nan_to_num(), cropped.square(cropped(x)).nan_to_num())


@pytest.mark.parametrize(
    ("bin_size", "largest_pool", "pools"),
    [
        (2048, 2, (2,) * 11),
        (128, 8, (8, 8, 2)),
        (2000, 4, (4, 4, 5, 5, 5)),
        (2000, 2, (2,) * 4 + (5,) * 3),
        (1, 2, (1,)),
    ],
)
def test_pools_are_prime_factors_of_the_bin_size_taken_together(bin_size, largest_pool, pools):
    config = AkitaConfig(input_length=80 * bin_size, bin_size=bin_size, largest_pool=largest_pool)
    assert config.pools == pools
    assert np.prod(pools) == bin_size


@pytest.mark.parametrize("form", list(MODELS["akita"].forms))
def test_every_form_names_its_geometry(form):
    config = MODELS["akita"].forms[form]()
    assert config.n_bins == config.input_length // config.bin_size - 2 * config.crop
    assert config.n_pairs == len(np.triu_indices(config.n_bins, config.diagonal_offset)[0])
    assert config.output_length == config.n_bins * config.bin_size


def test_the_loss_is_the_mean_squared_error_of_what_is_known():
    contacts = torch.tensor(
        [[[1.0, 2.0, 3.0], [0.0, 0.0, 4.0]], [[5.0, 6.0, 7.0], [1.0, 1.0, 1.0]]], requires_grad=True
    )
    nan = torch.nan
    targets = torch.tensor([[[0.0, nan, 3.0], [nan, nan, nan]], [[3.0, nan, 6.0], [nan, nan, nan]]])
    terms = loss_terms(AkitaOutput(contacts), targets)
    torch.testing.assert_close(terms.per_track, torch.tensor([(1 + 0 + 4 + 1) / 4, 0.0]))
    torch.testing.assert_close(terms.total, torch.tensor(0.75))
    terms.total.backward()
    assert contacts.grad.isfinite().all()
    assert not contacts.grad[targets.isnan()].any()


def test_targets_of_half_precision_are_compared_in_full():
    contacts = torch.tensor([[[1.0, 2.0]]])
    assert loss(AkitaOutput(contacts), torch.tensor([[[1.5, 2.0]]], dtype=torch.float16)) == 0.125


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input_length": 100}, r"multiple of bin_size; got 100 and 8 \(nearest: 96\)"),
        ({"crop": 5}, "nothing is left to predict: 12 bins less a crop of 5"),
        ({"stem_width": 4}, "stem_width must be odd"),
        ({"dropout": 1.0}, "dropout must be at least 0 and below 1"),
        ({"bin_filters": 0}, "bin_filters must be at least 1; got 0"),
        ({"crop": -1}, "crop must be at least 0"),
        ({"dilation_rate": 0.5}, "dilation_rate must be a number of at least 1"),
        ({"residual_gain": float("nan")}, "residual_gain must be a number"),
        ({"operator": "left_right", "bin_filters": 5}, "bin_filters must be even"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(NARROW, **changes)


def test_sequences_of_another_length_and_wrong_sizes_are_refused():
    with pytest.raises(InputError, match="reads 96 bp; got sequences of 88 bp"):
        build(NARROW, n_tracks=1)(sequences(1, 88))
    with pytest.raises(ConfigError, match="at least 1 track"):
        build(NARROW, n_tracks=0)
    with pytest.raises(ConfigError, match="nothing but the sequence; got 1"):
        build(NARROW, n_tracks=1, n_controls=1)


def test_it_is_an_akita_of_its_config():
    model = build(NARROW, n_tracks=2)
    assert isinstance(model, Akita)
    assert (model.n_bins, model.crop, model.diagonal_offset, model.n_tracks) == (8, 2, 2, 2)
