import numpy as np
import pandas as pd
import pytest
import torch

from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import encode
from cisgram.interpret.experiments.ablation import ablate_pairs, ablation_of_spacing
from cisgram.interpret.experiments.arrangements import SpacingConfig
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.deletion import AblationConfig, fillings_of, pairs_of
from cisgram.interpret.experiments.epistasis import (
    DEPENDENCE_COLUMNS,
    EPISTASIS_COLUMNS,
    dependence_table,
    epistasis_table,
)
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.experiments.spacing import space_motifs

FILLINGS = ["random", "shuffle", "n"]


@pytest.fixture
def planted(words):
    """Windows of A and T with an A at 30 and a B at 50; in the last two, a second B at 90."""
    codes = random_sequences(8, 120, gc=0.0, seed=5)
    rows = []
    for row in range(8):
        places = [("a", words.a, 30), ("b", words.b, 50)] + ([("b", words.b, 90)] if row > 5 else [])
        for name, word, start in places:
            codes[row, start : start + len(word)] = encode(word)
            rows.append((row, start, start + len(word), name))
    return codes, pd.DataFrame(rows, columns=["row", "start", "end", "name"])


def ask(words, combine, planted, filling="random", **options):
    config = AblationConfig(filling, n_draws=3)
    return ablate_pairs(words.WordModel(combine), *planted, scores=[words.score], config=config, **options)


@pytest.mark.parametrize("filling", FILLINGS)
def test_logs_that_add_up_have_no_epistasis_and_each_deletion_costs_its_own_weight(words, planted, filling):
    table = epistasis_table(ask(words, words.logs_add_up, planted, filling), tracks=["x"])
    assert tuple(table.columns) == EPISTASIS_COLUMNS
    np.testing.assert_allclose(table[["epistasis", "low", "high"]], 0, atol=1e-6)
    near = table.query("name_a == 'a' and distance == '0-35'").iloc[0]
    assert near[["effect_a", "effect_b", "effect_both"]].tolist() == pytest.approx([-1.5, -0.7, -2.2], abs=1e-5)
    assert table[["name_a", "name_b", "distance", "n_pairs"]].to_numpy().tolist() == [
        ["a", "b", "all", 10],
        ["a", "b", "0-35", 8],
        ["a", "b", "36-70", 2],
        ["b", "b", "all", 2],
        ["b", "b", "36-70", 2],
    ]


def test_counts_that_add_up_have_a_fold_of_one_both_ways(words, planted):
    found = ask(words, words.counts_add_up, planted)
    table = dependence_table(found, tracks=["x"], scale="log1p")
    assert tuple(table.columns) == DEPENDENCE_COLUMNS
    np.testing.assert_allclose(table["fold"], 1, rtol=1e-5)
    own = table.query("distance == '0-35'")
    assert own[["deleted", "at"]].to_numpy().tolist() == [["a", "b"], ["b", "a"]]
    assert (table["effect"] < 0).all()


@pytest.mark.parametrize("filling", FILLINGS)
def test_a_pair_that_needs_both_has_the_epistasis_of_the_pair(words, planted, filling):
    codes, instances = planted
    distance = 53 - 34
    table = epistasis_table(ask(words, words.only_at(distance), planted, filling), tracks=["x"])
    row = table.query("name_a == 'a' and distance == '0-35'").iloc[0]
    assert row[["effect_a", "effect_b", "effect_both", "epistasis"]].tolist() == pytest.approx([-1, -1, -1, 1])
    assert not table.query("distance == '36-70'")["epistasis"].any()
    assert instances["row"].max() == len(codes) - 1


class Directed(torch.nn.Module):
    """A signal along the sequence: A brings 4 at its own place; B brings 1, and 2 more where there is an A."""

    def __init__(self, words):
        super().__init__()
        self.a, self.b = words.Finder(words.a), words.Finder(words.b)

    def forward(self, sequences):
        a, b = self.a(sequences), self.b(sequences)
        return 1 + 4 * a + b * (1 + 2 * a.amax(1, keepdim=True))


def test_the_directed_table_tells_who_depends_on_whom(words, planted):
    def local(place):
        return [lambda signal: signal[:, place].log()]

    codes, instances = planted
    one_each = instances[instances["row"] < 6]
    found = ablate_pairs(Directed(words), codes[:6], one_each, scores=[lambda s: s.sum(1).log()], local=local)
    table = dependence_table(found, tracks=["x"], scale="log").query("distance == 'all'").set_index("deleted")
    assert table.loc["a", "effect"] == pytest.approx(np.log(2 / 4), abs=1e-5)
    assert table.loc["b", "effect"] == pytest.approx(0, abs=1e-6)
    assert table.loc["a", "fold"] == pytest.approx(4 / 2)
    assert table.loc["b", "fold"] == pytest.approx(1)
    assert table.loc["a", "high"] < -0.5
    np.testing.assert_allclose(found.whole.intact, np.log(120 + 4 + 3), rtol=1e-5)


def test_the_synthetic_question_gives_the_same_answer(words):
    pair = (Motif.from_consensus("a", words.a), Motif.from_consensus("b", words.b))
    config = SpacingConfig([15, 19, 40], orders=("AB",), strands=("++",))
    codes = random_sequences(6, 120, gc=0.0, seed=3)
    spacing = space_motifs(words.WordModel(words.only_at(19)), codes, pair, scores=[words.score], config=config)
    found = ablation_of_spacing(spacing, names=("a", "b"))
    assert len(found.pairs) == 18
    np.testing.assert_array_equal(found.whole.epistasis[:, 0], found.pairs["distance_bp"] == 19)
    table = epistasis_table(found, tracks=["x"], ends_bp=[18, 35])
    assert dict(zip(table["distance"], table["epistasis"], strict=True)) == pytest.approx(
        {"all": 1 / 3, "0-18": 0, "19-35": 1, ">35": 0}
    )


def test_fillings_are_what_they_say():
    codes = encode("ACCGTTGCAACCNTGGAC" * 4)
    rng = np.random.default_rng(0)
    random, shuffled, empty = (fillings_of(codes, config=AblationConfig(name), rng=rng) for name in FILLINGS)
    assert (empty == 4).all()
    assert empty.shape == (1, codes.size)
    assert random.shape == shuffled.shape == (5, codes.size)
    assert (random < 4).all()
    pairs = [np.unique(5 * one[:-1] + one[1:], return_counts=True) for one in (codes, *shuffled)]
    assert all(np.array_equal(pairs[0], other) for other in pairs[1:])
    assert len(np.unique(shuffled, axis=0)) > 1
    only = fillings_of(encode("AAATTTAAAT"), config=AblationConfig(n_draws=50), rng=rng)
    assert set(only.ravel().tolist()) == {0, 3}
    assert only.mean() == pytest.approx(1.2, abs=0.2)


def test_the_seed_decides_and_what_a_window_gets_does_not_depend_on_others(words, planted):
    codes, instances = planted
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv1d(4, 5, 9), torch.nn.ReLU())

    def asked(rows, seed):
        own = instances[instances["row"].isin(rows)].assign(row=lambda table: table["row"])
        return ablate_pairs(net, codes, own, scores=[lambda out: out.mean(2)], config=AblationConfig(seed=seed)).whole

    whole, part, other = asked(range(8), 1), asked([2], 1), asked([2], 2)
    np.testing.assert_allclose(part.without_both, whole.without_both[2:3], rtol=1e-6)
    assert not np.allclose(part.without_both, other.without_both)


def test_pairs_that_are_none_are_counted_by_reason():
    table = pd.DataFrame({"row": [0, 0, 0, 0, 1], "start": [0, 4, 5, 300, 0], "name": list("aabab")})
    found = pairs_of(table.assign(end=table["start"] + 5))
    assert found.table.empty
    assert found.dropped == {"overlapping": 2, "nearer": 1, "further": 3}


def test_bad_input_is_refused(words, planted):
    codes, instances = planted
    with pytest.raises(InputError, match="end is missing"):
        ask(words, words.logs_add_up, (codes, instances.drop(columns="end")))
    shift = instances.assign(start=instances["start"] + 100, end=instances["end"] + 100)
    with pytest.raises(InputError, match="18 do not, the first is number 0: row 0, 130 to 138"):
        ask(words, words.logs_add_up, (codes, shift))
    with pytest.raises(EmptySetError, match="pairs of instances"):
        ask(words, words.logs_add_up, (codes, instances.head(1)))
    with pytest.raises(InputError, match="ask one strand"):
        ask(words, words.logs_add_up, planted, local=lambda _: [], asking=Asking(both_strands=True))
    with pytest.raises(ConfigError, match="n_draws must be at least 1"):
        AblationConfig(n_draws=0)
    with pytest.raises(InputError, match="one name per track"):
        epistasis_table(ask(words, words.logs_add_up, planted), tracks=[])
