"""Sequences at places: compared with the genome cut base by base, on both strands and past both ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import CisgramWarning, ConfigError, ContigError, EmptySetError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import interval_table
from cisgram.genomics.sequence import decode, encode, reverse_complement
from cisgram.genomics.sequences_at import sequences_at

RNG = np.random.default_rng(7)
CONTIGS = {name: RNG.integers(0, 4, size, dtype=np.uint8) for name, size in (("I", 60), ("II", 35))}
GENOME = Genome.from_codes(CONTIGS)


def places():
    """Rows of a table that may leave their contig on the right."""
    row = st.tuples(st.sampled_from(["I", "II"]), st.integers(0, 70), st.integers(1, 30), st.sampled_from("+-."))
    return st.lists(row, min_size=1, max_size=8)


@settings(max_examples=100)
@given(places(), st.none() | st.integers(1, 40), st.booleans(), st.sampled_from(["summit", "middle"]))
def test_what_is_cut_is_what_lies_there(rows, width_bp, has_summits, center):
    chrom, start, length, strand = zip(*rows, strict=True)
    table = interval_table(chrom, start, np.add(start, length), strand=strand)
    if has_summits:
        table["summit"] = np.where(np.arange(len(table)) % 2, table["start"], -1)
    expected, n_cut, n_outside = [], 0, 0
    for row in table.itertuples():
        first, last = row.start, row.end
        if width_bp is not None:
            at = (row.start + row.end) // 2
            if has_summits and center == "summit" and row.summit >= 0:
                at = row.summit
            # The centre has width // 2 bases before it, in the direction of reading.
            first = at - (width_bp - 1 - width_bp // 2) if row.strand == "-" else at - width_bp // 2
            last = first + width_bp
        codes = CONTIGS[row.chrom][max(first, 0) : max(last, 0)]
        n_outside += codes.size == 0
        n_cut += 0 < codes.size < last - first
        if codes.size:
            expected.append(decode(reverse_complement(codes) if row.strand == "-" else codes))
    if not expected:
        with pytest.raises(EmptySetError, match="outside of their contig"):
            sequences_at(GENOME, table, width_bp=width_bp, center=center)
        return
    found = sequences_at(GENOME, table, width_bp=width_bp, center=center)
    assert [decode(codes) for codes in found.sequences] == expected
    assert found.dropped.get("outside of their contig", 0) == n_outside
    assert found.changed.get("cut at an end of the contig", 0) == n_cut
    for codes, row in zip(found.sequences, found.sequences.places.itertuples(), strict=True):
        plus = CONTIGS[row.chrom][row.start : row.end]
        np.testing.assert_array_equal(codes, reverse_complement(plus) if row.strand == "-" else plus)


def test_contigs_of_other_names_are_matched_and_unknown_ones_counted():
    table = interval_table(["chrI", "chrII", "chrV"], [0, 0, 0], [4, 4, 4])
    with pytest.warns(CisgramWarning, match="2 contigs are matched under different names"):
        found = sequences_at(GENOME, table)
    assert found.sequences.places["chrom"].tolist() == ["I", "II"]
    assert found.dropped == {"on contigs that the genome lacks": 1}


def test_names_come_from_the_table_or_from_the_place():
    table = interval_table(["I", "I", "II"], [0, 2, 4], [4, 8, 9], name=["peak1", ".", ""], strand=["+", "-", "."])
    assert sequences_at(GENOME, table).sequences.names == ["peak1", "I:2-8(-)", "II:4-9"]


def test_windows_of_unknown_bases_are_left_out():
    genome = Genome.from_codes({"I": encode("NNNNACGT")})
    found = sequences_at(genome, interval_table(["I", "I"], [0, 2], [4, 6]))
    assert [decode(codes) for codes in found.sequences] == ["NNAC"]
    assert found.dropped == {"without a known base": 1}


def test_summits_are_centred_in_reading_direction():
    codes = encode("AAAAACGTTT")  # the C lies at 5
    table = interval_table(["I", "I"], [0, 0], [10, 10], summit=[5, 5], strand=["+", "-"])
    found = sequences_at(Genome.from_codes({"I": codes}), table, width_bp=4)
    assert [decode(one)[2] for one in found.sequences] == ["C", "G"]


def test_a_width_below_one_is_refused():
    with pytest.raises(ConfigError, match="width_bp must be 1 or more"):
        sequences_at(GENOME, interval_table(["I"], [0], [4]), width_bp=0)


def test_no_rows_and_no_contigs_in_common_are_errors():
    with pytest.raises(EmptySetError, match="the table has no rows"):
        sequences_at(GENOME, interval_table([], [], []))
    with pytest.raises(ContigError, match="no contig"):
        sequences_at(GENOME, interval_table(["scaffold9"], [0], [4]))
