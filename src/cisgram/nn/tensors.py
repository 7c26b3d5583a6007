"""Names of tensor types and of their axes: :mod:`cisgram.arrays` for torch."""

from typing import TypeAlias

from jaxtyping import Float, UInt8
from torch import Tensor

Codes: TypeAlias = UInt8[Tensor, "batch length"]
"""Bases as one byte each: A C G T = 0 1 2 3, N = 4."""

OneHot: TypeAlias = Float[Tensor, "batch 4 length"]
"""Bases as four channels, A C G T; N is all zeros."""

Hidden: TypeAlias = Float[Tensor, "batch channel length"]
"""What flows between the blocks of a network."""

Counts: TypeAlias = Float[Tensor, "batch track strand length"]
"""Reads, cuts or tags per base."""

Controls: TypeAlias = Float[Tensor, "batch control length"]
"""Control reads per base; one channel per strand."""

ProfileLogits: TypeAlias = Float[Tensor, "batch track strand length"]
"""Unnormalised log probabilities of a profile."""

LogCounts: TypeAlias = Float[Tensor, "batch track group"]
"""ln(1 + total); one group per strand, or a single group for both strands together."""

Contributions: TypeAlias = Float[Tensor, "batch 4 length"]
"""How much every base adds to a score."""

Score: TypeAlias = Float[Tensor, "batch"]
"""The scalar of an output that a question is about, one per example."""
