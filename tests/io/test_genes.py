"""Genes from any annotation: the same genes in every format say the same, measured files keep what they hold."""

import gzip

import pytest

from cisgram.errors import CisgramWarning, EmptySetError, FormatError
from cisgram.genomics.genes import GENE_COLUMNS
from cisgram.io.genes import read_gene_list, read_genes

GTF_TAIL = 'gene_id "Y1"; gene_name "TFC3"; note "a; b";'
FORMATS = {
    "GTF": f"#!genome x\nI\tsgd\tgene\t101\t200\t.\t+\t.\t{GTF_TAIL}\nI\tsgd\texon\t101\t150\t.\t+\t.\t{GTF_TAIL}\n"
    'I\tsgd\tgene\t301\t400\t.\t-\t.\tgene_id "Y2";\n',
    "GTF of transcripts": f'I\tx\ttranscript\t101\t200\t.\t+\t.\t{GTF_TAIL} transcript_id "T1";\n'
    'I\tx\ttranscript\t301\t400\t.\t-\t.\tgene_id "Y2"; transcript_id "T2";\n',
    "GTF of exons": f'I\tx\texon\t151\t200\t.\t+\t.\t{GTF_TAIL} transcript_id "T1";\n'
    f'I\tx\texon\t101\t120\t.\t+\t.\t{GTF_TAIL} transcript_id "T1";\n'
    'I\tx\texon\t301\t400\t.\t-\t.\tgene_id "Y2"; transcript_id "T2";\n',
    "GFF3 of Ensembl": "##gff-version 3\n#\nI\te\tchromosome\t1\t900\t.\t.\t.\tID=chromosome:I\n"
    "I\te\tgene\t101\t200\t.\t+\t.\tID=gene:Y1;Name=TFC3;biotype=protein_coding;gene_id=Y1\n"
    "I\te\tmRNA\t101\t200\t.\t+\t.\tID=transcript:Y1_mRNA;Parent=gene:Y1\n"
    "I\te\tncRNA_gene\t301\t400\t.\t-\t.\tID=gene:Y2;gene_id=Y2\n",
    "GFF3 of SGD": "I\tSGD\tgene\t101\t200\t.\t+\t.\tID=Y1;Name=Y1;gene=TFC3;Note=a%3B b\n"
    "I\tSGD\tgene\t301\t400\t.\t-\t.\tID=Y2;Name=Y2\n##FASTA\n>I\nACGT\n",
    "GFF3 of NCBI": "I\tRefSeq\tgene\t101\t200\t.\t+\t.\tID=gene-Y1;Name=TFC3;gene=TFC3;locus_tag=Y1\n"
    "I\tRefSeq\tpseudogene\t301\t400\t.\t-\t.\tID=gene-Y2;Name=Y2;locus_tag=Y2\n",
}
BY_NAME = {
    "BED": "track name=x\nI\t100\t200\tTFC3\t0\t+\nI\t300\t400\tY2\t0\t-\n",
    "BED12": "I\t100\t200\tTFC3\t0\t+\t100\t200\t0\t1\t100,\t0,\nI\t300\t400\tY2\t0\t-\t300\t400\t0\t1\t100,\t0,\n",
    "genePred": "TFC3\tI\t+\t100\t200\t110\t190\t1\t100,\t200,\nY2\tI\t-\t300\t400\t300\t400\t1\t300,\t400,\n",
    "genePredExt with bin": "#bin\tname\tchrom\tstrand\n"
    "585\tT1\tI\t+\t100\t200\t110\t190\t1\t100,\t200,\t0\tTFC3\tcmpl\tcmpl\t0,\n"
    "585\tT2\tI\t-\t300\t400\t300\t400\t1\t300,\t400,\t0\tY2\tcmpl\tcmpl\t0,\n",
    "refFlat": "TFC3\tT1\tI\t+\t100\t200\t110\t190\t1\t100,\t200,\nY2\tT2\tI\t-\t300\t400\t300\t400\t1\t300,\t400,\n",
}


def read(folder, text, *, is_packed=False):
    path = folder / "annotation"
    path.write_bytes(gzip.compress(text.encode()) if is_packed else text.encode())
    return read_genes(path)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
def test_formats_with_identifiers_say_the_same(tmp_path, name, is_packed):
    found = read(tmp_path, FORMATS[name], is_packed=is_packed)
    assert tuple(found) == GENE_COLUMNS
    assert found.to_numpy().tolist() == [
        ["I", 100, 200, "Y1", "TFC3", "+", 100],
        ["I", 300, 400, "Y2", "Y2", "-", 399],
    ]


@pytest.mark.parametrize("name", BY_NAME)
def test_formats_with_one_name_say_the_same(tmp_path, name):
    assert read(tmp_path, BY_NAME[name]).to_numpy().tolist() == [
        ["I", 100, 200, "TFC3", "TFC3", "+", 100],
        ["I", 300, 400, "Y2", "Y2", "-", 399],
    ]


def test_windows_line_ends_are_read_alike(tmp_path):
    for text in (FORMATS["GTF"], FORMATS["GFF3 of SGD"], BY_NAME["BED"]):
        assert read(tmp_path, text).equals(read(tmp_path, text.replace("\n", "\r\n")))


def test_transcripts_of_a_gene_with_one_start_stay_apart_and_equal_rows_are_one(tmp_path):
    row = 'I\tx\ttranscript\t101\t{}\t.\t+\t.\tgene_id "Y1";\n'
    assert read(tmp_path, row.format(200) + row.format(200) + row.format(300))["end"].tolist() == [200, 300]


@pytest.mark.parametrize(
    ("name", "n_rows", "first"),
    [
        ("Scer_polIItranscripts-adjustedTSS", 6445, ["chrI", 334, 649, "YAL069W", "YAL069W", "+", 334]),
        ("Scer_transcripts_w_verifiedORFs", 5088, ["chrI", 147593, 151166, "TFC3", "TFC3", "-", 151165]),
    ],
)
def test_transcripts_of_yeast_are_read_whole(data_folder, name, n_rows, first):
    genes = read_genes(data_folder / "yeast" / "annotation" / f"{name}.bed.gz")
    assert len(genes) == n_rows
    assert genes.iloc[0].tolist() == first


def test_rows_without_strand_or_name_are_left_out_with_a_warning(tmp_path):
    with pytest.warns(CisgramWarning, match="2 rows without a strand or a name are left out"):
        genes = read(tmp_path, "I\t1\t9\ta\t0\t+\nI\t1\t9\tb\t0\t.\nI\t1\t9\t.\t0\t+\n")
    assert genes["gene"].tolist() == ["a"]
    with pytest.warns(CisgramWarning, match="1 rows without a strand"):
        read(tmp_path, FORMATS["GTF"] + 'I\tsgd\tgene\t1\t2\t.\t.\t.\tgene_id "Y3";\n')
    with pytest.raises(EmptySetError, match="1 without a strand or a name"):
        read(tmp_path, "I\t1\t9\tb\t0\t.\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("I\t1\t9\n", r"genes are read from GTF, GFF3, BED .*; the first row is 'I\\t1\\t9'"),
        (">I\nACGT\n", "genes are read from GTF"),
        ("#only\n", "there is no row in this file"),
        (FORMATS["GTF"] + "I\tx\tgene\t5\n", "line 5: GTF and GFF3 have nine columns parted by tabs; got 4"),
        ("I\tx\tgene\t0\t9\t.\t+\t.\tID=a\n", "line 1: start and end must be .* 1 <= start <= end; got 0, 9"),
        ("I\tx\tgene\t8\t7\t.\t+\t.\tID=a\n", "line 1: start and end must be"),
        ("I\tx\tgene\t1\t9\t.\t+\t.\tnote=a\n", "line 1: a gene needs a gene_id or an ID among its attributes"),
        ("I\tx\tCDS\t1\t9\t.\t+\t.\tID=a\n", "no row of a gene, a transcript or an exon; types are CDS"),
        ("I\tx\tgene\t1\t9\t.\t.\t.\tID=a\n", "none of the 1 genes has a strand"),
        (BY_NAME["refFlat"].replace("300\t400\t300", "400\t300\t300"), "line 2: a gene needs 0 <= txStart < txEnd"),
    ],
    ids=range(10),
)
def test_what_is_no_annotation_is_refused(tmp_path, text, message):
    with pytest.raises(FormatError, match=message):
        read(tmp_path, text)


def test_a_list_has_one_gene_per_line(tmp_path):
    path = tmp_path / "genes.txt"
    path.write_text('# my genes\r\nGAL1\r\n\r\n"ARG5,6"\tkinase\r\n  YBR019C , x\r\nGAL7,\r\n')
    assert read_gene_list(path) == ["GAL1", "ARG5,6", "YBR019C", "GAL7"]
    path.write_text("# nothing\n")
    with pytest.raises(FormatError, match="names no gene"):
        read_gene_list(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match="must be text in UTF-8"):
        read_gene_list(path)
