import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.arrangements import SpacingConfig
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.help import CURVE_COLUMNS, RANGE_COLUMNS, help_by_distance, help_in_ranges
from cisgram.interpret.experiments.spacing import space_motifs, spacing_table


def asked(words, combine, distances=range(8, 31), strands=("++",)):
    pair = Motif.from_consensus("a", words.a), Motif.from_consensus("b", words.b)
    config = SpacingConfig(distances=distances, strands=strands)
    codes = random_sequences(7, 120, gc=0.0, seed=1)
    return space_motifs(words.WordModel(combine), codes, pair, scores=[words.score], config=config)


def test_reads_that_add_up_are_no_help_near_or_far(words):
    table = help_in_ranges(asked(words, words.counts_add_up), tracks=["x"], scale="log1p", near_bp=20)
    assert tuple(table.columns) == RANGE_COLUMNS
    assert table["range"].tolist() == ["near", "far"]
    np.testing.assert_allclose(table[["fold", "low", "high"]], 1, rtol=1e-5)
    np.testing.assert_allclose(table["alone"], 7, rtol=1e-5)


def test_help_at_some_distances_is_averaged_over_the_range_that_holds_them(words):
    found = asked(words, words.only_at(12))  # 1 alone; 2 at the distance 12 in the order AB
    table = help_in_ranges(found, tracks=["x"], scale="linear", near_bp=17).set_index("range")
    n_near = 2 * 10  # distances 8 to 17 in both orders
    np.testing.assert_allclose(table.loc["near", "fold"], 1 + 1 / n_near, rtol=1e-6)
    np.testing.assert_allclose(table.loc["far", "fold"], 1, rtol=1e-6)


def test_a_range_without_distances_is_left_out(words):
    table = help_in_ranges(asked(words, words.counts_add_up), tracks=["x"], scale="log1p", near_bp=100)
    assert table["range"].tolist() == ["near"]


def test_the_curve_of_one_arrangement_is_that_of_the_spacing_table(words):
    found = asked(words, words.only_at(12))
    curve = help_by_distance(found, tracks=["x"], scale="linear")
    assert tuple(curve.columns) == CURVE_COLUMNS
    table = spacing_table(found, tracks=["x"], scale="linear")
    folds = table.groupby("distance_bp")["fold"].mean()  # A alone gives the same in both orders
    np.testing.assert_allclose(2 ** curve["log2_fold"], folds, rtol=1e-6)
    assert curve["distance_bp"].tolist() == list(range(8, 31))


def test_every_track_needs_a_name(words):
    with pytest.raises(InputError, match="one name per track"):
        help_in_ranges(asked(words, words.counts_add_up), tracks=["x", "y"], scale="log1p")
