from dataclasses import replace

import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.experiments.responses import Asking, compare, respond
from cisgram.interpret.experiments.saturation import gradient_effects
from cisgram.interpret.scores import SCORES, SCORES_OF_MODEL, log_counts, logit, probability, weighted_profile
from cisgram.models import MODELS
from cisgram.models.basenji import BasenjiConfig
from cisgram.models.basset import BassetConfig
from cisgram.models.bpnet import BPNetConfig
from cisgram.nn.blocks import one_hot

TINY = {
    "basenji": BasenjiConfig(
        input_length=128,
        filters=(6, 8),
        widths=(7, 3),
        pools=(2, 4),
        trunk_filters=4,
        n_trunk_blocks=2,
        crop=2,
        head_filters=6,
        residual_gain=1.0,
    ),
    "basset": BassetConfig(40, n_filters=(8, 6), widths=(7, 3), pools=(3, 4), n_hidden=(8,)),
    "bpnet": BPNetConfig(
        input_length=140, output_length=60, n_filters=8, n_dilated_layers=3, stem_width=7, profile_width=9
    ),
}
WITHOUT_SCORES = {"atacworks", "akita"}
"""Models that read no sequence, so that none can be edited, or whose answer is a map (interpret/folding)."""
EACH = [(name, score) for name in MODELS if name not in WITHOUT_SCORES for score in SCORES_OF_MODEL[name]]


def test_every_architecture_of_single_numbers_has_scores_that_are_known():
    assert SCORES_OF_MODEL.keys() == MODELS.keys() - WITHOUT_SCORES == TINY.keys()
    assert {score for scores in SCORES_OF_MODEL.values() for score in scores} <= SCORES.keys()


def built(name):
    return MODELS[name].build(TINY[name], n_tracks=3, seed=1)


def random(n, length, seed=0):
    return np.random.default_rng(seed).integers(0, 4, (n, length), dtype=np.uint8)


@pytest.mark.parametrize(("name", "score"), EACH)
def test_every_model_answers_with_its_scores_in_the_order_of_tracks(name, score):
    model, codes = built(name), random(5, TINY[name].input_length)
    together = respond(model, codes, scores=[SCORES[score](track) for track in (2, 0)], asking=Asking(batch_size=2))
    with torch.no_grad():
        output = model.eval()(one_hot(torch.from_numpy(codes)))
        expected = np.stack([SCORES[score](track)(output).numpy() for track in (2, 0)], axis=1)
    np.testing.assert_allclose(together, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "score"), EACH)
def test_no_edit_has_no_effect_and_edits_are_scored_as_by_themselves(name, score):
    model, codes = built(name), random(3, TINY[name].input_length)
    edited = np.stack([codes, random(3, TINY[name].input_length, seed=1)], axis=1)
    answer = compare(model, codes, edited, scores=[SCORES[score](1)], asking=Asking(batch_size=3))
    np.testing.assert_allclose(answer.after[:, 0], answer.before, atol=1e-6)
    if score != "profile":  # whose weights are those of the sequence before the edit
        alone = respond(model, edited[:, 1], scores=[SCORES[score](1)])
        np.testing.assert_allclose(answer.after[:, 1], alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "score"), EACH)
def test_the_mean_of_both_strands_is_the_same_for_both(name, score):
    model, codes = built(name), random(4, TINY[name].input_length)
    edited = random(4, TINY[name].input_length, seed=2)[:, None]
    asked = {"scores": [SCORES[score](0)], "asking": Asking(both_strands=True)}
    here = compare(model, codes, edited, **asked)
    there = compare(model, reverse_complement(codes), reverse_complement(edited), **asked)
    np.testing.assert_allclose(here.before, there.before, atol=1e-6)
    np.testing.assert_allclose(here.after, there.after, atol=1e-6)
    one = respond(model, codes, scores=[SCORES[score](0)])
    other = respond(model, reverse_complement(codes), scores=[SCORES[score](0)])
    np.testing.assert_allclose(here.before, (one + other) / 2, atol=1e-6)


def test_tracks_of_two_strands_change_places_on_the_other_strand():
    model, codes = built("basenji"), random(4, 128)
    stranded = [replace(SCORES["signal"](track), strand_pairs=(1, 0, 2), bins=(3, 5)) for track in range(3)]
    both = respond(model, codes, scores=stranded, asking=Asking(both_strands=True))
    with torch.no_grad():
        here, there = (
            model.eval()(one_hot(torch.from_numpy(one.copy()))).rates.numpy()
            for one in (codes, reverse_complement(codes))
        )
    expected = (here + there[:, [1, 0, 2], ::-1])[..., [3, 5]].sum(axis=2) / 2
    np.testing.assert_allclose(both, expected, rtol=1e-5)


def test_gradients_of_both_strands_know_the_strands_of_tracks():
    model, codes = built("basenji"), random(2, 128)
    score = replace(SCORES["log_signal"](0), strand_pairs=(1, 0, 2), bins=(4,))
    both = gradient_effects(model, codes, scores=[score], asking=Asking(both_strands=True)).effects
    here = gradient_effects(model, codes, scores=[score]).effects
    turned = gradient_effects(model, reverse_complement(codes).copy(), scores=[score.on_reverse()]).effects
    np.testing.assert_allclose(both, (here + turned[..., ::-1, ::-1]) / 2, atol=1e-6)


def test_few_long_sequences_go_through_the_model_at_a_time():
    assert [Asking(batch_size=64).sequences_of(length) for length in (600, 131_072, 1 << 24)] == [64, 8, 1]


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_answers_do_not_depend_on_the_batches(batch_size):
    model, codes = built("basset"), random(5, 40)
    edited = random(35, 40, seed=1).reshape(5, 7, 40)
    asked = {"scores": [logit(0), probability(2)]}
    expected = compare(model, codes, edited, **asked)
    found = compare(model, codes, edited, **asked, asking=Asking(batch_size=batch_size))
    np.testing.assert_allclose(found.before, expected.before, atol=1e-6)
    np.testing.assert_allclose(found.after, expected.after, atol=1e-6)


def test_a_score_may_give_all_tracks_at_once():
    model, codes = built("basset"), random(5, 40)
    one_by_one = respond(model, codes, scores=[logit(track) for track in range(3)])
    np.testing.assert_allclose(respond(model, codes, scores=[lambda output: output.logits]), one_by_one, rtol=1e-6)


def test_what_a_score_holds_fixed_is_that_of_the_sequence_before_the_edit():
    model, codes = built("bpnet").eval(), random(1, 140)
    edited = random(1, 140, seed=1)
    score = weighted_profile(0)
    with torch.no_grad():
        before, after = (model(one_hot(torch.from_numpy(one))) for one in (codes, edited))
        expected = score(after, score.anchor(before))
    found = compare(model, codes, edited[:, None], scores=[score]).after
    np.testing.assert_allclose(found.ravel(), expected.numpy(), rtol=1e-5)


def test_the_model_is_left_as_found():
    model = built("bpnet").train()
    respond(model, random(2, 140), scores=[log_counts()])
    assert model.training
    assert all(parameter.requires_grad and parameter.grad is None for parameter in model.parameters())


def test_progress_counts_sequences():
    seen = []
    respond(
        built("basset"),
        random(5, 40),
        scores=[logit()],
        asking=Asking(batch_size=2),
        progress=lambda done, all_: seen.append((done, all_)),
    )
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_bad_input_is_refused():
    model = built("basset")
    with pytest.raises(InputError, match="needs sequences and scores"):
        respond(model, random(0, 40), scores=[logit()])
    with pytest.raises(InputError, match="reads 40 bp"):
        respond(model, random(1, 41), scores=[logit()])
    with torch.no_grad():
        model.head.linear.bias[1] = torch.nan
    with pytest.raises(InputError, match="responses to 2 of 2 sequences are not finite"):
        respond(model, random(2, 40), scores=[logit(1)])
    with pytest.raises(InputError, match="batch_size"):
        Asking(batch_size=0)
