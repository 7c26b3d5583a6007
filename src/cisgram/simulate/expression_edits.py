"""What an edit does to simulated expression in truth: a stretch is read again and its expected tracks worked out."""

from typing import NamedTuple

import numpy as np

from cisgram.arrays import SequenceCodes, TrackRates
from cisgram.errors import InputError
from cisgram.genomics.sequence import dinucleotide_shuffle
from cisgram.simulate.expression_regulation import bind_sites
from cisgram.simulate.expression_rules import ExpressionRules
from cisgram.simulate.expression_tracks import STEP_BP, ExpressionAssays, expected_signal, state_of, track_names
from cisgram.simulate.streams import named_stream

CONTEXT_BP = 4_000
"""How far beyond its reach on genes a site is seen in any track."""


class ExpectedStretch(NamedTuple):
    """What the tracks of a stretch are expected to show, all replicates together."""

    names: tuple[str, ...]
    bin_size: int
    values: TrackRates
    """Expected counts per bin."""


def expected_stretch(
    codes: SequenceCodes,
    *,
    bin_size: int = 128,
    flank_bp: int = 0,
    rules: ExpressionRules | None = None,
    assays: ExpressionAssays | None = None,
) -> ExpectedStretch:
    """Work out the expected tracks of one sequence, of which the flanks are read and not answered for.

    Parameters
    ----------
    codes
        The sequence with its flanks, edited or not. Sites beyond its ends are not known: flanks as long as
        ``rules.reach_bp`` and :data:`CONTEXT_BP` together leave nothing out.
    bin_size
        Width of a bin in bp, a multiple of 16.
    flank_bp
        Bases at both ends that are read alone.
    rules, assays
        Those of the simulation; the defaults, if not given.

    Raises
    ------
    InputError
        Where bins are no multiple of 16 bp, or what is between the flanks is not a whole number of bins.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> quiet = np.zeros(2_048, dtype=np.uint8)
    >>> bound = quiet.copy()
    >>> bound[1_000:1_009] = encode("AGATAAGAA")
    >>> gain = expected_stretch(bound).values.sum(axis=1) - expected_stretch(quiet).values.sum(axis=1)
    >>> [name for name, more in zip(expected_stretch(quiet).names, gain, strict=True) if more > 1]
    ['ATAC_erythroid', 'H3K27ac_erythroid']
    """
    rules, assays = rules or ExpressionRules(), assays or ExpressionAssays()
    kept = codes.size - 2 * flank_bp
    if bin_size < STEP_BP or bin_size % STEP_BP or flank_bp < 0 or flank_bp % STEP_BP or kept < 1 or kept % bin_size:
        raise InputError(
            f"bins and flanks are multiples of {STEP_BP} bp, with whole bins between the flanks; got {codes.size} bp, "
            f"flanks of {flank_bp} and bins of {bin_size}"
        )
    signal = assays.n_replicates * expected_signal(state_of(codes, rules), rules, assays)
    inner = signal[:, flank_bp // STEP_BP : (flank_bp + kept) // STEP_BP]
    values = inner.reshape(len(signal), kept // bin_size, bin_size // STEP_BP).sum(axis=2)
    return ExpectedStretch(track_names(rules), bin_size, values)


def without_sites(
    codes: SequenceCodes, start: int, end: int, *, rules: ExpressionRules | None = None, seed: int = 1
) -> SequenceCodes:
    """Delete what a stretch says, such as an enhancer, by shuffling it: dinucleotides are kept, the length too.

    Of 100 shuffles, the one with the least weight of sites that touch the stretch is taken, the first without any at
    once.

    Parameters
    ----------
    codes
        The sequence; not changed.
    start, end
        0-based, half-open.
    rules
        Whose motifs are looked for.
    seed
        Seed of the shuffles.

    Raises
    ------
    InputError
        Where the stretch is not inside the sequence.
    """
    if not 0 <= start < end <= codes.size:
        raise InputError(f"bases {start} to {end} are not inside the sequence of {codes.size} bp")
    rules = rules or ExpressionRules()
    near = slice(max(start - 60, 0), min(end + 60, codes.size))
    best, least = codes, np.inf
    for attempt in range(100):
        changed = np.array(codes)
        rng = named_stream(seed, "shuffle", attempt)
        changed[start:end] = dinucleotide_shuffle(np.array(codes[start:end]), rng=rng)[0]
        found = bind_sites(changed[near], rules).sites
        touching = (found.start + near.start < end) & (found.end + near.start > start)
        weight = float(found.weight[touching].sum())
        if weight < least:
            best, least = changed, weight
        if weight == 0:
            break
    return best
