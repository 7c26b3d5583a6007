"""``cisgram experiment validate``: mutants that were measured, beside what a model predicts for them."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Json, Quiet, session


def validate(
    run: Annotated[Path, typer.Argument(help="Folder of a run on profiles (BPNet); its tracks are the wild type.")],
    mutants: Annotated[
        Path, typer.Option("--mutants", "-m", help="TOML file: [[mutants]] with their changes and tracks.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("validation"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Compare observed with predicted changes of reads at the changed places of mutants.

    Writes validation.tsv (one row per change and track; those that cannot be judged say why), summary.tsv (agreement
    per track, with intervals, ceiling and floor) and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.run.experiments import validate as experiment
        from cisgram.run.experiments.trained import open_trained
        from cisgram.run.folder import Run

        spoken.result = experiment.validate(open_trained(run), Run.open(run), mutants, out=out)
        n, judged = spoken.result["n_changes"], spoken.result["n_judged"]
        spoken.say(f"{judged} of {n} changes judged; report: {out / 'report.html'}")
        if judged < n:
            spoken.say(f"{n - judged} could not be; the column status of validation.tsv says why")
