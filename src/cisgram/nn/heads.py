"""Heads that predict the profile and the total of reads, and what control reads add to them."""

import math
from typing import NamedTuple

import torch
from torch import nn

from cisgram.nn.blocks import Exponential, Log1p, around_centre, sliding_sums
from cisgram.nn.convolutions import Conv1d
from cisgram.nn.tensors import Controls, Hidden, LogCounts, ProfileLogits

_MOST_LOG_READS = 25.0  # e^25 reads at one position are more than any experiment has; a step astray stays finite
_FOLD = 8  # about the fastest for 1 to 16 channels out and widths of 7 to 75


class ProfileHead(nn.Module):
    """One wide convolution gives the logits of all tracks and strands.

    The paper calls it a transposed convolution: with stride 1 that is this one, its kernel reversed.

    Parameters
    ----------
    n_filters
        Channels that come in.
    width
        Of the convolution, in bp; an even one reaches one position further to the left.
    output_length
        Positions of the profile.
    n_tracks, n_strands
        Tracks, and strands of each.
    """

    def __init__(self, n_filters: int, *, width: int, output_length: int, n_tracks: int, n_strands: int) -> None:
        super().__init__()
        self.output_length, self.n_tracks, self.width = output_length, n_tracks, width
        self.convolution = Conv1d(n_filters, n_tracks * n_strands, width, fold=_FOLD)

    def forward(self, hidden: Hidden) -> ProfileLogits:
        """Give the logits; beyond the ends of a padded sequence the convolution sees zeros."""
        seen = around_centre(hidden, self.output_length, left=self.width // 2, right=(self.width - 1) // 2)
        logits = self.convolution(seen)
        exact = torch.promote_types(logits.dtype, torch.float32)
        return logits.to(exact).unflatten(1, (self.n_tracks, -1))


class CountsHead(nn.Module):
    """The mean over positions, mapped linearly to ln(1 + total) of all tracks and groups.

    Parameters
    ----------
    n_filters
        Channels that come in.
    n_tracks, n_groups
        Tracks, and totals of each: 1, or one per strand where these are separate.
    """

    def __init__(self, n_filters: int, *, n_tracks: int, n_groups: int) -> None:
        super().__init__()
        self.n_tracks = n_tracks
        self.linear = nn.Linear(n_filters, n_tracks * n_groups)

    def forward(self, hidden: Hidden) -> LogCounts:
        """Give the log counts."""
        # Over the middle axis, so that the gradient, too, has its channels next to each other in memory.
        means = hidden.transpose(1, 2).mean(1, dtype=self.linear.weight.dtype)
        with torch.autocast(hidden.device.type, enabled=False):  # the 8 bits of bfloat16 would cost 3 % of a count
            return self.linear(means).unflatten(1, (self.n_tracks, -1))


class SummedCountsHead(nn.Module):
    """A rate of reads at every position; their sum is the total of all tracks and groups.

    Reads of two sites that do not know of each other add up by construction. In a linear map to the logarithm they
    multiply, which a model must first unlearn, and which looks like help where there is none.

    Parameters
    ----------
    n_filters
        Channels that come in.
    n_positions
        About so many positions are summed; the head begins with a total of about 1.
    n_tracks, n_groups
        As of :class:`CountsHead`.
    """

    def __init__(self, n_filters: int, *, n_positions: int, n_tracks: int, n_groups: int) -> None:
        super().__init__()
        self.n_tracks = n_tracks
        self.log_rates = nn.Linear(n_filters, n_tracks * n_groups)
        nn.init.constant_(self.log_rates.bias, -math.log(n_positions))
        self.rate, self.logarithm = Exponential(limit=_MOST_LOG_READS), Log1p()

    def forward(self, hidden: Hidden) -> LogCounts:
        """Give the log counts."""
        with torch.autocast(hidden.device.type, enabled=False):
            rates = self.rate(self.log_rates(hidden.transpose(1, 2).to(self.log_rates.weight.dtype)))
            return self.logarithm(rates.sum(1)).unflatten(1, (self.n_tracks, -1))


class ControlTerms(NamedTuple):
    """What control reads add to a prediction; they broadcast over strands and groups."""

    logits: ProfileLogits
    log_counts: LogCounts


class SmoothedControl(nn.Module):
    """What the paper's control adds: nothing where there are no control reads.

    Per track, a weighted sum of the control reads of each strand and of the moving sum of all of them is
    added to the logits, and a weighted sum of ln(1 + control reads) per strand to the log counts; both
    strands of the track get the same.

    Parameters
    ----------
    n_controls, n_tracks
        Control tracks and predicted tracks.
    window_bp
        Width of the moving sum; an even one has its extra position on the right.
    output_length
        Positions of the profile.
    """

    def __init__(self, n_controls: int, *, n_tracks: int, window_bp: int, output_length: int) -> None:
        super().__init__()
        self.n_controls, self.window_bp, self.output_length = n_controls, window_bp, output_length
        self.profile_weights = nn.Conv1d(n_controls + 1, n_tracks, 1, bias=False)
        self.counts_weights = nn.Linear(n_controls, n_tracks, bias=False)

    def forward(self, controls: Controls) -> ControlTerms:
        """Give what is to be added."""
        inside = around_centre(controls, self.output_length, left=0, right=0)
        left, right = (self.window_bp - 1) // 2, self.window_bp // 2
        pooled = around_centre(controls.sum(1, keepdim=True), self.output_length, left=left, right=right)
        channels = torch.cat([inside, sliding_sums(pooled, self.window_bp)], dim=1)
        with torch.autocast(controls.device.type, enabled=False):
            to_logits = self.profile_weights(channels)[:, :, None, :]
            to_log_counts = self.counts_weights(inside.sum(-1).log1p())[:, :, None]
        return ControlTerms(to_logits, to_log_counts)


class ConcatenatedControl(nn.Module):
    """What control reads add as further channels of the profile head and a further input of the counts head.

    A convolution of concatenated channels is the sum of two convolutions, so this is the second one; the
    input of the counts head is ln(1 + all control reads that the profile head sees).

    Parameters
    ----------
    n_controls, n_tracks, n_strands, n_groups
        Control tracks; predicted tracks, strands and totals of each.
    n_filters, width, output_length
        As of the heads.
    """

    def __init__(
        self,
        n_controls: int,
        *,
        n_tracks: int,
        n_strands: int,
        n_groups: int,
        n_filters: int,
        width: int,
        output_length: int,
    ) -> None:
        super().__init__()
        self.n_controls, self.n_tracks, self.width, self.output_length = n_controls, n_tracks, width, output_length
        self.profile_weights = Conv1d(n_controls, n_tracks * n_strands, width, fold=_FOLD, bias=False)
        self.counts_weights = nn.Linear(1, n_tracks * n_groups, bias=False)
        # As wide as torch would draw the weights of the concatenated layers.
        nn.init.uniform_(self.profile_weights.weight, -1, 1).data /= ((n_filters + n_controls) * width) ** 0.5
        nn.init.uniform_(self.counts_weights.weight, -1, 1).data /= (n_filters + 1) ** 0.5

    def forward(self, controls: Controls) -> ControlTerms:
        """Give what is to be added."""
        seen = around_centre(controls, self.output_length, left=self.width // 2, right=(self.width - 1) // 2)
        with torch.autocast(controls.device.type, enabled=False):
            to_logits = self.profile_weights(seen).unflatten(1, (self.n_tracks, -1))
            to_log_counts = self.counts_weights(seen.sum((1, 2)).log1p()[:, None]).unflatten(1, (self.n_tracks, -1))
        return ControlTerms(to_logits, to_log_counts)
