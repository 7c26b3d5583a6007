"""The question: do reads lie where the genome is N, so that they were mapped to another genome."""

from collections.abc import Sequence

import numpy as np

from cisgram.arrays import SequenceCodes
from cisgram.doctor.sampled import SampledSignal
from cisgram.doctor.verdict import Verdict
from cisgram.genomics.sequence import N

DEEP_BP = 100
"""How deep in a stretch of N a place must lie: reads at its border may begin, and fragments may reach, beyond it."""

MOST_COUNTS = 0.1
"""Counts per base that N may have, of those of other bases. Reads cannot be mapped to N, so that there should be none;
signal that was smoothed or filled up leaves a little."""

LEAST_EXPECTED = 100.0
"""Counts that N would have if it were sequence, for their lack or presence to say something (100 +- 10)."""


def check_unmappable_signal(
    signals: Sequence[SampledSignal], codes: SequenceCodes, *, genome_name: str = "the genome"
) -> list[Verdict]:
    """Compare counts per base deep in N with those elsewhere, all tracks added up.

    Another genome with contigs of the same names and lengths (another release, strain, masking or simulation) has its
    gaps elsewhere.

    Parameters
    ----------
    signals
        Signals and controls; those in bins are left out.
    codes
        Bases of the sample, end to end.
    genome_name
        What the genome is called.

    Returns
    -------
    list of Verdict
        One error of ``assembly``, or none: where all is well, or cannot be told, the lengths of contigs have the word.

    Examples
    --------
    >>> from cisgram.doctor.sampled import SampledStrand
    >>> codes = np.repeat(np.array([0, 4, 0], dtype=np.uint8), 500)
    >>> reads = SampledStrand(np.arange(0, 1500, 2), np.ones(750))
    >>> [one.level for one in check_unmappable_signal([SampledSignal("a", 0, (reads,), 1500)], codes)]
    ['error']
    """
    is_deep = _deep_in_unknown(codes)
    n_deep, n_known = int(is_deep.sum()), int((codes != N).sum())
    strands = [strand for one in signals if one.resolution_bp == 1 for strand in one.strands]
    if not (n_deep and n_known and strands):
        return []
    on_unknown = sum(float(one.counts[is_deep[one.positions]].sum()) for one in strands)
    elsewhere = sum(float(one.counts[codes[one.positions] != N].sum()) for one in strands)
    expected = elsewhere / n_known * n_deep
    if expected < LEAST_EXPECTED or on_unknown < MOST_COUNTS * expected:
        return []
    text = (
        f"{on_unknown:,.0f} counts lie deep in its stretches of N ({n_deep:,} bp of the sample), where no read can be "
        f"mapped; {expected:,.0f} would be there if it were sequence like the rest: the signals were made with another "
        "genome whose contigs have the same names and lengths"
    )
    remedy = "give the FASTA file that the reads were mapped to"
    figures = {"counts": round(on_unknown), "expected": round(expected), "n_bp": n_deep}
    return [Verdict("assembly", genome_name, "error", text, remedy, figures)]


def _deep_in_unknown(codes: SequenceCodes) -> np.ndarray:
    """Whether a base and all within ``DEEP_BP`` on both sides are N."""
    edges = np.flatnonzero(np.diff((codes == N).astype(np.int8), prepend=0, append=0))
    is_deep = np.zeros(codes.size, dtype=bool)
    for start, end in edges.reshape(-1, 2):
        is_deep[start + DEEP_BP : max(end - DEEP_BP, start + DEEP_BP)] = True
    return is_deep
