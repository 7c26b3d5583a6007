"""Predicted beside measured effects, and beside what is had without the model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.interpret.variants.agreement import AGREEMENT_COLUMNS, effect_agreement
from cisgram.interpret.variants.scores import VARIANT_SCORES
from cisgram.report.variants.agreement import MODEL, OTHERS
from cisgram.run.variants.floors import PREDICTORS, UNSIGNED, gc_change, kmer_changes, motif_change
from cisgram.run.variants.measured import MeasuredEffects, read_measured
from cisgram.run.variants.question import VariantQuestion
from cisgram.run.variants.variant_set import VariantSet

AGREED_COLUMNS = ("measured", "score", *AGREEMENT_COLUMNS)
"""Columns of :attr:`Agreement.table`: the column of effects, and the model's score that stands for it."""

_N_RESAMPLES = 300
_OF_FOLDS = ("log2_ratio", "diff_logit")


class Agreement(NamedTuple):
    """How well predictions agree with measured effects."""

    table: pd.DataFrame
    """:data:`AGREED_COLUMNS`, of all columns of effects and tracks; see
    :func:`cisgram.interpret.variants.agreement.effect_agreement`."""
    measured: pd.DataFrame
    """``index``, ``column`` (of effects), ``score``, ``track``, ``measured`` and ``predicted``."""
    predictors: dict[str, str]
    """What each predictor is."""


def agreement_of(
    table: pd.DataFrame,
    variants: VariantSet,
    sites: pd.DataFrame | None,
    *,
    run_folder: Path,
    scores: Sequence[str],
    question: VariantQuestion,
) -> Agreement | None:
    """Read measured effects and compare; None where there are none.

    Parameters
    ----------
    table
        One row per variant and track.
    variants
        As sequences.
    sites
        Motif sites that change; None without motifs.
    run_folder
        Of the model, whose training sequences serve the k-mers.
    scores, question
        As in :func:`agree`.
    """
    if question.measured is None:
        return None
    tracks = [str(one) for one in table["track"].drop_duplicates()]
    keys, n = variants.keys, len(variants.keys)
    effects = read_measured(
        question.measured,
        keys,
        tracks,
        column=question.measured_column,
        beside=question.beside,
        scores=scores,
    )
    floors: dict[str, Mapping[str, np.ndarray]] = {"GC": {"": gc_change(variants.stretches, n)}}
    if sites is not None:
        floors["motif"] = {"": motif_change(sites, variants.stretches, n)}
    if kmers := kmer_changes(run_folder, variants, sorted({track for one in effects for track in one.effects})):
        floors["k-mers"] = kmers
    if variants.closeness is not None:
        floors["distance"] = {"": variants.closeness}
    return agree(table, effects, floors, scores=scores, groups=variants.groups, seed=question.seed)


def agree(
    table: pd.DataFrame,
    effects: Sequence[MeasuredEffects],
    floors: Mapping[str, Mapping[str, np.ndarray]],
    *,
    scores: Sequence[str],
    groups: Sequence[object],
    seed: int,
) -> Agreement:
    """Compare scores of variants with what was measured.

    Parameters
    ----------
    table
        One row per variant and track: ``index``, ``track``, scores.
    effects
        Measured ones, one number per variant and track.
    floors
        By predictor, then by track (``""``: the same for all): one number per variant.
    scores
        Names of the model's own; that of :func:`score_beside` stands for the model. The others are shown, too, where
        the column of effects is not called as a score.
    groups
        Of every variant; those of one group are drawn together for intervals.
    seed
        Of the intervals.
    """
    tables, rows, told = [], [], {}
    for one in effects:
        chosen = score_beside(one.column, scores)
        others = () if one.column in scores else tuple(score for score in scores if score != chosen)
        for track, measured in one.effects.items():
            own = table[table["track"] == track].sort_values("index")
            predicted = {_called(score, chosen): own[score].to_numpy(dtype=float) for score in (chosen, *others)}
            told |= {_called(score, chosen): _definition(score) for score in others}
            told |= dict.fromkeys(one.beside[track], OTHERS)
            predicted |= one.beside[track]
            for name, by_track in floors.items():
                values = by_track.get(track, by_track.get(""))
                if values is not None and not np.isnan(values).all():
                    predicted[name] = values
                    told[name] = PREDICTORS[name]
            found = effect_agreement(
                measured,
                predicted,
                track=track,
                groups=groups,
                unsigned=[*UNSIGNED, *(_called(score, chosen) for score in scores if not _has_sign(score))],
                are_sizes=one.column == chosen and not _has_sign(chosen),
                n_resamples=_N_RESAMPLES,
                seed=seed,
            )
            keys = {"column": one.column, "score": chosen, "track": track}
            both = {"measured": measured, "predicted": predicted[MODEL]}
            tables.append(found.assign(measured=one.column, score=chosen)[list(AGREED_COLUMNS)])
            rows.append(pd.DataFrame({"index": own["index"].to_numpy(), **keys, **both}).dropna())
    told = {
        MODEL: "; ".join(_definition(one) for one in dict.fromkeys(score_beside(one.column, scores) for one in effects))
    } | told
    return Agreement(pd.concat(tables, ignore_index=True), pd.concat(rows, ignore_index=True), told)


def score_beside(column: str, scores: Sequence[str]) -> str:
    """The score that stands for the model beside a column of effects.

    That of the column's own name; beside ``log2_fold``, ``log2_ratio`` or ``diff_logit``; else the first.

    Examples
    --------
    >>> score_beside("log2_fold", ["diff_sum", "log2_ratio"]), score_beside("measured", ["diff_sum", "log2_ratio"])
    ('log2_ratio', 'diff_sum')
    """
    fitting = [column, *(_OF_FOLDS if column.startswith("log2_fold") else ())]
    return next((one for one in fitting if one in scores), scores[0])


def _called(score: str, chosen: str) -> str:
    return MODEL if score == chosen else f"{MODEL}, {score}"


def _definition(score: str) -> str:
    return f"{score}: {VARIANT_SCORES[score].definition}"


def _has_sign(score: str) -> bool:
    return VARIANT_SCORES[score].is_signed
