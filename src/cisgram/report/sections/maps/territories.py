"""The question: does every chromosome keep to itself, and which others does it meet."""

from functools import partial

from matplotlib.figure import Figure

from cisgram.report.blocks import Section, picture
from cisgram.report.map_results import MapResults
from cisgram.report.territory_plots import plot_cis_shares, plot_territories

_LEAD = (
    "Left: of the ends of contacts on each contig, the share whose other end is on it too (dashed: of all contacts, "
    "the share within contigs). Random ligation, and a genome of many short chromosomes, lower it. Right: contacts "
    "between contigs over those expected from how many each has with all others; counts, not balanced."
)


def territories(results: MapResults) -> Section | None:
    """Shares within contigs, and contigs side by side."""
    found = results.territories
    if found is None or not len(found.pairs) or not found.pairs["observed"].sum():
        return None
    n = len(found.contigs)
    shown = picture(
        partial(_draw, results=results),
        width=8.2,
        height=max(2.6, 0.6 + 0.19 * n),
        caption="Contacts within contigs, and between them over expected (log2).",
    )
    expected = sum(float(size) ** 2 for size in found.contigs["size"]) / float(found.contigs["size"].sum()) ** 2
    text = (
        f"{found.cis_share:.1%} of contacts lie within contigs; if place did not matter, {expected:.1%} would "
        "(sizes of the contigs alone)."
    )
    return Section("Territories", _LEAD, [shown], [text])


def _draw(figure: Figure, results: MapResults) -> None:
    assert results.territories is not None, "sections look before they draw"
    left, right = figure.subplots(1, 2)
    plot_cis_shares(results.territories.contigs, ax=left)
    image = plot_territories(results.territories.pairs, ax=right)
    figure.colorbar(image, ax=right, shrink=0.8).set_label("contacts over expected (log2)")
