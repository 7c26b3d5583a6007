"""A training can end in a track that is the same everywhere: it is looked for before anything is made of the model."""

import numpy as np
import torch

from cisgram.data.coverage_batches import JoinedExamples
from cisgram.errors import DivergenceError
from cisgram.models.atacworks import AtacWorks
from cisgram.nn.predict import evaluating
from cisgram.run.settings.coverage import CoverageRunConfig

_N_WINDOWS = 16
_LEAST = 1e-3
"""Least standard deviation of the denoised track, by that of the deep one: trained models have 0.5 and more."""


def require_variation(model: AtacWorks, examples: JoinedExamples, *, config: CoverageRunConfig) -> None:
    """Refuse a model whose track does not vary along the validation windows (16 of them, where there are more).

    The flat track is a way out of a loss that is too steep: the last layer ends where its gradient is 0, and stays.

    Parameters
    ----------
    model
        After training.
    examples
        For their validation windows.
    config
        For what the message says of the training.

    Raises
    ------
    DivergenceError
        Where the denoised track varies less than a thousandth as much as deep coverage does.
    """
    rows = examples.rows("valid")
    rows = rows[:: max(1, -(-rows.size // _N_WINDOWS))]
    predicted, deep = _Spread(), _Spread()
    device = next(model.parameters()).device
    with evaluating(model, device), torch.inference_mode():
        for row in rows:
            one = examples.gather(np.array([row]), np.array([examples.jitter_bp]), np.zeros(1, dtype=bool))
            predicted.add(model(torch.from_numpy(one.inputs).to(device)).track.float().cpu().numpy())
            deep.add(one.targets[:, 0])
    if predicted.deviation < _LEAST * deep.deviation:
        training = config.training
        raise DivergenceError(
            "training has failed: the denoised track of the validation windows is the same everywhere (standard "
            f"deviation {predicted.deviation:.2g} reads, of deep coverage {deep.deviation:.2g}). Use a smaller "
            f"[training] learning_rate (now {training.learning_rate:g}), clip_norm = 0.5 (now {training.clip_norm:g}), "
            f'more warmup_steps (now {training.warmup_steps}), or [likelihood] mse_unit = "mean" (now '
            f'"{config.likelihood.mse_unit}"); and run again with --update'
        )


class _Spread:
    """Standard deviation of values that come in parts."""

    def __init__(self) -> None:
        self.n, self.total, self.squares = 0, 0.0, 0.0

    def add(self, values: np.ndarray) -> None:
        """Take values in."""
        self.n += values.size
        self.total += float(values.sum(dtype=np.float64))
        self.squares += float(np.square(values, dtype=np.float64).sum())

    @property
    def deviation(self) -> float:
        """Of all values so far."""
        mean = self.total / self.n
        return max(0.0, self.squares / self.n - mean * mean) ** 0.5
