"""Copies of a motif from files to files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.dose import DoseConfig, add_copies, dose_table
from cisgram.io.tables import write_table
from cisgram.report.experiments.dose import write_dose_report
from cisgram.run.experiments.sequences import SequenceSource, read_model_sequences
from cisgram.run.experiments.trained import Place, Question, TrainedModel


def dose(
    trained: TrainedModel,
    motif: Motif,
    source: SequenceSource,
    *,
    question: Question,
    config: DoseConfig,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Put 1, 2, ... copies of a motif into backgrounds; write ``results.tsv`` and ``report.html``.

    Parameters
    ----------
    trained
        The model.
    motif
        What is put in.
    source
        Backgrounds.
    question
        Tracks, score and strands. Scores near a motif are read around the middle, where the first copy stands.
    config
        Number, distance and strand of copies.
    out
        Folder; made if it is not there.
    progress
        Told about backgrounds done and to do.

    Returns
    -------
    dict
        A summary that JSON knows.
    """
    scored = trained.scored(question, at=Place(trained.input_length // 2, is_held=False))
    sequences = read_model_sequences(source, length_bp=trained.input_length)
    found = add_copies(
        trained.module,
        sequences.codes,
        motif,
        scores=scored.scores,
        config=config,
        asking=question.asking,
        progress=progress,
    )
    table = dose_table(found, tracks=scored.tracks, sources=sequences.sources, seed=config.seed)
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / "results.tsv", table, provenance=trained.provenance(scored, settings=config, source=source))
    about = {
        "motif": f"{motif.name} ({motif.consensus()})",
        "distance of neighbours' centres": f"{config.pitch_bp} bp",
        "strand of the copies": config.strand,
        "bases of the motif": config.instances,
        "seed": config.seed,
    }
    settings = {**trained.settings(scored, question), **sequences.remarks, **about}
    write_dose_report(out / "report.html", table, motif=motif.name, unit=scored.unit, settings=settings)
    return {
        "report": str(out / "report.html"),
        "n_sequences": len(sequences.codes),
        "score": scored.name,
        "effects": table.to_dict("records"),
    }
