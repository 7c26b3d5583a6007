"""Distances: what was planted is told from chance, and chance is not told from itself."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.motifs.grammar.cooccurrence import cooccurrence
from cisgram.motifs.grammar.spacing import ORIENTATION_COLUMNS, SPACING_COLUMNS, SpacingConfig, pair_spacing

FEW = SpacingConfig(max_distance_bp=150, n_draws=199)


def pairs_at(distances, rng, *, strands="+-"):
    """One pair per window: ``a`` anywhere in the middle, ``b`` at a distance to either side."""
    rows = []
    for window, distance in enumerate(distances):
        start, side = int(rng.integers(300, 700)), int(rng.choice([-1, 1]))
        signs = rng.choice(list(strands), 2)
        rows += [(window, start, 9, signs[0], "a"), (window, start + side * int(distance), 9, signs[1], "b")]
    return rows


def test_a_planted_distance_and_orientation_stand_out(hits_at):
    rng = np.random.default_rng(1)
    rows = pairs_at(rng.integers(10, 150, 250), rng)
    rows += [
        (250 + window, start + side, 9, "+", name)
        for window, start in enumerate(rng.integers(300, 700, 60).tolist())
        for side, name in ((0, "a"), (32, "b"))
    ]
    found = pair_spacing(*hits_at(rows), "a", "b", config=FEW)
    assert tuple(found.histogram.columns) == SPACING_COLUMNS
    assert tuple(found.orientations.columns) == ORIENTATION_COLUMNS
    table = found.histogram
    best = table[table["orientation"] != "any"].sort_values("enrichment", ascending=False).iloc[0]
    assert (best["orientation"], best["distance_bp"]) == ("++", 32)
    assert best["p_value"] == 1 / 200
    assert best["q_value"] < 1e-6
    assert best["observed"] >= 60 > 10 * best["expected"]
    shapes = found.orientations.set_index("orientation")["shape_p_value"]
    assert shapes["++"] == 1 / 200
    assert list(shapes.index) == ["++", "+-", "-+", "--", "any"]
    assert found.counts.sum() == table[table["orientation"] == "any"]["observed"].sum() == len(rows) // 2
    assert found.min_distance_bp == 9


@pytest.mark.parametrize("null", ["exchange", "shift"])
def test_places_without_a_rule_give_even_p_values(hits_at, null):
    rng = np.random.default_rng(3)
    totals, shapes, bins, tails, n_false = [], [], [], [], 0
    for seed in range(60):
        rows = [
            (window, int(rng.integers(0, 990)), 9, str(rng.choice(["+", "-"])), name)
            for window in range(60)
            for name in "aabb"
        ]
        config = SpacingConfig(max_distance_bp=150, bin_bp=25, n_draws=99, null=null, seed=seed)
        found = pair_spacing(*hits_at(rows), "a", "b", config=config)
        totals += found.orientations["p_value"].tolist()[-1:]
        shapes += found.orientations["shape_p_value"].tolist()[-1:]
        bins += found.histogram["p_value"].tolist()
        tails += found.histogram["tail_p_value"].tolist()
        n_false += (found.histogram["q_value"] < 0.05).any()
    assert kstest(shapes, "uniform").pvalue > 0.01
    # counts tie, and a tie counts against the data: never too many small ones
    assert n_false <= 6
    for p_values in (totals, bins, tails):
        assert np.mean(np.array(p_values) <= 0.05) < 0.09
        assert 0.45 < np.mean(p_values) < 0.7


def test_hits_in_the_middle_of_windows_are_near_each_other_by_chance_when_places_are_exchanged(hits_at):
    rng = np.random.default_rng(5)
    rows = [(window, int(np.clip(rng.normal(500, 60), 0, 990)), 9, "+", name) for window in range(150) for name in "ab"]
    totals = {
        null: pair_spacing(*hits_at(rows), "a", "b", config=SpacingConfig(n_draws=99, null=null)).orientations.iloc[-1]
        for null in ("exchange", "shift")
    }
    assert totals["exchange"]["p_value"] > 0.05
    assert totals["shift"]["p_value"] == 0.01
    assert totals["shift"]["enrichment"] > 1.5


def test_turning_all_windows_over_changes_nothing(hits_at, turned_over):
    rng = np.random.default_rng(2)
    hits, windows = hits_at(pairs_at(rng.integers(10, 150, 80), rng))
    config = SpacingConfig(max_distance_bp=150, n_draws=20)
    forward = pair_spacing(hits, windows, "a", "b", config=config)
    backward = pair_spacing(turned_over(hits, windows), windows, "a", "b", config=config)
    pd.testing.assert_frame_equal(forward.histogram, backward.histogram)


def test_palindromes_have_no_strand_and_one_pattern_has_three_orientations(hits_at):
    rng = np.random.default_rng(4)
    hits, windows = hits_at(pairs_at(rng.integers(10, 150, 80), rng))
    config = SpacingConfig(n_draws=9)

    def orientations(first, second, palindromes=()):
        found = pair_spacing(hits, windows, first, second, palindromes=palindromes, config=config)
        assert found.orientations["observed"].iloc[:-1].sum() in (0, found.orientations["observed"].iloc[-1])
        return found.orientations["orientation"].tolist()

    assert orientations("a", "b", ["a"]) == [".+", ".-", "any"]
    assert orientations("a", "b", ["a", "b"]) == ["any"]
    hits = hits.assign(pattern="a")
    assert orientations("a", "a") == ["++", "+-", "-+", "any"]


def test_the_same_seed_gives_the_same_and_nothing_to_count_is_an_error(hits_at):
    hits, windows = hits_at([(0, 10, 9, "+", "a"), (0, 50, 9, "+", "b"), (1, 50, 9, "+", "b")])
    config = SpacingConfig(n_draws=30)
    once, again = (pair_spacing(hits, windows, "a", "b", config=config).histogram for _ in range(2))
    pd.testing.assert_frame_equal(once, again)
    with pytest.raises(EmptySetError, match="two hits of a"):
        pair_spacing(hits, windows, "a", "a")
    with pytest.raises(EmptySetError, match="hits of both a and c"):
        pair_spacing(hits, windows, "a", "c")
    for setting in ({"bin_bp": 0}, {"seed": -1}):
        with pytest.raises(ConfigError):
            SpacingConfig(**setting)


def test_hits_outside_the_windows_are_refused_by_company():
    with pytest.raises(InputError, match="there are 3 windows"):
        cooccurrence(pd.DataFrame({"pattern": ["a"], "window": [3]}), 3)
