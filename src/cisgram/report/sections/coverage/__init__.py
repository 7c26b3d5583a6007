"""The parts of the page of a run on coverage, one question per file."""

from cisgram.report.sections.coverage.called import called
from cisgram.report.sections.coverage.depth import depth
from cisgram.report.sections.coverage.equivalents import equivalents
from cisgram.report.sections.coverage.inputs import inputs
from cisgram.report.sections.coverage.own_peaks import own_peaks
from cisgram.report.sections.coverage.peaks import peaks
from cisgram.report.sections.coverage.starts import starts
from cisgram.report.sections.coverage.tracks import tracks
from cisgram.report.sections.coverage.transfer import transfer
from cisgram.report.sections.coverage.truth import truth

__all__ = ["called", "depth", "equivalents", "inputs", "own_peaks", "peaks", "starts", "tracks", "transfer", "truth"]
