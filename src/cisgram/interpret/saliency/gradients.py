r"""Saliency: how much every bin, and every base, of a window adds to the predicted signal of a promoter.

With the representation :math:`h_{cb}` of channel *c* and bin *b* before the dilated layers, and the signal *S* of the
promoter (predicted values of its bins, summed),

.. math:: s_b = \sum_c (h_{cb} - r_c) \, \frac{\partial S}{\partial h_{cb}}

where *r* is 0, or the median of each channel over the bins of the window: a bin in which nothing stands out. It is a
first-order estimate of what *S* would lose if the bin were a bin like *r*;
:mod:`cisgram.interpret.saliency.deletion` asks the same by changing the sequence.
"""

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from cisgram.arrays import MemberSaliency, MemberSignal, SequenceCodes, TrackBases, TrackRates
from cisgram.errors import InputError
from cisgram.genomics.sequence import N
from cisgram.interpret.precision import full_precision, place_and_type
from cisgram.interpret.saliency.geometry import bin_geometry
from cisgram.interpret.saliency.question import EnsembleConfig, Reading, SignalQuestion
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device, evaluating

BOTH_STRANDS_MOVED = EnsembleConfig()
"""Both strands, and the sequence moved by 3 bp to either side."""

Reference: TypeAlias = Literal["median", "zero"]
"""What a bin is compared with: the median of each channel over the window, or zeros (the published form)."""


class Saliency(NamedTuple):
    """What the parts of one window add to the signal of some of its bins."""

    signal: MemberSignal
    """Predicted values of the bins that were asked for, summed; one row per reading of the window."""
    bins: MemberSaliency
    """Of every bin that is read (crop included), in units of the signal."""
    bases: TrackBases
    """Of every base: gradient at the base that is there less the mean over the four; mean over readings; 0 at N."""
    rates: TrackRates
    """Predicted values of all bins, the readings averaged before the softplus."""


def saliency(
    model: nn.Module,
    codes: SequenceCodes,
    *,
    question: SignalQuestion,
    ensemble: EnsembleConfig = BOTH_STRANDS_MOVED,
    reference: Reference = "median",
    device: Device | None = None,
) -> Saliency:
    """Ask which bins and bases of a window the signal of some of its bins depends on.

    Parameters
    ----------
    model
        A :class:`cisgram.interpret.saliency.geometry.RepresentingModel` such as a Basenji; left as found.
    codes
        One window, as long as the model reads.
    question
        Bins and tracks; tracks of one strand are read as their partners where the window is read on the other.
    ensemble
        How often the window is read.
    reference
        What a bin is compared with.
    device
        Where to compute; where the model is, if not given.

    Returns
    -------
    Saliency
        One row per reading, one column per track that was asked for.

    Raises
    ------
    InputError
        Where the window is of another length, the model lacks a bin or track, or a prediction is not finite.

    References
    ----------
    Kelley et al. (2018), Sequential regulatory activity prediction across chromosomes with convolutional neural
    networks, Genome Research 28: representation times gradient at the last layer before the dilated ones.
    """
    geometry = bin_geometry(model)
    if codes.size != geometry.input_length:
        raise InputError(f"this model reads {geometry.input_length:,} bp; got a window of {codes.size:,} bp")
    place, dtype = place_and_type(model, device)
    found = []
    readings = ensemble.readings(geometry)
    with evaluating(model, device), full_precision(place), torch.enable_grad():
        for reading in readings:
            sequences = one_hot(torch.from_numpy(reading.read(codes[None])).to(place)).to(dtype)
            found.append(_read(model, sequences, question, reading, reference))
    signal, bins, gradients, logits = (np.stack(one) for one in zip(*found, strict=True))
    if not (np.isfinite(signal).all() and np.isfinite(bins).all()):
        raise InputError("saliency is not finite: the model's weights or predictions are not; train it again")
    bases = _at_present(gradients.mean(axis=0), codes)
    return Saliency(signal, bins, bases, np.logaddexp(0.0, logits.mean(axis=0, dtype=np.float64)).astype(np.float32))


class _Read(NamedTuple):
    """One reading, turned back to the window as it was given."""

    signal: np.ndarray
    bins: np.ndarray
    gradients: np.ndarray
    logits: np.ndarray


def _read(model: Any, sequences: Tensor, question: SignalQuestion, reading: Reading, reference: Reference) -> _Read:
    """Signal, saliency of bins, gradient at bases and logits of one reading; a way back per track."""
    inputs = sequences.detach().requires_grad_()
    hidden = model.represent(inputs)
    bins = hidden.detach().requires_grad_()
    logits = model.predict_from(bins).logits
    n_tracks, n_bins = logits.shape[1:]
    question.require_in(bin_geometry(model), n_tracks)
    tracks = list(question.partners if reading.is_reverse else question.tracks)
    places = [n_bins - 1 - one for one in question.bins] if reading.is_reverse else list(question.bins)
    sums = torch.nn.functional.softplus(logits[0, tracks][:, places]).sum(dim=1)
    compared = bins.detach() - (bins.detach().median(dim=2, keepdim=True).values if reference == "median" else 0)
    of_bins, of_bases = [], []
    for number in range(len(tracks)):
        (slope,) = torch.autograd.grad(sums[number], bins, retain_graph=number + 1 < len(tracks))
        of_bins.append((slope * compared).sum(dim=1)[0])
        (back,) = torch.autograd.grad(hidden, inputs, slope, retain_graph=number + 1 < len(tracks))
        of_bases.append(back[0])
    saliencies, values = _array(torch.stack(of_bins)), _array(logits[0, tracks])
    if reading.is_reverse:
        saliencies, values = saliencies[:, ::-1], values[:, ::-1]
    return _Read(_array(sums), saliencies, reading.bases_back(_array(torch.stack(of_bases))), values)


def _at_present(gradients: np.ndarray, codes: SequenceCodes) -> TrackBases:
    """Gradients ``track 4 length`` at the bases that are there, less the mean over the four."""
    centred = gradients - gradients.mean(axis=1, keepdims=True)
    present = np.minimum(codes, N - 1).astype(np.int64)[None, None]
    values = np.take_along_axis(centred, present, axis=1)[:, 0]
    return np.where(codes < N, values, 0).astype(np.float32)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().to("cpu", torch.float32).numpy()
