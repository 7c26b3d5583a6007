"""How the motifs of a run lie to each other, and whose reads lie at whose motif."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cisgram.data.store import open_store
from cisgram.errors import EmptySetError
from cisgram.genomics.interval import resize
from cisgram.genomics.motif import Motif
from cisgram.genomics.pattern import Pattern, full_name
from cisgram.io.contributions import contribution_groups, read_contributions
from cisgram.io.finemo_hits import write_hits_bed
from cisgram.io.patterns import read_patterns
from cisgram.io.tables import read_table, write_table
from cisgram.motifs.grammar.cooccurrence import cooccurrence
from cisgram.motifs.grammar.distinct import distinct_hits, on_merged_windows, resolved_hits
from cisgram.motifs.grammar.instances import empty_instances, find_instances
from cisgram.motifs.grammar.pairs import palindromic_patterns
from cisgram.motifs.grammar.periodicity import (
    Periodicity,
    PeriodicityConfig,
    contribution_periodicity,
    distance_periodicity,
)
from cisgram.motifs.grammar.placing import placed_in
from cisgram.motifs.grammar.recruitment import RecruitmentConfig, held_tracks, recruitment
from cisgram.motifs.grammar.spacing import (
    ORIENTATION_COLUMNS,
    SPACING_COLUMNS,
    PairSpacing,
    SpacingConfig,
    pair_spacing,
)
from cisgram.motifs.match import UNNAMED, best_names
from cisgram.run.folder import ProfileRun
from cisgram.run.steps.profiles.footprints import write_footprints

logger = logging.getLogger(__name__)

PERIODICITY_COLUMNS = (
    *("source", "track", "first", "second", "n_observations", "share", "null_share", "enrichment"),
    *("peak_bp", "crest_bp", "p_value"),
)
"""Columns of grammar/periodicity.tsv: ``source`` is ``contributions`` or ``distances``."""
_SPECTRUM_COLUMNS = ("source", "track", "first", "second", "period_bp", "power", "null_mean", "null_high")


class _Tables(NamedTuple):
    """What the step writes, by the name of its file."""

    spacing: pd.DataFrame
    orientations: pd.DataFrame
    periodicity: pd.DataFrame
    spectra: pd.DataFrame


def grammar(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step: grammar/ with instances, co-occurrence, spacing, periodicity and recruitment."""
    settings, folder = run.config.grammar, run.folder / "grammar"
    names = _names(run)
    hits_of_track, kept = {}, []
    for track, score in contribution_groups(run.contributions):
        if score == _score(run):
            hits_of_track[track] = _instances(run, track, names)
            kept += [pattern for pattern in _patterns(run, track, names) if pattern.name not in {p.name for p in kept}]
    explained = read_contributions(run.contributions, next(iter(hits_of_track)), _score(run)).windows
    hits = distinct_hits(pd.concat(list(hits_of_track.values()), ignore_index=True))
    write_table(folder / "instances.tsv.gz", hits)
    write_hits_bed(folder / "instances.bed.gz", hits)
    merged = on_merged_windows(resolved_hits(hits), explained)
    frequent = merged.hits["pattern"].value_counts()
    motifs = [str(name) for name in frequent.index[frequent >= settings.min_hits][: settings.max_motifs]]
    write_table(folder / "cooccurrence.tsv", cooccurrence(merged.hits, len(merged.windows), patterns=motifs))
    palindromes = [name for name in palindromic_patterns(kept) if name in motifs]
    tables = _pairs(run, merged.hits, merged.windows, motifs, palindromes)
    around = _around(run, hits, motifs)
    write_table(folder / "spacing.tsv.gz", tables.spacing)
    write_table(folder / "orientations.tsv", tables.orientations)
    write_table(folder / "periodicity.tsv", pd.concat([around[0], tables.periodicity], ignore_index=True))
    write_table(folder / "spectra.tsv.gz", pd.concat([around[1], tables.spectra], ignore_index=True))
    relations = _relations(run, hits[hits["pattern"].isin(motifs)])
    write_table(folder / "recruitment.tsv", relations)
    held = held_tracks(relations)
    write_table(folder / "held.tsv", held)
    write_footprints(run, hits, explained)
    return {"n_instances": {str(name): int(n) for name, n in frequent.items()}, "motifs": motifs, "n_held": len(held)}


def motifs_of(run: ProfileRun) -> dict[str, Motif]:
    """The motifs of a run that has done the step, those with most instances first.

    Of patterns of one name, the one with most seqlets gives the motif.
    """
    found = read_table(run.folder / "grammar" / "instances.tsv.gz")["pattern"].astype(str).value_counts()
    names, best = _names(run), dict[str, Pattern]()
    for track, score in contribution_groups(run.contributions):
        if score == _score(run):
            for pattern in _patterns(run, track, names):
                if pattern.name not in best or pattern.n_seqlets > best[pattern.name].n_seqlets:
                    best[pattern.name] = pattern
    return {str(name): best[str(name)].motif() for name in found.index if str(name) in best}


def _score(run: ProfileRun) -> str:
    """The score whose contributions are read: the profile's where it was explained."""
    scores = run.config.contributions.scores
    return "profile" if "profile" in scores else scores[0]


def _names(run: ProfileRun) -> Mapping[str, str]:
    """What every pattern is called: by its match in the database, so that tracks share names, else by itself."""
    matches = read_table(run.motifs / "matches.tsv") if (run.motifs / "matches.tsv").is_file() else None
    names = {}
    for track, score in contribution_groups(run.contributions):
        for pattern in read_patterns(run.patterns, track, score, with_values=False).patterns:
            full = full_name(track, score, pattern.name)
            names[full] = full
    if matches is not None and len(matches):
        best = best_names(matches, list(names), max_q_value=run.config.motifs.max_q_value)
        names.update({full: name for full, name in best.items() if name != UNNAMED})
    return names


def _patterns(run: ProfileRun, track: str, names: Mapping[str, str]) -> list[Pattern]:
    """Patterns of a track that raise its score and say which sequence they want, under their common names."""
    found = read_patterns(run.patterns, track, _score(run)).patterns
    strongest = max((float(np.abs(pattern.cwm).sum()) for pattern in found), default=0.0)
    least = run.config.grammar.min_strength * strongest
    return [
        replace(pattern, name=names[full_name(track, _score(run), pattern.name)])
        for pattern in found
        if pattern.name.startswith("pos_")
        and pattern.bits() >= run.config.grammar.min_bits
        and float(np.abs(pattern.cwm).sum()) >= least
    ]


def _instances(run: ProfileRun, track: str, names: Mapping[str, str]) -> pd.DataFrame:
    """Hits of one track's patterns in its contributions; patterns of one name have each site once."""
    explained = read_contributions(run.contributions, track, _score(run))
    parts = [
        find_instances([pattern], explained.one_hot, explained.contributions, explained.windows)
        for pattern in _patterns(run, track, names)
    ]
    found = distinct_hits(pd.concat(parts, ignore_index=True)) if parts else empty_instances()
    logger.info("%s: %d instances", track, len(found))
    return found


def _pairs(
    run: ProfileRun, hits: pd.DataFrame, windows: pd.DataFrame, motifs: Sequence[str], palindromes: Sequence[str]
) -> _Tables:
    """Distances of every two frequent motifs, and whether they have a period."""
    settings = run.config.grammar
    config = SpacingConfig(max_distance_bp=settings.max_distance_bp, seed=run.config.seed)
    histograms, orientations, periods, spectra = [], [], [], []
    for first, second in combinations_with_replacement(motifs, 2):
        try:
            found: PairSpacing = pair_spacing(hits, windows, first, second, palindromes=palindromes, config=config)
        except EmptySetError:  # no window holds both
            continue
        histograms.append(found.histogram)
        orientations.append(found.orientations)
        if int(found.counts.sum()) >= settings.min_hits:
            period = distance_periodicity(
                found.counts,
                min_distance_bp=found.min_distance_bp,
                config=PeriodicityConfig(seed=run.config.seed),
            )
            labels = {"source": "distances", "track": "", "first": first, "second": second}
            periods.append(_summary(period, labels))
            spectra.append(_spectrum(period, labels))
    return _Tables(
        _joined(histograms, SPACING_COLUMNS),
        _joined(orientations, ORIENTATION_COLUMNS),
        _table(periods),
        _joined(spectra, _SPECTRUM_COLUMNS),
    )


def _around(run: ProfileRun, hits: pd.DataFrame, motifs: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Whether contributions of each track have a period around each frequent motif."""
    periods, spectra = [], []
    for track, score in contribution_groups(run.contributions):
        if score != _score(run):
            continue
        explained = read_contributions(run.contributions, track, _score(run))
        values = explained.contributions.sum(axis=1)
        for motif in motifs:
            own = hits[hits["pattern"] == motif]
            if len(own) < run.config.grammar.min_hits:
                continue
            period = contribution_periodicity(
                own.reset_index(drop=True), values, explained.windows, config=PeriodicityConfig(seed=run.config.seed)
            )
            labels = {"source": "contributions", "track": track, "first": motif, "second": ""}
            periods.append(_summary(period, labels))
            spectra.append(_spectrum(period, labels))
    return _table(periods), _joined(spectra, _SPECTRUM_COLUMNS)


def _relations(run: ProfileRun, hits: pd.DataFrame) -> pd.DataFrame:
    """Who binds whose motif, from the reads of all tracks in the explained windows."""
    store = open_store(run.examples)
    explained = read_contributions(run.contributions, store.track_names[0], _score(run)).windows
    rows = np.unique(explained["row"].to_numpy())
    windows = store.windows.loc[rows]
    middle = (windows["start"] + windows["end"]) // 2
    outputs = resize(windows, store.output_length, center=middle.to_numpy()).reset_index(drop=True)
    placed = placed_in(hits.reset_index(drop=True), outputs)
    config = RecruitmentConfig(seed=run.config.seed)
    return recruitment(placed, store.centred(rows).counts, outputs, list(store.track_names), config=config)


def _summary(period: Periodicity, labels: Mapping[str, str]) -> dict[str, Any]:
    """One row of the table of periods."""
    names = ("n_observations", "share", "null_share", "enrichment", "peak_bp", "crest_bp", "p_value")
    return {**labels, **{name: getattr(period, name) for name in names}}


def _spectrum(period: Periodicity, labels: Mapping[str, str]) -> pd.DataFrame:
    """The whole spectrum as rows."""
    columns = {name: getattr(period, name) for name in ("period_bp", "power", "null_mean", "null_high")}
    return pd.DataFrame({**{name: [text] * len(period.power) for name, text in labels.items()}, **columns})


def _table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(PERIODICITY_COLUMNS))


def _joined(tables: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Tables one below the other; one without rows where there are none."""
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({name: [] for name in columns})
