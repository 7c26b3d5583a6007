import warnings

import numba
import numpy as np
import pytest
from toy_sets import planted_set, random_codes

from cisgram.errors import CisgramWarning, ConfigError, EmptySetError
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.discover import discover_motifs
from cisgram.motifs.denovo.rounds import TRACE_COLUMNS

QUICK = {"n_starts": 6, "max_gap": 6}


def consensus_of(found):
    return [{one.motif.consensus(), one.motif.reverse_complement().consensus()} for one in found]


def holds(names, letters):
    """Whether a motif, on either strand, holds a word or is held by it but for its ends."""
    return any(letters in name or name.strip("N") in letters for name in names)


@pytest.mark.parametrize("occurrence", ["oops", "zoops", "anr"])
@pytest.mark.parametrize("method", ["em", "gibbs"])
def test_a_planted_motif_is_found(occurrence, method):
    sequences = planted_set("GATTACAGC", n=200, share=1.0 if occurrence == "oops" else 0.5)
    config = DiscoveryConfig(occurrence=occurrence, method=method, n_sweeps=12, **QUICK)
    found = discover_motifs(sequences, config=config)
    assert len(found.motifs) == 1
    assert holds(consensus_of(found.motifs)[0], "GATTACAGC")
    assert found.motifs[0].enrichment.q_value < 1e-6
    trace = found.motifs[0].trace
    assert tuple(trace.columns) == TRACE_COLUMNS
    assert trace["stage"].iloc[0] == "word"
    assert trace["stage"].iloc[-1] == "all sequences"
    for _, rounds in trace.groupby(["stage", "width"], sort=False):
        assert method == "gibbs" or (np.diff(rounds["log_posterior"]) > -1e-6).all()


def test_few_sequences_are_held_out_by_turns():
    found = discover_motifs(planted_set("GATTACAGC", n=20, length=80), config=DiscoveryConfig(n_motifs=1, **QUICK))
    assert holds(consensus_of(found.motifs)[0], "GATTACAGC")
    assert (found.n_sequences, found.n_held_out, found.n_splits) == (20, 20, 5)
    assert found.motifs[0].enrichment.n == 20
    assert found.motifs[0].enrichment.n_with >= 17


@pytest.mark.parametrize("seed", range(20))
def test_random_sequences_have_no_motif(seed):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(4, 8.0))
    n = 30 if seed % 4 == 0 else 220  # few sequences are held out by turns, many for good
    parts = [rng.choice(4, int(rng.integers(40, 120)), p=shares).astype(np.uint8) for _ in range(n)]
    found = discover_motifs(SequenceSet.from_codes(parts), config=DiscoveryConfig(seed=seed, **QUICK))
    assert found.motifs == ()
    assert all(one.enrichment.q_value > 0.01 for one in found.rejected)


def test_two_motifs_are_found_one_after_the_other():
    first, second = planted_set("GATTACAGC", n=300, share=0.6), planted_set("TTCCATGGAA", n=300, share=0.4, seed=5)
    parts = [np.concatenate([a, b]) for a, b in zip(first, second, strict=True)]
    found = discover_motifs(SequenceSet.from_codes(parts), config=DiscoveryConfig(n_motifs=4, **QUICK))
    names = consensus_of(found.motifs)
    assert len(names) == 2
    assert holds(names[0], "GATTACAGC")
    assert holds(names[1], "TTCCATGGAA")
    assert [one.motif.name for one in found.motifs] == ["motif_1", "motif_2"]
    assert found.motifs[1].palindrome
    assert not found.motifs[0].palindrome


def test_sites_are_where_the_motif_was_planted():
    sequences = planted_set("GATTACAGC", n=150, share=0.5)
    sites = discover_motifs(sequences, config=DiscoveryConfig(n_motifs=1, **QUICK)).motifs[0].sites
    words = [np.array(["ACGT".index(one) for one in word]) for word in ("GATTACAGC", "GCTGTAATC")]
    spans = [sequences[row][start:end] for row, start, end in sites[["sequence", "start", "end"]].to_numpy()]
    exact = [
        any((span[i : i + 9] == word).all() for word in words for i in range(max(len(span) - 8, 0))) for span in spans
    ]
    assert sum(exact) >= 74
    assert np.mean(exact) > 0.9


def test_a_given_control_takes_away_what_it_shares():
    both, other = planted_set("GATTACAGC", n=200, length=40), planted_set("TTGCGCAACT", n=200, length=40, seed=3)
    sequences = SequenceSet.from_codes([np.concatenate([a, b]) for a, b in zip(both, other, strict=True)])
    plain = planted_set("GATTACAGC", n=300, length=80, seed=9)
    found = discover_motifs(sequences, control=plain, config=DiscoveryConfig(n_motifs=2, **QUICK))
    assert len(found.motifs) == 1
    assert holds(consensus_of(found.motifs)[0], "TTGCGCAACT")


@pytest.mark.parametrize("occurrence", ["zoops", "anr"])
def test_the_same_seed_gives_the_same_motifs_whatever_the_number_of_threads(occurrence):
    sequences = planted_set("GATTACAGC", n=100, share=0.6)
    config = DiscoveryConfig(n_motifs=2, occurrence=occurrence, seed=3, **QUICK)
    first = discover_motifs(sequences, config=config)
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        second = discover_motifs(sequences, config=config)
    finally:
        numba.set_num_threads(before)
    for one, other in zip(first.motifs + first.rejected, second.motifs + second.rejected, strict=True):
        np.testing.assert_array_equal(one.motif.ppm, other.motif.ppm)
        assert one.enrichment == other.enrichment


def test_without_held_out_sequences_motifs_come_without_a_p_value():
    config = DiscoveryConfig(held_out=0, n_motifs=1, **QUICK)
    found = discover_motifs(planted_set("GATTACAGC", n=60), config=config)
    assert holds(consensus_of(found.motifs)[0], "GATTACAGC")
    assert found.n_held_out == 0
    assert np.isnan(found.motifs[0].enrichment.p_value)


def test_always_palindromic_motifs_equal_their_reverse_complement():
    config = DiscoveryConfig(palindrome="always", n_motifs=1, **QUICK)
    ppm = discover_motifs(planted_set("GTCACGTGAC", n=120, share=0.7), config=config).motifs[0].motif.ppm
    np.testing.assert_allclose(ppm, ppm[::-1, ::-1], atol=1e-9)


def test_what_is_left_out_is_warned_of_and_counted_by_reason():
    good = planted_set("GATTACAGC", n=40)
    parts = [*good, good[0], (3 - good[1])[::-1], np.full(30, N, np.uint8), np.zeros(3, np.uint8)]
    with pytest.warns(CisgramWarning, match="4 of 44 sequences left out"):
        found = discover_motifs(SequenceSet.from_codes(parts), config=DiscoveryConfig(n_motifs=1, **QUICK))
    assert found.dropped == {"shorter than 6 bp": 1, "without known bases": 1, "duplicate": 2}
    assert found.n_sequences == 40


@pytest.mark.parametrize(
    "parts",
    [[], [np.zeros(50, np.uint8)], [np.full(50, N, np.uint8)] * 30],
    ids=["none", "one", "all_unknown"],
)
def test_too_few_sequences_are_refused_with_the_reason(parts):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)
        with pytest.raises(EmptySetError, match="needs 10"):
            discover_motifs(SequenceSet.from_codes(parts))


def test_a_start_at_the_edge_of_few_long_sequences_is_no_trouble():
    rng = np.random.default_rng(0)
    parts = [random_codes(rng, 7) for _ in range(30)]
    assert discover_motifs(SequenceSet.from_codes(parts), config=DiscoveryConfig(**QUICK)).n_sequences == 30


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"min_width": 20, "max_width": 10}, "min_width"),
        ({"held_out": 0.7}, "held_out"),
        ({"markov_order": 9}, "markov_order"),
        ({"n_motifs": 0}, "n_motifs"),
        ({"is_stranded": True, "palindrome": "always"}, "palindrome"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_contradictory_settings_are_refused(wrong, said):
    with pytest.raises(ConfigError, match=said):
        DiscoveryConfig(**wrong)
