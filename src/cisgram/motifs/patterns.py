"""Patterns: the motifs that contributions show, found by TF-MoDISco.

TF-MoDISco cuts the spans of highest contribution (seqlets) out of all sequences, compares them with each
other, and clusters them. It sees one-hot sequences and hypothetical contributions, never a model. The
implementation is modisco-lite, which the extra ``patterns`` brings.
"""

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from cisgram.arrays import BaseValues, OneHot
from cisgram.errors import ConfigError, InputError, MissingExtraError
from cisgram.genomics.pattern import Pattern, PatternSearch, SeqletValues, seqlet_table

_MAX_DROPS = 5
"""How often the same merged pattern may be dropped before its larger parent takes its place."""


@dataclass(frozen=True)
class PatternConfig:
    """Settings of TF-MoDISco; those not listed are modisco-lite's own. Defaults are those of its command line.

    Nothing in it is drawn at random without a fixed seed: the same arrays and settings give the same patterns.
    """

    window_bp: int = 400
    """Middle part of every sequence that is looked at; even. Shorter sequences are taken whole."""
    max_seqlets: int = 20000
    """At most this many seqlets of each sign, in the order of the sequences."""
    sliding_window_bp: int = 20
    """Contributions are summed over this much to find seqlets."""
    flank_bp: int = 5
    """Put on either side of that to make a seqlet."""
    fdr: float = 0.05
    """Share of seqlets that a Laplace distribution of window sums would give as well."""
    min_passing: float = 0.03
    """At least this share of all windows passes, whatever the FDR."""
    max_passing: float = 0.2
    """At most this share of all windows passes."""
    min_seqlets: int = 100
    """Patterns of one sign are sought where more seqlets than this have it."""
    n_leiden_runs: int = 2
    """Clusterings from different seeds; the best one counts."""
    trim_bp: int = 30
    """Width of the most informative part of a new pattern."""
    initial_flank_bp: int = 10
    """Put on either side of that part."""
    final_flank_bp: int = 0
    """Put on either side of a finished pattern."""
    min_cluster_size: int = 20
    """Patterns of fewer seqlets are dropped."""

    def __post_init__(self) -> None:
        least = dict.fromkeys(("max_seqlets", "sliding_window_bp", "flank_bp", "n_leiden_runs", "trim_bp"), 1)
        for name, value in {**least, "min_cluster_size": 2, "window_bp": 2}.items():
            if getattr(self, name) < value:
                raise ConfigError(f"{name} must be at least {value}; got {getattr(self, name)}")
        if self.window_bp % 2:
            raise ConfigError(f"window_bp must be even, so that it has a middle; got {self.window_bp}")
        if not 0 < self.fdr < 1 or not 0 < self.min_passing <= self.max_passing <= 1:
            raise ConfigError(
                f"fdr lies between 0 and 1, and 0 < min_passing <= max_passing <= 1; got {self.fdr}, "
                f"{self.min_passing}, {self.max_passing}"
            )


def find_patterns(
    one_hot: OneHot, hypothetical: BaseValues, *, config: PatternConfig = PatternConfig()
) -> PatternSearch:
    """Find motifs in contributions with TF-MoDISco.

    Parameters
    ----------
    one_hot
        Sequences, ``batch 4 length``; N is zeros.
    hypothetical
        Hypothetical contributions of the same sequences to one score.
    config
        Settings.

    Returns
    -------
    PatternSearch
        With no patterns, and a reason, where too few seqlets stand out or none of their clusters is good enough.

    Raises
    ------
    InputError
        Where the arrays differ in shape, or contributions are not finite.
    MissingExtraError
        Where modisco-lite is not installed.

    References
    ----------
    Shrikumar et al. (2018), Technical note on TF-MoDISco; Schreiber, tfmodisco-lite.
    """
    sequences, values = _checked(one_hot, hypothetical)
    window_bp = min(config.window_bp, sequences.shape[-1] // 2 * 2)
    # modisco-lite takes float32 with the channels last
    sequences, values = (
        _middle(array, window_bp).transpose(0, 2, 1).astype(np.float32) for array in (sequences, values)
    )
    least = config.sliding_window_bp + 2 * config.flank_bp
    if window_bp < least:
        reason = f"sequences of {window_bp} bp are too short for seqlets of {least} bp"
    elif not (sequences * values).any():
        reason = f"all contributions of the {len(sequences)} sequences are zero"
    else:
        return _discovered(sequences, values, window_bp=window_bp, config=config)
    return PatternSearch([], reason, window_bp)


def _checked(one_hot: OneHot, hypothetical: BaseValues) -> tuple[OneHot, BaseValues]:
    """The arrays, after a check that they belong together."""
    if one_hot.shape != hypothetical.shape or one_hot.ndim != 3:
        raise InputError(
            f"one_hot and hypothetical must both have the shape (sequences, 4, length); got {one_hot.shape} "
            f"and {hypothetical.shape}"
        )
    if len(one_hot) == 0:
        raise InputError("a search for patterns needs sequences; got none")
    if not np.isfinite(hypothetical).all():
        n_wrong = int((~np.isfinite(hypothetical)).any(axis=(1, 2)).sum())
        raise InputError(f"contributions must be finite; {n_wrong} of {len(one_hot)} sequences have NaN or infinity")
    return one_hot, hypothetical


def _middle(array: np.ndarray, length: int) -> np.ndarray:
    """The middle of the last axis, as modisco-lite cuts it."""
    start = array.shape[-1] // 2 - length // 2
    return array[..., start : start + length]


def _discovered(
    sequences: np.ndarray, hypothetical: np.ndarray, *, window_bp: int, config: PatternConfig
) -> PatternSearch:
    """Run modisco-lite on arrays with the channels last."""
    tfmodisco = _import_tfmodisco()
    with warnings.catch_warnings(), _merging_ends(tfmodisco.aggregator):
        # 0 / 0 where all window sums are equal, forks beside threads: modisco-lite handles both itself
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            found = tfmodisco.TFMoDISco(
                one_hot=sequences,
                hypothetical_contribs=hypothetical,
                sliding_window_size=config.sliding_window_bp,
                flank_size=config.flank_bp,
                min_metacluster_size=config.min_seqlets,
                max_seqlets_per_metacluster=config.max_seqlets,
                target_seqlet_fdr=config.fdr,
                min_passing_windows_frac=config.min_passing,
                max_passing_windows_frac=config.max_passing,
                n_leiden_runs=config.n_leiden_runs,
                trim_to_window_size=config.trim_bp,
                initial_flank_to_add=config.initial_flank_bp,
                final_flank_to_add=config.final_flank_bp,
                final_min_cluster_size=config.min_cluster_size,
            )
        except (ArithmeticError, IndexError, ValueError) as error:
            # It has no word for "nothing here": odd inputs end in an error from deep inside.
            return PatternSearch([], f"TF-MoDISco stopped: {type(error).__name__}: {error}", window_bp)
        patterns = [
            _as_pattern(one, f"{sign}_pattern_{number}")
            for sign, several in zip(("pos", "neg"), found, strict=True)
            for number, one in enumerate(several or [])
        ]
        reason = "" if patterns else _why_none(sequences, hypothetical, config)
    return PatternSearch(patterns, reason, window_bp)


def _import_tfmodisco() -> Any:
    """The module of modisco-lite that does the work, imported late: it brings clustering libraries and plugins."""
    try:
        from modiscolite import tfmodisco
    except ImportError as error:
        raise MissingExtraError("modisco-lite", "patterns") from error
    return tfmodisco


@contextmanager
def _merging_ends(aggregator: Any) -> Iterator[None]:
    """Keep modisco-lite from merging the same two patterns forever.

    It merges similar patterns until there is nothing left to merge. A merged pattern none of whose seqlets can be
    extended within its sequence is dropped, its two parents stay, and the next round merges them again. Here
    the larger parent replaces both when that has happened a few times, which no search that ends would notice.
    """
    merge, polish = aggregator.merge_in_seqlets_filledges, aggregator.polish_pattern
    dropped, parents = Counter(), []

    def merge_and_note(*, parent_pattern: Any, **options: Any) -> Any:
        parents[:] = [parent_pattern]
        return merge(parent_pattern=parent_pattern, **options)

    def polish_or_keep_parent(pattern: Any, **options: Any) -> Any:
        polished, parent = polish(pattern, **options), parents.pop() if parents else None
        if polished is not None:
            return polished
        key = frozenset(seqlet.string for seqlet in pattern.seqlets)
        dropped[key] += 1
        return parent if dropped[key] > _MAX_DROPS else None

    aggregator.merge_in_seqlets_filledges, aggregator.polish_pattern = merge_and_note, polish_or_keep_parent
    try:
        yield
    finally:
        aggregator.merge_in_seqlets_filledges, aggregator.polish_pattern = merge, polish


def _as_pattern(seqlet_set: Any, name: str) -> Pattern:
    """A SeqletSet of modisco-lite as a pattern, with the channels before the length."""
    seqlets = seqlet_set.seqlets
    subpatterns = seqlet_set.subcluster_to_subpattern or {}
    arrays = ((one.sequence, one.contrib_scores, one.hypothetical_contribs) for one in seqlets)
    stacked = (np.stack(values).transpose(0, 2, 1) for values in zip(*arrays, strict=True))
    matrices = (seqlet_set.sequence, seqlet_set.contrib_scores, seqlet_set.hypothetical_contribs)
    ppm, cwm, hcwm = (np.asarray(matrix, dtype=np.float64).T for matrix in matrices)
    return Pattern(
        name,
        ppm,
        cwm,
        hcwm,
        seqlets=seqlet_table(
            [one.example_idx for one in seqlets],
            [one.start for one in seqlets],
            [one.end for one in seqlets],
            [bool(one.is_revcomp) for one in seqlets],
        ),
        values=SeqletValues(*stacked),
        subpatterns=tuple(_as_pattern(one, f"subpattern_{number}") for number, one in subpatterns.items()),
    )


def _why_none(sequences: np.ndarray, hypothetical: np.ndarray, config: PatternConfig) -> str:
    """Count the seqlets of each sign to say why there is no pattern."""
    from modiscolite import extract_seqlets

    sums = (sequences * hypothetical).sum(axis=2)
    seqlets, threshold = extract_seqlets.extract_seqlets(
        attribution_scores=sums,
        window_size=config.sliding_window_bp,
        flank=config.flank_bp,
        suppress=int(0.5 * config.sliding_window_bp) + config.flank_bp,
        target_fdr=config.fdr,
        min_passing_windows_frac=config.min_passing,
        max_passing_windows_frac=config.max_passing,
        weak_threshold_for_counting_sign=0.8,
    )
    totals = np.array(
        [sums[one.example_idx, one.start + config.flank_bp : one.end - config.flank_bp].sum() for one in seqlets]
    )
    n_positive, n_negative = int((totals > threshold).sum()), int((totals < -threshold).sum())
    counts = f"{n_positive} seqlets of positive and {n_negative} of negative contribution stand out"
    if max(n_positive, n_negative) <= config.min_seqlets:
        return f"{counts}; more than {config.min_seqlets} of one sign are needed (min_seqlets): give more sequences"
    width = config.trim_bp + 2 * config.initial_flank_bp
    near_end = f" (those that cannot be extended to {width} bp within the window of {sequences.shape[1]} bp are lost)"
    return (
        f"{counts}{near_end}, but no cluster of at least {config.min_cluster_size} of them is alike enough: "
        "the model may have learnt no motif, or sequences are few"
    )
