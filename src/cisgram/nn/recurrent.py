"""Bins read one after the other from both ends: what was tried before dilated convolutions, and took too long.

References
----------
Cho et al. (2014), Learning phrase representations using RNN encoder-decoder for statistical machine translation,
EMNLP (the gated recurrent unit); Schuster and Paliwal (1997), Bidirectional recurrent neural networks, IEEE
Transactions on Signal Processing 45.
"""

import torch
from torch import nn

from cisgram.nn.dilated import RELU_STYLE, BlockStyle, ConvolutionBlock
from cisgram.nn.tensors import Hidden


class RecurrentResidual(nn.Module):
    """``x + block(units(x))``: gated recurrent units along the bins and against them, and a convolution of width 1.

    Every bin sees all others, at the price of as many steps in a row as there are bins. Half of the units read along
    the sequence, half of them against it; computed in float32 at least.

    Parameters
    ----------
    n_channels, n_inner
        Channels outside, and units; ``n_inner`` is even.
    dropout
        Share of what is added that a training step leaves out.
    gain
        What is added is multiplied with this at first; with 0 the block begins as nothing.
    style
        As of :class:`~cisgram.nn.dilated.ConvolutionBlock`.
    """

    def __init__(
        self, n_channels: int, n_inner: int, *, dropout: float, gain: float = 0.0, style: BlockStyle = RELU_STYLE
    ) -> None:
        super().__init__()
        self.units = nn.GRU(n_channels, n_inner // 2, batch_first=True, bidirectional=True)
        self.back = ConvolutionBlock(n_inner, n_channels, 1, dropout=dropout, gain=gain, style=style)

    def forward(self, hidden: Hidden) -> Hidden:
        """Apply the block."""
        with torch.autocast(hidden.device.type, enabled=False):
            # batch channel bin -> batch bin channel, and back
            read, _ = self.units(hidden.transpose(1, 2).to(next(self.units.parameters()).dtype))
        return hidden + self.back(read.transpose(1, 2).to(hidden.dtype))
