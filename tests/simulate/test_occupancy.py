"""Laws of the thermodynamic model, its closed forms, and a plain twin."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from cisgram.genomics.sequence import reverse_complement
from cisgram.simulate.occupancy import occupancies
from cisgram.simulate.sites import Sites, find_sites


def sites_at(grammar, *rows):
    """Sites from rows of motif name, start and weight (None for the best), sorted."""
    rows = sorted(rows, key=lambda row: row[1])
    motif = np.array([grammar.index(name) for name, *_ in rows], dtype=np.int64)
    start = np.array([start for _, start, _ in rows], dtype=np.int64)
    best = [grammar.motifs[number].max_weight for number in motif]
    weight = np.array([own or default for (_, _, own), default in zip(rows, best, strict=True)], dtype=np.float64)
    length = np.array([grammar.motifs[number].length for number in motif], dtype=np.int64)
    return Sites(motif, start, start + length, np.zeros(len(rows), dtype=bool), weight)


def rule(grammar, helper, helped):
    return next(one for one in grammar.cooperations if (one.helper, one.helped) == (helper, helped))


def plain_occupancies(sites, grammar, n_rounds=100):
    """The equations of the module as written down, site by site."""
    rules = {(one.helper, one.helped): one for one in grammar.cooperations}
    names = [grammar.motifs[number].name for number in sites.motif]
    levels = grammar.levels()[sites.motif]
    n_sites = len(names)
    theta = np.zeros(n_sites)

    def overlap(i, j):
        return sites.start[i] < sites.end[j] and sites.start[j] < sites.end[i]

    boost = np.zeros((n_sites, n_sites))  # helped helper
    for i, j in product(range(n_sites), repeat=2):
        if i != j and not overlap(i, j) and (names[j], names[i]) in rules:
            boost[i, j] = rules[names[j], names[i]].boost(float(abs(sites.center[i] - sites.center[j]))) - 1
    for _ in range(n_rounds):
        weight = sites.weight * np.prod(1 + boost * theta, axis=1)
        rivals = [
            sum(weight[j] for j in range(n_sites) if j != i and overlap(i, j) and levels[j] <= levels[i])
            for i in range(n_sites)
        ]
        theta = weight / (1 + weight + np.array(rivals))
    return theta


@pytest.mark.parametrize("seed", range(4))
def test_kernel_solves_the_equations(grammar, seed):
    rng = np.random.default_rng(seed)
    names = [motif.name for motif in grammar.motifs]
    rows = [(names[rng.integers(len(names))], int(rng.integers(600)), float(rng.gamma(1))) for _ in range(25)]
    sites = sites_at(grammar, *rows)
    # Help below a hundredth is cut off, which the plain equations do not do.
    np.testing.assert_allclose(occupancies(sites, grammar), plain_occupancies(sites, grammar), atol=0.01)


def test_a_site_alone_is_bound_by_its_weight(grammar):
    for weight in (0.01, 0.5, 3.0, 50.0):
        assert occupancies(sites_at(grammar, ("Klf4", 0, weight)), grammar)[0] == pytest.approx(weight / (1 + weight))


def test_occupancy_rises_with_affinity(grammar):
    weights = np.geomspace(0.01, 100, 20)
    for helper in ([], [("Oct4-Sox2", 40, None)]):
        bound = [occupancies(sites_at(grammar, ("Nanog", 0, weight), *helper), grammar)[0] for weight in weights]
        assert (np.diff(bound) > 0).all()


@pytest.mark.parametrize("helper", ["Oct4-Sox2", "Sox2"])
def test_follower_near_a_pioneer_has_its_closed_form(grammar, helper):
    motif = grammar.motifs[grammar.index(helper)]
    pioneer = motif.max_weight / (1 + motif.max_weight)
    own = grammar.motifs[grammar.index("Nanog")].max_weight
    for start in range(motif.length, 250):
        sites = sites_at(grammar, (helper, 0, None), ("Nanog", start, None))
        distance = sites.center[1] - sites.center[0]
        weight = own * (1 + (rule(grammar, helper, "Nanog").boost(float(distance)) - 1) * pioneer)
        np.testing.assert_allclose(occupancies(sites, grammar), [pioneer, weight / (1 + weight)], rtol=1e-9)


def test_follower_prefers_whole_turns_and_short_distances(grammar):
    def follower(distance):  # both motifs have even lengths, so that whole distances are possible
        return occupancies(sites_at(grammar, ("Oct4-Sox2", 0, None), ("Nanog", distance + 2, None)), grammar)[1]

    for turn in (2, 4, 6, 8, 10):
        near = [follower(distance) for distance in range(int(10.5 * turn) - 3, int(10.5 * turn) + 4)]
        assert int(np.argmax(near)) == 3
    on_face = [follower(distance) for distance in (21, 42, 63, 84, 105, 210)]
    assert (np.diff(on_face) < 0).all()
    assert follower(21) > follower(26) + 0.15
    alone = occupancies(sites_at(grammar, ("Nanog", 0, None)), grammar)[0]
    assert follower(21) > 2 * alone
    assert follower(2_000) == alone


def test_help_goes_one_way(grammar):
    for helper in ("Oct4-Sox2", "Sox2", "Klf4", "Zic3"):
        alone = occupancies(sites_at(grammar, (helper, 0, None)), grammar)[0]
        for start in (4, 20, 33, 60):  # at 4 the two overlap: the follower does not push off a pioneer either
            pair = sites_at(grammar, (helper, 0, None), ("Nanog", start, 5.0))
            assert occupancies(pair, grammar)[0] == alone
    klf4 = occupancies(sites_at(grammar, ("Klf4", 0, None), ("Nanog", 21, None)), grammar)
    assert klf4[1] == occupancies(sites_at(grammar, ("Nanog", 0, None)), grammar)[0]


def test_nanog_sites_help_each_other_alike(grammar):
    pair = occupancies(sites_at(grammar, ("Nanog", 0, None), ("Nanog", 21, None)), grammar)
    weight = grammar.motifs[grammar.index("Nanog")].max_weight
    boost = rule(grammar, "Nanog", "Nanog").boost(21.0) - 1
    assert pair[0] == pytest.approx(pair[1], rel=1e-12)
    assert pair[0] / (1 - pair[0]) == pytest.approx(weight * (1 + boost * pair[0]), rel=1e-8)  # the fixed point


def test_two_proteins_never_share_bases(grammar):
    sites = sites_at(grammar, ("Oct4-Sox2", 0, 2.0), ("Sox2", 5, 3.0))
    # States of the pair: empty, the one, the other.
    np.testing.assert_allclose(occupancies(sites, grammar), [2 / 6, 3 / 6])


def test_other_strand_is_bound_alike(grammar):
    rng = np.random.default_rng(5)
    codes = rng.integers(4, size=30_000, dtype=np.uint8)
    sites, mirrored = (find_sites(one, grammar) for one in (codes, reverse_complement(codes)))
    ours, theirs = occupancies(sites, grammar), occupancies(mirrored, grammar)
    order = np.lexsort((~sites.is_reverse, sites.motif, codes.size - sites.end))
    np.testing.assert_allclose(ours[order], theirs, rtol=1e-9)


def test_no_sites_give_no_occupancies(grammar):
    assert occupancies(find_sites(np.zeros(0, dtype=np.uint8), grammar), grammar).size == 0


def test_without_rules_sites_do_not_matter_to_each_other(grammar):
    sites = sites_at(grammar, ("Oct4-Sox2", 0, None), ("Nanog", 21, None), ("Nanog", 42, None))
    free = replace(grammar, cooperations=())
    np.testing.assert_allclose(occupancies(sites, free), sites.weight / (1 + sites.weight))
