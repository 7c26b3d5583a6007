"""Blocks of the genome that are drawn with replacement, for intervals around what is compared base by base.

Neighbouring bases and peaks resemble each other, so whole blocks are drawn (Efron and Tibshirani 1993, chapter 8).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer

from cisgram.arrays import Mask
from cisgram.errors import ContigError, EmptySetError, InputError
from cisgram.genomics.interval import merge

MAX_BLOCK_BP = 5_000_000
MIN_BLOCK_BP = 5_000
MIN_BLOCKS = 20


class Block(NamedTuple):
    """One block: where it lies and its row of the sums."""

    number: int
    chrom: str
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class GenomeBlocks:
    """Blocks that hold something to compare, and how often each is drawn.

    Parameters
    ----------
    blocks
        In the order of contigs, from left to right.
    draws
        ``resample block``: how often each block is drawn; a row sums to the number of blocks.
    sizes
        Contigs and lengths in bp.
    regions
        Merged intervals outside of which nothing is looked at; None for whole contigs.
    block_bp
        Length of a block.
    """

    blocks: tuple[Block, ...]
    draws: Float[np.ndarray, "resample block"]
    sizes: Mapping[str, int]
    regions: pd.DataFrame | None
    block_bp: int

    def block_of(self, chroms: pd.Series, positions: pd.Series) -> Integer[np.ndarray, "n"]:
        """Number of the block of every position; -1 where it lies in none, or outside of the regions."""
        numbers = {(block.chrom, block.start // self.block_bp): block.number for block in self.blocks}
        keys = zip(chroms.tolist(), (positions // self.block_bp).tolist(), strict=True)
        found = np.array([numbers.get(key, -1) for key in keys], dtype=np.int64)
        if self.regions is not None:
            for chrom in set(chroms):
                rows = np.flatnonzero(chroms.to_numpy() == chrom)
                at = positions.to_numpy()[rows]
                found[rows[~_is_inside(self.regions, chrom, at)]] = -1
        return found

    def is_judged(self, chrom: str, start: int, end: int) -> Mask:
        """Which bases of a stretch are looked at."""
        if self.regions is None:
            return np.full(end - start, chrom in self.sizes)
        return is_in_peaks(self.regions, chrom, start, end)

    def pieces(self, chunk_bp: int) -> Iterator[Block]:
        """All blocks, cut into pieces of at most ``chunk_bp``, in order."""
        for block in self.blocks:
            for start in range(block.start, block.end, chunk_bp):
                yield Block(block.number, block.chrom, start, min(start + chunk_bp, block.end))


def genome_blocks(
    sizes: Mapping[str, int],
    *,
    regions: pd.DataFrame | None = None,
    n_resamples: int = 200,
    seed: int = 0,
    max_block_bp: int = MAX_BLOCK_BP,
) -> GenomeBlocks:
    """Cut contigs into blocks and draw blocks with replacement.

    Blocks are 5 Mb long; where fewer than 20 of them hold something, their length is halved until 20 do, or until
    they are shorter than 10 kb.

    Parameters
    ----------
    sizes
        Contigs that are compared and their lengths in bp, e.g. those never trained on.
    regions
        Interval table: nothing outside is looked at, e.g. where nothing was measured.
    n_resamples
        Resamples to draw; 0 for none (and no intervals).
    seed
        Of the draws.
    max_block_bp
        Length of a block where there are enough of them.

    Raises
    ------
    EmptySetError
        No region lies on these contigs.
    InputError
        A number makes no sense.

    Examples
    --------
    >>> blocks = genome_blocks({"I": 200_000}, n_resamples=3)
    >>> blocks.block_bp, len(blocks.blocks), blocks.draws.sum(axis=1).tolist()
    (9765, 21, [21.0, 21.0, 21.0])
    """
    if n_resamples < 0 or max_block_bp < 1:
        raise InputError(
            f"n_resamples must not be negative and max_block_bp at least 1; got {n_resamples}, {max_block_bp}"
        )
    if regions is not None:
        given = len(regions)
        regions = merge(regions[regions["chrom"].isin(list(sizes))])
        if regions.empty:
            raise EmptySetError("regions", dropped={"on other contigs": given}, hint=f"contigs: {', '.join(sizes)}")
    block_bp = max_block_bp
    found = _cut(sizes, regions, block_bp)
    while len(found) < MIN_BLOCKS and block_bp >= 2 * MIN_BLOCK_BP:
        block_bp //= 2
        found = _cut(sizes, regions, block_bp)
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(found), np.full(len(found), 1 / max(1, len(found))), size=n_resamples)
    return GenomeBlocks(tuple(found), draws.astype(np.float64), dict(sizes), regions, block_bp)


def is_in_peaks(peaks: pd.DataFrame, chrom: str, start: int, end: int) -> Mask:
    """Which bases of a stretch lie in an interval of a table.

    Examples
    --------
    >>> is_in_peaks(pd.DataFrame({"chrom": ["I"], "start": [2], "end": [4]}), "I", 1, 6).tolist()
    [False, True, True, False, False]
    """
    near = peaks[(peaks["chrom"] == chrom) & (peaks["end"] > start) & (peaks["start"] < end)]
    differences = np.zeros(end - start + 1, dtype=np.int32)
    np.add.at(differences, np.maximum(near["start"].to_numpy() - start, 0), 1)
    np.add.at(differences, np.minimum(near["end"].to_numpy() - start, end - start), -1)
    return differences[:-1].cumsum() > 0


def interval_of(statistics: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of resampled values; NaN where fewer than half of them are defined."""
    known = statistics[~np.isnan(statistics)]
    if known.size == 0 or 2 * known.size < statistics.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def require_contigs(peaks: pd.DataFrame, sizes: Mapping[str, int], what: str) -> None:
    """Make sure that a table has intervals on the contigs that are compared; else ContigError."""
    if len(peaks) and not peaks["chrom"].isin(list(sizes)).any():
        theirs = ", ".join(peaks["chrom"].drop_duplicates().tolist()[:4])
        raise ContigError(
            f"{what} lie on {theirs}, ..., which are not compared ({', '.join(list(sizes)[:4])}); are names the same?"
        )


def _cut(sizes: Mapping[str, int], regions: pd.DataFrame | None, block_bp: int) -> list[Block]:
    """Blocks that hold something, numbered without gaps."""
    found = []
    for chrom, size in sizes.items():
        starts = np.arange(0, size, block_bp)
        if regions is not None:
            starts = starts[[_shares_a_base(regions, chrom, int(at), int(min(at + block_bp, size))) for at in starts]]
        for start in starts.tolist():
            found.append(Block(len(found), chrom, start, min(start + block_bp, size)))
    return found


def _shares_a_base(regions: pd.DataFrame, chrom: str, start: int, end: int) -> bool:
    """Whether a stretch shares a base with any interval of a table."""
    return bool(((regions["chrom"] == chrom) & (regions["end"] > start) & (regions["start"] < end)).any())


def _is_inside(regions: pd.DataFrame, chrom: str, positions: np.ndarray) -> np.ndarray:
    """Which positions lie in merged intervals."""
    here = regions[regions["chrom"] == chrom]
    if here.empty:
        return np.zeros(positions.size, dtype=bool)
    at = np.searchsorted(here["start"].to_numpy(), positions, side="right") - 1
    return (at >= 0) & (positions < here["end"].to_numpy()[np.maximum(at, 0)])
