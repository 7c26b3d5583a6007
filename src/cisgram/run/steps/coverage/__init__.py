"""The steps of a run on coverage: shallow ATAC-seq made deep, and its peaks, by AtacWorks."""

from cisgram.run.steps.coverage.adopted import adopted_input
from cisgram.run.steps.coverage.evaluate import evaluate
from cisgram.run.steps.coverage.prepare import inputs, prepare
from cisgram.run.steps.coverage.recover import recover
from cisgram.run.steps.coverage.train import train

__all__ = ["adopted_input", "evaluate", "inputs", "prepare", "recover", "train"]
