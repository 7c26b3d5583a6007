"""Pairs of bins: operators against loops over pairs, triangles against NumPy, and turning them around."""

import inspect
from typing import get_args

import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.nn.pairs import (
    PairOperator,
    channels_of_pairs,
    n_bins_of,
    n_pairs,
    one_to_two,
    pair_distances,
    square_of,
    symmetrise,
    turned_places,
    upper_places,
    upper_triangle,
)

CPU = torch.device("cpu")


def features(n_examples=2, n_channels=4, n_bins=5):
    return torch.rand(n_examples, n_channels, n_bins, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def pair_by_hand(operator, one, other, *, is_upper):
    """Features of a pair, by its definition."""
    left, right = (one, other) if is_upper else (other, one)
    half = len(one) // 2
    return {
        "mean": (one + other) / 2,
        "concat": np.concatenate([one, other]),
        "max": np.maximum(one, other),
        "geometric_mean": np.sqrt((one + 1e-3) * (other + 1e-3)) - 1e-3,
        "dot_product": one * other,
        "left_right": (left[:half] + right[half:]) / 2,
    }[operator]


@pytest.mark.parametrize("operator", list(get_args(PairOperator)))
def test_each_operator_follows_its_definition(operator):
    x = features()
    pairs = one_to_two(x, operator)
    assert pairs.shape == (2, channels_of_pairs(4, operator), 5, 5)
    for example in range(2):
        for i in range(5):
            for j in range(5):
                known = pair_by_hand(operator, x[example, :, i].numpy(), x[example, :, j].numpy(), is_upper=i <= j)
                np.testing.assert_allclose(pairs[example, :, i, j], known, rtol=1e-12)


def test_the_geometric_mean_is_near_the_true_one_and_its_slope_at_zero_is_finite():
    x = torch.tensor([[[0.0, 4.0, 9.0]]], requires_grad=True)
    pairs = one_to_two(x, "geometric_mean")
    torch.testing.assert_close(pairs[0, 0, 1, 2], torch.tensor(6.0), rtol=1e-3, atol=0)
    pairs.sum().backward()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("operator", ["mean", "max", "geometric_mean", "dot_product", "left_right"])
def test_all_operators_but_concat_give_symmetric_squares(operator):
    pairs = one_to_two(features(), operator)
    assert torch.equal(pairs, pairs.transpose(2, 3))


def test_concat_turns_its_halves_around_at_the_diagonal():
    pairs = one_to_two(features(), "concat")
    assert torch.equal(pairs[:, :4], pairs[:, 4:].transpose(2, 3))


def test_only_left_right_and_concat_tell_the_two_orders_of_a_pair_of_bins_apart():
    x = features(1, 4, 2)
    for operator in get_args(PairOperator):
        here, swapped = (one_to_two(values, operator)[0, :, 0, 1] for values in (x, x.flip(2)))
        assert torch.equal(here, swapped) == (operator not in ("left_right", "concat"))


@pytest.mark.parametrize("operator", list(get_args(PairOperator)))
def test_gradients_of_operators_are_those_of_finite_differences(operator):
    assert torch.autograd.gradcheck(lambda x: one_to_two(x, operator), features().requires_grad_())


def test_channels_of_a_pair_lie_together_in_memory():
    for operator in get_args(PairOperator):
        assert one_to_two(features(), operator).is_contiguous(memory_format=torch.channels_last)


def test_distances_are_counted_in_bins_or_as_their_logarithm():
    like = torch.zeros(1, dtype=torch.float64)
    by_hand = np.abs(np.subtract.outer(np.arange(6), np.arange(6)))
    np.testing.assert_array_equal(pair_distances(6, "bins", like=like)[0, 0], by_hand)
    np.testing.assert_allclose(pair_distances(6, "log", like=like)[0, 0], np.log1p(by_hand))


def test_a_symmetrised_square_is_symmetric_to_the_last_bit_and_symmetric_ones_stay():
    square = torch.randn(2, 3, 7, 7, generator=torch.Generator().manual_seed(0))
    symmetric = symmetrise(square)
    assert torch.equal(symmetric, symmetric.transpose(2, 3))
    assert torch.equal(symmetrise(symmetric), symmetric)
    torch.testing.assert_close(symmetric.diagonal(0, 2, 3), square.diagonal(0, 2, 3))


@pytest.mark.parametrize(("n_bins", "offset"), [(1, 0), (4, 0), (5, 2), (9, 3)])
def test_triangles_are_those_of_numpy_and_come_back_as_squares(n_bins, offset):
    square = torch.randn(2, 3, n_bins, n_bins, generator=torch.Generator().manual_seed(0))
    square = symmetrise(square)
    row, column = np.triu_indices(n_bins, offset)
    triangle = upper_triangle(square, offset)
    assert torch.equal(triangle, square[:, :, row, column])
    assert triangle.shape[-1] == n_pairs(n_bins, offset)
    assert n_bins_of(triangle.shape[-1], offset) == n_bins
    back = square_of(triangle, offset)
    near = np.abs(np.subtract.outer(np.arange(n_bins), np.arange(n_bins))) < offset
    assert back[:, :, near].isnan().all()
    assert torch.equal(back[:, :, ~near], square[:, :, ~near])


def test_unknown_pairs_stay_unknown_in_the_square():
    square = square_of(torch.tensor([[[1.0, torch.nan, 3.0]]]), 1)[0, 0]
    np.testing.assert_array_equal(square, [[np.nan, 1, np.nan], [1, np.nan, 3], [np.nan, 3, np.nan]])


@pytest.mark.parametrize(("n_bins", "offset"), [(4, 0), (7, 2)])
def test_turned_pairs_are_those_of_the_map_seen_from_the_other_end(n_bins, offset):
    square = symmetrise(torch.randn(1, 2, n_bins, n_bins, generator=torch.Generator().manual_seed(0)))
    places = turned_places(n_bins, offset, CPU)
    assert torch.equal(upper_triangle(square, offset)[:, :, places], upper_triangle(square.flip(2, 3), offset))
    assert torch.equal(places[places], torch.arange(len(places)))


def test_what_is_no_operator_no_triangle_or_not_even_is_refused():
    with pytest.raises(InputError, match="one of mean, concat"):
        inspect.unwrap(one_to_two)(features(), "sum")
    with pytest.raises(InputError, match="no square has 4 pairs from diagonal 2"):
        n_bins_of(4, 2)
    with pytest.raises(InputError, match="must be even; got 3"):
        one_to_two(features(2, 3), "left_right")


@pytest.mark.parametrize("places", [upper_places, turned_places])
def test_places_that_were_first_asked_for_without_gradients_serve_a_training_too(places):
    """A training that is taken up before the validation of an epoch meets them there first."""
    with torch.inference_mode():
        kept = places(11, 2, torch.device("cpu"))
    values = torch.randn(1, 121, requires_grad=True)
    values.index_select(1, kept).sum().backward()
    assert values.grad.sum() == len(kept)
