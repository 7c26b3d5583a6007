"""Local scores: reads that a profile model predicts near a position, not in its whole window.

Both are ln(1 + reads), summed over strands. Reads at a position are the profile times ``exp(log_counts) - 1``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from cisgram.errors import InputError
from cisgram.interpret.scores import ProfileOutput
from cisgram.nn.tensors import Score


@dataclass(frozen=True)
class LocalCountsScore:
    """ln(1 + reads) predicted in a part of the profile, averaged over tracks.

    Parameters
    ----------
    tracks
        0-based numbers of the tracks.
    start, end
        Part of the profile, 0-based and half-open.
    """

    tracks: tuple[int, ...]
    start: int
    end: int
    name = "local_counts"
    unit = "ln(1 + local reads)"
    definition = "ln(1 + predicted reads on both strands) within a few bp of a position"

    def __call__(self, output: ProfileOutput) -> Score:
        """The score of every example."""
        reads = expected_reads(output, self.tracks)[..., self.start : self.end]
        return reads.sum(dim=(2, 3)).log1p().mean(dim=1)


@dataclass(frozen=True)
class PeakHeightScore:
    """ln(1 + reads) predicted at the highest position of each strand near a place, averaged over tracks.

    The positions are those of the sequence that others are compared with; they stay the same while it changes.

    Parameters
    ----------
    tracks
        0-based numbers of the tracks.
    start, end
        Part of the profile in which the highest position is looked for, 0-based and half-open.

    References
    ----------
    Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax: how its
    in-silico experiments read the profile, within 35 bp of a motif.
    """

    tracks: tuple[int, ...]
    start: int
    end: int
    name = "peak_height"
    unit = "ln(1 + reads at the peak)"
    definition = "ln(1 + predicted reads at the highest position of each strand near the motif of the reference)"

    def anchor(self, output: ProfileOutput) -> Tensor:
        """The highest position of every track and strand, from ``start`` on: ``batch track strand 1``."""
        return expected_reads(output, self.tracks)[..., self.start : self.end].argmax(dim=3, keepdim=True)

    def __call__(self, output: ProfileOutput, anchor: Tensor | None = None) -> Score:
        """The score of every example."""
        places = self.anchor(output) if anchor is None else anchor
        reads = expected_reads(output, self.tracks)[..., self.start : self.end]
        return reads.gather(3, places).sum(dim=(2, 3)).log1p().mean(dim=1)


@dataclass(frozen=True)
class OwnPeakHeightScore:
    """ln(1 + reads) predicted at the highest position of each strand near a place, whichever that is in each sequence.

    For questions whose reference has no motif at the place, and so no peak whose position could be held: there,
    :class:`PeakHeightScore` would read wherever the background happens to be highest.

    Parameters
    ----------
    tracks
        0-based numbers of the tracks.
    start, end
        Part of the profile in which the highest position is looked for, 0-based and half-open.
    """

    tracks: tuple[int, ...]
    start: int
    end: int
    name = "peak_height"
    unit = "ln(1 + reads at the peak)"
    definition = (
        "ln(1 + predicted reads at the highest position of each strand near the place), of each sequence its own"
    )

    def __call__(self, output: ProfileOutput) -> Score:
        """The score of every example."""
        reads = expected_reads(output, self.tracks)[..., self.start : self.end]
        return reads.amax(dim=3).sum(dim=2).log1p().mean(dim=1)


def expected_reads(output: ProfileOutput, tracks: Sequence[int]) -> Tensor:
    """Predicted reads: ``batch track strand position``; a total below 0 counts as 0."""
    logits, log_counts = output.profile_logits[:, list(tracks)], output.log_counts[:, list(tracks)]
    grouped = logits.unflatten(2, (log_counts.shape[2], -1)).flatten(3)
    return (grouped.softmax(dim=-1) * log_counts.expm1().clamp(min=0)[..., None]).reshape(logits.shape)


def local_part(position: int, *, input_length: int, output_length: int, reach_bp: int = 35) -> tuple[int, int]:
    """Part of the profile within ``reach_bp`` of a position of the sequence; both have the same middle.

    Raises
    ------
    InputError
        Where no part of it is inside the profile.

    Examples
    --------
    >>> local_part(500, input_length=1000, output_length=400)
    (165, 236)
    """
    place = position - (input_length - output_length) // 2
    start, end = max(0, place - reach_bp), min(output_length, place + reach_bp + 1)
    if start >= end or reach_bp < 0:
        raise InputError(
            f"position {position} of {input_length} bp lies more than {reach_bp} bp outside of the profile of the "
            f"middle {output_length} bp"
        )
    return start, end
