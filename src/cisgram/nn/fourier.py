"""Convolutions that are wide and have few channels, computed by Fourier transforms of short frames.

With 15 channels in and out and a width of 51, a convolution takes 11,475 multiplications per position. In frames of
some hundred positions, Fourier transforms of every channel and a small product of matrices at every frequency take
about a tenth of that (overlap-save; Stockham 1966), in float32 throughout: on a CPU, forward and backward are several
times as fast as oneDNN's convolution, and faster than its bfloat16. Results differ from it by rounding alone.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgram.nn.tensors import Hidden

_FRAMES = (256, 320, 384, 448, 512, 576, 640, 768, 896, 1024)
"""Lengths of frames that transforms are quick for."""
_WORTH_IT = 128
"""Positions from which on frames pay."""


class FourierConv1d(nn.Conv1d):
    """``nn.Conv1d`` without padding for few channels and wide filters.

    On a CPU, in float32 or float64, it is computed by Fourier transforms; elsewhere, and where the input is short, by
    torch's own. Under autocast it stays in float32. Parameters, and results but for rounding, are those of
    ``nn.Conv1d``.

    Parameters
    ----------
    in_channels, out_channels, width
        As in ``nn.Conv1d``.
    bias
        Whether a constant is added per channel.

    Examples
    --------
    >>> FourierConv1d(2, 3, 51)(torch.zeros(1, 2, 500)).shape
    torch.Size([1, 3, 450])
    """

    def __init__(self, in_channels: int, out_channels: int, width: int, *, bias: bool = True) -> None:
        super().__init__(in_channels, out_channels, width, bias=bias)

    def forward(self, hidden: Hidden) -> Hidden:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Convolve; shortens by ``width - 1``."""
        (width,) = self.kernel_size
        n_positions = hidden.shape[-1] - width + 1
        if n_positions < _WORTH_IT or hidden.device.type != "cpu" or torch.compiler.is_compiling():
            return functional.conv1d(hidden, self.weight, self.bias)
        return _Convolve.apply(hidden.to(self.weight.dtype), self.weight, self.bias)


class _Convolve(torch.autograd.Function):
    """Convolution in frames: ``batch channel length`` with ``out_channel channel width`` and a constant, or None.

    What the way back needs of the transformed input is computed anew: keeping it would double the memory of a step.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(hidden, weight)
        n_positions = hidden.shape[-1] - weight.shape[-1] + 1
        frame, n_frames = _frames_for(n_positions, weight.shape[-1])
        of_input = _spectrum_of(_overlapping(hidden, frame, n_frames, weight.shape[-1]))
        spectrum = torch.bmm(of_input, _spectrum_of_weight(weight, frame))
        if bias is not None:
            spectrum[0] += frame * bias  # frequency 0: a constant over the frame
        # (batch frame) channel position -> batch channel (frame position)
        step = frame - weight.shape[-1] + 1
        frames = _from_spectrum(spectrum, frame)[..., :step].unflatten(0, (len(hidden), n_frames))
        return frames.transpose(1, 2).flatten(2)[..., :n_positions]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        hidden, weight = ctx.saved_tensors
        width = weight.shape[-1]
        frame, n_frames = _frames_for(gradient.shape[-1], width)
        of_gradient = _spectrum_of(_apart(gradient, frame, n_frames, width))
        of_hidden = of_weight = of_bias = None
        if ctx.needs_input_grad[0]:
            back = _spectrum_of_weight(weight, frame).mH
            frames = _from_spectrum(torch.bmm(of_gradient, back), frame)
            of_hidden = _overlap_added(frames.unflatten(0, (len(hidden), n_frames)), width)[..., : hidden.shape[-1]]
        if ctx.needs_input_grad[1]:
            of_input = _spectrum_of(_overlapping(hidden, frame, n_frames, width))
            # frequency channel out_channel -> out_channel channel frequency
            products = torch.bmm(of_gradient.mH, of_input).permute(1, 2, 0).contiguous()
            of_weight = torch.fft.irfft(products, n=frame)[..., :width].contiguous()
        if ctx.needs_input_grad[2]:
            of_bias = of_gradient[0].real.sum(0)
        return of_hidden, of_weight, of_bias


def _frames_for(n_positions: int, width: int) -> tuple[int, int]:
    """Length and number of the frames that compute so many positions with the least work."""
    lengths = [frame for frame in _FRAMES if frame >= 2 * width] or [1 << (4 * width).bit_length()]
    numbers = [-(-n_positions // (frame - width + 1)) for frame in lengths]
    work = [frame * number for frame, number in zip(lengths, numbers, strict=True)]
    best = work.index(min(work))
    return lengths[best], numbers[best]


def _overlapping(hidden: Tensor, frame: int, n_frames: int, width: int) -> Tensor:
    """Frames that each begin where the last one's positions end: ``(batch frame) channel position``."""
    step = frame - width + 1
    padded = functional.pad(hidden, (0, n_frames * step + width - 1 - hidden.shape[-1]))
    return padded.unfold(-1, frame, step).transpose(1, 2).contiguous().flatten(0, 1)


def _apart(gradient: Tensor, frame: int, n_frames: int, width: int) -> Tensor:
    """Frames of positions side by side, each with zeros behind: ``(batch frame) channel position``."""
    step = frame - width + 1
    frames = gradient.new_zeros(len(gradient), n_frames, gradient.shape[1], frame)
    n_full = gradient.shape[-1] // step
    full = gradient[..., : n_full * step].unflatten(-1, (n_full, step)) if n_full else gradient[..., None, :0]
    frames[:, :n_full, :, : full.shape[-1]] = full.transpose(1, 2)
    if n_full < n_frames:
        frames[:, n_full, :, : gradient.shape[-1] - n_full * step] = gradient[..., n_full * step :]
    return frames.flatten(0, 1)


def _overlap_added(frames: Tensor, width: int) -> Tensor:
    """``batch frame channel position`` laid out with overlaps of ``width - 1`` and added: ``batch channel length``."""
    step = frames.shape[-1] - width + 1
    laid = frames.new_zeros(len(frames), frames.shape[2], frames.shape[1] + 1, step)
    by_channel = frames.transpose(1, 2)
    laid[:, :, :-1] = by_channel[..., :step]
    laid[:, :, 1:, : width - 1] += by_channel[..., step:]
    return laid.flatten(2)


def _spectrum_of(frames: Tensor) -> Tensor:
    """``row channel position`` -> ``frequency row channel``."""
    return torch.fft.rfft(frames).permute(2, 0, 1).contiguous()


def _from_spectrum(spectrum: Tensor, frame: int) -> Tensor:
    """``frequency row channel`` -> ``row channel position``."""
    return torch.fft.irfft(spectrum.permute(1, 2, 0).contiguous(), n=frame)


def _spectrum_of_weight(weight: Tensor, frame: int) -> Tensor:
    """What a spectrum is multiplied with: ``frequency channel out_channel``.

    Conjugate, since torch's convolution does not mirror its filters.
    """
    return torch.fft.rfft(weight, n=frame).conj().permute(2, 1, 0).resolve_conj().contiguous()
