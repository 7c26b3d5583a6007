"""``cisgram simulate``: cells whose regulatory grammar is known."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Json, Kind, Quiet, session


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for the files; must be new or empty.")],
    kind: Kind = "binding",
    size: Annotated[
        str, typer.Option("--size", help="Preset: tiny (seconds, for tests), small, demo or large.")
    ] = "demo",
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same bytes.")] = 1,
    mutants: Annotated[
        int,
        typer.Option(
            "--mutants", min=0, help="Scramble this many bound pioneer sites and measure again, for 'validate'."
        ),
    ] = 0,
    independent: Annotated[
        bool, typer.Option("--independent", help="No motif helps another: a negative control for grammar.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Simulate a genome with a planted grammar and the experiments measured on it, in the usual file formats."""
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.run.demo import simulate_demo  # late: brings torch

        made = simulate_demo(kind, out, size=size, seed=seed, n_mutants=mutants, is_independent=independent)
        spoken.result = {"folder": str(out), "config": str(made.config), "truth": str(made.truth)}
        spoken.say(f"simulated: {out}; next: cisgram run {made.config}")
