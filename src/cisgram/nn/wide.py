"""Layers for many channels: those of a position stay next to each other in memory from layer to layer.

On a CPU the three convolutions of Basset train two to three times as fast that way in bfloat16; torch's own layers of
one length axis copy everything twice per layer. A second length of 1 is put in, since torch can keep the channels of
four axes together. Parameters, and results but for rounding, are those of torch's layers; their pooling and
activations keep the order as it is.
"""

from torch import Tensor, nn
from torch.nn import functional

from cisgram.nn.recompute import is_recomputing
from cisgram.nn.shared_norms import norm_over_processes
from cisgram.nn.tensors import Features, Hidden, Weight


class WideConv1d(nn.Conv1d):
    """``nn.Conv1d`` with zeros around its input, so that the length stays, for many channels.

    Parameters
    ----------
    in_channels, out_channels
        As in ``nn.Conv1d``.
    width
        Of the filters in bp. Of an even one, the middle is the last position of the left half.
    dilation
        Positions from one tap of a filter to the next.
    bias
        Whether a constant is added per channel.
    """

    def __init__(
        self, in_channels: int, out_channels: int, width: int, *, dilation: int = 1, bias: bool = True
    ) -> None:
        padding = dilation * ((width - 1) // 2)
        super().__init__(in_channels, out_channels, width, padding=padding, dilation=dilation, bias=bias)

    def forward(self, hidden: Hidden) -> Hidden:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Convolve."""
        return convolve_wide(hidden, self.weight, self.bias, dilation=self.dilation[0])

    def inside(self, hidden: Hidden) -> Hidden:
        """Convolve where filters lie inside the input: shorter by the stretch from their first tap to their last."""
        return convolve_wide(hidden, self.weight, self.bias, is_padded=False, dilation=self.dilation[0])

    def added_by(self, hidden: Hidden, channels: list[int]) -> Hidden:
        """What some channels of the input, which alone are given, add to the output; without the bias."""
        return convolve_wide(hidden, self.weight[:, channels], None, dilation=self.dilation[0])


def convolve_wide(
    hidden: Hidden, weight: Weight, bias: Tensor | None, *, is_padded: bool = True, dilation: int = 1
) -> Hidden:
    """Convolve with zeros around the input, so that the length stays.

    Parameters
    ----------
    hidden
        Input.
    weight
        Of an even width, one position more is read to the right than to the left.
    bias
        One number per channel, or None.
    is_padded
        False leaves out the zeros: the output is then shorter by the width less 1, times the dilation.
    dilation
        Positions from one tap to the next.

    Returns
    -------
    Hidden
        The same as of ``conv1d``; in memory, the channels of a position lie next to each other.
    """
    together = hidden.transpose(1, 2).contiguous().transpose(1, 2)  # no copy after another wide layer
    width = weight.shape[-1]
    if is_padded and width % 2 == 0:
        # A tap of zeros before the others would be read and multiplied; zeros behind the input are not.
        together = functional.pad(together.transpose(1, 2), (0, 0, 0, dilation)).transpose(1, 2)
    # squeeze, not [:, :, 0]: the gradient of an index is copied into zeros.
    padding = (0, dilation * ((width - 1) // 2) if is_padded else 0)
    convolved = functional.conv2d(
        together.unsqueeze(2), weight.unsqueeze(2), bias, padding=padding, dilation=(1, dilation)
    )
    return convolved.squeeze(2)


class WideBatchNorm1d(nn.BatchNorm1d):
    """``nn.BatchNorm1d`` for many channels, which rests when it is frozen and when there is nothing to average.

    With ``weight.requires_grad = False`` it norms by its running statistics and leaves them alone in training mode
    too, so that frozen layers give the same output throughout. So it does for a batch of a single example, of which
    a dense layer has no variance.
    """

    shares_statistics: bool = False
    """Whether the examples of all processes are one batch, see :func:`cisgram.nn.shared_norms.sharing_norms`."""

    def forward(self, hidden: Features) -> Features:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Norm ``batch channel`` or ``batch channel length``."""
        # Several processes have at least one example each.
        has_variance = len(hidden) > 1 or self.shares_statistics
        is_learning = self.training and self.weight.requires_grad and has_variance
        return norm_positions(self, hidden, is_learning=is_learning, is_shared=self.shares_statistics)


def norm_positions(
    norm: nn.BatchNorm1d | nn.BatchNorm2d, hidden: Features, *, is_learning: bool, is_shared: bool = False
) -> Features:
    """Norm channels over examples and positions, with the channels of a position next to each other in memory.

    Parameters
    ----------
    norm
        Its weights and running statistics; the latter are brought up to date where it is learning.
    hidden
        ``batch channel``, ``batch channel length`` or ``batch channel bin bin``.
    is_learning
        Whether to norm by the batch itself; else by the running statistics.
    is_shared
        Whether the batch is that of all processes together.
    """
    assert norm.num_batches_tracked is not None
    # A batch that is computed a second time, for its gradient, has been counted already.
    counts = is_learning and not is_recomputing()
    if counts:
        norm.num_batches_tracked.add_(1)
    has_length = hidden.ndim == 3
    momentum = (norm.momentum or 0.0) if counts or not is_learning else 0.0
    values = hidden.unsqueeze(2) if has_length else hidden
    if is_learning and is_shared:
        normed = norm_over_processes(norm, values, momentum=momentum)
    else:
        normed = functional.batch_norm(
            values,
            norm.running_mean,
            norm.running_var,
            norm.weight,
            norm.bias,
            training=is_learning,
            momentum=momentum,
            eps=norm.eps,
        )
    return normed.squeeze(2) if has_length else normed
