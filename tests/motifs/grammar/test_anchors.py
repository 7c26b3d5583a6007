"""Anchors: the right base of every interval, and a reason for every one that is left out."""

import pandas as pd
import pytest

from cisgram.errors import CisgramWarning, ConfigError, ContigError, EmptySetError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import encode
from cisgram.motifs.grammar.anchors import anchors_of, contig_offsets, without_n

GENOME = Genome.from_codes({"I": encode("ACGTACGTACGTACGTACGT"), "II": encode("ACGTANGTACGTACGTACGT")})


def intervals(**columns):
    table = {"chrom": ["I", "I"], "start": [4, 4], "end": [9, 9], "strand": ["+", "-"], **columns}
    return pd.DataFrame(table)


@pytest.mark.parametrize(
    ("at", "positions"), [("start", [4, 8]), ("end", [8, 4]), ("middle", [6, 6]), ("summit", [5, 6])]
)
def test_the_anchor_is_the_base_that_was_asked_for_along_the_strand(at, positions):
    found = anchors_of(intervals(summit=[5, -1]), GENOME, at=at)
    assert found.table["position"].tolist() == positions
    assert found.table["strand"].tolist() == ["+", "-"]
    assert found.has_direction


def test_anchors_without_strand_have_no_direction():
    found = anchors_of(intervals().drop(columns="strand").head(1), GENOME, at="start")
    assert found.table["strand"].tolist() == ["."]
    assert not found.has_direction


def test_every_interval_that_is_left_out_has_a_reason():
    table = pd.DataFrame(
        {"chrom": ["I", "I", "I", "I", "X"], "start": [9, 9, 0, 40, 3], "end": [10, 10, 1, 41, 4], "strand": "+"}
    )
    with pytest.warns(CisgramWarning, match="lacks 1 of its contigs"):
        found = anchors_of(table, GENOME, reach_bp=3)
    assert len(found.table) == 1
    assert found.dropped == {
        "on contigs that the genome lacks": 1,
        "outside of their contig": 1,
        "nearer than 3 bp to an end of the contig": 1,
        "at the place of another": 1,
    }


def test_contigs_are_matched_under_other_names():
    with pytest.warns(CisgramWarning, match="different names"):
        found = anchors_of(intervals(chrom="chrI"), GENOME)
    assert set(found.table["chrom"]) == {"I"}


def test_nothing_left_is_an_error_that_says_why():
    with pytest.raises(EmptySetError, match="2 nearer than 15 bp"):
        anchors_of(intervals(), GENOME, reach_bp=15)
    with pytest.raises(EmptySetError, match="no rows"):
        anchors_of(intervals().head(0), GENOME)
    with pytest.raises(ContigError):
        anchors_of(intervals(chrom="scaffold_7"), GENOME)
    with pytest.raises(ConfigError, match="at least 0"):
        anchors_of(intervals(), GENOME, reach_bp=-1)


def test_anchors_near_an_n_are_left_out_and_counted():
    table = pd.DataFrame({"chrom": "II", "start": [7, 8, 15], "end": [8, 9, 16]})
    found = without_n(anchors_of(table, GENOME, reach_bp=2), GENOME, reach_bp=2)
    assert found.table["position"].tolist() == [8, 15]
    assert found.dropped == {"with an N within 2 bp": 1}
    with pytest.raises(EmptySetError, match="known bases"):
        without_n(anchors_of(table.head(1), GENOME, reach_bp=2), GENOME, reach_bp=2)


def test_offsets_lead_to_the_base_of_the_contig():
    offsets = contig_offsets(GENOME, pd.Series(["II", "I"]))
    assert offsets.tolist() == [20, 0]
    assert GENOME.joined[offsets[0] + 5] == 4
