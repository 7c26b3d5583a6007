"""In-silico saturation mutagenesis: the score of every single-base substitution."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from cisgram.interpret.scores import ScoreFunction, anchored
from cisgram.nn.tensors import Contributions, OneHot
from cisgram.nn.tensors import Score as ScoreTensor


class Mutagenesis(NamedTuple):
    """What every substitution does to a score."""

    effects: Contributions
    """Score with a base put at a position, minus the score as it is; zero for the base that is there."""
    example_scores: ScoreTensor
    """Score of every sequence as it is."""


def mutagenesis_effects(
    model: nn.Module, examples: OneHot, *, scores: Sequence[ScoreFunction], batch_size: int
) -> list[Mutagenesis]:
    """Put every base at every position, one at a time, and see what the scores become.

    Parameters
    ----------
    model
        In evaluation mode; called as ``model(one_hot)``. It sees 3 length + 1 sequences per example (4 at N).
    examples
        One-hot sequences, on the model's device.
    scores
        Functions ``output -> (batch,)``; what they hold fixed is that of the sequence as it is.
    batch_size
        Mutants at a time.

    Returns
    -------
    list of Mutagenesis
        One per score.
    """
    results = [Mutagenesis(torch.zeros_like(examples), examples.new_zeros(len(examples))) for _ in scores]
    with torch.no_grad():
        for row, example in enumerate(examples):
            output = model(example[None])
            functions = [anchored(score, output) for score in scores]
            for function, result in zip(functions, results, strict=True):
                result.example_scores[row] = function(output, 1)[0]
            for edits in (example == 0).nonzero().split(batch_size):
                bases, positions = edits.T
                mutants = example.repeat(len(edits), 1, 1)
                which = torch.arange(len(edits), device=example.device)
                mutants[which, :, positions] = 0
                mutants[which, bases, positions] = 1
                output = model(mutants)
                for function, result in zip(functions, results, strict=True):
                    result.effects[row, bases, positions] = function(output, len(edits)) - result.example_scores[row]
    return results
