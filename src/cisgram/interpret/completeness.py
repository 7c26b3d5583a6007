"""Completeness: whether contributions add up to the difference of scores that they explain.

DeepLIFT promises it for every sequence. It fails where a nonlinear step of the model is hidden from it,
and nothing else would tell: the contributions look like contributions.
"""

import warnings
from collections.abc import Sequence

import numpy as np

from cisgram.arrays import PerSequence
from cisgram.errors import CisgramWarning, InputError


class CompletenessCheck:
    """Collects the relative errors of all sequences, block by block, and says what they mean.

    Parameters
    ----------
    tolerance
        A relative error above this makes a sequence incomplete.
    max_median_error
        A block with a median above this stops the work.

    Examples
    --------
    >>> check = CompletenessCheck(tolerance=0.01, max_median_error=0.05)
    >>> check.add([np.array([1e-6, 1e-5])], first_row=0)
    >>> check.n_sequences, check.n_incomplete, check.worst_row
    (2, 0, 1)
    """

    def __init__(self, *, tolerance: float, max_median_error: float) -> None:
        self.tolerance, self.max_median_error = tolerance, max_median_error
        self.n_sequences = self.n_incomplete = self.worst_row = 0
        self.worst = 0.0

    def add(self, relative_errors: Sequence[PerSequence], *, first_row: int) -> None:
        """Note a block of sequences that starts at ``first_row``, one array per score; NaN is not looked at.

        Raises
        ------
        InputError
            If DeepLIFT does not hold for the model at all.
        """
        for errors in relative_errors:
            known = np.nan_to_num(errors)
            median = float(np.median(known))
            if median > self.max_median_error:
                raise InputError(
                    "DeepLIFT does not hold for this model: contributions miss the difference of scores by "
                    f"{median:.1%} in the median, more than {self.max_median_error:.1%}. Most likely an activation is "
                    "called as a function (torch.relu(x), x.sigmoid()); make each a module of its own (nn.ReLU()), or "
                    "take another method, 'ism' or 'gradient'"
                )
            self.n_sequences += len(known)
            self.n_incomplete += int((known > self.tolerance).sum())
            if known.max() > self.worst:
                self.worst, self.worst_row = float(known.max()), first_row + int(known.argmax())

    def warn(self) -> None:
        """Say how many sequences are incomplete, if any."""
        if self.n_incomplete:
            warnings.warn(
                f"contributions of {self.n_incomplete} of {self.n_sequences} sequences miss the difference of their "
                f"scores by more than {self.tolerance:.1%} (worst: row {self.worst_row}, by {self.worst:.1%})",
                CisgramWarning,
                stacklevel=3,
            )
