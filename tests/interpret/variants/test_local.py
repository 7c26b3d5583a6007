"""Alternatives that are computed where they differ from their windows are those of the whole model."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.variants import local_layers
from cisgram.interpret.variants.answers import plain_answers
from cisgram.interpret.variants.local import local_answers
from cisgram.models import akita, basenji, basset, bpnet

BASSET = basset.BassetConfig(61, n_filters=(8, 6, 4), widths=(19, 11, 7), pools=(3, 4, 4), n_hidden=(8,))
BPNET = bpnet.BPNetConfig(input_length=160, output_length=40, n_filters=8, n_dilated_layers=4, profile_width=21)
AKITA = akita.AkitaConfig(
    input_length=108,
    bin_size=12,
    crop=1,
    stem_filters=8,
    tower_filters=6,
    n_dilated=3,
    dilated_filters=4,
    bin_filters=8,
    pair_filters=6,
    pair_dilated_filters=4,
    n_pair_blocks=2,
    residual_gain=0.5,
)
BASENJI = basenji.BasenjiConfig(
    input_length=160,
    filters=(8, 9, 10),
    widths=(15, 5, 4),
    pools=(2, 4, 1),
    trunk_filters=6,
    n_trunk_blocks=4,
    crop=2,
    head_filters=12,
    residual_gain=0.5,
)
FORMS = {
    "basset": BASSET,
    "basset of both strands": replace(BASSET, reverse_complement="average"),
    "basset of paired filters": replace(BASSET, input_length=62, reverse_complement="equivariant"),
    "basset with one pool over the end": replace(BASSET, pools=(5, 4, 40)),
    "bpnet": BPNET,
    "bpnet longer than it needs": replace(BPNET, input_length=200),
    "bpnet with pooled counts": replace(BPNET, counts="pooled"),
    "bpnet with a control": replace(BPNET, counts="pooled", control="concatenated"),
    "bpnet with zeros at its ends": replace(
        BPNET, padding="same", input_length=61, output_length=61, profile_width=20, strands="separate"
    ),
    "bpnet with zeros beyond its output": replace(BPNET, padding="same", input_length=120),
    "akita": AKITA,
    "akita of both strands": replace(AKITA, operator="left_right", reverse_complement="average"),
    "basenji": BASENJI,
    "basenji of 2018": replace(
        BASENJI, widths=(22, 1, 6), pools=(1, 4, 4), trunk="dense", dilation_rate=2.0, crop=0, activation="relu"
    ),
    "basenji that reads bin by bin": replace(BASENJI, trunk="recurrent", n_trunk_blocks=1),
}


def seeded(form):
    """A model in evaluation mode, in double precision, whose norms have statistics and whose weights matter."""
    n_controls = 2 if getattr(form, "control", "none") != "none" else 0
    home = {"Basset": basset, "BPNet": bpnet, "Akita": akita, "Basenji": basenji}[
        type(form).__name__.removesuffix("Config")
    ]
    model = home.build(form, n_tracks=2, n_controls=n_controls, seed=2)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, values in [*model.named_parameters(), *model.named_buffers()]:
            if "running_var" in name:
                values.copy_(torch.rand(values.shape, generator=generator) + 0.5)
            elif values.is_floating_point():
                values.add_(torch.randn(values.shape, generator=generator) * 0.1)
    return model.eval().double()


def substituted(windows, rng):
    """Every position of every window once with another base."""
    n, length = windows.shape
    window_of, places = np.repeat(np.arange(n), length), np.tile(np.arange(length), n)
    alternatives = windows[window_of]
    rows = np.arange(len(alternatives))
    alternatives[rows, places] = (alternatives[rows, places] + rng.integers(1, 4, len(rows))) % 4
    return alternatives, window_of


def both_ways(model, windows, alternatives, window_of, *, batch_size=16):
    with torch.inference_mode():
        plain = plain_answers(model, windows, alternatives, window_of, batch_size=64)
        return plain, local_answers(model, windows, alternatives, window_of, batch_size=batch_size)


def assert_alike(plain, quick, *, within):
    for name in ("references", "alternatives"):
        one, other = getattr(plain, name), getattr(quick, name)
        assert type(one) is type(other)
        for expected, found in zip(one, other, strict=True):
            assert expected.dtype == found.dtype
            assert float((expected - found).abs().max()) < within * float(expected.std())


@pytest.mark.parametrize("turn", [np.asarray, reverse_complement])
@pytest.mark.parametrize("name", list(FORMS))
def test_all_substitutions_are_those_of_the_whole_model(toys, name, turn):
    form = FORMS[name]
    model, rng = seeded(form), np.random.default_rng(3)
    windows = toys.random_codes(1, form.input_length, seed=4, share_of_n=0.03)
    alternatives, window_of = substituted(windows, rng)
    asked = (np.ascontiguousarray(turn(windows)), np.ascontiguousarray(turn(alternatives)), window_of)
    plain, quick = both_ways(model, *asked)
    assert_alike(plain, quick, within=1e-11)  # what remains is the rounding of doubles
    effects = plain.alternatives[0] - plain.references[0][window_of]
    assert float((effects.flatten(1).abs().amax(1) > 1e-6).double().mean()) > 0.5  # most bases matter


@pytest.mark.parametrize("name", ["basset", "bpnet", "bpnet with zeros at its ends", "akita", "basenji"])
def test_longer_edits_and_shifted_flanks_are_those_of_the_whole_model(toys, name):
    length = FORMS[name].input_length
    model, rng = seeded(FORMS[name]), np.random.default_rng(5)
    windows = toys.random_codes(3, length, seed=6)
    window_of = rng.integers(0, 3, 60)
    alternatives = windows[window_of]
    for row in range(50):
        start, end = np.sort(rng.choice(length + 1, 2, replace=False))
        alternatives[row, start:end] = rng.integers(0, 5, end - start)
    for row in range(50, 59):  # bases that are left out: all behind them moves up
        at, n = rng.integers(0, length - 8), rng.integers(1, 8)
        alternatives[row, at:] = np.concatenate([alternatives[row, at + n :], rng.integers(0, 4, n, dtype=np.uint8)])
    plain, quick = both_ways(model, windows, alternatives, window_of)  # the last is its window, unchanged
    assert_alike(plain, quick, within=1e-11)
    np.testing.assert_allclose(quick.alternatives[0][59], quick.references[0][window_of[59]], atol=1e-11)


@pytest.mark.parametrize("name", ["basset of paired filters", "bpnet", "akita", "basenji"])
def test_single_precision_is_good_to_rounding(toys, name):
    model, rng = seeded(FORMS[name]).float(), np.random.default_rng(7)
    windows = toys.random_codes(1, FORMS[name].input_length, seed=8)
    assert_alike(*both_ways(model, windows, *substituted(windows, rng)), within=1e-5)


def test_batches_and_order_do_not_matter(toys):
    model, rng = seeded(FORMS["basenji"]), np.random.default_rng(9)
    windows = toys.random_codes(5, FORMS["basenji"].input_length, seed=10)
    alternatives, window_of = substituted(windows, rng)
    some = rng.permutation(len(alternatives))[:25]
    _, few = both_ways(model, windows, alternatives[some], window_of[some], batch_size=1)
    _, many = both_ways(model, windows, alternatives[some], window_of[some], batch_size=50)
    torch.testing.assert_close(few.alternatives.logits, many.alternatives.logits, rtol=0, atol=1e-11)


def test_windows_without_alternatives_are_answered(toys):
    model = seeded(FORMS["basset"])
    windows = toys.random_codes(2, 61, seed=11)
    none = np.zeros((0, 61), dtype=np.uint8)
    _, quick = both_ways(model, windows, none, np.zeros(0, dtype=np.int64))
    assert quick.references.logits.shape == (2, 2)
    assert quick.alternatives.logits.shape == (0, 2)


def test_what_is_known_of_a_window_is_what_answers_hang_on(toys, monkeypatch):
    """Were a stretch taken one position off, the answers would be wrong: the comparisons above can fail."""
    take = local_layers.Stretches.take
    monkeypatch.setattr(
        local_layers.Stretches, "take", lambda self, windows, starts, width: take(self, windows, starts * 0, width)
    )
    model, rng = seeded(FORMS["bpnet"]), np.random.default_rng(12)
    windows = toys.random_codes(1, 160, seed=13)
    plain, quick = both_ways(model, windows, *substituted(windows, rng))
    with pytest.raises(AssertionError):
        assert_alike(plain, quick, within=1e-3)


class Unknown(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, sequences):
        return SimpleNamespace(logits=self.weight * sequences.sum((1, 2)))


def test_a_model_of_another_kind_is_left_to_the_plain_way(toys):
    windows = toys.random_codes(1, 30, seed=14)
    alternatives, window_of = substituted(windows, np.random.default_rng(15))
    assert local_answers(Unknown(), windows, alternatives, window_of, batch_size=4) is None


def test_a_block_that_was_exchanged_is_left_to_the_plain_way(toys):
    model = seeded(FORMS["akita"])
    model.trunk.activation = nn.Softmax(dim=1)  # looks at all channels, and could look at all positions
    windows = toys.random_codes(1, AKITA.input_length, seed=16)
    assert local_answers(model, windows, windows.copy(), np.zeros(1, dtype=np.int64), batch_size=4) is None
