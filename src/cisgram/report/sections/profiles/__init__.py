"""The parts of the page of a run on profiles, one question per file."""

from cisgram.report.sections.profiles.accuracy import accuracy
from cisgram.report.sections.profiles.examples import examples
from cisgram.report.sections.profiles.grammar import grammar
from cisgram.report.sections.profiles.inputs import inputs
from cisgram.report.sections.profiles.interactions import interactions
from cisgram.report.sections.profiles.loci import loci
from cisgram.report.sections.profiles.motifs import motifs
from cisgram.report.sections.profiles.truth import truth

__all__ = ["accuracy", "examples", "grammar", "inputs", "interactions", "loci", "motifs", "truth"]
