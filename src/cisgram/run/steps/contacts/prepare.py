"""Lay windows along the genome and make of each map what the model is to predict of them."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import PerDistance
from cisgram.data.contact_store import ContactExample, ContactLayout, ContactStore, write_contacts
from cisgram.data.contact_targets import ContactTargetConfig, contact_target, masked_bins, why_unusable
from cisgram.data.contact_windows import contact_windows, drop_by_reasons
from cisgram.data.filters import drop_unknown_bases
from cisgram.data.windows import drop_summary, require_kept
from cisgram.errors import EmptySetError
from cisgram.genomics.contacts import CisContacts
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import is_locus
from cisgram.io.fasta import read_genome
from cisgram.io.tables import write_table
from cisgram.run.folder import ContactRun
from cisgram.run.pace import logged_pace
from cisgram.run.regions import excluded_regions
from cisgram.run.steps.contacts.maps import OpenMap, expected_of, open_maps, shared_contigs

logger = logging.getLogger(__name__)


def prepare(run: ContactRun) -> Mapping[str, Any]:
    """Do the step; the notes say what was kept and what was dropped for which reason."""
    config = run.config
    genome = read_genome(run.input(config.genome.fasta))
    maps = open_maps(run, genome)
    logger.info("genome: %d contigs; maps: %s", len(genome.sizes), ", ".join(one.config.name for one in maps))
    windows = usable_windows(run, genome, maps)
    for part in ("train", "valid", "test"):
        require_kept(
            windows, split=part, hint=f"check [split], [windows] and [targets] in {run.folder / 'config.toml'}"
        )
    kept = windows[windows["dropped"].eq("")]
    store = write_contacts(run.examples, layout_of(run, genome), windows, _examples(run, maps, kept))
    write_table(run.examples / "contigs.tsv", pd.concat([one.contigs for one in maps], ignore_index=True))
    return {
        "n_candidates": len(windows),
        "n_kept": {str(part): int(n) for part, n in kept["split"].value_counts().items()},
        "dropped": drop_summary(windows),
        "genome_bp": sum(genome.sizes.values()),
        "n_contacts": {one.config.name: _n_contacts(one, kept) for one in maps},
        "masked_share": {
            name: float(share)
            for name, share in zip(store.layout.track_names, np.asarray(store.masked).mean(axis=(0, 2)), strict=True)
        },
        "spread": _spreads(store),
    }


def inputs(run: ContactRun) -> Iterator[str]:
    """Every file that the step reads."""
    config = run.config
    yield config.genome.fasta
    yield from (one for one in config.windows.exclude if not is_locus(one))
    for one in config.maps:
        yield from (one.file, *one.replicates)


def layout_of(run: ContactRun, genome: Genome) -> ContactLayout:
    """Names and geometry of the store."""
    model = run.config.model
    has_replicates = all(one.replicates for one in run.config.maps)
    return ContactLayout(
        track_names=tuple(one.name for one in run.config.maps),
        bin_size=model.bin_size,
        input_length=model.input_length,
        n_bins=model.n_bins,
        diagonal_offset=model.diagonal_offset,
        clip=run.config.targets.clip,
        ceiling="replicates" if has_replicates else "pseudo-replicates",
        genome_sha256=genome.sha256,
    )


def usable_windows(run: ContactRun, genome: Genome, maps: list[OpenMap]) -> pd.DataFrame:
    """Windows on the contigs that all maps have, split by contig, with the reason of every one that is not used."""
    config = run.config
    shared = shared_contigs(maps, genome)
    if lacking := [name for name in (*config.split.valid, *config.split.test) if name not in shared]:
        raise EmptySetError(
            f"windows on {', '.join(lacking)}", dropped={}, hint="not every map has this contig; change [split]"
        )
    model, asked = config.model, config.windows
    excluded = excluded_regions(run, genome, asked.exclude)
    windows = contact_windows(
        shared,
        length_bp=model.input_length,
        snap_bp=model.bin_size,
        strides_bp=(
            asked.stride_train_bp or max(model.bin_size, model.input_length // 4),
            asked.stride_held_out_bp or model.output_length,
        ),
        valid=config.split.valid,
        test=config.split.test,
        leave_out=[name for name in config.genome.leave_out if name in shared],
        excluded=excluded if len(excluded) else None,
    )
    windows = drop_unknown_bases(windows, genome, max_fraction=asked.max_unknown_bases)
    rows = np.flatnonzero(windows["dropped"].eq(""))
    reasons = np.full(rows.size, "", dtype=object)
    for one in maps:
        for at, (own, first, last) in enumerate(_places(run, one, windows.iloc[rows])):
            reasons[at] = reasons[at] or why_unusable(own.dense(first, last), max_masked=config.targets.max_masked)
    return drop_by_reasons(windows, rows, reasons.tolist())


def _places(run: ContactRun, one: OpenMap, windows: pd.DataFrame) -> Iterator[tuple[CisContacts, int, int]]:
    """The contig of every window, and the window's first and last bin in it; windows come by contig."""
    width, n_bins = run.config.model.bin_size, run.config.model.input_length // run.config.model.bin_size
    for chrom, rows in windows.groupby("chrom", sort=False):
        own = one.cis(str(chrom))
        for start in rows["start"].tolist():
            yield own, start // width, start // width + n_bins


def _examples(run: ContactRun, maps: list[OpenMap], windows: pd.DataFrame) -> Iterator[ContactExample]:
    """What is stored of every window; contigs are read once per map."""
    report, n_done = logged_pace(logger, "windows"), 0
    for chrom, rows in windows.groupby("chrom", sort=False):
        own = [_contig(run, one.cis(str(chrom))) for one in maps]
        is_test = bool(rows["split"].eq("test").iloc[0])
        halves = []
        if is_test:
            halves = [
                [_contig(run, half) for half in one.halves(str(chrom), contigs.contacts, seed=run.config.seed)]
                for one, contigs in zip(maps, own, strict=True)
            ]
        for start in rows["start"].tolist():
            targets, masked = zip(*(_target(run, contig, start, run.config.targets) for contig in own), strict=True)
            yield ContactExample(
                np.stack(targets),
                np.stack(masked),
                np.stack([[_half(run, pair[side], start) for pair in halves] for side in (0, 1)]) if is_test else None,
            )
            n_done += 1
            report(n_done, len(windows))


class _Contig(NamedTuple):
    """A contig of a map, and what its contacts are divided by where that is one for all windows."""

    contacts: CisContacts
    expected: PerDistance | None


def _contig(run: ContactRun, contacts: CisContacts) -> _Contig:
    return _Contig(contacts, expected_of(contacts, run.config.targets))


def _target(run: ContactRun, contig: _Contig, start: int, config: ContactTargetConfig) -> tuple[np.ndarray, np.ndarray]:
    """Target and masked bins of one window of one map."""
    model, contacts = run.config.model, contig.contacts
    first, last = start // model.bin_size, (start + model.input_length) // model.bin_size
    counts = contacts.dense(first, last, balanced=False)
    weights = contacts.require_weights()[first:last]
    balanced = counts * weights[:, None] * weights
    options = {"crop_bins": model.crop, "diagonal_offset": model.diagonal_offset, "config": config}
    target = contact_target(balanced, counts, expected=contig.expected, **options)
    return target, masked_bins(balanced)[model.crop : last - first - model.crop]


def _half(run: ContactRun, contig: _Contig, start: int) -> np.ndarray:
    """The target of one half; NaN where it was not measured, all of it where there is too little."""
    model = run.config.model
    first, last = start // model.bin_size, (start + model.input_length) // model.bin_size
    if why_unusable(contig.contacts.dense(first, last), max_masked=1.0):
        return np.full(model.n_pairs, np.nan)
    return _target(run, contig, start, replace(run.config.targets, fill_gaps=False))[0]


def _n_contacts(one: OpenMap, windows: pd.DataFrame) -> float:
    """Contacts within the contigs that are used."""
    return float(sum(one.cis(str(chrom)).counts.sum() for chrom in windows["chrom"].unique()))


def _spreads(store: ContactStore) -> dict[str, float]:
    """Standard deviation of what is to be predicted, per map, over test windows."""
    values = np.asarray(store.targets[store.rows("test")], dtype=np.float32)
    return {name: float(np.nanstd(values[:, track])) for track, name in enumerate(store.layout.track_names)}
