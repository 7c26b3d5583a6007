import numpy as np
import pytest
import torch

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import decode, encode
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.flanks import (
    FLANK_COLUMNS,
    FlankConfig,
    flank_preferences,
    flank_table,
    flank_words,
    vary_flanks,
)

CORE = encode("TGACTCA")


@pytest.fixture
def weights():
    return np.random.default_rng(0).normal(size=(4, 41)).astype(np.float32)


def ask(model, **config):
    codes = random_sequences(9, 41, seed=2)
    return vary_flanks(model, codes, CORE, scores=[lambda out: out], config=FlankConfig(**config))


def test_a_linear_model_is_read_off_base_by_base(toys, weights):
    found = ask(toys.Linear(weights))
    assert len(found.flanks) == 256
    preferences = flank_preferences(found)
    own = weights[:, [15, 16, 24, 25]]
    np.testing.assert_allclose(preferences.effects[0], own - own.mean(axis=0), atol=1e-4)
    assert preferences.explained[0] == pytest.approx(1, abs=1e-6)
    table = flank_table(found, tracks=["x"])
    assert tuple(table.columns) == FLANK_COLUMNS
    best = decode(own.argmax(axis=0).astype(np.uint8))
    assert table.loc[0, "left"] + table.loc[0, "right"] == best
    assert table["effect"].is_monotonic_decreasing
    assert table["effect"].mean() == pytest.approx(0, abs=1e-6)
    assert table["rank"].tolist() == list(range(1, 257))


def test_bases_that_only_work_together_are_not_explained_one_by_one():
    class Together(torch.nn.Module):
        def forward(self, sequences):
            return ((sequences[:, 0, 16] - sequences[:, 1, 16]) * (sequences[:, 0, 24] - sequences[:, 1, 24]))[:, None]

    found = ask(Together(), flank_bp=1)
    assert flank_preferences(found).explained[0] == pytest.approx(0, abs=1e-6)
    table = flank_table(found, tracks=["x"])
    assert set((table["left"] + table["right"])[:2]) == {"AA", "CC"}
    assert set((table["left"] + table["right"])[-2:]) == {"AC", "CA"}


def test_sampled_flanks_are_some_of_all_and_none_twice(toys, weights):
    words = flank_words(FlankConfig(4, n_sampled=300, seed=1))
    assert words.shape == (300, 8)
    assert len(np.unique(words, axis=0)) == 300
    found = ask(toys.Linear(weights), flank_bp=4, n_sampled=300)
    own = weights[:, [13, 14, 15, 16, 24, 25, 26, 27]]
    np.testing.assert_allclose(flank_preferences(found).effects[0], own - own.mean(axis=0), atol=1e-4)


def test_the_core_is_the_same_in_all_and_the_rest_is_the_background(toys):
    seen = []

    class Watch(torch.nn.Module):
        def forward(self, sequences):
            seen.append(sequences.argmax(1).numpy())
            return sequences.sum((1, 2))[:, None]

    ask(Watch(), flank_bp=1)
    rows = np.concatenate(seen)
    assert (rows[:, 17:24] == CORE).all()
    assert len(np.unique(np.delete(rows, range(16, 25), axis=1), axis=0)) == 9
    assert toys is not None


def test_bad_input_is_refused(toys, weights):
    with pytest.raises(InputError, match="a core of 7 bp at 1 with 2 bp"):
        ask(toys.Linear(weights), position=1)
    with pytest.raises(ConfigError, match="65,536 words; set n_sampled"):
        FlankConfig(4)
    with pytest.raises(ConfigError, match="flank_bp must be at least 1"):
        FlankConfig(0)
