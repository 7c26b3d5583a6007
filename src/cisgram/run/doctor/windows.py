"""Where a run's model would look, before anything of the signals is known: for the doctor's questions on sequences."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import SiteLabels
from cisgram.data.binned_windows import lay_windows
from cisgram.data.contact_windows import contact_windows
from cisgram.data.sites import merge_peaks
from cisgram.data.splits import split_by_contig
from cisgram.data.windows import propose_windows
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import tile
from cisgram.run.doctor.examined import Examined
from cisgram.run.folder import Run
from cisgram.run.regions import excluded_regions, intervals_of
from cisgram.run.settings.binned import BinnedRunConfig
from cisgram.run.settings.contacts import ContactRunConfig
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.settings.profiles import ProfileRunConfig
from cisgram.run.steps.binned.prepare import geometry_of, pieces_of
from cisgram.run.steps.labels.peak_tables import peak_tables
from cisgram.run.steps.labels.sites import placed_sites
from cisgram.run.steps.profiles.prepare import training_tiles


class PlannedWindows(NamedTuple):
    """Windows of a run, as its settings and peaks lay them; nothing is dropped yet for excluded regions or N."""

    windows: pd.DataFrame
    """Columns ``chrom start end kind split dropped`` and others; one length."""
    excluded: pd.DataFrame
    """Interval table of the regions that no window may touch; possibly without rows."""
    are_tiles: bool
    """Whether they were laid evenly because peaks are known only from the signals."""
    labels: SiteLabels | None = None
    """Of sites: which tracks have a peak in each."""
    names: tuple[str, ...] = ()
    """Names of these tracks."""


def run_of(examined: Examined) -> Run[Any]:
    """A run that has no folder, for functions that read the settings of one and look for its files."""
    return Run(Path("runs", examined.name), examined.config, data_folder=examined.data_folder)


def planned_windows(examined: Examined, genome: Genome) -> PlannedWindows | None:
    """Lay the windows of a run; None for kinds that read no genome.

    Signals are not opened. Where windows follow from them (local maxima, peaks that are called), windows beside each
    other over the whole genome stand for them.

    Raises
    ------
    InputError
        Where peaks or regions cannot be read, or a part of the split has no windows.
    """
    run, config = run_of(examined), examined.config
    if isinstance(config, ProfileRunConfig):
        return _profiles(run, genome)
    if isinstance(config, LabelRunConfig):
        return _sites(run, genome) if config.sites is not None else None
    if isinstance(config, ContactRunConfig):
        return _contacts(run, genome)
    return _binned(run, genome) if isinstance(config, BinnedRunConfig) else None


def _profiles(run: Run[ProfileRunConfig], genome: Genome) -> PlannedWindows:
    config, asked = run.config, run.config.windows
    excluded = excluded_regions(run, genome, asked.exclude)
    if not asked.peaks:
        windows = _tiles(genome, config.model.input_length, config.split, config.genome.leave_out)
        return PlannedWindows(windows, excluded, are_tiles=True)
    peaks = pd.concat([intervals_of(run, genome, path) for path in asked.peaks], ignore_index=True)
    windows = propose_windows(
        peaks,
        sizes=genome.sizes,
        input_length=config.model.input_length,
        jitter_bp=asked.jitter_bp,
        center="middle" if asked.center == "dominant" else asked.center,
        edge=asked.edge,
    )
    windows = _split(windows, config.split, config.genome.leave_out, genome)
    if asked.tile_stride_bp:
        windows = pd.concat([windows, training_tiles(run, genome)], ignore_index=True)
    return PlannedWindows(windows, excluded, are_tiles=False)


def _sites(run: Run[LabelRunConfig], genome: Genome) -> PlannedWindows:
    config, plan = run.config, run.config.site_plan
    excluded = excluded_regions(run, genome, plan.sites.exclude)
    given = tuple(track for track in config.tracks if track.peaks)
    if not (given or plan.sites.table or plan.sites.by_name):
        windows = _tiles(genome, config.model.input_length, plan.split, plan.genome.leave_out)
        return PlannedWindows(windows, excluded, are_tiles=True)
    known = Run(run.folder, replace(config, tracks=given), data_folder=run.data_folder)
    peaks = peak_tables(known, genome)
    merged = merge_peaks(peaks.tables, sizes=genome.sizes, config=plan.sites.merging(), leave_out=plan.genome.leave_out)
    table = placed_sites(known, genome, merged)
    return PlannedWindows(table.sites, excluded, are_tiles=False, labels=table.labels, names=table.names)


def _contacts(run: Run[ContactRunConfig], genome: Genome) -> PlannedWindows:
    config, model, asked = run.config, run.config.model, run.config.windows
    windows = contact_windows(
        genome.sizes,
        length_bp=model.input_length,
        snap_bp=model.bin_size,
        strides_bp=(asked.stride_train_bp or model.input_length // 4, asked.stride_held_out_bp or model.output_length),
        valid=config.split.valid,
        test=config.split.test,
        leave_out=config.genome.leave_out,
    )
    return PlannedWindows(windows, excluded_regions(run, genome, asked.exclude), are_tiles=False)


def _binned(run: Run[BinnedRunConfig], genome: Genome) -> PlannedWindows:
    asked, length = run.config.windows, run.config.model.output_length
    geometry = geometry_of(run)
    windows = lay_windows(
        pieces_of(run, genome),
        geometry,
        sizes=genome.sizes,
        strides_bp=(
            asked.stride_train_bp or max(geometry.bin_size, length // 2),
            asked.stride_held_out_bp or length,
        ),
        beyond_ends=asked.beyond_ends,
    )
    return PlannedWindows(windows, excluded_regions(run, genome, asked.exclude), are_tiles=False)


def _tiles(genome: Genome, length: int, split: Any, leave_out: tuple[str, ...]) -> pd.DataFrame:
    """Windows beside each other on all contigs that are used."""
    tiles = tile(genome.sizes, length_bp=length)
    if tiles.empty:
        raise InputError(f"no contig is as long as a window of {length:,} bp ([model] input_length)")
    return _split(tiles.assign(kind="tile", split="", dropped=""), split, leave_out, genome)


def _split(windows: pd.DataFrame, split: Any, leave_out: tuple[str, ...], genome: Genome) -> pd.DataFrame:
    """The same with their parts of the split."""
    return split_by_contig(windows, valid=split.valid, test=split.test, leave_out=leave_out, sizes=genome.sizes)


def inside(windows: pd.DataFrame, genome: Genome) -> np.ndarray:
    """Which windows lie within their contigs."""
    ends = windows["chrom"].map(dict(genome.sizes))
    return ((windows["start"] >= 0) & (windows["end"] <= ends)).to_numpy()
