"""``cisgram gkmsvm``: train gapped k-mer support vector machines, score sequences, cross-validate."""

import typer

from cisgram.cli.gkmsvm import cross_validate, predict, train

app = typer.Typer(
    name="gkmsvm",
    help="gkm-SVM, as LS-GKM: what tells two classes of sequences apart, by gapped k-mers.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(train.train)
app.command()(predict.predict)
app.command("cross-validate")(cross_validate.cross_validate)
