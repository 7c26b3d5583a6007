"""Compare predictions with what was measured: every figure with its ceiling, its floors and its interval.

Arrays in, a list of :class:`~cisgram.training.records.Metric` out; no torch. Profiles are judged on peak windows
alone; totals on these, and where there are negatives, once more on peaks and negatives together, which is easier.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from cisgram.arrays import LogCounts, Profiles
from cisgram.errors import ConfigError, InputError
from cisgram.nn.metrics import (
    MIN_STRAND_READS,
    Strands,
    average_precision,
    binned_maximum,
    has_enough_reads,
    jensen_shannon,
    pearson,
    profile_labels,
    spearman,
)
from cisgram.training.bootstrap import (
    Resamples,
    interval_of,
    resample_blocks,
    resampled_average_precision,
    resampled_mean,
    resampled_pearson,
    resampled_spearman,
)
from cisgram.training.ceiling import Replicates, ceiling, replicates_of
from cisgram.training.judged import JudgedTrack, judged_track, log_totals_of
from cisgram.training.measured import Measured
from cisgram.training.records import Metric

N_SHUFFLES = 20
"""Permutations of windows behind the shuffled floor of a correlation."""


@dataclass(frozen=True)
class MetricOptions:
    """How predictions are judged."""

    bins_bp: tuple[int, ...] = (1, 2, 5, 10)
    """Widths of bins of the profile metrics."""
    strands: Strands = "joined"
    """Divergence of both strands as one distribution, or mean of the strands' own."""
    pseudocount: int | float = 0.0
    """Added to the shares that the divergence compares; Avsec et al. (2021): 1e-4."""
    crop_bp: int = 0
    """Judge only this many bp in the middle of the output; 0 for all of it."""
    n_resamples: int = 1000
    """Resamples of the confidence intervals; 0 for no intervals."""
    ceiling_min_reads: int | float = 1
    """Windows with fewer reads in a replicate are left out of the ceiling."""
    seed: int = 0
    """Of resamples, shuffles and pseudo-replicates."""

    def __post_init__(self) -> None:
        if not self.bins_bp or min(self.bins_bp) < 1:
            raise ConfigError(f"bins_bp must name at least one width of at least 1 bp; got {self.bins_bp}")
        for name in ("pseudocount", "crop_bp", "n_resamples", "ceiling_min_reads"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} must not be negative; got {getattr(self, name)}")


def evaluate(
    profiles: Profiles,
    log_counts: LogCounts,
    measured: Measured,
    *,
    split: str,
    options: MetricOptions | None = None,
) -> list[Metric]:
    """Judge the predictions of a model.

    Parameters
    ----------
    profiles
        Predicted profiles of all windows: one distribution over both strands where there is one group of log
        counts, else one per strand.
    log_counts
        Predicted ln(1 + total) per group.
    measured
        What was measured in the same windows, in the same order.
    split
        Name of the set of windows, for the records.
    options
        How; the defaults if not given.

    Returns
    -------
    list of Metric
        Per track: ``jsd`` and ``auprc`` per bin; ``pearson_log_counts`` and ``spearman_log_counts`` of window
        totals, the same ``_per_strand`` (both strands of every window as two values) and, where there are
        negatives, ``_with_negatives``.

    Raises
    ------
    InputError
        Where predictions and measurements do not fit together.
    """
    options = options or MetricOptions()
    _check(profiles, log_counts, measured, options)
    kinds = {"peaks": measured.is_peak}
    if not measured.is_peak.all():
        kinds["all"] = np.ones(len(measured.windows), dtype=bool)
    resamples = {
        name: resample_blocks(measured.windows.loc[kept], n_resamples=options.n_resamples, seed=options.seed)
        for name, kept in kinds.items()
    }
    metrics: list[Metric] = []
    for track in range(len(measured.track_names)):
        whole = judged_track(profiles, log_counts, measured, track, crop_bp=options.crop_bp)
        peaks = whole.of(kinds["peaks"])
        judge = _Judge(peaks, resamples["peaks"], split, options)
        metrics += judge.profile_metrics()
        metrics += judge.count_metrics("")
        if "all" in kinds:
            metrics += _Judge(whole, resamples["all"], split, options).count_metrics("_with_negatives")
    return metrics


class _Floor(NamedTuple):
    """Profiles that need no model, and which of them stands for which window."""

    profiles: np.ndarray
    rows: np.ndarray


class _Judge:
    """The metrics of one track on one set of windows."""

    def __init__(self, track: JudgedTrack, resamples: Resamples, split: str, options: MetricOptions) -> None:
        self.track, self.resamples, self.options = track, resamples, options
        self.replicates: Replicates = replicates_of(track.replicates, seed=options.seed)
        self.metric = partial(Metric, track=track.name, split=split)

    def profile_metrics(self) -> Iterator[Metric]:
        """Divergence and precision of every bin width."""
        floors = self._floors()
        for bin_bp in self.options.bins_bp:
            yield self._divergence(bin_bp, floors)
        for bin_bp in self.options.bins_bp:
            yield self._precision(bin_bp, floors)

    def count_metrics(self, suffix: str) -> Iterator[Metric]:
        """Correlations of totals; per strand too where there are two."""
        two_strands = self.track.counts.shape[1] > 1 and not suffix
        for name, correlate, resampled in _CORRELATIONS:
            yield self._correlation(name, suffix, correlate, resampled, per_strand=False)
            if two_strands:
                yield self._correlation(name, "_per_strand", correlate, resampled, per_strand=True)

    def _floors(self) -> dict[str, _Floor]:
        """Profiles that need no model, or a model without its sequence."""
        track, rng = self.track, np.random.default_rng(self.options.seed)
        n_windows = len(track.counts)
        one_for_all = np.zeros(n_windows, dtype=np.int64)
        floors = {
            "average profile": _Floor(track.average_profile[None], one_for_all),
            "shuffled": _Floor(track.profiles, rng.permutation(n_windows)),
            "shuffled positions": _Floor(rng.permuted(track.profiles, axis=2), np.arange(n_windows)),
            "uniform": _Floor(np.ones_like(track.average_profile)[None], one_for_all),
        }
        if track.controls is not None:
            # A window without control reads is predicted to be uniform.
            empty = track.controls.sum(axis=(1, 2), keepdims=True) == 0
            floors["control"] = _Floor(np.where(empty, 1, track.controls), np.arange(n_windows))
        return floors

    def _divergence(self, bin_bp: int, floors: Mapping[str, _Floor]) -> Metric:
        """The mean Jensen-Shannon divergence."""
        track, options = self.track, self.options
        measure = partial(jensen_shannon, bin_bp=bin_bp, strands=options.strands, pseudocount=options.pseudocount)
        values = measure(track.counts, track.profiles)
        without = np.isnan(values)
        return self.metric(
            metric="jsd",
            definition=_jsd_definition(options),
            bin_bp=bin_bp,
            unit="bits",
            better="lower",
            value=_mean(values),
            interval=interval_of(resampled_mean(self.resamples, values)),
            ceiling=ceiling(
                self.replicates,
                lambda truth, other: float(np.nanmean(measure(truth, other))),
                min_reads=max(options.ceiling_min_reads, 1e-9),
                symmetric=True,
            ),
            floors={
                name: _mean(measure(track.counts, floor.profiles, rows=floor.rows)) for name, floor in floors.items()
            },
            n_windows=int((~without).sum()),
            n_left_out=_named(track.n_left_out, {"no reads": int(without.sum())}),
        )

    def _precision(self, bin_bp: int, floors: Mapping[str, _Floor]) -> Metric:
        """The area under the precision-recall curve of positions."""
        track, rng = self.track, np.random.default_rng(self.options.seed)
        judged = has_enough_reads(track.counts)
        labels = profile_labels(track.counts[judged], bin_bp=bin_bp)
        clear = labels >= 0
        truth, scores = labels[clear] == 1, binned_maximum(track.profiles[judged], bin_bp=bin_bp)[clear]
        block_of = np.broadcast_to(self.resamples.block_of[judged][:, None, None], labels.shape)[clear]
        # Equal scores are one threshold, whose precision is the share of positives.
        values = {"uniform": float(truth.mean()) if truth.any() else float("nan")}
        values["shuffled"] = average_precision(truth, rng.permutation(scores))
        for name in [name for name in floors if name in ("average profile", "control")]:
            floor = binned_maximum(floors[name].profiles, bin_bp=bin_bp)
            values[name] = average_precision(truth, floor[floors[name].rows[judged]][clear])
        resampled = resampled_average_precision(self.resamples, truth, scores, block_of=block_of)
        return self.metric(
            metric="auprc",
            definition=_AUPRC,
            bin_bp=bin_bp,
            unit="",
            better="higher",
            value=_known(average_precision(truth, scores)),
            interval=interval_of(resampled),
            ceiling=ceiling(
                self.replicates,
                partial(_precision_of_counts, bin_bp=bin_bp),
                min_reads=max(self.options.ceiling_min_reads, MIN_STRAND_READS * track.counts.shape[1]),
            ),
            floors={name: _known(value) for name, value in values.items()},
            n_windows=int(judged.sum()),
            n_left_out=_named(track.n_left_out, {"too few reads to judge positions": int((~judged).sum())}),
        )

    def _correlation(
        self,
        name: str,
        suffix: str,
        correlate: Callable[[np.ndarray, np.ndarray], float],
        resampled: Callable[[Resamples, np.ndarray, np.ndarray], np.ndarray],
        *,
        per_strand: bool,
    ) -> Metric:
        """One correlation of log counts."""
        track, rng = self.track, np.random.default_rng(self.options.seed)
        observed, predicted = track.log_totals(per_strand=per_strand)
        shuffled = [correlate(observed, rng.permutation(predicted)) for _ in range(N_SHUFFLES)]
        floors = {"shuffled": _mean(np.array(shuffled)), "constant": None}
        if track.controls is not None:
            control = log_totals_of(track.controls, per_strand=per_strand)
            floors["control"] = _known(correlate(observed, control))
        if track.kmer_log_totals is not None and not per_strand:
            floors["6-mers"] = _known(correlate(observed, track.kmer_log_totals))
        block_of = np.repeat(self.resamples.block_of, track.counts.shape[1] if per_strand else 1)
        totals = partial(log_totals_of, per_strand=per_strand)
        return self.metric(
            metric=f"{name}_log_counts{suffix}",
            definition=_correlation_definition(name, suffix),
            bin_bp=None,
            unit="",
            better="higher",
            value=_known(correlate(observed, predicted)),
            interval=interval_of(resampled(replace(self.resamples, block_of=block_of), observed, predicted)),
            ceiling=ceiling(
                self.replicates,
                lambda truth, other: correlate(totals(truth), totals(other)),
                min_reads=0,
                symmetric=True,
            ),
            floors=floors,
            n_windows=len(track.counts),
            n_left_out=_named(track.n_left_out, {}),
        )


_CORRELATIONS = (("pearson", pearson, resampled_pearson), ("spearman", spearman, resampled_spearman))

_AUPRC = (
    "Area under the precision-recall curve (average precision) of positions, all peak windows together. Positive: at "
    "least 1.5 % of the strand's reads in the window; negative: at most 0.5 %; between: left out; windows with at most "
    "166.7 reads (mean of strands) are left out. In wider bins: truth is any positive, prediction the highest share. "
    "Floor shuffled: predictions permuted over all positions. After Avsec et al. (2021)."
)


def _jsd_definition(options: MetricOptions) -> str:
    """What the divergence is, in words."""
    strands = "both strands as one distribution" if options.strands == "joined" else "mean of the strands"
    added = f"; {options.pseudocount:g} added to every share" if options.pseudocount else ""
    return (
        "Jensen-Shannon divergence (base 2) between measured and predicted profile, "
        f"{strands}, reads summed in bins{added}; mean over peak windows. "
        "Floor shuffled: predictions of other windows; shuffled positions: each prediction permuted."
    )


def _correlation_definition(name: str, suffix: str) -> str:
    """What a correlation of totals is, in words."""
    of = "of each strand of every window" if suffix == "_per_strand" else "of windows, strands added up"
    where = "peaks and negatives together" if suffix == "_with_negatives" else "peak windows alone"
    kmers = "" if suffix == "_per_strand" else " Floor 6-mers: ridge regression on those of the training windows."
    what = f"{name.capitalize()} correlation of ln(1 + reads) {of}, {where}."
    return f"{what} A constant prediction has no correlation.{kmers}"


def _check(profiles: np.ndarray, log_counts: np.ndarray, measured: Measured, options: MetricOptions) -> None:
    """Refuse predictions of other windows, tracks, strands or lengths."""
    shape = measured.counts.shape
    if profiles.shape != shape or log_counts.shape[:2] != shape[:2] or log_counts.shape[2] not in (1, shape[2]):
        raise InputError(
            "profiles and log_counts must fit the measured counts (window, track, strand, length) "
            f"{shape}; got profiles {profiles.shape} and log_counts {log_counts.shape}"
        )
    if shape[0] == 0:
        raise InputError("there are no windows to judge: choose another split")
    if options.crop_bp > shape[3] or (options.crop_bp and (shape[3] - options.crop_bp) % 2):
        raise ConfigError(
            f"crop_bp must be at most the output length {shape[3]} and differ from it by an even number; "
            f"got {options.crop_bp}"
        )


def _precision_of_counts(truth: np.ndarray, other: np.ndarray, *, bin_bp: int) -> float:
    """Average precision with a replicate in the place of the prediction."""
    labels = profile_labels(truth, bin_bp=bin_bp)
    clear = labels >= 0
    return average_precision(labels[clear] == 1, binned_maximum(other, bin_bp=bin_bp)[clear])


def _mean(values: np.ndarray) -> float | None:
    """The mean of what is defined."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None


def _known(value: float) -> float | None:
    """A number, or None where it is not defined."""
    return None if np.isnan(value) else value


def _named(*reasons: Mapping[str, int]) -> dict[str, int]:
    """Reasons that met a window, with their number."""
    found: dict[str, int] = {}
    for one in reasons:
        found |= {reason: n for reason, n in one.items() if n}
    return found
