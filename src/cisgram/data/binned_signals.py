"""Signal of a track along a genome, from bigWigs or from reads, whole and in two halves, read a stretch at a time."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from cisgram.arrays import CoverageValues, PerBin
from cisgram.data.binned_store import CeilingKind
from cisgram.data.binned_targets import BinnedTargetConfig, bin_targets, require_storable
from cisgram.data.binned_tracks import BinnedTrack
from cisgram.errors import InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import bigwig_sizes, read_bigwig_windows
from cisgram.io.files import require_file
from cisgram.io.reads import CoverageSource, contigs_of_reads, open_coverage_source
from cisgram.io.reads.coverage_source import is_bigwig

Signal: TypeAlias = Callable[[str, int, int], CoverageValues]
"""``read(chrom, start, end)``: float32 per base of a stretch of a contig of the genome; NaN where not measured."""

_STRETCH_BP = 1 << 20


class TrackSignals(NamedTuple):
    """A track whose files are known to exist and to fit the genome; made by :func:`open_signals`."""

    track: BinnedTrack
    whole: Signal
    """What is to be predicted."""
    halves: tuple[Signal, Signal] | None
    """Of its replicates, or of its reads dealt at random."""
    ceiling: CeilingKind
    """Which of the two."""

    def bins(self, signal: Signal, place: tuple[str, int, int], *, bin_size: int, config: BinnedTargetConfig) -> PerBin:
        """Targets of a stretch of bins, without what a blacklist or unmappable regions ask for.

        Memory: some tens of MB beyond the answer.

        Parameters
        ----------
        signal
            ``whole``, or one of ``halves``.
        place
            Contig, first bin and number of bins; all of them lie on the contig.
        bin_size
            Width of a bin in bp.
        config
            Settings.
        """
        chrom, first, n_bins = place
        values, at_once = np.empty(n_bins, dtype=np.float32), max(1, _STRETCH_BP // bin_size)
        for at in range(0, n_bins, at_once):
            n = min(at_once, n_bins - at)
            bases = signal(chrom, (first + at) * bin_size, (first + at + n) * bin_size)
            values[at : at + n] = bin_targets(bases.reshape(n, bin_size), self.track, processed=config.processed)
        require_storable(values, self.track.name)
        return values


def open_signals(
    track: BinnedTrack,
    sizes: Mapping[str, int],
    *,
    locate: Callable[[str], Path] = Path,
    config: BinnedTargetConfig,
    seed: int = 0,
) -> TrackSignals:
    """Open the files of a track and make sure that they fit the genome.

    Parameters
    ----------
    track
        Its files and settings.
    sizes
        Contigs of the genome and their lengths in bp. Contigs of files may have other names (chrI, I).
    locate
        Where a file that the track names lies.
    config
        Whether bases that a bigWig does not cover are unknown.
    seed
        Of the halves that reads are dealt into.

    Raises
    ------
    InputError
        Where a file is missing, bigWigs and reads are mixed, or reads are called processed.
    ContigError
        Where its contigs are not those of the genome.
    """
    paths = {one: require_file(locate(one), f"track {track.name!r}") for one in (*track.files, *track.replicates)}
    kinds = {is_bigwig(path) for path in paths.values()}
    if len(kinds) > 1:
        raise InputError(f"track {track.name!r}: bigWigs and files of reads cannot be mixed: {', '.join(paths)}")
    if kinds == {True}:
        names = {one: match_contigs(sizes, bigwig_sizes(path), what=path.name).to_other for one, path in paths.items()}

        def added(files: Sequence[str]) -> Signal:
            return _of_bigwigs([(paths[one], names[one]) for one in files], is_zero=config.uncovered == "zero")

        halves = None if track.halves is None else (added(track.halves[0]), added(track.halves[1]))
        return TrackSignals(track, added(track.files), halves, "none" if halves is None else "replicates")
    if config.processed:
        raise InputError(f"track {track.name!r}: targets.processed is for bigWigs of targets, and these are reads")
    return _of_reads(track, paths, sizes, seed)


def _of_bigwigs(files: Sequence[tuple[Path, Mapping[str, str]]], *, is_zero: bool) -> Signal:
    """The sum of bigWigs; bases that none of them covers are 0 or NaN."""
    uncovered = 0.0 if is_zero else np.nan

    def read(chrom: str, start: int, end: int) -> CoverageValues:
        place = interval_table([chrom], [start], [end])
        total = None
        for path, names in files:
            values = read_bigwig_windows(path, place, contigs=names, allow_missing=True, uncovered=uncovered)[0]
            if total is None:
                total = values
            else:
                total = total + values if is_zero else np.where(np.isnan(total), values, total + np.nan_to_num(values))
        assert total is not None, "a track has files"
        return total

    return read


def _of_reads(
    track: BinnedTrack, paths: Mapping[str, os.PathLike[str]], sizes: Mapping[str, int], seed: int
) -> TrackSignals:
    """Cut sites of reads, whole, and of replicates or of halves drawn at random."""

    def added(files: Sequence[str]) -> CoverageSource:
        names: dict[str, str] = {}
        for one in files:
            names |= match_contigs(sizes, contigs_of_reads(paths[one]), what=Path(one).name).to_genome
        return open_coverage_source(
            [paths[one] for one in files],
            sizes=sizes,
            read_shift=track.read_shift,
            extend_bp=track.extend_bp,
            contigs=names,
        )

    whole = added(track.files)
    if track.halves is not None:
        first, second = (added(half).coverage for half in track.halves)
        return TrackSignals(track, whole.coverage, (first, second), "replicates")
    half = whole.thinned(fraction=0.5, seed=seed)

    def other(chrom: str, start: int, end: int) -> CoverageValues:
        return whole.coverage(chrom, start, end) - half.coverage(chrom, start, end)

    return TrackSignals(track, whole.coverage, (half.coverage, other), "pseudo-replicates")
