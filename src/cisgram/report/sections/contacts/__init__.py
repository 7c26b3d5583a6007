"""The parts of the page of a run on contact maps, one question per file."""

from cisgram.report.sections.contacts.accuracy import accuracy
from cisgram.report.sections.contacts.distance import distance
from cisgram.report.sections.contacts.folding import folding
from cisgram.report.sections.contacts.inputs import inputs
from cisgram.report.sections.contacts.truth import truth
from cisgram.report.sections.contacts.windows import windows

__all__ = ["accuracy", "distance", "folding", "inputs", "truth", "windows"]
