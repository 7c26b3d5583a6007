"""Sequences at places of a genome: intervals of any lengths, each read along its own strand."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import interval_table, midpoints
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet


class ReadSequences(NamedTuple):
    """Sequences, and what became of those that were not taken as they are."""

    sequences: SequenceSet
    """At least one."""
    dropped: Mapping[str, int]
    """How many were left out, by reason; empty where none was."""
    changed: Mapping[str, int]
    """How many letters or windows were altered, by what was done; empty where none was."""


def sequences_at(
    genome: Genome,
    table: pd.DataFrame,
    *,
    width_bp: int | None = None,
    center: Literal["summit", "middle"] = "summit",
) -> ReadSequences:
    """Cut intervals out of a genome.

    Parameters
    ----------
    genome
        The genome. Contig names that differ but mean the same are matched
        (:func:`cisgram.genomics.contigs.match_contigs`).
    table
        Interval table. Rows on strand ``-`` are read along it, that is as reverse complements; all others along the
        plus strand.
    width_bp
        Cut this many bases around the centre; None takes the intervals as they are.
    center
        ``summit`` is the summit where a row has one and its middle otherwise; ``middle`` is the middle of every row.
        Of an even width, the centre is the first base of the right half in the direction of reading.

    Returns
    -------
    ReadSequences
        In the order of the table, with names (``name`` of the table if no two rows share one, else the place as
        bedtools writes it, ``I:100-200(-)``) and ``places`` (``chrom start end strand``, in the genome's contig
        names). Windows that reach past an end of their contig are cut there and counted as changed; those without a
        known base, outside of their contig, or on a contig that the genome lacks are left out.

    Raises
    ------
    ConfigError
        If the width is less than 1, or the centre something else.
    ContigError
        If no contig of the table is one of the genome.
    EmptySetError
        If nothing is left.

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode, encode
    >>> genome = Genome.from_codes({"I": encode("AACCGGTTAC")})
    >>> table = interval_table(["I", "I"], [1, 7], [4, 12], strand=["-", "+"])
    >>> cut = sequences_at(genome, table)
    >>> [decode(one) for one in cut.sequences], cut.sequences.names, dict(cut.changed)
    (['GGT', 'TAC'], ['I:1-4(-)', 'I:7-10(+)'], {'cut at an end of the contig': 1})
    """
    if (width_bp is not None and width_bp < 1) or center not in ("summit", "middle"):
        raise ConfigError(f"width_bp must be 1 or more and center summit or middle; got {width_bp} and {center!r}")
    if table.empty:
        raise EmptySetError("intervals to cut sequences from", dropped={}, hint="the table has no rows")
    to_genome = match_contigs(genome.sizes, table["chrom"], what="the table of intervals").to_genome
    chrom = table["chrom"].map(dict(to_genome))
    wanted = _wanted(table, width_bp, center)
    size = chrom.map(dict(genome.sizes)).fillna(0).to_numpy(dtype=np.int64)
    start, end = np.maximum(wanted["start"].to_numpy(), 0), np.minimum(wanted["end"].to_numpy(), size)
    is_known, is_inside = chrom.notna().to_numpy(), start < end
    rows = np.flatnonzero(is_known & is_inside)
    dropped = {
        "on contigs that the genome lacks": int((~is_known).sum()),
        "outside of their contig": int((is_known & ~is_inside).sum()),
    }
    is_cut = (end - start)[rows] < (wanted["end"] - wanted["start"]).to_numpy()[rows]
    places = interval_table(chrom.to_numpy()[rows], start[rows], end[rows], strand=wanted["strand"].to_numpy()[rows])
    sequences = _cut(genome, places, _names(table.iloc[rows], places))
    has_base = np.logical_or.reduceat(sequences.joined < N, sequences.starts[:-1]) if rows.size else np.zeros(0, bool)
    dropped["without a known base"] = int((~has_base).sum())
    if not has_base.all():
        sequences, is_cut = sequences.take(np.flatnonzero(has_base)), is_cut[has_base]
    changed = {"cut at an end of the contig": int(is_cut.sum())}
    if len(sequences) == 0:
        raise EmptySetError("intervals inside the genome", dropped=counted(dropped), hint="is it the right assembly?")
    return ReadSequences(sequences, counted(dropped), counted(changed))


def counted(reasons: Mapping[str, int]) -> dict[str, int]:
    """The reasons that apply to something."""
    return {reason: n for reason, n in reasons.items() if n}


def _wanted(table: pd.DataFrame, width_bp: int | None, center: str) -> pd.DataFrame:
    """Start, end and strand of the windows, which may reach past an end of their contig."""
    strand = table["strand"].to_numpy() if "strand" in table else np.full(len(table), ".")
    if width_bp is None:
        return pd.DataFrame({"start": table["start"].to_numpy(), "end": table["end"].to_numpy(), "strand": strand})
    middle = midpoints(table).to_numpy()
    if center == "summit" and "summit" in table:
        middle = np.where(table["summit"].to_numpy() >= 0, table["summit"].to_numpy(), middle)
    start = middle - np.where(strand == "-", (width_bp - 1) // 2, width_bp // 2)
    return pd.DataFrame({"start": start, "end": start + width_bp, "strand": strand})


def _names(table: pd.DataFrame, places: pd.DataFrame) -> list[str]:
    """What the table calls its rows; where names are missing or repeat, the place as bedtools writes it."""
    given = table["name"].astype(str).tolist() if "name" in table and table["name"].is_unique else [""] * len(table)
    columns = (places[column].tolist() for column in ("chrom", "start", "end", "strand"))
    return [
        name if name not in ("", ".") else f"{chrom}:{start}-{end}" + (f"({strand})" if strand in ("+", "-") else "")
        for name, chrom, start, end, strand in zip(given, *columns, strict=True)
    ]


def _cut(genome: Genome, places: pd.DataFrame, names: list[str]) -> SequenceSet:
    """Copy places that lie inside their contigs, end to end."""
    contig_of_row, contigs = pd.factorize(places["chrom"])
    first_of_contig = dict(zip(genome.sizes, np.cumsum([0, *genome.sizes.values()]).tolist(), strict=False))
    offsets = np.array([first_of_contig[contig] for contig in contigs], dtype=np.int64)
    lengths = (places["end"] - places["start"]).to_numpy()
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths + 1)])
    joined = np.full(int(starts[-1]), N, dtype=np.uint8)
    if len(places):
        at = offsets[contig_of_row] + places["start"].to_numpy()
        _copy(genome.joined, at, lengths, (places["strand"] == "-").to_numpy(dtype=bool), starts, joined)
    return SequenceSet(names, joined, starts, places)


@njit(cache=True)
def _copy(source, at, lengths, is_reverse, starts, joined):
    """Copy stretch after stretch, those of the minus strand reversed and complemented."""
    for row in range(lengths.size):
        length, first = lengths[row], starts[row]
        if is_reverse[row]:
            for i in range(length):
                base = source[at[row] + length - 1 - i]
                joined[first + i] = 3 - base if base < 4 else base
        else:
            for i in range(length):
                joined[first + i] = source[at[row] + i]
