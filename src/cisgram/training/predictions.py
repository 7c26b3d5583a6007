"""Run a trained model over rows of an example store."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Num
from torch import Tensor, nn

from cisgram.arrays import Codes, LogCounts, Positions, Profiles
from cisgram.data.store import ExampleStore
from cisgram.nn.predict import Device, predict

ControlReads: TypeAlias = Num[np.ndarray, "window control _"]

_CHUNK = 1024


class WindowPredictions(NamedTuple):
    """What a model predicts of some windows."""

    profiles: Profiles
    """Softmax of the logits over strands and positions where strands are joint (one group of log counts), else
    over the positions of each strand."""
    log_counts: LogCounts
    """ln(1 + total) per group."""


def predict_rows(
    model: nn.Module,
    store: ExampleStore,
    rows: Positions,
    *,
    reverse_complement: bool = True,
    batch_size: int = 64,
    device: Device | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> WindowPredictions:
    """Predict windows of a store, without jitter.

    Parameters
    ----------
    model
        Its output has ``profile_logits`` and ``log_counts``, like :class:`cisgram.models.bpnet.BPNet`.
    store, rows
        The examples and which of them.
    reverse_complement
        Predict every window from both strands and take the mean, of logits and of log counts. (The mean is taken
        before the softmax: after it, a confident and an unsure prediction would weigh the same.)
    batch_size, device
        As in :func:`cisgram.nn.predict.predict`.
    progress
        Called with the number of windows done and to do.

    Notes
    -----
    Memory: the predictions, and 1,024 windows of the store at a time.
    """
    on_reverse = store.layout.control_on_reverse if reverse_complement else None
    parts = []
    for start in range(0, len(rows), _CHUNK):
        examples = store.centred(rows[start : start + _CHUNK])
        parts.append(
            predict_windows(
                model,
                examples.sequences,
                examples.controls,
                control_on_reverse=on_reverse,
                batch_size=batch_size,
                device=device,
            )
        )
        if progress is not None:
            progress(min(start + _CHUNK, len(rows)), len(rows))
    if not parts:
        return _nothing(store)
    return WindowPredictions(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def predict_windows(
    model: nn.Module,
    sequences: Codes,
    controls: ControlReads | None = None,
    *,
    control_on_reverse: Sequence[int] | None = None,
    batch_size: int = 64,
    device: Device | None = None,
) -> WindowPredictions:
    """Predict sequences, wherever they come from.

    Parameters
    ----------
    model, batch_size, device
        As in :func:`predict_rows`.
    sequences
        Codes, as long as the model reads.
    controls
        Control reads, ``window control length``; None for none.
    control_on_reverse
        Which control stands for each one on the reverse strand; the mean of both strands is taken then (empty for a
        model without control). None predicts the strand that is given only.
    """
    oriented = model if control_on_reverse is None else _BothStrands(model, control_on_reverse)
    inputs = [sequences] if controls is None else [sequences, controls]
    output = predict(oriented, *inputs, batch_size=batch_size, device=device)
    return WindowPredictions(_probabilities(output).numpy(), output.log_counts.float().numpy())


class _Oriented(NamedTuple):
    """Mean output of both orientations."""

    profile_logits: Tensor
    log_counts: Tensor


class _BothStrands(nn.Module):
    """The mean of a model's outputs for a sequence and for its reverse complement, turned back."""

    def __init__(self, model: nn.Module, control_on_reverse: Sequence[int]) -> None:
        super().__init__()
        self.model, self.control_on_reverse = model, list(control_on_reverse)

    def forward(self, sequences: Tensor, controls: Tensor | None = None) -> _Oriented:
        """Predict both orientations; read backwards, A C G T stand for their complements."""
        reverse = sequences.flip(1, 2)
        if controls is None:
            forward, backward = self.model(sequences), self.model(reverse)
        else:
            forward = self.model(sequences, controls)
            backward = self.model(reverse, controls[:, self.control_on_reverse].flip(2))
        n_groups = forward.log_counts.shape[2]
        groups = backward.log_counts.flip(2) if n_groups > 1 else backward.log_counts
        return _Oriented(
            (forward.profile_logits + backward.profile_logits.flip(2, 3)) / 2, (forward.log_counts + groups) / 2
        )


def _probabilities(output: Any) -> Tensor:
    """Profiles from logits: one distribution over both strands, or one per strand."""
    logits = output.profile_logits.float()
    if output.log_counts.shape[2] == 1:
        return logits.flatten(2).softmax(dim=-1).unflatten(2, logits.shape[2:])
    return logits.softmax(dim=-1)


def _nothing(store: ExampleStore) -> WindowPredictions:
    """Predictions of no windows."""
    n_tracks, n_strands = store.counts.shape[1:3]
    empty = np.zeros((0, n_tracks, n_strands, store.output_length), np.float32)
    return WindowPredictions(empty, np.zeros((0, n_tracks, 1), np.float32))
