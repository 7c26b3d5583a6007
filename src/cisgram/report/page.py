"""A run folder as one HTML file that opens without a network."""

from collections.abc import Callable, Sequence
from pathlib import Path

from cisgram.io.files import write_text_atomic
from cisgram.report.blocks import Section
from cisgram.report.document import page_html
from cisgram.report.results import RunResults, read_results
from cisgram.report.sections.accuracy import accuracy
from cisgram.report.sections.examples import examples
from cisgram.report.sections.inputs import inputs
from cisgram.report.sections.motifs import motifs
from cisgram.report.sections.provenance import provenance
from cisgram.report.sections.training import training
from cisgram.report.sections.truth import truth

SECTIONS: Sequence[Callable[[RunResults], Section | None]] = (
    accuracy,
    examples,
    motifs,
    truth,
    inputs,
    training,
    provenance,
)
"""The parts of the page in their order: first what was found, then how it came about."""


def write_report(folder: Path, path: Path | None = None) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    folder
        Run folder; what has not been done yet is left out of the page.
    path
        Where to write; ``report.html`` in the run folder by default.

    Returns
    -------
    pathlib.Path
        The file: one HTML page with all pictures inside, no scripts, nothing loaded from elsewhere.
    """
    results = read_results(folder)
    sections = [section for make in SECTIONS if (section := make(results)) is not None]
    path = folder / "report.html" if path is None else path
    tracks = ", ".join(track["name"] for track in results.config["tracks"])
    write_text_atomic(path, page_html(sections, title=results.config["name"], subtitle=tracks))
    return path
