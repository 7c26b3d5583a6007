import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.experiments.maps import MutationMap
from cisgram.interpret.experiments.responses import Asking, respond
from cisgram.interpret.experiments.saturation import gradient_effects, mutate_all
from cisgram.interpret.scores import log_counts, logit, probability
from cisgram.models.basset import BassetConfig, build


@pytest.fixture(scope="module")
def model():
    form = BassetConfig(24, n_filters=(8, 6), widths=(7, 3), pools=(3, 2), n_hidden=(8,))
    return build(form, n_tracks=2, seed=3)


@pytest.fixture
def codes(toys):
    sequences = toys.random_codes(3, 24, seed=4)
    sequences[0, 10:12] = 4
    return sequences


SCORES = [logit(1), probability(0)]


@pytest.mark.parametrize("both_strands", [False, True])
def test_effects_are_those_of_brute_force(model, codes, both_strands):
    asking = Asking(both_strands=both_strands, batch_size=7)
    found = mutate_all(model, codes, scores=SCORES, part_bp=8, asking=asking)
    assert found.start == 8
    assert np.array_equal(found.codes, codes[:, 8:16])
    reference = respond(model, codes, scores=SCORES, asking=asking)
    np.testing.assert_allclose(found.reference, reference, atol=1e-6)
    for row in range(3):
        for position in range(8):
            for base in range(4):
                mutant = codes[[row]].copy()
                mutant[0, 8 + position] = base
                expected = respond(model, mutant, scores=SCORES, asking=asking)[0] - reference[row]
                np.testing.assert_allclose(found.effects[row, :, base, position], expected, atol=1e-6)
    assert found.n_evaluations == (1 + both_strands) * (3 + 3 * 8 * 3 + 2)


def test_both_strands_see_the_mirror_image(model, codes):
    asking = Asking(both_strands=True)
    here = mutate_all(model, codes, scores=SCORES, asking=asking)
    there = mutate_all(model, reverse_complement(codes).copy(), scores=SCORES, asking=asking)
    np.testing.assert_allclose(here.effects, there.effects[..., ::-1, ::-1], atol=1e-6)


@pytest.mark.parametrize("both_strands", [False, True])
def test_gradients_are_exact_for_a_linear_model(toys, codes, both_strands):
    weights = np.random.default_rng(0).normal(size=(4, 24))
    asked = {"scores": [toys.as_score], "part_bp": 10, "asking": Asking(both_strands=both_strands)}
    known = np.where(codes < 4, codes, 0)
    exact, estimate = (ask(toys.Linear(weights), known, **asked) for ask in (mutate_all, gradient_effects))
    np.testing.assert_allclose(estimate.effects, exact.effects, atol=1e-4)
    assert estimate.n_evaluations == 3 * (1 + both_strands)
    assert (estimate.start, estimate.effects.shape) == (exact.start, exact.effects.shape)


def test_gradients_are_the_slopes_of_small_changes(toys):
    network = toys.seeded(toys.TwoHeads, torch.nn.Softplus, n_tracks=2).double()
    codes = toys.random_codes(1, 12)
    found = gradient_effects(network, codes, scores=[log_counts(0), log_counts(1)])
    inputs = torch.nn.functional.one_hot(torch.from_numpy(codes).long(), 4).transpose(1, 2).double()
    there = int(codes[0, 5])
    for track in range(2):
        for base in range(4):
            moved = inputs.clone()
            moved[0, base, 5] += 1e-5
            moved[0, there, 5] -= 1e-5
            with torch.no_grad():
                slope = (log_counts(track)(network(moved)) - log_counts(track)(network(inputs))) / 1e-5
            assert found.effects[0, track, base, 5] == pytest.approx(float(slope), rel=1e-3, abs=1e-4)


def test_gradients_need_one_score_per_track(model, codes):
    with pytest.raises(InputError, match="give one score per track"):
        gradient_effects(model, codes, scores=[lambda output: output.logits])


@pytest.mark.parametrize("part_bp", [0, 25])
def test_a_part_that_cannot_be_is_refused(model, codes, part_bp):
    with pytest.raises(InputError, match="must have 1 to 24 bp"):
        mutate_all(model, codes, scores=SCORES, part_bp=part_bp)


def test_no_sequences_are_refused(model):
    with pytest.raises(InputError, match="needs sequences"):
        mutate_all(model, np.zeros((0, 24), dtype=np.uint8), scores=SCORES)


def test_loss_and_gain_are_distances_from_the_response_as_it_is():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, 30, dtype=np.uint8)
    responses = rng.normal(size=(4, 30))
    as_it_is = responses[codes, np.arange(30)]
    responses[:, 7] = np.where(np.arange(4) == codes[7], 0.0, 5.0)  # here nothing lowers it
    as_it_is[7] = 0.0
    found = MutationMap(codes, responses - as_it_is, reference=0.0, start=100)
    np.testing.assert_allclose(found.loss, as_it_is - responses.min(axis=0))
    np.testing.assert_allclose(found.gain, responses.max(axis=0) - as_it_is)
    assert found.loss[7] == 0
    assert found.limit == np.abs(responses - as_it_is).max()
    np.testing.assert_allclose(found.letters.sum(axis=0), found.loss)
    assert (found.letters[codes, np.arange(30)] == found.loss).all()


def test_the_scale_of_a_flat_map_does_not_magnify_nothing():
    assert MutationMap(np.zeros(3, dtype=np.uint8), np.full((4, 3), 1e-4), 0.0).limit == 0.1


def test_the_table_has_every_substitution_once():
    codes = np.array([2, 4], dtype=np.uint8)
    effects = np.arange(8.0).reshape(4, 2)
    table = MutationMap(codes, effects, reference=0.0, start=5).table()
    assert table.to_numpy().tolist() == [
        *([5, "G", "A", 0.0], [5, "G", "C", 2.0], [5, "G", "T", 6.0]),
        *([6, "N", "A", 1.0], [6, "N", "C", 3.0], [6, "N", "G", 5.0], [6, "N", "T", 7.0]),
    ]
