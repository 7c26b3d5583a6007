"""Ablation of motif instances from files to files: in the genome, or of motifs put into backgrounds."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from cisgram.errors import EmptySetError
from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.ablation import Ablation, LocalScores, ablate_pairs, ablation_of_spacing
from cisgram.interpret.experiments.amounts import Scale, scale_of
from cisgram.interpret.experiments.arrangements import SpacingConfig
from cisgram.interpret.experiments.deletion import AblationConfig
from cisgram.interpret.experiments.epistasis import (
    DEPENDENCE_COLUMNS,
    EPISTASIS_COLUMNS,
    dependence_table,
    epistasis_table,
)
from cisgram.interpret.experiments.single_deletions import ablate_singles, single_table, singles_of_spacing
from cisgram.interpret.experiments.spacing import space_motifs
from cisgram.interpret.local_scores import LocalCountsScore
from cisgram.io.tables import write_table
from cisgram.report.experiments.ablation import AblationTables, write_ablation_report
from cisgram.run.experiments.motif_instances import PlacedInstances
from cisgram.run.experiments.sequences import SequenceSource, read_model_sequences
from cisgram.run.experiments.trained import Question, Scored, TrainedModel


def ablate(
    trained: TrainedModel,
    instances: PlacedInstances,
    *,
    question: Question,
    config: AblationConfig,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Delete motif instances alone and by two; write ``single.tsv``, ``epistasis.tsv``, ``dependence.tsv``, the page.

    Parameters
    ----------
    trained
        The model. Of a model of profiles, reads within ``question.reach_bp`` of every instance are looked at too,
        unless both strands are asked, on the other of which they would lie elsewhere.
    instances
        From :mod:`cisgram.run.experiments.motif_instances`.
    question
        Tracks, score of whole windows, and strands.
    config
        Pairs and fillings.
    out
        Folder; made if it is not there.
    progress
        Told about windows done and to do, for single instances and then for pairs.

    Returns
    -------
    dict
        A summary that JSON knows.
    """
    scored = trained.scored(question)
    local = _local_scores(trained, scored, question)
    options = {"scores": scored.scores, "local": local, "config": config, "asking": question.asking}
    singles = ablate_singles(trained.module, instances.codes, instances.table, **options, progress=progress)
    scale = scale_of(scored.scores[0]) if local is None else "log1p"
    dropped = {f"instances {why}": n for why, n in instances.dropped.items()}
    found: Ablation | None = None
    try:
        found = ablate_pairs(trained.module, instances.codes, instances.table, **options, progress=progress)
        dropped |= {f"pairs {_PAIRS[why]}": n for why, n in found.dropped.items()}
    except EmptySetError as error:
        dropped |= {f"pairs {_PAIRS[why]}": n for why, n in error.dropped.items()}
    tables = AblationTables(
        single_table(singles, tracks=scored.tracks, seed=config.seed), *_of_pairs(found, scored, scale, config.seed)
    )
    about = {
        "written over a deleted instance": _FILLINGS[config.filling],
        "fillings averaged": config.n_fillings,
        "pairs": f"centres {config.min_distance_bp} to {config.max_distance_bp} bp apart, not overlapping",
        "seed": config.seed,
    }
    if local is not None:
        about["reads at an instance"] = f"ln(1 + predicted reads within {question.reach_bp} bp of its centre)"
    settings = {**trained.settings(scored, question), **instances.remarks, **about}
    asked = _Asked(scored, settings, dropped, is_local=local is not None)
    notes = trained.provenance(scored, settings=config, dropped=dropped, **instances.remarks)
    return _written(out, tables, asked, notes=notes, n_sequences=len(instances.codes))


def ablate_in_backgrounds(
    trained: TrainedModel,
    motifs: tuple[Motif, Motif],
    source: SequenceSource,
    *,
    question: Question,
    config: SpacingConfig,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """The same tables for two motifs put into backgrounds: taking one out of a sequence with both leaves the other.

    Parameters
    ----------
    trained
        The model; responses are those of whole sequences.
    motifs
        A and B.
    source
        Backgrounds.
    question
        Tracks, score and strands.
    config
        Distances, orders and strands of the motifs.
    out, progress
        As in :func:`ablate`.

    Returns
    -------
    dict
        A summary that JSON knows.
    """
    scored = trained.scored(question)
    sequences = read_model_sequences(source, length_bp=trained.input_length)
    spacing = space_motifs(
        trained.module,
        sequences.codes,
        motifs,
        scores=scored.scores,
        config=config,
        asking=question.asking,
        progress=progress,
    )
    names = (motifs[0].name, motifs[1].name)
    singles, found = singles_of_spacing(spacing, names=names), ablation_of_spacing(spacing, names=names)
    # shuffles of one sequence are no independent witnesses
    found = found._replace(pairs=found.pairs.assign(row=sequences.sources[found.pairs["row"].to_numpy()]))
    rows = sequences.sources[singles.instances["row"].to_numpy()]
    singles = singles._replace(instances=singles.instances.assign(row=rows))
    scale = scale_of(scored.scores[0])
    tables = AblationTables(
        single_table(singles, tracks=scored.tracks, seed=config.seed), *_of_pairs(found, scored, scale, config.seed)
    )
    distances = list(config.distances)
    about = {
        "motifs": ", ".join(f"{motif.name} ({motif.consensus()})" for motif in motifs),
        "distances of centres": f"{len(distances)}, from {min(distances)} to {max(distances)} bp",
        "orders and strands": "all",
        "seed": config.seed,
    }
    settings = {**trained.settings(scored, question), **sequences.remarks, **about}
    notes = trained.provenance(scored, settings=config, source=source)
    asked = _Asked(scored, settings, {}, is_local=False)
    return _written(out, tables, asked, notes=notes, n_sequences=len(sequences.codes))


_FILLINGS = {
    "random": "random bases in the composition of the window",
    "shuffle": "the same place of a dinucleotide shuffle of the window",
    "n": "no base (N)",
}
_PAIRS = {"overlapping": "overlapping each other", "nearer": "too near each other", "further": "too far apart"}


class _Asked(NamedTuple):
    """What the page says besides the tables."""

    scored: Scored
    settings: dict[str, object]
    dropped: dict[str, int]
    is_local: bool


def _local_scores(trained: TrainedModel, scored: Scored, question: Question) -> LocalScores | None:
    """Scores of what surrounds a position, where the model predicts reads by position."""
    if not trained.has_profile or question.asking.both_strands:
        return None
    numbers = [trained.track_names.index(name) for name in scored.tracks]

    def local(position: int) -> Sequence[LocalCountsScore]:
        start, end = trained.part_at(position, reach_bp=question.reach_bp)
        return [LocalCountsScore((number,), start, end) for number in numbers]

    return local


def _of_pairs(found: Ablation | None, scored: Scored, scale: Scale, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Epistasis and dependence; without rows where there are no pairs."""
    if found is None:
        return pd.DataFrame(columns=list(EPISTASIS_COLUMNS)), pd.DataFrame(columns=list(DEPENDENCE_COLUMNS))
    return (
        epistasis_table(found, tracks=scored.tracks, seed=seed),
        dependence_table(found, tracks=scored.tracks, scale=scale, seed=seed),
    )


def _written(
    out: Path, tables: AblationTables, asked: _Asked, *, notes: dict[str, object], n_sequences: int
) -> dict[str, Any]:
    """Files, and a summary of them."""
    out.mkdir(parents=True, exist_ok=True)
    words = {name.split()[0]: value for name, value in notes.items()}
    for name, table in zip(AblationTables._fields, tables, strict=True):
        write_table(out / f"{name}.tsv", table, provenance=words)
    write_ablation_report(
        out / "report.html",
        tables,
        unit=asked.scored.unit,
        settings=asked.settings,
        dropped=asked.dropped,
        is_local=asked.is_local,
    )
    return {
        "report": str(out / "report.html"),
        "n_sequences": n_sequences,
        "score": asked.scored.name,
        "dropped": asked.dropped,
        "single": tables.single.to_dict("records"),
        "n_pairs": int(
            tables.epistasis.loc[tables.epistasis["distance"] == "all"]
            .drop_duplicates(["name_a", "name_b"])["n_pairs"]
            .sum()
        ),
    }
