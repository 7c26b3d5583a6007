"""How many reads are copies of the same molecule, made by amplification."""

from collections.abc import Sequence

import numpy as np

from cisgram.doctor.sampled import ReadPiles, SampledSignal
from cisgram.doctor.verdict import Verdict

LOW_DISTINCT, SEVERE_DISTINCT = 0.5, 0.2
"""Share of different reads (NRF). ENCODE calls a library of less than 0.5 concerning; below 0.2 every molecule was
read five times and more."""

LOW_ONCE_TO_TWICE, SEVERE_ONCE_TO_TWICE = 1.0, 0.5
"""Places seen once for each seen twice (PBC2). ENCODE calls less than 1 a severe bottleneck; below 0.5 there are two
doubles to a single."""

_QUIET_BP = 50
_MOST_NEIGHBOURS = 5
"""A place is quiet where at most 5 of the 100 around it have reads: by chance, a read there has a second one at the
same base in one case of twenty or less (a rate of 0.05 per base), so 40 singles come to a double."""

_MIN_PLACES = 200
_CHANCE_FACTOR = 3.0
_REMEDY = "mark duplicates and leave them out (samtools markdup, UMI tools), and take the counts from what is left"


def check_complexity(signals: Sequence[SampledSignal]) -> list[Verdict]:
    """Ask every file of reads, and every signal of counts, how many of its reads are copies.

    Of files of reads, reads that begin and end at the same bases on the same strand (in the same cell, where there are
    cells) are copies; what chance alone makes so at this depth is set off threefold, since cuts prefer some places.
    A signal of 5' ends has forgotten where reads end: of it, only quiet places are looked at, where a second read at
    the same base is an accident. Single reads are judged in this way, too: reads with one 5' end are no copies in
    ChIP-exo or CAGE, where molecules end at one base.

    Parameters
    ----------
    signals
        Signals; coverage and other values that are no counts are left out.

    Returns
    -------
    list of Verdict
        One per replicate.
    """
    counted = [one for one in signals if one.is_counts and one.total > 0]
    return [_of_reads(one, one.piles) if one.piles is not None else _of_counts(one) for one in counted]


def _of_reads(signal: SampledSignal, piles: ReadPiles) -> Verdict:
    """NRF, PBC1 and PBC2 of a file of reads, against what chance does."""
    if piles.n_reads < _MIN_PLACES:
        return Verdict("complexity", signal.subject, "skipped", f"{piles.n_reads} reads are too few to tell")
    distinct = piles.n_distinct / piles.n_reads
    by_chance = min(1.0, piles.expected_copies / piles.n_reads)
    figures = {
        "distinct": round(distinct, 4),
        "once_of_distinct": round(piles.n_once / piles.n_distinct, 4),
        "once_to_twice": round(piles.n_once / max(piles.n_twice, 1), 3),
        "copies_by_chance": round(by_chance, 4),
    }
    text = (
        f"{distinct:.1%} of {piles.n_reads:,} reads in the sample are different from each other (NRF; chance alone "
        f"would make {by_chance:.1%} copies), {piles.n_once / piles.n_distinct:.1%} of these were seen once (PBC1)"
    )
    left = distinct + _CHANCE_FACTOR * by_chance
    if left >= LOW_DISTINCT:
        return Verdict("complexity", signal.subject, "ok", text, figures=figures)
    level = "error" if left < SEVERE_DISTINCT else "warning"
    return Verdict("complexity", signal.subject, level, text, _REMEDY, figures)


def _of_counts(signal: SampledSignal) -> Verdict:
    """Singles and doubles at quiet places."""
    once = twice = n = 0
    total = 0.0
    for positions, counts in signal.strands:
        around = np.searchsorted(positions, positions + _QUIET_BP, side="right")
        around = around - np.searchsorted(positions, positions - _QUIET_BP) - 1
        quiet = counts[around <= _MOST_NEIGHBOURS]
        once, twice, n = once + int((quiet == 1).sum()), twice + int((quiet == 2).sum()), n + quiet.size
        total += float(quiet.sum())
    if n < _MIN_PLACES:
        text = f"{n} places stand alone; where reads stand everywhere, copies cannot be told from signal"
        return Verdict("complexity", signal.subject, "skipped", text)
    # Nothing seen once or twice at all: every value is a multiple of something larger.
    ratio = once / twice if twice else (float(once) if once else 0.0)
    figures = {"once_to_twice": round(ratio, 3), "quiet_places": n, "mean_alone": round(total / n, 3)}
    text = f"of {n:,} places that stand alone, {once:,} have one read and {twice:,} have two ({ratio:.2g} to one)"
    if ratio >= LOW_ONCE_TO_TWICE:
        return Verdict("complexity", signal.subject, "ok", text, figures=figures)
    level = "error" if ratio < SEVERE_ONCE_TO_TWICE else "warning"
    return Verdict("complexity", signal.subject, level, text, _REMEDY, figures)
