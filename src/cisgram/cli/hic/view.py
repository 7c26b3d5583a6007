"""``cisgram hic view``: a stretch of a contact map as a square and as a triangle, with tracks beneath."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cisgram import __version__
from cisgram.cli.hic.options import Chroms, IgnoreDiagonals, Map, Out, Resolution, Weight
from cisgram.cli.session import Json, Quiet, session

if TYPE_CHECKING:
    from cisgram.genomics.interval import Interval
    from cisgram.report.contact_figure import MapView


def view(
    map_file: Map,
    region: Annotated[str, typer.Argument(help="Locus such as chr1:1-1,000,000, or a whole contig.")],
    out: Out,
    resolution: Resolution = None,
    chroms: Chroms = None,
    weight: Weight = "weight",
    other: Annotated[str | None, typer.Option("--with", help="A second map, drawn against the first.")] = None,
    ratio: Annotated[
        bool, typer.Option("--ratio", help="Observed over expected (natural logarithm), few counts smoothed.")
    ] = False,
    limit: Annotated[
        float | None, typer.Option("--limit", min=0, help="--ratio: where colours end, as a natural logarithm.")
    ] = None,
    max_distance: Annotated[
        int | None,
        typer.Option("--max-distance", min=1, help="Height of the triangle in bp (default: half the stretch)."),
    ] = None,
    bigwig: Annotated[list[Path] | None, typer.Option("--bigwig", help="Track beneath. Repeat for more.")] = None,
    bed: Annotated[list[Path] | None, typer.Option("--bed", help="Intervals or motif sites beneath.")] = None,
    genes: Annotated[Path | None, typer.Option("--genes", help="GTF, GFF3, BED or genePred of genes.")] = None,
    domains: Annotated[Path | None, typer.Option("--domains", help="BED of domains, outlined.")] = None,
    loops: Annotated[Path | None, typer.Option("--loops", help="BEDPE of loops, circled.")] = None,
    insulation: Annotated[
        int | None, typer.Option("--insulation", min=1, help="Show insulation and boundaries of this window in bp.")
    ] = None,
    viewpoint: Annotated[
        list[str] | None, typer.Option("--viewpoint", help="Virtual 4C of this locus, and as bigWig. Repeat for more.")
    ] = None,
    baits: Annotated[
        Path | None, typer.Option("--baits", help="BED: contacts between these places of the whole map (5C, capture).")
    ] = None,
    peaks: Annotated[
        Path | None, typer.Option("--peaks", help="BED: contacts between these peaks on the stretch (ChIA-PET-like).")
    ] = None,
    ignore_diagonals: IgnoreDiagonals = 2,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Draw a stretch of one or two contact maps with all that is known of it.

    Writes triangle.png and square.png; with --viewpoint a bigWig each, with --baits capture.tsv and capture.png, with
    --peaks site_contacts.tsv.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from dataclasses import replace

        from cisgram.cli.hic.inputs import open_map, read_region
        from cisgram.cli.hic.sites import read_pairs, read_places
        from cisgram.cli.hic.view_rows import rows_of_files, rows_of_map
        from cisgram.cli.hic.view_tables import write_capture, write_site_contacts, write_viewpoint
        from cisgram.report.map_view import map_view

        source = open_map(map_file, resolution=resolution, chroms=chroms, weight=weight)
        locus = read_region(region, source.bins)
        distance = max_distance or max(len(locus) // 2, 2 * source.bins.bin_size)
        notes = {"cisgram": __version__, "map": map_file, "region": str(locus)}
        marked: dict[str, Any] = {
            "domains": None if domains is None else read_places(domains, source.bins),
            "loops": None if loops is None else read_pairs(loops, source.bins),
        }
        scores, boundaries_bp = rows_of_map(source, locus, window_bp=insulation)
        marked["boundaries_bp"] = boundaries_bp
        drawn = {"is_ratio": ratio, "limit": limit, "distance": distance, "ignore_diagonals": ignore_diagonals}
        views = [replace(map_view(source, locus, _title(map_file), **drawn), **marked)]
        if other is not None:
            second = open_map(other, resolution=resolution or source.bins.bin_size, chroms=chroms, weight=weight)
            views.append(map_view(second, locus, _title(other), **drawn))
            views = _on_one_scale(views)
        rows = [*scores, *(write_viewpoint(out, source, locus, text, kind_ratio=ratio) for text in viewpoint or [])]
        if peaks is not None:
            rows += write_site_contacts(out, source, locus, peaks, longest=distance, notes=notes)
        rows += rows_of_files(source.bins, locus, bigwigs=bigwig or [], beds=bed or [], genes=genes)
        pictures = _draw(out, views, locus, rows, distance)
        if baits is not None:
            pictures.append(write_capture(out, source, baits, notes=notes))
        spoken.say(f"{locus.chrom}:{locus.start + 1:,}-{locus.end:,} at {source.bins.bin_size:,} bp")
        spoken.say("pictures: " + ", ".join(map(str, pictures)))
        spoken.result = {"out": str(out), "region": str(locus), "pictures": [path.name for path in pictures]}


def _title(map_file: str) -> str:
    """What a map is called in a picture: its file without folder and ending."""
    return Path(map_file.partition("::")[0]).name.rsplit(".", 1)[0]


def _on_one_scale(views: "list[MapView]") -> "list[MapView]":
    """Two maps of one unit in the same colours; counts keep scales of their own, as depths differ."""
    from dataclasses import replace

    scales = [view.scale for view in views if view.scale is not None]
    if len({(scale.kind, scale.unit) for scale in scales}) > 1 or scales[0].unit == "contacts":
        return views
    widest = replace(scales[0], low=min(scale.low for scale in scales), high=max(scale.high for scale in scales))
    return [replace(view, scale=widest) for view in views]


def _draw(out: Path, views: "list[MapView]", locus: "Interval", rows: list[Any], distance: int) -> list[Path]:
    """Both pictures."""
    from cisgram.report.contact_figure import contact_figure
    from cisgram.report.png import write_png
    from cisgram.report.style import house_style

    with house_style():
        triangle = contact_figure(views, locus, rows=rows, max_distance=distance, is_mirrored=len(views) == 2)
        square = contact_figure(views, locus, rows=rows, shape="square", width=6.0)
        return [write_png(out / "triangle.png", triangle), write_png(out / "square.png", square)]
