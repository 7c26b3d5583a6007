"""The steps of a run on coverage: shallow ATAC-seq made deep, and its peaks, by AtacWorks."""

from cisgram.run.steps.coverage.evaluate import evaluate
from cisgram.run.steps.coverage.prepare import inputs, prepare
from cisgram.run.steps.coverage.train import train

__all__ = ["evaluate", "inputs", "prepare", "train"]
