"""Can these labels be learnt from? Every cell type needs sites with and without it in every split."""

import warnings
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
    split = table.sites["split"].to_numpy()
    present = set(split[kept])
    counts = []
    for part in ("train", "valid", "test", ""):
        if part in present:
            labels = table.labels[kept & (split == part)]
            n_positive = labels.sum(axis=0, dtype=np.int64)
            columns = (list(table.names), part, n_positive, len(labels) - n_positive)
            counts.append(pd.DataFrame(dict(zip(LABEL_COUNT_COLUMNS, columns, strict=True))))
    rank = {name: place for place, name in enumerate(table.names)}
    counted = pd.concat(counts).sort_values("name", key=lambda names: names.map(rank), kind="stable")
    counted = counted.reset_index(drop=True)
    _require_enough(counted, min_sites, on_lack)
    return counted


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
