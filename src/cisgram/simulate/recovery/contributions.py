"""Whether the bases of bound sites get the greatest contributions."""

import numpy as np
import pandas as pd

from cisgram.arrays import BaseScores
from cisgram.errors import EmptySetError, InputError
from cisgram.simulate.recovery.instances import ALL
from cisgram.simulate.recovery.ranking import Ranking, ranking


def contribution_recovery(
    contributions: BaseScores,
    windows: pd.DataFrame,
    instances: pd.DataFrame,
    *,
    n_shuffles: int = 5,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Rank all bases by the size of their contribution and ask whether those inside bound sites come first.

    Parameters
    ----------
    contributions
        One number per base (``window length``): the projected contribution of the base that is present. Only its
        size counts, not its sign.
    windows
        Interval table, one row per window, all of that length, on the plus strand.
    instances
        Sites that count as true, with ``name``: see :func:`~cisgram.simulate.recovery.instances.bound_instances`.
        For a follower, give its helpers' sites too: they matter for it.
    n_shuffles
        How often the contributions of each window are rotated for the floor; at least 1.
    rng
        Rotates each window by an amount of its own, which keeps the values and their neighbours but not the place.

    Returns
    -------
    pandas.DataFrame
        One row per name of a site, sorted, and last ``all``: ``name, n_bases, share`` (of the ranked bases that lie
        in sites), ``auroc, auprc, floor_auroc, floor_auprc``. The bases of one name are ranked against those outside
        all sites; sites of other names are left out.

    Raises
    ------
    EmptySetError
        Where no site overlaps a window.
    InputError
        Where windows and contributions do not fit together, or a contribution is not finite.
    """
    lengths = (windows["end"] - windows["start"]).to_numpy()
    if len(windows) != len(contributions) or (lengths != contributions.shape[1]).any() or n_shuffles < 1:
        raise InputError(
            f"contributions (window length) are {contributions.shape}; the {len(windows)} windows must be as many and "
            f"as long, and n_shuffles at least 1 (got {n_shuffles})"
        )
    names = sorted(set(instances["name"]))
    inside = {name: _bases_inside(windows, instances.loc[instances["name"] == name]) for name in names}
    names = [name for name in names if inside[name].any()]
    if not names:
        raise EmptySetError("sites in the windows", dropped={"outside the windows": len(instances)})
    inside[ALL] = np.any([inside[name] for name in names], axis=0)
    size = np.abs(contributions)
    scores = {name: _ranked(size, inside[name], inside[ALL]) for name in [*names, ALL]}
    floors: dict[str, list[Ranking]] = {name: [] for name in scores}
    for _ in range(n_shuffles):
        rotated = _rotated(size, rng)
        for name, rows in floors.items():
            rows.append(_ranked(rotated, inside[name], inside[ALL]))
    n_outside = int((~inside[ALL]).sum())
    rows = []
    for name, score in scores.items():
        n_bases = int(inside[name].sum())
        rows.append((name, n_bases, n_bases / (n_bases + n_outside), *score, *np.mean(floors[name], axis=0)))
    return pd.DataFrame(rows, columns=["name", "n_bases", "share", "auroc", "auprc", "floor_auroc", "floor_auprc"])


def _bases_inside(windows: pd.DataFrame, sites: pd.DataFrame) -> np.ndarray:
    """Which bases (``window length``) lie in a site."""
    length = int(windows["end"].iloc[0] - windows["start"].iloc[0])
    inside = np.zeros((len(windows), length), dtype=bool)
    by_chrom = sites.groupby("chrom", sort=False).indices
    starts, ends = sites["start"].to_numpy(), sites["end"].to_numpy()
    for row, (chrom, start) in enumerate(zip(windows["chrom"], windows["start"], strict=True)):
        own = by_chrom.get(chrom, np.zeros(0, dtype=np.int64))
        for site in own[(ends[own] > start) & (starts[own] < start + length)]:
            inside[row, max(0, starts[site] - start) : ends[site] - start] = True
    return inside


def _ranked(size: np.ndarray, is_true: np.ndarray, is_any: np.ndarray) -> Ranking:
    """Rank the bases of one name against those outside all sites."""
    used = is_true | ~is_any
    return ranking(is_true[used], size[used].astype(np.float64))


def _rotated(size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every row rotated by an amount of its own."""
    n_windows, length = size.shape
    by = rng.integers(length, size=n_windows)
    return size[np.arange(n_windows)[:, None], (np.arange(length) + by[:, None]) % length]
