"""``cisgram states``: chromatin states from histone marks, what they mean, and how they differ between cell types."""

import typer

from cisgram.cli.states import binarize, compare, enrich, learn, segment, sequences

app = typer.Typer(
    name="states",
    help="Chromatin states: binarise histone marks, learn states, segment genomes, say what the states mean.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(binarize.binarize)
app.command()(learn.learn)
app.command()(segment.segment)
app.command()(enrich.enrich)
app.command()(compare.compare)
app.command()(sequences.sequences)
