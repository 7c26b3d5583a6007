import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.interpret.scores import SCORES, AnchoredScore, anchored, log_counts, weighted_profile


@pytest.fixture
def output(toys):
    generator = torch.Generator().manual_seed(1)
    return toys.Output(torch.randn(3, 2, 2, 20, generator=generator), torch.randn(3, 2, 1, generator=generator))


def test_log_counts_are_those_of_the_track(output):
    assert torch.equal(log_counts(1)(output), output.log_counts[:, 1, 0])


def test_log_counts_of_several_tracks_and_separate_strands_are_averaged(toys):
    output = toys.Output(torch.zeros(2, 2, 2, 5), torch.arange(8.0).reshape(2, 2, 2))
    assert log_counts([0, 1])(output).tolist() == [1.5, 5.5]


def test_weighted_profile_is_the_expected_mean_normalised_logit_over_both_strands(output):
    logits = output.profile_logits[:, 1].reshape(3, -1).double().numpy()
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = (probabilities * logits).sum(axis=1) - logits.mean(axis=1)
    np.testing.assert_allclose(weighted_profile(1)(output).numpy(), expected, rtol=1e-5)


def test_separate_strands_have_a_softmax_each_and_are_summed(output):
    separate = output._replace(log_counts=torch.zeros(3, 2, 2))
    each = [
        weighted_profile(0)(output._replace(profile_logits=output.profile_logits[:, :, [strand]]))
        for strand in range(2)
    ]
    torch.testing.assert_close(weighted_profile(0)(separate), each[0] + each[1])


def test_a_constant_added_to_all_logits_changes_nothing(output):
    raised = output._replace(profile_logits=output.profile_logits + 7)
    torch.testing.assert_close(weighted_profile(0)(raised), weighted_profile(0)(output), rtol=1e-4, atol=1e-5)


def test_weights_are_held_fixed_by_the_anchor_and_have_no_gradient(output):
    score, logits = weighted_profile(0), output.profile_logits.clone().requires_grad_()
    doubled = output._replace(profile_logits=2 * output.profile_logits)
    fixed = anchored(score, output)
    torch.testing.assert_close(fixed(doubled, 1), 2 * score(output))
    assert not torch.allclose(score(doubled), 2 * score(output))
    (gradient,) = torch.autograd.grad(score(output._replace(profile_logits=logits)).sum(), logits)
    probabilities = output.profile_logits[:, 0].flatten(1).softmax(-1)
    torch.testing.assert_close(gradient[:, 0].flatten(1), probabilities - probabilities.mean(-1, keepdim=True))


def test_an_anchor_is_repeated_for_every_row_of_its_example(output):
    twice = type(output)(*(field.repeat_interleave(2, 0) for field in output))
    expected = weighted_profile(0)(output).repeat_interleave(2)
    torch.testing.assert_close(anchored(weighted_profile(0), output)(twice, 2), expected)


def test_plain_functions_are_scores_too(output):
    assert not isinstance(torch.sum, AnchoredScore)
    assert torch.equal(anchored(lambda one: one.log_counts[:, 0, 0], output)(output, 4), output.log_counts[:, 0, 0])


@pytest.mark.parametrize("name", SCORES)
def test_scores_have_the_name_they_are_listed_under_and_say_what_they_are(name):
    score = SCORES[name](0)
    assert score.name == name
    assert len(score.definition) > 20


@pytest.mark.parametrize("track", [-1, [], [0, -2]])
def test_tracks_that_cannot_be_are_refused(track):
    with pytest.raises(InputError, match="track must be"):
        log_counts(track)
