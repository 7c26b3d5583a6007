"""``cisgram experiment ablate``: what motif instances do for the response, and for each other."""

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
    MotifFile,
    Peaks,
    Random,
    Score,
    Seed,
    Shuffles,
    Tracks,
    question,
    split_words,
)
from cisgram.cli.session import Json, Quiet, session

_LOG = logging.getLogger(__name__)


class Filling(StrEnum):
    """What is written over an instance."""

    RANDOM = "random"
    SHUFFLE = "shuffle"
    N = "n"


def ablate(
    model: Model,
    motif: Annotated[
        list[str] | None,
        typer.Option("--motif", "-m", help="Only these motifs' instances; with backgrounds: A, then B, to put there."),
    ] = None,
    motif_file: MotifFile = None,
    instances: Annotated[
        Path | None,
        typer.Option("--instances", "-i", help="BED with motifs' names (default: those that the run's grammar found)."),
    ] = None,
    genome: Genome = None,
    filling: Annotated[
        Filling, typer.Option("--filling", help="Written over an instance: random bases, a shuffle, or N.")
    ] = Filling.RANDOM,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Fillings by chance, whose responses are averaged.")] = 5,
    nearest: Annotated[int, typer.Option("--from", min=0, help="Shortest distance of a pair's centres, in bp.")] = 6,
    furthest: Annotated[int, typer.Option("--to", min=1, help="Longest distance of a pair's centres, in bp.")] = 150,
    step: Annotated[int, typer.Option("--step", min=1, help="In backgrounds, distances are this many bp apart.")] = 7,
    sequences: Fasta = None,
    peaks: Peaks = None,
    random: Random = 0,
    gc: Gc = 0.5,
    shuffles: Shuffles = 0,
    most: Annotated[
        int, typer.Option("--max", min=1, help="Most windows, or backgrounds; of more, some by chance.")
    ] = 300,
    tracks: Tracks = None,
    score: Score = "",
    reach: Annotated[
        int, typer.Option("--reach", min=0, help="Reads at an instance: within this many bp of it (BPNet).")
    ] = 35,
    both_strands: BothStrands = False,
    batch: Batch = 128,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("ablation"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Delete motif instances, alone and by two, and see what they do for the response and for each other.

    Of the genome: those of the run's step grammar, or --instances BED --genome FASTA. With backgrounds (--random,
    --sequences or --peaks), the same of two motifs that are put there. Writes single.tsv, epistasis.tsv,
    dependence.tsv (all with intervals) and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.errors import ConfigError
        from cisgram.interpret.experiments.arrangements import SpacingConfig
        from cisgram.interpret.experiments.deletion import AblationConfig
        from cisgram.run.experiments import ablate as experiment
        from cisgram.run.experiments.motif_instances import instances_of_bed, instances_of_run
        from cisgram.run.experiments.motifs import one_motif_per_word
        from cisgram.run.experiments.sequences import SequenceSource
        from cisgram.run.experiments.trained import open_trained
        from cisgram.run.pace import logged_pace

        words, trained = split_words(motif), open_trained(model)
        asked = question(tracks, score, both_strands=both_strands, batch=batch, reach_bp=reach)
        progress = logged_pace(_LOG, "windows")
        if random or sequences is not None or peaks is not None:
            if instances is not None:
                raise ConfigError("--instances are deleted in the genome: leave out --random, --sequences and --peaks")
            found = one_motif_per_word(words, motif_file)
            if len(found) > 2:
                raise ConfigError(f"backgrounds take one or two motifs; got {', '.join(one.name for one in found)}")
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
            widest = max(len(one) for one in found)
            spoken.result = experiment.ablate_in_backgrounds(
                trained,
                (found[0], found[-1]),
                source,
                question=asked,
                config=SpacingConfig(range(max(nearest, widest), furthest + 1, step), seed=seed),
                out=out,
                progress=progress,
            )
        else:
            config = AblationConfig(filling.value, draws, nearest, furthest, seed)
            placed = (
                instances_of_run(trained, motifs=words, most=most, seed=seed)
                if instances is None
                else instances_of_bed(instances, genome, trained, motifs=words, most=most, seed=seed)
            )
            spoken.result = experiment.ablate(
                trained, placed, question=asked, config=config, out=out, progress=progress
            )
        n = spoken.result["n_sequences"]
        spoken.say(f"{spoken.result['n_pairs']:,} pairs in {n:,} sequences; report: {out / 'report.html'}")
        for why, number in spoken.result["dropped"].items():
            spoken.say(f"left out: {number:,} {why}")
