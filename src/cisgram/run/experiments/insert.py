"""Motif insertion from files to files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.insertion import Insertion, InsertionConfig, insert_motifs, insertion_table
from cisgram.io.tables import write_table
from cisgram.report.experiments import write_insertion_report
from cisgram.run.experiments.sequences import ModelSequences, SequenceSource, read_model_sequences
from cisgram.run.experiments.trained import Place, Question, TrainedModel


def insert(
    trained: TrainedModel,
    motifs: Sequence[Motif],
    source: SequenceSource,
    *,
    question: Question,
    config: InsertionConfig,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Put motifs into backgrounds, ask a model, and write ``results.tsv``, ``effects.tsv.gz`` and ``report.html``.

    Parameters
    ----------
    trained
        The model.
    motifs
        What to put in.
    source
        Backgrounds.
    question
        Tracks, score and strands. Scores near a motif are read around the middle of the longest one.
    config
        Place, strand and bases of motifs.
    out
        Folder; made if it is not there.
    progress
        Told about backgrounds done and to do.

    Returns
    -------
    dict
        A summary that JSON knows.
    """
    scored = trained.scored(question, at=Place(_middle(trained, motifs, config), is_held=False))
    sequences = read_model_sequences(source, length_bp=trained.input_length)
    found = insert_motifs(
        trained.module,
        sequences.codes,
        motifs,
        scores=scored.scores,
        config=config,
        asking=question.asking,
        progress=progress,
    )
    names = [motif.name for motif in motifs]
    table = insertion_table(found, motifs=names, tracks=scored.tracks, sources=sequences.sources, seed=config.seed)
    out.mkdir(parents=True, exist_ok=True)
    notes = trained.provenance(scored, settings=config, source=source)
    write_table(out / "results.tsv", table, provenance=notes)
    write_table(out / "effects.tsv.gz", _per_sequence(found, sequences, names, scored.tracks), provenance=notes)
    settings = {**trained.settings(scored, question), **sequences.remarks, **_settings(motifs, config)}
    scrambled = found.scrambled - found.before[:, None]
    write_insertion_report(out / "report.html", table, found.effects, scrambled, unit=scored.unit, settings=settings)
    return {
        "report": str(out / "report.html"),
        "n_sequences": len(sequences.codes),
        "score": scored.name,
        "effects": table.to_dict("records"),
    }


def _middle(trained: TrainedModel, motifs: Sequence[Motif], config: InsertionConfig) -> int:
    """Where motifs have their middle; at a given position, the longest one."""
    if config.position is None:
        return trained.input_length // 2
    return config.position + max((len(motif) for motif in motifs), default=0) // 2


def _settings(motifs: Sequence[Motif], config: InsertionConfig) -> dict[str, object]:
    """What the page says about motifs and their places."""
    more = f" and {len(motifs) - 40} more" if len(motifs) > 40 else ""
    return {
        "motifs": ", ".join(f"{motif.name} ({motif.consensus()})" for motif in motifs[:40]) + more,
        "place": "in the middle" if config.position is None else f"from position {config.position} on (0-based)",
        "strand of the motif": config.strand,
        "bases of the motif": config.instances,
        "seed": config.seed,
    }


def _per_sequence(
    found: Insertion, sequences: ModelSequences, motifs: Sequence[str], tracks: Sequence[str]
) -> pd.DataFrame:
    """One row per sequence, motif and track."""
    shape = found.after.shape
    rows, motif_of, track_of = (axis.ravel() for axis in np.indices(shape))
    before = np.broadcast_to(found.before[:, None], shape)
    return pd.DataFrame(
        {
            "sequence": np.array(sequences.names, dtype=object)[rows],
            "motif": np.array(motifs, dtype=object)[motif_of],
            "track": np.array(tracks, dtype=object)[track_of],
            "before": before.ravel(),
            "after": found.after.ravel(),
            "effect": (found.after - before).ravel(),
            "scrambled_effect": (found.scrambled - before).ravel(),
        }
    )
