"""What the first layer's filters look for, what they are called, how much the model needs them; and deeper layers."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np
import pandas as pd

from cisgram.data.labelled_store import open_labelled_store
from cisgram.genomics.motif import Motif
from cisgram.interpret.filter_influence import filter_influence
from cisgram.interpret.filters import filter_clusters, filter_motifs
from cisgram.io.meme import write_meme
from cisgram.io.motifs import read_motifs
from cisgram.io.tables import write_table
from cisgram.models import MODELS
from cisgram.models.basset import Basset
from cisgram.motifs.match import DATABASE_MATCH_COLUMNS, match_databases
from cisgram.run.config import model_name
from cisgram.run.folder import LabelRun
from cisgram.run.steps.labels.layers import describe_layers
from cisgram.run.trained import trained_model

logger = logging.getLogger(__name__)

LAYER = "convolutions.0.activation"
"""Where the first layer's filters speak."""
_TRIM_BITS = 0.25
_ALIKE = 0.5
"""Least correlation of a filter's motif with the known one whose name it gets."""


def filters(run: LabelRun) -> Mapping[str, Any]:
    """Do the step: filters/ with the motifs, their names, clusters and influence on every track; and deeper units."""
    config, store = run.config, open_labelled_store(run.examples)
    rows = store.rows("test")
    if len(rows) > config.filters.n_sequences:
        rng = np.random.default_rng(config.seed)
        rows = np.sort(rng.choice(rows, config.filters.n_sequences, replace=False))
    model = cast(Basset, trained_model(run))
    is_paired = config.model.reverse_complement == "equivariant"
    codes = np.asarray(store.centred(rows))
    found = filter_motifs(
        model,
        codes,
        layer=LAYER,
        width=config.model.widths[0],
        is_paired=is_paired,
        threshold=config.filters.threshold,
        min_sites=config.filters.min_sites,
    )
    logger.info("%d of %d filters have a motif", len(found.motifs), len(found.table))
    options: dict[str, Any] = {}
    if config.likelihood.kind == "gaussian":
        options = {"likelihood": "gaussian", "label_scale": model.head.label_scale}
    influence = filter_influence(
        model,
        codes,
        store.labels(rows),
        layer=LAYER,
        loss=partial(MODELS[model_name(config)].loss, **options),
        is_paired=is_paired,
    )
    clusters = filter_clusters(found.motifs, min_similarity=config.filters.min_similarity)
    matches = _matches(run, found.motifs)
    names = _names(matches, config.motifs.max_q_value)
    table = found.table.merge(influence.overall[["filter", "influence"]], on="filter", how="left")
    table = table.merge(clusters, on="motif", how="left")
    table["cluster"] = table["cluster"].fillna(-1).astype(np.int64)
    table = table.fillna({"representative": "", "similarity": 0.0})
    table["name"] = [names.get(motif, "") for motif in table["motif"]]
    _write(run, found.motifs, table, matches, influence.tracks, store.track_names)
    n_deep_units = describe_layers(run, model, codes, names=dict(zip(table["filter"], table["name"], strict=True)))
    return {
        "n_filters": len(table),
        "n_with_motif": len(found.motifs),
        "n_named": int(table["name"].ne("").sum()),
        "n_clusters": int(clusters["cluster"].nunique()),
        "n_deep_units": n_deep_units,
        "n_sequences": len(rows),
    }


def _matches(run: LabelRun, motifs: Sequence[Motif]) -> pd.DataFrame:
    """Matches in the database, whose matched motifs are kept beside them; none without a database."""
    if not run.config.motifs.database or not motifs:
        return pd.DataFrame(columns=list(DATABASE_MATCH_COLUMNS))
    path = run.input(run.config.motifs.database)
    database = read_motifs(str(path))
    matches = match_databases(motifs, {path.stem: database}, trim_bits=_TRIM_BITS)
    matched = set(matches["motif"])
    write_meme(run.folder / "filters" / "matched.meme", [motif for motif in database if motif.name in matched])
    return matches


def _names(matches: pd.DataFrame, max_q_value: float) -> dict[str, str]:
    """The name of the best match of every filter that has a good one."""
    good = matches[(matches["q_value"] <= max_q_value) & (matches["correlation"] >= _ALIKE)]
    best = good.sort_values("p_value", kind="stable").drop_duplicates("query")
    return {str(row["query"]): str(row["alternate_name"] or row["motif"]) for row in best.to_dict("records")}


def _write(
    run: LabelRun,
    motifs: Sequence[Motif],
    table: pd.DataFrame,
    matches: pd.DataFrame,
    by_track: pd.DataFrame,
    track_names: Sequence[str],
) -> None:
    """Write all tables of the step, and the motifs as MEME."""
    folder = run.folder / "filters"
    names = dict(zip(table["motif"], table["name"], strict=True))
    if motifs:
        write_meme(folder / "filters.meme", [replace(motif, alternate_name=names[motif.name]) for motif in motifs])
    write_table(folder / "filters.tsv", table)
    write_table(folder / "matches.tsv", matches)
    by_track["track"] = by_track["track"].map(dict(enumerate(track_names)))
    write_table(folder / "influence_by_track.tsv.gz", by_track)
