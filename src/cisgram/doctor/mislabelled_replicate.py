"""Whether every replicate is more like its own mates than like another track."""

from collections.abc import Sequence

import numpy as np

from cisgram.arrays import StrandBins
from cisgram.doctor.sampled import N_BLOCKS, SURE_Z, SampledSignal, by_track
from cisgram.doctor.verdict import Verdict

LIKE_A_MATE = 0.8
"""A replicate is of another track only where it correlates with one of its replicates as that one does with its own
mates, by this share at least (1 is expected, at one depth); else tracks are alike, and it is the mate that is odd,
which is the question of replicates."""

_BIN_BP = 100
_N_RESAMPLES = 200


def check_mislabelled_replicate(signals: Sequence[SampledSignal]) -> list[Verdict]:
    """Ask whether a replicate correlates better with replicates of another track than with its own mates.

    All are thinned to the depth of the shallowest and compared in bins of 100 bp (ln(1 + counts), strands
    added up), so that a deeper stranger is no better than a shallower mate for its depth. How sure a lead is, from
    resampled blocks of the genome. Of two replicates per track, mates of an exchanged one look exchanged, too.

    Parameters
    ----------
    signals
        Signals of the role ``track`` (pairs of libraries may share files); tracks of one replicate are compared
        with, and not judged.

    Returns
    -------
    list of Verdict
        One per replicate that is more like another track, or one ``ok`` for all; none where only one track has
        replicates, or none has.
    """
    tracks = {key: mates for key, mates in by_track(signals).items() if key[1] == "track"}
    everyone = [one for mates in tracks.values() for one in mates if one.is_counts and one.total > 0]
    judged = [one for one in everyone if sum(other.track == one.track for other in everyone) > 1]
    if not judged or len({one.track for one in everyone}) < 2:
        return []
    bins = _thinned(everyone)
    found, closest = [], np.inf
    for one in judged:
        at = everyone.index(one)
        z, mate, stranger, rs = _lead_of_strangers(at, everyone, bins)
        closest = min(closest, -z)
        if z > SURE_Z and rs[1] >= LIKE_A_MATE * _own_agreement(stranger, at, everyone, bins):
            found.append(_mislabelled(one, everyone[mate], everyone[stranger], rs, z))
    if found:
        return found
    figures = {"least_lead_se": round(float(closest), 1)}
    if closest < SURE_Z:
        text = (
            f"some replicate is about as much like another track as like its mates (lead {closest:.1f} standard errors)"
        )
        return [Verdict("mislabelled_replicate", "all tracks", "skipped", text, figures=figures)]
    text = f"all {len(judged)} replicates are most like their own mates (by {closest:.0f} standard errors or more)"
    return [Verdict("mislabelled_replicate", "all tracks", "ok", text, figures=figures)]


def _thinned(everyone: Sequence[SampledSignal]) -> StrandBins:
    """ln(1 + counts) in bins, every signal thinned to the depth of the shallowest (seed 0)."""
    rng = np.random.default_rng(0)
    depth = min(one.total for one in everyone)
    bins = [one.binned(_BIN_BP).sum(axis=0).astype(np.int64) for one in everyone]
    return np.log1p(np.stack([rng.binomial(b, depth / one.total) for b, one in zip(bins, everyone, strict=True)]))


def _lead_of_strangers(
    at: int, everyone: Sequence[SampledSignal], bins: StrandBins
) -> tuple[float, int, int, tuple[float, float]]:
    """Standard errors by which the best stranger is ahead of the best mate, who they are, and both correlations."""
    others = [i for i in range(len(everyone)) if i != at]
    sums = {i: _block_moments(bins[at], bins[i]) for i in others}
    whole = {i: _correlation(sums[i].sum(axis=1)) for i in others}
    mate = max((i for i in others if everyone[i].track == everyone[at].track), key=whole.__getitem__)
    stranger = max((i for i in others if everyone[i].track != everyone[at].track), key=whole.__getitem__)
    rng = np.random.default_rng(0)
    leads = []
    for _ in range(_N_RESAMPLES):
        drawn = rng.integers(0, N_BLOCKS, N_BLOCKS)
        leads.append(
            _correlation(sums[stranger][:, drawn].sum(axis=1)) - _correlation(sums[mate][:, drawn].sum(axis=1))
        )
    spread = float(np.std(leads))
    z = (whole[stranger] - whole[mate]) / spread if spread > 0 else 0.0
    return z, mate, stranger, (whole[mate], whole[stranger])


def _own_agreement(of: int, without: int, everyone: Sequence[SampledSignal], bins: StrandBins) -> float:
    """The best correlation of a signal with its mates, one signal left aside; 0 where it has none."""
    mates = [i for i, one in enumerate(everyone) if one.track == everyone[of].track and i not in (of, without)]
    return max((_correlation(_block_moments(bins[of], bins[i]).sum(axis=1)) for i in mates), default=0.0)


def _block_moments(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Number and sums of x, y, xx, yy, xy in every block of the genome (``6 block``)."""
    block = np.arange(x.size) * N_BLOCKS // x.size
    terms = (np.ones_like(x), x, y, x * x, y * y, x * y)
    return np.stack([np.bincount(block, weights=one, minlength=N_BLOCKS) for one in terms])


def _correlation(sums: np.ndarray) -> float:
    """Pearson's r from n and the sums of x, y, xx, yy, xy."""
    n, x, y, xx, yy, xy = sums
    scale = (n * xx - x * x) * (n * yy - y * y)
    return float((n * xy - x * y) / np.sqrt(scale)) if scale > 0 else 0.0


def _mislabelled(
    one: SampledSignal, mate: SampledSignal, stranger: SampledSignal, rs: tuple[float, float], z: float
) -> Verdict:
    """The verdict on a replicate that is more like another track."""
    text = (
        f"it correlates by {rs[1]:.2f} with {stranger.subject} and by {rs[0]:.2f} with its mate {mate.subject} "
        f"({z:.0f} standard errors)"
    )
    remedy = (
        f"look whether files of {one.track} and {stranger.track} are exchanged; of two replicates it may be the mate "
        "that is mislabelled"
    )
    figures = {"r_mate": round(rs[0], 3), "r_other": round(rs[1], 3), "standard_errors": round(z, 1)}
    return Verdict("mislabelled_replicate", one.subject, "error", text, remedy, figures)
