import numpy as np
import pytest
import torch

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.arrangements import SpacingConfig, arrangements_of, distance_range
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.edits import put
from cisgram.interpret.experiments.responses import compare
from cisgram.interpret.experiments.spacing import SPACING_COLUMNS, space_motifs, spacing_table
from cisgram.interpret.local_scores import PeakHeightScore, local_part
from cisgram.interpret.scores import weighted_profile
from cisgram.models.bpnet import BPNetConfig, build


@pytest.fixture
def pair(words):
    return Motif.from_consensus("a", words.a), Motif.from_consensus("b", words.b)


@pytest.fixture
def codes():
    return random_sequences(7, 120, gc=0.0, seed=1)


def ask(words, combine, codes, pair, distances=range(8, 31), **config):
    config = SpacingConfig(distances=distances, **config)
    return space_motifs(words.WordModel(combine), codes, pair, scores=[words.score], config=config)


def test_counts_that_add_up_have_a_fold_of_one_everywhere_but_interact_on_the_log_scale(words, codes, pair):
    table = spacing_table(ask(words, words.counts_add_up, codes, pair), tracks=["x"], scale="log1p")
    assert tuple(table.columns) == SPACING_COLUMNS
    assert len(table) == 2 * 4 * 23
    np.testing.assert_allclose(table[["fold", "fold_low", "fold_high"]], 1, rtol=1e-5)
    np.testing.assert_allclose(table["log2_fold"], 0, atol=1e-5)
    same_strand = table[(table["strand_a"] == "+") & (table["strand_b"] == "+")]
    np.testing.assert_allclose(
        same_strand[["none", "a", "b", "both"]].drop_duplicates().mean(), [2, 7, 5, 10], rtol=1e-5
    )
    np.testing.assert_allclose(same_strand["interaction"], np.log(11 * 3 / (8 * 6)), rtol=1e-4)


def test_logs_that_add_up_do_not_interact_at_any_distance(words, codes, pair):
    table = spacing_table(ask(words, words.logs_add_up, codes, pair), tracks=["x"], scale="log")
    np.testing.assert_allclose(table[["interaction", "interaction_low", "interaction_high"]], 0, atol=1e-5)
    both_seen = table[(table["strand_a"] == "+") & (table["strand_b"] == "+")]
    expected = (np.exp(2.7) - np.exp(1.2) + np.exp(0.5)) / np.exp(2.0)
    np.testing.assert_allclose(both_seen["fold"], expected, rtol=1e-5)


@pytest.mark.parametrize("distance", [8, 20, 29])
def test_a_model_of_one_distance_peaks_there_in_that_order_and_orientation_and_nowhere_else(
    words, codes, pair, distance
):
    table = spacing_table(ask(words, words.only_at(distance), codes, pair), tracks=["x"], scale="linear")
    is_there = (
        (table["distance_bp"] == distance) & (table["order"] == "AB") & (table["strand_a"] + table["strand_b"] == "++")
    )
    assert is_there.sum() == 1
    assert table.loc[is_there, "interaction"].item() == pytest.approx(1)
    assert table.loc[is_there, "log2_fold"].item() == pytest.approx(1)
    assert not table.loc[~is_there, ["interaction", "log2_fold"]].to_numpy().any()


def test_the_pair_read_from_the_other_strand_is_the_other_order_with_both_strands_turned(words, codes, pair):
    """Motifs of odd width have their centre in the middle, so that distances are the same from both sides."""
    odd = (Motif.from_consensus("a", words.a + "C"), Motif.from_consensus("b", words.b + "C"))
    model = words.WordModel(words.only_at(20), words=(words.a + "C", words.b + "C"))

    class Other(torch.nn.Module):
        def forward(self, sequences):
            return model(sequences.flip(1, 2))

    config = SpacingConfig(distances=[20, 21])
    found = space_motifs(Other(), codes, odd, scores=[words.score], config=config)
    table = spacing_table(found, tracks=["x"], scale="linear").query("interaction > 0.5")
    assert table[["order", "strand_a", "strand_b", "distance_bp"]].to_numpy().tolist() == [["BA", "-", "-", 20]]


def test_the_fold_is_that_of_the_definition_with_an_interval_around_it(codes, pair):
    """A model of random weights, by hand: amounts averaged over backgrounds, then the ratio."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv1d(4, 6, 9), torch.nn.ReLU(), torch.nn.Conv1d(6, 2, 15))

    def score(output):
        return 1 + output.mean(2)

    config = SpacingConfig(distances=[10, 14], strands=("+-",), orders=("BA",))
    found = space_motifs(net, codes, pair, scores=[score], config=config)
    table = spacing_table(found, tracks=["x", "y"], scale="log1p", seed=3)
    none, a, b, both = (np.expm1(one.astype(float)).mean(axis=0) for one in found[1:])
    np.testing.assert_allclose(table["fold"], ((both - (b - none)) / a).ravel(), rtol=1e-9)
    assert table["track"].tolist() == ["x", "y", "x", "y"]
    assert ((table["fold_low"] <= table["fold"]) & (table["fold"] <= table["fold_high"])).all()
    assert (table["fold_low"] < table["fold_high"]).all()
    alone = spacing_table(
        space_motifs(net, codes[:1], pair, scores=[score], config=config), tracks=["x", "y"], scale="log"
    )
    assert alone[["fold_low", "interaction_high"]].isna().all(axis=None)


def test_what_is_held_fixed_is_that_of_the_sequence_with_a_alone(codes, pair, words):
    class Anchored:
        name = "place"

        def anchor(self, output):
            return output.argmax(1, keepdim=True)

        def __call__(self, output, anchor=None):
            return output.gather(1, self.anchor(output) if anchor is None else anchor)[:, 0]

    class Places(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = words.Finder(words.a), words.Finder(words.b)

        def forward(self, sequences):
            return self.a(sequences) + 9 * self.b(sequences)

    found = space_motifs(Places(), codes, pair, scores=[Anchored()], config=SpacingConfig([20], strands=("++",)))
    for values, expected in zip(found[1:], (0, 1, 0, 1), strict=True):
        assert (values == expected).all()


def test_backgrounds_of_one_source_are_one_witness(words, pair):
    codes = np.repeat(random_sequences(8, 120, seed=2), 3, axis=0)
    found = ask(words, words.counts_add_up, codes, pair, distances=[20])
    table = spacing_table(found, tracks=["x"], scale="log1p", sources=np.repeat(np.arange(8), 3))
    assert (table["n"] == 8).all()


def test_progress_counts_up_to_its_end(words, codes, pair):
    told = []
    space_motifs(
        words.WordModel(words.logs_add_up),
        codes,
        pair,
        scores=[words.score],
        config=SpacingConfig([10], strands=("++", "--")),
        progress=lambda done, of: told.append((done, of)),
    )
    assert told[-1] == (56, 56)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("order", ["AB", "BA"])
@pytest.mark.parametrize("widths", [(8, 6), (7, 6), (7, 5), (1, 1)])
def test_the_range_of_distances_is_exactly_that_at_which_motifs_stand_side_by_side(order, widths):
    fits = []
    for distance in range(1, 60):
        start_a, middle = 25 - widths[0] // 2, 25
        start_b = middle + (distance if order == "AB" else -distance) - widths[1] // 2
        apart = start_b >= start_a + widths[0] if order == "AB" else start_b + widths[1] <= start_a
        if apart and start_b >= 0 and start_b + widths[1] <= 50:
            fits.append(distance)
    assert distance_range(widths, 50, order=order) == (fits[0], fits[-1])


def test_distances_that_do_not_fit_are_refused_with_those_that_do(words, codes, pair):
    with pytest.raises(InputError, match=r"order AB, stand side by side at distances of 7 to 57 bp; got 6$"):
        ask(words, words.logs_add_up, codes, pair, distances=[6, 7])
    with pytest.raises(InputError, match="order BA, stand side by side at distances of 7 to 57 bp; got 58"):
        ask(words, words.logs_add_up, codes, pair, distances=[58], orders=("BA",))
    with pytest.raises(InputError, match="with its centre at 2 does not fit"):
        arrangements_of((8, 6), 50, config=SpacingConfig([10], centre=2))


def test_bad_input_is_refused(words, codes, pair):
    with pytest.raises(InputError, match="got none"):
        ask(words, words.logs_add_up, codes[:0], pair)
    with pytest.raises(ConfigError, match="above 0, each once"):
        SpacingConfig([])
    with pytest.raises(ConfigError, match="above 0, each once"):
        SpacingConfig([3, 3])
    with pytest.raises(ConfigError, match="strands must be some of"):
        SpacingConfig(strands=("+",))
    with pytest.raises(ConfigError, match="orders must be some of"):
        SpacingConfig(orders=("AB", "AB"))
    with pytest.raises(InputError, match="one name per track"):
        spacing_table(ask(words, words.logs_add_up, codes, pair, [9]), tracks=["x", "y"], scale="log")


def test_what_is_shared_between_arrangements_changes_nothing_with_a_score_that_holds_something(pair):
    """The plain version: background, A alone, B alone and both, one arrangement at a time."""
    form = BPNetConfig(120, 60, n_filters=6, n_dilated_layers=3, stem_width=5, profile_width=5)
    model, codes = build(form, n_tracks=2, seed=2), random_sequences(5, 120, seed=3)
    with torch.no_grad():
        model.counts_head.log_rates.bias += 4
    part = local_part(60, input_length=120, output_length=60, reach_bp=12)
    scores = [PeakHeightScore((0,), *part), weighted_profile(1)]
    config = SpacingConfig([9, 17, 26])
    found = space_motifs(model, codes, pair, scores=scores, config=config)
    words = [motif.ppm.argmax(axis=0)[None].astype(np.uint8) for motif in pair]
    for number, row in enumerate(found.arrangements.itertuples()):
        with_a = put(codes, words[0], position=row.start_a, strand=row.strand_a)
        with_b = put(codes, words[1], position=row.start_b, strand=row.strand_b)
        both = put(with_a, words[1], position=row.start_b, strand=row.strand_b)
        plain = compare(model, with_a, np.stack([codes, with_b, both], axis=1), scores=scores)
        np.testing.assert_allclose(found.a[:, number], plain.before, atol=1e-6)
        for place, one in enumerate((found.none, found.b, found.both)):
            np.testing.assert_allclose(one[:, number], plain.after[:, place], atol=1e-6)
