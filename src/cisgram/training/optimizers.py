"""The optimisers of a training."""

from collections.abc import Sequence

import torch
from torch import nn

from cisgram.training.config import FitConfig


def make_optimizer(parameters: Sequence[nn.Parameter], config: FitConfig) -> torch.optim.Optimizer:
    """Make the optimiser that the settings ask for.

    Parameters
    ----------
    parameters
        What is to learn.
    config
        With the optimiser's name and its settings.

    Returns
    -------
    torch.optim.Optimizer
        ``adam``: AdamW; ``sgd``: stochastic gradient descent, with momentum and with the weight decay as part of the
        gradient.

    Examples
    --------
    >>> type(make_optimizer([nn.Parameter(torch.zeros(1))], FitConfig(optimizer="sgd"))).__name__
    'SGD'
    """
    if config.optimizer == "sgd":
        return torch.optim.SGD(
            parameters,
            lr=config.learning_rate,
            momentum=config.momentum,
            weight_decay=config.weight_decay,
            fused=True,
        )
    return torch.optim.AdamW(
        parameters, lr=config.learning_rate, betas=config.betas, weight_decay=config.weight_decay, fused=True
    )
