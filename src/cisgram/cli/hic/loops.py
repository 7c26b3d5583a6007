"""``cisgram hic loops``: corner dots that stand out from their neighbourhoods."""

from typing import Annotated

import typer

from cisgram import __version__
from cisgram.cli.hic.options import Chroms, IgnoreDiagonals, Map, Out, Resolution, Weight
from cisgram.cli.session import Json, Quiet, session


def loops(
    map_file: Map,
    out: Out,
    resolution: Resolution = None,
    chroms: Chroms = None,
    weight: Weight = "weight",
    ignore_diagonals: IgnoreDiagonals = 2,
    outer: Annotated[
        int | None,
        typer.Option("--outer", min=2, help="Half the side of the neighbourhood in bins (default: by bin size)."),
    ] = None,
    inner: Annotated[
        int | None, typer.Option("--inner", min=1, help="The same of its middle, which is left out; give both.")
    ] = None,
    max_distance: Annotated[int, typer.Option("--max-distance", min=1, help="Longest loop in bp.")] = 10_000_000,
    fdr: Annotated[float, typer.Option("--fdr", min=0, max=1, help="Share of false pixels that is borne.")] = 0.1,
    cluster_radius: Annotated[
        int, typer.Option("--cluster-radius", min=1, help="Pixels within this many bp are one loop.")
    ] = 20_000,
    unfiltered: Annotated[
        bool, typer.Option("--unfiltered", help="Keep loops of low enrichment and single pixels too.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Call loops as HiCCUPS does: more contacts than donut, column, row and lower left let one expect.

    Writes loops.tsv (the columns of cooltools dots) and loops.bedpe (score: contacts over those the donut expects).
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.hic.inputs import open_map
        from cisgram.hic.expected import expected_cis
        from cisgram.hic.loops import LoopConfig, call_loops
        from cisgram.io.tables import write_table
        from cisgram.io.tables.bedpe import write_bedpe

        source = open_map(map_file, resolution=resolution, chroms=chroms, weight=weight, is_balanced=True)
        config = LoopConfig(
            outer=outer,
            inner=inner,
            max_distance_bp=max_distance,
            fdr=fdr,
            cluster_radius_bp=cluster_radius,
            is_filtered=not unfiltered,
        )
        expected = expected_cis(source, ignore_diagonals=ignore_diagonals)
        found = call_loops(source, expected, config)
        notes = {"cisgram": __version__, "map": map_file, "bin_size": source.bins.bin_size, "fdr": fdr}
        write_table(out / "loops.tsv", found, provenance=notes)
        names = [f"loop_{number}" for number in range(1, len(found) + 1)]
        score = found["count"] / found["la_exp.donut.value"]
        write_bedpe(out / "loops.bedpe", found.assign(name=names, score=score))
        length = float((found["start2"] - found["start1"]).median()) if len(found) else None
        spoken.result = {"out": str(out), "loops": len(found), "median_length_bp": length}
        spoken.say(f"{len(found):,} loops" + (f", of {length:,.0f} bp (median)" if length is not None else ""))
        spoken.say(f"tables in {out}")
