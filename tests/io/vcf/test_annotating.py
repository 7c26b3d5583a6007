"""The same records out again, with more in their INFO; pysam reads them."""

import numpy as np
import pysam
import pytest

from cisgram.errors import InputError
from cisgram.io.vcf import InfoField, annotate_vcf, read_alleles

TEXT = """##fileformat=VCFv4.3
##source=somebody
##contig=<ID=2,length=100>
##contig=<ID=1,length=100>
##INFO=<ID=DP,Number=1,Type=Integer,Description="depth">
##INFO=<ID=FLAG,Number=0,Type=Flag,Description="flag">
##INFO=<ID=diff_sum,Number=1,Type=Float,Description="of yesterday">
##FILTER=<ID=q10,Description="low">
##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tanna
2\t7\trs7\tACG\tA,ACGT\t30\tPASS\tDP=3;FLAG\tGT\t0/1/2
1\t5\t.\tA\tG\t.\tq10\t.\tGT\t1
2\t7\trs7\tACG\tA\t30\tPASS\tDP=3;diff_sum=7\tGT\t0|0
"""
FIELDS = [InfoField("diff_sum", "Float", 'ALT - REF, "mean" of folds'), InfoField("status", "String", "what it is")]
VALUES = {"diff_sum": np.array([0.25, np.nan, np.nan, -1e-9]), "status": ["ok", "failed:a, b; c=d", None, "ok"]}


@pytest.mark.parametrize("name", ["out.vcf", "out.vcf.gz"])
def test_records_stay_and_info_is_added(tmp_path, name):
    (tmp_path / "in.vcf").write_text(TEXT)
    annotate_vcf(tmp_path / "in.vcf", tmp_path / name, fields=FIELDS, values=VALUES)
    with pysam.VariantFile(str(tmp_path / name)) as file:
        assert file.header.info["diff_sum"].number == "A"
        assert file.header.info["diff_sum"].description == "ALT - REF, 'mean' of folds"
        records = list(file)
    assert [(one.chrom, one.pos, one.id, one.ref, one.alts) for one in records] == [
        ("2", 7, "rs7", "ACG", ("A", "ACGT")),
        ("1", 5, None, "A", ("G",)),
        ("2", 7, "rs7", "ACG", ("A",)),
    ]
    assert records[0].info["diff_sum"] == (0.25, None)
    assert records[0].info["status"] == ("ok", "failed:a%2C_b%3B_c%3Dd")
    assert records[0].info["DP"] == 3
    assert records[0].info["FLAG"]
    assert not dict(records[1].info)
    assert records[2].info["diff_sum"] == pytest.approx((-1e-9,)), "of yesterday is replaced"
    assert records[0].samples["anna"].allele_indices == (0, 1, 2)
    assert list(records[1].filter) == ["q10"]


def test_columns_other_than_info_are_the_same_to_the_letter(tmp_path):
    (tmp_path / "in.vcf").write_text(TEXT)
    annotate_vcf(tmp_path / "in.vcf", tmp_path / "out.vcf", fields=FIELDS, values=VALUES)
    before, after = ((tmp_path / name).read_text().splitlines() for name in ("in.vcf", "out.vcf"))
    for one, other in zip(before[-3:], after[-3:], strict=True):
        assert [*one.split("\t")[:7], *one.split("\t")[8:]] == [*other.split("\t")[:7], *other.split("\t")[8:]]
    assert [line for line in before if line.startswith("##") and "diff_sum" not in line] == [
        line for line in after if line.startswith("##") and "diff_sum" not in line and "status" not in line
    ]


def test_a_plain_table_becomes_a_vcf(tmp_path):
    (tmp_path / "in.tsv").write_text("chrom\tpos\tref\talt\tname\n1\t5\tA\tG\trs1\n")
    annotate_vcf(tmp_path / "in.tsv", tmp_path / "out.vcf", fields=FIELDS[:1], values={"diff_sum": [0.5]})
    assert (tmp_path / "out.vcf").read_text().splitlines()[-1] == "1\t5\trs1\tA\tG\t.\t.\tdiff_sum=0.5"
    assert read_alleles(tmp_path / "out.vcf")["name"].tolist() == ["rs1"]


def test_a_vcf_with_five_columns_gets_the_others(tmp_path):
    (tmp_path / "in.vcf").write_text("#CHROM\tPOS\tID\tREF\tALT\n1\t5\t.\tA\tG\n")
    annotate_vcf(tmp_path / "in.vcf", tmp_path / "out.vcf", fields=FIELDS[:1], values={"diff_sum": [0.5]})
    lines = (tmp_path / "out.vcf").read_text().splitlines()
    assert lines[-2].split("\t") == ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    assert lines[-1].split("\t") == ["1", "5", ".", "A", "G", ".", ".", "diff_sum=0.5"]


@pytest.mark.parametrize("n", [3, 5])
def test_values_must_be_as_many_as_alleles(tmp_path, n):
    (tmp_path / "in.vcf").write_text(TEXT)
    with pytest.raises(InputError, match="alleles"):
        annotate_vcf(tmp_path / "in.vcf", tmp_path / "out.vcf", fields=FIELDS[:1], values={"diff_sum": [1.0] * n})
    assert not (tmp_path / "out.vcf").exists()


def test_fields_need_values_and_a_name_that_vcf_allows(tmp_path):
    (tmp_path / "in.vcf").write_text(TEXT)
    with pytest.raises(InputError, match="no values for the fields status"):
        annotate_vcf(tmp_path / "in.vcf", tmp_path / "out.vcf", fields=FIELDS, values={"diff_sum": [0.0] * 4})
    with pytest.raises(InputError, match="letters, digits"):
        InfoField("a-b", "Float", "x")
