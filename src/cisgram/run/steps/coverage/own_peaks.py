"""Peaks of cells never trained on that no training cells have: where a model that learnt places by heart would fail."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.data.coverage_store import CoverageReader
from cisgram.genomics.interval import Interval
from cisgram.peaks.own import nearest_in_height, own_peaks
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage.called import deep_peaks, mean_of
from cisgram.run.steps.coverage.depth_tables import Result
from cisgram.run.steps.coverage.examples import ExampleTracks
from cisgram.run.steps.coverage.known import KnownGenome, held_out_contigs

PLACES = ("own", "shared", "shared as high", "foreign")
"""Deep peaks that no training pair has; the others; of these, as many that are as high as the own ones; and places
where training pairs have a peak and this pair has none."""
OWN_PLACE_COLUMNS = (
    "pair", "number", "chrom", "start", "end", "peak_start", "peak_end", "track", "use", "mean"
)  # fmt: skip
"""The highest own peak of each pair on contigs never trained on, one row per deep track that is shown there:
``number`` among the examples, the stretch, the peak, and the mean coverage of the track."""
STRETCH_BP = 10_000
"""Length of the stretch around it."""
N_SHOWN = 3
"""Training pairs that are shown there."""


class OwnStretch(NamedTuple):
    """A peak and the stretch around it."""

    stretch: Interval
    peak: Interval


def places_of(run: CoverageRun, truths: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, pd.DataFrame]]:
    """Places by pair and kind (``PLACES``), for every pair never trained on where there are others that were.

    Parameters
    ----------
    run
        A run that has been prepared.
    truths
        Deep peaks of the judged pairs with their ``height``.
    """
    others = [deep_peaks(run, pair.name) for pair in run.config.pairs if pair.use == "train"]
    tested = [pair.name for pair in run.config.pairs if pair.use == "test" and others]
    found = {}
    for name in tested:
        kinds = own_peaks(truths[name], others)
        alike = _as_high(kinds.own, kinds.shared)
        found[name] = dict(zip(PLACES, (kinds.own, kinds.shared, alike, kinds.foreign), strict=True))
    return found


def _as_high(own: pd.DataFrame, shared: pd.DataFrame) -> pd.DataFrame:
    """For every own peak, the shared one on its contig that is nearest in height."""
    parts = [shared.iloc[:0]]
    for chrom, rows in own.groupby("chrom", sort=False):
        there = shared[shared["chrom"] == chrom]
        heights, others = (one["height"].to_numpy(dtype=np.float64) for one in (rows, there))
        parts.append(there.iloc[nearest_in_height(heights, others)])
    return pd.concat(parts, ignore_index=True)


def has_training_files(run: CoverageRun, name: str) -> bool:
    """Whether a pair's replicate is among the libraries that were trained on: it can have no own peaks."""
    learnt = {path for pair in run.config.pairs if pair.use == "train" for path in (*pair.clean, *pair.noisy)}
    return any(pair.name == name and learnt.intersection(pair.replicate) for pair in run.config.pairs)


def judged_on_own(run: CoverageRun, results: Sequence[Result]) -> list[Result]:
    """Results that own peaks can say something of."""
    return [one for one in results if one.method != "replicate" or not has_training_files(run, one.pair)]


def own_stretches(
    run: CoverageRun, known: KnownGenome, places: Mapping[str, Mapping[str, pd.DataFrame]]
) -> dict[str, OwnStretch]:
    """By pair, the stretch around its highest own peak on contigs never trained on; without pairs that have none."""
    found = {}
    for name, kinds in places.items():
        own = kinds["own"][kinds["own"]["chrom"].isin(held_out_contigs(run))]
        if own.empty:
            continue
        highest = own.sort_values("height", ascending=False, kind="stable").iloc[0]
        peak = Interval(str(highest["chrom"]), int(highest["start"]), int(highest["end"]))
        first, last = known.spans[peak.chrom]
        length = min(max(STRETCH_BP, 2 * len(peak)), last - first)
        left = min(max(int(highest["summit"]) - length // 2, first), last - length)
        found[name] = OwnStretch(Interval(peak.chrom, left, left + length), peak)
    return found


def add_own_stretches(
    run: CoverageRun,
    read: Callable[[str], CoverageReader],
    windows: pd.DataFrame,
    stretches: Mapping[str, OwnStretch],
    examples: ExampleTracks,
) -> pd.DataFrame:
    """Add the deep coverage of training pairs to the examples; returns what is shown where (``OWN_PLACE_COLUMNS``).

    Parameters
    ----------
    run
        For its pairs.
    read
        Gives a reader of every track.
    windows
        What means are taken over.
    stretches
        By pair.
    examples
        Made with these stretches as the further ones.
    """
    learnt = [pair.name for pair in run.config.pairs if pair.use == "train"][:N_SHOWN]
    means = {name: mean_of(read(f"{name}.clean"), windows) for name in [*stretches, *learnt]}
    rows = []
    for place, (name, (stretch, peak)) in enumerate(stretches.items(), len(examples.loci)):
        for track in learnt:
            for kind, shown in (("clean", "deep"), ("peaks", "peaks")):
                examples.add(track, shown, read(f"{track}.{kind}"), only=place)
        for track in (name, *learnt):
            use = "test" if track == name else "train"
            at = (stretch.chrom, stretch.start, stretch.end, peak.start, peak.end)
            rows.append((name, place, *at, track, use, means[track]))
    return pd.DataFrame(rows, columns=list(OWN_PLACE_COLUMNS))
