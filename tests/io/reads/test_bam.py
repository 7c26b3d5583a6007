"""BAM: our scan of the bytes against pysam, and one clear error for each way a file can be wrong."""

import struct

import numpy as np
import pysam
import pytest

from cisgram.errors import ContigError, EmptySetError, FormatError, InputError
from cisgram.io.reads import ReadFilter, contigs_of_reads, iterate_read_counts

SIZES = {"I": 3000, "II": 500, "empty": 100, "III": 2000}
FLAGS = [0, 16, 4, 256, 272, 2048, 512, 1024, 1040, 99, 147, 83, 163, 65, 129, 97, 145, 73, 133]
CIGARS = [
    [(0, 30)],
    [(4, 5), (0, 25)],
    [(0, 20), (4, 10)],
    [(0, 10), (2, 3), (0, 20)],
    [(0, 10), (1, 4), (0, 16)],
    [(0, 10), (3, 60), (0, 20)],
    [(7, 12), (8, 1), (7, 17)],
    [(5, 9), (0, 30)],
]


def write_bam(path, records, sizes=SIZES):
    """Write (contig number, start, flag, mapping quality, cigar) in the order given."""
    header = pysam.AlignmentHeader.from_references(list(sizes), list(sizes.values()))
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for i, (contig, start, flag, quality, cigar) in enumerate(records):
            read = pysam.AlignedSegment(header)
            read.query_name = f"read{i}" * (1 + i % 3)
            read.flag, read.reference_id, read.reference_start, read.mapping_quality = flag, contig, start, quality
            if cigar:
                read.cigartuples = cigar
                read.query_sequence = "A" * sum(n for operation, n in cigar if operation in (0, 1, 4, 7, 8))
            bam.write(read)
    return path


def random_records(seed, n=3000, sizes=SIZES):
    rng = np.random.default_rng(seed)
    lengths = list(sizes.values())
    records = []
    for contig in (0, 1, 3):
        starts = np.sort(rng.integers(0, lengths[contig] - 95, n // 3))
        for start in starts.tolist():
            cigar = CIGARS[rng.integers(len(CIGARS))]
            records.append((contig, start, int(rng.choice(FLAGS)), int(rng.choice([0, 12, 29, 30, 60, 255])), cigar))
    return [*records, *[(-1, -1, 4, 0, None)] * 7]


def is_used(read, filters):
    """The plain twin of the filter; None or the reason."""
    reasons = [
        ("unmapped", read.is_unmapped),
        ("secondary", read.is_secondary),
        ("supplementary", read.is_supplementary),
        ("QC fail", read.is_qcfail),
        ("duplicate", read.is_duplicate and not filters.keep_duplicates),
        ("low mapping quality", read.mapping_quality < filters.min_mapping_quality),
        ("not a proper pair", filters.proper_pairs_only and read.is_paired and not read.is_proper_pair),
        ("other mate", read.is_paired and filters.mates == "first" and not read.is_read1),
        ("other mate", read.is_paired and filters.mates == "second" and not read.is_read2),
    ]
    return next((reason for reason, holds in reasons if holds), None)


def count_with_pysam(path, kind, filters, shift=(0, 0)):
    """The plain twin of the counting: one read after the other."""
    counts, dropped = {}, {}
    with pysam.AlignmentFile(str(path)) as bam:
        for read in bam.fetch(until_eof=True):
            if reason := is_used(read, filters):
                dropped[reason] = dropped.get(reason, 0) + 1
                continue
            size = SIZES[read.reference_name]
            here = counts.setdefault(read.reference_name, np.zeros((1 if kind == "coverage" else 2, size), int))
            if kind == "coverage":
                here[0, read.reference_start : read.reference_end] += 1
            elif read.is_reverse:
                here[1, read.reference_end - 1 + shift[1]] += 1
            else:
                here[0, read.reference_start + shift[0]] += 1
    return counts, dropped


@pytest.mark.parametrize("kind", ["five_prime", "coverage"])
@pytest.mark.parametrize(
    "filters",
    [
        ReadFilter(),
        ReadFilter(min_mapping_quality=0, keep_duplicates=True),
        ReadFilter(proper_pairs_only=True, mates="first"),
        ReadFilter(min_mapping_quality=13, mates="second"),
    ],
)
def test_counts_and_reasons_agree_with_pysam(tmp_path, kind, filters):
    path = write_bam(tmp_path / "a.bam", random_records(1))
    reads = iterate_read_counts(path, kind=kind, filters=filters)
    found = dict(reads)
    expected, dropped = count_with_pysam(path, kind, filters)
    assert list(found) == list(expected)
    for chrom, counts in found.items():
        assert counts.dtype == np.uint32
        np.testing.assert_array_equal(counts, expected[chrom])
    assert reads.report.dropped == dropped
    assert reads.report.n_records == 3007


def test_records_that_span_many_pieces_of_the_file_are_read_whole(tmp_path, monkeypatch):
    path = write_bam(tmp_path / "a.bam", random_records(2))
    from cisgram.io.reads import bam

    plain = bam.read_chunks
    expected = {chrom: counts.copy() for chrom, counts in iterate_read_counts(path, kind="five_prime")}
    monkeypatch.setattr(bam, "read_chunks", lambda path, what: plain(path, what, chunk_bytes=61))
    found = dict(iterate_read_counts(path, kind="five_prime"))
    for chrom, counts in expected.items():
        np.testing.assert_array_equal(found[chrom], counts)


def test_cut_sites_are_the_ends_moved_by_the_shift(tmp_path):
    records = [(0, 100, 0, 60, [(0, 30)]), (0, 200, 16, 60, [(0, 30)])]
    path = write_bam(tmp_path / "a.bam", records)
    ((_, counts),) = iterate_read_counts(path, kind="cut_sites", read_shift=(4, -4))
    assert [np.flatnonzero(strand).tolist() for strand in counts] == [[104], [225]]


def test_contigs_are_those_of_the_header_and_can_be_renamed(tmp_path):
    path = write_bam(tmp_path / "a.bam", random_records(3))
    assert contigs_of_reads(path) == SIZES
    sizes = {"chrI": 3000, "chrII": 500}
    reads = iterate_read_counts(path, kind="five_prime", sizes=sizes, contigs={"I": "chrI", "II": "chrII"})
    assert [chrom for chrom, _ in reads] == ["chrI", "chrII"]
    expected, _ = count_with_pysam(path, "five_prime", ReadFilter())
    assert reads.report.dropped["contig unknown"] == expected["III"].sum()


def test_a_header_of_another_assembly_is_refused(tmp_path):
    path = write_bam(tmp_path / "a.bam", random_records(3))
    with pytest.raises(ContigError, match="contig II has 500 bp in the header but II has 501 bp here"):
        iterate_read_counts(path, kind="five_prime", sizes={"I": 3000, "II": 501})
    with pytest.raises(ContigError, match=r"none of its contigs \(I, II, empty, III.*chrI"):
        iterate_read_counts(path, kind="five_prime", sizes={"chrI": 3000})


def test_a_bam_cut_short_is_one_error_wherever_the_cut_lies(tmp_path):
    whole = write_bam(tmp_path / "whole.bam", random_records(4)).read_bytes()
    cut = tmp_path / "cut.bam"
    for n_bytes in [20, 200, len(whole) // 2, len(whole) - 28, len(whole) - 3]:
        cut.write_bytes(whole[:n_bytes])
        with pytest.raises(FormatError, match=r"cut\.bam"):
            list(iterate_read_counts(cut, kind="five_prime"))


def packed(path, content):
    """Write bytes as bgzip, as inside a BAM."""
    with pysam.BGZFile(str(path), "wb") as file:
        file.write(content)
    return path


def unpacked(path):
    with pysam.BGZFile(str(path), "rb") as file:
        return file.read()


def test_a_whole_bgzip_file_with_half_a_record_is_refused(tmp_path):
    content = unpacked(write_bam(tmp_path / "a.bam", random_records(5)))
    with pytest.raises(FormatError, match="ends inside a record"):
        list(iterate_read_counts(packed(tmp_path / "b.bam", content[:-5]), kind="five_prime"))
    with pytest.raises(FormatError, match="ends inside its header"):
        iterate_read_counts(packed(tmp_path / "c.bam", content[:30]), kind="five_prime")


@pytest.mark.parametrize(("at", "value"), [(0, 7), (0, -50), (4, 99), (4, -3), (16, 60_000)])
def test_a_record_that_makes_no_sense_is_refused(tmp_path, at, value):
    content = bytearray(unpacked(write_bam(tmp_path / "a.bam", [(0, 5, 0, 60, [(0, 30)])] * 3)))
    second = content.index(b"read1read1\x00") - 36
    struct.pack_into("<H" if at == 16 else "<i", content, second + at, value)
    with pytest.raises(FormatError, match="damaged: a record makes no sense"):
        list(iterate_read_counts(packed(tmp_path / "b.bam", bytes(content)), kind="five_prime"))


def test_a_header_without_contigs_is_refused(tmp_path):
    path = packed(tmp_path / "a.bam", b"BAM\x01" + struct.pack("<i", 10) + b"@HD\tVN:1.6" + struct.pack("<i", 0))
    with pytest.raises(FormatError, match="names no contig"):
        iterate_read_counts(path, kind="five_prime")


def test_reads_sorted_by_name_are_refused(tmp_path):
    records = [(0, 5, 0, 60, [(0, 30)]), (1, 5, 0, 60, [(0, 30)]), (0, 9, 0, 60, [(0, 30)])]
    reads = iterate_read_counts(write_bam(tmp_path / "a.bam", records), kind="five_prime")
    with pytest.raises(FormatError, match=r"reads of contig I stand in several places.*samtools sort"):
        list(reads)


def test_sam_and_cram_are_refused_with_the_way_out(tmp_path):
    (tmp_path / "a.sam").write_text("@HD\tVN:1.6\n@SQ\tSN:I\tLN:10\n")
    with pytest.raises(FormatError, match="SAM text; turn it into BAM: samtools sort"):
        iterate_read_counts(tmp_path / "a.sam", kind="five_prime")
    (tmp_path / "a.cram").write_bytes(b"CRAM\x03\x00" + bytes(50))
    with pytest.raises(FormatError, match="CRAM"):
        iterate_read_counts(tmp_path / "a.cram", kind="five_prime")


def test_nothing_left_says_what_was_left_out(tmp_path):
    path = write_bam(tmp_path / "a.bam", [(0, 5, 4, 0, None), (0, 6, 0, 3, [(0, 9)]), (0, 7, 0, 4, [(0, 9)])])
    with pytest.raises(EmptySetError, match=r"no reads left \(1 unmapped, 2 low mapping quality\)"):
        list(iterate_read_counts(path, kind="five_prime"))
    with pytest.raises(EmptySetError, match="no reads left"):
        list(iterate_read_counts(write_bam(tmp_path / "b.bam", []), kind="five_prime"))


def test_only_unplaced_reads_leave_nothing(tmp_path):
    path = write_bam(tmp_path / "a.bam", [(-1, -1, 4, 0, None)] * 3)
    with pytest.raises(EmptySetError, match="3 unmapped"):
        list(iterate_read_counts(path, kind="five_prime"))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"min_mapping_quality": -1}, "0 to 254; got -1"), ({"min_mapping_quality": 255}, "0 to 254; got 255")],
)
def test_a_filter_that_cannot_be_meant_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        ReadFilter(**options)
