"""``cisgram subsample``: fewer reads, or the reads of fewer cells."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.coverage_options import (
    Barcodes,
    Bigwig,
    BigwigKind,
    Cells,
    Extend,
    Group,
    Groups,
    Inputs,
    Shift,
    Sizes,
    open_source,
)
from cisgram.cli.session import Json, Quiet, session


def subsample(
    inputs: Inputs,
    out: Annotated[
        Path, typer.Option("--out", help=".bw (coverage), .tsv or .tsv.gz (fragments), .bed or .bed.gz (reads).")
    ],
    reads: Annotated[
        int | None, typer.Option("--reads", help="Keep about so many reads; a fragment has two, its ends.")
    ] = None,
    fraction: Annotated[float | None, typer.Option("--fraction", help="Keep each read with this chance.")] = None,
    cells: Annotated[
        int | None, typer.Option("--cells", help="Keep the reads of so many cells drawn at random.")
    ] = None,
    min_reads: Annotated[
        int, typer.Option("--min-reads", min=0, help="Draw from cells with at least so many reads.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="With one seed, fewer are always part of more.")] = 1,
    sizes: Sizes = None,
    read_shift: Shift = (0, 0),
    extend: Extend = 100,
    bigwig: Bigwig = BigwigKind.COVERAGE,
    barcodes: Barcodes = None,
    groups: Groups = None,
    group: Group = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Thin reads, or draw cells, reproducibly.

    Both ends of a fragment (or mates of a pair) stay together. The seed decides, not the order of the file.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.errors import ConfigError
        from cisgram.io.reads.subsample import check_subsample_path, write_subsample

        check_subsample_path(out)
        if reads is None and fraction is None and cells is None and barcodes is None and groups is None:
            raise ConfigError("say what to keep: --reads, --fraction, --cells, --barcodes or --groups with --group")
        source = whole = open_source(
            inputs,
            sizes=sizes,
            read_shift=read_shift,
            extend_bp=extend,
            bigwig=bigwig,
            cells=Cells(barcodes, groups, group),
        )
        if cells is not None:
            source = source.cells(cells, seed=seed, min_reads=min_reads)
        if reads is not None or fraction is not None:
            source = source.thinned(n_reads=reads, fraction=fraction, seed=seed)
        n_records = write_subsample(source, out)
        spoken.result = {
            "out": str(out),
            "records": n_records,
            "reads": source.n_reads if source.is_countable else None,
            "of_reads": whole.n_reads if whole.is_countable else None,
            "cells": len(source.barcodes),
            "seed": seed,
        }
        n_cells = f" of {len(source.barcodes):,} cells" if source.barcodes else ""
        spoken.say(f"{source.n_reads:,} of {whole.n_reads:,} reads{n_cells}: {out}")
