"""``cisgram experiment locus``: what was measured at a place, what a model predicts, and which motifs it needs."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Json, Quiet, session


def locus(
    run: Annotated[Path, typer.Argument(help="Folder of a run on profiles (BPNet).")],
    at: Annotated[
        list[str] | None,
        typer.Option("--at", help="Locus such as chr1:1-1,000 (1-based): a window around its middle. Repeat for more."),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", min=0, help="Take this many held-out windows with most different motifs.")
    ] = 0,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Random fillings of every deleted instance.")] = 10,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same result.")] = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("loci"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Draw loci: reads observed and predicted, contributions with motif instances, and what deleting each does.

    Writes effects.tsv (one row per locus, instance and track), the tables of every locus and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.run.experiments import locus as experiment
        from cisgram.run.experiments.trained import open_trained
        from cisgram.run.folder import Run

        spoken.result = experiment.study_loci(
            open_trained(run), Run.open(run), loci=at or [], n_top=top, n_draws=draws, seed=seed, out=out
        )
        spoken.say(f"{len(spoken.result['loci'])} loci; report: {out / 'report.html'}")
