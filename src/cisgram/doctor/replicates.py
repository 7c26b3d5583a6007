"""Whether replicates agree as well as counting noise at their depth allows."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from cisgram.doctor.sampled import SampledSignal, by_track
from cisgram.doctor.verdict import Verdict

LOW_SHARE, SEVERE_SHARE = 0.75, 0.4
"""Correlation of two replicates, of that which two halves of their sum have. Measured: 0.94 to 1.0 for yeast CAGE and
STRIPE-seq, simulated ChIP-nexus and ATAC-seq; unrelated experiments have 0 to 0.4."""

MIN_CEILING = 0.3
"""Where even halves of the sum correlate by less, the depth allows no answer."""

_BINS_BP = (100, 500, 2000)
_GOOD_CEILING = 0.7


class Agreement(NamedTuple):
    """How two replicates agree, in bins of the width where depth allows an answer."""

    r: float
    """Pearson's r of ln(1 + counts) in bins, replicates thinned to one depth."""
    ceiling: float
    """The same of two random halves of their sum, at the same depth."""
    bin_bp: int

    @property
    def share(self) -> float:
        """``r`` of ``ceiling``."""
        return self.r / self.ceiling if self.ceiling > 0 else 0.0


def check_replicates(
    signals: Sequence[SampledSignal], *, leave_out: frozenset[str] = frozenset(), copies: dict[str, float] | None = None
) -> list[Verdict]:
    """Compare replicates with random halves of their sum, which differ by counting noise alone.

    Strands are added up, so that exchanged strands are another question.

    Parameters
    ----------
    signals
        Signals; replicates of one track and role are compared, pair by pair.
    leave_out
        Subjects of which it is known already that they are of another track.
    copies
        Reads per molecule by subject, where more than 1: counts are divided by it before, since copies of a
        molecule are no noise of counting.

    Returns
    -------
    list of Verdict
        One per track with several replicates: the worst pair.
    """
    verdicts = []
    for (track, role), mates in by_track(signals).items():
        if len(mates) < 2 or role == "shallow":
            continue
        subject = f"{track} replicates"
        if away := [one.subject for one in mates if one.subject in leave_out]:
            text = f"{', '.join(away)} may be of another track: see mislabelled_replicate"
            verdicts.append(Verdict("replicates", subject, "skipped", text))
        elif not all(one.is_counts for one in mates):
            verdicts.append(_without_counts(mates, subject))
        else:
            verdicts.append(_judge(mates, subject, copies or {}))
    return verdicts


def agreement(first: SampledSignal, second: SampledSignal, *, copies: tuple[float, float] = (1.0, 1.0)) -> Agreement:
    """Correlation of two replicates in bins, and that of two halves of their sum (seed 0).

    Bins are of 100, 500 or 2,000 bp: the narrowest in which halves of the sum correlate by 0.7, else the widest.
    """
    found = Agreement(0.0, 0.0, _BINS_BP[-1])
    for bin_bp in _BINS_BP:
        rng = np.random.default_rng(0)
        bins = [
            np.rint(one.binned(bin_bp).sum(axis=0) / n).astype(np.int64)
            for one, n in zip((first, second), copies, strict=True)
        ]
        depth = min(int(one.sum()) for one in bins)
        if depth == 0:
            return found
        thinned = [rng.binomial(one, depth / one.sum()) for one in bins]
        whole = bins[0] + bins[1]
        half = rng.binomial(whole, 0.5)
        share = min(1.0, 2 * depth / whole.sum())  # halves have more reads than the shallower replicate
        halves = [rng.binomial(one, share) for one in (half, whole - half)]
        found = Agreement(_log_correlation(*thinned), _log_correlation(*halves), bin_bp)
        if found.ceiling >= _GOOD_CEILING:
            break
    return found


def _judge(mates: Sequence[SampledSignal], subject: str, copies: dict[str, float]) -> Verdict:
    """The verdict on the worst pair."""
    found = {
        (a.replicate, b.replicate): agreement(a, b, copies=(copies.get(a.subject, 1.0), copies.get(b.subject, 1.0)))
        for a, b in combinations(mates, 2)
    }
    pair = min(found, key=lambda key: found[key].share)
    worst = found[pair]
    figures = {"r": round(worst.r, 3), "ceiling": round(worst.ceiling, 3), "bin_bp": worst.bin_bp}
    text = (
        f"replicates {pair[0] + 1} and {pair[1] + 1}{' agree least: they' if len(mates) > 2 else ''} correlate by "
        f"{worst.r:.2f} in bins of {worst.bin_bp:,} bp, and random halves of their sum by {worst.ceiling:.2f}"
    )
    if worst.ceiling < MIN_CEILING:
        return Verdict("replicates", subject, "skipped", f"too few reads to tell: {text}", figures=figures)
    if worst.share >= LOW_SHARE:
        return Verdict("replicates", subject, "ok", text, figures=figures)
    remedy = "look at both in a genome browser, and leave out the one that failed or that is of another experiment"
    return Verdict("replicates", subject, "error" if worst.share < SEVERE_SHARE else "warning", text, remedy, figures)


def _without_counts(mates: Sequence[SampledSignal], subject: str) -> Verdict:
    """Of signal that is no counts, the correlation alone."""
    bin_bp = _BINS_BP[1]
    bins = [one.binned(bin_bp).sum(axis=0) for one in mates]
    worst = min(_log_correlation(a, b) for a, b in combinations(bins, 2))
    text = f"the signal is not counts, so noise cannot be told; replicates correlate by {worst:.2f} in bins of 500 bp"
    return Verdict("replicates", subject, "skipped", text, figures={"r": round(worst, 3), "bin_bp": bin_bp})


def _log_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's r of ln(1 + x), ln(1 + y); 0 where one of them does not vary."""
    x, y = np.log1p(np.maximum(x, 0)), np.log1p(np.maximum(y, 0))
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / scale if scale > 0 else 0.0
