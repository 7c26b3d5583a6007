"""Regions written over background sequence."""

import numpy as np
import pytest

from cisgram.errors import ConfigError
from cisgram.genomics.sequence import decode, reverse_complement
from cisgram.simulate.planting import KINDS, PlantingConfig, instance_pools, plant


@pytest.fixture(scope="module")
def planted(grammar):
    rng = np.random.default_rng(4)
    codes = rng.integers(4, size=600_000, dtype=np.uint8)
    blocks = np.array([[100_000, 140_000]])
    config = PlantingConfig(region_spacing_bp=1_500)
    pools = instance_pools(grammar, rng)
    written, result = plant(codes, unmappable=blocks, grammar=grammar, pools=pools, config=config, rng=rng)
    return codes, written, result


def test_every_instance_stands_where_it_is_said_to_stand(planted, grammar):
    _, written, result = planted
    assert result.start.size > 500
    for motif, start, is_reverse, weight in zip(*result[:4], strict=True):
        one = grammar.motifs[motif]
        site = written[start : start + one.length]
        site = reverse_complement(site) if is_reverse else site
        assert np.exp(one.log_relative_weights[site, np.arange(one.length)].sum()) == pytest.approx(weight)


def test_only_instances_are_changed(planted, grammar):
    codes, written, result = planted
    lengths = np.array([motif.length for motif in grammar.motifs])
    inside = np.zeros(codes.size, dtype=bool)
    for motif, start in zip(result.motif, result.start, strict=True):
        assert not inside[start : start + lengths[motif]].any()  # instances do not overlap
        inside[start : start + lengths[motif]] = True
    np.testing.assert_array_equal(codes[~inside], written[~inside])


def test_regions_hold_their_instances_and_keep_off_unmappable_stretches(planted):
    _, _, result = planted
    assert (result.start >= result.region_start[result.region]).all()
    assert (result.start < result.region_end[result.region]).all()
    assert not ((result.region_start < 140_000) & (result.region_end > 100_000)).any()
    assert (result.region_end[:-1] <= result.region_start[1:]).all()


def test_kinds_differ_as_they_should(planted, grammar):
    _, _, result = planted
    kind_of_instance = np.array(KINDS)[result.region_kind[result.region]]
    n_in_region = np.bincount(result.region, minlength=result.region_start.size)
    for kind, allowed in (("enhancer", {1, 2, 3, 4, 5}), ("pair", {2}), ("single", {1}), ("decoy", {1, 2})):
        assert set(n_in_region[result.region_kind == KINDS.index(kind)]) == allowed
    assert result.relative_weight[kind_of_instance == "decoy"].max() < 0.01
    assert result.relative_weight[kind_of_instance != "decoy"].min() >= 0.04
    assert 0.1 < np.mean(result.relative_weight[kind_of_instance != "decoy"] < 0.25) < 0.3
    assert set(result.motif) == set(range(len(grammar.motifs)))
    assert 0.4 < result.is_reverse.mean() < 0.6


def test_pairs_come_at_every_distance_and_enhancers_near_whole_turns(planted, grammar):
    _, _, result = planted
    lengths = np.array([motif.length for motif in grammar.motifs])
    center = result.start + (lengths[result.motif] - 1) / 2
    neighbours = result.region[1:] == result.region[:-1]
    distance = np.diff(center)[neighbours]
    kind = result.region_kind[result.region[1:]][neighbours]
    of_turn = np.cos(2 * np.pi * distance / 10.5)
    assert of_turn[kind == KINDS.index("enhancer")].mean() > 0.3
    pairs = distance[kind == KINDS.index("pair")]
    assert abs(of_turn[kind == KINDS.index("pair")].mean()) < 0.25
    assert pairs.min() < 30
    assert pairs.max() > 180


def test_instances_vary_and_the_best_sequence_is_among_them(grammar):
    pools = instance_pools(grammar, np.random.default_rng(1))[grammar.index("Nanog")]
    words = {decode(codes) for codes in pools.strong[0]}
    assert "AGCCATCA" in words
    assert len(words) >= 4


@pytest.mark.parametrize(
    "values",
    [{"region_spacing_bp": 500}, {"kind_shares": (0.0, 0.0, 0.0, 0.0)}, {"moderate_share": 2.0}],
)
def test_impossible_plans_are_refused(values):
    with pytest.raises(ConfigError):
        PlantingConfig(**values)
