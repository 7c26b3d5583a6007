import numpy as np
import pytest
from scipy.stats import false_discovery_control

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.motifs.match import MATCH_COLUMNS, UNNAMED, best_names, match_motifs
from cisgram.motifs.tomtom import tomtom


def random_motifs(n, *, seed=0, name="known"):
    rng = np.random.default_rng(seed)
    return [Motif(f"{name}_{number}", rng.dirichlet(np.full(4, 0.2), 9).T) for number in range(n)]


@pytest.fixture
def database():
    return random_motifs(50)


def noisy(motif, name):
    ppm = 0.9 * motif.ppm + 0.1 * np.random.default_rng(1).dirichlet(np.ones(4), len(motif)).T
    return Motif(name, ppm)


def test_planted_copies_are_named_on_both_strands_and_random_motifs_are_not(database):
    queries = [
        noisy(database[3], "pos_pattern_0"),
        noisy(database[7].reverse_complement(), "pos_pattern_1"),
        Motif("pos_pattern_2", random_motifs(1, seed=99)[0].ppm),
    ]
    matches = match_motifs(queries, database)
    names = best_names(matches, [query.name for query in queries], max_q_value=0.01)
    assert names == {"pos_pattern_0": "known_3", "pos_pattern_1": "known_7", "pos_pattern_2": UNNAMED}
    best = matches.drop_duplicates("pattern").set_index("pattern")
    assert best.loc[["pos_pattern_0", "pos_pattern_1"], "orientation"].tolist() == ["+", "-"]
    assert best.loc["pos_pattern_0", ["offset", "overlap"]].tolist() == [0, 9]


def test_matches_come_from_the_best_on_and_q_values_are_over_the_whole_database(database):
    query = noisy(database[0], "pos_pattern_0")
    matches = match_motifs([query], database, n_best=None)
    assert tuple(matches.columns) == MATCH_COLUMNS
    assert len(matches) == 50
    assert matches["p_value"].is_monotonic_increasing
    expected = np.sort(false_discovery_control(tomtom(query, database).p_value))
    np.testing.assert_allclose(np.sort(matches["q_value"]), expected)
    few = match_motifs([query], database, n_best=3)
    assert few["q_value"].tolist() == matches["q_value"].tolist()[:3]


def test_the_alternate_name_is_preferred(database):
    named = [Motif("MA0001.1", database[0].ppm, alternate_name="AGL3"), *database[1:]]
    matches = match_motifs([noisy(database[0], "p")], named)
    assert best_names(matches, ["p"]) == {"p": "AGL3"}


def test_no_patterns_have_no_matches(database):
    matches = match_motifs([], database)
    assert tuple(matches.columns) == MATCH_COLUMNS
    assert best_names(matches, []) == {}


def test_an_empty_database_is_refused(database):
    with pytest.raises(InputError, match="a database of motifs is needed"):
        match_motifs(database[:1], [])
    with pytest.raises(InputError, match="n_best must be at least 1"):
        match_motifs(database[:1], database, n_best=0)
