"""``cisgram experiment``: in-silico experiments - change sequences, and see what a trained model makes of it."""

import typer

from cisgram.cli.experiment import (
    ablate,
    disrupt,
    distal,
    dose,
    flanks,
    fold,
    insert,
    layers,
    locus,
    mutate,
    spacing,
    validate,
)

app = typer.Typer(
    name="experiment",
    help="In-silico experiments with a trained model: put motifs in, take them out, change bases, skip layers.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(insert.insert)
app.command("marginalize", help=f"The same as insert. {insert.insert.__doc__}")(insert.insert)
app.command()(mutate.mutate)
app.command()(disrupt.disrupt)
app.command()(spacing.spacing)
app.command()(dose.dose)
app.command()(flanks.flanks)
app.command()(ablate.ablate)
app.command()(layers.layers)
app.command()(locus.locus)
app.command()(fold.fold)
app.command()(distal.distal)
app.command()(validate.validate)
