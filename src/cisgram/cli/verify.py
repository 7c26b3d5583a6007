"""``cisgram verify``: whether a run folder is still what its manifest says."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.provenance_lines import verification_lines
from cisgram.cli.session import FAILED, Data, Json, Quiet, session


def verify(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    inputs: Annotated[
        bool,
        typer.Option("--inputs/--no-inputs", help="Read the input files as well; they may be large, or elsewhere."),
    ] = True,
    data: Data = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Read every file of a run again and say what has changed; nothing is written.

    Checked are the hash of every result and of every input, the settings, and whether each step would be made of the
    same things now. Exit code: 0 where everything is as the manifest says, else 1; files that no step wrote and steps
    that were never begun are named and do no harm.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.run.verify import verify_run  # late: brings torch

        found = verify_run(run, with_inputs=inputs, data_folder=data)
        spoken.result = found.to_json()
        spoken.lines += verification_lines(found)
    if not found.holds:
        raise typer.Exit(FAILED)
