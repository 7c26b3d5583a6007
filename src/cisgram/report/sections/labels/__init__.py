"""The parts of the page of a run on labels, one question per file."""

from cisgram.report.sections.labels.accuracy import accuracy
from cisgram.report.sections.labels.cell_types import cell_types
from cisgram.report.sections.labels.filters import filters
from cisgram.report.sections.labels.inputs import inputs
from cisgram.report.sections.labels.single_task import single_task
from cisgram.report.sections.labels.truth import truth

__all__ = ["accuracy", "cell_types", "filters", "inputs", "single_task", "truth"]
