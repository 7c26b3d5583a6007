import warnings

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.motifs.tomtom import tomtom


def random_motifs(n, *, seed=0, low=6, high=13):
    rng = np.random.default_rng(seed)
    return [Motif(f"motif_{i}", rng.dirichlet(np.full(4, 0.2), rng.integers(low, high)).T) for i in range(n)]


def test_the_score_and_its_chance_are_those_of_an_enumeration():
    # two columns against two columns: every pair of columns as a target, every placement, by hand
    query, targets = random_motifs(1, low=2, high=3)[0], random_motifs(550, seed=1, low=2, high=3)
    found = tomtom(query, targets)
    columns = np.concatenate([*(one.ppm for one in targets), *(one.ppm[::-1, ::-1] for one in targets)], axis=1)
    closeness = -np.linalg.norm(query.ppm[:, :, None] - columns[:, None, :], axis=0)
    closeness -= np.median(closeness, axis=1, keepdims=True)
    whole = np.rint(closeness * 100 / np.ptp(closeness)).astype(int)

    def placements(left, right):
        return {-1: right[0], 0: left[0] + right[1], 1: left[1]}

    target = 7
    scores = {}
    for turned in (False, True):
        place = 2 * (target + 550 * turned)
        for offset, score in placements(whole[:, place], whole[:, place + 1]).items():
            scores[turned, offset] = score
    # Placements count as independent, as in Tomtom: P(max < s) is the product over placements
    best = {turned: max(scores[turned, offset] for offset in (-1, 0, 1)) for turned in (False, True)}
    chances = []
    for score in best.values():
        first, last = np.mean(whole[0] >= score), np.mean(whole[1] >= score)
        both = np.mean(whole[0][:, None] + whole[1][None, :] >= score)
        chances.append(1 - (1 - first) * (1 - last) * (1 - both))
    expected = 1 - (1 - min(chances)) ** 2
    assert found.p_value[target] == pytest.approx(expected, rel=1e-6)
    assert bool(found.is_reversed[target]) == (best[True] > best[False])


def test_a_copy_is_found_where_it_was_planted():
    query = random_motifs(1, low=8, high=9)[0]
    flank, turned = np.full((4, 3), 0.25), query.ppm[::-1, ::-1]
    planted = [
        query.ppm,
        turned,
        np.concatenate([flank, query.ppm], axis=1),
        np.concatenate([turned, flank], axis=1),
        query.ppm[:, 2:],
    ]
    targets = [*random_motifs(60, seed=5), *(Motif("planted", ppm) for ppm in planted)]
    found = tomtom(query, targets)
    assert (found.p_value[60:] < 1e-4).all()
    assert (found.p_value[:60] > 1e-4).all()
    assert found.is_reversed[60:].tolist() == [False, True, False, True, False]
    # turned over, the fourth target has its flank in front again
    assert found.offset[60:].tolist() == [0, 0, -3, -3, 2]
    assert found.overlap[60:].tolist() == [8, 8, 8, 8, 6]


def test_p_values_of_random_motifs_are_not_too_small():
    targets = random_motifs(150, seed=2)
    p_values = np.concatenate([tomtom(query, targets).p_value for query in random_motifs(20, seed=3)])
    for level in (0.01, 0.05, 0.2):
        assert np.mean(p_values <= level) <= 1.3 * level
    assert np.mean(p_values <= 0.2) > 0.05


def test_turning_a_query_over_turns_the_matches_over():
    query, targets = random_motifs(1, seed=4)[0], random_motifs(40, seed=5)
    forward, backward = tomtom(query, targets), tomtom(query.reverse_complement(), targets)
    np.testing.assert_allclose(forward.p_value, backward.p_value, rtol=1e-6)
    distinct = forward.p_value < 0.3  # better matches are rarely a tie between strands
    assert np.mean(forward.is_reversed[distinct] != backward.is_reversed[distinct]) > 0.9


def test_the_number_of_targets_hardly_changes_a_p_value():
    query, others = random_motifs(1, low=9, high=10)[0], random_motifs(300, seed=6)
    for share in (0.3, 0.45, 0.6):
        blurred = share * query.ppm + (1 - share) * random_motifs(1, seed=7, low=9, high=10)[0].ppm
        alike = Motif("alike", blurred)
        alone = tomtom(query, [alike]).p_value[0]
        among_many = tomtom(query, [*others, alike]).p_value[-1]
        assert 1e-15 < alone < 0.9
        assert abs(np.log10(alone) - np.log10(among_many)) < 0.15 * max(-np.log10(alone), 2)


def test_placements_need_the_overlap_that_was_asked_for():
    query, targets = random_motifs(1, seed=4)[0], random_motifs(80, seed=5, low=4)
    free = tomtom(query, targets)
    for least in (4, 6, 30):
        held = tomtom(query, targets, min_overlap=least)
        shorter = [min(least, len(query), len(target)) for target in targets]
        assert (held.overlap >= shorter).all()
        same = free.overlap >= shorter
        assert same.any()
        np.testing.assert_array_equal(held.offset[same], free.offset[same])
        # fewer placements are tried: the same score is less likely by chance
        assert (held.p_value[same] <= free.p_value[same] + 1e-12).all()
    np.testing.assert_array_equal(tomtom(query, targets, min_overlap=1).p_value, free.p_value)


def test_wrong_use_is_refused():
    query = random_motifs(1)[0]
    with pytest.raises(InputError, match="min_overlap of at least 1; got 1 and 0"):
        tomtom(query, [query], min_overlap=0)
    with pytest.raises(InputError, match="targets are needed"):
        tomtom(query, [])


@pytest.mark.slow
def test_p_values_agree_with_memelite():
    # slow: memelite compiles for a minute when it is called for the first time
    from memelite import tomtom as reference

    motifs = random_motifs(120, seed=8)
    ppms = [motif.ppm for motif in motifs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        p_values, _, offsets, overlaps, strands = reference(ppms, ppms, n_target_bins=None)
    found = [tomtom(query, motifs) for query in motifs]
    ours = np.stack([one.p_value for one in found])
    known = p_values > 1e-12
    distance = np.abs(np.log10(ours[known]) - np.log10(p_values[known]))
    assert np.quantile(distance, 0.99) < 0.1
    clear = p_values < 1e-3
    for mine, theirs in (("overlap", overlaps), ("is_reversed", strands)):
        values = np.stack([getattr(one, mine) for one in found])
        assert np.mean(values[clear] == theirs[clear]) > 0.95
    assert np.mean(np.stack([one.offset for one in found])[clear] == -offsets[clear]) > 0.95
    assert (ours.diagonal() < 1e-3).all()
