"""Control sequences as rich in G and C as the sequences: otherwise any GC-rich word tells them apart."""

import numpy as np

from cisgram.arrays import Rows
from cisgram.genomics.sequence import gc_fraction
from cisgram.genomics.sequence_set import SequenceSet

_BIN = 0.05
_MET = 0.9


def gc_matched(control: SequenceSet, sequences: SequenceSet, *, rng: np.random.Generator) -> Rows:
    """Choose control sequences whose GC fractions are distributed like those of the sequences.

    Fractions are compared in steps of 0.05. As many controls are kept as can be while nine tenths of them stand
    where they are wanted; what is missing in one step is not made up in another.

    Parameters
    ----------
    control, sequences
        Where to choose from, and what to match.
    rng
        Which of the controls of a step are kept.

    Returns
    -------
    Rows
        Rows of ``control``, ascending.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> control = SequenceSet.from_codes([encode("GGGG"), encode("AAAA"), encode("GCGC"), encode("TTTT")])
    >>> gc_matched(control, SequenceSet.from_codes([encode("CCGG")]), rng=np.random.default_rng(0)).tolist()
    [0, 2]
    """
    step_of_control, step_of_sequence = _steps(control), _steps(sequences)
    n_steps = round(1 / _BIN) + 1
    wanted = np.bincount(step_of_sequence, minlength=n_steps) / max(len(sequences), 1)
    available = np.bincount(step_of_control, minlength=n_steps)
    kept = available
    for n in np.unique(np.geomspace(len(control), 1, 200).round().astype(int))[::-1]:
        kept = np.minimum(available, np.round(wanted * n).astype(int))
        if kept.sum() >= _MET * n:
            break
    order = rng.permutation(len(control))
    rows = [order[step_of_control[order] == step][: kept[step]] for step in range(n_steps)]
    return np.sort(np.concatenate(rows))


def _steps(sequences: SequenceSet) -> Rows:
    """Number of the step of GC fraction in which every sequence stands; all unknown counts as 0."""
    fractions = np.array([gc_fraction(codes) for codes in sequences])
    return np.nan_to_num(fractions / _BIN).round().astype(np.int64)
