"""Structural variants: windows made again base by base, bins that correspond, maps as planted."""

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.folding.prediction import geometry_of
from cisgram.interpret.folding.structural import (
    STRUCTURAL_COLUMNS,
    StructuralVariant,
    altered_window,
    bins_of_altered,
    compare_variants,
)

from .conftest import BIN, WORD

LENGTH = 4000


@pytest.fixture
def contig():
    return np.random.default_rng(3).choice(np.array([0, 3], np.uint8), LENGTH)


def altered_contig(contig, variant):
    s, e = variant.start, variant.end
    own = {"deletion": [], "duplication": [contig[s:e]] * 2, "inversion": [reverse_complement(contig[s:e])]}
    return np.concatenate([contig[:s], *own[variant.kind], contig[e:]])


@pytest.mark.parametrize("kind", ["deletion", "duplication", "inversion"])
@pytest.mark.parametrize("start", [1800, 1833])
def test_the_window_is_that_of_the_altered_contig(corner_model, kind, start):
    contig = np.random.default_rng(5).integers(0, 4, LENGTH).astype(np.uint8)
    variant = StructuralVariant("I", start, start + 300, kind)
    window = altered_window(Genome.from_codes({"I": contig}), variant, geometry_of(corner_model))
    assert window.start % BIN == 0
    np.testing.assert_array_equal(window.reference, contig[window.start : window.start + 1400])
    np.testing.assert_array_equal(window.altered, altered_contig(contig, variant)[window.start : window.start + 1400])
    known = window.source >= 0
    same = window.altered[known] == contig[window.source[known]]
    turned = (window.source[known] >= variant.start) & (window.source[known] < variant.end) & (kind == "inversion")
    assert same[~turned].all()
    assert (window.altered[known][turned] == 3 - contig[window.source[known]][turned]).all()


def test_bins_of_an_inversion_run_backwards_and_those_of_a_deletion_jump(corner_model, contig):
    geometry, genome = geometry_of(corner_model), Genome.from_codes({"I": contig})
    turned = bins_of_altered(
        altered_window(genome, StructuralVariant("I", 1900, 2100, "inversion"), geometry), geometry
    )
    np.testing.assert_array_equal(np.sort(turned), np.arange(24))
    np.testing.assert_array_equal(np.flatnonzero(turned != np.arange(24)), np.arange(10, 14))
    assert turned[10:14].tolist() == [13, 12, 11, 10]
    lost = bins_of_altered(altered_window(genome, StructuralVariant("I", 1900, 2100, "deletion"), geometry), geometry)
    assert lost[8:12].tolist() == [8, 9, 14, 15]
    assert (lost[-4:] == -1).all()
    double = bins_of_altered(
        altered_window(genome, StructuralVariant("I", 1900, 2100, "duplication"), geometry), geometry
    )
    assert double[10:20].tolist() == [10, 11, 12, 13, -1, -1, -1, -1, 14, 15]


def with_sites(contig, *sites):
    contig = contig.copy()
    for start, strand in sites:
        contig[start : start + len(WORD)] = WORD if strand == "+" else reverse_complement(WORD)
    return contig


def test_deleting_a_boundary_merges_domains(corner_model, contig):
    genome = Genome.from_codes({"I": with_sites(contig, (2010, "+"))})
    variants = [StructuralVariant("I", 1950, 2100, "deletion"), StructuralVariant("I", 2200, 2350, "deletion")]
    changes, table = compare_variants(corner_model, genome, variants)
    assert tuple(table.columns) == STRUCTURAL_COLUMNS
    np.testing.assert_allclose(table["crossing_before"], [-0.5 * 3 / 64, 0])
    assert table["crossing_after"].tolist()[0] == 0
    assert table["root_mean_square"].tolist()[0] > 0.02
    assert changes[0].mapped.shape == (1, 1, 24, 24)


def test_an_inversion_of_a_pair_of_sites_gives_the_planted_map(corner_model, contig):
    genome = Genome.from_codes({"I": with_sites(contig, (1770, "+"), (2220, "+"))})
    # The right site is turned within its bin: together they become convergent.
    (change,), _ = compare_variants(corner_model, genome, [StructuralVariant("I", 2200, 2250, "inversion")])
    one, two = (place // BIN - change.window.start // BIN - 2 for place in (1770, 2220))
    assert change.reference[0, 0, one, two] == 0
    assert change.mapped[0, 0, one, two] == pytest.approx(1)


def test_variants_that_do_not_fit_are_refused(corner_model, contig):
    genome = Genome.from_codes({"I": contig})
    with pytest.raises(InputError, match="half of that"):
        compare_variants(corner_model, genome, [StructuralVariant("I", 1000, 1800, "deletion")])
    with pytest.raises(InputError, match="beyond its contig"):
        compare_variants(corner_model, genome, [StructuralVariant("I", 3900, 4100, "deletion")])
    with pytest.raises(InputError, match="0 <= start < end"):
        StructuralVariant("I", 2, 2, "deletion")
