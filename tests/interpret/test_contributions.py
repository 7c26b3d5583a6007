import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cisgram.errors import CisgramWarning, ConfigError, InputError
from cisgram.genomics.sequence import N, one_hot
from cisgram.interpret.contributions import AttributionConfig, attribute, iterate_attributions
from cisgram.interpret.references import shuffled_references
from cisgram.interpret.scores import log_counts, weighted_profile

METHODS = ("deeplift", "ism", "gradient")


@pytest.fixture
def model(toys):
    return toys.seeded(toys.TwoHeads, n_tracks=2)


def sums(result):
    return result.contributions.sum(axis=(1, 2))


@pytest.mark.parametrize("engine", ["rescale", "tangermeme"])
@pytest.mark.parametrize("score", [log_counts(1), weighted_profile(0)])
def test_contributions_sum_to_the_difference_from_the_mean_of_the_references(toys, model, score, engine):
    codes = toys.random_codes(3, 50, share_of_n=0.05)
    config = AttributionConfig(n_references=6, seed=3, engine=engine)
    result = attribute(model, codes, score=score, config=config)
    references = shuffled_references(codes, n_references=6, seed=3)
    with torch.no_grad():
        output = model(torch.from_numpy(one_hot(codes)))
        for row in range(3):
            own = type(output)(*(field[[row]] for field in output))
            of_references = model(torch.from_numpy(one_hot(references[row])))
            fixed = getattr(score, "anchor", lambda _: None)(own)
            arguments = () if fixed is None else (fixed.expand(6, *fixed.shape[1:]),)
            expected = float(score(own) - score(of_references, *arguments).mean())
            assert sums(result)[row] == pytest.approx(expected, rel=1e-3, abs=1e-5)
            assert result.difference[row] == pytest.approx(expected, rel=1e-4, abs=1e-6)
            assert result.score[row] == pytest.approx(float(score(own)), rel=1e-5)
    np.testing.assert_allclose(result.completeness_error, np.abs(sums(result) - result.difference), atol=1e-5)
    assert (result.relative_error < 1e-3).all()


def test_deeplift_of_a_linear_score_is_the_weight_minus_its_mean_over_references(toys):
    weights = np.random.default_rng(0).normal(size=(4, 30))
    codes = toys.random_codes(2, 30, share_of_n=0.1)
    model = toys.Linear(weights)
    result = attribute(model, codes, score=toys.as_score, config=AttributionConfig(n_references=5))
    expected = np.einsum("nrcl,cl->nl", one_hot(shuffled_references(codes, n_references=5)), weights) / 5
    np.testing.assert_allclose(result.hypothetical, weights - expected[:, None], atol=1e-5)


@pytest.mark.parametrize("method", ["ism", "gradient"])
def test_ism_and_gradient_of_a_linear_score_are_the_weights_minus_their_mean(toys, method):
    weights = np.random.default_rng(0).normal(size=(4, 30))
    codes = toys.random_codes(2, 30)
    config = AttributionConfig(method=method)
    result = attribute(toys.Linear(weights), codes, score=toys.as_score, config=config)
    expected = np.broadcast_to(weights - weights.mean(axis=0), (2, 4, 30))
    np.testing.assert_allclose(result.hypothetical, expected, atol=1e-5)
    np.testing.assert_allclose(result.contributions, expected * one_hot(codes), atol=1e-5)
    assert np.isnan(result.completeness_error).all()


@pytest.mark.parametrize("method", METHODS)
def test_contributions_are_the_hypothetical_ones_of_the_bases_that_are_there(toys, model, method):
    codes = toys.random_codes(2, 40, share_of_n=0.1)
    result = attribute(model, codes, score=log_counts(), config=AttributionConfig(method=method, n_references=2))
    np.testing.assert_array_equal(result.contributions, result.hypothetical * one_hot(codes))
    assert not result.contributions.transpose(0, 2, 1)[codes == N].any()
    assert result.hypothetical.dtype == np.float32


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("batch_size", [1, 3, 1000])
def test_results_do_not_depend_on_how_sequences_are_batched(toys, model, method, batch_size):
    codes = toys.random_codes(4, 40)
    small = AttributionConfig(method=method, n_references=4, batch_size=batch_size)
    usual = AttributionConfig(method=method, n_references=4)
    together = attribute(model, codes, score=weighted_profile(), config=usual)
    for result in (
        attribute(model, codes, score=weighted_profile(), config=small),
        *(attribute(model, codes[order], score=weighted_profile(), config=usual) for order in ([2, 0, 1, 3],)),
    ):
        order = [0, 1, 2, 3] if np.allclose(result.score, together.score) else [2, 0, 1, 3]
        np.testing.assert_allclose(result.hypothetical, together.hypothetical[order], rtol=1e-3, atol=1e-5)


def test_several_scores_at_once_give_what_each_gives_alone(toys, model):
    codes, scores = toys.random_codes(3, 40), [log_counts(0), weighted_profile(1)]
    config = AttributionConfig(n_references=3)
    blocks = list(iterate_attributions(model, codes, scores=scores, config=config))
    for number, score in enumerate(scores):
        alone = attribute(model, codes, score=score, config=config)
        together = np.concatenate([block[number].hypothetical for block in blocks])
        np.testing.assert_allclose(together, alone.hypothetical, rtol=1e-4, atol=1e-6)


def test_the_same_call_gives_the_same_bits(toys, model):
    codes = toys.random_codes(2, 40)
    first, second = (attribute(model, codes, score=log_counts()) for _ in range(2))
    for ours, theirs in zip(first, second, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("method", METHODS)
def test_a_planted_motif_gets_the_highest_contributions(toys, method):
    motif = torch.tensor([2, 0, 3, 0, 0], dtype=torch.uint8)
    detector = nn.Sequential(nn.Conv1d(4, 1, 5), nn.ReLU(), nn.Flatten())
    with torch.no_grad():
        detector[0].weight.copy_((motif[None, :] == torch.arange(4)[:, None]).float())
        detector[0].bias.fill_(-4.5)
    codes = toys.random_codes(1, 60)
    codes[0, 20:25] = motif.numpy()
    config = AttributionConfig(method=method)
    result = attribute(detector, codes, score=lambda output: output.sum(dim=1), config=config)
    highest = np.sort(np.argsort(-result.contributions[0].sum(axis=0))[:5])
    np.testing.assert_array_equal(highest, np.arange(20, 25))


@pytest.mark.parametrize(
    "function",
    [functional.relu, functional.gelu, lambda values: values * torch.sigmoid(values)],
    ids=["relu", "gelu", "gate"],
)
@pytest.mark.parametrize("engine", ["rescale", "tangermeme"])
def test_activations_called_as_functions_are_caught(toys, function, engine):
    model = toys.seeded(toys.Functional, function)
    codes = toys.random_codes(4, 50)
    config = AttributionConfig(n_references=4, engine=engine)
    with pytest.raises(InputError, match=r"DeepLIFT does not hold for this model.*nn\.ReLU"):
        attribute(model, codes, score=log_counts(), config=config)
    for method in ("ism", "gradient"):
        attribute(model, codes, score=log_counts(), config=AttributionConfig(method=method))


def test_single_incomplete_sequences_are_counted_in_a_warning(toys):
    class HiddenStepInRareSequences(nn.Module):
        def forward(self, sequences):
            g_content = sequences[:, 2].sum(dim=1)
            return (sequences * torch.arange(4.0)[:, None]).sum(dim=(1, 2)) + torch.relu(g_content - 15.0)

    codes = toys.random_codes(5, 40)
    codes[3, ::2] = 2
    config = AttributionConfig(n_references=3, max_median_error=10.0)
    model = HiddenStepInRareSequences()
    # Shuffles keep the number of G, so the hidden step is the same for a sequence and its references: all is well.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attribute(model, codes, score=toys.as_score, config=config)

    class HiddenStepInPlace(HiddenStepInRareSequences):
        def forward(self, sequences):
            return (sequences * torch.linspace(0, 1, 40)).sum(dim=(1, 2)) + torch.relu(
                sequences[:, 2, 10:30:2].sum(dim=1) - 9.0
            )

    with pytest.warns(CisgramWarning, match=r"1 of 5 sequences miss .* \(worst: row 3, by "):
        attribute(HiddenStepInPlace(), codes, score=toys.as_score, config=config)


def test_a_sequence_whose_shuffles_are_itself_has_no_error(toys, model):
    codes = np.zeros((1, 30), dtype=np.uint8)
    result = attribute(model, codes, score=log_counts())
    assert result.difference[0] == pytest.approx(0, abs=1e-5)
    assert result.relative_error[0] < 1e-3


@pytest.mark.parametrize("method", METHODS)
def test_the_world_is_left_as_found(toys, model, method):
    model.train()
    model.second.eval()
    model.stem.weight.requires_grad_(False)
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    numpy_state = np.random.get_state()[1].copy()
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    attribute(model, toys.random_codes(2, 40), score=log_counts(), config=AttributionConfig(method=method))
    assert model.training
    assert not model.second.training
    assert not model.stem.weight.requires_grad
    assert torch.equal(torch.random.get_rng_state(), state)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)
    assert torch.get_num_threads() == threads
    assert torch.is_grad_enabled()
    assert all(torch.equal(parameter, before[name]) for name, parameter in model.named_parameters())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("method", METHODS)
def test_autocast_and_no_grad_outside_change_nothing(toys, model, method):
    codes, config = toys.random_codes(2, 40), AttributionConfig(method=method, n_references=3)
    usual = attribute(model, codes, score=log_counts(), config=config)
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.no_grad():
        inside = attribute(model, codes, score=log_counts(), config=config)
    np.testing.assert_array_equal(inside.hypothetical, usual.hypothetical)


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_has_gone_astray_is_refused(toys, model, method):
    with torch.no_grad():
        model.middle.weight[0, 0, 0] = torch.nan
    with pytest.raises(InputError, match=r"1 sequences are not finite \(row 0: score nan\)"):
        attribute(model, toys.random_codes(1, 40), score=log_counts(), config=AttributionConfig(method=method))


def test_float64_models_are_taken_and_bfloat16_ones_are_not(toys, model):
    codes = toys.random_codes(2, 40)
    single = attribute(model, codes, score=log_counts())
    double = attribute(model.double(), codes, score=log_counts())
    np.testing.assert_allclose(double.hypothetical, single.hypothetical, rtol=1e-3, atol=1e-5)
    with pytest.raises(InputError, match=r"needs float32 or float64 weights; the model has torch.bfloat16"):
        attribute(model.bfloat16(), codes, score=log_counts())


@pytest.mark.gpu
def test_a_gpu_gives_what_the_cpu_gives(toys, model):
    codes = toys.random_codes(3, 60)
    usual = attribute(model, codes, score=weighted_profile())
    there = attribute(model, codes, score=weighted_profile(), device="cuda")
    assert next(model.parameters()).device.type == "cpu"
    largest = np.abs(usual.hypothetical).max()
    np.testing.assert_allclose(there.hypothetical / largest, usual.hypothetical / largest, atol=1e-4)
    assert (there.relative_error < 1e-3).all()


def test_progress_counts_sequences(toys, model):
    seen = []
    config = AttributionConfig(n_references=2, batch_size=4)
    attribute(model, toys.random_codes(5, 40), score=log_counts(), config=config, progress=lambda *at: seen.append(at))
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_nothing_to_explain_is_refused(toys, model):
    with pytest.raises(InputError, match="got 0 sequences and 1 scores"):
        attribute(model, toys.random_codes(0, 40), score=log_counts())


@pytest.mark.parametrize("wrong", [{"n_references": 0}, {"batch_size": -1}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        AttributionConfig(**wrong)
