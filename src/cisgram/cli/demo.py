"""``cisgram demo``: simulate cells, run everything on it, and say how much of the planted truth came back."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Json, Kind, Quiet, session


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the simulation and the run.")] = Path("demo"),
    kind: Kind = "binding",
    seed: Annotated[int, typer.Option("--seed", help="Seed of the simulation and of the run.")] = 1,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Simulate small cells, train a model on them, ask it, and write report.html.

    It takes a few minutes on two cores, for contacts and expression ten to fifteen.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.report.page import truth_findings
        from cisgram.run import finish  # late: brings torch
        from cisgram.run.demo import start_demo

        this = start_demo(out, kind, seed=seed)
        done = finish(this)
        findings = truth_findings(this.folder)
        spoken.result = {**this.summary(done), "truth": findings}
        for finding in findings:
            spoken.say(finding)
        spoken.say(f"report: {this.report}")
