"""Planted boundaries and pairs of sites of held-out windows, looked for in predicted, measured and true maps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import BinValuesOfWindows, ContactSquares, PairValuesOfWindows, Totals
from cisgram.data.contact_store import ContactLayout
from cisgram.genomics.contact_pairs import square_of
from cisgram.hic.prominence import peak_prominences
from cisgram.interpret.folding.edits import orientation_of
from cisgram.interpret.folding.scores import CORNER_LEAST_BINS, corner_at
from cisgram.io.tables import read_intervals, read_table
from cisgram.simulate.contact_files import ContactFiles

TOLERANCE_BINS = 1
"""A boundary counts as found where a dip of insulation is as near as this."""

MIN_OCCUPANCY = 0.5
"""Pairs are of sites that are bound for this share of the time at least."""

ALONE_BINS = 3
"""A site of a pair has no other strong one as near as this: else a corner could be that of another pair."""

ORIENTATIONS = ("convergent", "tandem", "divergent")


@dataclass(frozen=True, eq=False)
class PlantedWindows:
    """Held-out windows of a simulated genome with what was planted in them.

    Parameters
    ----------
    windows
        Interval table of the windows, with their crop.
    layout
        Their geometry.
    boundaries
        Planted borders: ``window``, ``bin``.
    pairs
        Pairs of strong sites that stand alone: ``window``, ``one``, ``other`` (bins, ``one`` on the left),
        ``orientation``.
    """

    windows: pd.DataFrame
    layout: ContactLayout
    boundaries: pd.DataFrame
    pairs: pd.DataFrame

    def squares(self, values: PairValuesOfWindows) -> ContactSquares:
        """Maps as squares, ``window 1 bin bin``."""
        layout = self.layout
        one_by_one = [
            square_of(np.asarray(pairs, dtype=np.float64), layout.n_bins, layout.diagonal_offset) for pairs in values
        ]
        return np.stack(one_by_one)[:, None]


def planted_windows(files: ContactFiles, windows: pd.DataFrame, layout: ContactLayout) -> PlantedWindows:
    """Read what was planted in windows.

    Parameters
    ----------
    files
        The simulation.
    windows
        Interval table.
    layout
        Geometry of the windows.
    """
    sites = read_intervals(files.sites)
    strong = sites[sites["score"] >= 1000 * MIN_OCCUPANCY]
    borders = read_table(files.boundaries)
    found, pairs = [], []
    for number, (chrom, start) in enumerate(zip(windows["chrom"].tolist(), windows["start"].tolist(), strict=True)):
        first = start + layout.crop_bp
        found.append(_in_bins(borders, chrom, first, layout).assign(window=number))
        pairs.append(_pairs(_in_bins(strong, chrom, first, layout)).assign(window=number))
    return PlantedWindows(windows, layout, pd.concat(found), pd.concat(pairs, ignore_index=True))


def _in_bins(table: pd.DataFrame, chrom: str, first_bp: int, layout: ContactLayout) -> pd.DataFrame:
    """Rows whose middle lies in a bin of the window; ``bin`` and, where known, ``strand``."""
    middle = (table["start"] + table["end"]) // 2
    at = (middle - first_bp) // layout.bin_size
    is_in = table["chrom"].eq(chrom) & (middle >= first_bp) & (at < layout.n_bins)
    return pd.DataFrame({"bin": at[is_in].astype(np.int64), "strand": table.loc[is_in, "strand"]})


def _pairs(sites: pd.DataFrame) -> pd.DataFrame:
    """All pairs of sites that stand alone, far enough apart for a corner."""
    sites = sites.sort_values("bin", kind="stable")
    at, strand = sites["bin"].to_numpy(), sites["strand"].to_numpy()
    is_alone = (np.abs(at[:, None] - at) > ALONE_BINS).sum(axis=1) == at.size - 1
    kept = np.flatnonzero(is_alone)
    rows = [
        (int(at[i]), int(at[j]), orientation_of(strand[i], strand[j]))
        for n, i in enumerate(kept)
        for j in kept[n + 1 :]
        if at[j] - at[i] >= CORNER_LEAST_BINS
    ]
    return pd.DataFrame(rows, columns=["one", "other", "orientation"])


def boundary_figures(insulation: BinValuesOfWindows, planted: PlantedWindows, *, seed: int) -> dict[str, Any]:
    """As many dips of insulation as boundaries were planted, the deepest first: how many boundaries have one.

    Parameters
    ----------
    insulation
        Mean contacts across each bin, ``window bin``; NaN where not known. Boundaries there are not asked for.
    planted
        What was planted.
    seed
        Of the places by chance that it is compared with.

    Returns
    -------
    dict
        ``n_planted``, ``share_found`` (None where none was planted) and ``share_by_chance``, of as many random bins.
    """
    known = ~np.isnan(insulation)
    wanted = np.zeros_like(known)
    window, at = (planted.boundaries[name].to_numpy(np.int64) for name in ("window", "bin"))
    wanted[window, at] = True
    wanted &= known
    n = int(wanted.sum())
    if not n:
        return {"n_planted": 0, "share_found": None, "share_by_chance": None}
    dips = np.zeros(insulation.shape)
    for own, profile, is_known in zip(dips, insulation, known, strict=True):
        if is_known.sum() > 2:
            peaks = peak_prominences(-profile)
            own[peaks.at] = peaks.prominence
    called = np.argsort(-dips, axis=None, kind="stable")[:n]
    called = called[dips.ravel()[called] > 0]
    rng = np.random.default_rng(seed)
    by_chance = [_share_near(wanted, rng.choice(np.flatnonzero(known), n, replace=False)) for _ in range(20)]
    return {"n_planted": n, "share_found": _share_near(wanted, called), "share_by_chance": float(np.mean(by_chance))}


def _share_near(wanted: np.ndarray, called: np.ndarray) -> float:
    """Share of the wanted bins with a called one (flat number) near them, in the same window."""
    near = np.zeros(wanted.shape, dtype=bool)
    near.ravel()[called] = True
    spread = near.copy()
    for step in range(1, TOLERANCE_BINS + 1):
        spread[:, step:] |= near[:, :-step]
        spread[:, :-step] |= near[:, step:]
    return float(spread[wanted].mean())


def corner_scores(values: PairValuesOfWindows, planted: PlantedWindows) -> Totals:
    """The corner of every planted pair (:func:`cisgram.interpret.folding.scores.corner_at`), natural-log units."""
    squares, pairs = planted.squares(values), planted.pairs
    places = zip(pairs["window"].tolist(), pairs["one"].tolist(), pairs["other"].tolist(), strict=True)
    return np.array([corner_at(squares[[window]], one, other)[0, 0] for window, one, other in places])


def corner_figures(corners: Mapping[str, Totals], true: Totals, planted: PlantedWindows) -> list[dict[str, Any]]:
    """Mean corner of convergent, tandem and divergent pairs, and how corners agree with true ones.

    Parameters
    ----------
    corners
        For every method, one number per pair.
    true
        The same of contacts without noise.
    planted
        With the pairs.

    Returns
    -------
    list of dict
        One per method: ``method``, ``n`` and ``mean`` (by orientation) and ``pearson``.
    """
    orientation = planted.pairs["orientation"].to_numpy()
    rows = []
    for method, scores in corners.items():
        known = np.isfinite(scores) & np.isfinite(true)
        by = {name: known & (orientation == name) for name in ORIENTATIONS}
        varies = known.sum() > 2 and scores[known].std() > 0 and true[known].std() > 0
        rows.append(
            {
                "method": method,
                "n": {name: int(own.sum()) for name, own in by.items()},
                "mean": {name: float(scores[own].mean()) if own.any() else None for name, own in by.items()},
                "pearson": float(np.corrcoef(scores[known], true[known])[0, 1]) if varies else None,
            }
        )
    return rows
