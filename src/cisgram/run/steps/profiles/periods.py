"""Distances of motifs, and the periods of whatever lies around them: other motifs, contributions, reads."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cisgram.errors import EmptySetError
from cisgram.io.contributions import read_contributions
from cisgram.motifs.grammar.periodicity import (
    Periodicity,
    PeriodicityConfig,
    contribution_periodicity,
    distance_periodicity,
    read_periodicity,
)
from cisgram.motifs.grammar.spacing import (
    ORIENTATION_COLUMNS,
    SPACING_COLUMNS,
    PairSpacing,
    SpacingConfig,
    pair_spacing,
)
from cisgram.run.folder import ProfileRun

PERIODICITY_COLUMNS = (
    *("source", "track", "first", "second", "n_observations", "share", "null_share", "enrichment"),
    *("peak_bp", "crest_bp", "p_value"),
)
"""Columns of grammar/periodicity.tsv: ``source`` is ``distances``, ``contributions`` or ``reads``."""
SPECTRUM_COLUMNS = ("source", "track", "first", "second", "period_bp", "power", "null_mean", "null_high")


class ReadsInWindows(NamedTuple):
    """Reads of all tracks in windows of one length."""

    windows: pd.DataFrame
    counts: np.ndarray
    """``window track strand length``."""
    tracks: tuple[str, ...]


class PairTables(NamedTuple):
    """What is known of pairs of motifs, by the name of its file."""

    spacing: pd.DataFrame
    orientations: pd.DataFrame
    periodicity: pd.DataFrame
    spectra: pd.DataFrame


class PeriodTables(NamedTuple):
    """Periods around single motifs."""

    periodicity: pd.DataFrame
    spectra: pd.DataFrame


def pair_tables(
    run: ProfileRun, hits: pd.DataFrame, windows: pd.DataFrame, motifs: Sequence[str], palindromes: Sequence[str]
) -> PairTables:
    """Distances of every two frequent motifs, and whether they have a period.

    Parameters
    ----------
    run
        Its settings are taken.
    hits, windows
        Instances, each site once, in windows that do not overlap.
    motifs
        Frequent ones.
    palindromes
        Those of them that read the same on both strands.
    """
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
    return PairTables(
        _joined(histograms, SPACING_COLUMNS),
        _joined(orientations, ORIENTATION_COLUMNS),
        _table(periods),
        _joined(spectra, SPECTRUM_COLUMNS),
    )


def periods_around(
    run: ProfileRun,
    hits: pd.DataFrame,
    motifs: Sequence[str],
    *,
    scored: Sequence[tuple[str, str]],
    reads: ReadsInWindows | None,
) -> PeriodTables:
    """Whether the contributions and the reads of each track have a period around each frequent motif.

    Parameters
    ----------
    run
        Its settings and contributions are taken.
    hits
        Instances, each site once.
    motifs
        Frequent ones.
    scored
        Track and score of the contributions.
    reads
        Of all tracks; None where the signal has no strands.
    """
    config = PeriodicityConfig(seed=run.config.seed)
    own = {motif: hits[hits["pattern"] == motif].reset_index(drop=True) for motif in motifs}
    own = {motif: table for motif, table in own.items() if len(table) >= run.config.grammar.min_hits}
    periods, spectra = [], []

    def look(source: str, track: str, ask: Callable[[pd.DataFrame], Periodicity]) -> None:
        for motif, table in own.items():
            try:
                period = ask(table)
            except EmptySetError:  # all too near to the ends of their windows
                continue
            labels = {"source": source, "track": track, "first": motif, "second": ""}
            periods.append(_summary(period, labels))
            spectra.append(_spectrum(period, labels))

    for track, score in scored:
        explained = read_contributions(run.contributions, track, score)
        values = explained.contributions.sum(axis=1)
        look("contributions", track, partial(_around, values, explained.windows, config))
    if reads is not None:
        for number, track in enumerate(reads.tracks):
            look("reads", track, partial(_reads_around, reads.counts[:, number], reads.windows, config))
    return PeriodTables(_table(periods), _joined(spectra, SPECTRUM_COLUMNS))


def _around(values: np.ndarray, windows: pd.DataFrame, config: PeriodicityConfig, hits: pd.DataFrame) -> Periodicity:
    return contribution_periodicity(hits, values, windows, config=config)


def _reads_around(
    counts: np.ndarray, windows: pd.DataFrame, config: PeriodicityConfig, hits: pd.DataFrame
) -> Periodicity:
    return read_periodicity(hits, counts, windows, config=config)


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
