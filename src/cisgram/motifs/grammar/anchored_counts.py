"""Counts of hits by their distance from anchors, and from the same anchors moved along their contigs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer
from numba import njit, prange

from cisgram.errors import ConfigError, InputError
from cisgram.threads import threads_for

SAME, OPPOSITE, ANY = "same", "opposite", "any"
"""A hit's strand relative to its anchor's."""

Draws = Float[np.ndarray, "draw distance"]
"""Hits by distance, first of the data, then of every draw."""

_PLACES_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class PositionsConfig:
    """How far around anchors, and what chance is.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    reach_bp: int = 500
    """Hits whose middle lies within this distance of the anchor are counted."""
    smooth_bp: int = 21
    """Width of the running mean of the curves, odd; 1 for words at a fixed place, such as the initiator."""
    span_bp: int = 3000
    """Anchors are moved by at most this, to either side, and by at least the reach."""
    n_draws: int = 1000
    """Draws of chance; the smallest p-value is 1 / (n_draws + 1)."""
    seed: int = 1
    """Seed of the draws."""

    def __post_init__(self) -> None:
        if self.reach_bp < 1 or self.smooth_bp < 1 or self.smooth_bp % 2 == 0 or self.smooth_bp > self.reach_bp:
            raise ConfigError(
                "reach_bp must be at least 1, smooth_bp odd, at least 1 and at most the reach; got "
                f"{self.reach_bp} and {self.smooth_bp}"
            )
        if self.span_bp <= self.reach_bp or self.n_draws < 1 or self.seed < 0:
            raise ConfigError(
                "span_bp must be above reach_bp, n_draws at least 1 and seed at least 0; got "
                f"{self.span_bp}, {self.n_draws}, {self.seed}"
            )

    @property
    def margin_bp(self) -> int:
        """Bases that an anchor needs on either side inside its contig."""
        return self.reach_bp + self.smooth_bp // 2


def counts_by_distance(
    hits: pd.DataFrame, anchors: pd.DataFrame, sizes: Mapping[str, int], config: PositionsConfig
) -> Mapping[str, Draws]:
    """Count the hits of one motif by their distance from anchors, and from moved anchors.

    Parameters
    ----------
    hits, anchors, sizes, config
        As in :func:`cisgram.motifs.grammar.around.motif_positions`, checked; of a single motif.

    Returns
    -------
    Mapping
        By strand, ``draw distance``: first the data, then every draw; distances reach ``config.margin_bp``. Memory
        is linear in draws and distances.

    Raises
    ------
    InputError
        A contig is too short to move anchors along it.
    """
    offsets, sign = _on_one_line(sizes, config), direction(anchors)
    is_again = hits.duplicated(["chrom", "start", "end"])
    wanted = [hits, hits[~is_again]] if is_again.any() else [hits]
    lines = [_line(one, offsets) for one in wanted]
    counts = [np.zeros((config.n_draws + 1, 2, 2 * config.margin_bp + 1), dtype=np.int64) for _ in lines]
    first = anchors["chrom"].map(offsets).to_numpy(dtype=np.int64)
    for begin, moved in _moved(anchors, sizes, config):
        places = moved + first
        with threads_for(places.size * 20):
            for (middles, is_reverse), out in zip(lines, counts, strict=True):
                _count_near(places, sign, middles, is_reverse, config.margin_bp, out[begin : begin + len(places)])
    weight = 1.0 if sign.all() else 0.5
    by_strand, either = counts[0] * weight, counts[-1].sum(axis=1) * weight
    return {SAME: by_strand[:, 0], OPPOSITE: by_strand[:, 1], ANY: either}


def _on_one_line(sizes: Mapping[str, int], config: PositionsConfig) -> dict[str, int]:
    """Contigs one after the other, so far apart that hits of one are never near an anchor on another."""
    room = 2 * config.margin_bp + 1
    begins = np.cumsum([0, *(size + room for size in sizes.values())])[:-1]
    return dict(zip(sizes, begins.tolist(), strict=True))


def _line(hits: pd.DataFrame, offsets: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Middles of hits on one line, sorted, and which of them are on the reverse strand."""
    is_reverse = (hits["strand"] == "-").to_numpy(dtype=bool)
    last = (hits["start"] + hits["end"] - 1).to_numpy(dtype=np.int64)
    line = (last + is_reverse) // 2 + hits["chrom"].map(dict(offsets)).to_numpy(dtype=np.int64)
    order = np.argsort(line, kind="stable")
    return line[order], is_reverse[order]


def direction(anchors: pd.DataFrame) -> Integer[np.ndarray, "anchor"]:
    """1 or -1 for every anchor; where any has no strand, 0 for all."""
    sign = anchors["strand"].map({"+": 1, "-": -1}).fillna(0).to_numpy(dtype=np.int64)
    return sign * int(sign.all())


def _moved(
    anchors: pd.DataFrame, sizes: Mapping[str, int], config: PositionsConfig
) -> Iterator[tuple[int, Integer[np.ndarray, "draw anchor"]]]:
    """Places of the anchors, first their own, then those of every draw, in pieces: number of the first, places."""
    own = anchors["position"].to_numpy(dtype=np.int64)
    size = anchors["chrom"].map(dict(sizes)).to_numpy(dtype=np.int64)
    room = np.minimum(np.stack([own, size - 1 - own]) - config.margin_bp, config.span_bp) - config.reach_bp + 1
    to_left, to_right = np.maximum(room, 0)
    if (to_left + to_right == 0).any():
        at = int((to_left + to_right).argmin())
        raise InputError(
            f"contig {anchors['chrom'].iloc[at]!r} of {size[at]} bp is too short to move anchors along it by "
            f"{config.reach_bp} bp or more; leave its anchors out or give a shorter reach"
        )
    rng = np.random.default_rng(config.seed)
    n_draws = max(_PLACES_AT_ONCE // len(own), 1)
    yield 0, own[None]
    for begin in range(1, config.n_draws + 1, n_draws):
        step = rng.integers(0, to_left + to_right, size=(min(n_draws, config.n_draws + 1 - begin), len(own)))
        yield begin, own + np.where(step < to_left, -config.reach_bp - step, config.reach_bp + step - to_left)


@njit(cache=True, parallel=True)
def _count_near(places, sign, line, is_reverse, reach, counts):
    """Count by distance; an anchor without direction counts in both."""
    for draw in prange(places.shape[0]):
        for anchor in range(places.shape[1]):
            place = places[draw, anchor]
            at = np.searchsorted(line, place - reach)
            while at < line.size and line[at] <= place + reach:
                distance = line[at] - place
                if sign[anchor] >= 0:
                    counts[draw, int(is_reverse[at]), reach + distance] += 1
                if sign[anchor] <= 0:
                    counts[draw, 1 - int(is_reverse[at]), reach - distance] += 1
                at += 1
