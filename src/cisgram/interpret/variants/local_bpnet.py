"""Sequences read by a BPNet, and their mutants: the tower and both heads only where a mutant differs."""

import torch
from torch import Tensor

from cisgram.interpret.variants.local_blocks import profile_layer, stem_layer, tower_layer
from cisgram.interpret.variants.local_layers import (
    Change,
    KnownLayer,
    Positions,
    Stretches,
    filled,
    known_layers,
)
from cisgram.models.bpnet import BPNet, BPNetOutput
from cisgram.nn.heads import CountsHead, SummedCountsHead
from cisgram.nn.tensors import Hidden, LogCounts, OneHot, ProfileLogits


class ReadByBPNet:
    """Some sequences that a BPNet has read, without control reads.

    Parameters
    ----------
    model
        In evaluation mode.
    sequences
        As long as it reads.
    """

    def __init__(self, model: BPNet, sequences: OneHot) -> None:
        pairs = zip(model.tower.convolutions, model.tower.activations, strict=True)
        stem, *tower = [stem_layer(model.stem, model.stem_activation), *(tower_layer(*pair) for pair in pairs)]
        self._known = known_layers([stem, *tower[:-1]], sequences)
        hidden = tower[-1].whole(self._known.output)
        n_out, reach = model.output_length, 2 * (model.profile_head.width // 2)
        counted = _middle(hidden.shape[-1], min(hidden.shape[-1], n_out + reach))
        inside = _middle(hidden.shape[-1], n_out)
        self._last = KnownLayer(tower[-1], self._known.output, wanted=counted)
        profile = profile_layer(model.profile_head.convolution)
        self._profile = KnownLayer(profile, hidden, wanted=inside)
        self._profile_from, self._n_tracks = inside.start, model.n_tracks
        self._logits = profile.whole(hidden)[..., inside.start : inside.end]
        self._counts = _counts_of(model.counts_head, hidden, counted)
        self.output = BPNetOutput(self._by_track(self._logits), self._counts.output)
        """The model's output for the sequences as they are."""

    def ask(self, change: Change) -> BPNetOutput:
        """The model's output for mutants, which have other one-hot bases in places."""
        hidden = self._last.changed(self._known.changed(change))
        profile = self._profile.changed(hidden)
        logits = filled(self._logits, profile._replace(starts=profile.starts - self._profile_from))
        return BPNetOutput(self._by_track(logits), self._counts.ask(hidden))

    def _by_track(self, logits: Hidden) -> ProfileLogits:
        exact = torch.promote_types(logits.dtype, torch.float32)
        return logits.to(exact).unflatten(1, (self._n_tracks, -1))


def _middle(length: int, n: int) -> Positions:
    start = (length - n) // 2
    return Positions(start, start + n)


def _counts_of(
    head: CountsHead | SummedCountsHead, hidden: Tensor, counted: Positions
) -> "_PooledCounts | _SummedCounts":
    if isinstance(head, CountsHead):
        return _PooledCounts(head, hidden, counted)
    return _SummedCounts(head, hidden, counted)


class _PooledCounts:
    """A linear map of the mean over positions: of a mutant, the mean moves by what its positions moved."""

    def __init__(self, head: CountsHead, hidden: Tensor, counted: Positions) -> None:
        self._head, self._n = head, counted.end - counted.start
        self._known = Stretches(hidden)
        self._means = hidden[..., counted.start : counted.end].mean(-1, keepdim=True)
        self.output = head(self._means)

    def ask(self, change: Change) -> LogCounts:
        before = self._known.take(change.windows, change.starts, change.values.shape[-1])
        moved = (change.values - before).sum(-1, keepdim=True) / self._n
        return self._head(self._means.index_select(0, change.windows) + moved)


class _SummedCounts:
    """A sum over positions of a rate at each; all are summed again, as a difference could be lost in rounding."""

    def __init__(self, head: SummedCountsHead, hidden: Tensor, counted: Positions) -> None:
        self._head, self._counted_from = head, counted.start
        self._rates = self._rates_at(hidden[..., counted.start : counted.end])
        self.output = self._summed(self._rates)

    def ask(self, change: Change) -> LogCounts:
        rates = Change(change.windows, change.starts - self._counted_from, self._rates_at(change.values))
        return self._summed(filled(self._rates, rates))

    def _rates_at(self, hidden: Tensor) -> Tensor:
        # batch channel position -> batch position channel, and back
        return self._head.rate(self._head.log_rates(hidden.transpose(1, 2))).transpose(1, 2)

    def _summed(self, rates: Tensor) -> Tensor:
        return self._head.logarithm(rates.sum(-1)).unflatten(1, (self._head.n_tracks, -1))
