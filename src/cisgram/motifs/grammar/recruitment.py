"""Who recruits whom: whose reads lie at whose motif, sharp or diffuse, and not because of another motif near.

A track is *direct* at a pattern where its reads are more than elsewhere and its footprint is sharp. Where they are
more but diffuse, the protein at the motif may hold it: the pattern *recruits* the track. But a protein that sits
on a motif of its own close by, at one distance here and at another there, leaves a diffuse footprint as well: then the
track is only *beside* the pattern. The two differ at the hits that are *alone*, those without any other pattern near
that explains the track's reads. So, for each track, patterns are taken one after the other while reads at their hits
are clearly more than elsewhere: sharp ones before diffuse ones, and of these the one with most reads first. After
each, only hits without any taken pattern near are looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from cisgram.arrays import Counts
from cisgram.errors import ConfigError, InputError
from cisgram.motifs.grammar.footprints import hits_inside, reads_at
from cisgram.motifs.grammar.sharpness import SMOOTH_BP, Sharpness, sharpness

RECRUITMENT_COLUMNS = (
    "pattern",
    "track",
    "n_hits",
    "mean_reads",
    "background_reads",
    "fold",
    "n_alone",
    "mean_reads_alone",
    "fold_alone",
    "fold_alone_low",
    "fold_alone_high",
    "sharpness",
    "sharpness_low",
    "sharpness_high",
    "is_own",
    "relation",
)
"""Columns of a table of patterns and tracks; see :func:`recruitment`."""
HELD_COLUMNS = ("track", "pattern", "holders", "mean_reads_alone", "sharpness")
"""Columns of a table of who is held where; see :func:`held_tracks`."""
DIRECT, RECRUITED, BESIDE, ABSENT, UNKNOWN = "direct", "recruited", "beside", "absent", "unknown"
"""Relations of a track to a pattern."""

_QUICK_DRAWS = 100


@dataclass(frozen=True)
class RecruitmentConfig:
    """When reads are more, sharp, and not because of another motif near.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    reach_bp: int = 60
    """Reads within this distance of a hit's middle belong to it."""
    min_fold: float = 1.5
    """Reads at hits are more where they are at least this many times the background, with 97.5 % confidence."""
    min_share: float = 0.1
    """And at least this share of the reads at the track's strongest pattern: sites too weak to be hits leave a few."""
    min_sharpness: float = 0.3
    """Least sharpness of a direct footprint. That of ChIP-nexus: assays with longer fragments have blunter ones."""
    alone_bp: int = 150
    """A hit is alone where no other pattern that explains the track's reads lies within this distance."""
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
        if self.min_fold <= 1 or not 0 < self.min_sharpness < 1 or not 0 <= self.min_share < 1:
            raise ConfigError(
                f"min_fold must be above 1, min_sharpness between 0 and 1, min_share at least 0 and below 1; got {self}"
            )


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
        that stand for the same motif should have one name, or none of them is ever alone. Windows may overlap: what is
        near is told by places on the genome.
    observed
        Reads, ``window track strand length``, of all tracks in the windows of all.
    windows
        Interval table of the windows that the reads are of, with the rows that hits refer to.
    tracks
        Their names.
    owners
        Of each pattern, the track in whose contributions it was found; only told again in the column ``is_own``.
    config
        When reads are more, sharp, and not because of another motif.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`RECRUITMENT_COLUMNS`, one row per pattern and track. Reads are per hit, of both strands, within
        ``reach_bp``; ``background_reads`` is the mean of as long a stretch of windows more than twice ``reach_bp`` from
        all hits; ``fold`` is the ratio of the two, with half a read added to each. ``n_alone`` hits have no other
        pattern near at which the track is direct or recruited, and what ends in ``_alone`` is of these. So is the
        sharpness (:func:`cisgram.motifs.grammar.sharpness.sharpness`), but of all hits where too few are alone; it is
        NaN where enough are alone and have no more reads, and where hits have no shape in common: then ``recruited``
        stands on the number of reads alone.
        ``relation`` is ``direct``, ``recruited``, ``beside`` (more reads, but not at hits that are alone), ``absent``
        (no more reads) or ``unknown`` (too few hits; or more reads, but too few hits that are alone).

    Raises
    ------
    InputError
        Reads do not fit tracks or windows.
    """
    if observed.shape[1] != len(tracks) or observed.shape[2] != 2:
        raise InputError(f"reads need {len(tracks)} tracks of two strands; got the shape {observed.shape}")
    inside = hits_inside(hits, windows, reach_bp=config.reach_bp).reset_index(drop=True)
    names = list(dict.fromkeys(hits["pattern"]))
    if inside.empty:
        reads = np.zeros((0, len(tracks), 2, 2 * config.reach_bp + 1))
    else:
        reads = reads_at(inside, observed, windows, reach_bp=config.reach_bp).values
    background = _background(hits, observed, windows, config)
    is_near = _near(inside, hits, names, config.alone_bp)
    is_of = (
        np.stack([(inside["pattern"] == name).to_numpy(dtype=bool) for name in names]) if names else np.zeros((0, 0))
    )
    rows = []
    for number, track in enumerate(tracks):
        one = _Track(reads[:, number], float(background[number]), is_of, is_near)
        explaining = _explaining(one, config)
        for at, name in enumerate(names):
            numbers, relation = _row(one, at, explaining, config)
            rows.append((at, name, track, *numbers, (owners or {}).get(name) == track, relation))
    table = pd.DataFrame(rows, columns=["_at", *RECRUITMENT_COLUMNS]).sort_values("_at", kind="stable")
    return table[list(RECRUITMENT_COLUMNS)].reset_index(drop=True)


def held_tracks(table: pd.DataFrame) -> pd.DataFrame:
    """Say who recruits whom: each track that is held at a motif, and by whom.

    Parameters
    ----------
    table
        From :func:`recruitment`.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`HELD_COLUMNS`, most reads first: ``track`` is held at ``pattern`` by the proteins of ``holders``,
        the tracks that are direct there, joined by commas; empty where none is, since the protein that sits there
        has no experiment.
    """
    direct = table.loc[table["relation"] == DIRECT].groupby("pattern", sort=False)["track"].agg(",".join).to_dict()
    held = table.loc[table["relation"] == RECRUITED].sort_values("mean_reads_alone", ascending=False, kind="stable")
    held = held.assign(holders=[direct.get(pattern, "") for pattern in held["pattern"]])
    return held[list(HELD_COLUMNS)].reset_index(drop=True)


class _Track(NamedTuple):
    """One track at all hits."""

    reads: Float[np.ndarray, "hit strand offset"]
    background: float
    is_of: Bool[np.ndarray, "pattern hit"]
    """Which hits each pattern has."""
    is_near: Bool[np.ndarray, "hit pattern"]
    """Which patterns each hit has near."""

    def alone(self, pattern: int, explaining: Sequence[int]) -> np.ndarray:
        """Hits of a pattern without any other explaining one near."""
        others = [one for one in explaining if one != pattern]
        return self.is_of[pattern] & ~self.is_near[:, others].any(axis=1)


class _Fold(NamedTuple):
    """Reads at some hits, relative to the background."""

    n: int
    mean: float
    fold: float
    low: float
    high: float


def _explaining(track: _Track, config: RecruitmentConfig) -> list[int]:
    """Patterns that explain the reads of a track, the strongest first."""
    chosen: list[int] = []
    strongest = 0.0
    looks: dict[tuple[int, bytes], tuple[_Fold, bool]] = {}
    while True:
        found = {}
        for one in sorted(set(range(len(track.is_of))) - set(chosen)):
            is_alone = track.alone(one, chosen)
            key = one, is_alone.tobytes()
            looks[key] = looks[key] if key in looks else _look(track, is_alone, config)
            found[one] = looks[key]
        least = config.min_share * strongest
        good = [one for one, (fold, _) in found.items() if fold.low >= config.min_fold and fold.mean >= least]
        if not good:
            return chosen
        chosen.append(max(good, key=lambda one: (found[one][1], found[one][0].mean)))
        strongest = max(strongest, found[chosen[-1]][0].mean)


def _look(track: _Track, chosen: np.ndarray, config: RecruitmentConfig) -> tuple[_Fold, bool]:
    """Reads at the chosen hits, and whether their footprint is clearly sharp."""
    fold = _fold(track, chosen, config)
    if not fold.low >= config.min_fold:
        return fold, False
    sharp = sharpness(track.reads[chosen], n_draws=min(config.n_draws, _QUICK_DRAWS), seed=config.seed)
    return fold, sharp.low >= config.min_sharpness


def _row(
    track: _Track, pattern: int, explaining: Sequence[int], config: RecruitmentConfig
) -> tuple[tuple[float, ...], str]:
    """The numbers of one pattern, and its relation to the track."""
    everywhere = _fold(track, track.is_of[pattern], config)
    is_alone = track.alone(pattern, explaining)
    alone = _fold(track, is_alone, config)
    has_alone = alone.n >= config.min_hits
    sharp = Sharpness(np.nan, np.nan, np.nan)
    if everywhere.n >= config.min_hits and (pattern in explaining or not has_alone):
        chosen = is_alone if has_alone else track.is_of[pattern]
        sharp = sharpness(track.reads[chosen], n_draws=config.n_draws, seed=config.seed)
    numbers = (everywhere.n, everywhere.mean, track.background, everywhere.fold, *alone, *sharp)
    if everywhere.n < config.min_hits:
        return numbers, UNKNOWN
    if everywhere.fold < config.min_fold:
        return numbers, ABSENT
    if pattern in explaining:
        return numbers, DIRECT if sharp.score >= config.min_sharpness else RECRUITED
    return numbers, UNKNOWN if alone.n < config.min_hits else BESIDE


def _fold(track: _Track, chosen: np.ndarray, config: RecruitmentConfig) -> _Fold:
    """Reads at the chosen hits; no interval where they are too few."""
    totals = track.reads[chosen].sum(axis=(1, 2))
    n = len(totals)
    if n == 0:
        return _Fold(0, np.nan, np.nan, np.nan, np.nan)
    mean, floor = float(totals.mean()), track.background + 0.5
    if n < config.min_hits:
        return _Fold(n, mean, (mean + 0.5) / floor, np.nan, np.nan)
    rng = np.random.default_rng(config.seed)
    means = rng.multinomial(n, np.full(n, 1 / n), size=config.n_draws) @ totals / n
    low, high = np.quantile((means + 0.5) / floor, [0.025, 0.975])
    return _Fold(n, mean, (mean + 0.5) / floor, float(low), float(high))


def _near(
    inside: pd.DataFrame, hits: pd.DataFrame, names: Sequence[str], distance_bp: int
) -> Bool[np.ndarray, "hit pattern"]:
    """Which patterns have a hit within a distance of each hit, between middles, on the genome: windows may overlap."""
    near = np.zeros((len(inside), len(names)), dtype=bool)
    own, theirs = (_on_one_line(table, hits, 2 * distance_bp) for table in (inside, hits))
    for number, name in enumerate(names):
        line = np.sort(theirs[(hits["pattern"] == name).to_numpy()])
        reach = np.searchsorted(line, own + 2 * distance_bp, side="right")
        near[:, number] = reach > np.searchsorted(line, own - 2 * distance_bp)
    return near


def _on_one_line(table: pd.DataFrame, hits: pd.DataFrame, room2: int) -> np.ndarray:
    """Twice the middles, contigs one after the other, so far apart that what lies on another is never near."""
    number = {chrom: at for at, chrom in enumerate(pd.unique(hits["chrom"]))}
    length2 = 2 * int(hits["end"].max()) + room2 + 1 if len(hits) else 1
    middle2 = (table["start"] + table["end"]).to_numpy(dtype=np.int64)
    return table["chrom"].map(number).to_numpy(dtype=np.int64) * length2 + middle2


def _background(hits: pd.DataFrame, observed: Counts, windows: pd.DataFrame, config: RecruitmentConfig) -> np.ndarray:
    """Mean reads of every track in a stretch as long as that of a hit, far from all hits; else anywhere."""
    length, reach = observed.shape[-1], 2 * config.reach_bp
    is_far = np.ones((len(windows), length), dtype=bool)
    middles = {chrom: np.sort(own) for chrom, own in _middles_by_contig(hits)}
    for row, (chrom, start) in enumerate(zip(windows["chrom"], windows["start"], strict=True)):
        own = middles.get(chrom, np.zeros(0, dtype=np.int64)) - start
        for place in own[np.searchsorted(own, -reach) : np.searchsorted(own, length + reach)]:
            is_far[row, max(place - reach, 0) : max(place + reach + 1, 0)] = False
    if is_far.sum() < length:
        is_far[:] = True
    totals = observed.sum(axis=2)  # window track strand length -> window track length
    return np.array([totals[:, track][is_far].mean() for track in range(observed.shape[1])]) * (2 * config.reach_bp + 1)


def _middles_by_contig(hits: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    """Middle bases of the hits of each contig."""
    for chrom, own in hits.groupby("chrom", sort=False):
        yield str(chrom), ((own["start"] + own["end"]) // 2).to_numpy(dtype=np.int64)
