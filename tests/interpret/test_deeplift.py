import dataclasses

import pytest
import torch
from torch import nn

from cisgram.interpret.deeplift import ELEMENTWISE, multipliers_of
from cisgram.interpret.references import shuffled_references
from cisgram.interpret.scores import log_counts, weighted_profile
from cisgram.models.basset import BassetConfig
from cisgram.models.basset import build as build_basset
from cisgram.models.bpnet import BPNetConfig, build
from cisgram.nn.blocks import Exponential, Log1p, one_hot

# Layers of e^x one after the other leave the range of numbers; it has a test of its own.
NEED_NO_ARGUMENTS = [activation for activation in ELEMENTWISE if activation not in (nn.Hardtanh, Exponential, Log1p)]


@pytest.fixture
def pairs(toys):
    codes = toys.random_codes(3, 40)
    references = torch.from_numpy(shuffled_references(codes, n_references=4))
    return one_hot(torch.from_numpy(codes)), one_hot(references.flatten(0, 1)).unflatten(0, (3, 4))


def assert_equal_multipliers(ours, theirs, *, share=1e-4):
    largest = theirs.multipliers.abs().max()
    assert largest > 1e-3
    torch.testing.assert_close(ours.multipliers / largest, theirs.multipliers / largest, rtol=0, atol=share)
    torch.testing.assert_close(ours.example_scores, theirs.example_scores)
    torch.testing.assert_close(ours.reference_scores, theirs.reference_scores)


@pytest.mark.parametrize("score", [log_counts(1), weighted_profile(0), weighted_profile([0, 1])])
@pytest.mark.parametrize("n_groups", [1, 2])
def test_our_engine_agrees_with_tangermeme(toys, pairs, score, n_groups):
    model = toys.seeded(toys.TwoHeads, n_tracks=2, n_groups=n_groups)
    ours, theirs = (
        multipliers_of(model, *pairs, scores=[score], engine=engine)[0] for engine in ("rescale", "tangermeme")
    )
    assert_equal_multipliers(ours, theirs)


@pytest.mark.parametrize("form", ["paper", "modern"])
def test_our_engine_agrees_with_tangermeme_on_both_bpnets(toys, form):
    if form == "paper":
        config = BPNetConfig(
            counts="pooled",
            **{"input_length": 120, "output_length": 120, "n_filters": 6, "n_dilated_layers": 3, "stem_width": 7},
            **{"profile_width": 5, "padding": "same", "strands": "separate", "control": "smoothed"},
        )
    else:
        config = BPNetConfig(
            counts="pooled",
            **{"input_length": 120, "output_length": 40, "n_filters": 6, "n_dilated_layers": 3, "stem_width": 7},
            **{"profile_width": 9, "control": "concatenated"},
        )
    model = toys.seeded(lambda: build(config, n_tracks=2, n_controls=2))
    codes = toys.random_codes(2, 120)
    references = torch.from_numpy(shuffled_references(codes, n_references=3))
    pairs = one_hot(torch.from_numpy(codes)), one_hot(references.flatten(0, 1)).unflatten(0, (2, 3))
    for score in (log_counts(1), weighted_profile(1)):
        ours, theirs = (
            multipliers_of(model, *pairs, scores=[score], engine=engine)[0] for engine in ("rescale", "tangermeme")
        )
        assert_equal_multipliers(ours, theirs)


@pytest.mark.parametrize("activation", NEED_NO_ARGUMENTS)
def test_every_activation_we_know_leaves_no_completeness_error(toys, pairs, activation):
    examples, references = pairs
    model = toys.seeded(toys.TwoHeads, activation)
    for result in multipliers_of(model, *pairs, scores=[log_counts(), weighted_profile()], engine="rescale"):
        summed = ((examples[:, None] - references) * result.multipliers).sum(dim=(2, 3))
        torch.testing.assert_close(
            summed, result.example_scores[:, None] - result.reference_scores, rtol=1e-3, atol=1e-5
        )


def test_our_exponential_is_known_to_both_engines(toys, pairs):
    model = toys.seeded(
        lambda: nn.Sequential(nn.Conv1d(4, 6, 5), Exponential(), nn.Flatten(), nn.Linear(216, 3), nn.ReLU())
    )
    ours, theirs = (
        multipliers_of(model, *pairs, scores=[lambda output: output.sum(dim=1)], engine=engine)[0]
        for engine in ("rescale", "tangermeme")
    )
    assert_equal_multipliers(ours, theirs)


def test_contributions_of_a_basset_with_an_exponential_first_layer_add_up(pairs):
    config = BassetConfig(40, n_filters=(6, 8), widths=(9, 5), pools=(3, 4), n_hidden=(8,))
    config = dataclasses.replace(config, first_activation="exponential", reverse_complement="equivariant")
    model, (examples, references) = build_basset(config, n_tracks=2).eval(), pairs
    (result,) = multipliers_of(model, *pairs, scores=[lambda output: output.logits[:, 1]], engine="auto")
    summed = ((examples[:, None] - references) * result.multipliers).sum(dim=(2, 3))
    torch.testing.assert_close(summed, result.example_scores[:, None] - result.reference_scores, rtol=1e-3, atol=1e-5)


def test_contributions_to_a_summed_total_add_up(pairs):
    config = BPNetConfig(40, 20, n_filters=8, n_dilated_layers=2, stem_width=5, profile_width=5, padding="same")
    model, (examples, references) = build(dataclasses.replace(config, counts="summed"), n_tracks=2), pairs
    with torch.no_grad():
        model.counts_head.log_rates.weight.mul_(6)
    for engine in ("rescale", "tangermeme"):
        (result,) = multipliers_of(model.eval(), *pairs, scores=[log_counts(1)], engine=engine)
        summed = ((examples[:, None] - references) * result.multipliers).sum(dim=(2, 3))
        difference = result.example_scores[:, None] - result.reference_scores
        assert difference.abs().max() > 0.05
        torch.testing.assert_close(summed, difference, rtol=1e-3, atol=1e-5)


def test_a_difference_of_zero_takes_the_derivative(toys):
    model, score = nn.Sequential(nn.Conv1d(4, 1, 1), nn.Sigmoid(), nn.Flatten()), lambda output: output.sum(dim=1)
    example = one_hot(torch.tensor([[0, 1, 2, 3]], dtype=torch.uint8))
    (result,) = multipliers_of(model, example, example[:, None], scores=[score], engine="rescale")
    inputs = example.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(score(model(inputs)).sum(), inputs)
    torch.testing.assert_close(result.multipliers[0, 0], gradient[0])


def test_a_module_that_is_used_twice_is_followed_call_by_call(pairs):
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.first, self.second, self.activation = nn.Conv1d(4, 5, 3), nn.Conv1d(5, 1, 3), nn.ReLU(inplace=True)

        def forward(self, sequences):
            return self.activation(self.second(self.activation(self.first(sequences)))).sum(dim=(1, 2))

    model, (examples, references) = Shared(), pairs
    (result,) = multipliers_of(model, *pairs, scores=[lambda output: output], engine="rescale")
    summed = ((examples[:, None] - references) * result.multipliers).sum(dim=(2, 3))
    torch.testing.assert_close(summed, result.example_scores[:, None] - result.reference_scores, rtol=1e-4, atol=1e-5)
    assert model.activation.inplace


def test_modules_that_our_engine_does_not_know_go_to_tangermeme(pairs):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv1d(4, 6, 5), nn.ReLU(), nn.MaxPool1d(4), nn.LayerNorm(9), nn.Conv1d(6, 1, 9), nn.Flatten(0)
    )
    examples, references = pairs
    (result,) = multipliers_of(model, *pairs, scores=[lambda output: output], engine="auto")
    summed = ((examples[:, None] - references) * result.multipliers).sum(dim=(2, 3))
    torch.testing.assert_close(summed, result.example_scores[:, None] - result.reference_scores, rtol=1e-4, atol=1e-5)
    (alone,) = multipliers_of(model, *pairs, scores=[lambda output: output], engine="rescale")
    assert not torch.allclose(alone.multipliers, result.multipliers)


@pytest.mark.parametrize("engine", ["rescale", "tangermeme"])
def test_no_hook_stays_on_the_model_even_after_an_error(toys, pairs, engine):
    def fails(output):
        raise ArithmeticError

    model = toys.seeded(toys.TwoHeads)
    names = {module: set(vars(module)) for module in model.modules()}
    multipliers_of(model, *pairs, scores=[log_counts()], engine=engine)
    with pytest.raises(ArithmeticError):
        multipliers_of(model, *pairs, scores=[fails], engine=engine)
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._backward_hooks
        assert set(vars(module)) == names[module]
    assert all(parameter.grad is None for parameter in model.parameters())
