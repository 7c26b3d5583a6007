"""``cisgram hic domains``: domains at all sizes, nested but never crossing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisgram import __version__
from cisgram.cli.hic.options import Chroms, IgnoreDiagonals, Map, Out, Resolution, Weight
from cisgram.cli.session import Json, Quiet, session

if TYPE_CHECKING:
    import pandas as pd


def domains(
    map_file: Map,
    out: Out,
    window: Annotated[
        list[int] | None,
        typer.Option(
            "--window", "-w", min=1, help="Windows of insulation in bp that show edges (default: 5, 10, 25 bins)."
        ),
    ] = None,
    max_length: Annotated[
        int | None, typer.Option("--max-length", min=1, help="Longest domain in bp (default: 200 bins).")
    ] = None,
    resolution: Resolution = None,
    chroms: Chroms = None,
    weight: Weight = "weight",
    ignore_diagonals: IgnoreDiagonals = 2,
    fdr: Annotated[float, typer.Option("--fdr", min=0, max=1, help="Share of false domains that is borne.")] = 0.2,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the shifts that false domains are counted on.")] = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find nested domains: the set without crossings whose contrasts sum highest.

    Writes domains.tsv, domains.bed (name, contrast) and domains.png.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.hic.inputs import open_map
        from cisgram.hic.domains import DomainConfig, nested_domains
        from cisgram.hic.expected import expected_cis
        from cisgram.io.tables import write_bed, write_table

        source = open_map(map_file, resolution=resolution, chroms=chroms, weight=weight, is_balanced=True)
        usual = DomainConfig.for_bins(source.bins.bin_size)
        config = DomainConfig(
            windows_bp=tuple(window or usual.windows_bp),
            max_length_bp=max_length or usual.max_length_bp,
            ignore_diagonals=ignore_diagonals,
            fdr=fdr,
            seed=seed,
        )
        found = nested_domains(source, expected_cis(source, ignore_diagonals=ignore_diagonals), config)
        notes = {"cisgram": __version__, "map": map_file, "bin_size": source.bins.bin_size, "fdr": fdr, "seed": seed}
        write_table(out / "domains.tsv", found, provenance=notes)
        write_bed(out / "domains.bed", found[["chrom", "start", "end", "name"]].assign(score=found["contrast"]))
        _draw(out / "domains.png", found)
        n_outer = int((found["level"] == 1).sum())
        spoken.result = {"out": str(out), "domains": len(found), "outer": n_outer}
        spoken.say(f"{len(found):,} domains, {n_outer:,} of them in no other")
        spoken.say(f"tables and a picture in {out}")


def _draw(path: Path, found: "pd.DataFrame") -> None:
    """Lengths by nesting."""
    from cisgram.report.map_feature_plots import plot_domain_lengths
    from cisgram.report.png import write_png
    from cisgram.report.style import house_style, new_figure

    with house_style():
        figure = new_figure(3.6, 2.4)
        plot_domain_lengths(found, ax=figure.subplots())
        write_png(path, figure)
