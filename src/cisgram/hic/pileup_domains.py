"""Pile-ups of whole domains: every domain with its surroundings brought to one size, then averaged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from cisgram.arrays import SquareContacts
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.contacts import ContactSource
from cisgram.hic.pileup import PileupConfig, contacts_over_expected


@dataclass(frozen=True)
class DomainPileupConfig:
    """How domains are brought to one size."""

    n_cells: int = 60
    """Cells that a domain itself takes along a side of the picture."""
    flank_share: float = 1.0
    """What is shown to both sides, as a share of the length of the domain."""
    least_bins: int = 5
    """Domains of fewer bins are left out: stretched, they show single pixels."""
    ignore_diagonals: int = 2
    """First diagonals that are left out."""
    is_balanced: bool = True
    """Whether contacts are balanced; else they are counts."""

    def __post_init__(self) -> None:
        if self.n_cells < 1 or self.flank_share < 0 or self.least_bins < 2 or self.ignore_diagonals < 0:
            raise ConfigError(
                f"a pile-up of domains needs cells, a flank of 0 or more and domains of 2 bins; got {self}"
            )


@dataclass(frozen=True, eq=False)
class DomainPileup:
    """The mean of many domains of one size.

    Parameters
    ----------
    mean
        Mean observed over expected; the domain itself lies from ``flank_cells`` to ``flank_cells + n_cells``.
    n_cells, flank_cells
        Cells of the domain and of each of its sides.
    domains
        The domains that were used.
    dropped
        How many were not, by reason.
    """

    mean: SquareContacts = field(repr=False)
    n_cells: int
    flank_cells: int
    domains: pd.DataFrame = field(repr=False)
    dropped: Mapping[str, int]

    @property
    def strength(self) -> float:
        """Mean within the domain over the mean between it and its two sides (Flyamer et al. 2017 divide likewise)."""
        own = slice(self.flank_cells, self.flank_cells + self.n_cells)
        sides = np.r_[0 : self.flank_cells, self.flank_cells + self.n_cells : len(self.mean)]
        between = self.mean[own][:, sides]
        if not np.isfinite(between).any():
            return float("nan")
        return float(np.nanmean(self.mean[own, own]) / np.nanmean(between))


def pileup_domains(
    source: ContactSource,
    domains: pd.DataFrame,
    *,
    expected: pd.DataFrame | None = None,
    config: DomainPileupConfig | None = None,
) -> DomainPileup:
    """Average domains with their surroundings, each brought to one size.

    A cell of the picture is the mean of the pixels that it covers, weighted by the shares it covers of them (masked
    pixels left out), so that large domains are averaged and small ones are repeated, without smoothing.

    Parameters
    ----------
    source
        The map; one contig is in memory at a time, one domain as a dense square.
    domains
        Interval table.
    expected
        As of :func:`cisgram.hic.pileup.pileup`.
    config
        Size and flank; the defaults where None.

    Raises
    ------
    EmptySetError
        Where no domain is left, by reason.
    """
    config = config or DomainPileupConfig()
    flank_cells = round(config.n_cells * config.flank_share)
    side = config.n_cells + 2 * flank_cells
    total, many = np.zeros((side, side)), np.zeros((side, side), dtype=np.int64)
    reasons = ["on contigs that the map does not have", "shorter than the least", "at the end of a contig"]
    dropped = dict.fromkeys(reasons, 0)
    dropped[reasons[0]] = int((~domains["chrom"].isin(source.bins.chroms)).sum())
    used = []
    settings = PileupConfig(ignore_diagonals=config.ignore_diagonals, is_balanced=config.is_balanced)
    for chrom in source.bins.chroms:
        own = domains[domains["chrom"] == chrom]
        if own.empty:
            continue
        contig = contacts_over_expected(source, chrom, expected=expected, config=settings)
        for row, start, end in zip(own.index, own["start"], own["end"], strict=True):
            first, last = start / source.bins.bin_size, end / source.bins.bin_size
            flank = (last - first) * config.flank_share
            low, high = int(np.floor(first - flank)), int(np.ceil(last + flank))
            if last - first < config.least_bins:
                dropped[reasons[1]] += 1
            elif low < 0 or high > contig.contacts.n_bins:
                dropped[reasons[2]] += 1
            else:
                square = contig.snippets(np.array([low]), np.array([low]), high - low)[0]
                square = np.fmax(square, square.T)
                cells = _rescaled(square, np.linspace(first - flank - low, last + flank - low, side + 1))
                known = ~np.isnan(cells)
                total += np.where(known, cells, 0.0)
                many += known
                used.append(row)
    if not used:
        raise EmptySetError("domains for a pile-up", dropped=dropped)
    mean = np.where(many > 0, total / np.maximum(many, 1), np.nan)
    return DomainPileup(mean, config.n_cells, flank_cells, domains.loc[used].reset_index(drop=True), dropped)


def _rescaled(square: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Means over cells whose edges are given in bins; NaN where a cell covers no pixel that is known."""
    bins = np.arange(len(square))
    cover = np.stack(
        [np.clip(np.minimum(high, bins + 1) - np.maximum(low, bins), 0, None) for low, high in pairwise(edges)]
    )
    known = ~np.isnan(square)
    weight = cover @ known @ cover.T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 1e-12, cover @ np.where(known, square, 0.0) @ cover.T / weight, np.nan)
