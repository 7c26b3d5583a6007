"""One architecture per file, and the list of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from cisgram.models import akita, atacworks, basenji, basset, bpnet


@dataclass(frozen=True)
class ModelEntry:
    """What is needed to build, train and reload an architecture by its name.

    Parameters
    ----------
    config
        Frozen dataclass of its form.
    build
        ``build(config, *, n_tracks, n_controls, seed) -> module``.
    loss
        ``loss(output, targets, **likelihood) -> scalar``.
    loss_terms
        The same as a named tuple with the scalar as ``total``, and its parts.
    earlier
        Settings that older checkpoints do not name, and what they were then.
    forms
        Named forms that a config may begin with; without one, it begins with the defaults of ``config``.
    """

    config: type
    build: Callable[..., nn.Module]
    loss: Callable[..., Tensor]
    loss_terms: Callable[..., Any]
    earlier: Mapping[str, Any] = field(default_factory=dict)
    forms: Mapping[str, Callable[[], Any]] = field(default_factory=dict)


MODELS: dict[str, ModelEntry] = {
    "akita": ModelEntry(
        config=akita.AkitaConfig,
        build=akita.build,
        loss=akita.loss,
        loss_terms=akita.loss_terms,
        forms={
            "published": akita.AkitaConfig.published,
            "small": akita.AkitaConfig.small,
            "tiny": akita.AkitaConfig.tiny,
        },
    ),
    "atacworks": ModelEntry(
        config=atacworks.AtacWorksConfig,
        build=atacworks.build,
        loss=atacworks.loss,
        loss_terms=atacworks.loss_terms,
        forms={"residual": atacworks.AtacWorksConfig, "original": atacworks.AtacWorksConfig.original},
    ),
    "basenji": ModelEntry(
        config=basenji.BasenjiConfig,
        build=basenji.build,
        loss=basenji.loss,
        loss_terms=basenji.loss_terms,
        forms={
            "published": basenji.BasenjiConfig.published,
            "dense": basenji.BasenjiConfig.dense,
            "parity": basenji.BasenjiConfig.parity,
            "small": basenji.BasenjiConfig.small,
            "tiny": basenji.BasenjiConfig.tiny,
        },
    ),
    "basset": ModelEntry(
        config=basset.BassetConfig,
        build=basset.build,
        loss=basset.loss,
        loss_terms=basset.loss_terms,
        forms={
            "paper": basset.BassetConfig.paper,
            "small": basset.BassetConfig.small,
            "short": basset.BassetConfig.short,
        },
    ),
    "bpnet": ModelEntry(
        config=bpnet.BPNetConfig,
        build=bpnet.build,
        loss=bpnet.loss,
        loss_terms=bpnet.loss_terms,
        earlier={"counts": "pooled"},
    ),
}
"""Every architecture by name; the contract tests run over all of them."""

__all__ = ["MODELS", "ModelEntry", "akita", "atacworks", "basenji", "basset", "bpnet"]
