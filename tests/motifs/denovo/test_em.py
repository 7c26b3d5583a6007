import numba
import numpy as np
import pytest
from toy_sets import arrangements, normalised, places_of, random_background, random_codes, random_ppm, ratio

from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo.em import expect, refine_by_em
from cisgram.motifs.denovo.places import Places

OCCURRENCES = ["oops", "zoops", "anr"]
PRIOR = np.array([0.3, 0.2, 0.2, 0.3])


def by_enumeration(sequences, ppm, background, *, n_strands, occurrence, rate):
    """Expected counts and log-likelihoods from all arrangements."""
    width = ppm.shape[1]
    counts, log_likelihood = np.zeros((4, width)), np.zeros(len(sequences))
    for row, codes in enumerate(sequences):
        if not places_of(codes, width):
            continue
        weights, every = [], []
        for prior, sites in arrangements(codes, width, n_strands=n_strands, occurrence=occurrence, rate=rate):
            ratios = [ratio(codes, at, ppm, background, is_reversed=bool(turned)) for at, turned in sites]
            weights.append(prior * np.prod(ratios))
            every.append(sites)
        total = sum(weights)
        log_likelihood[row] = np.log(total)
        for weight, sites in zip(weights, every, strict=True):
            for at, turned in sites:
                site = codes[at : at + width]
                site = (3 - site)[::-1] if turned else site
                for column, base in enumerate(site):
                    counts[base, column] += weight / total
    return counts, log_likelihood


@pytest.mark.parametrize("occurrence", OCCURRENCES)
@pytest.mark.parametrize("is_stranded", [False, True], ids=["both_strands", "one_strand"])
@pytest.mark.parametrize("order", [0, 2])
def test_expectations_equal_the_sum_over_all_arrangements(occurrence, is_stranded, order):
    rng = np.random.default_rng(7)
    parts = [random_codes(rng, 9), random_codes(rng, 8, n_unknown=1), random_codes(rng, 2), random_codes(rng, 7)]
    sequences = SequenceSet.from_codes(parts)
    background, ppm = random_background(rng, order), normalised(random_ppm(rng, 3))
    places = Places(sequences, background, is_stranded=is_stranded)
    found = expect(places, ppm, places.masses(3), occurrence=occurrence, rate=0.3)
    n_strands = 1 if is_stranded else 2
    counts, log_likelihood = by_enumeration(
        sequences, ppm, background, n_strands=n_strands, occurrence=occurrence, rate=0.3
    )
    np.testing.assert_allclose(found.counts, counts, atol=1e-9)
    np.testing.assert_allclose(found.log_likelihood, log_likelihood, atol=1e-9)


def test_a_sequence_without_any_good_place_still_has_its_likelihood():
    ppm = normalised(np.full((4, 20), 1e-9) + np.eye(4)[:, [0] * 20])
    sequences, background = (
        SequenceSet.from_codes([np.full(21, 1, np.uint8)]),
        random_background(np.random.default_rng(0), 0),
    )
    places = Places(sequences, background, is_stranded=True)
    found = expect(places, ppm, places.masses(20), occurrence="oops", rate=1.0)
    expected = 20 * np.log(ppm[1, 0] / background.bases[1])
    np.testing.assert_allclose(found.log_likelihood, [expected])
    np.testing.assert_allclose(found.counts.sum(axis=0), 1)


@pytest.mark.parametrize("occurrence", OCCURRENCES)
@pytest.mark.parametrize("is_palindrome", [False, True], ids=["free", "palindrome"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_likelihood_never_falls(occurrence, is_palindrome, seed):
    rng = np.random.default_rng(seed)
    parts = [random_codes(rng, int(rng.integers(4, 60)), n_unknown=1) for _ in range(50)]
    weights = [rng.random(len(part)).astype(np.float32) for part in parts] if seed == 2 else None
    places = Places(SequenceSet.from_codes(parts, weights=weights), random_background(rng, seed), is_stranded=False)
    refined = refine_by_em(
        places,
        normalised(random_ppm(rng, 7)),
        occurrence=occurrence,
        rate=0.2 if occurrence == "zoops" else 0.01,
        prior=PRIOR,
        is_palindrome=is_palindrome,
        n_iterations=40,
    )
    assert len(refined.log_posterior) > 5
    assert (np.diff(refined.log_posterior) >= -1e-7 * np.abs(refined.log_posterior[1:])).all()
    assert refined.log_posterior[-1] > refined.log_posterior[0]


def test_a_palindrome_stays_its_own_reverse_complement():
    rng = np.random.default_rng(3)
    places = Places(
        SequenceSet.from_codes([random_codes(rng, 40) for _ in range(20)]), random_background(rng, 1), is_stranded=False
    )
    given = {"occurrence": "zoops", "rate": 0.5, "prior": PRIOR, "is_palindrome": True}
    ppm = refine_by_em(places, normalised(random_ppm(rng, 8)), **given).ppm
    np.testing.assert_allclose(ppm, ppm[::-1, ::-1], atol=1e-12)


@pytest.mark.parametrize("occurrence", OCCURRENCES)
def test_the_number_of_threads_does_not_change_a_bit(occurrence):
    rng = np.random.default_rng(5)
    places = Places(
        SequenceSet.from_codes([random_codes(rng, 50) for _ in range(90)]), random_background(rng, 1), is_stranded=False
    )
    ppm = normalised(random_ppm(rng, 9))
    given = {"occurrence": occurrence, "rate": 0.05, "prior": PRIOR, "n_iterations": 5}
    before = numba.get_num_threads()
    several = refine_by_em(places, ppm, **given)
    try:
        numba.set_num_threads(1)
        one = refine_by_em(places, ppm, **given)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(one.ppm, several.ppm)
    np.testing.assert_array_equal(one.log_likelihood, several.log_likelihood)


def test_weights_draw_the_motif_to_where_they_are():
    rng = np.random.default_rng(11)
    parts, weights = [], []
    for _ in range(80):
        codes = random_codes(rng, 60)
        codes[5:13], codes[40:48] = [0, 0, 0, 1, 0, 0, 0, 2], [2, 2, 1, 2, 2, 1, 3, 2]
        parts.append(codes)
        weights.append(np.where((np.arange(60) >= 38) & (np.arange(60) < 50), 5.0, 0.01).astype(np.float32))
    background = random_background(rng, 0)
    start = np.full((4, 8), 0.25) + 0.02 * rng.random((4, 8))
    places = Places(SequenceSet.from_codes(parts, weights=weights), background, is_stranded=True)
    refined = refine_by_em(places, normalised(start), occurrence="oops", rate=1.0, prior=PRIOR)
    assert "".join("ACGT"[base] for base in refined.ppm.argmax(axis=0)) == "GGCGGCTG"
