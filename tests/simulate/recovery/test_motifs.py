"""Planted motifs against discovered ones."""

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.motif_alignment import motif_similarity
from cisgram.simulate.decoys import database_motifs
from cisgram.simulate.recovery import motif_recovery


@pytest.fixture(scope="module")
def planted(grammar):
    return [motif.motif for motif in grammar.motifs]


def score(planted, discovered, **options):
    return motif_recovery(planted, discovered, rng=np.random.default_rng(1), **options)


def test_truth_itself_scores_one_in_any_order_and_orientation(planted):
    turned = [motif.reverse_complement() if number % 2 else motif for number, motif in enumerate(planted)]
    table = score(planted, turned[::-1])
    assert table["planted"].tolist() == table["best"].tolist()
    np.testing.assert_allclose(table["similarity"], 1)
    assert table["is_found"].all()
    assert (table["floor"] < 0.85).all()
    palindromes = [motif_similarity(motif, motif.reverse_complement()) for motif in planted]
    assert np.allclose(palindromes, 1)


def test_noise_is_not_found(planted):
    decoys = [one for one in database_motifs(planted, n_decoys=15, rng=np.random.default_rng(3)) if "decoy" in one.name]
    table = score(planted, decoys)
    assert not table["is_found"].any()
    assert (table["similarity"] <= 0.75).all()


def test_variants_of_one_motif_are_told_apart(planted):
    nanog = [motif for motif in planted if motif.name.startswith("Nanog")]
    table = score(nanog, nanog[1:])
    assert table["is_found"].tolist() == [False, True, True]


def test_nothing_discovered_is_nothing_found(planted):
    table = score(planted, [])
    assert (table["best"] == "").all()
    assert (table["similarity"] == 0).all()
    assert not table["is_found"].any()


def test_database_is_the_same_for_the_same_seed_and_shuffled(planted):
    first, again = (database_motifs(planted, n_decoys=8, rng=np.random.default_rng(5)) for _ in range(2))
    assert [motif.name for motif in first] == [motif.name for motif in again]
    assert [motif.name for motif in first[: len(planted)]] != [motif.name for motif in planted]
    assert len(first) == len(planted) + 8


def test_a_threshold_that_cannot_be_reached_is_refused(planted):
    with pytest.raises(InputError, match="threshold"):
        score(planted, planted, threshold=1.5)
