"""A run folder as one HTML file that opens without a network."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cisgram.io.files import write_text_atomic
from cisgram.report.binned_results import read_binned_results
from cisgram.report.blocks import Section
from cisgram.report.contact_results import read_contact_results
from cisgram.report.coverage_results import read_coverage_results
from cisgram.report.document import page_html
from cisgram.report.label_results import read_label_results
from cisgram.report.profile_results import read_profile_results
from cisgram.report.results import read_common
from cisgram.report.sections import binned, contacts, coverage, labels, profiles
from cisgram.report.sections.fitness import fitness
from cisgram.report.sections.provenance import provenance
from cisgram.report.sections.training import training


class PageKind(NamedTuple):
    """How the page of one kind of run is made."""

    read: Callable[[Path], Any]
    """Reads the folder."""
    sections: Sequence[Callable[[Any], Section | None]]
    """The parts of the page in their order: first what was found, then how it came about."""


PAGES = {
    "bpnet": PageKind(
        read_profile_results,
        (
            profiles.accuracy,
            profiles.examples,
            profiles.motifs,
            profiles.grammar,
            profiles.interactions,
            profiles.loci,
            profiles.truth,
            fitness,
            profiles.inputs,
            training,
            provenance,
        ),
    ),
    "basset": PageKind(
        read_label_results,
        (
            labels.accuracy,
            labels.single_task,
            labels.filters,
            labels.cell_types,
            labels.truth,
            fitness,
            labels.inputs,
            training,
            provenance,
        ),
    ),
    "atacworks": PageKind(
        read_coverage_results,
        (
            coverage.depth,
            coverage.peaks,
            coverage.called,
            coverage.own_peaks,
            coverage.transfer,
            coverage.equivalents,
            coverage.tracks,
            coverage.starts,
            coverage.truth,
            fitness,
            coverage.inputs,
            training,
            provenance,
        ),
    ),
    "akita": PageKind(
        read_contact_results,
        (
            contacts.accuracy,
            contacts.distance,
            contacts.windows,
            contacts.folding,
            contacts.truth,
            fitness,
            contacts.inputs,
            training,
            provenance,
        ),
    ),
    "basenji": PageKind(
        read_binned_results,
        (
            binned.accuracy,
            binned.replicates,
            binned.stretches,
            binned.widths,
            binned.peaks,
            binned.genes,
            binned.distal,
            binned.truth,
            fitness,
            binned.inputs,
            training,
            provenance,
        ),
    ),
}
"""By the name of the model."""

TRUTHS: dict[str, Callable[[Any], Section | None]] = {
    "bpnet": profiles.truth,
    "basset": labels.truth,
    "atacworks": coverage.truth,
    "akita": contacts.truth,
    "basenji": binned.truth,
}
"""The part of each page that compares with planted truth."""


def truth_findings(folder: Path) -> list[str]:
    """What the report says of planted truth, a sentence each; nothing for a run on other data.

    Parameters
    ----------
    folder
        Run folder.
    """
    model = _model_of(folder)
    section = TRUTHS[model](PAGES[model].read(folder))
    return [] if section is None else list(section.findings)


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
    kind = PAGES[_model_of(folder)]
    results = kind.read(folder)
    sections = [section for make in kind.sections if (section := make(results)) is not None]
    path = folder / "report.html" if path is None else path
    write_text_atomic(path, page_html(sections, title=results.config["name"], subtitle=results.subtitle))
    return path


def _model_of(folder: Path) -> str:
    """Name of a run's model."""
    return read_common(folder)["config"].get("model", {}).get("name", "bpnet")
