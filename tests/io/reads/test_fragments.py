"""Fragments and BED reads: counts against a plain twin, tolerance for real files, and errors with their line."""

import gzip

import numpy as np
import pytest

from cisgram.errors import CisgramWarning, ContigError, EmptySetError, FormatError, InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.io.fasta import read_genome
from cisgram.io.reads import contigs_of_reads, fragments, iterate_read_counts

SIZES = {"I": 1000, "II": 400, "III": 50}


def random_rows(seed, n=400):
    rng = np.random.default_rng(seed)
    rows = []
    for chrom in ("I", "II"):
        for start in np.sort(rng.integers(0, SIZES[chrom] - 60, n // 2)).tolist():
            rows.append((chrom, start, start + int(rng.integers(1, 60))))
    return rows


def write(path, rows, extra=()):
    path.write_text("".join("\t".join(map(str, [*row, *extra])) + "\n" for row in rows))
    return path


def plain_counts(rows, kind, shift=(0, 0)):
    """The plain twin: one fragment after the other."""
    counts = {}
    for chrom, start, end in rows:
        here = counts.setdefault(chrom, np.zeros((1 if kind == "coverage" else 2, SIZES[chrom]), dtype=int))
        if kind == "coverage":
            here[0, start:end] += 1
        elif start + shift[0] >= 0 and end - 1 + shift[1] >= 0 and start + shift[0] < SIZES[chrom]:
            here[0, start + shift[0]] += 1
            here[1, end - 1 + shift[1]] += 1
    return counts


@pytest.mark.parametrize("extra", [(), ("ACGTAC-1",), ("ACGTAC-1", 3)])
@pytest.mark.parametrize(("kind", "shift"), [("five_prime", None), ("coverage", None), ("cut_sites", (4, -5))])
def test_counts_agree_with_counting_line_by_line(tmp_path, kind, shift, extra):
    rows = random_rows(1)
    path = write(tmp_path / "fragments.tsv", rows, extra)
    reads = iterate_read_counts(path, kind=kind, sizes=SIZES, read_shift=shift)
    found = dict(reads)
    expected = plain_counts(rows, kind, shift or (0, 0))
    assert list(found) == ["I", "II"]
    for chrom, counts in found.items():
        np.testing.assert_array_equal(counts, expected[chrom])
    assert reads.report.n_kept == (400 if kind != "cut_sites" else sum(c[0].sum() for c in expected.values()))


def test_bed_with_strands_is_read_as_reads(tmp_path):
    text = "I\t10\t20\tname\t7\t+\nI\t10\t20\tname\t7\t-\textra\nII\t0\t5\t.\t.\t-\n"
    (tmp_path / "a.bed").write_text(text)
    found = dict(iterate_read_counts(tmp_path / "a.bed", kind="five_prime", sizes=SIZES))
    assert [np.flatnonzero(strand).tolist() for strand in found["I"]] == [[10], [19]]
    assert [np.flatnonzero(strand).tolist() for strand in found["II"]] == [[], [4]]


def test_comments_track_lines_empty_lines_and_other_line_ends_are_passed_over(tmp_path):
    text = "# id=sample\n#\ntrack name=x\n\nI\t1\t5\n# between\nI\t2\t6\r\n\nbrowser position I:1-2\nI\t3\t7\tAAA\t2"
    (tmp_path / "a.tsv").write_bytes(text.encode())
    with gzip.open(tmp_path / "a.tsv.gz", "wb") as file:
        file.write(text.encode())
    for name in ("a.tsv", "a.tsv.gz"):
        reads = iterate_read_counts(tmp_path / name, kind="five_prime", sizes=SIZES)
        ((_, counts),) = reads
        assert [np.flatnonzero(strand).tolist() for strand in counts] == [[1, 2, 3], [4, 5, 6]]
        assert reads.report.n_records == 3


@pytest.mark.parametrize("chunk_bytes", [1, 7, 64])
def test_lines_that_span_pieces_of_the_file_are_read_whole(tmp_path, monkeypatch, chunk_bytes):
    rows = random_rows(2, n=100)
    path = write(tmp_path / "a.tsv", rows, ("ACGT",))
    monkeypatch.setattr(fragments, "_CHUNK_BYTES", chunk_bytes)
    found = dict(iterate_read_counts(path, kind="five_prime", sizes=SIZES))
    for chrom, expected in plain_counts(rows, "five_prime").items():
        np.testing.assert_array_equal(found[chrom], expected)


GOOD = "I\t10\t20\tAC\t1\nI\t30\t40\tAC\t1\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("I\t50\t40\tAC\t1", "start must be before end .*got 'I.t50.t40"),
        ("I\t40\t40\tAC\t1", "start must be before end"),
        ("I\t40", "3 to 5 columns, separated by tabs, expected"),
        ("I 40 50", "3 to 5 columns, separated by tabs, expected"),
        ("\t40\t50", "3 to 5 columns"),
        ("I\t40\t50\tAC\t1\tx", "3 to 5 columns"),
        ("I\t-4\t50", "whole numbers of 0 or more"),
        ("I\t4.5\t50", "whole numbers of 0 or more"),
        ("I\t4\t5e3", "whole numbers of 0 or more"),
        ("I\t\t50", "whole numbers of 0 or more"),
        ("I\t4\t99999999999999999999", "whole numbers of 0 or more"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(tmp_path, line, message):
    (tmp_path / "a.tsv").write_text("# one\n" + GOOD + line + "\n" + GOOD)
    reads = iterate_read_counts(tmp_path / "a.tsv", kind="five_prime", sizes=SIZES)
    with pytest.raises(FormatError, match=message) as caught:
        list(reads)
    assert caught.value.line == 4


def test_a_wrong_line_far_into_the_file_has_the_right_number(tmp_path, monkeypatch):
    monkeypatch.setattr(fragments, "_CHUNK_BYTES", 100)
    (tmp_path / "a.tsv").write_text(GOOD * 50 + "II\t1\t5\n# x\n" + "III\t9\t3\n")
    with pytest.raises(FormatError, match="start must be before end") as caught:
        list(iterate_read_counts(tmp_path / "a.tsv", kind="five_prime", sizes=SIZES))
    assert caught.value.line == 103


def test_a_header_line_of_names_is_refused(tmp_path):
    (tmp_path / "a.tsv").write_text("chrom\tstart\tend\n" + GOOD)
    with pytest.raises(FormatError, match=r"line 1: columns 2 and 3 must be start and end"):
        list(iterate_read_counts(tmp_path / "a.tsv", kind="five_prime", sizes=SIZES))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("I\t1\t5\tn\t0\t.\n", 1, r"strand, \+ or -, in column 6; got '.'; if these are fragments.*cut -f1-5"),
        ("I\t1\t5\tn\t0\t+\nI\t1\t5\n", 2, "6 or more columns, as the first line has"),
        ("I\t1\t5\tn\t0\t+\nI\t1\t5\tn\t0\t*\n", 2, "column 6 must be the strand"),
    ],
)
def test_reads_in_bed_need_their_strand(tmp_path, text, line, message):
    (tmp_path / "a.bed").write_text(text)
    with pytest.raises(FormatError, match=message) as caught:
        list(iterate_read_counts(tmp_path / "a.bed", kind="five_prime", sizes=SIZES))
    assert caught.value.line == line


def test_lines_of_a_contig_in_several_places_are_refused(tmp_path):
    (tmp_path / "a.tsv").write_text(GOOD + "II\t1\t5\n" + GOOD)
    with pytest.raises(FormatError, match="lines of contig I stand in several places; sort it") as caught:
        list(iterate_read_counts(tmp_path / "a.tsv", kind="five_prime", sizes=SIZES))
    assert caught.value.line == 4


def test_a_truncated_gzip_file_is_one_error(tmp_path):
    rows = np.random.default_rng(1).integers(0, 900, (5000, 2))
    text = "".join(f"I\t{start}\t{start + length + 1}\n" for start, length in rows)
    content = gzip.compress(text.encode())
    (tmp_path / "a.tsv.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(FormatError, match="ends too early"):
        list(iterate_read_counts(tmp_path / "a.tsv.gz", kind="five_prime", sizes={"I": 2000}))


@pytest.mark.parametrize("text", ["# nothing\n", "\n\n"])
def test_a_file_without_fragments_is_one_error(tmp_path, text):
    (tmp_path / "a.tsv").write_text(text)
    with pytest.raises(FormatError, match="no fragment"):
        list(iterate_read_counts(tmp_path / "a.tsv", kind="five_prime", sizes=SIZES))


def test_empty_and_missing_files_are_one_error(tmp_path):
    (tmp_path / "a.tsv").write_text("")
    with pytest.raises(FormatError, match="empty"):
        iterate_read_counts(tmp_path / "a.tsv", kind="five_prime", sizes=SIZES)
    with pytest.raises(InputError, match=r"nothing\.tsv"):
        iterate_read_counts(tmp_path / "nothing.tsv", kind="five_prime", sizes=SIZES)


def test_records_off_the_contigs_are_tallied(tmp_path):
    text = "I\t0\t10\nI\t990\t1000\nI\t990\t1001\nI\t5000\t5001\nIV\t1\t2\nIV\t1\t3\n"
    (tmp_path / "a.tsv").write_text(text)
    reads = iterate_read_counts(tmp_path / "a.tsv", kind="five_prime", sizes=SIZES)
    with pytest.warns(CisgramWarning, match="2 of 6 records reach beyond the end of their contig"):
        found = dict(reads)
    assert list(found) == ["I"]
    assert reads.report.dropped == {"contig unknown": 2, "beyond the contig end": 2}
    assert reads.report.n_kept == 2
    assert "2 of 6 records counted (33.3 %); left out: 2 contig unknown, 2 beyond" in str(reads.report)


def test_a_shift_off_the_contig_leaves_the_record_out(tmp_path):
    (tmp_path / "a.tsv").write_text("I\t0\t3\nI\t100\t200\nI\t990\t1000\n")
    reads = iterate_read_counts(tmp_path / "a.tsv", kind="cut_sites", sizes=SIZES, read_shift=(-2, 3))
    with pytest.warns(CisgramWarning, match="2 of 3 records reach beyond"):
        ((_, counts),) = reads
    assert [np.flatnonzero(strand).tolist() for strand in counts] == [[98], [202]]


def test_no_contig_in_common_shows_both_names(tmp_path):
    (tmp_path / "a.tsv").write_text("chrI\t0\t3\nchrII\t100\t200\n")
    with pytest.raises(ContigError, match=r"\(chrI, chrII, ...\) is among those to count on \(I, II, III, ...\)"):
        list(iterate_read_counts(tmp_path / "a.tsv", kind="five_prime", sizes=SIZES))


def test_all_records_beyond_the_end_leave_nothing(tmp_path):
    (tmp_path / "a.tsv").write_text("III\t60\t70\n")
    with pytest.raises(EmptySetError, match="1 beyond the contig end"):
        list(iterate_read_counts(tmp_path / "a.tsv", kind="five_prime", sizes=SIZES))


def test_options_that_do_not_fit_are_refused(tmp_path):
    path = write(tmp_path / "a.tsv", random_rows(1))
    with pytest.raises(InputError, match=r"give sizes"):
        iterate_read_counts(path, kind="five_prime")
    with pytest.raises(InputError, match=r"cut sites need a read_shift: \(4, -4\)"):
        iterate_read_counts(path, kind="cut_sites", sizes=SIZES)
    with pytest.raises(InputError, match="read_shift moves cut sites only"):
        iterate_read_counts(path, kind="coverage", sizes=SIZES, read_shift=(4, -4))


def test_real_fragments_keep_every_record_under_the_names_of_the_genome(data_folder, tmp_path):
    path = data_folder / "yeast" / "atac_schep2015.fragments.bed.gz"
    genome = read_genome(data_folder / "yeast" / "R64-1-1.fa.gz", cache_folder=tmp_path)
    names = contigs_of_reads(path)
    assert len(names) == 17
    with pytest.warns(CisgramWarning):
        match = match_contigs(genome.sizes, names)
    reads = iterate_read_counts(path, kind="five_prime", sizes=genome.sizes, contigs=match.to_genome)
    totals = {chrom: counts.sum(axis=1).tolist() for chrom, counts in reads}
    assert reads.report.n_kept == 467_908
    assert reads.report.dropped == {}
    assert totals["XII"] == [178_501, 178_501]
    assert totals["Mito"] == [16_876, 16_876]
    assert sum(plus for plus, _ in totals.values()) == 467_908


@pytest.mark.parametrize(
    ("name", "n_ends"), [("test.fragments.tsv.gz", 2), ("CTCF_SE_ChIP_chr22_50k.bed.gz", 1)], ids=["10x", "BED"]
)
def test_real_fragments_have_two_ends_and_real_reads_one(data_folder, name, n_ends):
    reads = iterate_read_counts(data_folder / "human_reads" / name, kind="five_prime", sizes={"chr22": 51_304_566})
    ((_, counts),) = reads
    plus, minus = (int(strand.sum()) for strand in counts)
    assert reads.report.dropped == {}
    assert plus + minus == n_ends * reads.report.n_kept
    assert abs(plus - minus) < 0.05 * reads.report.n_kept
