"""Spacing of two motifs from files to files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.amounts import scale_of
from cisgram.interpret.experiments.arrangements import SpacingConfig
from cisgram.interpret.experiments.spacing import space_motifs, spacing_table
from cisgram.interpret.experiments.spacing_periodicity import spacing_periodicity
from cisgram.io.tables import write_table
from cisgram.report.experiments import write_spacing_report
from cisgram.run.experiments.sequences import SequenceSource, read_model_sequences
from cisgram.run.experiments.trained import Place, Question, TrainedModel

PERIOD_COLUMNS = ("order", "strand_a", "strand_b", "track", "peak_bp", "share", "null_share", "p_value")
"""Columns of ``periods.tsv``."""

_LEAST_DISTANCES = 42


def space(
    trained: TrainedModel,
    motifs: tuple[Motif, Motif],
    source: SequenceSource,
    *,
    question: Question,
    config: SpacingConfig,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Put two motifs at every distance into backgrounds; write ``results.tsv``, ``periods.tsv``, ``report.html``.

    Parameters
    ----------
    trained
        The model.
    motifs
        A, whose place stays, and B.
    source
        Backgrounds.
    question
        Tracks, score and strands. Of a model of profiles, the height of the peak at A, unless a score is named.
    config
        Distances, orders and strands of the motifs.
    out
        Folder; made if it is not there.
    progress
        Told about backgrounds times arrangements done and to do.

    Returns
    -------
    dict
        A summary that JSON knows.
    """
    centre = trained.input_length // 2 if config.centre is None else config.centre
    scored = trained.scored(question, at=Place(centre, is_default=True))
    sequences = read_model_sequences(source, length_bp=trained.input_length)
    found = space_motifs(
        trained.module,
        sequences.codes,
        motifs,
        scores=scored.scores,
        config=config,
        asking=question.asking,
        progress=progress,
    )
    scale = scale_of(scored.scores[0])
    table = spacing_table(found, tracks=scored.tracks, scale=scale, sources=sequences.sources, seed=config.seed)
    periods = _periods(table, config)
    out.mkdir(parents=True, exist_ok=True)
    notes = trained.provenance(scored, settings=config, source=source)
    write_table(out / "results.tsv", table, provenance=notes)
    write_table(out / "periods.tsv", periods, provenance=notes)
    about = {
        "A": f"{motifs[0].name} ({motifs[0].consensus()})",
        "B": f"{motifs[1].name} ({motifs[1].consensus()})",
        "amounts, of which the fold is": {"log1p": "predicted reads", "log": "e to the response", "linear": "response"}[
            scale
        ],
        "seed": config.seed,
    }
    if scored.place:
        about["read at A"] = f"{scored.place}; the position is that of the peak in the sequence with A alone"
    settings = {**trained.settings(scored, question), **sequences.remarks, **about}
    names = (motifs[0].name, motifs[1].name)
    write_spacing_report(out / "report.html", table, periods, names=names, unit=scored.unit, settings=settings)
    return {
        "report": str(out / "report.html"),
        "n_sequences": len(sequences.codes),
        "score": scored.name,
        "n_arrangements": len(found.arrangements),
        "periods": periods.to_dict("records"),
    }


def _periods(table: pd.DataFrame, config: SpacingConfig) -> pd.DataFrame:
    """Helical period of every curve, of its interaction; none where distances are too few or leave gaps."""
    distances = sorted(config.distances)
    if len(distances) < _LEAST_DISTANCES or distances[-1] - distances[0] != len(distances) - 1:
        return pd.DataFrame(columns=list(PERIOD_COLUMNS))
    keys = ["order", "strand_a", "strand_b", "track"]
    rows = []
    for key, curve in table.groupby(keys, sort=False):
        found = spacing_periodicity(curve, value="interaction", seed=config.seed)
        numbers = {name: getattr(found, name) for name in ("peak_bp", "share", "null_share", "p_value")}
        rows.append({**dict(zip(keys, key, strict=True)), **numbers})
    return pd.DataFrame(rows, columns=list(PERIOD_COLUMNS))
