"""Residual blocks of wide convolutions without padding."""

from itertools import pairwise

from torch import nn
from torch.nn import functional

from cisgram.nn.blocks import centre
from cisgram.nn.fourier import FourierConv1d
from cisgram.nn.tensors import Hidden

LAYERS_PER_BLOCK = 3
"""Wide convolutions in a row between two sums."""


class ResidualBlock(nn.Module):
    """Three convolutions, and the input added to what they make of it; shorter by three filters' reach at either end.

    Parameters
    ----------
    in_channels, out_channels
        Where they differ, a 1x1 convolution and a ReLU fit the input to the sum.
    width
        Of the convolutions; odd.
    bias
        Whether the wide convolutions have constants.
    """

    def __init__(self, in_channels: int, out_channels: int, width: int, *, bias: bool) -> None:
        super().__init__()
        sizes = (in_channels, *[out_channels] * LAYERS_PER_BLOCK)
        self.convolutions = nn.ModuleList(
            FourierConv1d(n_in, n_out, width, bias=bias) for n_in, n_out in pairwise(sizes)
        )
        is_fitted = in_channels != out_channels
        self.fit = nn.Sequential(nn.Conv1d(in_channels, out_channels, 1, bias=False), nn.ReLU()) if is_fitted else None

    def forward(self, hidden: Hidden) -> Hidden:
        """Apply the block."""
        first, second, third = self.convolutions
        update = third(functional.relu(second(functional.relu(first(hidden)))))
        kept = centre(hidden, update.shape[-1])
        return functional.relu(update + (kept if self.fit is None else self.fit(kept)))
