"""Put windows on the genome and store what the model will see of them."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cisgram.data.build import build_store
from cisgram.data.filters import drop_by_counts, drop_unknown_bases, exclude
from cisgram.data.maxima import windows_from_local_maxima
from cisgram.data.negatives import gc_matched_negatives
from cisgram.data.splits import split_by_contig
from cisgram.data.tracks import PooledCounts, TrackFiles, count_totals
from cisgram.data.windows import drop, drop_summary, propose_windows, require_kept
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import is_locus, tile
from cisgram.io.bigwig import bigwig_sizes
from cisgram.io.fasta import read_genome
from cisgram.io.tables import write_table
from cisgram.run.folder import ProfileRun
from cisgram.run.regions import excluded_regions, intervals_of
from cisgram.run.signals import track_files

logger = logging.getLogger(__name__)


def prepare(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step; the notes say what was kept and what was dropped for which reason."""
    config = run.config
    genome = read_genome(run.input(config.genome.fasta))
    logger.info("genome: %d contigs, %d bp", len(genome.sizes), sum(genome.sizes.values()))
    tracks = [track_files(run, track, genome) for track in config.tracks]
    controls = [track_files(run, config.control, genome)] if config.control else []
    contigs = contig_table(genome, [*tracks, *controls])
    excluded = excluded_regions(run, genome, config.windows.exclude)
    windows = kept_windows(run, genome, tracks, excluded)
    windows, negatives = _with_negatives(run, genome, windows, excluded)
    for split in ("train", "valid", "test"):
        require_kept(
            windows, split=split, kind="peak", hint=f"check [split] and [windows] in {run.folder / 'config.toml'}"
        )
    build_store(
        run.examples,
        windows,
        genome,
        tracks,
        controls,
        input_length=config.model.input_length,
        output_length=config.model.output_length,
        jitter_bp=config.windows.jitter_bp,
    )
    write_table(run.examples / "contigs.tsv", contigs)
    kept = windows[windows["dropped"].eq("")]
    return {
        "n_candidates": len(windows),
        "n_kept": {str(part): int(n) for part, n in (kept["split"] + " " + kept["kind"]).value_counts().items()},
        "dropped": drop_summary(windows),
        "negatives": negatives,
        "genome_bp": sum(genome.sizes.values()),
    }


def inputs(run: ProfileRun) -> Iterator[str]:
    """Every file that the step reads."""
    config = run.config
    yield config.genome.fasta
    yield from (*config.windows.peaks, *(path for path in config.windows.exclude if not is_locus(path)))
    for track in (*config.tracks, *([config.control] if config.control else [])):
        yield from (*track.plus, *track.minus, *track.reads)


def kept_windows(run: ProfileRun, genome: Genome, tracks: Sequence[TrackFiles], excluded: pd.DataFrame) -> pd.DataFrame:
    """Windows on peaks or local maxima, split by contig, with the reason of every one that is not used."""
    config = run.config
    if config.windows.peaks:
        peaks = pd.concat([intervals_of(run, genome, path) for path in config.windows.peaks], ignore_index=True)
        center = config.windows.center
    else:
        chosen = config.windows.maxima_tracks or [track.name for track in tracks]
        peaks = windows_from_local_maxima(
            PooledCounts([track for track in tracks if track.name in chosen], genome.sizes),
            span_bp=config.windows.span_bp,
            min_counts=config.windows.min_span_counts,
            min_distance_bp=config.windows.min_distance_bp,
            candidates=config.windows.maxima,
        )
        center = "summit"
    windows = propose_windows(
        peaks,
        sizes=genome.sizes,
        input_length=config.model.input_length,
        jitter_bp=config.windows.jitter_bp,
        center=center,
        edge=config.windows.edge,
        counts=PooledCounts(tracks, genome.sizes) if center == "dominant" else None,
    )
    windows = split_by_contig(
        windows,
        valid=config.split.valid,
        test=config.split.test,
        leave_out=config.genome.leave_out,
        sizes=genome.sizes,
    )
    if config.windows.tile_stride_bp:
        windows = pd.concat([windows, training_tiles(run, genome)], ignore_index=True)
    if not excluded.empty:
        windows = exclude(windows, excluded)
    windows = drop_unknown_bases(windows, genome)
    totals = count_totals(windows, tracks, sizes=genome.sizes, output_length=config.model.output_length).sum(axis=1)
    is_tile = windows["centre"].eq("tile").to_numpy()
    windows = drop(windows, is_tile & (totals < config.windows.tile_min_counts), "tile with too few counts")
    windows = drop(windows, ~is_tile & (totals < config.windows.min_counts), "too few counts")
    return drop_by_counts(windows, totals, max_quantile=config.windows.max_counts_quantile)


def training_tiles(run: ProfileRun, genome: Genome) -> pd.DataFrame:
    """Windows laid evenly over the training contigs."""
    config = run.config
    others = {*config.split.valid, *config.split.test, *config.genome.leave_out}
    sizes = {chrom: size for chrom, size in genome.sizes.items() if chrom not in others}
    tiles = propose_windows(
        tile(sizes, length_bp=config.windows.tile_stride_bp),
        sizes=genome.sizes,
        input_length=config.model.input_length,
        jitter_bp=config.windows.jitter_bp,
        center="middle",
    )
    return tiles.assign(centre="tile", split="train")


def contig_table(genome: Genome, tracks: Sequence[TrackFiles]) -> pd.DataFrame:
    """Which contig of the genome is which in every signal file."""
    tables = []
    for track in tracks:
        for path in (path for replicate in track.replicates for path in replicate.paths):
            matched = match_contigs(genome.sizes, bigwig_sizes(path), what=Path(path).name)
            tables.append(matched.table.assign(file=Path(path).name))
    return pd.concat(tables, ignore_index=True)


def _with_negatives(
    run: ProfileRun, genome: Genome, windows: pd.DataFrame, excluded: pd.DataFrame
) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Windows with their GC-matched negatives, and how well these match."""
    config = run.config
    if not config.negatives.ratio:
        return windows, {}
    match = gc_matched_negatives(
        windows,
        genome,
        ratio=config.negatives.ratio,
        seed=config.seed,
        jitter_bp=config.windows.jitter_bp,
        apart_bp=config.model.output_length,
        exclude=None if excluded.empty else excluded,
    )
    return match.windows, {"match": match.report.to_dict("records")}
