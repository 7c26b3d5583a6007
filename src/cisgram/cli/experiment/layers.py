"""``cisgram experiment layers``: which dilated layers of a profile model hold the grammar."""

import logging
from enum import StrEnum
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


class Removal(StrEnum):
    """Which layers are skipped."""

    TOP = "top"
    EACH = "each"


class Order(StrEnum):
    """Which motif stands on the left."""

    AB = "AB"
    BA = "BA"
    BOTH = "both"


def layers(
    model: Model,
    motif: Annotated[
        list[str] | None,
        typer.Option("--motif", "-m", help="A, then B, for spacing curves. None: ask about the sequences themselves."),
    ] = None,
    motif_file: MotifFile = None,
    removal: Annotated[
        Removal, typer.Option("--removal", help="Skip the last layer, the last two, ...; or each one alone.")
    ] = Removal.TOP,
    sequences: Fasta = None,
    peaks: Peaks = None,
    genome: Genome = None,
    random: Random = 0,
    gc: Gc = 0.5,
    shuffles: Shuffles = 0,
    most: Most = 500,
    shortest: Annotated[int, typer.Option("--from", min=1, help="Shortest distance of centres, in bp.")] = 20,
    longest: Annotated[int, typer.Option("--to", min=1, help="Longest distance of centres, in bp.")] = 120,
    step: Annotated[int, typer.Option("--step", min=1, help="Distances are this many bp apart.")] = 4,
    order: Annotated[Order, typer.Option("--order", help="Which motif stands on the left.")] = Order.AB,
    tracks: Tracks = None,
    score: PlacedScore = "",
    reach: Reach = 35,
    both_strands: BothStrands = False,
    batch: Batch = 128,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("layers"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Skip dilated layers of a BPNet and see what remains: of two motifs' spacing curves, or of responses.

    With --motif (default score: peak_height at A): results.tsv (how much of every curve is kept) and curves.tsv.gz.
    Without: results.tsv (agreement with the whole model over the sequences). Both: report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.errors import ConfigError
        from cisgram.interpret.experiments.arrangements import SpacingConfig
        from cisgram.run.experiments.motifs import one_motif_per_word
        from cisgram.run.experiments.sequences import SequenceSource
        from cisgram.run.experiments.skip_layers import skip_layers, skip_layers_of_spacing
        from cisgram.run.experiments.trained import open_trained
        from cisgram.run.pace import logged_pace

        words = split_words(motif)
        found = one_motif_per_word(words, motif_file) if words else []
        if len(found) > 2:
            raise ConfigError(f"layers takes one or two motifs, or none; got {', '.join(one.name for one in found)}")
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
        asked = question(tracks, score, both_strands=both_strands, batch=batch, reach_bp=reach)
        trained = open_trained(model)
        if found:
            orders = ("AB", "BA") if order is Order.BOTH else (order.value,)
            spoken.result = skip_layers_of_spacing(
                trained,
                (found[0], found[-1]),
                source,
                question=asked,
                config=SpacingConfig(range(shortest, longest + 1, step), orders, seed=seed),
                removal=removal.value,
                out=out,
                progress=logged_pace(_LOG, "sequences"),
            )
        else:
            spoken.result = skip_layers(trained, source, question=asked, removal=removal.value, out=out)
        n = spoken.result["n_layers"]
        spoken.say(f"{n} layers in {spoken.result['n_sequences']:,} sequences; report: {out / 'report.html'}")
