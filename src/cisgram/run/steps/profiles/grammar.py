"""How the motifs of a run lie to each other, and whose reads lie at whose motif."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cisgram.data.store import open_store
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
from cisgram.motifs.grammar.placing import placed_in
from cisgram.motifs.grammar.recruitment import RECRUITMENT_COLUMNS, RecruitmentConfig, held_tracks, recruitment
from cisgram.motifs.match import UNNAMED, best_names
from cisgram.run.folder import ProfileRun
from cisgram.run.steps.profiles.footprints import write_footprints
from cisgram.run.steps.profiles.periods import ReadsInWindows, pair_tables, periods_around

logger = logging.getLogger(__name__)


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
    tables = pair_tables(run, merged.hits, merged.windows, motifs, palindromes)
    reads = _reads(run)
    scored = [(track, score) for track, score in contribution_groups(run.contributions) if score == _score(run)]
    around = periods_around(run, hits, motifs, scored=scored, reads=reads)
    write_table(folder / "spacing.tsv.gz", tables.spacing)
    write_table(folder / "orientations.tsv", tables.orientations)
    write_table(folder / "periodicity.tsv", pd.concat([around.periodicity, tables.periodicity], ignore_index=True))
    write_table(folder / "spectra.tsv.gz", pd.concat([around.spectra, tables.spectra], ignore_index=True))
    relations = _relations(run, hits[hits["pattern"].isin(motifs)], reads)
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


def _reads(run: ProfileRun) -> ReadsInWindows | None:
    """Reads of all tracks in the output of the explained windows; None for signals without strands."""
    store = open_store(run.examples)
    if store.layout.n_strands != 2:
        return None
    explained = read_contributions(run.contributions, store.track_names[0], _score(run)).windows
    rows = np.unique(explained["row"].to_numpy())
    windows = store.windows.loc[rows]
    middle = (windows["start"] + windows["end"]) // 2
    outputs = resize(windows, store.output_length, center=middle.to_numpy()).reset_index(drop=True)
    return ReadsInWindows(outputs, store.centred(rows).counts, tuple(store.track_names))


def _relations(run: ProfileRun, hits: pd.DataFrame, reads: ReadsInWindows | None) -> pd.DataFrame:
    """Who binds whose motif, from the reads of all tracks; unknown without strands, which footprints need."""
    if reads is None:
        return pd.DataFrame({name: [] for name in RECRUITMENT_COLUMNS})
    placed = placed_in(hits.reset_index(drop=True), reads.windows)
    config = RecruitmentConfig(seed=run.config.seed)
    return recruitment(placed, reads.counts, reads.windows, list(reads.tracks), config=config)
