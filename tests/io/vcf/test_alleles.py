"""Alleles of VCF, BCF and plain tables: none left out, whatever the file looks like."""

import gzip

import pysam
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.io.packing import write_chunks
from cisgram.io.vcf import read_alleles

TOP = "##fileformat=VCFv4.3\n"
PLAIN = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
WITH_SAMPLES = PLAIN.rstrip() + "\tFORMAT\tanna\tben\n"
RECORDS = """2\t7\trs7\tACG\tA,ACGT\t30\tPASS\tDP=3
1\t5\t.\ta\tg\t.\tq10\t.
2\t7\trs7\tACG\tA\t30\tPASS\tDP=3
1\t9\tsv\tT\t<DEL>,*\t.\t.\tEND=20
1\t9\t.\tT\t.\t.\t.\t.
"""
ROWS = [
    ("2", 7, "ACG", "A", "rs7", "ok"),
    ("2", 7, "ACG", "ACGT", "rs7", "ok"),
    ("1", 5, "A", "G", ".", "ok"),
    ("2", 7, "ACG", "A", "rs7", "ok"),
    ("1", 9, "T", "<DEL>", "sv", "symbolic"),
    ("1", 9, "T", "*", "sv", "symbolic"),
    ("1", 9, "T", ".", ".", "symbolic"),
]


def rows_of(table):
    return list(table[["chrom", "pos", "ref", "alt", "name", "status"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("kind", ["plain", "gzip", "bgzip", "crlf", "no end"])
def test_every_allele_has_a_row_in_the_order_of_the_file(tmp_path, kind):
    text = (TOP + PLAIN + RECORDS).replace("\n", "\r\n" if kind == "crlf" else "\n").encode()
    path = tmp_path / "x.vcf.gz"
    if kind == "bgzip":
        write_chunks(path, [text])
    else:
        path.write_bytes(gzip.compress(text) if kind == "gzip" else text[:-1] if kind == "no end" else text)
    table = read_alleles(path)
    assert rows_of(table) == ROWS
    assert table["index"].tolist() == list(range(7))
    assert table["line"].tolist() == [3, 3, 4, 5, 6, 6, 7]
    assert table["allele"].tolist() == [1, 2, 1, 1, 1, 2, 1]


def test_lines_come_in_pieces_of_any_size(tmp_path):
    lines = [f"1\t{number + 1}\trs{number}\tA\tC\t.\t.\tX={'y' * (number % 300)}\n" for number in range(40_000)]
    (tmp_path / "x.vcf").write_text(TOP + PLAIN + "".join(lines))
    table = read_alleles(tmp_path / "x.vcf")
    assert table["pos"].tolist() == list(range(1, 40_001))
    assert table["name"].iloc[-1] == "rs39999"


def as_bcf(path, text):
    (path.parent / "x.vcf").write_text(text)
    with (
        pysam.VariantFile(str(path.parent / "x.vcf")) as source,
        pysam.VariantFile(str(path), "wb", header=source.header) as out,
    ):
        for record in source:
            out.write(record)


def test_a_bcf_gives_the_same_as_the_vcf_it_was_made_from(tmp_path):
    contigs = "##contig=<ID=1,length=100>\n##contig=<ID=2,length=50>\n"
    more = (
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="x">\n##INFO=<ID=END,Number=1,Type=Integer,Description="x">\n'
    )
    filters = '##FILTER=<ID=q10,Description="x">\n'
    as_bcf(tmp_path / "x.bcf", TOP + contigs + more + filters + PLAIN + RECORDS.replace("\ta\tg", "\tA\tG"))
    table = read_alleles(tmp_path / "x.bcf")
    assert rows_of(table) == ROWS
    assert table["line"].tolist() == [1, 1, 2, 3, 4, 4, 5], "records of a binary file are counted"


@pytest.mark.parametrize("n_kept", [300, -40])
def test_a_bcf_that_was_cut_is_refused(tmp_path, n_kept):
    contigs = "##contig=<ID=1,length=100000>\n"
    lines = "".join(f"1\t{number + 1}\t.\tA\tC\t.\t.\t.\n" for number in range(9000))
    as_bcf(tmp_path / "x.bcf", TOP + contigs + PLAIN + lines)
    data = (tmp_path / "x.bcf").read_bytes()
    (tmp_path / "x.bcf").write_bytes(data[:n_kept])
    with pytest.raises(FormatError, match=r"cut short|cannot be read|too early"):
        read_alleles(tmp_path / "x.bcf")


@pytest.mark.parametrize("cut", [-1, -12])
def test_a_gzip_that_was_cut_is_refused(tmp_path, cut):
    data = gzip.compress((TOP + PLAIN + RECORDS * 300).encode())
    (tmp_path / "x.vcf.gz").write_bytes(data[:cut])
    with pytest.raises(FormatError, match="too early"):
        read_alleles(tmp_path / "x.vcf.gz")


def test_a_text_that_ends_within_a_line_is_refused(tmp_path):
    (tmp_path / "x.vcf").write_text(TOP + PLAIN + "1\t5\t.\tA\tG\t.\t.\t.\n1\t6\t.\tAC\tG")
    with pytest.raises(FormatError, match="line 4: the file ends within this line: 5 of 8 columns"):
        read_alleles(tmp_path / "x.vcf")


def test_samples_of_any_ploidy_say_which_alleles_are_carried(tmp_path):
    body = "1\t5\t.\tA\tG,T,C\t.\t.\t.\tGT:DP\t0|1:3\t.\n1\t6\t.\tA\tG\t.\t.\t.\tDP:GT\t3:0\t2:0/0/0\n"
    body += "1\t7\t.\tA\tG,C\t.\t.\t.\tGT\t./2/0\t2\n1\t8\t.\tA\tG\t.\t.\t.\tDP\t3\t1\n"
    (tmp_path / "x.vcf").write_text(TOP + WITH_SAMPLES + body)
    assert read_alleles(tmp_path / "x.vcf")["status"].eq("ok").all()
    statuses = read_alleles(tmp_path / "x.vcf", carried_only=True)["status"].tolist()
    no = "not_carried"
    assert statuses == ["ok", no, no, no, no, "ok", no]


def test_carriers_need_samples(tmp_path):
    (tmp_path / "x.vcf").write_text(TOP + PLAIN + RECORDS)
    with pytest.raises(FormatError, match="line 3: there are no samples"):
        read_alleles(tmp_path / "x.vcf", carried_only=True)


@pytest.mark.parametrize(
    "text",
    [
        "CHROM\tPos\tREF\tAlt\trsID\n1\t5\ta\tG\trs1\n2\t1,000\tC\tCT\trs2\n",
        "chr,pos,ref,alt,name\n1,5,A,G,rs1\n2,1000,C,CT,rs2\n",
        "alt ref position  contig snp\nG A 5 1 rs1\nCT C 1000 2 rs2\n",
        "# made by hand\n".replace("# ", "##")
        + "#chrom\tpos\tref\talt\tname\n1\t5\tA\tG\trs1\n\n2\t1000\tC\tCT\trs2\n",
    ],
)
def test_plain_tables_are_read_too(tmp_path, text):
    (tmp_path / "v.tsv").write_text(text)
    assert rows_of(read_alleles(tmp_path / "v.tsv")) == [
        ("1", 5, "A", "G", "rs1", "ok"),
        ("2", 1000, "C", "CT", "rs2", "ok"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("chrom\tpos\tref\n1\t5\tA\n", "line 1: .* this has no alt"),
        ("1\t5\tA\tG\n", "line 1: .* this has no chrom, pos, ref, alt"),
        ("chrom\tpos\tref\talt\n1\tfive\tA\tG\n", "line 2: POS must be a whole number from 1 on; got 'five'"),
        ("chrom\tpos\tref\talt\n1\t0\tA\tG\n", "line 2: POS must be a whole number from 1 on"),
        ("chrom\tpos\tref\talt\n1\t5\tA\n", "line 2: the header has 4 columns, this line 3"),
        ("chrom\tpos\tref\talt\n", "no variant in this file, only a header"),
        ("", "empty"),
        (TOP + PLAIN, "no variant in this file, only a header"),
        (TOP + PLAIN + "1\t5\t.\tA\n", "line 3: a line needs at least 5 columns"),
    ],
)
def test_what_is_no_file_of_variants_is_told_with_its_line(tmp_path, text, says):
    (tmp_path / "v.tsv").write_text(text)
    with pytest.raises(InputError, match=says):
        read_alleles(tmp_path / "v.tsv")
