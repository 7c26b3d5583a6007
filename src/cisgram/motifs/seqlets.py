"""Seqlets on the genome: where the spans lie that patterns were made of."""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.errors import InputError
from cisgram.genomics.interval import interval_table
from cisgram.genomics.pattern import Pattern


def seqlet_intervals(patterns: Sequence[Pattern], windows: pd.DataFrame, *, window_bp: int) -> pd.DataFrame:
    """Place the seqlets of patterns on the genome, each site once.

    Windows overlap, so that one site may be a seqlet of several. Of seqlets of the same pattern that overlap
    by more than half their width, on either strand, only the one of highest absolute score stays.

    Parameters
    ----------
    patterns
        Trim them first (:meth:`~cisgram.genomics.pattern.Pattern.trimmed`) to place their informative part.
    windows
        Interval table of the sequences that patterns were sought in, in their order.
    window_bp
        Middle part of them that was looked at: :attr:`PatternSearch.window_bp`.

    Returns
    -------
    pandas.DataFrame
        Interval table, by contig name and position: ``chrom``, ``start``, ``end``, ``name`` (the pattern), ``score``
        (sum of contributions; NaN where patterns came without values) and ``strand``. Seqlets that begin in the
        padding before a contig's first base are left out.
    """
    tables = []
    lengths = (windows["end"] - windows["start"]).to_numpy()
    origins = windows["start"].to_numpy() + lengths // 2 - window_bp // 2
    for pattern in patterns:
        rows = pattern.seqlets["example"].to_numpy()
        if len(rows) and rows.max() >= len(windows):
            raise InputError(f"{pattern.name} has a seqlet in row {rows.max()}; there are only {len(windows)} windows")
        start = origins[rows] + pattern.seqlets["start"].to_numpy()
        score = np.nan if pattern.values is None else pattern.values.contributions.sum(axis=(1, 2), dtype=np.float64)
        table = pd.DataFrame(
            {
                "chrom": windows["chrom"].to_numpy()[rows],
                "start": start,
                "end": start + pattern.width,
                "name": pattern.name,
                "score": score,
                "strand": pattern.seqlets["strand"].to_numpy(),
            }
        )
        tables.append(_each_site_once(table.loc[start >= 0]))
    empty = pd.DataFrame({name: [] for name in ("chrom", "start", "end", "name", "score", "strand")})
    placed = pd.concat(tables) if tables else empty
    placed = placed.sort_values(["chrom", "start", "end", "name"], kind="stable")
    return interval_table(**{str(name): placed[name].to_numpy() for name in placed}).astype({"score": np.float64})


def _each_site_once(table: pd.DataFrame) -> pd.DataFrame:
    """Of rows of equal width that overlap by more than half, keep the one of highest absolute score."""
    order = np.argsort(-table["score"].abs().fillna(0).to_numpy(), kind="stable")
    chroms, starts = table["chrom"].to_numpy(), table["start"].to_numpy()
    width = int(table["end"].iloc[0] - table["start"].iloc[0]) if len(table) else 0
    kept_starts: dict[str, list[int]] = {}
    rows = []
    for row in order:
        start, others = int(starts[row]), kept_starts.setdefault(str(chroms[row]), [])
        place = bisect_left(others, start)
        if all(2 * abs(start - other) >= width for other in others[max(place - 1, 0) : place + 1]):
            others.insert(place, start)
            rows.append(row)
    return table.iloc[rows]
