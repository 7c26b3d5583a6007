"""Can these labels be learnt from? Every cell type needs sites with and without it in every split."""

import warnings
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from cisgram.data.sites import SiteTable
from cisgram.data.windows import require_kept
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError

LABEL_COUNT_COLUMNS = ("name", "split", "n_positive", "n_negative")
"""Columns of :func:`check_labels`: cell type, split, kept sites with a peak, kept sites without one."""


def check_labels(table: SiteTable, *, min_sites: int = 1, on_lack: Literal["error", "warn"] = "error") -> pd.DataFrame:
    """Count the sites with and without a peak of each cell type in each split.

    Parameters
    ----------
    table
        Sites with their labels. Dropped ones are not counted; where nothing has been split, all are one split with
        an empty name.
    min_sites
        How many sites of either kind a cell type must have in every split.
    on_lack
        Whether a cell type with fewer is an error, or is warned about.

    Returns
    -------
    pandas.DataFrame
        :data:`LABEL_COUNT_COLUMNS`: cell types in the order of the table, splits in the order train, valid, test.

    Raises
    ------
    EmptySetError
        Where no site is kept, or a cell type has too few; it names the first ones and says how many there are.

    Warns
    -----
    CisgramWarning
        Once, instead of that error, if ``on_lack`` says so.
    """
    if on_lack not in ("error", "warn") or min_sites < 1:
        raise ConfigError(f"on_lack must be 'error' or 'warn' and min_sites at least 1; got {on_lack!r}, {min_sites}")
    require_kept(table.sites)
    kept = table.sites["dropped"].eq("").to_numpy()
    counted = count_labels(table.labels[kept], table.sites["split"].to_numpy()[kept], names=table.names)
    _require_enough(counted, min_sites, on_lack)
    return counted


def count_labels(labels: np.ndarray, split: np.ndarray, *, names: Sequence[str]) -> pd.DataFrame:
    """Count the labels 1 and 0 of each cell type in each split.

    Parameters
    ----------
    labels
        Of any type, rows by cell types; NaN, where a label is not known, is neither.
    split
        One per row; rows of other splits than train, valid, test and the empty name are passed over.
    names
        Cell types.

    Returns
    -------
    pandas.DataFrame
        :data:`LABEL_COUNT_COLUMNS`: cell types in the order of ``names``, splits in the order train, valid, test.

    Examples
    --------
    >>> split = np.array(["train", "train", "test"])
    >>> count_labels(np.array([[1.0], [np.nan], [0.0]]), split, names=["liver"]).to_numpy().tolist()
    [['liver', 'train', 1, 0], ['liver', 'test', 0, 1]]
    """
    counts = []
    present = set(split)
    for part in ("train", "valid", "test", ""):
        if part in present:
            here = labels[split == part]
            columns = (list(names), part, (here == 1).sum(axis=0), (here == 0).sum(axis=0))
            counts.append(pd.DataFrame(dict(zip(LABEL_COUNT_COLUMNS, columns, strict=True))))
    rank = {name: place for place, name in enumerate(names)}
    counted = pd.concat(counts).sort_values("name", key=lambda column: column.map(rank), kind="stable")
    return counted.reset_index(drop=True)


def require_both_labels(counts: pd.DataFrame, *, min_sites: int = 1) -> None:
    """Raise if a cell type lacks sites of either label in a split.

    Parameters
    ----------
    counts
        From :func:`count_labels`.
    min_sites
        How many of either label a cell type must have in every split.

    Raises
    ------
    EmptySetError
        Where one has too few; it names the first ones and says how many there are.
    """
    _require_enough(counts, min_sites, "error")


def _require_enough(counts: pd.DataFrame, min_sites: int, on_lack: str) -> None:
    """Name the cell types that have too few sites of a kind in a split."""
    lacking, n_by_kind = [], {}
    for column, what in (("n_positive", "with a peak"), ("n_negative", "without a peak")):
        rows = counts[counts[column] < min_sites]
        n_by_kind[f"lack sites {what}"] = rows["name"].nunique()
        lacking += [
            f"{row['name']} has {row[column]} {row['split']} sites {what}".replace("  ", " ")
            for row in rows.to_dict("records")
        ]
    if not lacking:
        return
    n_names = counts.loc[(counts[["n_positive", "n_negative"]] < min_sites).any(axis=1), "name"].nunique()
    shown = "; ".join(lacking[:5]) + (f"; ... {len(lacking)} in all" if len(lacking) > 5 else "")
    least = "" if min_sites == 1 else f", at least {min_sites} are asked for"
    advice = "hold out other contigs, or leave these cell types out"
    if on_lack == "warn":
        warnings.warn(
            f"{n_names} of {counts['name'].nunique()} cell types lack sites: {shown}{least}; {advice}",
            CisgramWarning,
            stacklevel=3,
        )
        return
    reasons = {f"cell types {reason}": n for reason, n in n_by_kind.items() if n}
    raise EmptySetError(f"sites of a kind for {n_names} cell types", dropped=reasons, hint=f"{shown}{least}; {advice}")
