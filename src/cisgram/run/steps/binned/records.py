"""The figures of a run on tracks in bins as metrics.json holds them: each with its ceiling and floors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cisgram.data.binned_store import BinnedStore
from cisgram.run.steps.binned.genes import GenesOfRun
from cisgram.training.binned_agreement import BINNED_METRICS, DEFINITIONS, second_experiment
from cisgram.training.binned_peaks import PEAK_DEFINITIONS, PEAK_METRICS
from cisgram.training.gene_agreement import GENE_DEFINITION
from cisgram.training.records import Metric

MODEL, REPLICATES = "model", "replicates"
"""What the model, and one replicate as a prediction of the other, are called in tables."""

GENE_METRIC = "gene_pearson"
"""Name of the correlation across genes."""


def track_records(store: BinnedStore, tracks: pd.DataFrame, peaks: pd.DataFrame) -> list[dict[str, Any]]:
    """Records of every track in bins as they are; wider bins stand in evaluation/tracks.tsv alone.

    Parameters
    ----------
    store
        Of the run.
    tracks, peaks
        Figures of all methods, as evaluation/tracks.tsv and peaks.tsv hold them.
    """
    own = tracks[tracks["bin_bp"] == store.layout.bin_size]
    values = _by_track([own, peaks])
    kinds = dict(zip(store.layout.track_names, store.layout.ceiling, strict=True))
    records = []
    for name in store.layout.track_names:
        for metric in (*BINNED_METRICS, *PEAK_METRICS):
            found = values[name, metric]
            definition = DEFINITIONS.get(metric) or PEAK_DEFINITIONS[metric]
            limit = None if kinds[name] == "none" else _ceiling(values, name, metric)
            records.append(
                _record(name, metric, definition, found)
                | {
                    "bin_bp": store.layout.bin_size,
                    "ceiling": limit and {**limit, "kind": kinds[name], "n_windows": len(store.replicates)},
                    "n_windows": int(store.rows("test").size),
                }
            )
    return records


def gene_records(store: BinnedStore, genes: GenesOfRun, figures: pd.DataFrame) -> list[dict[str, Any]]:
    """Records of correlations across genes, one per track or pair of strands."""
    by_assay = {(str(row["assay"]), str(row["method"])): row for row in figures.to_dict("records")}
    methods = list(dict.fromkeys(figures["method"]))
    records = []
    for assay in genes.assays:
        found = {one: _figure(by_assay[assay.name, one], "pearson") for one in methods}
        kind, between = store.layout.ceiling[assay.plus], found[REPLICATES]["value"]
        limit = None
        if kind != "none" and between is not None:
            whole = second_experiment("pearson", pearson=between, own=between)
            limit = {"value": _or_none(whole), "between_single_replicates": between, "kind": kind}
        n_genes = int(by_assay[assay.name, MODEL]["n_genes"])
        records.append(
            _record(assay.name, GENE_METRIC, GENE_DEFINITION, found)
            | {"bin_bp": None, "ceiling": limit and {**limit, "n_windows": n_genes}, "n_windows": n_genes}
        )
    return records


def _by_track(tables: list[pd.DataFrame]) -> dict[tuple[str, str], dict[str, dict[str, float | None]]]:
    """Figures of every method, by track and metric."""
    values: dict[tuple[str, str], dict[str, dict[str, float | None]]] = {}
    for table in tables:
        for row in table.to_dict("records"):
            of_metric = values.setdefault((str(row["track"]), str(row["metric"])), {})
            of_metric[str(row["method"])] = _figure(row, "value")
    return values


def _figure(row: Mapping[Any, Any], column: str) -> dict[str, float | None]:
    """A figure and its interval; None where there is none."""
    return {"value": _or_none(row[column]), "low": _or_none(row["low"]), "high": _or_none(row["high"])}


def _ceiling(
    values: Mapping[tuple[str, str], Mapping[str, Mapping[str, float | None]]], name: str, metric: str
) -> dict[str, float | None]:
    """What replicates reach; of peaks that of one replicate by the other, of the rest that of a second experiment."""
    own = values[name, metric][REPLICATES]["value"]
    whole = own
    if metric in BINNED_METRICS:
        pearson = values[name, "pearson"][REPLICATES]["value"]
        known = own is not None and pearson is not None
        whole = _or_none(second_experiment(metric, pearson=pearson, own=own)) if known else None  # type: ignore[arg-type]
    return {"value": whole, "between_single_replicates": own}


def _record(name: str, metric: str, definition: str, found: Mapping[str, Mapping[str, float | None]]) -> dict[str, Any]:
    """One record without what differs between kinds of figures."""
    own = found[MODEL]
    interval = None if own["low"] is None or own["high"] is None else (own["low"], own["high"])
    floors = {method: one["value"] for method, one in found.items() if method not in (MODEL, REPLICATES)}
    one = Metric(
        metric=metric,
        definition=definition,
        track=name,
        split="test",
        bin_bp=None,
        unit="",
        better="higher",
        value=own["value"],
        interval=interval,
        ceiling=None,
        floors=floors,
        n_windows=0,
        n_left_out={},
    )
    return one.record()


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
