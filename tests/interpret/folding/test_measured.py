"""Measured changes beside predicted ones: planted maps, written in the places of the reference, are put in order."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cisgram.data.contact_targets import ContactTargetConfig, contact_target
from cisgram.genomics.contact_pairs import square_of
from cisgram.genomics.contacts import CisContacts
from cisgram.genomics.genome import Genome
from cisgram.hic.expected import contig_expected
from cisgram.interpret.folding.measured import (
    MEASURED_COLUMNS,
    MeasuredChange,
    MeasuredContig,
    bins_along,
    compare_measured,
    measured_change,
)
from cisgram.interpret.folding.prediction import MapGeometry
from cisgram.interpret.folding.structural import (
    StructuralChange,
    StructuralVariant,
    altered_window,
    bins_of_altered,
    map_back,
)
from cisgram.simulate.contact_contig import FoldingConfig
from cisgram.simulate.contact_edits import fold_sites

BIN, N_BINS, READ, CROP = 128, 150, 72, 6
GEOMETRY = MapGeometry(READ * BIN, BIN, READ - 2 * CROP, CROP, 2)
CONFIG = ContactTargetConfig(min_counts=0)
FOLDING = FoldingConfig(n_snapshots=300)
SITES = [(45, "+"), (60, "-"), (66, "+"), (78, "+"), (90, "-"), (104, "-")]
VARIANTS = [
    StructuralVariant("I", 56 * BIN, 70 * BIN, "deletion"),
    StructuralVariant("I", 64 * BIN, 82 * BIN, "inversion"),
    StructuralVariant("I", 74 * BIN, 84 * BIN, "duplication"),
]


def order_of(variant):
    """Bins of the reference in the order of the altered contig."""
    first, last = variant.start // BIN, variant.end // BIN
    own = np.arange(first, last)
    middles = {"deletion": [], "inversion": [own[::-1]], "duplication": [own, own]}[variant.kind]
    return np.concatenate([np.arange(first), *middles, np.arange(last, N_BINS)])


def folded(order, *, is_turned=(), seed=1):
    """Contacts of a contig whose bins stand in this order."""
    rows = [
        (at * BIN + 50, at * BIN + 69, {"+": "-", "-": "+"}[strand] if bin_ in is_turned else strand, 0.95)
        for at, bin_ in enumerate(order)
        for site, strand in SITES
        if site == bin_
    ]
    sites = pd.DataFrame(rows, columns=["start", "end", "strand", "occupancy"])
    return fold_sites(sites, length_bp=len(order) * BIN, config=FOLDING, seed=seed).contacts


def turned_bins(variant):
    return range(variant.start // BIN, variant.end // BIN) if variant.kind == "inversion" else ()


def as_aligned(contacts, order):
    """Contacts of an altered contig as reads give them that are aligned to the reference."""
    square = np.zeros((N_BINS, N_BINS))
    np.add.at(square, np.ix_(order, order), contacts)
    weights = np.where(np.isin(np.arange(N_BINS), order), 1.0, np.nan)
    row, column = np.nonzero(np.triu(square))
    return MeasuredContig(CisContacts("I", BIN, N_BINS * BIN, row, column, square[row, column], weights))


def target(contacts, first, **options):
    own = np.ascontiguousarray(contacts[first : first + READ, first : first + READ])
    pairs = contact_target(own, own, crop_bins=CROP, **{"config": CONFIG, **options})
    return square_of(pairs, GEOMETRY.n_bins, 2)[None, None]


def perfect(variant, before, after, **options):
    """What a model that knows the truth predicts."""
    genome = Genome.from_codes({"I": np.zeros(N_BINS * BIN, np.uint8)})
    window = altered_window(genome, variant, GEOMETRY)
    bin_of = bins_of_altered(window, GEOMETRY)
    reference, altered = (target(one, window.start // BIN, **options) for one in (before, after))
    return StructuralChange(window, reference, altered, map_back(altered, bin_of), bin_of)


@pytest.fixture(scope="module")
def planted():
    """For two runs of the simulation: per variant the perfect prediction and the two experiments."""
    runs = []
    for seed in (1, 2):
        before = folded(np.arange(N_BINS), seed=seed)
        experiments = []
        for variant in VARIANTS:
            order = order_of(variant)
            after = folded(order, is_turned=turned_bins(variant), seed=seed)
            pair = as_aligned(before, np.arange(N_BINS)), as_aligned(after, order)
            experiments.append((perfect(variant, before, after), pair))
        runs.append(experiments)
    return runs


def changes_of(run):
    """Of the deletion and the inversion."""
    both = zip(VARIANTS[:2], run[:2], strict=True)
    return [measured_change(pair, variant, own, GEOMETRY, config=CONFIG) for variant, (own, pair) in both]


@pytest.mark.parametrize("number", [0, 1])
def test_a_perfect_prediction_is_what_aligned_reads_of_the_altered_genome_give(planted, number):
    own, pair = planted[0][number]
    found = measured_change(pair, VARIANTS[number], own, GEOMETRY, config=CONFIG)
    np.testing.assert_allclose(found.reference, own.reference[0, 0], atol=1e-12)
    np.testing.assert_allclose(found.mapped, own.mapped[0, 0], atol=1e-12)
    change = own.mapped[0, 0] - own.reference[0, 0]
    assert np.nanstd(change) > 0.1
    np.testing.assert_allclose(found.change, change, atol=1e-12)


def test_bins_that_are_not_put_in_order_give_another_change(planted):
    own, pair = planted[0][0]
    here = own.window.start // BIN
    contacts = pair[1].contacts
    naive = contact_target(
        contacts.dense(here, here + READ),
        contacts.dense(here, here + READ, balanced=False),
        crop_bins=CROP,
        config=replace(CONFIG, fill_gaps=False),
    )
    naive = square_of(naive, GEOMETRY.n_bins, 2) - own.reference[0, 0]
    change = own.mapped[0, 0] - own.reference[0, 0]
    known = np.isfinite(naive) & np.isfinite(change)
    assert np.corrcoef(naive[known], change[known])[0, 1] < 0.85
    across = np.s_[16:23, 37:44]  # left and right of the deletion, which are neighbours in truth
    assert np.nanmean(naive[across]) - np.nanmean(change[across]) > 0.3


def test_pairs_with_a_doubled_bin_are_left_out_and_the_others_agree():
    order, config = order_of(VARIANTS[2]), replace(CONFIG, expected="map")
    before, after = folded(np.arange(N_BINS)), folded(order)
    pair = [as_aligned(before, np.arange(N_BINS)), as_aligned(after, order)]
    own = perfect(VARIANTS[2], before, after, config=config, expected=contig_expected(pair[0].contacts))
    pair = tuple(one._replace(expected=contig_expected(one.contacts)) for one in pair)
    found = measured_change(pair, VARIANTS[2], own, GEOMETRY, config=config)
    doubled = np.arange(74, 84) - own.window.start // BIN - CROP
    assert np.isnan(found.change[doubled]).all()
    assert np.isnan(found.change[:, doubled]).all()
    table = compare_measured([VARIANTS[2]], [own], [found], GEOMETRY)
    assert table["pearson"][0] > 0.95
    assert table["same_sign"][0] == "yes"
    assert table["pairs_compared"][0] == np.isfinite(found.change[np.triu_indices(60, 2)]).sum() > 300


def test_a_duplication_is_not_compared_over_what_its_window_expects(planted):
    own, pair = planted[0][2]
    found = measured_change(pair, VARIANTS[2], own, GEOMETRY, config=CONFIG)
    assert np.isfinite(found.reference).any()
    assert np.isnan(found.change).all()


def test_predictions_are_compared_with_a_ceiling_and_a_floor(planted):
    predicted = [own for own, _ in planted[0][:2]]
    one, other = (changes_of(run) for run in planted)
    repeated = list(zip(one, other, strict=True))
    mean = [MeasuredChange(*(np.mean(pair, axis=0) for pair in zip(*both, strict=True))) for both in repeated]
    table = compare_measured(VARIANTS[:2], predicted, mean, GEOMETRY, repeated=repeated)
    assert tuple(table.columns) == MEASURED_COLUMNS
    assert (table["pearson"] > 0.9).all()
    assert table["ceiling"].between(0.85, 1).all()
    assert (table["other_variants"] < table["pearson"] - 0.3).all()
    assert table["same_sign"].tolist() == ["yes"] * 2
    np.testing.assert_allclose(table["predicted_size"], table["measured_size"], rtol=0.3)
    wrong = [one._replace(mapped=2 * one.reference - one.mapped) for one in predicted]
    turned = compare_measured(VARIANTS[:2], wrong, mean, GEOMETRY)
    np.testing.assert_allclose(turned["pearson"], -table["pearson"])
    assert turned["same_sign"].tolist() == ["no"] * 2
    assert turned["ceiling"].isna().all()


def test_targets_over_the_whole_map_are_read_too(planted):
    own, pair = planted[0][1]
    fall = np.concatenate([[np.nan, np.nan], 1 / np.arange(2.0, N_BINS)])
    pair = tuple(one._replace(expected=fall) for one in pair)
    found = measured_change(pair, VARIANTS[1], own, GEOMETRY, config=replace(CONFIG, expected="map", clip=9.0))
    contacts = pair[0].contacts.dense()
    row, column = own.window.start // BIN + CROP + np.array([10, 30])
    ceiling = np.median(np.diagonal(contacts, 2)[own.window.start // BIN :][: READ - 2])
    expected = np.log(min(contacts[row, column], ceiling) * (column - row))
    assert found.reference[10, 30] == pytest.approx(expected)


def test_what_was_not_measured_is_not_known(planted):
    own, pair = planted[0][1]
    empty = replace(pair[1].contacts, weights=np.full(N_BINS, np.nan))
    found = measured_change((pair[0], MeasuredContig(empty)), VARIANTS[1], own, GEOMETRY, config=CONFIG)
    assert np.isnan(found.change).all()
    table = compare_measured([VARIANTS[1]], [own], [found], GEOMETRY)
    assert table[["pairs_compared", "same_sign"]].to_numpy().tolist() == [[0, "-"]]
    assert table["pearson"].isna().all()


def test_bins_of_an_inversion_run_backwards_along_the_contig():
    genome = Genome.from_codes({"I": np.zeros(N_BINS * BIN, np.uint8)})
    along = bins_along(altered_window(genome, VARIANTS[1], GEOMETRY), BIN)
    first = along[0]
    expected = order_of(VARIANTS[1])[first : first + READ]
    np.testing.assert_array_equal(along, expected)
