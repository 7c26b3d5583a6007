"""The peaks of every track of a run: as they were given, or called from reads and signals."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cisgram.data.sites import peaks_by_name
from cisgram.data.tracks import PooledCounts, StrandFiles, TrackFiles
from cisgram.errors import ConfigError, EmptySetError, FormatError
from cisgram.genomics.genome import Genome
from cisgram.genomics.poisson_peaks import call_peaks
from cisgram.io.files import require_file
from cisgram.io.tables import write_narrowpeak
from cisgram.run.folder import LabelRun
from cisgram.run.regions import intervals_of
from cisgram.run.settings.labels import PeakTrackConfig
from cisgram.run.settings.profiles import TrackConfig
from cisgram.run.signals import track_files

logger = logging.getLogger(__name__)


class PeakTables(NamedTuple):
    """Peaks by track."""

    tables: dict[str, pd.DataFrame]
    """Interval tables; tracks in the order of the settings."""
    left_out: dict[str, int]
    """Tracks with too few peaks, and how many they have."""


def peak_files(run: LabelRun) -> Iterator[str]:
    """Every file of peaks, reads and signals, as written in the settings."""
    sites = run.config.site_plan.sites
    for track in run.config.tracks:
        yield from (*track.peaks, *track.reads, *track.bigwig)
    yield from sites.by_name
    if sites.table:
        yield sites.table
        yield from listed_tracks(run, sites.table).values()


def listed_tracks(run: LabelRun, table: str) -> dict[str, str]:
    """Peak file by track, as a text file of two columns lists them.

    Raises
    ------
    FormatError
        Where a line is not a name and a path with a tab between them, or a name comes twice.
    """
    path = require_file(run.input(table), "the table of tracks")
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 2 or not all(cells):
            raise FormatError(path, f"a line must be a name, a tab and a peak file; got {line!r}", line=number)
        if cells[0] in found:
            raise FormatError(path, f"the name {cells[0]!r} comes twice", line=number)
        found[cells[0]] = str(Path(table).parent / cells[1])
    if not found:
        raise FormatError(path, "there is no line in this file; a name and a peak file per line expected")
    return found


def peak_tables(run: LabelRun, genome: Genome) -> PeakTables:
    """Read or call the peaks of all tracks.

    Raises
    ------
    ConfigError
        Where two tracks have one name.
    EmptySetError
        Where no track has enough peaks.
    """
    sites = run.config.site_plan.sites
    tables: dict[str, pd.DataFrame] = {}
    for name, table in _tables(run, genome):
        if name in tables:
            raise ConfigError(f"two tracks are called {name!r}; rename one of them")
        tables[name] = table
    left_out = {name: len(table) for name, table in tables.items() if len(table) < sites.min_peaks}
    kept = {name: table for name, table in tables.items() if name not in left_out}
    if not kept:
        raise EmptySetError("tracks", dropped={f"with fewer than {sites.min_peaks} peaks": len(left_out)})
    logger.info("%d tracks with %d peaks", len(kept), sum(map(len, kept.values())))
    return PeakTables(kept, left_out)


def _tables(run: LabelRun, genome: Genome) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and peaks of every track, in the order of the settings."""
    for track in run.config.tracks:
        if track.peaks:
            yield track.name, pd.concat([intervals_of(run, genome, path) for path in track.peaks], ignore_index=True)
        else:
            yield track.name, _called(run, track, genome)
    sites = run.config.site_plan.sites
    if sites.table:
        for name, path in listed_tracks(run, sites.table).items():
            yield name, intervals_of(run, genome, path)
    for path in sites.by_name:
        yield from peaks_by_name(intervals_of(run, genome, path)).items()


def _called(run: LabelRun, track: PeakTrackConfig, genome: Genome) -> pd.DataFrame:
    """Call the peaks of a track; they are kept as narrowPeak in the run folder."""
    counts = PooledCounts([_counted(run, track, genome)], genome.sizes)
    left_out = run.config.site_plan.genome.leave_out

    used = [contig for contig in genome.sizes if contig not in left_out]
    peaks = call_peaks(used, counts.__getitem__, rule=run.config.calling, name=track.name)
    write_narrowpeak(run.folder / "tracks" / f"{track.name}.narrowPeak", peaks)
    logger.info("%s: called %d peaks", track.name, len(peaks))
    return peaks


def _counted(run: LabelRun, track: PeakTrackConfig, genome: Genome) -> TrackFiles:
    """The bigWigs that peaks are called from."""
    if track.bigwig:
        return TrackFiles(track.name, tuple(StrandFiles(run.input(path)) for path in track.bigwig))
    return track_files(run, TrackConfig(track.name, reads=track.reads, count=track.count), genome)


def track_summary(peaks: PeakTables) -> Mapping[str, int]:
    """How many peaks each kept track has."""
    return {name: len(table) for name, table in peaks.tables.items()}
