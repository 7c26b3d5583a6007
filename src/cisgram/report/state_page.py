"""The page of chromatin states: of a learned model, of enrichments, or of a comparison."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from cisgram.io.files import write_text_atomic
from cisgram.report.blocks import Section
from cisgram.report.document import page_html
from cisgram.report.sections import states
from cisgram.report.state_results import StateResults

SECTIONS: Sequence[Callable[[StateResults], Section | None]] = (
    states.marks,
    states.share,
    states.enrichment,
    states.neighborhood,
    states.cell_types,
    states.loci,
    states.matches,
    states.agreements,
    states.training,
    states.settings,
)
"""The parts of the page in their order; one that has nothing to show is left out."""


def write_state_report(path: str | os.PathLike[str], results: StateResults) -> Path:
    """Write the page of chromatin states.

    Parameters
    ----------
    path
        The HTML file.
    results
        What is known; what is missing is left out of the page.

    Returns
    -------
    pathlib.Path
        The file: one page with all pictures inside, no scripts, nothing loaded from elsewhere.
    """
    path = Path(path)
    sections = [section for make in SECTIONS if (section := make(results)) is not None]
    write_text_atomic(path, page_html(sections, title=results.title, subtitle=results.subtitle))
    return path
