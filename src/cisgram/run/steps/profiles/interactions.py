"""Ask the model what motifs do for each other, and put it beside what was seen: a map of who helps whom."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Codes
from cisgram.errors import EmptySetError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import codes_of, gc_fraction
from cisgram.interpret.experiments.ablation import ablate_pairs
from cisgram.interpret.experiments.arrangements import SpacingConfig, distance_range
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.deletion import AblationConfig
from cisgram.interpret.experiments.epistasis import DEPENDENCE_COLUMNS, dependence_table
from cisgram.interpret.experiments.help import CURVE_COLUMNS, FAR, NEAR, RANGE_COLUMNS, help_by_distance, help_in_ranges
from cisgram.interpret.experiments.instances_in_windows import instances_in_windows
from cisgram.interpret.experiments.spacing import Spacing, space_motifs
from cisgram.interpret.experiments.spacing_periodicity import spacing_periodicity
from cisgram.interpret.local_scores import LocalCountsScore, PeakHeightScore
from cisgram.interpret.scores import log_counts
from cisgram.io.contributions import contribution_groups, read_contributions
from cisgram.io.locus_studies import write_locus_study
from cisgram.io.tables import read_table, write_table
from cisgram.motifs.grammar.interaction_map import (
    DISTANCES,
    HELPS,
    HINDERS,
    IN_SILICO,
    MapConfig,
    interaction_map,
)
from cisgram.motifs.grammar.recruitment import DIRECT, RECRUITED
from cisgram.run.experiments.locus import study_locus, top_windows
from cisgram.run.experiments.signals import open_signals
from cisgram.run.experiments.trained import TrainedModel, open_trained
from cisgram.run.folder import ProfileRun
from cisgram.run.steps.profiles.grammar import motifs_of

logger = logging.getLogger(__name__)

PERIOD_COLUMNS = ("source", "helper", "helped", "track", "peak_bp", "p_value")
"""Columns of interactions/periods.tsv."""

_PAIR = ["helper", "helped"]
_LEAST_DISTANCES = 42


class _Asked(NamedTuple):
    """What is needed to put a question about motifs."""

    trained: TrainedModel
    motifs: Mapping[str, Motif]
    tracks_at: Mapping[str, list[str]]
    """Tracks that are read at each motif: those that it binds itself."""
    backgrounds: Codes
    seed: int


class _InSilico(NamedTuple):
    """Help in backgrounds."""

    ranges: pd.DataFrame
    curves: pd.DataFrame


def interactions(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step: interactions/ with folds in backgrounds and in windows, curves, periods and the map."""
    settings, folder = run.config.interactions, run.folder / "interactions"
    hits = read_table(run.folder / "grammar" / "instances.tsv.gz")
    relations = read_table(run.folder / "grammar" / "recruitment.tsv")
    motifs = {name: motif for name, motif in motifs_of(run).items() if name in set(relations["pattern"])}
    motifs = dict(list(motifs.items())[: settings.max_motifs])
    tracks_at, found_at = (_tracks_at(relations, list(motifs), kinds) for kinds in ([DIRECT], [DIRECT, RECRUITED]))
    trained = open_trained(run.folder)
    windows = _windows(run)
    gc = float(np.nanmean(gc_fraction(windows.codes)))
    backgrounds = _backgrounds(run, trained.input_length, gc=gc)
    asked = _Asked(trained, motifs, tracks_at, backgrounds, run.config.seed)
    coarse = SpacingConfig(distances=range(1, settings.longest_bp + 1, settings.step_bp), strands=("++", "+-"))
    ranges = _every_pair(asked, coarse).ranges
    dependence = _dependence(run, asked, windows, hits[hits["pattern"].isin(motifs)])
    company = read_table(run.folder / "grammar" / "cooccurrence.tsv")
    observed = _observed_periods(run, tracks_at)
    limits = MapConfig(settings.min_fold, settings.min_genomic_fold, settings.min_windows)
    folds = _near_and_far(ranges)
    found = interaction_map(folds, dependence, company, observed, reads_at=tracks_at, found_at=found_at, config=limits)
    changed = found[found["relation"].isin([HELPS, HINDERS])].sort_values("fold", ascending=False, kind="stable")
    changed = changed[_PAIR].drop_duplicates()[: settings.max_curves]
    fine = SpacingConfig(distances=range(1, settings.longest_bp + 1), strands=("++",))
    curves = _pairs(asked, fine, list(changed.itertuples(index=False, name=None))).curves
    periods = pd.concat([observed, _in_silico_periods(curves, run.config.seed)], ignore_index=True)
    found = interaction_map(folds, dependence, company, periods, reads_at=tracks_at, found_at=found_at, config=limits)
    tables = {"backgrounds": ranges, "windows": dependence, "periods": periods, "map": found}
    for name, table in tables.items():
        write_table(folder / f"{name}.tsv", table)
    write_table(folder / "curves.tsv.gz", curves)
    helped = found[found["relation"] == HELPS]
    n_loci = _study_loci(run, trained)
    return {"motifs": list(motifs), "n_helps": len(helped[_PAIR].drop_duplicates()), "n_loci": n_loci}


def _tracks_at(relations: pd.DataFrame, motifs: Sequence[str], kinds: Sequence[str]) -> dict[str, list[str]]:
    """Tracks that stand in such relations to each motif."""
    own = relations[relations["relation"].isin(list(kinds))]
    return {motif: [str(track) for track in own.loc[own["pattern"] == motif, "track"]] for motif in motifs}


class _Windows(NamedTuple):
    """The explained windows with their sequences."""

    table: pd.DataFrame
    codes: Codes


def _windows(run: ProfileRun) -> _Windows:
    track, score = next(iter(contribution_groups(run.contributions)))
    explained = read_contributions(run.contributions, track, score)
    return _Windows(explained.windows, codes_of(explained.one_hot))


def _study_loci(run: ProfileRun, trained: TrainedModel) -> int:
    """Write what there is at a few held-out places, and what each instance there does; how many places."""
    folder, settings = run.folder / "interactions" / "loci", run.config.interactions
    shutil.rmtree(folder, ignore_errors=True)
    try:
        chosen = top_windows(run, settings.n_loci) if settings.n_loci else []
    except EmptySetError:
        chosen = []
    signals = open_signals(run) if chosen else None
    for window in chosen:
        config = AblationConfig(n_draws=settings.n_draws, seed=run.config.seed)
        write_locus_study(folder, study_locus(trained, run, window, config=config, signals=signals))
    return len(chosen)


def _backgrounds(run: ProfileRun, length_bp: int, *, gc: float) -> Codes:
    """Random sequences with the GC content of the windows."""
    return random_sequences(run.config.interactions.n_backgrounds, length_bp, gc=gc, seed=run.config.seed)


def _every_pair(asked: _Asked, config: SpacingConfig) -> _InSilico:
    helped = [name for name, tracks in asked.tracks_at.items() if tracks]
    return _pairs(asked, config, [(helper, name) for name in helped for helper in asked.motifs])


def _pairs(asked: _Asked, config: SpacingConfig, pairs: Sequence[tuple[str, str]]) -> _InSilico:
    """What the first of each pair does for the second, in backgrounds."""
    ranges, curves = [], []
    for number, (helper, helped) in enumerate(pairs, start=1):
        tracks = asked.tracks_at[helped]
        found = _spaced(asked, config, helper, helped)
        about = {"helper": helper, "helped": helped}
        ranges.append(help_in_ranges(found, tracks=tracks, scale="log1p", seed=asked.seed).assign(**about))
        curves.append(help_by_distance(found, tracks=tracks, scale="log1p").assign(**about))
        logger.info("%s beside %s: %d of %d pairs", helper, helped, number, len(pairs))
    return _InSilico(_joined(ranges, RANGE_COLUMNS), _joined(curves, CURVE_COLUMNS))


def _near_and_far(ranges: pd.DataFrame) -> pd.DataFrame:
    """One row per pair and track: the fold of near ones with its interval, and that of far ones."""
    keys = [*_PAIR, "track"]
    far = ranges.loc[ranges["range"] == FAR, [*keys, "fold"]].rename(columns={"fold": "fold_far"})
    return ranges[ranges["range"] == NEAR].merge(far, on=keys, how="left")


def _joined(tables: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    names = [*_PAIR, *columns]
    return pd.concat(tables, ignore_index=True)[names] if tables else pd.DataFrame(columns=names)


def _spaced(asked: _Asked, config: SpacingConfig, helper: str, helped: str) -> Spacing:
    """The helped motif in the middle, where it is read; the helper at all distances that have room."""
    trained, motifs = asked.trained, (asked.motifs[helped], asked.motifs[helper])
    widths = (len(motifs[0]), len(motifs[1]))
    rooms = [distance_range(widths, trained.input_length, order=order) for order in config.orders]
    shortest, longest = max(room.shortest for room in rooms), min(room.longest for room in rooms)
    distances = [one for one in config.distances if shortest <= one <= longest]
    part = trained.part_at(trained.input_length // 2)
    numbers = [trained.track_names.index(name) for name in asked.tracks_at[helped]]
    return space_motifs(
        trained.module,
        asked.backgrounds,
        motifs,
        scores=[PeakHeightScore((number,), *part) for number in numbers],
        config=SpacingConfig(distances=distances, orders=config.orders, strands=config.strands, seed=asked.seed),
    )


def _dependence(run: ProfileRun, asked: _Asked, windows: _Windows, hits: pd.DataFrame) -> pd.DataFrame:
    """What deleting instances of one motif does at those of another, in windows with several, most kinds first."""
    trained, settings = asked.trained, run.config.interactions
    try:
        placed = instances_in_windows(hits, windows.table, codes=windows.codes, margin_bp=trained.margin_bp + 1).table
    except EmptySetError:
        return pd.DataFrame(columns=list(DEPENDENCE_COLUMNS))
    of_windows = placed.groupby("row")["name"].agg(["nunique", "size"])
    several = of_windows[of_windows["size"] > 1].sort_values("nunique", ascending=False, kind="stable")
    chosen = several.index.to_numpy()[: settings.max_windows]
    placed = placed[placed["row"].isin(chosen)].reset_index(drop=True)
    if placed.empty:
        return pd.DataFrame(columns=list(DEPENDENCE_COLUMNS))
    tracks = list(trained.track_names)
    found = ablate_pairs(
        trained.module,
        windows.codes,
        placed,
        scores=[log_counts(number) for number in range(len(tracks))],
        local=lambda place: [LocalCountsScore((number,), *trained.part_at(place)) for number in range(len(tracks))],
        config=AblationConfig(n_draws=settings.n_draws, max_distance_bp=settings.longest_bp, seed=asked.seed),
    )
    return dependence_table(found, tracks=tracks, scale="log1p", seed=asked.seed)


def _observed_periods(run: ProfileRun, tracks_at: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Periods that the grammar step saw.

    Those of distances stand for both ways, for they have no direction; those of the contributions or reads of a track
    around a motif for all motifs that the track binds.
    """
    table = read_table(run.folder / "grammar" / "periodicity.tsv")
    rows = []
    for row in table.to_dict("records"):
        numbers = (row["peak_bp"], row["p_value"])
        if row["source"] == DISTANCES:
            pairs = {(row["first"], row["second"]), (row["second"], row["first"])}
            rows += [(DISTANCES, *pair, "", *numbers) for pair in sorted(pairs)]
        else:
            bound = [name for name, tracks in tracks_at.items() if row["track"] in tracks]
            rows += [(row["source"], row["first"], helped, row["track"], *numbers) for helped in bound]
    return pd.DataFrame(rows, columns=list(PERIOD_COLUMNS))


def _in_silico_periods(curves: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Periods of curves that have all distances."""
    rows = []
    for (helper, helped, track), curve in curves.groupby(["helper", "helped", "track"], sort=False):
        if len(curve) >= _LEAST_DISTANCES and np.isfinite(curve["log2_fold"]).all():
            found = spacing_periodicity(curve, seed=seed)
            rows.append((IN_SILICO, helper, helped, track, found.peak_bp, found.p_value))
    return pd.DataFrame(rows, columns=list(PERIOD_COLUMNS))
