"""Denoise coverage along a genome: window by window, without seams, in constant memory."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import torch

from cisgram.arrays import ChannelValues, CoverageValues
from cisgram.data.coverage_store import require_coverage
from cisgram.errors import InputError
from cisgram.models.atacworks import AtacWorks, AtacWorksOutput
from cisgram.nn.predict import Device, evaluating
from cisgram.training.prefetch import prefetched

ChannelReader: TypeAlias = Callable[[str, int, int], ChannelValues]
"""``read(chrom, start, end)``: coverage and further channels, ``channel base``; 0 beyond the ends of the contig."""


_MEAN_PIECE_BP = 1 << 20


class Denoised(NamedTuple):
    """A stretch of a contig as a model sees it in deep data."""

    chrom: str
    start: int
    """0-based position of the first value."""
    track: CoverageValues
    """Coverage."""
    probability: CoverageValues
    """Of a peak at every base."""


class _Window(NamedTuple):
    """A stretch that goes through the model at once."""

    chrom: str
    start: int
    end: int


# As many arguments as a prediction has sides: what, of what, where, how much at a time, on what, for whom.
def denoise(
    model: AtacWorks,
    read: ChannelReader,
    regions: pd.DataFrame,
    *,
    window_bp: int = 100_000,
    batch_size: int = 1,
    mean_coverage: float | None = None,
    device: Device | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Denoised]:
    """Denoise regions, one window after the other.

    Every window is read with the margins of the model, which are wider than it can see: the windows put together are,
    but for rounding, what one pass over the whole region gives, wherever they are cut. Beyond the ends of a contig the
    model sees zeros, as it did in training; so the last ``model.reach_bp`` of a contig are predicted as if nothing had
    been sequenced there.

    A model that was trained with ``match_depth`` reads every sample at one mean coverage: coverage is multiplied with
    what it takes, by the mean over the regions, for which all of them are read once before, or ``mean_coverage``.

    Windows without any coverage, margins included, all have the same result, which is computed once. Memory: two
    batches of windows.

    Parameters
    ----------
    model
        Trained.
    read
        Gives the channels of any stretch of a contig, such as ``store.read`` or the coverage of reads with one axis
        more. It is called from another thread, one call at a time.
    regions
        Interval table; regions should not overlap.
    window_bp
        Length of a window; the last of a region is as long as what is left. Longer ones waste less on margins and take
        more memory, about 1 kB per base.
    batch_size
        Windows at a time.
    mean_coverage
        Mean coverage of the sample per base; that of the regions, if not given. A few loci, which tend to be open, do
        not tell it.
    device
        Where to compute; where the model is, if not given.
    progress
        Called after every batch with the bases done and to do.

    Yields
    ------
    Denoised
        In the order of the regions, each from left to right.

    Raises
    ------
    InputError
        Where coverage is negative, NaN or infinite, or channels are missing; the message names the place.
    """
    if window_bp < 1 or batch_size < 1:
        raise InputError(f"window_bp and batch_size must be at least 1; got {window_bp} and {batch_size}")
    n_bases, n_done = int((regions["end"] - regions["start"]).sum()), 0
    place = torch.device(device) if device is not None else next(model.parameters()).device
    empty: tuple[float, float] | None = None
    matched = _at_depth_of(model, read, regions, mean_coverage)
    with prefetched(_read_batches(model, matched, regions, window_bp, batch_size)) as batches:
        for windows, channels in batches:
            if channels is None:
                empty = _constants(model, place) if empty is None else empty
                yield from (_filled(window, *empty) for window in windows)
            else:
                output = _predict(model, torch.from_numpy(channels), place)
                rows = zip(windows, output.track.numpy(), output.peak_logits.sigmoid().numpy(), strict=True)
                yield from (Denoised(window.chrom, window.start, track, peaks) for window, track, peaks in rows)
            n_done += sum(window.end - window.start for window in windows)
            if progress is not None:
                progress(n_done, n_bases)


def coverage_mean(read: ChannelReader, regions: pd.DataFrame) -> float:
    """Mean coverage per base over regions, read piece by piece; 0 where there are no regions.

    Parameters
    ----------
    read
        Gives the channels of any stretch; coverage is the first.
    regions
        Interval table without overlaps.

    Examples
    --------
    >>> regions = pd.DataFrame({"chrom": ["I"], "start": [2], "end": [6]})
    >>> coverage_mean(lambda chrom, start, end: np.arange(start, end)[None], regions)
    3.5
    """
    total = sum(
        float(np.asarray(read(one.chrom, one.start, one.end)[0]).sum(dtype=np.float64))
        for one in _windows(regions, _MEAN_PIECE_BP)
    )
    return total / max(1, int((regions["end"] - regions["start"]).sum()))


def _at_depth_of(model: AtacWorks, read: ChannelReader, regions: pd.DataFrame, mean: float | None) -> ChannelReader:
    """The same channels, coverage brought to the mean that the model was trained at, if it was trained so."""
    scale = float(model.sample_scale)
    if scale == 0:
        return read
    mean = coverage_mean(read, regions) if mean is None else mean
    if not 0 < mean < np.inf:
        return read  # an empty sample has no depth to match; bad values are told with their places when they are read

    def matched(chrom: str, start: int, end: int) -> ChannelValues:
        channels = np.array(read(chrom, start, end), dtype=np.float32)
        channels[0] *= np.float32(scale / mean)
        return channels

    return matched


def _read_batches(
    model: AtacWorks, read: ChannelReader, regions: pd.DataFrame, window_bp: int, batch_size: int
) -> Iterator[tuple[list[_Window], np.ndarray | None]]:
    """Neighbouring windows of one length with what the model reads of them, or None where that is all zeros."""

    def kind(pair: tuple[_Window, np.ndarray | None]) -> tuple[int, bool]:
        return pair[0].end - pair[0].start, pair[1] is None

    read_windows = ((window, _read(model, read, window)) for window in _windows(regions, window_bp))
    for (_, is_empty), pairs in groupby(read_windows, kind):
        batch: list[tuple[_Window, np.ndarray]] = []
        for window, channels in pairs:
            if channels is None:
                yield [window], None
                continue
            batch.append((window, channels))
            if len(batch) == batch_size:
                yield [one for one, _ in batch], np.stack([values for _, values in batch])
                batch = []
        if batch and not is_empty:
            yield [one for one, _ in batch], np.stack([values for _, values in batch])


def _windows(regions: pd.DataFrame, window_bp: int) -> Iterator[_Window]:
    """Windows side by side in every region."""
    places = zip(regions["chrom"], regions["start"].tolist(), regions["end"].tolist(), strict=True)
    for chrom, start, end in places:
        for left in range(start, end, window_bp):
            yield _Window(str(chrom), left, min(left + window_bp, end))


def _read(model: AtacWorks, read: ChannelReader, window: _Window) -> np.ndarray | None:
    """What the model reads of a window, checked; None where it is 0 everywhere."""
    start, end = window.start - model.margin_bp, window.end + model.margin_bp
    channels = np.asarray(read(window.chrom, start, end), dtype=np.float32)
    if channels.shape != (model.n_channels, end - start):
        raise InputError(
            f"the model reads {model.n_channels} channels of {end - start} bp at {window.chrom}:{start + 1}-{end}; got "
            f"an array of shape {channels.shape}"
        )
    if not np.isfinite(channels).all():
        channel, at = np.argwhere(~np.isfinite(channels))[0]
        raise InputError(
            f"channel {channel + 1} has {channels[channel, at]} at {window.chrom}:{start + at + 1}; where nothing was "
            "measured it must be 0"
        )
    require_coverage(channels[0], name="coverage", chrom=window.chrom, start=start, end=end)
    return channels if channels.any() else None


def _predict(model: AtacWorks, channels: torch.Tensor, place: torch.device) -> AtacWorksOutput:
    """The output for a batch, on the CPU; between batches, the model is as it was."""
    with evaluating(model, place), torch.inference_mode():
        return AtacWorksOutput(*(values.float().cpu() for values in model(channels.to(place))))


def _constants(model: AtacWorks, place: torch.device) -> tuple[float, float]:
    """Track and probability of a peak where there is no coverage far and wide."""
    output = _predict(model, torch.zeros(1, model.n_channels, 2 * model.margin_bp + 1), place)
    return float(output.track), float(output.peak_logits.sigmoid())


def _filled(window: _Window, track: float, probability: float) -> Denoised:
    """A window of constants."""
    values = (np.full(window.end - window.start, value, dtype=np.float32) for value in (track, probability))
    return Denoised(window.chrom, window.start, *values)
