"""``cisgram simulate``: a cell whose regulatory grammar is known."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Json, Quiet, session


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for the cell's files; must be new or empty.")],
    size: Annotated[
        str, typer.Option("--size", help="Preset: tiny (seconds, for tests), small, demo or large.")
    ] = "demo",
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same bytes.")] = 1,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Simulate a genome with a planted grammar and the experiments measured on it, in the usual file formats."""
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.run.demo import write_cell_config  # late: brings torch
        from cisgram.simulate.cell import CellConfig, simulate_cell

        files = simulate_cell(CellConfig.preset(size, seed=seed), out)
        config = write_cell_config(files, seed=seed)
        spoken.result = {"folder": str(out), "config": str(config), "truth": str(files.truth)}
        spoken.say(f"cell: {out}; next: cisgram run {config}")
