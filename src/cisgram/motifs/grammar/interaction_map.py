"""Who helps whom: what was seen and what a model answered, put together into one directed table."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisgram.errors import ConfigError

MAP_COLUMNS = (
    *("helper", "helped", "track", "relation", "fold", "low", "high", "fold_far", "reach"),
    *("genomic_fold", "genomic_low", "genomic_high", "n_windows"),
    *("odds_ratio", "odds_q", "helical", "period_bp", "period_p"),
)
"""Columns of :func:`interaction_map`. ``fold`` is that of near pairs in backgrounds, ``genomic_fold`` that of instances
in windows; ``helical`` names the sources that show a period of 10 to 11 bp."""

HELPS, HINDERS, NONE, UNSURE = "helps", "hinders", "none", "unsure"
"""Relations. Unsure: backgrounds and windows do not agree, or windows have too few such pairs to tell."""

IN_SILICO, DISTANCES = "in silico", "distances"
"""Where a period is seen; or in contributions, or reads, around the helper."""

_HELICAL_BP = (10.0, 11.0)


@dataclass(frozen=True)
class MapConfig:
    """When one motif helps another.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    min_fold: float = 1.2
    """Least fold in backgrounds; a motif hinders below its inverse."""
    min_genomic_fold: float = 1.1
    """Least fold at instances in windows."""
    min_windows: int = 15
    """Fewer windows with both motifs say nothing about them."""
    max_period_p: float = 0.01
    """Greatest p-value of a helical period."""

    def __post_init__(self) -> None:
        folds = (self.min_fold, self.min_genomic_fold)
        if min(folds) <= 1 or self.min_windows < 1 or not 0 < self.max_period_p < 1:
            raise ConfigError(
                "folds must be above 1, min_windows at least 1, and max_period_p between 0 and 1; got "
                f"{', '.join(map(str, folds))}, {self.min_windows}, {self.max_period_p}"
            )


def interaction_map(
    in_backgrounds: pd.DataFrame,
    in_windows: pd.DataFrame,
    company: pd.DataFrame,
    periods: pd.DataFrame,
    *,
    reads_at: Mapping[str, Sequence[str]],
    found_at: Mapping[str, Sequence[str]],
    config: MapConfig = MapConfig(),
) -> pd.DataFrame:
    """Decide for every ordered pair of motifs whether the first helps the second.

    Parameters
    ----------
    in_backgrounds
        ``helper helped track fold low high fold_far``: of every ordered pair, how many times as much there is at the
        helped motif when the helper is near (with an interval), and when it is far (NaN where that was not asked).
    in_windows
        ``deleted at distance track n fold fold_low fold_high``: the same at instances in windows of the genome, as
        against the helper deleted; ``n`` is the number of windows. Only rows of the distance ``all`` are looked at.
    company
        Co-occurrence of motifs, ``first second odds_ratio q_value``; may be empty.
    periods
        ``source helper helped track peak_bp p_value``; an empty ``track`` stands for all.
    reads_at
        Tracks that are read at each motif: proteins that bind it themselves.
    found_at
        Tracks that have reads at each motif, those that are held there by another protein among them.
    config
        Limits.

    Returns
    -------
    pandas.DataFrame
        :data:`MAP_COLUMNS`, one row per ordered pair and track. A motif ``helps`` where the fold is at least
        ``min_fold`` in backgrounds and at least ``min_genomic_fold`` in windows, with both intervals above 1;
        ``hinders`` is the reverse. Binding that is helped is seen by all proteins that bind there: where several tracks
        are read at a motif and do not agree, the relation is none. A track that is found at both motifs has reads of
        its own at the helper, which a model may not tell from help (in simulated cells without any help it does not, in
        one of three): it has a say only where no other track is read, and then the relation is at most unsure.
    """
    windows = {
        (str(row["deleted"]), str(row["at"]), str(row["track"])): row
        for row in in_windows[in_windows["distance"] == "all"].to_dict("records")
    }
    rows = []
    for near in in_backgrounds.to_dict("records"):
        helper, helped, track = (str(near[name]) for name in ("helper", "helped", "track"))
        if track not in reads_at.get(helped, ()):
            continue
        far, key = float(near["fold_far"]), (helper, helped, track)
        genomic = windows.get(key)
        is_known = genomic is not None and int(genomic["n"]) >= config.min_windows
        relation = _relation(near, genomic if is_known else None, config)
        seen = None if genomic is None else (genomic["fold"], genomic["fold_low"], genomic["fold_high"], genomic["n"])
        rows.append(
            (helper, helped, track, relation, near["fold"], near["low"], near["high"], far, "")
            + (seen or (np.nan, np.nan, np.nan, 0))
            + _odds(company, helper, helped)
            + _helical(periods, helper, helped, track, config)
        )
    table = pd.DataFrame(rows, columns=list(MAP_COLUMNS))
    relations = {
        pair: _agreed(own, found_at.get(str(pair[0]), ()))
        for pair, own in table.groupby(["helper", "helped"], sort=False)
    }
    table = table.assign(relation=[relations[pair] for pair in zip(table["helper"], table["helped"], strict=True)])
    reach = [
        _reach(str(one), float(far), config) for one, far in zip(table["relation"], table["fold_far"], strict=True)
    ]
    return table.assign(reach=reach)


def _agreed(of_pair: pd.DataFrame, at_helper: Sequence[str]) -> str:
    """One relation for a pair, of all tracks that are read at the helped motif; those at the helper count last."""
    is_shared = of_pair["track"].isin(list(at_helper))
    relations = set(of_pair["relation"] if is_shared.all() else of_pair.loc[~is_shared, "relation"])
    relation = relations.pop() if len(relations) == 1 else NONE
    return UNSURE if is_shared.all() and relation in (HELPS, HINDERS) else relation


def _relation(near: Mapping[Hashable, Any], genomic: Mapping[Hashable, Any] | None, config: MapConfig) -> str:
    """What both kinds of evidence say together."""
    in_backgrounds = _side(near["fold"], near["low"], near["high"], config.min_fold)
    if genomic is None:
        return NONE if in_backgrounds == 0 else UNSURE
    in_windows = _side(genomic["fold"], genomic["fold_low"], genomic["fold_high"], config.min_genomic_fold)
    if in_backgrounds == in_windows:
        return {1: HELPS, -1: HINDERS, 0: NONE}[in_backgrounds]
    return UNSURE if in_backgrounds * in_windows else NONE


def _side(fold: float, low: float, high: float, least: float) -> int:
    """1 where a fold is clearly above 1, -1 where it is clearly below, else 0."""
    if fold >= least and low > 1:
        return 1
    return -1 if fold <= 1 / least and high < 1 else 0


def _reach(relation: str, far: float, config: MapConfig) -> str:
    """How far an interaction goes."""
    if relation not in (HELPS, HINDERS):
        return ""
    is_far = far >= config.min_fold if relation == HELPS else far <= 1 / config.min_fold
    return "far" if is_far else "near"


def _odds(company: pd.DataFrame, helper: str, helped: str) -> tuple[float, float]:
    """Odds ratio of meeting in a window, and its q-value."""
    if company.empty:
        return np.nan, np.nan
    first, second = company["first"].astype(str), company["second"].astype(str)
    own = company[((first == helper) & (second == helped)) | ((first == helped) & (second == helper))]
    return (float(own["odds_ratio"].iloc[0]), float(own["q_value"].iloc[0])) if len(own) else (np.nan, np.nan)


def _helical(
    periods: pd.DataFrame, helper: str, helped: str, track: str, config: MapConfig
) -> tuple[str, float, float]:
    """Sources with a period of the helix; period and p-value of the surest one."""
    if periods.empty:
        return "", np.nan, np.nan
    own = periods[(periods["helper"].astype(str) == helper) & (periods["helped"].astype(str) == helped)]
    own = own[own["track"].astype(str).isin(["", track])].sort_values("p_value", kind="stable")
    if own.empty:
        return "", np.nan, np.nan
    sure = own[(own["p_value"] <= config.max_period_p) & own["peak_bp"].between(*_HELICAL_BP)]
    best = (sure if len(sure) else own).iloc[0]
    return ", ".join(dict.fromkeys(map(str, sure["source"]))), float(best["peak_bp"]), float(best["p_value"])
