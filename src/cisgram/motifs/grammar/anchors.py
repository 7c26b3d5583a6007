"""Anchors: single bases of a genome, each read in a direction, around which motifs and words are looked for."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import midpoints
from cisgram.genomics.sequence import N
from cisgram.genomics.sequences_at import counted

ANCHOR_COLUMNS = ("chrom", "position", "strand")
"""Columns of a table of anchors; ``strand`` is ``.`` where an anchor has no direction."""

AnchorPlace = Literal["summit", "middle", "start", "end"]
"""Which base of an interval is the anchor; ``start`` and ``end`` along its strand."""


class Anchors(NamedTuple):
    """Anchors, and how many intervals did not become one."""

    table: pd.DataFrame
    """Columns :data:`ANCHOR_COLUMNS`, in the genome's contig names; at least one row, no two the same."""
    dropped: Mapping[str, int]
    """How many were left out, by reason; empty where none was."""

    @property
    def has_direction(self) -> bool:
        """Whether every anchor has a strand; if not, all are read both ways."""
        return bool((self.table["strand"] != ".").all())


def anchors_of(intervals: pd.DataFrame, genome: Genome, *, at: AnchorPlace = "summit", reach_bp: int = 0) -> Anchors:
    """Take one base of every interval as its anchor.

    Parameters
    ----------
    intervals
        Interval table. Contig names that differ but mean the same are matched
        (:func:`cisgram.genomics.contigs.match_contigs`).
    genome
        The genome.
    at
        ``summit``: the summit where there is one, else the middle; ``middle``; ``start`` or ``end``: the first or the
        last base along the strand (without a strand, the leftmost or the rightmost).
    reach_bp
        Anchors without as many bases on either side inside their contig are left out.

    Returns
    -------
    Anchors
        In the order of the table.

    Raises
    ------
    ConfigError
        ``at`` is something else, or the reach is negative.
    ContigError
        No contig of the table is one of the genome.
    EmptySetError
        Nothing is left.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> genome = Genome.from_codes({"I": encode("ACGTACGTAC")})
    >>> table = pd.DataFrame({"chrom": ["I", "I"], "start": [2, 9], "end": [6, 12], "strand": ["-", "+"]})
    >>> anchors = anchors_of(table, genome, at="start")
    >>> anchors.table.to_numpy().tolist(), anchors.dropped
    ([['I', 5, '-'], ['I', 9, '+']], {})
    >>> anchors_of(table, genome, at="start", reach_bp=2).dropped
    {'nearer than 2 bp to an end of the contig': 1}
    """
    if at not in ("summit", "middle", "start", "end") or reach_bp < 0:
        raise ConfigError(f"at must be summit, middle, start or end, and reach_bp at least 0; got {at!r}, {reach_bp}")
    if intervals.empty:
        raise EmptySetError("intervals to take anchors from", dropped={}, hint="the table has no rows")
    to_genome = match_contigs(genome.sizes, intervals["chrom"].unique().tolist(), what="the table of anchors").to_genome
    chrom = intervals["chrom"].map(dict(to_genome))
    strand = intervals["strand"].to_numpy() if "strand" in intervals else np.full(len(intervals), ".")
    table = pd.DataFrame({"chrom": chrom, "position": _places(intervals, strand, at), "strand": strand})
    size = chrom.map(dict(genome.sizes)).fillna(0).to_numpy(dtype=np.int64)
    position = table["position"].to_numpy()
    is_known = chrom.notna().to_numpy()
    is_on = is_known & (position < size)
    is_inside = is_on & (position >= reach_bp) & (position + reach_bp < size)
    is_again = table.duplicated().to_numpy(dtype=bool) & is_inside
    dropped = {
        "on contigs that the genome lacks": int((~is_known).sum()),
        "outside of their contig": int((is_known & ~is_on).sum()),
        f"nearer than {reach_bp} bp to an end of the contig": int((is_on & ~is_inside).sum()),
        "at the place of another": int(is_again.sum()),
    }
    kept = table[is_inside & ~is_again].reset_index(drop=True)
    if kept.empty:
        raise EmptySetError("anchors inside the genome", dropped=counted(dropped), hint="is it the right assembly?")
    return Anchors(kept.astype({"chrom": str, "strand": str}), counted(dropped))


def without_n(anchors: Anchors, genome: Genome, *, reach_bp: int) -> Anchors:
    """Leave out anchors with an unknown base within a reach: a word that might be there is neither there nor not.

    Raises
    ------
    EmptySetError
        Nothing is left.
    """
    table = anchors.table
    line = contig_offsets(genome, table["chrom"]) + table["position"].to_numpy()
    n_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(genome.joined == N)])
    has_n = n_before[line + reach_bp + 1] > n_before[line - reach_bp]
    reason = {f"with an N within {reach_bp} bp": int(has_n.sum())}
    dropped = {**anchors.dropped, **counted(reason)}
    if has_n.all():
        raise EmptySetError("anchors among known bases", dropped=dropped)
    return Anchors(table[~has_n].reset_index(drop=True), dropped)


def contig_offsets(genome: Genome, chrom: pd.Series) -> np.ndarray:
    """Where the contig of every row begins in the genome's array."""
    begins = np.cumsum([0, *genome.sizes.values()])[:-1]
    return chrom.map(dict(zip(genome.sizes, begins.tolist(), strict=True))).to_numpy(dtype=np.int64)


def _places(intervals: pd.DataFrame, strand: np.ndarray, at: str) -> np.ndarray:
    """The base of every interval that is its anchor."""
    if at in ("start", "end"):
        is_left = (strand != "-") == (at == "start")
        return np.where(is_left, intervals["start"], intervals["end"] - 1).astype(np.int64)
    middle = midpoints(intervals).to_numpy(dtype=np.int64)
    if at == "summit" and "summit" in intervals:
        middle = np.where(intervals["summit"] >= 0, intervals["summit"], middle).astype(np.int64)
    return middle
