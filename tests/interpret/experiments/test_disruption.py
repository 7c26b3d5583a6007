import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode, encode
from cisgram.genomics.variant import Variant
from cisgram.interpret.experiments.disruption import VARIANT_COLUMNS, compare_alleles, disruption_table

WORD = "GATTACA"
WEIGHTS = np.random.default_rng(1).uniform(1, 2, 7).astype(np.float32)


class OneFilter(torch.nn.Module):
    """The best place of a single motif, with a weight per column."""

    def __init__(self):
        super().__init__()
        one_hot = torch.nn.functional.one_hot(torch.from_numpy(encode(WORD)).long(), 4).T.float()
        self.filter = torch.nn.Conv1d(4, 1, 7, bias=False)
        self.filter.weight.data = (one_hot * torch.from_numpy(WEIGHTS))[None]

    def forward(self, sequences):
        return self.filter(sequences).amax(dim=2)


@pytest.fixture
def genome():
    flank = "C" * 40
    return Genome.from_codes({"I": encode(flank + WORD + flank), "II": encode("ACGT")})


def ask(genome, variants):
    return compare_alleles(OneFilter(), genome, variants, length_bp=30, scores=[lambda out: out])


@pytest.mark.parametrize("column", range(7))
def test_disrupting_a_planted_motif_costs_the_weight_of_the_base_that_goes(genome, column):
    alt = "G" if WORD[column] != "G" else "T"
    found = ask(genome, [Variant("I", 40 + column, WORD[column], alt)])
    assert found.before[0, 0] == pytest.approx(WEIGHTS.sum(), rel=1e-6)
    assert found.after[0, 0] - found.before[0, 0] == pytest.approx(-WEIGHTS[column], rel=1e-5)


def test_the_variant_stands_in_the_middle_and_a_deletion_takes_the_motif_apart(genome):
    found = ask(genome, [Variant("I", 42, "TTA", "T")])
    assert decode(found.ref_codes[0])[13:20] == WORD
    assert decode(found.alt_codes[0])[13:18] == "GATCA"
    assert found.after[0, 0] < found.before[0, 0] - WEIGHTS.min()


def test_variants_that_do_not_fit_keep_their_row_and_say_why(genome):
    variants = [
        Variant("I", 40, "T", "A", "rs1"),
        Variant("I", 40, "A", "G"),
        Variant("I", 40, "G", "T"),
        Variant("X", 40, "A", "G"),
        Variant("II", 3, "TA", "G"),
    ]
    found = ask(genome, variants)
    table = disruption_table(found, variants, tracks=["x"])
    assert tuple(table.columns) == VARIANT_COLUMNS
    assert table["status"].tolist() == [
        "ref differs: the genome has G",
        "ref and alt are swapped: the genome has G",
        "ok",
        "the genome has no contig X",
        "beyond the end of II (4 bp)",
    ]
    assert table["effect"].notna().tolist() == [False, False, True, False, False]
    assert table["effect"][2] == pytest.approx(-WEIGHTS[0], rel=1e-5)
    assert table.loc[0, ["variant", "name"]].tolist() == ["I:41:T>A", "rs1"]


def test_variants_of_which_none_fits_have_rows_as_well(genome):
    variants = [Variant("X", 40, "A", "G")]
    table = disruption_table(ask(genome, variants), variants, tracks=["x"])
    assert len(table) == 1
    assert table["before"].isna().all()


def test_no_variants_are_refused(genome):
    with pytest.raises(InputError, match="at least one variant"):
        ask(genome, [])
