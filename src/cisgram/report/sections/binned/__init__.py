"""The parts of the page of a run on tracks in bins, one question per file."""

from cisgram.report.sections.binned.accuracy import accuracy
from cisgram.report.sections.binned.distal import distal
from cisgram.report.sections.binned.genes import genes
from cisgram.report.sections.binned.inputs import inputs
from cisgram.report.sections.binned.peaks import peaks
from cisgram.report.sections.binned.replicates import replicates
from cisgram.report.sections.binned.stretches import stretches
from cisgram.report.sections.binned.truth import truth
from cisgram.report.sections.binned.widths import widths

__all__ = ["accuracy", "distal", "genes", "inputs", "peaks", "replicates", "stretches", "truth", "widths"]
