"""Variants of a simulation through the model that learnt from it, beside what they do in truth."""

import warnings
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.errors import CisgramWarning
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.score_table import check_for_model, iterate_scores
from cisgram.io.fasta import read_genome
from cisgram.io.meme import read_meme
from cisgram.io.vcf import read_alleles
from cisgram.run.variants.agree import agree
from cisgram.run.variants.floors import gc_change, motif_change
from cisgram.run.variants.measured import read_measured
from cisgram.run.variants.opening import open_variant_model
from cisgram.run.variants.question import VariantQuestion
from cisgram.run.variants.sites import site_table
from cisgram.run.variants.table import all_scores, effect_names, with_texts
from cisgram.run.variants.variant_set import set_of_variants

FEWEST = 20
"""Variants that there must be on contigs that were not trained on, for these alone to count."""

MOST = 400
"""Variants that are asked of the model; of more, as many are drawn."""


def planted_variant_figures(
    checkpoint: Path,
    genome_path: Path,
    files: Mapping[str, Path],
    *,
    held_out: Collection[str],
    config: VariantConfig,
    seed: int,
) -> dict[str, Any]:
    """Score the variants of a simulation and compare with its truth.

    Parameters
    ----------
    checkpoint
        Of the trained model.
    genome_path
        The simulated genome.
    files
        ``variants`` (VCF), ``variant_effects`` (truth, see :func:`cisgram.run.variants.measured.read_measured`) and
        ``motifs`` (planted ones, for a floor that scans the sequence).
    held_out
        Contigs that the model was not trained on. With fewer than :data:`FEWEST` variants there, all count.
    config
        How the model is asked; its scores are those of the model's kind.
    seed
        Of the intervals, and of which variants count.

    Returns
    -------
    dict
        For JSON: ``n_variants``, ``where`` (in words), ``agreement`` (rows of
        :data:`cisgram.run.variants.agree.AGREED_COLUMNS`), ``points`` and ``predictors``; empty without a variant.
    """
    alleles = read_alleles(files["variants"])
    is_held_out = alleles["chrom"].isin(list(held_out)).to_numpy()
    has_enough = int(is_held_out.sum()) >= FEWEST
    rows = np.flatnonzero(is_held_out if has_enough else np.ones(len(alleles), dtype=bool))
    rows = np.sort(np.random.default_rng(seed).permutation(rows)[:MOST])
    if not len(rows):
        return {}
    alleles = alleles.iloc[rows].reset_index(drop=True).assign(index=np.arange(len(rows)))
    model, genome = open_variant_model([checkpoint]), read_genome(genome_path)
    scores = effect_names(all_scores(config, model))
    config = replace(config, scores=tuple(scores))
    motifs = read_meme(files["motifs"])
    with warnings.catch_warnings():  # windows over gaps and ends of contigs are of the simulation, not of the user
        warnings.simplefilter("ignore", CisgramWarning)
        checked = check_for_model(alleles, genome, model, config=config)
    parts = iterate_scores(model, checked, genome, config=config)
    table = pd.concat([part.scores for part in parts], ignore_index=True)
    variants = set_of_variants(checked, genome, length_bp=model.input_length, motifs=motifs)
    firsts = with_texts(table.drop_duplicates("index"))
    sites = site_table(motifs, variants.stretches, firsts, p_value=VariantQuestion().site_p)
    effects = read_measured(files["variant_effects"], variants.keys, list(model.track_names), scores=scores)
    n = len(alleles)
    floors = {
        "GC": {"": gc_change(variants.stretches, n)},
        "motif": {"": motif_change(sites, variants.stretches, n)},
    }
    found = agree(table, effects, floors, scores=scores, groups=variants.groups, seed=seed)
    where = "on contigs that the model was not trained on"
    return {
        "n_variants": n,
        "where": where if has_enough else "of all contigs, as few lie on those that the model was not trained on",
        "agreement": found.table.astype(object).where(found.table.notna(), None).to_dict("records"),
        "points": found.measured.to_dict("records"),
        "predictors": found.predictors,
    }


def notes_of(figures: Mapping[str, Any]) -> dict[str, float]:
    """Correlation with the truth by effect and track, for the manifest."""
    return {
        f"{one['measured']} {one['track']}": round(one["value"], 4)
        for one in figures.get("agreement", ())
        if one["predictor"] == "this model" and one["metric"] == "pearson" and one["value"] is not None
    }
