"""A map with weights of its own: all contigs at once where they meet, else each by itself."""

import numpy as np

from cisgram.genomics.contacts import ContactSource
from cisgram.genomics.weighted_contacts import WeightedContacts
from cisgram.hic.balance import BalanceConfig, balance
from cisgram.hic.zoom import coarsen


def balanced_map(source: ContactSource, *, factor: int = 1) -> WeightedContacts:
    """Balance a map by iterative correction, after its bins were made so many times as wide.

    Contigs without contacts between them (a map of one contig, or from which those were left out) have no common
    scale: each is balanced by itself.

    Parameters
    ----------
    source
        The map; its own weights are not looked at.
    factor
        Bins that are joined into one.

    Raises
    ------
    EmptySetError
        Where the filters leave no bin.
    """
    wide = source if factor == 1 else coarsen(source, factor)
    return WeightedContacts(wide, balance(wide, BalanceConfig(contacts="all" if _has_trans(wide) else "cis")).weights)


def _has_trans(source: ContactSource) -> bool:
    """Whether any contact joins two contigs."""
    ends = np.asarray(source.bins.ends)
    return any(
        bool((bin2 >= ends[np.searchsorted(ends, bin1, side="right")]).any()) for bin1, bin2, _ in source.pixels()
    )
