"""Coverage on disk: numbers per base of whole contigs, from which stretches of any place and length can be cut.

::

    layout.json    names of the tracks, contigs with their lengths, and totals
    0.npy 1.npy    float32, one file per track: its contigs end to end, in the order of the layout

Everything about one pair of a shallow and a deep library stands in one such folder: the noisy track, the clean one,
peaks as 1 and 0, further channels. A model's windows and their margins are cut out of it as they are needed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from cisgram.arrays import ContigMask, ContigValues, CoverageValues
from cisgram.data.npy import RowWriter, open_array
from cisgram.data.store_files import LAYOUT, replacing_folder
from cisgram.errors import ContigError, EmptySetError, FormatError, InputError
from cisgram.io.files import write_json_atomic

CoverageReader: TypeAlias = Callable[[str, int, int], ContigValues | ContigMask]
"""``read(chrom, start, end)``: one number (or truth value) per base of a stretch that lies inside its contig."""

_FORMAT = 1
_KIND = "coverage"
_CHUNK_BP = 1 << 20


@dataclass(frozen=True, eq=False)
class CoverageStore:
    """Tracks of coverage that can be read without loading them; made by :func:`open_coverage`.

    It may be sent to another process, which opens the files anew.
    """

    folder: Path
    names: tuple[str, ...]
    """Tracks."""
    sizes: Mapping[str, int]
    """Contigs and their lengths in bp."""
    totals: Mapping[str, float]
    """Sum of every track."""
    _starts: Mapping[str, int] = field(repr=False)
    """Where each contig begins in the files."""
    _values: Mapping[str, np.ndarray] = field(repr=False)

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return open_coverage, (self.folder,)

    def read(self, name: str, chrom: str, start: int, end: int) -> CoverageValues:
        """Values of a track along a stretch.

        Parameters
        ----------
        name
            Track.
        chrom
            Contig.
        start, end
            0-based, half-open, in bp; either may lie beyond the contig.

        Returns
        -------
        CoverageValues
            A new float32 array of ``end - start`` values; 0 beyond the ends of the contig.

        Raises
        ------
        InputError
            Where there is no such track, or the end is before the start.
        ContigError
            Where there is no such contig.
        """
        if name not in self._values:
            raise InputError(f"{self.folder} has no track {name!r}; it has {', '.join(self.names)}")
        if chrom not in self.sizes:
            raise ContigError(f"{self.folder} has no contig {chrom!r}; it has {_some(list(self.sizes))}")
        if end < start:
            raise InputError(f"a stretch of coverage needs start <= end; got {chrom} start {start}, end {end}")
        values = np.zeros(end - start, dtype=np.float32)
        first, last = max(start, 0), min(end, self.sizes[chrom])
        if first < last:
            at = self._starts[chrom]
            values[first - start : last - start] = self._values[name][at + first : at + last]
        return values


def write_coverage(folder: str | Path, sizes: Mapping[str, int], tracks: Mapping[str, CoverageReader]) -> CoverageStore:
    """Write tracks of coverage, contig by contig and chunk by chunk; the folder appears complete or not at all.

    Memory does not grow with the genome: one chunk of about 1 Mb at a time.

    Parameters
    ----------
    folder
        Where to; a store that is there already is replaced.
    sizes
        Contigs and their lengths in bp; every track is asked for all of them, in this order.
    tracks
        Names, and for each a function that gives the values of a stretch of a contig. Stretches are asked for from
        left to right.

    Returns
    -------
    CoverageStore
        The same as of :func:`open_coverage`.

    Raises
    ------
    InputError
        Where a value is negative, NaN or infinite, or there are not as many as bases; the message names the track and
        the place.
    EmptySetError
        Where there are no contigs or no tracks, or a track is 0 everywhere.
    RunFolderError, OutputError
        Where the folder holds something else, or cannot be written.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> rising = lambda chrom, start, end: np.arange(start, end)
    >>> store = write_coverage(Path(mkdtemp()) / "store", {"I": 5}, {"rising": rising})
    >>> store.read("rising", "I", 3, 7).tolist()
    [3.0, 4.0, 0.0, 0.0]
    """
    folder = Path(folder)
    for what, things in (("contigs to store", sizes), ("tracks to store", tracks)):
        if not things:
            raise EmptySetError(what, dropped={}, hint="give at least one")
    if short := [name for name, size in sizes.items() if size < 1]:
        raise InputError(f"a contig needs at least 1 bp; got {short[0]} with {sizes[short[0]]}")
    n_bases = sum(sizes.values())
    with replacing_folder(folder, n_bytes=4 * n_bases * len(tracks)) as partial:
        totals = {
            name: _write_track(partial / f"{number}.npy", name, read, sizes)
            for number, (name, read) in enumerate(tracks.items())
        }
        layout = {"kind": _KIND, "format": _FORMAT, "sizes": dict(sizes), "totals": totals}
        write_json_atomic(partial / LAYOUT, layout)
    return open_coverage(folder)


def open_coverage(folder: str | Path) -> CoverageStore:
    """Open a store that :func:`write_coverage` made.

    Raises
    ------
    FormatError
        Where a file is missing, damaged, or does not fit the layout.
    InputError
        Where the folder is no store of coverage.
    """
    folder = Path(folder)
    path = folder / LAYOUT
    try:
        layout = json.loads(path.read_text(encoding="utf-8"))
        is_known = isinstance(layout, dict) and layout.get("kind") == _KIND and layout.get("format") == _FORMAT
    except FileNotFoundError as error:
        raise InputError(f"{folder} is no store of coverage: there is no {LAYOUT} in it") from error
    except (OSError, ValueError, RecursionError) as error:
        raise FormatError(path, f"the layout cannot be read ({error!r}); make the store again") from error
    if not is_known:
        raise InputError(f"{folder} is no store of coverage of this version of cisgram; make it again")
    try:
        sizes = {str(name): int(size) for name, size in layout["sizes"].items()}
        totals = {str(name): float(total) for name, total in layout["totals"].items()}
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise FormatError(path, f"the layout cannot be read ({error!r}); make the store again") from error
    shape = (sum(sizes.values()),)
    values = {
        name: open_array(folder / f"{number}.npy", shape=shape, dtype="<f4") for number, name in enumerate(totals)
    }
    starts = dict(zip(sizes, accumulate(sizes.values(), initial=0), strict=False))
    return CoverageStore(folder, tuple(totals), MappingProxyType(sizes), MappingProxyType(totals), starts, values)


def _write_track(path: Path, name: str, read: CoverageReader, sizes: Mapping[str, int]) -> float:
    """Write one track; returns its sum."""
    total = 0.0
    with RowWriter(path, (sum(sizes.values()),), "float32") as writer:
        for chrom, size in sizes.items():
            for start in range(0, size, _CHUNK_BP):
                end = min(start + _CHUNK_BP, size)
                values = require_coverage(read(chrom, start, end), name=name, chrom=chrom, start=start, end=end)
                total += float(values.sum(dtype=np.float64))
                writer.append(values)
    if total == 0:
        raise EmptySetError(
            f"coverage in the track {name!r}", dropped={}, hint=f"it is 0 everywhere on {_some(list(sizes))}"
        )
    return total


def require_coverage(
    values: ContigValues | ContigMask, *, name: str, chrom: str, start: int, end: int
) -> CoverageValues:
    """Make sure that values can be coverage of a stretch, and give them as float32.

    Parameters
    ----------
    values
        One per base.
    name
        What they are, for the message.
    chrom, start, end
        The stretch, 0-based and half-open.

    Raises
    ------
    InputError
        Where one is negative, NaN or infinite (also as float32), or there are more or fewer than bases.
    """
    if values.shape != (end - start,):
        raise InputError(
            f"track {name!r} gave {values.size} values for {chrom}:{start + 1}-{end}; {end - start} are needed, one "
            "per base"
        )
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused
        coverage = np.ascontiguousarray(values, dtype=np.float32)
    wrong = ~((coverage >= 0) & (coverage < np.inf))
    if wrong.any():
        first = int(wrong.argmax())
        raise InputError(
            f"coverage must be finite and not negative; track {name!r} has {values[first]} at {chrom}:"
            f"{start + first + 1} ({int(wrong.sum())} such values in {chrom}:{start + 1}-{end}). Give coverage in "
            "reads, not a ratio or its logarithm; where nothing was measured, 0"
        )
    return coverage


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f", ... {len(names)} in all" if len(names) > 4 else "")
