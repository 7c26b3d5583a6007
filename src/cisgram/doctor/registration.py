"""Whether one replicate is moved by a base or a few against its mates (counted from 1 in place of 0)."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from cisgram.arrays import BlockDifferences
from cisgram.doctor.sampled import N_BLOCKS, SURE_Z, SampledSignal, SampledStrand, block_sums, by_track, surely
from cisgram.doctor.verdict import Verdict

MAX_LAG_BP = 5
"""Lags that are tried on either side: slips of counting are 1, wrong shifts of Tn5 reads 4 or 5."""

_STRANDS = ("plus strand", "minus strand")


class _Lag(NamedTuple):
    """The lag at which two signals agree best."""

    lag_bp: int
    sureness: float
    """Standard errors by which it is better than no lag."""
    lead: float
    """Standard errors by which no lag is better than the next best one; below ``SURE_Z`` a base cannot be told."""


def check_registration(signals: Sequence[SampledSignal], *, bin_size: int = 1) -> list[Verdict]:
    """Compare replicates base by base.

    The sum over positions of ln(1 + a) ln(1 + b), b moved by a lag, is on average greatest without a lag, whatever
    the signal is (Cauchy-Schwarz: the mean of rate times rate). Another lag that is greater by more than
    :data:`~cisgram.doctor.sampled.SURE_Z` standard errors, over blocks of the genome, means that one is moved. Strands
    are looked at together and, where these are two, one by one. Of three replicates or more the one is named that
    is moved against the others.

    Parameters
    ----------
    signals
        Replicates of tracks; other roles than ``track`` and tracks of one replicate are left out.
    bin_size
        Width of the bins that the model predicts, in bp: a slip of less than a quarter of a bin is a warning.

    Returns
    -------
    list of Verdict
        One per track with several replicates of counts.
    """
    tracks = [mates for (_, role), mates in by_track(signals).items() if role == "track" and len(mates) > 1]
    return [_of_track(mates, bin_size) for mates in tracks]


def lag_products(first: SampledStrand, second: SampledStrand, *, n_bases: int, max_lag_bp: int) -> BlockDifferences:
    """Sums over blocks of ln(1 + a(x)) ln(1 + b(x + lag)), one row per lag from ``-max_lag_bp`` on.

    Examples
    --------
    >>> a = SampledStrand(np.array([5]), np.array([np.e - 1]))
    >>> b = SampledStrand(np.array([6]), np.array([np.e - 1]))
    >>> lag_products(a, b, n_bases=100, max_lag_bp=2).sum(axis=1).round(3).tolist()
    [0.0, 0.0, 0.0, 1.0, 0.0]
    """
    rows = np.zeros((2 * max_lag_bp + 1, N_BLOCKS))
    if not second.positions.size:
        return rows
    left, right = np.log1p(first.counts), np.log1p(second.counts)
    for row, lag in enumerate(range(-max_lag_bp, max_lag_bp + 1)):
        at = np.minimum(np.searchsorted(second.positions, first.positions + lag), second.positions.size - 1)
        met = second.positions[at] == first.positions + lag
        rows[row] = block_sums(first.positions[met], (left * right[at])[met], n_bases)
    return rows


def _of_track(mates: Sequence[SampledSignal], bin_size: int) -> Verdict:
    """The verdict on the replicates of one track."""
    name = mates[0].track
    if not all(one.is_counts for one in mates):
        return Verdict("registration", f"{name} replicates", "skipped", "the signal is not counts at single bases")
    n_strands = min(len(one.strands) for one in mates)
    parts = [None, *range(n_strands)] if n_strands == 2 else [None]
    moved, leads = [], []
    for part in parts:
        lags = {(i, j): _best_lag(mates[i], mates[j], part) for i, j in combinations(range(len(mates)), 2)}
        found = _who_moved(lags, len(mates))
        where = "both strands" if part is None else _STRANDS[part]
        moved += [(number, where if n_strands == 2 else "", lag) for number, lag in found]
        leads += [lag.lead for lag in lags.values()] if part is None else []
        if moved:
            break  # where both strands are moved together, so is each
    figures = {"n_replicates": len(mates), "least_lead_se": round(min(leads), 1)}
    if moved:
        return _slip(name, moved[0], bin_size, figures | {"lag_bp": moved[0][2]})
    if min(leads) < SURE_Z:
        text = f"too few reads to tell a slip of one base: no lag is ahead by {min(leads):.1f} standard errors only"
        return Verdict("registration", f"{name} replicates", "skipped", text, figures=figures)
    text = f"{len(mates)} replicates lie at the same bases (no lag is ahead by {min(leads):.0f} standard errors)"
    return Verdict("registration", f"{name} replicates", "ok", text, figures=figures)


def _best_lag(first: SampledSignal, second: SampledSignal, strand: int | None) -> _Lag:
    """The lag that fits two replicates best; of one strand, or of all together."""
    chosen = range(len(first.strands)) if strand is None else [strand]
    options = {"n_bases": first.n_bases, "max_lag_bp": MAX_LAG_BP}
    products = np.sum([lag_products(first.strands[s], second.strands[s], **options) for s in chosen], axis=0)
    ahead = surely(products - products[MAX_LAG_BP])
    others = np.delete(products[MAX_LAG_BP] - products, MAX_LAG_BP, axis=0)
    best = int(products.sum(axis=1).argmax())
    return _Lag(best - MAX_LAG_BP, float(ahead[best]), float(surely(others).min()))


def _who_moved(lags: dict[tuple[int, int], _Lag], n: int) -> list[tuple[int, int]]:
    """Replicates that are moved, each with its lag; of two, the second."""
    sure = {pair: lag.lag_bp for pair, lag in lags.items() if lag.lag_bp and lag.sureness > SURE_Z}
    if not sure:
        return []
    against = {i: [lag if pair[1] == i else -lag for pair, lag in sure.items() if i in pair] for i in range(n)}
    worst = max(range(n), key=lambda i: (len(against[i]), i))
    return [(worst, int(np.median(against[worst])))]


def _slip(name: str, moved: tuple[int, str, int], bin_size: int, figures: dict[str, float | int]) -> Verdict:
    """The verdict on a replicate that is moved."""
    number, where, lag = moved
    side = "right" if lag > 0 else "left"
    mates = "replicate 1" if number == 1 and figures["n_replicates"] == 2 else "its mates"
    text = (
        f"replicate {number + 1}{f' ({where})' if where else ''} lies {abs(lag)} bp to the {side} of {mates}: "
        "their counts agree best once it is moved back by that"
    )
    remedy = (
        "make the signal again with positions counted from 0 (BED, bedGraph and bigWig do), and with the same shift of "
        "reads as the others; of two replicates it may be the other one that is moved"
    )
    level = "error" if abs(lag) * 4 >= bin_size else "warning"
    return Verdict("registration", f"{name} replicate {number + 1}", level, text, remedy, figures)
