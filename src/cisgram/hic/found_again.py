"""Whether what one map shows is found in a second one, or where it is known to be, beside what chance would find."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from cisgram.arrays import PerBin
from cisgram.hic.features import MapFeatures

AGREEMENT_COLUMNS = ("feature", "measure", "value", "by_chance", "n")
"""Columns of :func:`feature_agreement`: what is compared, by which measure, its value, the same after one of the two
was moved along its contig, and how many bins or calls were compared."""

_N_SHIFTS, _FEW = 25, 20


class FoundAgain(NamedTuple):
    """Calls that have another one near them."""

    share: float
    """NaN where there is no call."""
    by_chance: float
    """The same of calls moved along their contigs, the mean of several moves."""
    n: int
    """Calls."""


def feature_agreement(one: MapFeatures, other: MapFeatures, *, seed: int = 0) -> pd.DataFrame:
    """Compare what two maps of the same bins show.

    Tracks by the Pearson correlation of their bins (eigenvectors whatever their sign, the mean over contigs by their
    bins); calls by the share that the other map has too, within a bin (boundaries) or two bins on both sides (domains,
    loops), the mean of both directions. Chance moves one of the two along its contig, around its ends, so that the
    sizes of steps and the distances between calls stay what they are.

    Parameters
    ----------
    one, other
        From :func:`cisgram.hic.features.map_features`, of two halves of a map or of two replicates.
    seed
        Of the moves.

    Returns
    -------
    pandas.DataFrame
        :data:`AGREEMENT_COLUMNS`; what one of the two lacks has no row.
    """
    size, spans = one.bins.bin_size, one.known_spans()
    rows: list[tuple[str, str, float, float, int]] = []
    for window in one.windows_bp:
        column = f"log2_insulation_score_{window}"
        track, beside = by_contig(one.insulation, column), by_contig(other.insulation, column)
        rows.append((f"insulation {window}", "r", *_correlation(track, beside, absolute=False, seed=seed)))
        places, others = one.boundaries(window), other.boundaries(window)
        rows.append((f"boundaries {window}", "share", *_both_ways(places, others, size, spans, seed)))
    if one.domains is not None and other.domains is not None:
        rows.append(("domains", "share", *_both_ways(one.domains, other.domains, 2 * size, spans, seed)))
    if one.loops is not None and other.loops is not None:
        rows.append(("loops", "share", *_both_ways(one.loops, other.loops, 2 * size, spans, seed)))
    if one.eigenvectors is not None and other.eigenvectors is not None:
        track, beside = by_contig(one.eigenvectors, "E1"), by_contig(other.eigenvectors, "E1")
        rows.append(("compartments", "abs_r", *_correlation(track, beside, absolute=True, seed=seed)))
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))


def best_window(agreement: pd.DataFrame | None, windows_bp: Sequence[int]) -> int | None:
    """The window of insulation whose boundaries come back most, less what chance gives.

    Parameters
    ----------
    agreement
        From :func:`feature_agreement`; None where nothing was compared.
    windows_bp
        The windows.

    Returns
    -------
    int or None
        None where no window has 20 boundaries or more.
    """
    if agreement is None:
        return None
    gains = {}
    for window in windows_bp:
        row = agreement[agreement["feature"] == f"boundaries {window}"]
        if len(row) and int(row["n"].iloc[0]) >= _FEW and np.isfinite(row["value"].iloc[0]):
            gains[window] = float(row["value"].iloc[0] - row["by_chance"].iloc[0])
    return max(gains, key=lambda window: gains[window], default=None)


def found_again(
    calls: pd.DataFrame,
    others: pd.DataFrame,
    *,
    tolerance_bp: int,
    spans: Mapping[str, tuple[int, int]],
    seed: int = 0,
) -> FoundAgain:
    """Share of calls that have another one near them.

    Parameters
    ----------
    calls, others
        Places (``chrom``, ``start``, ``end``: middles are compared), domains (the same with ``level``: both ends are)
        or pairs (``chrom1``, ``start1``, ``end1``, ...: both middles are).
    tolerance_bp
        Greatest distance, on both sides of pairs.
    spans
        First and last position of each contig between which calls are moved for chance.
    seed
        Of the moves.

    Examples
    --------
    >>> calls = pd.DataFrame({"chrom": "I", "start": [100, 500], "end": [120, 520]})
    >>> near = pd.DataFrame({"chrom": "I", "start": [105], "end": [125]})
    >>> found_again(calls, near, tolerance_bp=10, spans={"I": (0, 10_000)}).share
    0.5
    """
    own, other = _points(calls), _points(others)
    trees = {chrom: KDTree(points) for chrom, points in other.items()}
    n = sum(len(points) for points in own.values())
    if not n:
        return FoundAgain(float("nan"), float("nan"), 0)
    rng = np.random.default_rng(seed)
    moved = [_hits(_moved(own, spans, rng), trees, tolerance_bp) / n for _ in range(_N_SHIFTS)]
    return FoundAgain(_hits(own, trees, tolerance_bp) / n, float(np.mean(moved)), n)


def moved_track(values: PerBin, rng: np.random.Generator) -> PerBin:
    """The known values of a contig moved along it, around its ends, by a quarter to three quarters of their number.

    Examples
    --------
    >>> moved_track(np.array([1.0, 2.0]), np.random.default_rng(0)).tolist()
    [2.0, 1.0]
    """
    known = np.isfinite(values)
    n = int(known.sum())
    out = values.copy()
    if n > 1:
        out[known] = np.roll(values[known], int(rng.integers(max(1, n // 4), max(2, 3 * n // 4))))
    return out


def track_agreement(one: Mapping[str, PerBin], other: Mapping[str, PerBin], *, absolute: bool) -> tuple[float, int]:
    """Correlate two tracks contig by contig; the mean by bins, and how many bins both know.

    Parameters
    ----------
    one, other
        A number per bin, by contig; NaN where it is not known.
    absolute
        Whether the sign of a contig's correlation says nothing, as of eigenvectors.

    Examples
    --------
    >>> track_agreement({"I": np.array([1.0, 2, 3])}, {"I": np.array([3.0, 2, 1])}, absolute=True)
    (1.0, 3)
    """
    values, sizes = [], []
    for chrom, track in one.items():
        if chrom not in other:
            continue
        known = np.isfinite(track) & np.isfinite(other[chrom])
        pair = track[known], other[chrom][known]
        if known.sum() < 3 or min(np.ptp(part) for part in pair) == 0:
            continue
        r = float(np.corrcoef(*pair)[0, 1])
        values.append(abs(r) if absolute else r)
        sizes.append(int(known.sum()))
    return (float(np.average(values, weights=sizes)) if values else float("nan")), sum(sizes)


def by_contig(table: pd.DataFrame, column: str) -> dict[str, PerBin]:
    """One column of a table of bins, contig by contig."""
    return {str(c): own[column].to_numpy(np.float64) for c, own in table.groupby("chrom", sort=False)}


def _correlation(
    one: Mapping[str, PerBin], other: Mapping[str, PerBin], *, absolute: bool, seed: int
) -> tuple[float, float, int]:
    """Mean correlation over contigs by their bins, the same after moves, and the bins."""
    value, n = track_agreement(one, other, absolute=absolute)
    rng = np.random.default_rng(seed)
    moves = [{c: moved_track(track, rng) for c, track in one.items()} for _ in range(_N_SHIFTS)]
    chance = float(np.mean([track_agreement(moved, other, absolute=absolute)[0] for moved in moves]))
    return value, chance, n


def _both_ways(
    one: pd.DataFrame, other: pd.DataFrame, tolerance_bp: int, spans: Mapping[str, tuple[int, int]], seed: int
) -> tuple[float, float, int]:
    """The mean of both directions, weighed alike, and the calls of both."""
    found = [found_again(*pair, tolerance_bp=tolerance_bp, spans=spans, seed=seed) for pair in _orders(one, other)]
    if not all(part.n for part in found):
        return float("nan"), float("nan"), sum(part.n for part in found)
    share, chance = (float(np.mean([part[column] for part in found])) for column in (0, 1))
    return share, chance, sum(part.n for part in found)


def _orders(one: pd.DataFrame, other: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    yield one, other
    yield other, one


def _points(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Positions in bp by contig (``call 1`` or ``call 2``)."""
    if "chrom1" in table:
        own = table[table["chrom1"] == table["chrom2"]]
        chrom, columns = own["chrom1"], [(own[f"start{n}"] + own[f"end{n}"]) / 2 for n in (1, 2)]
    elif "level" in table:
        chrom, columns = table["chrom"], [table["start"], table["end"]]
    else:
        chrom, columns = table["chrom"], [(table["start"] + table["end"]) / 2]
    points = np.column_stack([column.to_numpy(np.float64) for column in columns])
    names = chrom.to_numpy()
    return {str(name): points[names == name] for name in dict.fromkeys(names)}


def _hits(points: Mapping[str, np.ndarray], trees: Mapping[str, KDTree], tolerance_bp: float) -> int:
    """How many have one of the others within the tolerance, on every side."""
    return sum(
        int(np.isfinite(trees[chrom].query(own, p=np.inf, distance_upper_bound=tolerance_bp + 1e-6)[0]).sum())
        for chrom, own in points.items()
        if chrom in trees
    )


def _moved(
    points: Mapping[str, np.ndarray], spans: Mapping[str, tuple[int, int]], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """All calls of a contig moved by one step, around the ends of what is known of it."""
    moved = {}
    for chrom, own in points.items():
        low, high = spans.get(chrom, (0, int(own.max()) + 1))
        length = own[:, -1] - own[:, 0]
        room = np.maximum(high - low - length, 1)
        step = rng.uniform(0.25, 0.75) * (high - low)
        first = low + (own[:, 0] - low + step) % room
        moved[chrom] = np.column_stack([first, first + length])[:, : own.shape[1]]
    return moved
