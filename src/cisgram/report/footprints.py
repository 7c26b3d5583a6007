"""Average reads around the hits of patterns in held-out windows, observed and predicted."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.report.profile_results import ProfileResults

_REACH_BP = 60


class Footprint(NamedTuple):
    """Mean reads around hits, in the direction of the motif."""

    observed: np.ndarray
    """``strand length``; the first strand is the one that the motif reads along."""
    predicted: np.ndarray
    """The same, expected by the model."""
    n_hits: int


def footprints(results: ProfileResults, track: str, score: str) -> Mapping[str, Footprint]:
    """Footprints of all patterns of a track and score that have hits well inside held-out windows.

    Every hit counts once, in the window where it lies nearest to the middle.
    """
    store, predictions, hits = results.store, results.predictions, results.hits
    if store is None or predictions is None or hits is None or len(predictions.rows) == 0:
        return {}
    hits = hits[(hits["track"] == track) & (hits["kind"] == score)]
    number = store.track_names.index(track)
    rows = np.asarray(predictions.rows)
    observed = results.observed_counts[:, number]
    predicted = results.expected_counts[:, number]
    windows = store.windows.iloc[rows]
    starts = ((windows["start"] + windows["end"]) // 2 - store.output_length // 2).to_numpy()
    placed = _placed(hits, windows["chrom"].to_numpy(), starts, store.output_length)
    return {
        str(name): Footprint(_mean(observed, group), _mean(predicted, group), len(group))
        for name, group in placed.groupby("name", sort=False)
    }


def _placed(hits: pd.DataFrame, chroms: np.ndarray, starts: np.ndarray, length: int) -> pd.DataFrame:
    """Hits with the window they lie in and their middle in it; those too near to its ends are left out."""
    tables = []
    middles = ((hits["start"] + hits["end"]) // 2).to_numpy()
    for chrom in pd.unique(chroms):
        own, rows = np.flatnonzero(hits["chrom"].to_numpy() == chrom), np.flatnonzero(chroms == chrom)
        if not own.size:
            continue
        distance = np.abs(middles[own][:, None] - (starts[rows] + length // 2)[None, :])
        nearest = distance.argmin(axis=1)
        inside = distance[np.arange(own.size), nearest] <= length // 2 - _REACH_BP - 1
        at = middles[own] - starts[rows][nearest]
        strand = hits["strand"].to_numpy()[own]
        name = hits["name"].to_numpy()[own]
        tables.append(pd.DataFrame({"name": name, "window": rows[nearest], "at": at, "strand": strand})[inside])
    empty = pd.DataFrame({"name": [], "window": [], "at": [], "strand": []})
    return pd.concat(tables, ignore_index=True) if tables else empty


def _mean(counts: np.ndarray, group: pd.DataFrame) -> np.ndarray:
    """Mean of ``window strand length`` around hits; those on the minus strand are turned."""
    offsets = np.arange(-_REACH_BP, _REACH_BP + 1)
    window, at = group["window"].to_numpy(dtype=np.int64), group["at"].to_numpy(dtype=np.int64)
    cut = np.stack([counts[w][:, a + offsets] for w, a in zip(window, at, strict=True)]).astype(np.float64)
    turned = (group["strand"] == "-").to_numpy()
    cut[turned] = cut[turned][:, ::-1, ::-1]
    return cut.mean(axis=0)
