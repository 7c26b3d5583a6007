"""Whether there is signal in the peaks, more than between them."""

from collections.abc import Sequence

import numpy as np

from cisgram.arrays import SampledCounts, SampledPositions
from cisgram.doctor.sampled import SURE_Z, SampledSignal
from cisgram.doctor.verdict import Verdict

MANY_EMPTY, MOST_EMPTY = 0.3, 0.8
"""Share of peaks that look like windows between peaks. Measured on good data: 0 to 0.15."""

PEAK_BP = 200
"""Width that is counted around a summit: that of a bound or open site."""

FEW_PER_PEAK = 5.0
"""Counts per peak below which a peak with signal may have no more than background by chance (Poisson: one in 150 has
none at a mean of 5, one in eight at 2)."""

LEAST_FOLD, LEAST_EXPECTED = 1.5, 25.0
"""Where reads are that few: what all peaks together must have against background, and how many counts must be expected
for their lack to say something (25 +- 5)."""

_REMEDY = "look whether peaks and signal are of one experiment and one assembly, and leave weak peaks out"
_N_BACKGROUND = 20_000
_MIN_PEAKS = 20
_MIN_BACKGROUND = 200


def check_peak_signal(
    signals: Sequence[SampledSignal],
    centers: SampledPositions,
    *,
    subject: str,
    intervals: tuple[SampledPositions, SampledPositions] | None = None,
    seed: int = 0,
) -> Verdict:
    """Compare counts at peaks with counts in windows that lie between them.

    Of windows that are no peaks, half have less than the median; so twice the share of peaks with less than that is
    the share that is like them (after Storey 2002). Of fewer than five counts per peak, all peaks are taken
    together. Peaks and background are compared at one depth, so noise alone raises no alarm.

    Parameters
    ----------
    signals
        Replicates of the peaks' own track, or of all tracks; counts or not.
    centers
        Summits or middles of peaks along the sample.
    subject
        What the verdict calls the peaks.
    intervals
        Starts and ends of all peaks along the sample, which windows between peaks keep clear of; left out, 1 kb around
        every centre is kept clear.
    seed
        Of the windows between peaks.

    Returns
    -------
    Verdict
        Skipped where there are fewer than 20 peaks, or hardly any room between them.
    """
    if centers.size < _MIN_PEAKS:
        text = f"{centers.size} peaks in the sample are too few to tell; {_MIN_PEAKS} are needed"
        return Verdict("peak_signal", subject, "skipped", text)
    n_bases = signals[0].n_bases
    starts, ends = intervals if intervals is not None else (centers - 5 * PEAK_BP // 2, centers + 5 * PEAK_BP // 2)
    between = _between(starts, ends, n_bases, seed)
    if between.size < _MIN_BACKGROUND:
        text = f"there are {between.size} windows between peaks only, too few to compare with"
        return Verdict("peak_signal", subject, "skipped", text)
    at_peaks, beside = (_counts(signals, where, PEAK_BP) for where in (centers, between))
    median = float(np.median(beside))
    # Ties with the median are dealt out as they are in the background, so that low counts ask for no rule of their own.
    below, equal = float((beside < median).mean()), float((beside == median).mean())
    tie = (0.5 - below) / equal
    empty = min(1.0, 2 * float((at_peaks < median).mean() + tie * (at_peaks == median).mean()))
    fold = float(at_peaks.mean() / max(beside.mean(), 1e-9))
    figures = {"n_peaks": int(centers.size), "share_like_background": round(empty, 3), "fold": round(fold, 2)}
    if float(at_peaks.mean()) < FEW_PER_PEAK:
        return _together(at_peaks, beside, subject, figures)
    text = (
        f"of {centers.size:,} peaks in the sample, {empty:.0%} have no more signal in {PEAK_BP} bp than windows "
        f"between peaks; on average they have {fold:.1f} times as much"
    )
    if empty < MANY_EMPTY:
        return Verdict("peak_signal", subject, "ok", text, figures=figures)
    level = "error" if empty >= MOST_EMPTY else "warning"
    return Verdict("peak_signal", subject, level, text, _REMEDY, figures)


def _together(at_peaks: SampledCounts, beside: SampledCounts, subject: str, figures: dict[str, float | int]) -> Verdict:
    """The verdict where single peaks cannot be judged: whether all of them together have more than chance."""
    n, expected = at_peaks.size, float(beside.mean()) * at_peaks.size
    # Both sums are Poisson numbers; the second is known from as many windows as lie between peaks.
    error = np.sqrt(max(expected, 1.0) * (1 + n / beside.size))
    z = (float(at_peaks.sum()) - expected) / error
    text = (
        f"too few reads to judge single peaks: {n:,} peaks have {at_peaks.sum():,.0f} counts together in "
        f"{PEAK_BP} bp each, and {expected:,.0f} would be there without signal"
    )
    if z > SURE_Z and figures["fold"] >= LEAST_FOLD:
        return Verdict("peak_signal", subject, "ok", text, figures=figures)
    if expected < LEAST_EXPECTED:
        return Verdict("peak_signal", subject, "skipped", text, figures=figures)
    return Verdict("peak_signal", subject, "error", text, _REMEDY, figures)


def _between(starts: SampledPositions, ends: SampledPositions, n_bases: int, seed: int) -> np.ndarray:
    """Centres of random windows that touch no peak."""
    drawn = np.random.default_rng(seed).integers(PEAK_BP, max(n_bases - PEAK_BP, PEAK_BP + 1), _N_BACKGROUND)
    edges = np.zeros(n_bases + 1, dtype=np.int32)
    np.add.at(edges, np.clip(starts, 0, n_bases), 1)
    np.add.at(edges, np.clip(ends, 0, n_bases), -1)
    covered = np.concatenate([[0], np.cumsum(np.cumsum(edges[:-1]) > 0)])
    low, high = np.clip(drawn - PEAK_BP, 0, n_bases), np.clip(drawn + PEAK_BP, 0, n_bases)
    return drawn[covered[high] == covered[low]]


def _counts(signals: Sequence[SampledSignal], centers: SampledPositions, width_bp: int) -> SampledCounts:
    """Signal within windows, all signals and strands added up."""
    total = np.zeros(centers.size)
    for strand in (strand for one in signals for strand in one.strands):
        sums = np.concatenate([[0.0], np.cumsum(strand.counts)])
        first = np.searchsorted(strand.positions, centers - width_bp // 2)
        last = np.searchsorted(strand.positions, centers + width_bp - width_bp // 2)
        total += sums[last] - sums[first]
    return total
