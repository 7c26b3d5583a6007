"""``cisgram simulate``: cells whose regulatory grammar is known."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cisgram.cli.session import Json, Quiet, session


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for the files; must be new or empty.")],
    kind: Annotated[
        Literal["binding", "cell-types", "atac", "chromatin", "contacts", "expression"],
        typer.Option(
            "--kind",
            help="Factors by ChIP-nexus, peaks of open chromatin, ATAC-seq of single cells, histone marks, a genome "
            "that folds by Hi-C (which has the size 'map', too), or genes with distal enhancers by CAGE and more.",
        ),
    ] = "binding",
    size: Annotated[
        str, typer.Option("--size", help="Preset: tiny (seconds, for tests), small, demo or large.")
    ] = "demo",
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same bytes.")] = 1,
    mutants: Annotated[
        int,
        typer.Option(
            "--mutants", min=0, help="Scramble this many bound pioneer sites and measure again, for 'validate'."
        ),
    ] = 0,
    independent: Annotated[
        bool, typer.Option("--independent", help="No motif helps another: a negative control for grammar.")
    ] = False,
    fragments: Annotated[
        int | None, typer.Option("--fragments", min=1, help="atac: fragments per cell type (default: by size).")
    ] = None,
    cells: Annotated[int | None, typer.Option("--cells", min=1, help="atac: cells of every type.")] = None,
    share_in_peaks: Annotated[
        float | None, typer.Option("--share-in-peaks", help="atac: share of fragments from bound sites, 0 to 1.")
    ] = None,
    tn5_preference: Annotated[
        float | None, typer.Option("--tn5-preference", help="atac: how much Tn5 minds the sequence; 0 for not at all.")
    ] = None,
    reads_per_bin: Annotated[
        float | None, typer.Option("--reads-per-bin", help="chromatin: mean reads of a mark per bin of 200 bp.")
    ] = None,
    signal: Annotated[
        float | None, typer.Option("--signal", help="chromatin: what marks add to the background; 1 good, 0.3 poor.")
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Simulate a genome with a planted grammar and the experiments measured on it, in the usual file formats."""
    with session(quiet=quiet, as_json=as_json) as spoken:
        given = {
            "n_fragments": fragments,
            "n_cells": cells,
            "share_in_peaks": share_in_peaks,
            "tn5_preference": tn5_preference,
        }
        changed = {name: value for name, value in given.items() if value is not None}
        marks = {"reads_per_bin": reads_per_bin, "signal": signal}
        of_marks = {name: value for name, value in marks.items() if value is not None}
        _check_options(
            kind, is_for_atac=bool(changed), is_for_binding=bool(mutants) or independent, is_for_marks=bool(of_marks)
        )
        if kind == "chromatin":
            spoken.result = _simulate_chromatin(out, size, seed, of_marks)
            table, sizes = spoken.result["marks"], spoken.result["chrom_sizes"]
            spoken.say(f"simulated: {out}; next: cisgram states binarize {table} --chrom-sizes {sizes} --out binary")
            return
        from cisgram.run.demo import simulate_demo  # late: brings torch

        made = simulate_demo(
            kind, out, size=size, seed=seed, n_mutants=mutants, is_independent=independent, experiment=changed
        )
        spoken.result = {"folder": str(out), "config": str(made.config), "truth": str(made.truth)}
        if kind == "atac":
            spoken.result |= _atac_files(out)
        spoken.say(f"simulated: {out}; next: cisgram run {made.config}")


def _check_options(kind: str, *, is_for_atac: bool, is_for_binding: bool, is_for_marks: bool) -> None:
    """Refuse options that mean nothing to a kind of simulation."""
    from cisgram.errors import ConfigError

    if is_for_atac and kind != "atac":
        raise ConfigError("--fragments, --cells, --share-in-peaks and --tn5-preference are for --kind atac")
    if is_for_marks and kind != "chromatin":
        raise ConfigError("--reads-per-bin and --signal are for --kind chromatin")
    if is_for_binding and kind in ("atac", "chromatin", "contacts", "expression"):
        raise ConfigError("--mutants and --independent are for --kind binding")


def _simulate_chromatin(out: Path, size: str, seed: int, changed: "dict[str, float]") -> "dict[str, str]":
    """Simulate histone marks, unless they lie there already."""
    from dataclasses import replace

    from cisgram.simulate.chromatin_cells import ChromatinConfig, find_chromatin, simulate_chromatin

    config = ChromatinConfig.preset(size, seed=seed)
    config = replace(config, experiment=replace(config.experiment, **changed))
    files = find_chromatin(config, out) or simulate_chromatin(config, out)
    paths = {name: str(getattr(files, name)) for name in ("marks", "chrom_sizes", "genome", "genes", "truth")}
    return {"folder": str(out), **paths}


def _atac_files(folder: Path) -> "dict[str, str]":
    """What the verbs for single cells need to be told."""
    from cisgram.simulate.atac_files import AtacFiles

    files = AtacFiles.load(folder)
    return {name: str(getattr(files, name)) for name in ("fragments", "barcodes", "chrom_sizes")}
