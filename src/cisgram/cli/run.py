"""``cisgram run``: every step of a run, resumable."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.provenance_lines import reproduction_lines
from cisgram.cli.session import FAILED, Data, Json, Processes, Quiet, session


def run(
    config: Annotated[
        Path | None, typer.Argument(help="TOML file that says what is wanted; configs/ has examples.")
    ] = None,
    reproduce: Annotated[
        Path | None,
        typer.Option("--reproduce", help="Instead of a TOML file: a run folder, to do again elsewhere and compare."),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance",
            min=0.0,
            help="With --reproduce, elsewhere: largest difference, as a share of the largest number beside it.",
        ),
    ] = 1e-3,
    out: Annotated[Path | None, typer.Option("--out", help="Run folder (default: runs/NAME, or RUN-again).")] = None,
    data: Data = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Take changed settings into a run that exists; only what depends on them is done again."
        ),
    ] = False,
    processes: Processes = 1,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Do every step of a run, from the files to report.html.

    The same command again goes on where the last one stopped: finished steps are kept while what they depend
    on is unchanged, and training takes up its last checkpoint.

    With --reproduce RUN the finished steps of a run are done again in another folder, with its settings and seed and
    only from the same inputs, and every result is compared. Exit code: 0 where all are the same (on the same machine
    and versions byte for byte but for measured times, elsewhere within the tolerance), else 1.
    """
    if (config is None) == (reproduce is None) or (reproduce is not None and update):
        raise typer.BadParameter("give either a TOML file, or --reproduce RUN without --update", param_hint="CONFIG")
    holds = True
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.run import Run, finish  # late: brings torch

        if reproduce is not None:
            from cisgram.run.reproduce.repeat import reproduce as do_again

            found = do_again(reproduce, out=out, data_folder=data, tolerance=tolerance, processes=processes)
            spoken.result, holds = found.to_json(), found.holds
            spoken.lines += reproduction_lines(found)
        elif config is not None:
            this = Run.start(config, folder=out, data_folder=data, update=update)
            this.processes = processes
            done = finish(this)
            spoken.result = this.summary(done)
            spoken.say(f"report: {this.report}")
    if not holds:
        raise typer.Exit(FAILED)
