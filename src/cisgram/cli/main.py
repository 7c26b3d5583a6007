"""The command ``cisgram``: gathers the verbs; each imports what it needs when it is called, so that --help is quick."""

import os
from typing import Annotated

import typer

from cisgram import __version__
from cisgram.cli import (
    check,
    demo,
    denoise,
    differential,
    experiment,
    gkmsvm,
    hic,
    kmers,
    motifs,
    peaks,
    plan,
    run,
    simulate,
    states,
    steps,
    subsample,
    variants,
    verify,
)

app = typer.Typer(
    name="cisgram",
    help="Learn how DNA encodes regulation: train the model that fits an assay, ask it why, and read one report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool | None) -> None:
    if value:
        print(f"cisgram {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool | None, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = None,
) -> None:
    """Take the options that come before the verb."""


app.command()(demo.demo)
app.command()(simulate.simulate)
app.command()(check.check)
app.command()(run.run)
app.command()(verify.verify)
app.command()(denoise.denoise)
app.command()(differential.differential)
app.command()(subsample.subsample)
app.command()(plan.plan)
app.add_typer(peaks.app, name="peaks")
app.add_typer(states.app, name="states")
app.add_typer(hic.app, name="hic")
steps.add_to(app)
app.add_typer(motifs.app, name="motifs")
app.add_typer(gkmsvm.app, name="gkmsvm")
app.command()(kmers.kmers)
app.add_typer(experiment.app, name="experiment")
app.command()(variants.variants)


def main() -> None:
    """Run the command line."""
    # Before torch is loaded: threads that wait for each other sleep instead of spinning, which costs nothing on a
    # quiet machine and a factor of two to four on a busy one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    app()
