r"""Where motifs lie around anchors, such as transcription starts or nucleosome dyads, over what chance gives.

The hits of a motif are counted by their distance from the anchors, read along each anchor's strand: a hit upstream
has a negative distance. Chance is what comes out when every anchor is moved, for itself, along its contig, by at least
the reach and at most the span: the same number of places in the same neighbourhoods, with their composition and
their crowds of hits, but without a fixed phase to what is looked at. The span should be a few genes: promoters
are compared with the loci that they belong to, not with the whole genome. Moved anchors may land near
other anchors (another promoter, the next nucleosome); what chance gives is then a little high, and a peak a little low.

The peak of a motif is where the running mean of its curve is highest over chance. Its p-value is the share of draws
whose own highest place is as high, so that it counts all places that were looked at; the q-values of Benjamini and
Hochberg are over all motifs and strands. The same holds for the lowest place: where a motif is missing.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.stats import chi2

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.q_values import q_values
from cisgram.motifs.grammar.anchored_counts import (
    ANY,
    OPPOSITE,
    SAME,
    Draws,
    PositionsConfig,
    counts_by_distance,
    direction,
)
from cisgram.motifs.grammar.anchors import ANCHOR_COLUMNS

CURVE_COLUMNS = ("motif", "strand", "distance_bp", "n", "smoothed", "expected", "null_low", "null_high")
"""Columns of a table of curves; see :class:`MotifPositions`."""
SUMMARY_COLUMNS = (
    *("motif", "strand", "n_hits", "n_near", "expected_near"),
    *("peak_bp", "peak_from_bp", "peak_to_bp", "enrichment", "enrichment_low", "enrichment_high", "p_value", "q_value"),
    *("trough_bp", "depletion", "depletion_low", "depletion_high", "trough_p_value", "trough_q_value"),
)
"""Columns of a table of peaks and troughs; see :class:`MotifPositions`."""
WITHIN_500_BP = PositionsConfig()
"""500 bp to either side, 1,000 draws of chance."""


class MotifPositions(NamedTuple):
    """Curves of motifs around anchors, and what stands out of them."""

    curves: pd.DataFrame
    """Columns :data:`CURVE_COLUMNS`, one row per motif, strand and distance: ``n`` hits at that distance; their
    running mean, the mean of chance and the 2.5th and 97.5th percentile of chance, all in hits per bp."""
    summary: pd.DataFrame
    """Columns :data:`SUMMARY_COLUMNS`, one row per motif and strand: ``n_near`` hits within the reach (a hit near
    two anchors counts twice), where the running mean is highest over chance, the stretch around it in which the
    excess stays above half of that, hits over chance in one running mean there with a Poisson interval of 95 %, and
    p and q over all places; the same for the lowest place."""
    n_anchors: int
    """How many anchors."""
    is_read_both_ways: bool
    """Whether some have no direction, so that all are read both ways, with half the weight each."""


def motif_positions(
    hits: pd.DataFrame,
    anchors: pd.DataFrame,
    sizes: Mapping[str, int],
    *,
    strands: Sequence[str] = (SAME, OPPOSITE, ANY),
    config: PositionsConfig = WITHIN_500_BP,
) -> MotifPositions:
    """Count hits by their distance from anchors, over what chance gives.

    Parameters
    ----------
    hits
        ``chrom start end strand name``, of one motif or several, from everywhere within ``reach_bp + span_bp`` of an
        anchor (:func:`cisgram.motifs.scanning.scan.scan_genome`). The distance is that of the middle; of an even
        width, the middle is the last base of the left half in the direction of the motif.
    anchors
        Columns :data:`cisgram.motifs.grammar.anchors.ANCHOR_COLUMNS`. Where any of them is on strand ``.``, all are
        read both ways, with half the weight each: then ``same`` at a positive distance means that the motif points
        away from the anchor, at a negative one that it points to it.
    sizes
        Contig lengths in bp.
    strands
        Which curves: hits on the anchor's strand (``same``), on the other one (``opposite``) or on either (``any``;
        a palindrome that is hit on both strands counts once).
    config
        How far, and what chance is.

    Returns
    -------
    MotifPositions
        Motifs in the order in which they first occur in ``hits``.

    Raises
    ------
    EmptySetError
        There are no hits or no anchors.
    InputError
        An anchor lies nearer to an end of its contig than it may; a contig is too short to move anchors along it.

    Examples
    --------
    >>> hits = pd.DataFrame({"chrom": "I", "start": [490, 990], "end": [495, 995], "strand": "+", "name": "TATA"})
    >>> anchors = pd.DataFrame({"chrom": "I", "position": [550, 1050], "strand": "+"})
    >>> config = PositionsConfig(reach_bp=100, smooth_bp=5, span_bp=400, n_draws=50)
    >>> found = motif_positions(hits, anchors, {"I": 2000}, config=config)
    >>> found.summary["strand"].tolist(), found.summary["peak_bp"].tolist()
    (['same', 'opposite', 'any'], [-58, 0, -58])
    """
    _check(hits, anchors, sizes, strands, config)
    has_direction = bool(direction(anchors).all())
    curves, rows = [], []
    for name, own in hits.groupby("name", sort=False):
        counts = counts_by_distance(own, anchors, sizes, config)
        for strand in strands:
            found = _analysed(counts[strand], 1.0 if has_direction else 0.5, config)
            curves.append(found.curve.assign(motif=name, strand=strand))
            rows.append({"motif": name, "strand": strand, "n_hits": len(own), **found.row})
    summary = pd.DataFrame(rows)
    for column in ("q_value", "trough_q_value"):
        summary[column] = q_values(summary[column.replace("q_value", "p_value")].to_numpy(dtype=np.float64))
    return MotifPositions(
        pd.concat(curves, ignore_index=True)[list(CURVE_COLUMNS)],
        summary[list(SUMMARY_COLUMNS)],
        len(anchors),
        not has_direction,
    )


class _Found(NamedTuple):
    """One curve with what stands out of it."""

    curve: pd.DataFrame
    row: dict[str, float | int]


def _analysed(counts: Draws, weight: float, config: PositionsConfig) -> _Found:
    """Smooth, compare with chance, and find the highest and the lowest place; the first row is the data."""
    half = config.smooth_bp // 2
    total = np.cumsum(np.pad(counts, ((0, 0), (1, 0))), axis=1)
    windows = total[:, config.smooth_bp :] - total[:, : -config.smooth_bp]  # hits per running mean
    expected = windows[1:].mean(axis=0)
    excess = windows - expected
    low, high = np.quantile(windows[1:], [0.025, 0.975], axis=0) / config.smooth_bp
    distance = np.arange(-config.reach_bp, config.reach_bp + 1)
    inside = counts[:, half : half + distance.size]
    curve = pd.DataFrame(
        {
            "distance_bp": distance,
            "n": inside[0],
            "smoothed": windows[0] / config.smooth_bp,
            "expected": expected / config.smooth_bp,
            "null_low": low,
            "null_high": high,
        }
    )
    peak, trough = (_middle_of_plateau(windows[0], int(at)) for at in (excess[0].argmax(), excess[0].argmin()))
    first, last = _half_height(excess[0], peak)
    row: dict[str, float | int] = {
        "n_near": float(inside[0].sum()),
        "expected_near": float(inside[1:].sum(axis=1).mean()),
        "peak_bp": int(distance[peak]),
        "peak_from_bp": int(distance[first]),
        "peak_to_bp": int(distance[last]),
        **_ratio(windows[0, peak], expected[peak], weight, "enrichment"),
        "p_value": float((1 + (excess[1:].max(axis=1) >= excess[0, peak]).sum()) / len(counts)),
        "trough_bp": int(distance[trough]),
        **_ratio(windows[0, trough], expected[trough], weight, "depletion"),
        "trough_p_value": float((1 + (excess[1:].min(axis=1) <= excess[0, trough]).sum()) / len(counts)),
    }
    return _Found(curve, row)


def _middle_of_plateau(values: Float[np.ndarray, "distance"], at: int) -> int:
    """Middle of the stretch around a place with the same value: few sites make curves with steps."""
    other = np.flatnonzero(values != values[at])
    return int(max(other[other < at], default=-1) + 1 + min(other[other > at], default=values.size) - 1) // 2


def _half_height(excess: Float[np.ndarray, "distance"], peak: int) -> tuple[int, int]:
    """First and last place of the stretch around a peak that stays above half of it."""
    low = np.flatnonzero(excess < excess[peak] / 2)
    return int(max(low[low < peak], default=-1) + 1), int(min(low[low > peak], default=excess.size) - 1)


def _ratio(n: float, expected: float, weight: float, name: str) -> dict[str, float]:
    """Hits over chance, with the exact Poisson interval of their number; NaN where chance gives none."""
    n_counted = n / weight
    low = chi2.ppf(0.025, 2 * n_counted) / 2 * weight if n > 0 else 0.0
    high = chi2.ppf(0.975, 2 * n_counted + 2) / 2 * weight
    values = [value / expected if expected > 0 else float("nan") for value in (n, low, high)]
    return {name: float(values[0]), f"{name}_low": float(values[1]), f"{name}_high": float(values[2])}


def _check(
    hits: pd.DataFrame,
    anchors: pd.DataFrame,
    sizes: Mapping[str, int],
    strands: Sequence[str],
    config: PositionsConfig,
) -> None:
    if missing := [one for one in ("chrom", "start", "end", "strand", "name") if one not in hits]:
        raise InputError(f"hits need chrom, start, end, strand and name; they lack {', '.join(missing)}")
    if missing := [one for one in ANCHOR_COLUMNS if one not in anchors]:
        raise InputError(f"anchors need {', '.join(ANCHOR_COLUMNS)}; they lack {', '.join(missing)}")
    if hits.empty or anchors.empty:
        raise EmptySetError("hits" if hits.empty else "anchors", dropped={}, hint="there is nothing to count")
    if wrong := sorted({*strands} - {SAME, OPPOSITE, ANY}):
        raise InputError(f"strands are {SAME}, {OPPOSITE} and {ANY}; got {', '.join(wrong)}")
    if unknown := sorted({*hits["chrom"], *anchors["chrom"]} - {*sizes}):
        raise InputError(f"sizes lack {len(unknown)} contigs of the hits or anchors, such as {unknown[0]!r}")
    size = anchors["chrom"].map(dict(sizes)).to_numpy(dtype=np.int64)
    position = anchors["position"].to_numpy(dtype=np.int64)
    is_near = (position < config.margin_bp) | (position + config.margin_bp >= size)
    if is_near.any():
        raise InputError(
            f"{int(is_near.sum())} of {len(anchors)} anchors lie nearer than {config.margin_bp} bp to an end of their "
            "contig; anchors_of(..., reach_bp=config.margin_bp) leaves them out"
        )
