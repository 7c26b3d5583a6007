"""Checkpoints: one safetensors file that holds weights, what going on needs, and whose they are.

A file appears whole or not at all, and carries a hash of all its content, so that damage is found when it is
read. Its tensors are called ``model.*`` (the weights) and, in a checkpoint to go on from, ``optimizer.*``,
``average.*`` and ``sums``; everything else is one JSON text under the metadata key ``cisgram``. The same content
gives the same bytes. Any safetensors reader can read it; nothing in it is code.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from cisgram import __version__
from cisgram.errors import CheckpointError, InputError
from cisgram.io.files import atomic_path

FORMAT = 1
"""Number of the layout; one that this version does not know is refused."""

_KEY = "cisgram"
_WEIGHTS = "model."


@dataclass(frozen=True)
class ModelIdentity:
    """Whose weights a checkpoint holds, and what is needed to build that model again.

    Parameters
    ----------
    name
        Name of the model in :data:`cisgram.models.MODELS`, or any name for a model of your own.
    settings
        What the model was built from; plain values that JSON knows.
    context
        What the weights belong to besides: genome, tracks, hashes of the data, read shift; plain values too.
    """

    name: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint file holds.

    Parameters
    ----------
    identity
        Whose weights these are.
    weights
        Parameters and buffers by name, as ``model.state_dict()`` gives them.
    progress
        Where the training stood; plain values that JSON knows.
    state
        Further tensors that going on needs; empty in a checkpoint that is only for use.
    """

    identity: ModelIdentity
    weights: Mapping[str, Tensor]
    progress: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Tensor] = field(default_factory=dict)


def save_checkpoint(path: str | Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all; an older file of that name stays until the new one is complete.

    Raises
    ------
    InputError
        Where settings, context or progress hold something that JSON does not know (NaN and infinity among it).
    OutputError
        Where writing fails: disk full, no permission.
    """
    tensors = {_WEIGHTS + name: tensor for name, tensor in checkpoint.weights.items()} | dict(checkpoint.state)
    # Tensors that share memory, such as tied weights, are written once for each name.
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    text = _as_json(path, checkpoint)
    # One key only: safetensors writes several in an order that changes from run to run.
    metadata = {_KEY: json.dumps({"sha256": _digest(text, tensors), "content": text})}
    data = safetensors.torch.save(tensors, metadata)
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def load_checkpoint(path: str | Path, *, expect_model: str | None = None) -> Checkpoint:
    """Read a checkpoint and make sure that it is whole.

    Parameters
    ----------
    path
        The file.
    expect_model
        Name that its model must have; any, if not given.

    Returns
    -------
    Checkpoint
        With all tensors on the CPU.

    Raises
    ------
    CheckpointError
        Where there is no such file, it is damaged or of a format that is not known, or holds another model.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "best.safetensors"
    ...     save_checkpoint(path, Checkpoint(ModelIdentity("line"), nn.Linear(2, 1).state_dict(), {"epoch": 3}))
    ...     found = load_checkpoint(path, expect_model="line")
    >>> list(found.weights), found.progress
    (['bias', 'weight'], {'epoch': 3})
    """
    tensors, envelope = _read(path)
    content = _content_of(path, envelope, tensors)
    identity = ModelIdentity(**content["identity"])
    if expect_model is not None and identity.name != expect_model:
        raise CheckpointError(
            f"{path} holds the model {identity.name!r}, and {expect_model!r} was asked for; "
            "give another checkpoint, or name the model that it holds"
        )
    # Copies, since tensors that lie anywhere in a file may take other code paths than those that torch aligns.
    tensors = {name: tensors[name].clone() for name in sorted(tensors)}
    weights = {name.removeprefix(_WEIGHTS): tensor for name, tensor in tensors.items() if name.startswith(_WEIGHTS)}
    state = {name: tensor for name, tensor in tensors.items() if not name.startswith(_WEIGHTS)}
    return Checkpoint(identity, weights, content["progress"], state)


def restore_weights(model: nn.Module, checkpoint: Checkpoint, *, path: str | Path = "the checkpoint") -> None:
    """Give a model the weights of a checkpoint.

    Parameters
    ----------
    model
        Takes the weights; its device and type of numbers stay.
    checkpoint
        Must have all of the model's parameters and buffers, and no others, in the same shapes.
    path
        What the checkpoint is called in messages.

    Raises
    ------
    CheckpointError
        Where names or shapes differ; the model is then as it was.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    held = {name: tuple(tensor.shape) for name, tensor in checkpoint.weights.items()}
    problems = {
        "missing": sorted(wanted.keys() - held.keys()),
        "unexpected": sorted(held.keys() - wanted.keys()),
        "of another shape": [
            f"{name} ({held[name]} in the file, {wanted[name]} in the model)"
            for name in sorted(wanted.keys() & held.keys())
            if held[name] != wanted[name]
        ],
    }
    if any(problems.values()):
        found = "; ".join(f"{what}: {_some(names)}" for what, names in problems.items() if names)
        raise CheckpointError(
            f"{path} does not fit this model. Tensors {found}. "
            f"Build the model with the settings that the checkpoint was made with: {dict(checkpoint.identity.settings)}"
        )
    model.load_state_dict(dict(checkpoint.weights))


def _as_json(path: str | Path, checkpoint: Checkpoint) -> str:
    """Everything but the tensors, the same text for the same content."""
    content = {
        "format": FORMAT,
        "version": __version__,
        "identity": vars(checkpoint.identity),
        "progress": checkpoint.progress,
    }
    try:
        return json.dumps(content, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{path}: settings, context and progress must be plain values that JSON knows: {error}"
        ) from error


def _digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of the JSON text and of every tensor with its name, type and shape."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"\n{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _read(path: str | Path) -> tuple[dict[str, Tensor], str]:
    """Tensors and the text under our key of a safetensors file."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read: {error.strerror or error}; give a checkpoint of a training"
        ) from error
    try:
        tensors = safetensors.torch.load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise CheckpointError(
            f"{path} is not a whole safetensors file ({error}); it was cut short, damaged or is something else. "
            "Copy it again, or remove it and train anew"
        ) from error
    envelope = (header.get("__metadata__") or {}).get(_KEY)
    if envelope is None:
        raise CheckpointError(
            f"{path} is a safetensors file, but not a checkpoint of cisgram (no metadata {_KEY!r}); give another file"
        )
    return tensors, envelope


def _content_of(path: str | Path, envelope: str, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """The JSON content, once its format is known and the hash agrees."""
    try:
        sealed = json.loads(envelope)
        text, digest = sealed["content"], sealed["sha256"]
        content = json.loads(text)
        found = content["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} is damaged: its description cannot be read ({error}); copy it again") from error
    if found != FORMAT:
        raise CheckpointError(
            f"{path} has the checkpoint format {found}, and cisgram {__version__} reads format {FORMAT}; "
            f"use the version that wrote it ({content.get('version')})"
        )
    if _digest(text, tensors) != digest:
        raise CheckpointError(
            f"{path} is damaged: its content does not have the hash that was written with it. "
            "Copy it again, or remove it and train anew"
        )
    return content


def _some(names: list[str], *, n_shown: int = 5) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - n_shown} more" if len(names) > n_shown else ""
    return ", ".join(names[:n_shown]) + more
