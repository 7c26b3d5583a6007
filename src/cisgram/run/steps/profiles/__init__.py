"""The steps of a run on profiles: counts per base, predicted by BPNet."""

from cisgram.run.steps.profiles.contributions import contributions
from cisgram.run.steps.profiles.evaluate import evaluate
from cisgram.run.steps.profiles.grammar import grammar
from cisgram.run.steps.profiles.interactions import interactions
from cisgram.run.steps.profiles.patterns import patterns
from cisgram.run.steps.profiles.predict import predict
from cisgram.run.steps.profiles.prepare import inputs, prepare
from cisgram.run.steps.profiles.recover import recover
from cisgram.run.steps.profiles.train import train

__all__ = [
    "contributions",
    "evaluate",
    "grammar",
    "inputs",
    "interactions",
    "patterns",
    "predict",
    "prepare",
    "recover",
    "train",
]
