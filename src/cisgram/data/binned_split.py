"""Which pieces of a genome are trained on and which are held out: contigs, regions of a file, or pieces at random."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from cisgram.arrays import PartShares, Totals
from cisgram.data.windows import Split
from cisgram.errors import ConfigError, ContigError, EmptySetError, InputError
from cisgram.genomics.interval import merge

PARTS: tuple[Split, ...] = ("train", "valid", "test")
"""The parts of a split."""


@dataclass(frozen=True)
class BinnedSplitConfig:
    """Which stretches of the genome the model never trains on: exactly one of four ways.

    Give contigs by name (``test`` and ``valid``), a file of regions (``bed``), shares of the genome (``test_share``
    and ``valid_share``), or folds (``n_folds``).
    """

    test: tuple[str, ...] = ()
    """Contigs for the figures of the report."""
    valid: tuple[str, ...] = ()
    """Contigs for early stopping and for the choice of settings."""
    bed: str = ""
    """BED file whose fourth column says ``train``, ``valid`` or ``test``; what it leaves out is not used."""
    test_share: float = 0.0
    """Share of the genome, in contigs (or pieces of long ones) drawn at random by size; in Basenji 0.05."""
    valid_share: float = 0.0
    """The same for early stopping."""
    n_folds: int = 0
    """Deal contigs (or pieces) at random into so many parts of about one size, of which two are held out."""
    fold: int = 0
    """Which of the folds, from 0 on, is for testing; the next one is for validation."""
    break_bp: int = 786_432
    """Contigs that are longer are halved, and halved again, before they are drawn, as in Basenji; 0: never."""

    def __post_init__(self) -> None:
        ways = [
            name
            for name, given in (
                ("test and valid", bool(self.test or self.valid)),
                ("bed", bool(self.bed)),
                ("test_share and valid_share", bool(self.test_share or self.valid_share)),
                ("n_folds", bool(self.n_folds)),
            )
            if given
        ]
        if len(ways) != 1:
            raise ConfigError(
                "split: give exactly one of test and valid (contigs), bed, test_share and valid_share, n_folds; got "
                f"{' and '.join(ways) or 'none'}"
            )
        if bool(self.test) != bool(self.valid) or bool(self.test_share) != bool(self.valid_share):
            raise ConfigError("split needs both a test and a valid part")
        if both := sorted(set(self.test) & set(self.valid)):
            raise ConfigError(f"split has {', '.join(both)} in both test and valid; a contig belongs to one part")
        shares = (self.test_share, self.valid_share)
        if min(shares) < 0 or sum(shares) >= 1 or self.break_bp < 0:
            raise ConfigError(f"split: shares must not be negative and leave something to train on; got {shares}")
        if self.n_folds and (self.n_folds < 3 or not 0 <= self.fold < self.n_folds):
            raise ConfigError(
                f"split.n_folds must be at least 3 and fold one of 0..n_folds - 1; got {self.n_folds} and {self.fold}"
            )


def split_pieces(
    config: BinnedSplitConfig,
    sizes: Mapping[str, int],
    *,
    leave_out: Collection[str] = (),
    regions: pd.DataFrame | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Cut a genome into pieces, each for one part.

    Parameters
    ----------
    config
        How.
    sizes
        Contigs and their lengths in bp.
    leave_out
        Contigs that are not used.
    regions
        Interval table of ``config.bed`` with the column ``name``; contigs called as in ``sizes``.
    seed
        Of everything random.

    Returns
    -------
    pandas.DataFrame
        ``chrom``, ``start``, ``end`` and ``split``, in the order of the contigs; no two rows share a base.

    Raises
    ------
    ContigError
        Where a contig is named that is not there.
    InputError
        Where a region has no part, or two parts share a base.
    EmptySetError
        Where a part gets nothing.
    """
    used = {chrom: size for chrom, size in sizes.items() if chrom not in set(leave_out)}
    if config.bed:
        if regions is None:
            raise InputError("split.bed needs its regions")
        pieces = _from_regions(regions[regions["chrom"].isin(list(used))], config.bed)
    elif config.n_folds:
        pieces = _in_folds(config, used, seed)
    elif config.test_share:
        pieces = _by_share(config, used, seed)
    else:
        pieces = _by_contig(config, used)
    for part in PARTS:
        if not pieces["split"].eq(part).any():
            raise EmptySetError(
                f"stretches of the genome for {part}",
                dropped={},
                hint=f"{len(pieces)} pieces cannot be shared out so; break_bp makes more of them, or name contigs",
            )
    order = {chrom: number for number, chrom in enumerate(sizes)}
    by_place = pieces.assign(order=pieces["chrom"].map(order)).sort_values(["order", "start"], ignore_index=True)
    return by_place[["chrom", "start", "end", "split"]]


def break_contigs(sizes: Mapping[str, int], longest_bp: int) -> pd.DataFrame:
    """Halve contigs until no piece is longer than ``longest_bp``; 0: leave them whole.

    Examples
    --------
    >>> break_contigs({"I": 100, "II": 40}, 50)[["start", "end"]].to_numpy().tolist()
    [[0, 50], [50, 100], [0, 40]]
    """
    rows = []
    for chrom, size in sizes.items():
        edges = [0, size]
        while longest_bp and max(np.diff(edges)) > longest_bp:
            longer = [(a, b) for a, b in pairwise(edges) if b - a > longest_bp]
            edges = sorted([*edges, *((a + b) // 2 for a, b in longer)])
        rows += [(chrom, a, b) for a, b in pairwise(edges)]
    return pd.DataFrame(rows, columns=["chrom", "start", "end"])


def deal_by_size(lengths_bp: Totals, shares: PartShares, *, rng: np.random.Generator) -> np.ndarray:
    """Deal pieces to parts at random so that each part gets about its share of the bases, as Basenji does.

    From the longest piece on, each goes to a part with a chance in proportion to what that part still lacks; parts
    that lack less than the piece are passed over, as long as there is another.

    Parameters
    ----------
    lengths_bp
        Length of every piece.
    shares
        What each part is to have of the whole; they sum to 1.
    rng
        Draws.

    Returns
    -------
    numpy.ndarray
        The number of its part for every piece.
    """
    lacking, part_of = shares * lengths_bp.sum(), np.zeros(len(lengths_bp), dtype=np.int64)
    for piece in np.argsort(-lengths_bp, kind="stable"):
        chances = np.where(lacking >= lengths_bp[piece], lacking, 0.0)
        chances = chances if chances.any() else np.maximum(lacking, 0.0)
        part = int(rng.choice(len(shares), p=chances / chances.sum())) if chances.any() else int(np.argmax(lacking))
        part_of[piece] = part
        lacking[part] -= lengths_bp[piece]
    return part_of


def _by_contig(config: BinnedSplitConfig, sizes: Mapping[str, int]) -> pd.DataFrame:
    """Whole contigs."""
    for role, names in (("test", config.test), ("valid", config.valid)):
        if unknown := [name for name in names if name not in sizes]:
            raise ContigError(
                f"split.{role} names {', '.join(unknown)}, which is no contig that is used; there are "
                f"{', '.join(list(sizes)[:8])}"
            )
    part_of = {**dict.fromkeys(config.test, "test"), **dict.fromkeys(config.valid, "valid")}
    return break_contigs(sizes, 0).assign(split=lambda table: table["chrom"].map(part_of).fillna("train"))


def _by_share(config: BinnedSplitConfig, sizes: Mapping[str, int], seed: int) -> pd.DataFrame:
    """Pieces of contigs at random."""
    pieces = break_contigs(sizes, config.break_bp)
    shares = np.array([1 - config.test_share - config.valid_share, config.valid_share, config.test_share])
    dealt = deal_by_size(_lengths(pieces), shares, rng=np.random.default_rng([seed, 0]))
    return pieces.assign(split=[PARTS[part] for part in dealt])


def _in_folds(config: BinnedSplitConfig, sizes: Mapping[str, int], seed: int) -> pd.DataFrame:
    """The same in parts of one size; the folds are the same whichever of them is held out."""
    pieces = break_contigs(sizes, config.break_bp)
    shares = np.full(config.n_folds, 1 / config.n_folds)
    dealt = deal_by_size(_lengths(pieces), shares, rng=np.random.default_rng([seed, 1]))
    held_out = {config.fold: "test", (config.fold + 1) % config.n_folds: "valid"}
    return pieces.assign(split=[held_out.get(int(fold), "train") for fold in dealt])


def _from_regions(regions: pd.DataFrame, path: str) -> pd.DataFrame:
    """Regions of a file, those of one part joined where they touch."""
    part = regions["name"] if "name" in regions else pd.Series("", index=regions.index)
    if not part.isin(PARTS).all():
        odd = part[~part.isin(PARTS)].iloc[0]
        raise InputError(f"{path}: the fourth column must say {', '.join(PARTS)}; got {odd!r}")
    pieces = pd.concat([merge(regions[part == one]).assign(split=one) for one in PARTS], ignore_index=True)
    ordered = pieces.sort_values(["chrom", "start"], ignore_index=True)
    shared = ordered["chrom"].eq(ordered["chrom"].shift()) & (ordered["start"] < ordered["end"].shift())
    if shared.any():
        row = ordered[shared].iloc[0]
        raise InputError(f"{path}: two parts share bases at {row['chrom']} start {row['start']}; each base has one")
    return pieces


def _lengths(pieces: pd.DataFrame) -> np.ndarray:
    return (pieces["end"] - pieces["start"]).to_numpy(dtype=np.float64)
