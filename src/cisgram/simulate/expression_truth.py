"""What a method could be asked to find in simulated expression: elements, promoters, and which enhancer serves whom."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import Rows
from cisgram.simulate.expression_counts import ExpressedContig
from cisgram.simulate.expression_layout import PlantedElements
from cisgram.simulate.expression_rules import ExpressionRules
from cisgram.simulate.expression_tracks import StretchState, site_strengths

PROMOTER_COLUMNS = ("chrom", "start", "end", "gene", "strand", "tss", "core")
"""First columns of :func:`promoter_table`: the element, 0-based half-open; name of the gene; ``+`` or ``-``; first
transcribed base, 0-based; motif of the core. Then, for every cell type, ``rate_CELL`` (rate of transcription),
``proximal_CELL`` (share of it that comes from the core and from activators within the element) and ``distal_CELL``
(share that comes from enhancers; what is left comes from other promoters and from chance sites)."""

LINK_COLUMNS = ("chrom", "enhancer", "start", "end", "kind", "gene", "strand", "tss", "distance")
"""First columns of :func:`link_table`: name and place of an enhancer (or decoy), name, strand and first base of a gene,
and bp from that base to the middle of the enhancer, below 0 upstream. Then, for every cell type, ``share_CELL``: the
part of the gene's rate that the enhancer brings, 0 to 1, and ``activity_CELL``, the strength of its bound sites."""

LINKED_WITHIN_BP = 25_000
"""Pairs farther apart are not listed."""


def element_table(chrom: str, planted: PlantedElements, state: StretchState, rules: ExpressionRules) -> pd.DataFrame:
    """Elements of one contig with their activity.

    Returns
    -------
    pandas.DataFrame
        ``chrom``, the columns of :data:`cisgram.simulate.expression_layout.ELEMENT_COLUMNS` and, per cell type,
        ``activity_CELL``: the summed strength of activator sites, each times how often it is bound.
    """
    strengths = site_strengths(rules)[1][state.bound.sites.motif]
    of_site = element_of_sites(planted.elements, state)
    table = planted.elements.assign(chrom=chrom)[["chrom", *planted.elements.columns]]
    for number, cell in enumerate(rules.cell_types):
        active = strengths * state.bound.occupancy[:, number]
        total = np.bincount(of_site[of_site >= 0], active[of_site >= 0], minlength=len(table))
        table[f"activity_{cell.name}"] = total.round(5)
    return table


def element_of_sites(elements: pd.DataFrame, state: StretchState) -> Rows:
    """Row of the element that holds the middle of each site; -1 for sites between elements."""
    return _element_at(elements, state.bound.sites.center)


def promoter_table(contig: ExpressedContig, planted: PlantedElements, rules: ExpressionRules) -> pd.DataFrame:
    """Planted promoters of one contig, :data:`PROMOTER_COLUMNS` and what follows them."""
    found, elements = contig.state.regulation, planted.elements
    at = planted_promoters(planted, contig.state)
    own = at >= 0
    table = pd.DataFrame(
        {
            "chrom": contig.name,
            "start": elements["start"].to_numpy()[at[own]],
            "end": elements["end"].to_numpy()[at[own]],
            "gene": elements["name"].to_numpy()[at[own]],
            "strand": np.where(found.is_reverse[own], "-", "+"),
            "tss": found.tss[own],
            "core": [rules.cores[number].motif for number in found.core[own]],
        },
        columns=list(PROMOTER_COLUMNS),
    )
    of_site = element_of_sites(elements, contig.state)[found.pair_site]
    is_enhancer = elements["kind"].isin(["enhancer", "decoy"]).to_numpy()
    is_near = of_site == at[found.pair_promoter]
    is_distal = (of_site >= 0) & is_enhancer[of_site] & ~is_near
    parts = {"distal": _summed(found.pair_promoter, found.pair_rate, is_distal, at.size)}
    beyond = _summed(found.pair_promoter, found.pair_rate, ~is_near, at.size)
    parts["proximal"] = found.rates - beyond
    for number, cell in enumerate(rules.cell_types):
        table[f"rate_{cell.name}"] = found.rates[own, number].round(5)
        for name in ("proximal", "distal"):
            share = parts[name][own, number] / np.maximum(found.rates[own, number], 1e-9)
            table[f"{name}_{cell.name}"] = share.round(5)
    return table


def planted_promoters(planted: PlantedElements, state: StretchState) -> Rows:
    """Row of the element that each promoter of a state was planted as; -1 for those that are there by chance."""
    cores = planted.instances
    keys = {(int(s), bool(r)): int(e) for s, r, e in cores[["start", "is_reverse", "element"]].itertuples(index=False)}
    kinds = planted.elements["kind"].to_numpy()
    row, sites = state.regulation.row, state.bound.sites
    found = [keys.get(key, -1) for key in zip(sites.start[row].tolist(), sites.is_reverse[row].tolist(), strict=True)]
    return np.array([at if at >= 0 and "promoter" in kinds[at] else -1 for at in found], dtype=np.int64)


def link_table(
    contig: ExpressedContig, elements: pd.DataFrame, promoters: pd.DataFrame, planted: PlantedElements,
    rules: ExpressionRules,
) -> pd.DataFrame:  # fmt: skip
    """Every enhancer or decoy with every planted promoter within :data:`LINKED_WITHIN_BP` of it.

    Parameters
    ----------
    contig, planted, rules
        What was made.
    elements, promoters
        Of :func:`element_table` and :func:`promoter_table`.

    Returns
    -------
    pandas.DataFrame
        :data:`LINK_COLUMNS` and what follows them, by gene and place of the enhancer.
    """
    found = contig.state.regulation
    at = planted_promoters(planted, contig.state)
    number_of_gene = np.flatnonzero(at >= 0)
    of_site = element_of_sites(planted.elements, contig.state)[found.pair_site]
    n_elements = len(elements)
    key = found.pair_promoter * n_elements + of_site
    kept = of_site >= 0
    sums = np.stack(
        [np.bincount(key[kept], found.pair_rate[kept, c], minlength=at.size * n_elements) for c in _cells(rules)],
        axis=1,
    )
    rows = np.flatnonzero(elements["kind"].isin(["enhancer", "decoy"]))
    middle = (elements["start"].to_numpy() + elements["end"].to_numpy())[rows] // 2
    distance = middle[None, :] - promoters["tss"].to_numpy()[:, None]
    gene, place = np.nonzero(np.abs(distance) <= LINKED_WITHIN_BP)
    is_minus = promoters["strand"].to_numpy()[gene] == "-"
    linked = elements.iloc[rows[place]].reset_index(drop=True)
    table = linked[["chrom", "start", "end", "kind"]].assign(
        enhancer=linked["name"],
        **{name: promoters[name].to_numpy()[gene] for name in ("gene", "strand", "tss")},
        distance=np.where(is_minus, -distance[gene, place], distance[gene, place]),
    )[list(LINK_COLUMNS)]
    promoter = number_of_gene[gene]
    for number, cell in enumerate(rules.cell_types):
        rate = np.maximum(found.rates[promoter, number], 1e-9)
        table[f"share_{cell.name}"] = (sums[promoter * n_elements + rows[place], number] / rate).round(5)
    for cell in rules.cell_types:
        table[f"activity_{cell.name}"] = linked[f"activity_{cell.name}"]
    return table


def gene_bodies(promoters: pd.DataFrame, sizes: dict[str, int]) -> pd.DataFrame:
    """Genes as BED: from the first transcribed base 2,000 bp on, or to the end of the contig; scores are 0."""
    tss, is_plus = promoters["tss"], promoters["strand"].eq("+")
    start = (tss - 1_999).clip(lower=0).where(~is_plus, tss)
    end = (tss + 2_000).clip(upper=promoters["chrom"].map(sizes)).where(is_plus, tss + 1)
    columns = {"chrom": promoters["chrom"], "start": start, "end": end, "name": promoters["gene"]}
    return pd.DataFrame(columns).assign(score=0, strand=promoters["strand"]).astype({"start": int, "end": int})


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of all contigs, one below the other."""
    return pd.concat([table for table in tables if len(table)] or list(tables[:1]), ignore_index=True)


def _cells(rules: ExpressionRules) -> range:
    """Numbers of the cell types."""
    return range(len(rules.cell_types))


def _element_at(elements: pd.DataFrame, position: np.ndarray) -> np.ndarray:
    """Row of the element at each position; -1 between elements."""
    start, end = elements["start"].to_numpy(np.int64), elements["end"].to_numpy(np.int64)
    if not start.size:
        return np.full(position.size, -1)
    at = np.searchsorted(start, position, side="right") - 1
    return np.where((at >= 0) & (position < end[np.maximum(at, 0)]), at, -1)


def _summed(number: np.ndarray, values: np.ndarray, chosen: np.ndarray, n: int) -> np.ndarray:
    """Chosen rows of values added up by number."""
    total = np.zeros((n, values.shape[1]))
    np.add.at(total, number[chosen], values[chosen])
    return total
