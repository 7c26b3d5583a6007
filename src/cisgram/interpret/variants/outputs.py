"""What each architecture predicts, as numbers per allele, track and position: logits to average, values to compare.

What strands, shifts and folds are averaged on stands in one flat array, ``allele track number``:

=======  =====================================================  ==============================================
model    logits                                                 values per position
=======  =====================================================  ==============================================
basset   the logit                                              probability (or the label, of a model of
                                                                measurements); one position, the whole window
bpnet    profile logits of both strands, then the log counts    expected reads of a base of a strand; all of
                                                                the plus strand stand before those of the minus
basenji  the logit of each bin                                  expected value of each bin
akita    ln(observed/expected) of each pair of bins             the same
=======  =====================================================  ==============================================
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, log_softmax
from torch import nn

from cisgram.arrays import AlleleLogits, AlleleValues
from cisgram.genomics.contact_pairs import reversed_pairs
from cisgram.genomics.track import expected_counts


@dataclass(frozen=True)
class OutputGeometry:
    """Which bases predictions stand for.

    Parameters
    ----------
    input_length
        Sequence that the model reads, in bp.
    output_length
        Stretch in the middle that is predicted, in bp.
    bin_size
        bp per position.
    n_strands
        2 where values of the plus strand are followed by those of the minus strand, else 1.
    diagonal_offset
        Of pairs of bins, how far apart these are at least; below 0 where positions are no pairs.

    Examples
    --------
    >>> OutputGeometry(input_length=100, output_length=60, bin_size=10).n_bins
    6
    """

    input_length: int
    output_length: int
    bin_size: int
    n_strands: int = 1
    diagonal_offset: int = -1

    @property
    def n_bins(self) -> int:
        """Bins (or bases) that are predicted; of one strand."""
        return self.output_length // self.bin_size

    @property
    def first_bp(self) -> int:
        """Where in the window the first of them begins."""
        return (self.input_length - self.output_length) // 2

    @property
    def is_pairs(self) -> bool:
        """Whether positions are pairs of bins."""
        return self.diagonal_offset >= 0


@dataclass(frozen=True)
class OutputKind:
    """How the output of one architecture becomes logits and values."""

    unit: str
    """Of the values."""
    geometry: Callable[[nn.Module], OutputGeometry]
    """``module -> geometry``."""
    logits: Callable[[Any], np.ndarray]
    """``output -> allele track number``."""
    turn: Callable[[np.ndarray, OutputGeometry, tuple[int, ...]], np.ndarray]
    """Logits of reverse complements on the plus strand; the last argument are strand pairs."""
    shift: Callable[[np.ndarray, OutputGeometry, int], np.ndarray]
    """Logits of a window that begins so many bp later, put where they belong; NaN where there are none."""
    values: Callable[[np.ndarray, nn.Module], np.ndarray]
    """``logits, module -> allele track position``, float32."""


def _as_they_are(logits: AlleleLogits, *_: object) -> AlleleLogits:
    return logits


def _flat(output: Any) -> np.ndarray:
    return _in_a_row(output[0].numpy())


def _in_a_row(values: np.ndarray) -> np.ndarray:
    """All axes behind the track's as one; also where there are no alleles."""
    return values.reshape(*values.shape[:2], math.prod(values.shape[2:]))


def _basset_geometry(module: Any) -> OutputGeometry:
    return OutputGeometry(module.input_length, module.input_length, module.input_length)


def predicts_measurements(module: nn.Module) -> bool:
    """Whether a Basset was trained on measurements: its head then has their mean and spread."""
    head: Any = module.head
    return bool((head.label_mean != 0).any() or (head.label_scale != 1).any())


def _basset_values(logits: AlleleLogits, module: nn.Module) -> AlleleValues:
    return (logits if predicts_measurements(module) else expit(logits)).astype(np.float32)


def _bpnet_geometry(module: Any) -> OutputGeometry:
    n_strands = module.profile_head.convolution.weight.shape[0] // module.n_tracks
    return OutputGeometry(module.input_length, module.output_length, 1, n_strands=n_strands)


def _bpnet_logits(output: Any) -> np.ndarray:
    profile, counts = (one.numpy() for one in output)
    return np.concatenate([_in_a_row(profile), counts], axis=-1)


def _bpnet_parts(logits: AlleleLogits, geometry: OutputGeometry) -> tuple[np.ndarray, np.ndarray]:
    """``allele track strand base`` and ``allele track group``."""
    n = geometry.n_strands * geometry.n_bins
    return logits[..., :n].reshape(*logits.shape[:2], geometry.n_strands, geometry.n_bins), logits[..., n:]


def _bpnet_joined(profile: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.concatenate([_in_a_row(profile), counts], axis=-1)


def _bpnet_turn(logits: AlleleLogits, geometry: OutputGeometry, _: tuple[int, ...]) -> AlleleLogits:
    profile, counts = _bpnet_parts(logits, geometry)
    return _bpnet_joined(profile[..., ::-1, ::-1], counts[..., ::-1])


def _bpnet_shift(logits: AlleleLogits, geometry: OutputGeometry, shift: int) -> AlleleLogits:
    profile, counts = _bpnet_parts(logits, geometry)
    moved = np.full_like(profile, np.nan)
    n = geometry.n_bins
    moved[..., max(shift, 0) : n + min(shift, 0)] = profile[..., max(-shift, 0) : n - max(shift, 0)]
    return _bpnet_joined(moved, counts)


def _bpnet_values(logits: AlleleLogits, module: nn.Module) -> AlleleValues:
    geometry = _bpnet_geometry(module)
    profile, counts = _bpnet_parts(logits, geometry)
    by_group = profile.reshape(*counts.shape, math.prod(profile.shape[2:]) // counts.shape[-1])
    known = np.isfinite(by_group)
    shares = np.exp(log_softmax(np.where(known, by_group, -np.inf), axis=-1))
    reads = expected_counts(shares, counts)
    return _in_a_row(np.where(known, reads, np.nan)).astype(np.float32)


def _basenji_geometry(module: Any) -> OutputGeometry:
    return OutputGeometry(module.input_length, module.output_length, module.bin_size)


def _basenji_turn(logits: AlleleLogits, _: OutputGeometry, strand_pairs: tuple[int, ...]) -> AlleleLogits:
    turned = logits[..., ::-1]
    return turned[:, list(strand_pairs)] if strand_pairs else turned


def _basenji_values(logits: AlleleLogits, _: nn.Module) -> AlleleValues:
    return np.logaddexp(logits, 0).astype(np.float32)


def _akita_geometry(module: Any) -> OutputGeometry:
    return OutputGeometry(
        module.input_length, module.output_length, module.bin_size, diagonal_offset=module.diagonal_offset
    )


def _akita_turn(logits: AlleleLogits, geometry: OutputGeometry, _: tuple[int, ...]) -> AlleleLogits:
    return logits[..., reversed_pairs(geometry.n_bins, geometry.diagonal_offset)]


def _akita_values(logits: AlleleLogits, _: nn.Module) -> AlleleValues:
    return logits.astype(np.float32)


OUTPUTS: dict[str, OutputKind] = {
    "basset": OutputKind(
        "probability", _basset_geometry, _flat, turn=_as_they_are, shift=_as_they_are, values=_basset_values
    ),
    "bpnet": OutputKind(
        "reads per base", _bpnet_geometry, _bpnet_logits, turn=_bpnet_turn, shift=_bpnet_shift, values=_bpnet_values
    ),
    # Shifts of a few bases within a bin leave predictions in their bins, as in the published ensembles.
    "basenji": OutputKind(
        "value per bin", _basenji_geometry, _flat, turn=_basenji_turn, shift=_as_they_are, values=_basenji_values
    ),
    "akita": OutputKind(
        "ln(observed/expected)", _akita_geometry, _flat, turn=_akita_turn, shift=_as_they_are, values=_akita_values
    ),
}
"""Architectures that can be asked about variants."""
