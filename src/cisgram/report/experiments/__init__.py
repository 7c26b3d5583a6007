"""Pages of in-silico experiments: what was asked, what came out, and the pictures."""

from cisgram.report.experiments.disruption import VariantPicture, write_disruption_report
from cisgram.report.experiments.insertion import write_insertion_report
from cisgram.report.experiments.saturation import SequencePicture, write_saturation_report
from cisgram.report.experiments.spacing import write_spacing_report

__all__ = [
    "SequencePicture",
    "VariantPicture",
    "write_disruption_report",
    "write_insertion_report",
    "write_saturation_report",
    "write_spacing_report",
]
