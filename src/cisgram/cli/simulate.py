"""``cisgram simulate``: cells whose regulatory grammar is known."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cisgram.cli.session import Json, Quiet, session

if TYPE_CHECKING:
    from cisgram.simulate.assays.atac import AtacExperiment


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for the files; must be new or empty.")],
    kind: Annotated[
        Literal["binding", "cell-types", "atac"],
        typer.Option("--kind", help="Factors by ChIP-nexus, peaks of open chromatin, or ATAC-seq of single cells."),
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
        _check_options(kind, is_for_atac=bool(changed), is_for_binding=bool(mutants) or independent)
        if kind == "atac":
            spoken.result = _simulate_atac(out, size, seed, changed)
            spoken.say(f"simulated: {out}; next: cisgram run {spoken.result['config']}")
            return
        from cisgram.run.demo import simulate_demo  # late: brings torch

        made = simulate_demo(kind, out, size=size, seed=seed, n_mutants=mutants, is_independent=independent)
        spoken.result = {"folder": str(out), "config": str(made.config), "truth": str(made.truth)}
        spoken.say(f"simulated: {out}; next: cisgram run {made.config}")


def _check_options(kind: str, *, is_for_atac: bool, is_for_binding: bool) -> None:
    """Refuse options that mean nothing to a kind of simulation."""
    from cisgram.errors import ConfigError

    if is_for_atac and kind != "atac":
        raise ConfigError("--fragments, --cells, --share-in-peaks and --tn5-preference are for --kind atac")
    if is_for_binding and kind == "atac":
        raise ConfigError("--mutants and --independent are for --kind binding")


def _simulate_atac(out: Path, size: str, seed: int, changed: "dict[str, int | float]") -> "dict[str, str]":
    """Simulate ATAC-seq of single cells, unless it lies there already."""
    from dataclasses import replace

    from cisgram.io.files import write_text_atomic
    from cisgram.run.config import config_text
    from cisgram.run.demo_atac import atac_run_config
    from cisgram.simulate.atac_cells import AtacConfig, find_atac, simulate_atac

    config = AtacConfig.preset(size, seed=seed)
    experiment: AtacExperiment = replace(config.experiment, **changed)
    config = replace(config, experiment=experiment)
    files = find_atac(config, out) or simulate_atac(config, out)
    path = out / "config.toml"
    write_text_atomic(path, config_text(atac_run_config(files, seed=seed)))
    return {
        "config": str(path),
        "folder": str(out),
        "fragments": str(files.fragments),
        "barcodes": str(files.barcodes),
        "chrom_sizes": str(files.chrom_sizes),
        "truth": str(files.truth),
    }
