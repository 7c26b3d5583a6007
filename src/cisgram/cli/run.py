"""``cisgram run``: every step of a run, resumable."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Data, Json, Quiet, session


def run(
    config: Annotated[Path, typer.Argument(help="TOML file that says what is wanted; configs/ has examples.")],
    out: Annotated[Path | None, typer.Option("--out", help="Run folder (default: runs/NAME).")] = None,
    data: Data = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Take changed settings into a run that exists; only what depends on them is done again."
        ),
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Do every step of a run, from the files to report.html.

    The same command again goes on where the last one stopped: finished steps are kept while what they depend
    on is unchanged, and training takes up its last checkpoint.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.run import Run, finish  # late: brings torch

        this = Run.start(config, folder=out, data_folder=data, update=update)
        done = finish(this)
        spoken.result = this.summary(done)
        spoken.say(f"report: {this.report}")
