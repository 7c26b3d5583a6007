"""Coverage sources: boxes against a plain twin, thinning and cells by their laws, and what is refused."""

import gzip
import shutil

import numpy as np
import pandas as pd
import pybigtools
import pysam
import pytest

from cisgram.errors import CisgramWarning, ContigError, EmptySetError, FormatError, InputError
from cisgram.io.bigwig import write_bigwig
from cisgram.io.reads import ReadFilter, open_coverage_source, write_subsample
from cisgram.io.reads.coverage_source import CoverageSource

SIZES = {"I": 6000, "II": 3000}


def plain_coverage(rows, chrom, *, shift=(0, 0), extend=100):
    """The plain twin: one cut site after the other."""
    signal = np.zeros(SIZES[chrom])
    for name, start, end, *_ in rows:
        if name == chrom:
            for cut in (start + shift[0], end - 1 + shift[1]):
                signal[max(0, cut - extend) : cut + extend + 1] += 1
    return signal


def whole(source: CoverageSource):
    return {chrom: source.coverage(chrom, 0, size) for chrom, size in SIZES.items()}


def total_cuts(source):
    return sum(source.cut_counts(chrom, 0, size).sum() for chrom, size in SIZES.items())


@pytest.mark.parametrize(("shift", "extend"), [((0, 0), 100), ((4, -5), 100), ((0, 0), 0), ((0, 1), 7)])
def test_coverage_is_a_box_around_every_end_of_every_fragment(fragments_file, rows, shift, extend):
    source = open_coverage_source(fragments_file, sizes=SIZES, read_shift=shift, extend_bp=extend)
    for chrom in SIZES:
        np.testing.assert_array_equal(
            source.coverage(chrom, 0, SIZES[chrom]), plain_coverage(rows, chrom, shift=shift, extend=extend)
        )
    assert source.n_reads == 2 * len(rows) == total_cuts(source)
    assert source.report.n_kept == len(rows)


def test_any_stretch_is_a_part_of_the_whole_and_beyond_the_contig_is_nothing(fragments_file):
    source = open_coverage_source(fragments_file, sizes=SIZES).thinned(fraction=0.6, seed=3)
    padded = np.pad(source.coverage("II", 0, 3000), 500)
    for start, end in [(-500, 3500), (0, 1), (700, 1900), (2990, 3200), (3100, 3200), (-40, -10)]:
        np.testing.assert_array_equal(source.coverage("II", start, end), padded[start + 500 : end + 500])


def test_thinned_reads_have_the_mean_and_the_variance_of_a_binomial(fragments_file, rows):
    source = open_coverage_source(fragments_file, sizes=SIZES)
    kept = np.array([source.thinned(fraction=0.3, seed=seed).n_reads / 2 for seed in range(400)])
    n = len(rows)
    assert abs(kept.mean() - 0.3 * n) < 4 * np.sqrt(0.21 * n / 400)
    assert kept.var(ddof=1) == pytest.approx(0.21 * n, rel=0.3)
    # And at single places: chances at different bases have nothing in common.
    first, second = (
        np.array([source.thinned(fraction=0.3, seed=s).cut_counts("I", a, a + 300).sum() for s in range(400)])
        for a in (0, 3000)
    )
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def test_fewer_reads_of_one_seed_are_part_of_more_and_both_ends_stay_together(fragments_file, rows):
    source = open_coverage_source(fragments_file, sizes=SIZES)
    few, more = (source.thinned(fraction=fraction, seed=5) for fraction in (0.2, 0.5))
    for chrom, size in SIZES.items():
        assert (few.cut_counts(chrom, 0, size) <= more.cut_counts(chrom, 0, size)).all()
    assert few.n_reads % 2 == 0
    again = more.thinned(fraction=0.4, seed=5)
    np.testing.assert_array_equal(again.coverage("I", 0, 6000), few.coverage("I", 0, 6000))
    assert source.thinned(fraction=0.2, seed=6).n_reads != few.n_reads or not np.array_equal(
        source.thinned(fraction=0.2, seed=6).coverage("I", 0, 6000), few.coverage("I", 0, 6000)
    )


def test_the_order_of_contigs_changes_no_draw(tmp_path, rows, fragments_file):
    turned = tmp_path / "turned.tsv"
    lines = fragments_file.read_text().splitlines(keepends=True)
    turned.write_text("".join([line for line in lines if line[:2] != "I\t"] + [x for x in lines if x[:2] == "I\t"]))
    a, b = (
        whole(open_coverage_source(path, sizes=SIZES).thinned(n_reads=600, seed=2).cells(5, seed=1))
        for path in (fragments_file, turned)
    )
    for chrom in SIZES:
        np.testing.assert_array_equal(a[chrom], b[chrom])


def test_equal_lines_are_drawn_one_by_one(tmp_path):
    (tmp_path / "a.tsv").write_text("I\t10\t60\n" * 2000)
    kept = open_coverage_source(tmp_path / "a.tsv", sizes={"I": 100}).thinned(fraction=0.5, seed=0).n_reads / 2
    assert 900 < kept < 1100


def test_asking_for_reads_gives_about_so_many(fragments_file):
    source = open_coverage_source(fragments_file, sizes=SIZES)
    assert abs(source.thinned(n_reads=1000, seed=1).n_reads - 1000) < 4 * np.sqrt(2 * 1000)
    assert source.thinned(n_reads=source.n_reads, seed=1).n_reads == source.n_reads


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_reads": 10**7}, "as many as there are"),
        ({"n_reads": 0}, "as many as there are"),
        ({"fraction": 1.2}, "at most 1"),
        ({"fraction": 0.0}, "above 0"),
        ({}, "either n_reads or fraction"),
        ({"n_reads": 5, "fraction": 0.5}, "either n_reads or fraction"),
    ],
)
def test_a_depth_that_cannot_be_is_refused(fragments_file, options, message):
    source = open_coverage_source(fragments_file, sizes=SIZES)
    with pytest.raises(InputError, match=message):
        source.thinned(seed=1, **options)


def test_cells_add_up_to_the_whole_and_fewer_are_part_of_more(fragments_file):
    source = open_coverage_source(fragments_file, sizes=SIZES)
    parts = [source.only([barcode]) for barcode in source.barcodes]
    assert sorted(source.barcodes) == sorted(f"CELL{number}-1" for number in range(12))
    np.testing.assert_array_equal(sum(part.coverage("I", 0, 6000) for part in parts), source.coverage("I", 0, 6000))
    five, nine = source.cells(5, seed=4), source.cells(9, seed=4)
    assert set(five.barcodes) < set(nine.barcodes)
    assert set(five.barcodes) != set(source.cells(5, seed=5).barcodes)
    assert source.cells(12, seed=4).n_reads == source.n_reads


def test_every_cell_is_drawn_as_often_as_any_other(fragments_file):
    source = open_coverage_source(fragments_file, sizes=SIZES)
    drawn = pd.Series([name for seed in range(300) for name in source.cells(3, seed=seed).barcodes]).value_counts()
    assert len(drawn) == 12
    assert (abs(drawn - 75) < 4 * np.sqrt(300 * 0.25 * 0.75)).all()


def test_choosing_cells_and_thinning_reads_may_change_places(fragments_file):
    source = open_coverage_source(fragments_file, sizes=SIZES)
    barcodes = source.barcodes[:4]
    a = source.only(barcodes).thinned(fraction=0.5, seed=1)
    b = source.thinned(fraction=0.5, seed=1).only(barcodes)
    np.testing.assert_array_equal(a.coverage("II", 0, 3000), b.coverage("II", 0, 3000))


def test_cells_with_few_reads_can_be_kept_out_of_the_draw(tmp_path, rows, fragments_file):
    with fragments_file.open("a") as file:
        file.write("II\t2900\t2950\tEMPTY-1\t1\n")
    source = open_coverage_source(fragments_file, sizes=SIZES)
    assert "EMPTY-1" in source.barcodes
    assert "EMPTY-1" not in source.cells(12, seed=1, min_reads=10).barcodes
    with pytest.raises(InputError, match="1 to 12, as many cells of at least 10 reads"):
        source.cells(13, seed=1, min_reads=10)


def test_groups_are_the_sources_of_their_cells(fragments_file):
    source = open_coverage_source(fragments_file, sizes=SIZES)
    table = {"NK": ("CELL1-1", "CELL2-1"), "B": ("CELL3-1",), "none": ("CELL99-1",)}
    with pytest.warns(CisgramWarning, match="no cell of none"):
        groups = source.groups(table)
    assert {name: group.barcodes for name, group in groups.items()} == {
        "NK": tuple(name for name in source.barcodes if name in table["NK"]),
        "B": ("CELL3-1",),
    }


def test_barcodes_that_match_nothing_are_an_error_with_examples_of_both(fragments_file):
    source = open_coverage_source(fragments_file, sizes=SIZES)
    with pytest.raises(EmptySetError, match=r"such as CELL1.*which has CELL\d+-1.*ending such as -1"):
        source.only(["CELL1", "CELL2"])
    with pytest.raises(EmptySetError, match="none of the barcodes"):
        source.groups({"NK": ("X",)})
    with pytest.warns(CisgramWarning, match="has 1 of 3 barcodes; it lacks A, B"):
        assert source.only(["A", "CELL1-1", "B"]).barcodes == ("CELL1-1",)


def test_a_file_without_barcodes_says_so(tmp_path):
    (tmp_path / "a.tsv").write_text("I\t10\t60\nI\t20\t60\n")
    source = open_coverage_source(tmp_path / "a.tsv", sizes={"I": 100})
    assert source.barcodes == ()
    with pytest.raises(EmptySetError, match="column 4 has no barcodes"):
        source.only(["A"])
    with pytest.raises(InputError, match="n must be 1 to 0"):
        source.cells(1, seed=0)


def test_several_files_are_added_up_and_drawn_apart(tmp_path, fragments_file):
    other = shutil.copy(fragments_file, tmp_path / "other.tsv")
    one, both = (open_coverage_source(paths, sizes=SIZES) for paths in (fragments_file, [fragments_file, other]))
    np.testing.assert_array_equal(both.coverage("I", 0, 6000), 2 * one.coverage("I", 0, 6000))
    assert both.n_reads == 2 * one.n_reads
    assert both.report.n_kept == 2 * one.report.n_kept
    twice = both.thinned(fraction=0.5, seed=1).cut_counts("I", 0, 6000)
    assert not np.array_equal(twice, 2 * one.thinned(fraction=0.5, seed=1).cut_counts("I", 0, 6000))


def test_contigs_that_are_not_wanted_are_tallied_and_unknown_ones_refused(tmp_path, fragments_file):
    source = open_coverage_source(fragments_file, sizes={"I": 6000})
    assert source.report.dropped == {"contig unknown": 753}
    with pytest.raises(ContigError, match="no contig 'II'"):
        source.coverage("II", 0, 10)
    with pytest.raises(ContigError, match="none of its contigs"):
        open_coverage_source(fragments_file, sizes={"chrI": 6000})
    renamed = open_coverage_source(fragments_file, sizes={"chrI": 6000}, contigs={"I": "chrI"})
    np.testing.assert_array_equal(renamed.coverage("chrI", 0, 6000), source.coverage("I", 0, 6000))


def test_a_contig_without_a_read_is_warned_about_and_is_zero(fragments_file):
    with pytest.warns(CisgramWarning, match=r"nothing on 1 contigs \(III: 35.7% of the bases\)"):
        source = open_coverage_source(fragments_file, sizes={**SIZES, "III": 5000})
    assert source.contigs_with_reads == ("I", "II")
    assert source.coverage("III", 0, 5000).sum() == 0


def test_reads_beyond_their_contig_are_left_out_with_a_warning(tmp_path):
    (tmp_path / "a.tsv").write_text("I\t10\t60\nI\t80\t160\n")
    with pytest.warns(CisgramWarning, match="1 of 2 records reach beyond"):
        source = open_coverage_source(tmp_path / "a.tsv", sizes={"I": 100})
    assert source.n_reads == 2


@pytest.fixture
def bam_file(tmp_path):
    """Read pairs on two contigs."""
    rng = np.random.default_rng(0)
    header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": name, "LN": size} for name, size in SIZES.items()]}
    reads = []
    for number in range(800):
        chrom = int(rng.integers(0, 2))
        start = int(rng.integers(0, list(SIZES.values())[chrom] - 300))
        for mate, at in enumerate((start, start + 150)):
            read = pysam.AlignedSegment()
            read.query_name, read.reference_id, read.reference_start = f"pair{number}", chrom, at
            read.flag = 0x1 | 0x2 | (0x40 if mate == 0 else 0x80 | 0x10)
            read.mapping_quality, read.cigarstring, read.query_sequence = 60, "40M", "A" * 40
            reads.append(read)
    path = tmp_path / "reads.bam"
    with pysam.AlignmentFile(path, "wb", header=header) as file:
        for read in sorted(reads, key=lambda read: (read.reference_id, read.reference_start)):
            file.write(read)
    return path


def test_pairs_of_a_bam_file_are_kept_or_lost_together(bam_file):
    source = open_coverage_source(bam_file)
    assert dict(source.sizes) == SIZES
    assert source.n_reads == 1600
    kept = [source.thinned(fraction=0.5, seed=seed).n_reads for seed in range(20)]
    assert all(n % 2 == 0 for n in kept), "mates share their fate"
    assert np.mean(kept) == pytest.approx(800, abs=4 * 2 * np.sqrt(200 / 20))


def test_bigwigs_of_coverage_are_taken_as_they_are_and_cannot_be_drawn_from(tmp_path):
    path, values = tmp_path / "a.bw", np.repeat([0.0, 2.5, 1.0], 100)
    write_bigwig(path, {"I": 300}, [("I", values)])
    source = open_coverage_source([path, path])
    np.testing.assert_array_equal(source.coverage("I", 50, 310), np.pad(2 * values[50:], (0, 10)))
    assert not source.is_countable
    for ask in (lambda: source.n_reads, lambda: source.thinned(fraction=0.5, seed=1)):
        with pytest.raises(InputError, match="does not tell reads apart"):
            ask()


def test_bigwigs_of_cut_sites_are_extended_and_thinned_as_reads_are(tmp_path, fragments_file):
    reads = open_coverage_source(fragments_file, sizes=SIZES)
    path = tmp_path / "cuts.bw"
    write_bigwig(path, SIZES, ((chrom, reads.cut_counts(chrom, 0, size)) for chrom, size in SIZES.items()))
    cuts = open_coverage_source(path, kind="cut_sites")
    np.testing.assert_array_equal(cuts.coverage("I", 0, 6000), reads.coverage("I", 0, 6000))
    assert cuts.n_reads == reads.n_reads
    few, more = (cuts.thinned(fraction=fraction, seed=1) for fraction in (0.3, 0.6))
    assert (few.cut_counts("I", 0, 6000) <= more.cut_counts("I", 0, 6000)).all()
    kept = [cuts.thinned(fraction=0.3, seed=seed).n_reads for seed in range(200)]
    assert np.var(kept, ddof=1) == pytest.approx(0.21 * cuts.n_reads, rel=0.4)
    parts = [few.cut_counts("I", start, start + 1000) for start in range(0, 6000, 1000)]
    np.testing.assert_array_equal(np.concatenate(parts), few.cut_counts("I", 0, 6000))


def test_counts_that_are_no_cut_sites_are_refused(tmp_path):
    write_bigwig(tmp_path / "half.bw", {"I": 300}, [("I", np.full(300, 0.5))])
    with pytest.raises(FormatError, match="counts are whole numbers"):
        open_coverage_source(tmp_path / "half.bw", kind="cut_sites")
    write_bigwig(tmp_path / "boxes.bw", {"I": 6000}, [("I", np.repeat(np.arange(1, 61), 100))])
    with pytest.raises(FormatError, match="extended reads, not counts of cut sites"):
        open_coverage_source(tmp_path / "boxes.bw", kind="cut_sites")


@pytest.mark.parametrize(("bad", "message"), [(-1.0, "-1.0 at I:101"), (np.inf, "inf at I:101")])
def test_values_that_no_coverage_has_are_refused_with_their_place(tmp_path, bad, message):
    values = [("I", 10, 20, 1.0), ("I", 100, 150, bad), ("I", 160, 170, 5.0)]
    pybigtools.open(str(tmp_path / "bad.bw"), "w").write({"I": 300}, values)
    source = open_coverage_source(tmp_path / "bad.bw")
    with pytest.raises(FormatError, match=message):
        source.coverage("I", 0, 300)


def test_empty_tracks_mixed_kinds_and_missing_sizes_are_refused(tmp_path, fragments_file):
    write_bigwig(tmp_path / "zero.bw", {"I": 300}, [("I", np.zeros(300))])
    with pytest.raises(EmptySetError, match="no coverage in"):
        open_coverage_source(tmp_path / "zero.bw")
    with pytest.raises(InputError, match="cannot be added up"):
        open_coverage_source([tmp_path / "zero.bw", fragments_file], sizes=SIZES)
    with pytest.raises(InputError, match="give sizes"):
        open_coverage_source(fragments_file)
    with pytest.raises(InputError, match="there is no file"):
        open_coverage_source(tmp_path / "nothing.tsv", sizes=SIZES)
    with pytest.raises(InputError, match="at least one file"):
        open_coverage_source([], sizes=SIZES)


@pytest.mark.parametrize("name", ["few.tsv", "few.tsv.gz"])
def test_a_subsample_read_back_has_the_same_coverage_and_verbatim_lines(tmp_path, fragments_file, name):
    source = open_coverage_source(fragments_file, sizes=SIZES).thinned(fraction=0.5, seed=1).cells(6, seed=2)
    n_written = write_subsample(source, tmp_path / name)
    assert 2 * n_written == source.n_reads
    again = open_coverage_source(tmp_path / name, sizes=SIZES)
    for chrom, size in SIZES.items():
        np.testing.assert_array_equal(again.coverage(chrom, 0, size), source.coverage(chrom, 0, size))
    content = (tmp_path / name).read_bytes()
    text = gzip.decompress(content).decode() if name.endswith(".gz") else content.decode()
    lines = iter(fragments_file.read_text().splitlines())
    assert all(line in lines for line in text.splitlines()), "lines stand as they did, in their order"


def test_a_subsample_of_a_bam_file_becomes_bed_with_strands(tmp_path, bam_file):
    options = {"sizes": SIZES, "read_shift": (4, -4)}
    source = open_coverage_source(bam_file, filters=ReadFilter(min_mapping_quality=10), **options)
    half = source.thinned(fraction=0.5, seed=1)
    assert write_subsample(half, tmp_path / "half.bed.gz", filters=ReadFilter(min_mapping_quality=10)) == half.n_reads
    again = open_coverage_source(tmp_path / "half.bed.gz", **options)
    np.testing.assert_array_equal(again.coverage("II", 0, 3000), half.coverage("II", 0, 3000))
    with pytest.raises(InputError, match="no fragments"):
        write_subsample(half, tmp_path / "half.tsv")


def test_a_subsample_can_be_its_coverage_alone(tmp_path, fragments_file):
    source = open_coverage_source([fragments_file, fragments_file], sizes=SIZES).thinned(fraction=0.5, seed=1)
    assert write_subsample(source, tmp_path / "a.bw") == source.n_reads
    again = open_coverage_source(tmp_path / "a.bw")
    np.testing.assert_array_equal(again.coverage("I", 0, 6000), source.coverage("I", 0, 6000))
    for name, message in [("a.txt", "must end in"), ("a.tsv", "from one file of reads")]:
        with pytest.raises(InputError, match=message):
            write_subsample(source, tmp_path / name)


def test_real_fragments_of_a_hundred_cells_fall_into_their_cells(data_folder):
    source = open_coverage_source(data_folder / "human_reads" / "test.fragments.tsv.gz", sizes={"chr22": 50_818_468})
    assert (source.n_reads, len(source.barcodes)) == (114_230, 100)
    assert (
        sum(source.only([name]).n_reads for name in source.barcodes[:20]) == source.only(source.barcodes[:20]).n_reads
    )


def test_real_coverage_of_extended_reads_cannot_be_thinned(data_folder):
    path = data_folder / "atac_hsc" / "hsc_5M_reads.bw"
    with pytest.raises(InputError, match="does not tell reads apart"):
        open_coverage_source(path).thinned(fraction=0.5, seed=1)
    with pytest.raises(FormatError, match="extended reads"):
        open_coverage_source(path, kind="cut_sites")
