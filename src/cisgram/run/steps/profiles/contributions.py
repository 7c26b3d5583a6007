"""Ask the model which bases make it predict what it predicts."""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np

from cisgram.arrays import Positions
from cisgram.data.store import ExampleStore, open_store
from cisgram.interpret.contributions import AttributionConfig, iterate_attributions
from cisgram.interpret.scores import SCORES
from cisgram.io.contributions import writing_contributions
from cisgram.io.files import sha256_of
from cisgram.run.folder import ProfileRun
from cisgram.run.pace import logged_pace
from cisgram.run.trained import trained_model

logger = logging.getLogger(__name__)


def contributions(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step; the notes hold how far contributions are from adding up to what they explain."""
    config, store = run.config.contributions, open_store(run.examples)
    rows = explained_rows(run, store)
    windows = store.windows.loc[rows].assign(row=rows)
    codes = store.centred(rows).sequences
    asked = [(track, name, number) for number, track in enumerate(store.track_names) for name in config.scores]
    scores = [SCORES[name](number) for _, name, number in asked]
    attribution = AttributionConfig(method=config.method, n_references=config.n_references, seed=run.config.seed)
    about = {"method": config.method, "n_references": config.n_references, "model_sha256": sha256_of(run.best)}
    errors: list[list[np.ndarray]] = [[] for _ in asked]
    with writing_contributions(run.contributions) as file, ExitStack() as stack:
        groups = [
            stack.enter_context(
                file.group(track, name, windows=windows, codes=codes, attributes={**about, "score": score.definition})
            )
            for (track, name, _), score in zip(asked, scores, strict=True)
        ]
        blocks = iterate_attributions(
            trained_model(run), codes, scores=scores, config=attribution, progress=logged_pace(logger, "windows")
        )
        for block in blocks:
            for group, one, seen in zip(groups, block, errors, strict=True):
                group.append(
                    one.hypothetical, completeness_error=one.completeness_error, relative_error=one.relative_error
                )
                seen.append(one.relative_error)
    completeness = {
        f"{track} {name}": _quantiles(np.concatenate(seen))
        for (track, name, _), seen in zip(asked, errors, strict=True)
    }
    return {"n_windows": len(rows), "completeness": completeness}


def explained_rows(run: ProfileRun, store: ExampleStore) -> Positions:
    """Peak windows of the chosen parts; if these are too many, those with most counts."""
    config = run.config.contributions
    rows = np.concatenate([store.rows(split, "peak") for split in config.splits])
    # Tiles overlap: they would show the same bases again and again.
    rows = rows[store.windows["centre"].to_numpy()[rows] != "tile"]
    if config.max_windows and len(rows) > config.max_windows:
        totals = np.array([store.counts[row].sum(dtype=np.float64) for row in rows])
        rows = rows[np.argsort(-totals, kind="stable")[: config.max_windows]]
    return np.sort(rows)


def _quantiles(relative_error: np.ndarray) -> Mapping[str, float | None]:
    """Median and worst relative completeness error; None where the method promises no sum."""
    if np.isnan(relative_error).all():
        return {"median": None, "worst": None}
    return {"median": float(np.nanmedian(relative_error)), "worst": float(np.nanmax(relative_error))}
