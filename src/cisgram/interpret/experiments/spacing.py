"""Spacing: what two motifs do together at every distance, order and orientation, beyond what each does alone.

References
----------
Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax: A stands in the
middle of 128 random backgrounds, B moves away from it. There, responses are predicted reads near A.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, EditedResponses, Rows
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.amounts import Scale, amounts_of, corrected_fold, interaction, log2_or_nan
from cisgram.interpret.experiments.arrangements import (
    ALL_ARRANGEMENTS,
    ARRANGEMENT_COLUMNS,
    SpacingConfig,
    arrangements_of,
)
from cisgram.interpret.experiments.edits import MotifStrand, instances_of, put
from cisgram.interpret.experiments.resampling import interval_of, unit_means
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking, Compared, Progress, Score, compare, compare_with
from cisgram.nn.predict import Device

SPACING_COLUMNS = (
    *("order", "strand_a", "strand_b", "distance_bp", "track", "n", "none", "a", "b", "both"),
    *("fold", "fold_low", "fold_high", "log2_fold", "log2_low", "log2_high"),
    *("interaction", "interaction_low", "interaction_high"),
)
"""Columns of :func:`spacing_table`. ``none``, ``a``, ``b`` and ``both`` are mean amounts."""


class Spacing(NamedTuple):
    """Responses to backgrounds with neither, one and both of two motifs; all arrays ``batch edit track``."""

    arrangements: pd.DataFrame
    """One row per edit: :data:`cisgram.interpret.experiments.arrangements.ARRANGEMENT_COLUMNS`."""
    none: EditedResponses
    """The backgrounds as they are. A score that holds something fixed takes it from the sequence with A alone."""
    a: EditedResponses
    """With A alone."""
    b: EditedResponses
    """With B alone, at the place that it has in the arrangement."""
    both: EditedResponses
    """With A and B."""

    @property
    def interactions(self) -> EditedResponses:
        """What both do beyond the sum of what each does, in the unit of the response."""
        return interaction(self.none, self.a, self.b, self.both)


def space_motifs(
    model: nn.Module,
    codes: Codes,
    motifs: tuple[Motif, Motif],
    *,
    scores: Sequence[Score],
    config: SpacingConfig = ALL_ARRANGEMENTS,
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
    progress: Progress | None = None,
) -> Spacing:
    """Put motif A into backgrounds, and motif B beside it at every distance, and ask the model.

    Parameters
    ----------
    model, scores, asking, device, progress
        As in :func:`cisgram.interpret.experiments.responses.respond`; progress counts backgrounds times questions: one
        for B alone, and one for both, by order and strands. B alone is the same whichever strand A would be on, so that
        the model reads ``3/4`` of the sequences that a loop over arrangements would show it.
    codes
        Backgrounds, ``batch length``.
    motifs
        A, whose place stays, and B. The same motif may come twice. In one background, its bases are the same in all
        arrangements.
    config
        Distances, orders, strands.

    Raises
    ------
    InputError
        Where there are no backgrounds, or motifs would overlap or leave the sequence.
    """
    if not len(codes):
        raise InputError("spacing needs backgrounds; got none")
    table = arrangements_of((len(motifs[0]), len(motifs[1])), codes.shape[-1], config=config)
    words = []
    for which, motif in enumerate(motifs):
        rng = np.random.default_rng([config.seed, which, *motif.name.encode()])
        words.append(instances_of(motif, len(codes), how=config.instances, rng=rng))
    options = {"scores": scores, "asking": asking, "device": device}
    groups = {tuple(map(str, key)): rows for key, rows in table.groupby(["order", "strand_a", "strand_b"], sort=False)}
    lists = list(dict.fromkeys((order, strand_b) for order, _, strand_b in groups))
    n_questions, done = len(lists) + len(groups), 0
    parts = {}
    for order, strand_b in lists:
        own = {key: rows for key, rows in groups.items() if (key[0], key[2]) == (order, strand_b)}
        first = next(iter(own.values()))
        with_a = [
            put(codes, words[0], position=_start(rows, "start_a"), strand=_strand(rows, "strand_a"))
            for rows in own.values()
        ]
        alone = np.concatenate([codes[:, None], _with_b(codes, words[1], first)], axis=1)
        told = None if progress is None else _after(progress, done * len(codes), n_questions * len(codes))
        without_a = compare_with(model, with_a, alone, **options, progress=told)
        done += 1
        for (key, rows), background, found in zip(own.items(), with_a, without_a, strict=True):
            told = None if progress is None else _after(progress, done * len(codes), n_questions * len(codes))
            both = compare(model, background, _with_b(background, words[1], rows), **options, progress=told)
            parts[key] = Compared(found.before, np.concatenate([found.after, both.after], axis=1))
            done += 1
    return _joined(table, [parts[key] for key in groups])


def _with_b(codes: Codes, word: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """Each background with B at every place: ``batch edit length``."""
    edited = np.repeat(codes[:, None], len(rows), axis=1)
    strand = _strand(rows, "strand_b")
    for number, place in enumerate(rows["start_b"].tolist()):
        edited[:, number] = put(codes, word, position=place, strand=strand)
    return edited


def _start(rows: pd.DataFrame, name: str) -> int:
    return int(rows[name].iloc[0])


def _strand(rows: pd.DataFrame, name: str) -> MotifStrand:
    return "+" if rows[name].iloc[0] == "+" else "-"


def _after(progress: Progress, done_before: int, to_do: int) -> Progress:
    """Progress of one part among others."""
    return lambda done, _: progress(done_before + done, to_do)


def _joined(table: pd.DataFrame, parts: Sequence[Compared]) -> Spacing:
    """The parts side by side, in the order of the arrangements."""
    none, a, b, both = [], [], [], []
    for part in parts:
        n = (part.after.shape[1] - 1) // 2
        shape = (len(part.before), n, part.before.shape[1])
        none.append(np.broadcast_to(part.after[:, :1], shape))
        a.append(np.broadcast_to(part.before[:, None], shape))
        b.append(part.after[:, 1 : 1 + n])
        both.append(part.after[:, 1 + n :])
    return Spacing(table, *(np.concatenate(one, axis=1) for one in (none, a, b, both)))


def spacing_table(
    spacing: Spacing,
    *,
    tracks: Sequence[str],
    scale: Scale,
    sources: Rows | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Corrected fold and interaction of every arrangement on every track.

    Parameters
    ----------
    spacing
        From :func:`space_motifs`.
    tracks
        Names, in the order of its last axis.
    scale
        What responses are logarithms of; see :func:`cisgram.interpret.experiments.amounts.scale_of`.
    sources, seed
        As in :func:`cisgram.interpret.experiments.effects.effect_sizes`.
    n_resamples
        Of the bootstrap over backgrounds.

    Returns
    -------
    pandas.DataFrame
        :data:`SPACING_COLUMNS`. ``fold`` is :func:`cisgram.interpret.experiments.amounts.corrected_fold` of amounts
        averaged over backgrounds (NaN where that of A alone is not above 0), 1 where reads of A and B add up;
        ``interaction`` is the mean of ``both - a - b + none`` in the unit of the response, 0 where responses add up.
        All have 95 % bootstrap intervals (NaN for a single background).

    Raises
    ------
    InputError
        Where there is not one name per track.
    """
    if len(tracks) != spacing.both.shape[-1]:
        raise InputError(f"give one name per track; got {len(tracks)} for {spacing.both.shape[-1]}")
    cells = [unit_means(amounts_of(one, scale), sources) for one in spacing[1:]]
    beyond = unit_means(spacing.interactions, sources)
    means = [one.mean(axis=0) for one in cells]
    options = {"n_resamples": n_resamples, "seed": seed}
    fold, fold_ends = corrected_fold(*means), interval_of(corrected_fold, *cells, **options)
    beyond_ends = interval_of(lambda mean: mean, beyond, **options)
    rows, columns = (axis.ravel() for axis in np.indices(fold.shape))
    values = dict(zip(("none", "a", "b", "both"), means, strict=True))
    values |= {"fold": fold, "fold_low": fold_ends[0], "fold_high": fold_ends[1], "log2_fold": log2_or_nan(fold)}
    values |= {"log2_low": log2_or_nan(fold_ends[0]), "log2_high": log2_or_nan(fold_ends[1])}
    values |= {"interaction": beyond.mean(axis=0)}
    values |= {"interaction_low": beyond_ends[0], "interaction_high": beyond_ends[1]}
    table = spacing.arrangements[list(ARRANGEMENT_COLUMNS)].iloc[rows].reset_index(drop=True)
    table = table.assign(track=np.array(tracks, dtype=object)[columns], n=len(beyond))
    return table.assign(**{name: value.ravel() for name, value in values.items()})[list(SPACING_COLUMNS)]
