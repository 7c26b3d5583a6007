"""Ridge regression of many tracks at once, each with the penalty of the least leave-one-out error."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_matrix

PENALTIES = np.logspace(-3, 3, 13)
"""What is chosen from; rows of k-mer counts have length 1."""


class Ridge(NamedTuple):
    """``prediction = features @ coefficients + offsets``."""

    coefficients: np.ndarray
    """Features by tracks."""
    offsets: np.ndarray
    penalty: np.ndarray
    """One per track."""

    def predict(self, features: csr_matrix) -> np.ndarray:
        """Rows by tracks."""
        return features @ self.coefficients + self.offsets


def fit_ridge(features: csr_matrix, measured: np.ndarray) -> Ridge:
    """Fit every column of ``measured``, without penalty on the offset.

    The eigenvectors of the features' covariance serve all tracks and penalties; leave-one-out errors are residuals over
    ``1 - h``, where ``h`` is how much a row weighs in its own prediction. Memory: 16 bytes per row and feature.
    """
    n = features.shape[0] if features.shape else 0
    mean = np.asarray(features.mean(axis=0)).reshape(-1)
    centred = measured - measured.mean(axis=0)
    values, vectors = eigh((features.T @ features).toarray() - n * np.outer(mean, mean))
    values = np.maximum(values, 0)
    rotated = features @ vectors - mean @ vectors
    wanted = vectors.T @ (features.T @ centred)
    own = (rotated**2) @ (1 / (values[:, None] + PENALTIES)) + 1 / n
    errors = np.empty((len(PENALTIES), measured.shape[1]))
    for i, penalty in enumerate(PENALTIES):
        rest = centred - rotated @ (wanted / (values + penalty)[:, None])
        errors[i] = ((rest / (1 - own[:, i : i + 1])) ** 2).mean(axis=0)
    chosen = PENALTIES[errors.argmin(axis=0)]
    coefficients = vectors @ (wanted / (values[:, None] + chosen))
    return Ridge(coefficients, measured.mean(axis=0) - mean @ coefficients, chosen)
