import numpy as np
import pytest
from toy_sets import normalised, places_of, random_background, random_codes, random_ppm, ratio

from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo.places import Places, best_sites, fits_at, sites_from


@pytest.fixture(params=[0, 1, 3], ids=lambda order: f"order_{order}")
def world(request):
    rng = np.random.default_rng(request.param)
    parts = [random_codes(rng, length, n_unknown=length // 12) for length in (5, 40, 3, 23, 31)]
    return SequenceSet.from_codes(parts), random_background(rng, request.param), normalised(random_ppm(rng, 6))


@pytest.mark.parametrize("is_stranded", [False, True], ids=["both_strands", "one_strand"])
def test_the_best_site_is_the_best_of_all_windows(world, is_stranded):
    sequences, background, ppm = world
    found = best_sites(Places(sequences, background, is_stranded=is_stranded), ppm)
    for row, codes in enumerate(sequences):
        every = [
            (np.log(ratio(codes, at, ppm, background, is_reversed=turned)), at, turned)
            for at in places_of(codes, 6)
            for turned in ([False] if is_stranded else [False, True])
        ]
        if not every:
            assert found.score[row] == -np.inf
            assert found.start[row] == -1
            continue
        score, at, turned = max(every, key=lambda one: one[0])
        assert found.score[row] == pytest.approx(score, abs=1e-9)
        assert (found.start[row], found.is_reversed[row]) == (at, turned)


def test_fits_at_places_equal_the_ratio_base_by_base(world):
    sequences, background, ppm = world
    at = np.array([sequences.starts[1] + place for place in places_of(sequences[1], 6)])
    fits = fits_at(Places(sequences, background, is_stranded=False), ppm, at)
    expected = [
        [
            np.log(ratio(sequences[1], place - sequences.starts[1], ppm, background, is_reversed=turned))
            for turned in (False, True)
        ]
        for place in at
    ]
    np.testing.assert_allclose(fits, expected, atol=1e-9)


def test_marked_bases_are_those_of_places_above_the_threshold(world):
    sequences, background, ppm = world
    marked = sites_from(Places(sequences, background, is_stranded=False), ppm, 0.5)
    expected = np.zeros(sequences.joined.size, dtype=bool)
    for row, codes in enumerate(sequences):
        for at in places_of(codes, 6):
            if max(np.log(ratio(codes, at, ppm, background, is_reversed=turned)) for turned in (False, True)) >= 0.5:
                expected[sequences.starts[row] + at : sequences.starts[row] + at + 6] = True
    np.testing.assert_array_equal(marked, expected)


def test_places_weigh_the_mean_weight_of_their_bases_relative_to_their_sequence():
    weights = [np.array([0, 0, 4, 4, 0, 0, 0, 0], dtype=np.float32)]
    sequences = SequenceSet.from_codes([np.zeros(8, np.uint8)], weights=weights)
    places = Places(sequences, random_background(np.random.default_rng(0), 0), is_stranded=False)
    np.testing.assert_allclose(places.masses(2)[:8], [0.1, 2.1, 4.1, 2.1, 0.1, 0.1, 0.1, 0.0])
