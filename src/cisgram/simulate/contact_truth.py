"""What a method could be asked to find in simulated contacts: borders, domains, loops and compartments as tables."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import ContactBand, PerBin
from cisgram.genomics.contacts import ContactBins
from cisgram.simulate.compartments import Compartments
from cisgram.simulate.contact_contig import ContactContig

BOUNDARY_COLUMNS = ("chrom", "start", "end", "name", "score", "strand", "left", "right")
"""Columns of :func:`planted_boundaries`: from the first base of its sites to the last, 0-based half-open; ``name`` is
``paired`` or ``single``; ``score`` is 1000 times the mean of the two shares; ``strand`` is that of a single site,
``.`` for a pair; ``left`` and ``right`` are the shares of rings stopped that come from the right, running to the left,
and from the left, running to the right."""

LOOP_COLUMNS = ("chrom1", "start1", "end1", "chrom2", "start2", "end2", "name", "score", "strand1", "strand2", "held",
                "enrichment")  # fmt: skip
"""Columns of :func:`planted_loops`: the two bins, 0-based half-open in bp; ``score`` is 1000 times ``held``, the share
of moments at which a ring rests on both; ``enrichment`` is what is expected of the pixel relative to those four to six
bins away at the same distance from the diagonal; higher scores come with stronger loops."""

MIN_HELD, MIN_ENRICHMENT = 0.02, 1.5
"""Pairs of sites that a ring holds together for a smaller share of the time, or that are less enriched in what is
expected, are no loop."""

_MIN_BINS = 5
_AROUND = (4, 5, 6)
_OF_SITE = ("start", "end", "strand", "occupancy")


def planted_boundaries(chrom: str, sites: pd.DataFrame, *, gap_bp: int) -> pd.DataFrame:
    """Borders of domains from the sites that were planted for them.

    Parameters
    ----------
    chrom
        The contig.
    sites
        Its sites, :data:`cisgram.simulate.insulators.SITE_COLUMNS`.
    gap_bp
        A site on the minus strand and the next one, on the plus strand, are one border up to this distance.
    """
    own = sites[sites["kind"] == "boundary"]
    rows: list[tuple[str, int, int, str, int, str, float, float]] = []
    for start, end, strand, share in zip(*(own[name].tolist() for name in _OF_SITE), strict=True):
        last = rows[-1] if rows else None
        if last and last[5] == "-" and strand == "+" and start - last[1] <= gap_bp + 1:
            rows[-1] = (chrom, last[1], end, "paired", 0, ".", share, last[7])
        else:
            left, right = (share, 0.0) if strand == "+" else (0.0, share)
            rows.append((chrom, start, end, "single", 0, strand, left, right))
    table = pd.DataFrame(rows, columns=list(BOUNDARY_COLUMNS))
    table["score"] = (500 * (table["left"] + table["right"])).round().astype(np.int64)
    return table


def planted_domains(boundaries: pd.DataFrame) -> pd.DataFrame:
    """Stretches between neighbouring borders of each contig: ``chrom``, ``start``, ``end``, from middle to middle."""
    middle = (boundaries["start"] + boundaries["end"]) // 2
    is_followed = boundaries["chrom"].eq(boundaries["chrom"].shift(-1))
    table = pd.DataFrame({"chrom": boundaries["chrom"], "start": middle, "end": middle.shift(-1)})[is_followed]
    return table.astype({"start": np.int64, "end": np.int64}).reset_index(drop=True)


def planted_loops(contig: ContactContig, *, bin_size: int) -> pd.DataFrame:
    """Pairs of convergent sites that rings held together, seen at the moments that the contacts were made of.

    Parameters
    ----------
    contig
        With the snapshots of all replicates.
    bin_size
        Width of a bin in bp.

    Returns
    -------
    pandas.DataFrame
        :data:`LOOP_COLUMNS`; pairs five bins apart or more that are held and enriched enough (:data:`MIN_HELD`,
        :data:`MIN_ENRICHMENT`), by position.
    """
    n_bins, end_bp = len(contig.visibility), contig.codes.size
    at = ((contig.sites["start"] + contig.sites["end"]) // 2 // bin_size).to_numpy(np.int64)
    is_bound = contig.sites["occupancy"].to_numpy() > 0
    anchors = [np.isin(np.arange(n_bins), at[is_bound & (contig.sites["strand"] == strand)]) for strand in "+-"]
    left = np.concatenate([snapshots.left.ravel() for snapshots in contig.snapshots]).astype(np.int64)
    right = np.concatenate([snapshots.right.ravel() for snapshots in contig.snapshots]).astype(np.int64)
    n_moments = sum(len(snapshots.left) for snapshots in contig.snapshots)
    key, count = np.unique(left * n_bins + right, return_counts=True)
    one, other, held = key // n_bins, key % n_bins, count / n_moments
    enrichment = _enrichment(contig.expected, one, other)
    chosen = (held >= MIN_HELD) & (other - one >= _MIN_BINS) & anchors[0][one] & anchors[1][other]
    chosen &= enrichment >= MIN_ENRICHMENT
    one, other, held, enrichment = one[chosen], other[chosen], held[chosen], enrichment[chosen]
    columns: dict[str, object] = {}
    for number, bin_ in ((1, one), (2, other)):
        columns |= {f"chrom{number}": contig.chrom, f"start{number}": bin_ * bin_size}
        columns[f"end{number}"] = np.minimum((bin_ + 1) * bin_size, end_bp)
    columns |= {"name": [f"{contig.chrom}_{n + 1}" for n in range(one.size)], "score": (1000 * held).astype(np.int64)}
    columns |= {"strand1": "+", "strand2": "-", "held": held, "enrichment": enrichment}
    return pd.DataFrame(columns, columns=list(LOOP_COLUMNS))


def compartment_table(chrom: str, compartments: Compartments) -> pd.DataFrame:
    """Stretches of one contig as BED: ``chrom``, ``start``, ``end``, ``name`` (A or B)."""
    starts = np.concatenate([[0], compartments.ends[:-1]])
    is_a = (np.arange(starts.size) % 2 == 0) == compartments.is_first_a
    names = np.where(is_a, "A", "B").astype(object)
    return pd.DataFrame({"chrom": chrom, "start": starts, "end": compartments.ends, "name": names})


def bin_table(contigs: Sequence[ContactContig], bins: ContactBins, *, weights: PerBin) -> pd.DataFrame:
    """What is known of every bin.

    Parameters
    ----------
    contigs
        All contigs.
    bins
        Their bins.
    weights
        The planted weights of the map of all replicates, bins counted through all contigs.

    Returns
    -------
    pandas.DataFrame
        ``chrom``, ``start``, ``end``, ``compartment`` (from -1 for B to 1 for A), ``visibility`` (0 where nothing is
        seen), ``weight`` (NaN there).
    """
    compartment = np.concatenate([contig.fields[0].compartment for contig in contigs])
    visibility = np.concatenate([contig.visibility for contig in contigs])
    return bins.table().assign(compartment=compartment, visibility=visibility, weight=weights)


def _enrichment(expected: ContactBand, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Pixels over those near them on the same diagonal; NaN beyond the band."""
    n_bins, width = expected.shape
    distance = np.minimum(other - one, width - 1)
    around = []
    for step in (*_AROUND, *(-step for step in _AROUND)):
        row = np.clip(one + step, 0, n_bins - 1 - distance)
        around.append(expected[row, distance])
    ratio = expected[one, distance] / np.mean(around, axis=0) if one.size else np.empty(0)
    return np.where(other - one < width, ratio, np.nan)
