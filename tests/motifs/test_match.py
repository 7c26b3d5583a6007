import numpy as np
import pytest
from scipy.stats import false_discovery_control

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.motifs.match import (
    DATABASE_MATCH_COLUMNS,
    MATCH_COLUMNS,
    UNNAMED,
    best_names,
    match_databases,
    match_motifs,
)
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


def test_several_databases_are_matched_as_one_and_same_names_stay_apart(database):
    query = noisy(database[3], "q")
    twin = Motif("known_3", random_motifs(1, seed=77)[0].ppm)
    parts = {"first": [twin, *database[:2]], "second": database[2:]}
    together = match_databases([query], parts, n_best=None)
    assert tuple(together.columns) == DATABASE_MATCH_COLUMNS
    plain = match_motifs([query], [*parts["first"], *parts["second"]], n_best=None)
    for column in ("motif", "p_value", "q_value", "offset", "orientation"):
        assert together[column].tolist() == plain[column].tolist()
    assert together.loc[0, ["database", "motif"]].tolist() == ["second", "known_3"]
    named = together[together["motif"] == "known_3"]
    assert sorted(named["database"]) == ["first", "second"]


def test_matches_above_the_limit_are_left_out(database):
    matches = match_databases([noisy(database[3], "q")], {"d": database}, n_best=None, max_q_value=0.01)
    assert matches["motif"].tolist() == ["known_3"]
    assert len(match_databases([random_motifs(1, seed=99)[0]], {"d": database}, max_q_value=1e-9)) == 0


def test_no_queries_and_empty_databases_are_refused_by_name(database):
    with pytest.raises(InputError, match="the queries are empty"):
        match_databases([], {"d": database})
    with pytest.raises(InputError, match="must hold some; empty: mine"):
        match_databases(database[:1], {"d": database, "mine": []})
    with pytest.raises(InputError, match="empty: none given"):
        match_databases(database[:1], {})


def test_ends_that_take_no_part_still_count_in_the_offset(database):
    query = noisy(database[3], "q")
    wide = Motif("q", np.pad(query.ppm, ((0, 0), (3, 2)), constant_values=0.25))
    plain = match_databases([query], {"d": database}, n_best=1)
    trimmed = match_databases([wide], {"d": database}, n_best=1, trim_bits=0.1)
    assert trimmed["p_value"].tolist() == plain["p_value"].tolist()
    assert trimmed["offset"].tolist() == [plain["offset"][0] + 3]
    assert trimmed["correlation"][0] == pytest.approx(plain["correlation"][0])
    flat = Motif.from_consensus("flat", "NNNN")
    assert len(match_databases([flat], {"d": database}, n_best=1, trim_bits=0.1)) == 1
