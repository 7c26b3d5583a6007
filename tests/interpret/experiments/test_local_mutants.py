"""Mutants that are computed where they differ are those of the whole model."""

import dataclasses

import numpy as np
import pytest
import torch

from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.experiments.saturation import mutate_all
from cisgram.interpret.folding.scores import DisruptionScore
from cisgram.interpret.scores import log_counts, logit, probability, weighted_profile
from cisgram.models import akita, basenji, bpnet
from cisgram.models.basset import BassetConfig, build

SHALLOW = BassetConfig(37, n_filters=(8, 6), widths=(7, 3), pools=(3, 2), n_hidden=(8,))
FORMS = [
    SHALLOW,
    dataclasses.replace(SHALLOW, reverse_complement="average"),
    dataclasses.replace(SHALLOW, reverse_complement="equivariant"),
    dataclasses.replace(SHALLOW, input_length=61, n_filters=(8, 6, 4), widths=(19, 11, 7), pools=(3, 4, 4)),
    dataclasses.replace(
        SHALLOW,
        **{"input_length": 62, "n_filters": (8, 6, 4), "widths": (19, 11, 7), "pools": (3, 4, 4)},
        reverse_complement="equivariant",
    ),
    dataclasses.replace(SHALLOW, n_filters=(8,), widths=(5,), pools=(1,)),
    dataclasses.replace(SHALLOW, n_filters=(8, 4), widths=(1, 5), pools=(5, 40)),
    dataclasses.replace(SHALLOW, input_length=200, n_filters=(8, 6, 4), widths=(9, 5, 3), pools=(2, 2, 3)),
]


def seeded(form):
    """A model whose norms have statistics and whose weights are large enough for every base to matter."""
    model = build(form, n_tracks=2, seed=2)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, values in [*model.named_parameters(), *model.named_buffers()]:
            if "running_var" in name:
                values.copy_(torch.rand(values.shape, generator=generator) + 0.5)
            elif values.is_floating_point():
                values.add_(torch.randn(values.shape, generator=generator) * 0.3)
    return model


@pytest.mark.parametrize("both_strands", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_all_mutants_are_those_of_the_whole_model(toys, form, both_strands):
    model = seeded(form).double()  # what remains is no rounding
    codes = toys.random_codes(2, form.input_length, seed=3, share_of_n=0.05)
    asked = {"scores": [logit(1), probability(0)]}
    quick, full = (
        mutate_all(model, codes, **asked, asking=Asking(both_strands=both_strands, batch_size=50, local_mutants=local))
        for local in (True, False)
    )
    np.testing.assert_allclose(quick.effects, full.effects, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(quick.reference, full.reference)
    assert quick.n_evaluations == full.n_evaluations
    assert (full.effects != 0).any(axis=(1, 2)).mean() > 0.15  # most bases matter to most of these models


def test_a_part_is_the_middle_of_the_whole(toys):
    model, codes = seeded(SHALLOW), toys.random_codes(1, 37, seed=5)
    part = mutate_all(model, codes, scores=[logit(0)], part_bp=9)
    whole = mutate_all(model, codes, scores=[logit(0)])
    np.testing.assert_allclose(part.effects, whole.effects[..., 14:23], atol=1e-5)


def test_single_precision_is_good_to_rounding(toys):
    model, codes = seeded(FORMS[3]), toys.random_codes(1, 61, seed=6)
    quick, full = (
        mutate_all(model, codes, scores=[logit(0)], asking=Asking(local_mutants=local)) for local in (True, False)
    )
    scale = np.abs(full.reference).max() + np.abs(full.effects).max()
    assert np.abs(quick.effects - full.effects).max() < 1e-5 * scale


def test_the_model_is_left_in_training_mode(toys):
    model = seeded(SHALLOW).train()
    mutate_all(model, toys.random_codes(1, 37), scores=[logit(0)])
    assert all(module.training for module in model.modules())


class MeanRate:
    """A score of a Basenji: the mean over its bins."""

    def __call__(self, output):
        return output.rates.mean((1, 2))


OTHERS = {
    "bpnet": (
        bpnet.build(
            bpnet.BPNetConfig(input_length=150, output_length=40, n_filters=8, n_dilated_layers=4, profile_width=11),
            n_tracks=1,
        ),
        [log_counts(0), weighted_profile(0)],
    ),
    "basenji": (
        basenji.build(
            basenji.BasenjiConfig(
                input_length=96,
                filters=(6, 8),
                widths=(7, 5),
                pools=(4, 2),
                crop=1,
                trunk_filters=4,
                n_trunk_blocks=2,
                head_filters=8,
                residual_gain=1.0,
            ),
            n_tracks=2,
        ),
        [MeanRate()],
    ),
    "akita": (
        akita.build(akita.AkitaConfig(input_length=96, bin_size=8, crop=1, n_dilated=1, n_pair_blocks=1), n_tracks=1),
        [DisruptionScore((0,))],
    ),
}


@pytest.mark.parametrize("name", list(OTHERS))
def test_mutants_of_other_models_are_those_of_the_whole_model(toys, name):
    model, scores = OTHERS[name]
    model = model.double()
    codes = toys.random_codes(1, model.input_length, seed=7)
    quick, full = (
        mutate_all(model, codes, scores=scores, asking=Asking(both_strands=True, batch_size=40, local_mutants=local))
        for local in (True, False)
    )
    scale = np.abs(full.effects).max(axis=(0, 2, 3))
    assert (scale > 1e-6).all()
    assert (np.abs(quick.effects - full.effects).max(axis=(0, 2, 3)) < 1e-5 * (scale + np.abs(full.reference[0]))).all()
