"""Insulation: how few contacts cross a bin, and the boundaries that this shows, at several window sizes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from cisgram.arrays import PerBin
from cisgram.errors import ConfigError
from cisgram.genomics.contacts import CisContacts, ContactSource
from cisgram.hic.diamonds import diamond_sums, valid_diamond_pixels
from cisgram.hic.prominence import li_threshold, otsu_threshold, peak_prominences

log = logging.getLogger(__name__)

INSULATION_COLUMNS = ("chrom", "start", "end", "region", "is_bad_bin")
"""Columns of the table of :func:`insulation` that every map has; after them follow those of each window of ``W`` bp:
``log2_insulation_score_W``, ``n_valid_pixels_W``, ``boundary_strength_W`` and ``is_boundary_W``."""

BOUNDARY_COLUMNS = ("chrom", "start", "end", "strength", "log2_insulation_score", "window_bp")
"""Columns of :func:`boundaries`."""


@dataclass(frozen=True)
class InsulationConfig:
    """How insulation is measured and boundaries are told from noise."""

    windows_bp: tuple[int, ...]
    """Sides of the diamonds in bp, each a multiple of the bin size. Five to ten bins show domains; more bins show
    larger ones."""
    ignore_diagonals: int = 2
    """Contacts at fewer bins than this are left out: self-ligation fills them."""
    min_valid_share: float = 0.66
    """Bins whose diamond has fewer valid pixels than this share of the fullest diamond can be no boundary."""
    min_distance_to_bad: int = 0
    """Bins nearer than this to a masked bin (in bins) get no score and can be no boundary."""
    threshold: str | float = "li"
    """Least strength of a boundary: ``li`` or ``otsu``, the rule that finds it in the strengths, or a number (log2)."""

    def __post_init__(self) -> None:
        if not self.windows_bp or len(set(self.windows_bp)) < len(self.windows_bp) or min(self.windows_bp) < 1:
            raise ConfigError(f"windows_bp must be different lengths of at least 1 bp; got {self.windows_bp}")
        if self.ignore_diagonals < 0 or self.min_distance_to_bad < 0:
            raise ConfigError("ignore_diagonals and min_distance_to_bad must not be negative")
        if not 0 <= self.min_valid_share <= 1:
            raise ConfigError(f"min_valid_share must lie between 0 and 1; got {self.min_valid_share}")
        if isinstance(self.threshold, str) and self.threshold not in ("li", "otsu"):
            raise ConfigError(f"threshold must be li, otsu or a number; got {self.threshold!r}")

    def windows(self, bin_size: int) -> tuple[int, ...]:
        """The windows in bins.

        Raises
        ------
        ConfigError
            Where a window is not a whole number of bins, or too short to hold a pixel.
        """
        if wrong := [window for window in self.windows_bp if window % bin_size]:
            nearest = max(1, round(wrong[0] / bin_size)) * bin_size
            raise ConfigError(
                f"windows_bp must be multiples of the bin size {bin_size}; got {wrong[0]} (nearest: {nearest})"
            )
        windows = tuple(window // bin_size for window in self.windows_bp)
        if 2 * (min(windows) - 1) < self.ignore_diagonals:
            raise ConfigError(
                f"a window of {min(windows)} bins of {bin_size} bp holds no contact at {self.ignore_diagonals} bins or "
                "more; take a longer one"
            )
        return windows


def insulation(source: ContactSource, config: InsulationConfig, *, chroms: Sequence[str] | None = None) -> pd.DataFrame:
    """Score how strongly every bin insulates its two sides from each other, and call boundaries.

    The score of bin ``c`` at a window of ``w`` bins is the mean balanced contact between the bins ``c - w + 1 .. c``
    and the bins ``c .. c + w - 1`` (a diamond on the diagonal), without the first diagonals and masked bins,
    divided by the median of the contig; its log2 is given. Minima are boundaries; their strength is the
    prominence of the minimum. Values are those of ``cooltools.insulation``.

    Parameters
    ----------
    source
        A balanced map. One contig is in memory at a time.
    config
        Windows and thresholds.
    chroms
        Contigs; all if not given.

    Returns
    -------
    pandas.DataFrame
        One row per bin with :data:`INSULATION_COLUMNS` and four columns per window. The score is NaN where a diamond
        has no valid pixel or no contact; the strength is NaN where a bin is no local minimum.

    Raises
    ------
    InputError
        Where the map is not balanced or has no such contig.

    Examples
    --------
    >>> from cisgram.genomics.contacts import ContactBins, ContactMap
    >>> row, column = np.triu_indices(12)
    >>> counts = np.where(row < 6, 4.0, 5.0) / np.where((row < 6) == (column < 6), 1, 4)
    >>> blocks = ContactMap(ContactBins({"I": 120}, bin_size=10), row, column, counts, np.ones(12))
    >>> table = insulation(blocks, InsulationConfig(windows_bp=(30,)))
    >>> table.loc[table["is_boundary_30"], "start"].tolist()
    [50]

    References
    ----------
    Crane et al. 2015, Nature 523:240; Open2C 2024, PLoS Comput Biol 20:e1012067.
    """
    names = source.bins.chroms if chroms is None else tuple(chroms)
    windows = config.windows(source.bins.bin_size)
    parts = [_contig_scores(source.cis(chrom), config, windows) for chrom in names]
    table = pd.concat(parts, ignore_index=True)
    for window_bp in config.windows_bp:
        _call(table, window_bp, config)
    return table


def boundaries(table: pd.DataFrame, window_bp: int) -> pd.DataFrame:
    """The bins that were called boundaries at one window, in the order of the genome.

    Parameters
    ----------
    table
        From :func:`insulation`.
    window_bp
        One of its windows.

    Returns
    -------
    pandas.DataFrame
        :data:`BOUNDARY_COLUMNS`, in the order of the table.

    Raises
    ------
    ConfigError
        Where the table has no such window.
    """
    if f"is_boundary_{window_bp}" not in table:
        have = [str(name).rsplit("_", 1)[1] for name in table if str(name).startswith("is_boundary_")]
        raise ConfigError(f"the table has no window of {window_bp} bp; it has {', '.join(have)}")
    called = table[table[f"is_boundary_{window_bp}"]]
    columns = {
        "strength": called[f"boundary_strength_{window_bp}"],
        "log2_insulation_score": called[f"log2_insulation_score_{window_bp}"],
        "window_bp": window_bp,
    }
    return called[["chrom", "start", "end"]].assign(**columns).reset_index(drop=True)[list(BOUNDARY_COLUMNS)]


def _contig_scores(contacts: CisContacts, config: InsulationConfig, windows: tuple[int, ...]) -> pd.DataFrame:
    """Scores and valid pixels of one contig."""
    weights = contacts.require_weights()
    is_bad = np.isnan(weights)
    sums = diamond_sums(contacts, windows, ignore_diagonals=config.ignore_diagonals)
    start = np.arange(contacts.n_bins, dtype=np.int64) * contacts.bin_size
    columns: dict[str, object] = {
        "chrom": contacts.chrom,
        "start": start,
        "end": np.minimum(start + contacts.bin_size, contacts.size),
        "region": contacts.chrom,
        "is_bad_bin": is_bad,
    }
    is_near = _distance_to_bad(is_bad) < config.min_distance_to_bad
    for window_bp, window, total in zip(config.windows_bp, windows, sums, strict=True):
        n_valid = valid_diamond_pixels(~is_bad, window, ignore_diagonals=config.ignore_diagonals)
        score = _log2_of_median(total, n_valid)
        columns[f"log2_insulation_score_{window_bp}"] = np.where(is_near, np.nan, score)
        columns[f"n_valid_pixels_{window_bp}"] = n_valid
    return pd.DataFrame(columns)


def _log2_of_median(total: PerBin, n_valid: PerBin) -> PerBin:
    """log2 of mean over median mean; NaN without pixels or contacts."""
    mean = np.full(total.size, np.nan)
    np.divide(total, n_valid, out=mean, where=n_valid > 0)
    known = mean[~np.isnan(mean)]
    middle = np.median(known) if known.size else np.nan
    if not middle > 0:  # more than half of the contig has no contacts: there is nothing to compare with
        return np.full(total.size, np.nan)
    mean[mean <= 0] = np.nan
    return np.log2(mean / middle)


def _distance_to_bad(is_bad: np.ndarray) -> np.ndarray:
    """Bins to the nearest masked bin; very many where there is none."""
    at = np.flatnonzero(is_bad)
    if not at.size:
        return np.full(is_bad.size, np.iinfo(np.int64).max)
    where = np.arange(is_bad.size)
    after = np.searchsorted(at, where)
    left = np.abs(where - at[np.maximum(after - 1, 0)])
    right = np.abs(at[np.minimum(after, at.size - 1)] - where)
    return np.minimum(left, right)


def _call(table: pd.DataFrame, window_bp: int, config: InsulationConfig) -> None:
    """Add strength and call of every bin at one window to a table that is ours."""
    score = table[f"log2_insulation_score_{window_bp}"].to_numpy()
    n_valid = table[f"n_valid_pixels_{window_bp}"].to_numpy()
    is_usable = n_valid >= n_valid.max(initial=0) * config.min_valid_share
    strength = np.full(score.size, np.nan)
    chrom = table["chrom"].to_numpy()
    for begin, end in _runs(chrom):
        if config.min_distance_to_bad:
            is_far = _distance_to_bad(table["is_bad_bin"].to_numpy()[begin:end]) >= config.min_distance_to_bad
            is_usable[begin:end] &= is_far
        used = begin + np.flatnonzero(is_usable[begin:end])
        at, prominence = peak_prominences(-score[used])
        strength[used[at]] = prominence
    least = _least_strength(strength[~np.isnan(strength)], config.threshold)
    table[f"boundary_strength_{window_bp}"] = strength
    table[f"is_boundary_{window_bp}"] = np.nan_to_num(strength, nan=-np.inf) >= least
    n_called = int(table[f"is_boundary_{window_bp}"].sum())
    n_minima = int((~np.isnan(strength)).sum())
    log.info("%d bp: %d boundaries of %d minima, strength %.3g or more", window_bp, n_called, n_minima, least)


def _least_strength(strengths: np.ndarray, rule: str | float) -> float:
    """The strength from which on a minimum is a boundary."""
    if not isinstance(rule, str):
        return float(rule)
    if not strengths.size:
        return float("inf")
    return li_threshold(strengths) if rule == "li" else otsu_threshold(strengths)


def _runs(chrom: np.ndarray) -> list[tuple[int, int]]:
    """Where each contig of a table begins and ends."""
    edges = [0, *(np.flatnonzero(chrom[1:] != chrom[:-1]) + 1).tolist(), len(chrom)]
    return [(begin, end) for begin, end in pairwise(edges) if end > begin]
