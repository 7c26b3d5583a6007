"""Names of NumPy array types and of their axes.

Length is always the last axis. Bases are in the order A C G T; as codes they are 0 1 2 3, and 4 is N
(padding, and every letter that is not A, C, G or T). One-hot, N is all zeros. The two strands stand in
the order plus, minus, both left to right along the plus strand.
The same names for torch tensors are in :mod:`cisgram.nn.tensors`.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Integer, Num, UInt8

Codes: TypeAlias = UInt8[np.ndarray, "*batch length"]
"""Bases as one byte each: A C G T = 0 1 2 3, N = 4."""

SequenceCodes: TypeAlias = UInt8[np.ndarray, "length"]
"""The same for a single sequence."""

Shuffles: TypeAlias = UInt8[np.ndarray, "shuffle length"]
"""The same for several shuffles of one sequence."""

OneHot: TypeAlias = Num[np.ndarray, "*batch 4 length"]
"""Bases as four channels, A C G T; N is all zeros."""

Counts: TypeAlias = Num[np.ndarray, "window track strand length"]
"""Reads, cuts or tags per base; not normalised."""

ReplicateCounts: TypeAlias = Num[np.ndarray, "window replicate strand length"]
"""The same for every replicate of one track."""

Profiles: TypeAlias = Float[np.ndarray, "window track strand length"]
"""Probabilities over the positions (and strands, where these are joined) of a window."""

LogCounts: TypeAlias = Float[np.ndarray, "window track group"]
"""ln(1 + total); one group per strand, or a single group for both strands together."""

Values: TypeAlias = Float[np.ndarray, "*channel length"]
"""Signal along an interval."""

Matrix: TypeAlias = Float[np.ndarray, "4 length"]
"""A motif's matrix: PFM, PPM, PWM or CWM; the name of the variable says which."""

Positions: TypeAlias = Integer[np.ndarray, "n"]
"""0-based positions."""

Mask: TypeAlias = Bool[np.ndarray, "n"]
"""One truth value per row."""
