"""Baselines for a whole table of labels: all tracks of a model, each sequence looked at once."""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Labels, Mask
from cisgram.baselines.gkmsvm.train import GkmConfig
from cisgram.baselines.kmers import KmerConfig
from cisgram.baselines.table_methods import TrackScores, gkmsvm_of_tracks, kmers_of_tracks, ridge_of_tracks
from cisgram.baselines.words import list_words
from cisgram.errors import CisgramWarning, ConfigError, InputError
from cisgram.genomics.sequence_set import SequenceSet

NOTE_COLUMNS = (
    "track",
    "method",
    "n_positive",
    "n_negative",
    "n_positive_used",
    "n_negative_used",
    "trainer",
    "penalty",
    "seconds",
    "problem",
)
"""Columns of :attr:`BaselineScores.notes`. Positive and negative ones are those of the training table, and those that
were trained on; of measurements all that are known count as positive. ``seconds``: on the clock, what all tracks share
divided among them. ``problem``: why there are no scores, else empty."""

_MOST_SEQUENCES = 60_000


@dataclass(frozen=True)
class BaselineConfig:
    """Which baselines, and how they are trained.

    Examples
    --------
    >>> BaselineConfig(kmers=KmerConfig(max_gap=2)).kmers.word_bp
    6
    """

    methods: tuple[Literal["kmers", "gkmsvm"], ...] = ("kmers", "gkmsvm")
    """What to train."""
    kmers: KmerConfig = field(default_factory=KmerConfig)
    """k-mers and their classifier; measurements take ridge regression instead."""
    gkmsvm: GkmConfig = field(default_factory=lambda: GkmConfig(tolerance=0.01))
    """Kernel and tolerance; ``max_memory_gb`` is not used."""
    penalties: tuple[float | int, ...] = (0.03, 0.1, 0.3, 1.0)
    """Tried on held-back sequences, one chosen per method for all tracks, in place of those of ``kmers`` and
    ``gkmsvm``; if empty, those are taken."""
    is_balanced: bool = True
    """Whether both classes of a track weigh the same in total: each row ``n / (2 n of its class)``."""
    max_sequences: int = 20_000
    """Rows of the gkm-SVM's kernel (4 bytes times their square: 1.6 GB), 60,000 at most; of more, so many are drawn,
    those of small classes first of all."""
    max_kmer_sequences: int = 200_000
    """Training sequences whose k-mers are counted, if there are two classes (some kilobytes each); of more, so many are
    drawn in the same way."""
    max_bp: int = 5_000_000
    """Bases in those rows together, for the time of the kernel grows with their square: some ten minutes on two cores.
    Fewer rows are drawn where sequences are long."""
    middle_bp: int = 0
    """Read only so many bp in the middle of every sequence; 0 for all of it."""
    max_negatives_per_positive: float | int | None = None
    """If given, further negative ones of a track are drawn away."""
    seed: int = 0
    """Of what is drawn."""

    def __post_init__(self) -> None:
        if (
            not self.methods
            or not set(self.methods) <= {"kmers", "gkmsvm"}
            or len(set(self.methods)) < len(self.methods)
        ):
            raise ConfigError(f"methods must be kmers, gkmsvm or both; got {self.methods}")
        if not all(0 < one < np.inf for one in self.penalties):
            raise ConfigError(f"penalties must be above 0; got {self.penalties}")
        if not 2 <= self.max_sequences <= _MOST_SEQUENCES:
            raise ConfigError(f"max_sequences must be 2 to {_MOST_SEQUENCES}; got {self.max_sequences}")
        if self.max_kmer_sequences < 2:
            raise ConfigError(f"max_kmer_sequences must be at least 2; got {self.max_kmer_sequences}")
        if self.max_bp < 1 or self.middle_bp < 0:
            raise ConfigError(
                f"max_bp must be at least 1 and middle_bp not negative; got {self.max_bp}, {self.middle_bp}"
            )
        if self.max_negatives_per_positive is not None and not 0 < self.max_negatives_per_positive < np.inf:
            raise ConfigError(f"max_negatives_per_positive must be above 0; got {self.max_negatives_per_positive}")


@dataclass(frozen=True, eq=False)
class BaselineScores:
    """What simple methods make of test sequences.

    Parameters
    ----------
    names
        Of the tracks.
    scores
        By method, one row per test sequence and one column per track; NaN where a track cannot be trained, or a
        sequence has no word of known bases.
    notes
        How every track was trained: :data:`NOTE_COLUMNS`.
    dropped
        How many sequences were left out, by reason, and how many tracks have no scores.
    """

    names: tuple[str, ...]
    scores: Mapping[str, np.ndarray]
    notes: pd.DataFrame
    dropped: Mapping[str, int]


def baseline_scores(
    train: SequenceSet,
    labels: Labels,
    test: SequenceSet,
    *,
    names: Sequence[str] | None = None,
    config: BaselineConfig | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> BaselineScores:
    """Train simple methods on every track of a table, and score test sequences.

    k-mers are counted once, and one kernel matrix serves the gkm-SVMs of all tracks. If all known labels are 0 or 1,
    tracks are classes; otherwise they are measurements: then k-mers take ridge regression (penalty by leave-one-out
    among 13 values from 0.001 to 1000), and there is no gkm-SVM, which tells two classes apart.

    Parameters
    ----------
    train, test
        Sequences, in the order of the genome if they come from one: the penalty is chosen on stretches of rows.
    labels
        One row per training sequence, one column per track: 0, 1, or a measurement; NaN where it is not known.
    names
        Of the tracks; ``track_1`` and so on, if not given.
    config
        Methods and their settings.
    progress
        Called with how many trainings are done and how many there are.

    Raises
    ------
    InputError
        Numbers of rows or names do not fit, or a label is infinite.

    Warns
    -----
    CisgramWarning
        Sequences or tracks were left out.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> codes = rng.integers(0, 4, (120, 50), dtype=np.uint8)
    >>> codes[::2, 20:28] = [3, 2, 0, 1, 3, 1, 0, 2]
    >>> train, test = (SequenceSet.from_codes(list(part)) for part in (codes[:80], codes[80:]))
    >>> found = baseline_scores(train, np.tile([[1.0], [0.0]], (40, 1)), test)
    >>> found.scores["gkmsvm"].shape, found.notes["n_positive"].tolist()
    ((40, 1), [40, 40])
    """
    config = config or BaselineConfig()
    tracks = tuple(names) if names is not None else tuple(f"track_{i + 1}" for i in range(labels.shape[1]))
    if len(labels) != len(train) or len(tracks) != labels.shape[1] or np.isinf(labels).any():
        raise InputError(
            f"labels must be finite or NaN, with a row per training sequence and a column per track; got "
            f"{labels.shape} for {len(train)} sequences and {len(tracks)} names"
        )
    if config.middle_bp:
        train, test = train.middle(config.middle_bp), test.middle(config.middle_bp)
    table = _Table(train, labels, test, tracks, has_two_classes(labels))
    n_methods = len(config.methods)
    found = {}
    for number, method in enumerate(config.methods):
        step = _step(progress, number * len(tracks), n_methods * len(tracks))
        found[method] = _with_method(method, table, config, step)
        step(len(tracks))
    dropped = {what: n for one in found.values() for what, n in one.dropped.items()}
    if dropped:
        warnings.warn(", ".join(f"{what}: {n}" for what, n in dropped.items()), CisgramWarning, stacklevel=2)
    scores = {method: one.scores for method, one in found.items()}
    return BaselineScores(tracks, scores, pd.concat([one.notes for one in found.values()], ignore_index=True), dropped)


def has_two_classes(labels: Labels) -> bool:
    """Whether all labels that are known are 0 or 1; anything else is a measurement."""
    return bool((np.isnan(labels) | (labels == 0) | (labels == 1)).all())


class _Table(NamedTuple):
    """What is given."""

    train: SequenceSet
    labels: np.ndarray
    test: SequenceSet
    names: tuple[str, ...]
    are_classes: bool


class _Scored(NamedTuple):
    """What one method makes of it."""

    scores: np.ndarray
    notes: pd.DataFrame
    dropped: dict[str, int]


def _with_method(method: str, table: _Table, config: BaselineConfig, progress: Callable[[int], None]) -> _Scored:
    """Train one method on all tracks that it can be trained on."""
    began = time.monotonic()
    has_words = [_has_words(method, one, config) for one in (table.train, table.test)]
    labels = np.where(has_words[0][:, None], table.labels, np.nan)
    if table.are_classes:
        labels = _without_surplus(labels, config)
        most = config.max_kmer_sequences
        if method == "gkmsvm":
            most = min(config.max_sequences, int(config.max_bp // max(float(table.train.lengths.mean()), 1.0)))
        if len(labels) > most:
            labels = _drawn(labels, most, config.seed)
    problems = _problems(labels, method, are_classes=table.are_classes)
    is_ready = np.array([not problem for problem in problems], dtype=bool)
    n_tracks = len(table.names)
    scores, penalty, seconds = (np.full(shape, np.nan) for shape in ((len(table.test), n_tracks), n_tracks, n_tracks))
    used, trainer = np.full(labels.shape, np.nan), ""
    if is_ready.any():
        tracks = np.flatnonzero(is_ready)
        trained = _train(method, table, labels[:, tracks], config, progress)
        scores[:, tracks] = np.where(has_words[1][:, None], trained.scores, np.nan)
        penalty[tracks], used[:, tracks], trainer = trained.penalty, labels[:, tracks], trained.trainer
        seconds[tracks] = (time.monotonic() - began) / len(tracks)
    n = _n_of_classes(table.labels, table.are_classes), _n_of_classes(used, table.are_classes)
    values = (table.names, method, *n[0], *n[1], np.where(is_ready, trainer, ""), penalty, seconds, problems)
    notes = pd.DataFrame(dict(zip(NOTE_COLUMNS, values, strict=True)))
    dropped = {
        f"{method}: {what} sequences without a word of known bases": int((~mask).sum())
        for what, mask in zip(("training", "test"), has_words, strict=True)
    }
    dropped[f"{method}: tracks without scores"] = int((~is_ready).sum())
    return _Scored(scores, notes, {what: n for what, n in dropped.items() if n})


def _train(
    method: str, table: _Table, labels: np.ndarray, config: BaselineConfig, progress: Callable[[int], None]
) -> TrackScores:
    """Train on tracks that can be trained on."""
    penalties, is_balanced = config.penalties, config.is_balanced
    rows = np.flatnonzero(~np.isnan(labels).all(axis=1))
    sequences = table.train.take(rows) if len(rows) < len(labels) else table.train, labels[rows], table.test
    if method == "gkmsvm":
        found = gkmsvm_of_tracks(
            *sequences,
            config=config.gkmsvm,
            penalties=penalties or (config.gkmsvm.penalty,),
            is_balanced=is_balanced,
            progress=progress,
        )
        return found._replace(trainer=f"{found.trainer}, {len(rows):,} of {len(labels):,} sequences")
    settings = replace(config.kmers, is_balanced=is_balanced)
    if not table.are_classes:
        return ridge_of_tracks(*sequences, config=settings)
    penalties = penalties or (settings.penalty,)
    found = kmers_of_tracks(*sequences, config=settings, penalties=penalties, progress=progress)
    if len(rows) == len(labels):
        return found
    return found._replace(trainer=f"{found.trainer}, {len(rows):,} of {len(labels):,} sequences")


def _drawn(labels: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Labels with NaN for all rows but so many as the kernel may have, drawn as if all classes weighed the same."""
    weights = np.zeros(len(labels))
    for value in (0, 1):
        is_one = labels == value
        weights += (is_one / np.maximum(is_one.sum(axis=0), 1)).sum(axis=1)
    n = min(most, int((weights > 0).sum()))
    rows = np.random.default_rng(seed).choice(len(labels), n, replace=False, p=weights / weights.sum())
    kept = np.full(labels.shape, np.nan)
    kept[rows] = labels[rows]
    return kept


def _without_surplus(labels: np.ndarray, config: BaselineConfig) -> np.ndarray:
    """Labels with NaN for negative rows beyond what a track may have."""
    if config.max_negatives_per_positive is None:
        return labels
    labels, rng = labels.copy(), np.random.default_rng(config.seed)
    for track in labels.T:
        negative = np.flatnonzero(track == 0)
        n = int(np.ceil(config.max_negatives_per_positive * (track == 1).sum()))
        track[rng.permutation(negative)[n:]] = np.nan
    return labels


def _problems(labels: np.ndarray, method: str, *, are_classes: bool) -> list[str]:
    """Why each track cannot be trained on; empty where it can."""
    if not are_classes and method == "gkmsvm":
        return ["a gkm-SVM tells two classes apart, and these are measurements"] * labels.shape[1]
    found = []
    for track in labels.T:
        known = track[~np.isnan(track)]
        if are_classes:
            lacking = [name for name, value in (("positive", 1), ("negative", 0)) if not (known == value).any()]
            found.append(f"no {lacking[0]} sequences" if lacking else "")
        else:
            found.append("" if known.size > 2 and np.ptp(known) > 0 else "fewer than 3 measurements, or all alike")
    return found


def _n_of_classes(labels: np.ndarray, are_classes: bool) -> tuple[np.ndarray, np.ndarray]:  # noqa: FBT001
    """Positive and negative rows of every track; measurements count as positive."""
    if not are_classes:
        return (~np.isnan(labels)).sum(axis=0), np.zeros(labels.shape[1], np.int64)
    return (labels == 1).sum(axis=0), (labels == 0).sum(axis=0)


def _has_words(method: str, sequences: SequenceSet, config: BaselineConfig) -> Mask:
    """Which sequences have anything for the method to count."""
    if method == "kmers":
        return list_words(sequences, config.kmers.word_bp).words.has_words
    kernel = config.gkmsvm.kernel
    return list_words(sequences, kernel.word_bp, unknown=kernel.unknown).words.has_words


def _step(progress: Callable[[int, int], None] | None, n_before: int, n_total: int) -> Callable[[int], None]:
    """Count on from what other methods did."""
    return lambda n_done: None if progress is None else progress(n_before + n_done, n_total)
