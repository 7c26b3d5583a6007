"""``cisgram hic insulation``: how few contacts cross each bin, and the boundaries that this shows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisgram import __version__
from cisgram.cli.hic.options import Chroms, IgnoreDiagonals, Map, Out, Resolution, Weight
from cisgram.cli.session import Json, Quiet, session

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def insulation(
    map_file: Map,
    out: Out,
    window: Annotated[
        list[int] | None,
        typer.Option(
            "--window", "-w", min=1, help="Side of the diamond in bp; repeat for more (default: 5, 10, 25 bins)."
        ),
    ] = None,
    resolution: Resolution = None,
    chroms: Chroms = None,
    weight: Weight = "weight",
    ignore_diagonals: IgnoreDiagonals = 2,
    threshold: Annotated[
        str, typer.Option("--threshold", help="Least strength of a boundary: li, otsu, or a number (log2).")
    ] = "li",
    min_valid: Annotated[
        float, typer.Option("--min-valid", min=0, max=1, help="Least share of valid pixels in a boundary's diamond.")
    ] = 0.66,
    min_distance_to_bad: Annotated[
        int, typer.Option("--min-distance-to-bad", min=0, help="Bins this near to a masked bin get no score.")
    ] = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Score insulation at several windows and call boundaries.

    Writes insulation.tsv.gz (one row per bin, the columns of cooltools), insulation_W.bw and boundaries_W.bed for each
    window of W bp, and insulation.png.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.hic.inputs import open_map
        from cisgram.cli.hic.tracks import write_bin_track
        from cisgram.hic.insulation import InsulationConfig, boundaries
        from cisgram.hic.insulation import insulation as score_insulation
        from cisgram.io.tables import write_bed, write_table

        source = open_map(map_file, resolution=resolution, chroms=chroms, weight=weight, is_balanced=True)
        size = source.bins.bin_size
        config = InsulationConfig(
            windows_bp=tuple(window or [5 * size, 10 * size, 25 * size]),
            ignore_diagonals=ignore_diagonals,
            min_valid_share=min_valid,
            min_distance_to_bad=min_distance_to_bad,
            threshold=_threshold(threshold),
        )
        table = score_insulation(source, config)
        notes = {"cisgram": __version__, "map": map_file, "bin_size": size, "threshold": threshold}
        write_table(out / "insulation.tsv.gz", table, provenance=notes)
        counts = {}
        for window_bp in config.windows_bp:
            write_bin_track(
                out / f"insulation_{window_bp}.bw", table, f"log2_insulation_score_{window_bp}", source.bins
            )
            called = boundaries(table, window_bp)
            names = [f"boundary_{number}" for number in range(1, len(called) + 1)]
            write_bed(out / f"boundaries_{window_bp}.bed", called.assign(name=names, score=called["strength"]))
            counts[window_bp] = len(called)
            spoken.say(f"{window_bp:,} bp: {len(called):,} boundaries")
        _draw(out / "insulation.png", table, config.windows_bp)
        spoken.result = {"out": str(out), "bin_size": size, "boundaries": counts}
        spoken.say(f"tables, tracks and a picture in {out}")


def _threshold(text: str) -> str | float:
    """A number, or the name of a rule."""
    try:
        return float(text)
    except ValueError:
        return text.lower()


def _draw(path: Path, table: "pd.DataFrame", windows_bp: "Sequence[int]") -> None:
    """Strengths at each window."""
    from cisgram.report.contact_plots import distance_label
    from cisgram.report.map_feature_plots import plot_boundary_strengths
    from cisgram.report.png import write_png
    from cisgram.report.style import house_style, new_figure

    with house_style():
        figure = new_figure(2.7 * len(windows_bp), 2.4)
        for ax, window in zip(figure.subplots(1, len(windows_bp), squeeze=False)[0], windows_bp, strict=True):
            strength = table[f"boundary_strength_{window}"].to_numpy()
            called = table[f"is_boundary_{window}"].to_numpy()
            plot_boundary_strengths(strength, called, ax=ax, title=f"window {distance_label(window)}")
        write_png(path, figure)
