"""Responses: what a model says of sequences, and of their edited forms, one number per track.

Every experiment asks here. A response is that of one strand, or the mean of those of both. The edited forms of a
sequence are compared with it under one function: what a score holds fixed (see :mod:`cisgram.interpret.scores`)
is that of the sequence before the edit.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from cisgram.arrays import Codes, EditedCodes, EditedResponses, Responses
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.precision import full_precision, place_and_type
from cisgram.interpret.scores import StrandedScore, anchored
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device, evaluating

Score: TypeAlias = Callable[..., Tensor]
"""``score(output) -> (batch,)``, or ``(batch, track)`` for several tracks at once."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of sequences done and to do."""


MOST_BASES = 1 << 20
"""Bases that go through a model at a time, however many sequences are allowed: long ones need much memory each."""


@dataclass(frozen=True)
class Asking:
    """How a model is asked."""

    both_strands: bool = False
    """Whether responses are the mean of those to a sequence and to its reverse complement."""
    batch_size: int = 128
    """Sequences that go through the model at a time."""
    local_mutants: bool = True
    """Whether single-base mutants are computed only where they differ, for models that allow it (Basset, BPNet,
    Basenji, Akita). The answer is the same, but for rounding."""

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ConfigError(f"batch_size must be at least 1; got {self.batch_size}")

    def sequences_of(self, length_bp: int) -> int:
        """Sequences of a length that go through the model at a time: ``batch_size``, or fewer of long ones.

        Examples
        --------
        >>> Asking().sequences_of(600), Asking().sequences_of(131_072)
        (128, 8)
        """
        return max(1, min(self.batch_size, MOST_BASES // max(length_bp, 1)))


ONE_STRAND = Asking()
"""The strand that is given, in batches that suit a CPU."""


class Compared(NamedTuple):
    """Responses to sequences as they are and to their edited forms."""

    before: Responses
    after: EditedResponses


def respond(
    model: nn.Module,
    codes: Codes,
    *,
    scores: Sequence[Score],
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
    progress: Progress | None = None,
) -> Responses:
    """Ask a model about sequences.

    Parameters
    ----------
    model
        Called as ``model(one_hot)``; it is left as found.
    codes
        ``batch length``.
    scores
        Functions ``output -> (batch,)`` or ``(batch, track)``; their values stand side by side.
    asking
        Strands and batches.
    device
        Where to compute; where the model is, if not given.
    progress
        Called after every batch.

    Returns
    -------
    Responses
        float32, ``batch track``.

    Raises
    ------
    InputError
        Where there are no sequences or scores, or a response is not a finite number.
    """
    none = np.zeros((len(codes), 0, codes.shape[-1]), dtype=np.uint8)
    return compare(model, codes, none, scores=scores, asking=asking, device=device, progress=progress).before


def compare(
    model: nn.Module,
    codes: Codes,
    edited: EditedCodes,
    *,
    scores: Sequence[Score],
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
    progress: Progress | None = None,
) -> Compared:
    """Ask a model about sequences and about edited forms of each.

    Parameters are those of :func:`respond`; ``edited`` is ``batch edit length``.
    """
    (found,) = compare_with(model, [codes], edited, scores=scores, asking=asking, device=device, progress=progress)
    return found


def compare_with(
    model: nn.Module,
    references: Sequence[Codes],
    edited: EditedCodes,
    *,
    scores: Sequence[Score],
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
    progress: Progress | None = None,
) -> list[Compared]:
    """Ask a model about edited forms that are compared with several sequences each; the model reads the forms once.

    Parameters are those of :func:`respond`; ``edited`` is ``batch edit length``. What a score holds fixed is that of
    the respective reference.

    Parameters
    ----------
    references
        Sequences, ``batch length`` each.

    Returns
    -------
    list of Compared
        One per reference.
    """
    codes = references[0]
    if not len(codes) or not scores:
        raise InputError(f"a question needs sequences and scores; got {len(codes)} sequences and {len(scores)} scores")
    place, dtype = place_and_type(model, device)
    before: list[list[np.ndarray]] = [[] for _ in references]
    after: list[list[np.ndarray]] = [[] for _ in references]
    step = max(1, asking.sequences_of(codes.shape[-1]) // (1 + edited.shape[1]))
    with evaluating(model, device), full_precision(place), torch.inference_mode():

        def ask(rows: Codes) -> Any:
            return model(one_hot(torch.from_numpy(np.array(rows)).to(place)).to(dtype))

        for start in range(0, len(codes), step):
            rows = slice(start, start + step)
            of_strands = [
                _of_one_strand(
                    ask, [one[rows] for one in references], edited[rows], scores=scores, asking=asking, turn=turn
                )
                for turn in _turns(both=asking.both_strands)
            ]
            for number in range(len(references)):
                before[number].append(np.mean([one[number].before for one in of_strands], axis=0))
                after[number].append(np.mean([one[number].after for one in of_strands], axis=0))
                _require_finite(before[number][-1], after[number][-1], first_row=start)
            if progress is not None:
                progress(min(start + step, len(codes)), len(codes))
    return [Compared(np.concatenate(one), np.concatenate(other)) for one, other in zip(before, after, strict=True)]


def _turns(*, both: bool) -> list[Callable[[Codes], Codes]]:
    """What is done to sequences before the model reads them, strand by strand."""
    return [np.asarray, reverse_complement] if both else [np.asarray]


def _of_one_strand(
    ask: Callable[[Codes], Any],
    references: Sequence[Codes],
    edited: EditedCodes,
    *,
    scores: Sequence[Score],
    asking: Asking,
    turn: Callable[[Codes], Codes],
) -> list[Compared]:
    """Responses to a few sequences and all of their edited forms, read on one strand, by reference."""
    functions, found = [], []
    for codes in references:
        output = ask(turn(codes))
        own = [score_on(score, is_reverse=turn is reverse_complement) for score in scores]
        functions.append([anchored(score, output) for score in own])
        before = values_of(functions[-1], output, 1)
        found.append(Compared(before, np.empty((*edited.shape[:2], before.shape[1]), dtype=np.float32)))
    for edits in _parts(edited.shape[1], max(1, asking.sequences_of(edited.shape[-1]) // len(edited))):
        forms = edited[:, edits]
        n = forms.shape[1]
        output = ask(turn(forms.reshape(-1, forms.shape[-1])))
        for own, one in zip(functions, found, strict=True):
            one.after[:, edits] = values_of(own, output, n).reshape(len(edited), n, -1)
    return found


def score_on(score: Score, *, is_reverse: bool) -> Score:
    """The score as it is read where the model was given the sequence, or its reverse complement."""
    return score.on_reverse() if is_reverse and isinstance(score, StrandedScore) else score


def _parts(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, n, size))


def values_of(functions: Sequence[Callable[[Any, int], Tensor]], output: Any, n_repeats: int) -> Responses:
    """The values of anchored scores side by side: ``batch track``; an output has n rows for each example."""
    values = [function(output, n_repeats) for function in functions]
    together = torch.cat([one[:, None] if one.ndim == 1 else one for one in values], dim=1)
    return together.detach().to("cpu", torch.float32).numpy()


def _require_finite(before: np.ndarray, after: np.ndarray, *, first_row: int) -> None:
    """Refuse the answers of a model that has gone astray."""
    wrong = np.invert(np.isfinite(before).all(axis=1) & np.isfinite(after).all(axis=(1, 2)))
    if np.any(wrong):
        raise InputError(
            f"responses to {int(np.sum(wrong))} of {len(before)} sequences are not finite (first: row "
            f"{first_row + int(np.argmax(wrong))}): the model's weights or outputs are not; train it again"
        )
