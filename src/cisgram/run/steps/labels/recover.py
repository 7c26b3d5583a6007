"""Compare what was learnt of simulated cell types with what makes them differ."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
from torch import Tensor

from cisgram.data.labelled_store import open_labelled_store
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.motif_alignment import motif_similarity
from cisgram.interpret.experiments.backgrounds import shuffled_sequences
from cisgram.interpret.experiments.insertion import insert_motifs
from cisgram.interpret.variants.config import VariantConfig
from cisgram.io.files import write_json_atomic
from cisgram.io.meme import read_meme
from cisgram.io.tables import read_table
from cisgram.models.basset import BassetOutput
from cisgram.run.folder import LabelRun
from cisgram.run.planted_variants import notes_of, planted_variant_figures
from cisgram.run.trained import trained_model
from cisgram.simulate.accessibility_files import AccessibilityFiles
from cisgram.simulate.recovery import motif_recovery
from cisgram.simulate.recovery.specificity import specificity_recovery

_N_BACKGROUNDS = 200
_TRIM_BITS = 0.25
_ALIKE = 0.8
"""Least similarity of a filter to a planted motif to count for it."""


def recover(run: LabelRun) -> Mapping[str, Any]:
    """Do the step: recovery.json, with planted motifs among the filters, and which matters in which cell type."""
    files = AccessibilityFiles.load(run.input(run.config.truth).parent)
    planted = read_meme(files.motifs)
    specificity = read_table(files.specificity).set_index("motif")
    rng = np.random.default_rng(run.config.seed)
    found = _filters(run)
    motifs = motif_recovery(planted, found, threshold=_ALIKE, rng=rng)
    inserted = inserted_effects(run, planted)
    recovery = {
        "motifs": motifs,
        "specificity": pd.concat(
            [
                specificity_recovery(specificity, inserted, rng=rng).assign(by="motif insertion"),
                specificity_recovery(specificity, _of_filters(run, planted, found), rng=rng).assign(by="filters"),
            ]
        ),
        "inserted": inserted.reset_index(),
    }
    plain = {name: table.astype(object).where(table.notna(), None) for name, table in recovery.items()}
    variants = _variants(run, files)
    tables = {name: table.to_dict("records") for name, table in plain.items()}
    write_json_atomic(run.recovery, {**tables, "variants": variants})
    overall = recovery["specificity"].query("of == 'all'").set_index("by")["auroc"]
    return {
        "n_planted": len(motifs),
        "n_found": int(motifs["is_found"].sum()),
        "specificity_auroc": {str(name): round(float(value), 4) for name, value in overall.items()},
        "variants_pearson": notes_of(variants),
    }


def _variants(run: LabelRun, files: AccessibilityFiles) -> dict[str, Any]:
    """What variants do, predicted and true; nothing of a run without a genome."""
    split, genome = run.config.split, run.config.genome
    if genome is None or split is None:
        return {}
    return planted_variant_figures(
        run.best,
        run.input(genome.fasta),
        {"variants": files.variants, "variant_effects": files.variant_effects, "motifs": files.motifs},
        held_out=(*split.test, *split.valid),
        config=VariantConfig(both_strands=run.config.evaluation.average_strands),
        seed=run.config.seed,
    )


def inserted_effects(run: LabelRun, motifs: list[Motif]) -> pd.DataFrame:
    """Mean rise of every track's logit when a motif is put into shuffled held-out sequences: motif by track."""
    store = open_labelled_store(run.examples)
    rows = store.rows("test")
    if not len(rows):
        raise InputError(f"{run.folder} has no test sequences to put motifs into")
    rng = np.random.default_rng(run.config.seed)
    chosen = np.sort(rng.choice(rows, min(_N_BACKGROUNDS, len(rows)), replace=False))
    backgrounds = shuffled_sequences(np.asarray(store.centred(chosen)), seed=run.config.seed)
    found = insert_motifs(trained_model(run), backgrounds, motifs, scores=[_logits])
    names = pd.Index([motif.name for motif in motifs], name="motif")
    return pd.DataFrame(found.effects.mean(axis=0), index=names, columns=list(store.track_names))


def _logits(output: Any) -> Tensor:
    """All tracks at once."""
    return cast(BassetOutput, output).logits


def _filters(run: LabelRun) -> list[Motif]:
    """Motifs of the filters without their flat ends."""
    path = run.folder / "filters" / "filters.meme"
    motifs = read_meme(path) if path.is_file() else []
    return [one.trimmed(_TRIM_BITS) for one in motifs if one.information_content().max() >= _TRIM_BITS]


def _of_filters(run: LabelRun, planted: list[Motif], found: list[Motif]) -> pd.DataFrame:
    """By motif and track, the changes that all filters which are like the motif bring about, added up."""
    filters = read_table(run.folder / "filters" / "filters.tsv").set_index("motif")["filter"]
    changes = read_table(run.folder / "filters" / "influence_by_track.tsv.gz")
    wide = changes.pivot(index="filter", columns="track", values="change")
    rows = {motif.name: np.zeros(wide.shape[1]) for motif in planted}
    for motif in found:
        likeness = [motif_similarity(one, motif) for one in planted]
        if max(likeness) >= _ALIKE:
            rows[planted[int(np.argmax(likeness))].name] += wide.loc[int(filters[motif.name])].to_numpy()
    table = pd.DataFrame.from_dict(rows, orient="index", columns=wide.columns)
    return table.rename_axis("motif")
