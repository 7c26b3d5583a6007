"""Promoters with the elements that they use, on disk: plain tables from which a picture is drawn without a model.

::

    gene.bins.tsv.gz       start of every bin that is read, and per track predicted value and saliency
    gene.elements.tsv.gz   elements that stand out
    gene.known.tsv.gz      elements that were given
"""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.errors import FormatError
from cisgram.genomics.promoter_study import ELEMENT_COLUMNS, KNOWN_COLUMNS, PromoterStudy
from cisgram.io.file_names import file_name_from
from cisgram.io.tables.tsv import read_provenance, read_table, write_table

_BINS = ".bins.tsv.gz"
_NOTES = ("name", "chrom", "tss", "strand", "bin_size", "crop", "asked", "signal")


def write_promoter_study(folder: str | os.PathLike[str], study: PromoterStudy, *, number: int) -> Path:
    """Write a promoter into a folder, which is made if it is not there.

    Parameters
    ----------
    folder
        Where to.
    study
        The promoter.
    number
        Its place among others, which file names begin with.

    Returns
    -------
    pathlib.Path
        The table of its bins.
    """
    stem = f"{number:04d}_" + file_name_from(study.name)
    path = Path(folder) / f"{stem}{_BINS}"
    path.parent.mkdir(parents=True, exist_ok=True)
    n_bins = study.saliency.shape[1]
    columns: dict[str, object] = {"start": study.start + study.bin_size * np.arange(n_bins)}
    for track, name in enumerate(study.tracks):
        predicted = np.full(n_bins, np.nan)
        predicted[study.crop : n_bins - study.crop] = study.rates[track]
        columns |= {f"predicted {name}": predicted, f"saliency {name}": study.saliency[track]}
    notes: dict[str, object] = {name: getattr(study, name) for name in _NOTES[:6]}
    notes |= {"asked": json.dumps(list(study.asked)), "signal": json.dumps(study.signal.tolist())}
    write_table(path, pd.DataFrame(columns), provenance=notes)
    write_table(path.with_name(f"{stem}.elements.tsv.gz"), study.elements)
    write_table(path.with_name(f"{stem}.known.tsv.gz"), study.known)
    return path


def read_promoter_study(path: str | os.PathLike[str]) -> PromoterStudy:
    """Read a promoter by the table of its bins.

    Raises
    ------
    FormatError
        The table is not one of a promoter.
    """
    path, notes = Path(path), read_provenance(path)
    if missing := [name for name in _NOTES if name not in notes]:
        raise FormatError(path, f"a promoter says its {', '.join(_NOTES)} on top; {', '.join(missing)} is missing")
    table = read_table(path)
    tracks = tuple(str(name).removeprefix("saliency ") for name in table if str(name).startswith("saliency "))
    crop, stem = int(notes["crop"]), path.name.removesuffix(_BINS)
    inside = slice(crop, len(table) - crop)
    first, last = json.loads(notes["asked"])
    return PromoterStudy(
        name=notes["name"],
        chrom=notes["chrom"],
        tss=int(notes["tss"]),
        strand=notes["strand"],
        start=int(table["start"].iloc[0]),
        bin_size=int(notes["bin_size"]),
        crop=crop,
        asked=(int(first), int(last)),
        tracks=tracks,
        signal=np.array(json.loads(notes["signal"]), dtype=np.float64),
        rates=np.stack([table[f"predicted {name}"].to_numpy(np.float64)[inside] for name in tracks]),
        saliency=np.stack([table[f"saliency {name}"].to_numpy(np.float64) for name in tracks]),
        elements=_columns(path.with_name(f"{stem}.elements.tsv.gz"), ELEMENT_COLUMNS),
        known=_columns(path.with_name(f"{stem}.known.tsv.gz"), KNOWN_COLUMNS),
    )


def read_promoter_studies(folder: str | os.PathLike[str]) -> list[PromoterStudy]:
    """Read all promoters of a folder in their order; none where there is no such folder."""
    return [read_promoter_study(path) for path in sorted(Path(folder).glob(f"*{_BINS}"))]


def _columns(path: Path, names: tuple[str, ...]) -> pd.DataFrame:
    table = read_table(path, types={"gene": "text", "track": "text"})
    return table[list(names)]
