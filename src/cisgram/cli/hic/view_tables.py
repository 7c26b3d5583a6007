"""What ``cisgram hic view`` writes besides pictures: virtual 4C, capture matrices, contacts between peaks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cisgram.genomics.contacts import ContactSource
    from cisgram.genomics.interval import Interval
    from cisgram.report.contact_tracks import SignalRow, TrackRow

_MOST_ARCS = 150
_Q = 0.05


def write_viewpoint(
    out: Path, source: "ContactSource", locus: "Interval", text: str, *, kind_ratio: bool
) -> "SignalRow":
    """Virtual 4C of one place: a bigWig of its whole contig, and the row of a picture."""
    import numpy as np

    from cisgram.cli.hic.inputs import read_region
    from cisgram.hic.viewpoint import viewpoint
    from cisgram.io.bigwig import write_bigwig_pieces
    from cisgram.report.contact_tracks import SignalRow
    from cisgram.report.style import CEILING

    place = read_region(text, source.bins)
    kind = "counts" if source.weights is None else "ratio" if kind_ratio else "balanced"
    kind = "balanced" if kind == "ratio" and place.chrom != locus.chrom else kind
    values = viewpoint(source, place, chrom=locus.chrom, kind=kind)
    bin_size, size = source.bins.bin_size, source.bins.size_of(locus.chrom)
    name = f"viewpoint_{place.chrom}_{place.start + 1}-{place.end}.bw"
    pieces = (
        (locus.chrom, number * bin_size, np.full(min(bin_size, size - number * bin_size), value, dtype=np.float32))
        for number, value in enumerate(values)
        if np.isfinite(value)
    )
    write_bigwig_pieces(out / name, {locus.chrom: size}, pieces)
    seen = slice(locus.start // bin_size, -(-locus.end // bin_size))
    middle = (place.start + place.end) / 2
    marks = (middle,) if place.chrom == locus.chrom and locus.start < middle < locus.end else ()
    label = f"contacts of\n{place.chrom}:{place.start / 1e3:,.0f} kb"
    return SignalRow(label, values[seen], seen.start * bin_size, bin_size, color=CEILING, marks_bp=marks)


def write_site_contacts(
    out: Path, source: "ContactSource", locus: "Interval", peaks: Path, *, longest: int, notes: dict[str, Any]
) -> "list[TrackRow]":
    """Contacts between peaks of the stretch beside those that distance expects; peaks and best pairs as rows."""
    from cisgram.cli.hic.sites import read_places
    from cisgram.genomics.site_pairs import all_pairs
    from cisgram.hic.site_contacts import contacts_between
    from cisgram.io.tables import write_table
    from cisgram.report.contact_tracks import ArcRow, IntervalRow

    sites = read_places(peaks, source.bins)
    near = (sites["chrom"] == locus.chrom) & (sites["end"] > locus.start) & (sites["start"] < locus.end)
    rows: list[TrackRow] = [IntervalRow("peaks", sites[near])]
    pairs = all_pairs(sites[near], min_distance_bp=3 * source.bins.bin_size, max_distance_bp=longest)
    if pairs.empty:
        return rows
    table = contacts_between(source, pairs)
    write_table(out / "site_contacts.tsv", table, provenance={**notes, "peaks": str(peaks)})
    best = table[(table["q_value"] < _Q) & (table["ratio"] > 1)].nsmallest(_MOST_ARCS, "p_value")
    return [*rows, ArcRow(f"peaks that meet\n(q < {_Q:g})", best)]


def write_capture(out: Path, source: "ContactSource", baits: Path, *, notes: dict[str, Any]) -> Path:
    """Contacts between all baits of the map: a table and a picture."""
    from matplotlib.figure import Figure

    from cisgram.cli.hic.sites import read_places
    from cisgram.hic.capture import capture
    from cisgram.io.tables import write_table
    from cisgram.report.capture_plots import plot_capture
    from cisgram.report.png import write_png
    from cisgram.report.style import house_style

    places = read_places(baits, source.bins)
    kind = "counts" if source.weights is None else "balanced"
    order = {chrom: number for number, chrom in enumerate(source.bins.chroms)}
    places = places[places["chrom"].isin(order)].assign(_contig=lambda table: table["chrom"].map(order))
    places = places.sort_values(["_contig", "start"], kind="stable", ignore_index=True).drop(columns="_contig")
    found = capture(source, places, kind=kind)
    write_table(out / "capture.tsv", found.table(), provenance={**notes, "baits": str(baits)})
    with house_style():
        side = min(2.5 + 0.14 * len(found.baits), 8.0)
        figure = Figure(figsize=(side + 0.8, side), layout="constrained")
        layout = figure.add_gridspec(1, 2, width_ratios=[1.0, 0.035])
        bar = figure.add_subplot(layout[0, 1])
        plot_capture(found, ax=figure.add_subplot(layout[0, 0]), bar=bar)
        return write_png(out / "capture.png", figure)
