"""De novo discovery: the motifs that sequences share and control sequences do not."""

import warnings
from typing import NamedTuple

import numpy as np

from cisgram.arrays import Rows
from cisgram.errors import CisgramWarning, EmptySetError
from cisgram.genomics.background import Background, estimate_background
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.matching import gc_matched
from cisgram.motifs.denovo.rounds import FoundMotif, Rounds
from cisgram.motifs.denovo.splits import n_shuffles_for, split_rows, split_with_shuffles

_MIN_SEQUENCES = 10


class Discovery(NamedTuple):
    """What a search found."""

    motifs: tuple[FoundMotif, ...]
    """Significant ones, in the order found."""
    rejected: tuple[FoundMotif, ...]
    """Candidates that held-out sequences did not confirm."""
    n_sequences: int
    """Sequences used: those given without the dropped ones."""
    n_held_out: int
    """Sequences that tested motifs which were sought without them."""
    n_splits: int
    """1 if these were held out for good, else the number of folds in which all sequences were, by turns; 0 for
    none."""
    n_control: int
    dropped: dict[str, int]
    """Sequences not used, by reason."""
    background: Background
    config: DiscoveryConfig


def discover_motifs(
    sequences: SequenceSet, *, control: SequenceSet | None = None, config: DiscoveryConfig | None = None
) -> Discovery:
    """Find motifs that sequences share.

    A motif is sought in most of the sequences and tested on the rest, against control sequences of which the same
    part was held out; then it is refined once more on all sequences. Fewer than 200 sequences are too few to hold
    some out for good: there, the motif is sought in all of them, and once more without each fold, which tests it.
    Sites are masked with N, and the next motif is sought.

    Parameters
    ----------
    sequences
        At least 10 of them, of any lengths. N is allowed; a place with an N is no place.
    control
        Sequences without the motifs sought, about as long. If not given, the sequences are shuffled so that the
        number of every dinucleotide stays.
    config
        Settings; the defaults if not given.

    Returns
    -------
    Discovery
        Without any motif where none is significant: so it is with random sequences.

    Raises
    ------
    EmptySetError
        If fewer than 10 sequences are left that are as long as the narrowest motif, known, and no duplicates.

    Warns
    -----
    CisgramWarning
        If sequences are left out, with their number by reason.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> rng = np.random.default_rng(1)
    >>> planted = encode("GATTACAGC")
    >>> parts = [rng.integers(0, 4, 60).astype(np.uint8) for _ in range(120)]
    >>> for part in parts:
    ...     part[20:29] = planted
    >>> found = discover_motifs(SequenceSet.from_codes(parts), config=DiscoveryConfig(n_motifs=1, n_starts=4))
    >>> [one.motif.consensus() for one in found.motifs][0] in ("GATTACAGC", "GCTGTAATC")
    True
    """
    config = DiscoveryConfig() if config is None else config
    kept, dropped = _usable_rows(sequences, config, what="sequences")
    sequences = sequences.take(kept)
    rng = np.random.default_rng(config.seed)
    if control is None:
        n_shuffles = n_shuffles_for(len(sequences), config)
        control = sequences.shuffled(n_shuffles=n_shuffles, rng=rng)
        splits = split_with_shuffles(len(sequences), n_shuffles, config, rng=rng)
    else:
        control = control.take(_usable_rows(control, config, what="control sequences")[0])
        if config.match_gc:
            control = control.take(gc_matched(control, sequences, rng=rng))
        splits = split_rows(len(sequences), len(control), config, rng=rng)
    background = estimate_background(control.joined, order=config.markov_order, is_stranded=config.is_stranded)
    found, rejected = (
        tuple(one._replace(sites=one.sites.assign(sequence=kept[one.sites["sequence"]])) for one in group)
        for group in Rounds(sequences, control, splits, background, config).run()
    )
    n_held_out = sum(len(split.tested) for split in splits)
    return Discovery(
        found,
        rejected,
        n_sequences=len(sequences),
        n_held_out=n_held_out,
        n_splits=len(splits),
        n_control=len(control),
        dropped=dropped,
        background=background,
        config=config,
    )


def _usable_rows(sequences: SequenceSet, config: DiscoveryConfig, *, what: str) -> tuple[Rows, dict[str, int]]:
    """Leave out what nothing can be learnt from, and what would be counted twice; say how many by reason."""
    n_known = np.add.reduceat((sequences.joined < N).astype(np.int64), sequences.starts[:-1]) if len(sequences) else []
    is_short = sequences.lengths < config.min_width
    is_unknown = ~is_short & (np.asarray(n_known) < config.min_width)
    is_duplicate = np.zeros(len(sequences), dtype=bool)
    is_duplicate[sequences.duplicates()] = True
    is_duplicate &= ~is_short & ~is_unknown
    dropped = {
        f"shorter than {config.min_width} bp": int(is_short.sum()),
        "without known bases": int(is_unknown.sum()),
        "duplicate": int(is_duplicate.sum()),
    }
    dropped = {reason: n for reason, n in dropped.items() if n}
    kept = np.flatnonzero(~(is_short | is_unknown | is_duplicate))
    if dropped:
        said = ", ".join(f"{n} {reason}" for reason, n in dropped.items())
        warnings.warn(
            f"{sum(dropped.values())} of {len(sequences)} {what} left out: {said}", CisgramWarning, stacklevel=3
        )
    if len(kept) < _MIN_SEQUENCES:
        raise EmptySetError(
            f"{what} for motif discovery, which needs {_MIN_SEQUENCES},",
            dropped=dropped,
        )
    return kept, dropped
