"""How much of a simulated genome's folding came back: maps and insulation against the contacts without noise."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import PairTargets, PairValuesOfWindows
from cisgram.data.contact_store import ContactStore, open_contacts
from cisgram.data.contact_targets import ContactTargetConfig, contact_target
from cisgram.errors import InputError
from cisgram.genomics.contact_pairs import square_of
from cisgram.io.cool import open_cool
from cisgram.io.files import write_json_atomic
from cisgram.run.folder import ContactRun
from cisgram.run.steps.contacts.floors import AVERAGE, SITES
from cisgram.training.bootstrap import Resamples, resample_blocks
from cisgram.training.contact_agreement import compare_contacts

EXPECTED = "expected.cool"
"""Contacts without noise, beside ``truth.json``."""

DIAMOND_BINS = 8
"""Insulation of a bin is the mean over a diamond of so many bins on either side."""

MEASURED = "measured map"


def recover(run: ContactRun) -> Mapping[str, Any]:
    """Do the step: recovery.json."""
    store = open_contacts(run.examples)
    windows = store.windows.iloc[store.rows("test")].reset_index(drop=True)
    true = true_targets(run, store, windows)
    resamples = resample_blocks(windows, n_resamples=run.config.evaluation.n_bootstrap, seed=run.config.seed)
    rows = [
        {"track": track, "method": method, **_figures(values[:, number], true, store, resamples)}
        for method, values in _predictions(run, store)
        for number, track in enumerate(store.layout.track_names)
    ]
    write_json_atomic(run.recovery, {"agreement": rows, "diamond_bins": _diamond(store)})
    return {"n_windows": len(windows)}


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
    config = ContactTargetConfig(clip=run.config.targets.clip, min_counts=0)
    found = np.empty((len(windows), store.layout.n_pairs), dtype=np.float32)
    for chrom, rows in windows.groupby("chrom", sort=False):
        if chrom not in source.bins.sizes:
            raise InputError(f"{path} has no contig {chrom}; the truth must be that of the simulated maps")
        own = source.cis(str(chrom))
        for at, start in zip(rows.index.to_numpy(), rows["start"].tolist(), strict=True):
            counts = own.dense(start // width, (start + model.input_length) // width, balanced=False)
            options = {"crop_bins": model.crop, "diagonal_offset": model.diagonal_offset, "config": config}
            found[at] = contact_target(counts, counts, **options)
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


def _insulation(values: PairValuesOfWindows, store: ContactStore) -> np.ndarray:
    """Mean of the pairs that span a bin within a diamond, ``window bin``; NaN where the diamond leaves the window."""
    layout, width = store.layout, _diamond(store)
    found = np.full((len(values), layout.n_bins), np.nan)
    for window, pairs in enumerate(values):
        square = square_of(np.asarray(pairs, dtype=np.float64), layout.n_bins, layout.diagonal_offset)
        for at in range(width, layout.n_bins - width):
            found[window, at] = np.nanmean(square[at - width : at, at + 1 : at + 1 + width])
    return found


def _diamond(store: ContactStore) -> int:
    """Bins on either side of a diamond; fewer where windows are small."""
    return max(2, min(DIAMOND_BINS, store.layout.n_bins // 4))
