"""Loci as cases: what was measured, what is predicted, which bases and motifs that takes; from files to files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes
from cisgram.data.store import open_store
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.interval import Interval
from cisgram.genomics.locus_study import EFFECT_COLUMNS, INSTANCE_COLUMNS, LocusStudy
from cisgram.genomics.sequence import N
from cisgram.interpret.contributions import AttributionConfig, attribute
from cisgram.interpret.experiments.deletion import AblationConfig, fillings_of
from cisgram.interpret.experiments.responses import compare
from cisgram.interpret.scores import SCORES, log_counts
from cisgram.io.contributions import contribution_groups, read_contributions, read_explained_windows
from cisgram.io.locus_studies import write_locus_study
from cisgram.io.tables import read_table, write_table
from cisgram.motifs.grammar.distinct import resolved_hits
from cisgram.report.experiments.locus import write_locus_report
from cisgram.run.experiments.signals import RunSignals, open_signals
from cisgram.run.experiments.trained import TrainedModel
from cisgram.run.folder import ProfileRun, Run

FILLINGS = AblationConfig(n_draws=10)
"""Ten fillings of random bases for every deleted instance."""


def study_loci(
    trained: TrainedModel,
    run: Run,
    *,
    loci: Sequence[str],
    out: Path,
    n_top: int = 0,
    n_draws: int = FILLINGS.n_draws,
    seed: int = 0,
) -> dict[str, Any]:
    """Study loci; write ``effects.tsv``, ``loci/*.tsv.gz`` and ``report.html``.

    Parameters
    ----------
    trained, run
        A run on profiles and its model.
    loci
        ``chr1:1-1,000``, 1-based with both ends included; windows lie around the middle.
    out
        Folder; made if it is not there.
    n_top
        Take so many windows from :func:`top_windows`, after the loci.
    n_draws, seed
        Random fillings of every deleted instance, and their seed.

    Returns
    -------
    dict
        A summary that JSON knows.

    Raises
    ------
    ConfigError
        No locus was given.
    """
    if not loci and not n_top:
        raise ConfigError("say which loci: --at chr1:1-1,000, or --top N for held-out windows with most motifs")
    signals = open_signals(run)
    windows = [Interval.parse(locus) for locus in loci] + (top_windows(run, n_top) if n_top else [])
    config = AblationConfig(n_draws=n_draws, seed=seed)
    studies = [study_locus(trained, run, window, config=config, signals=signals) for window in windows]
    out.mkdir(parents=True, exist_ok=True)
    for study in studies:
        write_locus_study(out / "loci", study)
    parts = [one.effects.assign(locus=str(one)) for one in studies]
    effects = pd.concat([one for one in parts if len(one)] or parts[:1], ignore_index=True)
    notes = {"model": trained.path, "model_sha256": trained.sha256, "seed": seed}
    write_table(out / "effects.tsv", effects[["locus", *EFFECT_COLUMNS]], provenance=notes)
    settings = {
        "model": trained.path,
        "deleted": f"each instance alone, with {n_draws} random fillings of the window's composition",
        "effect": "log2 of the reads predicted for the window without the instance over those with it, no control",
    }
    write_locus_report(out / "report.html", studies, settings=settings)
    return {
        "report": str(out / "report.html"),
        "loci": [{"locus": str(one), "n_instances": len(one.instances), "remark": one.remark} for one in studies],
    }


def study_locus(
    trained: TrainedModel,
    run: ProfileRun,
    window: Interval,
    *,
    config: AblationConfig = FILLINGS,
    signals: RunSignals | None = None,
) -> LocusStudy:
    """Measure, predict and explain one window, and delete each motif instance in it.

    Parameters
    ----------
    trained, run
        A run on profiles and its model. Contributions and instances are those of the run where it explained a window
        that holds the part that is predicted; contributions are computed anew elsewhere, and there are no instances
        but those of overlapping windows.
    window
        The window around its middle is studied, whatever its length.
    config
        What is written over instances; pairs are not looked at.
    signals
        The run's files, where they are open already.

    Raises
    ------
    InputError
        The locus is outside of its contig, or has no known base.
    """
    signals = open_signals(run) if signals is None else signals
    table = _window(window, signals)
    codes = signals.genome.windows(table)
    output = signals.outputs(table).iloc[0]
    first, start = int(table["start"].iloc[0]), int(output["start"])
    inside = slice(start - first, start - first + signals.output_length)
    remarks = []
    if (n_unknown := int((codes[0] == N).sum())) == codes.shape[1]:
        raise InputError(f"{window} has no known base; choose another locus")
    if n_unknown:
        remarks.append(f"{n_unknown} of {codes.shape[1]} bases are unknown or lie beyond the contig")
    contributions, score, origin = _contributions(trained, run, codes[0], table.iloc[0], inside)
    instances, found = _instances(run, str(output["chrom"]), start, start + signals.output_length)
    return LocusStudy(
        chrom=str(output["chrom"]),
        start=start,
        tracks=tuple(signals.track_names),
        codes=codes[0, inside].copy(),
        observed=np.stack([one[0].sum(axis=0) for one in signals.observed(table)]).astype(np.float64),
        predicted=signals.predicted(trained.module, codes, table)[0].astype(np.float64),
        contributions=contributions.astype(np.float64),
        score=score,
        instances=instances,
        effects=_effects(trained, codes[0], first, instances, signals.track_names, config),
        remark="; ".join([*remarks, *(one for one in (origin, found) if one)]),
    )


def top_windows(run: ProfileRun, n: int) -> list[Interval]:
    """Held-out windows with instances of most different motifs, and of these those with most reads.

    Windows whose predicted parts overlap are taken once. Where the run has no instances, reads alone decide.

    Parameters
    ----------
    run
        A run on profiles that was prepared.
    n
        At most so many.

    Raises
    ------
    EmptySetError
        The run has no held-out windows on peaks.
    """
    store = open_store(run.examples)
    rows = store.rows("test", "peak")
    if not len(rows):
        raise EmptySetError("held-out windows on peaks", dropped={}, hint="name loci with --at")
    windows = store.windows.loc[rows]
    totals = store.centred(rows).counts.sum(axis=(1, 2, 3), dtype=np.float64)
    starts = ((windows["start"] + windows["end"]) // 2 - store.output_length // 2).to_numpy(dtype=np.int64)
    chroms, path = windows["chrom"].to_numpy(), run.folder / "grammar" / "instances.tsv.gz"
    hits = read_table(path) if path.is_file() else pd.DataFrame({"chrom": [], "start": [], "end": [], "pattern": []})
    n_motifs = np.zeros(len(rows), dtype=np.int64)
    for row, (chrom, start) in enumerate(zip(chroms, starts, strict=True)):
        own = (hits["chrom"] == chrom) & (hits["start"] >= start) & (hits["end"] <= start + store.output_length)
        n_motifs[row] = hits.loc[own, "pattern"].nunique()
    chosen: list[tuple[str, int]] = []
    for row in np.lexsort((-totals, -n_motifs)):
        place = str(chroms[row]), int(starts[row])
        is_apart = all(one[0] != place[0] or abs(one[1] - place[1]) >= store.output_length for one in chosen)
        if is_apart and place[1] >= 0 and len(chosen) < n:
            chosen.append(place)
    return [Interval(chrom, start, start + store.output_length) for chrom, start in chosen]


def _window(window: Interval, signals: RunSignals) -> pd.DataFrame:
    """What the model reads around the middle of a locus, in the genome's name of the contig."""
    name = match_contigs(signals.genome.sizes, [window.chrom], what="the locus").to_genome.get(window.chrom)
    size = signals.genome.sizes.get(name or "", 0)
    if name is None or window.end > size:
        there = "the genome has no such contig" if name is None else f"{name} has {size:,} bp"
        raise InputError(f"the locus {window} is outside of its contig: {there}")
    start = (window.start + window.end) // 2 - signals.input_length // 2
    return pd.DataFrame({"chrom": [name], "start": [start], "end": [start + signals.input_length]})


def _contributions(
    trained: TrainedModel, run: ProfileRun, codes: SequenceCodes, place: pd.Series, inside: slice
) -> tuple[np.ndarray, str, str]:
    """Contributions of the predicted part to every track, ``track length``; the score; where they come from."""
    names, length = list(trained.track_names), inside.stop - inside.start
    first = int(place["start"]) + inside.start
    settings = run.config.contributions
    score = "profile" if "profile" in settings.scores else settings.scores[0]
    groups = contribution_groups(run.contributions) if run.contributions.is_file() else []
    if all((name, score) in groups for name in names):
        windows = read_explained_windows(run.contributions, names[0], score)
        holds = (windows["chrom"] == place["chrom"]) & (windows["start"] <= first) & (windows["end"] >= first + length)
        if holds.any():
            middle = (windows["start"] + windows["end"]) // 2 - (first + length // 2)
            row = int(middle.abs().where(holds, np.inf).to_numpy().argmin())
            offset = first - int(windows["start"].iloc[row])
            values = [read_contributions(run.contributions, name, score, rows=np.array([row])) for name in names]
            kept = np.stack([one.contributions[0].sum(axis=0)[offset : offset + length] for one in values])
            return kept, score, ""
    config = AttributionConfig(method=settings.method, n_references=settings.n_references, seed=run.config.seed)
    found = [
        attribute(trained.module, codes[None], score=SCORES[score](track), config=config) for track in range(len(names))
    ]
    origin = "contributions were computed for this page: the run did not explain this window"
    return np.stack([one.contributions[0].sum(axis=0)[inside] for one in found]), score, origin


def _instances(run: ProfileRun, chrom: str, start: int, end: int) -> tuple[pd.DataFrame, str]:
    """The run's instances wholly inside a stretch, each site once, along the genome; and why there are none."""
    path = run.folder / "grammar" / "instances.tsv.gz"
    if not path.is_file():
        return pd.DataFrame({name: [] for name in INSTANCE_COLUMNS}), "the run has no instances (cisgram grammar)"
    hits = read_table(path)
    own = hits[(hits["chrom"] == chrom) & (hits["start"] >= start) & (hits["end"] <= end)]
    own = resolved_hits(own.assign(window=0).reset_index(drop=True))  # one stretch, whichever windows they are of
    own = own.sort_values(["start", "end", "pattern"], kind="stable").reset_index(drop=True)
    table = own.assign(instance=np.arange(1, len(own) + 1))[list(INSTANCE_COLUMNS)]
    return table, "" if len(own) else "the run has no instance here"


def _effects(
    trained: TrainedModel,
    codes: SequenceCodes,
    first: int,
    instances: pd.DataFrame,
    tracks: Sequence[str],
    config: AblationConfig,
) -> pd.DataFrame:
    """What writing over each instance does to the reads of each track."""
    if instances.empty:
        return pd.DataFrame({name: [] for name in EFFECT_COLUMNS})
    fillings = fillings_of(codes, config=config, rng=np.random.default_rng([config.seed, first + len(codes)]))
    places = instances[["start", "end"]].to_numpy(dtype=np.int64) - first
    edited = np.tile(codes, (len(places), len(fillings), 1))
    for number, (start, end) in enumerate(places.tolist()):
        edited[number, :, start:end] = fillings[:, start:end]
    scores = [log_counts(track) for track in range(len(tracks))]
    found = compare(trained.module, codes[None], edited.reshape(1, -1, codes.size), scores=scores)
    # ln(1 + reads) -> log2 fold of 1 + reads; instance filling track
    folds = (found.after[0] - found.before[0]).reshape(len(places), len(fillings), -1) / np.log(2)
    rows = [
        {
            **row,
            "track": track,
            "effect": float(folds[number, :, column].mean()),
            "low": float(folds[number, :, column].min()),
            "high": float(folds[number, :, column].max()),
            "n_fillings": len(fillings),
        }
        for number, row in enumerate(instances.to_dict("records"))
        for column, track in enumerate(tracks)
    ]
    return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))
