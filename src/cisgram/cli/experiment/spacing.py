"""``cisgram experiment spacing``: what two motifs do together at every distance, order and orientation."""

import logging
from pathlib import Path
from typing import Annotated

import typer

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


def spacing(
    model: Model,
    motif: Annotated[
        list[str],
        typer.Option(
            "--motif", "-m", help="A, then B: IUPAC letters, NAME=LETTERS, or names in --motif-file. One: with itself."
        ),
    ],
    motif_file: MotifFile = None,
    sequences: Fasta = None,
    peaks: Peaks = None,
    genome: Genome = None,
    random: Random = 0,
    gc: Gc = 0.5,
    shuffles: Shuffles = 0,
    most: Most = 128,
    shortest: Annotated[int, typer.Option("--from", min=1, help="Shortest distance of centres, in bp.")] = 20,
    longest: Annotated[int, typer.Option("--to", min=1, help="Longest distance of centres, in bp.")] = 160,
    step: Annotated[int, typer.Option("--step", min=1, help="Distances are this many bp apart.")] = 1,
    tracks: Tracks = None,
    score: PlacedScore = "",
    reach: Reach = 35,
    both_strands: BothStrands = False,
    batch: Batch = 128,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("spacing"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Put two motifs into background sequences at every distance and measure what they do together.

    Of a BPNet, the response is the height of the peak at A, as in the published analysis, unless --score says
    otherwise; of a Basset, the logit. Writes results.tsv (corrected fold and interaction with intervals, per order,
    strands, distance and track), periods.tsv (helical period of every curve) and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.errors import ConfigError
        from cisgram.interpret.experiments.arrangements import SpacingConfig
        from cisgram.run.experiments.motifs import one_motif_per_word
        from cisgram.run.experiments.sequences import SequenceSource
        from cisgram.run.experiments.space import space
        from cisgram.run.experiments.trained import open_trained
        from cisgram.run.pace import logged_pace

        found = one_motif_per_word(split_words(motif), motif_file)
        if len(found) > 2:
            raise ConfigError(f"spacing takes one or two motifs; got {', '.join(one.name for one in found)}")
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
        spoken.result = space(
            open_trained(model),
            (found[0], found[-1]),
            source,
            question=question(tracks, score, both_strands=both_strands, batch=batch, reach_bp=reach),
            config=SpacingConfig(distances=range(shortest, longest + 1, step), seed=seed),
            out=out,
            progress=logged_pace(_LOG, "sequences"),
        )
        n = spoken.result["n_arrangements"]
        spoken.say(f"{n} arrangements in {spoken.result['n_sequences']:,} sequences; report: {out / 'report.html'}")
