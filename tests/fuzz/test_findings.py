"""What broken files did to the readers once: each is refused now, in one message that names the file."""

import gzip
import json
import re
import struct
import time

import h5py
import numpy as np
import pytest
from tests.fuzz import binaries, texts
from tests.fuzz.readers import CONFIGS

from cisgram.data.binned_store import open_binned
from cisgram.data.binned_tracks import read_track_table
from cisgram.data.contact_store import open_contacts
from cisgram.data.coverage_store import open_coverage
from cisgram.data.labelled_store import open_labelled_store
from cisgram.data.npy import open_array
from cisgram.errors import CheckpointError, ConfigError, EmptySetError, FormatError, InputError
from cisgram.io.bedgraph import read_bedgraph
from cisgram.io.bigwig import bigwig_total, read_bigwig_contig
from cisgram.io.chromhmm.file_table import read_mark_files
from cisgram.io.chromhmm.model import read_emissions, read_state_model
from cisgram.io.chromhmm.segments import read_segments
from cisgram.io.contributions import read_contributions, read_explained_windows
from cisgram.io.cool import open_cool
from cisgram.io.count_matrices import read_count_matrices
from cisgram.io.files import require_file
from cisgram.io.finemo_hits import read_finemo_hits
from cisgram.io.genes import read_genes
from cisgram.io.gff import read_gff
from cisgram.io.gkm_model import read_gkm_model
from cisgram.io.hic_file import open_hic
from cisgram.io.hic_head import require_sound_head
from cisgram.io.hit_tables import read_hit_table
from cisgram.io.npy import map_npy
from cisgram.io.packing import read_bytes, read_chunks
from cisgram.io.pairs import read_pairs, read_pairs_header
from cisgram.io.patterns import read_pattern_motifs, read_patterns
from cisgram.io.reads import read_barcodes
from cisgram.io.sequences import read_sequences
from cisgram.io.tables import read_intervals, read_table
from cisgram.io.vcf import read_alleles
from cisgram.run.config import read_config
from cisgram.training.checkpoint import load_checkpoint


def text(folder, name, content):
    (folder / name).write_text(content)
    return folder / name


def test_a_cell_of_a_million_letters_is_not_quoted_whole(tmp_path):
    path = text(tmp_path, "a.bed", "I\t1\t2" + "x" * 1_000_000 + "\n")
    with pytest.raises(
        FormatError, match=r"a\.bed, line 1: end \(column 3\) must be a whole number; got '2xx"
    ) as caught:
        read_intervals(path)
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("digits", [19, 40, 5000])
def test_a_number_of_too_many_digits_is_no_number(tmp_path, digits):
    number = "9" * digits
    with pytest.raises(FormatError, match=r"a\.gff, line 1: start and end"):
        read_gff(text(tmp_path, "a.gff", f"I\tx\tgene\t5\t{number}\t.\t+\t.\tID=a\n"))
    with pytest.raises(FormatError, match=r"a\.vcf, line 2: POS"):
        read_alleles(text(tmp_path, "a.vcf", f"#CHROM\tPOS\tID\tREF\tALT\nI\t{number}\t.\tA\tG\n"))
    with pytest.raises(FormatError, match=r"a\.pairs, line 1: #chromsize"):
        read_pairs_header(text(tmp_path, "a.pairs", f"#chromsize: I {number}\n"))
    with pytest.raises(FormatError, match=r"a\.bed, line 1: a segment"):
        read_segments(text(tmp_path, "a.bed", f"I\t0\t{number}\tE1\n"))
    assert read_sequences(text(tmp_path, "a.fa", f">I:0-{number}\nACGT\n")).sequences.places is None


def test_a_state_of_a_billion_does_not_ask_for_a_billion_names(tmp_path):
    with pytest.raises(FormatError, match=r"a\.bed, line 1: a segment is contig, start, end and state"):
        read_segments(text(tmp_path, "a.bed", "I\t0\t200\tE999999999\n"))


def test_a_fasta_without_sequence_is_named(tmp_path):
    with pytest.raises(EmptySetError, match=r"a\.fa are empty"):
        read_sequences(text(tmp_path, "a.fa", ">I\n>II\n"))


@pytest.mark.parametrize("number", ["1e400", "inf", "nan", "1e308"])
def test_a_count_that_none_can_be_is_refused_without_a_warning(tmp_path, number):
    with pytest.raises(FormatError, match=r"a\.pfm, line 1: motif a: counts must be 0 or more"):
        read_count_matrices(text(tmp_path, "a.pfm", f"1 2 3\n{number} 1 1\n1 1 1\n1 1 1\n"))


@pytest.mark.parametrize(
    ("old", "new"), [("\t5\t9\t", "\tNA\t9\t"), ("\t5\t9\t", "\t\t9\t"), ("\t0.5\t0.5\t2.0", "\tTrue\t0.5\t2.0")]
)
def test_a_hit_of_finemo_with_a_word_for_a_number_is_refused(tmp_path, old, new):
    assert old in texts.FINEMO
    with pytest.raises(FormatError, match=r"a\.tsv"):
        read_finemo_hits(text(tmp_path, "a.tsv", texts.FINEMO.replace(old, new)))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("I\t9\t3\tm\t6\t+", "0 <= start < end; got 9 and 3"),
        ("I\t-2\t3\tm\t6\t+", "0 <= start < end"),
        ("I\tx\t3\tm\t6\t+", r"start \(column 2\) must be a whole number"),
        ("I\t\t3\tm\t6\t+", "the column start must hold a whole number in every row"),
        ("I\t1\t3\tm\t6\tplus", "strand of a hit must be"),
    ],
)
def test_a_hit_that_is_no_interval_is_refused(tmp_path, row, problem):
    with pytest.raises(FormatError, match=problem):
        read_hit_table(text(tmp_path, "a.tsv", f"chrom\tstart\tend\tname\tscore\tstrand\n{row}\nI\t20\t26\tn\t3\t-\n"))


def npy_with(folder, **changes):
    header = repr({"descr": "<f4", "fortran_order": False, "shape": (3, 4), **changes}).encode().ljust(117) + b"\n"
    (folder / "a.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(48))
    return folder / "a.npy"


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": (10**12,)},
        {"shape": (2**40, 2**40)},
        {"shape": (-1,)},
        {"shape": (3, 3)},
        {"descr": "|O"},
        {"descr": "x"},
    ],
)
def test_an_array_whose_header_tells_something_else_is_not_mapped(tmp_path, changes):
    assert map_npy(npy_with(tmp_path)).shape == (3, 4)
    path = npy_with(tmp_path, **changes)
    with pytest.raises(FormatError, match=r"a\.npy: not a complete \.npy array of numbers"):
        map_npy(path)
    with pytest.raises(FormatError, match="the store is damaged: make it again"):
        open_array(path, shape=(3, 4), dtype="float32")


def test_a_header_of_python_that_does_not_end_is_refused(tmp_path):
    path = npy_with(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"}", b"("))
    with pytest.raises(FormatError, match=r"not a complete \.npy"):
        map_npy(path)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Oct4/profile/completeness_error", np.zeros(2, np.float32)),
        ("Oct4/profile/start", np.zeros((3, 1), np.int64)),
        ("Oct4/profile/start", np.zeros(3)),
        ("Oct4/profile/raw/seq", np.zeros((0, 4, 8), np.int8)),
        ("Oct4/profile/shap/seq", np.full((3, 4, 8), np.nan, np.float32)),
    ],
)
def test_contributions_whose_parts_do_not_fit_are_refused(tmp_path, name, values):
    binaries.contributions(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        del file[name]
        file[name] = values
    with pytest.raises(FormatError, match=r"a\.h5: .*[Ww]rite the file again"):
        read_contributions(tmp_path / "a.h5", "Oct4", "profile")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("pos_patterns/pattern_0/seqlets/start", np.zeros(3, np.int64)),
        ("pos_patterns/pattern_0/seqlets/start", np.zeros((9, 1), np.int64)),
        ("pos_patterns/pattern_0/sequence", np.zeros((5, 4))),
        ("pos_patterns/pattern_0/contrib_scores", np.full((6, 4), np.nan)),
        ("pos_patterns/pattern_0/seqlets/contrib_scores", np.zeros((9, 6))),
    ],
)
def test_patterns_whose_parts_do_not_fit_are_refused(tmp_path, name, values):
    binaries.public_patterns(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        del file[name]
        file[name] = values
    with pytest.raises(FormatError, match=r"a\.h5: the patterns below / cannot be used"):
        read_patterns(tmp_path / "a.h5")


def test_a_pattern_that_is_no_motif_is_named_with_its_file(tmp_path):
    binaries.public_patterns(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["pos_patterns/pattern_0/sequence"][...] = 1
    with pytest.raises(FormatError, match=r"a\.h5: motif pos_pattern_0"):
        read_pattern_motifs(tmp_path / "a.h5")


@pytest.mark.parametrize("width", ["", "x", 0, -3, 0.5])
def test_patterns_need_a_width_of_windows(tmp_path, width):
    binaries.public_patterns(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file.attrs["window_size"] = width
    with pytest.raises(FormatError, match=r"a\.h5: the attribute window_size"):
        read_patterns(tmp_path / "a.h5")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("bins/start", np.zeros(0, np.int64)),
        ("bins/chrom", np.zeros((30, 1), np.int64)),
        ("bins/end", np.full(30, np.nan)),
        ("chroms/length", np.array([20_000])),
        ("chroms/length", np.array([2**40, 9_500])),
        ("pixels/bin2_id", np.array(["x"], dtype="S1")),
        ("indexes/bin1_offset", np.zeros((31, 1), np.int64)),
    ],
)
def test_a_contact_map_whose_columns_do_not_fit_is_refused(tmp_path, name, values):
    binaries.cool(tmp_path / "a.cool")
    with h5py.File(tmp_path / "a.cool", "r+") as file:
        del file[name]
        file[name] = values
    with pytest.raises(FormatError, match=r"a\.cool: "):
        open_cool(tmp_path / "a.cool")


def test_a_damaged_block_of_a_hic_file_is_named_when_it_is_read(tmp_path):
    pytest.importorskip("hictkpy")
    binaries.hic(tmp_path / "a.hic")
    source = open_hic(tmp_path / "a.hic")

    class Damaged:
        def fetch(self, *_, **__):
            raise RuntimeError("failed to decompress block at pos 351")

    object.__setattr__(source, "_file", Damaged())
    for read in (
        lambda: source.cis("A"),
        lambda: next(source.pixels()),
        lambda: source.block(slice(0, 2), slice(0, 2), balanced=False),
    ):
        with pytest.raises(FormatError, match=r"a\.hic: the \.hic file is damaged \(failed to decompress"):
            read()


@pytest.mark.parametrize(
    ("at", "value", "problem"),
    [
        (44, 1 << 62, "truncated"),  # where the summary lies: a seek that the system refuses
        (52, 0xFFFFFFF0, "damaged"),  # bytes of an unpacked block: the library asks for them all
        (8, 40, "damaged"),  # where the contigs are listed
        (24, 64, "damaged"),  # where the index lies
    ],
)
def test_a_bigwig_with_a_wrong_number_in_its_head_does_not_end_the_process(tmp_path, at, value, problem):
    binaries.bigwig(tmp_path / "a.bw")
    data = bytearray((tmp_path / "a.bw").read_bytes())
    struct.pack_into("<I" if at == 52 else "<Q", data, at, value)
    (tmp_path / "a.bw").write_bytes(data)
    for read in (bigwig_total, lambda path: read_bigwig_contig(path, "I")):
        with pytest.raises(FormatError, match=rf"a\.bw: the bigWig is {problem}"):
            read(tmp_path / "a.bw")


@pytest.mark.parametrize(
    ("item", "value", "problem"), [(16, 1 << 60, "truncated"), (24, 1 << 60, "truncated"), (16, 3, "damaged")]
)
def test_a_bigwig_whose_index_points_outside_does_not_end_the_process(tmp_path, item, value, problem):
    binaries.bigwig(tmp_path / "a.bw")
    data = bytearray((tmp_path / "a.bw").read_bytes())
    index = struct.unpack_from("<Q", data, 24)[0]
    is_leaf = data[index + 48]
    assert is_leaf, "the file is so small that its index is one node"
    struct.pack_into("<Q", data, index + 52 + item, value)
    (tmp_path / "a.bw").write_bytes(data)
    with pytest.raises(FormatError, match=rf"a\.bw: the bigWig is {problem}"):
        read_bigwig_contig(tmp_path / "a.bw", "I")


def test_a_checkpoint_without_metadata_is_refused(tmp_path):
    header = json.dumps({"__metadata__": None}).encode()
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(CheckpointError, match=r"a\.safetensors"):
        load_checkpoint(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("model = 5\n", r"\[model\] must be a table"),
        ("[model]\nname = [1]\n", "name must be one of"),
        pytest.param("[training]\nepochs = " + "9" * 5000 + "\n", "is not valid TOML", id="digits"),
        ('[model]\nname = "bpnet"\n[training]\nepochz = 3\n', r"a\.toml"),
    ],
)
def test_a_config_is_named_whatever_is_wrong_in_it(tmp_path, content, problem):
    with pytest.raises(ConfigError, match=problem) as caught:
        read_config(text(tmp_path, "a.toml", content))
    assert "a.toml" in str(caught.value)


@pytest.mark.parametrize("content", ["[training]\n{} = 3\n", "[model]\nname = '{}'\n"])
def test_a_config_with_a_key_of_many_letters_is_refused_in_few(tmp_path, content):
    with pytest.raises(ConfigError, match=r"a\.toml") as caught:
        read_config(text(tmp_path, "a.toml", content.format("A" * 100_000)))
    assert len(str(caught.value)) < 3000


@pytest.mark.parametrize("name", ["A" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="is no file that can be read") as caught:
        require_file(tmp_path / name, "reads")
    assert len(str(caught.value)) < 1000
    with pytest.raises(FormatError, match=r"marks\.tsv, line 1: reads of a mark: "):
        read_mark_files(text(tmp_path, "marks.tsv", f"K562\tH3K4me3\t{name}\n"))


@pytest.mark.parametrize("value", ["Infinity", "[" * 100_000, '{"I": 1e400}', '"x"', "null"])
def test_a_store_of_coverage_whose_layout_makes_no_sense_is_refused(tmp_path, value):
    binaries.coverage_store(tmp_path / "store")
    head = json.loads((tmp_path / "store" / "layout.json").read_text())
    content = json.dumps({**head, "sizes": "HERE"}).replace('"HERE"', value)
    text(tmp_path / "store", "layout.json", content)
    with pytest.raises(FormatError, match=r"layout\.json: the layout cannot be read"):
        open_coverage(tmp_path / "store")


@pytest.mark.parametrize(("key", "value"), [("descriptions", ["a", "b", "c"]), ("n_rows", float("inf"))])
def test_a_binned_store_whose_layout_contradicts_itself_is_refused_with_its_name(tmp_path, key, value):
    binaries.binned_store(tmp_path / "store")
    head = json.loads((tmp_path / "store" / "layout.json").read_text())
    assert key in head
    text(tmp_path / "store", "layout.json", json.dumps({**head, key: value}))
    with pytest.raises(FormatError, match=r"layout\.json: the layout cannot be read"):
        open_binned(tmp_path / "store")


@pytest.mark.parametrize("sign", ["\n", "\t", " ", "\r\n"])
def test_megabytes_of_line_ends_and_blanks_are_no_text(tmp_path, sign):
    path = text(tmp_path, "a.vcf", "##fileformat=VCFv4.2\n" + sign * (9 << 20))
    for read in (read_alleles, lambda path: read_bytes(path, "text")):
        with pytest.raises(FormatError, match=r"a\.vcf.*nothing but line ends"):
            read(path)
    some = text(tmp_path, "b.txt", "a" + sign * (1 << 20) + "b")
    assert b"".join(read_chunks(some, "text")) == some.read_bytes()


@pytest.mark.slow
def test_a_variant_file_of_one_line_that_is_packed_a_million_times_is_refused(tmp_path):
    with gzip.open(tmp_path / "a.vcf.gz", "wb") as file:
        file.write(b"#CHROM\tPOS\tID\tREF\tALT\n" + b"I\t5\t.\tA\tC\n" * (2 << 20))
    with pytest.raises(FormatError, match=r"a\.vcf\.gz: more lines than bytes when packed"):
        read_alleles(tmp_path / "a.vcf.gz")


@pytest.mark.parametrize(
    ("content", "problem"), [("barcode\n", "only a header"), ("AAC\t1\n\t2\n", "line 2: the barcode")]
)
def test_a_list_of_barcodes_without_any_is_refused(tmp_path, content, problem):
    with pytest.raises(FormatError, match=problem):
        read_barcodes(text(tmp_path, "cells.tsv", content))


def test_a_contribution_file_whose_windows_end_before_they_start_is_named(tmp_path):
    binaries.contributions(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["Oct4/profile/end"][0] = 0
    for read in (read_contributions, read_explained_windows):
        with pytest.raises(FormatError, match=r"a\.h5: .*intervals need 0 <= start < end"):
            read(tmp_path / "a.h5", "Oct4", "profile")


@pytest.mark.parametrize("digits", [19, 5000])
def test_an_allele_of_too_many_digits_is_none_that_a_sample_carries(tmp_path, digits):
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tone\n"
    path = text(tmp_path, "a.vcf", f"{head}I\t5\t.\tA\tC,G\t.\t.\t.\tGT\t2/{'9' * digits}\n")
    alleles = read_alleles(path, carried_only=True)
    assert dict(zip(alleles["alt"], alleles["status"] == "not_carried", strict=True)) == {"C": True, "G": False}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("II\t-1\t4\t1", "0 <= start < end"),
        ("II\t3\t4\tinf", "finite number"),
        ("II\t3\t4\t" + "9" * 40, "finite number"),
    ],
)
def test_a_stretch_of_a_bedgraph_that_cannot_be_is_refused(tmp_path, row, problem):
    path = text(tmp_path, "a.bedGraph", f"I\t0\t5\t1.5\n{row}\n")
    with pytest.raises(FormatError, match=rf"a\.bedGraph, line 2: .*{problem}"):
        read_bedgraph(path)


def test_genes_on_a_contig_without_a_name_are_refused(tmp_path):
    row = '\tsgd\tgene\t10\t20\t.\t+\t.\tgene_id "A";\n'
    with pytest.raises(FormatError, match=r"a\.gtf, line 2: the name of the contig"):
        read_genes(text(tmp_path, "a.gtf", f"I{row}{row}"))
    # a letter that only Python takes for the end of a line
    assert read_genes(text(tmp_path, "b.gtf", f"I\x85{row}"))["chrom"].tolist() == ["I\x85"]


def test_an_attribute_of_many_letters_takes_no_time(tmp_path):
    path = text(tmp_path, "a.gtf", f'I\tsgd\tgene\t10\t20\t.\t+\t.\tgene_id "A"; {"N" * 1_000_000}\n')
    started = time.process_time()
    assert read_genes(path)["gene"].tolist() == ["A"]
    assert time.process_time() - started < 2


def test_genes_without_an_identifier_are_told_with_their_file(tmp_path):
    path = text(tmp_path, "a.gff3", "I\tSGD\tgene\t10\t20\t.\t+\t.\tID=\n")
    with pytest.raises(InputError, match=r"a\.gff3"):
        read_genes(path)


def test_pairs_whose_rows_are_short_are_refused(tmp_path):
    head = "## pairs format v1.0\n#chromsize: I 1000\n#columns: readID chr1 pos1 chr2 pos2 strand1 strand2\n"
    short, whole = "r1\tI\t11\tI\t90\t+\n", "r1\tI\t11\tI\t90\t+\t-\n"
    columns = r"\.pairs: rows must have 7 columns"
    cut = "r\0I\t11\tI\t90\t+\t-\n"  # pandas ends a cell at a zero byte
    broken = (
        (short, columns),
        (cut + whole, columns),
        (short + whole, columns),
        (whole + short, "5: strand2"),
    )
    for rows, problem in broken:
        with pytest.raises(FormatError, match=problem):
            list(read_pairs(text(tmp_path, "a.pairs", head + rows)))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("\n", "first line"),
        ("1\t1\tE\t-12.5\tinf\n", "first line"),
        ("1000000\t1000000\tE\nprobinit\t1\t1\n", "are missing"),
    ],
)
def test_a_model_of_states_with_an_impossible_head_is_refused(tmp_path, content, problem):
    with pytest.raises(FormatError, match=rf"model\.txt.*{problem}"):
        read_state_model(text(tmp_path, "model.txt", content))


def test_emissions_without_a_line_are_refused(tmp_path):
    (tmp_path / "emissions.txt.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(FormatError, match=r"emissions\.txt\.gz"):
        read_emissions(tmp_path / "emissions.txt.gz")


@pytest.mark.parametrize(("key", "value"), [("diagonal_offset", "x"), ("n_bins", 2.5), ("track_names", [1, 2])])
def test_a_store_of_contacts_with_fields_of_other_types_is_refused(tmp_path, key, value):
    binaries.contact_store(tmp_path / "store")
    head = json.loads((tmp_path / "store" / "layout.json").read_text())
    assert key in head
    text(tmp_path / "store", "layout.json", json.dumps({**head, key: value}))
    with pytest.raises(FormatError, match=rf"layout\.json: the layout cannot be read.*{key}"):
        open_contacts(tmp_path / "store")


def test_a_type_that_is_none_is_told_with_the_array(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(FormatError, match=r"a\.npy: layout\.json says that it holds '1e\+308', which is no type"):
        open_array(tmp_path / "a.npy", shape=(3,), dtype="1e+308")


def test_tracks_whose_strands_do_not_fit_are_told_with_their_table(tmp_path):
    rows = "index\tidentifier\tfile\tsum_stat\n0\tA\ta.bw\tsum\n1\tA\tb.bw\tsum\n"
    with pytest.raises(FormatError, match=r"tracks\.tsv: every track needs a name of its own"):
        read_track_table(text(tmp_path, "tracks.tsv", rows))


def test_a_number_that_is_none_in_a_gkm_model_is_told_with_the_file(tmp_path):
    settings = (
        "svm_type c_svc\nkernel_type gkm_esttrunc\nL 4\nk 3\nd 1\nnorc 0\nnr_class 2\ntotal_sv 2\nrho nan\nlabel 1 -1\n"
    )
    path = text(tmp_path, "a.model.txt", f"{settings}nr_sv 1 1\nSV\n1 ACGTACGT\n-1 ACGTTTTT\n")
    with pytest.raises(FormatError, match=r"a\.model\.txt: the coefficients and rho"):
        read_gkm_model(path)


def test_columns_that_are_missing_are_named_in_few_letters(tmp_path):
    path = text(tmp_path, "a.tsv", f"{'x' * 100_000}\n1\n")
    with pytest.raises(InputError, match=r"a\.tsv has no columns \['code'\]") as caught:
        read_table(path, types={"code": "text"})
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("what", "problem"),
    [("attributes", "announces"), ("contigs", "announces"), ("footer", "footer begins"), ("length", "bp long")],
)
def test_a_hic_file_that_announces_more_than_it_has_is_refused_before_room_is_made(tmp_path, what, problem):
    head = b"HIC\0" + struct.pack("<i", 9)
    counts = {"footer": 200, "attributes": 0, "contigs": 1, "length": 1000, what: 1 << (40 if what == "length" else 30)}
    head += struct.pack("<q", counts["footer"]) + b"unknown\0" + struct.pack("<qqi", 0, 0, counts["attributes"])
    head += struct.pack("<i", counts["contigs"]) + b"I\0" + struct.pack("<q", counts["length"])
    path = tmp_path / "a.hic"
    path.write_bytes(head.ljust(400, b"\0"))
    with pytest.raises(FormatError, match=rf"a\.hic: .*{problem}"):
        require_sound_head(path)


@pytest.mark.parametrize("version", [8, 9])
def test_a_hic_file_whose_head_is_sound_passes(tmp_path, version):
    wide = version == 9
    head = b"HIC\0" + struct.pack("<i", version) + struct.pack("<q", 90) + b"hg38\0"
    head += struct.pack("<qq", 0, 0) if wide else b""
    head += struct.pack("<i", 1) + b"software\0some\0" + struct.pack("<i", 1) + b"I\0"
    head += struct.pack("<q" if wide else "<i", 1000) + struct.pack("<iii", 1, 1000, 0)
    path = tmp_path / "a.hic"
    path.write_bytes(head.ljust(120, b"\0"))
    require_sound_head(path)
    path.write_bytes(head[:-6].ljust(91, b"\xff") if wide else head[:-6])
    with pytest.raises(FormatError, match=r"a\.hic: the \.hic file is cut off or damaged"):
        require_sound_head(path)


def test_a_bcf_that_is_packed_otherwise_is_refused(tmp_path):
    path = tmp_path / "a.bcf"
    path.write_bytes(gzip.compress(b"BCF\2\2" + struct.pack("<I", 4) + b"##\n\0"))
    with pytest.raises(InputError, match=r"a\.bcf"):
        read_alleles(path)


def test_time_grows_with_the_columns_of_a_table_not_with_their_square(tmp_path):
    def seconds(n_columns):
        path = text(tmp_path, "a.bed", "I\t1\t2\tname\t0\t" + "\t" * n_columns + "\n")
        started = time.process_time()
        with pytest.raises(FormatError, match=r"a\.bed, line 1: strand"):
            read_intervals(path)
        return time.process_time() - started

    seconds(10)
    assert seconds(320_000) < 14 * seconds(40_000)  # 8 times as many


def test_a_form_of_a_model_that_is_no_text_is_refused(tmp_path):
    settings = (CONFIGS / "yeast_contacts.toml").read_text(encoding="utf-8")
    path = text(tmp_path, "a.toml", re.sub(r"(?m)^form = .*$", "form = { a = 1 }", settings))
    with pytest.raises(ConfigError, match=r"a\.toml.*\[model\] form must be"):
        read_config(path)


def test_a_store_that_announces_very_many_windows_is_refused(tmp_path):
    binaries.labelled_store(tmp_path / "store")
    head = json.loads((tmp_path / "store" / "layout.json").read_text())
    text(tmp_path / "store", "layout.json", json.dumps({**head, "n_rows": 2**60}))
    with pytest.raises(FormatError, match=r"do not number the 1152921504606846976 examples"):
        open_labelled_store(tmp_path / "store")
