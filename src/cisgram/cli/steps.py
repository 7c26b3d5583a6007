"""The steps of a run as verbs: ``cisgram prepare CONFIG``, then ``cisgram train RUN`` and so on."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Data, Json, Processes, Quiet, session

VERBS = {
    "prepare": "Put windows or sites on the genome and store what the model will see of them.",
    "train": "Fit the model; goes on from the last checkpoint.",
    "predict": "Predict the held-out part: profiles as arrays and bigWigs, labels as a table, contact maps as .cool.",
    "baselines": "Train k-mers and gkm-SVM on the same labels and split (Basset).",
    "single-task": "Train a model per track that [single_task] names, to compare with the model of all (Basset).",
    "evaluate": "Compare predictions with the experiment, its replicates and simple floors.",
    "folding": "What sites do for predicted contact maps: deleted, inverted, alone, in backgrounds (Akita).",
    "filters": "Motifs, names and influence of the first layer's filters (Basset).",
    "contributions": "Ask the model which bases make it predict what it predicts (BPNet).",
    "patterns": "Find motifs in the contributions, name them, and place them (BPNet).",
    "grammar": "How motifs lie to each other, with which period, and whose reads lie at whose motif (BPNet).",
    "interactions": "Ask the model which motif helps which, in backgrounds and in windows: a directed map (BPNet).",
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
        processes: Processes = 1,
        quiet: Quiet = False,
        as_json: Json = False,
    ) -> None:
        with session(quiet=quiet, as_json=as_json) as spoken:
            from cisgram.run import Run, run_steps, step_of  # late: brings torch

            this = Run.open(run) if run.is_dir() else Run.start(run, folder=out, data_folder=data)
            this.processes = processes
            step = step_of(this, name)
            done = run_steps(this, [step], again=again)
            spoken.result = this.summary(done)
            places = ", ".join(step.places)
            spoken.say(f"{name}: {'done' if done else 'nothing has changed'}; see {places} in {this.folder}")

    return step
