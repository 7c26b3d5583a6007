"""What was found of every method at every depth, as tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cisgram.run.steps.coverage.called import Called
from cisgram.run.steps.coverage.judge import HELD_OUT, Judged
from cisgram.training.ceiling import Ceiling
from cisgram.training.depth_curves import difference, equivalent_reads
from cisgram.training.records import Metric
from cisgram.training.start_enrichment import REACH_BP, StartEnrichment
from cisgram.training.track_agreement import METRICS, Agreement

DEPTH_COLUMNS = ("pair", "track", "level", "depth", "n_reads", "method", "scope", "metric", "value", "low", "high")
"""Agreement with the deep library; ``depth`` counts reads, or cells where ``level`` is ``cells``."""
DIFFERENCE_COLUMNS = ("pair", "track", "depth", "scope", "metric", "other", "difference", "low", "high")
"""How much better denoised coverage agrees than another method on the same reads."""
EQUIVALENT_COLUMNS = (
    "pair", "track", "level", "depth", "scope", "metric", "equals", "low", "high", "deepest", "shallowest"
)  # fmt: skip
"""Depth at which raw coverage agrees as well; ``inf`` beyond the deepest, 0 before the shallowest."""
START_COLUMNS = ("pair", "track", "depth", "method", "enrichment", "low", "high", "n_starts")
"""Coverage at transcription starts over that 1 to 2 kb away."""
_PROFILE_BIN_BP = 20
_DEFINITIONS = {
    "pearson": "Pearson's r of coverage with that of the deep library, base by base",
    "spearman": "Spearman's r of the same in bins of 100 bp",
    "auprc": "area under the precision-recall curve of bases in peaks of the deep library",
}


class Result(NamedTuple):
    """One method on one track."""

    pair: str
    track: str
    level: str
    depth: float
    n_reads: float
    method: str
    judged: Judged
    called: Called | None = None
    """Its peaks, where the method calls any."""

    @classmethod
    def of(
        cls, tracks: pd.DataFrame, track: str, method: str, judged: Judged, called: Called | None = None
    ) -> "Result":
        """Look the track up in the table of tracks."""
        row = tracks[tracks["track"] == track].iloc[0]
        depth = float(row["amount"]) if row["level"] == "cells" else float(row["n_reads"])
        return cls(str(row["pair"]), track, str(row["level"]), depth, float(row["n_reads"]), method, judged, called)

    @property
    def head(self) -> tuple[str, str, str, float, float, str]:
        """What the tables begin with: pair, track, level, depth, reads, method."""
        return self.pair, self.track, self.level, self.depth, self.n_reads, self.method


def depth_table(results: Sequence[Result]) -> pd.DataFrame:
    """Every metric of every method; the deep library itself only where it says something of its own (auPRC)."""
    rows = []
    for one in results:
        for scope, metric, found in _figures(one.judged):
            if one.method == "deep" and metric != "auprc":
                continue
            low, high = found.interval or (np.nan, np.nan)
            rows.append((*one.head, scope, metric, found.value, low, high))
    return pd.DataFrame(rows, columns=list(DEPTH_COLUMNS))


def difference_table(results: Sequence[Result]) -> pd.DataFrame:
    """Denoised coverage against each other method on the same track."""
    rows = []
    for one in results:
        if one.method != "denoised":
            continue
        for other in (other for other in results if other.track == one.track and other.method in ("raw", "macs3")):
            for scope, metric, found in _figures(one.judged):
                if metric in other.judged.agreement[scope]:
                    value, interval = difference(found, other.judged.agreement[scope][metric])
                    head = (one.pair, one.track, one.depth, scope, metric, other.method)
                    rows.append((*head, value, *(interval or (np.nan, np.nan))))
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def equivalent_table(results: Sequence[Result]) -> pd.DataFrame:
    """How many reads (or cells) raw coverage would need to agree as well as denoised coverage does."""
    rows = []
    for one in results:
        if one.method != "denoised":
            continue
        raw = [other for other in results if (other.pair, other.level, other.method) == (one.pair, one.level, "raw")]
        for scope, metric, reached in _figures(one.judged):
            found = equivalent_reads({other.depth: other.judged.agreement[scope][metric] for other in raw}, reached)
            if found is not None:
                head = (one.pair, one.track, one.level, one.depth, scope, metric)
                rows.append((*head, *found))
    return pd.DataFrame(rows, columns=list(EQUIVALENT_COLUMNS))


def start_table(results: Sequence[Result], *, n_resamples: int, seed: int) -> pd.DataFrame:
    """Enrichment at transcription starts; without rows where no annotation was given."""
    rows = []
    for one, found in _starts(results, n_resamples=n_resamples, seed=seed):
        low, high = found.interval or (np.nan, np.nan)
        rows.append((one.pair, one.track, one.depth, one.method, found.enrichment, low, high, found.n_starts))
    return pd.DataFrame(rows, columns=list(START_COLUMNS))


def start_profiles(results: Sequence[Result]) -> pd.DataFrame:
    """Mean profiles around starts in bins of 20 bp: ``distance_bp``, and one column per track and method."""
    edges = np.arange(-REACH_BP, REACH_BP, _PROFILE_BIN_BP)
    columns: dict[str, Any] = {"distance_bp": edges + _PROFILE_BIN_BP // 2}
    for one, found in _starts(results, n_resamples=0, seed=0):
        columns[f"{one.track}/{one.method}"] = found.profile[: 2 * REACH_BP].reshape(-1, _PROFILE_BIN_BP).mean(axis=1)
    return pd.DataFrame(columns)


def records(results: Sequence[Result], *, n_windows: int) -> list[dict[str, Any]]:
    """Figures of denoised coverage on contigs never trained on, with ceiling and floors, as metrics.json has them.

    Parameters
    ----------
    results
        Of the evaluation.
    n_windows
        Evaluation windows on these contigs.
    """
    found = []
    for one in results:
        if one.method != "denoised":
            continue
        others = {other.method: other for other in results if other.pair == one.pair and other.track == one.track}
        replicate = next((o for o in results if o.pair == one.pair and o.method == "replicate"), None)
        for metric in METRICS:
            agreement = one.judged.agreement[HELD_OUT].get(metric)
            if agreement is not None:
                floors = {name: _value(others.get(name), metric) for name in ("raw", "macs3") if name in others}
                found.append(_record(one, metric, agreement, _value(replicate, metric), floors, n_windows))
    return found


def _record(
    one: Result,
    metric: str,
    agreement: Agreement,
    ceiling: float | None,
    floors: Mapping[str, float | None],
    n_windows: int,
) -> dict[str, Any]:
    """One figure."""
    value = None if np.isnan(agreement.value) else agreement.value
    limit = None if ceiling is None else Ceiling(ceiling, "replicates", ceiling, 0)
    return Metric(
        metric=metric,
        definition=_DEFINITIONS[metric],
        track=one.track,
        split="test",
        bin_bp=100 if metric == "spearman" else 1,
        unit="",
        better="higher",
        value=value,
        interval=agreement.interval,
        ceiling=limit,
        floors={name: floor for name, floor in floors.items() if floor is not None},
        n_windows=n_windows,
        n_left_out={},
    ).record()


def _value(one: Result | None, metric: str) -> float | None:
    """A figure on contigs never trained on, if there is one."""
    found = None if one is None else one.judged.agreement[HELD_OUT].get(metric)
    return None if found is None or np.isnan(found.value) else found.value


def _figures(judged: Judged) -> Iterator[tuple[str, str, Agreement]]:
    """Scope, metric and figure."""
    for scope, metrics in judged.agreement.items():
        for metric, found in metrics.items():
            yield scope, metric, found


def _starts(results: Sequence[Result], *, n_resamples: int, seed: int) -> Iterator[tuple[Result, StartEnrichment]]:
    """Enrichment of every result that looked at starts."""
    for one in results:
        if one.judged.starts is not None:
            yield one, one.judged.starts.result(n_resamples=n_resamples, seed=seed)
