"""Compare predicted labels with the true ones, beside baselines, chance, and models of one track each."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import Positions, Rows
from cisgram.baselines.judge_tables import JudgedTable, judge_table
from cisgram.data.labelled_store import LabelledStore, open_labelled_store
from cisgram.errors import InputError
from cisgram.io.files import write_json_atomic
from cisgram.io.tables import write_table
from cisgram.run.config import model_name
from cisgram.run.folder import LabelRun
from cisgram.training.records import Metric

SINGLE_TASK = "single task"
"""What the models of one track each are called in tables."""

_DEFINITIONS = {
    "auroc": "chance that a positive sequence scores above a negative one, ties counted half",
    "auprc": "average precision: mean over positive sequences of the precision at their score",
    "pearson": "Pearson correlation of predictions with measurements",
    "spearman": "Spearman correlation of predictions with measurements",
}


def evaluate(run: LabelRun) -> Mapping[str, Any]:
    """Do the step: metrics.json, and evaluation/ with tables of tracks, means and differences between methods."""
    config, store = run.config, open_labelled_store(run.examples)
    rows = np.load(run.predictions / "test.rows.npy", allow_pickle=False)
    labels, model = store.labels(rows), model_name(config)
    scores = {model: np.load(run.predictions / "test.logits.npy", allow_pickle=False), **_baselines(run)}
    how: dict[str, Any] = {
        "n_resamples": config.evaluation.n_bootstrap,
        "seed": config.seed,
        "blocks": blocks_of(store, rows, block_bp=config.evaluation.block_bp),
    }
    judged = judge_table(labels, scores, names=store.track_names, **how)
    _write(run, judged, "")
    single = _single_task(run)
    if single:
        columns = [store.track_names.index(name) for name in single]
        both = {model: scores[model][:, columns], SINGLE_TASK: np.stack(list(single.values()), axis=1)}
        _write(run, judge_table(labels[:, columns], both, names=list(single), **how), "single_task_")
    records = [metric.record() for metric in _metrics(judged, model)]
    write_json_atomic(run.metrics, {"records": records})
    return {"n_metrics": len(records), "n_test": len(rows)}


def blocks_of(store: LabelledStore, rows: Positions, *, block_bp: int) -> Rows | None:
    """Number of the stretch of the genome that each example lies in; None where examples come without places."""
    windows = store.windows.loc[rows]
    if not store.layout.genome_sha256:
        return None
    contigs, _ = pd.factorize(windows["chrom"])
    places = windows["start"].to_numpy() // block_bp
    return contigs * (int(places.max(initial=0)) + 1) + places


def _baselines(run: LabelRun) -> dict[str, np.ndarray]:
    """Test scores of every baseline that has any."""
    found = {}
    for method in run.config.baselines.methods:
        path = run.folder / "baselines" / f"test.{method}.npy"
        if not path.is_file():
            raise InputError(f"{path} is missing; run: cisgram baselines {run.folder} --again")
        scores = np.load(path, allow_pickle=False)
        if not np.isnan(scores).all():
            found[method] = scores
    return found


def _single_task(run: LabelRun) -> dict[str, np.ndarray]:
    """Test predictions of the models of one track each, where they were trained."""
    paths = {name: run.folder / "single_task" / name / "test.logits.npy" for name in run.config.single_task.tracks}
    return {name: np.load(path, allow_pickle=False) for name, path in paths.items() if path.is_file()}


def _write(run: LabelRun, judged: JudgedTable, prefix: str) -> None:
    """Write the three tables."""
    for name in ("tracks", "means", "differences"):
        write_table(run.folder / "evaluation" / f"{prefix}{name}.tsv", getattr(judged, name))


def _metrics(judged: JudgedTable, model: str) -> Iterator[Metric]:
    """Every figure of the model with chance and the baselines as floors; labels have no replicates, so no ceiling."""
    means = judged.means.assign(track="mean over tracks", n_positive=0, n_negative=0, n_without_score=0)
    table = pd.concat([means, judged.tracks], ignore_index=True)
    for (track, metric), group in table.groupby(["track", "metric"], sort=False):
        by_method = {str(row["method"]): row for row in group.to_dict("records")}
        own = by_method.pop(model)
        others = {name: _or_none(row["value"]) for name, row in by_method.items()}
        low, high = _or_none(own["low"]), _or_none(own["high"])
        n_left_out = {"without a score": int(own["n_without_score"])} if own["n_without_score"] else {}
        yield Metric(
            metric=str(metric),
            definition=_DEFINITIONS[str(metric)],
            track=str(track),
            split="test",
            bin_bp=None,
            unit="",
            better="higher",
            value=_or_none(own["value"]),
            interval=None if low is None or high is None else (low, high),
            ceiling=None,
            floors={"chance": _or_none(own["floor"]), **others},
            n_windows=int(own["n_positive"] + own["n_negative"]),
            n_left_out=n_left_out,
        )


def _or_none(value: float) -> float | None:
    """The number, or None for NaN, which JSON does not know."""
    return None if np.isnan(value) else float(value)
