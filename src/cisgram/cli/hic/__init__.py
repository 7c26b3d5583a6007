"""``cisgram hic``: contact maps read, normalised and taken apart."""

import typer

from cisgram.cli.hic import (
    balance,
    compartments,
    digest,
    domains,
    expected,
    insulation,
    loops,
    pileup,
    report,
    view,
    zoom,
)

app = typer.Typer(
    name="hic",
    help="Contact maps (Hi-C, Micro-C): from pairs of reads to balanced maps, their features, and pictures.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(digest.digest)
app.command()(balance.balance)
app.command()(zoom.zoom)
app.command()(expected.expected)
app.command()(compartments.compartments)
app.command()(insulation.insulation)
app.command()(domains.domains)
app.command()(loops.loops)
app.command()(pileup.pileup)
app.command()(view.view)
app.command()(report.report)
