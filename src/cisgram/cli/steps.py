"""The steps of a run as verbs: ``cisgram prepare CONFIG``, then ``cisgram train RUN`` and so on."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Data, Json, Quiet, session

VERBS = {
    "prepare": "Put windows on the genome and store what the model will see of them.",
    "train": "Fit the model; goes on from the last checkpoint.",
    "predict": "Predict the held-out windows, as arrays and bigWigs.",
    "evaluate": "Compare predictions with the experiment, its replicates and simple floors.",
    "contributions": "Ask the model which bases make it predict what it predicts.",
    "patterns": "Find motifs in the contributions, name them, and place them.",
    "report": "Write report.html from what is there.",
}
"""Kept here in words, since the steps themselves bring torch; a test holds the two together."""


def add_to(app: typer.Typer) -> None:
    """Add one verb per step."""
    for name, text in VERBS.items():
        app.command(name, help=text)(_verb(name))


def _verb(name: str) -> Callable[..., None]:
    """The command of one step."""

    def step(
        run: Annotated[Path, typer.Argument(help="Run folder, or the TOML file of a run to start or take up.")],
        out: Annotated[
            Path | None, typer.Option("--out", help="Run folder where a TOML file is given (default: runs/NAME).")
        ] = None,
        data: Data = None,
        again: Annotated[bool, typer.Option("--again", help="Do it even if its results still hold.")] = False,
        quiet: Quiet = False,
        as_json: Json = False,
    ) -> None:
        with session(quiet=quiet, as_json=as_json) as spoken:
            from cisgram.run import STEPS, Run, run_steps  # late: brings torch

            this = Run.open(run) if run.is_dir() else Run.start(run, folder=out, data_folder=data)
            done = run_steps(this, [STEPS[name]], again=again)
            spoken.result = this.summary(done)
            places = ", ".join(STEPS[name].places)
            spoken.say(f"{name}: {'done' if done else 'nothing has changed'}; see {places} in {this.folder}")

    return step
