"""Compare predicted tracks with measured ones of held-out stretches, beside replicates and simple floors."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import BinnedTargets
from cisgram.data.binned_store import BinnedStore, open_binned
from cisgram.genomics.genome import Genome
from cisgram.io.fasta import read_genome
from cisgram.io.files import write_json_atomic
from cisgram.io.tables import write_table
from cisgram.run.folder import BinnedRun
from cisgram.run.steps.binned.floors import MEAN, floors
from cisgram.run.steps.binned.genes import (
    GenesOfRun,
    difference_figures,
    gene_figures,
    gene_values,
    genes_of_run,
    genes_on_genome,
    predicted_at_genes,
)
from cisgram.run.steps.binned.records import MODEL, REPLICATES, gene_records, track_records
from cisgram.run.steps.binned.shown import shown_tracks, shown_windows
from cisgram.training.binned_agreement import FIGURE_COLUMNS, compare_binned
from cisgram.training.binned_peaks import PEAK_COLUMNS, compare_peaks
from cisgram.training.bootstrap import Resamples, resample_blocks
from cisgram.training.gene_agreement import gene_signal

logger = logging.getLogger(__name__)

TRACK_TABLE = ("method", *FIGURE_COLUMNS)
PEAK_TABLE = ("method", *PEAK_COLUMNS)
"""Columns of evaluation/tracks.tsv and evaluation/peaks.tsv."""

_NUMBERS_AT_ONCE = 32_000_000


class _Setting(NamedTuple):
    """What all comparisons of a run share."""

    store: BinnedStore
    multiples: tuple[int, ...]
    resamples: Resamples
    without: Resamples
    """The same blocks without draws, for figures that need no interval."""


def evaluate(run: BinnedRun) -> Mapping[str, Any]:
    """Do the step: metrics.json, and evaluation/ with figures per track and width of bins, peaks, genes, windows."""
    store, settings = open_binned(run.examples), run.config.evaluation
    rows, genome = store.rows("test"), read_genome(run.input(run.config.genome.fasta))
    rates = np.load(run.predictions / "test.rates.npy", mmap_mode="r", allow_pickle=False)
    resamples = resample_blocks(store.outputs(rows), n_resamples=settings.n_bootstrap, seed=run.config.seed)
    without = Resamples(resamples.block_of, resamples.draws[:0], resamples.block_bp)
    shared = _Setting(store, settings.bin_multiples, resamples, without)
    table = genes_on_genome(run, genome)
    genes = None if table is None else genes_of_run(run, store, table)
    if genes is not None and not genes.are_enough:
        logger.warning("%d genes begin in test windows: too few to compare", len(genes.starts.genes))
        genes = None
    tracks, peaks, at_genes = _figures(run, shared, rates, genome, table=table, genes=genes)
    folder = run.folder / "evaluation"
    write_table(folder / "tracks.tsv", tracks)
    write_table(folder / "peaks.tsv", peaks)
    shown = shown_tracks(store.layout, tracks)
    write_table(folder / "windows.tsv", shown_windows(store, rates, shown))
    records = track_records(store, tracks, peaks)
    if genes is not None:
        records += _write_genes(folder, store, genes, at_genes, shown)
    if table is not None:
        write_table(folder / "annotation.tsv.gz", _within(table, store))
    write_json_atomic(run.metrics, {"records": records})
    return {
        "n_metrics": len(records),
        "n_windows": int(rows.size),
        "n_blocks": resamples.n_blocks,
        "block_bp": resamples.block_bp,
        "n_genes": 0 if genes is None else len(genes.starts.genes),
        "n_genes_outside": 0 if genes is None else genes.starts.n_outside,
        "shown": shown,
    }


def _figures(
    run: BinnedRun,
    shared: _Setting,
    rates: BinnedTargets,
    genome: Genome,
    *,
    table: pd.DataFrame | None,
    genes: GenesOfRun | None,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, np.ndarray]]:
    """Figures of all tracks, of their peaks, and signal at genes, of the model, of replicates and of every floor."""
    store, tracks, peaks = shared.store, [], []
    at_genes: dict[str, np.ndarray] = {}
    run.folder.joinpath("evaluation").mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=run.folder / "evaluation", prefix=".floor-") as scratch:
        for name, predicted in _methods(run, store, rates, genome, table=table, folder=Path(scratch)):
            logger.info("comparing: %s", name)
            own = _compare(shared, predicted, with_intervals=name == MODEL)
            tracks.append(own[0].assign(method=name)[list(TRACK_TABLE)])
            peaks.append(own[1].assign(method=name)[list(PEAK_TABLE)])
            if genes is not None and name != MEAN:  # which is the same at every gene
                at_genes[name] = predicted_at_genes(genes, predicted)
    if set(store.layout.ceiling) != {"none"}:
        own = _of_replicates(shared)
        tracks.append(own[0].assign(method=REPLICATES)[list(TRACK_TABLE)])
        peaks.append(own[1].assign(method=REPLICATES)[list(PEAK_TABLE)])
    return pd.concat(tracks, ignore_index=True), pd.concat(peaks, ignore_index=True), at_genes


def _methods(
    run: BinnedRun,
    store: BinnedStore,
    rates: BinnedTargets,
    genome: Genome,
    *,
    table: pd.DataFrame | None,
    folder: Path,
) -> Iterator[tuple[str, BinnedTargets]]:
    """The model, then every floor."""
    yield MODEL, rates
    yield from floors(run, store, genome, genes=table, folder=folder)


def _compare(shared: _Setting, predicted: BinnedTargets, *, with_intervals: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Figures of all tracks and their peaks, some tracks at a time."""
    layout, rows = shared.store.layout, shared.store.rows("test")
    figures, peaks = [], []
    for part in _groups(len(layout.track_names), rows.size * layout.n_bins):
        names = list(layout.track_names[part])
        measured = np.asarray(shared.store.targets[rows, part])
        guess = np.asarray(predicted[:, part])
        resamples = shared.resamples if with_intervals else shared.without
        options = {"bin_size": layout.bin_size, "multiples": shared.multiples, "resamples": resamples}
        figures.append(compare_binned(measured, guess, track_names=names, **options))
        peaks.append(compare_peaks(measured, guess, track_names=names, resamples=resamples if with_intervals else None))
    return pd.concat(figures, ignore_index=True), pd.concat(peaks, ignore_index=True)


def _of_replicates(shared: _Setting) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One replicate against the other, both ways: the mean of both."""
    layout, replicates = shared.store.layout, shared.store.replicates
    figures, peaks = [], []
    for part in _groups(len(layout.track_names), 2 * replicates.shape[0] * layout.n_bins):
        names = list(layout.track_names[part])
        one, other = (np.asarray(replicates[:, side, part]) for side in (0, 1))
        options = {"bin_size": layout.bin_size, "multiples": shared.multiples, "resamples": shared.without}
        both = [compare_binned(*pair, track_names=names, **options) for pair in ((one, other), (other, one))]
        figures.append(both[0].assign(value=(both[0]["value"] + both[1]["value"]) / 2))
        found = [compare_peaks(*pair, track_names=names) for pair in ((one, other), (other, one))]
        peaks.append(found[0].assign(value=(found[0]["value"] + found[1]["value"]) / 2))
    return pd.concat(figures, ignore_index=True), pd.concat(peaks, ignore_index=True)


def _groups(n_tracks: int, n_per_track: int) -> Iterator[slice]:
    """Some tracks at a time, so that memory does not grow with their number."""
    size = max(1, _NUMBERS_AT_ONCE // max(1, n_per_track))
    return (slice(first, first + size) for first in range(0, n_tracks, size))


def _write_genes(
    folder: Path, store: BinnedStore, genes: GenesOfRun, at_genes: Mapping[str, np.ndarray], shown: list[str]
) -> list[dict[str, Any]]:
    """Tables of genes, and records of the figures."""
    parts = [gene_figures(genes, values, method) for method, values in at_genes.items()]
    halves = [gene_signal(store.replicates[:, side], genes.starts, genes.assays) for side in (0, 1)]
    between = gene_figures(genes._replace(measured=halves[0]), halves[1], REPLICATES)
    figures = pd.concat([*parts, between], ignore_index=True)
    write_table(folder / "genes.tsv", figures)
    write_table(folder / "differences.tsv", difference_figures(genes, at_genes))
    names = set(store.layout.track_names)
    chosen = [one.name for one in genes.assays if {store.layout.track_names[one.plus]} & set(shown) & names]
    write_table(folder / "gene_values.tsv.gz", gene_values(genes, at_genes[MODEL], chosen))
    return gene_records(store, genes, figures)


def _within(genes: pd.DataFrame, store: BinnedStore) -> pd.DataFrame:
    """Genes on contigs with test windows, for pictures."""
    contigs = store.windows.iloc[store.rows("test")]["chrom"].unique()
    return genes[genes["chrom"].isin(list(contigs))]
