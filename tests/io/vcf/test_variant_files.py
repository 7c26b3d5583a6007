"""VCF in and out, against pysam."""

import gzip

import pysam
import pytest

from cisgram.errors import CisgramWarning, FormatError, InputError
from cisgram.genomics.variant import Variant
from cisgram.io.vcf import read_vcf, write_vcf

HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def test_what_is_written_is_read_back_in_the_order_of_the_genome(tmp_path):
    variants = [
        Variant("chr2", 4, "A", "AC", "b"),
        Variant("chr10", 0, "ACG", "A", "c"),
        Variant("chr2", 1, "C", "T", "a"),
    ]
    write_vcf(tmp_path / "x.vcf", variants, sizes={"chr2": 10, "chr10": 5})
    records = read_vcf(tmp_path / "x.vcf")
    assert records.variants == [variants[2], variants[0], variants[1]]
    assert records.dropped == {}


def test_pysam_reads_the_same(tmp_path):
    variants = [Variant("chr1", 1, "C", "T", "a"), Variant("chr1", 4, "A", "AC"), Variant("chr2", 0, "ACG", "A", "c")]
    write_vcf(tmp_path / "x.vcf", variants, sizes={"chr1": 10, "chr2": 5})
    with pysam.VariantFile(str(tmp_path / "x.vcf")) as file:
        assert {name: file.header.contigs[name].length for name in file.header.contigs} == {"chr1": 10, "chr2": 5}
        read = [Variant(one.chrom, one.start, one.ref, one.alts[0], one.id or ".") for one in file]
    assert read == variants


@pytest.mark.parametrize("is_packed", [False, True])
def test_several_alleles_become_several_variants_and_symbols_are_counted(tmp_path, is_packed):
    body = "1\t5\trs1\ta\tG,<DEL>,T\t.\t.\t.\n1\t6\t.\tC\t*\t.\t.\t.\n1\t7\t.\tC\tC\t.\t.\t.\r\n"
    path = tmp_path / "x.vcf.gz"
    path.write_bytes(gzip.compress((HEADER + body).encode()) if is_packed else (HEADER + body).encode())
    with pytest.warns(CisgramWarning, match="2 without letters, such as <DEL>"):
        records = read_vcf(path)
    assert records.variants == [Variant("1", 4, "A", "G", "rs1"), Variant("1", 4, "A", "T", "rs1")]
    assert records.dropped == {"without letters, such as <DEL>, * or .": 2, "equal to REF": 1}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1\t5\trs1\tA", "line 3: a line needs at least 5 columns"),
        ("1 5 rs1 A G", "line 3: a line needs at least 5 columns"),
        ("1\t0\trs1\tA\tG", "line 3: POS must be a whole number from 1 on; got '0'"),
        ("1\tx\trs1\tA\tG", "line 3: POS must be"),
        ("1\t5\trs1\t<DUP>\tG", "line 3: REF must be letters"),
    ],
)
def test_broken_lines_are_named(tmp_path, line, message):
    (tmp_path / "x.vcf").write_text(HEADER + line + "\n")
    with pytest.raises(FormatError, match=message):
        read_vcf(tmp_path / "x.vcf")


@pytest.mark.parametrize("text", ["1\t5\trs1\tA\tG\n", "##fileformat=VCFv4.2\n"])
def test_a_file_without_header_is_refused(tmp_path, text):
    (tmp_path / "x.vcf").write_text(text)
    with pytest.raises(FormatError, match="#CHROM"):
        read_vcf(tmp_path / "x.vcf")


def test_a_header_alone_holds_no_variants(tmp_path):
    write_vcf(tmp_path / "x.vcf", [], sizes={"chr1": 5})
    assert read_vcf(tmp_path / "x.vcf").variants == []


@pytest.mark.parametrize("variant", [Variant("chr2", 1, "A", "C"), Variant("chr1", 5, "A", "C")])
def test_a_variant_outside_the_genome_is_not_written(tmp_path, variant):
    with pytest.raises(InputError, match="not inside a contig"):
        write_vcf(tmp_path / "x.vcf", [variant], sizes={"chr1": 5})
    assert not (tmp_path / "x.vcf").exists()
