"""How many of the bound sites a scan found, and how many of its hits are bound sites."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cisgram.arrays import Mask
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.interval import merge

ALL = "all"
"""Name of the row that counts everything."""


def bound_instances(instances: pd.DataFrame, *, min_occupancy: float = 0.2, factor: str | None = None) -> pd.DataFrame:
    """The sites that are really bound.

    Parameters
    ----------
    instances
        Table of the simulated cell (:func:`cisgram.simulate.contig.instance_table`): planted, decoy and chance sites.
    min_occupancy
        Least share of the time that a site is bound.
    factor
        Only sites that bring reads to this factor (column ``reads_<factor>`` above 0).

    Raises
    ------
    InputError
        Where the table has no such factor.
    """
    is_kept = instances["occupancy"] >= min_occupancy
    if factor is not None:
        if f"reads_{factor}" not in instances:
            known = [str(name).removeprefix("reads_") for name in instances if str(name).startswith("reads_")]
            raise InputError(f"there is no factor {factor!r} in the instances; there are {', '.join(known)}")
        is_kept &= instances[f"reads_{factor}"] > 0
    return instances.loc[is_kept]


def instance_recovery(
    instances: pd.DataFrame,
    hits: pd.DataFrame,
    windows: pd.DataFrame,
    *,
    groups: Mapping[str, str] | None = None,
    n_shuffles: int = 20,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Compare hits with bound sites, inside windows.

    A hit is right, and a site found, where the two have the same name and share at least half of the shorter one,
    whatever the strand. Several hits on one site are all right. Only sites and hits that lie wholly inside the
    (merged) windows count.

    Parameters
    ----------
    instances
        Sites that should be found, with ``name``: see :func:`bound_instances`.
    hits
        Interval table with ``name``, in the names of the planted motifs.
    windows
        Interval table of the places that were scanned.
    groups
        Names that count as one, such as all motifs of a factor: ``{"Nanog-taat": "Nanog"}``. Applied to both tables.
    n_shuffles
        How often the hits are put elsewhere for the floor; at least 1.
    rng
        Puts them elsewhere: to a random place in their merged window.

    Returns
    -------
    pandas.DataFrame
        One row per name in the instances or hits, sorted, and last ``all``: ``name, n_instances, n_found, recall,
        n_hits, n_right, precision, floor_recall, floor_precision``. A share of nothing is NaN.

    Raises
    ------
    EmptySetError
        Where no site lies in the windows.
    """
    if n_shuffles < 1:
        raise InputError(f"n_shuffles must be at least 1; got {n_shuffles}")
    blocks = merge(windows)
    sites, of_site = _inside(instances, blocks)
    found, of_hit = _inside(hits, blocks)
    if sites.empty:
        raise EmptySetError(
            "bound sites in the windows", dropped={"outside the windows": len(instances) - int((of_site >= 0).sum())}
        )
    sites, found = (table.assign(name=table["name"].replace(dict(groups or {}))) for table in (sites, found))
    scores = _scores(sites, found)
    floors = [_scores(sites, _moved(found, blocks, of_hit[of_hit >= 0], rng)) for _ in range(n_shuffles)]
    for share in ("recall", "precision"):
        scores[f"floor_{share}"] = np.mean([floor[share].to_numpy() for floor in floors], axis=0)
    return scores


def _inside(table: pd.DataFrame, blocks: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows that lie wholly inside a block, and the block of every row (-1 for none)."""
    of_row = np.full(len(table), -1, dtype=np.int64)
    chroms, block_chroms = table["chrom"].to_numpy(), blocks["chrom"].to_numpy()
    starts, ends = table["start"].to_numpy(), table["end"].to_numpy()
    for chrom in pd.unique(block_chroms):
        rows, own = np.flatnonzero(chroms == chrom), np.flatnonzero(block_chroms == chrom)
        at = np.searchsorted(blocks["start"].to_numpy()[own], starts[rows], side="right") - 1
        is_in = (at >= 0) & (ends[rows] <= blocks["end"].to_numpy()[own][at])
        of_row[rows[is_in]] = own[at[is_in]]
    return table.loc[of_row >= 0].reset_index(drop=True), of_row


def _scores(sites: pd.DataFrame, hits: pd.DataFrame) -> pd.DataFrame:
    """Recall and precision by name, and over all."""
    is_found, is_right = _have_partner(sites, hits), _have_partner(hits, sites)
    rows = []
    for name in [*sorted({*sites["name"], *hits["name"]}), ALL]:
        of_sites = is_found if name == ALL else is_found[sites["name"].to_numpy() == name]
        of_hits = is_right if name == ALL else is_right[hits["name"].to_numpy() == name]
        shares = [float(mask.mean()) if mask.size else float("nan") for mask in (of_sites, of_hits)]
        rows.append((name, of_sites.size, of_sites.sum(), shares[0], of_hits.size, of_hits.sum(), shares[1]))
    columns = ["name", "n_instances", "n_found", "recall", "n_hits", "n_right", "precision"]
    return pd.DataFrame(rows, columns=columns)


def _have_partner(table: pd.DataFrame, others: pd.DataFrame) -> Mask:
    """Which rows share at least half of the shorter interval with the nearest row of the same name."""
    result = np.zeros(len(table), dtype=bool)
    groups = others.groupby(["chrom", "name"], sort=False).indices
    own_ends, their_ends = (one[["start", "end"]].to_numpy(dtype=np.int64) for one in (table, others))
    for key, rows in table.groupby(["chrom", "name"], sort=False).indices.items():
        if key not in groups:
            continue
        own = own_ends[rows]
        their = their_ends[groups[key]]
        their = their[np.argsort(their.sum(axis=1), kind="stable")]
        right = np.searchsorted(their.sum(axis=1), own.sum(axis=1))
        for candidate in (right - 1, right):  # the nearest middle lies on one of the two sides
            other = their[np.clip(candidate, 0, len(their) - 1)]
            shared = np.minimum(own[:, 1], other[:, 1]) - np.maximum(own[:, 0], other[:, 0])
            shorter = np.minimum(own[:, 1] - own[:, 0], other[:, 1] - other[:, 0])
            result[rows] |= 2 * shared >= shorter
    return result


def _moved(hits: pd.DataFrame, blocks: pd.DataFrame, of_hit: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """The hits at random places of their blocks."""
    length = (hits["end"] - hits["start"]).to_numpy()
    first, last = blocks["start"].to_numpy()[of_hit], blocks["end"].to_numpy()[of_hit] - length
    start = rng.integers(first, last + 1)
    return hits.assign(start=start, end=start + length)
