"""The parts of the page of a run on coverage, one question per file."""

from cisgram.report.sections.coverage.depth import depth
from cisgram.report.sections.coverage.equivalents import equivalents
from cisgram.report.sections.coverage.inputs import inputs
from cisgram.report.sections.coverage.peaks import peaks
from cisgram.report.sections.coverage.starts import starts
from cisgram.report.sections.coverage.tracks import tracks

__all__ = ["depth", "equivalents", "inputs", "peaks", "starts", "tracks"]
