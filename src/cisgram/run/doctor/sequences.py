"""Questions on the sequences that a run trains on and is judged on, and on their labels and maps."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from cisgram.data.composition import base_composition
from cisgram.data.negatives import gc_matched_negatives
from cisgram.doctor.blacklist import check_blacklist
from cisgram.doctor.contact_maps import check_contact_map
from cisgram.doctor.labels import check_classes, check_copies_agree, check_measurements
from cisgram.doctor.negative_composition import check_label_composition, check_matched_negatives
from cisgram.doctor.shared_sequences import check_shared_sequences, check_shared_windows
from cisgram.doctor.unknown_bases import check_unknown_genome, check_unknown_windows
from cisgram.doctor.verdict import Verdict
from cisgram.errors import CisgramWarning
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import overlaps
from cisgram.genomics.sequence import N
from cisgram.run.doctor.asking import ask
from cisgram.run.doctor.examined import Examined
from cisgram.run.doctor.windows import PlannedWindows, inside, planned_windows, run_of
from cisgram.run.folder import Run
from cisgram.run.settings.contacts import ContactRunConfig
from cisgram.run.settings.coverage import CoverageRunConfig
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.settings.profiles import ProfileRunConfig
from cisgram.run.steps.contacts.maps import OpenMap, open_maps
from cisgram.run.steps.labels.sequences import SplitSequences, split_sequences

_MAX_WINDOWS = 50_000
_MAX_NEGATIVE_BP = 60_000_000
_MAX_MAP_BINS = 60_000


def sequence_verdicts(examined: Examined, genome: Genome | None) -> list[Verdict]:
    """Ask for sequences shared between parts, composition, N, excluded regions, labels and contact maps.

    Parameters
    ----------
    examined
        What the settings of a run name.
    genome
        Its genome; None for runs that have none.
    """
    config = examined.config
    if isinstance(config, CoverageRunConfig):
        return [Verdict("shared_sequences", "windows", "skipped", "the model reads coverage and no sequence")]
    if genome is None:
        found: list[SplitSequences] = []
        verdicts = ask("labels", "tables of sequences", lambda: _read_tables(examined, found))
        return verdicts + [one for table in found for one in _of_tables(examined.config, table)]
    verdicts = ask("unknown_bases", "genome", lambda: _of_genome(examined, genome))
    planned: list[PlannedWindows] = []
    verdicts += ask("shared_sequences", "windows", lambda: _plan(examined, genome, planned))
    for one in planned:
        verdicts += ask("unknown_bases", "windows", lambda one=one: list(_of_windows(examined, genome, one)))
    if isinstance(config, ContactRunConfig):
        verdicts += ask("contact_maps", "contact maps", lambda: list(_of_maps(examined, genome)))
    return verdicts


def _of_genome(examined: Examined, genome: Genome) -> Verdict:
    used = [name for name in genome.sizes if name not in examined.leave_out]
    split = examined.split
    return check_unknown_genome(genome, used=used, held_out=() if split is None else (*split.test, *split.valid))


def _plan(examined: Examined, genome: Genome, planned: list[PlannedWindows]) -> list[Verdict]:
    """Lay the windows, and keep them."""
    made = planned_windows(examined, genome)
    planned += [] if made is None else [made]
    return []


def _of_windows(examined: Examined, genome: Genome, planned: PlannedWindows) -> Iterator[Verdict]:
    """All that is asked of windows on a genome."""
    usable = planned.windows[planned.windows["dropped"].isin(["", "too many N"])]
    yield check_blacklist(usable, planned.excluded, sizes=genome.sizes)
    is_excluded = overlaps(usable, planned.excluded) if len(planned.excluded) else np.zeros(len(usable), dtype=bool)
    asked = usable[~is_excluded & inside(usable, genome)]
    if asked.empty:
        return
    some = asked.iloc[_drawn(len(asked), examined.seed)]
    composition = base_composition(genome, some)
    yield check_unknown_windows(some, composition.unknown_fraction)
    kept = asked[asked["dropped"].eq("")]
    yield check_shared_windows(kept, genome, subject="tiles of the genome" if planned.are_tiles else "windows")
    config = examined.config
    if isinstance(config, ProfileRunConfig | LabelRunConfig) and config.negatives.ratio and not planned.are_tiles:
        yield _negatives(examined, genome, planned.windows[planned.windows["chrom"].isin(asked["chrom"].unique())])
    if planned.labels is not None:
        rows = np.flatnonzero(planned.windows.index.isin(kept.index))
        yield from _of_sites(config, genome, planned, rows)


def _of_sites(config: Any, genome: Genome, planned: PlannedWindows, rows: np.ndarray) -> Iterator[Verdict]:
    """What is asked of the labels of sites; GC content where sites without a track's peak are its only negatives."""
    if planned.labels is None:
        return
    sites, labels = planned.windows.iloc[rows], planned.labels[rows].astype(np.float64)
    n_added = {part: round(config.negatives.ratio * sites["split"].eq(part).sum()) for part in ("train", "test")}
    by_part = {
        part: np.concatenate([labels[sites["split"].eq(part).to_numpy()], np.zeros((n, labels.shape[1]))])
        for part, n in n_added.items()
    }
    yield check_classes(by_part, names=planned.names)
    yield check_label_composition(base_composition(genome, sites).gc_fraction, labels, names=planned.names)


def _negatives(examined: Examined, genome: Genome, windows: pd.DataFrame) -> Verdict:
    """Draw negatives as the run would, on a part of a large genome, and compare."""
    config: Any = examined.config
    chosen = _some_contigs(windows, genome)
    windows = windows[windows["chrom"].isin(chosen)].reset_index(drop=True)
    is_profile = isinstance(config, ProfileRunConfig)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)  # how many are missing is part of the verdict
        match = gc_matched_negatives(
            windows.assign(kind="peak") if "kind" not in windows else windows,
            genome,
            ratio=config.negatives.ratio,
            seed=config.seed,
            jitter_bp=config.windows.jitter_bp if is_profile else config.site_plan.sites.jitter_bp,
            apart_bp=config.model.output_length if is_profile else None,
        )
    kept = match.windows[match.windows["dropped"].eq("") & match.windows["split"].ne("")]
    gc = base_composition(genome, kept).gc_fraction
    is_negative = kept["kind"].eq("negative").to_numpy()
    is_peak = kept["kind"].eq("peak").to_numpy()
    return check_matched_negatives(gc[is_peak], gc[is_negative], n_wanted=int(match.report["wanted"].sum()))


def _some_contigs(windows: pd.DataFrame, genome: Genome) -> list[str]:
    """Of every part of the split the contigs that come first by size, the smallest first, up to some megabases."""
    chosen: list[str] = []
    for _, own in windows[windows["dropped"].eq("")].groupby("split"):
        total = 0
        for name in sorted(own["chrom"].unique(), key=lambda name: genome.sizes[name]):
            if total and total + genome.sizes[name] > _MAX_NEGATIVE_BP:
                break
            chosen.append(name)
            total += genome.sizes[name]
    return chosen


def _read_tables(examined: Examined, found: list[SplitSequences]) -> list[Verdict]:
    """Read the tables of sequences, and keep them."""
    found.append(split_sequences(run_of(examined)))
    return []


def _of_tables(config: Any, table: SplitSequences) -> Iterator[Verdict]:
    """What is asked of sequences that come with labels."""
    is_dropped = config.sequences.like_held_out == "drop"
    kind = config.likelihood.kind
    yield check_shared_sequences(table.sequences, table.split, copies_are_dropped=is_dropped)
    unknown, gc = _composition(table)
    yield check_unknown_windows(pd.DataFrame(index=range(len(gc))), unknown, max_fraction=0.1)
    yield check_copies_agree(table.labels, table.groups, names=table.tracks, kind=kind)
    in_training = table.labels[table.split == "train"]
    if kind == "gaussian":
        yield check_measurements(in_training, names=table.tracks)
        return
    by_part = {"train": in_training, "test": table.labels[table.split == "test"]}
    yield check_classes(by_part, names=table.tracks)
    yield check_label_composition(gc, table.labels, names=table.tracks)


def _composition(table: SplitSequences) -> tuple[np.ndarray, np.ndarray]:
    """Share of N, and share of G and C among what is known, of every sequence."""
    codes, starts = table.sequences.joined, table.sequences.starts
    length = np.maximum(table.sequences.lengths, 1)
    n_gc, n_unknown = (np.add.reduceat(hit, starts[:-1]) for hit in ((codes == 1) | (codes == 2), codes == N))
    n_unknown = n_unknown - 1  # the N behind every sequence
    known = length - n_unknown
    gc = np.divide(n_gc, known, out=np.full(len(length), np.nan), where=known > 0)
    return n_unknown / length, gc


def _of_maps(examined: Examined, genome: Genome) -> Iterator[Verdict]:
    """What is asked of contact maps; of large ones, on the first contigs by size, the smallest first."""
    run: Run[Any] = run_of(examined)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)  # names and lengths of contigs are asked for elsewhere
        maps = open_maps(run, genome)
    for one in maps:
        yield check_contact_map([one.cis(chrom) for chrom in _map_contigs(genome, one)], subject=one.config.name)


def _map_contigs(genome: Genome, one: OpenMap) -> list[str]:
    """Contigs of a map, the smallest first, up to so many bins."""
    chosen, total = [], 0
    for name in sorted(one.names[0], key=lambda name: genome.sizes[name]):
        n_bins = -(-genome.sizes[name] // one.source.bins.bin_size)
        if total and total + n_bins > _MAX_MAP_BINS:
            break
        chosen.append(name)
        total += n_bins
    return chosen


def _drawn(n: int, seed: int) -> np.ndarray:
    """Rows in order, at most so many, drawn at random."""
    if n <= _MAX_WINDOWS:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).permutation(n)[:_MAX_WINDOWS])
