"""Reads in bins: against a loop over the records, at the edges of contigs, and for pairs in BAM files."""

import numpy as np
import pysam
import pytest

from cisgram.errors import CisgramWarning, ContigError, EmptySetError, InputError
from cisgram.io.reads import ReadFilter, iterate_bin_counts

SIZES = {"I": 6_070, "II": 3_000}


def random_reads(seed=2, n=800):
    rng = np.random.default_rng(seed)
    rows = []
    for chrom, size in SIZES.items():
        for start in np.sort(rng.integers(0, size - 80, n)).tolist():
            rows.append((chrom, start, start + int(rng.integers(20, 80)), ".", 0, "+-"[int(rng.integers(2))]))
    return rows


def write_rows(path, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    return path


def bins_of(path, **options):
    reads = iterate_bin_counts(path, sizes=options.pop("sizes", SIZES), **options)
    return {chrom: counts.tolist() for chrom, counts in reads}, reads.report


@pytest.mark.parametrize(
    ("place", "shift_bp", "bin_size"), [("shifted", 100, 200), ("shifted", 0, 50), ("middle", 9, 77)]
)
def test_reads_are_counted_where_a_loop_counts_them(tmp_path, place, shift_bp, bin_size):
    rows = random_reads()
    expected = {chrom: np.zeros(size // bin_size, dtype=int) for chrom, size in SIZES.items()}
    n_outside = 0
    for chrom, start, end, _, _, strand in rows:
        at = (start + end - 1) // 2 if place == "middle" else start + shift_bp if strand == "+" else end - 1 - shift_bp
        index = int(at / bin_size)  # towards 0
        if index < len(expected[chrom]):
            expected[chrom][index] += 1
        else:
            n_outside += 1
    path = write_rows(tmp_path / "reads.bed", rows)
    counts, report = bins_of(path, place=place, shift_bp=shift_bp, bin_size=bin_size)
    assert counts == {chrom: values.tolist() for chrom, values in expected.items()}
    assert n_outside > 0 or shift_bp == 0
    dropped = {"outside whole bins": n_outside} if n_outside else {}
    assert (report.n_kept, report.dropped) == (len(rows) - n_outside, dropped)


def test_fragments_count_once_at_their_middle_whatever_the_place(tmp_path):
    path = write_rows(tmp_path / "fragments.tsv", [("I", 100, 300, "AAA", 1), ("I", 199, 202, "AAC", 3)])
    for place in ("shifted", "middle", "pair_middle"):
        counts, report = bins_of(path, place=place, sizes={"I": 600})
        assert counts == {"I": [0, 2, 0]}
        assert report.n_kept == 2


def test_reads_at_the_ends_of_a_contig(tmp_path):
    rows = [("I", 0, 30, ".", 0, "-"), ("I", 5_990, 6_049, ".", 0, "-"), ("I", 6_000, 6_049, ".", 0, "+")]
    counts, report = bins_of(write_rows(tmp_path / "edge.bed", rows))
    # Shifted 71 bp before the contig: the first bin, as ChromHMM has it. Into the rest after the last bin: none.
    assert (counts["I"][0], counts["I"][29], sum(counts["I"])) == (1, 1, 2)
    assert report.dropped == {"outside whole bins": 1}


def test_other_contigs_and_reads_beyond_the_end_are_told(tmp_path):
    rows = [("I", 10, 60, ".", 0, "+"), ("I", 6_040, 6_080, ".", 0, "-"), ("X", 10, 60, ".", 0, "+")]
    path = write_rows(tmp_path / "reads.bed", rows)
    with pytest.warns(CisgramWarning, match="1 of 3 records reach beyond the end"):
        counts, report = bins_of(path)
    assert sum(counts["I"]) == 1
    assert report.dropped == {"contig unknown": 1, "beyond the contig end": 1}
    assert sum(bins_of(path, sizes={"one": 6_100}, contigs={"I": "one"})[0]["one"]) == 2


def test_nothing_left_is_an_error(tmp_path):
    path = write_rows(tmp_path / "reads.bed", [("I", 6_010, 6_049, ".", 0, "+")])
    with pytest.raises(EmptySetError, match="1 outside whole bins"):
        bins_of(path)
    with pytest.raises(ContigError, match="none of its contigs"):
        bins_of(path, sizes={"chr9": 100_000})
    for wrong, message in (({"bin_size": 0}, "bin_size must be"), ({"shift_bp": -1}, "shift_bp 0 or more")):
        with pytest.raises(InputError, match=message):
            bins_of(path, **wrong)


def write_pairs(path, rng, n=400):
    """Proper pairs with their lengths, single reads among them; returns the rows that were written."""
    header = pysam.AlignmentHeader.from_references(["I"], [20_000])
    records = []
    for number in range(n):
        start, length = int(rng.integers(0, 19_000)), int(rng.integers(60, 900))
        is_first_left = rng.random() < 0.5
        kind = rng.choice(["pair", "single", "improper"], p=[0.7, 0.2, 0.1])
        if kind == "single":
            records.append((start, 16 if is_first_left else 0, 0, f"s{number}"))
            continue
        proper = 2 if kind == "pair" else 0
        left = 1 | proper | 32 | (64 if is_first_left else 128)
        right = 1 | proper | 16 | (128 if is_first_left else 64)
        records += [(start, left, length, f"p{number}"), (start + length - 50, right, -length, f"p{number}")]
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for start, flag, template, name in sorted(records):
            read = pysam.AlignedSegment(header)
            read.query_name, read.flag, read.reference_id, read.reference_start = name, flag, 0, start
            read.mapping_quality, read.cigartuples, read.query_sequence = 60, [(0, 50)], "A" * 50
            if flag & 1:
                read.next_reference_id, read.next_reference_start = 0, start
            read.template_length = template
            bam.write(read)
    pysam.index(str(path))
    return records


def test_pairs_count_once_at_the_middle_of_the_fragment(tmp_path):
    records = write_pairs(tmp_path / "pairs.bam", np.random.default_rng(4))
    expected, n_kept = np.zeros(100, dtype=int), 0
    for start, flag, template, _ in records:
        if not flag & 1:
            at = start + 49 - 100 if flag & 16 else start + 100
        elif flag & 64 and flag & 2:
            at = start + 49 - abs(template) // 2 if flag & 16 else start + template // 2
        else:
            continue
        expected[int(at / 200)] += 1
        n_kept += 1
    counts, report = bins_of(tmp_path / "pairs.bam", place="pair_middle", sizes={"I": 20_000})
    assert counts["I"] == expected.tolist()
    assert report.n_kept == n_kept
    assert set(report.dropped) == {"other mate", "not a proper pair"}
    single = bins_of(tmp_path / "pairs.bam", sizes={"I": 20_000}, filters=ReadFilter(mates="first"))[1]
    assert single.n_kept > n_kept
