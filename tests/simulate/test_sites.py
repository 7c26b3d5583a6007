"""The scan for sites against a plain one, and the breaking of chance sites."""

import numpy as np
import pytest

from cisgram.genomics.sequence import encode, reverse_complement
from cisgram.simulate.sites import find_sites, weaken_chance_sites


def plain_scan(codes, grammar, min_weight):
    """Every site, by adding up every window of both strands."""
    found = []
    for number, motif in enumerate(grammar.motifs):
        tables = (motif.log_relative_weights, motif.log_relative_weights[::-1, ::-1])
        for start in range(codes.size - motif.length + 1):
            window = codes[start : start + motif.length]
            if (window == 4).any():
                continue
            for is_reverse in (False, True):
                weight = motif.max_weight * np.exp(tables[is_reverse][window, np.arange(motif.length)].sum())
                if weight >= min_weight:
                    found.append((start, number, is_reverse, weight))
    return sorted(found)


@pytest.fixture(scope="module")
def random_codes():
    rng = np.random.default_rng(3)
    codes = rng.integers(4, size=2_500, dtype=np.uint8)
    for start, word in ((100, "TTTGCATAACAA"), (900, "TGATGGCT"), (1_500, "GAACAATGG"), (2_489, "GGGCGTGG")):
        codes[start : start + len(word)] = encode(word)
    codes[2_000:2_020] = 4
    return codes


def test_scan_finds_what_a_plain_scan_finds(random_codes, grammar):
    sites = find_sites(random_codes, grammar, min_weight=0.01)
    expected = plain_scan(random_codes, grammar, 0.01)
    assert len(expected) > 10
    assert list(zip(sites.start, sites.motif, sites.is_reverse, strict=True)) == [row[:3] for row in expected]
    np.testing.assert_allclose(sites.weight, [row[3] for row in expected], rtol=1e-12)


def test_reverse_complement_has_the_same_sites_mirrored(random_codes, grammar):
    sites, mirrored = (find_sites(codes, grammar) for codes in (random_codes, reverse_complement(random_codes)))
    size = random_codes.size
    rows = sorted(zip(size - sites.end, sites.motif, ~sites.is_reverse, sites.weight, strict=True))
    assert rows == sorted(zip(mirrored.start, mirrored.motif, mirrored.is_reverse, mirrored.weight, strict=True))


def test_a_sequence_shorter_than_every_motif_has_no_sites(grammar):
    assert find_sites(encode("ACG"), grammar).start.size == 0


def test_broken_chance_sites_are_gone_and_the_rest_of_the_sequence_is_kept(random_codes, grammar):
    before = random_codes.copy()
    changed = weaken_chance_sites(random_codes, grammar, min_weight=0.03, kept_share=0.0, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(random_codes, before)
    n_sites = find_sites(random_codes, grammar, min_weight=0.03).start.size
    assert find_sites(changed, grammar, min_weight=0.03).start.size < 0.1 * n_sites
    assert 0 < (changed != random_codes).sum() <= 2 * n_sites
    kept = weaken_chance_sites(random_codes, grammar, min_weight=0.03, kept_share=1.0, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(kept, before)
