"""What variants do, as the model predicts it, against what they do in truth: on tracks around them, and on a gene."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cisgram.data.binned_store import BinnedStore, open_binned
from cisgram.errors import EmptySetError
from cisgram.genomics.genome import Genome
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.score_table import check_for_model, iterate_scores
from cisgram.io.tables import read_table
from cisgram.io.vcf import read_alleles
from cisgram.run.folder import BinnedRun
from cisgram.run.pace import logged_pace
from cisgram.run.steps.binned.planted_genes import CAGE, cage_track, cells_of
from cisgram.run.variants.opening import open_variant_model
from cisgram.simulate.expression_files import ExpressionFiles
from cisgram.simulate.recovery.effects import EffectRecovery
from cisgram.simulate.recovery.expression import expression_effect_recovery
from cisgram.simulate.recovery.expression_variants import effects_by_kind

logger = logging.getLogger(__name__)

EFFECT_COLUMNS = ("name", "kind", "measure", "cell", "gene", "gene_distance", "true", "predicted")
"""Columns of ``recovery/variants.tsv.gz``: log2 fold changes, true and predicted, of a measure in a cell type."""

GENE_MEASURE = f"{CAGE} at the gene"
"""The change of the gene that minds the variant most; other measures are sums around the variant."""

_STRONG_SUM, _STRONG_GENE = 0.05, 0.2


def variant_effects(
    run: BinnedRun, annotation: pd.DataFrame | None, files: ExpressionFiles, genome: Genome
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Score the variants of test stretches with the trained model, and compare with the truth.

    Parameters
    ----------
    run
        With a trained model.
    annotation
        Gene table of the run; without it, effects on genes are left out.
    files, genome
        The simulation.

    Returns
    -------
    tuple
        ``by_track`` and ``by_kind`` for JSON, both empty where no variant lies in a test stretch; and the table that
        they sum up, :data:`EFFECT_COLUMNS`.
    """
    store = open_binned(run.examples)
    effects = read_table(files.variant_effects, types={"name": "text", "gene": "text", "element": "text"})
    alleles = read_alleles(files.variants)
    alleles = alleles[alleles["name"].isin(_held_out(effects, store))].reset_index(drop=True)
    alleles["index"] = np.arange(len(alleles))
    nothing = pd.DataFrame(columns=list(EFFECT_COLUMNS))
    if alleles.empty:
        return {"by_track": [], "by_kind": []}, nothing
    model = open_variant_model([run.best])
    names = ("ref_sum", "alt_sum") + (("gene_log2_ratio",) if annotation is not None else ())
    settings = run.config.evaluation
    config = VariantConfig(scores=names, both_strands=settings.average_strands, gene_flank_bp=settings.tss_flank_bp)
    checked = check_for_model(alleles, genome, model, config=config)
    progress = logged_pace(logger, "variants")
    parts = list(iterate_scores(model, checked, genome, config=config, genes=annotation, progress=progress))
    scores = pd.concat([one.scores for one in parts], ignore_index=True).dropna(subset=["ref_sum", "alt_sum"])
    folds = scores.assign(fold=np.log2(scores["alt_sum"] / scores["ref_sum"])).pivot(
        index="name", columns="track", values="fold"
    )
    table = pd.concat(
        [_of_sums(effects, folds, store), *_of_genes(effects, [one.genes for one in parts], store)], ignore_index=True
    )
    if table.empty:
        return {"by_track": [], "by_kind": []}, nothing
    return {"by_track": _by_track(effects, folds, run.config.seed), "by_kind": _by_kind(table)}, table


def _held_out(effects: pd.DataFrame, store: BinnedStore) -> pd.Series:
    """Names of variants in what is predicted of test windows."""
    inside = np.zeros(len(effects), dtype=bool)
    for window in store.outputs(store.rows("test")).itertuples():
        start = effects["start"]
        inside |= ((effects["chrom"] == window.chrom) & (start >= window.start) & (start < window.end)).to_numpy()
    return effects.loc[inside, "name"]


def _of_sums(effects: pd.DataFrame, folds: pd.DataFrame, store: BinnedStore) -> pd.DataFrame:
    """Effects on the sums of tracks around variants."""
    joined, parts = effects.set_index("name").loc[folds.index], []
    cells = cells_of(effects, "gene_log2_fold_")
    families = dict(zip(store.layout.track_names, store.layout.families, strict=True))
    for track in (str(one) for one in folds if f"log2_fold_{one}" in effects):
        cell = next((one for one in cells if track.endswith(f"_{one}")), "")
        own = joined[["kind", "gene", "gene_distance"]].assign(
            measure=f"{families[track] or 'tracks'} around", cell=cell, true=joined[f"log2_fold_{track}"]
        )
        parts.append(own.assign(predicted=folds[track]).reset_index())
    return _joined(parts)


def _of_genes(effects: pd.DataFrame, found: list[pd.DataFrame], store: BinnedStore) -> list[pd.DataFrame]:
    """Effects on CAGE of the gene that minds a variant most, where the window of the variant shows the gene's start.

    Neutral variants change no gene; of them, that with the nearest start counts.
    """
    scores = pd.concat(found, ignore_index=True)
    if scores.empty:
        return []
    nearest = scores.assign(apart=scores["distance"].abs()).sort_values("apart", kind="stable")
    nearest = nearest.drop_duplicates("name").set_index("name")["gene"]
    parts = []
    for cell in cells_of(effects, "gene_log2_fold_"):
        named = effects["gene"].fillna("").astype(str)
        own = effects.assign(
            gene=named.where(named.ne(""), effects["name"].map(nearest)),
            measure=GENE_MEASURE,
            cell=cell,
            true=effects[f"gene_log2_fold_{cell}"],
        )
        numbers = {strand: cage_track(store, cell, strand) for strand in "+-"}
        tracks = {strand: store.layout.track_names[at] for strand, at in numbers.items() if at is not None}
        of_strand = scores[scores["track"] == scores["gene_strand"].map(tracks)]
        joined = own.merge(of_strand[["name", "gene", "gene_log2_ratio"]], on=["name", "gene"])
        parts.append(joined.rename(columns={"gene_log2_ratio": "predicted"}))
    return [_joined(parts)]


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Parts one below the other, in the columns of the table."""
    return pd.concat([pd.DataFrame(columns=list(EFFECT_COLUMNS)), *parts])[list(EFFECT_COLUMNS)] if not parts else (
        pd.concat([one[list(EFFECT_COLUMNS)] for one in parts], ignore_index=True)
    )  # fmt: skip


def _by_track(effects: pd.DataFrame, folds: pd.DataFrame, seed: int) -> list[dict[str, Any]]:
    """Figures of sums, track by track, beside predictions in random order."""
    try:
        found: Mapping[str, EffectRecovery] = expression_effect_recovery(
            effects, folds.reset_index(), strong_from=_STRONG_SUM, seed=seed
        )
    except EmptySetError:
        return []
    return [{"track": track, **_plain(one._asdict())} for track, one in found.items()]


def _by_kind(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Figures of every measure and kind of variant."""
    least = {str(one): _STRONG_GENE if one == GENE_MEASURE else _STRONG_SUM for one in table["measure"].unique()}
    return [_plain(row) for row in effects_by_kind(table, strong_from=least).to_dict("records")]


def _plain(values: Mapping[Any, Any]) -> dict[str, Any]:
    """As JSON knows them: None for NaN."""
    return {str(name): None if isinstance(one, float) and np.isnan(one) else one for name, one in values.items()}
