"""How many of the planted motifs came back."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.motif_alignment import Alignment, align


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
        Least similarity (:func:`cisgram.genomics.motif_alignment.motif_similarity`) that counts as found.
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
        is_found = bool(match.similarity >= threshold)
        rows.append((motif.name, name, match.similarity, match.offset, match.is_reversed, is_found, floor))
    columns = ["planted", "best", "similarity", "offset_bp", "is_reverse", "is_found", "floor"]
    return pd.DataFrame(rows, columns=columns)


def _best(motif: Motif, discovered: Sequence[Motif]) -> tuple[str, Alignment]:
    """The first of the most similar discovered motifs."""
    name, best = "", Alignment(0, is_reversed=False, overlap=0, correlation=0.0, similarity=0.0)
    for other in discovered:
        match = align(motif, other, min_overlap=1)
        if not name or match.similarity > best.similarity:
            name, best = other.name, match
    return name, best
