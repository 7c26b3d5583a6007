"""Epistasis: tables of what pairs of motifs do together, and of what each does at the place of the other."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Positions
from cisgram.errors import InputError
from cisgram.genomics.q_values import q_values
from cisgram.interpret.experiments.ablation import Ablation, Deletions
from cisgram.interpret.experiments.amounts import Scale, amounts_of, corrected_fold
from cisgram.interpret.experiments.effects import effect_sizes
from cisgram.interpret.experiments.resampling import interval_of, unit_means

DISTANCE_ENDS_BP = (35, 70, 150)
"""Ends of the distance bins of the published analysis, included; what is further apart is a bin of its own."""

EPISTASIS_COLUMNS = (
    *("name_a", "name_b", "distance", "track", "n_pairs", "n", "intact", "effect_a", "effect_b", "effect_both"),
    *("epistasis", "low", "high", "p_wilcoxon", "q_wilcoxon"),
)
"""Columns of :func:`epistasis_table`. Effects are after minus before a deletion."""

DEPENDENCE_COLUMNS = (
    *("deleted", "at", "distance", "track", "n_pairs", "n", "intact", "effect", "low", "high", "p_wilcoxon"),
    *("q_wilcoxon", "fold", "fold_low", "fold_high"),
)
"""Columns of :func:`dependence_table`."""

_ALL = "all"


class _Group(NamedTuple):
    """Pairs of two motifs at some distances."""

    names: tuple[str, str]
    distance: str
    rows: np.ndarray


def epistasis_table(
    ablation: Ablation, *, tracks: Sequence[str], ends_bp: Sequence[int] = DISTANCE_ENDS_BP, seed: int = 0
) -> pd.DataFrame:
    """What deleting both of two motifs does beyond the sum of deleting each, by motifs, distance and track.

    Parameters
    ----------
    ablation
        From :func:`cisgram.interpret.experiments.ablation.ablate_pairs`.
    tracks
        Names, in the order of the last axis.
    ends_bp
        Ends of distance bins, increasing; ``all`` distances together come in any case.
    seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        :data:`EPISTASIS_COLUMNS`. Where at least 6 windows have such pairs, those of one window are averaged and ``n``
        is the number of windows. ``low`` and ``high`` are the 95 % bootstrap interval of ``epistasis``; ``q_wilcoxon``
        are Benjamini and Hochberg's over the table.
    """
    _check_tracks(ablation.whole, tracks)
    tables = []
    for group in _groups(ablation.pairs, ends_bp):
        whole, windows = ablation.whole.taken(group.rows), _windows(ablation, group)
        expected = whole.without_a + whole.without_b - whole.without_both
        sizes = effect_sizes(expected, whole.intact, sources=windows, seed=seed)
        means = [unit_means(one, windows).mean(axis=0) for one in whole]
        own = sizes[["n", "low", "high", "p_wilcoxon"]].assign(
            name_a=group.names[0],
            name_b=group.names[1],
            distance=group.distance,
            track=list(tracks),
            n_pairs=len(group.rows),
            intact=means[0],
            effect_a=means[1] - means[0],
            effect_b=means[2] - means[0],
            effect_both=means[3] - means[0],
            epistasis=sizes["effect"],
        )
        tables.append(own)
    table = pd.concat(tables, ignore_index=True)
    return table.assign(q_wilcoxon=q_values(table["p_wilcoxon"].to_numpy()))[list(EPISTASIS_COLUMNS)]


def dependence_table(
    ablation: Ablation,
    *,
    tracks: Sequence[str],
    scale: Scale,
    ends_bp: Sequence[int] = DISTANCE_ENDS_BP,
    seed: int = 0,
) -> pd.DataFrame:
    """What deleting one motif does at the place of the other, both ways: who depends on whom.

    Parameters
    ----------
    ablation, tracks, ends_bp, seed
        As in :func:`epistasis_table`. Without local scores, "at the place" is the whole window.
    scale
        What responses are logarithms of.

    Returns
    -------
    pandas.DataFrame
        :data:`DEPENDENCE_COLUMNS`. ``effect`` is the mean change of the response at ``at`` when ``deleted`` goes.
        ``fold`` says how many times as much ``at`` gives when ``deleted`` is there, after what that brings itself is
        taken off: :func:`cisgram.interpret.experiments.amounts.corrected_fold` of mean amounts; 1 where it does not
        matter. Two instances of one motif count both ways.
    """
    _check_tracks(ablation.whole, tracks)
    parts: dict[tuple[str, str, str], list[tuple[Deletions, np.ndarray]]] = {}
    for group in _groups(ablation.pairs, ends_bp):
        windows, (a, b) = _windows(ablation, group), group.names
        ways = ((a, b, ablation.at_b.taken(group.rows)), (b, a, ablation.at_a.taken(group.rows).swapped()))
        for deleted, at, found in ways:  # the one that is deleted is A in what is found
            parts.setdefault((deleted, at, group.distance), []).append((found, windows))
    tables = []
    for (deleted, at, distance), several in parts.items():
        found = Deletions(*(np.concatenate(one) for one in zip(*(one for one, _ in several), strict=True)))
        windows = np.concatenate([one for _, one in several])
        sizes = effect_sizes(found.intact, found.without_a, sources=windows, seed=seed)
        cells = (found.without_both, found.without_a, found.without_b, found.intact)
        amounts = [unit_means(amounts_of(one, scale), windows) for one in cells]
        ends = interval_of(corrected_fold, *amounts, seed=seed)
        own = sizes[["n", "effect", "low", "high", "p_wilcoxon"]].assign(
            deleted=deleted,
            at=at,
            distance=distance,
            track=list(tracks),
            n_pairs=len(found.intact),
            intact=sizes["before"],
            fold=corrected_fold(*(one.mean(axis=0) for one in amounts)),
            fold_low=ends[0],
            fold_high=ends[1],
        )
        tables.append(own)
    table = pd.concat(tables, ignore_index=True)
    return table.assign(q_wilcoxon=q_values(table["p_wilcoxon"].to_numpy()))[list(DEPENDENCE_COLUMNS)]


def distance_bins(distances: Positions, ends_bp: Sequence[int] = DISTANCE_ENDS_BP) -> np.ndarray:
    """Names of distance bins.

    Examples
    --------
    >>> distance_bins(np.array([35, 36, 151])).tolist()
    ['0-35', '36-70', '>150']
    """
    ends = list(ends_bp)
    if not ends or sorted(set(ends)) != ends or ends[0] < 1:
        raise InputError(f"ends of distance bins must be increasing numbers above 0; got {ends}")
    firsts = [0] + [end + 1 for end in ends]
    names = [f"{first}-{end}" for first, end in zip(firsts, ends, strict=False)] + [f">{ends[-1]}"]
    return np.array(names, dtype=object)[np.searchsorted(ends, distances)]


def _groups(pairs: pd.DataFrame, ends_bp: Sequence[int]) -> Iterator[_Group]:
    """Pairs of every two names: at all distances, then bin by bin."""
    bins = distance_bins(pairs["distance_bp"].to_numpy(dtype=np.int64), ends_bp)
    order = [_ALL, *distance_bins(np.array([*ends_bp, ends_bp[-1] + 1]), ends_bp)]
    keys = pairs["name_a"].astype(str).to_numpy(), pairs["name_b"].astype(str).to_numpy()
    for a, b in sorted(set(zip(*keys, strict=True))):
        own = (keys[0] == a) & (keys[1] == b)
        for name in order:
            rows = np.flatnonzero(own & ((bins == name) | (name == _ALL)))
            if rows.size:
                yield _Group((a, b), name, rows)


def _windows(ablation: Ablation, group: _Group) -> np.ndarray:
    return ablation.pairs["row"].to_numpy(dtype=np.int64)[group.rows]


def _check_tracks(found: Deletions, tracks: Sequence[str]) -> None:
    if len(tracks) != found.intact.shape[1]:
        raise InputError(f"give one name per track; got {len(tracks)} for {found.intact.shape[1]}")
