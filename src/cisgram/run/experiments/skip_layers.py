"""Layers skipped, from files to files: what remains of a spacing curve, or of responses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from torch import nn

from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.amounts import scale_of
from cisgram.interpret.experiments.arrangements import SpacingConfig
from cisgram.interpret.experiments.layers import (
    Removal,
    WithoutLayers,
    ask_without_layers,
    layer_table,
    predict_without_layers,
    spacing_layer_table,
    tower_of,
)
from cisgram.interpret.experiments.spacing import space_motifs, spacing_table
from cisgram.io.tables import write_table
from cisgram.report.experiments.layers import write_layer_report, write_spacing_layer_report
from cisgram.run.experiments.sequences import SequenceSource, read_model_sequences
from cisgram.run.experiments.trained import Place, Question, TrainedModel


def skip_layers_of_spacing(
    trained: TrainedModel,
    motifs: tuple[Motif, Motif],
    source: SequenceSource,
    *,
    question: Question,
    config: SpacingConfig,
    removal: Removal,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Space two motifs with layers skipped; write ``results.tsv``, ``curves.tsv.gz`` and ``report.html``.

    Parameters
    ----------
    trained
        A model with dilated layers.
    motifs
        A, whose place stays, and B.
    source
        Backgrounds.
    question
        Tracks, score and strands; by default the height of the peak at A.
    config
        Distances, orders and strands of the motifs.
    removal
        Which layers are skipped.
    out
        Folder; made if it is not there.
    progress
        Told about backgrounds times arrangements done and to do, over all models.

    Returns
    -------
    dict
        A summary that JSON knows.
    """
    n_layers = len(tower_of(trained.module).activations)
    centre = trained.input_length // 2 if config.centre is None else config.centre
    scored = trained.scored(question, at=Place(centre, is_default=True))
    sequences = read_model_sequences(source, length_bp=trained.input_length)
    n_asked = 0

    def ask(model: nn.Module) -> pd.DataFrame:
        nonlocal n_asked
        before, n_asked = n_asked, n_asked + 1
        told = None if progress is None else _among(progress, before, 1 + n_layers)
        found = space_motifs(
            model,
            sequences.codes,
            motifs,
            scores=scored.scores,
            config=config,
            asking=question.asking,
            progress=told,
        )
        scale = scale_of(scored.scores[0])
        return spacing_table(found, tracks=scored.tracks, scale=scale, sources=sequences.sources, seed=config.seed)

    answers = ask_without_layers(trained.module, ask, removal=removal)
    table, curves = spacing_layer_table(answers), _curves(answers)
    out.mkdir(parents=True, exist_ok=True)
    notes = trained.provenance(scored, settings=config, removal=removal, source=source)
    write_table(out / "results.tsv", table, provenance=notes)
    write_table(out / "curves.tsv.gz", curves, provenance=notes)
    about = {
        "A": f"{motifs[0].name} ({motifs[0].consensus()})",
        "B": f"{motifs[1].name} ({motifs[1].consensus()})",
        "layers skipped": _HOW[removal],
        "seed": config.seed,
    }
    settings = {**trained.settings(scored, question), **sequences.remarks, **about}
    names = (motifs[0].name, motifs[1].name)
    write_spacing_layer_report(out / "report.html", table, curves, names=names, unit=scored.unit, settings=settings)
    return {
        "report": str(out / "report.html"),
        "n_sequences": len(sequences.codes),
        "n_layers": n_layers,
        "score": scored.name,
        "kept": table.to_dict("records"),
    }


def skip_layers(
    trained: TrainedModel, source: SequenceSource, *, question: Question, removal: Removal, out: Path
) -> dict[str, Any]:
    """Ask about sequences with layers skipped; write ``results.tsv`` and ``report.html``.

    Parameters are those of :func:`skip_layers_of_spacing`; scores are those of whole sequences.
    """
    n_layers = len(tower_of(trained.module).activations)
    scored = trained.scored(question)
    sequences = read_model_sequences(source, length_bp=trained.input_length)
    answers = predict_without_layers(
        trained.module, sequences.codes, scores=scored.scores, removal=removal, asking=question.asking
    )
    table = layer_table(answers, tracks=scored.tracks)
    out.mkdir(parents=True, exist_ok=True)
    notes = trained.provenance(scored, removal=removal, source=source)
    write_table(out / "results.tsv", table, provenance=notes)
    settings = {**trained.settings(scored, question), **sequences.remarks, "layers skipped": _HOW[removal]}
    write_layer_report(out / "report.html", table, unit=scored.unit, settings=settings)
    return {
        "report": str(out / "report.html"),
        "n_sequences": len(sequences.codes),
        "n_layers": n_layers,
        "score": scored.name,
        "agreement": table.to_dict("records"),
    }


def _among(progress: Callable[[int, int], None], number: int, n: int) -> Callable[[int, int], None]:
    """Progress of one of so many models."""
    return lambda done, to_do: progress(number * to_do + done, n * to_do)


_HOW = {"top": "the last one, the last two, ... to all", "each": "each one alone"}


def _curves(answers: list[WithoutLayers]) -> pd.DataFrame:
    """The spacing tables of all models below each other."""
    parts = []
    for one in answers:
        assert isinstance(one.answer, pd.DataFrame)
        removed = ", ".join(map(str, one.removed)) or "none"
        parts.append(one.answer.assign(removed=removed, n_removed=len(one.removed), reach_bp=one.reach_bp))
    table = pd.concat(parts, ignore_index=True)
    first = ["removed", "n_removed", "reach_bp"]
    return table[[*first, *(name for name in table.columns if name not in first)]]
