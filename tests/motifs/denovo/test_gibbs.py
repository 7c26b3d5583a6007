from itertools import product
from math import lgamma

import numpy as np
import pytest
from toy_sets import places_of, planted_set, random_background, random_codes

from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo.gibbs import sample_sites
from cisgram.motifs.denovo.places import Places

PRIOR = np.array([0.3, 0.2, 0.2, 0.3])


def log_posterior(sequences, background, state, width):
    """Of one place and strand per sequence, with the matrix integrated out."""
    counts, total = np.zeros((4, width)), 0.0
    for codes, (at, turned) in zip(sequences, state, strict=True):
        site = codes[at : at + width]
        total -= np.log(2) * background.log2_probabilities(codes)[at : at + width].sum()
        for column, base in enumerate((3 - site)[::-1] if turned else site):
            counts[base, column] += 1
    for column in counts.T:
        total += sum(lgamma(n + alpha) - lgamma(alpha) for n, alpha in zip(column, PRIOR, strict=True))
    return total


@pytest.mark.parametrize("is_stranded", [False, True], ids=["both_strands", "one_strand"])
def test_samples_are_distributed_as_the_enumerated_posterior(is_stranded):
    rng = np.random.default_rng(2)
    width = 3
    sequences = SequenceSet.from_codes([random_codes(rng, 6), random_codes(rng, 7, n_unknown=1), random_codes(rng, 5)])
    background = random_background(rng, 1)
    strands = [False] if is_stranded else [False, True]
    every = [[(at, turned) for at in places_of(codes, width) for turned in strands] for codes in sequences]
    states = list(product(*every))
    logs = np.array([log_posterior(sequences, background, state, width) for state in states])
    expected = np.exp(logs - logs.max())
    expected /= expected.sum()
    visits = np.zeros((60_000, 3), dtype=np.int64)
    first = np.array([one[0][0] for one in every])
    best = sample_sites(
        Places(sequences, background, is_stranded=is_stranded),
        first,
        np.zeros(3, dtype=bool),
        width=width,
        prior=PRIOR,
        n_sweeps=len(visits),
        seed=4,
        visits=visits,
    )
    number = {tuple(2 * at + turned for at, turned in state): i for i, state in enumerate(states)}
    seen = np.bincount([number[tuple(one)] for one in visits.tolist()], minlength=len(states)) / len(visits)
    assert np.abs(seen - expected).sum() / 2 < 0.02  # total variation; 0.2 and more without the right weights
    top = states[int(logs.argmax())]
    assert log_posterior(sequences, background, top, width) == pytest.approx(logs.max())
    found = tuple(zip(best.start.tolist(), best.is_reversed.tolist(), strict=True))
    assert log_posterior(sequences, background, found, width) == pytest.approx(logs.max())


def test_a_shift_brings_an_alignment_that_begins_late_into_frame():
    sequences = planted_set("TGACGTCACC", n=40, length=40, seed=3)
    places = Places(sequences, random_background(np.random.default_rng(0), 0), is_stranded=False)
    word = np.array([3, 2, 0, 1, 2, 3, 1, 0, 1, 1], dtype=np.uint8)
    start, is_reversed = np.zeros(40, np.int64), np.zeros(40, dtype=bool)
    for row, codes in enumerate(sequences):
        for turned, letters in ((False, word), (True, (3 - word)[::-1])):
            at = [i for i in range(31) if (codes[i : i + 10] == letters).all()]
            if at:  # three bases late, as far as there is room
                start[row], is_reversed[row] = min(max(at[0] + (-3 if turned else 3), 0), 30), turned
    given = {"width": 10, "prior": PRIOR, "n_sweeps": 30, "seed": 1}
    found = sample_sites(places, start, is_reversed, **given)
    consensus = "".join("ACGT"[base] for base in found.counts.argmax(axis=0))
    assert consensus in ("TGACGTCACC", "GGTGACGTCA")


def test_the_same_seed_gives_the_same_alignment():
    sequences = planted_set("GATTACAGC", n=30, share=0.5)
    places = Places(sequences, random_background(np.random.default_rng(0), 0), is_stranded=False)
    given = {"width": 9, "prior": PRIOR, "n_sweeps": 10, "seed": 3}
    first, second = (sample_sites(places, np.zeros(30, np.int64), np.zeros(30, dtype=bool), **given) for _ in range(2))
    np.testing.assert_array_equal(first.start, second.start)
    assert first.log_posterior == second.log_posterior
