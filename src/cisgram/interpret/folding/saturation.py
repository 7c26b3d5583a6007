"""Which bases a map hangs on: every substitution of a stretch, and stretch after stretch of a whole window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from torch import nn

from cisgram.arrays import Codes, Disruptions, EditedSequence, Positions, SequenceCodes, TrackPairs
from cisgram.errors import ConfigError, InputError
from cisgram.interpret.experiments.deletion import AblationConfig, fillings_of
from cisgram.interpret.experiments.responses import Asking, Progress
from cisgram.interpret.experiments.saturation import Saturation, mutate_all
from cisgram.interpret.folding.prediction import BOTH_STRANDS, fold, geometry_of
from cisgram.interpret.folding.scores import DisruptionScore, change_from


@dataclass(frozen=True)
class StretchConfig:
    """Which stretches are shuffled, and how often."""

    width_bp: int = 0
    """Width of a stretch; 0: half a bin of the map. A rest at the right end that is shorter is left out."""
    n_draws: int = 3
    """Shuffles, from dinucleotide shuffles of the whole window."""
    seed: int = 0
    """Of the shuffles."""

    def __post_init__(self) -> None:
        if self.width_bp < 0:
            raise ConfigError(f"width_bp must not be negative; got {self.width_bp}")
        self.fillings  # noqa: B018 - checks n_draws

    @property
    def fillings(self) -> AblationConfig:
        """The settings of the fillings."""
        return AblationConfig(filling="shuffle", n_draws=self.n_draws, seed=self.seed)


class StretchDisruption(NamedTuple):
    """How much a map changes when one stretch of its window is shuffled."""

    starts: np.ndarray
    """Where each stretch begins in the window, in bp."""
    width_bp: int
    root_mean_square: Disruptions
    """``window stretch track``; the mean over shuffles."""


def mutate_bases(
    model: nn.Module,
    codes: Codes,
    *,
    part_bp: int,
    tracks: Sequence[int] = (),
    asking: Asking = BOTH_STRANDS,
    progress: Progress | None = None,
) -> Saturation:
    """Put every other base at every position in the middle of windows, and see how much the map changes.

    The model reads three mutants per base. The effects are ``ln(1 + SCD)``, averaged over maps; the score of a position
    in ``akita_sat_vcf.py`` is their largest over bases. With both strands, it is the mean of those of either strand.

    Parameters
    ----------
    model
        Of contact maps.
    codes
        Windows, ``batch length``.
    part_bp
        Bases in the middle that are mutated.
    tracks
        Maps that are averaged; all, if none is given.
    asking
        Strands and batches.
    progress
        Told about windows done and to do.
    """
    n_tracks = fold(model, codes[:1], asking=Asking(batch_size=1)).shape[1]
    score = DisruptionScore(tuple(tracks) or tuple(range(n_tracks)))
    return mutate_all(model, codes, scores=[score], part_bp=part_bp, asking=asking, progress=progress)


def shuffle_stretches(
    model: nn.Module,
    codes: Codes,
    *,
    config: StretchConfig = StretchConfig(),
    asking: Asking = BOTH_STRANDS,
    progress: Progress | None = None,
) -> StretchDisruption:
    """Shuffle one stretch of a window after the other, and see how much the map changes.

    A coarse map of what matters, at the cost of some sequences per stretch, where single bases cost three each.

    Parameters
    ----------
    model
        Of contact maps.
    codes
        Windows, ``batch length``.
    config
        Stretches and shuffles.
    asking
        Strands and batches.
    progress
        Told about windows done and to do.
    """
    geometry = geometry_of(model)
    width = config.width_bp or max(geometry.bin_size // 2, 1)
    if not 0 < width <= codes.shape[-1]:
        raise InputError(f"stretches must have 1 to {codes.shape[-1]} bp; got {width}")
    starts = np.arange(0, codes.shape[-1] - width + 1, width)
    rng = np.random.default_rng(config.seed)
    found = []
    for row, window in enumerate(codes):
        before = fold(model, window[None], asking=asking)[0]
        fillings = fillings_of(window, config=config.fillings, rng=rng)
        # As many stretches together as make a batch; each of them is read in all of its shuffles.
        several = max(asking.batch_size // config.n_draws, 1)
        parts = [starts[at : at + several] for at in range(0, starts.size, several)]
        asked = {"width": width, "before": before, "asking": asking}
        found.append(np.concatenate([_disruptions(model, window, fillings, part, **asked) for part in parts]))
        if progress is not None:
            progress(row + 1, len(codes))
    return StretchDisruption(starts, width, np.stack(found))


def _disruptions(
    model: nn.Module,
    window: SequenceCodes,
    fillings: EditedSequence,
    starts: Positions,
    *,
    width: int,
    before: TrackPairs,
    asking: Asking,
) -> np.ndarray:
    """Root mean square of the change per stretch and map, the mean over fillings."""
    edited = np.repeat(window[None], len(starts) * len(fillings), axis=0)
    for number, start in enumerate(starts.tolist()):
        rows = slice(number * len(fillings), (number + 1) * len(fillings))
        edited[rows, start : start + width] = fillings[:, start : start + width]
    sizes = change_from(before, fold(model, edited, asking=asking)).root_mean_square
    return sizes.reshape(len(starts), len(fillings), -1).mean(axis=1)
