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
    """Effects of variants, by track, that one column (or one column per track) tells."""

    column: str
    """Its name, or what the names of such columns begin with."""
    effects: Mapping[str, np.ndarray]
    """One number per variant, NaN where none was measured, by track."""
    beside: Mapping[str, Mapping[str, np.ndarray]]
    """Predictions of others in the table, by track and column."""
    n_matched: int
    """Variants of which the table says something."""


def read_measured(
    path: Path,
    variants: pd.DataFrame,
    tracks: Sequence[str],
    *,
    column: str = "",
    beside: Sequence[str] = (),
    scores: Sequence[str] = (),
) -> tuple[MeasuredEffects, ...]:
    """Read a table of effects and match it to variants.

    Parameters
    ----------
    path
        Tab-separated text (plain or gzip), such as the ``variant_effects.tsv`` of a simulation. Rows are found by
        ``chrom``, ``pos`` (1-based; or ``start``, 0-based), ``ref`` and ``alt`` where the table has these and the
        variants too, else by ``name``. A column ``COLUMN`` holds the effects of all tracks, or those of one each are
        called ``COLUMN_TRACK``; or rows name a ``track`` each.
    variants
        ``name`` and, of variants on a genome, ``chrom``, ``pos``, ``ref``, ``alt``; one row each.
    tracks
        Their names.
    column
        Of the effects, alternative minus reference. If empty, the first of :data:`EFFECT_NAMES` that is there; where
        there is none, every column that is called as one of ``scores``.
    beside
        Further columns (or beginnings of their names): predictions of others.
    scores
        Names of the scores that effects can be compared with.

    Returns
    -------
    tuple of MeasuredEffects
        One per column.

    Raises
    ------
    FormatError
        Where columns are missing, or no row matches a variant.
    """
    table = read_table(path, types=None)
    keys = _keys(path, table, variants)
    columns = _effect_columns(path, table, tracks, column, scores)
    for one in beside:
        if not _columns_of(table, one, tracks):
            raise FormatError(path, f"it has no column {one!r}, nor one per track; it has {', '.join(table.columns)}")
    # A variant that the file names several times has the same effect each time.
    same, unique = pd.factorize(pd.MultiIndex.from_frame(variants[list(keys)].astype(str)))
    place = {key: row for row, key in enumerate(unique)}
    own = np.array([place.get(key, -1) for key in zip(*(table[one].astype(str) for one in keys), strict=True)])
    if (own < 0).all():
        raise FormatError(path, f"none of its {len(table)} rows matches a variant by {', '.join(keys)}")

    def spread(what: str, track: str) -> np.ndarray:
        of_track = own >= 0
        if "track" in table:
            of_track &= (table["track"].astype(str) == track).to_numpy()
        found = _columns_of(table, what, tracks)
        values = np.full(len(place), np.nan)
        if track in found:
            cells = pd.to_numeric(table[found[track]], errors="coerce").to_numpy(dtype=float)
            values[own[of_track]] = cells[of_track]
        return values[same]

    n_matched = int(np.isin(same, own[own >= 0]).sum())
    told = []
    for name in columns:
        effects = {track: spread(name, track) for track in tracks}
        effects = {track: values for track, values in effects.items() if not np.isnan(values).all()}
        others = {track: {one: spread(one, track) for one in beside} for track in effects}
        told.append(MeasuredEffects(name, effects, others, n_matched))
    if not any(one.effects for one in told):
        raise FormatError(path, f"{' and '.join(columns)} of the variants hold no number")
    return tuple(told)


def _effect_columns(
    path: Path, table: pd.DataFrame, tracks: Sequence[str], column: str, scores: Sequence[str]
) -> list[str]:
    """Names of the columns of effects, or what they begin with."""
    names = [column] if column else [one for one in EFFECT_NAMES if _columns_of(table, one, tracks)][:1]
    names = names or [one for one in scores if _columns_of(table, one, tracks)]
    if names and _columns_of(table, names[0], tracks):
        return names
    wanted = repr(column) if column else f"{', '.join(EFFECT_NAMES)}, or called as a score of the model"
    shown = ", ".join([*tracks[:6], *(["..."] if len(tracks) > 6 else [])])
    raise FormatError(
        path,
        f"it has no column {wanted}, nor one per track (COLUMN_TRACK, of the tracks {shown}); it has "
        f"{', '.join(map(str, table.columns))}; say which holds the effects with --measured-column",
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
