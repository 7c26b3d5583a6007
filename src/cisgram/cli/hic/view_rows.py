"""What stands beneath a map in ``cisgram hic view``: scores of the map itself, and files."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cisgram.genomics.contacts import ContactBins, ContactSource
    from cisgram.genomics.interval import Interval
    from cisgram.report.contact_tracks import SignalRow, TrackRow

_CELLS = 1500
_STRETCH_BP = 1 << 24


def rows_of_map(
    source: "ContactSource", locus: "Interval", *, window_bp: int | None
) -> "tuple[list[TrackRow], tuple[float, ...]]":
    """Insulation of one window as a row, and where its boundaries are; nothing where there is no window."""
    if window_bp is None:
        return [], ()
    import numpy as np

    from cisgram.hic.insulation import InsulationConfig, boundaries, insulation
    from cisgram.report.contact_plots import distance_label
    from cisgram.report.contact_tracks import SignalRow

    table = insulation(source, InsulationConfig(windows_bp=(window_bp,)), chroms=[locus.chrom])
    called = boundaries(table, window_bp)
    # The diamond of a bin stands upon its middle.
    places = ((called["start"] + called["end"]) / 2).tolist()
    values = table[f"log2_insulation_score_{window_bp}"].to_numpy(np.float64)
    bin_size = source.bins.bin_size
    seen = slice(locus.start // bin_size, -(-locus.end // bin_size))
    inside = tuple(place for place in places if locus.start < place < locus.end)
    label = f"insulation\n{distance_label(window_bp)}, log2"
    start = seen.start * bin_size
    return [SignalRow(label, values[seen], start, bin_size, kind="signed", marks_bp=inside)], inside


def rows_of_files(
    bins: "ContactBins", locus: "Interval", *, bigwigs: Sequence[Path], beds: Sequence[Path], genes: Path | None
) -> "list[TrackRow]":
    """Tracks, intervals and genes of files; contigs are matched by name."""
    from cisgram.cli.hic.sites import on_map, read_places
    from cisgram.io.genes import read_genes
    from cisgram.report.contact_tracks import GeneRow, IntervalRow
    from cisgram.report.style import SERIES

    rows: list[TrackRow] = []
    for number, path in enumerate(bigwigs):
        rows.append(_signal(path, bins, locus, SERIES[number % len(SERIES)]))
    rows += [IntervalRow(_name(path), read_places(path, bins)) for path in beds]
    if genes is not None:
        rows.append(GeneRow(on_map(read_genes(genes), bins, what=str(genes))))
    return rows


def _name(path: Path) -> str:
    """A file without folder and ending, in up to three lines that fit to the left of a row."""
    name = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    return "\n".join(wrap(name.replace("_", "_\u200b "), 16)[:3]).replace("\u200b ", "").replace("\u200b", "")


def _signal(path: Path, bins: "ContactBins", locus: "Interval", color: str) -> "SignalRow":
    """A bigWig along the stretch: the largest value of every cell, that narrow peaks are seen; means where signed."""
    import numpy as np

    from cisgram.genomics.contigs import match_contigs
    from cisgram.genomics.interval import interval_table
    from cisgram.io.bigwig import bigwig_sizes, read_bigwig_windows
    from cisgram.report.contact_tracks import SignalRow

    names = match_contigs(bins.sizes, list(bigwig_sizes(path)), what=str(path)).to_other
    cell = max(1, len(locus) // _CELLS)
    n = -(-len(locus) // cell)
    at_once = max(1, _STRETCH_BP // cell)
    largest, mean = np.zeros(n), np.zeros(n)
    for first in range(0, n, at_once):
        many = min(at_once, n - first)
        start = locus.start + first * cell
        stretch = interval_table([locus.chrom], [start], [start + many * cell])
        values = read_bigwig_windows(path, stretch, contigs=names).reshape(many, cell)
        largest[first : first + many] = values.max(axis=1)
        mean[first : first + many] = values.mean(axis=1)
    is_signed = bool((mean < 0).any())
    kind = "signed" if is_signed else "filled"
    return SignalRow(_name(path), mean if is_signed else largest, locus.start, cell, kind=kind, color=color)
