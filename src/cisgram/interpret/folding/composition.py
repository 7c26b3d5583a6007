"""Is it only these sites? What of a predicted map they give back alone, and what is left without them."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, PairTargets, TrackPairs
from cisgram.errors import ConfigError
from cisgram.interpret.experiments.deletion import AblationConfig, Filling, fillings_of
from cisgram.interpret.experiments.responses import Asking, Progress
from cisgram.interpret.folding.edits import check_sites, covered, refill
from cisgram.interpret.folding.prediction import BOTH_STRANDS, fold

Kept: TypeAlias = Literal["sites", "all_but_sites", "nothing"]
"""What stays as it is, while the bases of all else are shuffled."""

COMPOSITION_COLUMNS = (
    "row",
    "kept",
    "track",
    "n_sites",
    "bases_kept",
    "correlation",
    "variance_given_back",
    "strength",
)
"""Per window, what is kept, and map: Pearson's r with the map of the whole sequence; ``1 - (sum of squared
differences) / (sum of squares around the mean)``, which is below 0 for a map that fits worse than a flat one; and the
standard deviation of the map relative to that of the whole."""


@dataclass(frozen=True)
class CompositionConfig:
    """What is shuffled, and how often."""

    filling: Filling = "shuffle"
    """The bases that all but what is kept is replaced by."""
    n_draws: int = 10
    """Shuffles, whose maps are averaged: what no site holds in place goes."""
    flank_bp: int = 15
    """Bases on either side of a site that count as its own."""
    seed: int = 0
    """Of the shuffles."""

    def __post_init__(self) -> None:
        if self.flank_bp < 0:
            raise ConfigError(f"flank_bp must not be negative; got {self.flank_bp}")
        self.fillings  # noqa: B018 - checks filling and n_draws

    @property
    def fillings(self) -> AblationConfig:
        """The settings of the fillings."""
        return AblationConfig(filling=self.filling, n_draws=self.n_draws, seed=self.seed)


class Composition(NamedTuple):
    """Maps of what is kept."""

    reference: PairTargets
    """Maps of the whole sequences."""
    kept: dict[str, PairTargets]
    """For each of :data:`Kept`, the mean map over shuffles."""
    table: pd.DataFrame
    """:data:`COMPOSITION_COLUMNS`."""


def keep_sites(
    model: nn.Module,
    codes: Codes,
    sites: pd.DataFrame,
    *,
    config: CompositionConfig = CompositionConfig(),
    asking: Asking = BOTH_STRANDS,
    progress: Progress | None = None,
) -> Composition:
    """Shuffle everything but the sites, the sites alone, and everything, and compare the maps with that of the whole.

    Parameters
    ----------
    model
        Of contact maps.
    codes
        Windows, ``batch length``.
    sites
        As in :func:`cisgram.interpret.folding.site_effects.edit_sites`; windows may have none.
    config
        How bases are shuffled.
    asking
        Strands and batches.
    progress
        Told about windows done and to do.
    """
    sites = check_sites(sites, len(codes), codes.shape[-1])
    rng = np.random.default_rng(config.seed)
    reference = fold(model, codes, asking=asking)
    kept: dict[str, list[TrackPairs]] = {name: [] for name in get_args(Kept)}
    rows: list[tuple[object, ...]] = []
    for row, window in enumerate(codes):
        own = sites[sites["row"] == row]
        is_site = covered(own, window.size, flank_bp=config.flank_bp)
        fillings = fillings_of(window, config=config.fillings, rng=rng)
        for name, is_refilled in (("sites", ~is_site), ("all_but_sites", is_site), ("nothing", np.ones_like(is_site))):
            mean = fold(model, refill(window, is_refilled, fillings), asking=asking).mean(axis=0)
            kept[name].append(mean)
            about = (row, name, len(own), float(1 - is_refilled.mean()))
            rows += [
                (*about[:2], track, *about[2:], *_agreement(reference[row, track], one))
                for track, one in enumerate(mean)
            ]
        if progress is not None:
            progress(row + 1, len(codes))
    table = pd.DataFrame(rows, columns=list(COMPOSITION_COLUMNS))
    return Composition(reference, {name: np.stack(maps) for name, maps in kept.items()}, table)


def _agreement(whole: np.ndarray, own: np.ndarray) -> tuple[float, float, float]:
    """Correlation, share of the variance that is given back, and relative strength; NaN where the whole is flat."""
    whole, own = whole.astype(np.float64), own.astype(np.float64)
    spread, own_spread = float(whole.std()), float(own.std())
    if not spread:
        return float("nan"), float("nan"), float("nan")
    correlation = float(np.corrcoef(whole, own)[0, 1]) if own_spread else float("nan")
    return correlation, 1 - float(np.square(whole - own).mean()) / spread**2, own_spread / spread
