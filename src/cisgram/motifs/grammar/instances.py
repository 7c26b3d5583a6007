"""Instances: where the patterns of a model lie in the windows whose contributions are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import BaseValues, Codes, OneHot, PerBase, Positions, Totals
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.pattern import Pattern
from cisgram.genomics.sequence import codes_of
from cisgram.motifs.grammar.contribution_matches import match_everywhere
from cisgram.motifs.grammar.distinct import best_of_overlapping

INSTANCE_COLUMNS = (
    "chrom",
    "start",
    "end",
    "strand",
    "pattern",
    "window",
    "match",
    "match_percentile",
    "contribution",
    "contribution_percentile",
    "pwm_score",
)
"""Columns of a table of instances; see :func:`find_instances`."""
PWM_BACKGROUND: PerBase = np.array([0.27, 0.23, 0.23, 0.27])
"""Shares of A, C, G and T that log odds refer to; those of the published analysis."""
PWM_BACKGROUND.flags.writeable = False

_PSEUDOSHARE = 0.01
_WINDOWS_AT_ONCE = 1024
_SAME = 1e-6
"""A seqlet in its window must be as good as itself, although float32 rounds and strands add up in another order."""


@dataclass(frozen=True)
class InstanceConfig:
    """What counts as an instance of a pattern. The percentiles are those of the published analysis of BPNet.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    min_match_percentile: float = 0.2
    """At least this share of the pattern's own seqlets fit it no better; an instance is never worse than all."""
    min_contribution_percentile: float = 0.01
    """At least this share of the pattern's own seqlets have no higher contribution; never less than all."""
    min_pwm_score: float | None = None
    """Least log odds of the sequence in bits; the published analysis also looked at those above 0. None for any."""
    trim_share: float = 0.3
    """Patterns are cut to their informative part, :meth:`cisgram.genomics.pattern.Pattern.informative_part`."""
    max_shared: float = 0.0
    """Two instances of one pattern, on any strands, may share this part of their width."""

    def __post_init__(self) -> None:
        for name in ("min_match_percentile", "min_contribution_percentile"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} is a share from 0 to 1; got {getattr(self, name)}")
        if not 0 <= self.trim_share <= 1 or not 0 <= self.max_shared < 1:
            raise ConfigError(
                f"trim_share is 0 to 1 and max_shared at least 0 and below 1; got {self.trim_share}, {self.max_shared}"
            )


def find_instances(
    patterns: Sequence[Pattern],
    one_hot: OneHot,
    contributions: BaseValues,
    windows: pd.DataFrame,
    *,
    config: InstanceConfig = InstanceConfig(),
) -> pd.DataFrame:
    """Find the instances of patterns by the contributions of windows.

    At every place and on both strands, the contributions are compared with the trimmed CWM (``match``, see
    :mod:`cisgram.motifs.grammar.contribution_matches`), and their absolute values added up (``contribution``). Both
    are then ranked among the pattern's own seqlets. Time is linear in windows, their length and patterns; memory
    beyond the arguments does not grow with the number of windows, but with that of instances.

    Parameters
    ----------
    patterns
        No two of one name, with the values of their seqlets.
    one_hot
        Sequences of the windows, ``window 4 length``; N is zeros.
    contributions
        Hypothetical or projected contributions; those of bases that are not there are not looked at.
    windows
        Interval table, one row per sequence and of its length.
    config
        What counts as an instance.

    Returns
    -------
    pandas.DataFrame
        Interval table with the columns :data:`INSTANCE_COLUMNS`, by window, start and pattern. ``window`` is the row;
        a percentile is the share of the pattern's seqlets that are no better, 0 to 1; ``pwm_score`` is the log odds of
        the sequence in bits, ``sum log2((p + 0.01) / q)`` with the proportions of the pattern and
        :data:`PWM_BACKGROUND`. Of instances of one pattern that overlap, on either strand, the best match stays (the
        forward strand of two equal ones), so that a palindrome counts once. Where windows overlap, a site may be in
        several of them: see :func:`cisgram.motifs.grammar.distinct.distinct_hits`. Instances that begin before
        the first base of a contig are left out.

    Raises
    ------
    InputError
        Two patterns share a name, a pattern has no seqlet values or no contribution, or arrays and windows do not fit.

    References
    ----------
    Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax. Nature
    Genetics.
    """
    _check(patterns, one_hot, contributions, windows)
    trimmed = [pattern.trimmed(share=config.trim_share) for pattern in patterns]
    seqlets = [_SeqletScores.of(pattern) for pattern in trimmed]
    tables = [empty_instances()]
    for first in range(0, len(windows), _WINDOWS_AT_ONCE):
        rows = slice(first, first + _WINDOWS_AT_ONCE)
        codes = codes_of(one_hot[rows])
        values = present_contributions(codes, contributions[rows])
        for pattern, scores in zip(trimmed, seqlets, strict=True):
            found = _in_block(pattern, scores, values, codes, config)
            tables.append(_as_table(pattern.name, pattern.width, found, windows.iloc[rows], first))
    table = pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)
    number = table["pattern"].map({pattern.name: place for place, pattern in enumerate(patterns)}).to_numpy()
    order = np.lexsort((number, table["start"].to_numpy(), table["window"].to_numpy()))
    return table.iloc[order].reset_index(drop=True)


def present_contributions(codes: Codes, contributions: BaseValues) -> np.ndarray:
    """Contributions of the bases that are there, ``window length`` float64; 0 at N."""
    taken = np.take_along_axis(contributions, np.minimum(codes, 3)[:, None, :].astype(np.intp), axis=1)[:, 0]
    return np.where(codes < 4, taken, 0).astype(np.float64)


def empty_instances() -> pd.DataFrame:
    """A table of instances without rows, with the declared types."""
    kinds = dict.fromkeys(INSTANCE_COLUMNS, np.float64) | dict.fromkeys(("chrom", "strand", "pattern"), str)
    kinds |= dict.fromkeys(("start", "end", "window"), np.int64)
    return pd.DataFrame({name: pd.Series([], dtype=kinds[name]) for name in INSTANCE_COLUMNS})


class _Found(NamedTuple):
    """Instances of one pattern in a block of windows."""

    row: Positions
    start: Positions
    is_reverse: np.ndarray
    match: Totals
    match_percentile: Totals
    total: Totals
    total_percentile: Totals
    pwm_score: Totals


class _SeqletScores(NamedTuple):
    """Matches and totals of a pattern's own seqlets, in rising order."""

    match: Totals
    total: Totals

    @classmethod
    def of(cls, pattern: Pattern) -> "_SeqletScores":
        assert pattern.values is not None
        sequences, contributions = pattern.values.sequences, pattern.values.contributions
        codes = codes_of(sequences)
        values = present_contributions(codes, np.asarray(contributions, dtype=np.float64))
        places = match_everywhere(values, codes, pattern.cwm.astype(np.float64))
        return cls(np.sort(places.match[:, 0, 0]) - _SAME, np.sort(places.total[:, 0]) * (1 - _SAME))


def _least(ordered: Totals, percentile: float) -> float:
    """The lowest value that reaches a percentile, and is no worse than all."""
    return float(ordered[max(int(np.ceil(percentile * len(ordered) - 1e-9)), 1) - 1])


def _in_block(
    pattern: Pattern, seqlets: _SeqletScores, values: np.ndarray, codes: Codes, config: InstanceConfig
) -> _Found:
    """Score a block of windows, keep what is good enough, and of what overlaps the best."""
    min_total = _least(seqlets.total, config.min_contribution_percentile)
    places = match_everywhere(values, codes, pattern.cwm.astype(np.float64), min_total=min_total)
    row, strand, start = np.nonzero(places.match >= _least(seqlets.match, config.min_match_percentile))
    match, total = places.match[row, strand, start], places.total[row, start]
    score = pwm_scores(pattern.ppm, codes, row, start, is_reverse=strand == 1)
    if config.min_pwm_score is not None:
        good = score >= config.min_pwm_score
        row, strand, start, match, total, score = (one[good] for one in (row, strand, start, match, total, score))
    order = np.lexsort((strand, start, row))
    row, strand, start, match, total, score = (one[order] for one in (row, strand, start, match, total, score))
    # Rounded, or noise in the last bit would decide between the strands of a palindrome.
    quality = [match.round(9), total.round(9)]
    kept = best_of_overlapping(row, start, start + pattern.width, quality, max_shared=config.max_shared)
    row, strand, start, match, total, score = (one[kept] for one in (row, strand, start, match, total, score))
    percentiles = [
        np.searchsorted(ordered, value, side="right") / len(ordered)
        for ordered, value in zip(seqlets, (match, total), strict=True)
    ]
    return _Found(row, start, strand == 1, match, percentiles[0], total, percentiles[1], score)


def pwm_scores(
    ppm: np.ndarray, codes: Codes, row: Positions, start: Positions, *, is_reverse: np.ndarray
) -> np.ndarray:
    """Log odds in bits of the sequences at some places: ``sum log2((p + 0.01) / q)``; N scores 0.

    Parameters
    ----------
    ppm
        Proportions, ``4 width``.
    codes
        Sequences, ``window length``.
    row, start
        Window and first base of every place.
    is_reverse
        Whether the place is read on the reverse strand.
    """
    width = ppm.shape[1]
    forward = np.zeros((5, width))
    forward[:4] = np.log2((ppm + _PSEUDOSHARE) / PWM_BACKGROUND[:, None])
    backward = np.zeros((5, width))
    backward[:4] = forward[:4][::-1, ::-1]
    columns = np.arange(width)
    words = codes[row[:, None], start[:, None] + columns]
    return np.where(is_reverse, backward[words, columns].sum(axis=1), forward[words, columns].sum(axis=1))


def _as_table(name: str, width: int, found: _Found, windows: pd.DataFrame, first: int) -> pd.DataFrame:
    """Instances of a block as rows with positions on the genome."""
    start = windows["start"].to_numpy()[found.row] + found.start
    columns = (
        windows["chrom"].to_numpy()[found.row],
        start,
        start + width,
        np.where(found.is_reverse, "-", "+"),
        name,
        found.row + first,
        found.match,
        found.match_percentile,
        found.total,
        found.total_percentile,
        found.pwm_score,
    )
    table = pd.DataFrame(dict(zip(INSTANCE_COLUMNS, columns, strict=True)))
    return table.loc[start >= 0].astype({"chrom": str, "strand": str, "pattern": str})


def _check(patterns: Sequence[Pattern], one_hot: OneHot, contributions: BaseValues, windows: pd.DataFrame) -> None:
    """Patterns can be ranked, and arrays and windows belong together."""
    names = [pattern.name for pattern in patterns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"patterns need names of their own; several are named {twice[0]}; rename all but one")
    for pattern in patterns:
        if pattern.values is None or not pattern.n_seqlets:
            raise InputError(f"{pattern.name} has no values of its seqlets to rank instances by; read them with it")
        if not np.abs(pattern.cwm).sum() > 0:
            raise InputError(f"{pattern.name} has no contribution: its CWM is zero")
    if one_hot.shape != contributions.shape or one_hot.ndim != 3 or len(one_hot) != len(windows):
        raise InputError(
            f"one_hot and contributions need the shape (windows, 4, length), and a row per window; got "
            f"{one_hot.shape}, {contributions.shape} and {len(windows)} windows"
        )
    lengths = (windows["end"] - windows["start"]).to_numpy()
    if (lengths != one_hot.shape[-1]).any():
        row = int(np.argmax(lengths != one_hot.shape[-1]))
        raise InputError(
            f"windows are as long as their sequences, {one_hot.shape[-1]} bp; row {row} has {lengths[row]}"
        )
    if not np.isfinite(contributions).all():
        raise InputError("contributions must be finite; some are NaN or infinite")
