"""Deletion: stretches of a window are shuffled, one at a time, and the promoter's signal is predicted again.

The exact counterpart of :mod:`cisgram.interpret.saliency.gradients`: no slope, but what the model says of the sequence
without the stretch. Length stays, so that all else keeps its place and its distance.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from cisgram.arrays import Codes, PerTrack, SequenceCodes, SignalSums, Stretches, StretchSignal
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import dinucleotide_shuffle
from cisgram.interpret.experiments.responses import Progress
from cisgram.interpret.precision import full_precision, place_and_type
from cisgram.interpret.saliency.geometry import bin_geometry
from cisgram.interpret.saliency.question import EnsembleConfig, SignalQuestion
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device, evaluating

STRANDS = EnsembleConfig(jitter_bp=(0,))
"""Both strands, not moved."""

MOST_BASES = 1 << 19
"""Bases that go through the model at a time."""


@dataclass(frozen=True)
class StretchDeletionConfig:
    """What is written over a stretch.

    Raises
    ------
    ConfigError
        Where there is no draw.
    """

    n_draws: int = 5
    """Dinucleotide shuffles of the stretch itself, whose signals stand side by side."""
    seed: int = 0
    """Of the shuffles."""

    def __post_init__(self) -> None:
        if self.n_draws < 1:
            raise ConfigError(f"n_draws must be at least 1; got {self.n_draws}")


class DeletedSignal(NamedTuple):
    """The signal of a promoter with and without stretches of its window."""

    before: PerTrack
    """Of the window as it is."""
    after: StretchSignal
    """With each stretch shuffled, draw by draw."""

    @property
    def log2_folds(self) -> StretchSignal:
        """log2 of the signal without over that with a stretch; below 0, the promoter needs it."""
        tiny = np.finfo(np.float32).tiny
        return np.log2(np.maximum(self.after, tiny) / np.maximum(self.before, tiny))


def signal_of(
    model: nn.Module,
    codes: Codes,
    *,
    question: SignalQuestion,
    ensemble: EnsembleConfig = STRANDS,
    device: Device | None = None,
) -> SignalSums:
    """Predict the summed signal of some bins of windows.

    Parameters
    ----------
    model, question, ensemble, device
        As in :func:`cisgram.interpret.saliency.gradients.saliency`; readings are averaged before the softplus.
    codes
        ``batch length``.

    Returns
    -------
    SignalSums
        ``batch track``.
    """
    geometry = bin_geometry(model)
    if not len(codes) or codes.shape[-1] != geometry.input_length:
        raise InputError(
            f"this model reads windows of {geometry.input_length:,} bp; got {len(codes)} of {codes.shape[-1]:,} bp"
        )
    place, dtype = place_and_type(model, device)
    step, readings = max(1, MOST_BASES // codes.shape[-1]), ensemble.readings(geometry)
    forward, backward = list(question.bins), [geometry.n_bins - 1 - one for one in question.bins]
    found = []
    with evaluating(model, device), full_precision(place), torch.inference_mode():
        for start in range(0, len(codes), step):
            logits = []
            for reading in readings:
                read = torch.from_numpy(np.ascontiguousarray(reading.read(codes[start : start + step])))
                values = model(one_hot(read.to(place)).to(dtype)).logits
                question.require_in(geometry, values.shape[1])
                tracks = list(question.partners if reading.is_reverse else question.tracks)
                logits.append(values[:, tracks][..., backward if reading.is_reverse else forward].double())
            rates = torch.nn.functional.softplus(torch.stack(logits).mean(dim=0))
            found.append(rates.sum(dim=2).cpu().numpy())
    sums = np.concatenate(found)
    if not np.isfinite(sums).all():
        raise InputError("predicted signal is not finite: the model's weights are not; train it again")
    return sums


def delete_stretches(
    model: nn.Module,
    codes: SequenceCodes,
    stretches: Stretches,
    *,
    question: SignalQuestion,
    config: StretchDeletionConfig = StretchDeletionConfig(),
    ensemble: EnsembleConfig = STRANDS,
    progress: Progress | None = None,
) -> DeletedSignal:
    """Shuffle stretches of a window, one at a time, and predict the signal of some of its bins.

    Parameters
    ----------
    model, question, ensemble
        As in :func:`signal_of`.
    codes
        One window.
    stretches
        Inside the window; they may overlap. None is legal.
    config
        What is written over them. A stretch gets the same bases whichever others are asked about.
    progress
        Told about stretches done and to do.

    Raises
    ------
    InputError
        Where a stretch leaves the window or has no base.
    """
    starts, ends = stretches[:, 0], stretches[:, 1]
    if ((starts < 0) | (starts >= ends) | (ends > codes.size)).any():
        raise InputError(f"stretches must lie inside the window of {codes.size:,} bp; got {stretches.tolist()[:5]}")
    before = signal_of(model, codes[None], question=question, ensemble=ensemble)[0]
    after = np.empty((len(stretches), config.n_draws, len(question.tracks)))
    for number, (start, end) in enumerate(stretches.tolist()):
        rng = np.random.default_rng([config.seed, start, end])
        edited = np.tile(codes, (config.n_draws, 1))
        edited[:, start:end] = dinucleotide_shuffle(codes[start:end], n_shuffles=config.n_draws, rng=rng)
        after[number] = signal_of(model, edited, question=question, ensemble=ensemble)
        if progress is not None:
            progress(number + 1, len(stretches))
    return DeletedSignal(before, after)
