"""Upstream of genes: the regions before their starts, and the sequences of a list of genes beside all others."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Rows
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genes import find_genes
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import interval_table, overlaps
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.genomics.sequences_at import counted, sequences_at

UPSTREAM_COLUMNS = ("chrom", "start", "end", "name", "strand", "gene")
"""Columns of a table of upstream regions; of genes that share a region, names and identifiers stand with commas
between, and the strand is ``.`` where theirs differ."""


class UpstreamRegions(NamedTuple):
    """Regions upstream of genes."""

    table: pd.DataFrame
    """One row per distinct region, :data:`UPSTREAM_COLUMNS`, in the order of the genes."""
    region_of_gene: Rows
    """Row of the region of every row of the gene table; -1 where there is none."""
    dropped: Mapping[str, int]
    """How many rows of the gene table have none, by reason."""
    changed: Mapping[str, int]
    """How many regions were shortened, and how many rows share one, by reason."""


class UpstreamSets(NamedTuple):
    """Upstream sequences of a list of genes, and those of all other genes, with which they are compared."""

    genes: SequenceSet
    """Of the genes of the list."""
    others: SequenceSet
    """Of the others, as far as they do not overlap those of the list."""
    n_genes: int
    """How many genes of the list the annotation has."""
    dropped: Mapping[str, int]
    """What was left out, by reason."""
    changed: Mapping[str, int]
    """What was altered, by what was done."""


def upstream(
    genes: pd.DataFrame,
    *,
    sizes: Mapping[str, int],
    upstream_bp: int = 500,
    downstream_bp: int = 0,
    clip_to_neighbors: bool = False,
    min_bp: int = 30,
) -> UpstreamRegions:
    """Find the regions upstream of the starts of genes.

    Parameters
    ----------
    genes
        Gene table (:data:`cisgram.genomics.genes.GENE_COLUMNS`).
    sizes
        Contig lengths in bp; the names of the regions' contigs are these. Regions end where their contig does.
    upstream_bp
        Bases before the ``tss``, which is not one of them.
    downstream_bp
        Bases from the ``tss`` on.
    clip_to_neighbors
        End the region where another gene of the table lies, on either strand, as ``retrieve-seq -noorf`` of RSAT
        does it; what lies downstream of the ``tss`` is left alone.
    min_bp
        Genes with a shorter region have none.

    Returns
    -------
    UpstreamRegions
        Regions with the same ends are one, such as that between two genes that diverge.

    Raises
    ------
    ConfigError
        If lengths are negative or both 0.
    ContigError
        If no contig of the genes is one of ``sizes``.
    EmptySetError
        If no region is left.

    Examples
    --------
    >>> from cisgram.genomics.genes import gene_table
    >>> genes = gene_table(["I"] * 2, [0, 900], [300, 1500], strand=["-", "+"], gene=["GAL10", "GAL1"])
    >>> upstream(genes, sizes={"I": 2000}, upstream_bp=800, clip_to_neighbors=True).table.to_numpy().tolist()
    [['I', 300, 900, 'GAL10,GAL1', '.', 'GAL10,GAL1']]
    """
    if min(upstream_bp, downstream_bp, min_bp) < 0 or upstream_bp + downstream_bp == 0:
        raise ConfigError(
            f"upstream_bp, downstream_bp and min_bp must be 0 or more, and not both of the first two 0; "
            f"got {upstream_bp}, {downstream_bp} and {min_bp}"
        )
    to_genome = match_contigs(sizes, genes["chrom"], what="the annotation").to_genome
    chrom = genes["chrom"].map(dict(to_genome))
    size = chrom.map(dict(sizes)).fillna(0).to_numpy(dtype=np.int64)
    tss = genes["tss"].to_numpy(dtype=np.int64)
    start, end, is_clipped = _windows(genes, upstream_bp, downstream_bp, clip_to_neighbors=clip_to_neighbors)
    inside = np.maximum(start, 0), np.minimum(end, size)
    is_known, is_on_contig = chrom.notna().to_numpy(), tss < size
    is_long = inside[1] - inside[0] >= max(min_bp, 1)
    is_kept = is_known & is_on_contig & is_long
    dropped = {
        "genes on contigs that the genome lacks": int((~is_known).sum()),
        "genes beyond the end of their contig": int((is_known & ~is_on_contig).sum()),
        f"genes with less than {max(min_bp, 1)} bp upstream": int((is_known & is_on_contig & ~is_long).sum()),
    }
    if not is_kept.any():
        raise EmptySetError("regions upstream of genes", dropped=counted(dropped), hint="lower min_bp")
    kept = np.flatnonzero(is_kept)
    places = genes.iloc[kept].assign(chrom=chrom.to_numpy()[kept], start=inside[0][kept], end=inside[1][kept])
    table, region = _merged(places)
    region_of_gene = np.full(len(genes), -1, dtype=np.int64)
    region_of_gene[kept] = region
    changed = {
        "regions that end at another gene": int(is_clipped[kept].sum()),
        "regions that end with their contig": int(((inside[0] > start) | (inside[1] < end))[kept].sum()),
        "genes that share their region with an earlier one": int(kept.size - len(table)),
    }
    return UpstreamRegions(table, region_of_gene, counted(dropped), counted(changed))


def upstream_sets(
    genome: Genome,
    genes: pd.DataFrame,
    wanted: Sequence[str],
    *,
    upstream_bp: int = 500,
    downstream_bp: int = 0,
    clip_to_neighbors: bool = False,
    min_bp: int = 30,
) -> UpstreamSets:
    """Cut the upstream sequences of a list of genes, and of all other genes as their control.

    A control region that overlaps one of the list is left out: it holds the same sites.

    Parameters
    ----------
    genome
        The genome.
    genes
        Gene table of all genes, not only of those wanted.
    wanted
        Identifiers or symbols (:func:`cisgram.genomics.genes.find_genes`).
    upstream_bp, downstream_bp, clip_to_neighbors, min_bp
        As in :func:`upstream`.

    Returns
    -------
    UpstreamSets
        Sequences are named by their genes and read along the strand of these; regions that divergent genes share are
        read along the plus strand.

    Raises
    ------
    ConfigError, ContigError
        As :func:`upstream` does.
    EmptySetError
        If none of the genes is known or has a region, or no other gene has.

    Warns
    -----
    CisgramWarning
        As :func:`cisgram.genomics.genes.find_genes` does.
    """
    found = find_genes(genes, wanted)
    regions = upstream(
        genes,
        sizes=genome.sizes,
        upstream_bp=upstream_bp,
        downstream_bp=downstream_bp,
        clip_to_neighbors=clip_to_neighbors,
        min_bp=min_bp,
    )
    is_of_list = np.zeros(len(regions.table), dtype=bool)
    of_list = regions.region_of_gene[found.rows]
    is_of_list[of_list[of_list >= 0]] = True
    chosen = regions.table[is_of_list].reset_index(drop=True)
    is_near = overlaps(regions.table, chosen) & ~is_of_list
    others = regions.table[~is_of_list & ~is_near].reset_index(drop=True)
    losses = {
        **regions.dropped,
        "entries of the list that the annotation lacks": len(found.unknown),
        "genes of the list without a region": len(set(genes["gene"].iloc[found.rows[of_list < 0]])),
        "control regions that overlap one of the list": int(is_near.sum()),
    }
    for what, table in (("genes of the list with an upstream region", chosen), ("other genes to compare with", others)):
        if table.empty:
            raise EmptySetError(what, dropped=counted(losses))
    cut, control = sequences_at(genome, chosen), sequences_at(genome, others)
    for one in (cut, control):
        for reason, n in one.dropped.items():
            losses[f"regions {reason}"] = losses.get(f"regions {reason}", 0) + n
    return UpstreamSets(cut.sequences, control.sequences, found.n_genes, counted(losses), regions.changed)


def _windows(
    genes: pd.DataFrame, upstream_bp: int, downstream_bp: int, *, clip_to_neighbors: bool
) -> tuple[Rows, Rows, Rows]:
    """Start and end of every gene's region, and whether another gene has shortened it (1 or 0)."""
    is_plus, tss = (genes["strand"] == "+").to_numpy(), genes["tss"].to_numpy(dtype=np.int64)
    # Along the direction of reading: a stretch [x, y) of the minus strand becomes [-y, -x).
    begin = np.where(is_plus, tss, -tss - 1)
    first = _ends_before(genes, begin, upstream_bp) if clip_to_neighbors else begin - upstream_bp
    last = begin + downstream_bp
    is_clipped = (first > begin - upstream_bp).astype(np.int64)
    return np.where(is_plus, first, -last), np.where(is_plus, last, -first), is_clipped


def _ends_before(genes: pd.DataFrame, begin: Rows, upstream_bp: int) -> Rows:
    """Where the nearest other gene upstream ends, in reading direction; where the region does if none reaches in."""
    limits = begin - upstream_bp
    ids, _ = pd.factorize(genes["gene"])
    start, end = genes["start"].to_numpy(dtype=np.int64), genes["end"].to_numpy(dtype=np.int64)
    for _, rows in genes.reset_index(drop=True).groupby(["chrom", "strand"], sort=False).indices.items():
        on_contig = np.flatnonzero((genes["chrom"] == genes["chrom"].iloc[rows[0]]).to_numpy())
        is_plus = genes["strand"].iloc[rows[0]] == "+"
        left, right = (start, end) if is_plus else (-end, -start)
        on_contig = on_contig[np.argsort(left[on_contig], kind="stable")]
        left, right = left[on_contig], right[on_contig]
        longest = int((right - left).max())
        for row in rows:
            # Only genes that begin before this one and reach into its region matter.
            low, high = np.searchsorted(left, [limits[row] - longest, begin[row]])
            is_other = ids[on_contig[low:high]] != ids[row]
            limits[row] = max(limits[row], min(begin[row], right[low:high][is_other].max(initial=limits[row])))
    return limits


def _merged(places: pd.DataFrame) -> tuple[pd.DataFrame, Rows]:
    """One row per distinct place, in order of first appearance, and the row of every gene."""
    region = places.groupby(["chrom", "start", "end"], sort=False).ngroup().to_numpy()
    columns = {column: places[column].to_numpy(dtype=object) for column in UPSTREAM_COLUMNS}
    first = np.unique(region, return_index=True)[1]
    merged = {column: values[first].copy() for column, values in columns.items()}
    shared = np.flatnonzero(np.bincount(region) > 1)
    by_region = np.argsort(region, kind="stable")
    bounds = np.searchsorted(region[by_region], [shared, shared + 1])
    for one, low, high in zip(shared, *bounds, strict=True):
        rows = by_region[low:high]
        merged["name"][one] = ",".join(dict.fromkeys(columns["name"][rows]))
        merged["gene"][one] = ",".join(dict.fromkeys(columns["gene"][rows]))
        merged["strand"][one] = columns["strand"][rows[0]] if len(set(columns["strand"][rows])) == 1 else "."
    table = interval_table(**merged)
    return table.astype({"name": str, "strand": str, "gene": str}), region
