"""What a model has learnt serves another: a new head on the same trunk, or the first convolutions alone.

Kelley et al. (2016) seed the training for a new cell type with the weights of the other ones, and pass the new data
once (`basset_train.lua -seed`). Convolutions that know the motifs of accessible sites are a start for a model of
contacts, whose own data are few.
"""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from cisgram.errors import ConfigError, InputError
from cisgram.models.akita import Akita
from cisgram.models.basset import Basset, BassetHead
from cisgram.nn.dilated import ConvolutionBlock
from cisgram.nn.strands import PairMean, with_mirror_image

_OTHER_EPSILON = 1e-5  # of torch's norms


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


def freeze_trunk(model: nn.Module) -> None:
    """Let only the head learn: weights and running statistics of all other layers stay as they are in training."""
    for name, parameter in model.named_parameters():
        if not _is_of_head(name):
            parameter.requires_grad = False


def freeze_convolutions(model: Akita, n_convolutions: int) -> None:
    """Let the first convolutions of an Akita, and their norms, stay as they are in training; all else learns.

    Parameters
    ----------
    model
        Such as :func:`load_convolutions` left it.
    n_convolutions
        How many.
    """
    for block in _convolutions(model)[:n_convolutions]:
        block.requires_grad_(requires_grad=False)


def load_trunk(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Give a model the trunk of another, whatever cell types or maps that one predicts.

    Parameters
    ----------
    model
        A Basset or an Akita. Its trunk is overwritten; its head stays.
    state
        Weights of a model with the same trunk, from ``state_dict()`` or a checkpoint; the head's are passed over.

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


def load_convolutions(model: Akita, state: Mapping[str, Tensor]) -> int:
    """Give an Akita the first convolutions of a Basset, with their norms: as many as have the same shapes.

    What they compute stays the same: the constant of a convolution goes into the mean of its norm, and filters that
    come in pairs for the two strands are written out.

    Parameters
    ----------
    model
        Its first layers are overwritten, as far as they go.
    state
        Weights of a Basset, from ``state_dict()`` or a checkpoint. Its first activation must be ``relu``.

    Returns
    -------
    int
        Convolutions that were taken over.

    Raises
    ------
    InputError
        Where not even the first one fits, or the weights are none of a Basset.
    """
    own = _convolutions(model)
    if "convolutions.0.convolution.weight" not in state:
        raise InputError("these weights are of no Basset: they have no convolutions.0.convolution.weight")
    n_loaded = 0
    while n_loaded < len(own) and _take_over(own[n_loaded], state, f"convolutions.{n_loaded}"):
        n_loaded += 1
    if not n_loaded:
        raise InputError(
            f"the first convolution of these weights, {tuple(state['convolutions.0.convolution.weight'].shape)}, does "
            f"not fit that of this model, {tuple(own[0].convolution.weight.shape)} (filters, channels, width): set "
            "stem_filters and stem_width to those of the Basset"
        )
    return n_loaded


def _convolutions(model: Akita) -> list[ConvolutionBlock]:
    """All convolutions along the sequence, in the order in which they are applied."""
    return [part for part in model.trunk.modules() if isinstance(part, ConvolutionBlock)]


@torch.no_grad()
def _take_over(block: ConvolutionBlock, state: Mapping[str, Tensor], name: str) -> bool:
    """Give a block the convolution and norm of that name, if there are any of its shape."""
    weight = state.get(f"{name}.convolution.weight")
    if weight is None:
        return False
    n_out, *others = block.convolution.weight.shape
    if list(weight.shape[1:]) != others or len(weight) not in (n_out, n_out / 2):
        return False
    written_out = with_mirror_image if len(weight) < n_out else Tensor.clone
    block.convolution.weight.copy_(written_out(weight))
    norm = {key: written_out(state[f"{name}.norm.{key}"]) for key in ("weight", "bias", "running_mean", "running_var")}
    norm["running_mean"] -= written_out(state[f"{name}.convolution.bias"])
    # The same standard deviation with the other number beside the variance.
    norm["running_var"] = (norm["running_var"] + _OTHER_EPSILON - block.norm.eps).clamp(min=0)
    block.norm.load_state_dict({**block.norm.state_dict(), **norm})
    return True


def _is_of_head(name: str) -> bool:
    """Whether a parameter or buffer belongs to the head."""
    return name.startswith("head.")
