"""The page of matches: best first, turned as matched, honest about what is not alike."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.motifs.match import DATABASE_MATCH_COLUMNS, match_databases
from cisgram.report.matches import best_match, find_motif, known_name, small, write_match_report

REB1 = Motif.from_consensus("reb1", "TTACCCGG")
KNOWN = {
    "mine": [Motif("MA1.1", REB1.ppm, alternate_name="Reb<1>"), Motif.from_consensus("GAL4", "CGGNNNNNNNNNNNCCG")],
    "yours": [Motif.from_consensus("MA1.1", "CACGTGAT")],
}


def row(**values):
    plain = dict.fromkeys(DATABASE_MATCH_COLUMNS, "")
    numbers = {"p_value": 1e-9, "q_value": 1e-8, "offset": 0, "overlap": 8, "correlation": 1.0, "orientation": "+"}
    return {**plain, **numbers, **values}


def test_every_match_has_aligned_logos_and_text_is_escaped(tmp_path):
    queries = [REB1, Motif.from_consensus("new", "AATTGCTC")]
    matches = match_databases(queries, KNOWN, max_q_value=0.01)
    path = write_match_report(tmp_path / "report.html", queries, matches, KNOWN, settings={"highest q-value": 0.01})
    page = path.read_text()
    assert page.count("<img") == len(matches) + 1  # the query without a match is drawn alone
    assert "reb1 looks like Reb&lt;1&gt; (MA1.1) of mine" in page
    assert "No known motif is like new" in page
    assert "highest q-value" in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_matches_give_the_same_bytes(tmp_path):
    matches = match_databases([REB1], KNOWN)
    pages = [write_match_report(tmp_path / f"{i}.html", [REB1], matches, KNOWN).read_bytes() for i in range(2)]
    assert pages[0] == pages[1]


def test_a_match_that_rests_on_columns_without_preference_names_nothing():
    matches = pd.DataFrame([row(query="q", motif="flat", correlation=0.1), row(query="q", motif="m", p_value=1e-5)])
    assert best_match(matches, "q")["motif"] == "m"
    assert best_match(matches, "q", max_q_value=1e-9) is None
    assert best_match(matches, "other") is None


def test_a_motif_is_found_in_its_own_database():
    match = pd.Series(row(database="yours", motif="MA1.1"))
    assert find_motif(KNOWN, match).consensus() == "CACGTGAT"
    assert find_motif({}, match) is None
    assert known_name(pd.Series(row(motif="GAL4", alternate_name=""))) == "GAL4"


def test_many_queries_are_cut_with_a_word_about_it(tmp_path):
    queries = [Motif(f"q{i}", REB1.ppm) for i in range(101)]
    matches = match_databases(queries[:1], KNOWN, n_best=1)
    page = write_match_report(tmp_path / "report.html", queries, matches, KNOWN).read_text()
    assert "The first 100 of 101 queries are shown" in page
    assert "1 of 101 queries look like a known motif" in page


def test_a_table_without_its_columns_is_refused(tmp_path):
    with pytest.raises(InputError, match="lacks correlation"):
        write_match_report(tmp_path / "r.html", [REB1], pd.DataFrame([row()]).drop(columns="correlation"), KNOWN)


def test_small_numbers_for_people():
    assert [small(value) for value in (0.5, 2e-5, 0.0, float(np.nan))] == ["0.5", "2.0e-05", "< 1e-300", "-"]
