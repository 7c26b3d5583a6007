"""The parts of the page of one contact map, one question per file."""

from cisgram.report.sections.maps.agreement import agreement
from cisgram.report.sections.maps.compartments import compartments
from cisgram.report.sections.maps.decay import decay
from cisgram.report.sections.maps.domains import domains
from cisgram.report.sections.maps.insulation import insulation
from cisgram.report.sections.maps.known import known
from cisgram.report.sections.maps.loci import loci
from cisgram.report.sections.maps.loops import loops
from cisgram.report.sections.maps.overview import overview
from cisgram.report.sections.maps.settings import settings
from cisgram.report.sections.maps.territories import territories
from cisgram.report.sections.maps.truth import truth

__all__ = [
    "agreement",
    "compartments",
    "decay",
    "domains",
    "insulation",
    "known",
    "loci",
    "loops",
    "overview",
    "settings",
    "territories",
    "truth",
]
