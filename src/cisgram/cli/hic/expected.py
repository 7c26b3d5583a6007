"""``cisgram hic expected``: how contacts fall with distance, and what two contigs share by chance."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisgram import __version__
from cisgram.cli.hic.options import Chroms, IgnoreDiagonals, Map, Out, Regions, Resolution, Weight
from cisgram.cli.session import Json, Quiet, Session, session

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.genomics.contacts import ContactSource


def expected(
    map_file: Map,
    out: Out,
    resolution: Resolution = None,
    chroms: Chroms = None,
    regions: Regions = None,
    weight: Weight = "weight",
    ignore_diagonals: IgnoreDiagonals = 2,
    sigma: Annotated[
        float, typer.Option("--sigma", min=0.001, help="Smoothing over distance, in powers of ten (Gaussian).")
    ] = 0.1,
    trans: Annotated[bool, typer.Option("--trans/--no-trans", help="Also the means between contigs.")] = True,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Average contacts at each distance, smooth them, and say how steeply they fall.

    Writes expected_cis.tsv.gz and expected_trans.tsv (the columns of cooltools), decay.tsv (P(s) of all regions with
    its slope), territories.tsv (the share of contacts within contigs), territory_pairs.tsv (contigs side by side),
    and the pictures decay.png and territories.png.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.hic.inputs import open_map, read_regions
        from cisgram.hic.distance_smoothing import decay_slope
        from cisgram.hic.expected import expected_cis
        from cisgram.io.tables import write_table

        is_balanced = weight != "none"
        source = open_map(map_file, resolution=resolution, chroms=chroms, weight=weight, is_balanced=is_balanced)
        views = read_regions(regions, source.bins) if regions else None
        notes = {"cisgram": __version__, "map": map_file, "bin_size": source.bins.bin_size, "weight": weight}
        notes |= {"ignore_diagonals": ignore_diagonals, "sigma_log10": sigma}
        table = expected_cis(
            source, regions=views, balanced=is_balanced, ignore_diagonals=ignore_diagonals, sigma_log10=sigma
        )
        write_table(out / "expected_cis.tsv.gz", table, provenance=notes)
        decay = decay_slope(table)
        write_table(out / "decay.tsv", decay, provenance=notes)
        _draw(out / "decay.png", decay, table, is_balanced=is_balanced)
        n_regions = table["region1"].nunique()
        spoken.result = {"out": str(out), "regions": n_regions, "bin_size": source.bins.bin_size}
        at = decay[(decay["dist_bp"] >= 10 * source.bins.bin_size)]["slope"]
        if len(at):
            spoken.result["median_slope"] = float(at.median())
            spoken.say(f"{n_regions} regions; from 10 bins on contacts fall with the power {at.median():.2f} (median)")
        if trans and len(source.bins.chroms) > 1:
            _between(source, out, notes, spoken, is_balanced=is_balanced)
        spoken.say(f"tables and pictures in {out}")


def _draw(path: Path, decay: "pd.DataFrame", table: "pd.DataFrame", *, is_balanced: bool) -> None:
    """P(s) above, its slope below."""
    from cisgram.report.distance_decay_plots import plot_decay_slope, plot_distance_decay
    from cisgram.report.png import write_png
    from cisgram.report.style import house_style, new_figure

    kind, pixels = ("balanced", "n_valid") if is_balanced else ("count", "n_total")
    sums = table.dropna(subset=[f"{kind}.sum"]).groupby("dist_bp")[[f"{kind}.sum", pixels]].sum()
    measured = (sums[f"{kind}.sum"] / sums[pixels]).rename("value").reset_index()
    with house_style():
        figure = new_figure(4.2, 5.2)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        plot_distance_decay({"all regions": decay}, ax=upper, measured=measured)
        upper.set_xlabel("")
        plot_decay_slope({"all regions": decay}, ax=lower)
        write_png(path, figure)


def _between(
    source: "ContactSource", out: Path, notes: dict[str, object], spoken: Session, *, is_balanced: bool
) -> None:
    """What lies between contigs: the means, and territories."""
    from cisgram.hic.expected import expected_trans
    from cisgram.hic.territories import territories
    from cisgram.io.tables import write_table
    from cisgram.report.png import write_png
    from cisgram.report.style import house_style, new_figure
    from cisgram.report.territory_plots import plot_cis_shares, plot_territories

    write_table(out / "expected_trans.tsv", expected_trans(source, balanced=is_balanced), provenance=notes)
    found = territories(source)
    write_table(out / "territories.tsv", found.contigs, provenance=notes)
    write_table(out / "territory_pairs.tsv", found.pairs, provenance=notes)
    n = len(found.contigs)
    with house_style():
        figure = new_figure(8.0, max(2.6, 0.6 + 0.19 * n))
        left, right = figure.subplots(1, 2, width_ratios=(1, 1))
        plot_cis_shares(found.contigs, ax=left)
        image = plot_territories(found.pairs, ax=right)
        bar = figure.colorbar(image, ax=right, shrink=0.8)
        bar.set_label("contacts over expected (log2)")
        write_png(out / "territories.png", figure)
    spoken.result["cis_share"] = found.cis_share
    spoken.say(f"{found.cis_share:.1%} of contacts lie within contigs")
