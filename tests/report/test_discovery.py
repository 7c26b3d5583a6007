"""The page of a discovery: findings with their numbers, nothing where nothing is, sites where they are."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.discover import Discovery
from cisgram.motifs.denovo.rounds import FoundMotif
from cisgram.motifs.denovo.significance import Enrichment
from cisgram.motifs.denovo.sites import SITE_COLUMNS
from cisgram.motifs.match import match_databases
from cisgram.report.discovery import write_discovery_report

KNOWN = {"yeast": [Motif("MA1.1", Motif.from_consensus("m", "CCGGGTAA").ppm, alternate_name="REB1")]}
TRACE = pd.DataFrame({"iteration": [1, 2], "log_likelihood": [0.5, 1.0]})


def sequences(n=40):
    rng = np.random.default_rng(0)
    return SequenceSet.from_codes([rng.integers(0, 4, 100).astype(np.uint8) for _ in range(n)])


def found(name, letters, *, enrichment, rows=(), palindrome=False):
    placed = pd.DataFrame(
        [(row, f"sequence_{row + 1}", 40, 40 + len(letters), "+", 9.0, 0.9) for row in rows], columns=list(SITE_COLUMNS)
    ).astype({"sequence": int, "start": int, "end": int})
    return FoundMotif(Motif.from_consensus(name, letters), "NNN", 7.0, enrichment, placed, TRACE, palindrome)


GOOD = found("motif_1", "TTACCCGG", enrichment=Enrichment(15, 20, 2, 100, 1e-9, 5e-9, "fisher", 0.9), rows=range(30))
PALINDROME = found("motif_2", "CCACGTGG", enrichment=GOOD.enrichment, rows=[1, 5], palindrome=True)
BAD = found("rejected_1", "AANNTT", enrichment=Enrichment(2, 20, 11, 100, 0.4, 1.0, "fisher", 0.51))
WORSE = found("rejected_2", "AANNTG", enrichment=Enrichment(0, 20, 11, 100, 1.0, 1.0, "fisher", 0.4))


def discovery(motifs=(), rejected=(), *, n=40, dropped=None):
    config = DiscoveryConfig(n_motifs=3)
    return Discovery(tuple(motifs), tuple(rejected), n, 20, 1, 200, dropped or {}, Background.from_bases(), config)


def page_of(tmp_path, result, given=None, **options):
    return write_discovery_report(tmp_path / "report.html", result, given or sequences(), **options).read_text()


def test_findings_say_how_sure_a_motif_is_and_what_it_looks_like(tmp_path):
    matches = match_databases([GOOD.motif, PALINDROME.motif], KNOWN)
    result = discovery([GOOD, PALINDROME], [BAD], dropped={"duplicate": 3})
    page = page_of(tmp_path, result, matches=matches, databases=KNOWN, inputs={"peaks": "a<b>.bed"})
    assert "motif_1, TTACCCGG: 15 of 20 held-out sequences against 2 of 100 control sequences, q = 5.0e-09; " in page
    assert "looks like REB1 (MA1.1)" in page
    assert "motif_2, CCACGTGG" in page
    assert "no known motif is like it" in page
    assert "1 more candidate was tried and turned down." in page
    assert "3 sequences were left out: 3 duplicate." in page
    assert "palindrome: halves of 4 bp, kept equal to its reverse complement" in page
    assert "30 in 30" in page
    assert "a&lt;b&gt;.bed" in page
    for title in ("Motifs", "Known motifs", "Sites", "Convergence", "Turned down", "Inputs and settings"):
        assert f"<h2>{title}</h2>" in page


def test_nothing_significant_is_said_to_be_a_result_with_the_best_candidate(tmp_path):
    page = page_of(tmp_path, discovery([], [BAD, WORSE]))
    assert "No significant motif. The best of 2 candidates did not hold up" in page
    assert "2 of 20 held-out sequences against 11 of 100 control sequences (q = 1, limit 0.01)" in page
    assert "This is a result" in page
    assert "no more common in held-out sequences (10%) than in the control (11%)" in page
    assert "no held-out sequence has a site" in page
    assert "<h2>Sites</h2>" not in page


def test_without_any_candidate_the_page_says_so_too(tmp_path):
    page = page_of(tmp_path, discovery())
    assert "No motif: no word is so much more common" in page
    assert "This is a result" in page


def test_without_held_out_sequences_motifs_are_said_to_be_untested(tmp_path):
    nothing = float("nan")
    free = found("motif_1", "TTACCCGG", enrichment=Enrichment(0, 0, 0, 0, nothing, nothing, "none", nothing), rows=[0])
    page = page_of(tmp_path, discovery([free])._replace(n_held_out=0))
    assert "not tested, as no sequences were held out" in page
    assert "no test, as nothing was held out" in page


def test_the_same_discovery_gives_the_same_bytes(tmp_path):
    assert page_of(tmp_path, discovery([GOOD])) == page_of(tmp_path, discovery([GOOD]))


def test_matches_need_their_columns(tmp_path):
    with pytest.raises(InputError, match="make it with match_databases"):
        page_of(tmp_path, discovery([GOOD]), matches=pd.DataFrame({"query": []}), databases=KNOWN)


def test_the_page_says_how_sequences_were_held_out(tmp_path):
    by_turns = discovery([GOOD])._replace(n_splits=5, n_held_out=40)
    assert "tested in 5 folds" in page_of(tmp_path, by_turns)
    assert "that the search never saw" in page_of(tmp_path, discovery([GOOD]))
