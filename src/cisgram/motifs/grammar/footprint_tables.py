"""Footprints as tables: mean reads by motif, track, strand and offset, and how sharp each footprint is."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import Counts
from cisgram.errors import InputError
from cisgram.motifs.grammar.footprints import Footprint, Footprints, hits_inside, reads_at
from cisgram.motifs.grammar.sharpness import SMOOTH_BP, Sharpness, sharpness

FOOTPRINT_COLUMNS = ("pattern", "track", "hits", "n_hits", "strand", "offset_bp", "observed", "predicted")
"""Columns of :func:`footprint_table`. ``hits`` says which were averaged; strand ``+`` is the one that the motif reads
along; ``observed`` and ``predicted`` are mean reads per hit, NaN where there are none."""
SHARPNESS_COLUMNS = (
    *("pattern", "track", "hits", "n_hits", "observed", "observed_low", "observed_high"),
    *("predicted", "predicted_low", "predicted_high"),
)
"""Columns of :func:`sharpness_table`: scores with their 95 % intervals, NaN where there is no footprint."""
ALL, HELD_OUT = "all", "held-out"
"""Which hits were averaged: all that have reads, or those in windows that were held out and predicted."""

_LEAST_HITS = 5
_NONE = Sharpness(np.nan, np.nan, np.nan)
_STRANDS = ("+", "-")


def footprint_table(footprints: Footprints, *, hits: str) -> pd.DataFrame:
    """Footprints by row; patterns without hits have none.

    Parameters
    ----------
    footprints
        From :func:`cisgram.motifs.grammar.footprints.motif_footprints`.
    hits
        Which hits were averaged, :data:`ALL` or :data:`HELD_OUT`.

    Returns
    -------
    pandas.DataFrame
        :data:`FOOTPRINT_COLUMNS`.
    """
    tables = []
    for pattern in footprints.patterns:
        for track in footprints.tracks:
            found = footprints.at(pattern, track)
            predicted = np.full(found.observed.shape, np.nan) if found.predicted is None else found.predicted
            for number, strand in enumerate(_STRANDS if found.n_hits else ()):
                values = {"offset_bp": found.offset_bp, "observed": found.observed[number]}
                labels = {"pattern": pattern, "track": track, "hits": hits, "n_hits": found.n_hits, "strand": strand}
                tables.append(pd.DataFrame({**values, "predicted": predicted[number]}).assign(**labels))
    empty = pd.DataFrame({name: [] for name in FOOTPRINT_COLUMNS})
    return pd.concat(tables, ignore_index=True)[list(FOOTPRINT_COLUMNS)] if tables else empty


def footprint_from(table: pd.DataFrame, pattern: str, track: str, *, hits: str) -> Footprint | None:
    """The footprint of one track at one pattern out of a table; None where it has none.

    Examples
    --------
    >>> means = np.arange(6.0).reshape(1, 1, 2, 3)
    >>> offset = np.array([-1, 0, 1])
    >>> table = footprint_table(Footprints(("a",), ("T",), offset, means, None, np.array([4])), hits=ALL)
    >>> found = footprint_from(table, "a", "T", hits=ALL)
    >>> found.observed.tolist(), found.predicted, found.n_hits
    ([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], None, 4)
    """
    own = table[(table["pattern"] == pattern) & (table["track"] == track) & (table["hits"] == hits)]
    if own.empty:
        return None
    strands = [own[own["strand"] == strand] for strand in _STRANDS]
    observed, predicted = (
        np.stack([one[name].to_numpy(dtype=np.float64) for one in strands]) for name in ("observed", "predicted")
    )
    offset = strands[0]["offset_bp"].to_numpy(dtype=np.int64)
    return Footprint(offset, observed, None if np.isnan(predicted).all() else predicted, int(own["n_hits"].iloc[0]))


def sharpness_table(
    hits: pd.DataFrame,
    observed: Counts,
    windows: pd.DataFrame,
    tracks: Sequence[str],
    *,
    predicted: Counts | None = None,
    which: str = ALL,
    reach_bp: int = 60,
    seed: int = 1,
) -> pd.DataFrame:
    """Score how sharp every footprint is, observed and predicted at the same hits.

    Parameters
    ----------
    hits, observed, windows, tracks, predicted, reach_bp
        As in :func:`cisgram.motifs.grammar.footprints.motif_footprints`.
    which
        What the column ``hits`` says.
    seed
        Seed of the draws of hits for the intervals.

    Returns
    -------
    pandas.DataFrame
        :data:`SHARPNESS_COLUMNS`, patterns in alphabetical order. Fewer than 5 hits have no score.

    Raises
    ------
    InputError
        The reach is too short for a score.
    """
    if 2 * reach_bp + 1 < 3 * SMOOTH_BP:
        raise InputError(f"sharpness needs reach_bp of at least {3 * SMOOTH_BP // 2}; got {reach_bp}")
    rows = []
    for pattern, own in hits.groupby("pattern", sort=True):
        inside = hits_inside(own, windows, reach_bp=reach_bp)
        if inside.empty:
            continue
        signals = [observed] if predicted is None else [observed, predicted]
        cut = [reads_at(inside, np.asarray(one), windows, reach_bp=reach_bp).values for one in signals]
        for number, track in enumerate(tracks):
            scores = [_score(values[:, number], seed=seed) for values in cut] + [_NONE] * (2 - len(cut))
            rows.append((str(pattern), track, which, len(inside), *scores[0], *scores[1]))
    return pd.DataFrame(rows, columns=list(SHARPNESS_COLUMNS))


def _score(reads: np.ndarray, *, seed: int) -> Sharpness:
    """Sharpness at some hits; none where they are too few."""
    return sharpness(reads, seed=seed) if len(reads) >= _LEAST_HITS else _NONE
