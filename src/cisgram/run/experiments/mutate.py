"""Saturation mutagenesis from files to files."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.errors import ConfigError
from cisgram.interpret.experiments.maps import MutationMap
from cisgram.interpret.experiments.saturation import Saturation, gradient_effects, mutate_all
from cisgram.io.tables import write_table
from cisgram.report.experiments import SequencePicture, write_saturation_report
from cisgram.run.experiments.sequences import ModelSequences, SequenceSource, read_model_sequences
from cisgram.run.experiments.trained import Question, TrainedModel

MOST_TRACKS = 12
"""Tracks of a model that are all mapped unless some are named."""


def mutate(
    trained: TrainedModel,
    source: SequenceSource,
    *,
    question: Question,
    out: Path,
    part_bp: int | None = None,
    with_gradient: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Map all substitutions of sequences, and write ``results.tsv``, ``mutations.tsv.gz`` and ``report.html``.

    Parameters
    ----------
    trained, source, question, out, progress
        As in :func:`cisgram.run.experiments.insert.insert`.
    part_bp
        Mutate this many bases in the middle; all, if not given.
    with_gradient
        Whether the gradient's estimates stand beside the effects.

    Returns
    -------
    dict
        A summary that JSON knows.

    Raises
    ------
    ConfigError
        Where a model of many tracks is asked without naming some.
    """
    scored = trained.scored(question)
    if len(scored.tracks) > MOST_TRACKS and not question.tracks:
        raise ConfigError(f"this model has {len(scored.tracks)} tracks; name those to map: --tracks {scored.tracks[0]}")
    sequences = read_model_sequences(source, length_bp=trained.input_length)
    asked = {"scores": scored.scores, "part_bp": part_bp, "asking": question.asking}
    began = time.perf_counter()
    effects = mutate_all(trained.module, sequences.codes, progress=progress, **asked)
    costs, began = _cost("saturation mutagenesis", effects, seconds=time.perf_counter() - began), time.perf_counter()
    estimates = gradient_effects(trained.module, sequences.codes, **asked) if with_gradient else None
    if estimates is not None:
        costs |= _cost("gradient", estimates, seconds=time.perf_counter() - began)
    table = _summary(effects, estimates, sequences, scored.tracks)
    out.mkdir(parents=True, exist_ok=True)
    notes = trained.provenance(scored, source=source, both_strands=question.asking.both_strands)
    write_table(out / "results.tsv", table, provenance=notes)
    write_table(out / "mutations.tsv.gz", _mutations(effects, estimates, sequences, scored.tracks), provenance=notes)
    settings = {
        **trained.settings(scored, question),
        **sequences.remarks,
        "mutated": f"{effects.codes.shape[1]} bp in the middle of {trained.input_length} bp",
    }
    pictures = _pictures(effects, estimates, sequences, table)
    write_saturation_report(out / "report.html", table, pictures, unit=scored.unit, costs=costs, settings=settings)
    maps = table.astype(object).where(table.notna(), None).to_dict("records")
    return {"report": str(out / "report.html"), "score": scored.name, "costs": costs, "maps": maps}


def _cost(what: str, asked: Saturation, *, seconds: float) -> dict[str, object]:
    """Time and evaluations per sequence."""
    n = len(asked.codes)
    return {
        f"{what}: seconds per sequence": round(seconds / n, 4),
        f"{what}: sequences through the model, per sequence": round(asked.n_evaluations / n, 1),
    }


def first_positions(sequences: ModelSequences, start: int) -> list[int]:
    """Number of the first mutated position of every sequence, 1-based: on its contig where that is known."""
    if sequences.places is None:
        return [start + 1] * len(sequences.codes)
    return (sequences.places["start"].to_numpy() + start + 1).tolist()


def _each(effects: Saturation, tracks: Sequence[str]) -> list[tuple[int, int]]:
    """Row and track of every map."""
    return [(row, track) for row in range(len(effects.codes)) for track in range(len(tracks))]


def _summary(
    effects: Saturation, estimates: Saturation | None, sequences: ModelSequences, tracks: Sequence[str]
) -> pd.DataFrame:
    """One row per sequence and track; positions are 1-based, for people."""
    firsts, rows = first_positions(sequences, effects.start), []
    for row, track in _each(effects, tracks):
        mutations = effects.map(row, track)
        rows.append(
            {
                "sequence": sequences.names[row],
                "track": tracks[track],
                "reference": mutations.reference,
                "max_loss": float(mutations.loss.max()),
                "max_loss_position": firsts[row] + int(mutations.loss.argmax()),
                "max_gain": float(mutations.gain.max()),
                "max_gain_position": firsts[row] + int(mutations.gain.argmax()),
                "gradient_correlation": float("nan")
                if estimates is None
                else correlation(mutations, estimates.map(row, track)),
            }
        )
    return pd.DataFrame(rows)


def correlation(measured: MutationMap, estimated: MutationMap) -> float:
    """Pearson correlation over all substitutions; NaN where either does not vary."""
    pairs = np.stack([measured.table()["effect"], estimated.table()["effect"]])
    if (np.ptp(pairs, axis=1) == 0).any():
        return float("nan")
    return float(np.corrcoef(pairs)[0, 1])


def _mutations(
    effects: Saturation, estimates: Saturation | None, sequences: ModelSequences, tracks: Sequence[str]
) -> pd.DataFrame:
    """One row per sequence, track and substitution; positions are 0-based, in the sequence that the model reads."""
    tables = []
    for row, track in _each(effects, tracks):
        table = effects.map(row, track).table()
        if estimates is not None:
            table["gradient"] = estimates.map(row, track).table()["effect"]
        table.insert(0, "sequence", sequences.names[row])
        table.insert(1, "track", tracks[track])
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _pictures(
    effects: Saturation, estimates: Saturation | None, sequences: ModelSequences, table: pd.DataFrame
) -> list[SequencePicture]:
    """All maps, for the page."""
    firsts, tracks = first_positions(sequences, effects.start), list(dict.fromkeys(table["track"]))
    chroms = None if sequences.places is None else sequences.places["chrom"].tolist()
    return [
        SequencePicture(
            name=sequences.names[row],
            track=str(tracks[track]),
            mutations=effects.map(row, track),
            gradient=None if estimates is None else estimates.map(row, track),
            start=firsts[row],
            xlabel="position (bp)" if chroms is None else f"{chroms[row]} (bp)",
            correlation=None if estimates is None else float(table["gradient_correlation"][number]),
        )
        for number, (row, track) in enumerate(_each(effects, tracks))
    ]
