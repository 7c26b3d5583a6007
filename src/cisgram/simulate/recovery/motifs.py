"""How many of the planted motifs came back."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Matrix
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif


class MotifMatch(NamedTuple):
    """How well two motifs agree at their best alignment.

    Attributes
    ----------
    similarity
        Cosine between the two PPMs minus 0.25, from -1 to 1; columns that hang over count as 0 in the other motif.
    offset_bp
        Where the second motif begins in the first.
    is_reverse
        Whether the second one was turned to its reverse complement.
    """

    similarity: float
    offset_bp: int
    is_reverse: bool


def motif_similarity(first: Motif, second: Motif) -> MotifMatch:
    """Compare two motifs at every offset in both orientations; ties go to the forward one and the smallest offset.

    The similarity is 1 for a motif with itself and with its reverse complement. As the norms run over all columns,
    flanks without information cost nothing and informative columns without a counterpart cost their share.

    Examples
    --------
    >>> motif = Motif(name="m", ppm=np.array([[0.9, 0.1], [0.05, 0.1], [0.03, 0.1], [0.02, 0.7]]))
    >>> match = motif_similarity(motif, motif.reverse_complement())
    >>> round(match.similarity, 6), match.is_reverse
    (1.0, True)
    """
    best = MotifMatch(-2.0, offset_bp=0, is_reverse=False)
    for is_reverse in (False, True):
        turned = second.ppm[::-1, ::-1] if is_reverse else second.ppm
        scores = _cosines(first.ppm, turned)
        at = int(scores.argmax())
        if scores[at] > best.similarity + 1e-12:
            best = MotifMatch(float(scores[at]), at - second.ppm.shape[1] + 1, is_reverse)
    return best


def motif_recovery(
    planted: Sequence[Motif],
    discovered: Sequence[Motif],
    *,
    threshold: float = 0.8,
    n_shuffles: int = 20,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Find, for each planted motif, the discovered motif that is most like it.

    Parameters
    ----------
    planted
        The truth.
    discovered
        What a method found; may be empty, and may contain several versions of one motif.
    threshold
        Least similarity that counts as found.
    n_shuffles
        How often the columns of a planted motif are shuffled for its floor; at least 1.
    rng
        Shuffles them.

    Returns
    -------
    pandas.DataFrame
        One row per planted motif: ``planted``, ``best`` (name of the discovered one, ``""`` for none),
        ``similarity``, ``offset_bp``, ``is_reverse``, ``is_found`` and ``floor``: the mean best similarity of the
        discovered motifs to the planted one with its columns shuffled. Without any discovered motif both are 0.
    """
    if n_shuffles < 1 or not 0 < threshold <= 1:
        raise InputError(f"n_shuffles must be at least 1 and threshold in 0..1; got {n_shuffles} and {threshold}")
    rows = []
    for motif in planted:
        name, match = _best(motif, discovered)
        shuffled = [Motif(name="shuffled", ppm=motif.ppm[:, rng.permutation(len(motif))]) for _ in range(n_shuffles)]
        floor = float(np.mean([_best(one, discovered)[1].similarity for one in shuffled]))
        rows.append((motif.name, name, *match, bool(match.similarity >= threshold), floor))
    columns = ["planted", "best", "similarity", "offset_bp", "is_reverse", "is_found", "floor"]
    return pd.DataFrame(rows, columns=columns)


def _best(motif: Motif, discovered: Sequence[Motif]) -> tuple[str, MotifMatch]:
    """The first of the most similar discovered motifs."""
    name, best = "", MotifMatch(0.0, offset_bp=0, is_reverse=False)
    for other in discovered:
        match = motif_similarity(motif, other)
        if not name or match.similarity > best.similarity:
            name, best = other.name, match
    return name, best


def _cosines(first: Matrix, second: np.ndarray) -> np.ndarray:
    """Cosine at every offset from "only the last column of the second overlaps" to "only its first does"."""
    a, b = first - 0.25, second - 0.25
    norm = np.sqrt((a * a).sum() * (b * b).sum())
    if norm == 0:
        return np.zeros(a.shape[1] + b.shape[1] - 1)
    return sum(np.correlate(row_a, row_b, mode="full") for row_a, row_b in zip(a, b, strict=True)) / norm
