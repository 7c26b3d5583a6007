"""A table in, a table out: no allele is lost, and one that fails harms no other."""

import numpy as np
import pandas as pd
import pytest
from torch import nn

from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, InputError
from cisgram.genomics.genes import gene_table
from cisgram.genomics.genome import Genome
from cisgram.genomics.variant_table import allele_table
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.score_table import SCORE_KEY_COLUMNS, check_for_model, iterate_scores, score_variants
from cisgram.interpret.variants.scores import DEFAULT_SCORES

from .conftest import BIN, LENGTH, ToyBins, deletion, insertion, snv

MODELS = ["bins_model", "bases_model", "window_model", "pairs_model"]


def mixed_rows(genome):
    return [
        snv(genome, 300),
        ("I", 310, "A", "<DEL>"),
        deletion(genome, 305, 2),
        snv(genome, 100, "II"),
        insertion(genome, 299, "TT"),
        ("I", 705, "A", "C"),
        snv(genome, 3),
        snv(genome, 300),
        ("I", 2000, "A", "C"),
        ("I", 300, snv(genome, 300, step=2)[3], snv(genome, 300, step=3)[3]),
    ]


STATUSES = [
    "ok", "symbolic", "ok", "ok", "ok", "in_unknown_bases", "near_edge", "duplicate", "beyond_contig", "ref_mismatch",
]  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_every_allele_has_a_row_per_track(name, genome, request):
    model = request.getfixturevalue(name)
    table = score_variants(model, allele_table(mixed_rows(genome)), genome)
    assert tuple(table.columns) == (*SCORE_KEY_COLUMNS, *DEFAULT_SCORES[model.name])
    assert table["status"].tolist() == list(np.repeat(STATUSES, model.n_tracks))
    assert table["track"].tolist() == list(model.track_names) * len(STATUSES)
    assert table["index"].tolist() == list(np.repeat(range(10), model.n_tracks))
    is_scored = table["status"].isin(["ok", "near_edge", "duplicate"])
    first = DEFAULT_SCORES[model.name][0]
    assert table.loc[is_scored, first].notna().all()
    assert table.loc[~is_scored, list(DEFAULT_SCORES[model.name])].isna().all(axis=None)
    n = model.n_tracks
    pd.testing.assert_frame_equal(
        table.iloc[:n, 8:].reset_index(drop=True), table.iloc[7 * n : 8 * n, 8:].reset_index(drop=True)
    )


def test_effects_are_those_of_the_changed_window(bins_model, genome):
    """Counted from the genome: an SNV changes A and T of one bin."""
    row = snv(genome, 300)
    config = VariantConfig(scores=("diff_sum", "max_abs"), snap_bp=1)
    found = score_variants(bins_model, allele_table([row]), genome, config=config)
    start = (299 - LENGTH // 2) // BIN * BIN
    at = (299 - start) // BIN * BIN + start
    codes = genome.codes("I", at, at + BIN).copy()
    before = np.array([(codes == 0).sum(), (codes == 3).sum()])
    codes[299 - at] = "ACGT".index(row[3])
    after = np.array([(codes == 0).sum(), (codes == 3).sum()])
    expected = np.log1p(np.exp(after)) - np.log1p(np.exp(before))
    np.testing.assert_allclose(found["diff_sum"], expected, atol=1e-5)
    np.testing.assert_allclose(found["max_abs"], np.abs(expected), atol=1e-5)


def test_a_swapped_allele_has_the_opposite_effect(bins_model, genome):
    chrom, pos, ref, alt = snv(genome, 300)
    rows = [(chrom, pos, ref, alt), (chrom, pos, alt, ref)]
    table = score_variants(bins_model, allele_table(rows), genome)
    assert table["status"].tolist() == ["ok", "ok", "ref_swapped", "ref_swapped"]
    np.testing.assert_array_equal(table["diff_sum"][:2], -table["diff_sum"][2:])
    np.testing.assert_array_equal(table["ref_sum"][:2], table["alt_sum"][2:])


@pytest.mark.parametrize("rows_at_once", [1, 3, 10])
def test_results_do_not_depend_on_how_many_go_together(bins_model, genome, rows_at_once):
    table = allele_table(mixed_rows(genome))
    whole = score_variants(bins_model, table, genome)
    config = VariantConfig(rows_at_once=rows_at_once, batch_size=2)
    pd.testing.assert_frame_equal(score_variants(bins_model, table, genome, config=config), whole)


def test_a_stopped_work_goes_on_from_a_row(bins_model, genome):
    config = VariantConfig(rows_at_once=4)
    checked = check_for_model(allele_table(mixed_rows(genome)), genome, bins_model, config=config)
    told = []
    whole = list(iterate_scores(bins_model, checked, genome, config=config))
    rest = list(
        iterate_scores(
            bins_model,
            checked,
            genome,
            config=config,
            first_row=4,
            progress=lambda done, todo: told.append((done, todo)),
        )
    )
    assert [part.rows for part in whole] == [range(4), range(4, 8), range(8, 10)]
    assert told == [(8, 10), (10, 10)]
    for one, other in zip(whole[1:], rest, strict=True):
        pd.testing.assert_frame_equal(one.scores, other.scores)


def test_only_the_region_around_the_variant_counts(bases_model, genome):
    row = next(one for one in (snv(genome, pos) for pos in range(300, 330)) if one[2:] == ("A", "C"))
    config = VariantConfig(scores=("l1_diff", "max_abs", "ref_sum"), region_bp=1, both_strands=False)
    table = score_variants(bases_model, allele_table([row]), genome, config=config)
    # One base on two strands: the difference is at most the largest one on either.
    assert table["l1_diff"][0] <= 2 * table["max_abs"][0] + 1e-12
    whole = VariantConfig(scores=("l1_diff", "ref_sum"), both_strands=False)
    other = score_variants(bases_model, allele_table([row]), genome, config=whole)
    assert table["ref_sum"][0] < other["ref_sum"][0] / 10
    assert table["l1_diff"][0] < other["l1_diff"][0]


def test_tracks_are_chosen_by_name(bins_model, genome):
    table = allele_table(mixed_rows(genome))
    whole = score_variants(bins_model, table, genome)
    own = score_variants(bins_model, table, genome, config=VariantConfig(tracks=("T",)))
    pd.testing.assert_frame_equal(own, whole[whole["track"] == "T"].reset_index(drop=True))
    with pytest.raises(ConfigError, match="no tracks X; it has A, T"):
        score_variants(bins_model, table, genome, config=VariantConfig(tracks=("X",)))


class Fragile(ToyBins):
    """Fails where it reads more than a few C next to each other."""

    def forward(self, one_hot):
        n = nn.functional.avg_pool1d(one_hot[:, 1:2], 6, 1) * 6
        if (n > 5.5).any():
            raise RuntimeError("six C")
        return super().forward(one_hot)


def test_a_variant_that_fails_harms_no_other():
    codes = np.random.default_rng(0).choice(np.array([0, 2, 3], np.uint8), 1000)
    genome = Genome.from_codes({"I": codes})
    model = VariantModel((Fragile().eval(),), "basenji", ("A", "T"), strand_pairs=(1, 0))
    rows = [snv(genome, 300, step=2), insertion(genome, 310, "CCCCCC"), deletion(genome, 320, 1)]
    rows[0] = (*rows[0][:3], "A" if rows[0][2] != "A" else "T")
    with_it = score_variants(model, allele_table(rows), genome)
    assert with_it["status"].tolist()[::2] == ["ok", "failed:RuntimeError: six C", "ok"]
    assert with_it["diff_sum"].isna().tolist() == [False, False, True, True, False, False]
    without = score_variants(model, allele_table([rows[0], rows[2]]), genome)
    np.testing.assert_array_equal(with_it["diff_sum"].dropna(), without["diff_sum"])
    with pytest.raises(InputError, match="no variant could be predicted; the first failure: six C"):
        score_variants(model, allele_table(rows[1:2]), genome)


def test_where_nothing_can_be_scored_the_reasons_are_counted(bins_model, genome):
    rows = [("I", 5, "A", "<DUP>"), ("I", 5000, "A", "C"), ("I", 5001, "A", "C")]
    with pytest.raises(EmptySetError, match="2 beyond_contig, 1 symbolic"):
        score_variants(bins_model, allele_table(rows), genome)


def test_another_assembly_is_suspected_aloud(bins_model, genome):
    other = Genome.from_codes({"I": np.random.default_rng(99).integers(0, 4, 1000).astype(np.uint8)})
    table = allele_table([snv(other, pos) for pos in range(100, 600, 7)])
    with pytest.warns(CisgramWarning, match="reference alleles are what the genome has .* another assembly"):
        found = score_variants(bins_model, table, genome)
    assert len(found) == 2 * len(table)


def test_genes_near_a_variant_are_scored_by_the_bins_of_their_starts(bins_model, genome):
    genes = gene_table(["I", "I", "II", "I"], [299, 200, 290, 304], [390, 307, 400, 380],
                       strand=["+", "-", "+", "+"], gene=["a", "b", "c", "d"], name=["A", "B", "C", "D"])  # fmt: skip
    row = snv(genome, 300)
    config = VariantConfig(scores=("diff_sum", "SED", "SEDR"), snap_bp=1)
    checked = check_for_model(allele_table([row]), genome, bins_model, config=config)
    (found,) = iterate_scores(bins_model, checked, genome, config=config, genes=genes)
    assert found.genes["gene"].tolist() == ["a", "a", "b", "b", "d", "d"]
    assert found.genes["gene_name"].tolist() == ["A", "A", "B", "B", "D", "D"]
    assert found.genes["distance"].tolist() == [0, 0, 306 - 299, 306 - 299, -5, -5]
    start = (299 - LENGTH // 2) // BIN * BIN
    same_bin = [(at - start) // BIN == (299 - start) // BIN for at in (299, 306, 304)]
    assert same_bin[0]
    of_variant = found.scores.set_index("track")["diff_sum"]
    for number, is_same in enumerate(same_bin):
        part = found.genes.iloc[2 * number : 2 * number + 2].set_index("track")
        np.testing.assert_allclose(part["gene_diff_sum"], of_variant if is_same else 0, atol=1e-5)
    first = found.genes.iloc[0]
    assert np.sign(first["gene_log2_ratio"]) == np.sign(first["gene_diff_sum"])
    with pytest.raises(ConfigError, match="scores of genes need genes"):
        list(iterate_scores(bins_model, checked, genome, config=config))


@pytest.mark.parametrize("values", [{"region_bp": -1}, {"rows_at_once": 0}, {"jitter_bp": ()}, {"batch_size": -1}])
def test_settings_that_make_no_sense_are_refused(values):
    with pytest.raises(ConfigError):
        VariantConfig(**values)
