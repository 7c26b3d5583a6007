"""What a Basset has learnt about some cell types serves for others: a new head on the same trunk.

Kelley et al. (2016) seed the training for a new cell type with the weights of the other ones, and pass the new data
once (`basset_train.lua -seed`).
"""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor

from cisgram.errors import ConfigError, InputError
from cisgram.models.basset import Basset, BassetHead
from cisgram.nn.strands import PairMean


def replace_head(model: Basset, *, n_tracks: int, seed: int) -> Basset:
    """Copy a model and give the copy a new, random head, for other cell types.

    Parameters
    ----------
    model
        Stays as it is.
    n_tracks
        Cell types of the copy.
    seed
        Of the head's weights; torch's random state stays as it was.

    Returns
    -------
    Basset
        With the same trunk; on the same device, in the same mode.
    """
    if n_tracks < 1:
        raise ConfigError(f"a model predicts at least 1 track; got n_tracks = {n_tracks}")
    copied, old = copy.deepcopy(model), model.head
    is_paired = isinstance(old.both_strands, PairMean)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = BassetHead(old.linear.in_features * (2 if is_paired else 1), n_tracks=n_tracks, is_paired=is_paired)
    copied.head = fresh.to(old.linear.weight).train(old.training)
    return copied


def freeze_trunk(model: Basset) -> None:
    """Let only the head learn: weights and running statistics of all other layers stay as they are in training."""
    for name, parameter in model.named_parameters():
        if not _is_of_head(name):
            parameter.requires_grad = False


def load_trunk(model: Basset, state: Mapping[str, Tensor]) -> None:
    """Give a model the trunk of another, whatever cell types that one predicts.

    Parameters
    ----------
    model
        Its trunk is overwritten; its head stays.
    state
        Weights of a Basset with the same trunk, from ``state_dict()`` or a checkpoint; the head's are passed over.

    Raises
    ------
    InputError
        Where names or shapes of the trunk differ.
    """
    own = {name: value for name, value in model.state_dict().items() if not _is_of_head(name)}
    given = {name: value for name, value in state.items() if not _is_of_head(name)}
    if odd := sorted(own.keys() ^ given.keys()):
        raise InputError(f"these weights are of another trunk: only one of the two has {', '.join(odd[:3])}")
    for name, value in given.items():
        if value.shape != own[name].shape:
            raise InputError(
                f"these weights are of another trunk: {name} has the shape {tuple(value.shape)}, "
                f"and that of this model {tuple(own[name].shape)}"
            )
    model.load_state_dict(given, strict=False)


def _is_of_head(name: str) -> bool:
    """Whether a parameter or buffer belongs to the head."""
    return name.startswith("head.")
