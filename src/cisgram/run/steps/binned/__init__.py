"""The steps of a run on tracks in bins: signal along a genome, learnt from long sequences by Basenji."""

from cisgram.run.steps.binned.distal import distal, distal_inputs, is_asked
from cisgram.run.steps.binned.evaluate import evaluate
from cisgram.run.steps.binned.predict import predict
from cisgram.run.steps.binned.prepare import inputs, prepare
from cisgram.run.steps.binned.recover import recover
from cisgram.run.steps.binned.train import train

__all__ = ["distal", "distal_inputs", "evaluate", "inputs", "is_asked", "predict", "prepare", "recover", "train"]
