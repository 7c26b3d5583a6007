"""Constructs in place of a genome: the same scores as of windows cut around the same change."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode, encode
from cisgram.genomics.variant_table import allele_table
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.pairs import score_pairs
from cisgram.interpret.variants.score_table import SCORE_KEY_COLUMNS, score_variants

from .conftest import LENGTH

ONE = VariantConfig(both_strands=False, scores=("diff_sum", "ref_sum", "alt_sum"))


def construct(n, seed=0):
    return decode(np.random.default_rng(seed).integers(0, 4, n).astype(np.uint8))


def table(*rows):
    return pd.DataFrame(rows, columns=["name", "ref_sequence", "alt_sequence"])


def with_base(sequence, at, letter):
    return sequence[:at] + letter + sequence[at + 1 :]


@pytest.mark.parametrize("model_name", ["window_model", "bins_model", "bases_model"])
@pytest.mark.parametrize("length", [40, 51, LENGTH])
def test_a_pair_is_scored_as_a_variant_of_a_genome_of_n(model_name, length, request):
    model = request.getfixturevalue(model_name)
    ref = construct(length)
    at = length // 2
    letter = "A" if ref[at] != "A" else "C"
    start = (LENGTH - length) // 2
    contig = np.full(400, 4, np.uint8)
    middle = 200 // 4 * 4
    contig[middle + start : middle + start + length] = encode(ref)
    genome = Genome.from_codes({"I": contig})
    pos = middle + start + at + 1
    config = VariantConfig(scores=ONE.scores, both_strands=False, snap_bp=1)
    found = score_pairs(model, table(("x", ref, with_base(ref, at, letter))), config=config)
    expected = score_variants(model, allele_table([("I", pos, ref[at], letter)]), genome, config=config)
    assert tuple(found.columns) == tuple(expected.columns)
    # The genome's window is around the variant, the pair's around the construct: the same bases, moved by whole bins.
    np.testing.assert_allclose(found["diff_sum"], expected["diff_sum"], atol=1e-3)
    assert found["pos"].tolist() == [at + 1] * model.n_tracks
    assert found["ref"].tolist() == [ref[at]] * model.n_tracks


def test_pairs_keep_their_rows_and_say_what_is_wrong(window_model):
    ref = construct(50)
    rows = table(
        ("a", ref, with_base(ref, 3, "A" if ref[3] != "A" else "C")),
        ("b", ref, ref),
        ("c", ref, "ACGU"),
        ("d", construct(LENGTH + 1), ref),
        ("e", ref.lower(), ref[:10] + ref[12:]),
    )
    found = score_pairs(window_model, rows)
    assert tuple(found.columns[:8]) == SCORE_KEY_COLUMNS
    assert found["status"].tolist() == [
        "ok",
        "failed:both sequences are the same",
        "failed:a sequence has other letters than A, C, G, T, N, or none",
        "too_long",
        "ok",
    ]
    assert found["diff_sum"].notna().tolist() == [True, False, False, False, True]
    assert found["name"].tolist() == list("abcde")


def test_the_probability_of_each_sequence_is_that_of_its_bases(window_model):
    ref, alt = "GGGGCCA", "GGGGGCA"
    found = score_pairs(window_model, table(("x", ref, alt)), config=ONE)
    np.testing.assert_allclose(found["ref_sum"], 1 / (1 + np.exp(-2 / 8)), rtol=1e-6)
    np.testing.assert_allclose(found["alt_sum"], 1 / (1 + np.exp(-4 / 8)), rtol=1e-6)


def test_further_columns_and_order_of_rows_do_not_matter(window_model):
    rows = table(*((f"n{seed}", construct(50, seed // 2), construct(50, seed + 50)) for seed in range(8)))
    whole = score_pairs(window_model, rows.assign(measured=1.0))
    turned = score_pairs(window_model, rows.iloc[::-1])
    np.testing.assert_array_equal(whole["diff_sum"], turned["diff_sum"][::-1])
    told = []
    score_pairs(window_model, rows, progress=lambda done, todo: told.append((done, todo)))
    assert told == [(8, 8)]


def test_tables_of_something_else_are_refused(window_model):
    with pytest.raises(InputError, match="they lack \\['alt_sequence'\\]"):
        score_pairs(window_model, table(("x", "A", "C")).drop(columns="alt_sequence"))
    with pytest.raises(InputError, match="no pairs"):
        score_pairs(window_model, table())
