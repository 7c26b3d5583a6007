"""Sites and their labels on disk.

::

    NAME.sites.tsv.gz    the windows table: place, split, reason of every dropped site
    NAME.act.txt.gz      the labels, as Basset writes them (:mod:`cisgram.io.activity`)
    NAME.peaks.tsv.gz    where every peak went, if that is asked for
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.data.sites import PEAK_COLUMNS, SiteTable
from cisgram.data.windows import COLUMNS
from cisgram.errors import FormatError
from cisgram.io.activity import read_activity, write_activity
from cisgram.io.tables import read_table, write_table


class SiteFiles(NamedTuple):
    """The files of one table of sites."""

    sites: Path
    labels: Path
    peaks: Path

    @classmethod
    def named(cls, prefix: str | os.PathLike[str]) -> "SiteFiles":
        """The files that begin with a folder and a name, whether they are there or not.

        Examples
        --------
        >>> SiteFiles.named("runs/yeast").labels.as_posix()
        'runs/yeast.act.txt.gz'
        """
        return cls(*(Path(f"{os.fspath(prefix)}.{end}.gz") for end in ("sites.tsv", "act.txt", "peaks.tsv")))


def write_sites(
    prefix: str | os.PathLike[str],
    table: SiteTable,
    *,
    with_peaks: bool = False,
    provenance: Mapping[str, object] | None = None,
) -> SiteFiles:
    """Write sites and labels, each file complete or not at all.

    Parameters
    ----------
    prefix
        Folder and beginning of the files' names.
    table
        What to write. Dropped sites are written as well: both files have the same rows.
    with_peaks
        Whether to write where every peak went; some 30 bytes per peak before packing.
    provenance
        What to say on top of the tables about where they come from.
    """
    files = SiteFiles.named(prefix)
    write_table(files.sites, table.sites, provenance=provenance)
    write_activity(files.labels, table.sites, table.labels, names=table.names)
    if with_peaks:
        peaks = table.peaks.astype(dict.fromkeys(("cell_type", "dropped"), str))
        write_table(files.peaks, peaks, provenance=provenance)
    else:
        files.peaks.unlink(missing_ok=True)  # one of an earlier table would be taken for ours
    return files


def read_sites(prefix: str | os.PathLike[str]) -> SiteTable:
    """Read what :func:`write_sites` wrote; without the file of peaks, ``peaks`` has no rows.

    Raises
    ------
    InputError, FormatError
        Where a file is missing or damaged, or the files do not belong together.
    """
    files = SiteFiles.named(prefix)
    sites = read_table(files.sites, types={"split": "text", "dropped": "text"})
    if missing := [name for name in COLUMNS if name not in sites]:
        raise FormatError(files.sites, f"a table of sites has the columns {', '.join(COLUMNS)}; it lacks {missing[0]}")
    activity = read_activity(files.labels)
    places = [table[["chrom", "start", "end"]].astype({"chrom": str}) for table in (sites, activity.intervals)]
    if len(places[0]) != len(places[1]) or not (places[0].to_numpy() == places[1].to_numpy()).all():
        raise FormatError(files.labels, f"its rows are not those of {files.sites.name}; write both again")
    return SiteTable(sites, activity.labels, activity.names, _read_peaks(files, activity.names))


def _read_peaks(files: SiteFiles, names: tuple[str, ...]) -> pd.DataFrame:
    """The table of peaks, without rows where there is no file."""
    if files.peaks.exists():
        peaks = read_table(files.peaks, types={"cell_type": "text", "dropped": "text"})
        if list(peaks.columns) != list(PEAK_COLUMNS) or not set(peaks["cell_type"]) <= set(names):
            raise FormatError(files.peaks, f"it does not belong to {files.labels.name}; write both again")
    else:
        peaks = pd.DataFrame({name: [] for name in PEAK_COLUMNS})
    reasons = ["", *sorted({str(reason) for reason in peaks["dropped"]} - {""})]
    return peaks.astype(
        {
            "cell_type": pd.CategoricalDtype(list(names)),
            **dict.fromkeys(("row", "site", "offset_bp"), np.int32),
            "dropped": pd.CategoricalDtype(reasons),
        }
    )
