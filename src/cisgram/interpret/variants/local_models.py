"""Sequences read by a model, and their mutants, computed only where they differ from them.

A model is followed up to where every output depends on every position: in a Basset to the dense layers, in a BPNet to
the sums over positions, in an Akita to the pairs of bins; in a Basenji with dilated convolutions to the end. The
answers are those of the whole model, but for rounding.
"""

from itertools import islice
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn

from cisgram.interpret.variants.folded_pairs import FoldedPairHead
from cisgram.interpret.variants.local_blocks import layers_of
from cisgram.interpret.variants.local_bpnet import ReadByBPNet
from cisgram.interpret.variants.local_layers import Change, LocalLayer, known_layers
from cisgram.models.akita import Akita, AkitaOutput
from cisgram.models.basenji import N_BEFORE_BINS_MEET, Basenji, BasenjiOutput
from cisgram.models.basset import Basset, BassetOutput
from cisgram.models.bpnet import BPNet
from cisgram.nn.pairs import turned_places
from cisgram.nn.tensors import OneHot


@runtime_checkable
class ReadLocally(Protocol):
    """Some sequences that a model has read, of which mutants can be asked."""

    output: Any
    """The model's output for the sequences as they are."""

    def ask(self, change: Change) -> Any:
        """The model's output for mutants, which have other one-hot bases in places."""
        ...


def read_locally(model: nn.Module, sequences: OneHot) -> ReadLocally | None:
    """Read sequences so that mutants of them cost less than reading these.

    Parameters
    ----------
    model
        In evaluation mode.
    sequences
        As long as it reads, on its device and of its type.

    Returns
    -------
    ReadLocally or None
        None where the model is of a kind, or has layers, that cannot be followed.
    """
    if isinstance(model, BPNet):
        return ReadByBPNet(model, sequences)
    if isinstance(model, Basset):
        layers = layers_of(model.convolutions)
        return None if layers is None else _on_own_strands(_ReadByBasset, model, layers, sequences)
    if isinstance(model, Akita):
        layers = layers_of(model.trunk)
        return None if layers is None else _on_own_strands(_ReadByAkita, model, layers, sequences)
    if isinstance(model, Basenji):
        layers = layers_of(nn.Sequential(model.trunk, model.head))
        if layers is not None:
            return _ReadByBasenji(layers, sequences)
        layers = layers_of(nn.Sequential(*islice(model.trunk, N_BEFORE_BINS_MEET)))
        return None if layers is None else _ReadBeforeBinsMeet(model, layers, sequences)
    return None


class _ReadByBasset:
    """Convolutions are followed; dense layers read all of the last one's output."""

    def __init__(self, model: Basset, layers: list[LocalLayer], sequences: Tensor) -> None:
        self._model, self._known = model, known_layers(layers, sequences)
        self.output = self._of(self._known.output)

    def ask(self, change: Change) -> BassetOutput:
        return self._of(self._known.mutants(change))

    def mean(self, one: BassetOutput, other: BassetOutput) -> BassetOutput:
        return BassetOutput((one.logits + other.logits) / 2)

    def _of(self, hidden: Tensor) -> BassetOutput:
        model = self._model
        return BassetOutput(model.head(model.dense(model.flatten(hidden))))


class _ReadByAkita:
    """The trunk is followed; from the pairs of bins on, all is computed."""

    def __init__(self, model: Akita, layers: list[LocalLayer], sequences: Tensor) -> None:
        self._model, self._known = model, known_layers(layers, sequences)
        self._head = FoldedPairHead(model.head, diagonal_offset=model.diagonal_offset)
        self.output = AkitaOutput(self._head.contacts(self._known.output))

    def ask(self, change: Change) -> AkitaOutput:
        return AkitaOutput(self._head.contacts(self._known.mutants(change)))

    def mean(self, one: AkitaOutput, other: AkitaOutput) -> AkitaOutput:
        turned = turned_places(self._model.n_bins, self._model.diagonal_offset, other.contacts.device)
        return AkitaOutput((one.contacts + other.contacts.index_select(2, turned)) / 2)


class _ReadByBasenji:
    """All is followed: a bin sees others only as far as dilated convolutions reach."""

    def __init__(self, layers: list[LocalLayer], sequences: Tensor) -> None:
        self._known = known_layers(layers, sequences)
        self.output = BasenjiOutput(self._known.output)

    def ask(self, change: Change) -> BasenjiOutput:
        return BasenjiOutput(self._known.mutants(change))


class _ReadBeforeBinsMeet:
    """A Basenji whose bins see all others: it is followed to the bins, and all is computed from there on."""

    def __init__(self, model: Basenji, layers: list[LocalLayer], sequences: Tensor) -> None:
        self._model, self._known = model, known_layers(layers, sequences)
        self.output = model.predict_from(self._known.output)

    def ask(self, change: Change) -> BasenjiOutput:
        return self._model.predict_from(self._known.mutants(change))


class _ReadOnBothStrands:
    """The mean of both strands, of a model that takes it by itself."""

    def __init__(self, one: Any, other: Any, length: int) -> None:
        self._one, self._other, self._length = one, other, length
        self.output = one.mean(one.output, other.output)

    def ask(self, change: Change) -> Any:
        n = change.values.shape[-1]
        turned = Change(change.windows, self._length - change.starts - n, change.values.flip(1, 2))
        return self._one.mean(self._one.ask(change), self._other.ask(turned))


def _on_own_strands(read: Any, model: Basset | Akita, layers: list[LocalLayer], sequences: Tensor) -> Any:
    """Read the strand that is given, or both, as the model does."""
    one = read(model, layers, sequences)
    is_averaged = model.is_averaged if isinstance(model, Basset) else model.config.reverse_complement == "average"
    return (
        _ReadOnBothStrands(one, read(model, layers, sequences.flip(1, 2)), sequences.shape[-1]) if is_averaged else one
    )
