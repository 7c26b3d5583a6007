"""The bigWigs of a track: those that were given, or those made of its reads."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from cisgram.data.tracks import StrandFiles, TrackFiles
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.read_shift import estimate_read_shift
from cisgram.io.bigwig import write_bigwig
from cisgram.io.files import write_json_atomic
from cisgram.io.reads import contigs_of_reads, iterate_read_counts
from cisgram.io.tables import write_table
from cisgram.run.folder import Run
from cisgram.run.settings.profiles import TrackConfig

logger = logging.getLogger(__name__)


def track_files(run: Run, track: TrackConfig, genome: Genome) -> TrackFiles:
    """The bigWigs of a track, per replicate and strand."""
    if track.reads:
        return _counted_reads(run, track, genome)
    plus = [run.input(path) for path in track.plus]
    minus = [run.input(path) for path in track.minus] or [None] * len(plus)
    return TrackFiles(track.name, tuple(StrandFiles(*pair) for pair in zip(plus, minus, strict=True)))


def _counted_reads(run: Run, track: TrackConfig, genome: Genome) -> TrackFiles:
    """Count the reads of every replicate into bigWigs in the run folder."""
    replicates = []
    for number, path in enumerate(track.reads, 1):
        stem = run.folder / "tracks" / f"{track.name}.rep{number}"
        replicates.append(_counted_file(run.input(path), track, genome, stem))
    return TrackFiles(track.name, tuple(replicates))


def _counted_file(path: Path, track: TrackConfig, genome: Genome, stem: Path) -> StrandFiles:
    """Count one file; beside the bigWigs stand the records left out by reason and the evidence for the read shift."""
    in_file = contigs_of_reads(path)
    contigs = match_contigs(genome.sizes, in_file, what=path.name).to_genome
    shift = _read_shift(path, track, genome, contigs, stem)
    count = partial(iterate_read_counts, path, kind=track.count, sizes=genome.sizes, contigs=contigs, read_shift=shift)
    # Both strands are written from one pass each: a contig's counts are the most that is held at a time.
    names = ("plus", "minus") if track.n_strands == 2 else ("both",)
    files = [stem.with_name(f"{stem.name}.{name}.bw") for name in names]
    for strand, file in enumerate(files):
        counted = count()
        write_bigwig(file, genome.sizes, ((one.chrom, _values(one.counts, strand, len(names))) for one in counted))
    report = {"file": path.name, "read_shift": shift, **asdict(counted.report)}
    write_json_atomic(stem.with_name(f"{stem.name}.reads.json"), report)
    logger.info("%s: counted %s of %s", track.name, track.count, path.name)
    return StrandFiles(*files)


def _read_shift(
    path: Path, track: TrackConfig, genome: Genome, contigs: Mapping[str, str], stem: Path
) -> tuple[int, int] | None:
    """The shift that was given, or the one that the sequence around the cuts speaks for."""
    if track.count == "five_prime":
        return None
    if track.read_shift is not None:
        return track.read_shift
    found = estimate_read_shift(
        (
            (one.chrom, one.counts)
            for one in iterate_read_counts(path, kind="five_prime", sizes=genome.sizes, contigs=contigs)
        ),
        genome,
    )
    write_table(stem.with_name(f"{stem.name}.read_shift.tsv"), found.evidence)
    logger.info("%s: reads of %s are moved by %+d / %+d", track.name, path.name, found.plus, found.minus)
    return found.plus, found.minus


def _values(counts: np.ndarray, strand: int, n_strands: int) -> np.ndarray:
    """One strand of the counts, or both added up."""
    return (counts[strand] if n_strands == 2 else counts.sum(axis=0)).astype(np.float32)
