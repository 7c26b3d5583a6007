"""Dose: what 1, 2, ... n copies of a motif do, beyond the sum of what each copy does alone.

References
----------
Kelley, Snoek and Rinn (2016), Basset (motif insertion), here with several copies; Smith et al. (2013), Massively
parallel decoding of mammalian regulatory sequences supports a flexible organizational model (homotypic arrays).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, EditedResponses, Positions, Responses, Rows
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.edits import Instances, MotifStrand, instances_of, put
from cisgram.interpret.experiments.effects import effect_sizes
from cisgram.interpret.experiments.resampling import interval_of, unit_means
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking, Progress, Score, compare
from cisgram.nn.predict import Device

DOSE_COLUMNS = (
    *("copies", "track", "n", "before", "after", "effect", "low", "high", "p_wilcoxon"),
    *("step", "step_low", "step_high", "beyond_sum", "beyond_sum_low", "beyond_sum_high"),
)
"""Columns of :func:`dose_table`. ``step`` is what the last copy adds; ``beyond_sum`` is the effect minus the sum of
those of the copies alone, each at its place."""


@dataclass(frozen=True)
class DoseConfig:
    """How copies are put into backgrounds.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    most: int = 6
    """Copies at most."""
    pitch_bp: int = 20
    """Distance between the centres of neighbours."""
    strand: MotifStrand = "+"
    """Of all copies."""
    instances: Instances = "consensus"
    """Which bases stand for the motif; all copies in one background have the same."""
    seed: int = 0
    """Of bases drawn by chance."""

    def __post_init__(self) -> None:
        if self.most < 1 or self.pitch_bp < 1:
            raise ConfigError(f"most and pitch_bp must be at least 1; got {self.most} and {self.pitch_bp}")


class Dose(NamedTuple):
    """Responses to backgrounds with copies of a motif."""

    before: Responses
    """Without any."""
    together: EditedResponses
    """With 1, 2, ... copies; the first is in the middle, others follow to the right and to the left in turn."""
    alone: EditedResponses
    """With each of them alone, in the same order."""


def copy_places(width: int, length_bp: int, *, config: DoseConfig) -> Positions:
    """Leftmost bases of the copies, in the order in which they are put in.

    Raises
    ------
    InputError
        Where copies would overlap or leave the sequence.

    Examples
    --------
    >>> copy_places(6, 100, config=DoseConfig(most=4, pitch_bp=10)).tolist()
    [47, 57, 37, 67]
    """
    number = np.arange(config.most)
    steps = np.where(number % 2 == 1, (number + 1) // 2, -(number // 2))
    places = (length_bp - width) // 2 + steps * config.pitch_bp
    if config.pitch_bp < width or places.min() < 0 or places.max() + width > length_bp:
        raise InputError(
            f"{config.most} copies of {width} bp every {config.pitch_bp} bp overlap, or do not fit into {length_bp} "
            f"bp; copies need a pitch of at least {width}, and fewer of them less room"
        )
    return places


def add_copies(
    model: nn.Module,
    codes: Codes,
    motif: Motif,
    *,
    scores: Sequence[Score],
    config: DoseConfig = DoseConfig(),
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
    progress: Progress | None = None,
) -> Dose:
    """Put 1, 2, ... copies of a motif into backgrounds, from the middle outwards, and ask the model.

    Parameters
    ----------
    model, scores, asking, device, progress
        As in :func:`cisgram.interpret.experiments.responses.respond`.
    codes
        Backgrounds, ``batch length``.
    motif
        What is put in.
    config
        Copies and their places.
    """
    if not len(codes):
        raise InputError("a dose needs backgrounds; got none")
    places = copy_places(len(motif), codes.shape[-1], config=config)
    rng = np.random.default_rng([config.seed, *motif.name.encode()])
    words = instances_of(motif, len(codes), how=config.instances, rng=rng)
    edited = np.empty((len(codes), 2 * config.most, codes.shape[-1]), dtype=np.uint8)
    so_far = codes
    for number, place in enumerate(places.tolist()):
        so_far = put(so_far, words, position=place, strand=config.strand)
        edited[:, number] = so_far
        edited[:, config.most + number] = put(codes, words, position=place, strand=config.strand)
    found = compare(model, codes, edited, scores=scores, asking=asking, device=device, progress=progress)
    return Dose(found.before, found.after[:, : config.most], found.after[:, config.most :])


def dose_table(dose: Dose, *, tracks: Sequence[str], sources: Rows | None = None, seed: int = 0) -> pd.DataFrame:
    """Effect of every number of copies on every track, in the unit of the response.

    Parameters
    ----------
    dose
        From :func:`add_copies`.
    tracks
        Names, in the order of the last axis.
    sources, seed
        As in :func:`cisgram.interpret.experiments.effects.effect_sizes`.

    Returns
    -------
    pandas.DataFrame
        :data:`DOSE_COLUMNS`, with 95 % bootstrap intervals.
    """
    if len(tracks) != dose.before.shape[1]:
        raise InputError(f"give one name per track; got {len(tracks)} for {dose.before.shape[1]}")
    so_far = np.concatenate([dose.before[:, None], dose.together], axis=1).astype(np.float64)
    steps = unit_means(np.diff(so_far, axis=1), sources)
    sums = np.cumsum(dose.alone.astype(np.float64) - dose.before[:, None], axis=1)
    beyond = unit_means(so_far[:, 1:] - so_far[:, :1] - sums, sources)
    step_ends, beyond_ends = (interval_of(lambda mean: mean, one, seed=seed) for one in (steps, beyond))
    tables = []
    for number in range(dose.together.shape[1]):
        sizes = effect_sizes(dose.before, dose.together[:, number], sources=sources, seed=seed)
        more = {"step": steps.mean(axis=0)[number], "beyond_sum": beyond.mean(axis=0)[number]}
        for name, ends in (("step", step_ends), ("beyond_sum", beyond_ends)):
            more |= {f"{name}_low": ends[0, number], f"{name}_high": ends[1, number]}
        tables.append(sizes.assign(copies=number + 1, track=list(tracks), **more))
    return pd.concat(tables, ignore_index=True)[list(DOSE_COLUMNS)]
