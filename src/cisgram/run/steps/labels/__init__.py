"""The steps of a run on labels: what is open or bound where, or any number per sequence, predicted by Basset."""

from cisgram.run.steps.labels.baselines import baselines
from cisgram.run.steps.labels.evaluate import evaluate
from cisgram.run.steps.labels.filters import filters
from cisgram.run.steps.labels.predict import predict
from cisgram.run.steps.labels.prepare import inputs, prepare
from cisgram.run.steps.labels.recover import recover
from cisgram.run.steps.labels.single_task import single_task
from cisgram.run.steps.labels.train import train

__all__ = ["baselines", "evaluate", "filters", "inputs", "predict", "prepare", "recover", "single_task", "train"]
