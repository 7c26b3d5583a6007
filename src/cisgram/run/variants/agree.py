"""Predicted beside measured effects, and beside what is had without the model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.interpret.variants.agreement import effect_agreement
from cisgram.interpret.variants.scores import VARIANT_SCORES
from cisgram.report.variants.agreement import MODEL, OTHERS
from cisgram.run.variants.floors import PREDICTORS, UNSIGNED, gc_change, kmer_changes, motif_change
from cisgram.run.variants.measured import MeasuredEffects, read_measured
from cisgram.run.variants.question import VariantQuestion
from cisgram.run.variants.variant_set import VariantSet

_FEWEST_RESAMPLES = 300


class Agreement(NamedTuple):
    """How well predictions agree with measured effects."""

    table: pd.DataFrame
    """Of :func:`cisgram.interpret.variants.agreement.effect_agreement`, of all tracks."""
    measured: pd.DataFrame
    """``index``, ``track``, ``measured`` and ``predicted``."""
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
    effects = read_measured(question.measured, keys, tracks, column=question.measured_column, beside=question.beside)
    floors: dict[str, Mapping[str, np.ndarray]] = {"GC": {"": gc_change(variants.stretches, n)}}
    if sites is not None:
        floors["motif"] = {"": motif_change(sites, variants.stretches, n)}
    if kmers := kmer_changes(run_folder, variants, list(effects.effects)):
        floors["k-mers"] = kmers
    if variants.closeness is not None:
        floors["distance"] = {"": variants.closeness}
    return agree(table, effects, floors, scores=scores, groups=variants.groups, question=question)


def agree(
    table: pd.DataFrame,
    effects: MeasuredEffects,
    floors: Mapping[str, Mapping[str, np.ndarray]],
    *,
    scores: Sequence[str],
    groups: Sequence[object],
    question: VariantQuestion,
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
        Names; the first is the model's own prediction, others are shown as further ones.
    groups
        Of every variant; those of one group are drawn together for intervals.
    question
        For its seed.
    """
    tables, rows = [], []
    told = {MODEL: f"{scores[0]}: {VARIANT_SCORES[scores[0]].definition}"}
    for track, measured in effects.effects.items():
        own = table[table["track"] == track].sort_values("index")
        predicted: dict[str, np.ndarray] = {}
        unsigned: list[str] = list(UNSIGNED)
        for number, score in enumerate(scores):
            name = f"{MODEL}, {score}" if number else MODEL
            predicted[name] = own[score].to_numpy(dtype=float)
            told[name] = f"{score}: {VARIANT_SCORES[score].definition}"
            if not VARIANT_SCORES[score].is_signed:
                unsigned.append(name)
        for name, values in effects.beside[track].items():
            predicted[name] = values
            told[name] = OTHERS
        for name, by_track in floors.items():
            values = by_track.get(track, by_track.get(""))
            if values is not None and not np.isnan(values).all():
                predicted[name] = values
                told[name] = PREDICTORS[name]
        tables.append(
            effect_agreement(
                measured,
                predicted,
                track=track,
                groups=groups,
                unsigned=unsigned,
                n_resamples=_FEWEST_RESAMPLES,
                seed=question.seed,
            )
        )
        both = pd.DataFrame(
            {"index": own["index"].to_numpy(), "track": track, "measured": measured, "predicted": predicted[MODEL]}
        )
        rows.append(both.dropna())
    return Agreement(pd.concat(tables, ignore_index=True), pd.concat(rows, ignore_index=True), told)
