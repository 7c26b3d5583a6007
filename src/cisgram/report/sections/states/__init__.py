"""The parts of the page of chromatin states, one question per file."""

from cisgram.report.sections.states.cell_types import cell_types
from cisgram.report.sections.states.enrichment import enrichment
from cisgram.report.sections.states.loci import loci
from cisgram.report.sections.states.marks import marks
from cisgram.report.sections.states.matches import agreements, matches
from cisgram.report.sections.states.neighborhood import neighborhood
from cisgram.report.sections.states.settings import settings
from cisgram.report.sections.states.share import share
from cisgram.report.sections.states.training import training

__all__ = [
    "agreements",
    "cell_types",
    "enrichment",
    "loci",
    "marks",
    "matches",
    "neighborhood",
    "settings",
    "share",
    "training",
]
