import pytest

from cisgram.errors import CisgramWarning, FormatError, InputError
from cisgram.genomics.variant import Variant
from cisgram.run.experiments.variants import parse_variant, read_variants, with_contigs_of


@pytest.mark.parametrize("word", ["chr1:12345:A:G", "chr1:12,345:a>g", " chr1:12345:A/G "])
def test_a_variant_is_read_from_one_word(word):
    assert parse_variant(word) == Variant("chr1", 12344, "A", "G")


@pytest.mark.parametrize("word", ["chr1:12345", "chr1-12345-A-G", "chr1:x:A:G", "", "chr1:5:A:<DEL>"])
def test_other_words_are_refused(word):
    with pytest.raises(InputError, match="a variant looks like chr1:12345:A:G"):
        parse_variant(word)


def test_positions_are_counted_from_1():
    with pytest.raises(InputError, match="start of a variant must be at least 0"):
        parse_variant("chr1:0:A:G")


def test_tables_and_words_are_read_in_order(tmp_path):
    (tmp_path / "v.tsv").write_text("CHROM\tpos\tref\talt\tname\n1\t10\tT\tTA\trs5\n")
    found = read_variants(["chr2:4:C:G", str(tmp_path / "v.tsv")])
    assert found == [Variant("chr2", 3, "C", "G"), Variant("1", 9, "T", "TA", "rs5")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("chrom\tpos\tref\n1\t10\tT\n", r"it lacks \['alt'\]"),
        ("chrom\tpos\tref\talt\n1\t10\tT\tT\n", "row 1 is no variant: ref and alt of a variant must differ"),
        ("chrom\tpos\tref\talt\n1\tten\tT\tA\n", "row 1 is no variant"),
        ("chrom\tpos\tref\talt\n", "only a header"),
    ],
)
def test_tables_that_hold_something_else_are_refused(tmp_path, text, says):
    (tmp_path / "v.tsv").write_text(text)
    with pytest.raises(FormatError, match=says):
        read_variants([str(tmp_path / "v.tsv")])


def test_contigs_get_the_names_of_the_genome():
    variants = [Variant("1", 3, "A", "C")]
    with pytest.warns(CisgramWarning, match="1 = chr1"):
        assert with_contigs_of(variants, {"chr1": 10})[0].chrom == "chr1"
    assert with_contigs_of(variants, {"scaffold_7": 10})[0].chrom == "1"
