"""From peaks of many tracks to labelled sites."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cisgram.data.filters import drop_unknown_bases
from cisgram.data.label_checks import check_labels
from cisgram.data.labelled_build import store_windows
from cisgram.data.leaks import drop_leaks, find_leaks
from cisgram.data.negatives import gc_matched_negatives
from cisgram.data.site_files import write_sites
from cisgram.data.sites import SiteTable, merge_peaks
from cisgram.data.splits import split_by_contig
from cisgram.data.windows import drop, drop_summary
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import beyond_contig, midpoints, resize
from cisgram.io.fasta import read_genome
from cisgram.io.tables import write_table
from cisgram.run.folder import LabelRun
from cisgram.run.regions import excluded_regions
from cisgram.run.steps.labels.peak_tables import peak_tables, track_summary

logger = logging.getLogger(__name__)


def prepare_sites(run: LabelRun) -> Mapping[str, Any]:
    """Merge peaks, split sites by contig, add negatives, look for leaks, store; notes say what was dropped."""
    plan = run.config.site_plan
    genome = read_genome(run.input(plan.genome.fasta))
    logger.info("genome: %d contigs, %d bp", len(genome.sizes), sum(genome.sizes.values()))
    peaks = peak_tables(run, genome)
    excluded = excluded_regions(run, genome, plan.sites.exclude)
    merged = merge_peaks(
        peaks.tables,
        sizes=genome.sizes,
        config=plan.sites.merging(),
        leave_out=plan.genome.leave_out,
        excluded=None if excluded.empty else excluded,
    )
    logger.info("%d sites", len(merged))
    table, negatives = _with_negatives(run, genome, placed_sites(run, genome, merged), excluded)
    leaks = find_leaks(table.sites, genome)
    if plan.sites.like_held_out == "drop":
        table = _replaced(table, drop_leaks(table.sites, leaks))
    counts = check_labels(table)
    store_windows(
        run.examples,
        table.sites,
        table.labels.astype(np.float32),
        genome,
        track_names=table.names,
        jitter_bp=plan.sites.jitter_bp,
    )
    write_sites(run.examples / "sites", table, with_peaks=True)
    write_table(run.examples / "labels.tsv", counts)
    write_table(run.examples / "leaks.tsv", leaks)
    kept = table.sites[table.sites["dropped"].eq("")]
    return {
        "n_candidates": len(table),
        "n_kept": {str(part): int(n) for part, n in (kept["split"] + " " + kept["kind"]).value_counts().items()},
        "dropped": drop_summary(table.sites),
        "n_peaks": track_summary(peaks),
        "tracks_left_out": peaks.left_out,
        "dropped_peaks": table.dropped_peaks,
        "n_moved_out": merged.n_moved_out,
        "n_leaks": {str(part): int(n) for part, n in leaks["split"].value_counts().items()},
        "negatives": negatives,
        "genome_bp": sum(genome.sizes.values()),
    }


def placed_sites(run: LabelRun, genome: Genome, merged: SiteTable) -> SiteTable:
    """The same sites as long as the model reads, each in its part of the split.

    Parameters
    ----------
    run
        The run.
    genome
        Its genome.
    merged
        Sites of the width that peaks are merged with.

    Raises
    ------
    EmptySetError
        Where a part of the split is left without sites.
    """
    plan = run.config.site_plan
    windows = resize(merged.sites, run.config.model.input_length, center=midpoints(merged.sites).to_numpy())
    roomy = windows.assign(start=windows["start"] - plan.sites.jitter_bp, end=windows["end"] + plan.sites.jitter_bp)
    windows = drop(windows, beyond_contig(roomy, genome.sizes), "beyond the end of the contig")
    windows = split_by_contig(
        windows,
        valid=plan.split.valid,
        test=plan.split.test,
        leave_out=plan.genome.leave_out,
        sizes=genome.sizes,
    )
    return _replaced(merged, drop_unknown_bases(windows, genome))


def _with_negatives(
    run: LabelRun, genome: Genome, table: SiteTable, excluded: pd.DataFrame
) -> tuple[SiteTable, Mapping[str, Any]]:
    """Sites with GC-matched windows that no track has, and how well these match."""
    config = run.config
    if not config.negatives.ratio:
        return table, {}
    match = gc_matched_negatives(
        table.sites,
        genome,
        ratio=config.negatives.ratio,
        seed=config.seed,
        jitter_bp=config.site_plan.sites.jitter_bp,
        exclude=None if excluded.empty else excluded,
    )
    labels = np.zeros((len(match.windows), len(table.names)), dtype=np.uint8)
    labels[: len(table)] = table.labels
    return SiteTable(match.windows, labels, table.names, table.peaks), {"match": match.report.to_dict("records")}


def _replaced(table: SiteTable, sites: pd.DataFrame) -> SiteTable:
    """The same labels with another windows table."""
    return SiteTable(sites, table.labels, table.names, table.peaks)
