"""Ensembles over strands, shifts and folds: averaged on logits, turned and moved back to where they belong."""

import numpy as np
import pytest
import torch

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.variants.model import VariantAsking, VariantModel
from cisgram.models.bpnet import BPNetConfig
from cisgram.models.bpnet import build as build_bpnet

from .conftest import LENGTH, ToyBases, ToyBins, ToyWindow

ONE = VariantAsking(both_strands=False)
BOTH = VariantAsking()


def windows(n=3, length=LENGTH, seed=0):
    return np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8)


@pytest.mark.parametrize("toy", ["bins_model", "bases_model", "pairs_model"])
def test_both_strands_say_the_same_of_a_model_that_sees_them_alike(toy, request):
    model = request.getfixturevalue(toy)
    one, both = model.reference(windows(), asking=ONE), model.reference(windows(), asking=BOTH)
    np.testing.assert_allclose(both.values, one.values, rtol=1e-6)


def test_without_strand_pairs_tracks_keep_their_place():
    model = VariantModel((ToyBins().eval(),), "basenji", ("A", "T"))
    one, both = model.reference(windows(), asking=ONE), model.reference(windows(), asking=BOTH)
    np.testing.assert_allclose(both.logits, (one.logits + one.logits[:, ::-1]) / 2, rtol=1e-6)


def test_strands_and_folds_are_averaged_before_the_sigmoid():
    folds = VariantModel((ToyWindow(3.0).eval(), ToyWindow(1.0).eval()), "basset", ("GC",))
    logits = ToyWindow(2.0)(torch.nn.functional.one_hot(torch.from_numpy(windows()).long(), 4).transpose(1, 2).float())
    found = folds.reference(windows(), asking=ONE)
    np.testing.assert_allclose(found.logits[:, :, 0], logits.logits.detach().numpy(), rtol=1e-6)
    np.testing.assert_allclose(found.values, 1 / (1 + np.exp(-found.logits)), rtol=1e-6)
    both = folds.reference(windows(), asking=BOTH)
    np.testing.assert_allclose(both.values, 0.5, atol=1e-7), "the other strand says the opposite"


def test_shifted_windows_are_put_back_base_by_base(bases_model):
    asking = VariantAsking(jitter_bp=(-2, 0, 3))
    wide = windows(length=LENGTH + 6)
    wide[:, [*range(3), *range(-3, 0)]] = 0  # the shifted windows have the same number of C and G
    wide[:, 3:8] = wide[:, -8:-3] = 0
    plain = bases_model.reference(wide[:, 3:-3], asking=BOTH)
    found = bases_model.reference(wide, asking=asking)
    values, expected = (one.values.reshape(3, 2, -1) for one in (found, plain))
    assert np.isnan(values[..., :3]).all()
    assert np.isnan(values[..., -2:]).all()
    middle = slice(3, -2)
    shares = expected[..., middle] / expected[..., middle].sum(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(values[..., middle], shares * expected.sum(axis=(1, 2), keepdims=True), rtol=1e-5)


@pytest.mark.parametrize("asking", [BOTH, VariantAsking(jitter_bp=(-1, 1)), VariantAsking(batch_size=1)])
def test_alternatives_are_asked_as_windows_of_their_own(asking):
    config = BPNetConfig(
        input_length=100, output_length=40, n_filters=4, n_dilated_layers=2, stem_width=5, profile_width=7
    )
    model = VariantModel((build_bpnet(config, n_tracks=2).eval(),), "bpnet", ("a", "b"))
    references = windows(2, 100 + 2 * asking.margin_bp)
    alternatives = references[[1, 0, 1]].copy()
    alternatives[:, 50] = (alternatives[:, 50] + 1) % 4
    found = model.alternatives(references, alternatives, np.array([1, 0, 1]), asking=asking)
    np.testing.assert_allclose(found.references.values, model.reference(references, asking=asking).values, rtol=1e-5)
    np.testing.assert_allclose(
        found.alternatives.values, model.reference(alternatives, asking=asking).values, rtol=2e-5, atol=1e-7
    )


def test_expected_reads_add_up_to_the_predicted_total(bases_model):
    found = bases_model.reference(windows(), asking=ONE)
    n = np.isin(windows(), [1, 2]).sum(axis=1)
    np.testing.assert_allclose(found.values.sum(axis=-1)[:, 0], n, rtol=1e-5)
    assert found.values.shape == (3, 1, 2 * (LENGTH - 16))


def test_only_the_tracks_that_are_asked_for_are_kept(bins_model):
    asking = VariantAsking(tracks=(1,))
    np.testing.assert_array_equal(
        bins_model.reference(windows(), asking=asking).values, bins_model.reference(windows()).values[:, 1:]
    )


def test_a_model_of_measurements_gives_its_labels():
    module = ToyWindow().eval()
    module.head.label_mean = torch.tensor([3.0])
    found = VariantModel((module,), "basset", ("expression",)).reference(windows(), asking=ONE)
    np.testing.assert_allclose(found.values, found.logits, rtol=1e-6)


def test_predictions_that_are_not_finite_are_refused(bins_model):
    bins_model.modules[0].weight.data[:] = np.nan
    with pytest.raises(InputError, match="not finite"):
        bins_model.reference(windows())


def test_windows_of_another_length_are_refused(bins_model):
    with pytest.raises(InputError, match="windows of 68 bp; got 64"):
        bins_model.reference(windows(), asking=VariantAsking(jitter_bp=(2,)))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"modules": ()}, "at least one network"),
        ({"name": "atacworks"}, "variants are asked of basset, bpnet, basenji, akita"),
        ({"modules": (ToyBins(), ToyBins(length=80))}, "one form"),
        ({"track_names": ("A",)}, "the 1 tracks that are named"),
        ({"strand_pairs": (1, 1)}, "strand_pairs"),
    ],
)
def test_models_that_do_not_fit_together_are_refused(options, says):
    known = {"modules": (ToyBins(),), "name": "basenji", "track_names": ("A", "T")}
    with pytest.raises((InputError, AttributeError), match=says):
        VariantModel(**{**known, **options})


def test_ways_of_asking_are_checked():
    with pytest.raises(ConfigError, match="jitter_bp"):
        VariantAsking(jitter_bp=(1, 1))
    with pytest.raises(ConfigError, match="batch_size"):
        VariantAsking(batch_size=-1)


def test_reverse_complement_of_a_window_gives_the_same(bases_model):
    found, turned = bases_model.reference(windows()), bases_model.reference(reverse_complement(windows()).copy())
    values, others = (one.values.reshape(3, 2, -1) for one in (found, turned))
    np.testing.assert_allclose(values, others[:, ::-1, ::-1], rtol=1e-5)
    assert isinstance(bases_model.modules[0], ToyBases)
