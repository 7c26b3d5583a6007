"""The steps of a run on contact maps: how a genome folds, learnt from its sequence by Akita."""

from cisgram.run.steps.contacts.evaluate import evaluate
from cisgram.run.steps.contacts.folding import folding, is_asked
from cisgram.run.steps.contacts.predict import predict
from cisgram.run.steps.contacts.prepare import inputs, prepare
from cisgram.run.steps.contacts.recover import recover
from cisgram.run.steps.contacts.sites import sites_input
from cisgram.run.steps.contacts.train import train

__all__ = ["evaluate", "folding", "inputs", "is_asked", "predict", "prepare", "recover", "sites_input", "train"]
