"""Which files are a track in bins, what is made of their values, and which track is its other strand.

Tracks are named one by one in a run's settings, or all together in a table such as those that Basenji trains with
(``targets.txt``): tab-separated, one row per track, the columns ``index`` (or one without a name), ``identifier`` (or
``name``), ``file``, ``clip``, ``clip_soft``, ``scale``, ``sum_stat``, ``strand_pair`` and ``description``; here also
``replicates`` (files with commas between them) and ``family``. ``identifier`` and ``file`` must be there.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from cisgram.errors import ConfigError, FormatError
from cisgram.io.file_names import file_name_from
from cisgram.io.files import about_file
from cisgram.io.tables import read_table

BinStatistic: TypeAlias = Literal["sum", "sum_sqrt", "mean", "mean_sqrt", "median", "max", "peak"]
"""What is made of the bases of a bin."""

TABLE_COLUMNS = (
    "index",
    "identifier",
    "genome",
    "file",
    "replicates",
    "clip",
    "clip_soft",
    "scale",
    "sum_stat",
    "strand_pair",
    "family",
    "description",
)
"""Columns of a table of tracks that are looked at."""

_OTHER_LETTERS = re.compile(r"[^A-Za-z0-9_.\-]+")


@dataclass(frozen=True)
class BinnedTrack:
    """One track that is predicted bin by bin."""

    name: str
    """Name in tables, figures and files; letters, digits, ``-``, ``_`` and ``.``."""
    file: str | tuple[str, ...] = ()
    """bigWig of signal per base, or reads (BAM, fragments, BED with strands), of which the cut sites count; of several
    files, all of one kind, the values are added up. Left out where ``replicates`` are given: it is their sum."""
    replicates: tuple[str, ...] = ()
    """Two files or more of the same kind, one per replicate: what they reach is the ceiling. They are added up to two
    halves of equally many files; an odd one is left out of these."""
    sum_stat: BinStatistic = "mean"
    """What is made of the bases of a bin: ``sum``, ``mean``, ``median``, ``max``; ``sum_sqrt`` and ``mean_sqrt``:
    sqrt(1 + x) - 1 of that; ``peak``: sqrt(4 mean), at most 1."""
    scale: float = 1.0
    """What every base is multiplied with, before anything else; below 0 for a minus strand written as negative."""
    clip: float = 0.0
    """A bin is at most this, at least minus this; 0: no limit."""
    clip_soft: float = 0.0
    """What a bin has above this, x, becomes sqrt(1 + x) - 1; 0: never."""
    strand_pair: str = ""
    """Name of the track of the same experiment on the other strand; the two name each other. Empty: both strands."""
    family: str = ""
    """Kind of experiment, such as ``CAGE``; left out, what stands before the first ``:`` of the description."""
    description: str = ""
    """What it is, for people."""
    read_shift: tuple[int, int] = (0, 0)
    """Of reads: added to the position of plus-strand and of minus-strand ends, in bp; (4, -4) for raw Tn5 reads."""
    extend_bp: int = 0
    """Of reads: a cut site counts 1 on so many bases on either side of it as well."""

    def __post_init__(self) -> None:
        if not self.files:
            raise ConfigError(f"track {self.name!r} needs a file, or replicates")
        if len(self.replicates) == 1:
            raise ConfigError(f"track {self.name!r}: replicates are two files or more, or none; got one")
        if not np.isfinite(self.scale) or self.scale == 0:
            raise ConfigError(f"track {self.name!r}: scale must be a number other than 0; got {self.scale}")
        if min(self.clip, self.clip_soft, self.extend_bp) < 0 or 0 < self.clip < self.clip_soft:
            raise ConfigError(
                f"track {self.name!r}: clip, clip_soft and extend_bp must not be negative, and clip_soft not above "
                f"clip; got {self.clip}, {self.clip_soft} and {self.extend_bp}"
            )

    @property
    def files(self) -> tuple[str, ...]:
        """Files whose values are added up to the track."""
        given = (self.file,) if isinstance(self.file, str) else self.file
        return tuple(one for one in given if one) or self.replicates

    @property
    def halves(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Files of two halves of the replicates, equally many in each; None where there are none."""
        n = len(self.replicates) // 2 * 2
        return (self.replicates[:n:2], self.replicates[1:n:2]) if n else None

    @property
    def assay(self) -> str:
        """Kind of experiment: ``family``, or what stands before the first ``:`` of the description; or nothing."""
        return self.family or (self.description.split(":")[0].strip() if ":" in self.description else "")


def strand_pairs_of(tracks: Sequence[BinnedTrack]) -> tuple[int, ...]:
    """For each track the number of the one that takes its place on the other strand; its own where that is itself.

    Raises
    ------
    ConfigError
        Where a name repeats, a partner is missing, or two do not name each other.

    Examples
    --------
    >>> strand_pairs_of([BinnedTrack("+", "a.bw", strand_pair="-"), BinnedTrack("-", "b.bw", strand_pair="+")])
    (1, 0)
    """
    number = {track.name: place for place, track in enumerate(tracks)}
    if len(number) < len(tracks):
        names = [track.name for track in tracks]
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise ConfigError(f"every track needs a name of its own; {', '.join(repeated[:5])} comes more than once")
    pairs = []
    for track in tracks:
        other = track.strand_pair or track.name
        if other not in number:
            raise ConfigError(f"track {track.name!r}: there is no track {other!r} for its other strand")
        back = tracks[number[other]].strand_pair or other
        if back != track.name:
            raise ConfigError(
                f"track {track.name!r} has {other!r} on the other strand, and that one {back!r}: the two must name "
                "each other"
            )
        pairs.append(number[other])
    return tuple(pairs)


def name_without_strand(one: str, other: str) -> str:
    """What two tracks of one experiment, one per strand, have in common: their names less the word that differs.

    Parameters
    ----------
    one, other
        Names of words with ``_``, ``.``, ``-`` or the like between them.

    Returns
    -------
    str
        Empty where they differ in more than one word, or have only one.

    Examples
    --------
    >>> name_without_strand("CAGE_plus_liver", "CAGE_minus_liver"), name_without_strand("tss.fwd", "tss.rev")
    ('CAGE_liver', 'tss')
    """
    words, others = (re.split(r"([\W_])", name) for name in (one, other))
    differing = [at for at, (a, b) in enumerate(zip(words, others, strict=False)) if a != b]
    if len(words) != len(others) or len(words) == 1 or len(differing) != 1:
        return ""
    at = differing[0]
    return "".join(words[2:] if at == 0 else words[: at - 1] + words[at + 1 :])


def read_track_table(path: str | os.PathLike[str], *, folder: str = "") -> tuple[BinnedTrack, ...]:
    """Read a table of tracks, as Basenji's.

    Names become such as can stand in the name of a file: a ``+`` or ``-`` at the end turns into ``_plus`` or
    ``_minus``, every other sign that cannot into ``_``.

    Parameters
    ----------
    path
        The table; a partner in ``strand_pair`` is given by its ``index`` (by its number from 0 on where there is no
        such column) or by its name, the row's own for none.
    folder
        Where relative names of files begin: it is put in front of them.

    Returns
    -------
    tuple of BinnedTrack
        In the order of the rows.

    Raises
    ------
    FormatError
        Where a column is missing, the tracks are of several genomes, or a row does not make a track, with its line;
        where strands do not fit together.
    """
    table = _read(path)
    if "genome" in table and table["genome"].astype(str).nunique() > 1:
        genomes = ", ".join(dict.fromkeys(table["genome"].astype(str)))
        raise FormatError(path, f"the tracks are of several genomes ({genomes}): give those of one, in a table each")
    names = [track_name(str(one)) for one in table["identifier"]]
    index = [str(one) for one in (table["index"] if "index" in table else range(len(table)))]
    by_key = dict(zip([*index, *table["identifier"].astype(str), *names], [*names] * 3, strict=True))
    tracks = []
    for number, row in enumerate(table.to_dict("records")):
        given = {str(key): value for key, value in row.items() if not _is_missing(value)}
        try:
            tracks.append(_track(given, names[number], by_key, folder))
        except (ConfigError, ValueError) as error:
            raise FormatError(path, str(error), line=number + 2) from error
    with about_file(path):
        strand_pairs_of(tracks)
    return tuple(tracks)


def track_name(identifier: str) -> str:
    """The name of a track that can stand in the name of a file.

    Examples
    --------
    >>> track_name("CNhs10752+"), track_name("K562 (rep 1)")
    ('CNhs10752_plus', 'K562_rep_1')
    """
    ends = {"+": "_plus", "-": "_minus"}
    text = identifier[:-1] + ends[identifier[-1]] if identifier and identifier[-1] in ends else identifier
    return file_name_from(_OTHER_LETTERS.sub("_", text), otherwise="track")


def _read(path: str | os.PathLike[str]) -> pd.DataFrame:
    """The columns of a table under the names that are theirs here."""
    table = read_table(path)
    first = str(table.columns[0])
    if first in ("", "Unnamed: 0") and "index" not in table:
        table = table.rename(columns={table.columns[0]: "index"})
    if "identifier" not in table and "name" in table:
        table = table.rename(columns={"name": "identifier"})
    if lacking := [name for name in ("identifier", "file") if name not in table]:
        raise FormatError(
            path, f"has no column {', '.join(lacking)}; a table of tracks has {', '.join(TABLE_COLUMNS)}", line=1
        )
    return table[[name for name in TABLE_COLUMNS if name in table]]


def _track(given: Mapping[str, Any], name: str, by_key: Mapping[str, str], folder: str) -> BinnedTrack:
    """A row of a table as a track; cells without a value are not there."""
    partner = str(given.get("strand_pair", name))
    if partner not in by_key:
        raise ConfigError(f"strand_pair {partner} is neither an index nor a name of the table")
    known, sum_stat = get_args(BinStatistic), given.get("sum_stat", "sum")
    if sum_stat not in known:
        raise ConfigError(f"sum_stat must be one of {', '.join(known)}; got {sum_stat!r}")
    replicates = [one.strip() for one in str(given.get("replicates", "")).split(",")]
    return BinnedTrack(
        name,
        _placed(folder, str(given["file"])) if "file" in given else (),
        replicates=tuple(_placed(folder, one) for one in replicates if one),
        sum_stat=sum_stat,
        scale=float(given.get("scale", 1.0)),
        clip=float(given.get("clip", 0.0)),
        clip_soft=float(given.get("clip_soft", 0.0)),
        strand_pair="" if by_key[partner] == name else by_key[partner],
        family=str(given.get("family", "")),
        description=str(given.get("description", "")),
    )


def _is_missing(value: object) -> bool:
    """Whether a cell says nothing."""
    return value is None or value is pd.NA or value == "" or (isinstance(value, float) and bool(np.isnan(value)))


def _placed(folder: str, file: str) -> str:
    """A file of the table, from where the table's own relative names begin."""
    return str(Path(folder) / file)
