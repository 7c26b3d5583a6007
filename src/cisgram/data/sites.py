"""Peaks of many cell types as one table: merged sites of equal length, and in which cell types each one is open.

Every peak becomes a window of the sites' length around its centre. Then, as in Basset, the two neighbours that
overlap most become one, again and again, until no two overlap by ``min_overlap_bp``:

* of equal overlaps, the leftmost pair comes first;
* the merged window is centred on the weighted mean of the two centres, rounded to the nearest base (halves to the
  right); the weight of a window is 1 + the number of cell types that have a peak in it;
* contigs are sorted by name as text, sites by position. Neither the order of the tables nor that of their rows
  matters: another order of tables gives another order of the columns, and nothing else.

Basset's script differs at three places: it merges two windows that overlap by exactly ``min_overlap_bp`` only where a
third one ties them together; its neighbours are those in the order of where the peaks begin, which is not that of
their centres where peaks differ in length; and windows that reach past an end of their contig, dropped here, are moved.

References
----------
Kelley et al. (2016), Basset: learning the regulatory code of the accessible genome. Genome Research.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Positions, Rows, SiteLabels, WholePerCellType
from cisgram.data.filters import exclude
from cisgram.data.site_merging import merge_windows
from cisgram.data.windows import COLUMNS
from cisgram.errors import ConfigError, ContigError, EmptySetError, InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.interval import midpoints

PEAK_COLUMNS = ("cell_type", "row", "site", "offset_bp", "dropped")
"""Columns of :attr:`SiteTable.peaks`: name of the cell type, row of its table, row of the site (-1 for none), centre of
the peak minus that of the site (0 for none), and why the peak is not used (empty where it is)."""

_REASONS = ("", "contig not in the genome", "contig left out", "beyond the end of the contig")


@dataclass(frozen=True)
class SiteConfig:
    """How peaks become sites; the defaults are Basset's.

    Parameters
    ----------
    width_bp
        Length of every site.
    min_overlap_bp
        Windows that overlap by so much or more are merged; 1 to ``width_bp``.
    center
        What a peak is centred on: the ``middle`` of its interval, its ``summit``, or ``summit or middle`` where some
        peaks have none.
    """

    width_bp: int = 600
    min_overlap_bp: int = 200
    center: Literal["middle", "summit", "summit or middle"] = "middle"

    def __post_init__(self) -> None:
        if not 1 <= self.min_overlap_bp <= self.width_bp:
            raise ConfigError(f"min_overlap_bp must lie in 1..width_bp ({self.width_bp}); got {self.min_overlap_bp}")
        if self.center not in ("middle", "summit", "summit or middle"):
            raise ConfigError(f"center must be 'middle', 'summit' or 'summit or middle'; got {self.center!r}")


@dataclass(frozen=True, eq=False)
class SiteTable:
    """Sites and the cell types that each is open in.

    Parameters
    ----------
    sites
        A windows table (see :mod:`cisgram.data.windows`): kind ``peak``, centre ``merged``; sorted by contig and start.
    labels
        1 where a cell type has a peak in the site (``site cell_type``, one byte each: 340 MB for the two million
        sites and 164 cell types of Basset).
    names
        Cell types (or factors), one per column, all different.
    peaks
        Where every peak went: :data:`PEAK_COLUMNS`, tables in the order of ``names`` and rows in theirs. Without rows
        where that is not known.
    """

    sites: pd.DataFrame
    labels: SiteLabels
    names: tuple[str, ...]
    peaks: pd.DataFrame

    def __post_init__(self) -> None:
        if self.labels.shape != (len(self.sites), len(self.names)):
            raise InputError(
                f"labels must have one row per site and one column per cell type, {len(self.sites)} and "
                f"{len(self.names)}; got {self.labels.shape}"
            )
        if twice := sorted({name for name in self.names if self.names.count(name) > 1}):
            raise InputError(f"every cell type needs a name of its own; used twice: {', '.join(twice)}")
        if self.labels.size and self.labels.max() > 1:
            raise InputError(f"labels must be 0 or 1; got {int(self.labels.max())}")

    def __len__(self) -> int:
        """Number of sites, dropped ones among them."""
        return len(self.sites)

    def select(self, names: Sequence[str]) -> "SiteTable":
        """Only some cell types, in the given order; sites that none of them has stay, as sites without labels.

        Raises
        ------
        InputError
            Where a name is unknown; similar names are suggested.
        """
        if isinstance(names, str):
            raise InputError(f"names must be a list of cell types; got the single word {names!r}")
        columns = [_column(name, self.names) for name in names]
        is_chosen = self.peaks["cell_type"].isin(names).to_numpy()
        return replace(
            self, labels=self.labels[:, columns], names=tuple(names), peaks=self.peaks[is_chosen].reset_index(drop=True)
        )

    @property
    def n_sites_open(self) -> WholePerCellType:
        """Number of kept sites that each cell type has."""
        return self.labels[self.sites["dropped"].eq("").to_numpy()].sum(axis=0, dtype=np.int64)

    @property
    def dropped_peaks(self) -> dict[str, int]:
        """How many peaks were left out, by reason, the most frequent first."""
        counts = self.peaks["dropped"].value_counts()
        return {str(reason): int(n) for reason, n in counts.items() if reason and n}

    @property
    def n_moved_out(self) -> int:
        """Peaks whose centre lies outside of their own site, because merging moved it away."""
        if self.sites.empty:
            return 0
        width = int((self.sites["end"] - self.sites["start"]).iloc[0])
        offset = self.peaks["offset_bp"].to_numpy()
        return int(((offset < -(width // 2)) | (offset >= width - width // 2)).sum())


def merge_peaks(
    tables: Mapping[str, pd.DataFrame],
    *,
    sizes: Mapping[str, int],
    config: SiteConfig | None = None,
    leave_out: Collection[str] = (),
    excluded: pd.DataFrame | None = None,
) -> SiteTable:
    """Merge the peaks of many cell types into sites.

    Time grows with n log n of the peaks (16 million in less than a minute), memory is about 120 bytes per peak and a
    byte per site and cell type.

    Parameters
    ----------
    tables
        Interval table of peaks by cell type.
    sizes
        Contigs of the genome and their lengths in bp. Contig names that differ but mean the same are matched
        (:func:`cisgram.genomics.contigs.match_contigs`).
    config
        Length of the sites and when they are merged.
    leave_out
        Contigs, as the genome calls them, whose peaks are dropped.
    excluded
        Interval table of regions to avoid: sites that touch one are dropped. They are dropped after merging, so that
        the other sites do not depend on them.

    Returns
    -------
    SiteTable
        Every peak that was not dropped belongs to exactly one site; peaks of dropped sites still point to them.

    Raises
    ------
    InputError
        Where a summit is needed and missing, or lies outside of its peak, with the cell type.
    ContigError
        Where no peak lies on a contig of the genome, or a contig to leave out is not one of the genome.
    EmptySetError
        Where there are no peaks or none is left.

    Examples
    --------
    >>> from cisgram.genomics.interval import interval_table
    >>> liver = interval_table(["I", "I"], [1_000, 5_000], [1_200, 5_100])
    >>> blood = interval_table(["I"], [1_100], [1_300])
    >>> table = merge_peaks({"liver": liver, "blood": blood}, sizes={"I": 9_000})
    >>> table.sites[["start", "end"]].to_numpy().tolist(), table.labels.tolist()
    ([[850, 1450], [4750, 5350]], [[1, 1], [1, 0]])
    """
    config = config or SiteConfig()
    placed = _place(tables, sizes=sizes, config=config, leave_out=leave_out)
    kept = np.flatnonzero(placed.reason == 0)
    if not kept.size:
        reasons = {reason: int((placed.reason == number).sum()) for number, reason in enumerate(_REASONS)}
        raise EmptySetError("peaks", dropped={reason: n for reason, n in reasons.items() if n})
    order = kept[np.argsort(placed.at[kept], kind="stable")]
    merged = merge_windows(
        placed.at[order],
        placed.cell_type[order],
        n_cell_types=len(tables),
        farthest_bp=config.width_bp - config.min_overlap_bp,
    )
    site = np.full(placed.at.size, -1, dtype=np.int64)
    site[order] = merged.site
    labels = np.zeros((merged.center.size, len(tables)), dtype=np.uint8)
    labels[merged.site, placed.cell_type[order]] = 1
    sites = _sites(merged.center, placed.offsets, config.width_bp)
    if excluded is not None:
        sites = exclude(sites, excluded)
    return SiteTable(sites, labels, tuple(tables), _provenance(placed, site, merged.center, names=list(tables)))


def peaks_by_name(table: pd.DataFrame, *, column: str = "name", min_peaks: int = 1) -> dict[str, pd.DataFrame]:
    """Take one table apart into one per factor or cell type.

    Parameters
    ----------
    table
        Interval table.
    column
        Says whose peak each row is.
    min_peaks
        Names with fewer peaks are left out.

    Returns
    -------
    dict of pandas.DataFrame
        Sorted by name; the rows keep their index.

    Examples
    --------
    >>> table = pd.DataFrame({"chrom": "I", "start": [5, 9, 7], "end": [6, 10, 8], "name": ["Reb1", "Abf1", "Reb1"]})
    >>> {name: list(peaks["start"]) for name, peaks in peaks_by_name(table, min_peaks=2).items()}
    {'Reb1': [5, 7]}
    """
    if column not in table:
        raise InputError(f"the table has no column {column!r}; it has {', '.join(map(str, table.columns))}")
    groups = {str(name): rows for name, rows in table.groupby(column, sort=True)}
    chosen = {name: rows for name, rows in groups.items() if len(rows) >= min_peaks}
    if not chosen:
        raise EmptySetError("names", dropped={f"with fewer than {min_peaks} peaks": len(groups)})
    return chosen


class _Placed(NamedTuple):
    """All peaks, table after table."""

    at: Positions
    """Centre, counted along all contigs end to end, in the order of their names."""
    cell_type: np.ndarray
    row: np.ndarray
    reason: np.ndarray
    """Place in the reasons; 0 for kept."""
    offsets: Mapping[str, int]
    """Where every contig begins in that count."""


def _place(
    tables: Mapping[str, pd.DataFrame], *, sizes: Mapping[str, int], config: SiteConfig, leave_out: Collection[str]
) -> _Placed:
    """Find the centre of every peak, and reasons not to use it."""
    if not sum(map(len, tables.values())):
        raise EmptySetError("peaks", dropped={}, hint=f"{len(tables)} tables were given, without any row")
    if isinstance(leave_out, str):
        raise ConfigError(f"leave_out must be a list of contigs; got the single word {leave_out!r}")
    if unknown := [contig for contig in leave_out if contig not in sizes]:
        raise ContigError(f"leave_out names {', '.join(unknown)}, which the genome does not have")
    factorized = [pd.factorize(table["chrom"]) for table in tables.values()]
    named = dict.fromkeys(str(contig) for _, contigs in factorized for contig in contigs)
    to_genome = match_contigs(sizes, list(named), what="the peaks of all cell types").to_genome
    ordered = sorted(sizes)
    offsets = dict(zip(ordered, np.cumsum([0, *(sizes[contig] for contig in ordered)]).tolist(), strict=False))
    parts = []
    for number, (name, table) in enumerate(tables.items()):
        codes, contigs = factorized[number]
        ours = [to_genome.get(str(contig), "") for contig in contigs]
        size = np.array([sizes.get(contig, 0) for contig in ours], dtype=np.int64)[codes]
        offset = np.array([offsets.get(contig, 0) for contig in ours], dtype=np.int64)[codes]
        is_known = np.array([contig != "" for contig in ours], dtype=bool)[codes]
        is_left_out = np.array([contig in leave_out for contig in ours], dtype=bool)[codes]
        at = _centers(table, config.center, name)
        start = at - config.width_bp // 2
        is_beyond = (start < 0) | (start + config.width_bp > size)
        reason = np.select([~is_known, is_left_out, is_beyond], [1, 2, 3], 0).astype(np.uint8)
        parts.append((at + offset, np.full(len(table), number, np.int32), np.arange(len(table)), reason))
    at, cell_type, row, reason = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _Placed(at, cell_type, row, reason, offsets)


def _centers(table: pd.DataFrame, center: str, name: str) -> Positions:
    """What the peaks of one cell type are centred on."""
    middle = midpoints(table).to_numpy(dtype=np.int64)
    if center == "middle":
        return middle
    summit = table["summit"].to_numpy(dtype=np.int64) if "summit" in table else np.full(len(table), -1)
    is_missing = summit < 0
    if center == "summit" and is_missing.any():
        raise InputError(
            f"{int(is_missing.sum())} of {len(table)} peaks of {name} have no summit; use center='summit or middle' or "
            "'middle', or peaks with summits (narrowPeak, column 10)"
        )
    if (~is_missing & ((summit < table["start"]) | (summit >= table["end"]))).any():
        raise InputError(f"summits of {name} lie outside of their peaks (narrowPeak counts them from the peak's start)")
    return np.where(is_missing, middle, summit)


def _sites(center: Positions, offsets: Mapping[str, int], width_bp: int) -> pd.DataFrame:
    """The windows table of the merged sites."""
    contigs, begins = np.array(list(offsets)), np.array(list(offsets.values()))
    contig = np.searchsorted(begins, center, side="right") - 1
    start = center - begins[contig] - width_bp // 2
    end = start + width_bp
    chrom = contigs[contig].tolist()
    name = [f"{c}:{s + 1}-{e}" for c, s, e in zip(chrom, start.tolist(), end.tolist(), strict=True)]
    table = pd.DataFrame({"chrom": chrom, "start": start, "end": end, "name": name})
    table = table.assign(strand=".", kind="peak", centre="merged", split="", dropped="")
    return table[list(COLUMNS)]


def _provenance(placed: _Placed, site: Positions, center: Rows, *, names: list[str]) -> pd.DataFrame:
    """The table that says where every peak went."""
    offset = np.where(site >= 0, placed.at - center[site], 0)
    columns = (
        pd.Categorical.from_codes(placed.cell_type, dtype=pd.CategoricalDtype(names)),
        placed.row.astype(np.int32),
        site.astype(np.int32),
        offset.astype(np.int32),
        pd.Categorical.from_codes(placed.reason, dtype=pd.CategoricalDtype(list(_REASONS))),
    )
    return pd.DataFrame(dict(zip(PEAK_COLUMNS, columns, strict=True)))


def _column(name: str, names: Sequence[str]) -> int:
    """Place of a cell type; similar names are suggested where there is none."""
    if name in names:
        return names.index(name)
    folded = {known.lower(): known for known in names}
    similar = [folded[match] for match in get_close_matches(name.lower(), list(folded), n=3, cutoff=0.6)]
    similar += [known for known in names if name.lower() in known.lower() and known not in similar][:3]
    hint = f"similar are {', '.join(similar)}" if similar else f"there are {', '.join(names[:6])}"
    raise InputError(f"there is no cell type {name!r} among {len(names)}; {hint}")
