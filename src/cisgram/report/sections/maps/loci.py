"""The question: how does all that look along the genome."""

from cisgram.report.blocks import Picture, Section
from cisgram.report.map_results import MapResults
from cisgram.report.style import house_style, png_uri

_LEAD = (
    "Above: balanced contacts, with domains. Below, hanging: natural logarithm of observed over expected, pixels of "
    "few contacts smoothed, with loops as circles. Dots and dashed lines are boundaries."
)


def loci(results: MapResults) -> Section | None:
    """Triangles of chosen stretches with tracks beneath."""
    if not results.loci:
        return None
    shown = []
    for one in results.loci:
        with house_style():
            across = float(one.figure.get_size_inches()[0])
            shown.append(Picture(png_uri(one.figure), one.title, width=round(96 * across)))
    return Section("Along the genome", _LEAD, shown)
