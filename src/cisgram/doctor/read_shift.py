"""Whether cuts lie where the settings put them, judged by the bases around them."""

import numpy as np

from cisgram.arrays import SequenceCodes
from cisgram.doctor.sampled import SampledSignal
from cisgram.doctor.verdict import Verdict
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.read_shift import KNOWN_SHIFTS, ReadShift, estimate_read_shift

CLEAR_LEAD = 0.2
"""By how much less than the best shift the given one must agree with the sequence for an error; half of it, which is
what the estimate itself asks of a lead, for a warning."""


def check_read_shift(
    signal: SampledSignal, codes: SequenceCodes, given: tuple[int, int] | None, *, bin_size: int = 1
) -> Verdict:
    """Compare the shift that is given with the one that the bases around the cuts speak for.

    See :func:`cisgram.genomics.read_shift.estimate_read_shift`.

    Parameters
    ----------
    signal
        5' ends of reads as they are in the file, on both strands.
    codes
        Bases of the sample.
    given
        What is added to the position of plus-strand and of minus-strand ends, in bp; None: it will be estimated.
    bin_size
        Width of the bins that the model predicts, in bp: a difference of less than a quarter of a bin is harmless.

    Returns
    -------
    Verdict
        Skipped where the bases do not tell (DNase I, sonication, few reads) and a shift is given; an error where they
        do not and none is given, since the run would stop there.
    """
    counts = np.zeros((2, signal.n_bases), dtype=np.uint32)
    for row, strand in zip(counts, signal.strands, strict=True):
        row[strand.positions] = strand.counts
    try:
        found = estimate_read_shift([("sample", counts)], Genome.from_codes({"sample": codes}))
    except InputError as error:
        message = str(error).split(";")[0].split(": agreement")[0]
        if given is None:
            remedy = (
                "give read_shift: (4, -4) for raw Tn5 reads, (0, 1) for those shifted by +4 / -5, (0, 0) for centred"
            )
            return Verdict("read_shift", signal.subject, "error", f"it is to be estimated, and {message}", remedy)
        return Verdict("read_shift", signal.subject, "skipped", message)
    return _compare(signal.subject, found, given, bin_size)


def _compare(subject: str, found: ReadShift, given: tuple[int, int] | None, bin_size: int) -> Verdict:
    """The verdict where the bases tell."""
    best = (found.plus, found.minus)
    at_best = float(found.evidence["agreement"].iloc[0])
    figures = {"plus": found.plus, "minus": found.minus, "agreement": round(at_best, 3), "n_ends": found.n_ends}
    words = _words(best)
    if given is None or given == best:
        text = f"the bases around {found.n_ends:,} cuts speak for {words} (agreement {at_best:.2f})"
        return Verdict("read_shift", subject, "ok", text, figures=figures)
    row = found.evidence[found.evidence["plus"].eq(given[0]) & found.evidence["minus"].eq(given[1])]
    at_given = float(row["agreement"].iloc[0]) if len(row) else 0.0
    figures |= {"given_plus": given[0], "given_minus": given[1], "given_agreement": round(at_given, 3)}
    text = (
        f"the bases around {found.n_ends:,} cuts speak for {words} (agreement {at_best:.2f}); the settings say "
        f"{_words(given)} ({at_given:.2f})"
    )
    farthest = max(abs(best[0] - given[0]), abs(best[1] - given[1]))
    if farthest * 4 < bin_size:
        text = f"{text}: at most {farthest} bp apart, which bins of {bin_size} bp do not show"
        return Verdict("read_shift", subject, "ok", text, figures=figures)
    lead = at_best - at_given
    if lead < CLEAR_LEAD / 2:
        return Verdict("read_shift", subject, "ok", f"{text}: too near to call", figures=figures)
    remedy = f"set read_shift = [{best[0]}, {best[1]}], or leave it out where the settings can estimate it"
    return Verdict("read_shift", subject, "error" if lead >= CLEAR_LEAD else "warning", text, remedy, figures)


def _words(shift: tuple[int, int]) -> str:
    """A shift with what it means, where that is known."""
    meaning = KNOWN_SHIFTS.get(shift)
    return f"({shift[0]:+d}, {shift[1]:+d})" + (f", {meaning}" if meaning else "")
