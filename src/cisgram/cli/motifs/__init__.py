"""``cisgram motifs``: classical motifs - find them in sequences, place them, and say which known ones they are."""

import typer

from cisgram.cli.motifs import agree, around, discover, match, scan

app = typer.Typer(
    name="motifs",
    help="Classical motifs: place them in sequences, discover new ones, match them with known ones.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(scan.scan)
app.command()(discover.discover)
app.command()(match.match)
app.command()(around.around)
app.command()(agree.agree)
