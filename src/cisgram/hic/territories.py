"""Chromosome territories: how much of what a contig meets is itself, and which other contigs it prefers."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import PairMatrix
from cisgram.genomics.contacts import ContactSource

CONTIG_COLUMNS = ("chrom", "size", "cis", "trans", "cis_share")
"""Columns of :attr:`Territories.contigs`: length in bp, contacts within and with others, the share of ends within."""

BIN_COLUMNS = ("chrom", "start", "end", "cis", "trans", "cis_share")
"""Columns of :attr:`Territories.bins`: for every bin, ends of contacts whose other end is in the contig, or not."""

PAIR_COLUMNS = ("chrom1", "chrom2", "observed", "expected", "log2_ratio")
"""Columns of :attr:`Territories.pairs`: contacts between two contigs, those expected, log2 of their ratio."""


class Territories(NamedTuple):
    """Contacts within and between contigs."""

    contigs: pd.DataFrame
    """A row per contig, ``CONTIG_COLUMNS``."""
    bins: pd.DataFrame
    """A row per bin, ``BIN_COLUMNS``; the share is NaN where a bin has no contacts."""
    pairs: pd.DataFrame
    """A row per pair of contigs, ``PAIR_COLUMNS``."""

    @property
    def cis_share(self) -> float:
        """Share of all contacts that lie within contigs; NaN where there are none."""
        within, between = self.contigs["cis"].sum(), self.contigs["trans"].sum() / 2
        return float(within / (within + between)) if within + between else float("nan")


def territories(source: ContactSource, *, ignore_diagonals: int = 0) -> Territories:
    """Count contacts within and between contigs, and compare pairs of contigs with what their contacts let expect.

    Expected are contacts in proportion to how many each contig has with others: the numbers ``a_i a_j`` whose sums
    over the other contigs are those observed (quasi-independence; the ratio of Lieberman-Aiden et al., 2009, without
    its bias where contigs are few). Counts are not balanced, so that masked bins count.

    Parameters
    ----------
    source
        The map; its pixels go by in chunks.
    ignore_diagonals
        Contacts of bins nearer than this are not counted as being within a contig; pairs of one fragment and its
        repairs are among them.

    Returns
    -------
    Territories
        Tables per contig, bin and pair. Shares are of ends of contacts, of which each contact has two: those of contigs
        average to the share of all contacts that lie within contigs.

    Examples
    --------
    >>> from cisgram.genomics.contacts import ContactBins, ContactMap
    >>> pixels = np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([6, 4, 10])
    >>> territories(ContactMap(ContactBins({"I": 10, "II": 10}, 10), *pixels)).contigs["cis_share"].round(2).tolist()
    [0.75, 0.83]
    """
    bins = source.bins
    contig_of = np.repeat(np.arange(len(bins.chroms)), [bins.count(chrom) for chrom in bins.chroms])
    within, between = np.zeros(bins.n_bins), np.zeros(bins.n_bins)
    pairs = np.zeros((len(bins.chroms), len(bins.chroms)))
    for bin1, bin2, counts in source.pixels():
        _count(bin1, bin2, counts, contig_of, ignore_diagonals, within, between, pairs)
    pairs += np.triu(pairs, 1).T
    contigs = pd.DataFrame({"chrom": list(bins.chroms), "size": list(bins.sizes.values())})
    contigs["cis"], contigs["trans"] = np.diag(pairs), pairs.sum(1) - np.diag(pairs)
    per_bin = bins.table().assign(cis=within, trans=between)
    for table, ends in ((contigs, 2 * contigs["cis"]), (per_bin, per_bin["cis"])):
        total = ends + table["trans"]
        table["cis_share"] = ends / total.where(total > 0)
    return Territories(contigs, per_bin, _pair_table(bins.chroms, pairs))


def _pair_table(chroms: tuple[str, ...], pairs: PairMatrix) -> pd.DataFrame:
    """Observed and expected contacts of each two contigs."""
    observed = pairs.copy()
    np.fill_diagonal(observed, 0)
    expected = _quasi_independent(observed)
    one, other = np.triu_indices(len(chroms), 1)
    names = np.array(chroms, dtype=object)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log2(observed[one, other] / expected[one, other])
    columns = (names[one], names[other], observed[one, other], expected[one, other], ratio)
    return pd.DataFrame(dict(zip(PAIR_COLUMNS, columns, strict=True))).astype({"chrom1": str, "chrom2": str})


def _quasi_independent(observed: PairMatrix, *, n_rounds: int = 2000, tolerance: float = 1e-12) -> PairMatrix:
    """The symmetric matrix ``a_i a_j`` with an empty diagonal whose row sums are those of ``observed``."""
    sums = observed.sum(1)
    if len(sums) < 3 or not sums.any():
        return observed.copy()
    factors = sums / np.sqrt(sums.sum())
    for _ in range(n_rounds):
        others = factors.sum() - factors
        wanted = np.divide(sums, others, out=np.zeros_like(sums), where=others > 0)
        new = np.sqrt(factors * wanted)  # half a step on the logarithm: full ones swing to and fro
        if np.abs(new - factors).max() <= tolerance * factors.max():
            break
        factors = new
    expected = np.outer(factors, factors)
    np.fill_diagonal(expected, 0)
    return expected


@njit(cache=True)
def _count(bin1, bin2, counts, contig_of, ignore_diagonals, within, between, pairs):
    """Add pixels to their bins and to their pair of contigs."""
    for p in range(len(counts)):
        i, j = bin1[p], bin2[p]
        one, other = contig_of[i], contig_of[j]
        if one != other:
            between[i] += counts[p]
            between[j] += counts[p]
        elif j - i >= ignore_diagonals:
            within[i] += counts[p]
            within[j] += counts[p]
        else:
            continue
        pairs[one, other] += counts[p]
