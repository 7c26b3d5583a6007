"""The page of one contact map: all that it shows of how a genome folds, and how far to believe it."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from cisgram.io.files import write_text_atomic
from cisgram.report.blocks import Section
from cisgram.report.contact_plots import distance_label
from cisgram.report.document import page_html
from cisgram.report.map_results import MapResults
from cisgram.report.sections import maps

SECTIONS: Sequence[Callable[[MapResults], Section | None]] = (
    maps.overview,
    maps.loci,
    maps.decay,
    maps.territories,
    maps.compartments,
    maps.insulation,
    maps.domains,
    maps.loops,
    maps.known,
    maps.truth,
    maps.agreement,
    maps.settings,
)
"""The parts of the page in their order; one that has nothing to show is left out."""


def write_map_report(path: str | os.PathLike[str], results: MapResults) -> list[str]:
    """Write the page of a contact map.

    Parameters
    ----------
    path
        The HTML file: one page with all pictures inside, no scripts, nothing loaded from elsewhere.
    results
        What is known.

    Returns
    -------
    list of str
        The findings at the top of the page.
    """
    sections = [section for make in SECTIONS if (section := make(results)) is not None]
    subtitle = f"contact map, bins of {distance_label(results.features.bins.bin_size)}"
    write_text_atomic(Path(path), page_html(sections, title=results.title, subtitle=subtitle))
    return [finding for section in sections for finding in section.findings]
