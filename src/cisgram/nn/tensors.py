"""Names of tensor types and of their axes: :mod:`cisgram.arrays` for torch."""

from typing import TypeAlias

from jaxtyping import Float, Int, UInt8
from torch import Tensor

Codes: TypeAlias = UInt8[Tensor, "batch length"]
"""Bases as one byte each: A C G T = 0 1 2 3, N = 4."""

OneHot: TypeAlias = Float[Tensor, "batch 4 length"]
"""Bases as four channels, A C G T; N is all zeros."""

Hidden: TypeAlias = Float[Tensor, "batch _channel _length"]
"""What flows between the blocks of a network; channels and lengths change on the way."""

FlatFeatures: TypeAlias = Float[Tensor, "batch _feature"]
"""What flows between dense layers."""

Features: TypeAlias = Float[Tensor, "batch _channel *_length"]
"""Either of the two, for layers that work on both."""

Logits: TypeAlias = Float[Tensor, "batch track"]
"""ln(p / (1 - p)) of a probability per example and track; where labels are measurements, the expected label."""

Labels: TypeAlias = Float[Tensor, "batch track"]
"""1 yes, 0 no, or a share between them; or a measurement; NaN where nobody looked."""

PerTrack: TypeAlias = Float[Tensor, "track"]
"""One number per track."""

PerChannel: TypeAlias = Float[Tensor, "channel"]
"""One number per channel of a layer."""

PerFilter: TypeAlias = Float[Tensor, "filter"]
"""One number per filter of a layer."""

Weight: TypeAlias = Float[Tensor, "out_channel in_channel width"]
"""Weights of a convolution."""

Counts: TypeAlias = Float[Tensor, "batch track strand output_length"]
"""Reads, cuts or tags per base of the window that a model predicts."""

Controls: TypeAlias = Float[Tensor, "batch control control_length"]
"""Control reads per base, one channel per strand, around the centre of the sequence."""

ProfileLogits: TypeAlias = Float[Tensor, "batch track strand output_length"]
"""Unnormalised log probabilities of a profile."""

LogCounts: TypeAlias = Float[Tensor, "batch track group"]
"""ln(1 + total); one group per strand, or a single group for both strands together."""

Contributions: TypeAlias = Float[Tensor, "batch 4 length"]
"""How much every base adds to a score."""

Score: TypeAlias = Float[Tensor, "batch"]
"""The scalar of an output that a question is about, one per example."""

Anchor: TypeAlias = Float[Tensor, "batch track group position"]
"""What a score holds fixed while the sequence changes, such as a predicted profile."""

PairedReferences: TypeAlias = Float[Tensor, "batch reference 4 length"]
"""One-hot references, or multipliers, of every example with each of its references."""

PairedScores: TypeAlias = Float[Tensor, "batch reference"]
"""The score of every reference of every example."""

Targets: TypeAlias = Float[Tensor, "batch track *rest"]
"""What a model is to predict: counts (``batch track strand length``) or labels (``batch track``)."""

Coverage: TypeAlias = Float[Tensor, "batch channel coverage_length"]
"""Coverage per base, and further channels, of a window with its margins."""

PerBase: TypeAlias = Float[Tensor, "batch length"]
"""One number per base of a window."""

CoverageTargets: TypeAlias = Float[Tensor, "batch 2 length"]
"""Per base of a window: clean coverage, and 1 inside peaks and 0 outside."""

PhaseRows: TypeAlias = Float[Tensor, "_row _channel _position"]
"""Rows that hold every d-th position of a batch, ``(batch phase) channel position``."""

PairFeatures: TypeAlias = Float[Tensor, "batch _channel bin bin"]
"""Channels of every pair of bins, or of every pixel of a contact map."""

PairValues: TypeAlias = Float[Tensor, "batch track pair"]
"""Log observed/expected contacts per track, of the pairs of bins above the diagonal, row by row; NaN: unknown."""

SquareValues: TypeAlias = Float[Tensor, "batch track bin bin"]
"""The same as whole squares, symmetric; NaN where a pair is too near the diagonal to be predicted."""

PairIndex: TypeAlias = Int[Tensor, "pair"]
"""A place per pair of bins, counted in a square row by row or among the pairs."""

BinLogits: TypeAlias = Float[Tensor, "batch track bin"]
"""Predicted signal of every bin before the softplus that makes it positive."""

BinRates: TypeAlias = Float[Tensor, "batch track bin"]
"""Signal of every bin, measured or expected, at least 0; NaN where it was not measured."""

TrackSums: TypeAlias = Float[Tensor, "batch track"]
"""Something of a track summed over bins, per example and track."""

PerMutant: TypeAlias = Int[Tensor, "mutant"]
"""A position, or another whole number, per mutant of a sequence."""

MutantValues: TypeAlias = Float[Tensor, "mutant _channel _width"]
"""What mutants have at some positions, between two layers."""
