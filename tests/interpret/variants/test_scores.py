"""Scores of variants, worked by hand; every score of the list fits models that are there."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from cisgram.errors import ConfigError, InputError
from cisgram.interpret.folding.scores import contact_change, insulation_at
from cisgram.interpret.variants.formulas import ComparedAlleles
from cisgram.interpret.variants.outputs import OUTPUTS, OutputGeometry
from cisgram.interpret.variants.scores import (
    DEFAULT_SCORES,
    GENE_SCORES,
    SCORE_ALIASES,
    VARIANT_SCORES,
    scored,
    scores_of,
)

BINS = OutputGeometry(16, 16, 4)
REF = np.array([[[0.0, 3.0, 1.0, 4.0]]])
ALT = np.array([[[1.0, 3.0, 3.0, 0.0]]])


def alleles(ref=REF, alt=ALT, geometry=BINS, bins=(0,)):
    return ComparedAlleles(ref, alt, ref, alt, geometry, np.array(bins))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("diff_sum", -1.0),
        ("diff_mean", -0.25),
        ("diff_log2_sum", 1 + 0 + 1 - np.log2(5)),
        ("diff_sqrt_sum", 1 + np.sqrt(3) - 1 - 2),
        ("log2_ratio", np.log2(8 / 9)),
        ("diff_logit", 1.0),
        ("max_abs", 4.0),
        ("extreme_diff", -4.0),
        ("l1_diff", 7.0),
        ("l2_diff", np.sqrt(1 + 4 + 16)),
        ("root_mean_square", np.sqrt(21 / 4)),
        ("ref_sum", 8.0),
        ("alt_sum", 7.0),
    ],
)
def test_scores_by_hand(name, value):
    np.testing.assert_allclose(scored(VARIANT_SCORES[name], alleles()), [[value]])


def test_profiles_are_compared_as_scipy_does_it_after_the_pseudocount():
    low = np.percentile(REF, 25)
    assert low == 0.75
    expected = jensenshannon(REF[0, 0] + low, ALT[0, 0] + low, base=2) ** 2
    np.testing.assert_allclose(scored(VARIANT_SCORES["jsd"], alleles()), [[expected]])
    same = scored(VARIANT_SCORES["jsd"], alleles(REF, 3 * (REF + low) - low))
    np.testing.assert_allclose(same, 0, atol=1e-12), "only the shape counts"


@pytest.mark.parametrize("name", [name for name in VARIANT_SCORES if name not in (*GENE_SCORES, "insulation_change")])
def test_positions_that_one_allele_lacks_count_nothing(name):
    more = [np.concatenate([one, np.full((1, 1, 2), np.nan)], axis=2) for one in (REF, ALT)]
    np.testing.assert_allclose(
        scored(VARIANT_SCORES[name], alleles(*more)), scored(VARIANT_SCORES[name], alleles()), rtol=1e-12
    )
    nothing = np.full((1, 1, 3), np.nan)
    assert np.isnan(scored(VARIANT_SCORES[name], alleles(nothing, nothing))).all()


@pytest.mark.parametrize("name", [name for name in VARIANT_SCORES if name not in (*GENE_SCORES, "insulation_change")])
def test_equal_alleles_differ_by_nothing_and_turned_ones_by_the_opposite(name):
    score = VARIANT_SCORES[name]
    if score.kind == "level":
        return
    np.testing.assert_array_equal(scored(score, alleles(REF, REF)), 0)
    one, other = scored(score, alleles()), scored(score, alleles(ALT, REF))
    if score.is_signed:
        np.testing.assert_allclose(one, -other)
    else:
        assert (one >= 0).all()
        if name != "jsd":  # of which REF gives the pseudocount
            np.testing.assert_allclose(one, other)


def test_scores_of_maps_are_those_of_folding():
    rng = np.random.default_rng(0)
    geometry = OutputGeometry(400, 400, 20, diagonal_offset=2)
    n_pairs = 18 * 19 // 2
    ref, alt = rng.normal(size=(2, 3, 2, n_pairs))
    both = ComparedAlleles(ref, alt, ref, alt, geometry, np.array([0, 9, 12]))
    change = contact_change(ref, alt)
    np.testing.assert_allclose(scored(VARIANT_SCORES["l2_diff"], both), change.scd)
    np.testing.assert_allclose(scored(VARIANT_SCORES["root_mean_square"], both), change.root_mean_square)
    row, column = np.triu_indices(20, 2)
    squares = np.full((2, 3, 2, 20, 20), np.nan)
    squares[..., row, column] = squares[..., column, row] = np.stack([ref, alt])
    found = scored(VARIANT_SCORES["insulation_change"], both)
    for number, at in enumerate([0, 9, 12]):
        expected = insulation_at(squares[1], at)[number] - insulation_at(squares[0], at)[number]
        np.testing.assert_allclose(found[number], expected)


def test_names_are_known_by_the_papers_words_too():
    assert [one.name for one in scores_of(("SAD", "logSAD", "SAX", "D2", "JS"), "basenji")] == [
        "diff_sum",
        "diff_log2_sum",
        "max_abs",
        "l2_diff",
        "jsd",
    ]
    assert set(SCORE_ALIASES.values()) <= set(VARIANT_SCORES)


@pytest.mark.parametrize("model", list(OUTPUTS))
def test_every_model_has_scores_that_fit_it(model):
    chosen = scores_of((), model)
    assert [one.name for one in chosen] == list(DEFAULT_SCORES[model])
    assert all(model in one.models and one.compute is not None for one in chosen)


def test_scores_that_do_not_fit_are_refused():
    with pytest.raises(ConfigError, match="a basset has the scores diff_sum, diff_logit, ref_sum, alt_sum; got jsd"):
        scores_of(("jsd",), "basset")
    with pytest.raises(ConfigError, match="every score once"):
        scores_of(("SAD", "diff_sum"), "basenji")
    with pytest.raises(InputError, match="score of genes"):
        scored(VARIANT_SCORES["gene_diff_sum"], alleles())
