"""Predictions against what tracks of a simulation are expected to show, without the noise of counting."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import BinnedTargets
from cisgram.data.binned_build import TargetMaker
from cisgram.data.binned_signals import open_signals
from cisgram.data.binned_store import BinnedStore
from cisgram.data.binned_tracks import BinnedTrack
from cisgram.genomics.genome import Genome
from cisgram.nn.metrics import pearson
from cisgram.run.folder import BinnedRun
from cisgram.run.steps.binned.prepare import geometry_of, tracks_of
from cisgram.simulate.expression_files import ExpressionFiles


def signal_figures(run: BinnedRun, store: BinnedStore, files: ExpressionFiles, genome: Genome) -> list[dict[str, Any]]:
    """Pearson's r of predicted and of measured bins with expected ones, track by track.

    Tracks that the simulation does not have, such as those that were added to the run, are left out.
    """
    known = [(row, one) for row, one in enumerate(tracks_of(run)) if one.name in files.tracks]
    if not known:
        return []
    expected = expected_targets(run, store, [one for _, one in known], files, genome)
    rows, found = store.rows("test"), []
    predicted = np.load(run.predictions / "test.rates.npy", mmap_mode="r", allow_pickle=False)
    for at, (row, track) in enumerate(known):
        true = expected[:, at].ravel()
        sides = {"model": predicted[:, row], "measured": store.targets[rows, row]}
        figures = {name: _r(np.asarray(values, dtype=np.float64).ravel(), true) for name, values in sides.items()}
        found.append({"track": track.name, "family": track.assay, **figures})
    return found


def expected_targets(
    run: BinnedRun, store: BinnedStore, tracks: list[BinnedTrack], files: ExpressionFiles, genome: Genome
) -> BinnedTargets:
    """Targets of test windows made of the expected signal as those of the run are made of measured ones."""
    config = run.config.targets
    signals = []
    for track in tracks:
        noiseless = replace(track, file=str(files.tracks[track.name].expected), replicates=())
        signals.append(open_signals(noiseless, genome.sizes, config=config))
    windows: pd.DataFrame = store.windows.iloc[store.rows("test")].assign(split="")
    maker = TargetMaker(signals, geometry_of(run), config)
    return np.stack([one.targets for one in maker.examples(windows)])


def _r(values: np.ndarray, true: np.ndarray) -> float | None:
    """Correlation over bins that were measured; None where either does not vary."""
    known = ~(np.isnan(values) | np.isnan(true))
    if not known.any() or min(np.ptp(values[known]), np.ptp(true[known])) < 1e-9:
        return None
    return pearson(values[known], true[known].astype(np.float64))
