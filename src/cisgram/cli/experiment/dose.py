"""``cisgram experiment dose``: what one, two, ... copies of a motif do to a model's response."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.experiment.insert import Instances, Strand
from cisgram.cli.experiment.options import (
    Batch,
    BothStrands,
    Fasta,
    Gc,
    Genome,
    Model,
    Most,
    MotifFile,
    Peaks,
    PlacedScore,
    Random,
    Reach,
    Seed,
    Shuffles,
    Tracks,
    question,
    split_words,
)
from cisgram.cli.session import Json, Quiet, session

_LOG = logging.getLogger(__name__)


def dose(
    model: Model,
    motif: Annotated[
        list[str], typer.Option("--motif", "-m", help="IUPAC letters, NAME=LETTERS, or a name in --motif-file.")
    ],
    motif_file: MotifFile = None,
    copies: Annotated[int, typer.Option("--most", min=1, help="Copies at most.")] = 6,
    pitch: Annotated[int, typer.Option("--pitch", min=1, help="Distance of neighbours' centres, in bp.")] = 20,
    strand: Annotated[Strand, typer.Option("--strand", help="Strand of all copies.")] = Strand.PLUS,
    instances: Annotated[
        Instances, typer.Option("--instances", help="Most frequent bases, or bases in the motif's proportions.")
    ] = Instances.CONSENSUS,
    sequences: Fasta = None,
    peaks: Peaks = None,
    genome: Genome = None,
    random: Random = 0,
    gc: Gc = 0.5,
    shuffles: Shuffles = 0,
    most: Most = 128,
    tracks: Tracks = None,
    score: PlacedScore = "",
    reach: Reach = 35,
    both_strands: BothStrands = False,
    batch: Batch = 128,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("dose"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Put 1, 2, ... copies of a motif into backgrounds, from the middle outwards, and measure what each one adds.

    peak_height and local_counts are read around the first copy, in the middle. Writes results.tsv (effect of every
    number of copies, what the last one adds, and what goes beyond the sum of the copies alone, with intervals) and
    report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.errors import ConfigError
        from cisgram.interpret.experiments.dose import DoseConfig
        from cisgram.run.experiments.copies import dose as experiment
        from cisgram.run.experiments.motifs import one_motif_per_word
        from cisgram.run.experiments.sequences import SequenceSource
        from cisgram.run.experiments.trained import open_trained
        from cisgram.run.pace import logged_pace

        found = one_motif_per_word(split_words(motif), motif_file)
        if len(found) > 1:
            raise ConfigError(f"dose takes one --motif; got {', '.join(one.name for one in found)}")
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
        spoken.result = experiment(
            open_trained(model),
            found[0],
            source,
            question=question(tracks, score, both_strands=both_strands, batch=batch, reach_bp=reach),
            config=DoseConfig(copies, pitch, strand.value, instances.value, seed),
            out=out,
            progress=logged_pace(_LOG, "sequences"),
        )
        n = spoken.result["n_sequences"]
        spoken.say(f"1 to {copies} copies in {n:,} sequences; report: {out / 'report.html'}")
