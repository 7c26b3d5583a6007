import copy

import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import encode
from cisgram.interpret.experiments.arrangements import SpacingConfig
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.layers import (
    LAYER_COLUMNS,
    SPACING_LAYER_COLUMNS,
    ask_without_layers,
    layer_table,
    predict_without_layers,
    spacing_layer_table,
    without_layers,
)
from cisgram.interpret.experiments.spacing import space_motifs, spacing_table
from cisgram.interpret.scores import log_counts
from cisgram.models.basset import BassetConfig
from cisgram.models.basset import build as build_basset
from cisgram.models.bpnet import BPNetConfig, build

FORM = BPNetConfig(
    200,
    200,
    counts="pooled",
    n_filters=3,
    n_dilated_layers=5,
    stem_width=9,
    profile_width=5,
    padding="same",
    strands="joint",
)


@pytest.fixture
def model(words):
    """The layer of dilation d adds 1 where B stands d bp to the right of A; log counts are their number."""
    model = build(FORM, n_tracks=1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        for channel, (word, tap) in enumerate(((words.a, 0), (words.b, 1))):
            letters = torch.nn.functional.one_hot(torch.from_numpy(encode(word)).long(), 4).T.float()
            model.stem.weight[channel, :, tap : tap + len(word)] = letters
            model.stem.bias[channel] = 1 - len(word)
        for convolution in model.tower.convolutions:
            convolution.weight[2, 0, 1] = convolution.weight[2, 1, 2] = 1
            convolution.bias[2] = -1
        model.counts_head.linear.weight[0, 2] = 200
    return model


def question(words, distances):
    pair = (Motif.from_consensus("a", words.a), Motif.from_consensus("b", words.b))
    config = SpacingConfig(distances, orders=("AB",), strands=("++",))
    codes = random_sequences(3, 200, gc=0.0)

    def ask(model):
        found = space_motifs(model, codes, pair, scores=[log_counts(0)], config=config)
        return spacing_table(found, tracks=["x"], scale="log1p")

    return ask


def test_skipping_a_layer_kills_exactly_the_interaction_at_its_range(model, words):
    distances = range(7, 41)
    answers = ask_without_layers(model, question(words, distances), removal="each")
    assert [one.removed for one in answers] == [(), (1,), (2,), (3,), (4,), (5,)]
    for one in answers:
        expected = {2**layer for layer in (3, 4, 5)} - {2**layer for layer in one.removed}
        table = one.answer
        assert set(table.loc[table["interaction"] > 0.5, "distance_bp"]) == expected
        np.testing.assert_allclose(table["interaction"], table["distance_bp"].isin(expected), atol=1e-4)
    table = spacing_layer_table(answers)
    assert tuple(table.columns) == SPACING_LAYER_COLUMNS
    assert table["kept"].tolist() == pytest.approx([1, 1, 1, 2 / 3, 2 / 3, 2 / 3], abs=1e-4)


def test_from_the_top_the_reach_shrinks_until_nothing_is_left(model, words):
    answers = ask_without_layers(model, question(words, [8, 16, 32]))
    assert [one.removed for one in answers][1:] == [(5,), (4, 5), (3, 4, 5), (2, 3, 4, 5), (1, 2, 3, 4, 5)]
    assert [one.reach_bp for one in answers] == [62, 30, 14, 6, 2, 0]
    table = spacing_layer_table(answers)
    assert table["kept"].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0, 0, 0], abs=1e-4)
    assert table["removed"].tolist()[:3] == ["none", "5", "4, 5"]


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_skipped_layer_is_one_of_weights_zero_and_the_model_is_left_bit_identical(padding):
    form = BPNetConfig(200, 40, n_filters=8, n_dilated_layers=4, stem_width=9, profile_width=5, padding=padding)
    model = build(form, n_tracks=2, seed=3).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    sequences = torch.nn.functional.one_hot(torch.randint(0, 4, (3, 200)), 4).transpose(1, 2).float()
    whole = model(sequences)
    zeroed = copy.deepcopy(model)
    with torch.no_grad():
        for layer in (1, 3):
            zeroed.tower.convolutions[layer].weight.zero_()
            zeroed.tower.convolutions[layer].bias.zero_()
    with without_layers(model, [2, 4]):
        skipped = model(sequences)
    for found, expected in zip(skipped, zeroed(sequences), strict=True):
        torch.testing.assert_close(found, expected)
    assert not torch.equal(skipped.log_counts, whole.log_counts)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(torch.equal(one, other) for one, other in zip(model(sequences), whole, strict=True))
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())


def test_hooks_go_when_the_question_fails(model):
    def fail(_):
        raise RuntimeError("no answer")

    with pytest.raises(RuntimeError, match="no answer"):
        ask_without_layers(model, fail)
    assert not any(module._forward_hooks for module in model.modules())


def test_predictions_agree_less_the_more_layers_go(toys):
    form = BPNetConfig(200, 40, n_filters=8, n_dilated_layers=4, stem_width=9, profile_width=5, padding="same")
    model = toys.seeded(build, form, n_tracks=2, gain=1.5)
    codes = random_sequences(30, 200)
    answers = predict_without_layers(model, codes, scores=[log_counts(0), log_counts(1)])
    table = layer_table(answers, tracks=["x", "y"])
    assert tuple(table.columns) == LAYER_COLUMNS
    whole = table[table["n_removed"] == 0]
    np.testing.assert_allclose(whole[["correlation", "slope"]], 1)
    assert not whole["change"].any()
    assert (table[table["n_removed"] == 4]["correlation"] < 0.99).all()
    other = layer_table(answers, tracks=["x", "y"], truth=answers[-1].answer).tail(2)
    np.testing.assert_allclose(other["correlation"], 1)
    x, y = (np.asarray(one.answer, dtype=float)[:, 1] for one in (answers[0], answers[2]))
    row = table.query("track == 'y' and n_removed == 2").iloc[0]
    assert row["correlation"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert row["slope"] == pytest.approx(np.polyfit(x, y, 1)[0])


def test_models_without_a_tower_and_unknown_layers_are_refused(model):
    basset = build_basset(BassetConfig.small(), n_tracks=1)
    with pytest.raises(InputError, match="such as BPNet; Basset has none"):
        ask_without_layers(basset, lambda one: one)
    with pytest.raises(InputError, match=r"numbered from 1 to 5; got \[0, 6\]"), without_layers(model, [0, 2, 6]):
        pass
    with pytest.raises(InputError, match="answers must be spacing tables; got int"):
        spacing_layer_table(ask_without_layers(model, lambda _: 1))
