"""Who recruits whom: whose reads lie at whose motif, sharp or diffuse, and with none of their own motifs near.

A track is *direct* at a pattern where its reads are more than elsewhere and its footprint is sharp. Where reads are
more but diffuse, there are two explanations: the protein sits on a motif of its own close by, at one distance here
and at another there; or the protein at this motif holds it. Only the second leaves reads at the hits that have none of
the track's direct patterns near. There, the pattern *recruits* the track; otherwise the track is only *beside* it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import Counts, Mask
from cisgram.errors import ConfigError, InputError
from cisgram.motifs.grammar.footprints import hits_inside, reads_at
from cisgram.motifs.grammar.sharpness import SMOOTH_BP, sharpness

RECRUITMENT_COLUMNS = (
    "pattern",
    "track",
    "n_hits",
    "mean_reads",
    "background_reads",
    "fold",
    "sharpness",
    "sharpness_low",
    "sharpness_high",
    "n_alone",
    "fold_alone",
    "fold_alone_low",
    "fold_alone_high",
    "is_own",
    "relation",
)
"""Columns of a table of patterns and tracks; see :func:`recruitment`."""
DIRECT, RECRUITED, BESIDE, ABSENT, UNKNOWN = "direct", "recruited", "beside", "absent", "unknown"
"""Relations of a track to a pattern."""


@dataclass(frozen=True)
class RecruitmentConfig:
    """When reads are more, sharp, and without a motif of their own near.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    reach_bp: int = 60
    """Reads within this distance of a hit's middle belong to it."""
    min_fold: float = 1.5
    """Reads at hits are more where they are at least this many times the background."""
    min_sharpness: float = 0.3
    """Least sharpness of a direct footprint. That of ChIP-nexus: assays with longer fragments have blunter ones."""
    alone_bp: int = 150
    """A hit is alone for a track where none of its direct patterns lies within this distance."""
    min_hits: int = 10
    """Fewer hits say nothing."""
    n_draws: int = 400
    """Draws of hits for intervals, of 95 %."""
    seed: int = 1
    """Seed of the draws."""

    def __post_init__(self) -> None:
        if 2 * self.reach_bp + 1 < 3 * SMOOTH_BP or self.alone_bp < 0 or self.min_hits < 5 or self.n_draws < 1:
            raise ConfigError(
                f"reach_bp must be at least {3 * SMOOTH_BP // 2}, alone_bp at least 0, min_hits at least 5, n_draws at "
                f"least 1; got {self}"
            )
        if self.min_fold <= 1 or not 0 < self.min_sharpness < 1:
            raise ConfigError(f"min_fold must be above 1 and min_sharpness between 0 and 1; got {self}")


def recruitment(
    hits: pd.DataFrame,
    observed: Counts,
    windows: pd.DataFrame,
    tracks: Sequence[str],
    *,
    owners: Mapping[str, str] | None = None,
    config: RecruitmentConfig = RecruitmentConfig(),
) -> pd.DataFrame:
    """Tell at which patterns each track binds, and at which it is held by another protein.

    Parameters
    ----------
    hits
        Hits of the patterns of all tracks, ``chrom, start, end, strand, pattern, window``, each site once. Patterns
        that stand for the same motif should have one name.
    observed
        Reads, ``window track strand length``, of all tracks in the windows of all.
    windows
        Interval table of the windows that the reads are of, with the rows that hits refer to.
    tracks
        Their names.
    owners
        Of each pattern, the track in whose contributions it was found; only told again in the column ``is_own``.
    config
        When reads are more, sharp, and alone.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`RECRUITMENT_COLUMNS`, one row per pattern and track. Reads are per hit, of both strands, within
        ``reach_bp``; ``background_reads`` is the mean of as long a stretch of windows more than twice ``reach_bp`` from
        all hits; ``fold`` the ratio of the two, with half a read added to each. ``sharpness`` is that of
        :func:`cisgram.motifs.grammar.sharpness.sharpness`. ``n_alone`` hits have none of the track's direct patterns
        near (other than this one), and ``fold_alone`` is that of these; its interval is over hits. ``relation``:
        ``direct`` (more reads, sharp), ``recruited`` (more, diffuse, and more also at hits that are alone: the low end
        of the interval reaches ``min_fold``), ``beside`` (more, diffuse, but not there), ``absent`` (not more), or
        ``unknown`` (too few hits; or more and diffuse, but too few that are alone).
    """
    if observed.shape[1] != len(tracks) or observed.shape[2] != 2:
        raise InputError(f"reads need {len(tracks)} tracks of two strands; got the shape {observed.shape}")
    inside = hits_inside(hits, windows, reach_bp=config.reach_bp).reset_index(drop=True)
    background = _background(hits, observed, windows, config)
    names = list(dict.fromkeys(hits["pattern"]))
    reads = {
        name: reads_at(own, observed, windows, reach_bp=config.reach_bp).values
        for name, own in inside.groupby("pattern", sort=False)
    }
    rows = []
    for name in names:
        for number, track in enumerate(tracks):
            cut = reads[name][:, number] if name in reads else np.zeros((0, 2, 2 * config.reach_bp + 1))
            rows.append([name, track, *_first_look(cut, float(background[number]), config)])
    table = pd.DataFrame(rows, columns=list(RECRUITMENT_COLUMNS[:9]))
    is_more = (table["fold"] >= config.min_fold) & (table["n_hits"] >= config.min_hits)
    is_sharp = table["sharpness"] >= config.min_sharpness
    direct = {track: set(table["pattern"][is_more & is_sharp & (table["track"] == track)]) for track in tracks}
    places = {name: np.flatnonzero((inside["pattern"] == name).to_numpy()) for name in names}
    alone = []
    for name in names:
        for number, track in enumerate(tracks):
            is_alone = ~_near(inside.iloc[places[name]], hits, direct[track] - {name}, config.alone_bp)
            totals = reads[name][is_alone, number].sum(axis=(1, 2)) if name in reads else np.zeros(0)
            alone.append(_fold_with_interval(totals, float(background[number]), config))
    table[list(RECRUITMENT_COLUMNS[9:13])] = alone
    table["n_alone"] = table["n_alone"].astype(np.int64)
    own = owners or {}
    table["is_own"] = [own.get(pattern) == track for pattern, track in zip(table["pattern"], table["track"], strict=True)]
    table["relation"] = _relations(table, is_more, is_sharp, config)
    return table[list(RECRUITMENT_COLUMNS)]


def _first_look(cut: np.ndarray, background: float, config: RecruitmentConfig) -> tuple[float, ...]:
    """Hits, their reads against the background, and how sharp they are."""
    mean = float(cut.sum(axis=(1, 2)).mean()) if len(cut) else np.nan
    is_enough = len(cut) >= config.min_hits
    score = sharpness(cut, n_draws=config.n_draws, seed=config.seed) if is_enough else (np.nan,) * 3
    return len(cut), mean, background, (mean + 0.5) / (background + 0.5), *score


def _fold_with_interval(
    totals: np.ndarray, background: float, config: RecruitmentConfig
) -> tuple[int, float, float, float]:
    """Number of hits, their reads relative to the background, and the interval of that."""
    if len(totals) < config.min_hits:
        return len(totals), np.nan, np.nan, np.nan
    rng = np.random.default_rng(config.seed)
    n = len(totals)
    means = rng.multinomial(n, np.full(n, 1 / n), size=config.n_draws) @ totals / n
    low, high = np.quantile((means + 0.5) / (background + 0.5), [0.025, 0.975])
    return n, float((totals.mean() + 0.5) / (background + 0.5)), float(low), float(high)


def _relations(table: pd.DataFrame, is_more: pd.Series, is_sharp: pd.Series, config: RecruitmentConfig) -> np.ndarray:
    """What each row says."""
    is_few = table["n_hits"] < config.min_hits
    is_left = table["fold_alone_low"] >= config.min_fold
    is_untold = table["n_alone"] < config.min_hits
    conditions = [is_few, ~is_more, is_sharp, is_untold, is_left]
    return np.select(conditions, [UNKNOWN, ABSENT, DIRECT, UNKNOWN, RECRUITED], BESIDE)


def _near(hits: pd.DataFrame, others: pd.DataFrame, patterns: set[str], distance_bp: int) -> Mask:
    """Which hits have one of some patterns within a distance, between middles, in their window."""
    wanted = others.loc[others["pattern"].isin(list(patterns)).to_numpy()]
    near = np.zeros(len(hits), dtype=bool)
    places = {window: middles for window, middles in _middles(wanted).groupby(wanted["window"].to_numpy())}
    for row, (window, middle) in enumerate(zip(hits["window"], _middles(hits), strict=True)):
        if window in places:
            near[row] = bool((np.abs(places[window].to_numpy() - middle) <= distance_bp).any())
    return near


def _middles(hits: pd.DataFrame) -> pd.Series:
    return (hits["start"] + hits["end"]) / 2


def _background(hits: pd.DataFrame, observed: Counts, windows: pd.DataFrame, config: RecruitmentConfig) -> np.ndarray:
    """Mean reads of every track in a stretch as long as that of a hit, far from all hits; else anywhere."""
    length = observed.shape[-1]
    is_far = np.ones((len(windows), length), dtype=bool)
    middle = np.floor(_middles(hits).to_numpy()).astype(np.int64)
    window = hits["window"].to_numpy(dtype=np.int64)
    at = middle - windows["start"].to_numpy(dtype=np.int64)[window]
    for row, place in zip(window, at, strict=True):
        is_far[row, max(place - 2 * config.reach_bp, 0) : max(place + 2 * config.reach_bp + 1, 0)] = False
    if is_far.sum() < length:
        is_far[:] = True
    totals = observed.sum(axis=2)  # window track strand length -> window track length
    return np.array([totals[:, track][is_far].mean() for track in range(observed.shape[1])]) * (2 * config.reach_bp + 1)
