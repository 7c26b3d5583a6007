"""``cisgram experiment mutate``: what every single base of a sequence is worth to a model."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.experiment.options import (
    Batch,
    BothStrands,
    Fasta,
    Genome,
    Model,
    Score,
    Seed,
    Tracks,
    question,
)
from cisgram.cli.session import Json, Quiet, session

_LOG = logging.getLogger(__name__)


def mutate(
    model: Model,
    sequences: Fasta = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", help="Locus such as chr1:1-1,000 (1-based): a window around its middle. Repeat for more."),
    ] = None,
    genome: Genome = None,
    tracks: Tracks = None,
    part: Annotated[
        int | None, typer.Option("--part", min=1, help="Mutate this many bases in the middle (default: all).")
    ] = None,
    most: Annotated[int, typer.Option("--max", min=1, help="Most sequences; of more, some by chance.")] = 20,
    no_gradient: Annotated[
        bool, typer.Option("--no-gradient", help="Leave out the gradient's estimates and what they cost.")
    ] = False,
    score: Score = "",
    both_strands: BothStrands = False,
    batch: Batch = 128,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("mutagenesis"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Replace every base by each of the others and map what becomes of the model's response.

    Writes results.tsv (one row per sequence and track), mutations.tsv.gz (one per substitution) and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.run.experiments import mutate as experiment
        from cisgram.run.experiments.sequences import SequenceSource
        from cisgram.run.experiments.trained import open_trained
        from cisgram.run.pace import logged_pace

        source = SequenceSource(fasta=sequences, loci=tuple(at or ()), genome=genome, most=most, seed=seed)
        spoken.result = experiment.mutate(
            open_trained(model),
            source,
            question=question(tracks, score, both_strands=both_strands, batch=batch),
            out=out,
            part_bp=part,
            with_gradient=not no_gradient,
            progress=logged_pace(_LOG, "sequences"),
        )
        spoken.say(f"{len(spoken.result['maps'])} maps; report: {out / 'report.html'}")
