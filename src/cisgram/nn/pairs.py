"""From features of bins to features of pairs of bins, and from squares to their upper triangles and back."""

from functools import lru_cache
from typing import Any, Literal, TypeAlias, get_args

import torch
from torch import Tensor

from cisgram.errors import InputError
from cisgram.nn.tensors import Hidden, PairFeatures, PairIndex, PairValues, SquareValues

PairOperator: TypeAlias = Literal["mean", "concat", "max", "geometric_mean", "dot_product", "left_right"]
"""How the features of two bins become those of their pair."""

Distance: TypeAlias = Literal["bins", "log"]
"""What a pair's distance channel holds: ``|i - j|``, or ``ln(1 + |i - j|)``."""

_EPSILON = 1e-3
"""Keeps the slope of a square root finite at 0."""


def one_to_two(features: Hidden, operator: PairOperator) -> PairFeatures:
    """Features of every pair of bins from those of the two bins.

    ``x_i`` and ``x_j`` being the features of the bins, channel by channel:

    * ``mean``: ``(x_i + x_j) / 2``, in the published net;
    * ``max``: the larger one;
    * ``geometric_mean``: ``sqrt(x_i x_j)``, computed as ``sqrt(x_i + e) sqrt(x_j + e) - e`` with ``e = 0.001``;
      features must not be negative;
    * ``dot_product``: ``x_i x_j``, the terms of the dot product, whose sum is left to the layer that follows;
    * ``concat``: ``x_i``, then ``x_j``: twice the channels, not symmetric;
    * ``left_right``: the mean of the first half of the channels of the bin upstream and of the second half of those of
      the bin downstream: half the channels, symmetric, and which of the two bins is which is kept. It is the one that
      is not in the paper; a rule such as "sites that point at each other" needs no more than a threshold after it.

    Parameters
    ----------
    features
        ``batch channel bin``.
    operator
        One of the above.

    Returns
    -------
    PairFeatures
        ``batch channel bin bin``; in memory, the channels of a pair lie next to each other.

    Raises
    ------
    InputError
        Where there is no such operator.

    References
    ----------
    Fudenberg, Kelley and Pollard (2020), Predicting 3D genome folding from DNA sequence with Akita, Nature Methods 17.

    Examples
    --------
    >>> one_to_two(torch.tensor([[[1.0, 3.0]]]), "mean")[0, 0].tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    if operator not in get_args(PairOperator):
        raise InputError(f"operator must be one of {', '.join(get_args(PairOperator))}; got {operator!r}")
    by_bin = features.transpose(1, 2)  # batch channel bin -> batch bin channel
    if operator == "geometric_mean":
        by_bin = (by_bin + _EPSILON).sqrt()
    row, column = by_bin[:, :, None], by_bin[:, None]
    if operator == "mean":
        pairs = (0.5 * by_bin)[:, :, None] + (0.5 * by_bin)[:, None]
    elif operator == "max":
        pairs = torch.maximum(row, column)
    elif operator == "concat":
        pairs = torch.cat(torch.broadcast_tensors(row, column), dim=3)
    elif operator == "left_right":
        pairs = _upstream_with_downstream(by_bin)
    else:
        pairs = row * column - (_EPSILON if operator == "geometric_mean" else 0.0)
    return pairs.contiguous().permute(0, 3, 1, 2)  # batch bin bin channel -> batch channel bin bin


def channels_of_pairs(n_channels: int, operator: PairOperator) -> int:
    """Channels of :func:`one_to_two` for so many channels of bins."""
    if operator == "left_right":
        return n_channels // 2
    return 2 * n_channels if operator == "concat" else n_channels


def pair_distances(n_bins: int, distance: Distance, *, like: Tensor) -> PairFeatures:
    """The distance of every pair as a channel, ``1 1 bin bin``, on the device and of the type of ``like``.

    Examples
    --------
    >>> pair_distances(2, "bins", like=torch.zeros(1))[0, 0].tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    place = torch.arange(n_bins, device=like.device, dtype=torch.promote_types(like.dtype, torch.float32))
    between = (place[:, None] - place).abs()
    return (between if distance == "bins" else between.log1p()).to(like.dtype)[None, None]


def symmetrise(square: PairFeatures) -> PairFeatures:
    """Mean of a square and its mirror image at the diagonal; symmetric to the last bit.

    Examples
    --------
    >>> symmetrise(torch.tensor([[[[0.0, 2.0], [4.0, 0.0]]]]))[0, 0].tolist()
    [[0.0, 3.0], [3.0, 0.0]]
    """
    symmetric: Any = _Symmetrise.apply(square)
    return symmetric


def n_pairs(n_bins: int, diagonal_offset: int) -> int:
    """Pairs of ``n_bins`` bins whose distance is ``diagonal_offset`` or more, each counted once.

    Examples
    --------
    >>> n_pairs(448, 2)
    99681
    """
    side = max(n_bins - diagonal_offset, 0)
    return side * (side + 1) // 2


def n_bins_of(pairs: int, diagonal_offset: int) -> int:
    """The inverse of :func:`n_pairs`.

    Raises
    ------
    InputError
        Where no number of bins has so many pairs.
    """
    side = round(((8 * pairs + 1) ** 0.5 - 1) / 2)
    if pairs < 1 or n_pairs(side + diagonal_offset, diagonal_offset) != pairs:
        raise InputError(f"no square has {pairs} pairs from diagonal {diagonal_offset} on")
    return side + diagonal_offset


def upper_triangle(square: SquareValues, diagonal_offset: int) -> PairValues:
    """The values of pairs ``i <= j - diagonal_offset``, row by row.

    Examples
    --------
    >>> upper_triangle(torch.arange(9.0).reshape(1, 1, 3, 3), 1).tolist()
    [[[1.0, 2.0, 5.0]]]
    """
    return square.flatten(2).index_select(2, upper_places(square.shape[-1], diagonal_offset, square.device))


def square_of(pairs: PairValues, diagonal_offset: int) -> SquareValues:
    """The symmetric square of an upper triangle; NaN on the diagonals that it does not have.

    Raises
    ------
    InputError
        Where the number of pairs is not that of a triangle.

    Examples
    --------
    >>> square_of(torch.tensor([[[5.0]]]), 1)[0, 0].tolist()
    [[nan, 5.0], [5.0, nan]]
    """
    n_bins = n_bins_of(pairs.shape[-1], diagonal_offset)
    square = pairs.new_full((*pairs.shape[:2], n_bins * n_bins), torch.nan)
    square[..., upper_places(n_bins, diagonal_offset, pairs.device)] = pairs
    square = square.unflatten(2, (n_bins, n_bins))
    # A pair's value stands above the diagonal, and NaN below it.
    return torch.where(square.isnan(), square.transpose(2, 3), square)


def upper_places(n_bins: int, diagonal_offset: int, device: torch.device) -> PairIndex:
    """Where in a square, counted row by row, the pairs of its upper triangle stand."""
    return _upper_places(n_bins, diagonal_offset).to(device)


def turned_places(n_bins: int, diagonal_offset: int, device: torch.device) -> PairIndex:
    """Which pair of the other strand is each pair: that of bins ``n - 1 - j`` and ``n - 1 - i`` for ``i`` and ``j``.

    Examples
    --------
    >>> turned_places(3, 1, torch.device("cpu")).tolist()  # pairs 01, 02, 12
    [2, 1, 0]
    """
    return _turned_places(n_bins, diagonal_offset).to(device)


class _Symmetrise(torch.autograd.Function):
    """Its gradient is the same function of a gradient.

    Left to itself, torch lays that out by columns, and norms before it take five times as long.
    """

    @staticmethod
    def forward(ctx: Any, square: Tensor) -> Any:  # noqa: ARG004
        """Mean with the mirror image, with channels together in memory."""
        # Copied first: a sum with a turned square is ten times as slow in bfloat16.
        mirrored = square.transpose(2, 3).clone(memory_format=torch.channels_last)
        return mirrored.add_(square).mul_(0.5)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:  # noqa: ARG004
        """The same of the gradient."""
        return _Symmetrise.apply(grads[0])


def _upstream_with_downstream(by_bin: Tensor) -> Tensor:
    """Mean of half of the channels of one bin and the other half of the other's, ``batch bin bin channel``."""
    if by_bin.shape[2] % 2:
        raise InputError(f"left_right halves the channels, so their number must be even; got {by_bin.shape[2]}")
    upstream, downstream = (0.5 * by_bin).chunk(2, dim=2)
    place = torch.arange(by_bin.shape[1], device=by_bin.device)
    is_upper = (place[:, None] <= place)[..., None]
    pairs = upstream[:, :, None] + downstream[:, None]
    return torch.where(is_upper, pairs, pairs.transpose(1, 2))


# Kept for later calls, which may need gradients: tensors made while there is none to be had are refused there.
@lru_cache(maxsize=16)
@torch.inference_mode(mode=False)
def _upper_places(n_bins: int, diagonal_offset: int) -> Tensor:
    row, column = torch.triu_indices(n_bins, n_bins, diagonal_offset).unbind()
    return row * n_bins + column


@lru_cache(maxsize=16)
@torch.inference_mode(mode=False)
def _turned_places(n_bins: int, diagonal_offset: int) -> Tensor:
    places = _upper_places(n_bins, diagonal_offset)
    number = torch.zeros(n_bins * n_bins, dtype=torch.long)
    number[places] = torch.arange(len(places))
    row, column = places // n_bins, places % n_bins
    return number[(n_bins - 1 - column) * n_bins + (n_bins - 1 - row)]
