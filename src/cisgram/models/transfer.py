"""What a model has learnt serves another: a new head on the same trunk, or the first convolutions alone.

Kelley et al. (2016) seed the training for a new cell type with the weights of the other ones, and pass the new data
once (`basset_train.lua -seed`). Convolutions that know the motifs of accessible sites are a start for a model of
contacts, whose own data are few; so do the layers of a Basenji, which are those of an Akita up to its bins.
"""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from cisgram.errors import ConfigError, InputError
from cisgram.models.akita import Akita, AkitaConfig
from cisgram.models.basenji import Basenji, BasenjiConfig
from cisgram.models.basset import Basset, BassetHead
from cisgram.nn.dilated import ConvolutionBlock, dilations
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


def freeze_convolutions(model: Akita | Basenji, n_convolutions: int) -> None:
    """Let the first convolutions of an Akita or a Basenji, with their norms, rest in training; all else learns.

    Parameters
    ----------
    model
        Such as :func:`load_convolutions` or :func:`load_layers` left it.
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
        A Basset, an Akita or a Basenji. Its trunk is overwritten; its head stays.
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


def load_layers(model: Akita | Basenji, state: Mapping[str, Tensor], form: AkitaConfig | BasenjiConfig) -> int:
    """Give an Akita or a Basenji the first layers of another one of either kind: as many as are the same.

    From the bases on, convolutions of the stem and the tower are compared in their sizes and pools, then the dilated
    residual blocks in their sizes and dilations; the first one that differs, and all behind it, stay as they are.

    Parameters
    ----------
    model
        Its first layers are overwritten.
    state
        Weights of the other, from ``state_dict()`` or a checkpoint.
    form
        Of the other.

    Returns
    -------
    int
        Convolutions that were taken over, as :func:`freeze_convolutions` counts them.

    Raises
    ------
    InputError
        Where the activations differ, or not even the first convolution fits.
    """
    here, there = _activation_of(model.config), _activation_of(form)
    if here != there:
        raise InputError(
            f"these weights are of a model with the activation {there!r}, and this model has {here!r}: the same layers "
            "would compute something else (a Basenji for an Akita to begin with needs activation = 'relu')"
        )
    own, n_loaded = model.state_dict(), 0
    for layer, other in zip(_layers_of(model.config), _layers_of(form), strict=False):
        names = [name for name in own if name.startswith(layer[0] + ".")]
        if layer != other or any(name not in state or state[name].shape != own[name].shape for name in names):
            break
        model.load_state_dict({name: state[name] for name in names}, strict=False)
        n_loaded += 1
    if not n_loaded:
        raise InputError(
            "the first convolutions of the two models differ in their filters, width or pool: give this model those of "
            "the other"
        )
    return n_loaded


def _activation_of(form: AkitaConfig | BasenjiConfig) -> str:
    """The activation of all layers along the sequence."""
    return form.activation if isinstance(form, BasenjiConfig) else "relu"


def _layers_of(form: AkitaConfig | BasenjiConfig) -> list[tuple[str, int]]:
    """Names of the convolutions along the sequence, and what of each cannot be seen in its weights."""
    tower = [(f"trunk.tower.{i}", pool) for i, pool in enumerate(form.pools[1:])]
    if isinstance(form, AkitaConfig):
        steps = dilations(form.dilation_rate, form.n_dilated)
    else:
        steps = form.dilations if form.trunk == "residual" else ()
    dilated = [(f"trunk.dilated.{i}.{part}", step) for i, step in enumerate(steps) for part in ("dilated", "back")]
    return [("trunk.stem", form.pools[0]), *tower, *dilated]


def _convolutions(model: Akita | Basenji) -> list[ConvolutionBlock]:
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
