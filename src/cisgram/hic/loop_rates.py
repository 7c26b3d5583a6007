"""Which numbers of contacts are surprising, class by class of what is expected (the lambda bins of HiCCUPS)."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.stats import poisson

from cisgram.arrays import ContigValues, KernelValues, PixelFlags, PixelValues, RateHistogram, RatesByCount


def rate_edges(n_classes: int) -> ContigValues:
    """Upper edges of classes of expected contacts: 1, then by factors of the cube root of 2.

    Parameters
    ----------
    n_classes
        Edges; one more class, of all that is expected beyond the last edge, stays open.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> rate_edges(4).round(3).tolist()
    [1.0, 1.26, 1.587, 2.0]
    """
    return np.logspace(0, n_classes - 1, num=n_classes, base=2 ** (1 / 3), dtype=np.float64)


def least_counts(edges: ContigValues, fdr: float) -> ContigValues:
    """Contacts below which no pixel of a class can be called: they are too likely for any number of pixels.

    Parameters
    ----------
    edges
        From :func:`rate_edges`.
    fdr
        Share of false pixels that is borne.

    Returns
    -------
    numpy.ndarray
        One number per class; infinite for the open one, which is never called.

    Examples
    --------
    >>> least_counts(rate_edges(2), 0.1).tolist()
    [2.0, 3.0, inf]
    """
    return np.append(poisson.isf(fdr, _rates(edges)), np.inf)


class RateTable(NamedTuple):
    """q-values and thresholds by kernel, class of expected contacts, and contacts."""

    levels: ContigValues
    """Numbers of contacts, ascending."""
    edges: ContigValues
    """Upper edges of the classes but the last."""
    thresholds: KernelValues
    """``kernel class``: least contacts of a called pixel; infinite where none is called."""
    q: RatesByCount
    """``kernel class level``: share of false pixels among those of the class with so many contacts or more."""

    def q_values(self, counts: PixelValues, expected: KernelValues) -> KernelValues:
        """q-value of each pixel by each kernel."""
        level = np.searchsorted(self.levels, counts)
        group = np.searchsorted(_rates(self.edges), expected)
        return np.stack([self.q[k][group[:, k], level] for k in range(len(self.q))], axis=1)

    def is_called(self, counts: PixelValues, expected: KernelValues) -> PixelFlags:
        """Whether each pixel has enough contacts by every kernel."""
        group = np.searchsorted(self.edges, expected)
        return np.logical_and.reduce([counts >= own[group[:, k]] for k, own in enumerate(self.thresholds)])


def rate_table(contigs: Iterable[tuple[ContigValues, RateHistogram]], edges: ContigValues, fdr: float) -> RateTable:
    """Find thresholds over all contigs together.

    Among the pixels of a class with ``n`` contacts or more, as many are false as a Poisson distribution with the upper
    edge of the class as its rate would give of all pixels of the class (Benjamini and Hochberg 1995, J R Stat Soc B
    57:289).

    Parameters
    ----------
    contigs
        Numbers of contacts and the histogram (kernel, class, number of contacts) of each contig.
    edges
        Upper edges of the classes but the last.
    fdr
        Share of false pixels that is borne.

    Returns
    -------
    RateTable
    """
    parts = list(contigs)
    levels = np.unique(np.concatenate([own for own, _ in parts]))
    total = np.zeros((*parts[0][1].shape[:2], levels.size))
    for own, histogram in parts:
        total[:, :, np.searchsorted(levels, own)] += histogram
    n_or_more = total[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]
    surprise = np.ones((edges.size + 1, levels.size))
    surprise[:-1] = poisson.sf(levels[None, :], _rates(edges)[:, None])
    n_false = n_or_more[:, :, :1] * surprise
    q = np.ones_like(n_false)
    np.divide(n_false, n_or_more, out=q, where=n_or_more > 0)
    q = np.minimum(np.minimum.accumulate(q, axis=2), 1.0)
    passes = (fdr * n_or_more >= n_false) & (n_or_more > 0)
    passes[:, -1] = False
    first = np.argmax(passes, axis=2)
    thresholds = np.where(passes.any(axis=2), levels[first], np.inf)
    return RateTable(levels, edges, thresholds, q)


def _rates(edges: ContigValues) -> ContigValues:
    """Upper edges to three decimals: so ``cooltools`` takes them for Poisson rates, and q-values shall be the same."""
    return np.round(edges, 3)
