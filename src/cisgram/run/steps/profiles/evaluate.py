"""Compare predictions with the experiment, its replicates and simple floors."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cisgram.data.store import open_store
from cisgram.io.files import write_json_atomic
from cisgram.run.folder import ProfileRun
from cisgram.training.evaluate import MetricOptions
from cisgram.training.evaluate import evaluate as judge
from cisgram.training.measured import measured_rows


def evaluate(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step: metrics.json."""
    config, store = run.config.evaluation, open_store(run.examples)
    rows, profiles, log_counts = (
        np.load(run.predictions / f"test.{name}.npy", mmap_mode="r", allow_pickle=False)
        for name in ("rows", "profiles", "log_counts")
    )
    options = MetricOptions(
        bins_bp=config.bins_bp, crop_bp=config.crop_bp, n_resamples=config.n_bootstrap, seed=run.config.seed
    )
    measured = measured_rows(store, np.asarray(rows), training_rows=store.rows("train"), crop_bp=config.crop_bp)
    metrics = judge(np.asarray(profiles), np.asarray(log_counts), measured, split="test", options=options)
    write_json_atomic(run.metrics, {"records": [metric.record() for metric in metrics]})
    return {"n_metrics": len(metrics)}
