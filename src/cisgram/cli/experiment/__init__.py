"""``cisgram experiment``: in-silico experiments - change sequences, and see what a trained model makes of it."""

import typer

from cisgram.cli.experiment import disrupt, insert, mutate, spacing

app = typer.Typer(
    name="experiment",
    help="In-silico experiments with a trained model: insert motifs, mutate bases, disrupt motifs, space two of them.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(insert.insert)
app.command()(mutate.mutate)
app.command()(disrupt.disrupt)
app.command()(spacing.spacing)
