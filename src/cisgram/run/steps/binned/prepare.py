"""Lay windows along the genome and make of each track what the model is to predict of them."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import PerRow
from cisgram.data.binned_build import Regions, TargetMaker
from cisgram.data.binned_signals import TrackSignals, open_signals
from cisgram.data.binned_split import split_pieces
from cisgram.data.binned_store import BinnedExample, BinnedLayout, store_bytes, training_mean, write_binned
from cisgram.data.binned_tracks import BinnedTrack, read_track_table, strand_pairs_of
from cisgram.data.binned_windows import WindowGeometry, lay_windows, require_parts
from cisgram.data.filters import drop_unknown_bases
from cisgram.data.windows import drop, drop_summary
from cisgram.errors import ConfigError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import is_locus
from cisgram.io.fasta import read_genome
from cisgram.run.folder import BinnedRun
from cisgram.run.pace import logged_pace
from cisgram.run.regions import excluded_regions, intervals_of
from cisgram.run.steps.binned.memory import tell_memory

logger = logging.getLogger(__name__)


def prepare(run: BinnedRun) -> Mapping[str, Any]:
    """Do the step; the notes say what was kept and what was dropped for which reason."""
    config = run.config
    genome = read_genome(run.input(config.genome.fasta))
    tracks = tracks_of(run)
    n_bytes_of_step = tell_memory(config, n_tracks=len(tracks))
    pieces = pieces_of(run, genome)
    signals = [
        open_signals(one, genome.sizes, locate=run.input, config=config.targets, seed=config.seed) for one in tracks
    ]
    logger.info("genome: %d contigs; %d tracks; %d pieces", len(genome.sizes), len(tracks), len(pieces))
    maker = _maker(run, genome, signals)
    windows = usable_windows(run, genome, pieces, maker)
    require_parts(windows, pieces, hint=f"check [split], [windows] and [targets] in {run.folder / 'config.toml'}")
    kept = windows[windows["dropped"].eq("")].reset_index(drop=True)
    layout = layout_of(run, genome, signals)
    n_kept = {str(part): int(n) for part, n in kept["split"].value_counts().items()}
    n_bytes = store_bytes(layout, n_rows=len(kept), n_test=n_kept.get("test", 0))
    logger.info("%d windows of %d tracks: %.2f GB of targets on disk", len(kept), len(tracks), n_bytes / 1e9)
    store = write_binned(run.examples, layout, windows, _logged(maker.examples(kept), len(kept)))
    return {
        "n_candidates": len(windows),
        "n_kept": n_kept,
        "dropped": drop_summary(windows),
        "genome_bp": sum(genome.sizes.values()),
        "part_bp": {part: _bases(pieces, part) for part in ("train", "valid", "test")},
        "bin_size": layout.bin_size,
        "n_tracks": len(tracks),
        "n_bytes": n_bytes,
        "n_bytes_of_step": n_bytes_of_step,
        "training_mean": dict(zip(layout.track_names, training_mean(store).tolist(), strict=True)),
    }


def inputs(run: BinnedRun) -> Iterator[str]:
    """Every file that the step reads."""
    config = run.config
    yield config.genome.fasta
    regions = (*config.windows.exclude, *config.targets.blacklist, *config.targets.unmappable)
    yield from (one for one in regions if not is_locus(one))
    yield from (one for one in (config.split.bed, config.track_table) if one)
    for track in tracks_of(run):
        yield from dict.fromkeys((*track.files, *track.replicates))


def tracks_of(run: BinnedRun) -> tuple[BinnedTrack, ...]:
    """The tracks of a run, from its settings or from their table.

    Raises
    ------
    FormatError
        Where the table is none.
    """
    table = run.config.track_table
    if not table:
        return run.config.tracks
    return read_track_table(run.input(table), folder=str(Path(table).expanduser().parent))


def geometry_of(run: BinnedRun) -> WindowGeometry:
    """Lengths of the windows of a run, in bp."""
    model = run.config.model
    return WindowGeometry(
        model.input_length, model.crop * model.bin_size, model.bin_size, jitter_bp=run.config.windows.jitter_bp
    )


def layout_of(run: BinnedRun, genome: Genome, signals: list[TrackSignals]) -> BinnedLayout:
    """Names and geometry of the store."""
    model, tracks = run.config.model, [one.track for one in signals]
    return BinnedLayout(
        track_names=tuple(one.name for one in tracks),
        descriptions=tuple(one.description for one in tracks),
        families=tuple(one.assay for one in tracks),
        strand_pairs=strand_pairs_of(tracks),
        bin_size=model.bin_size,
        input_length=model.input_length,
        n_bins=model.n_bins,
        ceiling=tuple(one.ceiling for one in signals),
        genome_sha256=genome.sha256,
    )


def usable_windows(run: BinnedRun, genome: Genome, pieces: pd.DataFrame, maker: TargetMaker) -> pd.DataFrame:
    """Windows along the pieces, with the reason of every one that is not used."""
    config, geometry = run.config, geometry_of(run)
    asked, length = config.windows, config.model.output_length
    excluded = excluded_regions(run, genome, asked.exclude)
    windows = lay_windows(
        pieces,
        geometry,
        sizes=genome.sizes,
        strides_bp=(asked.stride_train_bp or max(geometry.bin_size, length // 2), asked.stride_held_out_bp or length),
        excluded=excluded if len(excluded) else None,
        beyond_ends=asked.beyond_ends,
    )
    inner = windows.assign(start=windows["start"] + geometry.crop_bp, end=windows["end"] - geometry.crop_bp)
    known = drop_unknown_bases(inner, genome, max_fraction=asked.max_unknown_bases)
    windows = windows.assign(dropped=known["dropped"])
    windows = _drop_above(windows, maker.unmappable_shares, config.targets.max_unmappable, "too many unmappable bins")
    if config.targets.uncovered == "unknown":
        limit = np.nextafter(config.targets.max_unknown, 2)
        windows = _drop_above(windows, maker.unknown_shares, float(limit), "too many bins that were not measured")
    return windows


def _drop_above(windows: pd.DataFrame, shares: Any, limit: float, reason: str) -> pd.DataFrame:
    """Drop windows of which at least this share is bad."""
    kept, bad = windows["dropped"].eq("").to_numpy(), np.zeros(len(windows), dtype=bool)
    if kept.any():
        found: PerRow = shares(windows[kept])
        bad[kept] = (found > 0) & (found >= limit)
    return drop(windows, bad, reason)


def pieces_of(run: BinnedRun, genome: Genome) -> pd.DataFrame:
    """The genome cut into pieces, each for one part of the split.

    Raises
    ------
    ConfigError
        Where contigs are named that the genome does not have.
    """
    config = run.config
    if unknown := [name for name in config.genome.leave_out if name not in genome.sizes]:
        raise ConfigError(f"genome.leave_out names {', '.join(unknown)}, which the genome does not have")
    regions = intervals_of(run, genome, config.split.bed) if config.split.bed else None
    return split_pieces(
        config.split, genome.sizes, leave_out=config.genome.leave_out, regions=regions, seed=config.seed
    )


def _maker(run: BinnedRun, genome: Genome, signals: list[TrackSignals]) -> TargetMaker:
    """What targets are made with."""
    asked = run.config.targets
    black, extend = excluded_regions(run, genome, asked.blacklist), asked.blacklist_extend_bp
    longer = black.assign(start=(black["start"] - extend).clip(lower=0), end=black["end"] + extend)
    unmappable = Regions(excluded_regions(run, genome, asked.unmappable))
    return TargetMaker(signals, geometry_of(run), asked, blacklist=Regions(longer), unmappable=unmappable)


def _logged(examples: Iterator[BinnedExample], n: int) -> Iterator[BinnedExample]:
    """The same examples, with a word in the log every so often."""
    report = logged_pace(logger, "windows")
    for number, one in enumerate(examples, 1):
        yield one
        report(number, n)


def _bases(pieces: pd.DataFrame, part: str) -> int:
    """Bases of one part."""
    own = pieces[pieces["split"].eq(part)]
    return int((own["end"] - own["start"]).sum())
