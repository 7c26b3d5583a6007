"""Layers that treat both strands alike: the reverse complement of the input turns the output around, and no more.

Channels stand in pairs, the first with the last, the second with the last but one: one of a pair sees on the plus
strand what the other sees on the minus strand. One-hot bases in the order A C G T are paired like that (A with T, C
with G), so everywhere the other strand is the same numbers with all axes but the batch reversed; flattened features
are reversed as one row. Only one half of the weights is free, the other is its mirror image.

References
----------
Shrikumar, Greenside and Kundaje (2017), Reverse-complement parameter sharing improves deep learning models for
genomics, bioRxiv 103663. Mallet and Vert (2021), Reverse-complement equivariant networks for DNA sequences, NeurIPS
34 (these are their regular representations). Zhou, Shrikumar and Kundaje (2022), Towards a better understanding of
reverse-complement equivariance for deep learning models in genomics, PMLR 165.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgram.errors import InputError
from cisgram.nn.tensors import Features, FlatFeatures, Hidden
from cisgram.nn.wide import WideBatchNorm1d, convolve_wide


class PairedConv1d(nn.Module):
    """A convolution whose filters come in pairs of reverse complements; zeros around the input keep the length.

    Parameters
    ----------
    in_channels, out_channels
        Channels, both members of all pairs counted; even.
    width
        Of the filters in bp; odd.
    """

    def __init__(self, in_channels: int, out_channels: int, width: int) -> None:
        super().__init__()
        # Torch's own layer supplies the initial values, whose scale depends on the channels that come in.
        free = nn.Conv1d(_even(in_channels), _even(out_channels) // 2, width)
        assert free.bias is not None
        self.weight, self.bias = free.weight, free.bias

    def forward(self, hidden: Hidden) -> Hidden:
        """Convolve."""
        return convolve_wide(hidden, with_mirror_image(self.weight), with_mirror_image(self.bias))

    def inside(self, hidden: Hidden) -> Hidden:
        """Convolve where filters lie inside the input: shorter by their width less 1."""
        return convolve_wide(hidden, with_mirror_image(self.weight), with_mirror_image(self.bias), is_padded=False)

    def added_by(self, hidden: Hidden, channels: list[int]) -> Hidden:
        """What some channels of the input, which alone are given, add to the output; without the bias."""
        return convolve_wide(hidden, with_mirror_image(self.weight)[:, channels], None)

    def extra_repr(self) -> str:
        """Sizes."""
        n_free, n_in, width = self.weight.shape
        return f"{n_in}, {2 * n_free}, width={width}"


class PairedBatchNorm1d(WideBatchNorm1d):
    """Batch normalisation with one mean and variance for both members of a pair.

    Parameters
    ----------
    n_channels
        Both members of all pairs counted; even.
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__(_even(n_channels) // 2)

    def forward(self, hidden: Features) -> Features:
        """Norm ``batch channel`` or ``batch channel length``; the strands are examples of the same channels."""
        first, second = hidden.chunk(2, dim=1)
        normed = super().forward(torch.cat([first, second.flip(1)]))
        first, second = normed.chunk(2)
        return torch.cat([first, second.flip(1)], dim=1)


class PairedLinear(nn.Module):
    """A dense layer whose output is reversed where its input is.

    Parameters
    ----------
    in_features, out_features
        Both members of all pairs counted; even.
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        free = nn.Linear(_even(in_features), _even(out_features) // 2)
        self.weight, self.bias = free.weight, free.bias

    def forward(self, features: FlatFeatures) -> FlatFeatures:
        """Multiply."""
        return functional.linear(features, with_mirror_image(self.weight), with_mirror_image(self.bias))

    def extra_repr(self) -> str:
        """Sizes."""
        n_free, n_in = self.weight.shape
        return f"{n_in}, {2 * n_free}"


class PairMean(nn.Module):
    """Mean of the two members of every pair of features: the same for both strands."""

    def forward(self, features: FlatFeatures) -> FlatFeatures:
        """Halve the number of features."""
        first, second = features.chunk(2, dim=1)
        return (first + second.flip(1)) / 2


def paired_max_pool(length: int, width: int) -> nn.MaxPool1d:
    """A max-pool that leaves no position out, and cuts the sequence the same from both ends.

    What is missing to fill all pools is shared between the two ends; where it is odd, each pool is one position
    wider, so that neighbours share one.

    Parameters
    ----------
    length
        Positions that come in; the positions that go out are ``length / width``, rounded up.
    width
        Positions of which the largest is kept.

    Examples
    --------
    >>> paired_max_pool(101, 4)(torch.zeros(1, 2, 101)).shape
    torch.Size([1, 2, 26])
    """
    missing = -length % width
    odd = missing % 2
    return nn.MaxPool1d(width + odd, stride=width, padding=(missing + odd) // 2)


def with_mirror_image(half: Tensor) -> Tensor:
    """All parameters of a paired layer from its free half: below them, the same with every axis reversed.

    Examples
    --------
    >>> with_mirror_image(torch.tensor([1.0, 2.0])).tolist()
    [1.0, 2.0, 2.0, 1.0]
    """
    return torch.cat([half, half.flip(tuple(range(half.ndim)))])


def _even(n: int) -> int:
    """The number, after a check that it can be paired."""
    if n % 2:
        raise InputError(f"channels that stand for both strands come in pairs, so their number is even; got {n}")
    return n
