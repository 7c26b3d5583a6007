"""Sites put into backgrounds that fold into nothing: one alone, and two in every orientation at a distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, MotifInstances, PairTargets
from cisgram.errors import ConfigError, InputError
from cisgram.interpret.experiments.edits import put, scrambled
from cisgram.interpret.experiments.resampling import interval_of
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.prediction import BOTH_STRANDS, MapGeometry, fold, geometry_of, squares_of
from cisgram.interpret.folding.scores import CORNER_LEAST_BINS, contact_change, corner_at, insulation_at

Arrangement: TypeAlias = Literal["single", "convergent", "tandem", "divergent", "scrambled"]
"""``single``: one site on the plus strand, at the left place; then two sites, ``+ -``, ``+ +``, ``- +``; ``scrambled``:
the bases of convergent ones in another order."""

_STRANDS: dict[str, tuple[Literal["+", "-"], ...]] = {
    "single": ("+",),
    "convergent": ("+", "-"),
    "tandem": ("+", "+"),
    "divergent": ("-", "+"),
    "scrambled": ("+", "-"),
}

ARRANGEMENT_COLUMNS = (
    "arrangement",
    "track",
    "n",
    "corner",
    "corner_low",
    "corner_high",
    "corner_beyond_singles",
    "insulation_change",
    "insulation_low",
    "insulation_high",
    "root_mean_square",
)
"""Means over backgrounds of what an insertion changes, with 95 % bootstrap intervals: the corner of the two places, the
insulation at the left one, and the root mean square of the change. Stripes of single sites cross at the corner, too:
``corner_beyond_singles`` is the corner less those that the two sites make alone."""


@dataclass(frozen=True)
class PairInsertionConfig:
    """Where sites are put.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    distance_bp: int = 0
    """Between the middles of the two places, which lie around the middle of the window; 0: a third of the map, at least
    the bins of a corner."""
    n_copies: int = 1
    """Copies of the site at each place, side by side: several weak ones make a strong one."""
    gap_bp: int = 20
    """Between copies."""
    seed: int = 0
    """Of scrambled sites."""

    def __post_init__(self) -> None:
        if min(self.distance_bp, self.gap_bp) < 0 or self.n_copies < 1:
            raise ConfigError(
                f"distance_bp and gap_bp must not be negative and n_copies at least 1; got {self.distance_bp}, "
                f"{self.gap_bp} and {self.n_copies}"
            )


class InsertedPairs(NamedTuple):
    """What insertions do."""

    before: PairTargets
    """Maps of the backgrounds."""
    changes: PairTargets
    """Mean change of the map by each arrangement, in the order of :data:`Arrangement`; ``window`` counts them."""
    table: pd.DataFrame
    """:data:`ARRANGEMENT_COLUMNS`."""
    places: tuple[int, int]
    """Middles of the two places in the window, in bp."""


class FlatBackgrounds(NamedTuple):
    """Sequences that fold into next to nothing."""

    codes: Codes
    root_mean_square: float
    """Of their predicted maps, in natural-log units."""


def flat_backgrounds(model: nn.Module, candidates: Codes, *, n: int, asking: Asking = BOTH_STRANDS) -> FlatBackgrounds:
    """The sequences whose predicted maps are flattest: of the smallest mean square over all tracks.

    Parameters
    ----------
    model
        Of contact maps.
    candidates
        Random or shuffled sequences, ``batch length``.
    n
        How many to keep.
    asking
        Strands and batches.

    Returns
    -------
    FlatBackgrounds
        Flattest first.
    """
    maps = fold(model, candidates, asking=asking).astype(np.float64)
    squares = np.square(maps).mean(axis=(1, 2))
    order = np.argsort(squares, kind="stable")[:n]
    return FlatBackgrounds(candidates[order], float(np.sqrt(squares[order].mean())))


def insert_pairs(
    model: nn.Module,
    backgrounds: Codes,
    instances: MotifInstances,
    *,
    config: PairInsertionConfig = PairInsertionConfig(),
    asking: Asking = BOTH_STRANDS,
) -> InsertedPairs:
    """Put a site alone and pairs of sites into backgrounds, and compare the predicted maps.

    Parameters
    ----------
    model
        Of contact maps.
    backgrounds
        ``batch length``.
    instances
        Bases of the site on its plus strand: one row for all backgrounds or one for each. N keeps what is there.
    config
        Distance and copies.
    asking
        Strands and batches.

    Raises
    ------
    InputError
        Where the two places are too near for a corner, or leave the map.

    References
    ----------
    Smaruj et al. (2025), Interpreting the CTCF-mediated sequence grammar of genome folding with AkitaV2, PLoS
    Computational Biology: pairs of sites in backgrounds.
    """
    geometry = geometry_of(model)
    places = _places(geometry, instances.shape[-1], config)
    before = fold(model, backgrounds, asking=asking)
    rng = np.random.default_rng(config.seed)
    changes, rows = [], []
    for name in get_args(Arrangement):
        site = scrambled(instances, rng=rng) if name == "scrambled" else instances
        edited = backgrounds
        for place, strand in zip(places, _STRANDS[name], strict=False):
            edited = _with_copies(edited, site, place, strand, config)
        after = fold(model, edited, asking=asking)
        alone = [
            fold(model, _with_copies(backgrounds, site, place, strand, config), asking=asking)
            for place, strand in zip(places, _STRANDS[name], strict=False)
        ]
        rows += _rows(name, before, after, places, geometry, alone=alone)
        changes.append((after.astype(np.float64) - before).mean(axis=0))
    table = pd.DataFrame(rows, columns=list(ARRANGEMENT_COLUMNS))
    return InsertedPairs(before, np.stack(changes), table, places)


def _places(geometry: MapGeometry, width: int, config: PairInsertionConfig) -> tuple[int, int]:
    """Middles of the two places, each in the middle of a bin where the distance is one of whole bins."""
    distance = config.distance_bp or max(geometry.n_bins // 3, CORNER_LEAST_BINS) * geometry.bin_size
    left = (geometry.input_length - distance) // 2 // geometry.bin_size * geometry.bin_size + geometry.bin_size // 2
    places = left, left + distance
    block = config.n_copies * (width + config.gap_bp)
    if not all(geometry.has(place - block // 2) and geometry.has(place + block // 2) for place in places):
        raise InputError(f"two places {distance} bp apart do not fit into a map of {geometry.n_bins} bins")
    if geometry.bin_at(places[1]) - geometry.bin_at(places[0]) < CORNER_LEAST_BINS:
        raise InputError(
            f"two places must lie at least {CORNER_LEAST_BINS} bins ({CORNER_LEAST_BINS * geometry.bin_size} bp) apart "
            f"to have a corner; got {distance} bp"
        )
    return places


def _with_copies(
    codes: Codes, site: MotifInstances, place: int, strand: Literal["+", "-"], config: PairInsertionConfig
) -> Codes:
    """The site's copies around a place."""
    pitch = site.shape[-1] + config.gap_bp
    first = place - (config.n_copies * pitch - config.gap_bp) // 2
    for copy in range(config.n_copies):
        codes = put(codes, site, position=first + copy * pitch, strand=strand)
    return codes


def _rows(
    name: str,
    before: PairTargets,
    after: PairTargets,
    places: tuple[int, int],
    geometry: MapGeometry,
    *,
    alone: Sequence[PairTargets],
) -> list[tuple[object, ...]]:
    """Rows of the table, one per map."""
    bins = [geometry.bin_at(place) for place in places]
    squares = [squares_of(one, geometry) for one in (before, after)]
    corner = np.subtract(*(corner_at(one, *bins) for one in squares[::-1]))
    beyond = corner - sum(corner_at(squares_of(one, geometry), *bins) - corner_at(squares[0], *bins) for one in alone)
    insulation = np.subtract(*(insulation_at(one, bins[0]) for one in squares[::-1]))
    sizes = contact_change(before, after).root_mean_square
    means = [[values.mean(axis=0), *interval_of(lambda mean: mean, values)] for values in (corner, insulation)]
    return [
        (
            name,
            track,
            len(before),
            *(float(one[track]) for one in means[0]),
            float(beyond[:, track].mean()),
            *(float(one[track]) for one in means[1]),
            float(sizes[:, track].mean()),
        )
        for track in range(before.shape[1])
    ]
