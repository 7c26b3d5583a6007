"""Case pages of loci on disk: three plain tables per locus, from which a picture can be drawn without a model.

::

    chr1_1234_1633.bases.tsv.gz      position, base, and per track (and strand) observed, predicted, contribution
    chr1_1234_1633.instances.tsv.gz  motif instances
    chr1_1234_1633.effects.tsv.gz    what deleting each does to each track
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.errors import FormatError
from cisgram.genomics.locus_study import EFFECT_COLUMNS, INSTANCE_COLUMNS, LocusStudy
from cisgram.genomics.sequence import decode, encode
from cisgram.io.file_names import file_name_from
from cisgram.io.tables.tsv import read_provenance, read_table, write_table

_BASES = ".bases.tsv.gz"
_WORDS = {1: ("both",), 2: ("plus", "minus")}


def write_locus_study(folder: str | os.PathLike[str], study: LocusStudy) -> Path:
    """Write a locus into a folder, which is made if it is not there; returns the table of its bases."""
    stem = file_name_from(f"{study.chrom}_{study.start + 1}_{study.end}")
    path = Path(folder) / f"{stem}{_BASES}"
    path.parent.mkdir(parents=True, exist_ok=True)
    columns: dict[str, object] = {
        "position": np.arange(study.start, study.end),
        "base": list(decode(study.codes)),
    }
    for number, track in enumerate(study.tracks):
        for strand, word in enumerate(_WORDS[study.observed.shape[1]]):
            columns[f"observed {word} {track}"] = study.observed[number, strand]
            columns[f"predicted {word} {track}"] = study.predicted[number, strand]
        columns[f"contribution {track}"] = study.contributions[number]
    notes = {"chrom": study.chrom, "start": study.start, "score": study.score, "remark": study.remark or "none"}
    write_table(path, pd.DataFrame(columns), provenance=notes)
    for name in ("instances", "effects"):
        write_table(path.with_name(f"{stem}.{name}.tsv.gz"), getattr(study, name))
    return path


def read_locus_study(path: str | os.PathLike[str]) -> LocusStudy:
    """Read a locus by the table of its bases.

    Raises
    ------
    FormatError
        The table is not one of a locus.
    """
    path, notes = Path(path), read_provenance(path)
    if missing := [name for name in ("chrom", "start", "score", "remark") if name not in notes]:
        raise FormatError(
            path, f"a locus says its chrom, start, score and remark on top; {', '.join(missing)} is missing"
        )
    table = read_table(path, types={"base": "text"})
    names = [str(name) for name in table]
    tracks = tuple(name.split(" ", 1)[1] for name in names if name.startswith("contribution "))
    n_strands = sum(name.startswith("observed ") for name in names) / max(len(tracks), 1)
    if n_strands not in _WORDS:
        raise FormatError(path, f"a locus has one or two strands of each track; got {len(tracks)} tracks")
    stem, words = path.name.removesuffix(_BASES), _WORDS[int(n_strands)]
    reads = {
        what: np.stack([_columns(table, [f"{what} {word} {track}" for word in words], path) for track in tracks])
        for what in ("observed", "predicted")
    }
    instances, effects = (
        _small(path.with_name(f"{stem}.{name}.tsv.gz"), columns)
        for name, columns in (("instances", INSTANCE_COLUMNS), ("effects", EFFECT_COLUMNS))
    )
    return LocusStudy(
        chrom=notes["chrom"],
        start=int(notes["start"]),
        tracks=tracks,
        codes=encode("".join(table["base"])),
        **reads,
        contributions=_columns(table, [f"contribution {track}" for track in tracks], path),
        score=notes["score"],
        instances=instances,
        effects=effects,
        remark="" if notes["remark"] == "none" else notes["remark"],
    )


def read_locus_studies(folder: str | os.PathLike[str]) -> list[LocusStudy]:
    """Read all loci of a folder, by name; none where there is no such folder."""
    return [read_locus_study(path) for path in sorted(Path(folder).glob(f"*{_BASES}"))]


def _columns(table: pd.DataFrame, names: list[str], path: Path) -> np.ndarray:
    if missing := [name for name in names if name not in table]:
        raise FormatError(path, f"the column {missing[0]!r} is missing")
    return np.stack([table[name].to_numpy(dtype=np.float64) for name in names])


def _small(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    types = {"pattern": "text", "track": "text"}
    return read_table(path, types={name: kind for name, kind in types.items() if name in columns})  # type: ignore[misc]
