"""Pictures of stretches on the page of a map: contacts above, over expected below, and tracks."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cisgram.cli.hic.report_parts import Asked
    from cisgram.genomics.contacts import ContactSource
    from cisgram.genomics.interval import Interval
    from cisgram.hic.features import MapFeatures
    from cisgram.report.contact_tracks import TrackRow
    from cisgram.report.map_results import LocusPicture


def locus_pictures(
    source: "ContactSource", features: "MapFeatures", coarse: "ContactSource", asked: "Asked", *, window_bp: int
) -> "list[LocusPicture]":
    """Draw the stretches that are asked for, or two that are chosen."""
    from cisgram.cli.hic.inputs import read_region
    from cisgram.hic.example_loci import example_loci
    from cisgram.report.map_results import LocusPicture

    if asked.at:
        chosen = [(read_region(text, source.bins), "") for text in asked.at]
    else:
        chosen = [
            (one.locus, f": {one.why}")
            for one in example_loci(features, window_bp=window_bp, n_bins=_width(source, window_bp))
        ]
    return [
        LocusPicture(
            f"{one.chrom}:{one.start + 1:,}-{one.end:,}{why}", _figure(source, features, coarse, asked, one, window_bp)
        )
        for one, why in chosen
    ]


def _width(source: "ContactSource", window_bp: int) -> int:
    """Bins of a chosen stretch: several times the window."""
    return max(150, min(6 * window_bp // source.bins.bin_size, 400))


def _figure(
    source: "ContactSource",
    features: "MapFeatures",
    coarse: "ContactSource",
    asked: "Asked",
    locus: "Interval",
    window_bp: int,
) -> "Figure":
    """Two triangles and what stands beneath."""
    from dataclasses import replace

    from cisgram.genomics.interval import midpoints
    from cisgram.report.contact_figure import contact_figure
    from cisgram.report.map_view import map_view, on_stretch
    from cisgram.report.style import house_style

    distance = min(len(locus) // 2, max(60 * source.bins.bin_size, 5 * window_bp // 2))
    above = map_view(source, locus, "contacts", distance=distance, ignore_diagonals=asked.ignore_diagonals)
    below = map_view(
        source, locus, "the same", distance=distance, is_ratio=True, ignore_diagonals=asked.ignore_diagonals
    )
    places = midpoints(on_stretch(features.boundaries(window_bp), locus))
    inside = tuple(float(place) for place in places if locus.start < place < locus.end)
    domains = None if features.domains is None else on_stretch(features.domains, locus)
    loops = None if features.loops is None else on_stretch(features.loops, locus)
    views = [replace(above, domains=domains, boundaries_bp=inside), replace(below, loops=loops)]
    rows = _rows(source, features, coarse, asked, locus, window_bp)
    with house_style():
        return contact_figure(views, locus, rows=rows, max_distance=distance, is_mirrored=True)


def _rows(
    source: "ContactSource",
    features: "MapFeatures",
    coarse: "ContactSource",
    asked: "Asked",
    locus: "Interval",
    window_bp: int,
) -> "list[TrackRow]":
    """Insulation, the eigenvector, and tracks of files."""
    import numpy as np

    from cisgram.cli.hic.view_rows import rows_of_files
    from cisgram.genomics.interval import midpoints
    from cisgram.report.contact_plots import distance_label
    from cisgram.report.contact_tracks import SignalRow

    rows: list[TrackRow] = []
    marks = tuple(float(p) for p in midpoints(features.boundaries(window_bp).query("chrom == @locus.chrom")))
    inside = tuple(place for place in marks if locus.start < place < locus.end)
    tracks = [
        (features.insulation, f"log2_insulation_score_{window_bp}", source, f"insulation\n{distance_label(window_bp)}")
    ]
    if features.eigenvectors is not None:
        width = distance_label(coarse.bins.bin_size)
        tracks.append((features.eigenvectors, "E1", coarse, f"eigenvector\n{width}"))
    for table, column, of, label in tracks:
        size = of.bins.bin_size
        values = table.loc[table["chrom"] == locus.chrom, column].to_numpy(np.float64)
        seen = slice(locus.start // size, -(-locus.end // size))
        if np.isfinite(values[seen]).any():
            own = inside if column != "E1" else ()
            rows.append(SignalRow(label, values[seen], seen.start * size, size, kind="signed", marks_bp=own))
    beds = [] if asked.sites is None else [asked.sites]
    return rows + rows_of_files(source.bins, locus, bigwigs=asked.tracks, beds=beds, genes=asked.genes)
