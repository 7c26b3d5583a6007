"""Compare predicted maps with measured ones of held-out contigs, beside replicates and simple floors."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from cisgram.data.contact_store import ContactStore, open_contacts
from cisgram.io.files import write_json_atomic
from cisgram.io.npy import write_npy
from cisgram.io.tables import write_table
from cisgram.run.folder import ContactRun
from cisgram.run.steps.contacts.floors import floors
from cisgram.training.bootstrap import Resamples, resample_blocks
from cisgram.training.ceiling import Ceiling
from cisgram.training.contact_agreement import (
    CONTACT_METRICS,
    DEFINITIONS,
    ContactAgreement,
    compare_contacts,
    expected_between_wholes,
)
from cisgram.training.records import Metric

MODEL, HALVES = "model", "halves"
"""What the model, and one replicate or half as a prediction of the other, are called in tables."""

DISTANCE_TABLE = ("track", "method", "distance", "n_pairs", "pearson", "mse")
WINDOW_TABLE = ("track", "method", "chrom", "start", "end", "n_pairs", "pearson", "mse", "spread")
"""Columns of evaluation/distances.tsv (the distance in bp) and evaluation/windows.tsv."""


def evaluate(run: ContactRun) -> Mapping[str, Any]:
    """Do the step: metrics.json, and evaluation/ with figures by distance and by window, and the best floor's maps."""
    store, settings = open_contacts(run.examples), run.config.evaluation
    rows = store.rows("test")
    windows = store.windows.iloc[rows].reset_index(drop=True)
    contacts = np.load(run.predictions / "test.contacts.npy", mmap_mode="r", allow_pickle=False)
    resamples = resample_blocks(windows, n_resamples=settings.n_bootstrap, seed=run.config.seed)
    found: dict[str, dict[str, ContactAgreement]] = {MODEL: _against(store, contacts, resamples)}
    for name, values in floors(run, store):
        found[name] = _against(store, values, resamples)
        write_npy(run.folder / "evaluation" / f"{name.replace(' ', '_')}.npy", np.asarray(values, dtype=np.float16))
    found[HALVES] = _of_halves(store, resamples)
    records = [
        _metric(track, name, found, n_windows=len(windows), kind=store.layout.ceiling).record()
        for track in store.layout.track_names
        for name in CONTACT_METRICS
    ]
    write_json_atomic(run.metrics, {"records": records})
    write_table(run.folder / "evaluation" / "distances.tsv", _distances(found, store.layout.bin_size))
    write_table(run.folder / "evaluation" / "windows.tsv", _windows(found, windows))
    return {
        "n_metrics": len(records),
        "n_windows": len(windows),
        "n_blocks": resamples.n_blocks,
        "block_bp": resamples.block_bp,
    }


def _against(store: ContactStore, predicted: np.ndarray, resamples: Resamples) -> dict[str, ContactAgreement]:
    """Predictions of the test windows against what was measured, per map."""
    rows = store.rows("test")
    return {
        name: compare_contacts(
            np.asarray(store.targets[rows, track]),
            predicted[:, track],
            masked=np.asarray(store.masked[rows, track]),
            diagonal_offset=store.layout.diagonal_offset,
            resamples=resamples,
        )
        for track, name in enumerate(store.layout.track_names)
    }


def _of_halves(store: ContactStore, resamples: Resamples) -> dict[str, ContactAgreement]:
    """One replicate, or half, against the other."""
    rows = store.rows("test")
    return {
        name: compare_contacts(
            np.asarray(store.halves[:, 0, track]),
            np.asarray(store.halves[:, 1, track]),
            masked=np.asarray(store.masked[rows, track]),
            diagonal_offset=store.layout.diagonal_offset,
            resamples=resamples,
        )
        for track, name in enumerate(store.layout.track_names)
    }


def _metric(
    track: str, name: str, found: Mapping[str, Mapping[str, ContactAgreement]], *, n_windows: int, kind: str
) -> Metric:
    """One figure with its ceiling and floors."""
    model, between = found[MODEL][track].figures[name], found[HALVES][track].figures[name].value
    of_kind: Literal["replicates", "pseudo-replicates"] = "replicates" if kind == "replicates" else "pseudo-replicates"
    is_log = name == "mse"
    return Metric(
        metric=name,
        definition=DEFINITIONS[name],
        track=track,
        split="test",
        bin_bp=None,
        unit="squared natural log" if is_log else "",
        better="lower" if is_log else "higher",
        value=_or_none(model.value),
        interval=model.interval,
        ceiling=Ceiling(_or_none(expected_between_wholes(name, between)), of_kind, _or_none(between), n_windows),
        floors={
            method: _or_none(own[track].figures[name].value)
            for method, own in found.items()
            if method not in (MODEL, HALVES)
        },
        n_windows=n_windows,
        n_left_out={},
    )


def _distances(found: Mapping[str, Mapping[str, ContactAgreement]], bin_size: int) -> pd.DataFrame:
    """Figures by distance of every method."""
    parts = [
        one.by_distance.assign(track=track, method=method, distance=one.by_distance["distance"] * bin_size)
        for method, own in found.items()
        for track, one in own.items()
    ]
    return pd.concat(parts, ignore_index=True)[list(DISTANCE_TABLE)]


def _windows(found: Mapping[str, Mapping[str, ContactAgreement]], windows: pd.DataFrame) -> pd.DataFrame:
    """Figures by window of every method."""
    parts = [
        pd.concat([windows[["chrom", "start", "end"]], one.by_window], axis=1).assign(track=track, method=method)
        for method, own in found.items()
        for track, one in own.items()
    ]
    return pd.concat(parts, ignore_index=True)[list(WINDOW_TABLE)]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
