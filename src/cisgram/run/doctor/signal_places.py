"""Which stretches of the genome the doctor reads signals on: all of a small genome, a sample of a large one."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.doctor.sampled import Places
from cisgram.errors import CisgramWarning, ContigError, EmptySetError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import Interval, interval_table, is_locus, merge
from cisgram.io.bigwig import bigwig_sizes
from cisgram.io.reads import contigs_of_reads
from cisgram.io.tables import read_chrom_sizes, read_intervals
from cisgram.run.doctor.examined import Examined

MOST_BP = 1 << 24
"""Length of the sample: 17 Mb are read from a bigWig in half a second, and hold the whole of a yeast."""

MOST_READ_BP = 200_000_000
"""Bases that are read of all files together; with more than twelve files, the sample is shorter."""

_STRETCH_BP = 1 << 16


def contig_sizes(examined: Examined, genome: Genome | None) -> dict[str, int]:
    """Contigs that are used and their lengths: of the genome, else of a table or of a file that says them.

    Contigs of a run on reads alone may be known by its regions only; they end with the last of these.
    """
    if genome is not None:
        sizes = dict(genome.sizes)
    elif examined.sizes is not None:
        sizes = dict(read_chrom_sizes(examined.sizes))
    else:
        sizes = _from_files(examined)
    left_out = set(examined.leave_out)
    return {chrom: size for chrom, size in sizes.items() if chrom not in left_out}


def choose_places(
    examined: Examined, sizes: Mapping[str, int], peaks: pd.DataFrame, *, most_bp: int | None = None
) -> Places:
    """Stretches that are read: all that the run may use, or half around peaks and half anywhere, drawn by its seed.

    Parameters
    ----------
    examined
        Its regions are kept to, and its excluded regions kept out.
    sizes
        Contigs and their lengths.
    peaks
        Interval table in the names of ``sizes``, perhaps empty.
    most_bp
        Length of the sample; None: :data:`MOST_BP`, less where there are many files.

    Raises
    ------
    EmptySetError
        Where the excluded regions leave nothing.
    """
    most_bp = most_bp or min(MOST_BP, MOST_READ_BP // max(1, len(examined.signals)))
    whole = interval_table(list(sizes), [0] * len(sizes), list(sizes.values()))
    allowed = _named(examined.regions, sizes) if examined.regions else whole
    excluded = _excluded(examined, sizes)
    table = _without(merge(allowed[["chrom", "start", "end"]]), merge(excluded) if len(excluded) else excluded)
    if table.empty:
        dropped = {"in excluded regions": len(allowed)}
        raise EmptySetError("places to look at signals", dropped=dropped, hint="exclude less")
    if int((table["end"] - table["start"]).sum()) <= most_bp:
        return Places(table)
    rng = np.random.default_rng(examined.seed)
    centers = _centers(table, peaks, most_bp // _STRETCH_BP, rng)
    starts = np.maximum(centers["position"].to_numpy() - _STRETCH_BP // 2, 0)
    drawn = merge(interval_table(centers["chrom"], starts, starts + _STRETCH_BP))
    return Places(_shared(table, drawn))


def matched_names(sizes: Mapping[str, int], other: Mapping[str, int] | Sequence[str], what: str) -> dict[str, str]:
    """Names in a file to names of contigs here; what is odd about them is another question's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)
        return dict(match_contigs(sizes, other, what=what).to_genome)


def named_table(path: Path, sizes: Mapping[str, int]) -> pd.DataFrame:
    """Intervals of a file on the contigs here, under their names here, cut at the ends of contigs."""
    table = read_intervals(path)
    names = matched_names(sizes, table["chrom"].unique().tolist(), path.name)
    table = table.assign(chrom=table["chrom"].map(names)).dropna(subset=["chrom"])
    table = table[table["start"] < table["chrom"].map(dict(sizes))]
    return table.assign(end=np.minimum(table["end"], table["chrom"].map(dict(sizes)))).reset_index(drop=True)


def _from_files(examined: Examined) -> dict[str, int]:
    """Lengths from the header of a file of signal, or ends of regions."""
    for one in examined.signals:
        if one.form == "bigwig":
            return bigwig_sizes(one.path)
        if one.form == "bam":
            found = contigs_of_reads(one.path)
            assert isinstance(found, dict), "a BAM file says lengths"
            return found
    loci = _loci(examined.regions)
    return {str(chrom): int(rows["end"].max()) for chrom, rows in loci.groupby("chrom", sort=False)}


def _loci(regions: Sequence[str | Path]) -> pd.DataFrame:
    """Regions as they are written: loci, and intervals of files."""
    texts = [str(one) for one in regions if is_locus(str(one))]
    loci = [Interval.parse(one) for one in texts]
    named = interval_table([one.chrom for one in loci], [one.start for one in loci], [one.end for one in loci])
    files = [read_intervals(Path(one))[["chrom", "start", "end"]] for one in regions if not is_locus(str(one))]
    return pd.concat([named, *files], ignore_index=True)


def _named(regions: Sequence[str | Path], sizes: Mapping[str, int]) -> pd.DataFrame:
    """Regions on the contigs here, under their names here."""
    table = _loci(regions)
    if table.empty:
        return table
    names = matched_names(sizes, table["chrom"].unique().tolist(), "regions")
    table = table.assign(chrom=table["chrom"].map(names)).dropna(subset=["chrom"])
    ends = np.minimum(table["end"], table["chrom"].map(dict(sizes)))
    return table.assign(end=ends.astype(np.int64))[table["start"] < ends].reset_index(drop=True)


def _excluded(examined: Examined, sizes: Mapping[str, int]) -> pd.DataFrame:
    """Regions that are kept out; none where all lie on contigs that are not here, which is the question of contigs."""
    regions = (*examined.excluded, *examined.unmappable)
    try:
        return _named(regions, sizes)
    except ContigError:
        return _loci(()).iloc[:0]


def _without(table: pd.DataFrame, excluded: pd.DataFrame) -> pd.DataFrame:
    """What is left of intervals; both without overlaps."""
    rows = []
    holes = {str(chrom): part.sort_values("start") for chrom, part in excluded.groupby("chrom")}
    for chrom, start, end in table[["chrom", "start", "end"]].itertuples(index=False):
        at = start
        for left, right in holes.get(chrom, excluded.iloc[:0])[["start", "end"]].itertuples(index=False):
            if right <= at or left >= end:
                continue
            if left > at:
                rows.append((chrom, at, left))
            at = right
        if at < end:
            rows.append((chrom, at, end))
    return interval_table(*(list(column) for column in zip(*rows, strict=True))) if rows else table.iloc[:0]


def _shared(table: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """What two tables share, each without overlaps."""
    whole = table.groupby("chrom")["end"].max()
    everything = interval_table(list(whole.index), [0] * len(whole), list(whole))
    return _without(table, _without(everything, others))


def _centers(table: pd.DataFrame, peaks: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Where stretches are laid: half on peaks, where there are some, the rest anywhere."""
    parts = []
    if len(peaks):
        chosen = peaks.iloc[rng.permutation(len(peaks))[: n // 2]]
        parts.append(pd.DataFrame({"chrom": chosen["chrom"], "position": (chosen["start"] + chosen["end"]) // 2}))
    lengths = (table["end"] - table["start"]).to_numpy()
    rows = rng.choice(len(table), size=n - sum(map(len, parts)), p=lengths / lengths.sum())
    positions = table["start"].to_numpy()[rows] + (rng.random(rows.size) * lengths[rows]).astype(np.int64)
    parts.append(pd.DataFrame({"chrom": table["chrom"].to_numpy()[rows], "position": positions}))
    return pd.concat(parts, ignore_index=True)
