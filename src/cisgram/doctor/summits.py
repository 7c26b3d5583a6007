"""Whether summits of peaks lie on the middle of the signal, or a base or a few beside it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cisgram.arrays import SampledPositions
from cisgram.doctor.sampled import SampledSignal
from cisgram.doctor.verdict import Verdict

SLIP_BP = 0.75
"""How far the middle of the signal must lie from summits: between half a base, which is where the middle of an even
interval lies, and one, the least slip."""

_REACH_BP = 60
_SEARCH_BP = 5
_N_PARTS = 20
_N_RESAMPLES = 200
_MIN_PEAKS = 50
_MIN_COUNTS = 1000
_SPREAD_BP = 0.25
"""Standard error of the middle up to which a slip of one base is told from none."""


class _Middle(NamedTuple):
    """Where the signal around summits has its middle, in bp right of them."""

    offset_bp: float
    error_bp: float
    agreement: float


def check_summits(signals: Sequence[SampledSignal], summits: SampledPositions, *, subject: str) -> Verdict:
    """Find the point around which the signal at summits is its own mirror image.

    Motifs and genes lie on both strands alike, so that over many peaks the mean signal to the right of their true
    middle (of the plus strand) is that to the left (of the minus strand). The point where both fit best, to half a
    base, is the middle; the error is that of resampled peaks. Windows that are a base off the middle do no harm to a
    model; peaks that do are a sign that another file is wrong, so the gravest verdict is a warning.

    Parameters
    ----------
    signals
        Replicates of the peaks' track, or of all tracks, at single bases.
    summits
        Positions of summits along the sample.
    subject
        What the verdict calls the peaks.
    """
    if any(one.resolution_bp > 1 for one in signals):
        return Verdict("registration", subject, "skipped", "the signal is given for stretches, not for single bases")
    profiles = _profiles(signals, summits)
    if summits.size < _MIN_PEAKS or profiles.sum() < _MIN_COUNTS:
        text = f"{summits.size} summits with {profiles.sum():,.0f} counts around them are too few to tell a base"
        return Verdict("registration", subject, "skipped", text)
    found = _middle(profiles)
    figures = {"offset_bp": round(found.offset_bp, 2), "error_bp": round(found.error_bp, 2), "n": int(summits.size)}
    if found.error_bp > _SPREAD_BP:
        text = f"the middle of the signal at {summits.size:,} summits is known to {found.error_bp:.1f} bp only"
        return Verdict("registration", subject, "skipped", text, figures=figures)
    side = "right" if found.offset_bp > 0 else "left"
    text = (
        f"the signal at {summits.size:,} summits is symmetrical around a point {abs(found.offset_bp):.1f} bp to the "
        f"{side} of them (standard error {found.error_bp:.1f} bp)"
    )
    if abs(found.offset_bp) < SLIP_BP:
        return Verdict("registration", subject, "ok", text, figures=figures)
    remedy = (
        "look whether the peaks were written with positions counted from 1, or called from signal that lies elsewhere; "
        "some callers' summits lie a base or two beside the middle"
    )
    return Verdict("registration", subject, "warning", text, remedy, figures)


def _profiles(signals: Sequence[SampledSignal], summits: SampledPositions) -> np.ndarray:
    """``part strand offset``: summed ln(1 + counts) around summits, peaks dealt out to parts."""
    width = 2 * _REACH_BP + 1
    part = np.arange(summits.size) % _N_PARTS
    profiles = np.zeros((_N_PARTS, 2, width))
    for one in signals:
        for number, strand in enumerate(one.strands):
            if not strand.positions.size:
                continue
            for column, offset in enumerate(range(-_REACH_BP, _REACH_BP + 1)):
                at = np.minimum(np.searchsorted(strand.positions, summits + offset), strand.positions.size - 1)
                met = strand.positions[at] == summits + offset
                profiles[:, number, column] += np.bincount(part[met], np.log1p(strand.counts[at[met]]), _N_PARTS)
            if len(one.strands) == 1:
                profiles[:, 1] = profiles[:, 0]
    return profiles


def _middle(profiles: np.ndarray) -> _Middle:
    """The point of symmetry of the sum, and its error from resampled parts."""
    drawn = np.random.default_rng(0).multinomial(_N_PARTS, np.full(_N_PARTS, 1 / _N_PARTS), _N_RESAMPLES)
    weights = np.concatenate([np.ones((1, _N_PARTS)), drawn])
    r = _symmetry(np.tensordot(weights, profiles, axes=1))
    offsets = (r.argmax(axis=1) - 2 * _SEARCH_BP) / 2
    return _Middle(float(offsets[0]), float(offsets[1:].std()), float(r[0].max()))


def _symmetry(profiles: np.ndarray) -> np.ndarray:
    """``draw lag``: correlation of plus with the mirror image of minus around points half a base apart."""
    inner = slice(2 * _SEARCH_BP, profiles.shape[2] - 2 * _SEARCH_BP)
    plus, mirrored = _standardised(profiles[:, 0, inner]), profiles[:, 1, ::-1]
    lags = range(-2 * _SEARCH_BP, 2 * _SEARCH_BP + 1)
    moved = [_standardised(mirrored[:, inner.start - lag : inner.stop - lag]) for lag in lags]
    return np.stack([(plus * one).sum(axis=1) for one in moved], axis=1)


def _standardised(rows: np.ndarray) -> np.ndarray:
    """Rows against their mean, scaled so that a sum of products is a correlation."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
