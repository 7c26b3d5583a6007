"""Ask the model which bases make it predict what it predicts."""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np
import torch

from cisgram.arrays import Positions
from cisgram.data.store import ExampleStore, open_store
from cisgram.interpret.contributions import (
    AttributionConfig,
    attribute_rows,
    completeness_check,
    sequences_at_once,
)
from cisgram.interpret.scores import SCORES, Score
from cisgram.io.contributions import writing_contributions
from cisgram.io.files import sha256_of
from cisgram.run.folder import ProfileRun
from cisgram.run.pace import logged_pace
from cisgram.run.shards import PartArrays, PartWork, Sharing, iterate_parts
from cisgram.run.trained import trained_model

logger = logging.getLogger(__name__)

_WINDOWS_AT_ONCE = 256


def contributions(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step; the notes hold how far contributions are from adding up to what they explain."""
    config, store = run.config.contributions, open_store(run.examples)
    rows = explained_rows(run, store)
    windows = store.windows.loc[rows].assign(row=rows)
    codes = store.centred(rows).sequences
    attribution = _settings(run)
    about = {"method": config.method, "n_references": config.n_references, "model_sha256": sha256_of(run.best)}
    asked = _asked(run, store)
    errors: list[list[np.ndarray]] = [[] for _ in asked]
    check, n_done = completeness_check(attribution), 0
    at_once = sequences_at_once(attribution, torch.device("cpu"))
    sharing = Sharing(run.parts("contributions"), run.processes, border=at_once, largest=_WINDOWS_AT_ONCE)
    with writing_contributions(run.contributions) as file, ExitStack() as stack:
        groups = [
            stack.enter_context(
                file.group(track, name, windows=windows, codes=codes, attributes={**about, "score": score.definition})
            )
            for track, name, score in asked
        ]
        found = iterate_parts(
            partial(open_attribution, run, rows), len(rows), sharing, progress=logged_pace(logger, "windows")
        )
        for part in found:
            relative = [part[f"{number}.relative_error"] for number in range(len(asked))]
            check.add(relative, first_row=n_done)
            n_done += len(relative[0])
            for number, group in enumerate(groups):
                error = part[f"{number}.completeness_error"]
                group.append(part[f"{number}.hypothetical"], completeness_error=error, relative_error=relative[number])
                errors[number].append(relative[number])
    check.warn()
    completeness = {
        f"{track} {name}": _quantiles(np.concatenate(seen))
        for (track, name, _), seen in zip(asked, errors, strict=True)
    }
    return {"n_windows": len(rows), "completeness": completeness}


def open_attribution(run: ProfileRun, rows: Positions) -> PartWork:
    """Open the store and the model; what is returned explains some of the rows.

    Parameters
    ----------
    run
        With a trained model.
    rows
        Of the store.

    Raises
    ------
    InputError
        Where DeepLIFT does not hold for the model.
    """
    store = open_store(run.examples)
    model, config = trained_model(run), _settings(run)
    scores = [score for _, _, score in _asked(run, store)]

    def explain(part: range) -> PartArrays:
        codes = store.centred(rows[part.start : part.stop]).sequences
        blocks, check = [], completeness_check(config)
        for block in attribute_rows(model, codes, scores=scores, config=config, first_row=part.start):
            check.add([one.relative_error for one in block], first_row=part.start)
            blocks.append(block)
        return {
            f"{number}.{name}": np.concatenate([getattr(block[number], name) for block in blocks])
            for number in range(len(scores))
            for name in ("hypothetical", "completeness_error", "relative_error")
        }

    return explain


def _asked(run: ProfileRun, store: ExampleStore) -> list[tuple[str, str, Score]]:
    """Track, name and function of every score."""
    names = run.config.contributions.scores
    return [(track, name, SCORES[name](number)) for number, track in enumerate(store.track_names) for name in names]


def _settings(run: ProfileRun) -> AttributionConfig:
    """How contributions are computed."""
    config = run.config.contributions
    return AttributionConfig(method=config.method, n_references=config.n_references, seed=run.config.seed)


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
