"""``cisgram peaks``: call peaks, and compare them with others."""

import typer

from cisgram.cli.peaks import call, compare

app = typer.Typer(
    name="peaks",
    help="Peaks: call them with MACS3, by a threshold or from counts; compare them with others.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(call.call)
app.command()(compare.compare)
