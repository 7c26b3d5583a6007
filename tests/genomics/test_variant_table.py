"""Every allele keeps its row, with a status that says what is the matter with it."""

import numpy as np
import pytest

from cisgram.errors import CisgramWarning, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode, encode
from cisgram.genomics.variant import Variant
from cisgram.genomics.variant_table import (
    ALLELE_COLUMNS,
    SCORED,
    STATUSES,
    allele_table,
    check_alleles,
    count_statuses,
    first_status,
)


@pytest.fixture
def genome():
    codes = np.random.default_rng(1).integers(0, 4, 400).astype(np.uint8)
    codes[100:120] = encode("CACACACACACACACACACA")
    codes[99], codes[120] = encode("GT")
    codes[200:210] = 4
    return Genome.from_codes({"chrI": codes, "chrII": codes[:50]})


def base(genome, pos, chrom="chrI"):
    return decode(genome.codes(chrom, pos - 1, pos))


def other(letter):
    return "ACGT"[("ACGT".index(letter) + 1) % 4]


def test_each_kind_of_allele_has_its_status(genome):
    here = base(genome, 10)
    rows = [
        ("chrI", 10, here, other(here)),
        ("chrI", 10, here.lower(), other(here).lower(), "again"),
        ("chrI", 10, other(here), here, "turned"),
        ("chrI", 10, other(here), other(other(here)), "wrong"),
        ("chrI", 10, here, "<DEL>"),
        ("chrI", 10, here, "*"),
        ("chrI", 10, here, "."),
        ("chrI", 10, here, "G]chr2:5]"),
        ("chrI", 401, "A", "C"),
        ("chrII", 50, base(genome, 50, "chrII") + "A", "C"),
        ("chrI", 205, "A", "C"),
        ("chrI", 10, here, here),
        ("chrI", 10, here, "R"),
        ("chrI", 10, here, "N"),
    ]
    checked = check_alleles(allele_table(rows), genome)
    assert checked.table["status"].tolist() == [
        "ok",
        "duplicate",
        "ref_swapped",
        "ref_mismatch",
        *["symbolic"] * 4,
        "beyond_contig",
        "beyond_contig",
        "in_unknown_bases",
        "failed:ALT is REF",
        "failed:ALT has other letters than A, C, G, T, N",
        "failed:ALT has N",
    ]
    assert tuple(checked.table.columns) == ALLELE_COLUMNS
    assert [one is not None for one in checked.changes] == checked.table["status"].isin(SCORED).tolist()
    assert checked.changes[2] == Variant("chrI", 9, here, other(here), "turned")
    assert count_statuses(checked.table)["symbolic"] == 4
    assert all(status in STATUSES or status.startswith("failed:") for status in checked.table["status"])


def test_names_of_contigs_may_differ_and_an_unknown_one_is_told(genome):
    rows = [("1", 10, base(genome, 10), other(base(genome, 10))), ("7", 3, "A", "C")]
    with pytest.warns(CisgramWarning, match="1 = chrI"):
        checked = check_alleles(allele_table(rows), genome)
    assert checked.table["status"].tolist() == ["ok", "unknown_contig"]
    assert checked.table["chrom"].tolist() == ["1", "7"], "names stay those of the file"
    assert checked.changes[0].chrom == "chrI"


def test_no_contig_in_common_gives_a_status_too(genome):
    checked = check_alleles(allele_table([("scaffold", 3, "A", "C")]), genome)
    assert checked.table["status"].tolist() == ["unknown_contig"]


def test_one_deletion_written_in_two_places_of_a_repeat_is_the_same(genome):
    checked = check_alleles(allele_table([("chrI", 118, "ACA", "A"), ("chrI", 100, "GCA", "G")]), genome)
    assert checked.table["status"].tolist() == ["ok", "duplicate"]
    assert checked.changes[0] == checked.changes[1] == Variant("chrI", 99, "GCA", "G")


def test_an_allele_with_a_status_of_its_own_keeps_it(genome):
    table = allele_table([("chrI", 10, base(genome, 10), other(base(genome, 10)))]).assign(status="not_carried")
    assert check_alleles(table, genome).table["status"].tolist() == ["not_carried"]


def test_a_table_of_something_else_is_refused(genome):
    with pytest.raises(InputError, match="it lacks \\['status'\\]"):
        check_alleles(allele_table([("chrI", 1, "A", "C")]).drop(columns="status"), genome)


def test_sequences_with_n_in_ref_have_no_status_of_their_own():
    assert first_status("N", "A") == "ok", "the genome decides: it has N there, or another base"
