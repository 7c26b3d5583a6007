"""What can be said of a variant's effect without the model: composition, motifs, k-mers, distance to genes."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.baselines.kmers import KmerConfig, kmer_features
from cisgram.baselines.ridge import fit_ridge
from cisgram.data.labelled_store import LabelledStore, open_labelled_store
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.allele_sites import AlleleStretches
from cisgram.run.folder import Run
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.variants.variant_set import VariantSet

_LOG = logging.getLogger(__name__)

PREDICTORS = {
    "GC": "bases G and C of the alternative allele minus those of the reference",
    "motif": "log-odds in bits that the motif site that changes most gains, 0 where none changes",
    "k-mers": "ridge regression on 6-mers, trained on the sequences that the model was trained on",
    "distance": "closeness to the nearest start of transcription; says nothing of the sign",
}
"""Simple predictors of an effect, for people."""

UNSIGNED = ("distance",)
"""Those that say how large an effect may be, not which way it goes."""

_MOST_TRAINING = 50_000


def gc_change(stretches: AlleleStretches, n: int) -> np.ndarray:
    """G and C that each of n variants adds; NaN of variants that are not there."""
    found = np.full(n, np.nan)
    for index, ref, alt in zip(stretches.index, stretches.ref, stretches.alt, strict=True):
        found[index] = float(np.isin(alt, (1, 2)).sum()) - float(np.isin(ref, (1, 2)).sum())
    return found


def motif_change(sites: pd.DataFrame, stretches: AlleleStretches, n: int) -> np.ndarray:
    """Largest change of a motif site of each variant, in bits."""
    found = np.full(n, np.nan)
    found[np.asarray(stretches.index, dtype=np.int64)] = 0.0
    first = sites.drop_duplicates("index")
    found[first["index"].to_numpy(dtype=np.int64)] = first["change_bits"].to_numpy(dtype=float)
    return found


def kmer_changes(run_folder: Path, variants: VariantSet, tracks: list[str]) -> dict[str, np.ndarray]:
    """Effects by ridge regression on 6-mers, trained on what the run's model was trained on; by track.

    NaN of variants that are not scored. Empty where the run is not one on labels, or its examples are not there.
    """
    if not (run_folder / "manifest.json").is_file():
        return {}
    run = Run.open(run_folder)
    if not isinstance(run.config, LabelRunConfig) or not (run_folder / "examples").is_dir():
        return {}
    store = open_labelled_store(run.examples)
    rows = store.rows("train")[:_MOST_TRAINING]
    labels = store.labels(rows)
    config = KmerConfig(is_stranded=not run.config.evaluation.average_strands)
    features = kmer_features(_sequences(store, rows), config)
    asked = list(map(int, variants.stretches.index))
    windows = [variants.windows(index) for index in asked]
    of_ref = kmer_features(SequenceSet.from_codes([one.ref for one in windows]), config)
    of_alt = kmer_features(SequenceSet.from_codes([one.alt for one in windows]), config)
    found = {}
    for track in tracks:
        if track not in store.track_names:
            continue
        own = labels[:, store.track_names.index(track)]
        known = np.flatnonzero(~np.isnan(own))
        ridge = fit_ridge(features[known], own[known, None].astype(np.float64))
        found[track] = np.full(len(variants.keys), np.nan)
        found[track][asked] = (ridge.predict(of_alt) - ridge.predict(of_ref))[:, 0]
    _LOG.info("k-mers: ridge regression on %d training sequences", len(rows))
    return found


def _sequences(store: LabelledStore, rows: np.ndarray) -> SequenceSet:
    codes = np.asarray(store.centred(rows))
    return SequenceSet.from_codes(list(codes), names=[str(row) for row in rows])
