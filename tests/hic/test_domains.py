"""Planted domains come back, nested ones inside their parents; the choice among them is exact."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import ConfigError
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.hic.domains import DOMAIN_COLUMNS, DomainConfig, nested_domains
from cisgram.hic.laminar import best_nested_intervals
from cisgram.hic.stretches import score_stretches, sharpest_edges
from cisgram.hic.triangles import triangle_sums

OUTER = [(0, 60), (60, 140), (140, 200), (200, 290), (290, 340)]
INNER = [(60, 95), (95, 140), (200, 240), (240, 290)]


def nested_map(seed=0, depth=300.0):
    """Domains of which two hold two others each; everything outside is rarer by half."""
    n = OUTER[-1][1]
    row, column = np.triu_indices(n)
    rate = depth / (1 + column - row)
    for factor, domains in ((2.0, OUTER), (1.8, INNER)):
        for start, end in domains:
            rate = np.where((row >= start) & (column < end), factor * rate, rate)
    counts = np.random.default_rng(seed).poisson(rate)
    seen = counts > 0
    return ContactMap(ContactBins({"I": n * 1000}, 1000), row[seen], column[seen], counts[seen], np.ones(n))


CONFIG = DomainConfig(windows_bp=(5_000, 10_000, 20_000), max_length_bp=120_000)


def test_planted_domains_come_back_with_their_nesting(decay_of):
    source = nested_map()
    found = nested_domains(source, decay_of(source), CONFIG)
    assert tuple(found.columns) == DOMAIN_COLUMNS
    for level, planted in ((1, OUTER), (2, INNER)):
        own = found[found["level"] == level][["start", "end"]].to_numpy() / 1000
        hits = [any(np.abs(own - np.array(domain)).max(axis=1) <= 1) for domain in planted]
        assert np.mean(hits) >= 0.75, (level, own.tolist())
    assert len(found) <= len(OUTER) + len(INNER) + 2


def test_domains_do_not_cross_and_children_lie_within_parents(decay_of):
    source = nested_map(seed=5, depth=60.0)
    found = nested_domains(source, decay_of(source), DomainConfig((5_000, 10_000), 150_000, fdr=0.9))
    rows = found.set_index("name")
    for name, domain in rows.iterrows():
        if domain["level"] == 1:
            assert domain["parent"] == "."
            continue
        parent = rows.loc[domain["parent"]]
        assert parent["level"] == domain["level"] - 1, name
        assert parent["start"] <= domain["start"] < domain["end"] <= parent["end"]
    for one, other in combinations(found[["start", "end"]].to_numpy().tolist(), 2):
        assert not (one[0] < other[0] < one[1] < other[1])
        assert not (other[0] < one[0] < other[1] < one[1])
    for _, level in found.groupby("level"):
        ordered = level.sort_values("start")
        assert (ordered["start"].to_numpy()[1:] >= ordered["end"].to_numpy()[:-1]).all()


def test_a_map_without_domains_has_next_to_none(decay_of, block_map):
    source = block_map([300], inside=100.0)
    assert len(nested_domains(source, decay_of(source), CONFIG)) <= 2


def test_the_same_seed_gives_the_same_domains(decay_of):
    source = nested_map(seed=1)
    tables = [nested_domains(source, decay_of(source), CONFIG) for _ in range(2)]
    assert tables[0].equals(tables[1])


def test_triangle_sums_are_plain_sums(decay_of):
    source = nested_map()
    weights = np.ones(340)
    weights[[3, 50]] = np.nan
    contacts = source.with_weights(weights).cis("I")
    means = decay_of(source)["balanced.avg"].to_numpy()
    sums = triangle_sums(contacts, means, max_length=40)
    square, counts = contacts.dense(), contacts.dense(balanced=False)
    for start, length in [(0, 1), (0, 2), (0, 3), (1, 12), (40, 40), (300, 40)]:
        own = slice(start, start + length)
        row, column = np.triu_indices(length, 2)
        value = (square[own, own][row, column]) / means[column - row]
        known = np.isfinite(value)
        assert sums.ratio[start, length] == pytest.approx(value[known].sum(), abs=1e-9)
        assert sums.pixels[start, length] == known.sum()
        assert sums.counts[start, length] == counts[own, own][row, column][known].sum()


def test_two_domains_side_by_side_are_not_one(decay_of):
    source = nested_map()
    sums = triangle_sums(source.cis("I"), decay_of(source)["balanced.avg"].to_numpy(), max_length=150)
    edges = np.array([0, 60, 140, 200])
    found = score_stretches(sums, edges)
    assert found.contrast[0, 0] > 0.4  # one domain
    assert found.contrast[1, 0] > 0.4  # a domain of two
    assert found.contrast[0, 1] < 0.1  # the two together
    assert found.contrast.shape == (3, 2)  # three together are longer than the sums reach


def test_the_sharpest_of_near_positions_is_the_edge(decay_of):
    source = nested_map()
    sums = triangle_sums(source.cis("I"), decay_of(source)["balanced.avg"].to_numpy(), max_length=60)
    near = np.array([58, 59, 60, 61, 139, 140, 141, 0])
    assert sharpest_edges(sums, near, window=10).tolist() == [60, 140]


@given(st.lists(st.lists(st.integers(-5, 9), min_size=3, max_size=3), min_size=1, max_size=5))
def test_no_other_set_without_crossings_scores_more(rows):
    n = len(rows)
    scores = np.array(rows, dtype=np.float64)
    for first in range(n):
        scores[first, n - first :] = np.nan
    every = [(p, p + k + 1, scores[p, k]) for p in range(n) for k in range(3) if scores[p, k] > 0]

    def crosses(a, b):
        return a[0] < b[0] < a[1] < b[1] or b[0] < a[0] < b[1] < a[1]

    best = 0.0
    for chosen in range(1 << len(every)):
        own = [interval for bit, interval in enumerate(every) if chosen >> bit & 1]
        if not any(crosses(a, b) for a, b in combinations(own, 2)):
            best = max(best, sum(score for *_, score in own))
    found = best_nested_intervals(scores)
    assert sum(scores[first, last - first - 1] for first, last in found) == pytest.approx(best)
    assert not any(crosses(a, b) for a, b in combinations(found.tolist(), 2))


def test_settings_that_contradict_are_refused():
    for wrong in ({"max_length_bp": 10}, {"fdr": 0.0}, {"min_length_bins": 2}):
        with pytest.raises(ConfigError):
            DomainConfig(**{"windows_bp": (50,), "max_length_bp": 500} | wrong)
    assert DomainConfig.for_bins(1000).windows_bp == (5_000, 10_000, 25_000)
