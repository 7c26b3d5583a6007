"""Whether both strands lie at the right base: the same bases stand around read ends of both, read 5' to 3'."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cisgram.arrays import SequenceCodes
from cisgram.doctor.sampled import SURE_Z, SampledSignal, SampledStrand
from cisgram.doctor.verdict import Verdict

MIN_AGREEMENT = 0.5
"""Correlation of the compositions that is asked for before a lag means something. Measured: 0.98 and more for yeast
CAGE and ChIP-exo, 0.76 to 0.95 for simulated ChIP-nexus of 7,000 to 30,000 reads."""

MIN_POSITIONS = 1000
"""Positions per strand below which the composition of 41 x 4 cells is mostly noise."""

_SEARCH_BP = 6
_FLANK_BP = 20
_N_PARTS = 20
_N_RESAMPLES = 200


class _Alignment(NamedTuple):
    """How the compositions of both strands fit."""

    lag_bp: int
    """The sum of what the plus strand and the minus strand are moved to the right."""
    agreement: float
    sureness: float
    """Standard errors by which this lag is better than 0, or 0 than the next best."""


def check_strand_alignment(
    signals: Sequence[SampledSignal], codes: SequenceCodes, *, bin_size: int = 1
) -> list[Verdict]:
    """Look for a slip of one base without any other file to compare with.

    The genome has no preferred strand, so an experiment that treats both strands alike finds the same composition
    around the 5' ends of plus-strand and of minus-strand reads, when each is read in its own direction. Moving all
    ends by one base to the right moves the two compositions against each other by two, moving one strand's moves
    them by one. The lag is the one with the greatest Pearson correlation of the log proportions of A, C, G and T at -20
    to +20 bp, each base against its own mean; how sure it is, from resampled parts of the genome.

    Parameters
    ----------
    signals
        Signals with two strands that count 5' ends; others are left out.
    codes
        Bases of the sample, N where they are not known.
    bin_size
        Width of the bins that the model predicts, in bp: a slip of less than a quarter of a bin is a warning.

    Returns
    -------
    list of Verdict
        One per signal with two strands.
    """
    return [_judge(one, codes, bin_size) for one in signals if len(one.strands) == 2 and one.is_counts]


def _judge(signal: SampledSignal, codes: SequenceCodes, bin_size: int) -> Verdict:
    n = min(one.positions.size for one in signal.strands)
    if n < MIN_POSITIONS:
        text = f"{n} positions with reads on one strand are too few to compare with the sequence"
        return Verdict("registration", signal.subject, "skipped", f"{text}; {MIN_POSITIONS} are needed")
    found = _align(signal, codes)
    figures = {
        "lag_bp": found.lag_bp,
        "agreement": round(found.agreement, 3),
        "standard_errors": round(found.sureness, 1),
    }
    if found.agreement < MIN_AGREEMENT or found.sureness < SURE_Z:
        text = f"the bases around read ends do not tell (agreement of the strands {found.agreement:.2f})"
        return Verdict("registration", signal.subject, "skipped", text, figures=figures)
    if not found.lag_bp:
        text = f"the same bases stand around read ends of both strands (r = {found.agreement:.2f} without a lag)"
        return Verdict("registration", signal.subject, "ok", text, figures=figures)
    return _slip(signal.subject, found, bin_size, figures)


def _slip(subject: str, found: _Alignment, bin_size: int, figures: dict[str, float | int]) -> Verdict:
    """The verdict where the strands fit with a lag."""
    lag, side = abs(found.lag_bp), "right" if found.lag_bp > 0 else "left"
    if lag % 2:
        how = f"one strand is moved by {lag} bp to the {side} against the sequence"
    else:
        how = f"both strands are moved by {lag // 2} bp, or one by {lag} bp, to the {side} against the sequence"
    text = f"the bases around read ends of both strands agree with a lag of {lag} bp (r = {found.agreement:.2f}): {how}"
    remedy = (
        "count the first base of every read, start on the plus strand and end - 1 on the minus strand (0-based, "
        "half-open), and write positions counted from 0"
    )
    level = "error" if lag * 4 >= bin_size else "warning"
    return Verdict("registration", subject, level, text, remedy, figures)


def _align(signal: SampledSignal, codes: SequenceCodes) -> _Alignment:
    """The best lag, and how much of it is chance."""
    plus, minus = (
        _composition(codes, one, is_minus=is_minus, n_bases=signal.n_bases)
        for one, is_minus in zip(signal.strands, (False, True), strict=True)
    )
    drawn = np.random.default_rng(0).multinomial(_N_PARTS, np.full(_N_PARTS, 1 / _N_PARTS), _N_RESAMPLES)
    weights = np.concatenate([np.ones((1, _N_PARTS)), drawn])
    r = _agreements(np.tensordot(weights, plus, axes=1), np.tensordot(weights, minus, axes=1))
    whole = r[0]
    best = int(whole.argmax())
    # Against no lag where another one is best, else against the best of the others.
    rivals = np.delete(np.arange(whole.size), _SEARCH_BP) if best == _SEARCH_BP else np.array([_SEARCH_BP])
    rival = int(rivals[whole[rivals].argmax()])
    spread = float((r[1:, best] - r[1:, rival]).std())
    sureness = float(whole[best] - whole[rival]) / spread if spread > 0 else 0.0
    return _Alignment(best - _SEARCH_BP, float(whole[best]), sureness)


def _composition(codes: SequenceCodes, strand: SampledStrand, *, is_minus: bool, n_bases: int) -> np.ndarray:
    """``part base offset``: weight of each base around read ends, read in their direction, by part of the sample."""
    reach = _FLANK_BP + _SEARCH_BP
    inside = (strand.positions >= reach) & (strand.positions < n_bases - reach)
    positions, weights = strand.positions[inside], np.log1p(strand.counts[inside])
    part = positions * _N_PARTS // n_bases
    table = np.empty((_N_PARTS, 4, 2 * reach + 1))
    for column, offset in enumerate(range(-reach, reach + 1)):
        bases = codes[positions - offset if is_minus else positions + offset]
        known = bases < 4
        letters = (3 - bases if is_minus else bases)[known].astype(np.int64)
        cells = np.bincount(part[known] * 4 + letters, weights=weights[known], minlength=4 * _N_PARTS)
        table[:, :, column] = cells.reshape(_N_PARTS, 4)
    return table


def _agreements(plus: np.ndarray, minus: np.ndarray) -> np.ndarray:
    """``draw lag``: correlation of the two compositions (``draw base offset``) at every lag."""
    shares = [np.log((one + 1) / (one + 1).sum(axis=1, keepdims=True)) for one in (plus, minus)]  # never log(0)
    width = 2 * _FLANK_BP + 1
    fixed = _standardised(shares[0][:, :, _SEARCH_BP : _SEARCH_BP + width])
    moved = [_standardised(shares[1][:, :, lag : lag + width]) for lag in range(2 * _SEARCH_BP + 1)]
    return np.stack([(fixed * one).sum(axis=(1, 2)) for one in moved], axis=1)


def _standardised(log_shares: np.ndarray) -> np.ndarray:
    """Each base against its own mean, scaled so that a sum of products is a correlation."""
    centred = log_shares - log_shares.mean(axis=2, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=(1, 2), keepdims=True), 1e-12)
