"""``cisgram states sequences``: chromatin states as labels of a sequence model, ready for ``cisgram run``."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Json, Quiet, session
from cisgram.cli.states.options import BinSize


def sequences(
    segments: Annotated[
        list[Path], typer.Argument(help="Segments BED of one or more cell types, states of one model.")
    ],
    genome: Annotated[Path, typer.Option("--genome", "-g", help="FASTA of the genome.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for sites.bed and config.toml.")],
    model: Annotated[
        Path | None,
        typer.Option("--model", "-m", help="model_N.txt: tracks get suggested names (default: that beside the BED)."),
    ] = None,
    states: Annotated[
        list[str] | None, typer.Option("--states", help="Only these, by number or name (1,EnhA); default all.")
    ] = None,
    width: Annotated[int, typer.Option("--width", min=50, help="Length of a site in bp.")] = 600,
    min_length: Annotated[int, typer.Option("--min-length", min=1, help="Shortest segment in bp.")] = 400,
    per_state: Annotated[int, typer.Option("--per-state", "-n", min=1, help="Sites per state and cell type.")] = 3000,
    min_sites: Annotated[int, typer.Option("--min-sites", min=1, help="States with fewer are left out.")] = 100,
    test: Annotated[list[str] | None, typer.Option("--test", help="Contigs to test on (a,b).")] = None,
    valid: Annotated[list[str] | None, typer.Option("--valid", help="Contigs for early stopping (a,b).")] = None,
    motifs: Annotated[Path | None, typer.Option("--motifs", help="MEME file of known motifs.")] = None,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Of training.")] = 10,
    bin_size: BinSize = 200,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help="Of the draw of sites and of the run.")] = 1,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Draw sites of every state and write a run on labels, which asks what bases tell a state from the others.

    Then ``cisgram run OUT/config.toml --data OUT`` trains a small Basset, judges every state beside k-mers and a
    gkm-SVM, and shows the motifs of its filters and which states they speak for.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.chromatin.state_sites import StateSiteConfig
        from cisgram.cli.experiment.options import split_words
        from cisgram.cli.states.inputs import read_cells
        from cisgram.cli.states.labels import only_states, state_labels
        from cisgram.io.files import require_file, sha256_of
        from cisgram.run.state_sequences import StateSequenceConfig, write_state_sequences

        require_file(genome, "genome")
        labels, model = state_labels(segments, model)
        cells = read_cells(segments, bin_size=bin_size, n_states=None if labels is None else len(labels))
        names = labels or [f"E{number + 1}" for number in range(cells[0].n_states)]
        cells = only_states(cells, names, split_words(states))
        config = StateSequenceConfig(
            test=split_words(test),
            valid=split_words(valid),
            min_sites=min_sites,
            database="" if motifs is None else str(motifs),
            epochs=epochs,
            sites=StateSiteConfig(width, min_length, per_state, seed),
        )
        files = [*segments, *([] if model is None else [model])]
        about = {"inputs": {str(path): sha256_of(path) for path in files}, "genome": str(genome)}
        run = write_state_sequences(out, cells, names, genome=genome, config=config, about=about)
        assert run.split is not None, "a run on sites has one"
        parts = {"test": run.split.test, "valid": run.split.valid}
        spoken.result = {"out": str(out), "config": str(out / "config.toml"), **parts}
        spoken.say(f"sites: {out / 'sites.bed'}; next: cisgram run {out / 'config.toml'} --data {out}")
