"""Both alleles side by side: as if the whole contig had been changed, bin by bin, whatever else is asked."""

import numpy as np
import pytest

from cisgram.genomics.allele_alignment import Change
from cisgram.genomics.contact_pairs import pair_bins
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import encode
from cisgram.genomics.variant_table import allele_table, check_alleles
from cisgram.interpret.experiments.disruption import compare_alleles
from cisgram.interpret.folding.structural import StructuralVariant, compare_variants
from cisgram.interpret.scores import probability
from cisgram.interpret.variants.carry import carried
from cisgram.interpret.variants.config import AS_USUAL, VariantConfig
from cisgram.interpret.variants.model import VariantAsking, VariantModel
from cisgram.interpret.variants.prediction import predict_alleles, with_window_statuses
from cisgram.interpret.variants.windows import place_of
from cisgram.models.basset import BassetConfig
from cisgram.models.basset import build as build_basset

from .conftest import BIN, CROP, LENGTH, ToyPairs, deletion, insertion, snv

FIRST = CROP * BIN


def checked_for(model, rows, genome, config=AS_USUAL):
    return with_window_statuses(check_alleles(allele_table(rows), genome), genome, model, config=config)


def predicted(model, rows, genome, config=AS_USUAL):
    """Predictions of all rows, by row."""
    found = {}
    for part in predict_alleles(model, checked_for(model, rows, genome, config), genome, config=config):
        for at, row in enumerate(part.rows.tolist()):
            found[row] = (part.reference[at], part.alternative[at], part.places[at], part.changes[at])
    return found


def test_a_substitution_is_that_of_the_changed_contig(bins_model, genome):
    rows = [snv(genome, pos) for pos in (300, 331, 352)]
    for number, (_, pos, _, alt) in enumerate(rows):
        before, after, place, _ = predicted(bins_model, rows, genome)[number]
        codes = genome.codes("I", 0, 1000).copy()
        for values, letters in ((before, None), (after, alt)):
            codes[pos - 1] = codes[pos - 1] if letters is None else encode(letters)[0]
            own = codes[place.start : place.start + LENGTH].reshape(-1, BIN)[CROP:-CROP]
            counts = np.stack([(own == 0).sum(1), (own == 3).sum(1)])
            np.testing.assert_allclose(values, np.log1p(np.exp(counts)), rtol=1e-6)


def test_places_of_an_insertion_and_a_deletion_are_those_of_the_genome(bases_model, genome):
    rows = [insertion(genome, 300, "CC"), deletion(genome, 300, 3)]
    found = predicted(bases_model, rows, genome, VariantConfig(both_strands=False, snap_bp=1))
    for row, change in ((0, 2), (1, -3)):
        before, after, place, own = found[row]
        strands, others = before.reshape(2, -1), after.reshape(2, -1)
        first = place.start + 8
        at = place.start + own.start - first
        # Every base of a kind has the same share in both alleles, so C stands where C stood.
        codes = genome.codes("I", first, first + strands.shape[1])
        known = ~np.isnan(others[0])
        assert known.sum() == strands.shape[1] - max(change, 0)
        plus = others[0].copy()
        if change > 0:
            assert plus[at - 1] > plus[known].max() - 1e-6, "the inserted C are read at the base before them"
            plus[at - 1] = plus[np.isin(codes, [1])][0] if codes[at - 1] == 1 else plus[codes != 1][0]
        else:
            np.testing.assert_array_equal(plus[at : at + 3], 0)
            known[at : at + 3] = False
        is_c = codes == 1
        assert np.ptp(plus[known & is_c]) < 1e-6
        assert plus[known & is_c].min() > plus[known & ~is_c].max()


def test_an_indel_of_a_bin_moves_bins_and_loses_nothing(bins_model, genome):
    before, after, place, change = predicted(bins_model, [deletion(genome, 300, BIN)], genome)[0]
    window = genome.codes("I", place.start, place.start + LENGTH + BIN)
    altered = np.concatenate([window[: change.start], window[change.start + BIN :]])
    own = altered.reshape(-1, BIN)[CROP:-CROP]
    plain = np.log1p(np.exp(np.stack([(own == 0).sum(1), (own == 3).sum(1)]))).astype(np.float32)
    lost = plain[:, -1]  # the last bin lies beyond the reference's
    np.testing.assert_allclose(after.sum(axis=1), plain.sum(axis=1) - lost, rtol=1e-5)
    bin_ = (change.start - FIRST) // BIN
    np.testing.assert_allclose(after[:, :bin_], plain[:, :bin_], rtol=1e-5)
    np.testing.assert_allclose(after[:, bin_ + 2 :], plain[:, bin_ + 1 : -1], rtol=1e-5)
    np.testing.assert_allclose(before[:, :bin_], after[:, :bin_], rtol=1e-5)


def test_a_swapped_allele_is_the_other_way_round(bins_model, genome):
    chrom, pos, ref, alt = snv(genome, 300)
    found = predicted(bins_model, [(chrom, pos, ref, alt), (chrom, pos, alt, ref)], genome)
    np.testing.assert_array_equal(found[0][0], found[1][1])
    np.testing.assert_array_equal(found[0][1], found[1][0])


def test_swapped_indels_are_in_places_of_the_genome(bins_model, genome):
    chrom, pos, ref, alt = deletion(genome, 300, 3)
    found = predicted(bins_model, [(chrom, pos, ref, alt), (chrom, pos, alt, ref)], genome)
    checked = checked_for(bins_model, [(chrom, pos, alt, ref)], genome)
    assert checked.table["status"].tolist() == ["ok"], "REF of an insertion is what the genome has, too"
    assert found[0][0].shape == found[1][0].shape


@pytest.mark.parametrize("snap", [0, 1, 32])
def test_nearby_variants_share_a_window_wherever_they_are_asked(bins_model, genome, snap):
    config = VariantConfig(snap_bp=snap)
    rows = [snv(genome, pos) for pos in range(290, 330)]
    places = [place_of(one, bins_model, config) for one in checked_for(bins_model, rows, genome, config).changes]
    width = config.snap_of(bins_model)
    assert len(set(places)) <= 40 // max(width, BIN) + 2
    middle = [pos - 1 - place.start for (_, pos, _, _), place in zip(rows, places, strict=True)]
    assert max(abs(at - LENGTH // 2) for at in middle) <= max(width // 2, 1) + BIN
    assert all(place.start % BIN == 0 for place in places)


def test_results_do_not_depend_on_what_else_is_asked_or_in_which_order(bins_model, genome):
    rows = [snv(genome, pos) for pos in (300, 420, 305, 77, 310)]
    together, turned = predicted(bins_model, rows, genome), predicted(bins_model, rows[::-1], genome)
    for number, row in enumerate(rows):
        alone = predicted(bins_model, [row], genome)[0]
        for one in (together[number], turned[len(rows) - 1 - number]):
            np.testing.assert_array_equal(one[1], alone[1])
            assert one[2] == alone[2]


def test_windows_at_ends_of_contigs_are_made_up_with_n(bins_model, genome):
    rows = [snv(genome, pos) for pos in (1, 8, 300, 990, 1000)]
    checked = checked_for(bins_model, rows, genome)
    assert checked.table["status"].tolist() == ["near_edge", "near_edge", "ok", "near_edge", "near_edge"]
    found = predicted(bins_model, rows, genome)
    assert len(found) == 5
    padded = Genome.from_codes({"I": np.concatenate([np.full(100, 4, np.uint8), genome.codes("I", 0, 1000)])})
    moved = predicted(bins_model, [snv(padded, 108)], padded, VariantConfig(snap_bp=1))[0]
    own = predicted(bins_model, rows[1:2], genome, VariantConfig(snap_bp=1))[0]
    np.testing.assert_array_equal(moved[1], own[1])


def test_alleles_that_are_too_long_are_told(bins_model, genome):
    rows = [deletion(genome, 300, n) for n in (12, 13)]
    assert checked_for(bins_model, rows, genome).table["status"].tolist() == ["ok", "too_long"]
    config = VariantConfig(longest_bp=20)
    assert checked_for(bins_model, rows, genome, config).table["status"].tolist() == ["ok", "ok"]
    assert len(predicted(bins_model, rows, genome, config)) == 2


def test_basset_says_what_it_says_of_windows_with_the_variant_in_their_middle(genome):
    config = BassetConfig(input_length=60, n_filters=(4, 4), widths=(5, 3), pools=(3, 4), n_hidden=(6,))
    module = build_basset(config, n_tracks=2).eval()
    model = VariantModel((module,), "basset", ("a", "b"))
    rows = [snv(genome, 300), deletion(genome, 500, 5), snv(genome, 20)]
    checked = checked_for(model, rows, genome)
    found = predicted(model, rows, genome, VariantConfig(both_strands=False, snap_bp=1))
    scores = [probability(number) for number in range(2)]
    variants = [one for one in checked.changes if one is not None]
    old = compare_alleles(module, genome, variants, length_bp=60, scores=scores)
    for row in (0, 2):
        np.testing.assert_allclose(found[row][0][:, 0], old.before[row], rtol=1e-5)
        np.testing.assert_allclose(found[row][1][:, 0], old.after[row], rtol=1e-5)


def test_contacts_of_a_deletion_are_those_of_the_structural_variant(genome):
    codes = genome.codes("I", 0, 700)
    clean = Genome.from_codes({"I": codes.copy()})
    module = ToyPairs(1).eval()
    model = VariantModel((module,), "akita", ("map",))
    rows = [deletion(clean, 302, 2 * BIN)]
    before, after, place, change = predicted(model, rows, clean, VariantConfig(both_strands=False, snap_bp=32))[0]
    first = place.start + change.start
    changes, _ = compare_variants(module, clean, [StructuralVariant("I", first, first + 2 * BIN, "deletion")])
    assert changes[0].window.start == place.start
    row, column = pair_bins(model.geometry.n_bins, 1)
    expected = changes[0].mapped[0][:, row, column]
    np.testing.assert_allclose(after, np.where(np.isnan(before), np.nan, expected), rtol=1e-5)
    assert np.isnan(after).any()
    assert np.isnan(before[np.isnan(after)]).all(), "what one allele lacks counts in neither"


def test_contacts_after_a_short_indel_stay_in_their_bins(pairs_model):
    values = np.arange(66.0)[None]
    assert pairs_model.geometry.n_bins == 12
    np.testing.assert_array_equal(carried(values, Change(30, 1, ""), pairs_model.geometry), values)
    np.testing.assert_array_equal(carried(values, Change(30, 0, "A"), pairs_model.geometry), values)


def test_shifts_are_part_of_the_window(bases_model, genome):
    config = VariantConfig(jitter_bp=(-3, 0, 3))
    before, after, _, _ = predicted(bases_model, [snv(genome, 300)], genome, config)[0]
    assert np.isnan(before.reshape(2, -1)[:, :3]).all()
    assert np.isfinite(after.reshape(2, -1)[:, 3:-3]).all()
    assert config.asking_of((0,)) == VariantAsking(jitter_bp=(-3, 0, 3), tracks=(0,))
