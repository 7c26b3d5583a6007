"""``cisgram experiment insert``: what a motif does to a model's response, whatever stands around it."""

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.experiment.options import (
    Batch,
    BothStrands,
    Fasta,
    Genome,
    Model,
    PlacedScore,
    Reach,
    Seed,
    Tracks,
    question,
    split_words,
)
from cisgram.cli.session import Json, Quiet, session

_LOG = logging.getLogger(__name__)


class Strand(StrEnum):
    """How a motif is written."""

    PLUS = "+"
    MINUS = "-"


class Instances(StrEnum):
    """Which bases stand for a motif."""

    CONSENSUS = "consensus"
    SAMPLED = "sampled"


def insert(
    model: Model,
    motif: Annotated[
        list[str] | None,
        typer.Option(
            "--motif", "-m", help="IUPAC letters, NAME=LETTERS, or a name in --motif-file. N keeps what is there."
        ),
    ] = None,
    motif_file: Annotated[
        str | None,
        typer.Option(
            "--motif-file", "-f", help="MEME file, patterns.h5, run folder, jaspar:fungi, ...: all, or --motif."
        ),
    ] = None,
    sequences: Fasta = None,
    peaks: Annotated[
        Path | None, typer.Option("--peaks", help="BED or narrowPeak: windows around summits, or middles.")
    ] = None,
    genome: Genome = None,
    random: Annotated[int, typer.Option("--random", min=0, help="Number of random sequences.")] = 0,
    gc: Annotated[float, typer.Option("--gc", min=0, max=1, help="Share of G and C of random sequences.")] = 0.5,
    shuffles: Annotated[
        int,
        typer.Option("--shuffles", min=0, help="Dinucleotide shuffles of each sequence, in its place; 0: as it is."),
    ] = 0,
    most: Annotated[int, typer.Option("--max", min=1, help="Most sequences; of more, some by chance.")] = 500,
    position: Annotated[
        int | None, typer.Option("--position", min=0, help="0-based place of the motif (default: in the middle).")
    ] = None,
    strand: Annotated[Strand, typer.Option("--strand", help="Strand that the motif is written on.")] = Strand.PLUS,
    instances: Annotated[
        Instances, typer.Option("--instances", help="Most frequent bases, or bases in the motif's proportions.")
    ] = Instances.CONSENSUS,
    tracks: Tracks = None,
    score: PlacedScore = "",
    reach: Reach = 35,
    both_strands: BothStrands = False,
    batch: Batch = 128,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("insertion"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Put motifs into the middle of background sequences and measure what the model's response gains.

    Writes results.tsv (effect size, interval and p-value per motif and track, beside the scrambled motif),
    effects.tsv.gz (one row per sequence) and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.interpret.experiments.insertion import InsertionConfig
        from cisgram.run.experiments import insert as experiment
        from cisgram.run.experiments.motifs import motifs_asked
        from cisgram.run.experiments.sequences import SequenceSource
        from cisgram.run.experiments.trained import open_trained
        from cisgram.run.pace import logged_pace

        source = SequenceSource(
            fasta=sequences,
            peaks=peaks,
            n_random=random,
            gc=gc,
            genome=genome,
            shuffles=shuffles,
            most=most,
            seed=seed,
        )
        spoken.result = experiment.insert(
            open_trained(model),
            motifs_asked(split_words(motif), motif_file),
            source,
            question=question(tracks, score, both_strands=both_strands, batch=batch, reach_bp=reach),
            config=InsertionConfig(position=position, strand=strand.value, instances=instances.value, seed=seed),
            out=out,
            progress=logged_pace(_LOG, "sequences"),
        )
        n = spoken.result["n_sequences"]
        spoken.say(f"{len(spoken.result['effects'])} effects in {n:,} sequences; report: {out / 'report.html'}")
