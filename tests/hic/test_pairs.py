import numpy as np
import pytest

from cisgram.genomics.read_pairs import ReadPairs
from cisgram.hic.pairs import KINDS, bin_pairs, classify_pairs, judge_pairs

CUTS = {"I": np.array([0, 100, 200, 300, 1000]), "II": np.array([0, 500])}


def pairs(*rows):
    """Rows of (contig, position, strand, contig, position, strand)."""
    columns = list(zip(*rows, strict=True))
    one, other = (np.array(columns[at]) for at in (0, 3))
    ends = [np.array(columns[at]) for at in (1, 4)]
    strands = [np.array(columns[at]) == "-" for at in (2, 5)]
    return ReadPairs(("I", "II"), one, ends[0], strands[0], other, ends[1], strands[1])


EACH = {
    (0, 110, "+", 0, 190, "-"): "dangling end",
    (0, 110, "-", 0, 190, "+"): "self circle",
    (0, 110, "+", 0, 190, "+"): "same strand",
    (0, 110, "-", 0, 190, "-"): "same strand",
    (0, 110, "+", 0, 290, "-"): "religation",
    (0, 110, "-", 0, 290, "+"): "valid",
    (0, 110, "+", 0, 900, "-"): "valid",
    (0, 10, "+", 1, 10, "-"): "valid",
    (0, 190, "-", 0, 110, "+"): "dangling end",
}


@pytest.mark.parametrize(("row", "kind"), list(EACH.items()), ids=str)
def test_each_kind_of_pair_is_told(row, kind):
    assert KINDS[classify_pairs(pairs(row), CUTS)[0]] == kind


def test_without_fragments_distance_alone_decides():
    kinds = classify_pairs(pairs(*EACH), None, min_distance_bp=100)
    assert [KINDS[kind] for kind in kinds].count("too close") == 5
    assert KINDS[kinds[7]] == "valid"


def test_copies_count_once_whichever_end_comes_first():
    row, turned, other = (0, 10, "+", 1, 90, "-"), (1, 90, "-", 0, 10, "+"), (0, 10, "+", 1, 90, "+")
    judged = judge_pairs([pairs(row, turned), pairs(other, row)], CUTS)
    table = judged.statistics.kinds.set_index("kind")["n"]
    assert (table["valid"], table["duplicate"]) == (2, 2)
    assert len(judged.valid) == 2
    assert table.sum() == 4


def test_contacts_in_bins_are_those_counted_by_hand():
    judged = judge_pairs([pairs((0, 10, "+", 1, 90, "-"), (1, 80, "-", 0, 15, "+"), (0, 950, "+", 0, 20, "-"))], None)
    found = bin_pairs(judged.valid, {"I": 1000, "II": 500}, 100)
    assert list(zip(found.bin1.tolist(), found.bin2.tolist(), found.counts.tolist(), strict=True)) == [
        (0, 9, 1),
        (0, 10, 2),
    ]


def test_orientations_far_apart_are_equally_frequent_where_chance_deals_them():
    rng = np.random.default_rng(0)
    n = 8000
    at, far = rng.integers(0, 1000, n), rng.integers(1_000_000, 2_000_000, n)
    zeros, strands = np.zeros(n, int), rng.random((2, n)) < 0.5
    drawn = ReadPairs(("I",), zeros, at, strands[0], zeros, far, strands[1])
    shares = judge_pairs([drawn]).statistics.by_distance.drop(columns="distance_bp").sum() / n
    np.testing.assert_allclose(shares, 0.25, atol=0.025)
