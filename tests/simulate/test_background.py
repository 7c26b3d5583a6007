"""The genome between the sites."""

import numpy as np
import pytest

from cisgram.errors import ConfigError
from cisgram.genomics.sequence import gc_fraction
from cisgram.simulate.genome import BackgroundConfig, background_contig, repeat_families, transition_matrix

PLAIN = BackgroundConfig(gc_wave=0.0, repeat_share=0.0, gap_bp=0)


def draw(length_bp, config, seed=1):
    rng = np.random.default_rng(seed)
    return background_contig(length_bp, config=config, families=repeat_families(config, rng), rng=rng)


@pytest.mark.parametrize("gc", [0.2, 0.42, 0.6])
def test_chain_is_stationary_and_alike_on_both_strands(gc):
    matrix = transition_matrix(gc)
    composition = np.array([1 - gc, gc, gc, 1 - gc]) / 2
    joint = composition[:, None] * matrix
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    np.testing.assert_allclose(joint.sum(axis=0), composition, rtol=1e-9)
    np.testing.assert_allclose(joint, joint[::-1, ::-1].T, rtol=1e-9)
    assert joint[1, 2] < 0.5 * composition[1] * composition[2]  # CpG


def test_drawn_dinucleotides_follow_the_chain():
    codes = draw(400_000, PLAIN).codes
    counts = np.bincount(4 * codes[:-1] + codes[1:], minlength=16).reshape(4, 4) / (codes.size - 1)
    composition = np.array([0.29, 0.21, 0.21, 0.29])
    level = 0.42  # one of the levels of GC content that the chain knows
    np.testing.assert_allclose(counts, composition[:, None] * transition_matrix(level), atol=0.004)


def test_gc_content_comes_in_waves():
    def spread(config):
        codes = draw(300_000, config).codes
        return float(np.std(gc_fraction(codes.reshape(-1, 3_000))))

    assert spread(BackgroundConfig(repeat_share=0.0, gap_bp=0)) > 1.5 * spread(PLAIN)


def test_gaps_are_n_and_everything_unmappable_is_listed():
    config = BackgroundConfig(repeat_share=0.3, gap_bp=700)
    drawn = draw(100_000, config)
    assert (drawn.codes[:700] == 4).all()
    assert (drawn.codes[-700:] == 4).all()
    assert (drawn.codes[700:-700] < 4).all()
    assert [0, 700] in drawn.unmappable.tolist()
    assert [99_300, 100_000] in drawn.unmappable.tolist()
    assert len(drawn.unmappable) > 2
    assert (np.diff(drawn.unmappable[:, 0]) >= 0).all()


def test_young_repeats_occur_many_times_and_random_sequence_does_not():
    def n_repeated(config):
        codes = draw(200_000, config).codes.astype(np.int64)
        words = np.convolve(codes, 4 ** np.arange(20), mode="valid")
        return words.size - np.unique(words).size

    assert n_repeated(PLAIN) < 50
    assert n_repeated(BackgroundConfig(gc_wave=0.0, repeat_share=0.2, gap_bp=0)) > 500


@pytest.mark.parametrize(
    "values", [{"gc_fraction": 0.1}, {"gc_wave": 0.3}, {"repeat_share": 0.9}, {"n_repeat_families": 0}, {"gap_bp": -1}]
)
def test_impossible_genomes_are_refused(values):
    with pytest.raises(ConfigError, match="must be"):
        BackgroundConfig(**values)


def test_a_contig_shorter_than_its_gaps_is_refused():
    with pytest.raises(ConfigError, match="longer than its gaps"):
        draw(2_000, BackgroundConfig(gap_bp=500))
