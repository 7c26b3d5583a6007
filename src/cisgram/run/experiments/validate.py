"""Measured mutants beside what the model of a run predicts for them, from files to files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cisgram.data.tracks import StrandFiles, TrackFiles, TrackReader, open_tracks
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.variant import Variant
from cisgram.interpret.experiments.disruption import OK
from cisgram.io.bigwig import bigwig_total
from cisgram.io.files import sha256_of
from cisgram.io.tables import write_table
from cisgram.nn.metrics import jensen_shannon
from cisgram.report.experiments.validation import MutantCase, write_validation_report
from cisgram.run.experiments.changes import ChangedWindows, changed_windows, changes_of
from cisgram.run.experiments.signals import RunSignals, open_signals
from cisgram.run.experiments.trained import TrainedModel
from cisgram.run.folder import Run
from cisgram.run.settings.mutants import MutantConfig, read_mutants
from cisgram.training.fold_changes import fold_agreement, log2_fold

LOCAL_BP = 35
"""Bases on either side of a change that count as its surroundings."""
VALIDATION_COLUMNS = (
    *("mutant", "change", "name", "chrom", "start", "end", "split", "status", "track"),
    *("reads_wild_type", "reads_mutant", "observed", "observed_1", "observed_2"),
    *("predicted_wild_type", "predicted_mutant", "predicted"),
    *("local_reads_wild_type", "local_reads_mutant", "local_observed", "local_observed_1", "local_observed_2"),
    *("local_predicted_wild_type", "local_predicted_mutant", "local_predicted"),
    *("jsd_wild_type", "jsd_mutant", "jsd_mutant_unchanged", "jsd_replicates_wild_type", "jsd_replicates_mutant"),
)
"""Columns of ``validation.tsv``. ``start`` and ``end`` are the judged window (0-based, half-open); ``observed`` and
``predicted`` are log2 folds of mutant over wild type, ``observed_1`` and ``observed_2`` those of single replicates;
``local_`` is within 35 bp of the change. Divergences are between observed and predicted profiles, in bits;
``jsd_mutant_unchanged`` compares the mutant with what is predicted for the wild type."""
MOST_CASES = 6
_CASE_READS = 20


class _Measured(NamedTuple):
    """One track of one mutant and of the wild type, with all reads of every replicate."""

    track: int
    wild_type: np.ndarray
    mutant: np.ndarray
    totals: tuple[list[float], list[float]]

    @property
    def pooled_totals(self) -> tuple[float, float]:
        return sum(self.totals[0]), sum(self.totals[1])


class _Judged(NamedTuple):
    """One mutant."""

    table: pd.DataFrame
    cases: list[MutantCase]


def validate(trained: TrainedModel, run: Run, mutants: Path, *, out: Path) -> dict[str, Any]:
    """Compare mutants with predictions; write ``validation.tsv``, ``summary.tsv`` and ``report.html``.

    Parameters
    ----------
    trained
        The run's model.
    run
        Its tracks are the wild type, its genome is the reference.
    mutants
        TOML file, see :mod:`cisgram.run.settings.mutants`.
    out
        Folder; made if it is not there.

    Returns
    -------
    dict
        A summary that JSON knows.

    Raises
    ------
    ConfigError
        Where the file has something that is not known, such as a track that the run has not.
    EmptySetError
        Where no change can be judged.
    """
    config, signals = read_mutants(mutants), open_signals(run)
    for mutant in config.mutants:
        _check_tracks(mutant, signals)
    judged = [_judge(trained, signals, mutant, folder=mutants.parent) for mutant in config.mutants]
    table = pd.concat([one.table for one in judged], ignore_index=True)
    known = table[table["status"] == OK]
    if known.empty:
        why = table.drop_duplicates(["mutant", "change"])["status"].value_counts()
        raise EmptySetError("changes that can be judged", dropped={str(one): int(n) for one, n in why.items()})
    tracks = [name for name in signals.track_names if name in set(known["track"])]
    settings = run.config.evaluation
    summary = fold_agreement(known, tracks=tracks, n_resamples=settings.n_bootstrap, seed=run.config.seed)
    out.mkdir(parents=True, exist_ok=True)
    scored = {"model": trained.path, "model_sha256": trained.sha256, "mutants_sha256": sha256_of(mutants)}
    write_table(out / "validation.tsv", table, provenance=scored)
    write_table(out / "summary.tsv", summary, provenance={**scored, "seed": run.config.seed})
    cases = sorted((case for one in judged for case in one.cases), key=lambda case: -abs(case.fold))[:MOST_CASES]
    about = {
        "model": trained.path,
        "wild type": f"{run.folder}: its tracks and genome",
        "mutants": f"{mutants}: {', '.join(one.name for one in config.mutants)}",
        "window": f"{signals.output_length} bp around the middle of each change; local: {LOCAL_BP} bp on either side",
        "depth": "reads of mutant and wild type are scaled to the mean of all their reads, then one read is added",
        "replicates": "replicate 1 of the mutant over replicate 1 of the wild type, and so on",
    }
    write_validation_report(out / "report.html", table, summary, cases, settings=about)
    loci = table.drop_duplicates(["mutant", "change"])
    return {
        "report": str(out / "report.html"),
        "n_changes": len(loci),
        "n_judged": int((loci["status"] == OK).sum()),
        "summary": summary.astype(object).where(summary.notna(), None).to_dict("records"),
    }


def _check_tracks(mutant: MutantConfig, signals: RunSignals) -> None:
    """Refuse tracks that the run has not, or has in another form."""
    for track in mutant.tracks:
        if track.name not in signals.track_names:
            raise ConfigError(
                f"mutant {mutant.name!r}: the run has no track {track.name!r}; it has {', '.join(signals.track_names)}"
            )
        n_strands = signals.tracks[signals.track_names.index(track.name)].track.n_strands
        if track.n_strands != n_strands:
            raise ConfigError(
                f"mutant {mutant.name!r}: track {track.name!r} has {track.n_strands} strands; in the run, {n_strands}"
            )


def _judge(trained: TrainedModel, signals: RunSignals, mutant: MutantConfig, *, folder: Path) -> _Judged:
    """All changes of one mutant in all its tracks."""
    changes = changes_of(mutant, folder=folder, genome=signals.genome)
    statuses, found = changed_windows(changes, signals.genome, length_bp=signals.input_length)
    tracks = [track.name for track in mutant.tracks]
    rows = [
        {**_labels(change, signals), "mutant": mutant.name, "status": status, "track": track}
        for change, status in zip(changes, statuses, strict=True)
        for track in tracks
    ]
    table, cases = pd.DataFrame(rows), []
    if found.rows:
        predicted = [
            signals.predicted(trained.module, codes, found.windows) for codes in (found.wild_type, found.mutant)
        ]
        measured = _measured(signals, mutant, found, folder)
        numbers = [
            {"change": str(changes[row]), "track": tracks[number], **_row(one, predicted, changes[row], place, found)}
            for place, row in enumerate(found.rows)
            for number, one in enumerate(measured)
        ]
        table = table.merge(pd.DataFrame(numbers), on=["change", "track"], how="left")
        cases = _cases(mutant, changes, found, measured, predicted, table, signals)
    return _Judged(table.reindex(columns=list(VALIDATION_COLUMNS)), cases)


def _labels(change: Variant, signals: RunSignals) -> dict[str, object]:
    """What is said of a change whether it can be judged or not."""
    start = (change.start + change.end) // 2 - signals.output_length // 2
    place = {"chrom": change.chrom, "start": start, "end": start + signals.output_length}
    return {"change": str(change), "name": change.name, **place, "split": signals.split_of(change.chrom)}


def _measured(signals: RunSignals, mutant: MutantConfig, found: ChangedWindows, folder: Path) -> list[_Measured]:
    """Reads of all tracks of a mutant beside those of the wild type."""
    files = [
        TrackFiles(
            f"{mutant.name} {track.name}",
            tuple(
                StrandFiles(folder / plus, folder / minus if minus is not None else None)
                for plus, minus in zip(track.plus, track.minus or [None] * len(track.plus), strict=True)
            ),
        )
        for track in mutant.tracks
    ]
    readers, outputs = open_tracks(files, signals.genome.sizes), signals.outputs(found.windows)
    measured = []
    for track, reader in zip(mutant.tracks, readers, strict=True):
        number = signals.track_names.index(track.name)
        wild_type = signals.tracks[number]
        totals = _totals(wild_type), _totals(reader)
        measured.append(_Measured(number, wild_type.windows(outputs), reader.windows(outputs), totals))
    return measured


def _totals(reader: TrackReader) -> list[float]:
    """All reads of every replicate."""
    totals = [0.0] * len(reader.track.replicates)
    for replicate, _, path, _ in reader.files():
        totals[replicate] += bigwig_total(path)
    return totals


def _row(
    one: _Measured, predicted: Sequence[np.ndarray], change: Variant, place: int, found: ChangedWindows
) -> dict[str, float]:
    """The numbers of one change in one track."""
    reads = one.wild_type[place], one.mutant[place]  # replicate strand length
    expected = predicted[0][place, one.track], predicted[1][place, one.track]
    length = expected[0].shape[-1]
    first = int(found.windows["start"].iloc[place]) + (found.wild_type.shape[1] - length) // 2
    near = slice(max(0, change.start - LOCAL_BP - first), min(length, change.end + LOCAL_BP - first))
    values: dict[str, float] = {}
    for prefix, part in (("", slice(None)), ("local_", near)):
        values |= {f"{prefix}{name}": number for name, number in _folds(one, reads, expected, part).items()}
    pooled = [counts.sum(axis=0) for counts in reads]
    values["jsd_wild_type"], values["jsd_mutant"] = (_divergence(a, b) for a, b in zip(pooled, expected, strict=True))
    values["jsd_mutant_unchanged"] = _divergence(pooled[1], expected[0])
    for name, counts in zip(("wild_type", "mutant"), reads, strict=True):
        values[f"jsd_replicates_{name}"] = _divergence(counts[0], counts[1]) if len(counts) > 1 else np.nan
    return values


def _folds(
    one: _Measured, reads: Sequence[np.ndarray], expected: Sequence[np.ndarray], part: slice
) -> dict[str, float]:
    """Reads of a part of the window and their folds."""
    sums = [counts[..., part].sum(axis=(1, 2), dtype=np.float64) for counts in reads]  # per replicate
    said = [np.asarray(counts[..., part].sum(dtype=np.float64)) for counts in expected]
    values = {
        "reads_wild_type": float(sums[0].sum()),
        "reads_mutant": float(sums[1].sum()),
        "observed": float(log2_fold(sums[0].sum()[None], sums[1].sum()[None], totals=one.pooled_totals)[0]),
        "predicted_wild_type": float(said[0]),
        "predicted_mutant": float(said[1]),
        "predicted": float(log2_fold(said[0][None], said[1][None])[0]),
    }
    for replicate in range(min(2, len(sums[0]), len(sums[1]))):
        totals = one.totals[0][replicate], one.totals[1][replicate]
        pair = sums[0][replicate : replicate + 1], sums[1][replicate : replicate + 1]
        values[f"observed_{replicate + 1}"] = float(log2_fold(*pair, totals=totals)[0])
    return values


def _divergence(observed: np.ndarray, predicted: np.ndarray) -> float:
    return float(jensen_shannon(observed[None], predicted[None])[0])


def _cases(
    mutant: MutantConfig,
    changes: Sequence[Variant],
    found: ChangedWindows,
    measured: Sequence[_Measured],
    predicted: Sequence[np.ndarray],
    table: pd.DataFrame,
    signals: RunSignals,
) -> list[MutantCase]:
    """The changes with the largest observed folds, where there are reads enough to believe them."""
    reads = table[["reads_wild_type", "reads_mutant"]].max(axis=1)
    strong = table[(table["status"] == OK) & (reads >= _CASE_READS)]
    strong = strong.reindex(strong["observed"].abs().sort_values(ascending=False, kind="stable").index)
    strong = strong.drop_duplicates("change").head(MOST_CASES)
    outputs, names = signals.outputs(found.windows), [str(changes[row]) for row in found.rows]
    cases = []
    for row in strong.to_dict("records"):
        place = names.index(str(row["change"]))
        change = changes[found.rows[place]]
        observed = [_scaled(one, place) for one in measured]
        cases.append(
            MutantCase(
                title=f"{mutant.name}, {change}" + (f" ({change.name})" if change.name != "." else ""),
                chrom=change.chrom,
                start=int(outputs["start"].iloc[place]),
                changed=(change.start, change.end),
                tracks=[track.name for track in mutant.tracks],
                observed=np.stack(observed),
                predicted=np.stack([[said[place, one.track] for said in predicted] for one in measured]),
                fold=float(row["observed"]),
            )
        )
    return cases


def _scaled(one: _Measured, place: int) -> np.ndarray:
    """Reads of wild type and mutant (``2 strand length``), the mutant's as if it had the wild type's depth."""
    scale = one.pooled_totals[0] / max(one.pooled_totals[1], 1e-9)
    return np.stack([one.wild_type[place].sum(axis=0), scale * one.mutant[place].sum(axis=0)]).astype(np.float64)
