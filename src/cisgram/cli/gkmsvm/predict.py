"""``cisgram gkmsvm predict``: score sequences with a model file of LS-GKM."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram import __version__
from cisgram.cli.gkmsvm.settings import Unknown, UnknownBases
from cisgram.cli.sequence_classes import GenomeFile, Places, Width, read_one
from cisgram.cli.session import Json, Quiet, session


def predict(
    sequences: Annotated[
        Path, typer.Argument(help="FASTA; BED or narrowPeak (with --genome); CSV with labels.", show_default=False)
    ],
    model: Annotated[Path, typer.Argument(help="Written by gkmtrain or by cisgram gkmsvm train.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Table of names and scores.")] = Path("scores.tsv"),
    unknown: UnknownBases = Unknown.A,
    genome: GenomeFile = None,
    width: Width = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Score sequences; above 0 is the positive side. A sequence without a word has no score (nan).

    Sequences with labels are written with them, those with label 1 first. Unknown bases are A, as LS-GKM reads them.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        import numpy as np
        import pandas as pd

        from cisgram.baselines.gkmsvm.score import gkm_scores
        from cisgram.io.gkm_model import read_gkm_model
        from cisgram.io.tables import write_table

        machine = read_gkm_model(model, unknown="A" if unknown is Unknown.A else "skip")
        read = read_one(sequences, Places(genome, width), "sequences")
        parts = [read.sequences] if read.unbound is None else [read.sequences, read.unbound]
        table = pd.DataFrame(
            {
                "name": [str(name) for one in parts for name in one.names],
                "score": np.concatenate([gkm_scores(machine, one) for one in parts]),
            }
        )
        if read.unbound is not None:
            table["label"] = np.repeat([1, 0], [len(one) for one in parts])
        write_table(out, table, provenance={"cisgram": __version__, "sequences": str(sequences), "model": str(model)})
        n_scored = int(table["score"].notna().sum())
        spoken.result = {"scores": str(out), "n_sequences": len(table), "n_scored": n_scored, "inputs": read.remarks}
        spoken.say(f"{n_scored:,} of {len(table):,} sequences have a score: {out}")
