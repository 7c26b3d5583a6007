"""Two classes of sequences in one set, checked."""

import warnings
from typing import Literal, NamedTuple

import numpy as np

from cisgram.arrays import Mask, PerRow, Rows
from cisgram.baselines.words import list_words
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError
from cisgram.genomics.sequence import reverse_complement
from cisgram.genomics.sequence_set import SequenceSet


class Classes(NamedTuple):
    """Sequences of two classes, the positive ones first."""

    sequences: SequenceSet
    is_positive: Mask
    dropped: dict[str, int]
    """How many were left out, by class and reason."""


class CrossValidation(NamedTuple):
    """Every sequence scored by a model that did not see it; positive ones first."""

    names: list[str]
    is_positive: Mask
    fold: Rows
    scores: PerRow
    dropped: dict[str, int]
    """How many sequences were left out, by reason."""


def join_classes(
    positive: SequenceSet, negative: SequenceSet, *, word_bp: int, unknown: Literal["skip", "A"] = "skip"
) -> Classes:
    """Put two classes together; sequences without a word are left out, sequences of both classes warned of.

    Raises
    ------
    EmptySetError
        A class has no sequence, or none with a word.

    Warns
    -----
    CisgramWarning
        Sequences were left out, or stand in both classes (on either strand); the latter stay in both.
    """
    kept, dropped = [], {}
    for name, sequences in (("positive", positive), ("negative", negative)):
        has_words = list_words(sequences, word_bp, unknown=unknown).words.has_words
        is_short = sequences.lengths < word_bp
        reasons = {
            f"{name} shorter than {word_bp} bp": int(is_short.sum()),
            f"{name} without {word_bp} known bases in a row": int((~has_words & ~is_short).sum()),
        }
        reasons = {reason: n for reason, n in reasons.items() if n}
        if not has_words.any():
            raise EmptySetError(f"{name} sequences", dropped=reasons, hint="both classes need sequences")
        dropped |= reasons
        kept.append(sequences.take(np.flatnonzero(has_words)))
    if dropped:
        _warn("left out: " + ", ".join(f"{n} {reason}" for reason, n in dropped.items()))
    groups = [set(_keys(sequences)) for sequences in kept]
    if shared := len(groups[0] & groups[1]):
        _warn(f"{shared} sequences stand among the positive and the negative ones; they teach nothing: remove them")
    names = [*kept[0].names, *kept[1].names]
    is_positive = np.arange(len(names)) < len(kept[0])
    return Classes(SequenceSet.from_codes([*kept[0], *kept[1]], names=names), is_positive, dropped)


def assign_folds(classes: Classes, *, n_folds: int, seed: int) -> Rows:
    """Give every sequence a fold, each class spread evenly; the same sequence, on either strand, has one fold.

    Raises
    ------
    ConfigError
        Fewer than two folds, or a class has fewer distinct sequences than there are folds.
    """
    if n_folds < 2:
        raise ConfigError(f"n_folds must be at least 2; got {n_folds}")
    rng = np.random.default_rng(seed)
    fold_of: dict[bytes, int] = {}
    keys = _keys(classes.sequences)
    for wanted in (True, False):
        distinct = list(
            dict.fromkeys(key for key, given in zip(keys, classes.is_positive, strict=True) if given == wanted)
        )
        if len(distinct) < n_folds:
            raise ConfigError(f"{n_folds} folds need as many distinct sequences in each class; one has {len(distinct)}")
        for rank, number in enumerate(rng.permutation(len(distinct))):
            fold_of.setdefault(distinct[number], rank % n_folds)
    return np.array([fold_of[key] for key in keys])


def _keys(sequences: SequenceSet) -> list[bytes]:
    """The same for a sequence and its reverse complement."""
    return [min(codes.tobytes(), reverse_complement(codes).tobytes()) for codes in sequences]


def _warn(message: str) -> None:
    warnings.warn(message, CisgramWarning, stacklevel=4)
