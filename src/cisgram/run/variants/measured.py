"""Measured effects of variants: a table, matched to variants by name or by place and alleles."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.errors import FormatError
from cisgram.io.tables import read_table

EFFECT_NAMES = ("measured", "effect", "log2_fold")
"""What a column of effects is called, if nothing else is said."""

_PLACE = ("chrom", "pos", "ref", "alt")


class MeasuredEffects(NamedTuple):
    """Effects of variants, by track."""

    effects: Mapping[str, np.ndarray]
    """One number per variant, NaN where none was measured, by track."""
    beside: Mapping[str, Mapping[str, np.ndarray]]
    """Predictions of others in the table, by track and column."""
    n_matched: int
    """Variants of which the table says something."""


def read_measured(
    path: Path, variants: pd.DataFrame, tracks: Sequence[str], *, column: str = "", beside: Sequence[str] = ()
) -> MeasuredEffects:
    """Read a table of effects and match it to variants.

    Parameters
    ----------
    path
        Tab-separated text (plain or gzip). Rows are found by ``chrom``, ``pos`` (1-based; or ``start``, 0-based),
        ``ref`` and ``alt`` where the table has these and the variants too, else by ``name``. A column ``COLUMN`` holds
        the effects of all tracks, or those of one each are called ``COLUMN_TRACK``; or rows name a ``track`` each.
    variants
        ``name`` and, of variants on a genome, ``chrom``, ``pos``, ``ref``, ``alt``; one row each.
    tracks
        Their names.
    column
        Of the effects, alternative minus reference; the first of :data:`EFFECT_NAMES` if empty.
    beside
        Further columns (or beginnings of their names): predictions of others.

    Raises
    ------
    FormatError
        Where columns are missing, or no row matches a variant.
    """
    table = read_table(path, types=None)
    keys = _keys(path, table, variants)
    name = column or next((one for one in EFFECT_NAMES if _columns_of(table, one, tracks)), "")
    for one in (name or "measured", *beside):
        if not _columns_of(table, one, tracks):
            raise FormatError(path, f"it has no column {one!r}, nor one per track; it has {', '.join(table.columns)}")
    place = {key: row for row, key in enumerate(zip(*(variants[one].astype(str) for one in keys), strict=True))}
    own = np.array([place.get(key, -1) for key in zip(*(table[one].astype(str) for one in keys), strict=True)])
    if (own < 0).all():
        raise FormatError(path, f"none of its {len(table)} rows matches a variant by {', '.join(keys)}")

    def spread(what: str, track: str) -> np.ndarray:
        of_track = own >= 0
        if "track" in table:
            of_track &= (table["track"].astype(str) == track).to_numpy()
        columns = _columns_of(table, what, tracks)
        values = np.full(len(variants), np.nan)
        if track in columns:
            cells = pd.to_numeric(table[columns[track]], errors="coerce").to_numpy(dtype=float)
            values[own[of_track]] = cells[of_track]
        return values

    effects = {track: spread(name, track) for track in tracks}
    effects = {track: values for track, values in effects.items() if not np.isnan(values).all()}
    return MeasuredEffects(
        effects,
        {track: {one: spread(one, track) for one in beside} for track in effects},
        len(set(own[own >= 0].tolist())),
    )


def _columns_of(table: pd.DataFrame, what: str, tracks: Sequence[str]) -> dict[str, str]:
    """Column of every track."""
    if what in table:
        return dict.fromkeys(tracks, what)
    return {track: f"{what}_{track}" for track in tracks if f"{what}_{track}" in table}


def _keys(path: Path, table: pd.DataFrame, variants: pd.DataFrame) -> tuple[str, ...]:
    """Columns that both tables have and that tell variants apart."""
    if "pos" not in table and "start" in table:
        table["pos"] = pd.to_numeric(table["start"]) + 1
    if all(one in table and one in variants for one in _PLACE):
        return _PLACE
    if "name" in table and "name" in variants and variants["name"].is_unique:
        return ("name",)
    raise FormatError(
        path,
        "effects need the columns chrom, pos, ref and alt, or name where every variant has a name of its own; "
        f"it has {', '.join(table.columns)}",
    )
