"""How much of the sequence is N, in the genome and in what the model reads."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from cisgram.doctor.verdict import Level, Verdict
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import N

WARN_GENOME = 0.4
"""Share of N of a genome from which on its repeats were probably replaced by N: that takes away about half of the bases
of a mammal, while gaps are 5 % of hg38 and 3 % of mm10. Models need genomes with repeats in lower case instead."""

WARN_CONTIG = 0.75
"""Share of N of one contig: the human Y has 0.6, the short arms of others less; a contig that is held out and nearly
empty judges nothing."""

WARN_LOST = 0.1
"""Share of windows that are dropped for their N."""

ERROR_LOST = 0.9
"""The same, where hardly anything is left."""

_SHOWN = 3
_AT_ONCE = 1 << 24


def check_unknown_genome(genome: Genome, *, used: Collection[str], held_out: Collection[str] = ()) -> Verdict:
    """Ask how much of the contigs that are used is N.

    One pass over the genome's bytes, 16 MB at a time: a few seconds for a human genome.

    Parameters
    ----------
    genome
        The genome.
    used
        Contigs that are used.
    held_out
        Those among them that are held out: one that is nothing but N is an error.

    Returns
    -------
    Verdict
        On the genome as a whole; contigs with most N are named.
    """
    unknown = {name: _n_unknown(genome, name) for name in used}
    share = {name: n / genome.sizes[name] for name, n in unknown.items()}
    total = sum(unknown.values()) / max(sum(genome.sizes[name] for name in used), 1)
    empty = [name for name in used if share[name] == 1]
    bad = [name for name in used if share[name] >= WARN_CONTIG]
    is_wrong = total == 1 or any(name in held_out for name in empty)
    level: Level = "error" if is_wrong else "warning" if total >= WARN_GENOME or set(bad) & set(held_out) else "ok"
    most = sorted((name for name in used if unknown[name]), key=lambda name: -share[name])[:_SHOWN]
    evidence = f"{total:.2%} of the {sum(genome.sizes[name] for name in used):,} bp of {len(share)} contigs are N" + (
        "; most: " + ", ".join(f"{name} {share[name]:.1%}" for name in most) if most else ""
    )
    remedy = (
        "take the genome with repeats in lower case (not the hard-masked one), and hold out other contigs than those "
        "that are mostly N"
    )
    figures = {"share": total, "contigs_mostly_unknown": len(bad)}
    return Verdict("unknown_bases", "genome", level, evidence, "" if level == "ok" else remedy, figures)


def check_unknown_windows(windows: pd.DataFrame, unknown: np.ndarray, *, max_fraction: float = 0.1) -> Verdict:
    """Ask how many windows are dropped because they are N in part.

    Parameters
    ----------
    windows
        Windows that were not dropped for another reason.
    unknown
        Share of N of each.
    max_fraction
        Windows with a larger share are dropped.

    Returns
    -------
    Verdict
        ``skipped`` where there are no windows.
    """
    if not len(windows):
        return Verdict("unknown_bases", "windows", "skipped", "there are no windows")
    lost, mean = float((unknown > max_fraction).mean()), float(unknown.mean())
    level: Level = "error" if lost >= ERROR_LOST else "warning" if lost >= WARN_LOST else "ok"
    evidence = (
        f"{lost:.2%} of {len(windows):,} windows have more than {max_fraction:.0%} N and are left out; {mean:.3%} of "
        "all their bases are N"
    )
    remedy = "choose other contigs, or take a genome whose repeats are in lower case and not N"
    figures = {"windows": len(windows), "share_lost": lost, "share_unknown": mean}
    return Verdict("unknown_bases", "windows", level, evidence, "" if level == "ok" else remedy, figures)


def _n_unknown(genome: Genome, chrom: str) -> int:
    """How many bases of a contig are N."""
    size, n = genome.sizes[chrom], 0
    for first in range(0, size, _AT_ONCE):
        codes = genome.codes(chrom, first, min(first + _AT_ONCE, size))
        n += int(np.count_nonzero(codes == N))
    return n
