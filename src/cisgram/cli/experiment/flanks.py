"""``cisgram experiment flanks``: which bases beside the core of a motif suit a model best."""

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
)
from cisgram.cli.session import Json, Quiet, session

_LOG = logging.getLogger(__name__)


def flanks(
    model: Model,
    core: Annotated[
        str | None, typer.Option("--core", "-c", help="Bases of the core: A C G T; N keeps what the background has.")
    ] = None,
    motif: Annotated[
        str | None, typer.Option("--motif", "-m", help="In place of --core: a name in --motif-file; its consensus.")
    ] = None,
    motif_file: MotifFile = None,
    flank_bp: Annotated[int, typer.Option("--flank-bp", min=1, help="Bases on either side that vary.")] = 2,
    sampled: Annotated[
        int | None, typer.Option("--sampled", help="Flanks drawn by chance (default: all; needed from 4 bp on).")
    ] = None,
    position: Annotated[
        int | None, typer.Option("--position", min=0, help="0-based place of the core (default: in the middle).")
    ] = None,
    sequences: Fasta = None,
    peaks: Peaks = None,
    genome: Genome = None,
    random: Random = 0,
    gc: Gc = 0.5,
    shuffles: Shuffles = 0,
    most: Most = 64,
    tracks: Tracks = None,
    score: PlacedScore = "",
    reach: Reach = 35,
    both_strands: BothStrands = False,
    batch: Batch = 128,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("flanks"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Put a core into backgrounds with every flank beside it and see which bases the model likes.

    Writes results.tsv (flanks from best to worst, with intervals), preferences.tsv (what each base at each place
    does) and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.interpret.experiments.flanks import FlankConfig
        from cisgram.run.experiments.flank import core_asked
        from cisgram.run.experiments.flank import flank as experiment
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
        spoken.result = experiment(
            open_trained(model),
            core_asked(core, motif, motif_file),
            source,
            question=question(tracks, score, both_strands=both_strands, batch=batch, reach_bp=reach),
            config=FlankConfig(flank_bp, sampled, position, seed),
            out=out,
            progress=logged_pace(_LOG, "sequences"),
        )
        n, n_flanks = spoken.result["n_sequences"], spoken.result["n_flanks"]
        spoken.say(f"{n_flanks:,} flanks in {n:,} sequences; report: {out / 'report.html'}")
