"""One contig of the simulated cell: its bases and which sites on it are bound how often."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import Blocks, SequenceCodes, Totals
from cisgram.genomics.interval import interval_table
from cisgram.simulate.grammar import Grammar
from cisgram.simulate.planting import KINDS, Planted
from cisgram.simulate.sites import Sites


@dataclass(frozen=True, eq=False)
class CellContig:
    """What every assay of the cell sees of one contig.

    Parameters
    ----------
    name
        Name of the contig.
    codes
        Its bases; may be a memory map.
    unmappable
        Stretches where no read can be placed.
    sites
        Every site of the model, planted or there by chance.
    occupancy
        Share of the time that each site is bound.
    planted
        What was planted on purpose.
    """

    name: str
    codes: SequenceCodes
    unmappable: Blocks
    sites: Sites
    occupancy: Totals
    planted: Planted

    @property
    def length(self) -> int:
        """Length in bp."""
        return self.codes.size

    def is_mappable(self, positions: np.ndarray) -> np.ndarray:
        """Whether reads with their 5' end at these positions can be placed."""
        if not len(self.unmappable):
            return np.ones(positions.shape, dtype=bool)
        # Blocks are sorted by start but may overlap: the farthest end of all that begin before decides.
        reach = np.maximum.accumulate(self.unmappable[:, 1])
        before = np.searchsorted(self.unmappable[:, 0], positions, side="right") - 1
        return (before < 0) | (positions >= reach[np.maximum(before, 0)])


def with_planted(sites: Sites, planted: Planted, grammar: Grammar) -> Sites:
    """Add the planted instances that a scan left out for their low weight; sorted like the scan."""
    scanned, ours = _keys(sites.motif, sites.start, sites.is_reverse), _keys(*planted[:3])
    missing = np.flatnonzero(~np.isin(ours, scanned))
    motif = planted.motif[missing]
    lengths = np.array([one.length for one in grammar.motifs])
    best = np.array([one.max_weight for one in grammar.motifs])
    added = Sites(
        motif,
        planted.start[missing],
        planted.start[missing] + lengths[motif],
        planted.is_reverse[missing],
        planted.relative_weight[missing] * best[motif],
    )
    joined = Sites(*(np.concatenate(pair) for pair in zip(sites, added, strict=True)))
    return joined.rows(np.lexsort((joined.is_reverse, joined.motif, joined.start)))


def instance_table(contig: CellContig, grammar: Grammar, *, min_occupancy: float) -> pd.DataFrame:
    """Sites as an interval table: all planted ones, and chance ones that are bound often enough.

    Parameters
    ----------
    contig
        The contig.
    grammar
        Gives the names of the motifs.
    min_occupancy
        Least occupancy of a chance site that is listed.

    Returns
    -------
    pandas.DataFrame
        Interval table with the columns ``name`` (motif), ``score`` (occupancy in thousandths, as BED wants an
        integer), ``strand``, ``occupancy``, ``weight`` (statistical weight without help), ``origin`` (``planted``,
        ``decoy`` or ``chance``) and ``region`` (name of the planted region, ``.`` for none).
    """
    sites, planted = contig.sites, contig.planted
    keys, ours = _keys(sites.motif, sites.start, sites.is_reverse), _keys(*planted[:3])
    order = np.argsort(ours)
    at = np.minimum(np.searchsorted(ours[order], keys), max(0, ours.size - 1))
    is_planted = ours[order][at] == keys if ours.size else np.zeros(keys.size, dtype=bool)
    region = np.full(keys.size, -1)
    region[is_planted] = planted.region[order][at[is_planted]]
    is_decoy = is_planted & (planted.region_kind[region] == KINDS.index("decoy")) if ours.size else is_planted
    origin = np.select([is_decoy, is_planted], ["decoy", "planted"], "chance")
    listed = np.flatnonzero(is_planted | (contig.occupancy >= min_occupancy))
    return interval_table(
        [contig.name] * listed.size,
        sites.start[listed],
        sites.end[listed],
        name=[grammar.motifs[number].name for number in sites.motif[listed]],
        score=np.round(1000 * contig.occupancy[listed]).astype(np.int64),
        strand=np.where(sites.is_reverse[listed], "-", "+"),
        occupancy=contig.occupancy[listed].round(6),
        weight=sites.weight[listed].round(6),
        origin=origin[listed],
        region=[f"{contig.name}_{number + 1}" if number >= 0 else "." for number in region[listed]],
    )


def region_table(contig: CellContig) -> pd.DataFrame:
    """Planted regions as an interval table with the columns ``name`` and ``kind``."""
    planted = contig.planted
    n_regions = planted.region_start.size
    return interval_table(
        [contig.name] * n_regions,
        planted.region_start,
        planted.region_end,
        name=[f"{contig.name}_{number + 1}" for number in range(n_regions)],
        kind=[KINDS[kind] for kind in planted.region_kind],
    )


def _keys(motif: np.ndarray, start: np.ndarray, is_reverse: np.ndarray) -> np.ndarray:
    """One integer per site that no other site shares."""
    return (start * 1024 + motif) * 2 + is_reverse
