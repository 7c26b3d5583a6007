"""A cap on how large the weights into one unit may become."""

import torch
from torch import nn


@torch.no_grad()
def cap_row_norms(module: nn.Module, limit: float) -> None:
    """Shorten every row of weights that is longer than a limit; the module is changed in place.

    A row is what goes into one output channel, of a convolution with all its positions. Constants and the scales of
    norm layers, which have a single axis, and parameters that do not learn stay as they are.

    Parameters
    ----------
    module
        Whose parameters are looked at, with those of its parts.
    limit
        Largest L2 norm of a row; above 0.

    References
    ----------
    Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting, section 5.1.
    Kelley, Snoek and Rinn (2016) cap the rows of Basset at 7.

    Examples
    --------
    >>> layer = nn.Linear(2, 1)
    >>> _ = nn.init.constant_(layer.weight, 10.0)
    >>> cap_row_norms(layer, 5.0)
    >>> round(layer.weight.norm().item(), 4)
    5.0
    """
    for weight in module.parameters():
        if weight.requires_grad and weight.ndim > 1:
            weight.copy_(weight.renorm(2, 0, limit))
