"""Fit the model to pairs of shallow and deep coverage; the same call goes on from the last checkpoint."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import pandas as pd

from cisgram.data.batches import Batches, Sampling
from cisgram.data.coverage_batches import CoverageExamples, CoverageMeans, JoinedExamples
from cisgram.data.coverage_store import open_coverage
from cisgram.io.tables import read_intervals, read_table
from cisgram.models import MODELS
from cisgram.models.atacworks import AtacWorks, set_scales
from cisgram.run.config import model_name
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage.adopted import TrainedOn, adopt
from cisgram.run.steps.coverage.collapse import require_variation
from cisgram.run.steps.coverage.known import KnownGenome
from cisgram.run.toml import values_of
from cisgram.run.trained import untrained_model
from cisgram.training.checkpoint import ModelIdentity
from cisgram.training.fit import fit
from cisgram.training.progress import progress_for

logger = logging.getLogger(__name__)


def train(run: CoverageRun) -> Mapping[str, Any]:
    """Do the step; the notes say how training ended, or what a model that is taken as it is was trained on."""
    config = run.config
    if config.trained:
        return adopt(run)
    examples = learnt_examples(run)
    model = cast(AtacWorks, untrained_model(run, n_tracks=1))
    means = examples.means(examples.rows("train"))
    set_scales(model, inputs=means.inputs, track=means.clean, sample=_sample_scale(run))
    likelihood = config.likelihood
    sampling = Sampling(
        batch_size=config.batches.size, shuffle=True, reverse_complement=config.batches.flip, seed=config.seed
    )
    result = fit(
        model,
        partial(
            MODELS[model_name(config)].loss_terms,
            mse_weight=likelihood.mse_weight,
            pearson_weight=likelihood.pearson_weight,
            peak_weight=likelihood.peak_weight,
            log_weight=likelihood.log_weight,
            pearson_over=likelihood.pearson_over,
            track_scale=means.clean if likelihood.mse_unit == "mean" else 1.0,
        ),
        Batches(examples, examples.rows("train"), sampling),
        validation=Batches(examples, examples.rows("valid"), Sampling(batch_size=config.batches.size)),
        config=config.training,
        folder=run.checkpoints,
        identity=_identity(run, examples, means),
        progress=progress_for(quiet=not logger.isEnabledFor(logging.INFO)),
    )
    require_variation(model, examples, config=config)
    return {
        "stopped_by": result.stopped_by,
        "best_epoch": result.best_epoch,
        "n_parameters": sum(parameter.numel() for parameter in model.parameters()),
        "n_training_windows": len(examples.rows("train")),
        "mean_coverage": {"shallow": float(means.inputs[0]), "deep": means.clean},
    }


def learnt_examples(run: CoverageRun) -> JoinedExamples:
    """Windows of every shallow track that is learnt from, in the places of the store."""
    store, known = open_coverage(run.examples / "store"), known_again(run)
    windows = read_table(run.examples / "windows.tsv.gz", types={"dropped": "text"})
    kept = known.to_store(windows[windows["dropped"].eq("")])
    factors = depth_factors(run)
    return JoinedExamples(
        [
            CoverageExamples(
                store,
                own,
                inputs=[str(track)],
                clean=f"{own['pair'].iloc[0]}.clean",
                peaks=f"{own['pair'].iloc[0]}.peaks",
                margin_bp=run.config.model.margin_bp,
                factors=factors[str(track)],
            )
            for track, own in kept.groupby("track", sort=False)
        ]
    )


def depth_factors(run: CoverageRun) -> dict[str, tuple[float, float]]:
    """What every shallow track that is learnt from, and its deep one, are multiplied with.

    With ``match_depth``, means over all that is known become those of all tracks; else the factors are 1.
    """
    tracks = _tracks(run)
    learnt = tracks[tracks["is_learnt"]]
    if not run.config.coverage.match_depth:
        return dict.fromkeys(map(str, learnt.index), (1.0, 1.0))
    shallow = learnt["mean_coverage"]
    deep = tracks.loc[[f"{pair}.clean" for pair in learnt["pair"]], "mean_coverage"].set_axis(learnt.index)
    pairs = zip(learnt.index, shallow.mean() / shallow, deep.mean() / deep, strict=True)
    return {str(track): (float(one), float(other)) for track, one, other in pairs}


def _sample_scale(run: CoverageRun) -> float:
    """The mean coverage that samples are brought to; 0 where they are read as they are."""
    tracks = _tracks(run)
    return float(tracks.loc[tracks["is_learnt"], "mean_coverage"].mean()) if run.config.coverage.match_depth else 0.0


def _tracks(run: CoverageRun) -> pd.DataFrame:
    """The table of tracks by their names."""
    return read_table(run.examples / "tracks.tsv", types={"level": "text"}).set_index("track")


def known_again(run: CoverageRun) -> KnownGenome:
    """What the step prepare found to be known; of contigs, no more than the end of what is known."""
    regions = read_intervals(run.examples / "regions.bed")[["chrom", "start", "end"]]
    ends = regions.groupby("chrom", sort=False)["end"].max()
    return KnownGenome({str(chrom): int(end) for chrom, end in ends.items()}, regions)


def _identity(run: CoverageRun, examples: JoinedExamples, means: CoverageMeans) -> ModelIdentity:
    """What a checkpoint says about itself: how coverage must be made for this model, and what it has seen."""
    coverage, pairs = run.config.coverage, [pair for pair in run.config.pairs if pair.use == "train"]
    chosen = [name for part in examples.parts for name in part.windows.loc[part.windows["split"] != "test", "chrom"]]
    trained_on = TrainedOn(
        contigs=tuple(dict.fromkeys(str(name) for name in chosen)),
        pairs=tuple(pair.name for pair in pairs),
        protocols=tuple(dict.fromkeys(pair.protocol for pair in pairs if pair.protocol)),
        shallow=float(means.inputs[0]),
        deep=means.clean,
    )
    return ModelIdentity(
        name=model_name(run.config),
        settings={**values_of(run.config.model), "n_tracks": 1, "n_controls": 0},
        context={
            "read_shift": list(coverage.read_shift),
            "extend_bp": coverage.extend_bp,
            "trained_on": trained_on.context(),
        },
    )
