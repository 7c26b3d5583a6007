"""What a model takes from its training labels: the balance of their classes, or their mean and spread."""

import numpy as np
import torch

from cisgram import arrays
from cisgram.errors import InputError
from cisgram.models.basset import Basset

_ENDS = ((np.min, np.inf), (np.max, -np.inf))


def natural_positive_weight(labels: arrays.TrackTotals) -> np.ndarray:
    """Negatives per positive, per track: with this weight both classes count the same altogether.

    Parameters
    ----------
    labels
        1 or 0 per sequence and track, or shares between them; NaN where a label is not known.

    Returns
    -------
    numpy.ndarray
        float64, ``track``.

    Raises
    ------
    InputError
        Where a track has no positives or no negatives; its number is in the message.

    Examples
    --------
    >>> natural_positive_weight(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, np.nan]])).tolist()
    [2.0, 1.0]
    """
    known = ~np.isnan(labels)
    positives = labels.sum(axis=0, dtype=np.float64, where=known)
    negatives = known.sum(axis=0) - positives
    if (one_sided := np.flatnonzero((positives == 0) | (negatives == 0))).size:
        raise InputError(
            f"every track needs positives and negatives; these numbers have only one kind: {one_sided[:10].tolist()}"
        )
    return negatives / positives


def standardise_labels(model: Basset, labels: arrays.TrackTotals) -> None:
    """Let a model predict measurements in their own units, while what it learns has mean 0 and spread 1 per track.

    To be called before the training, which then takes ``label_scale=model.head.label_scale`` with the Gaussian
    likelihood: its loss is 1/2 for a model that always predicts the mean.

    Parameters
    ----------
    model
        The mean and standard deviation of the labels are written into its head, and saved with its weights.
    labels
        Measurements of the training sequences, ``n track``; NaN where one is not known.

    Raises
    ------
    InputError
        Where the model has another number of tracks, a label is infinite, or a track has no two different labels;
        its number is in the message.

    Examples
    --------
    >>> from cisgram.models.basset import BassetConfig, build
    >>> model = build(BassetConfig.small(input_length=100), n_tracks=2)
    >>> standardise_labels(model, np.array([[9.0, 0.0], [11.0, np.nan], [10.0, 4.0]]))
    >>> model.head.label_mean.tolist(), [round(scale, 3) for scale in model.head.label_scale.tolist()]
    ([10.0, 2.0], [0.816, 2.0])
    """
    if labels.ndim != 2 or labels.shape[1] != model.n_tracks:
        raise InputError(f"labels must have one column for each of {model.n_tracks} tracks; got shape {labels.shape}")
    if np.isinf(labels).any():
        raise InputError("labels must be finite numbers, or NaN where one is not known; got an infinite one")
    known = ~np.isnan(labels)
    lowest, highest = (pick(labels, axis=0, where=known, initial=end) for pick, end in _ENDS)
    if (flat := np.flatnonzero(~(lowest < highest))).size:
        raise InputError(f"every track needs labels that differ; these numbers have none: {flat[:10].tolist()}")
    mean = labels.mean(axis=0, dtype=np.float64, where=known)
    scale = labels.std(axis=0, dtype=np.float64, where=known)
    model.head.label_mean.copy_(torch.from_numpy(mean))
    model.head.label_scale.copy_(torch.from_numpy(scale))
