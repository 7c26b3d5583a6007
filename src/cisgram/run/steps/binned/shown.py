"""Which tracks and windows a reader looks at: some of every family, from good to bad."""

import numpy as np
import pandas as pd

from cisgram.arrays import BinnedTargets
from cisgram.data.binned_store import BinnedLayout, BinnedStore
from cisgram.nn.metrics import pearson
from cisgram.training.gene_agreement import assays_of

WINDOW_TABLE = ("window", "chrom", "start", "end", "track", "pearson", "mean", "maximum")
"""Columns of evaluation/windows.tsv: the place of what is predicted, and mean and maximum of what was measured."""

_MOST_ASSAYS = 6


def shown_tracks(layout: BinnedLayout, tracks: pd.DataFrame) -> list[str]:
    """Names of tracks of up to six assays: of every family in turn, evenly from its best to its worst.

    Both tracks of a pair of strands come together.

    Parameters
    ----------
    layout
        Names, families and pairs of strands.
    tracks
        Figures of all methods; Pearson's r of the model in bins as they are decides.
    """
    own = tracks[tracks["method"].eq("model") & tracks["metric"].eq("pearson") & tracks["bin_bp"].eq(layout.bin_size)]
    value = dict(zip(own["track"], own["value"].fillna(-1), strict=True))
    by_family: dict[str, list[tuple[int, int]]] = {}
    for one in assays_of(layout.track_names, layout.strand_pairs):
        by_family.setdefault(layout.families[one.plus], []).append((one.plus, one.minus))
    chosen: list[tuple[int, int]] = []
    n_each = max(1, _MOST_ASSAYS // len(by_family))
    for pairs in list(by_family.values())[:_MOST_ASSAYS]:
        ordered = sorted(pairs, key=lambda pair: -value[layout.track_names[pair[0]]])
        at = np.unique(np.linspace(0, len(ordered) - 1, min(n_each, len(ordered))).round().astype(int))
        chosen += [ordered[one] for one in at]
    return [layout.track_names[track] for pair in chosen for track in dict.fromkeys(pair)]


def shown_windows(store: BinnedStore, rates: BinnedTargets, tracks: list[str]) -> pd.DataFrame:
    """Pearson's r within every test window of some tracks."""
    rows, layout = store.rows("test"), store.layout
    places = store.outputs(rows)[["chrom", "start", "end"]].assign(window=np.arange(rows.size))
    parts = []
    for name in tracks:
        track = layout.track_names.index(name)
        measured = np.asarray(store.targets[rows, track], dtype=np.float64)
        predicted = np.asarray(rates[:, track], dtype=np.float64)
        known = ~np.isnan(measured)
        pairs = zip(measured, predicted, known, strict=True)
        values = [pearson(one[use], other[use]) for one, other, use in pairs]
        filled = np.where(known, measured, 0)
        mean = filled.sum(axis=1) / np.maximum(1, known.sum(axis=1))
        parts.append(places.assign(track=name, pearson=values, mean=mean, maximum=filled.max(axis=1)))
    return pd.concat(parts, ignore_index=True)[list(WINDOW_TABLE)]
