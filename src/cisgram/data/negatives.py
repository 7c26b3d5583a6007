"""Unbound windows with the same GC content as the bound ones, so that GC alone cannot tell them apart."""

import warnings
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Positions, Rows, Totals
from cisgram.data.composition import base_composition
from cisgram.data.windows import COLUMNS
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import overlaps, resize, tile

N_GC_BINS = 50
"""Number of bins of the GC histogram: each is 0.02 wide."""


class GCMatch(NamedTuple):
    """Windows with negatives, and how well these match."""

    windows: pd.DataFrame
    """The windows table with the negatives appended: kind ``negative``, centre ``tile``."""
    report: pd.DataFrame
    """One row per split: ``split``, ``peaks``, ``wanted``, ``found``, ``candidates``, ``bins`` of GC that hold peaks,
    ``short_bins`` with fewer candidates than wanted, ``ks_distance`` between the GC of peaks and negatives (0 the
    same distribution, 1 apart)."""


def gc_matched_negatives(
    windows: pd.DataFrame,
    genome: Genome,
    *,
    ratio: float,
    seed: int,
    jitter_bp: int = 0,
    exclude: pd.DataFrame | None = None,
    apart_bp: int | None = None,
) -> GCMatch:
    """Draw windows away from all peaks that follow the GC histogram of the kept peaks of the same split.

    Candidates are tiles of the contigs that have kept peaks, a quarter of a window apart, without N. A contig
    belongs to the split of its peaks, so the negatives of held-out windows are held out too: call this after
    :func:`cisgram.data.splits.split_by_contig`. Memory grows with the number of tiles (3 Gb in steps of 528 bp:
    some 600 MB).

    Parameters
    ----------
    windows
        A windows table with kept peaks.
    genome
        The genome.
    ratio
        Negatives per kept peak, above 0.
    seed
        Of the draw.
    jitter_bp
        A negative must fit into its contig with this much on both sides.
    exclude
        Interval table of regions that no negative may touch.
    apart_bp
        The middle ``apart_bp`` of a negative may not touch the middle ``apart_bp`` of any peak window, kept or
        dropped; by default the whole window. On a small genome give the length that is predicted, or little is left.

    Returns
    -------
    GCMatch
        Bins short of candidates are not filled from their neighbours: ``found`` is then below ``wanted``, with a
        warning if a tenth or more is missing.

    Raises
    ------
    EmptySetError
        If a split gets no negative at all.

    References
    ----------
    Pampari et al. (2024), ChromBPNet: non-peak regions matched in GC.
    """
    if ratio <= 0:
        raise ConfigError(f"ratio of negatives to peaks must be above 0; got {ratio}")
    peaks = windows[windows["kind"].eq("peak")]
    kept = peaks[peaks["dropped"].eq("")]
    if kept.empty:
        raise EmptySetError("peak windows to match", dropped={"peak windows dropped before": len(peaks)})
    length = int((kept["end"] - kept["start"]).iloc[0])
    taken = resize(peaks, apart_bp or length, center=peaks["start"] + length // 2)
    tiles = _tiles(genome, kept["chrom"].unique(), length=length, jitter_bp=jitter_bp)
    tiles = tiles[~overlaps(resize(tiles, apart_bp or length, center=tiles["start"] + length // 2), taken)]
    tiles = tiles if exclude is None else tiles[~overlaps(tiles, exclude)]
    composition = base_composition(genome, tiles)
    tiles = tiles.assign(gc=composition.gc_fraction)[composition.unknown_fraction == 0]
    return _draw_by_split(
        windows, tiles, peaks=kept.assign(gc=base_composition(genome, kept).gc_fraction), ratio=ratio, seed=seed
    )


def _tiles(genome: Genome, contigs: Iterable[str], *, length: int, jitter_bp: int) -> pd.DataFrame:
    """Overlapping tiles of some contigs that leave room for jitter at both ends."""
    sizes = {chrom: genome.sizes[chrom] - 2 * jitter_bp for chrom in contigs}
    tiles = tile(sizes, length_bp=length, stride_bp=max(1, length // 4))
    return tiles.assign(start=tiles["start"] + jitter_bp, end=tiles["end"] + jitter_bp)


def _draw_by_split(
    windows: pd.DataFrame, tiles: pd.DataFrame, *, peaks: pd.DataFrame, ratio: float, seed: int
) -> GCMatch:
    """Match the peaks of every split with tiles of its own contigs."""
    rng = np.random.default_rng(seed)
    tables, rows = [windows], []
    for split, here in peaks.groupby("split", sort=False):
        candidates = tiles[tiles["chrom"].isin(here["chrom"].unique())]
        wanted = _wanted(here["gc"].dropna().to_numpy(), ratio)
        drawn = candidates.iloc[_draw(candidates["gc"].to_numpy(), wanted, rng)]
        if drawn.empty:
            raise EmptySetError(
                f"negatives for the {split or 'kept'} peaks".replace("  ", " "),
                dropped={"tiles away from peaks, none with the GC content of a peak": len(candidates)},
                hint="set apart_bp to the length that is predicted, or use a shorter input",
            )
        short = np.bincount(_gc_bin(drawn["gc"].to_numpy()), minlength=N_GC_BINS) < wanted
        tables.append(_as_windows(drawn, split=str(split)))
        rows.append(
            {
                "split": split,
                "peaks": len(here),
                "wanted": int(wanted.sum()),
                "found": len(drawn),
                "candidates": len(candidates),
                "bins": len(np.unique(_gc_bin(here["gc"].dropna().to_numpy()))),
                "short_bins": int(short.sum()),
                "ks_distance": _ks_distance(here["gc"].dropna().to_numpy(), drawn["gc"].to_numpy()),
            }
        )
    report = pd.DataFrame(rows)
    _warn_if_short(report)
    return GCMatch(pd.concat(tables, ignore_index=True), report)


def _gc_bin(gc: Totals) -> Positions:
    """Bin of every GC fraction; the last bin includes 1. The small addend undoes rounding, e.g. 0.58 * 50 = 28.99..."""
    return np.minimum(np.floor(gc * N_GC_BINS + 1e-9).astype(np.int64), N_GC_BINS - 1)


def _wanted(gc: Totals, ratio: float) -> Rows:
    """How many negatives each bin should get; the parts lost by rounding down go to the bins that lost most."""
    share = ratio * np.bincount(_gc_bin(gc), minlength=N_GC_BINS)
    wanted = np.floor(share).astype(np.int64)
    missing = round(ratio * gc.size) - int(wanted.sum())
    wanted[np.argsort(wanted - share, kind="stable")[: max(missing, 0)]] += 1
    return wanted


def _draw(gc: Totals, wanted: Rows, rng: np.random.Generator) -> Rows:
    """Rows of up to ``wanted`` candidates per bin, in the order of the candidates."""
    shuffled = rng.permutation(gc.size)
    by_bin = shuffled[np.argsort(_gc_bin(gc[shuffled]), kind="stable")]
    bins = _gc_bin(gc[by_bin])
    place_in_bin = np.arange(bins.size) - np.searchsorted(bins, bins)
    return np.sort(by_bin[place_in_bin < wanted[bins]])


def _ks_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Largest difference of two empirical distribution functions (Kolmogorov-Smirnov)."""
    grid = np.concatenate([first, second])
    below = [np.searchsorted(np.sort(values), grid, side="right") / values.size for values in (first, second)]
    return float(np.abs(below[0] - below[1]).max())


def _as_windows(tiles: pd.DataFrame, *, split: str) -> pd.DataFrame:
    """Tiles as rows of a windows table."""
    name = tiles["chrom"] + ":" + (tiles["start"] + 1).astype(str) + "-" + tiles["end"].astype(str)
    table = tiles[["chrom", "start", "end"]].assign(
        name=name, strand=".", kind="negative", centre="tile", split=split, dropped=""
    )
    return table[list(COLUMNS)]


def _warn_if_short(report: pd.DataFrame) -> None:
    """Say so if a tenth or more of the wanted negatives could not be found."""
    for row in report[report["found"] <= 0.9 * report["wanted"]].to_dict("records"):
        warnings.warn(
            f"only {row['found']} of {row['wanted']} wanted negatives for the {row['split']} peaks: "
            f"{row['short_bins']} of {row['bins']} GC bins have too few windows away from peaks "
            f"(of {row['candidates']} in all)",
            CisgramWarning,
            stacklevel=4,
        )
