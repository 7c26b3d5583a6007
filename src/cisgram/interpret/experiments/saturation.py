"""Saturation mutagenesis: every substitution of every base, beside its first-order shortcut, the gradient."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor, nn

from cisgram.arrays import Codes, Mask, PartCodes, Responses, SequenceCodes, TrackMutations
from cisgram.errors import InputError
from cisgram.genomics.sequence import N, reverse_complement
from cisgram.interpret.contributions import AttributionConfig, iterate_attributions
from cisgram.interpret.experiments.edits import substitutions
from cisgram.interpret.experiments.local_mutants import compare_mutants
from cisgram.interpret.experiments.maps import MutationMap
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking, Compared, Progress, Score, compare, score_on
from cisgram.interpret.scores import AnchoredScore
from cisgram.nn.predict import Device


class Saturation(NamedTuple):
    """What all substitutions in the middle of some sequences do."""

    codes: PartCodes
    """The part that was mutated, ``batch part``."""
    reference: Responses
    """Responses to the sequences as they are, ``batch track``."""
    effects: TrackMutations
    """Response with a base put at a position minus that, ``batch track 4 part``; 0 for the base that is there."""
    start: int
    """0-based position in the sequences at which the part begins."""
    n_evaluations: int
    """Sequences that went through the model (gradients: that went forward and back)."""

    def map(self, row: int, track: int) -> MutationMap:
        """The effects in one sequence on one track."""
        values = self.effects[row, track].astype(np.float64)
        return MutationMap(self.codes[row], values, float(self.reference[row, track]), self.start)


def mutate_all(
    model: nn.Module,
    codes: Codes,
    *,
    scores: Sequence[Score],
    part_bp: int | None = None,
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
    progress: Progress | None = None,
) -> Saturation:
    """Put every base at every position, one at a time, and see what responses become.

    Parameters
    ----------
    model, scores, asking, device, progress
        As in :func:`cisgram.interpret.experiments.responses.respond`. The model reads ``3 part_bp + 1`` sequences for
        each (4 mutants at an N), twice as many with both strands.
    codes
        ``batch length``.
    part_bp
        Mutate this many bases in the middle; all, if not given.

    Raises
    ------
    InputError
        Where there are no sequences, or the part is longer than they are.

    References
    ----------
    Kelley, Snoek and Rinn (2016), Basset: learning the regulatory code of the accessible genome with deep
    convolutional neural networks, Genome Research 26.
    """
    start, end = middle(codes.shape[-1], part_bp)
    n_strands, n_evaluations = 1 + asking.both_strands, 0
    reference, effects = [], []
    for row, sequence in enumerate(codes):
        is_other = (sequence[start:end, None] != np.arange(4)).ravel()
        answer = _ask_mutants(model, sequence, is_other, start=start, scores=scores, asking=asking, device=device)
        flat = np.zeros((4 * (end - start), answer.before.shape[1]), dtype=np.float32)
        flat[is_other] = answer.after[0] - answer.before[0]
        effects.append(flat.reshape(end - start, 4, -1).transpose(2, 1, 0))  # edit track -> track 4 part
        reference.append(answer.before[0])
        n_evaluations += n_strands * (1 + int(is_other.sum()))
        if progress is not None:
            progress(row + 1, len(codes))
    if not effects:
        raise InputError("saturation mutagenesis needs sequences; got none")
    part = np.array(codes[:, start:end])
    return Saturation(part, np.stack(reference), np.ascontiguousarray(np.stack(effects)), start, n_evaluations)


def _ask_mutants(
    model: nn.Module,
    sequence: SequenceCodes,
    is_asked: Mask,
    *,
    start: int,
    scores: Sequence[Score],
    asking: Asking,
    device: Device | None,
) -> Compared:
    """Responses to one sequence and those mutants that are asked for, of four per position from ``start`` on."""
    if asking.local_mutants:
        edits = np.flatnonzero(is_asked)
        where, what = start + edits // 4, edits % 4
        answer = compare_mutants(model, sequence, where, what, scores=scores, asking=asking, device=device)
        if answer is not None:
            return answer
    mutants = substitutions(sequence, start=start, end=start + len(is_asked) // 4)[:, is_asked]
    return compare(model, sequence[None], mutants, scores=scores, asking=asking, device=device)


def gradient_effects(
    model: nn.Module,
    codes: Codes,
    *,
    scores: Sequence[Score],
    part_bp: int | None = None,
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
) -> Saturation:
    """First-order estimate of all substitutions: the gradient at the new base minus that at the one that is there.

    It costs a way forward and back per sequence (and one more back per further track), and is exact for a model that
    is linear in the bases. Parameters and result are those of :func:`mutate_all`; at N, where no base is there, it
    is the gradient itself.

    Raises
    ------
    InputError
        As :func:`mutate_all`, or where a score gives several tracks at once.
    """
    start, end = middle(codes.shape[-1], part_bp)
    config = AttributionConfig(method="gradient", batch_size=asking.sequences_of(codes.shape[-1]))
    strands = [np.asarray(codes)] + ([reverse_complement(codes).copy()] if asking.both_strands else [])
    gradients, references = [], []
    for number, strand in enumerate(strands):
        own = [score_on(score, is_reverse=number > 0) for score in scores]
        guarded = [score if isinstance(score, AnchoredScore) else _Scalar(score) for score in own]
        blocks = list(iterate_attributions(model, strand, scores=guarded, config=config, device=device))
        of_tracks = [[block[track] for block in blocks] for track in range(len(scores))]
        slopes = np.stack([np.concatenate([one.hypothetical for one in track]) for track in of_tracks], axis=1)
        references.append(np.stack([np.concatenate([one.score for one in track]) for track in of_tracks], axis=1))
        gradients.append(slopes[..., ::-1, ::-1] if number else slopes)
    slopes = np.mean(gradients, axis=0)[..., start:end]
    part = np.array(codes[:, start:end])
    present = np.minimum(part, N - 1).astype(np.int64)[:, None, None]
    there = np.where((part < N)[:, None, None], np.take_along_axis(slopes, present, axis=2), 0.0)
    effects = np.ascontiguousarray(slopes - there, dtype=np.float32)
    return Saturation(part, np.mean(references, axis=0), effects, start, len(codes) * len(strands))


def middle(length: int, part_bp: int | None) -> tuple[int, int]:
    """Start and end of the middle part of a sequence.

    Raises
    ------
    InputError
        Where the part is longer than the sequence, or has no base.

    Examples
    --------
    >>> middle(10, 4), middle(10, None)
    ((3, 7), (0, 10))
    """
    part = length if part_bp is None else part_bp
    if not 1 <= part <= length:
        raise InputError(f"the part to mutate must have 1 to {length} bp, as the sequences have; got {part}")
    start = (length - part) // 2
    return start, start + part


class _Scalar:
    """A score that must be one number per sequence."""

    def __init__(self, score: Score) -> None:
        self.score = score

    def __call__(self, output: Any) -> Tensor:
        values = self.score(output)
        if values.ndim == 1:
            return values
        if values.shape[1] != 1:
            raise InputError(
                f"gradients need a score of one track each; this one gives {values.shape[1]}: give one score per track"
            )
        return values[:, 0]
