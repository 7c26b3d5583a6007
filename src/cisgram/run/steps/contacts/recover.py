"""How much of a simulated genome's folding came back: maps, boundaries, loops, and what edits of sites do."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import BinValuesOfWindows, PairTargets, PairValuesOfWindows
from cisgram.data.contact_store import ContactStore, open_contacts
from cisgram.data.contact_targets import ContactTargetConfig, contact_target
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.contact_pairs import square_of
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.variants.config import VariantConfig
from cisgram.io.cool import open_cool
from cisgram.io.fasta import read_genome
from cisgram.io.files import write_json_atomic
from cisgram.run.folder import ContactRun
from cisgram.run.planted_variants import notes_of, planted_variant_figures
from cisgram.run.steps.contacts.floors import AVERAGE, SITES
from cisgram.run.steps.contacts.maps import expected_of
from cisgram.run.steps.contacts.planted_edits import edit_figures, edit_loci
from cisgram.run.steps.contacts.planted_features import (
    PlantedWindows,
    boundary_figures,
    corner_figures,
    corner_scores,
    planted_windows,
)
from cisgram.run.trained import trained_model
from cisgram.simulate.contact_files import ContactFiles
from cisgram.training.bootstrap import Resamples, resample_blocks
from cisgram.training.contact_agreement import compare_contacts

EXPECTED = "expected.cool"
"""Contacts without noise, beside ``truth.json``."""

DIAMOND_BINS = 8
"""Insulation of a bin is the mean over a diamond of so many bins on either side."""

MEASURED = "measured map"

TRUE = "contacts without noise"
"""The truth itself: what a rule of calling finds in it is as much as the rule can find."""

logger = logging.getLogger(__name__)


def recover(run: ContactRun) -> Mapping[str, Any]:
    """Do the step: recovery.json.

    Maps are compared with those without noise in any case; boundaries, corners and edits, where the truth is that of
    ``cisgram simulate --kind contacts``.
    """
    store = open_contacts(run.examples)
    windows = store.windows.iloc[store.rows("test")].reset_index(drop=True)
    true = true_targets(run, store, windows)
    resamples = resample_blocks(windows, n_resamples=run.config.evaluation.n_bootstrap, seed=run.config.seed)
    methods = list(_predictions(run, store))
    rows = [
        {"track": track, "method": method, **_figures(values[:, number], true, store, resamples)}
        for method, values in methods
        for number, track in enumerate(store.layout.track_names)
    ]
    found: dict[str, Any] = {"agreement": rows, "diamond_bins": _diamond(store)}
    if (files := _simulation(run)) is not None:
        planted = planted_windows(files, windows, store.layout)
        found |= _features(methods, true, store, planted, seed=run.config.seed)
        logger.info("boundaries and corners: done")
        found |= _edits(run, files, windows, store)
        logger.info("edits of sites: done")
        found["variants"] = _variants(run, files)
    write_json_atomic(run.recovery, found)
    return {"n_windows": len(windows), "variants_pearson": notes_of(found.get("variants", {}))}


def _simulation(run: ContactRun) -> ContactFiles | None:
    """The files of the simulation, if the truth is one of ours and whole."""
    try:
        return ContactFiles.load(run.input(run.config.truth).parent)
    except InputError:
        return None


def _features(
    methods: Sequence[tuple[str, PairTargets]],
    true: PairValuesOfWindows,
    store: ContactStore,
    planted: PlantedWindows,
    *,
    seed: int,
) -> dict[str, Any]:
    """Boundaries and corners of the first map, as the simulation has one; also in the contacts without noise."""
    maps = {**{method: values[:, 0] for method, values in methods}, TRUE: true}
    corners = {method: corner_scores(values, planted) for method, values in maps.items()}
    boundaries = [
        {"method": method, **boundary_figures(_insulation(values, store), planted, seed=seed)}
        for method, values in maps.items()
    ]
    return {"boundaries": boundaries, "corners": corner_figures(corners, corners[TRUE], planted)}


def _edits(run: ContactRun, files: ContactFiles, windows: pd.DataFrame, store: ContactStore) -> dict[str, Any]:
    """Deleted and inverted sites; nothing where no window has a loop."""
    asking = Asking(both_strands=run.config.evaluation.average_strands, batch_size=run.config.batches.size)
    options = {"windows": windows, "layout": store.layout, "targets": run.config.targets, "asking": asking}
    genome = read_genome(run.input(run.config.genome.fasta))
    try:
        return {"edits": edit_figures(edit_loci(trained_model(run), genome, files, **options))}
    except EmptySetError as error:
        logger.warning("no sites to edit: %s", error)
        return {}


def _variants(run: ContactRun, files: ContactFiles) -> dict[str, Any]:
    """What variants do to contacts, predicted and true."""
    return planted_variant_figures(
        run.best,
        run.input(run.config.genome.fasta),
        {"variants": files.variants, "variant_effects": files.variant_effects, "motifs": files.motifs},
        held_out=(*run.config.split.test, *run.config.split.valid),
        config=VariantConfig(both_strands=run.config.evaluation.average_strands),
        seed=run.config.seed,
    )


def true_targets(run: ContactRun, store: ContactStore, windows: pd.DataFrame) -> PairValuesOfWindows:
    """What would have been measured of windows with contacts without number: no noise, no smoothing.

    Raises
    ------
    InputError
        Where the simulation has no such map.
    """
    path = Path(run.config.truth).with_name(EXPECTED)
    source = open_cool(run.input(str(path)), resolution=store.layout.bin_size)
    model, width = run.config.model, store.layout.bin_size
    asked = run.config.targets
    config = ContactTargetConfig(expected=asked.expected, clip=asked.clip, min_counts=0)
    found = np.empty((len(windows), store.layout.n_pairs), dtype=np.float32)
    for chrom, rows in windows.groupby("chrom", sort=False):
        if chrom not in source.bins.sizes:
            raise InputError(f"{path} has no contig {chrom}; the truth must be that of the simulated maps")
        own = source.cis(str(chrom))
        expected = expected_of(own, config)
        for at, start in zip(rows.index.to_numpy(), rows["start"].tolist(), strict=True):
            counts = own.dense(start // width, (start + model.input_length) // width, balanced=False)
            options = {"crop_bins": model.crop, "diagonal_offset": model.diagonal_offset, "config": config}
            found[at] = contact_target(counts, counts, expected=expected, **options)
    return found


def _predictions(run: ContactRun, store: ContactStore) -> Iterator[tuple[str, PairTargets]]:
    """What is compared with the truth: the model, the floors, and what was measured."""
    yield "model", np.load(run.predictions / "test.contacts.npy", mmap_mode="r", allow_pickle=False)
    for name in (SITES, AVERAGE):
        path = run.folder / "evaluation" / f"{name.replace(' ', '_')}.npy"
        if path.is_file():
            yield name, np.load(path, mmap_mode="r", allow_pickle=False)
    yield MEASURED, np.asarray(store.targets[store.rows("test")])


def _figures(
    values: PairValuesOfWindows, true: PairValuesOfWindows, store: ContactStore, resamples: Resamples
) -> dict[str, Any]:
    """Agreement with the truth over all pairs, and of insulation over all bins."""
    layout = store.layout
    nothing = np.zeros((len(true), layout.n_bins), dtype=bool)
    found = compare_contacts(true, values, masked=nothing, diagonal_offset=layout.diagonal_offset, resamples=resamples)
    figures = {name: one.value for name, one in found.figures.items()}
    interval = found.figures["pearson"].interval
    ours, theirs = (_insulation(one, store) for one in (values, true))
    known = ~(np.isnan(ours) | np.isnan(theirs))
    varies = known.any() and ours[known].std() > 0
    figures["insulation_pearson"] = float(np.corrcoef(ours[known], theirs[known])[0, 1]) if varies else float("nan")
    values_or_none = {name: None if np.isnan(value) else float(value) for name, value in figures.items()}
    return {**values_or_none, "pearson_interval": None if interval is None else list(interval)}


def _insulation(values: PairValuesOfWindows, store: ContactStore) -> BinValuesOfWindows:
    """Mean of the pairs that span a bin within a diamond, ``window bin``; NaN where the diamond leaves the window."""
    layout, width = store.layout, _diamond(store)
    found = np.full((len(values), layout.n_bins), np.nan)
    for window, pairs in enumerate(values):
        square = square_of(np.asarray(pairs, dtype=np.float64), layout.n_bins, layout.diagonal_offset)
        for at in range(width, layout.n_bins - width):
            across = square[at - width : at, at + 1 : at + 1 + width]
            known = ~np.isnan(across)
            found[window, at] = across[known].mean() if known.any() else np.nan
    return found


def _diamond(store: ContactStore) -> int:
    """Bins on either side of a diamond; fewer where windows are small."""
    return max(2, min(DIAMOND_BINS, store.layout.n_bins // 4))
