import numpy as np
import pytest
import torch

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import encode
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.insertion import (
    INSERTION_COLUMNS,
    InsertionConfig,
    insert_motifs,
    insertion_table,
)

MOTIFS = [Motif.from_consensus("a", "GATTACA"), Motif.from_consensus("b", "CCGNNCG")]


class Matches(torch.nn.Module):
    """Number of bases that agree with a word, at the best place: a motif's filter and a maximum."""

    def __init__(self, word):
        super().__init__()
        weight = torch.nn.functional.one_hot(torch.from_numpy(encode(word)).long(), 4).T.float()
        self.filter = torch.nn.Conv1d(4, 1, len(word), bias=False)
        self.filter.weight.data = weight[None]

    def forward(self, sequences):
        return self.filter(sequences).amax(dim=2)


def test_the_response_of_a_linear_model_has_the_closed_form(toys):
    codes = random_sequences(5, 30, seed=1)
    weights = np.random.default_rng(0).normal(size=(4, 30)).astype(np.float32)
    found = insert_motifs(toys.Linear(weights), codes, MOTIFS[:1], scores=[toys.as_score])
    first, word = (30 - 7) // 2, encode("GATTACA")
    places = np.arange(first, first + 7)
    expected = weights[word, places].sum() - weights[codes[:, places], places].sum(axis=1)
    np.testing.assert_allclose(found.effects[:, 0, 0], expected, rtol=1e-4, atol=1e-5)


def test_a_motif_of_n_has_no_effect():
    codes = random_sequences(6, 30)
    found = insert_motifs(Matches("GATTACA"), codes, [Motif.from_consensus("n", "NNNN")], scores=[lambda out: out])
    assert not found.effects.any()
    assert not (found.scrambled - found.before[:, None]).any()


@pytest.mark.parametrize("place", [{}, {"position": 0}, {"position": 23}])
def test_the_motif_that_a_model_seeks_gets_full_marks_and_others_do_not(place):
    codes = random_sequences(12, 30, seed=2)
    found = insert_motifs(Matches("GATTACA"), codes, MOTIFS, scores=[lambda out: out], config=InsertionConfig(**place))
    assert (found.after[:, 0] == 7).all()
    assert (found.after[:, 1] < 7).all()
    assert found.scrambled[:, 0].mean() < 6


def test_a_motif_on_the_other_strand_is_not_seen_by_a_model_of_one_strand():
    codes = random_sequences(12, 30, seed=2)
    asked = {"scores": [lambda out: out], "config": InsertionConfig(strand="-")}
    assert (insert_motifs(Matches("GATTACA"), codes, MOTIFS[:1], **asked).after < 7).all()
    assert (insert_motifs(Matches("TGTAATC"), codes, MOTIFS[:1], **asked).after == 7).all()


def test_what_a_motif_gets_does_not_depend_on_the_others():
    codes = random_sequences(8, 30, seed=2)
    asked = {"scores": [lambda out: out], "config": InsertionConfig(instances="sampled", seed=5)}
    alone = insert_motifs(Matches("GATTACA"), codes, MOTIFS[1:], **asked)
    beside = insert_motifs(Matches("GATTACA"), codes, MOTIFS, **asked)
    assert np.array_equal(alone.after[:, 0], beside.after[:, 1])
    assert np.array_equal(alone.scrambled[:, 0], beside.scrambled[:, 1])


def test_the_table_has_a_row_per_motif_and_track_and_tells_signal_from_none():
    codes = random_sequences(60, 30, seed=3)
    scores = [lambda out: torch.cat([out, 0 * out], dim=1)]
    found = insert_motifs(Matches("GATTACA"), codes, MOTIFS, scores=scores)
    table = insertion_table(found, motifs=["a", "b"], tracks=["x", "y"])
    assert tuple(table.columns) == INSERTION_COLUMNS
    assert table[["motif", "track"]].to_numpy().tolist() == [["a", "x"], ["a", "y"], ["b", "x"], ["b", "y"]]
    strong, none = table.iloc[0], table.iloc[1]
    assert strong["low"] > strong["scrambled_high"]
    assert max(strong["p_wilcoxon"], strong["p_over_scrambled"], strong["q_wilcoxon"]) < 1e-6
    assert none["effect"] == 0
    assert none["p_wilcoxon"] == 1


def test_bad_input_is_refused():
    codes = random_sequences(2, 5)
    with pytest.raises(InputError, match="motif a: a motif of 7 bp does not fit into sequences of 5 bp"):
        insert_motifs(Matches("GAT"), codes, MOTIFS, scores=[lambda out: out])
    with pytest.raises(InputError, match="names that differ"):
        insert_motifs(Matches("GAT"), codes, [MOTIFS[0], MOTIFS[0]], scores=[lambda out: out])
    with pytest.raises(ConfigError, match="position must be 0 or more"):
        InsertionConfig(position=-1)
