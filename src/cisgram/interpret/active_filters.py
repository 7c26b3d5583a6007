"""Which filters of the first layer are active in some stretches of sequence more than in others."""

from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import torch
from scipy.stats import rankdata

from cisgram import arrays
from cisgram.models.basset import Basset
from cisgram.nn.blocks import one_hot

ACTIVE_FILTER_COLUMNS = ("rank", "filter", "strand", "auroc", "share", "share_elsewhere", "place_bp", "spread_bp")
"""``filter``: of the first layer, from 0; ``strand``: ``-`` where it is the reverse complement of the filter that is
active, empty where stretches are whole sequences; ``auroc``: chance that its highest activation in one of the stretches
lies above that in one of the others, ties count half; ``share``: mean over stretches of its highest activation in the
stretch, over the highest in all sequences; ``share_elsewhere``: the same of the other stretches; ``place_bp``: median
position of its middle base in the stretch, from 0; ``spread_bp``: between the quartiles of these positions."""


class Stretches(NamedTuple):
    """Parts of sequences, of one width."""

    codes: arrays.Codes
    """``stretch width``; N beyond the ends of the sequence."""
    starts: arrays.Rows
    """Where they begin in their sequences; below 0 where they begin before it does."""
    sequence_length: int


class FilterActivity(NamedTuple):
    """Highest activation of every filter in every stretch, and where its middle base is there."""

    highest: arrays.FilterValues
    places: arrays.FilterPlaces
    """In bp from the first base; NaN where stretches are whole sequences."""


def stretches_at(
    codes: arrays.Codes, starts: arrays.Rows, *, width: int, is_turned: arrays.Mask | None = None
) -> Stretches:
    """Cut a stretch out of every sequence.

    Parameters
    ----------
    codes
        ``batch length``.
    starts
        First position of each, which may lie before the sequence; along the reverse complement where that is read.
    width
        In bp.
    is_turned
        Whether the reverse complement is read; nowhere, if not given.

    Examples
    --------
    >>> codes = np.array([[0, 1, 2], [0, 1, 2]], np.uint8)
    >>> stretches_at(codes, np.array([1, -1]), width=3, is_turned=np.array([False, True])).codes.tolist()
    [[1, 2, 4], [4, 1, 2]]
    """
    length = codes.shape[-1]
    places = np.asarray(starts)[:, None] + np.arange(width)
    inside = (places >= 0) & (places < length)
    turned = np.zeros(len(codes), bool) if is_turned is None else is_turned
    places = np.where(turned[:, None], length - 1 - places, places).clip(0, length - 1)
    bases = np.take_along_axis(codes, places, axis=1)
    bases = np.where(turned[:, None] & (bases < 4), 3 - bases, bases)
    return Stretches(np.where(inside, bases, 4).astype(np.uint8), np.asarray(starts), length)


def activity_in_stretches(model: Basset, stretches: Stretches) -> FilterActivity:
    """Run the first layer on stretches alone, at the places where its filters lie inside the stretch.

    Places whose middle base lies beyond the end of the sequence do not count: the model does not see them.

    Parameters
    ----------
    model
        In evaluation mode.
    stretches
        At least as wide as a filter.

    Examples
    --------
    >>> from cisgram.models.basset import BassetConfig, build
    >>> model = build(BassetConfig.small(), n_tracks=1).eval()
    >>> stretches = stretches_at(np.zeros((2, 600), np.uint8), np.array([0, 100]), width=30)
    >>> activity_in_stretches(model, stretches).places.shape
    (2, 128)
    """
    layer: Any = model.convolutions[0]
    half = layer.convolution.weight.shape[-1] // 2
    place = next(model.parameters()).device
    with torch.inference_mode():
        sequences = one_hot(torch.from_numpy(stretches.codes).to(place))
        active = layer.activation(layer.norm(layer.convolution.inside(sequences))).cpu().numpy()
    middles = stretches.starts[:, None] + half + np.arange(active.shape[-1])
    is_seen = (middles >= 0) & (middles < stretches.sequence_length)
    active = np.where(is_seen[:, None], active, -np.inf)
    return FilterActivity(active.max(-1), (active.argmax(-1) + half).astype(np.float64))


def most_active_filters(
    inside: FilterActivity,
    elsewhere: FilterActivity,
    highest: arrays.PerFilter,
    *,
    n_filters: int,
    by: Literal["share", "auroc"],
) -> pd.DataFrame:
    """Compare stretches with others, and give the filters that differ most.

    Parameters
    ----------
    inside, elsewhere
        Of all channels of the first layer, or one per pair.
    highest
        Highest activation in all sequences; where it has half of the channels, these stand in pairs of strands, and the
        better of each pair is taken.
    n_filters
        How many rows at most.
    by
        ``share`` orders by ``share - share_elsewhere``, ``auroc`` by ``auroc``; only filters are given that are more
        active inside.

    Returns
    -------
    pandas.DataFrame
        :data:`ACTIVE_FILTER_COLUMNS`, the best first.

    Examples
    --------
    >>> inside, elsewhere = (whole_sequences(np.array(one)) for one in ([[4.0, 1.0], [2.0, 0.0]], [[1.0, 1.0]]))
    >>> table = most_active_filters(inside, elsewhere, np.array([4.0, 1.0]), n_filters=3, by="share")
    >>> table[["filter", "auroc", "share", "share_elsewhere"]].to_numpy().tolist()
    [[0.0, 1.0, 0.75, 0.25]]
    """
    n_channels = inside.highest.shape[1]
    channels = np.arange(n_channels)
    pairs = n_channels == 2 * len(highest)
    filters = np.minimum(channels, n_channels - 1 - channels) if pairs else channels
    scale = np.maximum(highest[filters], 1e-30)
    with_place = np.isfinite(inside.places).all()
    quartiles = np.quantile(inside.places, [0.25, 0.5, 0.75], axis=0)
    table = pd.DataFrame(
        {
            "filter": filters,
            "strand": np.where(filters == channels, "+", "-") if with_place else "",
            "auroc": _auroc(inside.highest, elsewhere.highest),
            "share": inside.highest.mean(0, dtype=np.float64) / scale,
            "share_elsewhere": elsewhere.highest.mean(0, dtype=np.float64) / scale,
            "place_bp": quartiles[1],
            "spread_bp": quartiles[2] - quartiles[0],
        }
    )
    excess = table["auroc"] - 0.5 if by == "auroc" else table["share"] - table["share_elsewhere"]
    table = table.assign(excess=excess).sort_values("excess", ascending=False, kind="stable")
    table = table[table["excess"] > 0].drop_duplicates("filter").head(n_filters)
    table["rank"] = np.arange(1, len(table) + 1)
    return table[list(ACTIVE_FILTER_COLUMNS)].reset_index(drop=True)


def _auroc(inside: np.ndarray, elsewhere: np.ndarray) -> np.ndarray:
    """Rank-sum statistic of every column, over the number of pairs."""
    n, m = len(inside), len(elsewhere)
    ranks = rankdata(np.concatenate([inside, elsewhere]), axis=0)[:n]
    return (ranks.sum(0) - n * (n + 1) / 2) / (n * m)


def whole_sequences(highest: arrays.FilterValues) -> FilterActivity:
    """Activity in whole sequences, which has no place."""
    return FilterActivity(highest, np.full(highest.shape, np.nan))
