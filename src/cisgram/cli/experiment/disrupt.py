"""``cisgram experiment disrupt``: what a variant does to a model's response, and to the motifs it lies in."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.experiment.options import Batch, BothStrands, Model, Score, Tracks, question
from cisgram.cli.session import Json, Quiet, session


def disrupt(
    model: Model,
    variants: Annotated[
        list[str],
        typer.Option(
            "--variants",
            "-v",
            help="chr1:12345:A:G (1-based), or a table with columns chrom pos ref alt. Repeat for more.",
        ),
    ],
    genome: Annotated[Path, typer.Option("--genome", "-g", help="FASTA of the genome of the variants.")],
    tracks: Tracks = None,
    part: Annotated[int, typer.Option("--part", min=1, help="Bases around a variant to map.")] = 60,
    motif_file: Annotated[
        str | None,
        typer.Option("--motif-file", "-f", help="Known motifs to score at the variants: MEME file, jaspar, ..."),
    ] = None,
    score: Score = "",
    both_strands: BothStrands = False,
    batch: Batch = 128,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("disruption"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Score sequences with either allele of variants, and map what their bases are worth.

    Writes results.tsv (one row per variant and track; those that do not fit the genome say so), sites.tsv (known
    motifs whose sites change, where motifs are given) and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.io.motifs import read_motifs
        from cisgram.run.experiments import disrupt as experiment
        from cisgram.run.experiments.trained import open_trained
        from cisgram.run.experiments.variants import read_variants

        spoken.result = experiment.disrupt(
            open_trained(model),
            read_variants(variants),
            genome,
            question=question(tracks, score, both_strands=both_strands, batch=batch),
            out=out,
            part_bp=part,
            motifs=read_motifs(motif_file) if motif_file is not None else (),
        )
        n, without = spoken.result["n_variants"], spoken.result["n_without_score"]
        spoken.say(f"{n - without} of {n} variants scored; report: {out / 'report.html'}")
        if without:
            spoken.say(f"{without} do not fit the genome; the column status of results.tsv says why")
