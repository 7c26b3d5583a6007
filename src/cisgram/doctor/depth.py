"""Whether there are enough reads to learn from, where the signal is."""

from collections.abc import Sequence

import numpy as np

from cisgram.arrays import SampledPositions
from cisgram.doctor.sampled import SampledSignal, by_track
from cisgram.doctor.verdict import Verdict

FEW_COUNTS = 10.0
"""Counts in a typical window with signal below which it is noise in large part: of 10 counts the Poisson error is a
third (1 / sqrt(10)), and a shape over hundreds of bases cannot be seen."""

NO_COUNTS = 1.0
"""Below one count in a typical window with signal, most windows are empty or have a single read."""

UNEVEN_SHARE = 0.05
"""Counts of a replicate, of the mean of its mates, below which it adds nothing to them: the sum is the mates', and how
replicates agree, which figures are compared with, is the noise of this one. Replicates of one experiment are seldom
more than three-fold apart."""

_RICH_SHARE = 0.05


def check_depth(
    signals: Sequence[SampledSignal], *, window_bp: int, centers: dict[str, SampledPositions] | None = None
) -> list[Verdict]:
    """Count reads in windows as the model sees them: around peaks, or in the richest twentieth of all windows.

    Parameters
    ----------
    signals
        Signals; replicates of a track are added up, since the model learns from their sum. Shallow libraries are
        left out: they are meant to be so.
    window_bp
        Length of a window.
    centers
        Per track, where peaks lie along the sample; the key ``""`` is for tracks without peaks of their own.

    Returns
    -------
    list of Verdict
        One per track and control; a replicate with next to no reads beside its mates is a warning. A control is a
        background, of which one count per window is enough; less is a warning, unless it has none at all.
    """
    verdicts = []
    for (track, role), mates in by_track(signals).items():
        if role == "shallow":
            continue
        peaks = (centers or {}).get(track, (centers or {}).get("", np.zeros(0, dtype=np.int64)))
        verdicts.append(_judge(mates, window_bp, peaks))
    return verdicts


def _judge(mates: Sequence[SampledSignal], window_bp: int, peaks: SampledPositions) -> Verdict:
    """The verdict on one track."""
    name = mates[0].track if mates[0].role in ("track", "deep") else f"{mates[0].track} ({mates[0].role})"
    total = sum(one.total for one in mates)
    if total <= 0:
        remedy = "look whether it is the right file, and whether its contigs are those of the genome"
        return Verdict("depth", name, "error", "there is no signal at all", remedy, {"counts": 0})
    if not all(one.is_counts for one in mates):
        return Verdict("depth", name, "skipped", "the signal is not counts at single bases: its depth cannot be told")
    per_window = _typical(mates, window_bp, peaks)
    where = f"{peaks.size:,} peaks" if peaks.size else "the richest twentieth of windows"
    text = (
        f"{total:,.0f} counts in the sample; in windows of {window_bp:,} bp on {where} the median is {per_window:,.0f}"
    )
    figures = {"counts": int(total), "per_window": round(per_window, 2), "window_bp": window_bp}
    is_control = mates[0].role == "control"
    if per_window >= (NO_COUNTS if is_control else FEW_COUNTS):
        uneven = _uneven(mates)
        remedy = "look whether this file is whole; leave the replicate out, or sequence it as deep as its mates"
        return Verdict("depth", name, "warning" if uneven else "ok", text + uneven, remedy if uneven else "", figures)
    is_useless = per_window < NO_COUNTS and not is_control
    remedy = "sequence more, add replicates, or train on tracks with more reads and judge this one with its ceiling"
    return Verdict("depth", name, "error" if is_useless else "warning", text, remedy, figures)


def _uneven(mates: Sequence[SampledSignal]) -> str:
    """What to say of the replicate with fewest counts, where it has next to none beside its mates."""
    least = min(mates, key=lambda one: one.total)
    others = [one.total for one in mates if one is not least]
    if not others or least.total >= UNEVEN_SHARE * float(np.mean(others)):
        return ""
    against = f"{np.mean(others):,.0f}{' on average' * (len(others) > 1)}"
    return f"; replicate {least.replicate + 1} has {least.total:,.0f} of them and its mates have {against}"


def _typical(mates: Sequence[SampledSignal], window_bp: int, peaks: SampledPositions) -> float:
    """Median counts of windows with signal."""
    if peaks.size:
        starts = peaks - window_bp // 2
        counts = np.zeros(peaks.size)
        for strand in (strand for one in mates for strand in one.strands):
            sums = np.concatenate([[0.0], np.cumsum(strand.counts)])
            edges = np.searchsorted(strand.positions, [starts, starts + window_bp])
            counts += sums[edges[1]] - sums[edges[0]]
        return float(np.median(counts))
    counts = np.sum([one.binned(window_bp).sum(axis=0) for one in mates], axis=0)
    return float(np.median(np.sort(counts)[-max(1, round(_RICH_SHARE * counts.size)) :]))
