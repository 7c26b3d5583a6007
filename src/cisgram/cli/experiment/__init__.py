"""``cisgram experiment``: in-silico experiments - change sequences, and see what a trained model makes of it."""

import typer

from cisgram.cli.experiment import disrupt, insert, mutate

app = typer.Typer(
    name="experiment",
    help="In-silico experiments with a trained model: insert motifs, mutate every base, disrupt motifs by variants.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(insert.insert)
app.command()(mutate.mutate)
app.command()(disrupt.disrupt)
