"""Whether a few places hold a large part of the reads."""

from collections.abc import Sequence

import numpy as np

from cisgram.doctor.sampled import Places, SampledSignal, by_track
from cisgram.doctor.verdict import Verdict

LARGE_SHARE, MOST_SHARE = 0.25, 0.5
"""Share of all counts in the fullest few bins. Measured on good data: 0.13 at most (yeast CAGE, whose strongest genes
are strong), 0.07 in ChIP-exo; with the ribosomal repeats left in, 0.3 of a yeast ATAC-seq lies in them."""

MANY_TIMES = 5.0
"""A blow-up holds so many times the 95th percentile of the other filled bins: a short genome has few bins, and those of
its strongest peaks hold much."""

_BIN_BP = 1000
_FEWEST_BINS, _MOST_BINS = 3, 10
_SHOWN = 3


def check_blow_ups(signals: Sequence[SampledSignal], *, places: Places) -> list[Verdict]:
    """Add up the fullest bins of 1 kb: a thousandth of all bins, at most ten and at least three.

    Parameters
    ----------
    signals
        Signals; every replicate is looked at. Shallow libraries are left out: they are parts of deep ones.
    places
        What the sample is made of, to name loci.

    Returns
    -------
    list of Verdict
        One per track: of the replicate in which these bins hold most.
    """
    return [_judge(mates, places) for (_, role), mates in by_track(signals).items() if role != "shallow"]


def _judge(mates: Sequence[SampledSignal], places: Places) -> Verdict:
    """The verdict on one track."""
    found = [(*_fullest(one), one) for one in mates if one.total > 0]
    subject = mates[0].track if mates[0].role in ("track", "deep") else f"{mates[0].track} ({mates[0].role})"
    if not found:
        return Verdict("blow_ups", subject, "skipped", "there is no signal at all")
    share, top, n_high, one = max(found, key=lambda each: each[0])
    loci = ", ".join(places.locus(int(at) * _BIN_BP) for at in top[:_SHOWN])
    figures = {"share": round(share, 4), "n_bins": int(top.size), "loci": loci}
    text = f"the fullest {top.size} bins of 1 kb hold {share:.1%} of the signal (from {loci} on)"
    if share < LARGE_SHARE or not n_high:
        return Verdict("blow_ups", subject, "ok", text, figures=figures)
    remedy = "leave these regions out (a blacklist, or the settings' exclude), or mend the mapping of repeats"
    text = f"replicate {one.replicate + 1}: {text}" if len(mates) > 1 else text
    return Verdict("blow_ups", subject, "error" if share >= MOST_SHARE else "warning", text, remedy, figures)


def _fullest(signal: SampledSignal) -> tuple[float, np.ndarray, int]:
    """Share of the counts in the fullest bins, which these are, and how many stand far above all others."""
    bins = signal.binned(_BIN_BP).sum(axis=0)
    n = max(_FEWEST_BINS, min(_MOST_BINS, bins.size // 1000))
    top = np.argsort(bins, kind="stable")[::-1][:n]
    filled = bins[bins > 0]
    rest = np.sort(filled)[:-n] if filled.size > n else filled
    high = float(np.quantile(rest, 0.95)) if rest.size else 0.0
    return float(bins[top].sum() / bins.sum()), top, int((bins[top] > MANY_TIMES * high).sum())
