"""``cisgram differential``: where a group of cells differs from another one, after denoising, by more than chance."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from cisgram import __version__
from cisgram.cli.session import Json, Quiet, session

_LOG = logging.getLogger(__name__)


def differential(
    model: Annotated[Path, typer.Argument(help="Run folder of an AtacWorks, or its checkpoint (.safetensors).")],
    fragments: Annotated[list[Path], typer.Argument(help="Fragments with barcodes; several are added up.")],
    groups: Annotated[Path, typer.Option("--groups", help="Table barcode, group.")],
    group: Annotated[str, typer.Option("--group", help="The group to look at.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Beginning of the names of the results.")],
    against: Annotated[
        str | None, typer.Option("--against", help="Another group; without it, random cells of the sample.")
    ] = None,
    chrom_sizes: Annotated[
        Path | None, typer.Option("--chrom-sizes", help="Lengths of contigs (chrom.sizes or .fai).")
    ] = None,
    chroms: Annotated[
        list[str] | None, typer.Option("--chroms", "-c", help="Contigs to look at, commas between (default: all).")
    ] = None,
    regions: Annotated[Path | None, typer.Option("--regions", help="BED: look inside these intervals only.")] = None,
    permutations: Annotated[int, typer.Option("--permutations", help="Random groups of the same size.")] = 40,
    bin_bp: Annotated[int, typer.Option("--bin", help="Length of a bin in bp.")] = 100,
    max_q: Annotated[float, typer.Option("--max-q", help="Largest q-value of a bin that is listed.")] = 0.05,
    read_shift: Annotated[
        tuple[int, int], typer.Option("--read-shift", help="Added to plus and minus ends, as in training.")
    ] = (0, 0),
    extend: Annotated[int, typer.Option("--extend", min=0, help="How far a cut site reaches, as in training.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="Of the random groups.")] = 1,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Compare the denoised tracks of two groups of cells, bin by bin, with those of random groups of the same size.

    OUT.difference.bw and OUT.z.bw hold all bins, OUT.tsv those that differ, OUT.loci.tsv the same joined; OUT.html
    shows them.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.errors import ConfigError, InputError
        from cisgram.genomics.interval import merge
        from cisgram.io.files import sha256_of
        from cisgram.io.reads import open_coverage_source, read_barcode_groups
        from cisgram.io.tables import check_within, read_chrom_sizes, read_intervals
        from cisgram.run.denoise import open_denoiser, regions_of
        from cisgram.run.differential import DifferentialConfig, differing_bins, write_differential
        from cisgram.run.differential import differential as compare
        from cisgram.run.pace import logged_pace
        from cisgram.training.load import best_checkpoint

        config = DifferentialConfig(n_permutations=permutations, bin_bp=bin_bp, max_q_value=max_q, seed=seed)
        if regions is not None and chroms:
            raise ConfigError("give either --chroms or --regions")
        sizes = None if chrom_sizes is None else read_chrom_sizes(chrom_sizes)
        source = open_coverage_source(fragments, sizes=sizes, read_shift=read_shift, extend_bp=extend)
        table = read_barcode_groups(groups)
        for name in (group, *([against] if against else [])):
            if name not in table:
                raise InputError(f"{groups} has no group {name!r}; it has {', '.join(list(table)[:10])}")
        if regions is None:
            names = tuple(name for one in chroms or [] for name in one.split(",") if name)
            places = regions_of([source], names)
        else:
            places = merge(read_intervals(regions))
            check_within(places, source.sizes, regions)
        chosen = [source.only(table[name]).barcodes if name else () for name in (group, against)]
        result = compare(
            open_denoiser(model),
            source,
            places,
            group=chosen[0],
            other=chosen[1],
            config=config,
            progress=logged_pace(_LOG, "tracks"),
        )
        counts = {"n_cells": len(chosen[0]), "n_other_cells": len(chosen[1]), "n_bins": len(result.bins)}
        about = {
            "cisgram": __version__,
            "model_sha256": sha256_of(best_checkpoint(model)),
            "group": group,
            "against": against or "random cells",
            **counts,
            "settings": config,
        }
        files = write_differential(out, result, sizes=dict(source.sizes), max_q_value=max_q, provenance=about)
        n = len(differing_bins(result, max_q_value=max_q))
        by_chance = result.test.random.n_called
        found = {"n_differ": n, "n_differ_of_random_groups": by_chance.tolist()}
        spoken.result = {**counts, **found, **{name: str(path) for name, path in files.items()}}
        spoken.say(f"{n:,} of {len(result.bins):,} bins differ at q <= {max_q:g} ({len(chosen[0])} cells of {group})")
        spoken.say(f"of {len(by_chance)} random groups: {by_chance.mean():.1f} on average, {by_chance.max():,} at most")
        spoken.say(f"bins: {files['tsv']}; page: {files['html']}")
