"""Whether what was planted in a contact map comes back: borders, loops, their orientation, compartments, weights."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import ContigValues, PerBin, Totals
from cisgram.errors import InputError


class CallRecovery(NamedTuple):
    """Planted places beside called ones."""

    recall: float
    """Share of the planted ones with a call near them; NaN where none was planted."""
    precision: float
    """Share of the calls with a planted one near them; NaN where there is no call."""
    n_planted: int
    n_called: int


class CompartmentRecovery(NamedTuple):
    """Planted compartments beside an eigenvector, up to the sign of each contig."""

    accuracy: float
    """Share of bins on the planted side, the better sign taken for each contig."""
    correlation: float
    """Mean over contigs, by their bins, of the absolute Pearson correlation."""
    n_bins: int
    """Bins that both know."""


def boundary_recovery(
    planted: pd.DataFrame, called: pd.DataFrame, *, tolerance_bp: int, tolerated: pd.DataFrame | None = None
) -> CallRecovery:
    """Compare called borders with planted ones by the distance of their middles.

    Parameters
    ----------
    planted, called
        Tables with ``chrom``, ``start``, ``end``.
    tolerance_bp
        Greatest distance that counts as found.
    tolerated
        Further places that a call may be right about though it need not find them, such as weak sites; they count for
        the precision alone.

    Examples
    --------
    >>> planted = pd.DataFrame({"chrom": "I", "start": [100, 500], "end": [120, 520]})
    >>> called = pd.DataFrame({"chrom": "I", "start": [90, 200, 900], "end": [140, 210, 910]})
    >>> boundary_recovery(planted, called, tolerance_bp=10)[:2]
    (0.5, 0.3333333333333333)
    """
    known = planted if tolerated is None else pd.concat([planted, tolerated])
    recall = [_near(_middles(planted, chrom), _middles(called, chrom), tolerance_bp) for chrom in _chroms(planted)]
    precision = [_near(_middles(called, chrom), _middles(known, chrom), tolerance_bp) for chrom in _chroms(called)]
    return CallRecovery(_share(recall), _share(precision), len(planted), len(called))


def loop_recovery(
    planted: pd.DataFrame, called: pd.DataFrame, *, tolerance_bp: int, tolerated: pd.DataFrame | None = None
) -> CallRecovery:
    """Compare called loops with planted ones: near where both of their anchors are.

    Parameters
    ----------
    planted, called
        Tables with ``chrom1``, ``start1``, ``end1``, ``chrom2``, ``start2``, ``end2``.
    tolerance_bp
        Greatest distance between the middles of anchors, on either side.
    tolerated
        As for :func:`boundary_recovery`.
    """
    known = planted if tolerated is None else pd.concat([planted, tolerated])
    recall = [_near_pairs(_pairs(planted, c), _pairs(called, c), tolerance_bp) for c in _chroms(planted, "chrom1")]
    precision = [_near_pairs(_pairs(called, c), _pairs(known, c), tolerance_bp) for c in _chroms(called, "chrom1")]
    return CallRecovery(_share(recall), _share(precision), len(planted), len(called))


def convergent_share(loops: pd.DataFrame, sites: pd.DataFrame, *, tolerance_bp: int) -> float:
    """Share of loops between a plus site on the left and a minus site on the right, of all with sites at both anchors.

    Parameters
    ----------
    loops
        As for :func:`loop_recovery`; ``start1`` is left of ``start2``.
    sites
        ``chrom``, ``start``, ``end``, ``strand``.
    tolerance_bp
        Greatest distance from the middle of an anchor to that of a site.

    Returns
    -------
    float
        NaN where no loop has sites at both anchors.
    """
    has_both, is_convergent = [], []
    for chrom in _chroms(loops, "chrom1"):
        of_strand = {strand: _middles(sites[sites["strand"] == strand], chrom) for strand in "+-"}
        left, right = _pairs(loops, chrom).T
        near = {(s, k): _near(m, of_strand[s], tolerance_bp) for k, m in ((1, left), (2, right)) for s in "+-"}
        has_both.append((near["+", 1] | near["-", 1]) & (near["+", 2] | near["-", 2]))
        is_convergent.append(near["+", 1] & near["-", 2])
    both = np.concatenate([np.empty(0, dtype=bool), *has_both])
    return float(np.concatenate(is_convergent)[both].mean()) if both.any() else float("nan")


def compartment_recovery(planted: Mapping[str, ContigValues], found: Mapping[str, ContigValues]) -> CompartmentRecovery:
    """Compare an eigenvector with planted compartments, contig by contig, whatever its sign.

    Parameters
    ----------
    planted
        From -1 (B) to 1 (A), one number per bin, by contig.
    found
        A number per bin whose sign tells the compartments; NaN where nothing is known.

    Raises
    ------
    InputError
        Where bins differ in number, or no contig has at least three bins that both know.

    Examples
    --------
    >>> compartment_recovery({"I": np.array([1.0, 1, -1, -1])}, {"I": np.array([-0.2, -0.1, 0.3, 0.1])}).accuracy
    1.0
    """
    right, correlations, sizes = 0, [], []
    for chrom in planted:
        true, value = planted[chrom], found.get(chrom, np.full(len(planted[chrom]), np.nan))
        if true.shape != value.shape:
            raise InputError(f"contig {chrom}: {true.size} bins are planted and {value.size} were found")
        known = np.isfinite(true) & np.isfinite(value)
        if known.sum() < 3:
            continue
        alike = int(((true[known] > 0) == (value[known] > 0)).sum())
        right += max(alike, int(known.sum()) - alike)
        correlations.append(abs(_pearson(true[known], value[known])))
        sizes.append(int(known.sum()))
    if not sizes:
        raise InputError("no contig has three bins whose compartment is both planted and found")
    return CompartmentRecovery(right / sum(sizes), float(np.average(correlations, weights=sizes)), sum(sizes))


def weight_recovery(planted: PerBin, found: PerBin) -> float:
    """Pearson correlation of ln weights over the bins that have one in both; 1 where they differ by a factor alone."""
    known = np.isfinite(planted) & np.isfinite(found) & (planted > 0) & (found > 0)
    if known.sum() < 3:
        raise InputError("fewer than three bins have both a planted and a found weight")
    return _pearson(np.log(planted[known]), np.log(found[known]))


def decay_slope(distance: Totals, frequency: Totals, *, least: float, most: float) -> float:
    """Slope of ln contact frequency on ln distance between two distances, by least squares.

    Parameters
    ----------
    distance, frequency
        One number per distance, in any unit; those not above 0 are left out.
    least, most
        Between which distances.

    Examples
    --------
    >>> distance = np.arange(1.0, 100)
    >>> round(decay_slope(distance, distance**-1.5, least=5, most=50), 6)
    -1.5
    """
    kept = (distance >= least) & (distance <= most) & (distance > 0) & (frequency > 0)
    if kept.sum() < 2:
        raise InputError(f"fewer than two distances from {least} to {most} have contacts")
    return float(np.polyfit(np.log(distance[kept]), np.log(frequency[kept]), 1)[0])


def _chroms(table: pd.DataFrame, column: str = "chrom") -> list[str]:
    """Contigs of a table, each once."""
    return list(dict.fromkeys(table[column]))


def _middles(table: pd.DataFrame, chrom: str) -> np.ndarray:
    """Sorted middles of the rows on one contig, in bp."""
    own = table[table["chrom"] == chrom]
    return np.sort((own["start"].to_numpy(np.float64) + own["end"].to_numpy(np.float64)) / 2)


def _pairs(table: pd.DataFrame, chrom: str) -> np.ndarray:
    """Middles of both anchors of the rows on one contig (``loop 2``)."""
    own = table[(table["chrom1"] == chrom) & (table["chrom2"] == chrom)]
    columns = [(own[f"start{n}"].to_numpy(np.float64) + own[f"end{n}"].to_numpy(np.float64)) / 2 for n in (1, 2)]
    return np.column_stack(columns)


def _near(places: np.ndarray, others: np.ndarray, tolerance: float) -> np.ndarray:
    """Which places have another one within the tolerance; ``others`` are sorted."""
    if not others.size:
        return np.zeros(places.size, dtype=bool)
    at = np.searchsorted(others, places)
    before, after = others[np.maximum(at - 1, 0)], others[np.minimum(at, others.size - 1)]
    return np.minimum(np.abs(places - before), np.abs(places - after)) <= tolerance


def _near_pairs(pairs: np.ndarray, others: np.ndarray, tolerance: float) -> np.ndarray:
    """Which pairs have another one within the tolerance on both sides."""
    if not len(others):
        return np.zeros(len(pairs), dtype=bool)
    return np.array([(np.abs(others - pair).max(axis=1) <= tolerance).any() for pair in pairs], dtype=bool)


def _share(parts: list[np.ndarray]) -> float:
    """Share of true values; NaN of none."""
    joined = np.concatenate([np.empty(0, dtype=bool), *parts])
    return float(joined.mean()) if joined.size else float("nan")


def _pearson(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson correlation; 0 where one of them does not vary."""
    return float(np.corrcoef(one, other)[0, 1]) if one.std() > 0 and other.std() > 0 else 0.0
