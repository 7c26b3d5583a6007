"""What all questions about folding write: tables in the places of the genome, maps, and sites for pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.interpret.folding.prediction import MapGeometry
from cisgram.io.files import atomic_path
from cisgram.run.experiments.folding.model import FoldingModel
from cisgram.run.experiments.folding.windows import FoldingWindows


def in_genome(table: pd.DataFrame, windows: FoldingWindows, tracks: tuple[str, ...]) -> pd.DataFrame:
    """A table of windows with places in the genome and names of maps.

    Parameters
    ----------
    table
        With ``row``, and perhaps ``start``, ``end``, ``partner_start`` (places in the window) and ``track``
        (a number).
    windows
        The windows that rows count.
    tracks
        Names of the maps.

    Returns
    -------
    pandas.DataFrame
        ``window`` and ``chrom`` in the place of ``row``; all else in its order.
    """
    rows = table["row"].to_numpy(np.int64)
    firsts = windows.table["start"].to_numpy()[rows]
    placed = table.drop(columns="row")
    for name in ("start", "end", "partner_start"):
        if name in placed:
            placed[name] = placed[name].to_numpy(np.int64) + firsts
    if "track" in placed:
        placed["track"] = np.array(tracks, dtype=object)[placed["track"].to_numpy(np.int64)]
    placed.insert(0, "window", windows.table["name"].to_numpy()[rows])
    placed.insert(1, "chrom", windows.table["chrom"].to_numpy()[rows])
    return placed


def shown_sites(sites: pd.DataFrame, row: int) -> pd.DataFrame:
    """Sites of one window as an interval table of the genome."""
    own = sites[sites["row"] == row]
    width = own["end"] - own["start"]
    columns = {"chrom": own["chrom"], "start": own["genome_start"], "end": own["genome_start"] + width}
    return pd.DataFrame({**columns, "name": own["name"], "strand": own["strand"]}).reset_index(drop=True)


def write_maps(path: Path, model: FoldingModel, **maps: np.ndarray) -> None:
    """Write maps as an ``.npz`` of float32, with what is needed to read them: names of tracks and the geometry."""
    own: MapGeometry = model.geometry
    about: dict[str, Any] = {"n_bins": own.n_bins, "diagonal_offset": own.diagonal_offset, "bin_size": own.bin_size}
    arrays: dict[str, Any] = {
        name: values.astype(np.float32) if values.dtype == np.float64 else values for name, values in maps.items()
    }
    with atomic_path(path) as part, part.open("wb") as file:
        np.savez_compressed(file, tracks=np.array(model.track_names), **about, **arrays)


def records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as JSON knows them: NaN becomes None."""
    return [
        {str(key): value for key, value in row.items()}
        for row in table.astype(object).where(table.notna(), None).to_dict("records")
    ]
