"""A model to ask about variants: one network, or the folds of one, over strands and shifts, averaged on logits."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from cisgram.arrays import AlleleCodes, AlleleLogits, AlleleValues, WholePerAllele, WindowCodes
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.precision import full_precision, place_and_type
from cisgram.interpret.variants.answers import Answers, plain_answers
from cisgram.interpret.variants.local import local_answers
from cisgram.interpret.variants.outputs import OUTPUTS, OutputGeometry, OutputKind
from cisgram.nn.predict import Device, evaluating

_BASES_AT_ONCE = 1 << 18
_MOST_AT_ONCE = 128


@dataclass(frozen=True)
class VariantAsking:
    """How a model is asked about windows."""

    both_strands: bool = True
    """Whether predictions are those of a sequence and of its reverse complement, averaged on logits."""
    jitter_bp: tuple[int, ...] = (0,)
    """Shifts of the window in bp whose predictions are averaged on logits; each once, 0 is the window itself."""
    batch_size: int = 0
    """Sequences that go through the model at a time; 0: about 260,000 bases, 1 to 128 sequences."""
    local: bool = True
    """Whether only what a variant changes is computed, where that is exact; the answer is the same but for rounding."""
    tracks: tuple[int, ...] = ()
    """Numbers of the tracks that are kept, in that order; all, if none is given."""

    def __post_init__(self) -> None:
        if self.batch_size < 0:
            raise ConfigError(f"batch_size must be 0 or more; got {self.batch_size}")
        if not self.jitter_bp or len(set(self.jitter_bp)) < len(self.jitter_bp):
            raise ConfigError(f"jitter_bp must be one or more different shifts; got {self.jitter_bp}")

    def batch_of(self, length_bp: int) -> int:
        """Sequences of a length that go through the model at a time."""
        return self.batch_size or min(max(_BASES_AT_ONCE // length_bp, 1), _MOST_AT_ONCE)

    @property
    def margin_bp(self) -> int:
        """Bases that a window must have beyond what the model reads, on either side."""
        return max(abs(shift) for shift in self.jitter_bp)


class Predicted(NamedTuple):
    """What a model says of sequences, in units of what was measured."""

    values: AlleleValues
    """float32, ``allele track position``; see :class:`~cisgram.interpret.variants.outputs.OutputKind` for the unit and
    for what a position is. NaN where shifts leave none."""
    logits: AlleleLogits
    """What strands, shifts and folds were averaged on, flat: ``allele track number``."""


class PredictedAlleles(NamedTuple):
    """The same of windows and of their alternatives."""

    references: Predicted
    alternatives: Predicted


@dataclass(frozen=True, eq=False)
class VariantModel:
    """One trained model, or the folds of one.

    Parameters
    ----------
    modules
        Networks of one form, whose predictions are averaged on logits.
    name
        Of the architecture, in :data:`cisgram.models.MODELS`.
    track_names
        One per track.
    strand_pairs
        For every track, the number of that of the other strand (itself, where there is none); empty for none at all.
    sha256
        Of the checkpoints.

    Raises
    ------
    InputError
        Where there is no module, the architecture predicts nothing that is known here, or modules differ in form.
    """

    modules: tuple[nn.Module, ...]
    name: str
    track_names: tuple[str, ...]
    strand_pairs: tuple[int, ...] = ()
    sha256: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.modules:
            raise InputError("a model of variants needs at least one network; got none")
        if self.name not in OUTPUTS:
            raise InputError(f"variants are asked of {', '.join(OUTPUTS)}; got {self.name!r}")
        forms = {self.kind.geometry(module) for module in self.modules}
        n_tracks = {int(str(module.n_tracks)) for module in self.modules}
        if len(forms) > 1 or n_tracks != {len(self.track_names)}:
            raise InputError(
                f"folds must have one form and the {len(self.track_names)} tracks that are named; got {len(forms)} "
                f"forms and {sorted(n_tracks)} tracks"
            )
        pairs = self.strand_pairs
        if pairs and (
            len(pairs) != len(self.track_names) or any(pairs[pairs[one]] != one for one in range(len(pairs)))
        ):
            raise InputError("strand_pairs must name each track's partner, which names it back")

    @property
    def kind(self) -> OutputKind:
        """What such a model predicts."""
        return OUTPUTS[self.name]

    @cached_property
    def geometry(self) -> OutputGeometry:
        """Which bases its predictions stand for."""
        return self.kind.geometry(self.modules[0])

    @property
    def input_length(self) -> int:
        """Sequence that it reads, in bp."""
        return self.geometry.input_length

    @property
    def output_length(self) -> int:
        """Stretch that a prediction is about, in bp."""
        return self.geometry.output_length

    @property
    def n_tracks(self) -> int:
        """Tracks."""
        return len(self.track_names)

    def reference(
        self, codes: WindowCodes, *, asking: VariantAsking = VariantAsking(), device: Device | None = None
    ) -> Predicted:
        """Predict windows.

        Parameters
        ----------
        codes
            ``window length``: what the model reads, and ``asking.margin_bp`` more on either side.
        asking
            Strands, shifts, batches.
        device
            Where to compute; where the model is, if not given.

        Raises
        ------
        InputError
            Where windows have another length, or predictions are not finite.
        """
        none = np.zeros((0, codes.shape[-1]), dtype=np.uint8)
        places = np.zeros(0, dtype=np.int64)
        return self.alternatives(codes, none, places, asking=asking, device=device).references

    def alternatives(
        self,
        references: WindowCodes,
        alternatives: AlleleCodes,
        window_of: WholePerAllele,
        *,
        asking: VariantAsking = VariantAsking(),
        device: Device | None = None,
    ) -> PredictedAlleles:
        """Predict windows, and other forms of them.

        Parameters
        ----------
        references
            Windows, as in :meth:`reference`.
        alternatives
            As long; each is one of the windows with something else in it.
        window_of
            Number of each alternative's window.
        asking, device
            As in :meth:`reference`.

        Raises
        ------
        InputError
            Where windows have another length, or predictions are not finite.
        """
        margin, length = asking.margin_bp, self.input_length
        if references.shape[-1] != length + 2 * margin:
            raise InputError(
                f"this model reads {length} bp, and shifts need {margin} bp more on either side: windows of "
                f"{length + 2 * margin} bp; got {references.shape[-1]}"
            )
        sums: list[np.ndarray] = []
        turns = (False, True) if asking.both_strands else (False,)
        ways = [(module, turn, shift) for module in self.modules for turn in turns for shift in asking.jitter_bp]
        for module, is_turned, shift in ways:
            read = slice(margin + shift, margin + shift + length)
            found = self._ask(
                module, references[:, read], alternatives[:, read], window_of, (is_turned, asking, device)
            )
            found = [self.kind.shift(one, self.geometry, shift) for one in found] if shift else found
            sums = [one + other for one, other in zip(sums, found, strict=True)] if sums else found
        means = [one / len(ways) for one in sums]
        return PredictedAlleles(*(Predicted(self._values(one), one) for one in means))

    def _values(self, logits: np.ndarray) -> np.ndarray:
        """In natural units."""
        return self.kind.values(logits, self.modules[0])

    def _ask(
        self,
        module: nn.Module,
        references: np.ndarray,
        alternatives: np.ndarray,
        window_of: np.ndarray,
        how: tuple[bool, VariantAsking, Device | None],
    ) -> list[np.ndarray]:
        """Logits of one network, of one strand and shift, turned back to the plus strand; float64, for their mean."""
        is_turned, asking, device = how
        place, _ = place_and_type(module, device)
        how_many = {"batch_size": asking.batch_of(self.input_length), "device": device}
        before, after = (
            np.ascontiguousarray(reverse_complement(one) if is_turned else one) for one in (references, alternatives)
        )
        with evaluating(module, device), full_precision(place), torch.inference_mode():
            answers: Answers | None = None
            if asking.local and len(alternatives):
                answers = local_answers(module, before, after, window_of, **how_many)
            if answers is None:
                answers = plain_answers(module, before, after, window_of, **how_many)
        found = [self.kind.logits(one) for one in answers]
        if not all(np.isfinite(one).all() for one in found):
            raise InputError("predictions are not finite: the model's weights are not; train it again")
        if is_turned:
            found = [self.kind.turn(one, self.geometry, self.strand_pairs) for one in found]
        kept = list(asking.tracks or range(self.n_tracks))
        return [one[:, kept].astype(np.float64) for one in found]
